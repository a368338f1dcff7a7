"""Revisions: which chart is in force, and what a saved edit changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.cadence import OnMail
from fleet.core.chart import Chart, Seat
from fleet.core.codec import to_plain
from fleet.core.mistake import Mistake, Place
from fleet.core.planner import end_wakes, event_wake, plan_seat
from fleet.core.record import Draft, Record
from fleet.errors import Broken, ChartError
from fleet.store.chart import load, read_revision
from fleet.store.files import Files

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.weigh import Weighed

CHART_MAX = 8 * 1024 * 1024


def load_chart(files: Files) -> tuple[Chart | None, tuple[Mistake, ...]]:
    """Read fleet.yaml and its includes as they lie there."""
    return load(lambda path: files.read(path, limit=CHART_MAX + 1), files.glob)


def usable_chart(files: Files) -> Chart:
    """Read fleet.yaml and its includes as they lie there; raises ChartError with every mistake."""
    chart, mistakes = load_chart(files)
    errors = [m for m in mistakes if m.level == "error"]
    if chart is None or errors:
        raise ChartError(errors)
    return chart


def chart_in_force(account: Account, files: Files) -> Chart:
    """Give the chart that the last revision brought into force; before the first one, that of the file.

    Raises ChartError with every mistake if there is neither.
    """
    if account.revision is None:
        return usable_chart(files)
    chart, mistakes = read_revision(account.revision)
    if chart is None:
        raise Broken(
            f"ledger: revision {account.revision.id} cannot be read by this version: {mistakes[0].line()}"
        )
    return chart


def revise(fleet: Fleet, now: datetime, *, starting: bool = False) -> bool:
    """Take up fleet.yaml as it lies there; says whether it made a new revision.

    What loosens waits for a yes, the rest comes into force. An invalid file changes nothing: the fleet
    stays on its revision and `problems` has every mistake.
    """
    from fleet.runtime.weigh import Weighed, weigh  # reading verbs need no comparison

    before = fleet.account.revision
    try:
        chart = usable_chart(fleet.files)
    except ChartError as exc:
        fleet.problems = exc.mistakes
        if starting and before is None:
            raise
        return False
    fleet.problems = ()
    if before is not None and before.texts == dict(chart.texts):
        return False
    weighed = weigh(fleet.chart, chart, before) if before is not None else Weighed(chart)
    changed = [name for name in chart.texts if before is None or chart.texts[name] != before.texts.get(name)]
    take_up(fleet, chart, weighed, now, who=fleet.hands.author() or author_of(fleet.files, changed))
    return True


def take_up(
    fleet: Fleet,
    new: Chart,
    weighed: Weighed,
    now: datetime,
    *,
    who: str,
    more: Mapping[str, Any] | None = None,
) -> Record:
    """Stage a revision: the whole new texts, what of them comes into force now, and what waits."""
    data = _revision(fleet, new, weighed.chart)
    data |= {"who": who, "changes": [change.says for change in weighed.at_once], **(more or {})}
    if weighed.waits:
        data["waits"] = to_plain(weighed.waits)
    if weighed.base is not None:
        data["base"] = to_plain(weighed.base)
    for name in data["gone"]:
        fleet.book.stage_all(
            end_wakes(fleet.chart, fleet.account, name, now, "its seat left fleet.yaml"), now
        )
    for name in data["recount"]:
        fleet.book.stage_all(_promised_before(fleet, weighed.chart, name, now), now)
    record = fleet.stage(Draft("revision", data=data), now)
    fleet.use(weighed.chart)
    for name in data["added"]:
        fleet.book.stage_all(_mail_that_waited(fleet, weighed.chart.seats[name]), now)
    return record


def author_of(files: Files, changed: Iterable[str]) -> str:
    """Say who made an edit: the author that git knows, else the file's owner, else `unknown`."""
    from fleet.edge.git import author

    names = tuple(changed) or ("fleet.yaml",)
    known = author(files.root, names)
    if known:
        return known
    owners = {files.owner(name) for name in names}
    owner = owners.pop() if len(owners) == 1 else ""
    return f"user {owner}" if owner else "unknown"


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


def _revision(fleet: Fleet, new: Chart, chart: Chart) -> dict[str, Any]:
    """Tell what a revision does to seats: `new` is the whole file, `chart` what comes into force of it."""
    account = fleet.account
    first = account.revision is None
    known = {name for name, past in account.seats.items() if not past.gone}
    there = [name for name in chart.seats if name in new.seats]  # a seat may stay only to be named
    changed = [] if first else [n for n in there if n in known and _differs(fleet.chart, chart, n)]
    moved = fleet.chart.calendar != chart.calendar
    return {
        "id": account.next_id("r"),
        "texts": dict(new.texts),
        "added": [name for name in there if name not in known],
        "gone": sorted(name for name in known if name not in new.seats),
        "changed": changed,
        "recount": [n for n in there if n in known and (moved or _recounts(fleet.chart, chart, n))],
    }


def _differs(old: Chart, new: Chart, name: str) -> bool:
    return name not in old.seats or _unplaced(old.seats[name]) != _unplaced(new.seats[name])


def _recounts(old: Chart, new: Chart, name: str) -> bool:
    before, after = old.seats.get(name), new.seats[name]
    return before is None or before.when != after.when or before.holder.is_agent is not after.holder.is_agent


def _unplaced(seat: Seat) -> Seat:
    """A seat that only moved to another line is the same seat."""
    return replace(seat, place=Place("", 0, 0, 0, 0))
