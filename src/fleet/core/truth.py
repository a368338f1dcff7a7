"""Truth: when a condition can be met at all, and whether one that is met means that another is.

A condition is cut into clauses, each a set of literals that must all hold. A literal says that a part of the
condition is true, or that it is false; what errs is neither, and CEL's `&&`, `||` and `!` leave the clauses exact.
What is said here is sure: where the theory of a part is not known, it is taken to be free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from fleet.core.expr import Expr
from fleet.core.frozen import dataclass

CLAUSES_MAX = 64
"""Of one condition; nothing is said of one with more."""

Op = Literal["==", "<", "<=", ">", ">=", "prefix", "is"]
Value = tuple[str, object]
"""A constant with its sort, since `true` is not 1: n for a number, t for a text, b for yes or no, z for null."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a condition: `key` compared with a value; with `is`, the part itself, whatever it asks."""

    key: str
    op: Op = "is"
    value: Value = ("z", None)


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
        return _both(left, right) if (condition.name == "_&&_") is met else _either(left, right)
    if condition.kind == "call" and condition.name == "!_":
        return clauses(parts[0], met=not met)
    if condition.kind == "call" and condition.name == "_?_:_":
        then = _both(clauses(parts[0]), clauses(parts[1], met=met))
        other = _both(clauses(parts[0], met=False), clauses(parts[2], met=met))
        return _either(then, other)
    if condition.kind == "call" and condition.name == "@in" and parts[1].kind == "list":
        return _among(parts[0], parts[1].parts, met)
    if met and _is_never(condition):
        return NO
    if (always := _constant(condition)) is not None:
        return YES if always is met else NO
    return tuple(frozenset((literal,)) for literal in _literals(condition, met))


def _both(left: Clauses, right: Clauses) -> Clauses:
    if len(left) * len(right) > CLAUSES_MAX:
        raise Unclear
    return tuple(dict.fromkeys(one | other for one in left for other in right))


def _either(left: Clauses, right: Clauses) -> Clauses:
    if len(left) + len(right) > CLAUSES_MAX:
        raise Unclear
    return tuple(dict.fromkeys(left + right))


def _among(part: Expr, values: Sequence[Expr], met: bool) -> Clauses:
    found = NO if met else YES
    for value in values:
        equal = Expr("call", part.start, "_==_", None, (part, value))
        found = (_either if met else _both)(found, clauses(equal, met=met))
    return found


def _is_never(node: Expr) -> bool:
    """Say of an `exists` that no entry can meet it."""
    if node.kind != "each" or node.parts[2].kind != "call" or node.parts[2].name != "_||_":
        return False
    result, inner = node.parts[2].parts
    return (result.kind, result.name) == ("name", "@result") and not possible(clauses(inner))


RANGES: Mapping[str, tuple[int, int | None]] = {
    "size": (0, None), "getHours": (0, 23), "getMinutes": (0, 59), "getSeconds": (0, 59), "getMilliseconds": (0, 999),
    "getMonth": (0, 11), "getDate": (1, 31), "getDayOfMonth": (0, 30), "getDayOfWeek": (0, 6),
    "getDayOfYear": (0, 365),
}  # fmt: skip
"""What these functions can give at least and at most."""


_SHARES: Mapping[str, tuple[int, int | None]] = {"action.confidence": (0, 1), "action.tries": (0, None)}
"""What these fields can be at least and at most."""


def _constant(node: Expr) -> bool | None:
    """Answer a comparison of two constants; None for all else."""
    if node.kind != "call" or node.name.strip("_") not in ("==", "!=", *_FLIPPED) or len(node.parts) != 2:
        return None
    left, right = map(_value, node.parts)
    if left is None or right is None or left[0] != right[0]:
        return None
    same, above = left == right, _after(left, right)
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
    if node.kind != "const":
        return None
    value = node.value
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int | float):
        return ("n", value) if value == value else None
    return ("t", value) if isinstance(value, str) else ("z", None) if value is None else None


def _is_path(node: Expr) -> bool:
    """Say whether a part names one value: a word, its fields and entries by constants, how many, or what hour."""
    if node.kind == "call" and node.name in RANGES and all(part.kind == "const" for part in node.parts[1:]):
        return _is_path(node.parts[0])
    if node.kind == "field":
        return _is_path(node.parts[0])
    if node.kind == "call" and node.name == "_[_]":
        return _is_path(node.parts[0]) and node.parts[1].kind == "const"
    return node.kind == "name"


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


# What literals on one key say together.


