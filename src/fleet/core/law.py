"""Law: what a chart says of actions, indexed so that a verdict costs the same however long the chart is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.core.bounds import KIND
from fleet.core.chart import Chart, Conflict, Rule
from fleet.core.folder import CHART
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place

if TYPE_CHECKING:
    from fleet.core.cel import Conditions


@dataclass(frozen=True, slots=True)
class Ranking:
    """One conflict entry, and which seats stand above one seat in it, highest first."""

    conflict: Conflict
    above: tuple[str, ...]


class Law:
    """A chart's conflicts by kind of subject and its rules by seat and kind of action."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self._conflicts: dict[str, list[Conflict]] = {}
        for conflict in chart.conflicts:
            self._conflicts.setdefault(conflict.about, []).append(conflict)
        self._conditions: Conditions | None = None
        self._rankings: dict[tuple[str, str], tuple[Ranking, ...]] = {}
        self._spoken: dict[tuple[str, str], list[Rule]] = {}
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for rule in chart.rules:
            for seat in rule.seats or ("",):
                for kind in rule.actions or ("",):
                    self._rules.setdefault((seat, kind), []).append(rule)

    @property
    def conditions(self) -> Conditions:
        """What answers the conditions of its rules; a chart without rules never asks for it."""
        if self._conditions is None:
            from fleet.core.cel import Conditions

            self._conditions = Conditions()
        return self._conditions

    def after(self, chart: Chart) -> Law:
        """Give the law of the chart that comes into force next; what stands in both is not compiled again."""
        law = Law(chart)
        if self._conditions is not None:
            law._conditions = self._conditions
            law._conditions.keep({rule.condition for rule in chart.rules})
        return law

    def alone(self, rule: Rule | None) -> Law:
        """Give the law of one rule, or of none, of this chart; what is compiled of conditions is shared."""
        law = Law(replace(self.chart, rules=() if rule is None else (rule,), conflicts=()))
        law._conditions = self.conditions
        return law

    def rankings(self, seat: str, kind: str) -> tuple[Ranking, ...]:
        """Give the conflicts over a kind of subject in which other seats stand above this one."""
        key = (seat, kind)
        known = self._rankings.get(key)
        if known is None:
            found = (Ranking(c, self._above(c, seat)) for c in self._conflicts.get(kind, ()))
            known = self._rankings[key] = tuple(ranking for ranking in found if ranking.above)
        return known

    def rules(self, seat: str, kind: str) -> list[Rule]:
        """Give the rules that speak of a seat's actions of a kind, in the order of the file.

        Of sending a message those speak that name it: a rule for every action is none for every letter.
        """
        known = self._spoken.get((seat, kind))
        if known is None:
            all_of = ((seat, kind), (seat, ""), ("", kind), ("", ""))
            keys = ((seat, kind), ("", kind)) if kind == KIND else all_of
            found = [rule for key in keys for rule in self._rules.get(key, ())]
            known = self._spoken[seat, kind] = sorted(found, key=lambda rule: place_order(rule.place))
        return known

    def above_kind(self, subject: str) -> frozenset[str]:
        """Give the kinds to which a subject may belong, by what the chart says of its own."""
        found: set[str] = set()
        kind = self.chart.subjects.get(subject.partition(":")[0])
        while kind is not None and kind.of not in found:
            found.add(kind.of)
            kind = self.chart.subjects.get(kind.of)
        return frozenset(found)

    def _above(self, conflict: Conflict, seat: str) -> tuple[str, ...]:
        """A seat that is not named ranks below all that are; who is planned or retired is passed over.

        One that only vanished from the file is not: it keeps its rank until it is retired.
        """
        rank, seats = conflict.rank, self.chart.seats
        ahead = rank[: rank.index(seat)] if seat in rank else rank
        planned = (name in seats and seats[name].holder.is_planned for name in ahead)
        return tuple(
            n for n, skip in zip(ahead, planned, strict=True) if not skip and n not in self.chart.retired
        )


def place_order(place: Place) -> tuple[bool, str, int, int]:
    """Give a key that sorts places as one reads them: fleet.yaml first, then the files it includes."""
    return (place.file != CHART, place.file, place.line, place.column)
