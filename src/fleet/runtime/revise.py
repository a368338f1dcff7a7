"""Revisions: which chart is in force, and what a saved edit changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.cadence import OnMail
from fleet.core.chart import Chart, Seat
from fleet.core.codec import to_plain
from fleet.core.folder import FILE_MAX
from fleet.core.frozen import dataclass
from fleet.core.mistake import START, Mistake
from fleet.core.outside import stamped_while
from fleet.core.past import Revision
from fleet.core.planner import end_wakes, event_wake, plan_seat
from fleet.core.record import Draft, Record
from fleet.errors import Broken, ChartError, Unreadable
from fleet.runtime.secrets import Secrets
from fleet.runtime.stamp import could_save
from fleet.store.chart import load, read_revision, read_text
from fleet.store.files import Files

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.weigh import Weighed


EVER = datetime.min.replace(tzinfo=UTC)
_says = attrgetter(*(field.name for field in fields(Seat) if field.compare and field.name != "place"))


def load_chart(files: Files) -> tuple[Chart | None, tuple[Mistake, ...]]:
    """Read fleet.yaml and its includes as they lie there."""
    return load(lambda path: files.read(path, limit=FILE_MAX + 1), files.glob)


def usable_chart(files: Files, before: Chart | None = None) -> Chart:
    """Read fleet.yaml and its includes as they lie there; raises ChartError with every mistake.

    The value of a secret is one, as far as this process can read those that the chart or the one `before` it names.
    """
    chart, mistakes = load_chart(files)
    errors = [m for m in mistakes if m.level == "error"]
    secrets = Secrets(files.root, os.environ)
    if chart is not None and not errors:
        errors += secrets.written_down(chart, before)
    elif before is not None:  # and the lines that are shown may hold one
        errors += secrets.written_down(before, texts=_there(files, before))
    if chart is None or errors:
        raise ChartError(errors)
    return chart


def _there(files: Files, before: Chart) -> dict[str, str]:
    """Give what lies now where the texts of a chart were read."""
    texts = {}
    for name in before.texts:
        with suppress(Unreadable, Broken):
            texts[name] = files.read(name, limit=FILE_MAX).decode("utf-8", "replace")
    return texts


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


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of the files of a chart as they lay there: mistakes, or the chart that they make.

    `weighed` is that chart against the one in force, and `who` made the edit; without a chart nothing
    was changed, or there are `mistakes`. `against` is the revision in force then.
    """

    mistakes: tuple[Mistake, ...] = ()
    against: str = ""
    chart: Chart | None = None
    weighed: Weighed | None = None
    who: str = ""


def examine(files: Files, in_force: Chart, before: Revision | None, *, author: str = "") -> Examined:
    """Read the files as they lie there, and weigh the chart that they make; nothing is changed.

    `author` is who made the edit, where that is known without looking.
    """
    from fleet.runtime.weigh import Weighed, weigh  # reading verbs need no comparison

    against = before.id if before is not None else ""
    try:
        if before is not None and _lies_there(files, in_force, before):
            return Examined(against=against)
        chart = usable_chart(files, in_force)
    except ChartError as exc:
        return Examined(exc.mistakes, against)
    except Unreadable as exc:
        return Examined((Mistake("F100", START, str(exc)),), against)
    if before is not None and before.texts == dict(chart.texts):
        return Examined(against=against)
    weighed = weigh(in_force, chart, before) if before is not None else Weighed(chart)
    texts = before.texts if before is not None else {}
    return Examined((), against, chart, weighed, author or author_of(files, texts, chart.texts))


def examine_here(fleet: Fleet) -> Examined:
    """Examine the files of an open fleet."""
    return examine(fleet.files, fleet.chart, fleet.account.revision, author=fleet.hands.author())


def is_unchanged(fleet: Fleet) -> bool:
    """Say whether the very texts of the revision in force lie there: for less than a hundredth of reading them."""
    before = fleet.account.revision
    return before is not None and _lies_there(fleet.files, fleet.chart, before)


def _lies_there(files: Files, in_force: Chart, before: Revision) -> bool:
    if before.waits or before.base is not None:
        return False  # what waits may include other files than those in force
    included = {name for pattern in in_force.include for name in files.glob(pattern)}
    if not included <= before.texts.keys():
        return False
    try:
        return all(files.read(name, limit=FILE_MAX) == text.encode() for name, text in before.texts.items())
    except Unreadable:
        return False


