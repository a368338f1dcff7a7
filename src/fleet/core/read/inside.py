"""Inside: where a part of a scalar's text stands in the file, through YAML's quotes, escapes and blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fleet.core.mistake import Place
from fleet.core.node import Scalar

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "t": "\t"}

Spot = tuple[int, int]
"""A line and a column, both from 1."""


def inside(node: Scalar, start: int, end: int, line: Callable[[int], str]) -> Place | None:
    """Place the characters from `start` to `end` of a scalar's text; None where YAML has changed them too much.

    `line` gives a line of the file by its number, "" past the last one.
    """
    spots = _block(node, line) if node.block else _flow(node, line)
    if spots is None or not 0 <= start <= end < len(spots):
        return None
    first, last = spots[start], spots[max(end - 1, start)]
    return Place(node.place.file, *first, last[0], last[1] + 1)


def _flow(node: Scalar, line: Callable[[int], str]) -> list[Spot] | None:
    place = node.place
    if place.line == place.end_line:
        raw = line(place.line)[place.column - 1 : place.end_column - 1]
        found = _unquoted(raw) if node.quoted else (raw, list(range(len(raw) + 1)))
        if found is None or found[0] != node.text:
            return None
        return [(place.line, place.column + at) for at in found[1]]
    if node.quoted:
        return None
    first = [(place.line, place.column, line(place.line)[place.column - 1 :].rstrip())]
    rest = [(n, *_stripped(line(n))) for n in range(place.line + 1, place.end_line + 1)]
    last = rest[-1]
    rest[-1] = (last[0], last[1], line(last[0])[last[1] - 1 : place.end_column - 1])
    return _joined(first + rest, node.text)


def _block(node: Scalar, line: Callable[[int], str]) -> list[Spot] | None:
    at = node.place.line + 1
    head = _stripped(line(at))
    indent = head[0] - 1
    if not head[1]:
        return None
    pieces = []
    while (text := line(at)) and (text[:indent].strip() == "") and text.strip():
        pieces.append((at, indent + 1, text[indent:]))
        at += 1
    return _joined(pieces, node.text)


def _stripped(text: str) -> tuple[int, str]:
    return len(text) - len(text.lstrip()) + 1, text.strip()


def _joined(pieces: Sequence[tuple[int, int, str]], text: str) -> list[Spot] | None:
    """Map a text that is lines of the file put together by a blank or a line's end each."""
    spots = [(line, column + at) for line, column, piece in pieces for at in range(len(piece) + 1)]
    body = text.rstrip("\n")
    texts = [piece for _, _, piece in pieces]
    if body not in (" ".join(texts), "\n".join(texts)):
        return None
    return spots + [spots[-1]] * (len(text) - len(body))


def _unquoted(raw: str) -> tuple[str, list[int]] | None:
    """Read a quoted scalar, and say at which character of it each of its text begins."""
    quote, at, text, spots = raw[:1], 1, "", []
    while at < len(raw) - 1:
        spots.append(at)
        if quote == "'" and raw[at : at + 2] == "''":
            text, at = f"{text}'", at + 2
        elif quote == '"' and raw[at] == "\\":
            if raw[at + 1] not in _ESCAPES:
                return None
            text, at = text + _ESCAPES[raw[at + 1]], at + 2
        else:
            text, at = text + raw[at], at + 1
    return text, [*spots, at]
