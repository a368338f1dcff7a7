"""Hearing: one case while it is heard, and how a verdict on it is worded."""

from __future__ import annotations

from dataclasses import field

from fleet.core.case import Case
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place
from fleet.core.verdict import Ruling, Step, Verdict

NAMED_AT_MOST = 5
"""Pieces of evidence of one sort that a verdict names."""


@dataclass(slots=True)
class Hearing:
    """One case as it is heard: what has been looked at so far."""

    case: Case
    looked: dict[str, None] = field(default_factory=dict)
    evidence: list[Json] = field(default_factory=list)

    def look(self, *names: str) -> None:
        """Note what is looked at."""
        for name in names:
            self.looked[name] = None

    def says(
        self,
        ruling: Ruling,
        step: Step,
        rule: str,
        reason: str,
        place: Place | None = None,
        *evidence: Json,
    ) -> Verdict:
        """Give a verdict on what has been heard."""
        return Verdict(
            ruling=ruling,
            rule=rule,
            reason=reason,
            place=place.short if place is not None else "",
            evidence=(*evidence, *self.evidence),
            step=step,
            looked=tuple(self.looked),
            subjects=self.case.subjects,
        )
