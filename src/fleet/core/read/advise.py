"""Advise: what a chart may say and yet had better not; only `check --strict` fails on it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fleet.core.cadence import OnPublish
from fleet.core.chart import Chart
from fleet.core.mistake import START, Place
from fleet.core.read.found import Found
from fleet.core.read.kinds import kinds
from fleet.core.read.look import place_of
from fleet.core.read.marked import marked
from fleet.core.read.rank import ranks
from fleet.core.read.rungs import rungs
from fleet.core.read.stamp import stamp
from fleet.core.read.stray import stray
from fleet.core.read.wakes import wakes
from fleet.core.target import Money

_DAYS = {"day": 1, "week": 7, "month": 30}  # of a budget's period, near enough to compare


def advise(chart: Chart, found: Found) -> None:
    """Note every warning."""
    _timezone(chart, found)
    _planned(chart, found)
    _later(chart, found)
    _readers(chart, found)
    _unheld(chart, found)
    _receivers(chart, found)
    wakes(chart, found)
    ranks(chart, found)
    _looked_at(chart, found)
    kinds(chart, found)
    stray(chart, found)
    stamp(chart, found)
    marked(chart, found)
    rungs(chart, found)
    if chart.rules:
        from fleet.core.read.vain import vain  # a chart without rules needs none of it

        vain(chart, found)
    _budgets(chart, found)


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
        if seat.holder.is_planned:
            lacks = [
                key for key, value in (("answers_to", seat.answers_to), ("owns", seat.owns)) if not value
            ]
            open_ = [key for key in lacks if ("seats", seat.id, key) not in chart.places]
            if open_:
                what = f"the planned seat {seat.id} has no {' and no '.join(open_)} yet"
                _warn(found, "F236", seat.place, what)


def _later(chart: Chart, found: Found) -> None:
    """What this version reads and does not do yet: kinds of holders, measuring, and rules, told at the first."""
    for seat in chart.seats.values():
        kind = seat.holder.kind
        if seat.holder.is_agent and kind != "run":
            place = place_of(chart, ("seats", seat.id, kind, ""), seat.place)
            why = "`run:` starts any program, and so a coding agent or a model too"
            _warn(found, "F233", place, f"this version does not start {kind}: {seat.id} will not run", why)
        for metric in seat.scorecard:
            if metric.by == "ledger":
                place = place_of(chart, ("seats", seat.id, "scorecard", metric.name, "by"), seat.place)
                what = f"this version does not measure {metric.name}, so it has no value"
                _warn(found, "F252", place, what, f"and what {seat.id} reports of it is held", ("by: seat",))


def _readers(chart: Chart, found: Found) -> None:
    read = {name for seat in chart.seats.values() for name in seat.reads if name != seat.id}
    read |= {c.seat for seat in chart.seats.values() for c in seat.when if isinstance(c, OnPublish)}
    read |= {name for rule in chart.rules for name in rule.states}
    for seat in chart.seats.values():
        if seat.holder.is_agent and seat.id not in read:
            why = "add it to the reads of whoever needs it; a person has reads too"
            _warn(found, "F230", seat.place, f"nobody reads the state of {seat.id}", why)


def _unheld(chart: Chart, found: Found) -> None:
    """States that somebody counts on, of seats that no one holds yet."""
    planned = {seat.id for seat in chart.seats.values() if seat.holder.is_planned}
    why = "a planned seat publishes nothing until somebody holds it"
    for seat in chart.seats.values() if planned else ():
        for name in seat.reads if seat.holder.is_agent else ():
            if name in planned and name != seat.id:
                place = place_of(chart, ("seats", seat.id, "reads", name), seat.place)
                second = chart.seats[name].place, "nobody holds it yet"
                what = f"{seat.id} reads {name}, whose state is never there"
                found.say("F240", place, what, why=why, second=second, level="warning")
    for i, rule in enumerate(chart.rules) if planned else ():
        for name in planned.intersection(rule.states):
            place = place_of(chart, ("rules", i, "if"), rule.place)
            second = chart.seats[name].place, "nobody holds it yet"
            what = f"the rule {rule.name} looks at the state of {name}, which is never there"
            so = "what cannot be known holds every action that the rule is for"
            found.say("F240", place, what, why=so, second=second, level="warning")


def _receivers(chart: Chart, found: Found) -> None:
    for handoff in chart.handoffs.values():
        if handoff.fields and "text" not in handoff.fields.values():
            continue  # all of it stands in its fields; to read the source could stamp the receiver
        for name in handoff.to:
            seat = chart.seats.get(name)
            if (
                seat
                and not seat.holder.is_planned
                and handoff.source in chart.seats
                and handoff.source not in seat.reads
            ):
                place = place_of(chart, ("handoffs", handoff.name, "to", name), handoff.place)
                what = f"{name} receives {handoff.name} and does not read {handoff.source}"
                _warn(found, "F231", place, what, tries=(f"reads: [{handoff.source}]",))


def _looked_at(chart: Chart, found: Found) -> None:
    """States that the gate looks at, of seats that promise no next one."""
    told: set[str] = set()
    for place, name in _looks(chart):
        seat = chart.seats.get(name)
        if seat is None or name in told or seat.holder.is_planned or seat.clocks or seat.good_for:
            continue
        told.add(name)
        person = seat.holder.is_person
        why = "such a state never runs out, so an old one counts as fresh"
        why += "; `fleet publish --until` ends a single one" if person else ""
        what = f"a ruling looks at the state of {name}, which has no clock and no good_for"
        _warn(found, "F234", place, what, why, tries=("good_for: 24h",))


def _looks(chart: Chart) -> Iterator[tuple[Place, str]]:
    for i, conflict in enumerate(chart.conflicts):
        for name in conflict.rank[:-1]:  # the last outranks nobody who is named
            yield place_of(chart, ("conflicts", i, "rank", name), conflict.place), name
    for i, rule in enumerate(chart.rules):
        for name in rule.states:
            yield place_of(chart, ("rules", i, "if"), rule.place), name


def _budgets(chart: Chart, found: Found) -> None:
    """Seats that may spend more than the whole fleet: each alone, else all together."""
    if chart.budget is None:
        return
    place = place_of(chart, ("budget",), START)
    seats = [seat for seat in chart.seats.values() if seat.holder.is_agent]
    larger = [seat for seat in seats if seat.budget is not None and _exceeds(seat.budget, chart.budget)]
    why = "the fleet's holds, so the rest is never spent"
    for seat in (s for s in larger if s.own.budget is not None):
        own = place_of(chart, ("seats", seat.id, "budget"), seat.place)
        what = f"the budget of {seat.id} ({_said(seat.budget)}) is larger than the fleet's ({_said(chart.budget)})"
        found.say("F235", own, what, why=why, second=(place, "the fleet's stands here"), level="warning")
    if any(s.own.budget is None for s in larger):
        own = place_of(chart, ("defaults", "budget"), place)
        each = _said(chart.terms.budget)
        what = f"the budget of one seat ({each}) is larger than the fleet's ({_said(chart.budget)})"
        found.say("F235", own, what, why=why, second=(place, "the fleet's stands here"), level="warning")
    whole = _a_day(chart.budget)
    total = sum((part for seat in seats if (part := _a_day(seat.budget)) is not None), Decimal(0))
    if whole is not None and total > whole and not larger:
        what = f"the budgets of the seats come to ${total:.2f} a day, the fleet's to ${whole:.2f}"
        _warn(found, "F235", place, what, "the fleet's holds; seats will run out of it")


def _exceeds(own: Money, whole: Money) -> bool:
    """Compare by the day where both are for a time; money that is spent once compares with nothing else."""
    mine, all_ = _a_day(own), _a_day(whole)
    if mine is not None and all_ is not None:
        return mine > all_
    return whole.per is None and own.usd > whole.usd


def _said(money: Money | None) -> str:
    assert money is not None
    return f"${money.usd:.2f}" + (f" a {money.per}" if money.per else " once")


def _a_day(money: Money | None) -> Decimal | None:
    if money is None or money.per is None:
        return None
    return money.usd / _DAYS[money.per]
