"""The judgement as a whole: the order of its steps, what wins, who is asked what, and that no error allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from core.world import ACTIONS, DAY, HOUR, World, of

from fleet.core.action import Action
from fleet.core.case import Case, Sight
from fleet.core.judge import judge
from fleet.core.verdict import Verdict

ACME, VOLT, BOB = "account:acme", "account:volt", "person:bob"
BOBS = of(BOB, ACME)


def world(seats: dict[str, str] | None = None, **parts: Any) -> World:
    """A world in which all that is needed is known."""
    return World(seats, **parts).publish("pulse", 60 * DAY).publish("dirk", 60 * DAY)


# What speaks against dirk's offer to acme, one for each step, and how it is put right.
AGAINST: list[tuple[int, Callable[[World], Any], Callable[[World], Any]]] = [
    (2, lambda w: w.now("pause", by="founder", what=ACME), lambda w: w.now("resume", what=ACME)),
    (4, lambda w: spend(w, 9), lambda w: w.later(DAY)),
    (6, lambda w: w.now("trouble", "pulse", kind="tampered", says="x"), lambda w: w.publish("pulse", 60 * DAY)),
    (7, lambda w: w.mail("founder", "dirk"), lambda w: w.read("m-1")),
    (8, lambda w: w.claim("pulse", ACME), lambda w: w.release("pulse", ACME)),
]  # fmt: skip


def spend(w: World, usd: float) -> None:
    day = f"{w.at.astimezone(w.chart.calendar.tz):%Y-%m-%d}"
    w.publish("dirk", 60 * DAY, day=day, result={"cost": {"usd": usd}})


def offering() -> tuple[World, str]:
    w = world({"dirk": "can: {ask: {crm.offer: founder}}\nbudget: $4 a day"})
    return w, w.offer("dirk", "crm.offer", ACME, lapses=9 * DAY)


def test_the_first_step_that_does_not_pass_decides() -> None:
    w, action = offering()
    for _, against, _ in reversed(AGAINST):
        against(w)
    for step, _, put_right in AGAINST:
        assert w.judge(action).step == step
        put_right(w)
    assert w.judge(action).ruling == "ask"
    assert w.yes(action).step == 11


def test_money_goes_before_what_is_done_and_that_before_what_is_not_known() -> None:
    w, action = offering()
    w.did("dirk", "crm.offer", ACME)
    w.now("trouble", "pulse", kind="tampered", says="x")
    assert (w.judge(action).ruling, w.judge(action).step) == ("refuse", 5)
    spend(w, 9)
    assert w.judge(action).step == 4
    w.now("revision", id="r-2", texts={}, gone=["dirk"])
    assert w.judge(action).step == 3


@pytest.mark.parametrize(("step", "against"), [(step, against) for step, against, _ in AGAINST])
def test_a_yes_frees_no_hold(step: int, against: Callable[[World], Any]) -> None:
    w, action = offering()
    assert w.yes(action).ruling == "allow"
    against(w)
    verdict = w.judge(action)
    assert (verdict.ruling, verdict.step) == ("hold", step)


RULED = """
rules:
  - {name: quiet, seat: dirk, action: crm.write, if: "true", then: hold}
