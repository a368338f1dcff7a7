"""`fleet simulate`: the calendar over days, who reads whom, money and load at worst; nothing runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json
from fleet.cli.ask import check_seat
from fleet.cli.check import read_chart
from fleet.cli.flags import Flags
from fleet.cli.takes import option
from fleet.errors import Typed, Unreadable

if TYPE_CHECKING:
    from fleet.core.account import Account
    from fleet.core.case import Owned
    from fleet.core.chart import Chart
    from fleet.core.event import Event
    from fleet.core.simulate import Simulation
    from fleet.store.files import Files

WEEK = timedelta(days=7)


def simulate(
    flags: Flags,
    *,
    span: Annotated[str, option("--for", metavar="SPAN", help="How long, as 7d; that is usual.")] = "",
    start: Annotated[str, option("--from", metavar="TIME", help="As 2026-11-23 or 'mon 06:00'.")] = "",
    inject: Annotated[
        list[str] | None,
        option("--inject", metavar="EVENT", help="As 'pulse claims account:acme at mon 06:00'; again."),
    ] = None,
    seat: Annotated[
        list[str] | None, option("--seat", metavar="SEAT", help="Show its every wake; again.")
    ] = None,
    strict: Annotated[bool, option("--strict", help="Exit 1 if there are findings.")] = False,
) -> int:
    """Play the calendar over days: wakes, order, money, load, conflicts. Runs and changes nothing."""
    from fleet.cli.foretold import show, show_wakes
    from fleet.cli.page import Page, plural
    from fleet.cli.progress import Progress
    from fleet.cli.simulation import as_json
    from fleet.cli.times import zone_of
    from fleet.cli.window import window
    from fleet.core.account import fold
    from fleet.store.files import Files
    from fleet.store.ledger import since_checkpoint

    chart, mistakes, lines = read_chart(flags)
    if chart is None or any(m.level == "error" for m in mistakes):
        return _unusable(flags, mistakes, lines)
    named = [check_seat(name, list(chart.seats)) for name in seat or ()]
    now = flags.now()
    begins, ends = window(start, span, zone=chart.calendar.tz, now=now, default_span=WEEK)
    files = Files(flags.root())
    account = fold(since_checkpoint(files))
    revision, in_force = account.revision, _is_in_force(chart, account)
    with Progress(flags, f"playing {plural((ends - begins).days or 1, 'day')}"):
        told = play(chart, account, files, (begins, ends), now=now, inject=inject or ())
    page = Page(chart, told, zone_of(chart.calendar.zone, flags.utc), flags.verbose)
    if flags.json:
        print_json("simulate", as_json(page, named), flags=flags, revision=revision.id if revision else None)
    elif named:
        show_wakes(page, named)
    else:
        show(page, revision.id if revision and not in_force else None)
    return 1 if strict and told.findings else 0


def play(
    chart: Chart,
    account: Account,
    files: Files,
    span: tuple[datetime, datetime],
    *,
    now: datetime,
    inject: Sequence[str],
) -> Simulation:
    """Simulate a chart from what its ledger says; what lies behind that is played as if it were to come."""
    from fleet.core.foresee import known_of
    from fleet.core.simulate import simulate
    from fleet.core.suppose import blank, with_silence

    start, end = span
    known = known_of(chart, account, now, in_force=_is_in_force(chart, account))
    events = [_event(text, chart, start, end) for text in inject]
    known = with_silence(known, events)
    if start < now.replace(second=0, microsecond=0):
        known = replace(known, now=None, marks={})
        account = blank(chart, known, start)
    try:
        return simulate(
            chart, known, start, end, events=events, account=account, owned=_owned(chart, files, events)
        )
    except Unreadable as exc:
        raise Typed(f"--for: {exc.why}; try: --for {exc.suggestions[0]}") from exc


def _is_in_force(chart: Chart, account: Account) -> bool:
    return account.revision is not None and account.revision.texts == dict(chart.texts)


def _event(text: str, chart: Chart, start: datetime, end: datetime) -> Event:
    from fleet.core.event import read_event

    try:
        return read_event(text, chart, start, end)
    except Unreadable as exc:
        rows = [f"--inject {text[:200]!r}: {exc.why}"]
        rows += [f"  try: {one}" for one in exc.suggestions]
        raise Typed("\n".join(rows)) from exc


def _owned(chart: Chart, files: Files, events: Sequence[Event]) -> Mapping[str, Owned]:
    """Look up to what the subjects of events belong, in the tables that lie there."""
    if not chart.subjects:
        return {}
    from fleet.runtime.tables import Tables

    tables = Tables(files, chart)
    about = [event.about for event in events if event.about]
    return {one.subject: one for subject in about for one in tables.chain(subject)}


def _unusable(flags: Flags, mistakes: Sequence[Any], lines: Mapping[str, Sequence[str]]) -> int:
    from fleet.cli.mistakes import as_json, show_mistakes

    if flags.json:
        print_json("simulate", {"mistakes": [as_json(m) for m in mistakes]}, flags=flags)
    else:
        show_mistakes(mistakes, lines=lambda name: lines.get(name, ()), color=flags.color)
    return 1
