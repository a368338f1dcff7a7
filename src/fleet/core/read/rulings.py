"""Rulings: who goes first over a subject (`conflicts`), and conditions with a ruling (`rules`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.core.chart import Conflict, Rule, Then
from fleet.core.mistake import Place
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.fields import Fields, fields, wrong_shape
from fleet.core.read.found import Found
from fleet.errors import Unreadable

if TYPE_CHECKING:
    from fleet.core.example import Example

_LIKE_SUBJECT = "a kind of subject, as account: a small letter, then a-z, 0-9 or '-'"
_ALWAYS = "true"  # the CEL expression that is always met


def read_conflicts(node: Node | None, found: Found) -> tuple[Conflict, ...]:
    """Read the conflicts, a list; seats that stand under a kind of subject are told with the entry they mean."""
    if isinstance(node, Entries) and not any(_is_known(key.text) for key, _ in node.entries):
        from fleet.core.read.foreign import as_rank  # only a mistake needs it

        wrong_shape(node, found, "conflicts wants a list of {about: KIND, rank: [SEAT, SEAT]}", as_rank(node))
        return ()
    return tuple(_read_conflict(one, found) for one in values.items(node, found, "conflicts"))


def _is_known(name: str) -> bool:
    return name in keys.CONFLICT.names or name in keys.CONFLICT.meanings


def _read_conflict(node: Node, found: Found) -> Conflict:
    """Read one conflict: its rank, and what it rules."""
    given = fields(node, keys.CONFLICT, found)
    if isinstance(node, Entries):
        for name in ("about", "rank"):
            if name not in given:
                values.say_missing(node, found, name, "a conflict")
    about = values.names(given.get("about"), values.SUBJECT_KIND, found, "about", _LIKE_SUBJECT)
    if len(about) > 1:
        why = "each has a rank of its own"
        found.say("F404", given["about"].place, "a conflict is about one kind of subject", why=why)
    rank = values.seat_ids(given.get("rank"), found, "rank")
    if "rank" in given:
        values.say_empty_list(given["rank"], found, "rank")
    then, ask = _then(given, found, "hold")
    return Conflict(
        about=about[0] if about else "",
        rank=rank,
        place=node.place,
        within=values.span(given.get("within"), found, "within"),
        then=then,
        ask=ask,
        because=values.text(given.get("because"), found, "because"),
    )


def read_rule(node: Node, number: int, found: Found) -> Rule:
    """Read one rule; without a name it has its number, without `if` it always holds."""
    before = len(found.mistakes)
    node = _first(node, found)
    given = fields(node, keys.RULE, found)
    if "then" not in given and isinstance(node, Entries):
        values.say_missing(node, found, "then", "a rule", ("then: refuse", "then: hold", "then: ask PERSON"))
    then, ask = _then(given, found, "refuse")
    read = _read_if(given.get("if"), found, before)
    needs = _named(given.get("if")) if read is None else read
    rule = Rule(
        name=values.text(given.get("name"), found, "name") or f"rule-{number}",
        condition=_text(given.get("if")) or _ALWAYS,
        then=then,
        place=node.place,
        seats=values.seat_ids(given.get("seat"), found, "seat"),
        actions=values.names(given.get("action"), values.ACTION_KIND, found, "action", values.LIKE_ACTION),
        ask=ask,
        because=values.text(given.get("because"), found, "because"),
        needs=tuple(needs),
        where=_where(given.get("if"), needs, found),
        examples=_examples(given.get("examples"), found),
    )
    wrong = any(mistake.level == "error" for mistake in found.mistakes[before:])
    return replace(rule, condition="") if wrong else rule  # so nothing is said of it but that


def _first(node: Node, found: Found) -> Node:
    """Give the first rule of two that stand in one map, since no '- ' stands before the second."""
    names = [key.text for key, _ in node.entries] if isinstance(node, Entries) else []
    again = [i for i, name in enumerate(names) if name in names[:i]]
    if len(again) < 2 or not isinstance(node, Entries):
        return node
    key, first = node.entries[again[0]][0], node.entries[names.index(names[again[0]])][0]
    what = "a second rule begins here, and no '- ' stands before it"
    why = "each rule is an item of the list and begins with '- '"
    found.say("F108", key.place, what, why=why, second=(first.place, "the first rule"))
    return Entries(node.entries[: again[0]], node.place)


_CONDITIONAL = re.compile(r"&&|\|\||[\w)\]\"']\s*(?:==|!=|<=|>=)\s*[\w(\"'!]")
_COMMENT = "YAML takes all behind a ' #' for a comment; put the condition into single quotes as a whole"


def _text(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) else ""


def _read_if(node: Node | None, found: Found, before: int) -> dict[str, tuple[int, int]] | None:
    """Read a condition; where YAML has cut it, at a comma or a #, that is told and not what it lacks now."""
    if any(mistake.code == "F308" for mistake in found.mistakes[before:]):
        return None
    rest = (
        found.line_after(node.place) if isinstance(node, Scalar) and not (node.quoted or node.block) else ""
    )
    if not isinstance(node, Scalar) or not rest.lstrip().startswith("#"):
        return values.phrase(node, _needs, found, "F317", "this condition")
    place, gap = node.place, len(rest) - len(rest.lstrip())
    column, comment = place.end_column + gap, rest.strip()
    here = Place(place.file, place.end_line, column, place.end_line, column + len(comment))
    whole = f"{node.text}{' ' * gap}{comment}".replace("'", "''")
    if any(node.text.count(quote) % 2 for quote in ('"', "'")):
        told = "cannot read this condition: it ends before the #, within a text"
        found.say("F317", here, told, why=_COMMENT, tries=(f"if: '{whole}'",))
        return None
    if _CONDITIONAL.search(comment):
        told = "this condition ends before the #, and what follows looks like more of it"
        found.say("F271", here, told, why=_COMMENT, tries=(f"if: '{node.text}'  {comment}",), level="warning")
    return values.phrase(node, _needs, found, "F317", "this condition")


