"""Season: when a zone's clock is moved next, and what that does to the wakes of a cadence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet.core.calendar import Calendar
from fleet.core.frozen import dataclass
from fleet.core.slots import DAY, TICK, ClockCadence, Cron, Every, is_starred, slots, stretch
from fleet.core.spoken import joined

LOOKED = timedelta(days=400)  # ahead for the next change: past a year without one, there is none to tell of
NAMED = 3  # times that are named one by one


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a zone's clock: the instant from which it shows something else, in UTC, and both offsets."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def shown(self) -> tuple[datetime, datetime]:
        """What the clock showed up to then, and shows from then on."""
        return (self.at + self.before).replace(tzinfo=None), (self.at + self.after).replace(tzinfo=None)


def changes(tz: ZoneInfo, after: datetime, within: timedelta) -> Iterator[Change]:
    """Walk the changes of a zone's clock in a span after an instant."""
    start, end = after.astimezone(UTC), after.astimezone(UTC) + within
    while start < end:
        before, last = stretch(tz, start)
        offset, _ = stretch(tz, last)
        if offset != before:
            yield Change(last + TICK, before, offset)
        start = last


def next_change(tz: ZoneInfo, after: datetime) -> Change | None:
    """Find the next change of a zone's clock; None if none is near."""
    return next(changes(tz, after, LOOKED), None)


def say_change(c: ClockCadence, calendar: Calendar, change: Change) -> str:
    """Say what a change does to a cadence's wakes: `no wake moves`, `02:30 does not exist that day: ...`."""
    old, new = change.shown
    low, high = min(old, new), max(old, new)
    counts = isinstance(c, Every) and c.unit == "m"
    actual = _actual(c, calendar, change) if counts else []
    promised = _promised(c, calendar, low, high)
    usual = set(_promised(c, calendar, low, high + DAY)) if counts else set()
    if off := next((wall for wall in actual if wall not in usual), None):
        instead = next((wall for wall in sorted(usual) if wall >= high and wall not in actual), None)
        not_this = f", not {instead:%H:%M}" if instead else ""
        return f"it counts on by elapsed time: {off:%H:%M} that day{not_this}"
    if not promised:
        return "no wake moves"
    times, many = _times(promised), len(promised) > 1
    if new > old:
        passed = counts or (isinstance(c, Cron) and is_starred(c))
        goes = "no wake then" if passed else f"{'go' if many else 'goes'} at {_first(change):%H:%M}"
        return f"{times} {'do' if many else 'does'} not exist that day: {goes}"
    again = len(actual) > len(set(actual)) or (isinstance(c, Cron) and is_starred(c))
    goes = "both times" if again else "the first time"
    return f"{times} {'come' if many else 'comes'} twice that day: {'go' if many else 'goes'} {goes}"


def _promised(c: ClockCadence, calendar: Calendar, low: datetime, high: datetime) -> list[datetime]:
    """The wall times of a cadence from `low` to before `high`, were no clock moved."""
    plain = replace(calendar, zone="UTC")  # whose wall times and instants are the same
    found = slots(c, plain, low.replace(tzinfo=UTC) - TICK, high.replace(tzinfo=UTC) - TICK)
    return [slot.replace(tzinfo=None) for slot in found]


def _actual(c: ClockCadence, calendar: Calendar, change: Change) -> list[datetime]:
    """The wall times that there are, for a day from where the change begins to be seen; some of them twice."""
    low, high = min(change.shown), max(change.shown) + DAY
    found = slots(c, calendar, change.at - DAY, change.at + 2 * DAY)
    walls = [slot.astimezone(calendar.tz).replace(tzinfo=None) for slot in found]
    return [wall for wall in walls if low <= wall < high]


def _first(change: Change) -> datetime:
    """The first minute that the clock shows after a gap."""
    new = change.shown[1]
    return new if not new.second else new.replace(second=0) + timedelta(minutes=1)


def _times(walls: Sequence[datetime]) -> str:
    if len(walls) <= NAMED:
        return joined(f"{wall:%H:%M}" for wall in walls)
    return f"{walls[0]:%H:%M} to {walls[-1]:%H:%M}, {len(walls)} times,"
