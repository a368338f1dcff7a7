"""Unsure: when a condition cannot be answered, since it errs; what cannot be answered refuses."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.core.expr import Expr
from fleet.core.lexicon import SORTS, VARIABLES
from fleet.core.literal import Atom
from fleet.core.truth import NO, YES, Clauses, both, clauses, either, key_of

_TEXTS = ("startsWith", "endsWith", "contains", "matches")
_ORDERS = ("_<_", "_<=_", "_>_", "_>=_")
_SURE = ("_==_", "_!=_", "@in", "span", "duration", "timestamp", "@not_strictly_false")
"""What errs only where one of its parts does; of spans and instants in quotes it was checked."""
_OF_TIME = ("age", "span", "duration", "timestamp")
_SORTED = {(sort, word.name): word.sort for sort, words in SORTS.items() for word in words}
_MAYBE = {(sort, word.name) for sort, words in SORTS.items() for word in words if word.maybe}
_VARIABLES: dict[str, str] = {word.name: word.sort for word in VARIABLES}


def unsure(condition: Expr, *, of_entries: bool = False) -> Clauses:
    """Cut into clauses when a condition errs: one of its parts does, and no other part decides. Raises Unclear.

    Of lists it says only that something errs in them; `of_entries` says what.
    """
    return _asked(condition, of_entries)


def missing(node: Expr) -> Atom:
    """Give what `has(..)` asks of a field."""
    return Atom(key_of(Expr("has", node.start, node.name, None, node.parts)))


def _asked(node: Expr, deep: bool) -> Clauses:
    """Say when a part that must be yes or no errs."""
    if node.kind == "call" and node.name in ("_&&_", "_||_"):
        left, right = node.parts
        goes_on = node.name == "_&&_"
        errs, too = _asked(left, deep), _asked(right, deep)
        undecided = either(clauses(right, met=goes_on), too)
        return either(both(errs, undecided), both(clauses(left, met=goes_on), too))
    if node.kind == "call" and node.name == "!_":
        return _asked(node.parts[0], deep)
    if node.kind == "call" and node.name == "_?_:_":
        return _branched(node, deep)
    errs = _valued(node, deep)
    return either(errs, _no("bool", node)) if _sort(node) == "" and node.kind in ("field", "call") else errs


def _branched(node: Expr, deep: bool) -> Clauses:
    asked, then, other = node.parts
    first = both(clauses(asked), _asked(then, deep))
    second = both(clauses(asked, met=False), _asked(other, deep))
    return either(_asked(asked, deep), either(first, second))


def _valued(node: Expr, deep: bool) -> Clauses:
    """Say when a part errs, whatever it gives."""
    if node.kind == "call" and node.name in ("_&&_", "_||_", "!_", "_?_:_"):
        return _asked(node, deep)
    if node.kind == "each":
        return _each(node, deep)
    errs = NO
    for part in node.parts:
        errs = either(errs, _valued(part, deep))
    for own in _own(node):
        errs = either(errs, own)
    return errs


def _each(node: Expr, deep: bool) -> Clauses:
    over, _, step, _ = node.parts
    inner = both(_filtered(over), _asked(step, True))
    errs = _valued(over, deep)
    for own in (inner if deep else _errs(node) if inner else NO, *_needs("list", over)):
        errs = either(errs, own)
    return errs


def _filtered(over: Expr) -> Clauses:
    """Say what is so of each entry of a list, since it was left in it."""
    if over.kind != "each" or over.parts[2].name != "_?_:_":
        return YES
    asked, then, other = over.parts[2].parts
    kept = then.parts[1] if then.name == "_+_" else other
    whole = kept.kind == "list" and len(kept.parts) == 1 and kept.parts[0].kind == "name"
    return both(_filtered(over.parts[0]), clauses(asked)) if whole and other.name == "@result" else YES


def _own(node: Expr) -> Iterator[Clauses]:
    """Say when a part errs though none of its parts does."""
    parts, name = node.parts, node.name
    if node.kind in ("field", "has") and not node.of and not _is_named(node):
        yield from _needs("map", parts[0])
    if node.kind == "field" and (not node.of or (node.of, name) in _MAYBE) and not _is_named(node):
        yield (frozenset(((missing(node), False),)),)
    if node.kind != "call" or name in _SURE or _is_named(node):
        return
    if name == "_[_]" and parts[1].kind == "const" and isinstance(parts[1].value, str):
        yield from _needs("map", parts[0])
        yield (frozenset(((missing(Expr("field", 0, parts[1].value, None, parts[:1])), False),)),)
    elif name in _ORDERS:
        yield from _ordered(node)
    elif name in _TEXTS:
        for part in parts:
            yield from _needs("text", part)
    elif not (_is_of_time(node) or (name == "size" and _sort(parts[0])) or _is_step(node)):
        yield _errs(node)


def _ordered(node: Expr) -> Iterator[Clauses]:
    for part, other in (node.parts, node.parts[::-1]):
        if not _sort(part):
            yield from _needs(_sort(other), part) if _sort(other) else (_errs(node),)


def _needs(sort: str, part: Expr) -> Iterator[Clauses]:
    if not _sort(part):
        yield _no(sort, part)


def _no(sort: str, part: Expr) -> Clauses:
    return (frozenset(((Atom(f"is {sort}: {key_of(part)}"), False),)),)


def _errs(node: Expr) -> Clauses:
    return (frozenset(((Atom(f"errs: {key_of(node)}"), True),)),)


def _is_named(node: Expr) -> bool:
    """Say whether it is a state or a metric: where that is missing, the action is held before."""
    return bool(node.parts) and node.parts[0].kind == "name" and node.parts[0].name in ("state", "metric")


def _is_step(node: Expr) -> bool:
    return any(part.kind == "name" and part.name == "@result" for part in node.parts)


def _is_of_time(node: Expr) -> bool:
    if node.name == "touches":
        return all(_sort(part) for part in node.parts)
    if node.name.startswith("get"):
        return _sort(node.parts[0]) == "instant"
    sorts = [_sort(part) for part in node.parts]
    return (
        node.name == "age"
        and sorts[0] in ("state", "instant")
        or node.name == "_-_"
        and "instant" in sorts[:1]
    )


def _sort(node: Expr) -> str:
    """Name the sort of what a part gives; "" where its writer may have put there anything."""
    if node.kind == "const":
        kinds = {bool: "bool", int: "number", float: "number", str: "text"}
        return kinds.get(type(node.value), "null")
    if node.kind == "name":
        return _VARIABLES.get(node.name, "entry" if node.name == "@result" else "")
    if _is_named(node) and node.kind in ("field", "call"):
        return "state" if node.parts[0].name == "state" else ""
    if node.kind == "field":
        return _SORTED.get((node.of, node.name), "")
    if node.kind in ("has", "list", "map", "each"):
        return node.kind
    if node.name in _OF_TIME or (node.name == "_-_" and _sort(node.parts[0]) == "instant"):
        return "instant" if node.name == "timestamp" else "span"
    return (
        ""
        if node.name == "_[_]"
        else "number"
        if node.name == "size" or node.name.startswith("get")
        else "bool"
    )
