"""Mistakes behind a syntax error: what stands beside what is broken is read, and nothing is made up."""

# ruff: noqa: E501 - texts stand as a file has them

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.mistake import Mistake
from fleet.errors import Unreadable
from fleet.store.chart import load, read_text
from fleet.store.yaml import read_nodes

BEGINNING = """\
fleet: acme
timezone: America/New_York
budget: $45 a day
seats:
  ann:
    title: Boss
    person: Ann
    good_for: 1d
    reads: [dash, dirk]
  dash:
    title: Analytics
    run: python agent.py
    answers_to: ann
    owns: [ads]
    when: weekdays at 10:00
    scorecard: {anomalies: at least 5 a week}
  dirk:
    title: Sales
    run: python agent.py
    answers_to: ann
    owns:
      - pipeline
      - "big, fat deals"
    when: every 2h
    reads:
      - dash
      - path: data/mail.mbox
        outside: yes
    can: {do: [crm.write],
          ask: {crm.offer: ann}}
    scorecard: {meetings: at least 6 a week}
"""
END = """\
actions:
  crm.write: {run: ./write, about: account, repeat: safe}
  crm.offer:
    run: ./offer
    about: account
    outside: yes
conflicts:
- {about: account, rank: [dash, dirk], then: hold}
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: |
      state["dash"].fresh
    then: hold
handoffs:
  anomaly: {from: dash, to: [dirk], within: 1h, with: {client: subject, change: number}}
escalation:
  usual: [answers_to, wait 2h, ann]
retired:
  jeff: {title: Data, date: 2026-04-13, because: done, gave: {pacing: dash}}
"""
SOUND = BEGINNING + END
LINES = SOUND.splitlines()

BROKEN = [
    '"',
    "'",
    "[",
    "{",
    "]",
    "}",
    "\t",
    ": ",
    "- ",
    "@",
    "`",
    "%x",
    "&",
    "*",
    ">",
    "|",
    '"a": "',
    "{[",
    " ",
]


def read(text: str) -> tuple[Mistake, ...]:
    return read_text({"fleet.yaml": text})[1]


def told(text: str) -> list[str]:
    return [m.line().partition("fleet.yaml:")[2] for m in read(text)]


def codes(text: str) -> list[tuple[str, int]]:
    return [(m.code, m.place.line) for m in read(text)]


def at(line: str, text: str = SOUND) -> int:
    """The number of the line with this text."""
    return next(i for i, given in enumerate(text.splitlines(), 1) if line in given)


def test_the_chart_is_sound() -> None:
    assert told(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("    title: Sales", '    title: "Sales', "this quote is never closed"),
        ("    owns: [ads]", "    owns: [ads", "this list does not end"),
        ("    scorecard: {anomalies: at least 5 a week}", "    scorecard: {anomalies: at least 5", "this map does not end"),
        ("    answers_to: ann\n    owns:\n", "    answers_to:ann\n    owns:\n", "no blank after the ':' of 'answers_to'"),
        ("    title: Sales", "    title: Sales: all of them", "a second ': ' in one value"),
        ("    when: every 2h", "    when: @hourly", "no text can begin with '@'"),
        ("    when: every 2h", "\twhen: every 2h", "a tab; indent with spaces"),
        ("      - path: data/mail.mbox", "     - path: data/mail.mbox", ""),
        ("  dirk:\n", "  dirk\n", "'dirk' has no ':' after it"),
        ("        outside: yes", "       outside: yes", "this line is indented like none around it"),
        ("  crm.write: {run", "  crm.write: {{run", ""),
        ("  usual: [answers_to", "  usual: answers_to]: [", ""),
    ],
)  # fmt: skip
def test_a_broken_line_is_told_and_all_that_is_wrong_elsewhere_too(old: str, new: str, what: str) -> None:
    """An unknown key above and a cadence below; and nothing that merely follows from what is unread."""
    assert old in SOUND
    text = SOUND.replace(old, new).replace("person: Ann", "persn: Ann").replace("within: 1h", "within: 1x")
    found = [m for m in read(text) if m.code not in ("F101", "F102")]
    syntax = [m for m in read(text) if m.code in ("F101", "F102")]
    assert len(syntax) == 1 and what in syntax[0].what
    assert abs(syntax[0].place.line - at(new.strip("\n").split("\n")[0], text)) <= 1
    assert {(m.code, m.place.line) for m in found} == {("F401", 7), ("F301", at("within: 1x", text))}


