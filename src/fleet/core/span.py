"""Spans of time as people write them: `10m`, `2h`, `30 days`."""

from __future__ import annotations

import re
from datetime import timedelta

from fleet.errors import Unreadable

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST = timedelta(days=36_500)  # a hundred years: past it a number is a slip, and dates overflow

_SPAN = re.compile(r"([1-9][0-9]{0,9})(?:([smhdw])| ([smhdw])| (second|minute|hour|day|week)s?)")
_ROUGHLY = re.compile(r"^(?:about|around|approx\.?|ca\.?|roughly|~|within|after|in|max\.?|up to) ?(?=[0-9p])")
_ISO = re.compile(r"^p(?:([0-9]+[dw]))?t?((?:[0-9]+[hms])*)$")  # PT1H30M, as other tools write it
_LOOSE_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "wk", "week", "weeks"), "w"),
}


def read_span(text: str) -> timedelta:
    """Read `10m`, `2h`, `30 days`: a whole number above 0 and s, m, h, d or w, or that unit's name.

    Raises Unreadable.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise Unreadable(_why(text), end=len(text), suggestions=_tries(text))
    number, unit = int(found[1]), (found[2] or found[3] or found[4])[0]
    if number * SECONDS[unit] > LONGEST.total_seconds():
        raise Unreadable("longer than a hundred years", end=len(text), suggestions=("36500d",))
    return timedelta(seconds=number * SECONDS[unit])


def say_span(span: timedelta) -> str:
    """Spell a span exactly and as short as it goes: `90m`, `1d`; read_span reads whole seconds back."""
    seconds, rest = divmod(abs(span), timedelta(seconds=1))
    sign = "-" if span < timedelta() else ""
    if rest:
        return f"{sign}{seconds}.{rest.microseconds:06}".rstrip("0") + "s"
    unit = next((u for u in "wdhm" if seconds and seconds % SECONDS[u] == 0), "s")
    return f"{sign}{seconds // SECONDS[unit]}{unit}"


def round_span(span: timedelta) -> str:
    """Say a span for people, to the nearest unit: `51s`, `53m`, `4h`, `12d`. Half a unit rounds up."""
    sign = "-" if span < timedelta() else ""
    seconds = abs(span).total_seconds()
    for unit, following in (("s", 60), ("m", 60), ("h", 24)):
        number = int(seconds / SECONDS[unit] + 0.5)
        if number < following:
            return f"{sign if number else ''}{number}{unit}"
    return f"{sign}{int(seconds / SECONDS['d'] + 0.5)}d"


def _why(text: str) -> str:
    if _sum(text):
        return "a span has one number and one unit"
    if re.fullmatch(r"0+ ?[a-z]*", text):
        return "a span must be longer than 0"
    if re.fullmatch(r"[0-9]+", text):
        return "a number without a unit: s, m, h, d or w"
    return "a span is a whole number and s, m, h, d or w"


def _sum(text: str) -> timedelta | None:
    """What several spans in a row come to, as `3d 2h` or `2 hours and 30 min`; None where there are not two."""
    parts = re.split(r"(?<=[a-z])(?: ?, ?| and | ?\+ ?| ?)(?=[0-9])", text[:60].lower().strip())
    found = [re.fullmatch(r"0*([1-9][0-9]{0,5}) ?([a-z]+)", part) for part in parts]
    known = [(int(f[1]), _LOOSE_UNITS[f[2]]) for f in found if f and f[2] in _LOOSE_UNITS]
    if len(known) != len(parts) or len(parts) < 2:
        return None
    total = timedelta(seconds=sum(number * SECONDS[unit] for number, unit in known))
    return total if total <= LONGEST else None


def _tries(text: str) -> tuple[str, ...]:
    lower = _ROUGHLY.sub("", " ".join(text[:60].lower().split()))
    if total := _sum(_ISO.sub(r"\1\2", lower)):
        return (say_span(total),)
    lower = _ISO.sub(r"\1\2", lower)
    if decimal := re.fullmatch(r"([0-9]{1,5})\.([0-9]) ?([mhdw])[a-z]*", lower):
        tenths = int(decimal[1] + decimal[2]) * SECONDS[decimal[3]]
        return (say_span(timedelta(seconds=max(1, tenths // 10))),)
    found = re.fullmatch(r"0*([1-9][0-9]{0,3}) ?(" + "|".join(_LOOSE_UNITS) + r")?", lower)
    if not found and (found := re.fullmatch(r"0*([1-9][0-9]{0,3}) ?((?!mo)[smhdw])[a-z]{1,7}", lower)):
        return (f"{found[1]}{found[2]}",)  # `2 dys`, `10 mintues`
    if not found:
        return ("10m", "2h", "1d")
    units = (_LOOSE_UNITS[found[2]],) if found[2] else ("s", "m", "h")
    return tuple(f"{found[1]}{u}" for u in units)
