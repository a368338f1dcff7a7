"""The JSON Schema of fleet.yaml: valid itself, takes every sound chart, refuses what it can see is wrong.

Editors read plain scalars by YAML's own rules, of 1.1 or of 1.2: both are tried, and neither is fleet's.
"""

from __future__ import annotations

import ast
import json
import re
from functools import cache

import pytest
import yaml
from docs.pages import ROOT
from jsonschema import Draft202012Validator

from fleet.core.prove import prove
from fleet.core.read.found import Found
from fleet.core.read.include import read_include
from fleet.core.read.keys import walk
from fleet.core.read.seat import KINDS
from fleet.core.read.whole import MOST_TURNS, read_draft
from fleet.core.schema import DRAFT, chart_schema
from fleet.store.yaml import read_nodes, read_plain

SHIPPED = ("fleet.yaml", "src/fleet/examples/minimal/fleet.yaml", "src/fleet/examples/maintainers/fleet.yaml")
LINE = "# yaml-language-server: $schema=fleet.schema.json"


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema: only `true` and `false` are truth values, and `10:00` and dates are texts."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), list(first))


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(chart_schema(read_plain))


def refusals(text: str) -> list[str]:
    """Return what the schema has against a chart, as an editor of either kind reads it."""
    found = []
    for loader in (yaml.SafeLoader, Core):
        value = json.loads(json.dumps(yaml.load(text, loader), default=str))
        found += [f"{list(e.absolute_path)}: {e.message[:200]}" for e in schema().iter_errors(value)]
    return found


def told(text: str) -> set[str]:
    """Return the codes of the errors that fleet itself finds in a chart."""
    root, found = read_nodes(text, "fleet.yaml")
    if root is None:
        return {m.code for m in found}
    nodes, texts = [("fleet.yaml", root)], {"fleet.yaml": text}
    chart, mistakes = read_draft(nodes, texts)
    included = Found(texts)
    read_include(root, included)
    return {m.code for m in (*found, *mistakes, *included.mistakes, *prove(chart)) if m.level == "error"}


def charts_in_tests() -> set[str]:
    """Return every text in the tests that is a whole chart: constants of their code, and files."""
    texts = {path.read_text("utf-8") for path in (ROOT / "tests").rglob("fleet.yaml")}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        code = path.read_text("utf-8")
        if "fleet: " in code and "seats:" in code:
            nodes = ast.walk(ast.parse(code))
            texts |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in texts if re.search("^fleet: ", text, re.MULTILINE) and "\nseats:" in text}


def test_it_is_a_valid_schema_of_its_draft() -> None:
    whole = chart_schema(read_plain)
    assert whole["$schema"] == DRAFT == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(whole)


def test_it_has_every_key_with_its_meaning_and_an_example_that_it_takes() -> None:
    whole = chart_schema(read_plain)
    maps = [whole, *whole["$defs"].values()]
    described = {name for one in maps for name in one["properties"]}
    assert described == {key.name for _, key in walk()}
    for one in maps:
        for name, part in one["properties"].items():
            assert part["description"], name
            held = {**part, "$defs": whole["$defs"]}
            assert all(Draft202012Validator(held).is_valid(value) for value in part["examples"]), name


def test_it_knows_the_holders_and_bounds_of_the_reader() -> None:
    whole = chart_schema(read_plain)
    assert {*whole["$defs"]["a-seat"]["dependentRequired"], "person"} == set(KINDS)
    assert whole["$defs"]["limits"]["properties"]["turns_at_once"]["maximum"] == MOST_TURNS


