"""The texts of `fleet explain`: each fits a screen, and each example is taken by the reader of that format."""

from __future__ import annotations

import json
import re
import textwrap
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from docs.pages import ROOT, codes, marked, page, rows

from fleet.cli.plan import MARKS
from fleet.cli.topics import ALSO, FOLDER, FORMATS, GRAMMARS, WORDS, text_of, words
from fleet.core.action import Action
from fleet.core.cadence import read_cadence, read_missed
from fleet.core.gate import given
from fleet.core.health import WORDS as WORDS_OF_HEALTH
from fleet.core.law import Law
from fleet.core.lexicon import ACTION, VARIABLES
from fleet.core.message import read_dropped
from fleet.core.read.found import Found
from fleet.core.read.keys import walk
from fleet.core.read.whole import read_draft
from fleet.core.record import look, read_line
from fleet.core.result import read_emitted, read_result
from fleet.core.script.read import read_header, read_steps
from fleet.core.span import read_span
from fleet.core.state import read_state
from fleet.core.subject import fold_subject
from fleet.core.target import read_money, read_target
from fleet.core.trial import try_examples
from fleet.store.yaml import read_nodes, read_plain, split_front

FILES = page("docs/files.md")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOPICS = (*FORMATS, *GRAMMARS)


def example(topic: str) -> str:
    """Return the example of a text, without its indent."""
    found = re.search(r"^Example.*\n\n((?:(?:    .*)?\n)+)", text_of(topic) + "\n", re.MULTILINE)
    assert found, topic
    return textwrap.dedent(found[1]).strip("\n")


def named(topic: str) -> set[str]:
    """Return the words of the rows in a text."""
    rows = [line for line in text_of(topic).split("\n") if line.startswith("  ") and line[2] != " "]
    return {word for row in rows for word in re.findall(r"[a-z_0-9]+", re.split(r" {2,}", row.strip())[0])}


@pytest.mark.parametrize("topic", TOPICS)
def test_each_text_fits_a_screen_of_eighty_columns(topic: str) -> None:
    lines = text_of(topic).split("\n")
    assert len(lines) <= 36
    assert max(map(len, lines)) <= 80
    assert lines[0] and not lines[1] and not lines[0].endswith(".")


def test_every_text_is_a_topic_and_every_synonym_leads_to_one() -> None:
    assert {path.name for path in FOLDER.glob("*.txt")} == {*(f"{topic}.txt" for topic in TOPICS), WORDS}
    assert set(ALSO.values()) <= set(TOPICS)
    assert not set(ALSO) & set(TOPICS)


def test_the_words_of_health_of_an_edit_and_of_the_glossary_are_explained() -> None:
    glossary = [codes(f"`{cells[0]}`")[0] for cells in rows(page("docs/glossary.md")) if len(cells) == 3]
    names = {name.strip("* ") for cell in glossary for name in re.split(r", | \(", cell)}
    known = {*words(), *TOPICS, *ALSO, *(key.name for _, key in walk()), "fleet"}
    assert not names - known - {"word"}
    assert {*WORDS_OF_HEALTH, *MARKS} - {"changes", "adds"} <= set(words())


def test_what_a_text_points_to_can_be_explained() -> None:
    keys = {key.name for _, key in walk()}
    for topic in TOPICS:
        for word in re.findall(r"explain ([a-z_.]+)", text_of(topic)):
            assert word.rpartition(".")[2] in keys or word in TOPICS, (topic, word)


def test_the_state() -> None:
    state = read_state(example("state") + "\n", read_front=read_plain, split_front=split_front)
    assert state["headline"] == "2 anomalies, Acme spend -38%"
    front, body = split_front(example("state") + "\n") or ("", "")
    own = re.sub(r"^(?:seat|turn|written|good_until):.*\n", "", front, flags=re.MULTILINE)
    result = read_result(f"---\n{own}---\n{body}".encode(), now=NOW, read_front=read_plain)
    assert result is not None and result.items[0].kind == "anomaly"


def test_the_message() -> None:
    text = example("message").encode()
    message = read_dropped(text, to="dirk", id="m-1", now=NOW, split_front=split_front, read_front=read_plain)
    assert (message.type, message.about, message.with_) == (
        "REQUEST", ("account:acme",), {"reason": "spend -38%"},
    )  # fmt: skip


