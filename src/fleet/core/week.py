"""Week: the wakes of cadences in a typical week, as one number with a bit for each minute.

A typical week has no holiday and no change of the clock, so it needs no date: what is found in it is
what an author meant, and a thousand seats are compared in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import pairwise

from cronsim import CronSim

from fleet.core.calendar import Calendar
from fleet.core.slots import At, ClockCadence, Cron, Days, Every

DAY_M = 24 * 60
WEEK_M = 7 * DAY_M
ALL = (1 << WEEK_M) - 1
MINUTE = timedelta(minutes=1)

_EVERY = frozenset(range(7))
_ANY_DAY = datetime(2001, 1, 1)


class Week:
    """Reads the cadences of one calendar; bit 0 is Monday 00:00. Cadences that are alike are read once."""

    def __init__(self, calendar: Calendar) -> None:
        self._workdays = calendar.workdays
        self._read: dict[ClockCadence, int | None] = {}
        self._gaps: dict[tuple[ClockCadence, ...], tuple[int, int] | None] = {}

    def days(self, days: Days) -> frozenset[int] | None:
        """Give the days of a week that are meant, 0 = Monday; None where they are days of a month."""
        match days.kind:
            case "every day":
                return _EVERY
            case "weekdays":
                return self._workdays
            case "weekends":
                return _EVERY - self._workdays
            case "named":
                return days.names
        return None

    def wakes(self, cadences: Iterable[ClockCadence]) -> int | None:
        """Give the minutes at which some cadences wake; None where a week does not tell."""
        found = 0
        for cadence in cadences:
            if cadence not in self._read:
                self._read[cadence] = self._wakes(cadence)
            own = self._read[cadence]
            if own is None:
                return None
            found |= own
        return found

    def gaps(self, cadences: tuple[ClockCadence, ...]) -> tuple[int, int] | None:
        """Give the shortest and the longest span between two wakes, in minutes; None where a week has no wake."""
        if cadences not in self._gaps:
            wakes = self.wakes(cadences)
            self._gaps[cadences] = _gaps(wakes) if wakes else None
        return self._gaps[cadences]

    def _wakes(self, cadence: ClockCadence) -> int | None:
        if isinstance(cadence, Cron):
            return _of_cron(cadence.expression)
        days = self.days(cadence.days)
        if days is None:
            return None
        if isinstance(cadence, At):
            return _on(days, _bits(minute_of(at) for at in cadence.times))
        return _of_interval(cadence, days)


def at_least(cadence: ClockCadence) -> timedelta:
    """Give a span than which two wakes of one cadence are never closer: quickly, and often exactly that."""
    if isinstance(cadence, Cron):
        return MINUTE
    if isinstance(cadence, At):
        minutes = [minute_of(at) for at in cadence.times]
        gaps = [b - a for a, b in pairwise(minutes)]
        return min(*gaps, minutes[0] + DAY_M - minutes[-1]) * MINUTE if gaps else DAY_M * MINUTE
    opens, closes = cadence.window or (time.min, time.max)
    length = (minute_of(closes) - minute_of(opens)) % DAY_M * MINUTE
    return min(cadence.span, DAY_M * MINUTE - length + length % cadence.span)


def minute_of(at: time) -> int:
    """Give the minute of the day."""
    return at.hour * 60 + at.minute


def holds(wakes: int, minutes: int) -> int:
    """Give every minute at which something is known for at most so many minutes that a wake brought.

    What a wake brings is not there yet at its own minute. It goes round at the end of the week.
    """
    done, found = 1, _later(wakes, 1)
    minutes = min(minutes, WEEK_M)
    while done < minutes:
        step = min(done, minutes - done)
        found |= _later(found, step)
        done += step
    return found


def since(wakes: int, minute: int) -> int:
    """Give how many minutes before a minute the last wake came; there is one in each week."""
    twice = wakes | wakes << WEEK_M
    here = minute + WEEK_M
    return here - (twice & ((1 << here) - 1)).bit_length() + 1


def first(minutes: int) -> int:
    """Give the first of some minutes, of which there is one."""
    return (minutes & -minutes).bit_length() - 1


def said(minute: int) -> str:
    """Say a minute of the week: `mondays at 06:45`."""
    day, rest = divmod(minute, DAY_M)
    return f"{_NAMES[day]} at {clock(rest)}"


def clock(minute: int) -> str:
    """Say a minute of the day: `06:45`."""
    return f"{minute // 60:02}:{minute % 60:02}"


_NAMES = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")


def _later(minutes: int, by: int) -> int:
    moved = minutes << by
    return (moved & ALL) | (moved >> WEEK_M)


def _on(days: Iterable[int], one: int) -> int:
    """Put the minutes of a day on some days; what goes past midnight lies on the day after."""
    found = 0
    for day in days:
        found |= _later(one, day * DAY_M)
    return found


def _bits(minutes: Iterable[int]) -> int:
    found = 0
    for minute in minutes:
        found |= 1 << minute
    return found


def _of_interval(every: Every, days: Iterable[int]) -> int:
    opens, closes = every.window or (time.min, time.max)
    begin, end = minute_of(opens), minute_of(closes)
    step = every.span // MINUTE
    count = ((end if opens < closes else end + DAY_M) - begin) // step + 1
    one = ((1 << count * step) - 1) // (
        (1 << step) - 1
    )  # a bit at 0, step, 2 step ...: as 999999 / 999 = 1001
    return _on(days, one << begin)


def _of_cron(expression: str) -> int | None:
    sim = CronSim(expression, _ANY_DAY)
    if len(sim.months) < 12 or len(sim.days) < 31:
        return None
    days = [day for day in sim.weekdays if isinstance(day, int)]
    if len(days) < len(sim.weekdays):
        return None
    return _on({(day - 1) % 7 for day in days}, _bits(h * 60 + m for h in sim.hours for m in sim.minutes))


def _gaps(wakes: int) -> tuple[int, int]:
    before, *between, behind = map(len, f"{wakes:0{WEEK_M}b}".split("1"))
    spans = [*between, before + behind]  # minutes without a wake, the last ones over the end of the week
    return min(spans) + 1, max(spans) + 1
