"""Key: what one key of fleet.yaml takes, means and is called elsewhere, and the kinds of values there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

# Every reading of a chart pays for the classes here: as many frozen dataclasses would take it 4 ms more.

Needed = Literal[
    "",  # it may be left out
    "always",  # its map is incomplete without it
    "in one file",  # of all files of the fleet
    "of an agent",  # only where an outside program holds the seat
]


Grammar = Literal[
    "text", "span", "money", "missed", "retries", "turns", "count", "target", "cadence", "cron", "command",
    "path", "file", "yaml", "address", "seat", "step", "action", "kind", "metric", "never", "secret",
    "outer path", "credential", "header", "header value", "name", "field", "field type", "condition",
    "subject", "expectation", "moment", "share", "measure", "any name", "anything",
    "ruling", "place", "size", "port", "processes", "files", "user", "date", "holiday", "workdays", "zone",
]  # fmt: skip
"""The grammars of texts; `grammar.GRAMMARS` says what each is."""


class Word(NamedTuple):
    """One of a few words."""

    words: tuple[str, ...]


class Some(NamedTuple):
    """One item, or a list of them."""

    item: Kind


class Each(NamedTuple):
    """A map with names of the user's own, of one grammar; `shown` stands for such a name in a path."""

    name: Grammar
    shown: str
    value: Kind


class Either(NamedTuple):
    """A value of one of several kinds."""

    kinds: tuple[Kind, ...]


class Key(NamedTuple):
    """One key of one kind of map: all that check, the schema, `explain` and the reference say of it.

    `example` is a line of YAML that is read; `called` are words that people use for it; `loosens` says
    which change of it waits for `fleet apply`.
    """

    name: str
    kind: Kind
    means: str
    left_out: str = ""
    example: str = ""
    called: str = ""
    loosens: str = ""
    needed: Needed = ""


class Keys(NamedTuple):
    """The keys of one kind of map; `meanings` leads from other people's words to ours."""

    where: str
    names: frozenset[str]
    meanings: Mapping[str, str] = {}
    table: tuple[Key, ...] = ()


Kind = Grammar | Word | Some | Each | Either | Keys
"""What may stand as a value: a text of a grammar, one of these, or a map with keys of ours."""


def tabled(where: str, *table: Key) -> Keys:
    """Make the keys of one kind of map from their rows."""
    words = {word: key.name for key in table for word in key.called.split()}
    return Keys(where, frozenset(key.name for key in table), words, table)


def meaning(name: str, keys: Keys) -> tuple[str, ...]:
    """Find the key of ours that says what somebody else's says."""
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    if word in keys.names:
        return (word,)
    return (keys.meanings[word],) if word in keys.meanings else ()


def close(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Find the nearest of the known words by spelling.

    >>> close("shedule", ["schedule", "title"])
    ('schedule',)
    """
    from fleet.core.read import near  # only a mistake needs it

    return near.close(word, known)
