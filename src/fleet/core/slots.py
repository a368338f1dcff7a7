"""The slots of a clock cadence: the instants that its phrase promises, in a calendar.

Wall time is turned into instants by one monotone rule: a wall time stands for the first instant whose
clock shows it or later. So a time in a skipped hour goes at the next minute that exists, one in a
repeated hour goes once, and later wall times never go before earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim

from fleet.core.calendar import Calendar
from fleet.core.frozen import dataclass

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)  # the resolution of datetime: "just before"
HORIZON = timedelta(days=2922)  # eight years: 29 February comes at least once, but for 1900 and 2100
# Beyond these, date arithmetic in a zone overflows.
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)

DaysKind = Literal[
    "weekdays",  # workdays that are no holidays
    "weekends",  # days of the week that are no workdays, holiday or not
    "every day",
    "named",  # `names`, holiday or not
    "nth",  # the `nth` of the month; a month without it has none
    "last day",
    "first workday",
    "last workday",
]


@dataclass(frozen=True, slots=True)
class Days:
    """The DAYS of a phrase; `names` count from 0 = Monday."""

    kind: DaysKind
    names: frozenset[int] = frozenset()
    nth: int = 0
    text: str = field(default="", compare=False)

    def has(self, day: date, calendar: Calendar) -> bool:
        """Say whether that date is one of them."""
        match self.kind:
            case "every day":
                return True
            case "weekdays":
                return calendar.is_workday(day)
            case "weekends":
                return day.weekday() not in calendar.workdays
            case "named":
                return day.weekday() in self.names
            case "nth":
                return day.day == self.nth
            case "last day":
                return (day + DAY).month != day.month
            case "first workday":
                return calendar.is_workday(day) and not _workday_beyond(day, calendar, -DAY)
            case "last workday":
                return calendar.is_workday(day) and not _workday_beyond(day, calendar, DAY)


EVERY_DAY = Days("every day", text="every day")


@dataclass(frozen=True, slots=True)
class At:
    """`DAYS at HH:MM and HH:MM`; `times` ascend."""

    days: Days
    times: tuple[time, ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Every:
    """`every Nm|Nh [from HH:MM to HH:MM] [on DAYS]`, counted from `from` or midnight of each day."""

    span: timedelta
    unit: Literal["m", "h"]
    window: tuple[time, time] | None = None
    days: Days = EVERY_DAY
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Cron:
    """Five cron fields, Monday = 1."""

    expression: str
    text: str = field(default="", compare=False)


ClockCadence = At | Every | Cron


def slots(c: ClockCadence, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    """Walk the slots after `after` up to and with `until`, ascending, each once, in UTC.

    Lazy. Both bounds must be aware. Cron as Debian's: with a star in front of its minute or hour it
    runs at every minute that passes and fits, else its times are wall time by the rule above.
    """
    if after.tzinfo is None or until.tzinfo is None:
        raise ValueError("slots are asked for between aware times")
    return _walk(c, calendar, max(after.astimezone(UTC), EARLIEST), min(until.astimezone(UTC), LATEST))


def following(c: ClockCadence, calendar: Calendar, after: datetime) -> datetime | None:
    """Find the next slot after `after`, in UTC; None if there is none within eight years."""
    until = after + HORIZON if after.astimezone(UTC) < LATEST - HORIZON else LATEST
    return next(slots(c, calendar, after, until), None)


def walls(c: At | Every, day: date) -> Iterator[datetime]:
    """List the wall times that one day has, were no clock moved; a window past midnight ends on the next."""
    if isinstance(c, At):
        yield from (datetime.combine(day, t) for t in c.times)
        return
    opens, closes = _window(c)
    wall, end = datetime.combine(day, opens), _closing(day, opens, closes)
    while wall <= end:
        yield wall
        wall += c.span


def _walk(c: ClockCadence, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    if after >= until:
        return
    last = after
    for slot in _candidates(c, calendar, after, until):
        if slot > until:
            return
        if slot > last:  # two wall times in one skipped hour land on one instant
            last = slot
            yield slot


def _candidates(c: ClockCadence, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    """Instants in ascending order, some of them perhaps at or before `after`, or twice."""
    if isinstance(c, Cron):
        # cronsim gets naive times only. Given a zone it loops for ever where the clock is moved within
        # an hour (2.8: `* 3,19 * * *` in Pacific/Chatham), so its rule for such changes is ours to apply.
        sim = CronSim(c.expression, after.astimezone(calendar.tz).replace(tzinfo=None))
        if is_starred(c):
            yield from _starred(sim, calendar.tz, after, until)
        else:
            yield from (first_instant(calendar.tz, wall) for wall in sim)
        return
    for day in _days(c.days, calendar, after, until):
        if isinstance(c, Every) and c.unit == "m":
            yield from _elapsed(c, calendar, day, after)
        else:
            for wall in walls(c, day):
                yield first_instant(calendar.tz, wall)


def is_starred(c: Cron) -> bool:
    """Say whether it runs at every minute that passes and fits, as Debian's does for a star in minute or hour."""
    return any(field.startswith("*") for field in c.expression.split()[:2])


