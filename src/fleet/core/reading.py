"""Reading: who reads whom, and at which wakes a reader comes before what it reads, or finds it stale."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from fleet.core.cadence import OnPublish
from fleet.core.chart import Chart, Seat
from fleet.core.foresee import CLOCK, PUBLISH, Foreseen, Foresight, Known, Shelf, standing
from fleet.core.frozen import dataclass
from fleet.core.planner import FIRST, good_until
from fleet.core.queue import first_turns
from fleet.core.slots import TICK
from fleet.core.span import say_span

Kind = Literal[
    "before",  # the reader wakes before the seat it reads has first woken that day
    "stale",  # what it reads has run out by then
    "missing",  # what it reads was never published
]


@dataclass(frozen=True, slots=True)
class Early:
    """A reader and a seat that it reads: how many `of` its wakes come too early, and how the first finds it.

    `sees` is when what it reads then was written, None where nothing was; `fresh` says that it still holds.
    """

    reader: str
    peer: str
    kind: Kind
    count: int
    of: int
    first: datetime
    sees: datetime | None
    fresh: bool
    tries: tuple[str, ...]


class Days:
    """The wakes of each seat by local day, worked out once for all who read it."""

    def __init__(self, chart: Chart, sight: Foresight, shelf: Shelf) -> None:
        self._zone = chart.calendar.tz
        self._chart, self._sight, self._shelf = chart, sight, shelf
        self._local: dict[datetime, datetime] = {}
        self._dates: dict[datetime, date] = {}
        self._opens: dict[str, dict[date, datetime]] = {}

    def local(self, at: datetime) -> datetime:
        """Put an instant into the fleet's zone."""
        found = self._local.get(at)
        if found is None:
            found = self._local[at] = at.astimezone(self._zone)
        return found

    def days(self, times: Sequence[datetime]) -> dict[date, list[datetime]]:
        """Sort instants, which ascend, into local days."""
        found: dict[date, list[datetime]] = {}
        day, own = None, list[datetime]()
        for at in times:
            here = self._dates.get(at)
            if here is None:
                here = self._dates[at] = self.local(at).date()
            if here != day:
                day, own = here, found.setdefault(here, [])
            own.append(at)
        return found

    def opens(self, seat: str) -> dict[date, datetime]:
        """Give a seat's first wake of each day that begins anew after a rest, as a night is.

        A seat that is woken round the clock has none: its midnight is an hour like all others.
        """
        found = self._opens.get(seat)
        if found is None:
            found = self._opens[seat] = dict(self._begun(seat))
        return found

    def _begun(self, name: str) -> Iterator[tuple[date, datetime]]:
        before = self._shelf.before(self._chart.seats[name])
        clock = [wake.at for wake in self._sight.by_seat.get(name, ()) if wake.cause == CLOCK]
        for day, times in self.days(clock).items():
            usual = min((b - a for a, b in pairwise(times)), default=None)
            if usual is None or before is None or times[0] - before > usual:
                yield day, times[0]
            before = times[-1]


@dataclass(frozen=True, slots=True)
class _Input:
    """What a seat publishes, as those who read it find it: when, and from when until when it is stale."""

    seat: Seat
    written: tuple[datetime, ...]
    stale: tuple[tuple[datetime, datetime], ...]

    def seen(self, at: datetime) -> datetime | None:
        """Give when that was written which a reader finds at an instant; what is published then comes too late."""
        place = bisect_left(self.written, at)
        return self.written[place - 1] if place else None

    def fresh(self, at: datetime) -> bool:
        return not any(since < at <= until for since, until in self.stale)