def _examples(node: Node | None, found: Found) -> tuple[Example, ...]:
    if node is None:
        return ()
    from fleet.core.read.example import read_example  # few charts have any, and no daemon asks for them

    return tuple(read_example(one, found) for one in values.items(node, found, "examples"))


def _where(node: Node | None, needs: Mapping[str, tuple[int, int]], found: Found) -> dict[str, Place]:
    """Say where the names stand that a condition asks for: those of seats and metrics are proved later."""
    named = {need: span for need, span in needs.items() if " " in need}
    if not isinstance(node, Scalar):
        return {}
    return {need: found.within(node, Unreadable("", start=at, end=end)) for need, (at, end) in named.items()}


def _needs(condition: str) -> dict[str, tuple[int, int]]:
    """Check a condition, and say what it must be told and where it asks; raises Unreadable with its place."""
    from fleet.core.expr import needs  # a chart without rules needs none of it
    from fleet.core.typed import tree

    return needs(tree(condition))


_NAMES = re.compile(r"\b(state|metric)\s*\[\s*([\"'])([^\"'\n]+)\2\s*\]")


def _named(node: Node | None) -> dict[str, tuple[int, int]]:
    """Say which seats and metrics a condition that cannot be read asks for, so that those are proved as well."""
    found = list(_NAMES.finditer(node.text)) if isinstance(node, Scalar) else []
    return {f"{one[1]} {one[3]}": one.span(3) for one in reversed(found)}


def _then(given: Fields, found: Found, left_out: Then) -> tuple[Then, str]:
    node = given.get("then")
    named = node.text.removeprefix("ask ") if isinstance(node, Scalar) else ""
    if node is not None and named and (held := found.holder(named)):
        seat, person = held
        what, why = f"{named!r} is no seat", f"{person} holds {seat}"
        found.say("F314", node.place, what, why=why, tries=(f"ask {seat}",))
        return left_out, ""
    ruling = values.phrase(given.get("then"), phrases.read_then, found, "F314", "this ruling")
    return ruling or (left_out, "")
