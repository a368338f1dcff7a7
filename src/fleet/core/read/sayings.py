"""What a YAML parser says about a broken file, and what we say instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fleet.core.mistake import Mistake, Place
from fleet.core.read.codes import mistake
from fleet.core.target import read_target
from fleet.errors import Unreadable

_LONGEST_TRY = 200  # characters of a text that is quoted for a try


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


def odd_start(text: str, start: int, here: Place) -> Mistake:
    """Tell a text that begins with @ or `, which YAML keeps for itself, or in a list or map with > or |."""
    said = re.split(r"[,\]}\n]|\s#", text[start : start + _LONGEST_TRY], maxsplit=1)[0].rstrip()
    plain = said.strip("@`")
    tries = [plain] if re.fullmatch(r"[a-z][a-z0-9-]*", plain) else []
    tries += [f'"{said}"'] if not set(said) & set('"\\') else []
    place = Place(here.file, here.line, here.column, here.line, here.column + max(1, len(said)))
    if said[:1] in (">", "|"):
        return mistake("F101", place, BLOCK.what, why=BLOCK.why, tries=_bound(said))
    what, why = f"no text can begin with {said[:1]!r}", "YAML keeps it for itself; put the text in quotes"
    return mistake("F101", place, what, why=why, tries=tries)


def _bound(said: str) -> Sequence[str]:
    """The target that a bound in signs stands for, if it is one: `>5`."""
    try:
        read_target(said)
    except Unreadable as exc:
        return exc.suggestions[:1] if re.search("[0-9]", said) else ()
    return ()


class Bare(NamedTuple):
    """A condition that YAML has cut, since it does not stand in single quotes as a whole: its columns, from 0."""

    start: int
    end: int
    why: str
    instead: str


_IF = re.compile(r"""(?:^|[\s{,])(?:if|"if"|'if'):[ \t]+""")
_NEXT = re.compile(r",\s*(?:name|seat|action|then|because|examples)\s*:|\}\s*(?:#.*)?$")
_WHOLE = re.compile(r"""(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")\s*(?:[,}\]]|#|$|\w+\s*:\s)""")
_WRAPPED = re.compile(r"""(["'])[^"']*[\[(=<>,&|!]\s*\1.*\1$""")
_IN_FLOW = "in a rule of one line YAML ends a text at each , [ ] { } and ' #'"
_BY_QUOTE = "a text that begins with a quote ends at the next one"
_IN_BLOCK = "YAML has signs of its own, as a ': ', a ' #' and a '!' or '&' before a text"


def bare(line: str, column: int) -> Bare | None:
    """Find the condition of a rule that goes over a column of a line, where YAML could not read it without quotes."""
    heads = [found.end() for found in _IF.finditer(line) if found.end() <= column]
    if not heads or _WHOLE.match(line, heads[-1]):
        return None
    start, in_flow = heads[-1], "{" in line[: heads[-1]]
    ends = _NEXT.search(line, start) if in_flow else None
    said = line[start : ends.start() if ends else len(line)].rstrip()
    if column > start + len(said):
        return None
    plain = said[1:-1] if _WRAPPED.match(said) else said
    why = _BY_QUOTE if said[:1] in ("'", '"') else _IN_FLOW if in_flow else _IN_BLOCK
    return Bare(start, start + len(said), why, "'" + plain.replace("'", "''") + "'")


def in_comment(line: str) -> int | None:
    """Find a # that begins a comment within a text of a condition, so that nothing behind it is read."""
    for found in re.finditer(r"\s#", line):
        condition = bare(line, found.start())
        if condition is not None and line[condition.start : found.start()].count('"') % 2:
            return found.start()
    return None
