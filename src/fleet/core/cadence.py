"""Cadences: how often a seat is woken, read from the closed grammar of words for time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Literal, TypeGuard

from fleet.core.cron import read_cron
from fleet.core.frozen import dataclass
from fleet.core.missed import Missed, read_missed
from fleet.core.slots import At, ClockCadence, Cron, Days, DaysKind, Every, following, slots
from fleet.core.words import Words
from fleet.errors import Unreadable

__all__ = [
    "At", "Cadence", "ClockCadence", "Cron", "Days", "Every", "Missed", "OnAsk", "OnChange", "OnEscalation",
    "OnMail", "OnPublish", "following", "is_clock", "is_elapsed", "read_cadence", "read_cron", "read_missed",
    "slots",
]  # fmt: skip

LONGEST_PHRASE = 400  # characters; nobody means a longer one, and every step below is bounded by it
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=24)

DAY_NAMES = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")
MONTHLY: dict[str, DaysKind] = {
    "last day": "last day",
    "last workday": "last workday",
    "first workday": "first workday",
}
ORDINAL = re.compile(r"(1|21|31)st|(2|22)nd|(3|23)rd|([4-9]|1[0-9]|20|2[4-9]|30)th")
SEAT = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class OnMail:
    """`when mail arrives`."""

    @property
    def text(self) -> str:
        """The phrase."""
        return "when mail arrives"


@dataclass(frozen=True, slots=True)
class OnPublish:
    """`when SEAT publishes`."""

    seat: str

    @property
    def text(self) -> str:
        """The phrase."""
        return f"when {self.seat} publishes"


@dataclass(frozen=True, slots=True)
class OnChange:
    """`when PATH changes`; the path is as written, checked by whoever reads the chart."""

    path: str

    @property
    def text(self) -> str:
        """The phrase."""
        return f"when {self.path} changes"


@dataclass(frozen=True, slots=True)
class OnEscalation:
    """`when an escalation arrives`."""

    @property
    def text(self) -> str:
        """The phrase."""
        return "when an escalation arrives"


@dataclass(frozen=True, slots=True)
class OnAsk:
    """`when asked`: by a person or another seat only."""

    @property
    def text(self) -> str:
        """The phrase."""
        return "when asked"


Cadence = At | Every | Cron | OnMail | OnPublish | OnChange | OnEscalation | OnAsk


def is_clock(c: Cadence) -> TypeGuard[ClockCadence]:
    """Say whether the clock alone decides its wakes."""
    return isinstance(c, At | Every | Cron)


def is_elapsed(c: Cadence) -> bool:
    """Say whether it is an interval, which goes on while a clock that was put back catches up."""
    return isinstance(c, Every)


def read_cadence(text: str) -> Cadence:
    """Read one phrase of the words for time, whole.

    Raises Unreadable with the place of the word in the way and phrases that would be read.
    """
    try:
        return _read(text)
    except Unreadable as exc:
        from fleet.core.cadence_tries import general, near  # most phrases are readable

        end = len(text) if exc.end is None else exc.end
        meant = _readable((*exc.suggestions, *near(text))) or _readable(
            (text[: exc.start].rstrip(" ,"), *general(text))
        )
        raise Unreadable(exc.why, start=exc.start, end=end, suggestions=meant[:3]) from None


def _readable(tried: Iterable[str]) -> list[str]:
    return [t for t in dict.fromkeys(tried) if _is_readable(t)]


def _is_readable(text: str) -> bool:
    try:
        _read(text)
    except Unreadable:
        return False
    return True


def _read(text: str) -> Cadence:
    _refuse_odd(text)
    if text.startswith("cron:"):
        return _read_cron_phrase(text)
    words = Words(text)
    if text.startswith("when "):
        return _read_event(text, words)
    if words.next() == "every" and words.next(1) != "day":
        return _read_every(words)
    return _read_at(words)


def _refuse_odd(text: str) -> None:
    """Refuse what no phrase can hold, each with its own message."""
    if not text.strip():
        raise Unreadable("no cadence here")
    if len(text) > LONGEST_PHRASE:
        raise Unreadable(f"longer than {LONGEST_PHRASE} characters")
    if odd := re.search(r"[^\S ]|[\x00-\x1f\x7f]", text):
        what = {"\t": "a tab", "\n": "a line break", "\r": "a line break"}.get(odd.group(), "an odd blank")
        raise Unreadable(f"{what} in it", start=odd.start(), end=odd.end())
    if text != text.strip():
        raise Unreadable("a blank before or after it")
    if text.startswith("#"):
        raise Unreadable("a name with # is a channel, or a comment; a cadence says when")
    if nickname := re.match(r"@[A-Za-z]*", text):
        why = "a crontab's nicknames are not read; say the days and the time"
        raise Unreadable(why, end=nickname.end())
    if re.fullmatch(r"[0-9*/,-]+(?: +[0-9A-Za-z*/,#-]+){4}", text):
        raise Unreadable("five cron fields stand after `cron:`")
    if many := re.fullmatch(r"(twice|thrice|\w+ times) (?:a|per|each|every) (\w+)", text):
        number = {"twice": "two times", "thrice": "three times"}.get(many[1], many[1])
        raise Unreadable(f"which {number}?" if many[2] == "day" else f"which days, and what {number}?")


def _read_cron_phrase(text: str) -> Cron:
    found = re.fullmatch(r"""cron: *(?:"([^"]*)"|'([^']*)'|([^"' ].*)|)""", text)
    group = found.lastindex if found else None
    if not found or not group:
        raise Unreadable("cron takes five fields", start=5)
    try:
        return Cron(read_cron(found[group]).expression, text)
    except Unreadable as exc:
        start = found.start(group)
        end = None if exc.end is None else start + exc.end
        mended = [f"cron: {t}" for t in exc.suggestions]
        raise Unreadable(exc.why, start=start + exc.start, end=end, suggestions=mended) from None


