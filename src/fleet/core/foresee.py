"""Foresee: the wakes that a chart promises over a span, by the planner's own slots; nothing runs.

A turn is taken to end at once and to publish. What nobody can foresee, mail and changed files, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from fleet.core.account import Account
from fleet.core.cadence import ClockCadence, OnPublish, is_elapsed, slots
from fleet.core.chart import Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.past import Ended, Past, Paused, Wake
from fleet.core.planner import FIRST, good_until
from fleet.core.queue import first_turns, pick
from fleet.core.slots import DAY, TICK
from fleet.errors import Unreadable

WAKES_AT_MOST = 2_000_000
"""Each takes about 200 bytes; a year of a thousand busy seats has more."""
LOOK_BACK = (DAY, 8 * DAY, 62 * DAY)
"""How far a wake before the span is looked for, step by step."""
CLOCK, PUBLISH = "clock", "publish"


class Foreseen(NamedTuple):
    """One wake that will be due: its instant (UTC), its seat, and what causes it."""

    at: datetime
    seat: str
    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a fleet's seats before the span.

    `now` is the instant at which that is known; None where it does not matter, for the span lies behind
    it. `marks` are up to where each seat's fixed times and its intervals are accounted for. `states`
    are those that stand: when each was written and until when it holds. `pauses` has that of the whole
    fleet under "".
    """

    fresh: frozenset[str] = frozenset()
    """Seats that never had a turn."""
    gone: frozenset[str] = frozenset()
    now: datetime | None = None
    marks: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
    pauses: Mapping[str, Paused] = field(default_factory=dict)
    states: Mapping[str, tuple[datetime, datetime | None]] = field(default_factory=dict)
    silent: Mapping[str, datetime] = field(default_factory=dict)
    """Seats that are supposed to publish no more from an instant on."""

    def rests(self, seat: str, at: datetime) -> bool:
        """Say whether a seat, or the whole fleet, is paused at an instant: its wake then is skipped."""
        both = (self.pauses.get(seat), self.pauses.get(""))
        return any(p is not None and p.at <= at and (p.until is None or at <= p.until) for p in both)

    def speaks(self, seat: str, at: datetime) -> bool:
        """Say whether a turn at that instant publishes."""
        since = self.silent.get(seat)
        return since is None or at < since


@dataclass(frozen=True, slots=True)
class Foresight:
    """All wakes of a span, each instant's in the order in which the daemon would start them."""

    start: datetime
    end: datetime
    wakes: tuple[Foreseen, ...]
    by_seat: Mapping[str, tuple[Foreseen, ...]]
    circles: tuple[tuple[str, ...], ...]
    """Seats that wake each other by publishing, for ever; each is counted once for what began it."""

    def is_habit(self, wake: Foreseen) -> bool:
        """Say whether a wake comes again: none of a first start does, nor what the very first publishes cause."""
        opens = wake.at == self.start and wake.cause == PUBLISH
        return wake.cause != FIRST and not (opens and self.wakes[0].cause == FIRST)

    def published(self, seat: str, known: Known) -> list[datetime]:
        """List when a seat publishes, ascending."""
        return [wake.at for wake in self.by_seat.get(seat, ()) if known.speaks(seat, wake.at)]


def known_of(chart: Chart, account: Account, now: datetime, *, in_force: bool) -> Known:
    """Say what an account knows of a chart's seats; `in_force` says that it is the chart of the account."""
    pasts = {name: account.seats[name] for name in chart.seats if name in account.seats}
    pauses = {name: past.paused for name, past in pasts.items() if past.paused is not None}
    if account.paused is not None:
        pauses[""] = account.paused
    return Known(
        fresh=frozenset(name for name in chart.seats if name not in pasts or pasts[name].turns == 0),
        gone=frozenset(name for name, past in pasts.items() if past.gone and in_force),
        now=now,
        marks={name: (past.fixed_until, past.interval_until) for name, past in pasts.items()},
        pauses=pauses,
        states={n: (p.state.written, p.state.good_until) for n, p in pasts.items() if p.state is not None},
    )


