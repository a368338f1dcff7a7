"""Help: of every verb it fits a screen, says what each word and flag is, and ends with calls that can be made."""

from __future__ import annotations

import shlex

import pytest

from fleet.cli.examples import EXAMPLES
from fleet.cli.parser import build, load
from fleet.cli.verbs import VERBS

LINES, COLUMNS = 24, 80
PATHS = [(verb.name,) for verb in VERBS]
PATHS += [(verb.name, inner.name) for verb in VERBS for inner in verb.verbs]


def parser_of(path):
    table, found = VERBS, None
    for name in path:
        found = next(verb for verb in table if verb.name == name)
        table = found.verbs
    return load(found)


@pytest.mark.parametrize("path", [(), *PATHS], ids=" ".join)
def test_help_fits_a_screen(nowhere, path):
    said = nowhere(*path, "--help")
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS
    assert "<" not in said.out  # no type of the language it is written in


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_word_and_flag_has_a_sentence(path):
    told = {param.name: param.help for param in parser_of(path).params if not param.hidden}
    assert [name for name, text in told.items() if not text] == []
    assert [
        text for text in told.values() if not (text[0].isupper() or text[0] == "-") or text[-1] != "."
    ] == []


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_verb_ends_with_calls_that_can_be_made(path):
    calls = EXAMPLES[" ".join(path)]
    assert 1 <= len(calls) <= 3
    for call in calls:
        words = shlex.split(call, comments=False)
        first = words.index("fleet") + 1
        end = next((at for at, word in enumerate(words) if at >= first and word in "|>"), len(words))
        assert words[first : first + len(path)] == list(path)
        ctx = build().make_context("fleet", words[first:end], resilient_parsing=False)
        ctx.close()
