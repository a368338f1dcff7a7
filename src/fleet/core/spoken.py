"""Spoken: a cadence in plain words, with its times and days as the calendar has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from fleet.core.cadence import Cadence, OnAsk, OnChange, OnEscalation, OnMail, OnPublish
from fleet.core.calendar import Calendar
from fleet.core.cron import say_cron
from fleet.core.slots import At, Cron, Days, Every, walls

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_TIMES = 8  # named one by one; more are said as an interval
ANY_DAY = date(2026, 1, 7)  # no clock is looked at: only the times that a day has


def say_cadence(c: Cadence, calendar: Calendar) -> str:
    """Say what follows `wakes`: times and days of a clock cadence, or what an event is."""
    match c:
        case At() | Every():
            return f"{_times(c)}, {_say_days(c.days, calendar)}"
        case Cron():
            return say_cron(c.expression)
        case OnMail():
            return "when a message arrives in its inbox, of any type"
        case OnEscalation():
            return "when a message of type ESCALATION arrives in its inbox"
        case OnAsk():
            return "when a REQUEST, PROPOSAL or CHALLENGE arrives, or a person wakes it"
        case OnPublish(seat):
            return f"when a turn of {seat} is done, and so has published"
        case OnChange(path):
            return f"when a file of {path} is changed, comes or goes"


def _say_days(days: Days, calendar: Calendar) -> str:
    """Say which days: `Monday to Friday`, `the last workday of the month`."""
    match days.kind:
        case "every day":
            return "every day"
        case "weekdays":
            return _say_names(calendar.workdays) + (", not on holidays" if calendar.holidays else "")
        case "weekends":
            return _say_names(frozenset(range(7)) - calendar.workdays)
        case "named":
            return _say_names(days.names)
        case "nth":
            return f"{days.text}{', where there is one' if days.nth > 28 else ''}"
        case _:
            return f"the {days.kind} of the month"


def _say_names(names: frozenset[int]) -> str:
    """Say days of the week, 0 = Monday; three and more on end as a range.

    >>> _say_names(frozenset({0, 1, 2, 3, 4})), _say_names(frozenset({6, 0, 1})), _say_names(frozenset({0, 2}))
    ('Monday to Friday', 'Sunday to Tuesday', 'Monday and Wednesday')
    """
    if len(names) in (0, 7):
        return "every day" if names else "no day, since all are workdays"
    starts = [day for day in sorted(names) if (day - 1) % 7 not in names]
    if len(starts) == 1 and len(names) > 2:
        return f"{NAMES[starts[0]]} to {NAMES[(starts[0] + len(names) - 1) % 7]}"
    return joined(NAMES[day] for day in sorted(names))


def joined(words: Iterable[str]) -> str:
    """Join words as a sentence does: `a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _times(c: At | Every) -> str:
    found = list(walls(c, ANY_DAY))
    if len(found) > MOST_TIMES and isinstance(c, Every):
        return f"every {c.text.split()[1]} from {_time(found[0])} to {_time(found[-1])}{_past(found[-1])}"
    same = [_time(wall) for wall in found if not _past(wall)]
    late = [_time(wall) for wall in found if _past(wall)]
    return " ".join(same) + (f", then {' '.join(late)} of the next day" if late else "")


def _time(wall: datetime) -> str:
    return f"{wall:%H:%M}"


def _past(wall: datetime) -> str:
    return " of the next day" if wall.date() != ANY_DAY else ""
