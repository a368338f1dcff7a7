"""A rehearsal's script: every form of every verb and expectation, every mistake, what is found and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from core.history import History, chart_of, letter

from fleet.core.mistake import Mistake
from fleet.core.post import post
from fleet.core.read.found import Found
from fleet.core.record import Draft, Record
from fleet.core.script.expect import differences, find
from fleet.core.script.facts import Told, facts, told_by
from fleet.core.script.keys import FACTS, VERBS
from fleet.core.script.read import read_header, read_steps
from fleet.core.script.step import Expected, Script
from fleet.store.yaml import read_nodes

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 11, 23, 0, 0, tzinfo=ZONE)


def read(text: str) -> tuple[Script, list[Mistake]]:
    root, wrong = read_nodes(text, "script.yaml")
    assert root is not None, wrong
    found = Found({"script.yaml": text})
    found.mistakes += wrong
    header = read_header(root, found)
    return read_steps(root, header, found, start=START, zone=ZONE), found.mistakes


def steps(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The verbs of a script that has no mistake, with what each is given."""
    script, mistakes = read(text)
    assert [m.line() for m in mistakes] == []
    return [(one.verb, dict(one.given)) for one in script.steps]


def wanted(text: str) -> Expected:
    """The only expectation of a script, written without its `expect`."""
    script, mistakes = read(f"- {{at: mon 10:00, expect: {text}}}")
    assert [m.line() for m in mistakes] == []
    (step,) = script.steps
    assert step.wanted is not None
    return step.wanted


# Reading.


@pytest.mark.parametrize(
    ("text", "verb", "given"),
    [
        # a program: as one text, split into words; as a list; with what is wanted of it
        ('- {run: "python feed.py --day \'1 2\'"}', "run", {"program": ["python", "feed.py", "--day", "1 2"]}),
        ("- run: [sh, -c, 'exit 3']\n  exit: 3", "run", {"program": ["sh", "-c", "exit 3"], "exit": "3"}),
        ("- run: {program: ./x, says: [a, b], limit: 5s}", "run",
         {"program": ["./x"], "says": ["a", "b"], "limit": "5s"}),
        ("- drop: mail/x.md", "drop", {"file": "mail/x.md"}),
        ("- {drop: {to: dirk, text: Hello, name: h.md}}", "drop", {"to": "dirk", "text": "Hello", "name": "h.md"}),
        ("- {wake: dirk}", "wake", {"seat": "dirk"}),
        ("- {do: {wake: dirk}}", "wake", {"seat": "dirk"}),
        ("- {wake: dirk, because: to see}", "wake", {"seat": "dirk", "because": "to see"}),
        ("- {publish: dirk, headline: x}", "publish", {"seat": "dirk", "headline": "x"}),
        ("- {publish: {seat: dirk, claims: []}}", "publish", {"seat": "dirk", "claims": []}),
        ("- {send: dirk, as: founder, body: x}", "send", {"to": "dirk", "as": "founder", "body": "x"}),
        ("- {approve: a-1}", "approve", {"id": "a-1"}),
        ("- {approve: {kind: crm.offer, about: [a:b, c:d], with: {n: 1}}}", "approve",
         {"kind": "crm.offer", "about": ["a:b", "c:d"], "with": {"n": "1"}}),
        ("- {do: approve}", "approve", {}),
        ("- {approve: a-1, answer: happened}", "approve", {"id": "a-1", "answer": "happened"}),
        ("- {deny: a-1, because: no}", "deny", {"id": "a-1", "because": "no"}),
        ("- {pause: dirk, for: 2h}", "pause", {"what": "dirk", "for": "2h"}),
        ("- {resume: all}", "resume", {"what": "all"}),
        ("- {edit: new.yaml}", "edit", {"file": "new.yaml"}),
        ("- {edit: {replace: a, with: b}}", "edit", {"replace": "a", "with": "b"}),
        ("- edit:\n    text: |\n      fleet: x\n", "edit", {"text": "fleet: x\n"}),
        ("- {do: apply, because: he may}", "apply", {"because": "he may"}),
        ("- {do: kill}", "kill", {}),
        ("- {kill: daemon, for: 3h}", "kill", {"what": "daemon", "for": "3h"}),
        ("- {kill: {during: dirk}}", "kill", {"during": "dirk"}),
        ("- {say: hello}", "say", {"text": "hello"}),
    ],
)  # fmt: skip
def test_every_form_of_a_verb_is_read(text: str, verb: str, given: dict[str, Any]) -> None:
    assert steps(text) == [(verb, given)]
    assert verb in VERBS


