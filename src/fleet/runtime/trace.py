"""Trace: what caused a thing and what it caused, read out of the records of the ledger alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Literal

from fleet.core.frozen import dataclass
from fleet.core.record import Record

MOST = 200
"""Things shown of each direction; past it nobody reads on."""
MARK = re.compile(r"(?:publish|mail|after|retry|person):([tm]-[0-9]+)")
"""The cause in a wake's id, as in radar@publish:t-12."""
HEADS = {
    "turn_ended": 3,
    "turn_started": 2,
    "message": 3,
    "verdict": 3,
    "wake_due": 2,
    "escalation_step": 2,
    "approval_answered": 3,
    "action_intent": 3,
    "action_outcome": 3,
}
"""Which of its records speaks for a thing: the highest, and of equals the later."""

Way = Literal["cause", "read"]


@dataclass(slots=True)
class Thing:
    """A turn, message, wake, action, matter or revision, or one record that is a thing by itself."""

    id: str
    records: list[Record] = field(default_factory=list)
    causes: dict[str, Way] = field(default_factory=dict)
    effects: dict[str, Way] = field(default_factory=dict)

    @property
    def head(self) -> Record:
        """The record that speaks for it."""
        return max(self.records, key=lambda r: (HEADS.get(r.what, 1), r.n))

    @property
    def offered(self) -> Record | None:
        """The offer with which it began, if it is an action."""
        return next((record for record in self.records if record.what == "offer"), None)


@dataclass(frozen=True, slots=True)
class Traced:
    """What was asked for, and in the order of time what led to it and what it led to."""

    things: tuple[Thing, ...]
    up: tuple[Thing, ...]
    down: tuple[Thing, ...]


def trace(records: Iterable[Record], wanted: str) -> Traced | None:
    """Trace an id or a subject through records, oldest first; None if nothing there is of it."""
    things = _things(records)
    if wanted in things and things[wanted].records:
        found = [things[wanted]]
    else:
        found = [t for t in things.values() if any(_is_about(r, wanted) for r in t.records)]
    if not found:
        return None
    up = _reach(things, found, upwards=True)
    down = _reach(things, [t for t in found if t not in up], upwards=False)
    return Traced(tuple(found), tuple(t for t in up if t not in found), tuple(t for t in down if t not in up))


def _is_about(record: Record, subject: str) -> bool:
    """Say whether a record names a subject: as what it is about, or as what that belongs to."""
    about, subjects = record.data.get("about", ()), record.data.get("subjects", ())
    return subject == about or (isinstance(about, list | tuple) and subject in about) or subject in subjects


def _reach(things: Mapping[str, Thing], start: list[Thing], *, upwards: bool) -> list[Thing]:
    """Collect what can be reached; behind a state that was only read nothing more is looked for."""
    found: dict[str, Thing] = {}
    followed: set[str] = set()
    todo = list(start)
    ends = [(thing.records[0].n, thing.records[-1].n) for thing in start]
    edge = (
        max((last for _, last in ends), default=0)
        if upwards
        else min((first for first, _ in ends), default=0)
    )
    while todo and len(found) < MOST:
        thing = todo.pop(0)
        for identity, way in (thing.causes if upwards else thing.effects).items():
            other = things.get(identity)
            if other is None or not other.records or other in start or _apart(other, edge, upwards=upwards):
                continue
            found[identity] = other
            if way == "cause" and identity not in followed:  # it may have been met before, as one only read
                followed.add(identity)
                todo.append(other)
    return sorted(found.values(), key=lambda t: t.head.n)


def _apart(thing: Thing, edge: int, *, upwards: bool) -> bool:
    """Say whether a thing began after what it would have caused, or was over before what would have caused it."""
    return thing.records[0].n > edge if upwards else thing.head.n < edge


def _things(records: Iterable[Record]) -> dict[str, Thing]:
    things: dict[str, Thing] = {}
    root, last = "", 0
    for record in records:
        identity = _identity(record)
        if not identity:
            continue
        thing = things.setdefault(identity, Thing(identity))
        thing.records.append(record)
        links = dict(_links(record))
        if record.n <= last and not links and identity != root:
            links = {root: "cause"}
        if "then" in record.data:
            root, last = identity, record.n + int(record.data["then"])
        for cause, way in links.items():
            _link(things, cause, identity, way)
    return things


def _link(things: dict[str, Thing], cause: str, effect: str, way: Way) -> None:
    if cause == effect or things.setdefault(effect, Thing(effect)).causes.get(cause) == "cause":
        return
    things[effect].causes[cause] = way
    things.setdefault(cause, Thing(cause)).effects[effect] = way


def _identity(record: Record) -> str:
    """Name the thing a record is of; nothing for what is no thing, as a checkpoint."""
    data = record.data
    if record.what in ("turn_started", "turn_ended", "read"):
        return record.turn or ""
    key = {"wake_due": "wake", "wake_skipped": "wake", "wake_missed": "wake", "escalation_step": "matter"}
    if record.what in key:
        return str(data.get(key[record.what], ""))
    if record.what == "checkpoint":
        return ""
    if record.what == "claim":
        return _claim(record.turn, data.get("about"))
    if record.what == "verdict" and data.get("joins"):
        return str(data["joins"])
    return str(data.get("id") or f"#{record.n}")


def _claim(turn: object, about: object) -> str:
    """Name a claim so that the verdict which saw it names it as well."""
    return f"{turn}:{about}"


def _evidence(record: Record) -> Iterator[tuple[str, Way]]:
    """Yield what a verdict names as what it saw: claims, messages, actions; states were read."""
    for item in record.data.get("evidence", ()):
        if not isinstance(item, Mapping):
            continue
        if item.get("claim"):
            yield _claim(item.get("turn"), item["claim"]), "cause"
        elif item.get("message"):
            yield str(item["message"]), "cause"
        elif item.get("action"):
            yield str(item["action"]), "cause"
        elif item.get("state") and item.get("turn"):
            yield str(item["turn"]), "read"


def _links(record: Record) -> Iterator[tuple[str, Way]]:
    """Yield what a record names as its causes."""
    data = record.data
    if record.what == "read":
        if data.get("turn"):
            yield str(data["turn"]), "read"
        return
    if record.what == "verdict":
        yield from _evidence(record)
    for identity in data.get("asked_for", {}) if record.what == "offer" else ():
        yield str(identity), "cause"
    for key in ("wakes", "mail"):
        for identity in data.get(key, ()):
            yield str(identity), "cause"
    for key in ("message", "reply_to", "matter"):
        if data.get(key) and record.what != "escalation_step":
            yield str(data[key]), "cause"
    if record.turn and record.what not in ("turn_started", "turn_ended"):
        yield record.turn, "cause"
    marked = MARK.search(str(data.get("wake", ""))) if record.what.startswith("wake_") else None
    if marked:
        yield marked[1], "cause"