def _days(days: Days, calendar: Calendar, after: datetime, until: datetime) -> Iterator[date]:
    # Two days back: a window past midnight belongs to the day before, and so may a day that a change
    # of the clock shortens. One day on: the clock may have shown more before it was put back.
    day = after.astimezone(calendar.tz).date() - 2 * DAY
    end = until.astimezone(calendar.tz).date() + DAY
    while day <= end:
        if days.has(day, calendar):
            yield day
        day += DAY


def _elapsed(c: Every, calendar: Calendar, day: date, after: datetime) -> Iterator[datetime]:
    """A minute interval's ticks: elapsed time from the day's anchor, whatever the clock shows."""
    opens, closes = _window(c)
    slot = first_instant(calendar.tz, datetime.combine(day, opens))
    end = _last_instant(calendar.tz, _closing(day, opens, closes))
    if c.days.has(day + DAY, calendar):  # a new anchor ends the old count, also where the clock is put back
        end = min(end, first_instant(calendar.tz, datetime.combine(day + DAY, opens)) - TICK)
    slot += max(0, (after - slot) // c.span + 1) * c.span
    while slot <= end:
        yield slot
        slot += c.span


def _starred(sim: CronSim, tz: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every minute that passes and whose clock fits: one stretch of unmoved clock after the other."""
    start = after
    while start < until:
        offset, end = stretch(tz, start)
        sim.dt = (start + offset).replace(tzinfo=None, microsecond=0)
        for wall in sim:
            slot = wall.replace(tzinfo=UTC) - offset
            if slot > end:
                break
            yield slot
        else:
            return  # cronsim looks fifty years ahead
        start = max(end, slot - 2 * DAY)  # no clock is moved by more, so none fits before


def _offset(tz: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(tz).utcoffset() or timedelta()


def _window(c: Every) -> tuple[time, time]:
    return c.window or (time.min, time.max)


def _closing(day: date, opens: time, closes: time) -> datetime:
    return datetime.combine(day if opens < closes else day + DAY, closes)


def _workday_beyond(day: date, calendar: Calendar, step: timedelta) -> bool:
    other = day + step
    while other.month == day.month:
        if calendar.is_workday(other):
            return True
        other += step
    return False


def stretch(tz: ZoneInfo, start: datetime) -> tuple[timedelta, datetime]:
    """Give the offset just after `start`, and the end of its stretch; at most a day."""
    offset, end = _offset(tz, start + TICK), start + DAY
    if _offset(tz, end) == offset:
        return offset, end
    return offset, _bisect(start + TICK, end, lambda middle: _offset(tz, middle) != offset) - TICK


def first_instant(tz: ZoneInfo, wall: datetime) -> datetime:
    """Find the first instant whose clock shows `wall` or later; in a gap, a whole minute."""
    instant = wall.replace(tzinfo=tz).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall:
        return instant
    instant = _gap_end(tz, wall)
    past = instant.astimezone(tz).second  # only changes before 1973 end within a minute
    return instant + (60 - past) * SECOND if past else instant


def _last_instant(tz: ZoneInfo, wall: datetime) -> datetime:
    """Find the last instant whose clock shows `wall` or earlier; in a gap, just before it."""
    instant = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall:
        return instant
    return _gap_end(tz, wall) - TICK


def _gap_end(tz: ZoneInfo, wall: datetime) -> datetime:
    """The instant of the change that skips `wall`, by bisection: zoneinfo does not tell its changes."""
    wall = wall.replace(microsecond=0)
    # PEP 495: inside a gap fold=1 is reckoned with the offset after it, and so lies before the change.
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    behind = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    return _bisect(before, behind, lambda middle: middle.astimezone(tz).replace(tzinfo=None) >= wall)


def _bisect(before: datetime, behind: datetime, is_behind: Callable[[datetime], bool]) -> datetime:
    """The first whole second that is behind the change."""
    before = before.replace(microsecond=0)
    while behind - before > SECOND:
        middle = before + (behind - before) // (2 * SECOND) * SECOND
        if is_behind(middle):
            behind = middle
        else:
            before = middle
    return before + SECOND
