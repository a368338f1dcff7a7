"""Health is one word for a seat, from facts alone; the worst that is true wins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.health import WORDS, health
from fleet.core.overview import overview
from fleet.core.post import post
from fleet.core.record import Draft

HOUR = timedelta(hours=1)
RETIRED = "retired:\n  jeff: {title: Data, date: 2026-04-13, record: r.md, because: b, gave: {x: dash}}"


def began(dash: str = "when: [every 1h]\nowns: [x]") -> History:
    return History(chart_of({"dash": dash, "plan": "title: Nobody yet"}, tail=RETIRED))


def done(history: History, turn: str = "t-1", hours: float = 1.25, **keys: Any) -> None:
    """Let dash publish a state that holds for some hours."""
    until = (NOW + timedelta(hours=hours)).isoformat()
    history.turn("dash", turn, state={"sha256": "a", "fingerprint": "b", "good_until": until}, **keys)


def say(history: History, name: str = "dash", at_h: float = 0) -> tuple[str, str]:
    word, why = health(history.chart, history.account, name, NOW + timedelta(hours=at_h))
    assert word in WORDS
    return word, why


def row(history: History, name: str) -> dict[str, Any]:
    rows = overview(history.chart, history.account, NOW)["seats"]
    return next(row for row in rows if row["seat"] == name)


def test_a_seat_that_never_published_is_late() -> None:
    assert say(began()) == ("late", "nothing published yet")


def test_a_fresh_state_is_fine_to_its_last_instant_and_then_stale() -> None:
    history = began()
    done(history)
    assert say(history) == ("fine", "all well")
    assert say(history, at_h=1.25)[0] == "fine"
    assert say(history, at_h=1.26) == ("stale", "published 1h ago; last turn t-1 done")


@pytest.mark.parametrize(
    ("outcome", "why", "expected"),
    [
        ("failed", "exit 1", ("failed", "t-2: exit 1")),
        ("timed out", "over its limit of 60 s", ("failed", "t-2: over its limit of 60 s")),
        ("empty", "exit 0 but nothing written", ("empty", "t-2: exit 0 but nothing written")),
        # trying later is no failure while the state holds
        ("deferred", "it said: try later", ("fine", "all well")),
    ],
)
def test_the_last_turn_shows(outcome: str, why: str, expected: tuple[str, str]) -> None:
    history = began()
    done(history, headline="all well")
    history.turn("dash", "t-2", outcome, why=why)
    assert say(history) == expected


def test_a_failure_says_when_it_is_tried_again() -> None:
    history = began()
    history.turn(
        "dash", "t-1", "failed", why="exit 1", retry_at=NOW + timedelta(seconds=10), retry_cause="retry"
    )
    assert say(history) == ("failed", "t-1: exit 1; again at 07:00:10")


def test_a_failure_is_worse_than_a_stale_state_and_that_than_an_empty_turn() -> None:
    history = began()
    done(history)
    history.turn("dash", "t-2", "empty", why="nothing written")
    assert say(history, at_h=2)[0] == "stale"
    history.turn("dash", "t-3", "failed", why="exit 1")
    assert say(history, at_h=2)[0] == "failed"


def test_a_state_changed_from_outside_is_stale_until_the_next_one() -> None:
    history = began()
    done(history)
    history.take(Draft("trouble", "dash", data={"kind": "tampered", "says": "state/dash.md was edited"}))
    assert say(history)[0] == "stale"
    done(history, "t-2")
    assert say(history)[0] == "fine"


def test_a_persons_state_that_was_changed_from_outside_is_stale_too() -> None:
    history = History(chart_of({"dash": "when: [every 1h]", "ann": "person: Ann"}))
    history.turn("ann", "p-1", state={"sha256": "a", "fingerprint": "b", "good_until": None})
    assert say(history, "ann") == ("fine", "all well")
    history.take(Draft("trouble", "ann", data={"kind": "tampered", "says": "state/ann.md was edited"}))
    assert say(history, "ann") == ("stale", "its state was changed outside the fleet, so nobody is given it")
    history.take(Draft("trouble", "ann", data={"kind": "restored", "says": "it is as it was"}))
    assert say(history, "ann") == ("fine", "all well")


def test_a_held_action_shows() -> None:
    history = began()
    done(history)
    data = {"id": "a-1", "kind": "mail.send", "sha256": "x", "lapses_at": (NOW + HOUR).isoformat()}
    history.take(Draft("offer", "dash", "t-1", data))
    held = {"id": "a-1", "verdict": "hold", "reason": "acme is claimed"}
    history.take(Draft("verdict", "dash", "t-1", held))
    assert say(history) == ("held", "a-1 mail.send: acme is claimed")
    assert row(history, "dash")["waiting"] == ["a-1"]


@pytest.mark.parametrize("who", ["dash", None])
def test_a_pause_says_by_whom_and_why(who: str | None) -> None:
    history = began()
    done(history)
    history.take(Draft("pause", who, data={"by": "founder", "because": "audit"}))
    assert say(history) == ("paused", "by founder: audit")
    history.take(Draft("resume", who, data={"by": "founder"}))
    assert say(history)[0] == "fine"


def test_seats_without_an_agent() -> None:
    history = began()
    assert say(history, "plan") == ("planned", "no holder yet")
    assert say(history, "jeff") == ("retired", "record r.md")
    assert say(history, "nobody")[0] == "gone"
    assert say(history, "founder") == ("fine", "")
    told = letter("m-1", "fleet", "founder", type="ESCALATION", subject="dash fails")
    history.take_all(post(history.chart, history.account, told, NOW))
    assert say(history, "founder") == ("waiting", "1 escalated: dash fails")


def test_a_seat_that_left_the_file_is_gone_and_still_listed() -> None:
    history = began()
    done(history)
    history.take(Draft("revision", data={"id": "r-2", "texts": {}, "gone": ["dash"]}))
    history.chart = chart_of({"plan": "title: Nobody yet"})
    assert say(history) == ("gone", "not in fleet.yaml, and no retirement record")
    seats = overview(history.chart, history.account, NOW)["seats"]
    assert [s["seat"] for s in seats] == ["founder", "plan", "dash"]
    assert seats[-1]["next_at"] is None


def test_a_row_tells_the_next_wake_and_the_last_turn() -> None:
    history = began()
    done(history)
    found = row(history, "dash")
    assert {k: found[k] for k in ("turn", "last", "last_at", "next_at", "took_s", "inbox", "running")} == {
        "turn": "t-1",
        "last": "done",
        "last_at": "2026-11-23T07:00:00-05:00",
        "next_at": "2026-11-23T08:00:00-05:00",
        "took_s": 0.5,
        "inbox": 0,
        "running": False,
    }


def test_money_is_added_up_by_day_and_what_was_not_metered_is_counted() -> None:
    history = began()
    done(history, day="2026-11-23", result={"cost": {"usd": 0.5}})
    done(history, "t-2", day="2026-11-23", result={})
    history.turn("dash", "t-3", "failed", day="2026-11-23")
    found = overview(history.chart, history.account, NOW)
    assert (found["spent_usd"], found["unmetered"]) == (0.5, 2)
    tomorrow = overview(history.chart, history.account, NOW + timedelta(days=1))
    assert (tomorrow["spent_usd"], tomorrow["unmetered"]) == (0, 0)


def test_seats_of_one_cadence_wake_together_and_those_of_another_at_their_own_time() -> None:
    seats = {"a": "when: [every 1h]", "b": "when: [every 1h]", "c": "when: [every 1h, every day at 07:30]"}
    history = History(chart_of(seats))
    at = [row(history, name)["next_at"] for name in seats]
    assert at == ["2026-11-23T08:00:00-05:00"] * 2 + ["2026-11-23T07:30:00-05:00"]
