"""`fleet brief`: what a seat would be given if it were woken now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fleet.cli.answer import print_json
from fleet.cli.ask import open_view, say_aside, seat_of
from fleet.cli.flags import Flags
from fleet.cli.takes import argument
from fleet.errors import Refused, Unreadable

if TYPE_CHECKING:
    from fleet.core.message import Message
    from fleet.runtime.view import View


def brief(
    flags: Flags,
    *,
    seat: Annotated[str, argument(metavar="SEAT", help="Whose brief.", show_default=False)],
) -> int:
    """Print what a seat would be given on stdin now, or all of it with --json; nothing is changed."""
    from fleet.core.brief import brief_json
    from fleet.runtime.turn import gather, on_stdin

    view = open_view(flags)
    found = view.chart.seats.get(seat_of(view, seat))
    if found is None or seat not in view.account.seats:
        raise Refused(f"{seat} is not on the chart any more, so it is given nothing")
    turn = view.account.next_id("t")
    mail = _mail(flags, view, seat)
    now = flags.now()
    given = gather(view, found, now, turn=turn, mail=mail, woken_by=("brief",))
    revision = view.account.revision
    if flags.json:
        print_json("brief", brief_json(given), flags=flags, revision=revision.id if revision else None)
    else:
        print(on_stdin(found, given))
    return 0


def _mail(flags: Flags, view: View, seat: str) -> tuple[Message, ...]:
    """Read the mail that a turn would be given; of one that was edited or removed since, as it was delivered."""
    from fleet.core.message import read_message
    from fleet.runtime.turn import MAIL_A_TURN
    from fleet.store.yaml import read_plain, split_front

    found = []
    for letter in view.account.waiting(seat)[:MAIL_A_TURN]:
        try:
            try:
                raw = view.desk.letter(letter)
            except Unreadable as exc:
                if letter.id not in (again := view.desk.delivered([letter])):
                    raise
                raw = again[letter.id]
                say_aside(
                    flags, f"{letter.id} is not as it was delivered ({exc}); a turn is given it as it was"
                )
            text = raw.decode("utf-8", "replace")
            found.append(read_message(text, read_front=read_plain, split_front=split_front))
        except Unreadable as exc:
            say_aside(flags, f"{letter.id} would be set aside: {exc}")
    return tuple(found)