"""


def test_a_rule_that_cannot_be_judged_refuses_and_is_named() -> None:
    tail = ACTIONS + RULED.replace('"true"', '"action.with.urgent == true"')
    w = world(tail=tail, seats={"dirk": "can: {do: [crm.write, note.append]}", "pulse": "", "nick": ""})
    verdict = w.judge(w.offer("dirk", "crm.write", ACME))
    assert (verdict.ruling, verdict.step, verdict.rule) == ("refuse", 9, "quiet")
    assert verdict.reason == (
        "the rule quiet cannot be judged, and what cannot be judged is refused: there is no urgent"
    )
    assert w.judge(w.offer("dirk", "note.append")).step == 11


def test_of_a_claim_and_a_rule_the_first_in_the_file_is_told() -> None:
    w = world(
        tail=ACTIONS + RULED, seats={"dirk": "can: {do: [crm.write, note.append]}", "pulse": "", "nick": ""}
    )
    verdict = w.claim("pulse", ACME).judge(w.offer("dirk", "crm.write", ACME))
    assert (verdict.ruling, verdict.step) == ("hold", 8)
    assert f"claims {ACME}" in verdict.looked


# Asking.


def test_it_asks_whom_the_chart_says_and_points_there() -> None:
    w = world()
    verdict = w.judge(w.offer("dirk", "crm.offer", ACME))
    assert (verdict.ruling, verdict.step, verdict.person) == ("ask", 10, "founder")
    assert (verdict.rule, verdict.reason) == (
        "seats.dirk.can.ask",
        "crm.offer by dirk needs the yes of founder",
    )
    assert "ask: {crm.offer: founder}" in w.line(verdict.place)


def test_to_ask_goes_before_to_do() -> None:
    w = world({"dirk": "can: {do: [crm.write], ask: {crm.write: bogdan}}"})
    assert w.judge(w.offer("dirk", "crm.write", ACME)).person == "bogdan"


def test_a_yes_allows_and_says_whose_it_was() -> None:
    w = world()
    verdict = w.yes(w.offer("dirk", "crm.offer", ACME))
    assert (verdict.ruling, verdict.step, verdict.rule) == ("allow", 11, "seats.dirk.can")
    assert verdict.reason == "founder said yes, and nobody else claims it"


def test_a_yes_is_to_this_very_action() -> None:
    w = world()
    first = w.offer("dirk", "crm.offer", ACME, with_={"n": 1})
    assert w.yes(first).ruling == "allow"
    assert w.judge(w.offer("dirk", "crm.offer", ACME, with_={"n": 2})).ruling == "ask"
    assert w.judge(w.offer("dirk", "crm.offer", VOLT, with_={"n": 1})).ruling == "ask"


def test_a_yes_is_used_once() -> None:
    w = world()
    first = w.offer("dirk", "crm.offer", ACME)
    w.yes(first)
    w.begin(first).end(first, "failed", why="exit 1")
    assert w.judge(w.offer("dirk", "crm.offer", ACME)).ruling == "ask"


def test_a_yes_to_a_changed_payload_is_to_that_one() -> None:
    w = world()
    action = w.offer("dirk", "crm.offer", ACME, with_={"n": 1})
    w.hear(action)
    w.answer(action, "edited", payload={"n": 2})
    assert w.judge(action).ruling == "allow"
    assert w.action(action).payload == {"n": 2}
    changed = replace(w.action(action), payload={"n": 1}, sha256="ab")
    assert judge(Case(w.law, w.account, changed, Sight(), w.at)).ruling == "ask"


def test_an_answer_of_another_person_does_not_count() -> None:
    w = world({"dirk": "can: {ask: {crm.offer: founder}}"})
    action = w.offer("dirk", "crm.offer", ACME)
    w.hear(action)
    w.now("approval_answered", "dirk", id=action, answer="yes", by="bogdan", asked="bogdan")
    assert w.judge(action).ruling == "ask"


OUTSIDE = {"dirk": "can: {do: [mail.send, crm.write, note.append], ask: {crm.offer: bogdan}}"}


@pytest.mark.parametrize(
    ("kind", "stamped", "persons"),
    [
        # what acts outside, by a turn that had read strangers' text
        ("mail.send", True, ["founder"]),
        # one of the two alone does not ask
        ("crm.write", True, []),
        ("mail.send", False, []),
        # with an ask of its own, both are asked
        ("crm.offer", True, ["bogdan", "founder"]),
    ],
)
def test_what_strangers_may_have_brought_about_needs_a_yes(
    kind: str, stamped: bool, persons: list[str]
) -> None:
    w = world(OUTSIDE)
    action = w.offer("dirk", kind, ACME, outside=stamped)
    asked = []
    while (verdict := w.hear(action)).ruling == "ask":
        asked.append(verdict.person)
        if verdict.rule == "outside text":
            assert verdict.reason == (
                f"t-5 had read text that strangers can write, and {kind} acts outside, so founder must say yes"
            )
            assert w.line(verdict.place).startswith(f"{kind}:")
        w.answer(action, "yes", verdict.person)
    assert verdict.ruling == "allow"
    assert asked == persons


def test_where_nobody_can_say_yes_it_is_held() -> None:
    w = world({"boss": "person: Bo", "dirk": "can: {do: [mail.send]}\nanswers_to: boss"})
    law = w.law
    seat = replace(w.chart.seats["dirk"], answers_to=None)
    chart = replace(w.chart, seats={**w.chart.seats, "dirk": seat})
    action = w.action(w.offer("dirk", "mail.send", ACME, outside=True))
    verdict = judge(Case(type(law)(chart), w.account, action, Sight(), w.at))
    assert (verdict.ruling, verdict.rule) == ("hold", "outside text")
    assert verdict.reason.endswith("and dirk answers to nobody who could say yes")


ASKS = """
actions:
  act: {run: ./x, about: account, outside: yes}
conflicts:
  - {about: account, rank: [pulse, radar, dirk], then: ask founder, within: 2 days, because: Retention first.}
