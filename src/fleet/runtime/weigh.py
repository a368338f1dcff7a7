"""Weigh: what of a new chart comes into force at once, and what waits for a yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fleet.core.canonical import canonical, sha256_hex
from fleet.core.chart import Chart, Path, Rule
from fleet.core.edit.change import Change
from fleet.core.edit.compare import compare, loosening
from fleet.core.edit.wait import Base, Wait
from fleet.core.frozen import dataclass
from fleet.core.mistake import START, Place
from fleet.core.past import Revision
from fleet.core.read.look import place_of
from fleet.store.chart import read_text

ID_LENGTH = 12
"""Characters of a plan's id: enough that no two plans of a fleet meet."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A new chart, weighed against the one in force.

    `chart` comes into force now; `at_once` are the changes that it brings, `waits` what it does not.
    `base` is what it is read from if the whole edit waits.
    """

    chart: Chart
    at_once: tuple[Change, ...] = ()
    waiting: tuple[Change, ...] = ()
    waits: tuple[Wait, ...] = ()
    base: Base | None = None


def weigh(in_force: Chart, new: Chart, before: Revision) -> Weighed:
    """Weigh a new chart against that of the revision before it.

    Fails closed: unless the new text without what waits is a chart, and no looser than the one in force,
    the whole edit waits.
    """
    changes = compare(in_force, new)
    loose = loosening(changes)
    if not loose:
        return Weighed(new, changes)
    waits = tuple(_wait(change, in_force, new, before.id) for change in loose)
    chart, _ = read_text(new.texts, waits)
    if chart is not None and not loosening(compare(in_force, chart)):
        return Weighed(chart, tuple(c for c in changes if c not in loose), loose, waits)
    base = before.base or Base(before.id, before.texts, before.waits)
    waiting = tuple(c for c in changes if c.kind != "gone")
    waits = tuple(replace(_wait(c, in_force, new, before.id), edits=()) for c in waiting)
    gone = tuple(c for c in changes if c.kind == "gone")
    return Weighed(replace(in_force, texts=new.texts), gone, waiting, waits, base)


def approve(in_force: Chart, new: Chart) -> Weighed:
    """Weigh a new chart that a person has said yes to: all of it comes into force."""
    return Weighed(new, compare(in_force, new))


def plan_id(new: Chart, changes: Sequence[Change]) -> str:
    """Name a plan by the new texts and by what loosens in them: a yes is to these and to no others."""
    says = sorted(change.says for change in loosening(tuple(changes)))
    return sha256_hex(canonical({"texts": dict(new.texts), "loosens": says}))[:ID_LENGTH]


def where_now(new: Chart, path: Path) -> Place:
    """Place what an edit touches in the new text; what it took out, at the key under which it stood."""
    if path in new.places:
        return new.places[path]
    while path := path[:-1]:
        if (*path, "") in new.places:
            return new.places[(*path, "")]
    return START


def _wait(change: Change, old: Chart, new: Chart, revision: str) -> Wait:
    put = (edit.path for edit in change.edits if edit.how == "put")
    known = next((old.places[path] for path in put if path in old.places), None)
    was = change.place or known or place_of(old, change.path, START)
    at = was.short if "@" in was.file else f"{was.file}@{revision}:{was.line}"
    place = where_now(new, change.path).short
    return Wait(change.what, change.says, place, at, change.edits)


def come_otherwise(before: Chart | None, new: Chart) -> Iterator[tuple[Rule, str]]:
    """Say of which rules, new or changed, examples come out otherwise than they expect; of what stood before not."""
    known = {rule.name: _said(rule) for rule in before.rules} if before is not None else {}
    changed = [rule for rule in new.rules if rule.examples and known.get(rule.name) != _said(rule)]
    if not changed:
        return
    from fleet.core.law import Law  # with what asks conditions: most edits need none of it
    from fleet.core.trial import failing

    law = Law(new)
    for rule in changed:
        if count := failing(law, rule):
            some = "1 example" if count == 1 else f"{count} examples"
            comes = "comes" if count == 1 else "come"
            yield rule, f"{some} of the rule {rule.name} {comes} out otherwise: fleet rules test {rule.name}"


def _said(rule: Rule) -> Rule:
    """Give a rule as it says, wherever that stands."""
    examples = tuple(replace(one, place=START, where={}) for one in rule.examples)
    return replace(rule, place=START, examples=examples)
