"""Direct: a verb called with words that can mean one thing only, without the parser, which takes 50 ms to load.

It reads the same signatures. Whatever is not plain is left to the parser: what is wrong or missing, help,
flags run together, a value that begins with a dash. So nothing is told here, and nothing is guessed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, get_args

from fleet.cli.flags import Flags
from fleet.cli.takes import COMMON, Take, merged, own, split
from fleet.cli.verbs import VERBS, Verb

Call = Callable[[], int | None]
Known = Mapping[str, tuple[str, Any, Take]]
"""Flags as they are typed: the parameter that each fills, its type, and how it is typed."""


class _Odd(Exception):
    """These words are for the parser."""


def call_of(words: Sequence[str]) -> Call | None:
    """Give the call that these words ask for; None where the parser must say."""
    try:
        return _call(words)
    except _Odd:
        return None


def _call(words: Sequence[str]) -> Call:
    outer, rest = _lead(words)
    if not rest:
        from fleet.cli.bare import bare

        return partial(bare, merged(Flags(), outer))
    verb, rest = _named(rest[0], VERBS), rest[1:]
    if verb is None:
        raise _Odd
    if verb.own == "flags" and {one.name for one in verb.verbs}.isdisjoint(rest):
        return _filled(_load(verb), outer, rest)
    if verb.verbs:
        inner, rest = _lead(rest)
        outer = merged(outer, inner)
        if not rest:
            return partial(_load(verb), outer)
        one = _named(rest[0], verb.verbs)
        if one is None and (verb.own != "word" or rest[0].startswith("-")):
            raise _Odd
        verb, rest = (one, rest[1:]) if one is not None else (verb, rest)
    return _filled(_load(verb), outer, rest)


def _named(word: str, table: Sequence[Verb]) -> Verb | None:
    return next((verb for verb in table if verb.name == word), None)


def _load(verb: Verb) -> Callable[..., int | None]:
    module, _, function = verb.at.partition(":")
    found: Callable[..., int | None] = getattr(import_module(f"fleet.cli.{module}"), function)
    return found


def _lead(words: Sequence[str]) -> tuple[Flags, Sequence[str]]:
    """The flags of every verb that stand before the next word, and what follows them."""
    known = _known({name: split(annotation) for name, annotation in COMMON.items()})
    given: dict[str, Any] = {}
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at = _flag(words, at, known, given)
    return Flags(**given), words[at:]


def _known(takes: Mapping[str, tuple[Any, Take]]) -> Known:
    return {typed: (name, hint, take) for name, (hint, take) in takes.items() for typed in take.names}


def _flag(words: Sequence[str], at: int, known: Known, given: dict[str, Any]) -> int:
    """Take the flag that stands there; gives where the next word is."""
    typed, equals, value = words[at].partition("=")
    if typed not in known or (equals and not typed.startswith("--")):
        raise _Odd
    name, hint, take = known[typed]
    if hint is bool and not equals:
        given[name] = True
        return at + 1
    if not equals:
        if at + 1 == len(words):
            raise _Odd
        value = words[at + 1]
    if not value or (value.startswith("-") and value != "-"):
        raise _Odd
    kind = _kind(hint)
    if kind is list:
        given.setdefault(name, []).append(value)
    else:
        given[name] = value if kind is str else _number(value, kind, take)
    return at + (1 if equals else 2)


def _kind(hint: Any) -> Any:
    """The type of a parameter that may be left out: of `list[str] | None` it is list."""
    kinds = (
        [one for one in get_args(hint) if one is not type(None)] if type(None) in get_args(hint) else [hint]
    )
    return list if kinds == [list[str]] else kinds[0]


def _number(value: str, kind: Any, take: Take) -> int:
    if kind is not int or not (value.isascii() and value.isdigit()):
        raise _Odd
    number = int(value)
    if (take.min is not None and number < take.min) or (take.max is not None and number > take.max):
        raise _Odd
    return number


def _filled(function: Callable[..., int | None], outer: Flags, words: Sequence[str]) -> Call:
    """A verb with the words and flags behind it."""
    parameters = own(function)
    mine = {name: split(one.annotation) for name, one in parameters.items() if get_args(one.annotation)}
    common = {name: split(annotation) for name, annotation in COMMON.items() if name not in mine}
    known = _known({**common, **mine})
    given: dict[str, Any] = {}
    stand: list[str] = []
    at = 0
    while at < len(words):
        if words[at].startswith("-") and words[at] != "-":
            at = _flag(words, at, known, given)
        else:
            stand.append(words[at])
            at += 1
    _place(stand, {name: hint for name, (hint, take) in mine.items() if not take.names}, given)
    if any(name not in given and one.default is inspect.Parameter.empty for name, one in parameters.items()):
        raise _Odd
    flags = merged(outer, Flags(**{name: given.pop(name) for name in common if name in given}))
    return partial(function, flags, **given)


def _place(words: Sequence[str], places: Mapping[str, Any], given: dict[str, Any]) -> None:
    """Put words that are no flags in their places, in order; a list takes all that are left."""
    left = list(words)
    for name, hint in places.items():
        kind = _kind(hint)
        if kind not in (str, list):
            raise _Odd
        if left:
            given[name], left = (left, []) if kind is list else (left[0], left[1:])
    if left or "" in words:
        raise _Odd
