"""Climbing: takes the steps of the ladders of open matters when they are due; tells of storms and of their ends."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core import storm
from fleet.core.account import Account
from fleet.core.ladder import after_step, climb, next_step
from fleet.core.record import Draft, Record

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


class Climb:
    """The matters of one fleet, by when their next step is due."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._agenda: list[tuple[datetime, str]] = []

    def look(self, now: datetime) -> None:
        """Take the steps that are due, also of matters that were opened by others."""
        account = self._fleet.account
        news = storm.due(self._fleet.chart, account, now)
        if news is not None:
            self._fleet.book.follow(news, now, self._stormed)
        while account.moved or (self._agenda and self._agenda[0][0] <= now):
            moved, account.moved = account.moved, {}
            while self._agenda and self._agenda[0][0] <= now:
                moved[heapq.heappop(self._agenda)[1]] = None
            for matter in [account.matters[name] for name in moved if name in account.matters]:
                step = climb(self._fleet.chart, account, matter, now)
                due = next_step(self._fleet.chart, matter)
                if step is not None:
                    self._fleet.book.follow(step, now, self._told)
                elif due is not None:
                    heapq.heappush(self._agenda, (due, matter.id))

    def next_at(self) -> datetime | None:
        """Give when the next step of an open matter is due."""
        while self._agenda and self._agenda[0][1] not in self._fleet.account.matters:
            heapq.heappop(self._agenda)
        instants = [self._agenda[0][0]] if self._agenda else []
        quiet = storm.next_at(self._fleet.chart, self._fleet.account)
        return min([*instants, quiet] if quiet is not None else instants, default=None)

    def _stormed(self, account: Account, record: Record) -> Iterator[Draft]:
        return storm.after(self._fleet.chart, account, record)

    def _told(self, account: Account, step: Record) -> Iterator[Draft]:
        return after_step(self._fleet.chart, account, step.data, step.at)
