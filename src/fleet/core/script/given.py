"""Given: values as a script writes them: texts, words of a command, subjects, paths, and keys that stand once."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from fleet.core.codec import Json
from fleet.core.names import path_parts
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import values
from fleet.core.read.fields import twice
from fleet.core.read.found import Found, part
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

Pairs = Sequence[tuple[Scalar, Node]]
"""Entries of a map, each at its place."""


def plain(node: Node) -> Json:
    """Give a node as plain values: every scalar is text."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def once(entries: Pairs, found: Found) -> list[tuple[Scalar, Node]]:
    """Give each key with its first value; one that stands twice is a mistake."""
    seen: dict[str, Scalar] = {}
    for key, _ in entries:
        if key.text in seen:
            twice(key, seen[key.text], found)
        seen.setdefault(key.text, key)
    return [pair for pair in entries if seen[pair[0].text] is pair[0]]


def words(node: Node | None, found: Found) -> list[str]:
    """Read a command, a text or a list of words, as its words."""
    if isinstance(node, Items):
        return [scalar.text for scalar in values.scalars(node, found, "a command")]
    given = values.scalar(node, found, "a command")
    if given is None:
        return []
    try:
        return shlex.split(given.text)
    except ValueError as exc:
        found.say("F315", given.place, f"cannot be split into words: {exc}")
        return []


def subjects(node: Node, found: Found) -> Json:
    """Give subjects in their one spelling, whatever holds them."""
    if isinstance(node, Items):
        return [subjects(item, found) for item in node.items]
    if isinstance(node, Entries):
        return {k.text: plain(v) if k.text == "has" else subjects(v, found) for k, v in node.entries}
    try:
        return fold_subject(node.text)
    except Unreadable as exc:
        found.say("F405", part(node, exc), str(exc))
        return node.text


def leads_inside(node: Scalar, found: Found) -> bool:
    """Note a path that could lead out of the folder in which it is looked for."""
    try:
        path_parts(node.text)
    except Unreadable as exc:
        found.say("F406", node.place, f"{node.text[:60]!r} {exc.why.partition(';')[0]}")
        return False
    if "**" in node.text and any("**" in name and name != "**" for name in node.text.split("/")):
        found.say("F406", node.place, f"{node.text[:60]!r}: `**` stands alone between slashes")
        return False
    return True
