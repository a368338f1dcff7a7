"""Wakes: readers that come before what they read, states that run out too soon, wakes that can never come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from fleet.core.cadence import At, Every, OnChange, OnPublish, is_clock
from fleet.core.chart import HOPS_AT_MOST, Chart, Path, Seat
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place
from fleet.core.read.found import MOST, Found
from fleet.core.read.look import place_of
from fleet.core.span import say_span
from fleet.core.week import ALL, DAY_M, MINUTE, Week, at_least, clock, first, holds, minute_of, said, since

SOON_M = 4 * 60
"""A state that is renewed on the same day and within so many minutes was read too early, not left alone."""
NONE, HOUR, WEEK = timedelta(), timedelta(hours=1), timedelta(weeks=1)


def wakes(chart: Chart, found: Found) -> None:
    """Note what is wrong with when seats wake."""
    week = Week(chart.calendar)
    _early(chart, week, found)
    _stale(chart, week, found)
    _never(chart, found)
    _circles(chart, found)
    _bounds(chart, week, found)
    _without_effect(chart, found)


# Readers and their order.


class _Turns(NamedTuple):
    """The promised wakes of a seat, where each of its days has the same: the days, the first and the last minute."""

    days: frozenset[int]
    opens: int
    closes: int


def _early(chart: Chart, week: Week, found: Found) -> None:
    """Readers whose every promised wake comes shortly before that of what they read.

    A state that its seat says to hold longer is left alone: either it is still fresh, or it is told as stale.
    So is a reader that mail or the like may wake in time, and what something else may have renewed by then.
    """
    turns = {seat.id: one for seat in chart.seats.values() if (one := _turns(week, seat)) is not None}
    for reader in chart.seats.values():
        mine = turns.get(reader.id)
        if mine is None or not all(is_clock(cadence) for cadence in reader.when):
            continue
        for name in reader.reads:
            theirs = turns.get(name)
            if theirs is None or name == reader.id or chart.seats[name].good_for is not None:
                continue
            if theirs.opens == theirs.closes and _just_before(mine, theirs):
                _say_early(chart, reader, mine, chart.seats[name], theirs, found)


def _turns(week: Week, seat: Seat) -> _Turns | None:
    days: frozenset[int] = frozenset()
    opens, closes = DAY_M, 0
    for cadence in seat.when:
        if isinstance(cadence, OnPublish | OnChange):
            return None
        if isinstance(cadence, At):
            mine, begin, end = week.days(cadence.days), cadence.times[0], cadence.times[-1]
        elif isinstance(cadence, Every) and cadence.window and cadence.window[0] < cadence.window[1]:
            mine, (begin, end) = week.days(cadence.days), cadence.window
        elif is_clock(cadence):
            return None
        else:
            continue
        if mine is None or not cadence.text:
            return None
        days |= mine
        opens, closes = min(opens, minute_of(begin)), max(closes, minute_of(end))
    return _Turns(days, opens, closes) if days and seat.holder.is_agent else None


def _just_before(mine: _Turns, theirs: _Turns) -> bool:
    return (
        mine.closes <= theirs.opens
        and theirs.opens - mine.opens <= SOON_M
        and not mine.days.isdisjoint(theirs.days)
    )


def _say_early(chart: Chart, reader: Seat, mine: _Turns, peer: Seat, theirs: _Turns, found: Found) -> None:
    at, other = clock(mine.closes), clock(theirs.opens)
    what = f"{reader.id} reads {peer.id} at {at}, before it wakes at {other}"
    if at == other:
        what = f"{reader.id} reads {peer.id} and wakes at the same minute, {at}"
    later = theirs.opens + max(peer.limit // MINUTE, 15)
    later += -later % 5
    tries = [f"when {peer.id} publishes"]
    if later < DAY_M and len(reader.clocks) == 1 and isinstance(reader.clocks[0], At):
        tries.insert(0, f"{reader.clocks[0].days.text} at {clock(later)}")
    second = _when(chart, peer), f"{peer.id} wakes here"
    why = f"it always finds what {peer.id} published the time before"
    found.say(
        "F239", _reading(chart, reader, peer.id), what, why=why, tries=tries, second=second, level="warning"
    )


# States that run out.


def _stale(chart: Chart, week: Week, found: Found) -> None:
    """States that say how long they hold, and hold shorter than until somebody reads them or they are renewed.

    What `defaults` say is told once, for the first seat.
    """
    gaps = {seat.id: stale for seat in chart.seats.values() if (stale := _runs_out(week, seat))}
    readers: dict[str, list[Seat]] = {name: [] for name in gaps}
    for seat in chart.seats.values() if gaps else ():
        for name in seat.reads:
            if name in gaps and name != seat.id and _is_read(seat):
                readers[name].append(seat)
    reading = {seat.id: seat for own in readers.values() for seat in own}
    promised = {name: week.wakes(seat.clocks) or 0 for name, seat in reading.items()}
    alike: list[tuple[Seat, _Early]] = []
    for name, stale in gaps.items():
        if len(found.mistakes) >= MOST:
            return
        peer = chart.seats[name]
        early = _Early(stale, [(reader, promised[reader.id]) for reader in readers[name]])
        if not early.tells(peer, week):
            continue
        if peer.own.good_for is not None:
            _say_stale(chart, week, peer, early, "", found)
        else:
            alike.append((peer, early))
    if alike:
        more = f"; so it is with {len(alike) - 1} more" if len(alike) > 1 else ""
        _say_stale(chart, week, *alike[0], more, found)


@dataclass(frozen=True, slots=True)
class _Early:
    """A state that runs out: the minutes at which it has, and who reads it, with the minutes of each."""

    stale: int
    readers: list[tuple[Seat, int]]

    @property
    def late(self) -> list[tuple[Seat, int]]:
        """Those who find it stale, and when."""
        return [(reader, minutes & self.stale) for reader, minutes in self.readers if minutes & self.stale]

    def tells(self, peer: Seat, week: Week) -> bool:
        """Say whether a promised wake finds it stale; or, where there is none, whether it mostly is."""
        if self.late:
            return True
        gaps = week.gaps(peer.clocks) if self.readers and not any(m for _, m in self.readers) else None
        return gaps is not None and gaps[0] * MINUTE > 2 * (peer.good_for or NONE)


def _runs_out(week: Week, seat: Seat) -> int:
    """The minutes at which the state of a seat has run out, where it says how long it holds."""
    if seat.good_for is None or seat.good_for >= WEEK or not seat.holder.is_agent:
        return 0
    clocks = seat.clocks
    if not clocks or not _is_read(seat) or any(isinstance(c, OnPublish | OnChange) for c in seat.when):
        return 0
    wakes = week.wakes(clocks)
    return ALL & ~holds(wakes, seat.good_for // MINUTE) if wakes else 0


def _say_stale(chart: Chart, week: Week, peer: Seat, early: _Early, more: str, found: Found) -> None:
    gaps, holds_for = week.gaps(peer.clocks), peer.good_for or NONE
    assert gaps is not None
    shortest, longest = (gap * MINUTE for gap in gaps)
    longer = -(-longest // HOUR) * HOUR + -(-peer.late_after // HOUR) * HOUR
    tries = (f"good_for: {say_span(longer)}", f"more wakes of {peer.id}")
    late = early.late
    if late:
        reader, at = late[0][0], first(late[0][1])
        over = since(week.wakes(peer.clocks) or 0, at) * MINUTE - holds_for
        others = f" and {len(late) - 1} more read" if len(late) > 1 else " reads"
        what = f"{reader.id}{others} {peer.id} {said(at)}, {_hours(over)} after its state has run out{more}"
        why = f"it holds {say_span(holds_for)}, and {peer.id} is woken again only later"
        second = _when(chart, reader), f"{reader.id} wakes here"
    else:
        again = _hours(shortest)
        what = (
            f"the state of {peer.id} holds {say_span(holds_for)} and is renewed {again} later or more{more}"
        )
        why = f"each time it is stale for {_hours(shortest - holds_for)}"
        second = _when(chart, peer), f"{peer.id} wakes here"
    place = place_of(chart, _term(peer, "good_for", peer.own.good_for), peer.place)
    found.say("F241", place, what, why=why, tries=tries, second=second, level="warning")


def _hours(span: timedelta) -> str:
    """Say a span in whole hours, a shorter one in minutes."""
    return f"{span // HOUR}h" if span >= HOUR else say_span(span)


def _is_read(seat: Seat) -> bool:
    """Say whether all its cadences could be read."""
    return all(cadence.text for cadence in seat.clocks)


# Wakes that never come, and bounds that do not fit.


def _never(chart: Chart, found: Found) -> None:
    """Wakes by the publish of a seat that nothing wakes."""
    for seat in chart.seats.values():
        for cadence in seat.when:
            other = chart.seats.get(cadence.seat) if isinstance(cadence, OnPublish) else None
            if other is None or other.when or other.holder.is_person:
                continue
            what = f"{seat.id} is woken when {other.id} publishes, and nothing wakes {other.id}"
            how = "no program holds it yet" if other.holder.is_planned else "it has no `when`"
            place = place_of(chart, ("seats", seat.id, "when", cadence.text), seat.place)
            tries = () if other.holder.is_planned else (f"when: weekdays at 09:00   for {other.id}",)
            found.say("F242", place, what, tries=tries, second=(other.place, how), level="warning")


def _circles(chart: Chart, found: Found) -> None:
    """Seats that wake each other by publishing; each circle is told once, at the seat that stands first."""
    left = _going_round(chart)
    told: set[str] = set()
    for name in left:
        circle = [] if name in told else _circle(left, name)
        told.update(circle)
        if not circle or len(found.mistakes) >= MOST:
            continue
        phrase = f"when {circle[-1]} publishes"
        place = place_of(chart, ("seats", name, "when", phrase), chart.seats[name].place)
        what = f"{' wakes '.join([*circle, name])} by publishing"
        why = f"each publish is a wake, and each wake a publish; fleet ends it after {HOPS_AT_MOST} hops, as a storm"
        found.say("F255", place, what, why=why, tries=(f"a clock time for {name}",), level="warning")


def _going_round(chart: Chart) -> dict[str, list[str]]:
    """Give for each seat whom it wakes by publishing, without those from which, or to which, nothing leads on."""
    agents = [name for name, seat in chart.seats.items() if seat.holder.is_agent]
    left = {name: [n for n in chart.hearers(name) if chart.seats[n].holder.is_agent] for name in agents}
    while True:
        heard = {name for hearers in left.values() for name in hearers}
        kept = {name: [n for n in hearers if n in left] for name, hearers in left.items() if name in heard}
        kept = {name: hearers for name, hearers in kept.items() if hearers}
        if kept == left:
            return left
        left = kept


def _circle(left: Mapping[str, Sequence[str]], name: str) -> list[str]:
    """Find the shortest way on which what a seat publishes wakes it again; nothing where there is none."""
    ways = deque([[name]])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        for hearer in left[way[-1]]:
            if hearer == name:
                return way
            if hearer not in seen:
                seen.add(hearer)
                ways.append([*way, hearer])
    return []


def _bounds(chart: Chart, week: Week, found: Found) -> None:
    """A limit or a late_after that is longer than the span between two wakes."""
    everywhere, told = chart.terms.limit, False
    for seat in chart.seats.values():
        own = seat.own
        limit = seat.limit if own.limit is not None or everywhere is not None else None
        longest = max(limit or NONE, own.late_after or NONE)
        if len(found.mistakes) >= MOST:
            return
        if longest <= MINUTE or not seat.when or not seat.holder.is_agent:
            continue
        clocks = seat.clocks
        if len(clocks) < 2 and all(at_least(cadence) >= longest for cadence in clocks):
            continue
        promised = week.wakes(clocks) if clocks and _is_read(seat) else None
        if not promised or not promised & holds(promised, -(-longest // MINUTE) - 1):
            continue
        gaps = week.gaps(clocks)
        assert gaps is not None
        shortest = gaps[0] * MINUTE
        again = _when(chart, seat), f"{seat.id} is woken again after {say_span(shortest)}"
        tries = (f"at most {say_span(shortest)}",)
        if limit is not None and limit > shortest and not (told and own.limit is None):
            told = told or own.limit is None  # the one of `defaults` is told for the first seat alone
            what = f"a turn of {seat.id} may take {say_span(limit)}, longer than until it is woken again"
            place = place_of(chart, _term(seat, "limit", seat.own.limit), seat.place)
            found.say("F243", place, what, tries=tries, second=again, level="warning")
        late = seat.own.late_after
        if late is not None and late > shortest:
            what = f"{seat.id} is late after {say_span(late)}, and by then it has been woken again"
            place = place_of(chart, _term(seat, "late_after", late), seat.place)
            found.say("F243", place, what, tries=tries, second=again, level="warning")


def _without_effect(chart: Chart, found: Found) -> None:
    """A skip_if of a seat that reads nothing, and what only a program can have at a seat of a person."""
    for seat in chart.seats.values():
        if seat.own.skip_if == "nothing new" and not seat.reads and not seat.paths and seat.holder.is_agent:
            place = place_of(chart, ("seats", seat.id, "skip_if"), seat.place)
            why = "no wake is ever skipped where no input is declared"
            found.say(
                "F244", place, f"{seat.id} reads nothing, so skip_if does nothing", why=why, level="warning"
            )
        if seat.holder.is_person:
            for key in _of_programs(seat):
                place = place_of(chart, ("seats", seat.id, key, ""), seat.place)
                what = f"{seat.id} is a person, whom fleet never wakes, so {key!r} does nothing"
                found.say("F244", place, what, level="warning")


def _of_programs(seat: Seat) -> Iterator[str]:
    own = seat.own
    terms = (("limit", own.limit), ("skip_if", own.skip_if), ("missed", own.missed), ("retries", own.retries))
    yield from (key for key, value in (("when", seat.when or None), *terms) if value is not None)


# Places.


def _term(seat: Seat, key: str, own: timedelta | None) -> Path:
    return ("seats", seat.id, key) if own is not None else ("defaults", key)


def _when(chart: Chart, seat: Seat) -> Place:
    """The place of a seat's first promised wake."""
    text = seat.clocks[0].text
    path: Path = ("seats", seat.id, "when", text)
    return place_of(chart, path, seat.place)


def _reading(chart: Chart, reader: Seat, name: str) -> Place:
    return place_of(chart, ("seats", reader.id, "reads", name), reader.place)
