"""Mistakes: shows what is wrong with a chart, with the line it stands on and a caret under it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from fleet.cli.answer import clean

if TYPE_CHECKING:
    from fleet.core.mistake import Mistake, Place

Lines = Callable[[str], Sequence[str]]
"""Gives the lines of a file by its name."""
WIDEST = 160
"""Columns of a source line that are shown; a longer one is cut around the caret."""


def show_mistakes(
    mistakes: Sequence[Mistake], *, lines: Lines | None = None, file: TextIO | None = None
) -> None:
    """Print mistakes and how many there are."""
    out = file or sys.stdout
    for mistake in mistakes:
        print("\n".join(told(mistake, lines or (lambda name: ()))), file=out)
    print(summary(mistakes), file=out)


def summary(mistakes: Sequence[Mistake]) -> str:
    """Count mistakes: `2 errors, 0 warnings.`"""
    errors = [m for m in mistakes if m.level == "error"]
    said = f"{_count(len(errors), 'error')}, {_count(len(mistakes) - len(errors), 'warning')}."
    return f"{said}  fleet explain {mistakes[-1].code} says more." if mistakes else said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def told(mistake: Mistake, lines: Lines) -> list[str]:
    """Tell one mistake: what, where, the line with a caret, why, and what to try."""
    rows = [f"{mistake.level}[{mistake.code}]: {clean(mistake.what)}", f"  --> {mistake.place}"]
    spots = [(mistake.place, "^", "")]
    if mistake.second is not None:
        spots.append((mistake.second, "-", mistake.second_what))
    shown = [
        s for s in sorted(spots, key=lambda s: (s[0].file != mistake.place.file, s[0].line)) if s[0].line
    ]
    width = max((len(str(place.line)) for place, _, _ in shown), default=1)
    if any(_line(place, lines) is not None for place, _, _ in shown):
        rows.append(f"{' ' * width} |")
    for place, mark, what in shown:
        rows += _spot(place, mark, what, width, lines)
    if mistake.why:
        rows.append(f"{' ' * width} = why: {clean(mistake.why)}")
    if mistake.tries:
        rows.append(f"{' ' * width} = try: {'   |   '.join(clean(t) for t in mistake.tries)}")
    return rows


def _line(place: Place, lines: Lines) -> str | None:
    text = lines(place.file)
    return text[place.line - 1] if 0 < place.line <= len(text) else None


def _spot(place: Place, mark: str, what: str, width: int, lines: Lines) -> list[str]:
    text = _line(place, lines)
    if text is None:
        return []
    text = "".join(c if c.isprintable() else " " for c in text)
    cut = max(0, place.column - WIDEST // 2) if len(text) > WIDEST else 0
    start = min(place.column - 1, len(text))
    end = place.end_column - 1 if place.end_line == place.line else len(text)
    marks = mark * max(1, min(end, cut + WIDEST, len(text)) - start)
    under = " " * (start - cut) + marks
    return [
        f"{place.line:>{width}} | {text[cut : cut + WIDEST]}".rstrip(),
        f"{' ' * width} | {under} {clean(what)}".rstrip(),
    ]


def as_json(mistake: Mistake) -> dict[str, object]:
    """Give a mistake as JSON."""
    return {
        "code": mistake.code,
        "level": mistake.level,
        **_place(mistake.place),
        "what": mistake.what,
        "why": mistake.why,
        "tries": list(mistake.tries),
        "second": {**_place(mistake.second), "what": mistake.second_what} if mistake.second else None,
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


ESCAPES: Mapping[str, str] = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def as_github(mistake: Mistake) -> str:
    """Give a mistake as a line that GitHub's runner shows at its place in a pull request."""
    text = "  ".join([mistake.what, mistake.why, *(f"try: {t}" for t in mistake.tries)]).rstrip()
    text = "".join(ESCAPES.get(c, c) for c in text)
    place = mistake.place
    where = f"file={_property(place.file)},line={place.line},endLine={place.end_line},col={place.column}"
    return f"::{mistake.level} {where},title={mistake.code}::{text}"


def _property(text: str) -> str:
    return "".join({**ESCAPES, ":": "%3A", ",": "%2C"}.get(c, c) for c in text)
