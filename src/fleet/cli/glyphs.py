"""Glyphs: what stands in ASCII for a text, where a stream takes no more or `--ascii` was typed."""

from __future__ import annotations

ASCII = {
    # health
    "●": "*",
    "▲": "!",
    "■": "#",
    "◇": "o",
    "○": ".",
    # trees and frames
    "├": "|-",
    "└": "`-",
    "│": "|",
    "─": "-",
    "┌": "+",
    "┐": "+",
    "┘": "+",
    # marks
    "·": "-",
    "•": "*",
    "✓": "+",
    "✗": "x",
    "×": "x",
    "→": "->",
    "←": "<-",
    "≥": ">=",
    "≤": "<=",
    # sparklines, low to high
    "▁": "_",
    "▂": ".",
    "▃": "-",
    "▄": "=",
    "▅": "+",
    "▆": "*",
    "▇": "#",
    "█": "@",
    # what people type
    "…": "...",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "€": "EUR",
    "£": "GBP",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
}
"""Every mark that fleet itself prints, and what people type most. All are one column wide on a terminal."""


def in_ascii(text: str) -> str:
    """Say a text in ASCII: a mark by its like, a letter without its accent, all else as `?`.

    >>> in_ascii("● Zoë → 東")
    '* Zoe -> ?'
    """
    return text if text.isascii() else "".join(map(_letter, text))


def _letter(char: str) -> str:
    if char.isascii():
        return char
    if char in ASCII:
        return ASCII[char]
    import unicodedata

    if unicodedata.category(char) in (
        "Mn",
        "Me",
        "Cf",
    ):  # an accent of its own, a joiner: no column is theirs
        return ""
    parts = unicodedata.normalize("NFKD", char)
    return "".join(ASCII.get(c, c) for c in parts if c.isascii() or c in ASCII) or "?"
