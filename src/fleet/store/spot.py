"""Spot: single facts of the ledger, found by their bytes; what lies between is not read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.core.names import ledger_path
from fleet.store.files import Files
from fleet.store.handle import Reading
from fleet.store.ledger import days
from fleet.store.lines import last, lines, whole_size

_BLOCK = 1 << 22
_ENDS = b'"what":"%s"}\n'
"""How a line of a kind ends; inside of data no newline can follow this."""
_TURNED = (b"offer", b"verdict", b"approval_answered", b"action_outcome", b"action_intent")
"""Kinds of records that begin an action, turn it, or end it."""
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


def _line_at(reading: Reading, inside: int, size: int) -> dict[str, Any]:
    start = last(reading, b"\n", inside) + 1
    return _read(next(lines(reading, start, size)))


def _read(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    return found if isinstance(found, dict) else {}


def open_actions(files: Files) -> dict[str, str]:
    """Return the actions that are open, each with how it stands, in the order they were offered.

    It is for lists that are only looked at: the account, which is folded from every record, decides.
    """
    for day in reversed(days(files)):
        reading = files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            if not size:
                continue
            begins = max(0, last(reading, _ENDS % b"checkpoint", size))
            found = _of_checkpoint(_line_at(reading, begins, size))
            for record in _turned(reading, begins, size):
                _turn(found, record)
        finally:
            reading.close()
        return found
    return {}


def _of_checkpoint(record: Mapping[str, Any]) -> dict[str, str]:
    actions = record.get("data", {}).get("docket", {}).get("actions", {})
    by_number = sorted(actions.items(), key=lambda pair: int(pair[0].partition("-")[2]))
    return {identity: str(action.get("status", "offered")) for identity, action in by_number}


def _turned(reading: Reading, start: int, size: int) -> Iterator[dict[str, Any]]:
    """Yield the records of actions between two offsets, in order."""
    ends = re.compile(rb'"what":"(?:%s)"\}\n' % b"|".join(_TURNED))
    rest = b""
    while start < size and (block := reading.read_at(start, min(_BLOCK, size - start))):
        start += len(block)
        text = rest + block
        for match in ends.finditer(text):
            begins = text.rfind(b"\n", 0, match.start()) + 1
            yield _read(text[begins : match.end()])
        rest = text[text.rfind(b"\n") + 1 :]


def _turn(found: dict[str, str], record: Mapping[str, Any]) -> None:
    what, data = str(record["what"]), record["data"]
    identity = str(data.get("id", ""))
    if what == "offer" and identity:
        found[identity] = "offered"
    elif identity not in found or (what == "verdict" and found[identity] == "unknown"):
        return
    elif what == "action_intent":
        found[identity] = "running"
    else:
        word = str(data.get({"verdict": "verdict", "approval_answered": "answer"}.get(what, "outcome"), ""))
        left = _OPEN.get((what, word))
        if left is not None:
            found[identity] = left
        else:
            del found[identity]
