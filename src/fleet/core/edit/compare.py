"""Compare: what a new chart changes of the one in force, decided by what would really hold.

Values are compared after `defaults`, includes and everything left out were worked in, so that no way
of writing them can smuggle anything past a person. The list of what loosens is that of docs/files.md, "A saved edit".
"""

from __future__ import annotations

from dataclasses import replace

from fleet.core.chart import Chart, Handoff
from fleet.core.edit import plain
from fleet.core.edit.action import compare_actions, compare_secrets, compare_subjects
from fleet.core.edit.change import GUARDS, MEANS, PEOPLE, Change, riskiest_first
from fleet.core.edit.looser import looser_money
from fleet.core.edit.rulings import compare_conflicts, compare_ladders, compare_rules
from fleet.core.edit.seat import add_seat, compare_seat, is_ranked, kept_seats, leave_seat, listed
from fleet.core.edit.terms import compare_defaults, spend
from fleet.core.edit.told import Told, drop, put

MESSAGES = "lets one seat send {} messages an hour"
WAKES = "lets events wake one seat {} times an hour"


def compare(in_force: Chart, new: Chart) -> tuple[Change, ...]:
    """List the differences of a new chart from the one in force, riskiest first."""
    told = Told(in_force, new)
    defaults = compare_defaults(told)
    for name, seat in new.seats.items():
        if name in in_force.seats:
            compare_seat(told, in_force.seats[name], seat, defaults)
        else:
            add_seat(told, seat, defaults)
    for name, seat in in_force.seats.items():
        if name not in new.seats:
            leave_seat(told, seat)
    compare_actions(told)
    compare_subjects(told)
    compare_secrets(told)
    compare_conflicts(told)
    compare_rules(told)
    compare_ladders(told)
    _include(told)
    _fleet(told)
    _handoffs(told)
    _retired(told)
    return riskiest_first([_with_seats(in_force, new, change) for change in told.changes])


def _with_seats(old: Chart, new: Chart, change: Change) -> Change:
    """Add to what puts something back the seats that it names and that left the file."""
    kept = kept_seats(old, new, change.names)
    return replace(change, edits=(*change.edits, *kept)) if kept else change


def _include(told: Told) -> None:
    for pattern in told.new.include:
        if pattern not in told.old.include:
            edit = put("include", value=[p for p in told.new.include if p in told.old.include])
            told.loosens("fleet", f"includes {pattern}", ("include",), edit, risk=PEOPLE)
    for pattern in told.old.include:
        if pattern not in told.new.include:
            told.at_once("changes", "fleet", f"includes {pattern} no more", ("include",))


def _fleet(told: Told) -> None:
    old, new = told.old, told.new
    if looser_money(old.budget, new.budget):
        does = f"may spend {spend(new.budget)}, not {spend(old.budget)}"
        told.loosens("fleet", does, ("budget",), put("budget", value=plain.money(old.budget)), risk=MEANS)
    else:
        told.differs("fleet", ("budget",), spend(old.budget), spend(new.budget), kind="tightens")
    _bound(told, "turns_at_once", "may run {} turns at once", old.turns_at_once, new.turns_at_once)
    was, now = old.limits, new.limits
    _bound(told, "messages_an_hour", MESSAGES, was.messages_an_hour, now.messages_an_hour)
    _bound(told, "fan_out", "lets one turn write to {} seats", was.fan_out, now.fan_out)
    _bound(told, "wakes_an_hour", WAKES, was.wakes_an_hour, now.wakes_an_hour)
    told.differs("fleet", ("fleet",), old.name, new.name)
    told.differs("fleet", ("mission",), old.mission, new.mission)
    told.differs("fleet", ("timezone",), old.calendar.zone, new.calendar.zone)
    told.differs("fleet", ("workdays",), _days(old), _days(new))
    told.differs("fleet", ("holidays",), _holidays(old), _holidays(new))


def _bound(told: Told, key: str, does: str, old: int, new: int) -> None:
    path = ("limits", key)
    if new > old:
        told.loosens("fleet", f"{does.format(new)}, not {old}", path, put(*path, value=str(old)), risk=MEANS)
    else:
        told.differs("fleet", path, str(old), str(new), kind="tightens")


def _days(chart: Chart) -> str:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return ", ".join(names[day] for day in sorted(chart.calendar.workdays))


def _holidays(chart: Chart) -> str:
    days = sorted(chart.calendar.holidays)
    return ", ".join(map(str, days)) if len(days) <= 12 else f"{len(days)} days, {days[0]} to {days[-1]}"


def _handoffs(told: Told) -> None:
    """Compare handoffs. What fits one passes without the stamp of outside text, so a new form of one waits."""
    old, new = told.old.handoffs, told.new.handoffs
    for name, handoff in new.items():
        path, whose, says = ("handoffs", name), f"handoff {name}", plain.handoff(handoff)
        was = old.get(name)
        if was is None:
            told.loosens(whose, f"is new: {says}", path, drop(*path), names=(handoff.source, *handoff.to))
        elif _passes(was) != _passes(handoff):
            does = f"becomes {says} (was: {plain.handoff(was)})"
            edit = put(*path, value=plain.handoff_map(was))
            told.loosens(whose, does, path, edit, names=(was.source, *was.to))
        else:
            told.differs(whose, path, plain.handoff(was), says)
    for name, handoff in old.items():
        if name not in new:
            told.differs(f"handoff {name}", ("handoffs", name), plain.handoff(handoff), "")


def _passes(handoff: Handoff) -> tuple[str, frozenset[str], tuple[tuple[str, str], ...]]:
    return handoff.source, frozenset(handoff.to), tuple(sorted(handoff.fields.items()))


def _retired(told: Told) -> None:
    """Compare retirements. A rank passes over who is retired, so those below it would be freed."""
    old, new = told.old.retired, told.new.retired
    for name, retired in new.items():
        seat = told.old.seats.get(name)
        held = seat is not None and not seat.holder.is_planned
        if name not in old and held and is_ranked(told.old, name):
            does = "is retired, so that its rank in a conflict binds nobody any more"
            told.loosens(name, does, ("retired", name), drop("retired", name), risk=GUARDS, names=(name,))
        elif name not in old:
            told.at_once("changes", name, f"is retired: {retired.because}".rstrip(": "), ("retired", name))
        elif replace(retired, place=old[name].place) != old[name]:
            was, now = (f"{r.title}, {r.date}, {r.record}, {r.because}" for r in (old[name], retired))
            gave = [listed(tuple(f"{f} to {h}" for f, h in r.gave.items())) for r in (old[name], retired)]
            told.differs(name, ("retired", name), f"{was}, {gave[0]}", f"{now}, {gave[1]}")
    for name in old:
        if name not in new:
            told.at_once("changes", name, "is not listed as retired any more", ("retired", name))


def loosening(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Pick what waits for a yes."""
    return tuple(change for change in changes if change.kind == "loosens")
