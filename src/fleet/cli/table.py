"""Table: plain columns of text. Piped they are never cut; on a terminal they go on below where it is narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fleet.cli.answer import clean
from fleet.cli.glyphs import ASCII, in_ascii
from fleet.cli.terminal import is_utf8

NARROWEST = 20
"""Columns that a text behind others gets at least; where there are fewer it goes on below them."""
FLOOR = 8
"""Columns to which one of a table is made narrower at most."""
GAP = 2
PAINT = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")
PIECE = re.compile(r"\s*\S+")


def columns(
    rows: Sequence[Sequence[object]], *, right: Sequence[int] = (), limit: int | None = None
) -> list[str]:
    """Set rows in columns, two blanks apart; those in `right` stand at the right."""
    texts = [[shown(clean(cell)) for cell in row] for row in rows]
    if not texts:
        return []
    natural = [max(map(measure, cells)) for cells in zip(*texts, strict=True)]
    widths = _fitted(natural, limit)
    if widths is None:
        return [line for row in texts for line in hung("  ".join(filter(None, row)), limit)]
    return [line for row in texts for line in _row(row, widths, right)]


def _fitted(natural: Sequence[int], limit: int | None) -> list[int] | None:
    """Make columns narrower until they fit: the last one first, then the widest; None if that is not enough."""
    widths, gaps = list(natural), GAP * (len(natural) - 1)
    if limit is None:
        return widths
    over = sum(widths) + gaps - limit
    spare = max(0, min(over, widths[-1] - NARROWEST))
    widths[-1], over = widths[-1] - spare, over - spare
    while over > 0:
        widest = max(range(len(widths)), key=lambda i: (widths[i], i))
        if widths[widest] <= FLOOR:
            return None
        widths[widest], over = widths[widest] - 1, over - 1
    return widths


def _row(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> Iterator[str]:
    parts = [fold(text, w) if measure(text) > w else [text] for text, w in zip(row, widths, strict=True)]
    for n in range(max(map(len, parts))):
        cells = [part[n] if n < len(part) else "" for part in parts]
        set_ = [pad(cell, w, right=i in right) for i, (cell, w) in enumerate(zip(cells, widths, strict=True))]
        yield (" " * GAP).join(set_).rstrip()


def pad(text: str, wide: int, *, right: bool = False) -> str:
    """Fill a text up with blanks to so many columns."""
    blanks = " " * (wide - measure(text))
    return blanks + text if right else text + blanks


def shown(text: str) -> str:
    """Give a text as stdout takes it, so that what is measured is what is printed."""
    return text if is_utf8() else in_ascii(text)


def measure(text: str) -> int:
    """Count the columns that a text takes on a terminal; colour takes none."""
    if "\x1b" in text:
        text = PAINT.sub("", text)
    if text.isascii() or all(c < "\u0300" or c in ASCII for c in text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(head: str, text: str, limit: int | None, *, below: int = 4) -> list[str]:
    """Set a text behind its head, and go on under its beginning where the limit is passed.

    Where the head leaves too little room, the text goes on under it, `below` columns in.
    """
    head, text = shown(head), shown(text)
    if limit is None or measure(head) + measure(text) <= limit:
        return [(head + text).rstrip()]
    room = limit - measure(head)
    if room >= NARROWEST:
        lines = fold(text, room)
        return [(head + lines[0]).rstrip(), *(" " * measure(head) + line for line in lines[1:])]
    above = hung(head.rstrip(), limit) if head.strip() else []
    return [*above, *(" " * below + line for line in fold(text, max(1, limit - below)) if line)]


def hung(line: str, limit: int | None) -> list[str]:
    """Set a line that goes on below, a little further in than it begins."""
    if limit is None or measure(line) <= limit:
        return [line]
    indent = min(len(line) - len(line.lstrip(" ")), limit // 2)
    first, *rest = fold(line.lstrip(" "), max(1, limit - indent - GAP))
    return [" " * indent + first, *(" " * (indent + GAP) + part for part in rest)]


def fold(text: str, room: int) -> list[str]:
    """Break a text at its blanks into lines of so many columns; a longer word is broken too."""
    lines = [""]
    for piece in PIECE.findall(text):
        if measure(lines[-1]) + measure(piece) <= room:
            lines[-1] += piece
            continue
        word = piece.lstrip() if lines[-1] else piece
        if lines[-1]:
            lines.append("")
        while measure(word) > room and "\x1b" not in word:
            size = _fits(word, room)
            lines[-1:] = [word[:size], ""]
            word = word[size:]
        lines[-1] = word
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def _fits(word: str, room: int) -> int:
    """Say how many letters of a word fit into so many columns; an accent stays with its letter."""
    size, used = 0, 0
    for size, char in enumerate(word):
        used += measure(char)
        if used > room and size:
            return size
    return size + 1
