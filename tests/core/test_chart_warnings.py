"""Every warning on a chart: what a fleet may say and had better not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from fleet.core.mistake import Place
from fleet.core.read.codes import CODES, mistake
from fleet.store.chart import read_text

from .test_chart_mistakes import EDITS, SOUND, check, marked

# (what is replaced, what stands there then, code or "" for none, a word of the message)
ROWS = [
    ("ann: {title: Boss, person: Ann, good_for: 1d, reads: [dash, dirk]}",
     "ann: {title: Boss, person: Ann, good_for: 1d, reads: [dash]}", "F230", "dirk"),
    ("from: dash, to: [dirk], within: 1h, with: {client: subject, change: number}",
     "from: dirk, to: [»dash], within: 1h, with: {client: subject, change: text}", "F231", "dash receives anomaly"),
    ("from: dash, to: [dirk]", "from: dirk, to: [dash]", "", ""),  # without words it is whole in itself
    ("rank: [dash, dirk]", "rank: [dash]", "", ""),
    ("title: Sales\n    run: python agent.py", "title: Sales\n    »llm: gpt", "F233", "llm"),
    ("    when: every 2h\n", "    when: when mail arrives\n", "", ""),
    ("rank: [dash, dirk]", "rank: [next, dash, dirk]", "", ""),
    ("rank: [dash, dirk]", "rank: [dirk, »dash]", "F246", "stops nobody"),
    ("person: Ann, good_for: 1d, ", "person: Ann, ", "", ""),
    ("timezone:", "defaults: {budget: $4 a day}\nbudget: »$7 a day\ntimezone:", "F235", "$8.00"),
    ("timezone:", "defaults: {budget: $4 a day}\nbudget: $60 a week\ntimezone:", "", ""),
    ("timezone: America/New_York\n", "", "F238", "UTC"),
    ("next: {title: Next, answers_to: ann, owns: [next things]}", "»next: {title: Next}", "F236", "answers_to"),
    ("title: Analytics", "title: Analytics\n    login: »dash", "F219", "person"),
    ("run: ./write,", "run: »./write | tee log,", "F315", "shell"),
    ("do: [crm.write]", "do: [crm.write, crm.offer]", "F412", "stands in do and in ask"),
    ("    when: every 2h\n", "    when: every 2h\n    never: [»crm.ofer]\n", "F251", "never does crm.ofer"),
    ("    when: every 2h\n", "    when: every 2h\n    never: [crm.delete, account:acme]\n", "", ""),
    ("conflicts:", "subjects: {person: {of: »acount, from: p.csv}}\nconflicts:", "F251", "acount is named"),
    ("anomalies: at least 5 a week", "anomalies: {target: at least 5, by: »ledger}", "F252", "not measure anomalies"),
    ("anomalies: at least 5 a week", "anomalies: {target: at least 5, by: seat}", "", ""),
    ("conflicts:", "subjects: {person: {of: account, from: data/p.csv}}\nconflicts:", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "word"), ROWS, ids=[f"{r[2]}-{r[1][:40]!r}" for r in ROWS])
def test_a_warning_is_told_and_the_chart_is_read(old: str, new: str, code: str, word: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    text, place = marked(text) if "»" in text else (text, "")
    chart, found = read_text({"fleet.yaml": text})
    assert chart is not None
    assert [m.code for m in found] == ([code] if code else []), [m.line() for m in found]
    assert all(m.level == "warning" for m in found)
    if code and place:
        assert str(found[0].place) == f"fleet.yaml:{place}"
    assert not code or word in found[0].what + found[0].why


def test_two_seats_that_no_rank_names_are_told_by_name() -> None:
    text = SOUND.replace("rank: [dash, dirk]", "rank: [dash]").replace(
        "    scorecard: {anomalies", "    can: {do: [crm.offer]}\n    scorecard: {anomalies"
    )
    assert [m.code for m in check(text)] == []  # dash is named, and so goes before dirk
    found = [m for m in check(text.replace("about: account, rank", "about: brand, rank")) if m.code != "F246"]
    assert [m.code for m in found] == ["F232"]
    assert found[0].what == "dash and dirk act on one account, and no conflict says who goes first"


def test_a_person_in_a_rank_needs_a_state_that_holds() -> None:
    text = SOUND.replace("rank: [dash, dirk]", "rank: [ann, dash, dirk]")
    assert check(text) == ()
    found = check(text.replace("good_for: 1d, ", ""))
    assert [(m.code, m.place.line) for m in found] == [("F234", 26)]


def test_a_rule_that_frees_a_seat_with_private_data_and_outside_text_is_told() -> None:
    text = SOUND.replace("do: [crm.write], ask: {crm.offer: ann}", "do: [crm.write, crm.offer]")
    text = text.replace("outside: yes}]\n", "outside: yes, private: yes}]\n")
    assert check(text) == ()
    found = check(text.replace("then: ask ann", "then: allow"))
    assert [(m.code, "dirk" in m.what, "crm.offer" in m.what) for m in found] == [("F237", True, True)]
    other = text.replace("action: crm.offer", "action: crm.write").replace("then: ask ann", "then: allow")
    assert [m.code for m in check(other)] == ["F264"]


def test_every_code_is_made_by_a_test_and_has_a_meaning() -> None:
    ruled = {f"F{number}" for number in range(261, 273)}  # test_vain.py
    elsewhere = {"F103", "F109", "F111", "F112", "F225", "F232", "F234", "F237", "F254", "F256", "F259"}
    examples = {"F260", "F321", "F322"}  # test_examples.py, test_handoffs.py
    proved = {
        f"F{number}" for number in (*range(239, 251), 255, 257, 258)
    }  # test_proves.py and test_proves_wakes.py
    assert {row[2] for row in (*EDITS, *ROWS) if row[2]} | elsewhere | proved | ruled | examples == set(CODES)
    with pytest.raises(KeyError):
        mistake("F999", Place("f", 1, 1, 1, 1), "x")


def test_every_code_of_the_table_is_said_somewhere_and_no_other() -> None:
    source = Path(__file__).parents[2] / "src" / "fleet"
    files = [*source.glob("core/read/*.py"), *source.glob("store/*.py"), source / "core" / "prove.py"]
    assert set().union(*(told(ast.parse(file.read_text("utf-8"))) for file in files)) == set(CODES)


def told(tree: ast.Module) -> set[str]:
    """The codes that stand inside of functions, which say them, and not in a table or a comparison."""
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    parts = [part for body in bodies for part in ast.walk(body)]
    compared = {id(part) for node in parts if isinstance(node, ast.Compare) for part in ast.walk(node)}
    texts = {
        p.value
        for p in parts
        if isinstance(p, ast.Constant) and isinstance(p.value, str) and id(p) not in compared
    }
    return {text for text in texts if re.fullmatch("F[1-4][0-9]{2}", text)}
