"""Step 9 of the gate: what rules say of an action, by the judge itself."""

# ruff: noqa: E501 - rules stand as a file has them

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from core.world import ACTIONS, DAY, HOUR, World

from fleet.core.case import Owned
from fleet.core.gate import changes
from fleet.core.testimony import StateTold, state_told
from fleet.core.typed import tree
from fleet.errors import Unreadable

ACME, VOLT, BOB = "account:acme", "account:volt", "person:bob"
DISPUTE = 'state["janine"].items.exists(i, i.kind == "billing-dispute" && i.about == action.about)'


def ruled(condition: str, then: str = "hold", *, action: str = "crm.write", more: str = "") -> World:
    """A world with one rule about dirk, whose condition is written as it stands in a file."""
    rule = f"rules:\n  - name: calm\n    seat: dirk\n    action: {action}\n    if: |\n      {condition}\n    then: {then}\n    because: So it is.\n{more}"
    return World(SEATS, tail=ACTIONS.partition("conflicts:")[0] + rule)


SEATS = {
    "bogdan": "person: Bogdan\nanswers_to: founder",
    "pulse": "answers_to: bogdan",
    "dirk": "can: {do: [crm.write, note.append, mail.send], ask: {crm.offer: founder}}",
    "nick": "can: {do: [crm.write]}",
    "janine": "owns: [books]\nscorecard: {overdue: at most 5}",
}


def janine(*items: dict[str, Any], **more: Any) -> dict[str, StateTold]:
    """What janine's state file says."""
    return {"janine": state_told({"seat": "janine", "items": list(items), **more})}


def test_a_rule_that_is_met_holds_names_itself_and_shows_what_it_saw() -> None:
    w = ruled(DISPUTE).publish("janine")
    held = w.judge(
        w.offer("dirk", "crm.write", ACME), states=janine({"kind": "billing-dispute", "about": ACME})
    )
    assert (held.ruling, held.step, held.rule) == ("hold", 9, "calm")
    assert held.reason == "the rule calm is met on account:acme. So it is."
    assert w.line(held.place) == "- name: calm"
    assert held.evidence[0] == {"rule": "calm", "if": DISPUTE, "on": [ACME]}
    assert {"state": "janine", "path": "state/janine.md"}.items() <= held.evidence[-1].items()
    assert "state janine" in held.looked


def test_a_rule_that_is_not_met_says_nothing() -> None:
    w = ruled(DISPUTE).publish("janine")
    verdict = w.judge(
        w.offer("dirk", "crm.write", VOLT), states=janine({"kind": "billing-dispute", "about": ACME})
    )
    assert (verdict.ruling, verdict.step) == ("allow", 11)
    assert "state janine" in verdict.looked


def test_a_rule_speaks_of_its_seat_and_kind_alone() -> None:
    w = ruled("true")
    assert w.judge(w.offer("dirk", "note.append")).ruling == "allow"
    assert w.judge(w.offer("nick", "crm.write", VOLT)).ruling == "allow"
    assert w.judge(w.offer("dirk", "crm.write", VOLT)).ruling == "hold"


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("action.with.amount > 3", "there is no amount"),
        ("action.confidence > 0.5", "there is no confidence"),
        ("1 / (action.tries - action.tries) == 1", "divide by zero"),
        ("action.with.text > 3", "> cannot be asked of string, number"),
        ("action.with.text", "it gave 'x' and not yes or no"),
        ("action.with.huge > 3", "> cannot be asked of string, number"),  # over 53 bits the ledger has a text
        ('state["janine"].as_of < now', "there is no as_of"),
        (
            "[1,2,3,4,5,6,7,8,9,10].all(a, action.with.many.all(b, action.with.many.all(c, b != c || true)))",
            "it looks at over 10,000 entries",
        ),
    ],
)
@pytest.mark.parametrize("then", ["hold", "allow", "refuse", "ask founder"])
def test_a_rule_that_errs_misses_something_or_runs_too_long_refuses_and_is_named(
    condition: str, why: str, then: str
) -> None:
    w = ruled(condition, then).publish("janine")
    payload = {"text": "x", "many": list(range(300)), **({"huge": 2**70} if "huge" in condition else {})}
    action = w.offer("dirk", "crm.write", VOLT, with_=payload, sha256="s")
    verdict = w.judge(action, states=janine())
    assert (verdict.ruling, verdict.step, verdict.rule) == ("refuse", 9, "calm")
    assert (
        verdict.reason.removeprefix("the rule calm cannot be judged, and what cannot be judged is refused: ")
        == why
    )
    assert verdict.evidence[0]["error"] == why


