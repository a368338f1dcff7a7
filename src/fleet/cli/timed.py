"""Timed: what a cadence means, as `fleet explain "weekdays at 07:15"` prints it."""

from __future__ import annotations

import re
import textwrap
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from fleet.cli.answer import print_json
from fleet.cli.flags import Flags
from fleet.cli.times import typed_time
from fleet.errors import ChartError, Typed, Unreadable

if TYPE_CHECKING:
    from fleet.core.cadence import Cadence
    from fleet.core.calendar import Calendar

WIDE = 80  # columns
SHOWN = 5  # instants in JSON, where -n says nothing
FEW = 3  # instants as text, which has the clock change beside them


class Asked(NamedTuple):
    """What was typed beside the cadence."""

    number: int
    start: str
    timezone: str


def is_cadence(text: str) -> bool:
    """Say whether a text is meant as a cadence: no single word, or one near to what can be read, as `hourly`."""
    from fleet.core.cadence_tries import near

    return bool(re.search(r"[ :@*#]", text)) or any(map(_is_read, near(text)))


def _is_read(text: str) -> bool:
    from fleet.core.cadence import read_cadence

    try:
        read_cadence(text)
    except Unreadable:
        return False
    return True


def show_cadence(flags: Flags, text: str, asked: Asked) -> int:
    """Print when a cadence wakes a seat; raises Typed with a caret for one that is none."""
    from fleet.core.cadence import is_clock
    from fleet.core.crontab import cron_lines
    from fleet.core.season import next_change, say_change
    from fleet.core.spoken import say_cadence

    cadence = _cadence(text)
    calendar = _calendar(flags, asked.timezone)
    now = flags.now().astimezone(calendar.tz)
    after = typed_time(asked.start, "--from", now).astimezone(calendar.tz) if asked.start else now
    words = say_cadence(cadence, calendar)
    if not is_clock(cadence):
        if flags.json:
            _print_json(flags, text, calendar, [], words, None, None)
        else:
            print(f"Wakes {cadence.text}; the clock alone never does.")
            print("\n".join(textwrap.wrap(f"That is {words}.", WIDE)))
        return 0
    crons = list(cron_lines(cadence, calendar, after))
    change = next_change(calendar.tz, after)
    moves = say_change(cadence, calendar, change) if change else ""
    at = change.at.astimezone(calendar.tz) if change else None
    if flags.json:
        found = _next(cadence, calendar, after, asked.number or SHOWN)
        told = {"at": at.isoformat(), "says": moves} if at else None
        _print_json(flags, text, calendar, found, words, crons, told)
        return 0
    found = _next(cadence, calendar, after, asked.number or FEW)
    day = change.shown[0] if change else None
    clock = (
        f"clock change {day.day} {day:%b %Y}: {moves}" if day else f"clock change: none in {calendar.zone}"
    )
    print("\n".join(page(f"{words}, {calendar.zone}", found, crons, clock, None if asked.start else now)))
    return 0


def page(words: str, found: list[datetime], crons: list[str], clock: str, now: datetime | None) -> list[str]:
    """Lay out what is told of a clock cadence in eighty columns; days are named by `now` where it is given."""
    lines = textwrap.wrap(f"Wakes {words}", WIDE, subsequent_indent=" " * 6, break_on_hyphens=False)
    days = textwrap.wrap("; ".join(_days(found, now)) or "never again", WIDE - 6, break_on_hyphens=False)
    if len(days) == 1 and len(f"Next  {days[0]}      {clock}") <= WIDE:
        lines.append(f"Next  {days[0]}      {clock}")
    else:
        rest = textwrap.wrap(clock[:1].upper() + clock[1:], WIDE, subsequent_indent=" " * 6)
        lines += [f"{'' if i else 'Next':<6}{part}" for i, part in enumerate(days)] + rest
    lines += [f"{'' if i else 'Cron':<6}{line}" for i, line in enumerate(crons or ["no cron line says this"])]
    return lines


def _days(found: list[datetime], now: datetime | None) -> list[str]:
    """The instants day by day: `today 10:30, 14:30`."""
    days: dict[str, list[str]] = {}
    for at in found:
        days.setdefault(_day(at, now), []).append(f"{at:%H:%M}")
    return [f"{day} {', '.join(times)}" for day, times in days.items()]


def _day(at: datetime, now: datetime | None) -> str:
    if now is not None and at.date() == now.date():
        return "today"
    if now is not None and at.date() == now.date() + timedelta(days=1):
        return "tomorrow"
    year = "" if now is not None and at.year == now.year else f" {at.year}"
    return f"{at:%a}".lower() + f" {at.day} {at:%b}{year}"


def _print_json(
    flags: Flags,
    text: str,
    calendar: Calendar,
    found: list[datetime],
    words: str,
    crons: list[str] | None,
    change: dict[str, str] | None,
) -> None:
    data = {"cadence": text, "timezone": calendar.zone, "next": [at.isoformat() for at in found]}
    print_json("explain", {**data, "words": words, "cron": crons, "clock_change": change}, flags=flags)


def _cadence(text: str) -> Cadence:
    from fleet.core.cadence import read_cadence

    try:
        return read_cadence(text)
    except Unreadable as exc:
        end = len(text) if exc.end is None else exc.end
        rows = [f"cannot read this cadence: {exc.why}", f"  {text}"]
        rows.append(f"  {' ' * exc.start}{'^' * max(1, end - exc.start)}")
        if exc.suggestions:
            rows.append(f"  try: {'   |   '.join(exc.suggestions)}")
        raise Typed("\n".join(rows)) from exc


def _calendar(flags: Flags, zone: str) -> Calendar:
    """Give the fleet's calendar; outside of one, Monday to Friday and no holidays, in UTC."""
    from dataclasses import replace

    from fleet.core.calendar import Calendar

    calendar = Calendar("UTC", frozenset(range(5)), frozenset())
    if flags.find() is not None:
        from fleet.cli.ask import open_view

        with suppress(ChartError):  # a phrase can be tried out while fleet.yaml is still broken
            calendar = open_view(flags).chart.calendar
    try:
        return replace(calendar, zone=zone) if zone else calendar
    except Unreadable as exc:
        raise Typed(f"--timezone: {exc.why}; try {', '.join(exc.suggestions)}") from exc


def _next(cadence: Cadence, calendar: Calendar, after: datetime, number: int) -> list[datetime]:
    from fleet.core.cadence import following, is_clock

    found: list[datetime] = []
    at: datetime | None = after
    while is_clock(cadence) and at is not None and len(found) < number:
        at = following(cadence, calendar, at)
        if at is not None:
            found.append(at.astimezone(calendar.tz))
    return found
