"""The table of fleet.yaml's keys against the reader, the defaults of the code and the list of what waits."""

from __future__ import annotations

from typing import Any

import pytest
from docs.pages import codes, marked, page, rows

from fleet.core.mistake import Mistake
from fleet.core.read.grammar import GRAMMARS, say_kind
from fleet.core.read.key import Key
from fleet.core.read.keys import FLEET, LATER, walk
from fleet.core.read.whole import read_draft
from fleet.store.yaml import read_nodes, read_plain

LISTED = (
    *("reach", "reads", "when", "conflicts", "rules"),
    *("examples", "items", "claims", "mail", "touched"),
)  # maps stand in a list there
ROWS = [pytest.param(path, key, id=".".join(path)) for path, key in walk()]


def nested(path: tuple[str, ...], text: str) -> str:
    """Return a chart in which a line of YAML stands at the place of that key."""
    for part in reversed(path[:-1]):
        inside = f"[{{{text}}}]" if part in LISTED else f"{{{text}}}"
        text = f"{'name' if part.isupper() else part}: {inside}"
    return text


def read(text: str) -> tuple[Any, list[Mistake]]:
    """Read a chart; a part of one lacks keys, which is not told."""
    root, found = read_nodes(text, "fleet.yaml")
    assert root is not None and not found, (text, found)
    chart, mistakes = read_draft([("fleet.yaml", root)], {"fleet.yaml": text})
    return chart, [m for m in mistakes if m.code not in ("F407", "F213")]


@pytest.mark.parametrize(("path", "key"), ROWS)
def test_each_example_is_a_line_that_the_reader_takes_at_the_place_of_its_key(
    path: tuple[str, ...], key: Key
) -> None:
    assert list(read_plain(key.example)) == [key.name]
    around = "http: 'http://h/', " if key.name == "headers" else ""
    assert read(nested(path, around + key.example))[1] == []


@pytest.mark.parametrize(("path", "key"), ROWS)
def test_each_key_says_what_it_means_and_what_holds_without_it(path: tuple[str, ...], key: Key) -> None:
    assert key.means.endswith(".") and key.means[0].isupper()
    assert bool(key.left_out) != (key.needed in ("always", "in one file"))
    assert say_kind(key.kind)


@pytest.mark.parametrize(
    ("path", "around"),
    [
        (("limits", "turns_at_once"), ""),
        (("workdays",), ""),
        (("timezone",), ""),
        *(
            (("seats", "SEAT", name), "run: ./agent, ")
            for name in ("limit", "late_after", "retries", "skip_if", "missed", "input")
        ),
        (("seats", "SEAT", "reads", "private"), "path: a.csv, "),
        (("seats", "SEAT", "reads", "outside"), "path: a.csv, "),
        (("seats", "SEAT", "scorecard", "METRIC", "by"), "target: all, "),
        (("actions", "KIND", "limit"), "run: ./act, "),
        (("actions", "KIND", "repeat"), "run: ./act, "),
        (("actions", "KIND", "outside"), "run: ./act, "),
        (("conflicts", "then"), "about: account, rank: [a], "),
    ],
)
def test_what_is_said_to_hold_without_a_key_is_what_holds(path: tuple[str, ...], around: str) -> None:
    key = next(key for there, key in walk() if there == path)
    without, _ = read(nested(path, around.rstrip(", ") or "mission: none")) if around else read("fleet: x")
    given, mistakes = read(nested(path, f"{around}{key.name}: {key.left_out}"))
    assert mistakes == []
    assert (given.calendar, given.turns_at_once) == (without.calendar, without.turns_at_once)
    assert [c.then for c in given.conflicts] == [c.then for c in without.conflicts]
    assert [_terms(seat) for seat in given.seats.values()] == [_terms(s) for s in without.seats.values()]
    assert [_deeds(kind) for kind in given.actions.values()] == [_deeds(k) for k in without.actions.values()]


def _terms(seat: Any) -> tuple[object, ...]:
    return (seat.limit, seat.late_after, seat.retries, seat.skip_if, seat.missed, seat.input, seat.paths,
            seat.scorecard)  # fmt: skip


def _deeds(kind: Any) -> tuple[object, ...]:
    return kind.limit, kind.repeat, kind.outside, kind.once


def waiting(cells: list[str]) -> list[str]:
    return [name.partition(":")[0] for name in codes(" ".join(cells[:2]))]


def test_what_is_said_to_wait_is_what_the_list_of_what_loosens_says() -> None:
    table = marked(page("docs/files.md"), "loosens")
    known = {key.name for _, key in walk()}
    waits = {name for cells in rows(table) for name in waiting(cells) if name in known}
    said = {key.name for _, key in walk() if key.loosens}
    # The list names what holds them (`subjects`, `rules`, other holders), or says them in words.
    parts = {"of", "from", "rank", "then", "within", "seat", "action", "if", "path", "defaults", "limits",
             "retired", "python", "llm", "coding_agent", "a2a"}  # fmt: skip
    assert waits - said == set()
    assert said - waits <= parts


def test_a_key_is_called_by_no_name_that_a_neighbour_has() -> None:
    tables: dict[tuple[str, ...], list[Key]] = {}
    for path, key in walk():
        tables.setdefault(path[:-1], []).append(key)
    for table in tables.values():
        names = {key.name for key in table}
        assert len(names) == len(table)
        assert all(key.name not in key.called.split() for key in table if key.name != "once")


def test_no_key_of_a_later_version_is_one_already() -> None:
    assert LATER.isdisjoint(key.name for key in FLEET.table)


def test_every_grammar_says_what_it_is() -> None:
    assert all(grammar.says and not grammar.says.endswith(".") for grammar in GRAMMARS.values())