def test_a_step_may_have_several_verbs_in_their_order_and_one_note() -> None:
    script, mistakes = read("""
- at: mon 10:00
  note: a morning
  do: [{wake: dirk}, {say: a}, kill]
  expect: [{turn: dirk}, {turn: {seat: nick, outcome: done}}]
- {wake: nick}
""")
    assert mistakes == []
    assert [s.verb for s in script.steps] == ["wake", "say", "kill", "expect", "expect", "wake"]
    assert [s.note for s in script.steps] == ["a morning"] * 5 + [""]
    assert {s.at.isoformat() for s in script.steps} == {"2026-11-23T10:00:00-05:00"}


def test_a_step_without_a_time_is_at_that_of_the_step_above() -> None:
    script, _ = read(
        "- {say: a}\n- {at: '09:00', say: b}\n- {say: c}\n- {at: tue, say: d}\n- {at: 2026-11-24T09:30:00Z, say: e}"
    )
    assert [f"{s.at:%a %H:%M}" for s in script.steps] == [
        "Mon 00:00",
        "Mon 09:00",
        "Mon 09:00",
        "Tue 00:00",
        "Tue 04:30",
    ]


def test_a_map_says_what_it_asks_of_the_rehearsal() -> None:
    script, mistakes = read("""
scene: A week
from: mon
for: 3d
seed: 7
act: yes
fresh: no
leave_out: [data, big]
serve: {"http://127.0.0.1:80/": python server.py, "http://x": [sh, -c, x]}
steps: [{say: x}]
""")
    assert mistakes == []
    assert (script.scene, script.start, script.span, script.seed) == ("A week", "mon", timedelta(days=3), "7")
    assert (script.act, script.fresh, script.leave_out) == (True, False, ("data", "big"))
    assert script.serve == {"http://127.0.0.1:80": ("python", "server.py"), "http://x": ("sh", "-c", "x")}
    assert len(script.steps) == 1


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("{state: dash}", "state", {"seat": "dash"}),
        ("{state: {seat: dash, fresh: yes}}", "state", {"seat": "dash", "fresh": "yes"}),
        ("{message: {seat: dirk, sender: pulse}}", "message", {"to": "dirk", "from": "pulse"}),
        ("{escalation: founder, matter: i-1}", "escalation", {"to": "founder", "matter": "i-1"}),
        ("{verdict: hold, about: a:b}", "verdict", {"verdict": "hold", "about": "a:b"}),
        ("{verdict: {decision: hold, why: x}}", "verdict", {"verdict": "hold", "reason": "x"}),
        ("{action: done, kind: x.y}", "action", {"status": "done", "kind": "x.y"}),
        ("{turn: {seat: d, woken_by: {has: mail}}}", "turn", {"seat": "d", "woken_by": {"has": "mail"}}),
        ("{wake: {seat: d, is: missed}}", "wake", {"seat": "d", "is": "missed"}),
        ("{claim: a:b}", "claim", {"about": "a:b"}),
        ("{scorecard: dash.anomalies, value: 2}", "scorecard", {"seat": "dash", "metric": "anomalies", "value": "2"}),
        ("{approval: {person: founder}}", "approval", {"person": "founder"}),
        ("{trouble: chart}", "trouble", {"kind": "chart"}),
        ("{file: data/*.csv, lines: 3}", "file", {"path": "data/*.csv", "lines": "3"}),
        ("{run: \"sh -c 'exit 1'\", exit: 1}", "run", {"program": ["sh", "-c", "exit 1"], "exit": "1"}),
        ("{run: [ls, -l]}", "run", {"program": ["ls", "-l"], "exit": "0"}),
        ("{record: {what: told, by: [./notify]}}", "record", {"what": "told", "by": ["./notify"]}),
    ],
)  # fmt: skip
def test_every_form_of_an_expectation_is_read(text: str, kind: str, fields: dict[str, Any]) -> None:
    one = wanted(text)
    assert (one.kind, one.fields) == (kind, fields)


def test_every_kind_of_fact_has_a_form_above() -> None:
    assert len(FACTS) == 14


