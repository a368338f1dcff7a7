"""Takes: what a verb takes of what is typed: the flags of every verb, and its own words and flags."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any, get_args

from fleet.cli.flags import COLORS, Flags
from fleet.core.frozen import dataclass
from fleet.errors import Typed

ALSO = "Every verb: -C DIR, --as PERSON, --json, -q, -v, --color WHEN, --utc, --ascii."
"""What every verb's help ends with, in place of those eight flags."""


@dataclass(frozen=True, slots=True)
class Take:
    """How one parameter of a verb is typed: under the names of a flag, or as a word where there are none."""

    names: tuple[str, ...]
    metavar: str | None = None
    help: str = ""
    show_default: bool = True
    min: int | None = None
    max: int | None = None


def argument(*, metavar: str, help: str, show_default: bool = True) -> Take:
    """Say how a word is typed."""
    return Take((), metavar, help, show_default)


def option(
    *names: str,
    help: str,
    metavar: str | None = None,
    show_default: bool = True,
    min: int | None = None,
    max: int | None = None,
) -> Take:
    """Say how a flag is typed."""
    return Take(names, metavar, help, show_default, min, max)


def _common(*names: str, metavar: str | None = None, help: str) -> Take:
    return option(*names, metavar=metavar, help=help, show_default=False)


COMMON: Mapping[str, Any] = {
    "directory": Annotated[str, _common("-C", metavar="DIR", help="Begin in this folder.")],
    "person": Annotated[str, _common("--as", metavar="PERSON", help="Act as this person.")],
    "json": Annotated[bool, _common("--json", help="Print one JSON object.")],
    "quiet": Annotated[bool, _common("-q", "--quiet", help="Only answer and errors.")],
    "verbose": Annotated[bool, _common("-v", "--verbose", help="Say more.")],
    "color": Annotated[str, _common("--color", metavar="WHEN", help="auto, always or never.")],
    "utc": Annotated[bool, _common("--utc", help="Show times in UTC.")],
    "ascii": Annotated[bool, _common("--ascii", help="Print nothing but ASCII.")],
}
"""The flags that every verb takes, before it and after it."""


def merged(outer: Flags, inner: Flags) -> Flags:
    """Join the flags before the verb with those after it; the later one wins."""
    if inner.color and inner.color not in COLORS:
        raise Typed(f"--color {inner.color}: it is one of {', '.join(COLORS)}")
    return Flags(**{f.name: getattr(inner, f.name) or getattr(outer, f.name) for f in fields(Flags)})


def own(verb: Callable[..., int | None]) -> dict[str, inspect.Parameter]:
    """Give the parameters of a verb behind its Flags, by name."""
    signature = inspect.signature(verb, eval_str=True)
    return {p.name: p for p in list(signature.parameters.values())[1:]}


def split(annotation: Any) -> tuple[Any, Take]:
    """Part a parameter's annotation into its type and how it is typed."""
    hint, take = get_args(annotation)
    return hint, take