"""


def asking(who: str = "founder") -> World:
    seats = {
        "pulse": "",
        "radar": "",
        "bogdan": "person: Bo",
        "dirk": f"can: {{do: [act], ask: {{act: {who}}}}}",
    }
    return World(seats, tail=ASKS).publish("pulse", 60 * DAY).publish("radar", 60 * DAY)


def test_one_person_is_asked_once_for_all_that_stands_against_it() -> None:
    w = asking().claim("pulse", ACME).claim("radar", ACME)
    action = w.offer("dirk", "act", ACME, outside=True)
    verdict = w.hear(action)
    assert verdict.reason == (
        "act by dirk needs the yes of founder. "
        "Also: t-5 had read text that strangers can write, and act acts outside, so founder must say yes. "
        "Also: account:acme is claimed by pulse, and pulse goes before dirk. Retention first. "
        "Also: account:acme is claimed by radar, and radar goes before dirk. Retention first."
    )
    assert [one["by"] for one in verdict.evidence if "claim" in one] == ["pulse", "radar"]
    w.answer(action, "yes")
    verdict = w.judge(action)
    assert verdict.ruling == "allow"
    assert verdict.reason == (
        "founder said yes; pulse claims account:acme and goes first, and that does not stop it; "
        "radar claims account:acme and goes first, and that does not stop it"
    )


def test_what_came_after_his_yes_he_is_asked_again() -> None:
    w = asking()
    action = w.offer("dirk", "act", ACME)
    assert w.yes(action).ruling == "allow"
    w.later(HOUR).claim("pulse", ACME)
    verdict = w.judge(action)
    assert (verdict.ruling, verdict.step, verdict.person) == ("ask", 8, "founder")
    assert verdict.reason == "account:acme is claimed by pulse, and pulse goes before dirk. Retention first."
    assert w.yes(action).ruling == "allow"
    # a claim that is given up and made anew is another one, and so is another touch
    w.release("pulse", ACME).later(HOUR).claim("pulse", ACME)
    assert w.yes(action).ruling == "allow"
    w.did("radar", "act", ACME)
    assert w.yes(action).ruling == "allow"
    w.later(HOUR)
    w.did("radar", "act", ACME, with_={"n": 2})
    assert w.judge(action).ruling == "ask"


def test_two_persons_are_asked_one_after_the_other() -> None:
    w = asking("bogdan").claim("pulse", ACME)
    action = w.offer("dirk", "act", ACME)
    first = w.hear(action)
    assert (first.person, first.rule) == ("bogdan", "seats.dirk.can.ask")
    w.answer(action, "yes", "bogdan")
    second = w.hear(action)
    assert (second.person, second.step) == ("founder", 8)
    w.answer(action, "yes", "founder")
    assert w.judge(action).ruling == "allow"


def test_a_changed_payload_is_asked_of_all() -> None:
    w = asking("bogdan").claim("pulse", ACME)
    action = w.offer("dirk", "act", ACME, with_={"n": 1})
    w.hear(action)
    w.answer(action, "yes", "bogdan")
    w.hear(action)
    w.answer(action, "edited", "founder", payload={"n": 2})
    assert w.judge(action).person == "bogdan"


def test_an_asker_above_may_answer_for_him() -> None:
    w = asking("bogdan")
    action = w.offer("dirk", "act", ACME)
    w.hear(action)
    w.answer(action, "yes", "founder")
    assert w.action(action).answers[0].asked == "bogdan"
    assert w.judge(action).ruling == "allow"


# Allowing.


@pytest.mark.parametrize(
    ("about", "claims", "reason"),
    [
        ((), [], "dirk may do note.append"),
        ((ACME,), [], "dirk may do note.append, and nobody else claims it"),
        ((ACME, VOLT), [], "dirk may do note.append, and nobody else claims any of it"),
        # his own
        ((ACME,), [("dirk", ACME)], "dirk may do note.append, and nobody else claims it"),
        # those who do not go first
        ((ACME,), [("pepper", ACME), ("nick", ACME)],
         "dirk may do note.append; nick claims account:acme and does not go first; "
         "pepper claims account:acme and does not go first"),
    ],
)  # fmt: skip
def test_what_is_allowed_says_why(about: tuple[str, ...], claims: list[tuple[str, str]], reason: str) -> None:
    w = world()
    for seat, subject in claims:
        w.claim(seat, subject)
    verdict = w.judge(w.offer("dirk", "note.append", *about))
    assert (verdict.ruling, verdict.step, verdict.rule, verdict.reason) == (
        "allow",
        11,
        "seats.dirk.can",
        reason,
    )
    assert w.line(verdict.place).startswith("can:")


def test_the_evidence_has_the_version_of_all_that_was_looked_at() -> None:
    w = world()
    verdict = w.judge(w.offer("dirk", "mail.send", BOB), owned=[BOBS])
    assert verdict.subjects == (BOB, ACME)
    assert verdict.evidence == (
        {"subject": BOB, "of": [ACME], "file": "data/contacts.csv", "sha256": "5a"},
        {
            "state": "pulse",
            "path": "state/pulse.md",
            "turn": "t-1",
            "sha256": w.account.past("pulse").state.sha256,  # type: ignore[union-attr]
            "written": "2026-11-23T12:00:00+00:00",
            "fresh": True,
            "headline": "all well",
        },
    )
    assert verdict.looked == (
        "pause ", "pause dirk", "pause mail.send", f"pause {BOB}", f"pause {ACME}", "chart",
        f"done {w.action('a-1').sha256}", f"done mail.send {BOB}", "table data/contacts.csv", "state pulse",
        "mail dirk", f"challenge {BOB}", f"challenge {ACME}", "challenge ", f"claims {ACME}",
    )  # fmt: skip


# Errors.


class Explosive:
    """Breaks whoever touches it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"{name} is broken")


