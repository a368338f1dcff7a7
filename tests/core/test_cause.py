"""Whose trouble it is: the seat where it began is named once, and the others as following from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.cause import MACHINE, Stand, stands
from fleet.core.overview import overview
from fleet.core.post import post
from fleet.core.record import Draft

SEATS = {
    "dash": "when: [every 1h]\nretries: 2",
    "pulse": "when: [every 1h]\nreads: [dash]",
    "dirk": "when: [every 1h]\nreads: [pulse, dash]\nowns: [pipeline]",
    "arin": "when: [every 1h]",
}
RANK = "conflicts:\n  - {about: account, rank: [pulse, dirk], then: hold}\n"


def began(seats: dict[str, str] | None = None, **parts: str) -> History:
    return History(chart_of(seats or SEATS, **parts))


def done(history: History, seat: str, turn: str, hours: float = 1.25, stale: tuple[str, ...] = ()) -> None:
    until = (NOW + timedelta(hours=hours)).isoformat()
    started = {"wakes": [], "mail": [], "deadline": NOW.isoformat(), "attempt": 0, "stale": list(stale)}
    history.take(Draft("turn_started", seat, turn, started))
    state = {"sha256": turn, "fingerprint": turn, "good_until": until, "stale": list(stale)}
    history.take(
        Draft("turn_ended", seat, turn, {"outcome": "done", "took_s": 1, "headline": "well", "state": state})
    )


def say(history: History, at_h: float = 0, **more: Any) -> dict[str, Stand]:
    return stands(history.chart, history.account, NOW + timedelta(hours=at_h), **more)


def test_nothing_is_anybodys_trouble_while_all_is_well() -> None:
    history = began()
    for i, seat in enumerate(SEATS):
        done(history, seat, f"t-{i + 1}")
    assert {stand.cause for stand in say(history).values()} == {""}


def test_who_read_a_state_that_was_stale_follows_from_the_seat_that_failed() -> None:
    history = began()
    for i, seat in enumerate(("dash", "pulse", "arin")):
        done(history, seat, f"t-{i + 1}")
    history.turn("dash", "t-4", "failed", why="meta says 429")
    done(history, "dirk", "t-5", stale=("dash",))
    found = say(history)
    assert found["dash"] == Stand("failed", "t-4: meta says 429")
    why = "waits for dash's trouble: dash failed (meta says 429)"
    assert found["dirk"] == Stand("stale", why, "dash", "dash")
    assert found["arin"] == Stand("fine", "well")


def test_what_was_made_from_a_stale_state_is_fine_again_once_that_is_renewed() -> None:
    history = began()
    done(history, "dirk", "t-1", stale=("dash",))
    assert say(history)["dirk"].cause == "dash"
    done(history, "dash", "t-2")
    assert say(history)["dirk"] == Stand("fine", "well")


def test_a_chain_names_the_first_one_once() -> None:
    history = began()
    for i, seat in enumerate(SEATS):
        done(history, seat, f"t-{i + 1}")
    done(history, "pulse", "t-5", stale=("dash",))
    history.turn("dash", "t-6", "failed", why="exit 1")
    done(history, "dirk", "t-7", stale=("pulse",))
    found = say(history, at_h=1.5)
    assert [(n, s.health, s.cause, s.after) for n, s in found.items() if s.cause] == [
        ("pulse", "stale", "dash", "dash"),
        ("dirk", "stale", "dash", "pulse"),
    ]
    assert found["dirk"].why == "waits for dash's trouble, by way of pulse: dash failed (exit 1)"


@pytest.mark.parametrize("at_h", [0, 2])
def test_an_empty_turn_is_a_seats_own_trouble_though_it_reads_a_seat_in_trouble(at_h: float) -> None:
    history = began()
    for i, seat in enumerate(SEATS):
        done(history, seat, f"t-{i + 1}")
    history.turn("dash", "t-5", "failed", why="exit 1")
    history.turn("pulse", "t-6", "empty", why="exit 0 but nothing written")
    found = say(history, at_h=at_h)["pulse"]
    assert (found.health, found.cause, found.after) == (("stale" if at_h else "empty"), "", "")
    assert "exit 0 but nothing written" in found.why


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("stale", "dash is stale (published 2h ago; last turn t-1 done)"),
        ("empty", "dash gave an empty turn"),
        ("paused", "dash is paused by founder: audit"),
        ("gone", "dash is gone from fleet.yaml"),
    ],
)
def test_each_trouble_is_said_in_the_sentence_of_who_follows(broken: str, said: str) -> None:
    history = began()
    done(history, "dash", "t-1", hours=1 if broken == "stale" else 9)
    done(history, "dirk", "t-2", hours=9, stale=("dash",))
    if broken == "empty":
        history.turn("dash", "t-3", "empty", why="nothing")
    if broken == "paused":
        history.take(Draft("pause", "dash", data={"by": "founder", "because": "audit"}))
    if broken == "gone":
        history.take(Draft("revision", data={"id": "r-2", "texts": {}, "gone": ["dash"]}))
    assert say(history, at_h=2)["dirk"].why == f"waits for dash's trouble: {said}"


def test_a_circle_begins_at_one_seat_and_that_one_is_nobody_elses() -> None:
    history = began({"a": "when: [every 1h]\nreads: [b]", "b": "when: [every 1h]\nreads: [a]"})
    done(history, "a", "t-1", hours=1)
    done(history, "b", "t-2", hours=1)
    found = say(history, at_h=2)
    assert (found["a"].cause, found["b"].cause) == ("", "a")


def test_a_seat_that_finds_no_place_is_the_machines_trouble() -> None:
    history = began()
    history.chart = chart_of(SEATS, tail="limits: {turns_at_once: 1}")
    done(history, "dirk", "t-1")
    started = {"wakes": [], "mail": [], "deadline": NOW.isoformat(), "attempt": 0}
    history.take(Draft("turn_started", "arin", "t-2", started))
    history.take(Draft("wake_due", "dirk", data={"wake": "dirk@x", "cause": "clock", "reason": "every 1h"}))
    found = say(history, at_h=2)["dirk"]
    assert found.cause == MACHINE
    assert found.why == "waits for a place: t-2 runs, and turns_at_once is 1"


def test_a_state_that_ran_out_while_no_daemon_ran_is_the_machines_trouble() -> None:
    history = began()
    done(history, "arin", "t-1")
    assert say(history, at_h=2)["arin"].cause == ""
    found = say(history, at_h=2, served_until=NOW)["arin"]
    assert (found.health, found.cause) == ("stale", MACHINE)
    assert found.why == "is not woken: no daemon has run since 07:00"
    assert say(history, at_h=2, served_until=NOW + timedelta(hours=1.5))["arin"].cause == ""


def test_a_held_action_is_the_matter_of_who_claims_its_subject() -> None:
    history = began(tail=RANK)
    for i, seat in enumerate(SEATS):
        done(history, seat, f"t-{i + 1}")
    history.take(Draft("claim", "pulse", "t-2", {"about": "account:acme", "on": "begun", "because": "spend"}))
    offer = {"id": "a-1", "kind": "x.y", "sha256": "x", "about": ["account:acme"]}
    history.take(Draft("offer", "dirk", "t-3", {**offer, "lapses_at": (NOW + timedelta(days=1)).isoformat()}))
    held = {"id": "a-1", "verdict": "hold", "step": 8, "reason": "account:acme is claimed by pulse"}
    history.take(Draft("verdict", "dirk", "t-3", held))
    found = say(history)["dirk"]
    assert (found.health, found.cause) == ("held", "pulse")
    assert found.why == "a-1 x.y to account:acme: account:acme is claimed by pulse"


def test_a_person_owes_an_answer_until_he_gives_it() -> None:
    history = began()
    due = NOW + timedelta(hours=2)
    asks = letter("m-1", "dirk", "founder", type="REQUEST", subject="may I?", answer_by=due)
    history.take_all(post(history.chart, history.account, asks, NOW))
    found = say(history)["founder"]
    assert found == Stand("waiting", "m-1 REQUEST from dirk: may I?, by 09:00")
    assert say(history, at_h=3)["founder"].why.endswith(", since 09:00")
    (row,) = [r for r in overview(history.chart, history.account, NOW)["seats"] if r["seat"] == "founder"]
    assert row["owes"] == ["m-1"]
