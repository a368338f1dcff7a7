"""Instant: one point in time as people type it, `mon 10:29`, put into a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from fleet.core.calendar import DAY_NAMES
from fleet.core.slots import DAY, first_instant
from fleet.errors import Unreadable

YEARS = range(1973, 3000)
"""Years that are taken; before them zones were moved by seconds, and past them a number is a slip."""
LONGEST_TEXT = 80  # characters; nobody means a longer one
FORMS = ("mon 10:29", "10:29", "2026-11-23 10:29", "2026-11-23T10:29:00-05:00")
"""One example of each form, for messages."""

_LONG_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ALSO = {"tues": "tue", "weds": "wed", "thur": "thu", "thurs": "thu"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_OFFSET = re.compile(r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$")


def read_instant(text: str, *, after: datetime, zone: ZoneInfo) -> datetime:
    """Read `mon 10:29`, `10:29`, `mon`, `2026-11-23 10:29`, `2026-11-23` or RFC 3339, in the zone.

    A day's name or a clock time alone is the first such instant at or after `after`; a day without a
    clock time begins at 00:00. A wall time in a skipped hour goes at the next that exists, in a
    repeated hour at the first. Raises Unreadable, with texts that would be read.
    """
    whole = text.strip()
    if not whole or len(whole) > LONGEST_TEXT:
        why = f"longer than {LONGEST_TEXT} characters" if whole else "no time here"
        raise Unreadable(why, end=len(text), suggestions=FORMS[:3])
    dated = _DATE.match(whole)
    if dated:
        return _on_date(whole, dated, zone)
    words = whole.lower().split()
    day = _day(words[0])
    clock = _CLOCK.fullmatch(words[-1])
    if day is not None and len(words) == 1:
        return _first(time.min, day, after, zone)
    if clock and (len(words) == 1 or (day is not None and len(words) == 2)):
        return _first(_time(clock), day, after, zone)
    raise Unreadable(_why(words), end=len(text), suggestions=_tries(words))


def wall_days(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Go on by days of the calendar: to the same clock time, whatever the clock did meanwhile."""
    wall = start.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return first_instant(zone, wall).astimezone(zone)


def _first(clock: time, day: int | None, after: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant at or after `after` that is a clock time, on a day of the week if one is named."""
    here = after.astimezone(zone).date() - DAY  # a change of the clock may have put today's into tomorrow
    while True:
        if day is None or here.weekday() == day:
            at = first_instant(zone, datetime.combine(here, clock))
            if at >= after:
                return at.astimezone(zone)
        here += DAY


def _on_date(text: str, dated: re.Match[str], zone: ZoneInfo) -> datetime:
    day = _date(text, dated)
    rest = text[dated.end() :]
    if not rest:
        return first_instant(zone, datetime.combine(day, time.min)).astimezone(zone)
    clock = _CLOCK.fullmatch(rest[1:].strip()) if rest[0] in " Tt" else None
    if clock:
        return first_instant(zone, datetime.combine(day, _time(clock))).astimezone(zone)
    if _OFFSET.search(rest):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(zone)
        except ValueError:
            pass
    why = "after a date stands a clock time, HH:MM"
    raise Unreadable(why, start=dated.end(), end=len(text), suggestions=_tries([dated[0], *rest.split()]))


def _date(text: str, dated: re.Match[str]) -> date:
    year, month, day = (int(n) for n in dated.groups())
    if year not in YEARS:
        why = f"a year is from {YEARS[0]} to {YEARS[-1]}"
        raise Unreadable(why, end=len(text), suggestions=FORMS[2:3])
    try:
        return date(year, month, day)
    except ValueError:
        why = f"{dated[0]} is no day of the calendar"
        tries = (str(_last_of(year, month)),) if month in range(1, 13) and day > 28 else FORMS[2:3]
        raise Unreadable(why, end=len(text), suggestions=tries) from None


def _last_of(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - DAY


def _time(clock: re.Match[str]) -> time:
    return time(int(clock[1]), int(clock[2]), int(clock[3] or 0))


def _day(word: str) -> int | None:
    word = _ALSO.get(word.rstrip(","), word.rstrip(","))
    for names in (DAY_NAMES, _LONG_NAMES):
        if word in names:
            return names.index(word)
    return None


def _why(words: list[str]) -> str:
    if "24:00" in words:
        return "the day ends at 23:59; 24:00 is 00:00 of the next day"
    if any(re.fullmatch(r"[0-9]{1,2}[:.h][0-9]{1,2}", w) and not _CLOCK.fullmatch(w) for w in words):
        return "a clock time is HH:MM, from 00:00 to 23:59"
    return f"not a time: {' '.join(words)!r}"


def _tries(words: list[str]) -> tuple[str, ...]:
    """Give the forms that come nearest: the day that was meant, and the clock time that was meant."""
    date_word = next((word for word in words if _DATE.fullmatch(word)), "")
    days = [name for name in (_meant_day(word) for word in words) if name]
    clocks = [clock for clock in (_meant_clock(word) for word in words) if clock]
    day = date_word or (days[0] if days else "")
    if clocks:
        return (f"{day} {clocks[0]}".strip(),)
    return (day, f"{day} 10:29") if day else FORMS[:3]


def _meant_day(word: str) -> str:
    known = [*DAY_NAMES, *_LONG_NAMES]
    close = [word] if _day(word) is not None else get_close_matches(word[:20].rstrip("s,"), known, 1, 0.75)
    found = _day(close[0]) if close else None
    return DAY_NAMES[found] if found is not None else ""


def _meant_clock(word: str) -> str:
    if word in ("noon", "midnight"):
        return "12:00" if word == "noon" else "00:00"
    found = re.fullmatch(r"([0-9]{1,2})(?:[:.h]([0-9]{1,2}))?(?:h|(am|pm))?", word)
    if not found or not (found[2] or found[3] or word.endswith("h")):
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    hour %= 24 if hour == 24 else 100
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""