@dataclass(slots=True)
class Known:
    """What the literals of a clause say of one key."""

    equal: Value | None = None
    other: set[Value] = field(default_factory=set)
    low: tuple[Value, bool] | None = None
    """The largest value that it is above, and whether it may be that value."""
    high: tuple[Value, bool] | None = None
    begins: set[str] = field(default_factory=set)
    does_not: set[str] = field(default_factory=set)
    holds: bool = True

    def take(self, atom: Atom, met: bool) -> None:
        """Take one literal in; `holds` is false once they cannot all be."""
        if atom.op == "==" and met:
            self.holds &= self.equal in (None, atom.value) and self._may_be(atom.value)
            self.equal = atom.value
        elif atom.op == "==":
            self.other.add(atom.value)
            self.holds &= self.equal != atom.value
        elif atom.op == "prefix":
            (self.begins if met else self.does_not).add(str(atom.value[1]))
            self.holds &= self._words() and (self.equal is None or self._may_be(self.equal))
        else:
            self._bound(atom.op, atom.value)
            self.holds &= self._span() and (self.equal is None or self._may_be(self.equal))

    def _bound(self, op: Op, value: Value) -> None:
        bound = (value, op in ("<=", ">="))
        if op in (">", ">="):
            tighter = self.low is None or _after(value, self.low[0]) or (value == self.low[0] and op == ">")
            self.low = bound if tighter else self.low
        else:
            tighter = (
                self.high is None or _after(self.high[0], value) or (value == self.high[0] and op == "<")
            )
            self.high = bound if tighter else self.high

    def _span(self) -> bool:
        if self.low is None or self.high is None:
            return True
        (low, low_in), (high, high_in) = self.low, self.high
        return low[0] == high[0] and (_after(high, low) or (low == high and low_in and high_in))

    def _words(self) -> bool:
        longest = max(self.begins, key=len, default="")
        fits = all(longest.startswith(one) for one in self.begins)
        return fits and not any(longest.startswith(one) for one in self.does_not)

    def _may_be(self, value: Value) -> bool:
        """Say whether it could be a value, for all that is known of it."""
        if value in self.other or (self.equal is not None and self.equal != value):
            return False
        for bound, above in ((self.low, True), (self.high, False)):
            if bound is None:
                continue
            edge, included = bound
            if edge[0] != value[0]:
                return False
            ahead = _after(value, edge) if above else _after(edge, value)
            if not (ahead or (included and value == edge)):
                return False
        if self.begins or self.does_not:
            text = value[1] if value[0] == "t" else None
            if not isinstance(text, str):
                return False
            return all(map(text.startswith, self.begins)) and not any(map(text.startswith, self.does_not))
        return True

    def means(self, atom: Atom, met: bool) -> bool:
        """Say whether a literal is sure to hold."""
        if atom.op == "==":
            return self.equal == atom.value if met else not self._may_be(atom.value)
        if atom.op == "prefix":
            word = str(atom.value[1])
            if self.equal is not None:
                return self.equal[0] == "t" and str(self.equal[1]).startswith(word) is met
            if met:
                return any(one.startswith(word) for one in self.begins)
            apart = (not one.startswith(word) and not word.startswith(one) for one in self.begins)
            return any(apart) or any(word.startswith(one) for one in self.does_not)
        than = Known()
        than.take(atom, met)
        if self.equal is not None:
            return than._may_be(self.equal)
        if than.low is not None:
            return self.low is not None and _within(self.low, than.low, above=True)
        return self.high is not None and than.high is not None and _within(self.high, than.high, above=False)


def _within(mine: tuple[Value, bool], than: tuple[Value, bool], *, above: bool) -> bool:
    """Say whether one bound lies on or behind another."""
    (value, included), (edge, edge_in) = mine, than
    if value[0] != edge[0]:
        return False
    ahead = _after(value, edge) if above else _after(edge, value)
    return ahead or (value == edge and (edge_in or not included))


def _after(value: Value, other: Value) -> bool:
    """Say whether a value comes after another of its sort."""
    if value[0] != other[0] or value[0] == "z":
        return False
    return bool(value[1] > other[1])  # type: ignore[operator]


def _known(clause: Clause) -> dict[str, Known] | None:
    """Put the literals of a clause together by key; None where they cannot all hold."""
    found: dict[str, Known] = {}
    for atom, met in clause:
        if atom.op == "is":
            if (atom, not met) in clause:
                return None
            continue
        known = found.setdefault(atom.key, _unasked(atom.key))
        known.take(atom, met)
        if not known.holds:
            return None
    return found


def _unasked(key: str) -> Known:
    """Give what is known of a key before anything is asked of it."""
    known = Known()
    name = key.removeprefix("call ").partition("(")[0] if key.startswith("call ") else ""
    least, most = RANGES.get(name, (None, None))
    least, most = _SHARES.get(key, (least, most))
    known.low = (("n", least), True) if least is not None else None
    known.high = (("n", most), True) if most is not None else None
    return known


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
