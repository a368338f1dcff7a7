"""Parser: made of the table of verbs; it loads only the verb that was typed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from fleet import __version__
from fleet.cli.flags import Flags
from fleet.cli.options import with_flags
from fleet.cli.takes import COMMON, option
from fleet.cli.verbs import VERBS, Verb
from fleet.errors import Typed

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False, "add_completion": False}
HELP = {"help_option_names": ["-h", "--help"]}
HELPS = frozenset(HELP["help_option_names"])


class Command(TyperCommand):
    """A verb without verbs of its own."""

    def get_help(self, ctx: Any) -> str:
        from fleet.cli.mistyped import path_of
        from fleet.cli.usage import of_verb

        return of_verb(path_of(ctx), self)

    def get_usage(self, ctx: Any) -> str:
        from fleet.cli.usage import usage

        return usage(ctx.command_path, self)


class Verbs(TyperGroup):
    """A group of verbs from a table. A verb's module is imported when that verb is typed."""

    table: tuple[Verb, ...] = VERBS

    def list_commands(self, ctx: Any) -> list[str]:
        return [verb.name for verb in self.table]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return next((load(verb) for verb in self.table if verb.name == cmd_name), None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.list_commands(ctx):
            if ctx.resilient_parsing:  # a shell asks what it could offer
                return None, None, args
            from fleet.cli.mistyped import no_verb

            raise Typed(no_verb(ctx.command_path, self.table, args))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        from fleet.cli.usage import of_all

        return of_all(self.table, self)


class Inner(Verbs):
    """The verbs of one verb. Words that name none of them belong to the verb itself."""

    own: Verb

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.own.own == "flags" and args[0] == self.own.name:
            return self.own.name, single(self.own), args[1:]
        if args[0] in self.list_commands(ctx) or self.own.own != "word" or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        return self.own.name, single(self.own), args

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if self.own.own == "flags" and are_own(self.own, args):
            args = [self.own.name, *args]
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        from fleet.cli.usage import of_group

        return of_group(ctx.command_path, self.own, single(self.own) if self.own.own else None)


def are_own(verb: Verb, words: list[str]) -> bool:
    """Say whether what was typed behind a verb is for itself: flags, and none of its verbs; help is of all of it."""
    inner = {one.name for one in verb.verbs}
    return words[:1] != [] and words[0].startswith("-") and inner.isdisjoint(words) and not HELPS & {*words}


def load(verb: Verb) -> Any:
    """Make a verb's parser."""
    return group(verb) if verb.verbs else single(verb)


def single(verb: Verb) -> Any:
    """Make the parser of a verb without verbs of its own."""
    module, _, function = verb.at.partition(":")
    app = typer.Typer(**PLAIN)
    call = with_flags(getattr(import_module(f"fleet.cli.{module}"), function))
    app.command(verb.name, cls=Command, context_settings=HELP)(call)
    return _eased(typer.main.get_command(app))


def _eased(command: Any, *, hide: bool = True) -> Any:
    """Make a parser quick, and leave the flags that every verb has out of its help."""
    help_option = command.get_help_option

    def get_help_option(ctx: Any) -> Any:
        option = help_option(ctx)
        if "process_value" not in vars(option):
            option.process_value = _settled(option, option.process_value)
        return option

    command.get_help_option = get_help_option
    for param in command.params:
        param.hidden = hide and param.name in COMMON
        param.process_value = _settled(param, param.process_value)
    return command


def _settled(param: Any, process: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Take a value as it is where there is nothing to convert or refuse.

    Typer builds a pydantic validator for every option, typed or not, which takes longer than most
    verbs; text that is to stay text, and an option that was left out, need none.
    """
    wanted = param.type_descriptor.annotation
    many = param.multiple or param.nargs == -1

    def settle(ctx: Any, value: Any) -> Any:
        if value is None and not param.required:
            return () if many else None
        if param.callback is not None:
            return process(ctx, value)
        plain = isinstance(value, tuple) and all(isinstance(v, str) for v in value) if many else value
        if (many and plain and value and wanted == list[str]) or (not many and type(value) is wanted):
            return value
        if wanted is int and isinstance(value, str) and value.isascii() and value.isdigit():
            number = int(value)
            if (param.min is None or number >= param.min) and (param.max is None or number <= param.max):
                return number
        return process(ctx, value)

    return settle


def group(verb: Verb) -> Any:
    """Make the parser of a verb with verbs of its own."""
    cls = type("Inner", (Inner,), {"own": verb, "table": verb.verbs})
    module, _, function = verb.at.partition(":")
    call = getattr(import_module(f"fleet.cli.{module}"), function)

    def alone(flags: Flags, ctx: typer.Context) -> int | None:
        return call(flags) if ctx.invoked_subcommand is None else None

    alone.__doc__ = verb.help
    app = typer.Typer(name=verb.name, cls=cls, context_settings=HELP, **PLAIN)
    app.callback(invoke_without_command=True)(with_flags(alone))
    return _eased(typer.main.get_command(app))


def build() -> Any:
    """Make the parser of the whole program."""
    app = typer.Typer(cls=Verbs, context_settings=HELP, **PLAIN)
    app.callback(invoke_without_command=True)(with_flags(_bare))
    return _eased(typer.main.get_command(app), hide=False)


def _bare(
    flags: Flags,
    ctx: typer.Context,
    version: Annotated[bool, option("--version", help="Print the version.")] = False,
) -> int | None:
    """Runs a team of agents and people from one file, fleet.yaml. Alone it says how things are."""
    if version:
        print(f"fleet {__version__}")
        raise typer.Exit(0)
    if ctx.invoked_subcommand is not None:
        return None
    from fleet.cli.bare import bare

    return bare(flags)
