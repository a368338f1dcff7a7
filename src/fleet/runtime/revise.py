"""Revisions: which chart is in force, and what a saved edit changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.cadence import OnMail
from fleet.core.chart import Chart, Seat
from fleet.core.mistake import Mistake, Place
from fleet.core.planner import end_wakes, event_wake, plan_seat
from fleet.core.record import Draft
from fleet.errors import Broken, ChartError
from fleet.store.chart import load, read_text
from fleet.store.files import Files

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

CHART_MAX = 8 * 1024 * 1024


def load_chart(files: Files) -> tuple[Chart | None, tuple[Mistake, ...]]:
    """Read fleet.yaml and its includes as they lie there."""
    return load(lambda path: files.read(path, limit=CHART_MAX + 1), files.glob)


def chart_in_force(account: Account, files: Files) -> Chart:
    """Give the chart of the last revision; before the first one, that of the file.

    Raises ChartError with every mistake if there is neither.
    """
    if account.revision is not None:
        chart, mistakes = read_text(account.revision.texts)
        if chart is None:
            raise Broken(
                f"ledger: revision {account.revision.id} cannot be read by this version: {mistakes[0].line()}"
            )
        return chart
    chart, mistakes = load_chart(files)
    if chart is None:
        raise ChartError([m for m in mistakes if m.level == "error"])
    return chart


def revise(fleet: Fleet, now: datetime, *, starting: bool = False) -> bool:
    """Take up fleet.yaml as it lies there; says whether it made a new revision.

    An invalid file changes nothing: the fleet stays on its revision and `problems` has every mistake.
    """
    chart, mistakes = load_chart(fleet.files)
    errors = tuple(m for m in mistakes if m.level == "error")
    if chart is None or errors:
        fleet.problems = errors
        if starting and fleet.account.revision is None:
            raise ChartError(errors)
        return False
    fleet.problems = ()
    before = fleet.account.revision
    if before is not None and before.texts == dict(chart.texts):
        return False
    revision = _revision(fleet, chart, first=before is None)
    for name in revision["gone"]:
        fleet.book.stage_all(
            end_wakes(fleet.chart, fleet.account, name, now, "its seat left fleet.yaml"), now
        )
    for name in revision["recount"]:
        fleet.book.stage_all(_promised_before(fleet, chart, name, now), now)
    fleet.stage(Draft("revision", data=revision), now)
    fleet.use(chart)
    for name in revision["added"]:
        fleet.book.stage_all(_mail_that_waited(fleet, chart.seats[name]), now)
    return True


def _mail_that_waited(fleet: Fleet, seat: Seat) -> Iterable[Draft]:
    """Wake a seat that was put back while it had mail."""
    waiting = fleet.account.waiting(seat.id)
    if waiting and seat.holder.is_agent and any(isinstance(c, OnMail) for c in seat.when):
        yield event_wake(seat, "mail", f"mail:back:{waiting[-1].id}", f"{len(waiting)} messages waited")


def _promised_before(fleet: Fleet, chart: Chart, name: str, now: datetime) -> Iterable[Draft]:
    """Account for what the old chart promised a seat, because the new one counts from now."""
    if chart.seats[name].holder.is_agent:
        return plan_seat(fleet.chart, fleet.account, name, now).drafts
    return end_wakes(fleet.chart, fleet.account, name, now, "its seat has no agent any more")


def _revision(fleet: Fleet, chart: Chart, *, first: bool) -> dict[str, Any]:
    account = fleet.account
    known = {name for name, past in account.seats.items() if not past.gone}
    added = [name for name in chart.seats if name not in known]
    gone = [name for name in known if name not in chart.seats]
    changed = [] if first else [n for n in chart.seats if n in known and _differs(fleet.chart, chart, n)]
    moved = fleet.chart.calendar != chart.calendar
    recount = [n for n in chart.seats if n in known and (moved or _recounts(fleet.chart, chart, n))]
    return {
        "id": account.next_id("r"),
        "who": _who(fleet.files),
        "texts": dict(chart.texts),
        "added": added,
        "gone": sorted(gone),
        "changed": changed,
        "recount": recount,
    }


def _differs(old: Chart, new: Chart, name: str) -> bool:
    return name not in old.seats or _unplaced(old.seats[name]) != _unplaced(new.seats[name])


def _recounts(old: Chart, new: Chart, name: str) -> bool:
    before, after = old.seats.get(name), new.seats[name]
    return before is None or before.when != after.when or before.holder.is_agent is not after.holder.is_agent


def _unplaced(seat: Seat) -> Seat:
    """A seat that only moved to another line is the same seat."""
    return replace(seat, place=Place("", 0, 0, 0, 0))


def _who(files: Files) -> str:
    owner = files.owner("fleet.yaml")
    return f"user {owner}" if owner else "unknown"
