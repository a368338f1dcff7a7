"""`fleet publish`: a person publishes a state, as agents do at the end of a turn."""

from __future__ import annotations

from typing import Annotated

from fleet.cli.answer import print_json
from fleet.cli.ask import open_view, with_seat
from fleet.cli.check import read_input
from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.cli.times import soon, typed_time, when, zone_of
from fleet.errors import Unreadable


def publish(
    flags: Flags,
    *,
    seat: Annotated[str, argument(metavar="SEAT", help="The seat of the person.", show_default=False)],
    file: Annotated[
        str, argument(metavar="FILE|-", help="The state; stdin if left out.", show_default=False)
    ] = "-",
    until: Annotated[str, option("--until", metavar="TIME|SPAN", help="How long it holds.")] = "",
) -> int:
    """Publish a person's state: Markdown, front matter or JSON, from a file or stdin."""
    now = flags.now().astimezone()
    good_until = typed_time(until, "--until", now).isoformat() if until else None
    raw = read_input(file)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Unreadable(f"{file}: it is not UTF-8 at byte {exc.start}; nothing was published") from exc
    answer = with_seat(flags, "publish", seat, {"seat": seat, "text": text, "until": good_until})
    if flags.json:
        print_json("publish", answer, flags=flags)
    else:
        good = f", good until {_local(flags, answer['good_until'])}" if answer.get("good_until") else ""
        print(f"{seat}: published {answer['turn']}{good}")
    return 0


def _local(flags: Flags, at: str) -> str:
    """Say an instant in the fleet's zone."""
    zone = zone_of(open_view(flags).chart.calendar.zone, flags.utc)
    return soon(when(at, zone), flags.now().astimezone(zone))
