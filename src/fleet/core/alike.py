"""Alike: troubles that are the same again, kept as one with a count, and when they were over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fleet.core.codec import Json

KEPT = 20
_CHANGING = re.compile(r"\b[a-z]-\d+\b|\d+")
"""What may differ between two troubles that are the same: ids and numbers."""


def noted(troubles: Sequence[Json], note: Mapping[str, Json]) -> tuple[Json, ...]:
    """Add a trouble to those that are known; the same one again counts on, and stands last.

    >>> first = {"kind": "action", "seat": "dirk", "says": "a-1 failed: exit 1", "at": "10:02"}
    >>> noted(noted((), first), {**first, "says": "a-2 failed: exit 1", "at": "10:03"})[0]["count"]
    2
    """
    before = next((one for one in reversed(troubles) if _same(one, note)), None)
    if before is None:
        return (*troubles[1 - KEPT :], dict(note))
    again = {**note, "count": before.get("count", 1) + 1, "first": before.get("first", before["at"])}
    return (*(one for one in troubles if one is not before), again)


def _same(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    if one.get("kind") != other.get("kind") or one.get("seat") != other.get("seat") or one.get("over"):
        return False
    return _plain(one) == _plain(other)


def _plain(one: Mapping[str, Json]) -> str:
    return _CHANGING.sub("#", str(one.get("says", "")))


def over(troubles: Sequence[Json], kind: str, seat: str | None, at: str) -> tuple[Json, ...]:
    """Note that a seat's troubles of a kind are over; the same again begins anew."""
    return tuple(
        {**one, "over": at}
        if (one.get("kind"), one.get("seat")) == (kind, seat) and not one.get("over")
        else one
        for one in troubles
    )
