"""Simulate: what a chart promises over some days, and what is wrong with that. Nothing runs."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from fleet.core.account import Account
from fleet.core.budget import Worst, all_days, worst_of
from fleet.core.cadence import OnMail, OnPublish, is_clock
from fleet.core.case import Owned
from fleet.core.chart import Chart, Handoff, Seat
from fleet.core.event import Event
from fleet.core.foresee import Foresight, Known, Shelf, foresee
from fleet.core.frozen import dataclass
from fleet.core.load import Load, load_of
from fleet.core.past import Paused
from fleet.core.planner import FIRST, next_promised
from fleet.core.reading import Days, Early, early
from fleet.core.slots import TICK
from fleet.core.suppose import Heard, suppose

FindingKind = Literal["order", "stale", "handoff", "circle", "money", "load"]


@dataclass(frozen=True, slots=True)
class Usual:
    """A seat's usual workday: how many wakes, and the local times of the first and the last."""

    wakes: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Row:
    """One seat that an agent holds. `also` are its cadences that nobody can foresee."""

    seat: str
    wakes: int
    usual: Usual | None
    also: tuple[str, ...]
    paused: Paused | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """A handoff whose receiver is promised its next wake too late, or none: after how many `of` the sender's wakes.

    `next_at` is that wake after the sender's at `first`.
    """

    handoff: str
    sender: str
    receiver: str
    within: timedelta
    count: int
    of: int
    first: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of the clock: its instant, and by how much the clock is put on (or, below 0, back)."""

    at: datetime
    by: timedelta


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, for `--strict`: what kind, about which seats, in a sentence."""

    kind: FindingKind
    seats: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """All that was found out of some days. Instants are UTC."""

    sight: Foresight
    rows: tuple[Row, ...]
    moved: tuple[Moved, ...]
    days: Mapping[date, Counter[int]]
    """Promised turns by local day and hour; an hour that is repeated counts both."""
    early: tuple[Early, ...]
    slow: tuple[Slow, ...]
    money: Worst
    load: Load
    heard: tuple[Heard, ...]
    findings: tuple[Finding, ...]


def simulate(
    chart: Chart,
    known: Known,
    start: datetime,
    end: datetime,
    *,
    events: Sequence[Event] = (),
    account: Account | None = None,
    owned: Mapping[str, Owned] | None = None,
) -> Simulation:
    """Play a chart's calendar from `start` up to `end`, and what is supposed to happen in it.

    Events are judged in `account`, which is changed. Raises Unreadable where too much is promised.
    """
    sight = foresee(chart, known, start, end)
    days = Days(chart, sight, Shelf(chart, sight.start, sight.end))
    load = load_of(chart, sight, days)
    found = early(chart, known, sight)
    slow = tuple(_slow(chart, sight))
    money = worst_of(chart, _awake(chart, known, sight, days), _all(chart, sight))
    heard = suppose(chart, account, known, sight, events, owned or {}) if account is not None else ()
    return Simulation(
        sight=sight,
        rows=tuple(_rows(chart, known, sight, days)),
        moved=tuple(moved(chart, sight.start, sight.end)),
        days=_by_hour(chart, sight, days),
        early=found,
        slow=slow,
        money=money,
        load=load,
        heard=heard,
        findings=tuple(_findings(chart, sight, found, slow, money, load)),
    )


def _all(chart: Chart, sight: Foresight) -> list[date]:
    zone = chart.calendar.tz
    last = max(sight.start, sight.end - TICK)
    return all_days(sight.start.astimezone(zone).date(), last.astimezone(zone).date())


def moved(chart: Chart, start: datetime, end: datetime) -> Iterator[Moved]:
    """List the changes of the clock in a span, found by halving: the zone does not tell them."""
    zone, step = chart.calendar.tz, timedelta(days=1)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(zone).utcoffset() or timedelta()

    here = start.astimezone(UTC)
    while here < end:
        there = min(here + step, end)
        if offset(here) != offset(there):
            low, high = here, there
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == offset(here) else (low, middle)
            yield Moved(high.replace(microsecond=0), offset(there) - offset(here))
        here = there


# Seats.


def _rows(chart: Chart, known: Known, sight: Foresight, days: Days) -> Iterator[Row]:
    for seat in chart.seats.values():
        if not seat.holder.is_agent:
            continue
        paused = known.pauses.get(seat.id) or known.pauses.get("")
        wakes = sight.by_seat.get(seat.id, ())
        promised = days.days([wake.at for wake in wakes if sight.is_habit(wake)])
        usual = _usual(chart, sight, promised, days)
        yield Row(seat.id, len(wakes), usual, _also_when(chart, seat), paused, seat.id in known.gone)


def _also_when(chart: Chart, seat: Seat) -> tuple[str, ...]:
    """List the cadences of a seat whose wakes nobody can foresee, without their `when`."""
    unseen = (c for c in seat.when if not is_clock(c))
    return tuple(
        c.text.removeprefix("when ")
        for c in unseen
        if not (isinstance(c, OnPublish) and c.seat in chart.seats and chart.seats[c.seat].holder.is_agent)
    )