def test_what_may_be_missing_can_be_asked_for() -> None:
    w = ruled("has(action.confidence) && action.confidence < 0.5")
    assert w.judge(w.offer("dirk", "crm.write", VOLT)).ruling == "allow"
    assert w.judge(w.offer("dirk", "crm.write", ACME, confidence=0.2)).ruling == "hold"
    assert w.judge(w.offer("dirk", "crm.write", "account:new", confidence=0)).ruling == "hold"


def test_each_subject_is_asked_for_also_that_to_which_it_belongs() -> None:
    w = ruled('action.about == "account:acme"', action="mail.send")
    owned = [Owned(BOB, (ACME,), path="data/contacts.csv", sha256="ab")]
    verdict = w.judge(w.offer("dirk", "mail.send", BOB), owned=owned)
    assert (verdict.ruling, verdict.evidence[0]["on"]) == ("hold", [ACME])


def test_of_several_rules_the_strictest_decides_and_of_equals_the_first_in_the_file() -> None:
    more = "  - {name: no, seat: dirk, if: 'action.with.n > 1', then: refuse}\n  - {name: same, seat: dirk, then: hold}\n"
    w = ruled("true", more=more)
    assert w.judge(w.offer("dirk", "crm.write", ACME, with_={"n": 1})).rule == "calm"
    assert w.judge(w.offer("dirk", "crm.write", VOLT, with_={"n": 2})).rule == "no"


# Asking, and what an allow waives.


def test_a_rule_asks_its_person_and_takes_a_yes_to_that_very_question() -> None:
    w = ruled("action.with.n > 1", "ask bogdan")
    action = w.offer("dirk", "crm.write", ACME, with_={"n": 2})
    asked = w.hear(action)
    assert (asked.ruling, asked.person, asked.asks) == ("ask", "bogdan", ("rule calm: action.with.n > 1",))
    w.answer(action, "yes", "bogdan")
    assert w.judge(action).ruling == "allow"


@pytest.mark.parametrize(
    ("condition", "about", "ruling"),
    [
        ("action.with.n == 1", (ACME,), "allow"),
        ("action.with.n == 2", (ACME,), "ask"),
        ('action.about == "account:acme"', (ACME,), "allow"),
        ('action.about == "account:acme"', (ACME, VOLT), "ask"),  # for all of its own subjects, or for none
    ],
)
def test_an_allow_waives_the_stamp_of_outside_text(
    condition: str, about: tuple[str, ...], ruling: str
) -> None:
    w = ruled(condition, "allow", action="mail.send")
    verdict = w.judge(w.offer("dirk", "mail.send", *about, outside=True, with_={"n": 1}))
    assert verdict.ruling == ruling
    assert (verdict.rule == "calm") == (ruling == "allow")


def test_an_allow_waives_no_approval_and_outweighs_no_other_rule() -> None:
    w = ruled("true", "allow", action="crm.offer")
    assert w.judge(w.offer("dirk", "crm.offer", ACME, outside=True)).asks == ("seats.dirk.can.ask",)
    more = "  - {name: no, seat: dirk, then: refuse}\n"
    w = ruled("true", "allow", action="crm.offer", more=more)
    assert w.judge(w.offer("dirk", "crm.offer", ACME, outside=True)).rule == "no"


# What a condition can ask.


def test_claims_are_those_on_its_subjects_of_whichever_seat() -> None:
    w = ruled('claims.exists(c, c.seat != seat && c.because == "mine")').claim("nick", ACME, because="mine")
    verdict = w.judge(w.offer("dirk", "crm.write", ACME))
    assert (verdict.ruling, verdict.rule) == ("hold", "calm")
    assert {"claim": ACME, "by": "nick"}.items() <= verdict.evidence[1].items()
    assert w.judge(w.offer("dirk", "crm.write", VOLT)).ruling == "allow"
    assert f"claims {ACME}" in verdict.looked


def test_mail_is_what_the_seat_has_not_read() -> None:
    w = ruled('mail.exists(m, m.from == "nick" && m.about == "brand:x")')
    assert w.judge(w.offer("dirk", "crm.write", VOLT)).ruling == "allow"
    w.mail("nick", "dirk", "brand:x", ACME)
    verdict = w.judge(w.offer("dirk", "crm.write", ACME))
    assert (verdict.ruling, verdict.rule) == ("hold", "calm")
    assert "mail dirk" in verdict.looked


