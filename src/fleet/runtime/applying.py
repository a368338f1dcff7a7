"""Applying: what an edit would change, a person's yes to what waits, and going back to a revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.chart import Chart
from fleet.core.edit.change import Change
from fleet.core.edit.compare import compare, loosening
from fleet.core.folder import FILE_MAX
from fleet.core.mistake import Mistake
from fleet.core.past import Revision
from fleet.core.record import Record
from fleet.edge.socket import Caller
from fleet.errors import ChartError, GroundMoved, Refused, Typed
from fleet.runtime.persons import acting, concerned, known
from fleet.runtime.revise import author_of, refuse_values, take_up, usable_chart
from fleet.runtime.weigh import Weighed, approve, come_otherwise, plan_id, weigh, where_now
from fleet.store.chart import read_revision, read_text
from fleet.store.files import Files
from fleet.store.ledger import records
from fleet.store.trouble import Missing

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Args = Mapping[str, Any]


def plan(
    in_force: Chart, files: Files, before: Revision | None, more: Callable[[Chart], Sequence[Mistake]]
) -> dict[str, Any]:
    """Give what fleet.yaml, as it lies there, would change of the chart in force, riskiest first.

    `more` says what else is wrong with the new chart. Raises ChartError with every mistake if it cannot be used.
    """
    new = usable_chart(files, in_force)
    if mistakes := more(new):
        raise ChartError(mistakes)
    weighed = weigh(in_force, new, before) if before is not None else Weighed(new)
    changes = (*weighed.waiting, *weighed.at_once)
    return {
        "plan": plan_id(new, changes),
        "against": before.id if before is not None else None,
        "since": before.at if before is not None else None,
        "whole": weighed.base is not None,
        "changes": [_told(change, new, waits=change in weighed.waiting) for change in changes],
        "otherwise": _otherwise(before, new),
    }


def _otherwise(before: Revision | None, new: Chart) -> list[str]:
    """Say of which rules that a revision has not so examples come out otherwise; a chart kept for reading has none."""
    if all(not rule.examples for rule in new.rules):
        return []
    old = read_revision(before)[0] if before is not None else None
    return [says for _, says in come_otherwise(old, new)]


def apply(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Say yes to all that waits in fleet.yaml as it lies there, or go back to a revision."""
    before = fleet.account.revision
    assert before is not None  # opening a fleet makes its first one
    back = args.get("revision")
    old = _revision_of(fleet, back) if back else None
    new = _text_of(old) if old is not None else usable_chart(fleet.files, fleet.chart)
    replaced = _replaced(fleet.files, new) if back else {}
    refuse_values(fleet, new, replaced)
    changes = compare(fleet.chart, new)
    if args.get("plan") and args["plan"] != plan_id(new, changes):
        look = f"fleet apply --revision {_identity(back)[2:]}" if back else "fleet plan"
        raise GroundMoved(
            f"fleet.yaml: it is not what plan {args['plan']} was made of any more; nothing was applied. "
            f"Look again with: {look}"
        )
    if old is not None and not args.get("plan"):
        _check_seen(old, plan_id(new, changes), loosening(changes))
    if not changes and not replaced and not before.waits and before.texts == dict(new.texts):
        nothing: dict[str, Any] = {"who": None, "changes": [], "otherwise": []}
        return {"revision": before.id, **nothing, "back_to": _identity(back) if back else None}
    by = acting(fleet, caller, _concerned(fleet, changes))
    more: dict[str, Any] = {"because": args.get("because") or "", "applied": True}
    more |= {"caller": known(fleet, caller, by)["caller"]}
    more |= {"loosens": [change.says for change in loose]} if (loose := loosening(changes)) else {}
    if not back:
        more["saved_by"] = _saved_by(fleet, before, new)
    else:
        more |= {"back_to": _identity(back), "replaced": replaced}
    record = take_up(fleet, new, approve(fleet.chart, new), now, who=by, more=more)
    fleet.problems = ()
    return {
        "revision": record.data["id"],
        "who": by,
        "changes": [_told(change, new, waits=False) for change in changes],
        "otherwise": _otherwise(before, new),
        "back_to": record.data.get("back_to"),
    }


