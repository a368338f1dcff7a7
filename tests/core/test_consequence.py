"""What follows from a turn that ended, in the order of the contract."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.consequence import (
    MESSAGES_A_TURN,
    OPEN_AT_MOST,
    RAISED_A_TURN,
    dead_mail,
    lapse,
    of_done,
    of_failed,
)
from fleet.core.past import Running
from fleet.core.post import post
from fleet.core.record import Record
from fleet.core.result import read_result
from fleet.store.yaml import read_plain

SEATS = {
    "dash": "when: [when mail arrives]\nretries: 1\ncan: {do: [note.append]}",
    "radar": "when: [when dash publishes, when mail arrives]\nreads: [dash]",
}
ACTIONS = "actions:\n  note.append: {run: ./note}"


def began() -> History:
    return History(chart_of(SEATS, tail=ACTIONS))


def done(
    history: History,
    *,
    by: str = "dash",
    turn: str = "t-1",
    hop: int = 0,
    outside: bool = False,
    **given: Any,
) -> list[Record]:
    """Let a turn of dash, or of another seat, be done with a result; gives what followed."""
    result = read_result(json.dumps(given).encode(), now=NOW, read_front=read_plain)
    assert result is not None
    seat = history.chart.seats[by]
    history.turn(by, turn)
    past = Running(turn, NOW, NOW, 0, hop=hop, outside=outside)
    return history.take_all(of_done(history.chart, history.account, seat, turn, result, NOW, past=past))


def test_what_follows_comes_in_order() -> None:
    found = done(
        began(),
        headline="x",
        actions=[{"kind": "note.append"}],
        escalate=[{"because": "y"}],
        messages=[{"to": "founder", "type": "INFORM", "body": "x"}],
        scorecard={"work": 1},
        claims=[{"about": "a:b"}],
    )
    whats = [r.what for r in found if r.what != "wake_due"]
    assert whats == ["claim", "value", "message", "escalation_step", "message", "offer"]


def test_readers_that_asked_for_it_are_woken() -> None:
    (wake,) = (r for r in done(began(), headline="x") if r.what == "wake_due")
    assert (wake.seat, wake.data["wake"]) == ("radar", "radar@publish:t-1")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # no key: nothing changes
        (None, []),
        # the same again: nothing to say
        ([{"about": "a:b", "because": "w"}], []),
        # otherwise: kept, with what is new
        ([{"about": "a:b", "because": "v"}], [("a:b", "kept")]),
        # one more
        ([{"about": "a:b", "because": "w"}, {"about": "a:c"}], [("a:c", "taken")]),
        # another in its stead
        ([{"about": "a:c"}], [("a:c", "taken"), ("a:b", "given up")]),
        # none
        ([], [("a:b", "given up")]),
    ],
)
def test_claims(claims: Any, expected: list[tuple[str, str]]) -> None:
    history = began()
    done(history, headline="1", claims=[{"about": "a:b", "because": "w"}])
    found = done(history, headline="2", **({} if claims is None else {"claims": claims}))
    assert [(r.data["about"], r.data["on"]) for r in found if r.what == "claim"] == expected


@pytest.mark.parametrize(
    ("kind", "given", "hours"),
    [
        # what wants an answer has a day, or what it says
        ("REQUEST", {}, 24),
        ("PROPOSAL", {}, 24),
        ("CHALLENGE", {}, 24),
        ("REQUEST", {"answer_by": "2026-11-23T10:00:00-05:00"}, 3),
        # what tells wants none
        ("INFORM", {}, None),
        ("RESPONSE", {}, None),
    ],
)
def test_a_message_that_wants_an_answer_has_a_deadline(kind: str, given: Any, hours: int | None) -> None:
    history = began()
    done(history, messages=[{"to": "radar", "type": kind, "body": "x", **given}])
    deadlines = [m.base_at - NOW for m in history.account.matters.values()]
    assert deadlines == ([] if hours is None else [timedelta(hours=hours)])


def test_messages_carry_the_hop_and_the_stamp_of_their_turn() -> None:
    history = began()
    done(history, hop=3, outside=True, messages=[{"to": "radar", "type": "INFORM", "body": "x"}])
    (told,) = history.account.waiting("radar")
    assert (told.hop, told.outside, told.sender) == (3, True, "dash")


def test_a_storm_of_messages_ends_at_a_hundred() -> None:
    history = began()
    many = [{"to": "radar", "type": "INFORM", "body": str(i)} for i in range(MESSAGES_A_TURN + 5)]
    found = done(history, messages=many)
    assert len([r for r in found if r.what == "message"]) == 100
    (refused,) = [r.data["reason"] for r in found if r.what == "verdict"]
    assert refused == "a turn sends at most 100 messages, and the other 5 were dropped"


def test_a_storm_of_escalations_ends_at_twenty() -> None:
    history = began()
    found = done(history, escalate=[{"because": f"reason {i}"} for i in range(RAISED_A_TURN + 400)])
    assert len([r for r in found if r.what == "escalation_step"]) == RAISED_A_TURN
    (refused,) = [r.data["reason"] for r in found if r.what == "verdict"]
    assert refused == "a turn raises at most 20 escalations, and the other 400 were dropped"


def test_a_seat_has_a_thousand_actions_open_and_no_more_over_many_turns() -> None:
    history = began()
    for turn in range(3):
        actions = [{"kind": "crm.offer", "with": {"n": turn * 600 + i}} for i in range(600)]
        found = done(history, turn=f"t-{turn + 9}", actions=actions)
        refused = [r.data["reason"] for r in found if r.what == "verdict"]
    assert len(history.account.docket.actions) == OPEN_AT_MOST
    assert refused == ["dash has 1,000 actions open, which is the limit; 600 were dropped"]


def test_what_others_offered_is_neither_kept_nor_withdrawn_and_the_trespass_is_recorded() -> None:
    history = began()
    done(history, actions=[{"kind": "crm.offer"}])
    (identity,) = history.account.docket.actions
    found = done(history, by="radar", turn="t-9", keep=[identity], withdraw=[identity, "a-99"])
    verdicts = [r for r in found if r.what == "verdict"]
    assert [(r.seat, r.data["verdict"], r.data["kind"], r.data["reason"]) for r in verdicts] == [
        ("radar", "refuse", word, f"radar cannot {word} what is not its own: {identity} of dash")
        for word in ("keep", "withdraw")
    ]
    assert identity in history.account.docket.actions
    assert len(history.account.past("radar").corrections) == 2


def test_a_result_that_is_read_again_from_the_ledger_brings_about_the_same() -> None:
    given = {
        "headline": "x",
        "claims": [{"about": "a:b"}],
        "messages": [{"to": "radar", "type": "INFORM", "body": "y"}],
    }
    first, second = done(began(), **given), done(began(), **given)
    assert [(r.what, r.data) for r in first] == [(r.what, r.data) for r in second]


def fail(history: History, times: int, mail: tuple[str, ...] = ()) -> list[str]:
    """Let dash fail some times; gives what followed from the last one."""
    seat = history.chart.seats["dash"]
    found: list[Record] = []
    for i in range(times):
        history.turn("dash", f"t-{i + 1}", "failed", mail=list(mail), why="exit 1")
        dead = dead_mail(history.account, seat, f"t-{i + 1}", mail, "exit 1")
        found = history.take_all(dead)
        found += history.take_all(
            of_failed(history.chart, history.account, seat, f"t-{i + 1}", "exit 1", NOW)
        )
    return [record.what for record in found]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # a retry is still to come
        (1, []),
        # the last try
        (2, ["escalation_step", "message"]),
        # it was told already
        (3, []),
    ],
)
def test_a_failing_seat_escalates_once_after_its_retries(times: int, expected: list[str]) -> None:
    assert fail(began(), times) == expected


def test_mail_is_set_aside_after_its_own_tries() -> None:
    history = began()
    history.take_all(post(history.chart, history.account, letter("m-1", "founder", "dash"), NOW))
    assert fail(history, 2, ("m-1",))[0] == "message_done"
    assert "m-1" not in history.account.mail


def test_mail_that_came_late_has_tries_of_its_own() -> None:
    history = began()
    fail(history, 5)
    history.take_all(post(history.chart, history.account, letter("m-1", "founder", "dash"), NOW))
    assert fail(history, 1, ("m-1",)) == []
    assert fail(history, 1, ("m-1",)) == ["message_done"]


def test_an_action_that_lapses_comes_back_to_its_seat() -> None:
    history = began()
    done(history, actions=[{"kind": "note.append", "with": {}}])
    day = timedelta(hours=24)
    (action,) = history.account.docket.actions.values()
    assert action.lapses_at == NOW + day
    draft = lapse(history.account, action.id)
    history.take(draft, NOW + day)
    assert history.account.docket.actions == {}
    assert len(history.account.past("dash").corrections) == 1
