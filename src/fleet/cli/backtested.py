"""Backtested: what came of verdicts that were given again, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean, print_json, revision_number
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.table import wrapped
from fleet.cli.terminal import width
from fleet.core.difference import Tally, came, sort_of
from fleet.core.folder import CHART
from fleet.core.frozen import dataclass

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.replay import Again
    from fleet.runtime.backtest import Found
    from fleet.runtime.view import View

EVIDENCE = 3
"""Pieces of evidence that are shown of one verdict; --json has all."""
LAST = (
    "Each verdict is judged on what had happened by then. What a hold, a no or a yes would have changed "
    "afterwards is not played on."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the file's name, since when, and the chart; without one each was judged by that of its time."""

    file: str
    since: datetime
    chart: Chart | None

    def place(self, place: str) -> str:
        """Give a place in the edited chart, its file as it was typed."""
        file, colon, line = place.rpartition(":")
        return f"{self.file}:{line}" if colon and file == CHART and self.file else place

    def place_then(self, again: Again) -> str:
        """Give a recorded place, with the revision in which it stands."""
        place = str(again.record.data.get("place", ""))
        file, _, line = place.rpartition(":")
        return f"{file}@{again.revision}:{line}" if file and "@" not in file else place


def show(view: View, found: Asked, tested: Found, now: datetime) -> None:
    """Print what came of it: the verdicts that would have changed, then all of it counted."""
    tally, begins = tested.tally, found.since.astimezone(now.tzinfo)
    since = f"{begins:%a} {begins.day} {begins:%b %Y %H:%M}"
    verdicts = f"{plural(tally.judged, 'verdict')} on {plural(tally.actions, 'action')}"
    by = f"{found.file} on what happened since" if found.chart is not None else "The charts of then since"
    print(f"{by} {since}: {verdicts} judged again")
    _note_in_force(view, found)
    for again in tested.differ:
        print()
        for line in _lines(found, again, now):
            print(line)
    left = tally.changes - len(tested.differ)
    if left:
        print(f"\nand {left:,} more: -n {tally.changes} shows them, --json has all")
    print()
    for line in _summary(found, tally):
        print("\n".join(wrapped("", line, width(), below=2)))


def _note_in_force(view: View, found: Asked) -> None:
    revision = view.account.revision
    same = revision is not None and found.chart is not None and revision.texts == dict(found.chart.texts)
    if same and revision is not None and not revision.waits and revision.base is None:
        number = revision_number(revision.id)
        print(f"It is revision {number}, which is in force: edit it first, or name an edited file.")


def _lines(found: Asked, again: Again, now: datetime) -> Iterator[str]:
    """Set one changed verdict: which, the ruling then and now with rule and place, and what is seen."""
    from fleet.core.evidence import say_evidence

    record, verdict = again.record, again.now
    assert verdict is not None
    data, limit = record.data, width()
    at = record.at.astimezone(now.tzinfo)
    about = f" about {', '.join(data.get('about', ()))}" if data.get("about") else ""
    turns = f"{came(data['verdict'], data.get('person', ''))} -> {came(verdict.ruling, verdict.person)}"
    head = f"{at:%Y-%m-%d %H:%M}  {data['id']}  {record.seat}  {data.get('kind', '')}{about}  {turns}"
    yield from wrapped("", clean(head), limit, below=2)
    then = _said(str(data.get("rule", "")), found.place_then(again), str(data.get("reason", "")))
    yield from wrapped("  then  ", then, limit)
    yield from wrapped("  now   ", _said(verdict.rule, found.place(verdict.place), verdict.reason), limit)
    for item in verdict.evidence[:EVIDENCE]:
        yield from wrapped("  saw   ", clean(say_evidence(item, now)), limit)
    if len(verdict.evidence) > EVIDENCE:
        yield f"        and {len(verdict.evidence) - EVIDENCE} more: --json has all"
    if again.unknown:
        says = f"it cannot be known to what {', '.join(again.unknown)} belonged then, so it is held"
        yield from wrapped("  note  ", clean(says), limit)


def _said(rule: str, place: str, reason: str) -> str:
    return clean(f"{reason}  [{', '.join(part for part in (rule, place) if part)}]")


def _summary(found: Asked, tally: Tally) -> Iterator[str]:
    if found.chart is None:
        same = tally.exact == tally.judged
        words = "all the same, to the last word" if same else f"{tally.exact:,} the same to the last word"
        yield f"{tally.judged:,} verdicts judged again: {words}."
    changes = ", ".join(f"{count:,} {what}" for what, count in tally.changed.most_common())
    total = f"{tally.changes:,} of {tally.judged:,} would have come out otherwise"
    if tally.changes:
        yield f"{total}: {changes}."
    elif found.chart is not None or tally.judged != tally.exact:
        yield (
            f"None of {tally.judged:,} would have come out otherwise." if tally.judged else "There was none."
        )
    if tally.by_rule:
        yield f"{tally.by_rule:,} would have come out the same, by another rule."
    if tally.unknown:
        yield f"{tally.unknown:,} of them hold because the ledger does not tell what a table said then."
    asked = {person: counts for person, counts in sorted(tally.asked.items()) if counts[0] != counts[1]}
    if asked:
        people = ", ".join(f"{person} {then:,} -> {now:,}" for person, (then, now) in asked.items())
        yield f"Approvals asked: {people}."
    for why, count in tally.unjudged.most_common():
        yield f"{plural(count, 'verdict')} cannot be judged again: {why}."
    if found.chart is not None:
        yield LAST


def in_json(flags: Flags, view: View, found: Asked, tested: Found) -> None:
    """Print all of it as one JSON object."""
    revision = view.account.revision.id if view.account.revision else None
    tally = tested.tally
    data = {
        "file": found.file or None,
        "since": found.since,
        "judged": tally.judged,
        "actions": tally.actions,
        "changed": tally.changes,
        "by_rule": tally.by_rule,
        "exact": tally.exact if found.chart is None else None,
        "instead": dict(tally.changed),
        "unknown": tally.unknown,
        "approvals": {name: {"then": then, "now": now} for name, (then, now) in tally.asked.items()},
        "unjudged": dict(tally.unjudged),
        "verdicts": [_as_json(found, again) for again in tested.differ],
    }
    print_json("backtest", data, flags=flags, revision=revision)


def _as_json(found: Asked, again: Again) -> dict[str, Any]:
    record, now = again.record, again.now
    assert now is not None
    data: Mapping[str, Any] = record.data
    return {
        "n": record.n,
        "at": record.at,
        "id": data["id"],
        "seat": record.seat,
        "turn": record.turn,
        "kind": data.get("kind"),
        "about": list(data.get("about", ())),
        "differs": sort_of(data, now),
        "then": {
            "verdict": data["verdict"],
            "rule": data.get("rule", ""),
            "place": found.place_then(again) or None,
            "reason": data.get("reason", ""),
            "person": data.get("person") or None,
            "step": data["step"],
            "evidence": list(data.get("evidence", ())),
        },
        "now": {
            "verdict": now.ruling,
            "rule": now.rule,
            "place": found.place(now.place) or None,
            "reason": now.reason,
            "person": now.person or None,
            "step": int(now.step),
            "evidence": list(now.evidence),
        },
        "unknown": list(again.unknown),
    }
