"""Alike: troubles; those that are the same again are kept as one with a count, and when they were over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core import gust
from fleet.core.codec import Json, when
from fleet.core.record import Record

if TYPE_CHECKING:
    from fleet.core.account import Account

KEPT = 20
_CHANGING = re.compile(r"\b[a-z]-\d+\b|\d+")
"""What may differ between two troubles that are the same: ids and numbers."""


def noted(troubles: Sequence[Json], note: Mapping[str, Json]) -> tuple[Json, ...]:
    """Add a trouble to those that are known; the same one again counts on, and stands last.

    >>> first = {"kind": "action", "seat": "dirk", "says": "a-1 failed: exit 1", "at": "10:02"}
    >>> noted(noted((), first), {**first, "says": "a-2 failed: exit 1", "at": "10:03"})[0]["count"]
    2
    """
    before = next((one for one in reversed(troubles) if _same(one, note)), None)
    if before is None:
        return (*troubles[1 - KEPT :], dict(note))
    again = {**note, "count": before.get("count", 1) + 1, "first": before.get("first", before["at"])}
    return (*(one for one in troubles if one is not before), again)


def _same(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    if one.get("over") or any(one.get(key) != other.get(key) for key in ("kind", "seat", "rule", "if")):
        return False
    return _plain(one) == _plain(other)


def _plain(one: Mapping[str, Json]) -> str:
    return _CHANGING.sub("#", str(one.get("says", "")))


def over(troubles: Sequence[Json], kind: str, seat: str | None, at: str) -> tuple[Json, ...]:
    """Note that a seat's troubles of a kind are over; the same again begins anew."""
    return tuple(
        {**one, "over": at}
        if (one.get("kind"), one.get("seat")) == (kind, seat) and not one.get("over")
        else one
        for one in troubles
    )


def trouble(account: Account, record: Record) -> None:
    """Take in a trouble, and what it says of a seat's state or of a storm."""
    said = {key: value for key, value in record.data.items() if key != "then"}
    note = {"at": record.at.isoformat(), "seat": record.seat, **said}
    account.troubles = noted(account.troubles, note)
    if record.data.get("kind") == "storm":
        gust.turns(account, record)
    if "id" in record.data:
        account.count(record.data["id"])
    if record.data.get("kind") == "tampered" and record.seat in account.seats:
        account.change(record.seat, tampered=True)
        account.stir(f"state {record.seat}")
    if record.data.get("kind") == "restored" and record.seat in account.seats:
        _restored(account, record.seat, record.at)
    if record.data.get("kind") == "late" and record.seat in account.seats:
        account.change(record.seat, late_for=when(record.data["promised"]))
        account.stir(f"state {record.seat}")


def _restored(account: Account, seat: str, now: datetime) -> None:
    """A state's file is again as it was published; if it still holds, nobody need care for its seat any more."""
    account.change(seat, tampered=False)
    account.stir(f"state {seat}")
    state = account.seats[seat].state
    blind = [m.id for m in account.matters.values() if m.kind == "blind" and m.seat == seat]
    for identity in blind if state is not None and state.fresh(now) else ():
        account.shut_matter(identity)
