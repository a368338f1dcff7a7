"""Brief: what a seat would be given now, for who looks at it; no value of a secret stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.brief import brief_json
from fleet.core.chart import Seat
from fleet.core.message import Message, read_message
from fleet.errors import Refused, Unreadable
from fleet.runtime.turn import MAIL_A_TURN, Room, gather, on_stdin
from fleet.store.yaml import read_plain, split_front

if TYPE_CHECKING:
    from fleet.edge.socket import Caller
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.secrets import Secrets


def brief(fleet: Fleet, args: Mapping[str, Any], caller: Caller, now: datetime) -> dict[str, Any]:
    """Show a seat's brief by what the daemon knows of secrets; nothing is changed."""
    return shown(fleet, fleet.secrets, args["seat"], now, whole=bool(args.get("whole")))


def shown(room: Room, secrets: Secrets, name: str, now: datetime, *, whole: bool) -> dict[str, Any]:
    """Give what a seat would be given on stdin, or the `whole` of it as JSON; and what is to be said beside it."""
    seat = room.chart.seats.get(name)
    if seat is None or name not in room.account.seats:
        raise Refused(f"{name} is not on the chart any more, so it is given nothing")
    mail, aside = _mail(room, seat)
    turn = room.account.next_id("t")
    given = gather(room, seat, now, turn=turn, mail=mail, woken_by=("brief",))
    aside = [secrets.text(said) for said in aside]
    if whole:
        return {"brief": secrets.json(brief_json(given)), "aside": aside}
    return {"text": secrets.text(on_stdin(seat, given)), "aside": aside}


def _mail(room: Room, seat: Seat) -> tuple[tuple[Message, ...], list[str]]:
    """Read the mail that a turn would be given; of one that was edited or removed since, as it was delivered."""
    found, aside = list[Message](), list[str]()
    for letter in room.account.waiting(seat.id)[:MAIL_A_TURN]:
        try:
            try:
                raw = room.desk.letter(letter)
            except Unreadable as exc:
                if letter.id not in (again := room.desk.delivered([letter])):
                    raise
                raw = again[letter.id]
                aside.append(f"{letter.id} is not as it was delivered ({exc}); a turn is given it as it was")
            text = raw.decode("utf-8", "replace")
            found.append(read_message(text, read_front=read_plain, split_front=split_front))
        except Unreadable as exc:
            aside.append(f"{letter.id} would be set aside: {exc}")
    return tuple(found), aside
