"""Foretold: what `fleet simulate` found out, as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from fleet.cli.answer import clean
from fleet.cli.page import WIDE, Page, dot, say_day, say_money, text
from fleet.cli.table import columns
from fleet.cli.worries import close, early, handoffs, load, money
from fleet.core.evidence import say_evidence
from fleet.core.moment import near
from fleet.core.past import Paused
from fleet.core.simulate import Row
from fleet.core.span import say_span
from fleet.core.suppose import Heard

DAYS_SHOWN = 14
"""Up to here every day has a line of its hours; a longer span has one for each week."""
HOURS = ((9, 1), (999, 2), (9_999_999, 4))
"""Up to how many wakes a cell of the table of days holds how many hours; it has two columns for each."""
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def show(page: Page, in_force: str | None) -> None:
    """Print the whole page; `in_force` is the revision that runs, where fleet.yaml is another."""
    parts = [
        [*_head(page), *_not_in_force(in_force)],
        _seats(page),
        _days(page) if len(page.told.days) <= DAYS_SHOWN else _weeks(page),
        _supposed(page),
        early(page),
        handoffs(page),
        [*money(page), *load(page)],
        close(page),
    ]
    print("\n\n".join("\n".join(lines) for part in parts if (lines := list(part))))


def show_wakes(page: Page, seats: Sequence[str]) -> None:
    """Print every wake of some seats, one a line, in the order of time."""
    print("\n".join(_head(page)))
    wakes = [wake for wake in page.told.sight.wakes if wake.seat in seats]
    rows = [(page.when(wake.at), wake.seat, wake.reason) for wake in wakes]
    print("\n".join(["", *columns(rows)]) if rows else "\nNo wake is promised.")
    for row in page.told.rows:
        if row.seat in seats and row.also:
            print("\n".join(["", *text(f"{row.seat} also wakes when {clean(' or when '.join(row.also))}.")]))


# The head.


def _head(page: Page) -> Iterator[str]:
    sight, zone = page.told.sight, page.zone
    start, end = sight.start.astimezone(zone), sight.end.astimezone(zone)
    span = f"{say_day(start)} {start:%Y %H:%M} to {say_day(end)} {end:%H:%M %Z}"
    yield from text(f"{clean(page.chart.name)}{dot()}{span}{dot()}nothing runs")
    changes = [_moved(page, move.at, move.by) for move in page.told.moved]
    for change in changes or ["no change of the clock"]:
        yield from text(f"{page.chart.calendar.zone}, {change}")


def _moved(page: Page, at: datetime, by: timedelta) -> str:
    zone = page.chart.calendar.tz
    before, after = (at - timedelta(microseconds=1)).astimezone(zone), at.astimezone(zone)
    shown = before.replace(tzinfo=None) + timedelta(microseconds=1)
    way = "on" if by > timedelta() else "back"
    turns = f"{shown:%H:%M} {before:%Z} becomes {after:%H:%M} {after:%Z}"
    return f"the clock is put {way} by {say_span(abs(by))} on {say_day(after)}: {turns}"


def _not_in_force(revision: str | None) -> list[str]:
    if revision is None:
        return []
    return [f"fleet.yaml as it was saved; in force is revision {revision.removeprefix('r-')}"]


# Seats and days.


def _seats(page: Page) -> Iterator[str]:
    seats = page.chart.seats
    rows: list[Sequence[object]] = [("SEAT", "WAKES", "A WORKDAY", "BUDGET", "ALSO WHEN")]
    for row in page.told.rows:
        rows.append(
            (row.seat, f"{row.wakes:,}", _usual(row), say_money(seats[row.seat].budget), _also(page, row))
        )
    if len(rows) > 1:
        yield from columns(rows, right=(1,), limit=WIDE)
    else:
        yield "No seat is held by an agent, so nothing wakes."
    planned = [seat.id for seat in seats.values() if seat.holder.is_planned]
    if planned:
        yield from text(f"Planned, never woken: {', '.join(planned)}")


def _usual(row: Row) -> str:
    usual = row.usual
    if usual is None or not usual.wakes:
        return "-"
    return f"{usual.wakes}, {usual.first}" + (f"-{usual.last}" if usual.last != usual.first else "")


def _also(page: Page, row: Row) -> str:
    if row.gone:
        return "gone"
    return _paused(page, row.paused) if row.paused is not None else "; ".join(row.also)


def _paused(page: Page, paused: Paused) -> str:
    return f"paused by {paused.by} until {page.when(paused.until) if paused.until else 'it is lifted'}"


def _days(page: Page) -> Iterator[str]:
    """A line a day: how many wakes in each hour, or in each few hours where there are many."""
    days, zone = page.told.days, page.chart.calendar.tz
    span = next(span for most, span in HOURS if _most(days.values(), span) <= most)
    hours = range(0, 24, span)
    heads = (f"{hour:02}" if hour % max(span, 3) == 0 or span == 2 else "" for hour in hours)
    yield f"{'DAY':<10}  {'WAKES':>6}  {_cells(heads, 2 * span)}".rstrip()
    moved = {move.at.astimezone(zone).date() for move in page.told.moved}
    for day, counts in days.items():
        cells = _cells((str(n or "·") for n in _sums(counts, span)), 2 * span)
        star = "  *" if day in moved else ""
        yield f"{say_day(day):<10}  {sum(counts.values()):>6,}  {cells}{star}"
    if not moved.isdisjoint(days):
        yield "* the clock is changed on this day"


def _most(days: Iterable[Mapping[int, int]], span: int) -> int:
    return max((count for counts in days for count in _sums(counts, span)), default=0)


def _sums(counts: Mapping[int, int], span: int) -> list[int]:
    return [sum(counts.get(hour + n, 0) for n in range(span)) for hour in range(0, 24, span)]


def _cells(cells: Iterable[str], wide: int) -> str:
    return "".join(cell.rjust(wide) for cell in cells)


def _weeks(page: Page) -> Iterator[str]:
    """A line a week: how many wakes on each of its days."""
    weeks: dict[date, dict[int, int]] = {}
    for day, hours in page.told.days.items():
        weeks.setdefault(day - timedelta(days=day.weekday()), {})[day.weekday()] = sum(hours.values())
    rows: list[Sequence[object]] = [("WEEK", "FROM", "WAKES", *DAY_NAMES)]
    for monday, counts in weeks.items():
        own = [f"{counts[day]:,}" if day in counts else "" for day in range(7)]
        rows.append((f"{monday:%V}", f"{monday.day} {monday:%b}", f"{sum(counts.values()):,}", *own))
    yield from columns([(*row, "") for row in rows], right=range(1, 10))


# What is supposed.


def _supposed(page: Page) -> Iterator[str]:
    if page.told.heard:
        yield "SUPPOSED"
    for one in page.told.heard:
        yield from text(f"{page.when(one.event.at)}  {said(one)}", "  ", " " * 4)
        if one.note:
            yield from text(one.note, " " * 4)
        if one.verdict is not None:
            yield from _verdict(page, one)


def said(heard: Heard) -> str:
    """Say an event without its time."""
    event = heard.event
    return {
        "claims": f"{event.seat} claims {event.about}",
        "drops": f"{event.seat} drops {event.about}",
        "offers": f"{event.seat} offers {event.action}{f' on {event.about}' if event.about else ''}",
        "silent": f"{event.seat} is silent from then on",
        "mail": f"mail from {event.seat} to {event.to} about {event.about}",
    }[event.kind]


def _verdict(page: Page, heard: Heard) -> Iterator[str]:
    verdict = heard.verdict
    assert verdict is not None
    local = heard.event.at.astimezone(page.zone)
    rows = [(verdict.ruling.upper(), f"{verdict.place or '-'}  {verdict.rule}"), ("", verdict.reason)]
    rows += [("" if i else "saw", _saw(item, local)) for i, item in enumerate(verdict.evidence)]
    rows += [("until", heard.frees)] if heard.frees else []
    for name, words in rows:
        yield from text(clean(words), f"    {name:<8}", " " * 12)


def _saw(item: Any, local: datetime) -> str:
    """A foreseen state has no turn yet, and no file: it is named by when it is written."""
    if isinstance(item, Mapping) and "state" in item and not item.get("missing"):
        written = near(datetime.fromisoformat(item["written"]).astimezone(local.tzinfo), local)
        return f"the state of {item['state']} of {written}, {'fresh' if item.get('fresh') else 'run out'}"
    return say_evidence(item, local).replace(" (supposed)", "")