def test_an_expectation_may_count_look_back_and_ask_for_text() -> None:
    one = wanted("{turn: dirk, count: 2, since: '08:00', has: [a, b]}")
    assert (one.count, one.has) == (2, ("a", "b"))
    assert one.since == START.replace(hour=8)
    assert wanted("{turn: {seat: dirk, count: 0, has: x}}") == Expected("turn", {"seat": "dirk"}, ("x",), 0)
    assert wanted("{turn: dirk, since: sun 20:00}").since == START.replace(day=22, hour=20)


@pytest.mark.parametrize(
    ("text", "code", "at", "says"),
    [
        # place is line:column from to end column
        ("- {at: mon 7am, say: x}", "F306", "1:8-15", "try: mon 07:00"),
        ("- {at: [mon], say: x}", "F404", "1:8-13", "at wants one text"),
        ("- {at: mon 10:00, say: x}\n- {at: '2026-11-23', say: y}", "F409", "2:8-20", "the step above it, at Mon"),
        ("- {at: '2026-11-22', say: y}", "F409", "1:8-20", "before the rehearsal begins, at Mon"),
        ("- {at: mon 10:00}", "F407", "1:3-18", "does nothing"),
        ("- {wakeup: dirk}", "F401", "1:4-10", "try: wake"),
        ("- {command: ./x}", "F401", "1:4-11", "try: run"),
        ("- {message: {to: a, body: x}}", "F401", "1:4-11", "try: send"),
        ("- {wait: 5m}", "F401", "1:4-8", "try: at"),
        ("- {sleep: 5m}", "F401", "1:4-9", "try: at"),
        ("- {wake: a, wake: b}", "F108", "1:13-17", "stands twice"),
        ("- {wake: {seat: a, seat: b}}", "F108", "1:20-24", "stands twice"),
        ("- {wake: [a, b]}", "F404", "1:10-16", "seat wants one text"),
        ("- {wake: {because: x}}", "F407", "1:4-8", "`wake` has no 'seat'"),
        ("- {wake: {as: x, from: y, seat: z}}", "F401", "1:18-22", "no key 'from' in `wake`"),
        ("- {deny: a-1}", "F407", "1:4-8", "`deny` has no 'because'"),
        ("- {say: }", "F407", "1:4-7", "`say` has no 'text'"),
        ("- {run: \"sh -c 'x\"}", "F315", "1:9-19", "No closing quotation"),
        ("- {run: ./x, exit: 300}", "F409", "1:20-23", "from 0 to 255"),
        ("- {run: ./x, limit: soon}", "F301", "1:21-25", "try: 10m"),
        ("- {kill: daemon, for: 3}", "F301", "1:23-24", "a number without a unit"),
        ("- {approve: a-1, answer: hapened}", "F405", "1:26-33", "try: happened"),
        ("- {edit: {file: ../../etc/x, text: a}}", "F406", "1:17-28", "not a path inside"),
        ("- {edit: {file: /etc/x, replace: a, with: b}}", "F406", "1:17-23", "not a path inside"),
        ("- {expect: }", "F407", "1:4-10", "nothing is expected"),
        ("- {expect: {verdit: hold}}", "F401", "1:13-19", "try: verdict"),
        ("- {expect: {turn: a, wake: b}}", "F401", "1:4-10", "one kind of thing"),
        ("- {expect: {turn: {seat: a, outcom: done}}}", "F401", "1:29-35", "try: outcome"),
        ("- {expect: {verdict: refused}, count: 0}", "F405", "1:22-29", "try: refuse"),
        ("- {expect: {turn: {outcome: timed_out}}}", "F405", "1:29-38", "try: timed out"),
        ("- {expect: {turn: {outcome: {not: [done, fail]}}}}", "F405", "1:42-46", "not 'fail'"),
        ("- {expect: {action: {status: {has: fail}}}}", "", "", ""),
        ("- {expect: {wake: {seat: a, is: miss}}}", "F405", "1:33-37", "try: missed"),
        ("- {expect: {message: {type: inform}}}", "F405", "1:29-35", "not 'inform'"),
        ("- {expect: {record: turn_end}}", "F405", "1:21-29", "try: turn_ended"),
        ("- {expect: {claim: acme}, count: 0}", "F405", "1:20-24", "write kind:name"),
        ("- {approve: {about: acme}}", "F405", "1:21-25", "write kind:name"),
        ("- {expect: {turn: a, count: some}}", "F409", "1:29-33", "whole number"),
        ("- {expect: {turn: a, count: 1, count: 2}}", "F108", "1:32-37", "stands twice"),
        ("- {expect: {turn: a, since: '23:00'}}", "", "", ""),
        ("- {expect: {turn: a, since: 2027-01-01}}", "F409", "1:29-39", "before its step"),
        ("- {expect: {turn: a, since: noon}}", "F306", "1:29-33", "try: 12:00"),
        ("- {expect: {turn: [a, b]}}", "F404", "1:19-25", "one text, or a map"),
        ("- {expect: [{turn: a}], has: x}", "F401", "1:25-28", "stands beside a list"),
        ("- {expect: {file: /etc/passwd}}", "F406", "1:19-30", "not a path inside"),
        ("- {expect: {file: a**b}}", "F406", "1:19-23", "stands alone"),
        ("- {expect: {file: {lines: 3}}}", "F407", "1:19-29", "has no 'path'"),
        ("- {expect: {run: {exit: 3}}}", "F407", "1:18-27", "has no 'program'"),
        ("- nonsense", "F404", "1:3-11", "a step is a map"),
        ("nonsense", "F404", "1:1-9", "a script is a list of steps"),
        ("{scene: x, stpes: []}", "F401", "1:12-17", "try: steps"),
        ("{for: later, steps: []}", "F301", "1:7-12", "try: 10m"),
        ("{act: maybe, steps: []}", "F405", "1:7-12", "yes or no"),
        ("{serve: ./x, steps: []}", "F404", "1:9-12", "map of addresses"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_to_try(text: str, code: str, at: str, says: str) -> None:
    _, mistakes = read(text)
    told = [(m.code, f"{m.place.line}:{m.place.column}-{m.place.end_column}", m.line()) for m in mistakes]
    assert [(c, place) for c, place, _ in told] == ([(code, at)] if code else [])
    assert all(says in line for _, _, line in told)


# Finding.

FACT = {
    "seat": "dirk",
    "about": ["account:acme", "brand:b"],
    "verdict": "hold",
    "reason": "Account:Acme is claimed by pulse",
    "value": "2.50",
    "fresh": True,
    "with": {"deal": "d1", "amount": 9000},
    "none": None,
}


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        ({"seat": "dirk"}, ()),
        ({"seat": "dir"}, ("seat",)),  # a name is equal or not
        ({"reason": "claimed BY pulse"}, ()),  # of prose a part is enough
        ({"about": "brand:b"}, ()),  # one of a list
        ({"about": ["brand:b", "account:acme"]}, ()),  # each of them
        ({"about": ["brand:b", "account:volt"]}, ("about",)),
        ({"value": "2.5"}, ()),  # numbers by what they are worth
        ({"value": "2.51"}, ("value",)),
        ({"fresh": "yes"}, ()),
        ({"fresh": "no"}, ("fresh",)),
        ({"none": ""}, ()),
        ({"with": {"amount": "9000.0"}}, ()),
        ({"with": {"amount": "9000", "deal": "d2"}}, ("with",)),
        ({"with": "d1"}, ()),
        ({"missing": "x"}, ("missing",)),
        ({"seat": {"not": "nick"}}, ()),
        ({"seat": {"not": ["nick", "dirk"]}}, ("seat",)),
        ({"seat": {"one_of": ["nick", "dirk"]}}, ()),
        ({"seat": {"one_of": "nick"}}, ("seat",)),
        ({"seat": {"has": "ir"}}, ()),
        ({"about": {"has": ["acme", "brand"]}}, ()),
        ({"about": {"not": "brand:b"}}, ("about",)),
        ({"reason": {"has": "pulse", "not": "nick"}}, ()),
        ({"seat": "nick", "verdict": "ask"}, ("seat", "verdict")),
    ],
)  # fmt: skip
def test_a_fact_is_as_wanted_or_differs_in_keys_that_are_named(
    fields: dict[str, Any], differs: tuple[str, ...]
) -> None:
    assert differences(Expected("verdict", fields), FACT) == differs


def test_text_that_must_occur_may_occur_anywhere_but_in_a_name_of_a_file_or_program() -> None:
    assert differences(Expected("verdict", {}, ("D1", "pulse")), FACT) == ()
    assert differences(Expected("verdict", {}, ("d1", "volt")), FACT) == ("has",)
    assert differences(Expected("file", {}, ("dash",)), {"path": "state/dash.md", "text": "x"}) == ("has",)
    assert differences(Expected("run", {}, ("acme",)), {"program": ["grep", "acme"], "text": ""}) == ("has",)


@pytest.mark.parametrize(
    ("count", "met"),
    [(None, True), (2, True), (1, False), (0, False), (3, False)],
)
def test_so_many_must_match(count: int | None, met: bool) -> None:
    told = [{"seat": "a", "n": str(n)} for n in range(2)] + [{"seat": "b", "n": "9"}]
    finding = find(Expected("turn", {"seat": "a"}, count=count), told)
    assert (finding.met, len(finding.matching)) == (met, 2)
    assert find(Expected("turn", {"seat": "c"}, count=count), told).met is (count == 0)


def test_the_nearest_are_those_with_the_fewest_differences_the_latest_first() -> None:
    told = [{"a": x, "b": y, "n": n} for n, (x, y) in enumerate(["12", "13", "22", "32", "12"])]
    finding = find(Expected("record", {"a": "1", "b": "9"}), told)
    assert [fact["n"] for fact, _ in finding.near] == [4, 1, 0]
    assert [differs for _, differs in finding.near] == [("b",)] * 3


def test_what_is_of_the_same_thing_is_nearer_than_what_is_like_it() -> None:
    told = [
        {"seat": "dirk", "about": "a:acme", "verdict": "ask", "reason": "needs a yes"},
        {"seat": "dirk", "about": "a:volt", "verdict": "hold", "reason": "claimed"},
    ]
    wanted = {"seat": "dirk", "about": "a:acme", "verdict": "hold", "reason": "claimed"}
    near = find(Expected("verdict", wanted), told).near
    assert [fact["about"] for fact, _ in near] == ["a:acme", "a:volt"]


# Facts.

SEATS = {"dirk": "when: when asked\ncan: {do: [crm.write]}", "nick": "when: [every day at 08:00]"}
TAIL = "actions:\n  crm.write: {run: ./act, about: account}"


def told(*drafts: Draft) -> tuple[Told, History]:
    history = History(chart_of(SEATS, tail=TAIL))
    all_told = Told()
    for record in [history.take(draft) for draft in drafts]:
        all_told.add(record)
    return all_told, history


def found_of(kind: str, *drafts: Draft) -> list[dict[str, Any]]:
    all_told, history = told(*drafts)
    now = history.records[-1].at
    return [dict(f) for f in facts(kind, all_told.records, all_told, history.chart, history.account, now)]


ACTION = {"id": "a-1", "kind": "crm.write", "about": ["account:acme"], "with": {"n": 1}}
OFFER = Draft("offer", "dirk", "t-1", ACTION)


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ([], "offered"),
        ([("verdict", {"verdict": "hold", "reason": "r"})], "held"),
        ([("verdict", {"verdict": "ask", "reason": "r"})], "asked"),
        ([("verdict", {"verdict": "refuse", "reason": "r"})], "refused"),
        ([("verdict", {"verdict": "lapsed", "reason": "r"})], "lapsed"),
        ([("action_intent", {})], "running"),
        ([("action_intent", {}), ("action_outcome", {"outcome": "done", "output": "o"})], "done"),
        ([("action_outcome", {"outcome": "unknown"}), ("approval_answered", {"answer": "happened"})], "done"),
        ([("verdict", {"verdict": "ask"}), ("approval_answered", {"answer": "no", "because": "r"})], "denied"),
    ],
)  # fmt: skip
def test_an_action_is_what_became_of_it_last(after: list[tuple[str, dict[str, Any]]], status: str) -> None:
    all_told = Told()
    for n, draft in enumerate([OFFER, *(Draft(w, "dirk", "t-1", {"id": "a-1", **d}) for w, d in after)]):
        all_told.add(Record(n, START, draft.what, draft.seat, draft.turn, dict(draft.data), "", "", ""))
    (fact,) = all_told.actions.values()
    assert (fact["id"], fact["seat"], fact["status"]) == ("a-1", "dirk", status)


