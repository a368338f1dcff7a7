"""The fleet's calendar: its zone, its workdays and its holidays."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from fleet.core.frozen import dataclass
from fleet.errors import Unreadable

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_BETWEEN = frozenset(
    ("to", "and", "through", "till", "until", "on", "every", "all", "day", "days")
) | frozenset(("weekday", "weekdays", "weekend", "weekends", "workday", "workdays"))
"""Words that are no slip of a day's name."""
_ITEM = re.compile(r"([a-z]+)(?:-([a-z]+))?")
_SEPARATOR = re.compile(r" *, *(?:and +)?| +and +")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What `weekdays`, `workday` and a clock time mean here; days count from 0 = Monday.

    Raises Unreadable for a zone that the time zone database does not know.
    """

    zone: str
    workdays: frozenset[int]
    holidays: frozenset[date]
    _tz: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tz", _zone(self.zone))

    @property
    def tz(self) -> ZoneInfo:
        """The zone's rules."""
        return self._tz

    def is_workday(self, day: date) -> bool:
        """Say whether that date is a workday and no holiday."""
        return day.weekday() in self.workdays and day not in self.holidays


def read_workdays(text: str) -> frozenset[int]:
    """Read `mon-fri`, `sun-thu`, `mon, tue and thu`; 0 = Monday. Raises Unreadable."""
    days: set[int] = set()
    start = 0
    for gap in [*_SEPARATOR.finditer(text), None]:
        end = gap.start() if gap else len(text)
        here = _item(text, start, end)
        if days & here:
            raise Unreadable("a day stands here twice", start=start, end=end, suggestions=_tries(text))
        days |= here
        start = gap.end() if gap else end
    return frozenset(days)


def _item(text: str, start: int, end: int) -> set[int]:
    found = _ITEM.fullmatch(text, start, end)
    names = [n for n in found.groups() if n] if found else []
    if not names or any(n not in DAY_NAMES for n in names):
        why = f"not a day: {text[start:end]!r}; days are mon tue wed thu fri sat sun"
        raise Unreadable(why, start=start, end=end, suggestions=_tries(text))
    first, last = DAY_NAMES.index(names[0]), DAY_NAMES.index(names[-1])
    if len(names) == 2 and first == last:
        why = "a range from a day to itself is one day or seven"
        raise Unreadable(why, start=start, end=end, suggestions=(names[0], "mon-sun"))
    return {(first + i) % 7 for i in range((last - first) % 7 + 1)}


def _tries(text: str) -> tuple[str, ...]:
    """The days that are named in it, in order; else the usual week."""
    words = re.findall(r"[a-z]+", text[:200].lower())
    named = [day for word in words for day in DAY_NAMES if re.fullmatch(rf"{day}(?:s|[a-z]*days?)?", word)]
    if len(named) < len(words):
        named = [day for word in words if word not in _BETWEEN for day in _near_days(word)]
    is_range = len(named) == 2 and re.search(r"-|\bto\b|\bthrough\b|–", text)
    ordered = list(dict.fromkeys(named))
    if not ordered:
        return ("mon-fri", "sun-thu")
    return ("-".join(ordered) if is_range and len(ordered) == 2 else ", ".join(ordered),)


def _near_days(word: str) -> list[str]:
    """The day whose short or whole name a word nearly is."""
    from fleet.core.read.near import close  # only a mistake needs it

    whole = {"tue": "tuesday", "wed": "wednesday", "thu": "thursday", "sat": "saturday"}
    names = {name: day for day in DAY_NAMES for name in (day, whole.get(day, f"{day}day"))}
    return [names[near] for near in close(word, names)]


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError) as exc:  # unknown; not a relative path; a folder of zones
        near = _near_zones(key)
        raise Unreadable(f"no time zone {key!r}", end=len(key), suggestions=near) from exc


def _near_zones(key: str) -> tuple[str, ...]:
    known = sorted(available_timezones())
    city = key[:60].lower().replace(" ", "_")
    same = [z for z in known if z.lower() == city or z.lower().rpartition("/")[2] == city]
    return tuple((same or get_close_matches(key[:60], known, n=3, cutoff=0.5) or ["UTC"])[:3])
