"""Wait: a part of a saved edit that waits for a yes, and what stays in force meanwhile."""

from __future__ import annotations

from typing import Any, Literal

from fleet.core.frozen import dataclass

Plain = Any
"""A value as fleet.yaml would say it: a text, or a list or map of such."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing to do to the nodes of a new text so that they say what is in force.

    `put` sets the value of a key or the item of a list, `add` appends an item to a list, `drop` takes a
    key or an item out. A step of the path is a key, the index of an item, or the text of one.
    """

    path: tuple[str | int, ...]
    how: Literal["put", "add", "drop"]
    value: Plain = None


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits: the keys it touches, a sentence for a manager, its place in the new text.

    `at` is where that which stays in force was written, as `fleet.yaml@r-4:91`.
    """

    what: str
    says: str
    place: str = ""
    at: str = ""
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """What stays in force when a whole edit waits: an earlier revision's texts, and what waited in it."""

    id: str
    texts: dict[str, str]
    waits: tuple[Wait, ...] = ()