def test_a_verdict_that_ends_an_action_is_about_what_the_action_is() -> None:
    history, all_told = History(chart_of(SEATS, tail=TAIL)), Told(told_by([Expected("verdict", {})]))
    lapsed = Draft("verdict", "dirk", None, {"id": "a-1", "kind": "crm.write", "verdict": "lapsed"})
    for n, draft in enumerate((OFFER, lapsed)):
        all_told.add(Record(n, START, draft.what, draft.seat, draft.turn, dict(draft.data), "", "", ""))
    (verdict,) = facts("verdict", all_told.records, all_told, history.chart, history.account, START)
    assert (verdict["verdict"], verdict["about"]) == ("lapsed", ["account:acme"])


def test_a_turn_is_told_with_why_it_was_woken_and_how_it_ended() -> None:
    started = Draft("turn_started", "nick", "t-1", {"wakes": [], "woken_by": ["mail m-1 from a"], "attempt": 1,
                    "deadline": START.isoformat(), "mail": [], "inputs": ""})  # fmt: skip
    ended = Draft("turn_ended", "nick", "t-1", {"outcome": "failed", "why": "exit 3", "exit": 3, "took_s": 0})
    (turn,) = found_of("turn", started, ended)
    assert (turn["turn"], turn["outcome"], turn["why"], turn["exit"]) == ("t-1", "failed", "exit 3", 3)
    assert (turn["woken_by"], turn["attempt"], turn["resumed"]) == (["mail m-1 from a"], 1, False)


