"""One look plans, begins and ends a bounded number of turns, and what comes of them all is the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fleet.runtime import daemon
from fleet.testing import Rig

SEATS = {f"s{i}": "when: [every day at 07:15]" for i in range(9)}
BREAKFAST = timedelta(minutes=75)
"""From the start of a rig to that."""
AT_ONCE = "limits: {turns_at_once: 9}"


def turns(rig: Rig) -> list[str]:
    """Give the seats in the order in which their turns began, after the first ones."""
    return [r["seat"] for r in rig.records("turn_started")[len(SEATS) :]]


def look(rig: Rig) -> None:
    """Look once."""

    async def once() -> None:
        rig.daemon.look()  # type: ignore[union-attr]

    rig._in_loop(once())


@pytest.fixture
def few(monkeypatch: Any) -> None:
    """Let a look do little."""
    monkeypatch.setattr(daemon, "TURNS_A_LOOK", 2)
    monkeypatch.setattr(daemon, "PLANS_A_LOOK", 4)


@pytest.mark.usefixtures("few")
def test_all_wakes_of_one_instant_are_planned_before_the_first_of_their_turns_begins(start: Any) -> None:
    rig = start(SEATS, head=AT_ONCE).advance(hours=2)
    assert turns(rig) == list(SEATS)
    due, begun = rig.records("wake_due")[len(SEATS) :], rig.records("turn_started")[len(SEATS) :]
    assert len(due) == len(begun) == 9 and due[-1]["n"] < begun[0]["n"]
    assert all(rig.outcomes(name) == ["done", "done"] for name in SEATS)


@pytest.mark.usefixtures("few")
def test_a_look_begins_and_ends_no_more_turns_than_it_may(start: Any) -> None:
    rig = start(SEATS, head=AT_ONCE).hold(*SEATS)
    live = rig.daemon
    rig.clock.advance(BREAKFAST)
    began = []
    for _ in range(9):
        look(rig)
        began.append(len(turns(rig)))
        if not live.restless:
            break
    assert began[-1] == 9 and max(b - a for a, b in zip([0, *began], began, strict=False)) == 2
    ended = []
    end = live._finish_turns

    def finish(now: Any) -> None:
        before = len(live._ended)
        end(now)
        ended.append(before - len(live._ended))

    live._finish_turns = finish
    rig.release(*SEATS)
    assert sum(ended) == 9 and max(ended) <= 2


@pytest.mark.usefixtures("few")
def test_a_fleet_that_is_told_to_stop_leaves_the_rest_unbegun_and_serves_it_later(start: Any) -> None:
    rig = start(SEATS, head=AT_ONCE)
    rig.clock.advance(BREAKFAST)
    while not turns(rig):
        look(rig)
    rig.ask("down")
    some = len(turns(rig))
    assert not rig.daemon.restless
    rig.stop().start()
    assert sorted(turns(rig)) == list(SEATS) and some < 9
