"""Spot: single facts of the ledger, found by their bytes; what lies between is not read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from fleet.core.canonical import canonical
from fleet.core.frozen import dataclass
from fleet.core.names import ledger_path
from fleet.core.record import Record, read_line
from fleet.errors import Broken, Unreadable
from fleet.store.days import days
from fleet.store.files import Files
from fleet.store.handle import Reading
from fleet.store.lines import backwards, last, lines, whole_size

_BLOCK = 1 << 22
_ENDS = b'"what":"%s"}\n'
"""How a line of a kind ends; inside of data no newline can follow this."""
_MESSAGE = _ENDS % b"message"
_ACTIONS = ("offer", "verdict", "approval_answered", "action_outcome", "action_intent")
"""Kinds of records that begin an action, turn it, or end it."""
_LOOKED = tuple(f'"what":"{what}"}}'.encode() for what in ("checkpoint", "pause", "resume", *_ACTIONS))
_OPEN: Mapping[tuple[str, str], str] = {
    ("verdict", "allow"): "offered",
    ("verdict", "hold"): "held",
    ("verdict", "ask"): "asked",
    ("verdict", "kept"): "offered",
    ("approval_answered", "yes"): "offered",
    ("approval_answered", "edited"): "offered",
    ("approval_answered", "again"): "unknown",
    ("action_outcome", "unknown"): "unknown",
}
"""What leaves an action open, and how; every other verdict, answer and outcome ends it."""


def revision_id(files: Files) -> str | None:
    """Return the id of the revision in force; None before the first."""
    for day in reversed(days(files)):
        reading = files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            begins = max(last(reading, _ENDS % what, size) for what in (b"revision", b"checkpoint"))
            found = _line_at(reading, begins, size) if begins >= 0 else {}
        finally:
            reading.close()
        if found:
            data = found["data"]
            revision = data.get("revision") if found["what"] == "checkpoint" else data
            return str(revision["id"]) if revision else None
    return None


def messages(files: Files, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the data of messages by their ids, as they were delivered; erased and unknown ones are left out."""
    wanted = set(ids)
    found: dict[str, dict[str, Any]] = {}
    for day in reversed(days(files)) if wanted else ():
        reading = files.reading(ledger_path(day))
        try:
            for raw in backwards(reading, whole_size(reading)):
                if raw.endswith(_MESSAGE) and any(b'"id":"%s"' % one.encode() in raw for one in wanted):
                    data = _read(raw)["data"]
                    if data.get("id") in wanted:
                        wanted.remove(data["id"])
                        found[data["id"]] = data
        finally:
            reading.close()
        if not wanted:
            break
    return found


def written(text: str) -> bytes:
    """Give a text as it stands in a line of the ledger, without its quotes."""
    return canonical(text)[1:-1]


def told(files: Files, wanted: Callable[[bytes, bytes], bool]) -> Iterator[Record]:
    """Yield records, the newest first, of the lines that are wanted by their kind and their bytes; no other is read."""
    for day in reversed(days(files)):
        reading = files.reading(ledger_path(day))
        try:
            for raw in backwards(reading, whole_size(reading)):
                kind = raw[raw.rfind(b'"what":"') + 8 : -3]
                if wanted(kind, raw):
                    try:
                        yield read_line(raw)
                    except Unreadable as exc:
                        says = "a line of the ledger does not hold"
                        raise Broken(f"{reading.path}: {says}: {exc.why}. See `fleet audit verify`") from exc
        finally:
            reading.close()


def _line_at(reading: Reading, inside: int, size: int) -> dict[str, Any]:
    start = last(reading, b"\n", inside) + 1
    return _read(next(lines(reading, start, size)))


def _read(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Open:
    """What is open: actions by id in the order they were offered, each as it stands and about what; what is paused."""

    actions: dict[str, str] = field(default_factory=dict)
    about: dict[str, tuple[str, ...]] = field(default_factory=dict)
    paused: dict[str, None] = field(default_factory=dict)


def open_things(files: Files) -> Open:
    """Find what is open.

    It is for lists that are only looked at: the account, which is folded from every record, decides.
    """
    for day in reversed(days(files)):
        reading = files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            found = Open()
            for raw in _looked(reading, size):
                found = _taken(found, _read(raw))
        finally:
            reading.close()
        if size:
            return found
    return Open()


def _looked(reading: Reading, size: int) -> Iterator[bytes]:
    """Yield the lines that tell of what is open, in order."""
    start, rest = 0, b""
    while start < size and (block := reading.read_at(start, min(_BLOCK, size - start))):
        start += len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield from (raw for raw in whole if raw.endswith(_LOOKED))


def _taken(found: Open, record: Mapping[str, Any]) -> Open:
    """Take one record in; a checkpoint begins anew."""
    what, data = record["what"], record["data"]
    if what == "checkpoint":
        return _of_checkpoint(data)
    if what in _ACTIONS:
        _turn(found, what, data)
    elif name := data.get("what") or record.get("seat"):
        if what == "pause":
            found.paused[name] = None
        else:
            found.paused.pop(name, None)
    return found


def _of_checkpoint(data: Mapping[str, Any]) -> Open:
    found = Open()
    actions = data.get("docket", {}).get("actions", {})
    for identity, action in sorted(actions.items(), key=lambda pair: int(pair[0].partition("-")[2])):
        found.actions[identity] = action.get("status", "offered")
        found.about[identity] = tuple(action.get("about", ()))
    seats = (name for name, past in data.get("seats", {}).items() if past.get("paused"))
    found.paused = dict.fromkeys((*data.get("pauses", {}), *seats))
    return found


def _turn(found: Open, what: str, data: Mapping[str, Any]) -> None:
    identity = str(data.get("id", ""))
    if what == "offer" and identity:
        found.actions[identity] = "offered"
        found.about[identity] = tuple(data.get("about", ()))
    elif identity not in found.actions or (what == "verdict" and found.actions[identity] == "unknown"):
        return
    elif what == "action_intent":
        found.actions[identity] = "running"
    else:
        word = str(data.get({"verdict": "verdict", "approval_answered": "answer"}.get(what, "outcome"), ""))
        left = _OPEN.get((what, word))
        if left is not None:
            found.actions[identity] = left
        else:
            del found.actions[identity], found.about[identity]
