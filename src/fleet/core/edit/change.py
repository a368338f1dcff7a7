"""Change: one difference between two charts, in a manager's words."""

from __future__ import annotations

from typing import Literal

from fleet.core.chart import Path
from fleet.core.edit.wait import Edit
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place

Kind = Literal[
    "loosens",  # gives power or takes a guard away: waits for a yes
    "gone",  # a seat that is not in the file any more: stops at once
    "tightens",  # takes power or adds a guard: at once
    "changes",  # neither: at once
    "adds",  # new, and without power: at once
]
KINDS: tuple[Kind, ...] = ("loosens", "gone", "tightens", "changes", "adds")

ACTS, GUARDS, PEOPLE, READS, MEANS = range(5)
"""How risky what loosens is: it may act or run something else; a guard falls; other people decide; it
reads more; it may spend more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `whose` is the seat, kind or section, `does` the rest of the sentence.

    `path` are the keys that it touches in the new text; `place` is where that stood which is in force.
    `edits` put back what is in force; `names` are the seats that what is put back names.
    """

    kind: Kind
    whose: str
    does: str
    path: Path
    risk: int = ACTS
    was: str = ""
    now: str = ""
    place: Place | None = None
    edits: tuple[Edit, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The keys it touches, as `seats.arin.can.do`."""
        return ".".join(str(step) for step in self.path if step != "")

    @property
    def says(self) -> str:
        """The whole sentence."""
        values = f": {self.was} -> {self.now}" if self.was or self.now else ""
        return f"{self.whose} {self.does}{values}"


def riskiest_first(changes: list[Change]) -> tuple[Change, ...]:
    """Sort changes: what loosens first, and of that what lets somebody act; else in the order found."""
    return tuple(sorted(changes, key=lambda c: (KINDS.index(c.kind), c.risk)))
