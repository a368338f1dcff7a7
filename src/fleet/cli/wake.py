"""`fleet wake`, `fleet pause`, `fleet resume`: give a seat a turn now, stop waking it, go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import carry_out, open_view, say_aside, with_seat
from fleet.cli.flags import Flags
from fleet.cli.progress import Progress
from fleet.cli.takes import argument, option
from fleet.cli.times import soon, when, zone_of
from fleet.core.moment import at_soon
from fleet.errors import Typed

WHAT = argument(
    metavar="SEAT|SUBJECT|KIND", help="A seat, account:acme or crm.offer; else all.", show_default=False
)
SEAT = argument(metavar="SEAT", help="Which seat gets a turn.", show_default=False)
BECAUSE = option("--because", metavar="TEXT", help="Why; it is recorded.")
PAUSED = 4


def wake(
    flags: Flags,
    *,
    seat: Annotated[str, SEAT],
    wait: Annotated[bool, option("--wait", help="End when the turn has ended.")] = False,
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Give a seat one turn now. With --wait: exits 0 done or empty, 1 failed or put off, 4 paused."""
    args = {"seat": seat, "wait": wait, "because": because}
    with Progress(flags, f"waiting for the turn of {seat}"):
        answer = with_seat(flags, "wake", seat, args, None if wait else 10.0)
    if flags.json:
        print_json("wake", {**answer, "seat": seat}, flags=flags)
    elif not wait:
        print(f"{seat}: woken")
    else:
        print(f"{_said(seat, answer)}{_again(flags, answer.get('retry_at'))}")
    return _code(answer) if wait else 0


def _said(seat: str, answer: Mapping[str, Any]) -> str:
    outcome = answer.get("outcome") or "not run"
    says = answer.get("headline") or answer.get("why") or answer.get("reason") or ""
    return f"{seat}: {answer.get('turn') or 'no turn'} {outcome}  {clean(says)}".rstrip()


def _again(flags: Flags, retry_at: str | None) -> str:
    """Say when a turn is tried again, in the fleet's zone."""
    if not retry_at:
        return ""
    zone = zone_of(open_view(flags).chart.calendar.zone, flags.utc)
    return f"; again {at_soon(when(retry_at, zone), flags.now().astimezone(zone))}"


def _code(answer: Mapping[str, Any]) -> int:
    outcome = answer.get("outcome")
    if outcome in ("done", "empty"):
        return 0
    if outcome is None and str(answer.get("reason", "")).startswith("paused"):
        return PAUSED
    return 1


def pause(
    flags: Flags,
    *,
    what: Annotated[str, WHAT] = "",
    everything: Annotated[bool, option("--all", help="The whole fleet.")] = False,
    span: Annotated[str, option("--for", metavar="SPAN", help="Lifted by itself then, as 2h.")] = "",
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Stop waking a seat, acting on a subject, a kind of action, or all where none is named.

    It holds until resumed, across restarts too; with --for it lifts itself.
    """
    answer = _stop_or_go(flags, "pause", what, everything, {"because": because, "for": span})
    if kind := answer.pop("no_kind", ""):
        say_aside(flags, f"So far nothing is about a subject of kind {kind}; is that how it is spelled?")
    if flags.json:
        print_json("pause", answer, flags=flags)
        return 0
    until = _end(flags, answer.get("until"))
    name = answer["what"] or "the whole fleet"
    if answer["changed"]:
        print(f"{name}: paused{until}")
    else:
        print(f"{name}: was paused already{until}; nothing changed")
    return 0


def resume(
    flags: Flags,
    *,
    what: Annotated[str, WHAT] = "",
    everything: Annotated[bool, option("--all", help="The whole fleet.")] = False,
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Go on after a pause of a seat, subject or kind of action, or of the whole fleet where none is named."""
    answer = _stop_or_go(flags, "resume", what, everything, {"because": because})
    if flags.json:
        print_json("resume", answer, flags=flags)
    else:
        done = "resumed" if answer["changed"] else "was not paused; nothing changed"
        print(f"{answer['what'] or 'the whole fleet'}: {done}")
    return 0


def _stop_or_go(
    flags: Flags, verb: str, what: str, everything: bool, args: Mapping[str, Any]
) -> dict[str, Any]:
    if what and everything:
        raise Typed(f"{verb} {what} --all: name what, or --all, not both")
    try:
        return carry_out(flags, verb, {"what": what or None, **args})
    except Typed:
        view = open_view(flags)
        if what and ":" not in what and what not in (*view.chart.actions, *view.account.pauses):
            from fleet.cli.meant import check_name

            check_name(view, what)
        raise


def _end(flags: Flags, until: str | None) -> str:
    if not until:
        return ""
    zone = zone_of(open_view(flags).chart.calendar.zone, flags.utc)
    return f" until {soon(when(until, zone), flags.now().astimezone(zone))}"