def foresee(chart: Chart, known: Known, start: datetime, end: datetime) -> Foresight:
    """List every wake from `start` up to `end`: what is due at the start is inside, at the end it is not.

    A seat that never had a turn counts from the start on, as if the fleet were first started then.
    Raises Unreadable where there are more than can be held.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    agents = [s for s in chart.seats.values() if s.holder.is_agent and s.id not in known.gone]
    shelf = Shelf(chart, start, end)
    clock: list[Foreseen] = []
    for seat in agents:
        clock += _clock_wakes(seat, known, shelf)
        if len(clock) > WAKES_AT_MOST:
            why = f"over {WAKES_AT_MOST:,} wakes are promised in that time"
            raise Unreadable(why, suggestions=("1d",))
    clock.sort(key=itemgetter(0))  # stable: within an instant the order of the chart stays
    first = [s.id for s in agents if s.id in known.fresh and not known.rests(s.id, start)]
    opened = _opening(chart, known, first, [w for w in clock if w.at == start], start)
    rest = [w for w in clock if w.at > start]
    lifted = sorted(_lifted(agents, known, start, end), key=itemgetter(0))
    if lifted:
        rest = sorted([*lifted, *rest], key=itemgetter(0))
    wakes = tuple(_with_caused(chart, agents, known, [*opened, *rest]))
    by_seat: dict[str, list[Foreseen]] = {seat.id: [] for seat in agents}
    for wake in wakes:
        by_seat[wake.seat].append(wake)
    circles = _circles(_subscribers(agents))
    return Foresight(start, end, wakes, {name: tuple(own) for name, own in by_seat.items()}, circles)


class Shelf:
    """The slots of cadences in one span; seats that share a cadence share its slots."""

    def __init__(self, chart: Chart, start: datetime, end: datetime) -> None:
        self.chart, self.start, self.end = chart, start, end
        self._slots: dict[ClockCadence, tuple[datetime, ...]] = {}
        self._before: dict[ClockCadence, datetime | None] = {}

    def slots(self, cadence: ClockCadence) -> tuple[datetime, ...]:
        """Give the slots from the start up to the end."""
        found = self._slots.get(cadence)
        if found is None:
            promised = slots(cadence, self.chart.calendar, self.start - TICK, self.end - TICK)
            found = self._slots[cadence] = tuple(_bounded(promised))
        return found

    def before(self, seat: Seat) -> datetime | None:
        """Give the last instant before the start that a seat was promised; None if that is long ago."""
        return max((at for c in seat.clocks if (at := self._last(c)) is not None), default=None)

    def _last(self, cadence: ClockCadence) -> datetime | None:
        if cadence not in self._before:
            found: datetime | None = None
            for back in LOOK_BACK:
                after = self.start - back
                for at in slots(cadence, self.chart.calendar, after, self.start - TICK):
                    found = at
                if found is not None:
                    break
            self._before[cadence] = found
        return self._before[cadence]


def standing(chart: Chart, peer: Seat, known: Known, shelf: Shelf) -> tuple[datetime, datetime | None] | None:
    """Give when the state was written that stands at the start, and until when it holds; None if there is none.

    It is the one that is known, or that of the last wake promised before the start.
    """
    if peer.id in known.fresh:
        return None
    state, before = known.states.get(peer.id), shelf.before(peer)
    if state is not None and state[0] > shelf.start:
        state = None  # it lies behind the days that are played
    renewed = before is not None and (known.now is None or before > known.now or state is None)
    if before is not None and renewed and known.speaks(peer.id, before) and not known.rests(peer.id, before):
        return before, good_until(chart, peer, before)
    return state


def _bounded(promised: Iterable[datetime]) -> Iterator[datetime]:
    for n, at in enumerate(promised):
        if n > WAKES_AT_MOST:
            why = f"over {WAKES_AT_MOST:,} wakes are promised in that time"
            raise Unreadable(why, suggestions=("1d",))
        yield at


def _clock_wakes(seat: Seat, known: Known, shelf: Shelf) -> list[Foreseen]:
    """Two cadences at one instant are one wake, told by the first of them, as the planner has it."""
    found: dict[datetime, str] = {}
    start = shelf.start - TICK
    fixed, interval = known.marks.get(seat.id) or (
        (shelf.start,) * 2 if seat.id in known.fresh else (start,) * 2
    )
    for cadence in seat.clocks:
        after = max(start, interval if is_elapsed(cadence) else fixed)
        for at in shelf.slots(cadence):
            if at > after:
                found.setdefault(at, cadence.text)
    ordered = sorted(found) if len(seat.clocks) > 1 else found
    wakes = [Foreseen(at, seat.id, CLOCK, found[at]) for at in ordered]
    if seat.id in known.pauses or "" in known.pauses:
        return [wake for wake in wakes if not known.rests(seat.id, wake.at)]
    return wakes


def _lifted(agents: Sequence[Seat], known: Known, start: datetime, end: datetime) -> Iterator[Foreseen]:
    """The first start of seats that are paused at the start: when their pause lifts itself."""
    for seat in agents:
        if seat.id in known.fresh and known.rests(seat.id, start):
            both = [p for p in (known.pauses.get(seat.id), known.pauses.get("")) if p is not None]
            ends = [p.until for p in both if p.until is None or p.until >= start]
            known_ends = [at for at in ends if at is not None]
            if len(known_ends) == len(ends) and known_ends and max(known_ends) < end:
                yield Foreseen(max(known_ends), seat.id, FIRST, FIRST)


def _opening(
    chart: Chart, known: Known, first: Sequence[str], also: Sequence[Foreseen], at: datetime
) -> Iterator[Foreseen]:
    """The wakes at the start itself, in the order in which the daemon's queue lets them begin.

    It is asked again and again, every turn taking as long as the others.
    """
    told: dict[str, list[Foreseen]] = {name: [Foreseen(at, name, FIRST, FIRST)] for name in first}
    for wake in also:
        told.setdefault(wake.seat, []).append(wake)
    account = Account(seats={name: _past(known, name, told.get(name, ()), at) for name in chart.seats})
    firsts, waiting = first_turns(chart), dict.fromkeys(name for name in chart.seats if name in told)
    new = set(first)
    bars = {name: new.intersection(firsts[name]) if name in new else set() for name in told}
    waits: dict[str, list[str]] = {}
    for name, before in bars.items():
        for other in before:
            waits.setdefault(other, []).append(name)
    while waiting:
        free = [name for name in waiting if not bars[name]]  # the queue would pass over the others
        starts = pick(chart, account, firsts, free)
        if not starts:
            break
        for start in starts:
            yield from told[start.seat]
            account.change(start.seat, pending=(), running=None, turns=1, last=_ended(at))
            del waiting[start.seat]
            for name in waits.get(start.seat, ()):
                bars[name].discard(start.seat)


def _past(known: Known, name: str, wakes: Iterable[Foreseen], at: datetime) -> Past:
    past = Past(
        since=at,
        fixed_until=at,
        interval_until=at,
        pending=tuple(Wake(f"{name}@{w.cause}", w.at, w.cause, w.reason) for w in wakes),
        gone=name in known.gone,
        paused=known.pauses.get(name) if known.rests(name, at) else None,
    )
    return past if name in known.fresh else replace(past, turns=1, last=_ended(at))


def _ended(at: datetime) -> Ended:
    return Ended("", "done", at, 0.0)


# Wakes that a publish causes.


def _subscribers(agents: Iterable[Seat]) -> dict[str, list[str]]:
    """For each seat, those that are woken when it publishes, in the order of the chart."""
    found: dict[str, list[str]] = {}
    for seat in agents:
        for name in dict.fromkeys(c.seat for c in seat.when if isinstance(c, OnPublish)):
            found.setdefault(name, []).append(seat.id)
    return found


def _with_caused(
    chart: Chart, agents: Sequence[Seat], known: Known, wakes: Iterable[Foreseen]
) -> Iterator[Foreseen]:
    subscribers = _subscribers(agents)
    if not subscribers:
        yield from wakes
        return
    rank = {name: i for i, name in enumerate(chart.seats)}
    for at, group in groupby(wakes, key=itemgetter(0)):
        here = list(group)
        yield from here
        yield from _caused(subscribers, rank, known, [w.seat for w in here], at)


def _caused(
    subscribers: Mapping[str, Sequence[str]],
    rank: Mapping[str, int],
    known: Known,
    woken: Sequence[str],
    at: datetime,
) -> Iterator[Foreseen]:
    """What the publishes of one instant cause: each seat once, also where it would go round for ever."""
    wave = list(dict.fromkeys(woken))
    done, causes = set(wave), dict[str, list[str]]()
    while wave:
        following: list[str] = []
        for publisher in wave:
            for name in subscribers.get(publisher, ()) if known.speaks(publisher, at) else ():
                if known.rests(name, at):
                    continue
                causes.setdefault(name, []).append(publisher)
                if name not in done:
                    done.add(name)
                    following.append(name)
        wave = sorted(following, key=lambda name: rank[name])
    for name, publishers in causes.items():
        yield Foreseen(at, name, PUBLISH, f"{' and '.join(publishers)} published")


def _circles(subscribers: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Find seats whose publishes wake each other: what is left when all that lead nowhere are taken away."""
    left = {name: {n for n in woken if n in subscribers} for name, woken in subscribers.items()}
    while ends := [name for name, woken in left.items() if not woken]:
        for name in ends:
            del left[name]
        for woken in left.values():
            woken.difference_update(ends)
    found: list[tuple[str, ...]] = []
    named: set[str] = set()
    for name in subscribers:
        way: list[str] = []
        while name in left and name not in way and name not in named:
            way.append(name)
            name = next(n for n in subscribers[name] if n in left)
        if name in way:
            found.append(tuple(way[way.index(name) :]))
        named.update(way)
    return tuple(found)
