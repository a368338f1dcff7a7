"""Effort: how long a condition may take at worst, told from its tree and from how large what it looks at is.

CEL counts the entries that a condition looks at and gives up past `ROUNDS_MAX`; it does not count how long the
texts are, nor what a pattern takes. Here that is bounded beforehand, in nanoseconds as they were measured with
cel-expr-python 0.1.3, rounded up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from fleet.core.expr import Expr
from fleet.core.frozen import dataclass

WORK_MAX = 250_000_000
"""Nanoseconds that one condition may take at worst."""
ROUNDS_MAX = 10_000
"""Entries that CEL looks at in one condition; past that it gives up by itself."""
PATTERN_MAX = 1000
"""Steps of a pattern, its repeated parts counted as often as they may repeat."""
NODE_NS = 120
COPIED_NS = 60
"""For each entry of a list that `filter` or `map` makes: it is copied whole each time that one is added."""
MADE_NS = 300
"""To put an entry into a list or a map that is made for it."""
ENTRY_NS = 500
"""To bring an entry of a list or a map over to CEL, or back for `age(..)`."""
BYTE_NS = 2
"""To count or compare a text; the slowest of these is `size`, which takes 1.1 for each byte."""
CALLED_NS = 5000
"""To have a function of fleet answer, as `span(..)`, beside what it looks at."""
WRONG_NS = 15_000
"""To find out why a text is no span; one that stands in the condition itself was checked before."""
BUSY_NS = 250
"""To look at an action that may be happening, for `touches(..)`."""
PATTERN_NS = 6
"""For each byte of a text and each step of a pattern: what it took where no automaton fits into RE2's memory."""
ENTRY = 16
"""What an entry weighs beside its text, in bytes: to compare one takes 11 ns."""
NAME_MAX = 160
"""Characters of a seat, a kind or a subject."""
_TEXT_CALLS = frozenset(("size", "string", "bytes", "int", "uint", "double", "timestamp", "duration", "span",
    "startsWith", "endsWith"))  # fmt: skip
_OURS = frozenset(("span", "touches", "age"))
_SMALL = frozenset((int, float, bool, type(None)))
_SAME = frozenset(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))


@dataclass(frozen=True, slots=True)
class Size:
    """How large a value is: its longest text in bytes, its longest list or map, and all of it in bytes."""

    text: int = 0
    most: int = 0
    weight: float = 0.0

    def beside(self, other: Size) -> Size:
        """Give the size of two values in one."""
        return Size(max(self.text, other.text), max(self.most, other.most), self.weight + other.weight)


def size_of(value: object) -> Size:
    """Measure a value of texts, numbers, lists and maps."""
    text = most = weight = 0
    todo: list[object] = [value]
    while todo:
        one = todo.pop()
        weight += ENTRY
        kind = type(one)
        if isinstance(one, str):
            long = len(one) if one.isascii() else 4 * len(one)
            weight += long
            text = max(text, long)
        elif kind in _SMALL:
            continue
        elif isinstance(one, dict | Mapping):
            most = max(most, len(one))
            todo += one.keys()
            todo += one.values()
        elif isinstance(one, list | tuple):
            most = max(most, len(one))
            todo += one
    return Size(text, most, weight)


def together(sizes: Iterable[Size]) -> Size:
    """Give the size of all of these in one."""
    text, most, weight = 0, 0, 0.0
    for size in sizes:
        text = size.text if size.text > text else text
        most = size.most if size.most > most else most
        weight += size.weight
    return Size(text, most, weight)


def beside_payload(because: str, subjects: Sequence[str]) -> Size:
    """Bound the size of an action without its payload: its other texts are names, of 160 characters at most."""
    long = 4 * max(len(because), NAME_MAX)
    return Size(long, max(16, len(subjects)), ENTRY * 32 + 6 * long + 4 * NAME_MAX * len(subjects))


