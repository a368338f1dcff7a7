"""Tabs: where one stands that may not, in a YAML text whose nodes were read or could not be."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from sys import maxsize

from fleet.core.mistake import Mend, Mistake, Place
from fleet.core.node import Items, Node, Scalar
from fleet.core.read.codes import mistake

REPORTED = 20  # places told for one kind of mistake in one file; more help nobody
WIDTHS = (2, 4, 8)  # columns that editors show a tab as

_Span = tuple[int, int, int, int]  # from line and column up to, not with, line and column
_COMMENT = re.compile(r"(?:^|[ \t])#")
_INDENT = re.compile(r"[ \t]*")


def tab(place: Place, mend: Mend | None = None) -> Mistake:
    """Make the mistake of one tab."""
    why = "a tab may stand in quotes and in comments"
    return mistake("F102", place, "a tab; indent with spaces", why=why, mend=mend)


def indenting_tabs(text: str, file: str, first_line: int = 1) -> list[Mistake]:
    """The tabs with which lines begin, in a text that could not be read."""
    lines = split(text)
    out: list[Mistake] = []
    for index, line in enumerate(lines):
        if "\t" not in line:
            continue
        indent = _INDENT.match(line)[0]  # type: ignore[index]
        if "\t" in indent and line.strip() and len(out) < REPORTED:
            number, column = index + first_line, indent.find("\t") + 1
            out.append(
                tab(Place(file, number, column, number, column + 1), _indent(lines, index, file, number))
            )
    return out


def stray_tabs(root: Node, text: str, file: str, first_line: int = 1) -> list[Mistake]:
    """Every line's first tab that stands neither in quotes, nor in a block of text, nor in a comment."""
    spans = sorted(_texts(root))
    out: list[Mistake] = []
    for number, line in enumerate(split(text), first_line):
        column = _stray(line, number, spans) if "\t" in line else None
        if column is not None:
            place = Place(file, number, column, number, column + 1)
            out.append(tab(place, _blanks(line, place)))
        if len(out) == REPORTED:
            break
    return out


def split(text: str) -> list[str]:
    """Split a text into lines as YAML ends them, at \\r\\n, \\n and a lone \\r."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _indent(lines: Sequence[str], index: int, file: str, number: int) -> Mend | None:
    """Spaces for the tabs a line begins with, where the lines around it leave one indentation only."""
    indent = _INDENT.match(lines[index])[0]  # type: ignore[index]

    def neighbour(step: int) -> str:
        at = index + step
        while 0 <= at < len(lines) and (not lines[at].strip() or lines[at].startswith(indent)):
            at += step
        return lines[at] if 0 <= at < len(lines) else ""

    above, below = neighbour(-1), neighbour(1)
    wide = _INDENT.match(above)[0]  # type: ignore[index]
    same = wide == _INDENT.match(below)[0] and wide.strip(" ") == ""  # type: ignore[index]
    shown = {len(indent.expandtabs(width)) for width in WIDTHS}
    opens = above.split(" #")[0].rstrip().endswith((":", "|", ">", ",", "[", "{"))
    if not same or not wide or len(wide) not in shown or opens or lines[index][len(indent)] == "-":
        return None
    return Mend(Place(file, number, 1, number, len(indent) + 1), wide)


def _blanks(line: str, place: Place) -> Mend:
    """One space for the blanks around a tab between two words, none for those at a line's end."""
    first = len(line[: place.column - 1].rstrip(" \t"))
    last = place.column - 1 + len(_INDENT.match(line[place.column - 1 :])[0])  # type: ignore[index]
    new = "" if last == len(line) else line[:last].expandtabs(4) if not first else " "
    return Mend(Place(place.file, place.line, first + 1, place.line, last + 1), new)


def _stray(line: str, number: int, spans: Sequence[_Span]) -> int | None:
    comments = (m.end() for m in _COMMENT.finditer(line) if not _within(spans, number, m.end()))
    until = next(comments, len(line) + 1)
    tabs = (m.end() for m in re.finditer("\t", line) if not _within(spans, number, m.end()))
    column = next(tabs, until)
    return column if column < until else None


def _texts(node: Node) -> Iterator[_Span]:
    """Where quoted and block scalars begin and end."""
    if isinstance(node, Scalar):
        if node.quoted or node.block:
            yield node.place.line, node.place.column, node.place.end_line, node.place.end_column
    elif isinstance(node, Items):
        for item in node.items:
            yield from _texts(item)
    else:
        for key, value in node.entries:
            yield from _texts(key)
            yield from _texts(value)


def _within(spans: Sequence[_Span], line: int, column: int) -> bool:
    """Whether one of the spans, which are sorted and apart from each other, holds that place."""
    last = bisect_right(spans, (line, column, maxsize, maxsize)) - 1
    return last >= 0 and (line, column) < spans[last][2:]