def _saved_by(fleet: Fleet, before: Revision, new: Chart) -> str:
    """Say who made the edit that is applied: whoever saved what waits, and whoever has changed it since."""
    waited = before.who if before.waits else ""
    texts = dict(new.texts)
    since = (
        fleet.hands.author() or author_of(fleet.files, before.texts, texts) if before.texts != texts else ""
    )
    return ", ".join(dict.fromkeys(filter(None, (waited, since)))) or before.who


def write_back(files: Files, record: Record) -> None:
    """Write the texts of a revision that was gone back to, over exactly the ones that it replaces.

    Done again it changes nothing, and what was saved in the meantime is left: it is an edit of its own.
    """
    texts = record.data["texts"]
    for name, before in record.data.get("replaced", {}).items():
        if _text(files, name) != before:
            continue
        if name in texts:
            stat = files.stat(name)
            files.publish(name, texts[name].encode(), mode=stat.mode if stat else 0o644, sync=True)
        else:
            files.unlink(name)


def _told(change: Change, new: Chart, *, waits: bool) -> dict[str, Any]:
    place = where_now(new, change.path)
    return {
        "kind": change.kind,
        "waits": waits,
        "what": change.what,
        "whose": change.whose,
        "does": change.does,
        "says": change.says,
        "was": change.was,
        "now": change.now,
        "place": place.short if change.kind != "gone" else None,
    }


def _identity(revision: object) -> str:
    number = str(revision).removeprefix("r-")
    if not number.isdigit():
        raise Typed(f"{str(revision)[:60]!r} is no revision; one is a number, as 41 or r-41")
    return f"r-{int(number)}"


def _check_seen(old: Record, plan: str, loose: tuple[Change, ...]) -> None:
    """Refuse to go back, unseen, to what loosens and only ever waited in that revision: it would be a yes to it."""
    if not old.data.get("waits") or not loose:
        return
    identity = old.data["id"]
    says = "; ".join(change.says for change in loose)
    raise Refused(
        f"{identity} was never in force whole: part of it waited for a yes. To go back to it says yes to: {says}. "
        f"Nothing was applied. If you mean it: fleet apply --revision {identity[2:]} --plan {plan}"
    )


def _revision_of(fleet: Fleet, revision: object) -> Record:
    """Find an earlier revision in the ledger; raises Typed if there is none."""
    identity = _identity(revision)
    found = next(
        (
            r
            for r in records(fleet.files, newest_first=True)
            if r.what == "revision" and r.data.get("id") == identity
        ),
        None,
    )
    if found is None:
        raise Typed(f"{identity}: the ledger has no such revision; the newest is {fleet.account.revision.id}")  # type: ignore[union-attr]
    return found


def _text_of(revision: Record) -> Chart:
    """Read the whole text of an earlier revision; raises Refused if it cannot be used."""
    chart, mistakes = read_text(revision.data["texts"])
    if chart is None:
        raise Refused(
            f"{revision.data['id']} cannot be used any more: {mistakes[0].line()}; nothing was changed"
        )
    return chart


def _replaced(files: Files, new: Chart) -> dict[str, str | None]:
    """Give the texts that lie there and that going back would replace, so that none is lost."""
    taken_in = [name for pattern in new.include for name in files.glob(pattern)]
    there = {name: _text(files, name) for name in dict.fromkeys((*new.texts, *taken_in))}
    return {name: text for name, text in there.items() if text != new.texts.get(name)}


def _text(files: Files, name: str) -> str | None:
    try:
        return files.read(name, limit=FILE_MAX).decode("utf-8", "replace")
    except Missing:
        return None


def _concerned(fleet: Fleet, changes: tuple[Change, ...]) -> str | None:
    """Name the person whom all of these concern: the nearest above their seats, else the one at the top."""
    seats = fleet.chart.seats
    whose = {c.whose for c in changes if c.kind == "loosens" and c.whose in seats}
    above = {concerned(fleet, name) for name in whose}
    if len(above) == 1 and None not in above:
        return above.pop()
    top = [name for name, s in seats.items() if s.holder.is_person and s.answers_to is None]
    return top[0] if len(top) == 1 else None
