"""Keyed: what a key of fleet.yaml takes and means, as `fleet explain good_for` prints it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fleet.core.read.key import Each, Either, Key, Keys, Kind, Some
from fleet.core.read.keys import walk

if TYPE_CHECKING:
    from fleet.core.codec import Json

WIDE = 80  # columns
HEAD = 10  # columns of what stands before a row's text
MUST = {
    "": "",
    "always": "it must be there",
    "in one file": "it must be there, in fleet.yaml or in a file that it includes",
    "of an agent": "it must be there where an agent holds the seat; else ",
}


class Row(NamedTuple):
    """One key of the table, with every place where it stands."""

    key: Key
    places: tuple[tuple[str, ...], ...]


def rows_of(word: str) -> list[Row]:
    """Find the keys that a word or a path names: `reads`, `seats.reads`, `seats.dash.reads`, `reads.path`.

    >>> [".".join(place) for row in rows_of("reads.path") for place in row.places]
    ['seats.SEAT.reads.path']
    """
    asked = tuple(part.strip().replace(" ", "_").replace("-", "_") for part in word.split("."))
    found: dict[int, Row] = {}
    for path, key in walk():
        if _names(asked, path):
            row = found.get(id(key), Row(key, ()))
            found[id(key)] = Row(key, (*row.places, path))
    rows = list(found.values())
    return [row for row in rows if not _is_of_examples(row)] or rows


def _is_of_examples(row: Row) -> bool:
    """Say whether a key stands in examples of rules alone: they have most words of fleet.yaml again."""
    return all("examples" in place[:-1] for place in row.places)


def _names(asked: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a path is the one asked for: its end, with or without the names that users give."""
    if len(asked) > 1 and len(asked) == len(path):
        return all(mine == theirs or theirs.isupper() for mine, theirs in zip(asked, path, strict=True))
    given = tuple(part for part in path if not part.isupper())
    return given[-len(asked) :] == tuple(part.lower() for part in asked)


def page(row: Row) -> list[str]:
    """What is told of a key, in eighty columns."""
    from fleet.core.read.grammar import say_kind

    key = row.key
    lines = textwrap.wrap(f"{key.name}: {say_kind(key.kind)}", WIDE, subsequent_indent="  ")
    lines += textwrap.wrap(key.means, WIDE, initial_indent="  ", subsequent_indent="  ")
    for head, text in _parts(row):
        lines += textwrap.wrap(
            text,
            WIDE,
            initial_indent=f"  {head:<{HEAD}}",
            subsequent_indent=" " * (HEAD + 2),
            break_on_hyphens=False,
            break_long_words=False,
        )
    return lines


def as_json(row: Row) -> dict[str, Json]:
    """What is told of a key, as JSON."""
    from fleet.core.read.grammar import say_kind

    key = row.key
    return {
        "key": key.name,
        "places": [".".join(place) for place in row.places],
        "kind": say_kind(key.kind),
        "means": key.means,
        "left_out": key.left_out or None,
        "needed": key.needed or None,
        "example": key.example,
        "loosens": key.loosens or None,
        "called": key.called.split(),
        "keys": list(_keys(key.kind)),
    }


def _parts(row: Row) -> Iterator[tuple[str, str]]:
    key = row.key
    yield "left out", MUST[key.needed] + key.left_out
    yield "example", key.example
    yield "stands in", ", ".join(".".join(place[:-1]) or "the fleet" for place in row.places)
    if keys := ", ".join(_keys(key.kind)):
        yield "keys", keys
    if key.loosens:
        yield "waits", f"for fleet apply: {key.loosens}"
    if key.called:
        yield "called", ", ".join(key.called.split())
    if more := [topic for topic in dict.fromkeys(_more(key.kind)) if topic != key.name]:
        yield "more", ", ".join(f"fleet explain {topic}" for topic in more)


def _keys(kind: Kind) -> Iterator[str]:
    """List the keys of the map that a value is, or holds."""
    for one in _inner(kind):
        if isinstance(one, Keys):
            yield from (row.name for row in one.table)


def _more(kind: Kind) -> Iterator[str]:
    from fleet.core.read.grammar import GRAMMARS

    for one in _inner(kind):
        if isinstance(one, str) and GRAMMARS[one].more:
            yield GRAMMARS[one].more


def _inner(kind: Kind) -> Iterator[Kind]:
    match kind:
        case Some(item):
            yield from _inner(item)
        case Each(value=value):
            yield from _inner(value)
        case Either(kinds):
            for one in kinds:
                yield from _inner(one)
        case _:
            yield kind