def test_other_words_for_what_stands_beside_a_description() -> None:
    assert wanted("{state: dirk, contains: acme}") == wanted("{state: dirk, has: acme}")
    assert wanted("{turn: {seat: dirk, times: 2}}") == wanted("{turn: {seat: dirk}, count: 2}")
    _, mistakes = read("- {expect: {state: dirk, contains: acme, has: volt}}")
    assert [m.code for m in mistakes] == ["F108"]
    assert wanted("{record: verdict, times: 2}").fields == {"what": "verdict", "times": "2"}


def test_a_subject_is_wanted_in_its_one_spelling() -> None:
    assert wanted("{claim: 'account:Acme Corp'}").fields == {"about": "account:acme-corp"}
    assert wanted("{verdict: {about: ['a:B', c:d]}}").fields == {"about": ["a:b", "c:d"]}
    assert wanted("{verdict: {about: {not: a:B, has: B}}}").fields == {"about": {"not": "a:b", "has": "B"}}
    assert steps("- {approve: {about: account:Acme}}") == [("approve", {"about": "account:acme"})]


def test_a_message_is_told_to_be_in_the_box_in_which_it_lies() -> None:
    history, all_told = History(chart_of(SEATS, tail=TAIL)), Told()

    def box(*drafts: Draft) -> object:
        for record in history.take_all(drafts):
            all_told.add(record)
        records, account = all_told.records, history.account
        (fact,) = facts("message", records, all_told, history.chart, account, START)
        return fact["box"]

    def started(turn: str) -> Draft:
        more = {"deadline": START.isoformat(), "attempt": 0, "mail": ["m-1"], "inputs": ""}
        return Draft("turn_started", "dirk", turn, {"wakes": [], **more})

    def ended(turn: str, outcome: str) -> Draft:
        state = {"sha256": "a", "fingerprint": "b"}
        return Draft("turn_ended", "dirk", turn, {"outcome": outcome, "took_s": 0, "state": state})

    assert box(*post(history.chart, history.account, letter("m-1", "nick", "dirk"), START)) == "new"
    assert box(started("t-1")) == "cur"
    assert box(ended("t-1", "lost")) == "new"
    assert box(started("t-2"), ended("t-2", "done")) == "done"


def test_wakes_and_troubles_and_records_are_told_as_they_are_written() -> None:
    missed = Draft(
        "wake_missed", "nick", None, {"wake": "nick@x", "slot": START.isoformat(), "reason": "down"}
    )
    trouble = Draft("trouble", "nick", None, {"kind": "mail", "says": "odd"})
    (wake,) = found_of("wake", missed, trouble)
    assert (wake["seat"], wake["is"], wake["reason"]) == ("nick", "missed", "down")
    assert found_of("trouble", missed, trouble) == [{"seat": "nick", "kind": "mail", "says": "odd"}]
    assert [one["what"] for one in found_of("record", missed, trouble)] == ["wake_missed", "trouble"]
