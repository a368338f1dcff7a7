"""Verbs: the table of what `fleet` can do, and a parser that loads only the one that was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from fleet import __version__
from fleet.cli.flags import Flags
from fleet.cli.options import ALSO, COMMON, with_flags
from fleet.errors import Typed


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: where it is written (`module:function`), what it does, and its own verbs if it has any.

    A verb with verbs of its own carries out `at` when none of them is named.
    """

    name: str
    at: str
    help: str
    group: str = ""
    verbs: tuple[Verb, ...] = ()


FIRST, WORK, PEOPLE, LOOK, INSIDE = "A normal week", "Running", "Mail and people", "Looking closer", "Seats"

INBOX = (
    Verb("read", "inbox:read", "Print one message."),
    Verb("send", "inbox:send", "Send a message as a person."),
    Verb("done", "inbox:done", "Put a message that a person has read into done/."),
    Verb("retry", "inbox:retry", "Put a message that was set aside back into new/."),
)
AUDIT = (
    Verb("verify", "audit:verify", "Check the chain of the ledger; names the first line that is wrong."),
)
EMIT = (
    Verb("message", "emit:message", "Send a message when this turn ends well."),
    Verb("claim", "emit:claim", "Say that a subject is this seat's for now."),
    Verb("action", "emit:action", "Ask for one thing to be done outside."),
    Verb("metric", "emit:metric", "Give one measured value."),
    Verb("escalate", "emit:escalate", "Pass a matter up to a person."),
    Verb("checkpoint", "emit:checkpoint", "Save what a retry of this turn should go on from."),
)
VERBS = (
    Verb("init", "init:init", "Write a small fleet that runs with no key and no network.", FIRST),
    Verb("check", "check:check", "Find every mistake in fleet.yaml, with its place and what to try.", FIRST),
    Verb("up", "up:up", "Start the fleet; -d leaves it in the background.", FIRST),
    Verb("status", "status:status", "Show every seat, or one in full.", FIRST),
    Verb("tail", "tail:tail", "Show turns, mail, verdicts and trouble in the order of time.", FIRST),
    Verb("approve", "approve:approve", "Show what waits for a yes; with an id say it, once.", FIRST),
    Verb("inbox", "inbox:inbox", "List mail; read, send, put away or retry it.", FIRST, INBOX),
    Verb("down", "up:down", "Finish the turns that run, then stop.", WORK),
    Verb("plan", "plan:plan", "Show what an edit of fleet.yaml changes, riskiest first.", WORK),
    Verb("rehearse", "rehearse:rehearse", "Run the real holders in a copy, on a clock that jumps.", WORK),
    Verb("apply", "plan:apply", "Say yes to an edit that waits, or go back to a revision.", WORK),
    Verb("simulate", "simulate:simulate", "Play the calendar over days; runs nothing.", WORK),
    Verb("wake", "wake:wake", "Give a seat one turn now.", WORK),
    Verb("pause", "wake:pause", "Stop a seat, a subject, a kind of action, or all of it.", WORK),
    Verb("resume", "wake:resume", "Go on after a pause.", WORK),
    Verb("deny", "approve:deny", "Say no to an action, with a reason.", PEOPLE),
    Verb("publish", "publish:publish", "Publish a person's state.", PEOPLE),
    Verb("why", "why:why", "Say why something did or did not run, wait, get refused.", LOOK),
    Verb("trace", "trace:trace", "Show what caused something and what it caused.", LOOK),
    Verb("audit", "audit:audit", "Check the ledger.", LOOK, AUDIT),
    Verb("explain", "explain:explain", "Say what a cadence or an error code means.", LOOK),
    Verb("brief", "brief:brief", "Print what a seat would be given now.", INSIDE),
    Verb("emit", "emit:emit", "Give parts of a result while the turn runs.", INSIDE, EMIT),
)
PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
QUIET: dict[str, Any] = {**PLAIN, "add_completion": False}
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


class Verbs(TyperGroup):
    """A group of verbs from a table. A verb's module is imported when that verb is typed."""

    table: tuple[Verb, ...] = VERBS

    def list_commands(self, ctx: Any) -> list[str]:
        return [verb.name for verb in self.table]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return next((load(verb) for verb in self.table if verb.name == cmd_name), None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.list_commands(ctx):
            raise unknown(args[0], self.list_commands(ctx), ctx.command_path)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        rows = [row for row in (param.get_help_record(ctx) for param in self.get_params(ctx)) if row]
        with formatter.section("Flags"):
            formatter.write_dl(rows)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for group in dict.fromkeys(verb.group for verb in self.table):
            rows = [(verb.name, verb.help) for verb in self.table if verb.group == group]
            with formatter.section(group or "Verbs"):
                formatter.write_dl(rows)


class Inner(Verbs):
    """The verbs of one verb. Words that name none of them belong to the verb itself."""

    own: Verb

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] in self.list_commands(ctx) or self.own.name != "inbox":
            return super().resolve_command(ctx, args)
        return self.own.name, single(self.own), args


def unknown(word: str, known: Sequence[str], path: str) -> Typed:
    """Say that a verb is not known, and which one is near it."""
    from fleet.cli.nearest import VERBS as MEANT
    from fleet.cli.nearest import nearest

    found = nearest(word, known, MEANT)
    hint = f"Did you mean: {path} {found}" if found else f"See: {path} --help"
    return Typed(f"there is no verb {word[:60]!r}. {hint}")


def load(verb: Verb) -> Any:
    """Make a verb's parser."""
    return group(verb) if verb.verbs else single(verb)


def single(verb: Verb) -> Any:
    """Make the parser of a verb without verbs of its own."""
    module, _, function = verb.at.partition(":")
    app = typer.Typer(**QUIET)
    call = with_flags(getattr(import_module(f"fleet.cli.{module}"), function))
    app.command(verb.name, context_settings=HELP, epilog=ALSO)(call)
    return eased(typer.main.get_command(app))


def eased(command: Any, *, hide: bool = True) -> Any:
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
    app = typer.Typer(name=verb.name, cls=cls, context_settings=HELP, epilog=ALSO, **QUIET)
    app.callback(invoke_without_command=True)(with_flags(alone))
    return eased(typer.main.get_command(app))


def build() -> Any:
    """Make the parser of the whole program."""
    app = typer.Typer(cls=Verbs, context_settings=HELP, **PLAIN)
    app.callback(invoke_without_command=True)(with_flags(_bare))
    return eased(typer.main.get_command(app), hide=False)


def _bare(
    flags: Flags,
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int | None:
    """Runs a team of agents and people from one file, fleet.yaml. Alone it says how things are."""
    if version:
        print(f"fleet {__version__}")
        raise typer.Exit(0)
    if ctx.invoked_subcommand is not None:
        return None
    from fleet.cli.bare import bare

    return bare(flags)
