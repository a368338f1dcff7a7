"""Plain words reach a verb without the parser, and bring it exactly what the parser would."""

from __future__ import annotations

import functools
import inspect
from importlib import import_module

import pytest

from fleet.cli.direct import call_of
from fleet.cli.parser import build
from fleet.cli.takes import own, split
from fleet.cli.verbs import VERBS

TABLE = [((verb.name,), verb) for verb in VERBS] + [
    ((verb.name, one.name), one) for verb in VERBS for one in verb.verbs
]
ALONE = [pair for pair in TABLE if not pair[1].verbs or pair[1].name == "inbox"]


@pytest.fixture
def called(monkeypatch):
    """Gives what a verb was called with, by the parser and without it."""
    got = []

    def replace(at):
        module, _, name = at.partition(":")
        place = import_module(f"fleet.cli.{module}")
        real = getattr(place, name)

        @functools.wraps(real)
        def note(flags, **given):
            bound = inspect.signature(real).bind(flags, **given)
            bound.apply_defaults()
            got.append((at, {key: value or None for key, value in bound.arguments.items()}))
            return 7

        monkeypatch.setattr(place, name, note)

    for at in {verb.at for _, verb in TABLE} | {"bare:bare"}:
        replace(at)

    def both(*words):
        got.clear()
        assert build().main(args=list(words), prog_name="fleet", standalone_mode=False) == 7
        call = call_of(words)
        if call is not None:
            assert call() == 7
            assert got[0] == got[1]
        return call is not None

    return both


def _typed(verb):
    """All that a verb takes, as it is typed: words that it needs, and flags one by one."""
    words, flags, needed = [], [], []
    for one in own(
        getattr(import_module(f"fleet.cli.{verb.at.partition(':')[0]}"), verb.at.partition(":")[2])
    ).values():
        hint, take = split(one.annotation)
        value = "1" if "int" in str(hint) or "float" in str(hint) else "some text"
        typed = ([take.names[-1]] if hint is bool else [take.names[-1], value]) if take.names else [value]
        if not take.names:
            words += typed
        elif one.default is inspect.Parameter.empty:
            needed += typed
        else:
            flags.append(typed)
    return words, needed, flags


@pytest.mark.parametrize(
    ("path", "verb"), ALONE, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_each_flag_and_word_of_each_verb_means_the_same_with_and_without_the_parser(called, path, verb):
    words, needed, flags = _typed(verb)
    direct = [called(*path, *words, *needed)]
    for flag in [*flags, ["-C", "there"], ["--json"], ["--color", "never"]]:
        direct.append(called(*path, *words, *flag, *needed))
        direct.append(called(*path, *flag, *needed, *words))
    direct.append(
        called("--utc", "-C", "there", *path, *[w for flag in flags for w in flag], *needed, *words)
    )
    assert any(direct)
    if all(
        "float" not in str(one.annotation)
        for one in own(
            getattr(import_module(f"fleet.cli.{verb.at.partition(':')[0]}"), verb.at.partition(":")[2])
        ).values()
    ):
        assert all(direct)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-C", "there"),
        ("-q", "--json", "status"),
        ("-C", "here", "status", "-C", "there"),
        ("--color=always", "tail", "-n", "3"),
        ("inbox",),
        ("inbox", "--json"),
        ("--json", "inbox", "dash", "--utc"),
        ("approve", "a-1", "a-2", "--because=so it is"),
        ("check", "-", "--format=json"),
        ("explain", "every", "4h"),
    ],
)
def test_what_is_typed_in_other_ways_means_the_same_too(called, words):
    assert called(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("status", "-h"),
        ("--version",),
        ("logs",),
        ("status", "--jsn"),
        ("tail", "-n"),
        ("tail", "-n3"),
        ("explain", "every 4h", "-n", "0"),
        ("why",),
        ("why", "a", "b"),
        ("why", ""),
        ("status", "--", "-x"),
        ("check", "--format", "-x"),
        ("status", "-qv"),
        ("status", "--json=yes"),
        ("audit", "verfy"),
        ("inbox", "-n"),
        ("-C",),
    ],
)
def test_what_is_wrong_missing_or_out_of_the_ordinary_is_left_to_the_parser(words):
    assert call_of(words) is None
