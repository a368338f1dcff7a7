"""Reading a chart never raises and never hangs, whatever the file holds."""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleet.core.chart import Chart
from fleet.core.mistake import Mistake
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable
from fleet.store.chart import load, read_text
from fleet.store.yaml import read_nodes, read_plain, split_front

SOUND = """\
include: more/*.yaml
fleet: acme
timezone: America/New_York
workdays: mon-fri
holidays: [2026-12-25]
budget: $45 a day
limits: {turns_at_once: 4}
defaults: {budget: $4 a day, missed: run once if under 2h late, skip_if: nothing new, retries: 2}
seats:
  ann: {title: Boss, person: Ann, good_for: 1d, reads: [dash, dirk], login: ann, reach: [{run: ./notify}]}
  dash:
    title: Analytics
    run: python agent.py
    answers_to: ann
    owns: [ads, calls]
    when: [weekdays at 10:00, {cron: "15 7 * * 1-5"}, when data/x.csv changes]
    reads: [{path: data/*.csv, fresh_within: 26h, private: yes}]
    scorecard: {anomalies: {target: at least 5 a week, plausible: between 0 and 9, by: ledger}}
  dirk:
    title: Sales
    run: [python, agent.py]
    answers_to: ann
    owns: [pipeline]
    never: [crm.delete, "account:Acme Corp"]
    when: every 2h from 08:00 to 18:00 on weekdays
    reads: [dash, {path: data/mail.mbox, outside: yes}]
    can: {do: [crm.write], ask: {crm.offer: ann}, use: [READ_TOKEN]}
    scorecard: {meetings: at least 6 a week}
  next: {title: Next, answers_to: ann, owns: [next things]}
actions:
  crm.write: {http: "http://127.0.0.1/x", headers: {A: b}, about: account, repeat: safe, use: [CRM_TOKEN]}
  crm.offer: {run: ./offer, about: account, outside: yes, at_most: 1 a day each, once: ever}
subjects:
  person: {of: account, from: data/contacts.csv}
conflicts:
  - {about: account, rank: [dash, dirk], within: 30 days, then: hold, because: it is so}
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: |
      state["dash"].fresh
    then: hold
handoffs:
  anomaly: {from: dash, to: [dirk], within: 1h, with: {client: subject, colour: [red, amber]}}
escalation:
  usual: [answers_to, wait 2h, ann]
retired:
  jeff: {title: Data, date: 2026-04-13, record: retired/jeff/record.md, because: done, gave: {pacing: dash}}
"""
LINES = SOUND.splitlines(keepends=True)
WORDS = sorted(set(SOUND.replace(",", " ").split()))
BITS = [*WORDS, "[", "]", "{", "}", ": ", ",", "- ", "\n", "\t", "#", "'", '"', "&a", "*a", "!b", "|", ">", "---\n",
        "null", "~", "%", "@", "\x00", "\ufeff", "é", "99999999999", "-1", "  ", "a" * 600]  # fmt: skip

FEW = settings(derandomize=True, deadline=None, max_examples=150)


def check(text: str) -> tuple[Chart | None, tuple[Mistake, ...]]:
    """Read a text and look at what must hold for every answer."""
    chart, found = read_text({"fleet.yaml": text})
    assert (chart is None) == any(m.level == "error" for m in found)
    assert list(found) == sorted(found, key=lambda m: (m.place.line, m.place.column, m.code))
    for m in found:
        assert m.what and m.place.file == "fleet.yaml" and m.line()
        assert 1 <= m.place.line <= m.place.end_line and m.place.column >= 1
        assert (m.place.line, m.place.column) <= (m.place.end_line, m.place.end_column)
    if chart is not None:
        assert all(seat.place.line for seat in chart.seats.values())
        assert set(chart.places) and read_text(chart.texts)[0] == chart
    return chart, found


def test_the_sound_fleet_reads() -> None:
    assert [m.code for m in check(SOUND)[1]] == ["F252"]  # what this version does not do yet


@FEW
@given(st.text(max_size=200))
@example("a: " * 50)
def test_any_text_is_answered(text: str) -> None:
    check(text)


@FEW
@given(st.lists(st.sampled_from(BITS), max_size=40))
def test_any_pieces_of_yaml_are_answered(bits: list[str]) -> None:
    check("".join(bits))


@FEW
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_any_bytes_are_answered(data: bytes, more: bytes) -> None:
    read_nodes(data, "f")
    files = {"fleet.yaml": data, "more/a.yaml": more}
    load(files.__getitem__, lambda pattern: ["more/a.yaml"])
    load({**files, "fleet.yaml": SOUND.encode()}.__getitem__, lambda pattern: ["more/a.yaml"])


@settings(FEW, max_examples=400)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_any_edit_of_a_sound_fleet_is_answered(seed: int, edits: int) -> None:
    dice = random.Random(seed)
    text = SOUND
    for _ in range(edits):
        at = dice.randrange(len(text))
        until = at + dice.choice((0, 0, 1, 3, 20))
        text = text[:at] + dice.choice([*BITS, ""]) + text[until:]
    check(text)


@FEW
@given(st.integers(0, 2**32), st.integers(1, 5))
def test_any_order_and_loss_of_lines_is_answered(seed: int, moves: int) -> None:
    dice = random.Random(seed)
    lines = list(LINES)
    for _ in range(moves):
        line = lines.pop(dice.randrange(len(lines)))
        if dice.random() < 0.7:
            lines.insert(dice.randrange(len(lines)), line)
        if dice.random() < 0.3:
            lines.insert(dice.randrange(len(lines)), line)
    check("".join(lines))


@settings(FEW, max_examples=300)
@given(st.integers(0, 2**32))
def test_a_word_put_for_another_is_answered(seed: int) -> None:
    dice = random.Random(seed)
    text = SOUND
    for _ in range(dice.randrange(1, 4)):
        word = dice.choice(WORDS)
        text = text.replace(word, dice.choice(BITS), 1)
    check(text)


@FEW
@given(st.text(max_size=100) | st.lists(st.sampled_from(BITS), max_size=20).map("".join))
def test_front_matter_is_read_or_refused(text: str) -> None:
    for given_text in (text, f"---\n{text}\n---\nbody"):
        front = split_front(given_text)
        try:
            read_plain(front[0] if front else given_text)
        except Unreadable as exc:
            assert str(exc).startswith("line ")


@FEW
@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z-]{1,8}:[\w .@+Ａé-]{1,20}", fullmatch=True))
@example("account:Acme Corp")
@example("account:ﬁrm")
@example("person:x\n")
def test_a_subject_folds_to_one_spelling(text: str) -> None:
    try:
        folded = fold_subject(text)
    except Unreadable as exc:
        assert exc.why and 0 <= exc.start <= (exc.end or 0) <= len(text)
    else:
        assert fold_subject(folded) == folded == folded.strip().lower()
        assert fold_subject(text.upper()) == folded or not text.isascii()
