"""Table: plain columns of text. Piped it is never cut; on a terminal the last column is wrapped."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from fleet.cli.answer import clean

NARROWEST = 24
"""Columns that the last column gets at least, however narrow the terminal is."""


def width() -> int | None:
    """Give the terminal's width; None where stdout is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def columns(
    rows: Sequence[Sequence[object]], *, right: Sequence[int] = (), limit: int | None = None
) -> list[str]:
    """Set rows in columns, two blanks apart; those in `right` stand at the right."""
    texts = [[clean(cell) for cell in row] for row in rows]
    if not texts:
        return []
    last = len(texts[0]) - 1
    widths = [max(len(row[i]) for row in texts) for i in range(last)]
    lines = []
    for row in texts:
        cells = [row[i].rjust(w) if i in right else row[i].ljust(w) for i, w in enumerate(widths)]
        lines += wrapped("  ".join([*cells, ""]), row[last], limit)
    return lines


def wrapped(head: str, text: str, limit: int | None) -> list[str]:
    """Set a text behind its head, and go on below it where the limit is passed."""
    if limit is None or len(head) + len(text) <= limit:
        return [(head + text).rstrip()]
    import textwrap

    room = max(limit - len(head), NARROWEST)
    parts = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
    return [(head + parts[0]).rstrip(), *(" " * len(head) + part for part in parts[1:])]


CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2"}


def colours(choice: str) -> bool:
    """Say whether to use colour on stdout."""
    if choice in ("always", "never"):
        return choice == "always"
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def painted(text: str, colour: str) -> str:
    """Put a text in a colour."""
    return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if colour in CODES else text
