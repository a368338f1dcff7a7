"""Wakes: readers that come before what they read, states that run out too soon, wakes that can never come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from fleet.core.cadence import At, Every, OnChange, OnPublish, is_clock
from fleet.core.chart import Chart, Path, Seat
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of
from fleet.core.span import say_span
from fleet.core.week import ALL, DAY_M, MINUTE, Week, at_least, clock, first, holds, minute_of, said, since

SOON_M = 4 * 60
"""A state that is renewed on the same day and within so many minutes was read too early, not left alone."""
NONE, HOUR = timedelta(), timedelta(hours=1)


def wakes(chart: Chart, found: Found) -> None:
    """Note what is wrong with when seats wake."""
    week = Week(chart.calendar)
    _order(chart, week, found)
    _stale(chart, week, found)
    _never(chart, found)
    _bounds(chart, week, found)
    _without_effect(chart, found)


# Readers and their order.


class _Turns(NamedTuple):
    """The promised wakes of a seat, where each of its days has the same: the days, the first and the last minute."""

    days: frozenset[int]
    opens: int
    closes: int


def _order(chart: Chart, week: Week, found: Found) -> None:
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
    """States that say how long they hold, and hold shorter than until somebody reads them or they are renewed."""
    short = {seat.id: gaps for seat in chart.seats.values() if (gaps := _runs_out(week, seat)) is not None}
    readers: dict[str, list[Seat]] = {name: [] for name in short}
    for seat in chart.seats.values() if short else ():
        for name in seat.reads:
            if name in short and name != seat.id:
                readers[name].append(seat)
    for name, (shortest, longest) in short.items():
        peer = chart.seats[name]
        assert peer.good_for is not None
        promised = [(r, m) for r in readers[name] if r.holder.is_agent and (m := week.wakes(r.clocks))]
        stale = ALL & ~holds(week.wakes(peer.clocks) or 0, peer.good_for // MINUTE)
        late = [(reader, minutes & stale) for reader, minutes in promised if minutes & stale]
        longer = say_span(-(-longest * MINUTE // HOUR) * HOUR + -(-peer.late_after // HOUR) * HOUR)
        tries = (f"good_for: {longer}", f"more wakes of {name}")
        if late:
            _say_stale(chart, week, peer, late, tries, found)
        elif not promised and readers[name] and shortest * MINUTE > 2 * peer.good_for:  # mostly stale
            over = say_span(shortest * MINUTE - peer.good_for)
            what = f"the state of {name} holds {say_span(peer.good_for)} and is renewed {_span(shortest)} later or more"
            why = f"each time it is stale for {over}"
            found.say(
                "F241",
                _holds(chart, peer),
                what,
                why=why,
                tries=tries,
                second=_here(chart, peer),
                level="warning",
            )


def _runs_out(week: Week, seat: Seat) -> tuple[int, int] | None:
    """The gaps between the promised wakes of a seat whose state does not hold over the longest of them."""
    if seat.good_for is None or not seat.clocks or not seat.holder.is_agent or not _is_read(seat):
        return None
    if any(isinstance(c, OnPublish | OnChange) for c in seat.when):
        return None
    gaps = week.gaps(seat.clocks)
    return gaps if gaps is not None and gaps[1] * MINUTE > seat.good_for else None


def _say_stale(
    chart: Chart,
    week: Week,
    peer: Seat,
    late: list[tuple[Seat, int]],
    tries: tuple[str, ...],
    found: Found,
) -> None:
    reader, minutes = late[0]
    at = first(minutes)
    assert peer.good_for is not None
    over = since(week.wakes(peer.clocks) or 0, at) * MINUTE - peer.good_for
    more = f", and {len(late) - 1} more" if len(late) > 1 else ""
    what = f"{reader.id}{more} reads {peer.id} {said(at)}, {say_span(over)} after its state has run out"
    why = f"it holds {say_span(peer.good_for)}, and {peer.id} is woken again only later"
    second = _when(chart, reader), f"{reader.id} wakes here"
    found.say("F241", _holds(chart, peer), what, why=why, tries=tries, second=second, level="warning")


def _span(minutes: int) -> str:
    return say_span(minutes * MINUTE)


def _is_read(seat: Seat) -> bool:
    """Say whether all its cadences could be read."""
    return all(cadence.text for cadence in seat.clocks)


# Wakes that never come, and bounds that do not fit.


def _never(chart: Chart, found: Found) -> None:
    """Wakes by the publish of a seat that nothing wakes."""
    for seat in chart.seats.values():
        for cadence in seat.when:
            other = chart.seats.get(cadence.seat) if isinstance(cadence, OnPublish) else None
            if other is None or other.when or other.holder.kind == "person":
                continue
            what = f"{seat.id} is woken when {other.id} publishes, and nothing wakes {other.id}"
            how = "no program holds it yet" if other.holder.kind == "planned" else "it has no `when`"
            place = place_of(chart, ("seats", seat.id, "when", cadence.text), seat.place)
            tries = () if other.holder.kind == "planned" else (f"when: weekdays at 09:00   for {other.id}",)
            found.say("F242", place, what, tries=tries, second=(other.place, how), level="warning")


def _bounds(chart: Chart, week: Week, found: Found) -> None:
    """A limit or a late_after that is longer than the span between two wakes."""
    everywhere = chart.terms.limit
    for seat in chart.seats.values():
        own = seat.own
        limit = seat.limit if own.limit is not None or everywhere is not None else None
        longest = max(limit or NONE, own.late_after or NONE)
        if longest <= MINUTE or not seat.when or not seat.holder.is_agent:
            continue
        clocks = seat.clocks
        if len(clocks) < 2 and all(at_least(cadence) >= longest for cadence in clocks):
            continue
        gaps = week.gaps(clocks) if clocks and _is_read(seat) else None
        if gaps is None or longest <= gaps[0] * MINUTE:
            continue
        shortest = gaps[0] * MINUTE
        again = _when(chart, seat), f"{seat.id} is woken again after {say_span(shortest)}"
        tries = (f"at most {say_span(shortest)}",)
        if limit is not None and limit > shortest:
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
        if seat.holder.kind == "person":
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


def _holds(chart: Chart, seat: Seat) -> Place:
    return place_of(chart, _term(seat, "good_for", seat.own.good_for), seat.place)


def _here(chart: Chart, seat: Seat) -> tuple[Place, str]:
    return _when(chart, seat), f"{seat.id} wakes here"


def _when(chart: Chart, seat: Seat) -> Place:
    """The place of a seat's first promised wake."""
    text = seat.clocks[0].text
    path: Path = ("seats", seat.id, "when", text)
    return place_of(chart, path, seat.place)


def _reading(chart: Chart, reader: Seat, name: str) -> Place:
    return place_of(chart, ("seats", reader.id, "reads", name), reader.place)
