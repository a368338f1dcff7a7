"""Mistyped: says of words that the parser did not take what is wrong, and which call was most likely meant."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from fleet.cli.examples import EXAMPLES
from fleet.cli.nearest import INNER, nearest, nearest_flag, spelled_flag
from fleet.cli.nearest import VERBS as MEANT
from fleet.cli.verbs import VERBS, Verb

SHOWN = 60
"""Letters of a word that are said back."""
ERASING = "Did you mean {}? A text is given on stdin: fleet audit erase --text-from - --because TEXT"
WHOLE = {
    "up": "One seat is woken by: fleet wake SEAT",
    "down": "It stops the whole fleet; one seat is stopped by: fleet pause SEAT",
}
"""What to do instead with a word behind a verb that takes none."""


def told(exc: Any, words: Sequence[str]) -> str:
    """Say in a line or two what the parser found wrong in these words, and what to try."""
    ctx, kind = getattr(exc, "ctx", None), type(exc).__name__
    if kind == "BadOptionUsage":
        return _half(exc.option_name, words)
    if ctx is None:
        return f"{exc.format_message().rstrip('.')}. See: fleet --help"
    if kind == "NoSuchOption":
        return _no_flag(exc.option_name, ctx, words)
    if kind == "MissingParameter":
        return _missing(exc.param, ctx)
    if kind == "BadParameter":
        return _bad_value(exc, ctx, words)
    extra = re.search(r"extra argument\(s\) \((.*)\)", exc.message, re.DOTALL)
    if extra is not None:
        return _one_too_many(extra[1], ctx, words)
    return f"{exc.format_message().rstrip('.')}. See: {path_of(ctx)} --help"


def no_verb(path: str, table: Sequence[Verb], words: Sequence[str]) -> str:
    """Say that a verb is not known, and which call was meant."""
    word, rest = words[0], list(words[1:])
    inner = path != "fleet"
    names = [verb.name for verb in table]
    found = nearest(word, names, INNER if inner else MEANT)
    said = f"there is no verb {word[:SHOWN]!r}{f' of {_named(path)}' if inner else ''}"
    if not found and inner:
        return f"{said}. It has: {', '.join(names)}. As: {_example(path)}"
    if not found:
        return f"{said}. See: {path} --help"
    if found == "emit" and word in INNER.values():
        found = f"emit {word}"
    return (
        f"{said}. Did you mean: {shlex.join([*path.split(), *found.split(), *_fitting(path, found, rest)])}"
    )


def _fitting(path: str, found: str, rest: Sequence[str]) -> list[str]:
    """Give the words behind a mistyped verb as the verb that was meant would take them."""
    if not any(word.startswith("-") for word in rest):
        return list(rest)
    flags = _flags_of(_command(f"{path} {found}".partition(" ")[2]))
    return [_instead(word, _any_flag(word.partition("=")[0], flags), flags) for word in rest]


def _any_flag(name: str, flags: Sequence[str]) -> str:
    return nearest_flag(name, flags) or spelled_flag(name, flags)


def _instead(word: str, flag: str, flags: Sequence[str]) -> str:
    name, equals, value = word.partition("=")
    return f"{flag}{equals}{value}" if word.startswith("-") and name not in flags and flag else word


def _no_flag(flag: str, ctx: Any, words: Sequence[str]) -> str:
    """Tell of a flag that a verb does not take: the nearest that it takes, or whose it is, or all that it takes."""
    path = path_of(ctx)
    named = _named(path)
    typed = next((word for word in words if word == flag or word.startswith(f"{flag}=")), "")
    if not typed:  # -kind is read as -k -i -n -d
        typed = next((word for word in words if word.startswith("-") and flag.lstrip("-") in word), flag)
    name, equals, value = typed.partition("=")
    flags = _flags_of(ctx.command)
    said = f"{named} takes no {name[:SHOWN]}" if named else f"there is no flag {name[:SHOWN]}"
    found = nearest_flag(name, flags)
    if path == "fleet audit erase":  # what is typed may be what is to be erased: none of it is said back
        return f"{said}. {ERASING.format(spelled_flag(name, flags) or '--text-from -')}"
    if found:
        return f"{said}. Did you mean: {_call(words, typed, f'{found}{equals}{value}')}"
    if name in ("--seat", "-s") and any(p.name in ("seat", "seats") for p in ctx.command.params):
        return f"{said}; a seat stands there without a flag. As: {_example(path)}"
    if name in ("--force", "--overwrite") and path == "fleet init":
        return f"{said}: it never overwrites. Name another folder: fleet init DIR"
    others = [verb for verb in _others(name) if f"fleet {verb}" != path]
    if others:
        what = "does" if len(others) == 1 else "do"
        return f"{said}; {_and([f'fleet {verb}' for verb in others[:3]])} {what}. See: {path} --help"
    found = spelled_flag(name, flags)
    if found:
        return f"{said}. Did you mean: {_call(words, typed, f'{found}{equals}{value}')}"
    own = [max(p.opts, key=len) for p in ctx.command.params if p.param_type_name == "option" and not p.hidden]
    takes = f" It takes {', '.join(own)}." if own and path != "fleet" else ""
    return f"{said}.{takes} See: {path} --help"


def _missing(param: Any, ctx: Any) -> str:
    name = param.metavar if param.param_type_name == "argument" else f"{param.opts[0]} {param.metavar}"
    means = f": {param.help[0].lower()}{param.help[1:].rstrip('.')}" if param.help else ""
    return f"{_named(path_of(ctx))} needs {name}{means}. As: {_example(path_of(ctx))}"


def _half(flag: str, words: Sequence[str]) -> str:
    """Tell of a flag without its value, or with one that it does not take."""
    path = _path(words)
    param = next((p for p in _command(path).params if flag in p.opts), None)
    see = f"See: {f'fleet {path}'.strip()} --help"
    if param is None or param.is_flag:
        return f"{flag} takes no value. {see}"
    means = f" {param.help}" if param.help else ""
    return f"{flag} needs a value behind it: {param.metavar}.{means} {see}"


def _bad_value(exc: Any, ctx: Any, words: Sequence[str]) -> str:
    """Tell of a value of the wrong kind; texts are taken as they are, so it is a number."""
    param, path = exc.param, path_of(ctx)
    if param is None:
        return f"{exc.format_message().rstrip('.')}. See: {path} --help"
    name = param.opts[0] if param.param_type_name == "option" else param.metavar
    typed = _value(words, param.opts)
    what = "a whole number" if "int" in str(param.type_descriptor.annotation) else "a number"
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    bounds = f", {low} or more" if low is not None else ""
    bounds = f", from {low} to {high}" if high is not None else bounds
    return f"{name} {typed[:SHOWN]}: it is {what}{bounds}. As: {_example(path)}"


def _value(words: Sequence[str], names: Sequence[str]) -> str:
    """Find what was typed as the value of a flag."""
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(words[at + 1 : at + 2]), "")
        if any(len(short) == 2 and word.startswith(short) for short in names):
            return word[2:]
    return ""


def _one_too_many(extra: str, ctx: Any, words: Sequence[str]) -> str:
    path, first = path_of(ctx), extra.split()[0]
    takes = [p.metavar for p in ctx.command.params if p.param_type_name == "argument"]
    if path == "fleet explain":
        text = " ".join(words[words.index("explain") + 1 :]) if "explain" in words else extra
        return f"explain takes one WHAT; put a cadence in quotes: fleet explain {shlex.quote(text)}"
    if path == "fleet inbox" and (
        found := nearest(next(iter(_behind(words, path)), ""), _inner(path), INNER)
    ):
        typed = _behind(words, path)[0]
        return f"there is no verb {typed[:SHOWN]!r} of {_named(path)}. Did you mean: {_call(words, typed, found)}"
    named = _named(path)
    said = f"{named} takes {_and(takes)} and no more" if takes else f"{named} takes no words"
    instead = WHOLE.get(path.partition(" ")[2], f"As: {_example(path)}")
    return f"{said}; {first[:SHOWN]!r} is one too many. {instead}"


def _behind(words: Sequence[str], path: str) -> list[str]:
    verb = path.rpartition(" ")[2]
    return (
        [word for word in words[words.index(verb) + 1 :] if not word.startswith("-")] if verb in words else []
    )


def _inner(path: str) -> list[str]:
    verb = next((verb for verb in VERBS if path == f"fleet {verb.name}"), None)
    return [inner.name for inner in verb.verbs] if verb is not None else []


def _call(words: Sequence[str], typed: str, meant: str) -> str:
    """Give the whole call with one word put right."""
    at = list(words).index(typed) if typed in words else len(words)
    return shlex.join(["fleet", *words[:at], meant, *words[at + 1 :]])


def path_of(ctx: Any) -> str:
    """Give the words that lead to a parser: those of `fleet inbox` are not said twice."""
    return " ".join(dict.fromkeys(ctx.command_path.split()))


def _path(words: Sequence[str]) -> str:
    """Find which verb, and which of its own, stands in these words."""
    names = {verb.name: verb for verb in VERBS}
    at = next((at for at, word in enumerate(words) if word in names), None)
    if at is None:
        return ""
    inner = [one.name for one in names[words[at]].verbs]
    return " ".join([words[at], *(word for word in words[at + 1 : at + 2] if word in inner)])


def _named(path: str) -> str:
    """Name a verb without the program's name; the program itself is no verb."""
    return path.partition(" ")[2]


def _example(path: str) -> str:
    verb = path.partition(" ")[2]
    return next(iter(EXAMPLES.get(verb, ())), f"{path} --help")


def _command(path: str) -> Any:
    """Make the parser of a verb, or of a verb's own; of what is none, that of the program."""
    from fleet.cli.parser import build, load

    first, _, second = path.partition(" ")
    verb = next((verb for verb in VERBS if verb.name == first), None)
    if verb is None:
        return build()
    inner = next((one for one in verb.verbs if one.name == second), None)
    return load(inner or verb)


def _flags_of(command: Any) -> list[str]:
    options = (param for param in command.params if param.param_type_name == "option")
    return [*(opt for param in options for opt in param.opts), "--help", "-h"]


def _others(flag: str) -> Iterator[str]:
    """Name the verbs that take a flag."""
    for verb in VERBS:
        for path in [verb.name, *(f"{verb.name} {inner.name}" for inner in verb.verbs)]:
            if flag in _flags_of(_command(path)):
                yield path


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
