"""Looked: a rule as the warnings about rules look at it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from fleet.core.bounds import KIND
from fleet.core.chart import Chart, Rule
from fleet.core.expr import Expr
from fleet.core.literal import Value
from fleet.core.mistake import Place
from fleet.core.read.look import place_of
from fleet.core.truth import Clauses, Unclear, alike, clauses, entry, given, possible
from fleet.core.unsure import unsure
from fleet.errors import Unreadable

_OFFERED = frozenset(("because", "confidence", "kind", "offered", "outside", "seat", "about", "as_asked", "subjects",
                      "turn", "with"))  # fmt: skip
"""What an action is offered with, and keeps."""


class Looked:
    """One rule as it is looked at here."""

    def __init__(self, chart: Chart, number: int, rule: Rule) -> None:
        self.chart, self.number, self.rule = chart, number, rule
        self.seats = rule.seats or tuple(
            name for name, seat in chart.seats.items() if not seat.holder.is_person
        )
        self.kinds = rule.actions or tuple(chart.actions)

    @cached_property
    def met(self) -> Clauses | None:
        """When its condition is met, for all that is known of whom and what it is for; None if that is not clear."""
        found = self._cut
        return given(found, self._facts) if found is not None else None

    @cached_property
    def errs(self) -> Clauses | None:
        """When its condition cannot be answered, and so refuses; None if that is not clear."""
        try:
            found = unsure(alike(self.tree)) if self.tree is not None else None
        except Unclear:
            return None
        return given(found, self._facts) if found is not None else None

    @property
    def _facts(self) -> dict[str, Value]:
        """What is known of the states it looks at, once it is asked."""
        fresh: dict[str, Value] = {f"state{entry(name)}.fresh": ("b", True) for name in self.rule.states}
        return fresh | {f"state{entry(name)}.seat": ("t", name) for name in self.rule.states}

    @cached_property
    def tree(self) -> Expr | None:
        """Its condition; None where that cannot be read."""
        from fleet.core.typed import tree  # a chart without rules needs none of it

        try:
            return tree(self.rule.condition)
        except Unreadable:
            return None

    @cached_property
    def _cut(self) -> Clauses | None:
        try:
            return clauses(alike(self.tree)) if self.tree is not None else None
        except Unclear:
            return None

    @cached_property
    def is_fixed(self) -> bool:
        """Whether it looks only at what an action is offered with, which stays as it is."""
        if self.tree is None or set(self.rule.needs) - {"about"}:
            return False
        looks = {
            (part.name if part.of == "action" else "seat" if part.kind == "name" else "")
            for part in self.tree.walk()
            if part.of == "action" or (part.kind, part.name) == ("name", "seat")
        }
        always = self.tree.kind == "const" and self.tree.value is True
        return always or (bool(looks) and looks <= _OFFERED)

    @property
    def remains(self) -> str:
        """Say what the rule does though it decides nothing: the gate holds what it looks at, and refuses what errs."""
        rule, does = self.rule, []
        if rule.states:
            does.append(f"holds while the state of {' or '.join(rule.states)} is missing or stale")
        if rule.metrics:
            does.append(f"holds while {' or '.join(rule.metrics)} has no value of this week or the last")
        if self.errs is None or self.errs:
            does.append("refuses where it cannot be answered, as where a field is missing")
        return f"it only {' and '.join(does)}" if does else ""

    @property
    def is_impossible(self) -> bool:
        """Whether its condition contradicts itself, whomever it is for."""
        return self._cut is not None and not possible(self._cut)

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The seats and kinds for which it can come to be asked: step 3 refuses all others before."""
        return tuple((seat, kind) for seat in self.seats for kind in self.kinds if self._can(seat, kind))

    def _can(self, name: str, kind: str) -> bool:
        seat = self.chart.seats.get(name)
        if seat is None or seat.holder.is_planned:
            return True  # it may be given that with its holder
        if seat.holder.is_person or kind in seat.never:
            return False
        return kind == KIND or kind in seat.can.do or kind in seat.can.ask

    @property
    def place(self) -> Place:
        """Where its condition stands."""
        return place_of(self.chart, ("rules", self.number, "if"), self.rule.place)

    def at(self, *keys: str) -> Place:
        """Where one of its keys stands."""
        return place_of(self.chart, ("rules", self.number, *keys), self.rule.place)

    def spot(self, start: int, text: str) -> Place:
        """Where a piece of its condition stands, if that is written on one line, else all of it."""
        place = self.place
        quotes = place.end_column - place.column - len(self.rule.condition)
        at = self.rule.condition.find(text, start)
        if at < 0 or place.line != place.end_line or quotes not in (0, 2):
            return place
        column = place.column + quotes // 2 + at
        return Place(place.file, place.line, column, place.line, column + len(text))

    def has_any(self, places: Iterable[Place]) -> bool:
        """Say whether any of these places is in the rule."""
        whole = self.rule.place
        begins, ends = (whole.line, whole.column), (whole.end_line, whole.end_column)
        return any(one.file == whole.file and begins <= (one.line, one.column) < ends for one in places)

    def covers(self, other: Looked) -> bool:
        """Say whether it is for all that another one is for."""
        mine, theirs = self.rule, other.rule
        kinds = set(other.kinds) <= set(self.kinds) if mine.actions else KIND not in theirs.actions
        return kinds and (not mine.seats or (bool(theirs.seats) and set(theirs.seats) <= set(mine.seats)))
