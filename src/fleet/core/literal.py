"""Literal: a part of a condition beside a constant, and what several of them say of one key together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from math import ceil, floor
from typing import Literal

from fleet.core.frozen import dataclass

Op = Literal["==", "<", "<=", ">", ">=", "prefix", "is"]
Value = tuple[str, object]
"""A constant with its sort, since `true` is not 1: n for a number, t for a text, b for yes or no, z for null, d for
a span, i for an instant."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a condition: `key` compared with a value; with `is`, the part itself, whatever it asks."""

    key: str
    op: Op = "is"
    value: Value = ("z", None)


RANGES: Mapping[str, tuple[int, int | None]] = {
    "size": (0, None), "getHours": (0, 23), "getMinutes": (0, 59), "getSeconds": (0, 59), "getMilliseconds": (0, 999),
    "getMonth": (0, 11), "getDate": (1, 31), "getDayOfMonth": (0, 30), "getDayOfWeek": (0, 6),
    "getDayOfYear": (0, 365),
}  # fmt: skip
"""What these functions can give at least and at most."""


_SHARES: Mapping[str, tuple[int, int | None]] = {"action.confidence": (0, 1), "action.tries": (0, None)}
"""What these fields can be at least and at most."""


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
    whole: bool = False
    """Whether it can only be a whole number."""
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
        if self.whole:
            op, value = _at_whole(op, value)
        bound = (value, op in ("<=", ">="))
        if op in (">", ">="):
            tighter = self.low is None or after(value, self.low[0]) or (value == self.low[0] and op == ">")
            self.low = bound if tighter else self.low
        else:
            tighter = self.high is None or after(self.high[0], value) or (value == self.high[0] and op == "<")
            self.high = bound if tighter else self.high

    def _span(self) -> bool:
        if self.low is None or self.high is None:
            return True
        (low, low_in), (high, high_in) = self.low, self.high
        return low[0] == high[0] and (after(high, low) or (low == high and low_in and high_in))

    def _words(self) -> bool:
        longest = max(self.begins, key=len, default="")
        fits = all(longest.startswith(one) for one in self.begins)
        return fits and not any(longest.startswith(one) for one in self.does_not)

    def _may_be(self, value: Value) -> bool:
        """Say whether it could be a value, for all that is known of it."""
        if self.whole and isinstance(value[1], float) and value[1] % 1:
            return False
        if value in self.other or (self.equal is not None and self.equal != value):
            return False
        for bound, above in ((self.low, True), (self.high, False)):
            if bound is None:
                continue
            edge, included = bound
            if edge[0] != value[0]:
                return False
            ahead = after(value, edge) if above else after(edge, value)
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
        than = Known(whole=self.whole)
        than.take(atom, met)
        if self.equal is not None:
            return than._may_be(self.equal)
        if than.low is not None:
            return self.low is not None and _within(self.low, than.low, above=True)
        return self.high is not None and than.high is not None and _within(self.high, than.high, above=False)


def _at_whole(op: Op, value: Value) -> tuple[Op, Value]:
    """Say a bound of whole numbers as the last of them that is in it."""
    edge = value[1]
    if not isinstance(edge, int | float) or isinstance(edge, bool) or abs(edge) > 2**53:
        return op, value
    if op in (">", ">="):
        return ">=", ("n", floor(edge) + 1 if op == ">" else ceil(edge))
    return "<=", ("n", ceil(edge) - 1 if op == "<" else floor(edge))


def _within(mine: tuple[Value, bool], than: tuple[Value, bool], *, above: bool) -> bool:
    """Say whether one bound lies on or behind another."""
    (value, included), (edge, edge_in) = mine, than
    if value[0] != edge[0]:
        return False
    ahead = after(value, edge) if above else after(edge, value)
    return ahead or (value == edge and (edge_in or not included))


def after(value: Value, other: Value) -> bool:
    """Say whether a value comes after another of its sort."""
    if value[0] != other[0] or value[0] == "z":
        return False
    return bool(value[1] > other[1])  # type: ignore[operator]


def unasked(key: str) -> Known:
    """Give what is known of a key before anything is asked of it."""
    known = Known()
    name = key.removeprefix("call ").partition("(")[0] if key.startswith("call ") else ""
    least, most = RANGES.get(name, (None, None))
    least, most = _SHARES.get(key, (least, most))
    known.low = (("n", least), True) if least is not None else None
    known.high = (("n", most), True) if most is not None else None
    known.whole = name in RANGES or key == "action.tries"
    return known