@pytest.mark.parametrize("path", SHIPPED)
def test_it_takes_the_charts_that_fleet_ships_and_their_first_line_points_to_it(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert refusals(text) == []
    assert text.split("\n")[0] == LINE


def test_it_takes_every_sound_chart_of_the_tests() -> None:
    sound = [text for text in charts_in_tests() if not told(text)]
    assert len(sound) > 10
    assert {text: found for text in sound if (found := refusals(text))} == {}


BETWEEN = {"F201", "F206", "F207", "F208", "F209", "F210", "F212"}
"""What only the whole chart can tell, and that these pieces of one have no seats."""
SEAT = "title: T, run: ./a, answers_to: me, owns: [x], scorecard: {n: all}"


@pytest.mark.parametrize(
    "chart",
    [
        "budgett: $4",  # no such key
        "runner: docker",  # a key of a later version
        "budget: 4 dollars",
        "budget: [$4]",  # a list where one text stands
        "seats: [dash]",  # a list where a map stands
        "seats: {Dash: {title: X}}",  # no name of a seat
        "seats: {dash: {run: ./a}}",  # an agent without title, answers_to, owns and scorecard
        "seats: {me: {person: Ann}}",  # a person without a title
        f"seats: {{dash: {{{SEAT}, when: four times a day}}}}",
        f"seats: {{dash: {{{SEAT}, when: [weekdays at 25:00]}}}}",
        f"seats: {{dash: {{{SEAT}, when: {{crom: 15 7 * * 1-5}}}}}}",
        f"seats: {{dash: {{{SEAT}, skip_if: nothing}}}}",
        f"seats: {{dash: {{{SEAT}, retries: 1000}}}}",
        f"seats: {{dash: {{{SEAT}, retries: -1}}}}",
        f"seats: {{dash: {{{SEAT}, missed: run twice}}}}",
        f"seats: {{dash: {{{SEAT}, good_for: 24}}}}",  # a number without a unit
        f"seats: {{dash: {{{SEAT}, reads: data/x.csv}}}}",  # a path as if it were a seat
        f"seats: {{dash: {{{SEAT}, reads: [{{path: /etc/passwd}}]}}}}",
        f"seats: {{dash: {{{SEAT}, reads: [{{path: a.csv, private: maybe}}]}}}}",
        f"seats: {{dash: {{{SEAT}, reads: [{{fresh_within: 1h}}]}}}}",  # without a path
        f"seats: {{dash: {{{SEAT}, never: [delete everything]}}}}",
        f"seats: {{dash: {{{SEAT}, can: {{do: [Mail]}}}}}}",
        "seats: {me: {title: T, person: A, scorecard: {n: '>= 6'}}}",
        "actions: {mail.send: {run: ./send, repeat: always}}",
        "actions: {mail.send: {http: localhost}}",
        "actions: {mail.send: {run: ./send, at_most: once a day}}",
        "conflicts: [{about: account}]",  # without a rank
        "conflicts: [{about: account, rank: [a, b], then: block}]",
        "rules: [{then: allow it}]",
        "handoffs: {x: {from: a, to: b, with: {c: money}}}",
        "escalation: {usual: [wait a while, me]}",
        "retired: {jeff: {date: yesterday}}",
        "workdays: monday",
        "include: seats.json",
    ],
)
def test_it_refuses_what_the_reader_refuses(chart: str) -> None:
    text = f"fleet: x\n{chart}\n" + ("" if "seats:" in chart else "seats: {}\n")
    assert schema().is_valid(yaml.load(text, Core)) is False
    assert told(text) - BETWEEN


@pytest.mark.parametrize(
    "chart",
    [
        "mission: 5",
        "holidays: 2026-12-25",
        "actions: {a.b: {run: ./x, once: no, outside: yes, at_most: 3}}",
        f"seats: {{dash: {{{SEAT}, retries: 2, when: {{cron: 15 7 * * 1-5}}}}}}",
        f"seats: {{on: {{{SEAT}}}, dash: {{{SEAT}, reads: [on]}}}}",
        "rules: [{if: true, then: hold}]",
        "limits: {turns_at_once: 10}",
    ],
)
def test_it_takes_what_is_text_to_fleet_and_something_else_to_an_editor(chart: str) -> None:
    assert refusals(f"fleet: x\n{chart}\n") == []
