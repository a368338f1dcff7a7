"""Pieces: the texts of a JSON value, in which orders they are read one after the other, and how they are put back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from fleet.core.codec import Json

LITERAL = re.compile(
    rb'"(?P<text>(?:[^"\\\n]++|\\.)*+)"?(?P<key>[ \t]*+:)?|(?P<number>-?[0-9][0-9.eE+-]*+)|\}'
)
"""A string of JSON, also one whose end is missing, and whether it is a key; a number; the end of an object."""


def pieces(value: Json) -> list[tuple[str | None, str]]:
    """List the texts of a JSON value in order, each with its key; keys themselves come with None."""
    found: list[tuple[str | None, str]] = []
    _gather(value, "", found)
    return found


def _gather(value: Json, key: str, found: list[tuple[str | None, str]]) -> None:
    if isinstance(value, str):
        found.append((key, value))
    elif isinstance(value, dict):
        for name, one in value.items():
            found.append((None, str(name)))
            _gather(one, str(name), found)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _gather(one, key, found)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found.append((key, repr(value)))
    elif isinstance(value, Mapping):
        _gather(dict(value), key, found)


def rows(keys: Sequence[str | None]) -> Iterator[list[int]]:
    """Give in which orders the texts are read: as they stand, without keys, and each key's by themselves."""
    yield [*range(len(keys))]
    by_key: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            by_key.setdefault(key, []).append(index)
    yield [index for index, key in enumerate(keys) if key is not None]
    yield from (row for row in by_key.values() if len(row) > 1)


def literals(raw: bytes) -> tuple[list[str | None], list[tuple[int, int]]]:
    """List where the strings and numbers of JSON stand in a text, each with its key; keys come with None."""
    keys, spans = list[str | None](), list[tuple[int, int]]()
    key = ""
    for match in LITERAL.finditer(raw):
        if match.lastgroup is None:  # an object ends, and its keys with it
            key = ""
            continue
        named = match.lastgroup == "key"
        if named:
            key = match["text"].decode("utf-8", "replace")
        keys.append(None if named else key)
        spans.append(match.span("number" if match.lastgroup == "number" else "text"))
    return keys, spans


def rebuilt(value: Json, texts: Iterator[str]) -> Json:
    """Put the texts back, in the order in which they were taken out."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, Mapping):
        fields, numbers = dict[str, Json](), Counter[str]()
        for one in value.values():
            name = key = next(texts)
            while key in fields:  # two that held the same value: no entry is lost, the second has a number
                numbers[name] += 1
                key = f"{name} {numbers[name] + 1}"
            fields[key] = rebuilt(one, texts)
        return fields
    if isinstance(value, (list, tuple)):
        return [rebuilt(one, texts) for one in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        told = next(texts)
        return value if told == repr(value) else told
    return value
