"""Looser: whether one bound allows anything that another does not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fleet.core.bounds import KIND
from fleet.core.chart import AtMost, Conflict, Once, PathRead, Rule, Then
from fleet.core.pattern import is_covered
from fleet.core.target import Money
from fleet.errors import Unreadable

if TYPE_CHECKING:
    from fleet.core.expr import Expr

STRICT: dict[Then, int] = {"allow": 0, "ask": 1, "hold": 2, "refuse": 3}
ONCE: dict[Once, int] = {"no": 0, "a day": 1, "ever": 2}
ALWAYS = "true"
"""The condition of a rule that has none."""
SURE = frozenset(("kind", "seat", "turn", "about", "outside", "as_asked", "offered", "tries"))
"""Fields that every action has, and none of them long."""
CALLS = frozenset(("_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))


def looser_money(old: Money | None, new: Money | None) -> bool:
    """Say whether a budget allows any spending that the old one does not; None has no limit."""
    if old is None or new is None:
        return old is not None
    return new.usd > old.usd or not _within(new.per, old.per)


def looser_count(old: AtMost | None, new: AtMost | None) -> bool:
    """Say whether a count allows anything more; None has no limit."""
    if old is None or new is None:
        return old is not None
    return new.count > old.count or not _within(new.per, old.per) or (new.each and not old.each)


def _within(new: str | None, old: str | None) -> bool:
    """Say whether an amount a `new` period is never more than the same a `old` one; None is for ever.

    A day lies in one week and one month, but a week may lie in two months.
    """
    return new == old or new is None or (old == "day" and new in ("week", "month"))


def longer(old: timedelta | None, new: timedelta | None) -> bool:
    """Say whether a state holds longer; without a span it depends on the cadence, so that counts as longer."""
    return new != old and (old is None or new is None or new > old)


def looser_path(old: tuple[PathRead, ...], new: PathRead) -> bool:
    """Say whether a path read lets a seat read what it could not, or read it with less care."""
    if new in old:
        return False
    same = [o for o in old if o.path == new.path]
    if not same and not any(c in new.path for c in "*?["):
        same = [o for o in old if is_covered(new.path, o.path)]
    return not same or any(_less_careful(o, new) for o in same)


def _less_careful(old: PathRead, new: PathRead) -> bool:
    fresh = new.fresh_within is not None and (
        old.fresh_within is None or new.fresh_within <= old.fresh_within
    )
    return (
        (old.private and not new.private)
        or (old.outside and not new.outside)
        or (old.fresh_within is not None and not fresh)
    )


def looser_conflict(old: Conflict, new: Conflict) -> bool:
    """Say whether a conflict lets anything through that the old one stops."""
    if old.then == "allow":
        return False
    shorter = old.within is not None and (new.within is None or new.within < old.within)
    return (
        new.about != old.about
        or new.rank != old.rank
        or shorter
        or _weaker(old.then, old.ask, new.then, new.ask)
    )


def looser_rule(old: Rule, new: Rule) -> bool:
    """Say whether a rule lets anything through that the old one stops, or waives what the old one does not."""
    if guards(old) and (new.condition != old.condition or not _wider(new, old)):
        return True
    if new.then == "allow":
        waived = old.then == "allow" and old.condition in (new.condition, ALWAYS) and _wider(old, new)
        return not waived
    return _weaker(old.then, old.ask, new.then, new.ask)


def guards(rule: Rule) -> bool:
    """Say whether a rule stops anything: `allow` refuses where its condition errs, and holds for what is stale."""
    return rule.then != "allow" or (rule.condition != ALWAYS and not _is_sure(rule.condition))


def _is_sure(condition: str) -> bool:
    """Say whether a condition has an answer whatever comes: it compares what every action has, and nothing else."""
    from fleet.core.typed import tree  # few edits need it

    try:
        return all(map(_has_answer, tree(condition).walk()))
    except Unreadable:
        return False


def _has_answer(node: Expr) -> bool:
    if node.kind == "field":
        return node.parts[0].name == "action" and node.name in SURE
    if node.kind == "name":
        return node.name in ("action", "seat", "now")
    return node.kind == "const" or (node.kind == "call" and node.name in CALLS)


def _wider(one: Rule, other: Rule) -> bool:
    """Say whether a rule speaks of everything that another does; no seats or actions are all, but for messages."""
    seats = not one.seats or (bool(other.seats) and set(one.seats) >= set(other.seats))
    if not one.actions:
        return seats and KIND not in other.actions
    return seats and bool(other.actions) and set(one.actions) >= set(other.actions)


def _weaker(old: Then, old_ask: str, new: Then, new_ask: str) -> bool:
    return STRICT[new] < STRICT[old] or (old == new == "ask" and old_ask != new_ask)