def _read_event(text: str, words: Words) -> Cadence:
    phrase = re.sub(" +", " ", text)
    for event in (OnMail(), OnEscalation(), OnAsk()):
        if phrase == event.text:
            return event
    if found := re.fullmatch("when +(.+?) +publishes", text):
        if SEAT.fullmatch(found[1]):
            return OnPublish(found[1])
        why = "not the id of one seat: a small letter, then small letters, digits and -"
        raise Unreadable(why, start=found.start(1), end=found.end(1), suggestions=_seat_tries(found[1]))
    if found := re.fullmatch("when +(.+?) +changes", text):
        if " " in found[1] and "/" not in found[1]:
            why = "a path with a blank in it needs its folder, or it could be prose"
            near = (f"when ./{found[1]} changes",)
            raise Unreadable(why, start=found.start(1), end=found.end(1), suggestions=near)
        return OnChange(found[1])
    words.take("when")
    raise words.unreadable(
        "no event that fleet knows: mail or an escalation arrives, a seat publishes, a path changes"
    )


def _seat_tries(seat: str) -> list[str]:
    ids = [re.sub("[ _]+", "-", seat.lower()), *re.split(r" and |, *", seat)]
    return [f"when {one} publishes" for one in ids if SEAT.fullmatch(one)]


def _read_at(words: Words) -> At:
    days = _read_days(words)
    if not words.next():
        raise words.unreadable("no clock time in it")
    words.take("at")
    times = words.series(_clock_time)
    words.finish()
    return At(days, tuple(sorted(times)), words.text)


def _read_every(words: Words) -> Every:
    words.take("every")
    found = re.fullmatch("([1-9][0-9]{0,3})([mh])", words.next())
    if not found:
        raise words.unreadable("an interval is a whole number and m or h, from 1m to 24h")
    span = timedelta(minutes=int(found[1])) if found[2] == "m" else timedelta(hours=int(found[1]))
    if not SHORTEST <= span <= LONGEST:
        raise words.unreadable("an interval runs from 1m to 24h", "every 24h")
    words.take()
    window = _read_window(words) if words.next() == "from" else None
    days = Days("every day", text="every day")
    if words.next() == "on":
        words.take("on")
        days = _read_days(words)
    words.finish()
    return Every(span, "m" if found[2] == "m" else "h", window, days, words.text)


def _read_window(words: Words) -> tuple[time, time]:
    words.take("from")
    opens = words.read(_clock_time)
    words.take("to")
    closes = _clock_time(words)
    if opens == closes:
        raise words.unreadable("the window's ends are equal: leave it out for the whole day")
    words.take()
    return opens, closes


def _read_days(words: Words) -> Days:
    start = words.start
    if words.next() in ("weekdays", "weekends"):
        kind: Literal["weekdays", "weekends"] = "weekdays" if words.next() == "weekdays" else "weekends"
        words.take()
        return Days(kind, text=kind)
    if words.next() == "every":
        words.take("every")
        words.take("day")
        return Days("every day", text="every day")
    if words.next() == "the":
        return _read_monthly(words)
    names = words.series(_day_name)
    return Days("named", frozenset(names), text=words.text[start : words.end])


def _read_monthly(words: Words) -> Days:
    start = words.start
    words.take("the")
    kind: DaysKind = "nth"
    nth = 0
    if found := ORDINAL.fullmatch(words.next()):
        nth = int(next(filter(None, found.groups())))
        words.take()
    elif two := MONTHLY.get(f"{words.next()} {words.next(1)}"):
        kind = two
        words.take()
        words.take()
    else:
        raise words.unreadable(
            "a day of the month is the 1st to the 31st, the last day, the first or last workday"
        )
    for word in ("of", "the", "month"):
        words.take(word)
    return Days(kind, nth=nth, text=words.text[start : words.end])


def _day_name(words: Words) -> int:
    if words.next() in DAY_NAMES:
        return DAY_NAMES.index(words.next())
    if words.next() + "s" in DAY_NAMES:
        raise words.unreadable(f"a day of every week is written {words.next()}s")
    raise words.unreadable(
        "not days that fleet knows: weekdays, weekends, every day, mondays, the 1st of the month"
    )


def _clock_time(words: Words) -> time:
    word = words.next()
    found = re.fullmatch("([01][0-9]|2[0-3]):([0-5][0-9])", word)
    if found:
        return time(int(found[1]), int(found[2]))
    if word == "24:00":
        raise words.unreadable("the day ends at 23:59; 24:00 is 00:00 of the next day")
    raise words.unreadable("a time is HH:MM, from 00:00 to 23:59")
