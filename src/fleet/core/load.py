"""Load: how many turns are due at once, and how long the last of them waits if every turn takes its whole limit."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter

from fleet.core.chart import Chart
from fleet.core.foresee import CLOCK, Foreseen, Foresight
from fleet.core.frozen import dataclass
from fleet.core.planner import FIRST
from fleet.core.reading import Days

NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Crowd:
    """The seats whose wakes are due at one instant, in the order in which they start."""

    at: datetime
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """One wake that would wait for a free place, and how long."""

    seat: str
    at: datetime
    waits: timedelta


@dataclass(frozen=True, slots=True)
class Merge:
    """A seat that is woken again within its own limit: the two wakes would be one turn."""

    seat: str
    gap: timedelta
    limit: timedelta
    first: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Load:
    """What the promised wakes come to, at worst. First starts are counted apart: they are no habit."""

    at_once: int
    crowd: Crowd | None
    """The first of the instants at which the most are due."""
    longest: Wait | None
    late: int
    """Wakes that would begin later after they were due than their seat's `late_after`."""
    late_first: Wait | None
    merged: int
    """Wakes that would come while an earlier one of their seat still waits or runs."""
    merges: tuple[Merge, ...]
    busiest: tuple[datetime, int] | None
    """A local hour by its start, and the turns that begin in it."""
    a_day: tuple[tuple[date, int], ...]
    """Promised process starts by local day."""
    first_starts: int


def load_of(chart: Chart, sight: Foresight, days: Days) -> Load:
    """Reckon the load of a span."""
    crowds = list(_crowds(wake for wake in sight.wakes if sight.is_habit(wake)))
    hours: Counter[datetime] = Counter()
    a_day: Counter[date] = Counter()
    for crowd in crowds:
        local = days.local(crowd.at)
        hours[crowd.at - timedelta(minutes=local.minute)] += len(crowd.seats)
        a_day[local.date()] += len(crowd.seats)
    hour = max(hours, key=lambda h: (hours[h], -h.timestamp()), default=None)
    waits = _Waits(chart)
    waits.play(crowds)
    return Load(
        at_once=chart.turns_at_once,
        crowd=max(crowds, key=lambda c: len(c.seats), default=None),
        longest=waits.longest,
        late=waits.late,
        late_first=waits.late_first,
        merged=waits.merged,
        merges=tuple(_merges(chart, sight)),
        busiest=(hour, hours[hour]) if hour is not None else None,
        a_day=tuple(sorted(a_day.items())),
        first_starts=sum(wake.cause == FIRST for wake in sight.wakes),
    )


def _crowds(wakes: Iterable[Foreseen]) -> Iterator[Crowd]:
    """Two wakes of a seat at one instant are one turn."""
    for at, group in groupby(wakes, key=itemgetter(0)):
        yield Crowd(at, tuple(dict.fromkeys(wake.seat for wake in group)))


def _merges(chart: Chart, sight: Foresight) -> Iterator[Merge]:
    for name, wakes in sight.by_seat.items():
        limit = chart.seats[name].limit
        times = [wake.at for wake in wakes if wake.cause == CLOCK]
        close = [(b - a, b) for a, b in pairwise(times) if b - a < limit]
        if close:
            yield Merge(name, min(close)[0], limit, close[0][1], len(close))


class _Waits:
    """Plays the queue with every turn taking its whole limit: the worst that promised wakes alone can do."""

    def __init__(self, chart: Chart) -> None:
        self._seats = chart.seats
        self._at_once = chart.turns_at_once
        self._busy: list[tuple[datetime, str]] = []
        """Turns that run, by when they end."""
        self._running: set[str] = set()
        self._queue: deque[str] = deque()
        self._due: dict[str, datetime] = {}
        """Since when each seat of the queue waits, for a place or for its own turn to end."""
        self.longest: Wait | None = None
        self.late_first: Wait | None = None
        self.late = self.merged = 0

    def play(self, crowds: Iterable[Crowd]) -> None:
        """Take in every wake, and let all that waits begin in the end."""
        for crowd in crowds:
            self._until(crowd.at)
            for name in crowd.seats:
                self.merged += name in self._running or name in self._due
                if name not in self._due:
                    self._due[name] = crowd.at
                    self._queue.append(name)
            self._begin(crowd.at)
        while self._busy:
            self._until(self._busy[0][0])

    def _until(self, now: datetime) -> None:
        while self._busy and self._busy[0][0] <= now:
            at = self._busy[0][0]
            while self._busy and self._busy[0][0] == at:
                self._running.discard(heapq.heappop(self._busy)[1])
            self._begin(at)

    def _begin(self, now: datetime) -> None:
        passed: list[str] = []
        while self._queue and len(self._busy) < self._at_once:
            name = self._queue.popleft()
            if name in self._running:
                passed.append(name)
                continue
            self._note(Wait(name, self._due[name], now - self._due.pop(name)))
            self._running.add(name)
            heapq.heappush(self._busy, (now + self._seats[name].limit, name))
        self._queue.extendleft(reversed(passed))

    def _note(self, wait: Wait) -> None:
        if wait.waits > (self.longest.waits if self.longest is not None else NONE):
            self.longest = wait
        if wait.waits > self._seats[wait.seat].late_after:
            self.late += 1
            self.late_first = self.late_first or wait
