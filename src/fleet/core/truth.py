"""Truth: when a condition can be met at all, and whether one that is met means that another is.

A condition is cut into clauses, each a set of literals that must all hold. A literal says that a part of the
condition is true, or that it is false; what errs is neither, and CEL's `&&`, `||` and `!` leave the clauses exact.
What is said here is sure: where the theory of a part is not known, it is taken to be free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fleet.core.expr import Expr
from fleet.core.literal import RANGES, Atom, Known, Op, Value, after, unasked
from fleet.core.span import read_span
from fleet.errors import Unreadable

CLAUSES_MAX = 64
"""Of one condition; nothing is said of one with more."""

Literals = tuple[tuple[Atom, bool], ...]
Clause = frozenset[tuple[Atom, bool]]
Clauses = tuple[Clause, ...]
YES: Clauses = (frozenset(),)
NO: Clauses = ()


class Unclear(Exception):
    """A condition of more clauses than are looked at."""


def clauses(condition: Expr, *, met: bool = True) -> Clauses:
    """Cut a condition into clauses: it is met, or else not met, exactly where all of one hold. Raises Unclear."""
    parts = condition.parts
    if condition.kind == "const":
        return YES if condition.value is met else NO
    if condition.kind == "call" and condition.name in ("_&&_", "_||_"):
        left, right = (clauses(part, met=met) for part in parts)
        return both(left, right) if (condition.name == "_&&_") is met else either(left, right)
    if condition.kind == "call" and condition.name == "!_":
        return clauses(parts[0], met=not met)
    if condition.kind == "call" and condition.name == "_?_:_":
        then = both(clauses(parts[0]), clauses(parts[1], met=met))
        other = both(clauses(parts[0], met=False), clauses(parts[2], met=met))
        return either(then, other)
    if condition.kind == "call" and condition.name == "@in" and parts[1].kind == "list":
        return _among(parts[0], parts[1].parts, met)
    if met and _is_never(condition):
        return NO
    if (always := _constant(condition)) is not None:
        return YES if always is met else NO
    return tuple(frozenset((literal,)) for literal in _literals(condition, met))


def both(left: Clauses, right: Clauses) -> Clauses:
    if len(left) * len(right) > CLAUSES_MAX:
        raise Unclear
    return tuple(dict.fromkeys(one | other for one in left for other in right))


def either(left: Clauses, right: Clauses) -> Clauses:
    if len(left) + len(right) > CLAUSES_MAX:
        raise Unclear
    return tuple(dict.fromkeys(left + right))


def _among(part: Expr, values: Sequence[Expr], met: bool) -> Clauses:
    found = NO if met else YES
    for value in values:
        equal = Expr("call", part.start, "_==_", None, (part, value))
        found = (either if met else both)(found, clauses(equal, met=met))
    return found


def _is_never(node: Expr) -> bool:
    """Say of an `exists` that no entry can meet it."""
    if node.kind != "each" or node.parts[2].kind != "call" or node.parts[2].name != "_||_":
        return False
    result, inner = node.parts[2].parts
    if (result.kind, result.name) != ("name", "@result"):
        return False
    owner = _owner(node.parts[0])
    facts: dict[str, Value] = {f"{node.name}.seat": ("t", owner)} if owner else {}
    return not given(clauses(inner), facts)


def _owner(over: Expr) -> str:
    """Name the seat whose state's claims these are; "" for any other list."""
    if (over.kind, over.of, over.name) != ("field", "state", "claims"):
        return ""
    state = over.parts[0]
    if not state.parts or state.parts[0].name != "state":
        return ""
    return state.name if state.kind == "field" else str(state.parts[1].value)


def _constant(node: Expr) -> bool | None:
    """Answer a comparison of two constants; None for all else."""
    if node.kind != "call" or node.name.strip("_") not in ("==", "!=", *_FLIPPED) or len(node.parts) != 2:
        return None
    left, right = map(_value, node.parts)
    if left is None or right is None or left[0] != right[0]:
        return None
    same, above = left == right, after(left, right)
    answers = {"==": same, "!=": not same, ">": above, ">=": above or same, "<": not (above or same)}
    return answers.get(node.name.strip("_"), not above)


