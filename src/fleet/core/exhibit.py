"""Exhibit: what a condition saw of a case: what each part of it says, and the values that it asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from google.protobuf.timestamp_pb2 import Timestamp

from fleet.core.case import Case
from fleet.core.cel import Testimony, Unjudged
from fleet.core.chart import Rule
from fleet.core.clause import factors
from fleet.core.codec import Json
from fleet.core.expr import Expr
from fleet.core.frozen import dataclass
from fleet.core.law import Law
from fleet.core.lexicon import VARIABLES
from fleet.core.record import Record
from fleet.core.ruling import asked_of
from fleet.core.testimony import asked_about, testify
from fleet.core.typed import tree
from fleet.errors import Unreadable

NOT_THERE = "not there"
LONGEST = 160
"""Characters of a value that are shown."""
_NAMES = frozenset(word.name for word in VARIABLES)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What was seen about one subject: each part with yes, no or why it cannot be said, and each value by its name."""

    subject: str
    parts: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]


def exhibits(law: Law, rule: Rule, case: Case) -> Iterator[Exhibit]:
    """Show what a rule's condition saw of a case, subject by subject as the rule is asked."""
    told = testify(case, (rule,))
    whole = tree(rule.condition)
    for subject in asked_of(rule, case):
        heard = asked_about(told, subject)
        parts = tuple((" ".join(one.split()), _says(law, one, heard)) for one in _leaves(rule.condition))
        values = tuple(_values(whole, heard, law.chart.calendar.tz))
        yield Exhibit(subject, parts if parts[1:] or _failed(parts) else (), values)


def offered(chain: Sequence[Record], verdict: Record, zone: tzinfo) -> Iterator[str]:
    """Say what the conditions behind a verdict asked of the action itself, and what it had then.

    `chain` has the action's records, newest first; the last one is its offer.
    """
    offer = chain[-1].data
    edits = (r.data["with"] for r in chain if r.n < verdict.n and r.data.get("answer") == "edited")
    facts = {key: offer.get(key) for key in ("because", "confidence", "outside")}
    facts["with"] = next(edits, offer.get("with"))
    said: dict[str, str] = {}
    for seen in verdict.data.get("evidence", ()):
        if isinstance(seen, Mapping) and seen.get("if"):
            said |= _of_action(str(seen["if"]), facts, zone)
    yield from (f"{name} = {value}" for name, value in said.items())


def _of_action(condition: str, facts: Mapping[str, Json], zone: tzinfo) -> dict[str, str]:
    try:
        nodes = list(_asked(tree(condition)))
    except Unreadable:  # of a version that read conditions otherwise
        return {}
    named = ((_spelled(one), one) for one in nodes if one.kind != "call" or one.name == "_[_]")
    told = {"action": facts}
    return {name: _shown(_found(one, told), zone) for name, one in named if _is_fact(name, facts)}


def _is_fact(name: str, facts: Mapping[str, Json]) -> bool:
    words = name.replace("[", ".").split(".")
    return words[0] == "action" and words[1:2] != [] and words[1] in facts


def _leaves(condition: str) -> Iterator[str]:
    """Yield the parts that `||` and `&&` join at last, but for those inside of brackets."""
    parts = factors(condition)
    if not parts[1:]:
        yield from parts
    for part in parts if parts[1:] else ():
        yield from _leaves(part)


def _failed(parts: tuple[tuple[str, str], ...]) -> bool:
    return any(says not in ("yes", "no") for _, says in parts)


def _says(law: Law, part: str, told: Testimony) -> str:
    try:
        return "yes" if law.conditions.holds(part, told) else "no"
    except Unjudged as exc:
        return str(exc)


def _values(node: Expr, told: Testimony, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """List the values that a condition asks for, each once, as it names them."""
    seen: dict[str, str] = {}
    for one in _asked(node):
        name = _spelled(one)
        if name not in seen:
            seen[name] = _worth(one, told, zone)
    yield from seen.items()


def _asked(node: Expr) -> Iterator[Expr]:
    if node.kind == "call" and node.name in ("touches", "age") or _rooted(node):
        yield node
        return
    for part in node.parts:
        yield from _asked(part)


def _rooted(node: Expr) -> bool:
    """Say whether a node is a value that the condition is told: a name of the lexicon, and what is in it."""
    if node.kind == "name":
        return node.name in _NAMES
    inner = node.kind in ("field", "has") or (node.kind == "call" and node.name == "_[_]")
    return inner and _rooted(node.parts[0]) and all(part.kind == "const" for part in node.parts[1:])


def _spelled(node: Expr) -> str:
    """Write a value as the condition does."""
    if node.kind == "name":
        return node.name
    if node.kind == "const":
        return json.dumps(node.value, ensure_ascii=False) if isinstance(node.value, str) else str(node.value)
    if node.kind in ("field", "has"):
        return f"{_spelled(node.parts[0])}.{node.name}"
    if node.name == "_[_]":
        return f"{_spelled(node.parts[0])}[{_spelled(node.parts[1])}]"
    return f"{node.name}({', '.join(map(_spelled, node.parts))})"


def _worth(node: Expr, told: Testimony, zone: tzinfo) -> str:
    if node.kind == "call" and node.name == "touches":
        return _touched(node, told)
    if node.kind == "call" and node.name == "age":
        return _aged(node, told)
    return _shown(_found(node, told.values), zone)


def _touched(node: Expr, told: Testimony) -> str:
    from fleet.core.span import read_span

    given = [_found(part, told.values) for part in node.parts]
    if not all(isinstance(one, str) for one in given):
        return ""
    try:
        within = read_span(given[2])
    except Unreadable as exc:  # of a payload it may be anything; at the gate it is an error of the condition
        return f"{_shown(given[2], UTC)}: {exc.why}"
    return "yes" if told.touched(given[0], given[1], within) else "no"


def _aged(node: Expr, told: Testimony) -> str:
    from fleet.core.span import round_span

    of = _found(node.parts[0], told.values)
    at = _instant(of.get("as_of") or of.get("written") if isinstance(of, Mapping) else of)
    return round_span(told.now - at) if at is not None else NOT_THERE


def _instant(value: object) -> datetime | None:
    """Give an instant, which stands in a map in a form of CEL's own; None for anything else."""
    if isinstance(value, Timestamp):
        at: datetime = value.ToDatetime(tzinfo=UTC)
        return at
    return value if isinstance(value, datetime) else None


def _found(node: Expr, values: Json) -> Json:
    """Look a value up as the condition asks for it; None where it is not there."""
    if node.kind == "const":
        return node.value
    if node.kind == "name":
        return values.get(node.name)
    held = _found(node.parts[0], values) if node.parts else None
    key = (
        node.name if node.kind in ("field", "has") else node.parts[1].value if len(node.parts) == 2 else None
    )
    if isinstance(held, Mapping):
        return held.get(key)
    return held[key] if isinstance(held, list) and isinstance(key, int) and 0 <= key < len(held) else None


def _shown(value: Json, zone: tzinfo) -> str:
    def plain(one: object) -> str:
        at = _instant(one)
        return at.astimezone(zone).isoformat(timespec="seconds") if at is not None else str(one)

    if value is None:
        return NOT_THERE
    said = (
        plain(value) if isinstance(value, datetime) else json.dumps(value, ensure_ascii=False, default=plain)
    )
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 2]}.."
