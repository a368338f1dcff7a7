"""`fleet explain`: what a cadence means, as instants, and what an error code means."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fleet.cli.answer import print_json
from fleet.cli.coded import show_code
from fleet.cli.flags import Flags
from fleet.cli.times import typed_time
from fleet.errors import ChartError, Typed, Unreadable

if TYPE_CHECKING:
    from fleet.core.cadence import Cadence
    from fleet.core.calendar import Calendar

SHOWN, MOST = 5, 10_000


def explain(
    flags: Flags,
    *,
    what: Annotated[str, typer.Argument(metavar="WHAT", show_default=False)],
    number: Annotated[int, typer.Option("-n", metavar="N", min=1, max=MOST, help="How many.")] = SHOWN,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="Begin after this instant.")] = "",
    timezone: Annotated[str, typer.Option("--timezone", metavar="ZONE", help="As Europe/Berlin.")] = "",
) -> int:
    """Say when a cadence (in quotes) wakes a seat, or what an error code such as F310 means."""
    if re.fullmatch("[Ff][0-9]+", what):
        return show_code(flags, what)
    cadence = _cadence(what)
    calendar = _calendar(flags, timezone)
    now = flags.now().astimezone(calendar.tz)
    after = typed_time(start, "--from", now).astimezone(calendar.tz) if start else now
    found = _next(cadence, calendar, after, number)
    if flags.json:
        data = {"cadence": what, "timezone": calendar.zone, "next": [at.isoformat() for at in found]}
        print_json("explain", data, flags=flags)
    else:
        _print(what, calendar, found, cadence)
    return 0


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


def _print(text: str, calendar: Calendar, found: list[datetime], cadence: Any) -> None:
    from fleet.core.cadence import is_clock

    if not is_clock(cadence):
        print(f"Wakes {text}; the clock alone never does.")
        return
    print(f"Wakes {text}, {calendar.zone}")
    for at in found:
        print(f"  {at:%a} {at.day} {at:%b %Y %H:%M %Z}")
