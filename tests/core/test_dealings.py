"""What the records of an action do to the account, from the offer to the end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from core.world import DAY, HOUR, World

from fleet.core.consequence import lapse
from fleet.core.gate import unmoved
from fleet.core.record import Record

ACME, VOLT = "account:acme", "account:volt"


def world() -> World:
    return World().publish("pulse", 60 * DAY).publish("dirk", 60 * DAY)


@pytest.mark.parametrize(
    ("before", "verdict", "after"),
    [
        ("offered", "allow", "offered"),
        ("offered", "hold", "held"),
        ("offered", "ask", "asked"),
        ("held", "kept", "offered"),
        ("held", "ask", "asked"),
        ("asked", "hold", "held"),
        ("offered", "refuse", None),
        ("held", "withdrawn", None),
        ("held", "lapsed", None),
        ("asked", "withdrawn", None),
    ],
)
def test_where_a_verdict_leaves_an_action(before: str, verdict: str, after: str | None) -> None:
    w = world()
    action = w.offer("dirk", "crm.write", ACME)
    w.account.docket.change(action, status=before)
    w.now("verdict", "dirk", id=action, verdict=verdict, person="founder", reason="r")
    found = w.account.docket.actions.get(action)
    assert (found.status if found else None) == after
    assert f"action {action}" in w.account.stirred
    assert w.account.docket.deeds == {}


@pytest.mark.parametrize(
    ("outcome", "more", "status"),
    [
        ("done", {}, None),
        ("failed", {}, None),
        ("unknown", {"why": "cut", "person": "founder"}, "unknown"),
    ],
)
def test_where_an_outcome_leaves_it(outcome: str, more: dict[str, Any], status: str | None) -> None:
    w = world()
    action = w.started("dirk", "crm.write", ACME)
    w.now("action_outcome", "dirk", id=action, outcome=outcome, **more)
    found = w.account.docket.actions.get(action)
    assert (found.status if found else None) == status
    assert [deed.id for deed in w.account.docket.deeds.values()] == ([action] if outcome == "done" else [])
    assert [matter.first for matter in w.matters("unknown")] == (["founder"] if status else [])


def test_an_unknown_stays_unknown_until_a_person_says() -> None:
    w = world()
    action = w.started("dirk", "crm.offer", ACME)
    w.end(action, "unknown", why="cut")
    w.claim("pulse", ACME)
    w.answer(action, "again")
    verdict = w.judge(action)
    assert verdict.ruling == "hold"
    w.take(unmoved(w.chart, w.action(action), verdict), w.at)
    assert w.action(action).status == "unknown"
    assert w.action(action).reason.startswith("cut; it is not tried again: account:acme is claimed by pulse")
    assert [one.id for one in w.account.docket.busy_on(ACME)] == [action]
    w.answer(action, "leave")
    (deed,) = w.account.docket.deeds.values()
    assert (deed.id, deed.sure) == (action, False)


def test_what_its_subjects_belonged_to_at_any_try_it_may_have_touched() -> None:
    w = world()
    action = w.started("dirk", "mail.send", "person:bob", subjects=("person:bob", ACME))
    w.end(action, "unknown", why="cut").answer(action, "again")
    w.now("action_intent", "dirk", id=action, subjects=["person:bob", VOLT], once="ever")
    assert w.action(action).subjects == ("person:bob", ACME, VOLT)
    w.end(action)
    assert {subject for subject, by in w.account.docket.touches.items() if "dirk" in by} == {
        "person:bob",
        ACME,
        VOLT,
    }
    assert w.judge(w.offer("nick", "crm.write", ACME)).rule != "fleet"


def test_a_held_action_escalates_when_half_of_its_time_is_over_and_an_ask_at_once() -> None:
    w = world().claim("pulse", ACME)
    held, asked = w.offer("dirk", "crm.write", ACME), w.offer("dirk", "crm.offer", VOLT)
    w.hear(held)
    w.hear(asked)
    (matter,) = w.matters("held")
    assert (matter.id, matter.base_at) == (held, w.at + 12 * HOUR)
    (matter,) = w.matters("asked")
    assert (matter.id, matter.base_at, matter.first) == (asked, w.at, "founder")
    w.answer(asked, "yes")
    assert w.matters("asked") == []
    w.release("pulse", ACME).begin(held)
    assert w.matters("held") == []


# What a turn says of its actions.


def test_an_equal_offer_joins_whatever_became_of_the_first() -> None:
    w = world().claim("pulse", ACME)
    offer = {"kind": "crm.offer", "about": VOLT, "with": {"n": 1}}
    w.result(headline="1", actions=[offer, {**offer, "about": ACME}, {**offer, "with": {"n": 1.0}}])
    assert list(w.account.docket.actions) == ["a-1", "a-2"]
    for identity in ("a-1", "a-2"):
        w.hear(identity)
    assert [w.action(i).status for i in ("a-1", "a-2")] == ["asked", "held"]
    w.result(headline="2", actions=[offer, {**offer, "about": ACME}])
    w.answer("a-1", "yes")
    w.begin("a-1")
    joined = [r.data for r in w.result(headline="3", actions=[offer]) if r.what == "verdict"]
    assert [(one["verdict"], one["joins"], one["reason"]) for one in joined] == [
        ("joined", "a-1", "a-1 is the same offer")
    ]
    assert list(w.account.docket.actions) == ["a-1", "a-2"]
    w.end("a-1")
    w.result(headline="4", actions=[offer])
    assert w.judge("a-3").step == 5


def waiting(w: World) -> str:
    """Have an action held until its seat has read a letter."""
    w.mail("founder", "dirk")
    action = w.offer("dirk", "crm.write", ACME)
    w.hear(action)
    assert w.action(action).must_keep
    return action


@pytest.mark.parametrize(
    ("put", "said", "verdict", "status"),
    [
        # shown and kept: it is judged again
        (True, {"keep": ["a-1"]}, "kept", "offered"),
        # shown and passed over, or given up
        (True, {}, "withdrawn", None),
        (True, {"withdraw": ["a-1"]}, "withdrawn", None),
        (True, {"keep": ["a-1"], "withdraw": ["a-1"]}, "withdrawn", None),
        # its brief was older: nothing changes
        (False, {}, None, "held"),
        (False, {"keep": ["a-1"]}, None, "held"),
        # but a seat may always give up what is its own
        (False, {"withdraw": ["a-1"]}, "withdrawn", None),
        # somebody else's
        (True, {"keep": ["a-2"]}, "withdrawn", None),
    ],
)
def test_what_unread_mail_holds_goes_on_only_if_its_seat_keeps_it(
    put: bool, said: dict[str, Any], verdict: str | None, status: str | None
) -> None:
    w = world()
    action = waiting(w)
    records = w.result(headline="x", holds=(action,) if put else (), **said)
    assert next((r.data["verdict"] for r in records if r.what == "verdict"), None) == verdict
    found = w.account.docket.actions.get(action)
    assert (found.status if found else None) == status
    if put and verdict == "withdrawn" and not said.get("withdraw"):
        assert w.account.past("dirk").corrections[-1]["says"] == (
            "Your crm.write about account:acme (a-1) was withdrawn: "
            "dirk was shown what holds it and did not say keep."
        )


def test_other_holds_need_no_keep() -> None:
    w = world().claim("pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    w.hear(action)
    assert not w.action(action).must_keep
    assert w.result(headline="x", holds=()) == []
    assert w.action(action).status == "held"


def test_what_was_kept_against_a_challenge_waits_for_its_answer_and_not_for_its_seat() -> None:
    w = world()
    first = w.challenge("nick", "pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    w.hear(action)
    assert w.action(action).must_keep
    assert [wake.cause for wake in w.account.past("dirk").pending].count("hold") == 1
    w.result(headline="x", holds=(action,), keep=[action])
    w.hear(action)
    held = w.action(action)
    assert (held.status, held.step, held.must_keep) == ("held", 7, False)
    assert [wake for wake in w.account.past("dirk").pending if wake.cause == "hold"] == []
    # another one is put to it again
    w.challenge("nick", "pulse", ACME)
    w.hear(action)
    assert w.action(action).must_keep
    w.result(headline="y", holds=(action,), keep=[action])
    # answered, it goes on
    for identity in (first, "m-2"):
        w.mail("pulse", "nick", reply_to=identity, type="RESPONSE")
    assert w.judge(action).ruling == "allow"


def test_what_was_kept_is_put_to_its_seat_again_where_new_mail_came() -> None:
    w = world()
    w.challenge("nick", "pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    w.hear(action)
    w.result(headline="x", holds=(action,), keep=[action])
    w.mail("founder", "dirk")
    w.hear(action)
    assert w.action(action).must_keep


def test_what_lapses_says_what_it_waited_for() -> None:
    w = world().claim("pulse", ACME)
    held, asked, offered = (
        w.offer("dirk", "crm.write", ACME), w.offer("dirk", "crm.offer", VOLT), w.offer("dirk", "note.append")
    )  # fmt: skip
    w.hear(held)
    w.hear(asked)
    for action in (held, asked, offered):
        w.take(lapse(w.account, action), w.at)
    assert [note["says"] for note in w.account.past("dirk").corrections] == [
        "a-1 (crm.write about account:acme) lapsed: account:acme is claimed by pulse, and pulse goes before dirk. "
        "Retention outranks expansion.",
        "a-2 (crm.offer about account:volt) lapsed: founder did not answer.",
        "a-3 (note.append) lapsed: its turn never came.",
    ]
    assert w.account.docket.actions == {}


def test_the_newest_twenty_corrections_are_kept() -> None:
    w = world()
    for number in range(25):
        w.now("verdict", "dirk", id=f"a-{number}", verdict="refuse", correction=str(number))
    assert [note["says"] for note in w.account.past("dirk").corrections] == [str(n) for n in range(5, 25)]


def test_the_account_after_all_of_this_comes_back_from_its_checkpoint() -> None:
    from fleet.core.account import from_checkpoint
    from fleet.core.canonical import canonical, plain

    w = world().claim("pulse", ACME, until=w_until())
    first = w.challenge("nick", "pulse", VOLT)
    for number in range(12):
        w.did("nick", "crm.write", VOLT, with_={"n": number})
    action = w.offer("dirk", "crm.write", VOLT)
    w.hear(action)
    w.result(headline="x", holds=(action,), keep=[action])
    w.hear(action)
    asked = w.offer("dirk", "crm.offer", "account:zest")
    w.hear(asked)
    w.answer(asked, "edited", payload={"n": 2})
    w.end(w.started("nick", "crm.write", ACME), "unknown", why="cut")
    data = json.loads(canonical(plain(w.account.checkpoint())))
    back = from_checkpoint(Record(w.account.n, w.at, "checkpoint", None, None, data, "", "", ""))
    assert back.docket == w.account.docket
    assert back.challenges == w.account.challenges == {VOLT: {first: None}}
    assert back.claimed == {s: by for s, by in w.account.claimed.items() if by}
    before = {i: w.judge(i) for i in (action, asked)}
    w.account = back
    assert {i: w.judge(i) for i in (action, asked)} == before


def w_until() -> Any:
    from core.history import NOW

    return NOW + DAY


@pytest.mark.parametrize("outcome", ["done", "failed", "unknown"])
def test_who_looks_at_a_subject_hears_of_what_begins_and_ends_on_it(outcome: str) -> None:
    w = world()
    w.account.stirred.clear()
    subjects = ("person:bob", ACME)
    action = w.started("dirk", "mail.send", "person:bob", subjects=subjects)
    heard = {*(f"touch {subject}" for subject in subjects), "done mail.send", "done mail.send person:bob"}
    assert heard | {f"done {w.action(action).sha256}"} <= set(w.account.stirred)
    w.account.stirred.clear()
    w.end(action, outcome, why="cut")
    assert heard <= set(w.account.stirred)


def test_a_deed_counts_from_when_it_was_begun() -> None:
    w = world()
    began = w.at
    action = w.started("dirk", "draft.write", "brand:zest")
    w.later(2 * HOUR).end(action)
    assert w.account.docket.touches["brand:zest"]["dirk"].at == began


@pytest.mark.parametrize(
    ("happens", "stirs"),
    [
        (lambda w: w.claim("pulse", ACME), [f"claims {ACME}"]),
        (lambda w: w.claim("pulse", ACME).release("pulse", ACME), [f"claims {ACME}"]),
        (lambda w: w.mail("nick", "dirk"), ["mail dirk"]),
        (lambda w: w.challenge("nick", "pulse", ACME), ["mail pulse", f"challenge {ACME}", "challenge "]),
        (lambda w: w.publish("pulse"), ["state pulse"]),
        (lambda w: w.now("trouble", "pulse", kind="tampered", says="x"), ["state pulse"]),
        (
            lambda w: w.now("trouble", "pulse", kind="late", says="x", promised=w.at.isoformat()),
            ["state pulse"],
        ),
        (lambda w: w.now("revision", id="r-2", texts={}), ["chart"]),
        (lambda w: w.now("pause", by="founder"), ["pause "]),
        (lambda w: w.now("pause", "dirk", by="founder"), ["pause dirk"]),
        (lambda w: w.now("pause", by="founder", what=ACME), [f"pause {ACME}"]),
        (lambda w: w.now("resume", what="crm.write"), ["pause crm.write"]),
    ],
)
def test_each_thing_that_verdicts_look_at_is_stirred_when_it_changes(happens: Any, stirs: list[str]) -> None:
    w = world()
    w.account.stirred.clear()
    happens(w)
    assert set(stirs) <= set(w.account.stirred)
