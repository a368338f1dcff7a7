"""Advise: what a chart may say and yet had better not; only `check --strict` fails on it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fleet.core.cadence import OnPublish
from fleet.core.chart import Chart, Seat
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of, states_named
from fleet.core.target import Money

_DAYS = {"day": 1, "week": 7, "month": 30}  # of a budget's period, near enough to compare


def advise(chart: Chart, found: Found) -> None:
    """Note every warning."""
    _timezone(chart, found)
    _planned(chart, found)
    _holders(chart, found)
    _readers(chart, found)
    _receivers(chart, found)
    _unordered(chart, found)
    _looked_at(chart, found)
    _budgets(chart, found)
    _trifecta(chart, found)


def _warn(
    found: Found, code: str, place: Place, what: str, why: str = "", tries: tuple[str, ...] = ()
) -> None:
    found.say(code, place, what, why=why, tries=tries, level="warning")


def _timezone(chart: Chart, found: Found) -> None:
    clocked = next((seat for seat in chart.seats.values() if seat.clocks), None)
    if clocked and ("timezone",) not in chart.places:
        place = place_of(chart, ("fleet", ""), clocked.place)
        _warn(
            found,
            "F238",
            place,
            "no timezone, so all clock times are UTC",
            tries=("timezone: America/New_York",),
        )


def _planned(chart: Chart, found: Found) -> None:
    for seat in chart.seats.values():
        if seat.holder.kind == "planned":
            lacks = [
                key for key, value in (("answers_to", seat.answers_to), ("owns", seat.owns)) if not value
            ]
            open_ = [key for key in lacks if ("seats", seat.id, key) not in chart.places]
            if open_:
                what = f"the planned seat {seat.id} has no {' and no '.join(open_)} yet"
                _warn(found, "F236", seat.place, what)


def _holders(chart: Chart, found: Found) -> None:
    for seat in chart.seats.values():
        kind = seat.holder.kind
        if seat.holder.is_agent and kind != "run":
            place = place_of(chart, ("seats", seat.id, kind, ""), seat.place)
            why = "`run:` starts any program, and so a coding agent or a model too"
            _warn(found, "F233", place, f"this version does not start {kind}: {seat.id} will not run", why)


def _readers(chart: Chart, found: Found) -> None:
    read = {name for seat in chart.seats.values() for name in seat.reads if name != seat.id}
    read |= {c.seat for seat in chart.seats.values() for c in seat.when if isinstance(c, OnPublish)}
    read |= {name for rule in chart.rules for name in states_named(rule.condition)}
    for seat in chart.seats.values():
        if seat.holder.is_agent and seat.id not in read:
            why = "add it to the reads of whoever needs it; a person has reads too"
            _warn(found, "F230", seat.place, f"nobody reads the state of {seat.id}", why)


def _receivers(chart: Chart, found: Found) -> None:
    for handoff in chart.handoffs.values():
        for name in handoff.to:
            seat = chart.seats.get(name)
            if seat and seat.holder.kind != "planned" and handoff.source not in seat.reads:
                place = place_of(chart, ("handoffs", handoff.name, "to", name), handoff.place)
                what = f"{name} receives {handoff.name} and does not read {handoff.source}"
                _warn(found, "F231", place, what, tries=(f"reads: [{handoff.source}]",))


def _unordered(chart: Chart, found: Found) -> None:
    """Seats that act outside on one kind of subject, where no rank names one of a pair."""
    actors: dict[str, list[Seat]] = {}
    for seat in chart.seats.values():
        for about in _outside_subjects(chart, seat) if seat.holder.is_agent else ():
            actors.setdefault(about, []).append(seat)
    ranked: dict[str, set[str]] = {}
    for conflict in chart.conflicts:
        ranked.setdefault(conflict.about, set()).update(conflict.rank)
    for about, seats in actors.items():
        free = [seat for seat in seats if seat.id not in ranked.get(about, ())]
        if len(free) < 2:
            continue
        first, second = free[:2]
        others = f", and {len(free) - 2} more seats" if len(free) > 2 else ""
        place = place_of(chart, ("seats", second.id, "can"), second.place)
        tries = (f"conflicts: [{{about: {about}, rank: [{first.id}, {second.id}], then: hold}}]",)
        what = f"{first.id} and {second.id}{others} act on one {about}, and no conflict says who goes first"
        _warn(found, "F232", place, what, tries=tries)


def _outside_subjects(chart: Chart, seat: Seat) -> list[str]:
    kinds = (chart.actions[k] for k in (*seat.can.do, *seat.can.ask) if k in chart.actions)
    return list(dict.fromkeys(about for kind in kinds if kind.outside for about in kind.about))


def _looked_at(chart: Chart, found: Found) -> None:
    """States that the gate looks at, of seats that promise no next one."""
    told: set[str] = set()
    for place, name in _looks(chart):
        seat = chart.seats.get(name)
        if seat is None or name in told or seat.holder.kind == "planned" or seat.clocks or seat.good_for:
            continue
        told.add(name)
        person = seat.holder.kind == "person"
        why = "without good_for" + (" or `fleet publish --until`" if person else "") + " it never holds"
        what = f"a ruling looks at the state of {name}, which has no clock and no good_for"
        _warn(found, "F234", place, what, why, tries=("good_for: 24h",))


def _looks(chart: Chart) -> Iterator[tuple[Place, str]]:
    for i, conflict in enumerate(chart.conflicts):
        for name in conflict.rank[:-1]:  # the last outranks nobody who is named
            yield place_of(chart, ("conflicts", i, "rank", name), conflict.place), name
    for i, rule in enumerate(chart.rules):
        for name in states_named(rule.condition):
            yield place_of(chart, ("rules", i, "if"), rule.place), name


def _budgets(chart: Chart, found: Found) -> None:
    whole = _a_day(chart.budget)
    parts = [_a_day(seat.budget) for seat in chart.seats.values() if seat.holder.is_agent]
    total = sum((part for part in parts if part is not None), Decimal(0))
    if whole is not None and total > whole:
        place = place_of(chart, ("budget",), Place("fleet.yaml", 1, 1, 1, 1))
        what = f"the budgets of the seats come to ${total:.2f} a day, the fleet's to ${whole:.2f}"
        _warn(found, "F235", place, what, "the fleet's holds; seats will run out of it")


def _a_day(money: Money | None) -> Decimal | None:
    if money is None or money.per is None:
        return None
    return money.usd / _DAYS[money.per]


def _trifecta(chart: Chart, found: Found) -> None:
    """Private data, outside text, and outside actions that a rule frees from the approval they would need."""
    stamped = _stamped(chart)
    acting: dict[str, set[str]] = {}
    for seat in chart.seats.values():
        if seat.id in stamped and any(path.private for path in seat.paths):
            acting[seat.id] = {k for k in seat.can.do if k in chart.actions and chart.actions[k].outside}
    for i, rule in enumerate(chart.rules):
        for name in rule.seats or acting if rule.then == "allow" else ():
            kinds = acting.get(name, set())
            freed = min(kinds.intersection(rule.actions) if rule.actions else kinds, default=None)
            if freed:
                place = place_of(chart, ("rules", i, "then"), rule.place)
                what = f"{name} reads private data and outside text, and does {freed} without an approval"
                _warn(found, "F237", place, what, "a stranger's text could send private data out")


def _stamped(chart: Chart) -> set[str]:
    """Seats that read outside text themselves, or the state of one that does."""
    stamped = {seat.id for seat in chart.seats.values() if any(p.outside for p in seat.paths)}
    readers: dict[str, list[str]] = {}
    for seat in chart.seats.values():
        for name in seat.reads:
            readers.setdefault(name, []).append(seat.id)
    todo = list(stamped)
    while todo:
        for reader in readers.get(todo.pop(), ()):
            if reader not in stamped:
                stamped.add(reader)
                todo.append(reader)
    return stamped
