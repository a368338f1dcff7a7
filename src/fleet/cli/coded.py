"""Coded: what the code of a mistake means, as `fleet explain F310` prints it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fleet.cli.answer import print_json
from fleet.cli.flags import Flags
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.coded.code import Code

WIDE = 80  # columns
NAMED = 3  # codes that are near to one that is none


def show_code(flags: Flags, code: str) -> int:
    """Print what a code means; raises Typed for one that is none, with the nearest."""
    from fleet.core.coded import every_code
    from fleet.core.read.codes import CODES

    code = code.upper()
    known = every_code()
    if code not in known:
        near = ", ".join(_nearest_codes(code, known))
        raise Typed(f"there is no code {code[:20]}; nearest: {near}. docs/reference/errors.md has them all.")
    if flags.json:
        print_json("explain", as_json(known[code], CODES[code]), flags=flags)
    else:
        print("\n".join(page(known[code], CODES[code])))
    return 0


def _nearest_codes(code: str, known: Iterable[str]) -> list[str]:
    """Find the codes that a mistyped one may mean: those that begin so, else those beside it.

    >>> _nearest_codes("F31", ["F302", "F310", "F311"]), _nearest_codes("F420", ["F202", "F411", "F412"])
    (['F310', 'F311'], ['F412', 'F411', 'F202'])
    """
    codes = list(known)
    begun = [one for one in codes if one.startswith(code) or code.startswith(one)]
    number = int(code[1:7] or 0)
    beside = sorted(codes, key=lambda one: abs(int(one[1:]) - number))
    return (begun or beside)[:NAMED]


def page(code: Code, means: str) -> list[str]:
    """What is told of a code, in eighty columns: title, sentences, an example before and after."""
    after = [f"    {line}".rstrip() for line in code.after.rstrip("\n").split("\n")]
    beside = f", with {' and '.join(code.beside)} in the folder" if code.beside else ""
    return [
        *_wrapped(f"{code.level} {code.code}: {means}"),
        "",
        *_wrapped(code.says),
        "",
        "Before",
        *before(code),
        "",
        f"After{beside}",
        *after,
    ]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDE, break_long_words=False, break_on_hyphens=False)


def before(code: Code) -> list[str]:
    """The example that has the mistake, with the caret as `fleet check` shows it."""
    line, start, end = code.marked
    rows = []
    for number, text in enumerate(code.plain.rstrip("\n").split("\n"), 1):
        rows.append(f"{number} | {''.join(c if c.isprintable() else ' ' for c in text)}".rstrip())
        if number == line:
            rows.append(f"  | {' ' * (start - 1)}{'^' * (end - start)}")
    return rows


def as_json(code: Code, means: str) -> dict[str, object]:
    """What is told of a code, as JSON; `at` is where the caret stands in `before`."""
    line, start, end = code.marked
    return {
        "code": code.code,
        "level": code.level,
        "means": means,
        "says": code.says,
        "before": code.plain,
        "at": {"line": line, "column": start, "end_column": end},
        "after": code.after,
        "beside": dict(code.beside),
    }
