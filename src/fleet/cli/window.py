"""Window: which days a verb plays, as typed with `--from` and `--for`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet.core.instant import read_instant, wall_days
from fleet.core.span import read_span, say_span
from fleet.errors import Typed, Unreadable

LONGEST = timedelta(days=366)
"""What is played at most; past it a number is a slip."""
DAY = timedelta(days=1)


def window(
    start: str, span: str, *, zone: ZoneInfo, now: datetime, default_span: timedelta
) -> tuple[datetime, datetime]:
    """Read `--from` and `--for` into a start and an end, both in the zone; raises Typed with what to try.

    What is due at the start is inside, what is due at the end is not. Nothing typed: from now, to the
    minute, for `default_span`. A date, or a day's name alone, begins at 00:00. Days and weeks are days
    of the calendar, so `7d` ends at the same clock time also where the clock is changed meanwhile.
    """
    here = now.astimezone(zone)
    begins = _start(start, here, zone) if start else here.replace(second=0, microsecond=0)
    length = _span(span) if span else default_span
    if length > LONGEST:
        raise Typed(f"--for {span or say_span(length)!r}: at most {say_span(LONGEST)} are played")
    unit = re.search("[a-z]", span)
    in_days = unit[0] in "dw" if unit else length % DAY == timedelta(0)
    return begins, wall_days(begins, length // DAY, zone) if in_days else _later(begins, length, zone)


def _start(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        return read_instant(text, after=now, zone=zone)
    except Unreadable as exc:
        raise _typed("--from", text, exc) from exc


def _span(text: str) -> timedelta:
    try:
        return read_span(text)
    except Unreadable as exc:
        raise _typed("--for", text, exc) from exc


def _typed(option: str, text: str, exc: Unreadable) -> Typed:
    tries = "; ".join(f"try: {option} {_quoted(s)}" for s in exc.suggestions[:1])
    also = f" (or {', '.join(_quoted(s) for s in exc.suggestions[1:3])})" if exc.suggestions[1:] else ""
    return Typed(f"{option} {text[:60]!r}: {exc.why}{'; ' if tries else ''}{tries}{also}")


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text


def _later(start: datetime, span: timedelta, zone: ZoneInfo) -> datetime:
    """Time that passes, whatever the clock shows: sums in a zone would count by the clock."""
    return (start.astimezone(UTC) + span).astimezone(zone)