def _explode(*_: Any) -> Any:
    raise RuntimeError("it is broken")


for dunder in (
    "bool",
    "len",
    "iter",
    "getitem",
    "contains",
    "eq",
    "hash",
    "lt",
    "le",
    "gt",
    "ge",
    "sub",
    "str",
):
    setattr(Explosive, f"__{dunder}__", _explode)


def everything() -> tuple[World, str, Case]:
    """An action that would be allowed, of which every step looks at something."""
    w = world({"dirk": "can: {ask: {mail.send: founder}}\nbudget: $4 a day"}, head="budget: $40 a day")
    w.publish("nick", 60 * DAY).claim("nick", ACME).challenge("nick", "pulse", VOLT)
    w.mail("nick", "dirk", ACME)
    w.did("nick", "mail.send", VOLT)
    action = w.offer("dirk", "mail.send", BOB, files={"out/a": "1"})
    sight = {"owned": [BOBS], "files": {"out/a": "1"}}
    assert w.yes(action, **sight).ruling == "allow"
    return w, action, w.case(action, **sight)


BROKEN = [
    *(
        ("account", name)
        for name in ("seats", "inboxes", "mail", "claimed", "challenges", "docket", "pauses")
    ),
    *(("sight", name) for name in ("owned", "faults", "files")),
    *(("case", name) for name in ("law", "account", "sight", "now")),
    *(("chart", name) for name in ("seats", "actions", "subjects", "calendar", "budget")),
]


@pytest.mark.parametrize(("where", "name"), BROKEN)
def test_whatever_breaks_in_judging_refuses(where: str, name: str) -> None:
    w, _, case = everything()
    broken: Any = Explosive()
    if where == "account":
        setattr(w.account, name, broken)
    elif where == "sight":
        case = replace(case, sight=replace(case.sight, **{name: broken}))
    elif where == "case":
        case = replace(case, **{name: broken})
    else:
        law = type(w.law)(w.chart)
        law.chart = replace(w.chart, **{name: broken})
        case = replace(case, law=law)
    verdict = judge(case)
    assert (verdict.ruling, verdict.rule) == ("refuse", "fleet")
    assert verdict.reason.startswith("fleet could not judge it (RuntimeError: ")
    assert verdict.reason.endswith("is broken), and what cannot be judged is refused")


HARMLESS = {
    *("turn", "because", "offered_at", "asked_for", "step", "rule", "place", "reason", "looked", "again_at"),
    *("judged_n", "person", "asks", "challenged", "kept_against", "asked_at", "once", "started_at", "status"),
    *("id", "payload", "subjects", "confidence", "as_asked", "rules"),
}
"""What of an action is only told, or is for others than the gate."""


@pytest.mark.parametrize("name", [f.name for f in fields(Action) if f.name not in HARMLESS])
def test_an_action_that_cannot_be_read_is_not_allowed(name: str) -> None:
    _, _, case = everything()
    odd: Any = Explosive()
    assert judge(replace(case, action=replace(case.action, **{name: odd}))).ruling != "allow"


def test_a_verdict_as_data_leaves_out_what_is_not_there() -> None:
    assert Verdict("allow", "r", "why").data() == {
        "verdict": "allow", "rule": "r", "place": "", "reason": "why", "evidence": [], "step": 0, "looked": []
    }  # fmt: skip
