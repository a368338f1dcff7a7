"""The gate's records: what a seat and a person are told, whom it wakes and alerts, and what is news."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core.world import DAY, HOUR, World, of

from fleet.core.gate import TRIES_AT_MOST, after_settling, changes, ended, given, judged
from fleet.core.overview import overview
from fleet.core.verdict import sentence

ACME, VOLT = "account:acme", "account:volt"


def world() -> World:
    return World().publish("pulse", 60 * DAY).publish("dirk", 60 * DAY)


def notes(w: World, seat: str = "dirk") -> list[str]:
    past = w.account.past(seat)
    return [note["says"] for note in (*past.corrections, *past.answers)]


def test_a_refusal_comes_back_to_its_seat_in_one_sentence() -> None:
    w = World({"dirk": "can: {do: [act]}", "pulse": ""}, tail=REFUSES).publish("pulse").claim("pulse", ACME)
    w.hear(w.offer("dirk", "act", ACME))
    assert notes(w) == [
        "Your act about account:acme (a-1) was refused: account:acme is claimed by pulse, "
        "and pulse goes before dirk. Retention goes first."
    ]


REFUSES = """
actions:
  act: {run: ./x, about: account}
conflicts:
  - {about: account, rank: [pulse, dirk], then: refuse, because: Retention goes first.}
"""


@pytest.mark.parametrize(
    ("answer", "because", "says"),
    [
        ("yes", "", "founder said yes to your crm.offer about account:acme (a-1)."),
        ("yes", "go", "founder said yes to your crm.offer about account:acme (a-1): go."),
        ("no", "Not this week.", "founder said no to your crm.offer about account:acme (a-1): Not this week."),
        ("edited", "less",
         'founder said yes to your crm.offer about account:acme (a-1), changed to {"n":2,"to":"Ann"}: less.'),
        ("happened", "I rang", "founder found that your crm.offer about account:acme (a-1) did happen: I rang."),
        ("leave", "", "founder left your crm.offer about account:acme (a-1) at that: it may have happened or not."),
        ("again", "", "founder said that your crm.offer about account:acme (a-1) is to be tried again."),
    ],
)  # fmt: skip
def test_what_a_person_answered_comes_back_to_its_seat(answer: str, because: str, says: str) -> None:
    w = world()
    action = w.offer("dirk", "crm.offer", ACME, with_={"n": 1})
    w.hear(action)
    if answer in ("happened", "leave", "again"):
        w.answer(action, "yes")
        w.begin(action).end(action, "unknown", why="cut")
    record = w.answer(
        action, answer, because=because, payload={"to": "Ann", "n": 2} if answer == "edited" else None
    )
    assert notes(w).count(says) == 1
    key = "tells" if answer in ("yes", "again") else "correction"
    assert record.data[key] == says
    assert record.data["hash"]


@pytest.mark.parametrize(
    ("outcome", "facts", "says"),
    [
        ("done", {}, "Your crm.write about account:acme (a-1) was done."),
        ("failed", {"why": "exit 3"}, "Your crm.write about account:acme (a-1) failed: exit 3."),
        ("failed", {"why": '"no room."'}, 'Your crm.write about account:acme (a-1) failed: "no room."'),
        ("failed", {}, "Your crm.write about account:acme (a-1) failed."),
        ("unknown", {"why": "cut"},
         "Your crm.write about account:acme (a-1) may have happened or not: cut; it is tried again."),
    ],
)  # fmt: skip
def test_what_came_of_it_comes_back_to_its_seat(outcome: str, facts: dict[str, str], says: str) -> None:
    w = world()
    w.end(w.started("dirk", "crm.write", ACME), outcome, **facts)
    assert notes(w) == [says]


@pytest.mark.parametrize(
    ("kind", "tries", "again_in"),
    [
        # safe to repeat: soon, then less often, five times in all
        ("crm.write", 1, 1), ("crm.write", 2, 10), ("crm.write", 3, 60), ("crm.write", 4, 300),
        ("crm.write", TRIES_AT_MOST, None),
        # a person says
        ("crm.offer", 1, None),
    ],
)  # fmt: skip
def test_an_unknown_is_tried_again_or_a_person_is_asked(kind: str, tries: int, again_in: int | None) -> None:
    w = world()
    action = replace(w.action(w.started("dirk", kind, ACME)), tries=tries)
    data: Any = ended(w.chart, w.account, action, "unknown", {"why": "cut"}, w.at).data
    if again_in is None:
        assert data["person"] == "founder"
        assert data["correction"].endswith("cut; a person is asked what became of it.")
    else:
        assert data["again_at"] == (w.at + again_in * (HOUR / 3600)).isoformat()


def test_its_seat_is_woken_once_for_all_that_waits_for_it() -> None:
    w = world()
    w.mail("founder", "dirk")
    for number in range(3):
        w.hear(w.offer("dirk", "crm.write", ACME, with_={"n": number}))
    woken = [wake for wake in w.account.past("dirk").pending if wake.cause == "hold"]
    assert [wake.reason for wake in woken] == ["a-1 is held: crm.write"]


def test_what_no_keep_frees_wakes_nobody() -> None:
    w = world().claim("pulse", ACME)
    w.hear(w.offer("dirk", "crm.write", ACME))
    assert [wake for wake in w.account.past("dirk").pending if wake.cause == "hold"] == []


def test_a_table_alerts_once_and_beside_a_seat() -> None:
    w = World()
    unknown = [of("person:bob", why="person:bob is not in data/contacts.csv")]
    for _ in range(2):
        w.hear(w.offer("dirk", "mail.send", "person:bob", with_={"n": len(w.records)}), owned=unknown)
    w.hear(w.offer("dirk", "crm.write", ACME))
    assert [(m.seat, m.subject) for m in w.matters("blind")] == [("dirk", "data/contacts.csv"), ("pulse", "")]
    assert w.matters("blind")[0].because.startswith(
        "actions are held: person:bob is not in data/contacts.csv"
    )


@pytest.mark.parametrize("how", ["allow", "refuse", "withdrawn"])
def test_what_told_a_person_of_it_is_put_away_when_it_is_settled(how: str) -> None:
    from fleet.core.ladder import after_step, climb

    w = world().claim("pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    w.hear(action)
    w.later(12 * HOUR)
    step = climb(w.chart, w.account, w.account.matters[action], w.at)
    assert step is not None
    record = w.take(step, w.at)
    w.take_all(after_step(w.chart, w.account, record.data, w.at), w.at)
    assert [m.subject for m in w.account.waiting("founder")] == [
        f"{action} of dirk is still held: crm.write about {ACME}"
    ]
    if how == "withdrawn":
        w.result(headline="x", withdraw=[action])
    else:
        w.release("pulse", ACME)
        if how == "refuse":
            w.now("revision", id="r-2", texts={}, gone=["dirk"])
        assert w.hear(action).ruling == how
    assert w.account.waiting("founder") == []


def test_the_same_verdict_again_is_no_news() -> None:
    w = world()
    w.claim("pulse", ACME, until=w.at + HOUR)
    action = w.offer("dirk", "crm.write", ACME)
    first = w.judge(action)
    assert changes(w.action(action), first)
    w.hear(action)
    assert not changes(w.action(action), w.later(HOUR / 2).judge(action))
    w.claim("pulse", ACME, until=w.at + 9 * HOUR)
    assert changes(w.action(action), w.judge(action))
    w.release("pulse", ACME)
    assert changes(w.action(action), w.judge(action))


def test_the_record_of_a_verdict_holds_what_it_was_made_from() -> None:
    w = world().claim("pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    verdict = w.judge(action)
    draft = judged(w.account, w.action(action), verdict)
    assert (draft.what, draft.seat, draft.turn) == ("verdict", "dirk", "t-5")
    assert set(draft.data) == {
        *("id", "kind", "about", "sha256", "verdict", "rule", "place", "reason", "evidence", "step", "looked")
    }
    assert list(after_settling(w.account, w.take(draft, w.at))) == []


def test_a_program_is_given_the_action_and_nothing_else() -> None:
    w = world()
    action = w.action(w.offer("dirk", "crm.write", ACME, with_={"n": 1}, because="why"))
    assert given(action) == {
        "id": "a-1", "kind": "crm.write", "about": ACME, "with": {"n": 1}, "seat": "dirk", "turn": "t-5",
        "because": "why",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ended"),
    [("a", "a."), ("a.", "a."), ("a!", "a!"), ("a? ", "a?"), ("a. ", "a."), ("(a)", "(a).")],
)
def test_a_sentence_ends_once(text: str, ended: str) -> None:
    assert sentence(text) == ended


ERRS = """
actions:
  act: {run: ./x, about: account}
