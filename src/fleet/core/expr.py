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


def needs(condition: Expr) -> dict[str, tuple[int, int]]:
    """Name what a condition must be told, with the offsets at which it asks for it first.

    These are `state SEAT`, `metric SEAT.NAME`, mail, claims, touches, now, about.

    >>> from fleet.core.typed import tree
    >>> list(needs(tree('touches(action.about, "pulse", "7d") && state["dash"].items.size() > 0')))
    ['touches', 'about', 'state dash']
    """
    found: dict[str, tuple[int, int]] = {}
    for node in condition.walk():
        need, at, name = _need(node)
        if need:
            found.setdefault(need, (at, at + len(name)))
        if whole := _whole_action(node):
            found.setdefault("about", (whole.start, whole.start + len(whole.name)))
    return found


def _whole_action(node: Expr) -> Expr | None:
    """Give the action where it is asked for otherwise than field by field: its subject may be meant, too."""
    if node.kind in ("field", "has"):
        return None
    return next((part for part in node.parts if part.kind == "name" and part.name == "action"), None)


def _need(node: Expr) -> tuple[str, int, str]:
    """Name what one node asks for, where its name begins, and the name."""
    if node.kind == "name" and node.name in ("mail", "claims", "now"):
        return node.name, node.start, node.name
    if node.kind == "call" and node.name in ("touches", "age"):
        return ("touches" if node.name == "touches" else "now"), node.start, node.name
    owner = node.parts[0].name if node.parts and node.parts[0].kind == "name" else ""
    if node.kind in ("field", "has"):
        if (owner, node.name) == ("action", "about"):
            return "about", node.start + 1, "about"
        return (f"{owner} {node.name}" if owner in _NAMED else ""), node.start + 1, node.name
    if node.kind == "call" and node.name == "_[_]" and owner in _NAMED:
        name = str(node.parts[1].value)
        return f"{owner} {name}", node.parts[1].start + 1, name
    return "", 0, ""


_NAMED = ("state", "metric")
