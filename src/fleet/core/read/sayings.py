"""What a YAML parser says about a broken file, and what we say instead."""

from __future__ import annotations

from typing import NamedTuple


class Saying(NamedTuple):
    """Our words; `at_start` says that the caret belongs where the broken thing was opened."""

    what: str
    why: str = ""
    at_start: bool = False


_QUOTE = Saying("this quote is never closed", at_start=True)
BLOCK = Saying(
    "a text that begins with '>' or '|' needs quotes",
    "a target says `at least 5` or `at most 5` instead",
    at_start=True,
)
_MISFIT = Saying(
    "this line does not fit those above it", "look at its indentation, and at quotes and brackets before it"
)

# Fragments of the problems that libyaml and pyyaml's own parser name; the first one found decides.
_SAYINGS = (
    (
        "mapping values are not allowed",
        Saying("a second ': ' in one value", "put the text in quotes, or indent it as its neighbours"),
    ),
    ("',' or ']'", Saying("this list does not end", "a ']' or a ',' is missing", at_start=True)),
    ("',' or '}'", Saying("this map does not end", "a '}' or a ',' is missing", at_start=True)),
    ("unexpected end of stream", _QUOTE),
    ("unexpected document", _QUOTE),
    ("comment or line break", BLOCK),
    ("comment or a line break", BLOCK),
    ("indentation indicators", BLOCK),
    ("alphabetic or numeric", Saying("a text that begins with '*' or '&' needs quotes", at_start=True)),
    ("sequence entries are not allowed", Saying("a '- ' must begin a line of its own")),
    ("unexpected ':'", Saying("a blank is missing after this ':'")),
    (
        "escape character",
        Saying("double quotes know no such escape", "take single quotes, or write \\\\ for one backslash"),
    ),
    ("directive", Saying("a text that begins with '%' needs quotes")),
    ("document start", Saying("something follows the end of the document")),
    ("end of list", Saying("the text ends inside a list or a map")),
    ("node content", Saying("nothing stands between two commas here")),
    ("find expected ':'", Saying("this key has no ':'")),
    ("expected key", _MISFIT),
    ("indicator", _MISFIT),
    ("<block end>", _MISFIT),
)


def say(problem: str) -> Saying:
    """Put the parser's problem into our words; a problem we do not know is quoted."""
    return next((ours for part, ours in _SAYINGS if part in problem), Saying(f"not YAML: {problem}"))
