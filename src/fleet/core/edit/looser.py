"""Looser: whether one bound allows anything that another does not."""

from __future__ import annotations

from datetime import timedelta

from fleet.core.chart import AtMost, Conflict, Once, PathRead, Rule, Then
from fleet.core.pattern import is_covered
from fleet.core.target import Money

STRICT: dict[Then, int] = {"allow": 0, "ask": 1, "hold": 2, "refuse": 3}
ONCE: dict[Once, int] = {"no": 0, "a day": 1, "ever": 2}
ALWAYS = "true"
"""The condition of a rule that has none."""


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
    """Say whether a rule lets anything through that the old one stops, or waives what the old one does not.

    A condition that looks at a state holds while that is stale, so even `allow` guards something.
    """
    guards = old.then != "allow" or bool(old.states)
    if guards and (new.condition != old.condition or not _wider(new, old)):
        return True
    if new.then == "allow":
        waived = old.then == "allow" and old.condition in (new.condition, ALWAYS) and _wider(old, new)
        return not waived
    return _weaker(old.then, old.ask, new.then, new.ask)


def _wider(one: Rule, other: Rule) -> bool:
    """Say whether a rule speaks of everything that another does; no seats or actions are all of them."""
    seats = not one.seats or (bool(other.seats) and set(one.seats) >= set(other.seats))
    kinds = not one.actions or (bool(other.actions) and set(one.actions) >= set(other.actions))
    return seats and kinds


def _weaker(old: Then, old_ask: str, new: Then, new_ask: str) -> bool:
    return STRICT[new] < STRICT[old] or (old == new == "ask" and old_ask != new_ask)