def revise(fleet: Fleet, examined: Examined, now: datetime, *, since: datetime = EVER) -> bool:
    """Take up what was found of fleet.yaml; says whether it made a new revision.

    What loosens waits for a yes, the rest comes into force. An invalid file changes nothing: the fleet
    stays on its revision and `problems` has every mistake. Nor does one that was saved after `since`, when the file
    was last seen unchanged, while a turn ran that had read strangers' text: all of it waits for a person.
    """
    examined = without_values(fleet, examined)
    fleet.problems = examined.mistakes
    if examined.chart is None or examined.weighed is None:
        return False
    saved_at = _saved_at(fleet, examined.chart)
    able = partial(could_save, fleet)
    if fleet.account.revision is not None and (turn := stamped_while(fleet.account, since, saved_at, able)):
        says = (
            f"it was saved while {turn} ran, which had read text that strangers can write, and whose holder could have "
            "saved it; nothing of it is in force. Look with `fleet plan`, and say yes with `fleet apply`"
        )
        fleet.problems = (Mistake("F100", START, says),)
        return False
    take_up(fleet, examined.chart, examined.weighed, now, who=examined.who)
    return True


def without_values(fleet: Fleet, examined: Examined) -> Examined:
    """Give what was found of the files; where the value of a secret stands in them, that is a mistake."""
    if examined.chart is None:
        return examined
    mistakes = fleet.secrets.written_down(examined.chart)
    return Examined(mistakes, examined.against) if mistakes else examined


def refuse_values(fleet: Fleet, new: Chart, replaced: Mapping[str, str | None] | None = None) -> None:
    """Raise ChartError where the value of a secret stands in a chart, or in the texts that it replaces."""
    found = fleet.secrets.written_down(new)
    lying = {name: text for name, text in (replaced or {}).items() if text is not None}
    if lying:  # which may name secrets that nothing else does
        there, _ = read_text({**new.texts, **lying})
        found = (*found, *fleet.secrets.written_down(there or new, texts=lying))
    if found:
        raise ChartError(tuple(dict.fromkeys(found)))


def _saved_at(fleet: Fleet, chart: Chart) -> datetime | None:
    """Say when the last of the files that changed was saved; None where one is gone."""
    before = fleet.account.revision.texts if fleet.account.revision is not None else {}
    changed = [name for name in {**before, **chart.texts} if before.get(name) != chart.texts.get(name)]
    stats = [fleet.files.stat(name) for name in changed]
    times = [stat.ctime_ns for stat in stats if stat is not None]
    known = times and len(times) == len(stats)
    return datetime.fromtimestamp(max(times) / 1e9, UTC) if known else None


def take_up(
    fleet: Fleet,
    new: Chart,
    weighed: Weighed,
    now: datetime,
    *,
    who: str,
    more: Mapping[str, Any] | None = None,
) -> Record:
    """Stage a revision: the whole new texts, what of them comes into force now, and what waits.

    Raises ChartError where the value of a secret stands in what the ledger would keep.
    """
    from fleet.runtime.weigh import come_otherwise

    refuse_values(fleet, new, (more or {}).get("replaced"))
    before = fleet.chart if fleet.account.revision is not None else None
    told = list(come_otherwise(before, weighed.chart))
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
    for rule, says in told:
        trouble = {"kind": "rule", "says": says, "rule": rule.name, "if": rule.condition}
        fleet.stage(Draft("trouble", data=trouble), now)
    return record


def author_of(files: Files, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say who made the texts of a chart other: of each file the authors git knows, else its owner, else `unknown`.

    A file that was taken away has no owner any more. Of a first revision, whose files may be years old, the
    last author of each is named.
    """
    from fleet.edge.git import authors

    changed = {name: before.get(name) for name in (*now, *before) if before.get(name) != now.get(name)}
    known = authors(files.root, changed) if changed else {}
    made: dict[str, None] = {}
    for name in changed:
        owner = files.owner(name) if name in now else ""
        by_git = known.get(name, [])[: None if before else 1]
        made |= dict.fromkeys(by_git or [f"user {owner}" if owner else "unknown"])
    return ", ".join(made) or "unknown"


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
    """Say whether a seat says something else; one that only moved to another line is the same seat."""
    before, after = old.seats.get(name), new.seats[name]
    return before is None or (before is not after and _says(before) != _says(after))


def _recounts(old: Chart, new: Chart, name: str) -> bool:
    before, after = old.seats.get(name), new.seats[name]
    return before is None or before.when != after.when or before.holder.is_agent is not after.holder.is_agent