rules:
  - {name: big, action: act, if: action.with.price > 10, then: hold}
"""


def erring(*offers: dict[str, Any]) -> World:
    w = World({"dirk": "can: {do: [act]}", "pulse": "can: {do: [act]}"}, tail=ERRS)
    for n, payload in enumerate(offers):
        w.hear(w.offer("pulse" if n else "dirk", "act", ACME, with_=payload))
    return w


def test_a_rule_that_cannot_be_judged_is_trouble_that_is_counted_over_seats_with_the_command_that_shows_it() -> (
    None
):
    w = erring({"amount": 1}, {"amount": 2}, {"price": "dear"})
    twice, once = overview(w.chart, w.account, w.at)["troubles"]
    says = "big refuses what it cannot judge: there is no price; see fleet rules show big"
    assert (twice["kind"], twice["says"], twice["count"]) == ("rule", says, 2)
    assert twice["next"] == once["next"] == "fleet rules show big"
    assert "cannot be asked of string" in once["says"]


def test_a_rule_that_refuses_as_it_says_is_no_trouble() -> None:
    w = World({"dirk": "can: {do: [act]}"}, tail=ERRS.replace("then: hold", "then: refuse"))
    assert w.hear(w.offer("dirk", "act", ACME, with_={"price": 11})).ruling == "refuse"
    assert w.account.troubles == ()


def test_the_trouble_of_a_rule_is_gone_with_the_condition_that_erred() -> None:
    w = erring({"amount": 1})
    rule = w.chart.rules[0]
    mended = replace(w.chart, rules=(replace(rule, condition="has(action.with.price)"),))
    assert overview(mended, w.account, w.at)["troubles"] == []
    assert overview(replace(w.chart, rules=()), w.account, w.at)["troubles"] == []