def test_a_touch_is_told_within_its_span_and_looked_at_again_each_minute() -> None:
    w = ruled('touches(action.about, "nick", "30 days")')
    w.did("nick", "crm.write", ACME)
    action = w.offer("dirk", "crm.write", ACME, lapses=60 * DAY)
    verdict = w.hear(action)
    assert (verdict.ruling, verdict.rule, verdict.again_at) == ("hold", "calm", w.at + timedelta(minutes=1))
    assert f"touch {ACME}" in verdict.looked
    w.later(timedelta(minutes=1))
    assert not changes(w.action(action), w.judge(action))  # the same a minute later is no news
    w.later(31 * DAY)
    assert w.judge(action).ruling == "allow"
    assert changes(w.action(action), w.judge(action))


def test_an_age_is_that_of_the_data_and_else_of_the_state() -> None:
    w = ruled('age(state["janine"]) > span("26h")').publish("janine", until=9 * DAY)
    action = w.offer("dirk", "crm.write", ACME)
    old, new = ((w.at - timedelta(hours=h)).isoformat() for h in (27, 25))
    assert w.judge(action, states=janine(as_of=old, written=new)).ruling == "hold"
    assert w.judge(action, states=janine(as_of=new, written=old)).ruling == "allow"
    assert w.judge(action, states=janine(written=old)).ruling == "hold"


def test_a_metric_needs_a_value_of_this_week_or_the_last() -> None:
    w = ruled('metric["janine.overdue"] > 5')
    action = w.offer("dirk", "crm.write", ACME)
    blind = w.judge(action)
    assert (blind.ruling, blind.step, blind.blind) == ("hold", 6, ("janine",))
    assert blind.reason == (
        "janine has told no overdue this week or the last, so it is not known whether the rule calm applies"
    )
    w.now("value", "janine", "t-7", metric="overdue", value="5.5")
    over = w.judge(action)
    assert (over.ruling, over.step) == ("hold", 9)
    assert over.evidence[1] == {"metric": "janine.overdue", "value": "5.5", "turn": "t-7"}
    w.now("value", "janine", "t-8", metric="overdue", value="900", held="not plausible")
    w.now("value", "janine", "t-9", metric="overdue", value="5")
    assert w.judge(action).ruling == "allow"
    assert w.later(15 * DAY).judge(w.offer("dirk", "crm.write", ACME)).step == 6


def test_a_state_that_is_stale_or_not_to_be_read_lets_nothing_through() -> None:
    w = ruled('!state["janine"].items.exists(i, true)', "hold").publish("janine", until=HOUR)
    action = w.offer("dirk", "crm.write", ACME)
    assert w.judge(action).ruling == "refuse"  # the file is as published and no rule can be told of it
    assert w.later(2 * HOUR).judge(action, states=janine()).step == 6


def test_long_texts_and_lists_cannot_stop_the_loop() -> None:
    w = ruled("action.with.many.exists(m, action.with.text.contains(m))")
    big = {"text": "x" * 3_000_000, "many": [f"y{n}" for n in range(1000)]}
    verdict = w.judge(w.offer("dirk", "crm.write", ACME, with_=big))
    assert verdict.ruling == "refuse"
    assert "it could take too long: a text of 3,000,000 bytes, and a list of 1,000 entries" in verdict.reason


@pytest.mark.parametrize(
    "condition",
    [
        'dyn(action).about == "account:acme"',
        '[action].exists(a, a.about == "account:acme")',
        '(action.tries > 9 ? action : action).about == "account:acme"',
        '{"a": action}["a"].about == "account:acme"',
    ],
)
def test_no_way_of_asking_for_the_subject_asks_for_the_first_alone(condition: str) -> None:
    w = ruled(condition, "refuse")
    assert w.judge(w.offer("dirk", "crm.write", VOLT, ACME)).ruling == "refuse"


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        ("google.protobuf.Timestamp{seconds: 1} < now", "google.protobuf.Timestamp"),
        ('fleet.action{kind: "x"}.kind == action.kind', "fleet.action"),
        ("double(action.with.amount) > 3000.0", "double"),
    ],
)
def test_what_would_fell_the_reader_or_is_never_met_is_refused_at_its_place(
    condition: str, part: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        tree(condition)
    assert condition[caught.value.start : caught.value.end] == part


def test_what_is_asked_of_many_subjects_is_bounded_together() -> None:
    w = ruled('action.about == "account:z" || action.with.text.matches("(x+x+)+(x+x+)+y")')
    few = w.offer("dirk", "crm.write", ACME, with_={"text": "x" * 1_000_000})
    assert w.judge(few).ruling == "allow"
    many = tuple(f"account:a{n}" for n in range(200))
    verdict = w.judge(w.offer("dirk", "crm.write", *many, with_={"text": "x" * 1_000_000}))
    assert verdict.ruling == "refuse" and "it could take too long" in verdict.reason
