"""Terms: budgets, limits and spans of seats, their own and those of `defaults`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from fleet.core.cadence import Missed
from fleet.core.chart import Seat, Terms
from fleet.core.edit import plain
from fleet.core.edit.change import MEANS
from fleet.core.edit.looser import longer, looser_money
from fleet.core.edit.told import Told, put
from fleet.core.edit.walls import add_sandbox, compare_sandbox, compare_sandboxes
from fleet.core.span import say_span
from fleet.core.target import Money

T = TypeVar("T")

LIMIT, LATE_AFTER = timedelta(minutes=10), timedelta(minutes=15)
"""Of a seat that says none, as core.read.terms tells: docs/reference/fleet.yaml.md."""
SPANS = {"limit": LIMIT, "late_after": LATE_AFTER, "good_for": None}
SAYS = {
    "limit": "may take {now} a turn, not {was}",
    "late_after": "may be {now} late, not {was}",
    "good_for": "has a state that is good for {now}, not {was}",
}
UNBOUND = {"good_for": "no set time"}


def compare_defaults(told: Told) -> Terms:
    """Compare `defaults`; gives those in force: the new ones, without what loosens."""
    old, new = told.old.terms, told.new.terms
    kept = new
    if looser_money(old.budget, new.budget):
        does = f"give every seat {spend(new.budget)}, not {spend(old.budget)}"
        edit = put("defaults", "budget", value=plain.money(old.budget))
        told.loosens("defaults", does, ("defaults", "budget"), edit, risk=MEANS)
        kept = replace(kept, budget=old.budget)
    else:
        told.differs(
            "defaults", ("defaults", "budget"), spend(old.budget), spend(new.budget), kind="tightens"
        )
    for key, unsaid in SPANS.items():
        was, now = _or(getattr(old, key), unsaid), _or(getattr(new, key), unsaid)
        if longer(was, now):
            does = "let a seat that says nothing else: " + _told(key, was, now)
            edit = put("defaults", key, value=plain.span(getattr(old, key)))
            told.loosens("defaults", does, ("defaults", key), edit, risk=MEANS)
            kept = replace(kept, **{key: getattr(old, key)})
        else:
            told.differs("defaults", ("defaults", key), _span(key, was), _span(key, now), kind="tightens")
    kept = replace(kept, sandbox=compare_sandboxes(told))
    for key in ("skip_if", "missed", "retries", "input"):
        told.differs("defaults", ("defaults", key), word(getattr(old, key)), word(getattr(new, key)))
    return kept


def compare_terms(told: Told, old: Seat, new: Seat, defaults: Terms) -> None:
    """Compare what bounds a seat, with what `defaults` says for it where it says nothing.

    Who is no agent is bound as if one held the seat already: else a limit could be raised before one does.
    """
    name, own, before = new.id, old.own, told.old.terms
    if old.holder.is_person:  # nothing bounds a person but how long his state holds
        own, before = Terms(good_for=own.good_for), replace(before, good_for=None)
        defaults = replace(defaults, good_for=None)
    had, budget = _or(own.budget, before.budget), _or(new.own.budget, defaults.budget)
    if looser_money(had, budget):
        does = f"may spend {spend(budget)}, not {spend(had)}"
        edit = put("seats", name, "budget", value=plain.money(had))
        told.loosens(name, does, ("seats", name, "budget"), edit, risk=MEANS)
    elif own.budget != new.own.budget:
        told.differs(name, ("seats", name, "budget"), spend(had), spend(budget), kind="tightens")
    for key in SPANS:
        was, now = _in_force(key, own, before), _in_force(key, new.own, defaults)
        path = ("seats", name, key)
        if longer(was, now):
            told.loosens(name, _told(key, was, now), path, put(*path, value=plain.span(was)), risk=MEANS)
        elif getattr(own, key) != getattr(new.own, key):
            told.differs(name, path, _span(key, was), _span(key, now), kind="tightens")
    compare_sandbox(told, old, new, defaults)


def _in_force(key: str, own: Terms, defaults: Terms) -> timedelta | None:
    said: timedelta | None = getattr(own, key)
    return _or(_or(said, getattr(defaults, key)), SPANS[key])


def compare_person(told: Told, old: Seat, new: Seat) -> None:
    """Compare the one bound that a person has; what bounds agents only is told, and means nothing yet."""
    for key in ("limit", "late_after"):
        told.differs(
            new.id, ("seats", new.id, key), _span(key, getattr(old, key)), _span(key, getattr(new, key))
        )
    told.differs(new.id, ("seats", new.id, "budget"), spend(old.budget), spend(new.budget))
    was, now, path = old.good_for, new.own.good_for, ("seats", new.id, "good_for")
    if longer(was, now):
        does = _told("good_for", was, now)
        told.loosens(new.id, does, path, put(*path, value=plain.span(was)), risk=MEANS)
    else:
        told.differs(new.id, path, _span("good_for", was), _span("good_for", now), kind="tightens")


def add_terms(told: Told, new: Seat, defaults: Terms) -> None:
    """Let a new seat have no more than the defaults in force give."""
    name = new.id
    if looser_money(defaults.budget, _or(new.own.budget, defaults.budget)):
        does = f"may spend {spend(new.own.budget)}, not {spend(defaults.budget)}"
        path = ("seats", name, "budget")
        told.loosens(name, does, path, put(*path, value=None), risk=MEANS)
    usual = _or(defaults.limit, LIMIT)
    if new.own.limit is not None and usual is not None and new.own.limit > usual:
        path = ("seats", name, "limit")
        told.loosens(name, _told("limit", usual, new.own.limit), path, put(*path, value=None), risk=MEANS)
    add_sandbox(told, new, defaults)


def spend(value: Money | None) -> str:
    """Say an amount; none is without limit."""
    return plain.money(value) or "without limit"


def word(value: object) -> str:
    """Say one of the terms that bounds nothing."""
    if isinstance(value, Missed):
        under = f" if under {say_span(value.under)} late" if value.under else ""
        return value.kind if value.kind == "skip" else f"run {value.kind}{under}"
    return "" if value is None else str(value)


def _or(value: T | None, otherwise: T | None) -> T | None:
    return value if value is not None else otherwise


def _span(key: str, value: timedelta | None) -> str:
    return say_span(value) if value is not None else UNBOUND.get(key, "")


def _told(key: str, was: timedelta | None, now: timedelta | None) -> str:
    return SAYS[key].format(was=_span(key, was), now=_span(key, now))
