"""A history in memory: records folded into an account as they are drafted, with no disk and no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fleet.core.account import Account
from fleet.core.canonical import plain
from fleet.core.chart import Chart
from fleet.core.message import Message
from fleet.core.record import Draft, Record
from fleet.store.chart import read_text
from fleet.testing import chart_text

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def chart_of(seats: dict[str, str], **parts: str) -> Chart:
    """Read a chart of these seats."""
    chart, mistakes = read_text({"fleet.yaml": chart_text(seats, **parts)})
    assert chart is not None, [m.line() for m in mistakes if m.level == "error"]
    return chart


class History:
    """A chart and what has happened under it."""

    def __init__(self, chart: Chart, at: datetime = NOW) -> None:
        self.chart = chart
        self.account = Account()
        self.records: list[Record] = []
        texts = dict(chart.texts)
        self.take(Draft("revision", data={"id": "r-1", "texts": texts, "added": list(chart.seats)}), at)

    def take(self, draft: Draft, at: datetime = NOW) -> Record:
        """Fold one record in, as it would come back from the ledger."""
        data: Any = plain(draft.data)
        n = len(self.records) + 1
        record = Record(n, at, draft.what, draft.seat, draft.turn, data, "", "", "")
        self.records.append(record)
        self.account.apply(record)
        return record

    def take_all(self, drafts: Iterable[Draft], at: datetime = NOW) -> list[Record]:
        """Fold records in, each before the next is drafted; gives them."""
        return [self.take(draft, at) for draft in drafts]

    def turn(self, seat: str, turn: str, outcome: str = "done", at: datetime = NOW, **data: Any) -> None:
        """Let a seat have had a turn that served all that waited."""
        past = self.account.past(seat)
        started = {"wakes": [w.id for w in past.pending], "deadline": at.isoformat(), "attempt": 0}
        started["mail"] = data.pop("mail", [])
        self.take(Draft("turn_started", seat, turn, {**started, "inputs": data.pop("inputs", "")}), at)
        ended: dict[str, Any] = {"outcome": outcome, "took_s": 0.5, **data}
        if outcome == "done":
            ended = {"headline": "all well", "state": {"sha256": "ab", "fingerprint": "cd"}, **ended}
        self.take(Draft("turn_ended", seat, turn, ended), at)


def letter(identity: str, sender: str, to: str, **keys: Any) -> Message:
    """Give a message as its sender would send it."""
    given: dict[str, Any] = {
        "type": "INFORM",
        "about": (),
        "subject": "",
        "sent": NOW,
        "answer_by": None,
        "reply_to": None,
        "thread": identity,
        "hop": 0,
    }
    return Message(id=identity, sender=sender, to=to, **{**given, **keys})
