"""Expr: a condition as a tree, after it was checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fleet.core.frozen import dataclass

ExprKind = Literal["const", "name", "field", "has", "call", "list", "map", "each"]


@dataclass(frozen=True, slots=True)
class Expr:
    """One node. `start` is its place in the text, in characters; of an operator that of its sign.

    `const` has its value; `name`, `field`, `has` and `call` have a name; `field` and `has` have one part; `call`
    has its arguments, the one before the dot first if there is one (`dotted`); `each` is a macro over a list (`all`,
    `exists`, `map`, ..) with the list first, then what is done for each entry, which `name` stands for.
    `forms` are the overloads that a call may come to; `of` is what has a field, by its sort in the lexicon, "" for
    what somebody else put there.
    """

    kind: ExprKind
    start: int
    name: str = ""
    value: object = None
    parts: tuple[Expr, ...] = ()
    forms: tuple[str, ...] = ()
    dotted: bool = False
    of: str = ""

    def walk(self) -> Iterator[Expr]:
        """List it and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def deepest(self) -> int:
        """Count how many macros stand inside one another."""
        below = max((part.deepest() for part in self.parts), default=0)
        return below + (self.kind == "each")