def pattern_steps(pattern: str) -> int:
    """Bound the steps of a pattern from above: each sign is one, times all that may repeat it.

    >>> pattern_steps("ab+"), pattern_steps("(a{10}b){20}")
    (3, 1200)
    """
    counts = re.findall(r"\{(\d+)?,?(\d+)?\}", pattern)
    times = 1
    for low, high in counts:
        times *= max(int(low or 1), int(high or 1), 1)
    plain = re.sub(r"\{\d*,?\d*\}", "", pattern)
    classes = 10 * len(
        re.findall(r"\\[pP]|\(\?\w*i|\[\^|\[:", pattern)
    )  # what takes in whole tables of signs
    return (len(plain) + classes + (times > 1) * 2) * times


class Effort:
    """What the tree of one condition says of its cost, whatever it is told."""

    def __init__(self, condition: Expr) -> None:
        self.condition = condition
        self._depths = [0] * 8
        self._count(condition, 0)

    def bound(self, sizes: Mapping[str, Size], whole: Size) -> float:
        """Bound the time that it takes at worst, in nanoseconds; `sizes` are those of what it is told, by name.

        The names are those of the variables, `state NAME` for one state, `action.with`, and `touches` for the
        actions that may be happening, each as an entry; `whole` is all of it.
        """
        coarse = self._coarse(whole)
        return coarse if coarse <= WORK_MAX else _Walk(sizes).of(self.condition)

    @cached_property
    def _worst(self) -> int:
        """What one byte may be looked at by one call, over what it is for most."""
        steps = [pattern_of(n) for n in self.condition.walk() if n.name == "matches"]
        return max([PATTERN_NS * one for one in steps] + [ENTRY_NS // ENTRY + 1])

    @cached_property
    def _finds(self) -> bool:
        return any(node.name == "contains" for node in self.condition.walk())

    @cached_property
    def _called(self) -> int:
        return CALLED_NS + WRONG_NS if any(node.name in _OURS for node in self.condition.walk()) else 0

    def _coarse(self, whole: Size) -> float:
        """Bound it at once, much too high: every node looks at all that there is, in every round."""
        each = NODE_NS + self._called + whole.weight * max(self._worst, whole.text if self._finds else 1)
        times = 0
        for depth, count in self._shape:
            times += count * min(ROUNDS_MAX, int(max(whole.most, 2) ** depth))
        return times * each

    @cached_property
    def _shape(self) -> list[tuple[int, int]]:
        return [(depth, count) for depth, count in enumerate(self._depths) if count]

    def _count(self, node: Expr, depth: int) -> None:
        self._depths[min(depth, len(self._depths) - 1)] += 1 + len(str(node.value or "")) // ENTRY
        for place, part in enumerate(node.parts):
            self._count(part, depth + (node.kind == "each" and place > 0))


def pattern_of(matches: Expr) -> int:
    """Count the steps of the pattern of a `matches`."""
    pattern = matches.parts[-1].value if matches.parts else None
    return pattern_steps(pattern) if isinstance(pattern, str) else PATTERN_MAX


def _makes_list(step: Expr) -> bool:
    """Say whether a round of a loop adds to a list of its own, as those of `filter` and `map` do."""
    if step.name == "_+_" and step.parts[0].name == "@result":
        return True
    return any(part.kind != "each" and _makes_list(part) for part in step.parts)


class _Walk:
    """Goes through a condition once with the sizes of all that it looks at, and adds up what each node takes."""

    def __init__(self, sizes: Mapping[str, Size]) -> None:
        self._sizes = sizes
        self._ns = 0.0
        self._seen: set[str] = set()

    def of(self, condition: Expr) -> float:
        self._size(condition, 1.0, {})
        entries = sum(self._sizes[name].weight for name in self._seen if name in self._sizes) / ENTRY
        return self._ns + ENTRY_NS * min(entries, sum(s.weight for s in self._sizes.values()) / ENTRY)

    def _size(self, node: Expr, times: float, names: Mapping[str, Size]) -> Size:
        """Bound the size of what a node gives, and note what it takes, so many times."""
        self._ns += NODE_NS * min(times, ROUNDS_MAX)
        if node.kind == "const":
            long = len(node.value) * 4 if isinstance(node.value, str | bytes) else 0
            return Size(long, 0, ENTRY + long)
        if node.kind == "name":
            return names[node.name] if node.name in names else self._told(node.name)
        if node.kind in ("field", "has"):
            return self._field(node, times, names)
        if node.kind == "each":
            return self._each(node, times, names)
        parts = [self._size(part, times, names) for part in node.parts]
        if node.kind in ("list", "map"):
            self._ns += MADE_NS * len(parts) * min(times, ROUNDS_MAX)
            whole = Size(0, len(parts), ENTRY * len(parts))
            for part in parts:
                whole = whole.beside(part)
            return whole
        return self._call(node, parts, times)

    def _told(self, name: str) -> Size:
        self._seen.add(name)
        return self._sizes.get(name, Size())

    def _field(self, node: Expr, times: float, names: Mapping[str, Size]) -> Size:
        owner = node.parts[0]
        named = owner.name if owner.kind == "name" and owner.name not in names else ""
        if (named, node.name) == ("action", "with"):
            return self._told("action.with")
        if named == "state":
            return self._told(f"state {node.name}")
        return self._size(owner, times, names)

    def _each(self, node: Expr, times: float, names: Mapping[str, Size]) -> Size:
        over, *inner = node.parts
        of = self._size(over, times, names)
        rounds = max(of.most, 1)
        entry = Size(of.text, of.most, of.weight / min(rounds, ROUNDS_MAX))
        within = {**names, node.name: entry}
        made = Size()
        for part in inner:
            made = made.beside(self._size(part, times * rounds, within))
        self._ns += 8 * NODE_NS * min(times * rounds, ROUNDS_MAX)
        if any(map(_makes_list, inner)):
            self._ns += COPIED_NS * min(times * rounds, ROUNDS_MAX) * min(rounds, ROUNDS_MAX)
        return Size(made.text, max(rounds, made.most), ENTRY * rounds + made.weight * rounds)

    def _call(self, node: Expr, parts: list[Size], times: float) -> Size:
        whole = Size()
        for part in parts:
            whole = whole.beside(part)
        if node.name == "_[_]" and node.parts[0].kind == "name":
            of, value = node.parts[0].name, node.parts[1].value
            return self._told(f"state {value}") if of == "state" else parts[0]
        capped = min(times, ROUNDS_MAX)
        if node.name in _OURS:
            self._ns += capped * self._answered(node)
        if node.name in _SAME:
            least = min(parts, key=lambda one: one.weight)
            text = min(one.text for one in parts) + ENTRY if not least.most else least.weight
            self._ns += BYTE_NS * min(times * least.weight, capped * max(text, 1))
        elif node.name in _TEXT_CALLS or node.name == "touches":
            self._ns += 3 * BYTE_NS * min(times * whole.weight, capped * (whole.text + ENTRY))
        elif node.name == "contains":
            needle = max(parts[-1].text, 1)
            self._ns += BYTE_NS * needle * min(times * parts[0].weight, capped * (parts[0].text + 1))
        elif node.name == "matches":
            steps = PATTERN_NS * pattern_of(node)
            self._ns += steps * min(times * parts[0].weight, capped * (parts[0].text + ENTRY))
        elif node.name == "@in":
            self._ns += BYTE_NS * times * parts[-1].weight
        elif node.name == "age":
            self._ns += ENTRY_NS * times * whole.weight / ENTRY
        elif node.name not in ("_&&_", "_||_", "!_", "_?_:_", "_[_]", "dyn"):
            self._ns += BYTE_NS * min(times * whole.weight, capped * (whole.text + ENTRY))
        return whole

    def _answered(self, node: Expr) -> float:
        """Bound what a function of fleet takes to answer, beside the texts that it is given."""
        within = node.parts[-1] if node.parts else node
        sure = node.name == "age" or within.kind == "const" or within.name in ("span", "duration", "age")
        busy = self._sizes.get("touches", Size()).weight / ENTRY if node.name == "touches" else 0
        return CALLED_NS + (0 if sure else WRONG_NS) + BUSY_NS * busy
