"""Mistakes: shows what is wrong with a chart, with the line it stands on and a caret under it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from fleet.cli.answer import clean
from fleet.cli.table import fold, measure, shown, wrapped
from fleet.cli.terminal import colours, width

if TYPE_CHECKING:
    from fleet.core.mistake import Mistake, Place
    from fleet.core.read.mend import Mended

Lines = Callable[[str], Sequence[str]]
"""Gives the lines of a file by its name."""
UNSHOWN = ("F225",)
"""Codes of mistakes whose text is not shown again."""
WIDEST = 160
"""Columns of a source line that are shown, on a terminal as many as fit; a longer one is cut around the caret."""


def show_mistakes(
    mistakes: Sequence[Mistake], *, lines: Lines | None = None, file: TextIO | None = None, color: str = ""
) -> None:
    """Print mistakes and how many there are; `color` is what was typed of it."""
    from fleet.cli.paint import mistake_rows

    out = file or sys.stdout
    wide, colour = width(out), colours(color, out)
    unshown = [mistake.place for mistake in mistakes if mistake.code in UNSHOWN]
    lines = _masked(lines or (lambda name: ()), unshown)
    for mistake in mistakes:
        rows = told(mistake, lines, wide)
        print("\n".join(mistake_rows(rows) if colour else rows), file=out)
    print(summary(mistakes), file=out)


def summary(mistakes: Sequence[Mistake]) -> str:
    """Count mistakes: `2 errors, 0 warnings.`, and name the code to read about.

    That is the one told most often, errors before warnings; of equals the last, which stands just above.
    """
    errors = [m for m in mistakes if m.level == "error"]
    said = f"{_count(len(errors), 'error')}, {_count(len(mistakes) - len(errors), 'warning')}."
    codes = [m.code for m in errors or mistakes]
    return f"{said}  fleet explain {max(reversed(codes), key=codes.count)} says more." if codes else said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def told(mistake: Mistake, lines: Lines, wide: int | None = None) -> list[str]:
    """Tell one mistake: what, where, the line with a caret, why, and what to try; in so many columns."""
    rows = [f"{mistake.level}[{mistake.code}]: {clean(mistake.what)}", f"  --> {mistake.place}"]
    spots = [(mistake.place, "^", "")]
    if mistake.second is not None:
        spots.append((mistake.second, "-", mistake.second_what))
    places = [
        s for s in sorted(spots, key=lambda s: (s[0].file != mistake.place.file, s[0].line)) if s[0].line
    ]
    if mistake.code in UNSHOWN:
        lines = _masked(lines, [mistake.place])
    digits = max((len(str(place.line)) for place, _, _ in places), default=1)
    if any(_line(place, lines) is not None for place, _, _ in places):
        rows.append(f"{' ' * digits} |")
    for place, mark, what in places:
        rows += _spot(place, mark, what, digits, lines, wide)
    if mistake.why:
        rows += wrapped(f"{' ' * digits} = why: ", clean(mistake.why), wide)
    if mistake.tries:
        rows += wrapped(f"{' ' * digits} = try: ", "   |   ".join(map(clean, mistake.tries)), wide)
    return rows


def _masked(lines: Lines, places: Sequence[Place]) -> Lines:
    """Give the lines without what stands at places: it may be real, and this may be a log that many read."""

    def masked(file: str) -> Sequence[str]:
        found = list(lines(file))
        for place in places:
            for number in range(place.line, place.end_line + 1):
                if file == place.file and 0 < number <= len(found):
                    text = found[number - 1]
                    start = place.column - 1 if number == place.line else 0
                    end = place.end_column - 1 if number == place.end_line else len(text)
                    found[number - 1] = text[:start] + "*" * (end - start) + text[end:]
        return found

    return masked if places else lines


def _line(place: Place, lines: Lines) -> str | None:
    text = lines(place.file)
    return text[place.line - 1] if 0 < place.line <= len(text) else None


def _spot(place: Place, mark: str, what: str, digits: int, lines: Lines, limit: int | None) -> list[str]:
    text = _line(place, lines)
    if text is None:
        return []
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    wide = min(limit - digits - 3, WIDEST) if limit else WIDEST
    cut = max(0, place.column - wide // 2) if measure(text) > wide else 0
    start = min(place.column - 1, len(text))
    end = place.end_column - 1 if place.end_line == place.line else len(text)
    said = shown(text[cut : cut + wide])
    marked = text[start : min(end, cut + wide, len(text))]
    under = " " * measure(shown(text[cut:start])) + mark * max(1, measure(shown(marked)))
    beside = wrapped(f"{under} ", clean(what), wide if limit else None, below=0)
    return [
        f"{place.line:>{digits}} | {fold(said, wide)[0] if measure(said) > wide else said}".rstrip(),
        *(f"{' ' * digits} | {line}".rstrip() for line in beside),
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
        "mend": {**_place(mistake.mend.place), "text": mistake.mend.text} if mistake.mend else None,
    }


def mended_json(mended: Mended) -> dict[str, object]:
    """Give what was mended as JSON; the place is the one it had before."""
    code = mended.mistake.code
    return {"code": code, **_place(mended.mend.place), "old": mended.old, "new": mended.mend.text}


def mended_line(mended: Mended) -> str:
    """Tell of one mending: `fleet.yaml:53:5  manger -> answers_to`."""
    return f"{mended.mend.place}  {_seen(mended.old)} -> {_seen(mended.mend.text)}"


def _seen(text: str) -> str:
    """A text that can be told from nothing: blanks alone, and what holds them at an end, in quotes."""
    told = clean(text.replace("\t", "\\t").replace("\ufeff", "a byte order mark"))
    return told if told and told == told.strip() else f"'{told}'" if told else "nothing"


def _place(place: Place) -> dict[str, object]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


ESCAPES: Mapping[str, str] = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def as_github(mistake: Mistake, path: Callable[[str], str] = str) -> str:
    """Give a mistake as a line that GitHub's runner shows at its place in a pull request.

    `path` leads from a file as it was typed to the one in the repository. Columns are given for one line only:
    GitHub refuses them for several.
    """
    text = "  ".join([mistake.what, mistake.why, *(f"try: {t}" for t in mistake.tries)]).rstrip()
    text = "".join(ESCAPES.get(c, c) for c in text)
    place = mistake.place
    where = f"file={_property(path(place.file))},line={place.line},endLine={place.end_line}"
    if place.line == place.end_line:
        where += f",col={place.column},endColumn={place.end_column}"
    return f"::{mistake.level} {where},title={mistake.code}::{text}"


def _property(text: str) -> str:
    return "".join({**ESCAPES, ":": "%3A", ",": "%2C"}.get(c, c) for c in text)
