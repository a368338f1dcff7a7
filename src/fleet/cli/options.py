"""Options: what a verb takes, told to the parser."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, cast

import typer

from fleet.cli.flags import Flags
from fleet.cli.takes import COMMON, Take, merged, own, split


def with_flags(verb: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a verb, whose first parameter is its Flags, the options that every verb has."""
    mine = own(verb)
    wants_context = mine.pop("ctx", None) is not None
    names = [name for name in COMMON if name not in mine]

    def call(ctx: typer.Context, **given: Any) -> int | None:
        here = Flags(**{name: given.pop(name) for name in names})
        flags = merged(ctx.obj if isinstance(ctx.obj, Flags) else Flags(), here)
        ctx.obj = flags
        return verb(flags, **given, **({"ctx": ctx} if wants_context else {}))

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *map(_parameter, mine.values()), *map(_common, names)]
    call.__signature__ = inspect.Signature(parameters, return_annotation=int | None)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__doc__, call.__name__ = verb.__doc__, verb.__name__
    return call


def _common(name: str) -> inspect.Parameter:
    default: object = False if split(COMMON[name])[0] is bool else ""
    made = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=COMMON[name])
    return _parameter(made)


def _parameter(one: inspect.Parameter) -> inspect.Parameter:
    hint, take = split(one.annotation)
    annotation = cast(Any, Annotated)[hint, _typed(take)]
    return one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def _typed(take: Take) -> Any:
    """A flag or word as the parser's library has it."""
    if not take.names:
        return typer.Argument(metavar=take.metavar, help=take.help, show_default=take.show_default)
    return typer.Option(
        *take.names,
        metavar=take.metavar,
        help=take.help,
        show_default=take.show_default,
        min=take.min,
        max=take.max,
    )
