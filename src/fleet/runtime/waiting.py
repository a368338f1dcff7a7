"""Waiting: those who asked for a wake and want to hear how its turn ended."""

from __future__ import annotations

import asyncio
from typing import Any

from fleet.core.account import Account
from fleet.core.record import Record
from fleet.errors import Undecided

Future = asyncio.Future[dict[str, Any]]


class Waiting:
    """Futures by the id of the wake they wait for."""

    def __init__(self) -> None:
        self._futures: dict[str, Future] = {}
        self._judging: list[tuple[str, Future, dict[str, Any]]] = []

    @property
    def seats(self) -> frozenset[str]:
        """The seats for whose turn to end somebody waits; "" for a turn whose actions are not judged yet."""
        return frozenset(wake.split("@")[0] for wake in self._futures) | (
            {""} if self._judging else frozenset()
        )

    def add(self, wake: str, future: Future) -> None:
        """Answer this one when the turn that serves the wake has ended."""
        self._futures[wake] = future

    def hear(self, record: Record) -> None:
        """Answer those whom a record concerns: a turn's end, a wake that is over, a pause."""
        if record.what == "pause":
            self._paused(record)
        elif record.what in ("turn_ended", "wake_skipped", "wake_missed"):
            self._ended(record)

    def _paused(self, record: Record) -> None:
        for wake in [w for w in self._futures if record.seat in (None, w.split("@")[0])]:
            future, seat = self._futures.pop(wake), wake.split("@")[0]
            if not future.done():
                says = f"{seat} was paused by {record.data['by']} before its turn; the wake stands"
                future.set_exception(Undecided(says))

    def _ended(self, record: Record) -> None:
        for wake in record.data.get("wakes") or [record.data.get("wake")]:
            future = self._futures.pop(wake, None)
            if future is not None and not future.done():
                facts = {
                    key: record.data.get(key) for key in ("outcome", "why", "headline", "reason", "retry_at")
                }
                self._judging.append(
                    (record.turn or "", future, {"wake": wake, "turn": record.turn, **facts})
                )

    def judged(self, account: Account) -> None:
        """Answer for the turns that have ended and whose actions have all been judged."""
        if not self._judging:
            return
        waits = {a.turn for a in account.docket.actions.values() if a.judged_n == 0}
        for turn, future, answer in self._judging:
            if turn not in waits and not future.done():
                future.set_result(answer)
        self._judging = [one for one in self._judging if one[0] in waits]
