"""Gust: what each bound that is met adds to a storm, record by record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.core.past import Matter, Storm
from fleet.core.record import Record

if TYPE_CHECKING:
    from fleet.core.account import Account

OPENS_AT = 3
WEIGHS: Mapping[str, int] = {
    "hops": 3,  # a chain of messages or of publishing that does not end
    "quota": 3,  # more messages than an hour takes
    "wakes": 3,  # more events than an hour takes
    "exchanges": 1,  # a fourth exchange: two of them are two quarrels
    "thread": 1,  # what is added to a thread that is closed
    "fan-out": 1,
    "room": 1,
    "turn": 1,  # more than a turn sends or raises
    "copy": 0,  # the same again: counted in a storm, and none by itself
}
"""What makes a storm: bounds that were met within an hour, and that come to OPENS_AT together."""
GATHERS = timedelta(hours=1)
RETOLD_AFTER = timedelta(hours=24)
"""A storm that comes back sooner is told by its letter already."""


def brews(account: Account) -> bool:
    """Say whether there is a storm, told or about to be."""
    storm = account.storm
    if storm is None or storm.over_at is not None:
        return False
    return storm.opened_at is not None or storm.weight >= OPENS_AT


def meets(account: Account, record: Record) -> None:
    """Take in a record of a bound that was met."""
    data, at = record.data, record.at
    storm = _gathering(account.storm, at)
    seat = record.seat or str(data.get("from", ""))
    count = int(data.get("count", 1))
    refused, held, unheard = storm.refused, storm.held, storm.unheard
    if record.what == "verdict":
        refused += count
    elif record.what == "wake_due":
        held += count
    elif record.what == "wake_skipped":
        unheard += count
    seats = {name: 0 for name in data.get("among", ()) if name in account.seats} | storm.seats
    seats |= {seat: seats.get(seat, 0) + count} if seat else {}
    joins = len(seats) > len(storm.seats)
    account.storm = replace(
        storm,
        last=at,
        weight=storm.weight + WEIGHS.get(data["bound"], 1),
        seats=seats,
        refused=refused,
        held=held,
        unheard=unheard,
    )
    if joins and storm.letter:
        _adopt_all(account)


def quarrel(account: Account, step: Mapping[str, Any]) -> None:
    """Take in the letter that tells of an exchange. What is unanswered in its thread no agent can answer any more.

    Where a storm comes of it, the storm's letter tells of that, too.
    """
    letter, thread = step["message"], step["opens"].get("thread")
    for matter in [m for m in account.matters.values() if m.kind == "unanswered" and m.thread == thread]:
        if matter.type == "CHALLENGE":
            account.open_matter(replace(matter, within=letter, told={letter: step["to"]}))
        else:
            account.shut_matter(matter.id)
    if account.storm is not None and account.storm.opened_at is None:
        account.storm = replace(account.storm, quarrels=(*account.storm.quarrels, letter))


def _gathering(storm: Storm | None, at: datetime) -> Storm:
    """Give the storm to which a bound that is met now belongs."""
    if storm is None:
        return Storm(since=at, last=at)
    if storm.over_at is None and (storm.opened_at is not None or at - storm.last <= GATHERS):
        return storm
    told = storm.letter and storm.told_at is not None and at - storm.told_at < RETOLD_AFTER
    if not told:
        return Storm(since=at, last=at)
    times = storm.times + (storm.over_at is not None)
    return Storm(
        since=at, last=at, letter=storm.letter, person=storm.person, told_at=storm.told_at, times=times
    )


def turns(account: Account, record: Record) -> None:
    """Take in that a storm was told of, or that it is over."""
    storm, data = account.storm, record.data
    if storm is None:
        return
    if not data.get("over"):
        quarrels = set(storm.quarrels)
        for matter in [m for m in account.matters.values() if quarrels & m.told.keys()]:
            if matter.kind == "exchange":
                account.shut_matter(matter.id)
            else:  # a CHALLENGE stands
                account.open_matter(replace(matter, within="", told={}))
        account.storm = replace(storm, opened_at=record.at)
        _adopt_all(account)
        return
    account.storm = replace(storm, over_at=record.at)
    account.troubles = tuple(
        note for note in account.troubles if note.get("kind") != "storm" or note.get("over")
    )
    for matter in [m for m in account.matters.values() if _ends_with(m, storm)]:
        account.shut_matter(matter.id)


def _ends_with(matter: Matter, storm: Storm) -> bool:
    """Say whether a matter needs nobody once a storm is over. Nobody's silence answers a CHALLENGE."""
    return matter.kind == "storm" or (
        bool(matter.within) and matter.within == storm.letter and matter.type != "CHALLENGE"
    )


def lettered(account: Account, letter: str, person: str, at: datetime) -> None:
    """Take in the letter that tells a person of a storm; it stands for what is unanswered in it."""
    storm = account.storm
    if storm is not None and storm.opened_at is not None and storm.over_at is None:
        account.storm = replace(storm, letter=letter, person=person, told_at=at)
        _adopt_all(account)


def _adopt_all(account: Account) -> None:
    for matter in list(account.matters.values()):
        if (adopted := adopt(account, matter)) is not matter:
            account.open_matter(adopted)


def adopt(account: Account, matter: Matter) -> Matter:
    """Make an unanswered message of a seat in an open storm a part of it: its letter tells of all of them."""
    storm = account.storm
    if storm is None or storm.opened_at is None or storm.over_at is not None or not storm.letter:
        return matter
    if matter.kind != "unanswered" or matter.within or matter.told or matter.sender not in storm.seats:
        return matter
    if matter.since is None or matter.since < storm.since - GATHERS:  # it was asked before that began
        return matter
    return replace(matter, within=storm.letter, told={storm.letter: storm.person})
