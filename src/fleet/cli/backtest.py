"""`fleet rules backtest`: what an edited chart would have said of what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from fleet.cli.ask import open_view
from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.errors import ChartError, Typed

if TYPE_CHECKING:
    from fleet.cli.backtested import Asked
    from fleet.core.chart import Chart
    from fleet.runtime.backtest import Found
    from fleet.runtime.view import View

USUAL = "30d"
SHOWN = 20


def backtest(
    flags: Flags,
    *,
    file: Annotated[
        str, argument(metavar="FILE|-", help="The edited chart; fleet.yaml if left out.", show_default=False)
    ] = "",
    since: Annotated[
        str, option("--since", metavar="TIME|SPAN", help="What was judged from then on; 30d if not said.")
    ] = USUAL,
    seat: Annotated[
        list[str] | None, option("--seat", metavar="SEAT", help="Only its actions; again.")
    ] = None,
    kind: Annotated[
        list[str] | None, option("--kind", metavar="KIND", help="Only actions of this kind; again.")
    ] = None,
    number: Annotated[
        int, option("-n", metavar="N", min=0, help="Changed verdicts that are shown; 20 if not said.")
    ] = SHOWN,
    unchanged: Annotated[
        bool, option("--unchanged", help="By the charts of then: shows that nothing differs.")
    ] = False,
    strict: Annotated[
        bool, option("--strict", "--exit-code", help="Exit 1 if any would have changed.")
    ] = False,
) -> int:
    """Judge recorded actions again by an edited chart, with the evidence of then, out of the ledger alone.

    Nothing runs and nothing is changed. The file need not be applied, and not even be saved: - takes it from stdin.
    """
    from fleet.cli.backtested import Asked, in_json, show
    from fleet.cli.times import typed_time, zone_of

    if unchanged and file:
        raise Typed(f"--unchanged and {file}: it goes by the charts of then; leave the file out")
    view = open_view(flags)
    try:
        shown, chart = ("", None) if unchanged else _edited(flags, file)
    except ChartError as exc:
        return _unusable(flags, file, exc)
    now = flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))
    found = Asked(shown, typed_time(since, "--since", now, past=True), chart)
    tested = _judged(flags, view, found, _named(view, chart, seat or (), kind or ()), number)
    if flags.json:
        in_json(flags, view, found, tested)
    else:
        show(view, found, tested, now)
    return 1 if strict and tested.tally.changes else 0


def _edited(flags: Flags, file: str) -> tuple[str, Chart]:
    """Read the chart that is tried; gives it with the name under which its file is shown."""
    from fleet.cli.source import Source

    source = Source(flags, file)
    seen = source.look()
    errors = [m for m in seen.mistakes if m.level == "error"]
    if seen.chart is None or errors:
        raise ChartError(errors)
    return source.shown, seen.chart


def _judged(
    flags: Flags, view: View, asked: Asked, named: tuple[frozenset[str], frozenset[str]], number: int
) -> Found:
    from fleet.cli.progress import Progress
    from fleet.core.law import Law
    from fleet.runtime.backtest import Wanted
    from fleet.runtime.backtest import backtest as judge_again

    law = Law(asked.chart) if asked.chart is not None else None
    wanted = Wanted(law, asked.since, *named, most=None if flags.json else number)
    progress = Progress(flags, "judging again what happened")

    def far(share: float) -> None:
        progress.far(f"{share:.0%}")
        progress.draw()  # and no thread does, for processes are started meanwhile

    try:
        return judge_again(view.files, wanted, far=far)
    finally:
        progress.clear()


def _named(
    view: View, chart: Chart | None, seats: Sequence[str], kinds: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Give the seats and kinds that are wanted; a name that neither the fleet nor the edited chart knew is a slip."""
    from fleet.cli.ask import check_seat
    from fleet.cli.meant import hint, people_of, seats_of

    charts = [view.chart, *([chart] if chart is not None else [])]
    there = dict.fromkeys((*seats_of(view), *(name for one in charts for name in one.seats)))
    for name in seats:
        check_seat(name, list(there), people_of(view))
    known = list(dict.fromkeys(name for one in charts for name in one.actions))
    for name in kinds:
        if name not in known and not _was_judged(view, name):
            raise Typed(f"--kind {name[:60]}: there is no such kind of action. {hint(name, known)}")
    return frozenset(seats), frozenset(kinds)


def _was_judged(view: View, kind: str) -> bool:
    """Say whether the ledger has a verdict on an action of this kind, which the chart has dropped."""
    from fleet.store.spot import told, written

    mark = b'"kind":"%s"' % written(kind)
    found = told(view.files, lambda what, raw: what == b"verdict" and mark in raw)
    return any(record.data.get("kind") == kind for record in found)


def _unusable(flags: Flags, file: str, exc: ChartError) -> int:
    from fleet.cli.answer import print_json
    from fleet.cli.ask import say_aside
    from fleet.cli.mistakes import as_json, show_mistakes
    from fleet.cli.source import Source

    if flags.json:
        print_json("backtest", {"mistakes": [as_json(m) for m in exc.mistakes]}, flags=flags)
    else:
        lines = Source(flags, file).look().lines if file != "-" else lambda name: ()
        show_mistakes(exc.mistakes, lines=lines, color=flags.color)
    say_aside(flags, "The chart cannot be used as it is, so nothing was judged by it. See: fleet check")
    return exc.exit_code
