"""Sequel: what came of a person's word on an action, in one line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean
from fleet.core.story import came

if TYPE_CHECKING:
    from fleet.cli.tail import Follow
    from fleet.core.record import Record

PATIENCE_S = 1.0
"""How long to wait for the outcome of what runs after a yes: most are over by then."""
POLL_S = 0.05
HEADS = {
    "yes": "approved by {by}",
    "edited": "changed and approved by {by}",
    "no": "denied by {by}",
    "again": "is run again, says {by}",
    "happened": "counts as done, says {by}",
    "leave": "left as it is by {by}",
}
LASTING = ("no", "happened", "leave")
"""Answers that end an action: nothing more comes of it."""


def came_of(following: Follow, answer: Mapping[str, Any], now: datetime) -> str:
    """Say what a person's answer was, and what came of it. `following` began before the answer was given."""
    identity, word = answer["id"], answer["answer"]
    head = f"{identity} {HEADS[word].format(by=answer['by'])}"
    if word in LASTING:
        return head
    return f"{head}; {_then(following, answer, now)}"


def _then(following: Follow, answer: Mapping[str, Any], now: datetime) -> str:
    status = answer.get("status")
    if status is None:
        return "no daemon runs, so it is judged and run at the next fleet up"
    if status in ("running", "over"):
        last = _last(following, answer["id"], running=status == "running")
        return clean(came(last, now)) if last is not None else "it runs now"
    if status == "asked":
        return f"asked again: {clean(answer['reason'])}"
    if status == "held":
        return f"held again: {clean(answer['reason'])}"
    return "it is judged as soon as its seat's other action is over"


def _last(following: Follow, identity: str, *, running: bool) -> Record | None:
    """Find the record that ended an action, waiting a moment for one that runs."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        for record in following.fresh():
            if record.data.get("id") == identity and _ends(record):
                return record
        if not running or time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)


def _ends(record: Record) -> bool:
    return record.what == "action_outcome" or (
        record.what == "verdict" and record.data.get("verdict") == "refuse"
    )
