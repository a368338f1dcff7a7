"""Paint: where colour goes in what is shown of mistakes and of changes. The words say all of it without."""

from __future__ import annotations

import re

from fleet.cli.terminal import painted

LEVELS = {"error": "red", "warning": "yellow"}
CHANGES = {"!": "red", "-": "red", "~": "yellow", "+": "green"}
"""A change's mark, and its colour."""
HEAD = re.compile(r"(error|warning)(\[F\d+\])?")
GUTTER = re.compile(r" *\d* (?:\||=|-->)")
MARKS = re.compile(r"\s*(\^+|-+)")


def mistake_rows(rows: list[str]) -> list[str]:
    """Colour one mistake: its level, the numbers of lines, what is underlined."""
    level = HEAD.match(rows[0])
    colour = LEVELS[level[1]] if level else ""
    return [_row(row, colour) for row in rows]


def _row(row: str, colour: str) -> str:
    head = HEAD.match(row)
    if head:
        return painted(head[0], colour) + row[head.end() :]
    gutter = GUTTER.match(row)
    if not gutter:
        return row
    rest = row[gutter.end() :]
    marks = MARKS.match(rest) if gutter[0].strip() == "|" else None
    if marks:
        blanks = rest[: marks.start(1)]
        rest = blanks + painted(marks[1], colour if marks[1][0] == "^" else "dim") + rest[marks.end() :]
    return painted(gutter[0], "dim") + rest


def change(line: str) -> str:
    """Colour the mark of a change."""
    mark = line.strip()[:1]
    return line.replace(mark, painted(mark, CHANGES[mark]), 1) if mark in CHANGES else line