def test_the_result_and_the_claim() -> None:
    result = read_result(example("result").encode(), now=NOW, read_front=read_plain)
    assert result is not None and result.actions[0].kind == "note.append" and result.messages[0].to == "radar"
    claim = read_result((example("claim") + "\n").encode(), now=NOW, read_front=read_plain)
    assert claim is not None and claim.claims and claim.claims[0].about == "account:acme"
    table = {codes(cells[0])[0] for cells in rows(marked(FILES, "result"))}
    assert table <= set(re.findall("[a-z_]+", text_of("result").split("A key that is")[0]))


def test_what_is_emitted() -> None:
    emitted = read_emitted(example("emit").encode() + b"\n", now=NOW)
    assert [kind for kind, _ in emitted] == ["metric", "claim", "message", "checkpoint"]


def test_the_brief_has_every_key() -> None:
    table = {codes(cells[0])[0] for cells in rows(marked(FILES, "brief"))}
    assert table <= named("brief")


def test_the_environment_has_every_variable() -> None:
    said = set(re.findall(r"^  ([A-Z_]+) ", text_of("environment"), re.MULTILINE))
    assert said == {codes(cells[0])[0] for cells in rows(marked(FILES, "environment"))}


def test_the_exit_codes_are_all_there() -> None:
    first = text_of("exit").split("\n\n")[1]
    assert re.findall(r"^ +([0-9]+) ", first, re.MULTILINE) == [
        cells[0] for cells in rows(marked(FILES, "exits"))
    ]


def test_the_line_of_the_ledger_holds() -> None:
    raw = "".join(example("ledger").split("\n")).encode() + b"\n"
    record = read_line(raw)
    assert (record.n, record.what, record.seat) == (1, "pause", "dirk")
    assert look(raw, "0" * 64, 1).hash == record.hash


def test_the_scorecard_has_the_columns_of_the_file() -> None:
    head, row = example("scorecard").split("\n")
    assert f"`{head}`" in marked(FILES, "scorecard")
    assert len(row.split(",")) == len(head.split(","))
    assert set(head.split(",")) <= named("scorecard")


def test_the_rule() -> None:
    text = "rules:\n" + textwrap.indent(example("rule"), "  ")
    root, mistakes = read_nodes(text, "fleet.yaml")
    assert root is not None and mistakes == []
    chart, found = read_draft([("fleet.yaml", root)], {"fleet.yaml": text})
    assert [one.line() for one in found if one.code != "F407"] == []  # it is no whole chart
    law, (rule,) = Law(chart), chart.rules
    assert not try_examples(law, rule).failed and len(rule.examples) == 2
    said = text_of("rule").split("Example")[0]
    assert {word.name for word in (*VARIABLES, *ACTION)} <= set(re.findall(r"[a-z_]+", said))


def test_the_script() -> None:
    root, mistakes = read_nodes(example("script"), "offer.yaml")
    assert root is not None and mistakes == []
    found = Found({"offer.yaml": example("script")})
    script = read_steps(root, read_header(root, found), found, start=NOW, zone=ZoneInfo("America/New_York"))
    assert found.mistakes == [] and len(script.steps) == 4


def test_an_action_is_given_to_its_program_with_these_keys() -> None:
    shown = json.loads(example("action"))
    action = Action(
        **{key: shown[key] for key in ("id", "seat", "turn", "kind", "because")},
        about=(shown["about"],),
        payload=shown["with"],
        sha256="",
        offered_at=NOW,
        lapses_at=NOW,
    )
    assert given(action) == shown


@pytest.mark.parametrize(
    ("topic", "read"),
    [
        ("cadence", read_cadence),
        ("days", read_cadence),
        ("span", read_span),
        ("money", read_money),
        ("target", read_target),
        ("missed", read_missed),
        ("subject", fold_subject),
    ],
)
def test_each_line_of_a_grammars_example_is_read(topic: str, read) -> None:
    for line in example(topic).split("\n"):
        read(line)


def test_the_words_for_time_are_those_of_the_reference() -> None:
    said = text_of("cadence") + text_of("days")
    for cells in rows(marked(FILES, "cadences")):
        kind = codes(cells[0])[0].split()[0]
        assert kind in said, cells[0]


def test_every_folder_of_a_fleet_is_in_the_layout() -> None:
    assert "explained" in {path.name for path in (ROOT / "src/fleet").iterdir()}
    for path in ("fleet.yaml", "state/", "inbox/", "out/", "scorecard/", "ledger/", "retired/", ".fleet/"):
        assert path in text_of("files")