_FLIPPED: Mapping[str, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_AGAINST: Mapping[str, Op] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _literals(node: Expr, met: bool) -> Literals:
    """Give the one literal that a part of a condition is, as plainly as it can be said."""
    if _is_path(node):
        return ((Atom(key_of(node), "==", ("b", met)), True),)
    found = _compared(node)
    if found is None:
        return ((Atom(key_of(node)), met),)
    key, op, value = found
    if op == "!=":
        return ((Atom(key, "==", value), not met),)
    if op in _AGAINST and not met:  # a path is never NaN: no file of ours can hold one
        return ((Atom(key, _AGAINST[op], value), True),)
    return ((Atom(key, op, value), met),)  # type: ignore[arg-type]


def _compared(node: Expr) -> tuple[str, str, Value] | None:
    """Read a part as a path compared with a constant; None if it is anything else."""
    if node.kind != "call" or len(node.parts) != 2:
        return None
    left, right = node.parts
    if node.name == "startsWith":
        return (key_of(left), "prefix", ("t", right.value)) if _is_path(left) and _is_text(right) else None
    op = node.name.strip("_")
    if op not in ("==", "!=", *_FLIPPED):
        return None
    if _value(left) is not None:
        left, right, op = right, left, _FLIPPED.get(op, op)
    value = _value(right)
    return (key_of(left), op, value) if value is not None and _is_path(left) else None


def _is_text(node: Expr) -> bool:
    return node.kind == "const" and isinstance(node.value, str)


def _value(node: Expr) -> Value | None:
    if node.kind == "call" and node.name == "-_":
        inner = _value(node.parts[0])
        return ("n", -inner[1]) if inner is not None and isinstance(inner[1], int | float) else None
    if node.kind == "call" and node.name in ("span", "timestamp") and _is_text(node.parts[0]):
        return _of_time(node.name, str(node.parts[0].value))
    if node.kind != "const":
        return None
    value = node.value
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int | float):
        return ("n", value) if value == value else None
    return ("t", value) if isinstance(value, str) else ("z", None) if value is None else None


def _of_time(name: str, text: str) -> Value | None:
    try:
        if name == "span":
            return "d", read_span(text)
        at = datetime.fromisoformat(text)
    except (Unreadable, ValueError):
        return None
    return ("i", at) if at.tzinfo is not None else None


def _is_path(node: Expr) -> bool:
    """Say whether a part names one value: a word, its fields and entries by constants, how many, what hour or age."""
    if node.kind == "call" and (node.name == "age" or (node.name == "_-_" and node.parts[0].name == "now")):
        return all(map(_is_path, node.parts))
    if node.kind == "call" and node.name in RANGES and all(part.kind == "const" for part in node.parts[1:]):
        return _is_path(node.parts[0])
    if node.kind == "field":
        return _is_path(node.parts[0])
    if node.kind == "call" and node.name == "_[_]":
        return _is_path(node.parts[0]) and node.parts[1].kind == "const"
    return node.kind == "name"


def alike(node: Expr, names: Mapping[str, str] | None = None) -> Expr:
    """Call the entries of lists alike, so that conditions which differ only in what they call them are the same."""
    known = names or {}
    if node.kind == "name":
        return replace(node, name=known.get(node.name, node.name))
    if node.kind != "each":
        return replace(node, parts=tuple(alike(part, known) for part in node.parts)) if node.parts else node
    own = f"entry{len(known) + 1}"
    over, *inner = node.parts
    below = {**known, node.name: own}
    return replace(node, name=own, parts=(alike(over, known), *(alike(part, below) for part in inner)))


def key_of(node: Expr) -> str:
    """Write a part so that two that ask the same are the same text."""
    if (node.kind, node.name) == ("field", "seat") and key_of(node.parts[0]) == "action":
        return "seat"
    inner = [key_of(part) for part in node.parts]
    if node.kind == "const":
        return f"{type(node.value).__name__}:{node.value!r}"
    if node.kind == "field":
        return f"{inner[0]}.{node.name}"
    if node.kind == "call" and node.name == "_[_]" and _is_text(node.parts[1]):
        return f"{inner[0]}{entry(str(node.parts[1].value))}"
    if node.kind == "name":
        return node.name
    return f"{node.kind} {node.name}({', '.join(inner)})"


def entry(name: str) -> str:
    """Write an entry that is asked by a name in quotes; where it can, as it would be asked by a dot."""
    return f".{name}" if name.isidentifier() else f"[{name!r}]"


def _known(clause: Clause) -> dict[str, Known] | None:
    """Put the literals of a clause together by key; None where they cannot all hold."""
    found: dict[str, Known] = {}
    for atom, met in clause:
        if atom.op == "is":
            if (atom, not met) in clause:
                return None
            continue
        known = found.setdefault(atom.key, unasked(atom.key))
        known.take(atom, met)
        if not known.holds:
            return None
    return found


def possible(found: Clauses) -> Clauses:
    """Leave out the clauses whose literals cannot all hold."""
    return tuple(clause for clause in found if _known(clause) is not None)


def given(found: Clauses, facts: Mapping[str, Value]) -> Clauses:
    """Give the clauses under what is known of some keys; those that it refutes are left out."""
    left = []
    for clause in found:
        rest = set(clause)
        for atom, met in clause:
            if atom.key in facts and atom.op != "is":
                known = Known(equal=facts[atom.key])
                if not known.means(atom, met):
                    break
                rest.discard((atom, met))
        else:
            left.append(frozenset(rest))
    return possible(tuple(left))


def implies(one: Clauses, other: Clauses) -> bool:
    """Say whether a condition that is met is sure to mean that another one is."""
    return all(any(_means(clause, then) for then in other) for clause in possible(one))


def _means(clause: Clause, then: Clause) -> bool:
    known = _known(clause)
    if known is None:
        return True
    for atom, met in then:
        if (atom, met) in clause:
            continue
        if atom.op == "is" or atom.key not in known or not known[atom.key].means(atom, met):
            return False
    return True
