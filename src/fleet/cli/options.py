"""Options: what the parser is told of the flags that every verb takes, before it and after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

import typer

from fleet.cli.flags import COLORS, Flags
from fleet.errors import Typed

ALSO = "Every verb: -C DIR, --as PERSON, --json, -q, -v, --color WHEN, --utc, --ascii."
"""What every verb's help ends with, in place of those eight flags."""


def _option(*names: str, metavar: str | None = None, help: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, show_default=False)


COMMON: dict[str, Any] = {
    "directory": Annotated[str, _option("-C", metavar="DIR", help="Begin in this folder.")],
    "person": Annotated[str, _option("--as", metavar="PERSON", help="Act as this person.")],
    "json": Annotated[bool, _option("--json", help="Print one JSON object.")],
    "quiet": Annotated[bool, _option("-q", "--quiet", help="Only answer and errors.")],
    "verbose": Annotated[bool, _option("-v", "--verbose", help="Say more.")],
    "color": Annotated[str, _option("--color", metavar="WHEN", help="auto, always or never.")],
    "utc": Annotated[bool, _option("--utc", help="Show times in UTC.")],
    "ascii": Annotated[bool, _option("--ascii", help="Print nothing but ASCII.")],
}


def merged(outer: Flags, inner: Flags) -> Flags:
    """Join the flags before the verb with those after it; the later one wins."""
    if inner.color and inner.color not in COLORS:
        raise Typed(f"--color {inner.color}: it is one of {', '.join(COLORS)}")
    return Flags(**{f.name: getattr(inner, f.name) or getattr(outer, f.name) for f in fields(Flags)})


def with_flags(verb: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a verb, whose first parameter is its Flags, the options that every verb has."""
    signature = inspect.signature(verb, eval_str=True)
    own = list(signature.parameters.values())[1:]
    wants_context = any(p.name == "ctx" for p in own)
    own = [p for p in own if p.name != "ctx"]
    names = [name for name in COMMON if name not in {p.name for p in own}]

    def call(ctx: typer.Context, **given: Any) -> int | None:
        here = Flags(**{name: given.pop(name) for name in names})
        flags = merged(ctx.obj if isinstance(ctx.obj, Flags) else Flags(), here)
        ctx.obj = flags
        return verb(flags, **given, **({"ctx": ctx} if wants_context else {}))

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    common = [_parameter(name) for name in names]
    parameters = [context, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *common]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__doc__, call.__name__ = verb.__doc__, verb.__name__
    return call


def _parameter(name: str) -> inspect.Parameter:
    default: object = False if COMMON[name].__origin__ is bool else ""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=COMMON[name])
