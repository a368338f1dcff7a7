"""Sequel: what came of a person's word on an action, in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean
from fleet.core.story import came

if TYPE_CHECKING:
    from fleet.cli.tail import Follow
    from fleet.core.record import Record

PATIENCE_S = 1.0
"""How long to wait for the outcome of what runs after a yes: most are over by then."""
SETTLES_S = 3.0
"""How long to wait for what is not judged at once, since fleet.yaml was saved a moment before: it is by then."""
POLL_S = 0.05
HEADS = {
    "yes": "approved by {by}",
    "edited": "changed and approved by {by}",
    "no": "denied by {by}",
    "again": "is run again, says {by}",
    "happened": "counts as done, says {by}",
    "leave": "left as it is by {by}",
}
AGAIN = {"hold": "held again", "ask": "{} is asked next"}
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
        last = _last(following, answer["id"], _ends, PATIENCE_S if status == "running" else 0)
        return clean(came(last, now)) if last is not None else "it runs now"
    if status in ("asked", "held"):
        head = AGAIN["ask" if status == "asked" else "hold"].format(answer.get("person") or "a person")
        return clean(f"{head}: {answer['reason']}")
    last = _last(following, answer["id"], _settles, SETTLES_S)
    if last is None:
        return f"it has its turn after what its seat does now; see fleet why {answer['id']}"
    again = AGAIN.get(last.data.get("verdict", ""), "").format(last.data.get("person") or "a person")
    return clean(f"{again}: {last.data['reason']}" if again else came(last, now))


def _last(
    following: Follow, identity: str, wanted: Callable[[Record], bool], patience_s: float
) -> Record | None:
    """Find the record that is wanted of an action, waiting for it."""
    deadline = time.monotonic() + patience_s
    while True:
        for record in following.fresh():
            if record.data.get("id") == identity and wanted(record):
                return record
        if time.monotonic() >= deadline:
            return None
        time.sleep(POLL_S)


def _settles(record: Record) -> bool:
    return _ends(record) or (record.what == "verdict" and record.data.get("verdict") in AGAIN)


def _ends(record: Record) -> bool:
    return record.what == "action_outcome" or (
        record.what == "verdict" and record.data.get("verdict") == "refuse"
    )