def test_broken_places_in_several_blocks_are_each_told() -> None:
    text = SOUND.replace("fleet: acme", 'fleet: "acme').replace("    title: Sales", "    title: [Sales")
    text = text.replace("    title: Boss", "    title: 'Boss").replace(
        "gave: {pacing: dash}", "gave: {pacing: dash"
    )
    assert codes(text) == [("F101", n) for n in (1, 6, at("title: [Sales", text), len(LINES))]


def test_a_name_that_is_nowhere_is_told_beside_a_broken_seat_whose_name_is_known() -> None:
    text = SOUND.replace("    title: Sales", '    title: "Sales').replace(
        "reads: [dash, dirk]", "reads: [dash, dork]"
    )
    assert [code for code, _ in codes(text)] == ["F208", "F101"]


def test_a_name_that_may_stand_in_what_is_unread_is_not_told() -> None:
    for broken in ("  di: rk:", "   dirk:", "     dirk:", "\tdirk:", "  dirk", "  [dirk:", '  "dirk:'):
        text = SOUND.replace("  dirk:", broken)
        assert {m.code for m in read(text)} <= {"F101", "F102"}, broken


def test_a_file_that_begins_with_three_dashes_is_cut_as_well() -> None:
    text = "---\n" + SOUND.replace("    title: Sales", '    title: "Sales').replace(
        "person: Ann", "persn: Ann"
    )
    assert [code for code, _ in codes(text)] == ["F401", "F101"]


def test_an_item_where_a_key_belongs_is_told_alone() -> None:
    assert [m.what for m in read("- x\n" + SOUND)] == ["a '- ' stands where a key belongs"]


def test_of_very_many_broken_seats_as_many_are_told_as_anybody_mends_in_one_go() -> None:
    seat = '  s{0}:\n    title: "T\n    person: P{0}\n    good_for: 1d\n    when: when asked\n'
    found = read("fleet: x\nseats:\n" + "".join(map(seat.format, range(2000))))
    assert 50 <= len(found) <= 200
    assert {(m.code, m.what) for m in found} == {("F101", "this quote is never closed")}


def test_two_owners_are_told_though_a_third_seat_is_broken() -> None:
    text = SOUND.replace("    title: Boss", '    title: "Boss').replace("- pipeline", "- ads")
    assert [code for code, _ in codes(text)] == ["F101", "F201"]


def test_a_second_document_hides_only_itself() -> None:
    text = BEGINNING.replace("when: every 2h", "when: every 2x") + "---\n" + END
    assert [code for code, _ in codes(text)] == ["F310", "F107"]


def test_an_include_that_is_broken_or_missing_makes_no_name_unknown() -> None:
    files = {
        "fleet.yaml": f"include: ['*.yaml', gone.yaml]\n{BEGINNING}",
        "more.yaml": END.replace("rank: [", "rank: [["),
    }

    def give(name: str) -> bytes:
        if name not in files:
            raise Unreadable("no such file")
        return files[name].encode()

    _, found = load(give, lambda pattern: ["more.yaml"])
    assert [(m.code, m.place.file) for m in found] == [("F111", "fleet.yaml"), ("F101", "more.yaml")]


def _block_of(line: int) -> tuple[int, int]:
    """The section that a line of the sound chart is in, from and to, numbered from 1."""
    heads = [i for i, text in enumerate(LINES, 1) if text[:1] not in (" ", "-")] + [len(LINES) + 1]
    return max(h for h in heads if h <= line), min(h for h in heads if h > line) - 1


def _broken_once(dice: random.Random) -> tuple[int, str]:
    """A line, by its number, that something was put into; no YAML parser reads the file with it."""
    while True:
        line = dice.randrange(1, len(LINES) + 1)
        text = LINES[line - 1]
        column = dice.randrange(len(text) + 1)
        new = text[:column] + dice.choice(BROKEN) + text[column + dice.choice((0, 0, 1)) :]
        if read_nodes("\n".join([*LINES[: line - 1], new, *LINES[line:]]), "")[0] is None:
            return line, new


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_whatever_breaks_blocks_only_mistakes_in_them_are_told(seed: int, breaks: int) -> None:
    dice = random.Random(seed)
    lines, blocks = list(LINES), []
    for _ in range(breaks):
        line, lines[line - 1] = _broken_once(dice)
        blocks.append(_block_of(line))
    found = read("\n".join(lines) + "\n")
    away = [m for m in found if not any(first <= m.place.line <= last for first, last in blocks)]
    assert [m.line() for m in away] == [], "\n".join(lines)
    assert any(m.level == "error" for m in found)
