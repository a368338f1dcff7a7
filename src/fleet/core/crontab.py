"""Crontab: the lines of cron that say the same as a cadence, where there are such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from fleet.core.calendar import Calendar
from fleet.core.season import changes
from fleet.core.slots import At, ClockCadence, Cron, Days, Every, slots, walls

MOST_LINES = 3  # more are no help: the phrase says it better
SEEN = timedelta(days=400)  # how far ahead clock changes are looked at: one of each season, at least
BEFORE, AFTER = (
    timedelta(hours=4),
    timedelta(hours=27),
)  # of a change: minutes counted over it end with its day
ANY_DAY = date(2026, 1, 7)

_Fields = tuple[str, str, str]  # day of the month, month, day of the week


def cron_lines(c: ClockCadence, calendar: Calendar, now: datetime) -> tuple[str, ...]:
    """List the lines that give the same instants, also over the clock changes to come; none if no cron can.

    Only what every cron reads is used: numbers, ranges, steps and lists.
    """
    if isinstance(c, Cron):
        return (c.expression,)
    moments = list(changes(calendar.tz, now, SEEN))
    for starred in (True, False):
        lines = _lines(c, calendar, starred)
        if lines and all(_agree(c, lines, calendar, change.at) for change in moments):
            return lines
    return ()


def _agree(c: ClockCadence, lines: Sequence[str], calendar: Calendar, change: datetime) -> bool:
    """Whether both give the same instants around a change of the clock."""
    start, end = change - BEFORE, change + AFTER
    crons = {slot for line in lines for slot in slots(Cron(line), calendar, start, end)}
    return crons == set(slots(c, calendar, start, end))


def _lines(c: At | Every, calendar: Calendar, starred: bool) -> tuple[str, ...]:
    """The lines by wall time; with `starred`, stars stand where a field takes all there is."""
    by_days: dict[_Fields, list[datetime]] = {}
    for wall in walls(c, ANY_DAY):
        days = _days(c.days, calendar, (wall.date() - ANY_DAY).days)
        if days is None:
            return ()
        by_days.setdefault(days, []).append(wall)
    found = [
        f"{minutes} {hours} {' '.join(days)}"
        for days, times in by_days.items()
        for minutes, hours in _clock(times, starred)
    ]
    return tuple(found) if len(found) <= MOST_LINES else ()


def _clock(times: Sequence[datetime], starred: bool) -> Iterator[tuple[str, str]]:
    """Minute and hour fields: hours that have the same minutes share a line."""
    minutes_of: dict[int, set[int]] = {}
    for wall in times:
        minutes_of.setdefault(wall.hour, set()).add(wall.minute)
    hours_of: dict[frozenset[int], set[int]] = {}
    for hour, minutes in minutes_of.items():
        hours_of.setdefault(frozenset(minutes), set()).add(hour)
    for same, hours in hours_of.items():
        yield _field(same, 60, starred), _field(hours, 24, starred)


def _days(days: Days, calendar: Calendar, later: int) -> _Fields | None:
    """The fields of the days, of the day after them with `later`; None where cron has no word for them."""
    match days.kind:
        case "every day":
            return ("*", "*", "*")
        case "weekdays" if not calendar.holidays:
            names = calendar.workdays
        case "weekends":
            names = frozenset(range(7)) - calendar.workdays
        case "named":
            names = days.names
        case "nth" if not later:
            return (str(days.nth), "*", "*")
        case _:
            return None
    if not names:
        return None
    shifted = {(day + 1 + later) % 7 for day in names}  # cron counts from 0 = Sunday
    return ("*", "*", "*" if len(shifted) == 7 else _field(shifted, 7, starred=False))


def _field(values: set[int] | frozenset[int], size: int, starred: bool) -> str:
    """One field: a range or steps where the values are even, else a list.

    >>> _field({6, 10, 14, 18}, 24, True), _field({1, 2, 3, 5}, 7, True), _field(set(range(0, 60, 5)), 60, True)
    ('6-18/4', '1,2,3,5', '*/5')
    """
    ordered = sorted(values)
    steps = {b - a for a, b in zip(ordered, ordered[1:], strict=False)}
    step = steps.pop() if len(steps) == 1 else 0
    every = f"/{step}" if step > 1 else ""
    if starred and step and ordered[0] == 0 and ordered[-1] + step >= size:
        return f"*{every}"
    if not step or len(ordered) < 3:
        return ",".join(map(str, ordered))
    return f"{ordered[0]}-{ordered[-1]}{every}"