def early(chart: Chart, known: Known, sight: Foresight) -> tuple[Early, ...]:
    """List every pair of a reader and what it reads of which some wake comes too early."""
    shelf = Shelf(chart, sight.start, sight.end)
    days, firsts = Days(chart, sight, shelf), first_turns(chart)
    inputs: dict[str, _Input] = {}
    found: list[Early] = []
    for reader in chart.seats.values():
        wakes = [w for w in sight.by_seat.get(reader.id, ()) if w.cause != FIRST]
        if not wakes:
            continue
        clock = days.days([w.at for w in wakes if w.cause == CLOCK])
        for name in reader.reads:
            peer = chart.seats.get(name)
            if peer is None or name == reader.id or name not in sight.by_seat:
                continue
            if name not in inputs:
                inputs[name] = _input(chart, peer, known, sight, shelf)
            if name in firsts[reader.id] and not _follows(reader, name):
                found += _before(reader, inputs[name], clock, days, len(wakes))
            found += _unfit(reader, inputs[name], wakes)
    return tuple(found)


def _follows(reader: Seat, name: str) -> bool:
    return any(isinstance(c, OnPublish) and c.seat == name for c in reader.when)


def _before(
    reader: Seat, peer: _Input, clock: dict[date, list[datetime]], days: Days, of: int
) -> Iterator[Early]:
    opens = days.opens(peer.seat.id)
    count, first = 0, None
    for day, times in clock.items():
        opened = opens.get(day)
        if opened is not None and times[0] <= opened:
            count += bisect_right(times, opened)
            first = first or times[0]
    if first is None:
        return
    tries = (
        f"{peer.seat.id} before {days.local(first):%H:%M}",
        f"{reader.id} also: when {peer.seat.id} publishes",
    )
    yield Early(
        reader.id, peer.seat.id, "before", count, of, first, peer.seen(first), peer.fresh(first), tries
    )  # fmt: skip


def _unfit(reader: Seat, peer: _Input, wakes: Sequence[Foreseen]) -> Iterator[Early]:
    """Wakes that find a state that has run out, or none at all.

    A wake that a publish causes comes after what is published at that instant, one by the clock before it.
    """
    times = [wake.at + TICK if wake.cause == PUBLISH else wake.at for wake in wakes]
    name, of = peer.seat.id, len(times)
    spans = [(bisect_right(times, since), bisect_right(times, until)) for since, until in peer.stale]
    late = [(begin, end) for begin, end in spans if begin < end]
    if late:
        first, count = late[0][0], sum(end - begin for begin, end in late)
        seen = peer.seen(times[first])
        yield Early(reader.id, name, "stale", count, of, wakes[first].at, seen, False, _longer(peer))
    blind = bisect_right(times, peer.written[0]) if peer.written else of if peer.seat.clocks else 0
    if blind:
        yield Early(reader.id, name, "missing", blind, of, wakes[0].at, None, False, ())


def _longer(peer: _Input) -> tuple[str, ...]:
    """What keeps a state from running out between two wakes of its seat: a good_for over its longest gap."""
    seat = peer.seat
    if seat.good_for is None:
        return ()
    gap = max((b - a for a, b in pairwise(peer.written)), default=timedelta())
    if gap <= seat.good_for:
        return ()
    hours = -(-gap // timedelta(hours=1)) + 1
    return (f"good_for: {say_span(timedelta(hours=hours))} for {seat.id}", f"more wakes of {seat.id}")


def _input(chart: Chart, peer: Seat, known: Known, sight: Foresight, shelf: Shelf) -> _Input:
    """Work out what a seat publishes in the span, and when that has run out."""
    written = sight.published(peer.id, known)
    first = standing(chart, peer, known, shelf)
    ends = {first[0]: first[1]} if first is not None else {}
    written = [*ends, *written]
    sure = peer.good_for is None and peer.id not in known.silent and not _paused(known, peer.id)
    stale = []
    for at, until in pairwise([*written, sight.end]):
        if sure and at not in ends:
            continue  # the next promised wake comes before it is late
        good = ends[at] if at in ends else good_until(chart, peer, at)
        if good is not None and good < until:
            stale.append((good, until))
    return _Input(peer, tuple(written), tuple(stale))


def _paused(known: Known, seat: str) -> bool:
    return seat in known.pauses or "" in known.pauses