def _usual(
    chart: Chart, sight: Foresight, promised: Mapping[date, Sequence[datetime]], days: Days
) -> Usual | None:
    """The most frequent of its whole workdays; of equals the first."""
    first, last = days.local(sight.start), days.local(sight.end)
    whole = [day for day in _all(chart, sight) if day not in (first.date(), last.date())]
    if (first.hour, first.minute) == (0, 0):
        whole = [first.date(), *whole]
    seen: Counter[Usual | None] = Counter()
    for day in whole:
        if chart.calendar.is_workday(day):
            own = promised.get(day, ())
            told = [f"{days.local(at):%H:%M}" for at in (own[0], own[-1])] if own else []
            seen[Usual(len(own), *told) if told else Usual(0, "", "")] += 1
    return max(seen, key=lambda usual: seen[usual], default=None)


def _by_hour(chart: Chart, sight: Foresight, days: Days) -> dict[date, Counter[int]]:
    found: dict[date, Counter[int]] = {day: Counter() for day in _all(chart, sight)}
    counted = Counter(wake.at for wake in sight.wakes)
    for at, count in counted.items():
        local = days.local(at)
        found[local.date()][local.hour] += count
    return found


def _awake(chart: Chart, known: Known, sight: Foresight, days: Days) -> dict[str, frozenset[date]]:
    """On which days each seat may be woken: promised, or at any time where something else can wake it."""
    every = frozenset(_all(chart, sight))
    found: dict[str, frozenset[date]] = {}
    for name, wakes in sight.by_seat.items():
        paused = known.pauses.get(name) or known.pauses.get("")
        free = _also_when(chart, chart.seats[name]) and paused is None
        found[name] = every if free else frozenset(days.local(wake.at).date() for wake in wakes)
    return found


# Handoffs.


def _slow(chart: Chart, sight: Foresight) -> Iterator[Slow]:
    for handoff in chart.handoffs.values():
        for name in handoff.to if handoff.within is not None else ():
            receiver = chart.seats.get(name)
            if receiver is None or not receiver.holder.is_agent or _at_once(handoff, receiver):
                continue
            yield from _slow_pair(chart, sight, handoff, receiver)


def _at_once(handoff: Handoff, receiver: Seat) -> bool:
    """Say whether what is handed on wakes its receiver by itself."""
    return any(
        isinstance(c, OnMail) or (isinstance(c, OnPublish) and c.seat == handoff.source)
        for c in receiver.when
    )


def _slow_pair(chart: Chart, sight: Foresight, handoff: Handoff, receiver: Seat) -> Iterator[Slow]:
    assert handoff.within is not None
    sent = [wake.at for wake in sight.by_seat.get(handoff.source, ()) if wake.cause != FIRST]
    times = [wake.at for wake in sight.by_seat.get(receiver.id, ())]
    behind = next_promised(chart, receiver, sight.end - TICK)
    late: list[tuple[datetime, datetime | None]] = []
    for at in sent:
        place = bisect_right(times, at)
        following = times[place] if place < len(times) else behind
        if following is None or following - at > handoff.within:
            late.append((at, following))
    if late:
        first, following = late[0]
        yield Slow(
            handoff.name, handoff.source, receiver.id, handoff.within, len(late), len(sent), first, following
        )


# Findings.


def _findings(
    chart: Chart,
    sight: Foresight,
    found: Sequence[Early],
    slow: Sequence[Slow],
    money: Worst,
    load: Load,
) -> Iterator[Finding]:
    for one in found:
        pair = (one.reader, one.peer)
        if one.kind == "before" and one.fresh:
            continue  # it is named, and is how many fleets want it: what holds is read, though a newer one is to come
        if one.kind == "before":
            says = f"{one.reader} wakes before {one.peer}, which it reads"
            yield Finding("order", pair, says)
        else:
            how = "has run out" if one.kind == "stale" else "was never published"
            yield Finding("stale", pair, f"{one.reader} finds that the state of {one.peer} {how}")
    for late in slow:
        says = f"{late.handoff} from {late.sender} to {late.receiver}: no wake is promised within its time"
        yield Finding("handoff", (late.sender, late.receiver), says)
    for circle in sight.circles:
        yield Finding("circle", circle, f"{' and '.join(circle)} wake each other by publishing, without end")
    if money.over:
        yield Finding("money", money.seats, "the seats may ask for more than the fleet's budget has")
    for merge in load.merges:
        says = f"{merge.seat} is woken again within its limit, so two wakes would be one turn"
        yield Finding("load", (merge.seat,), says)
    if load.late and load.late_first is not None:
        says = f"with {load.at_once} turns at once, wakes may begin later than late_after"
        yield Finding("load", (load.late_first.seat,), says)
