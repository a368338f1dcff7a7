"""The first start wakes every seat once, those it reads before it."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.testing import Rig, chart_text

START = {"radar": "reads: [dash, tally]", "tally": "reads: [dash]", "dash": ""}


def order(rig: Rig) -> list[str]:
    return [record["seat"] for record in rig.records("turn_started")]


def test_a_first_start_wakes_each_agent_once_after_those_it_reads(start: Any) -> None:
    rig = start(START)
    assert order(rig) == ["dash", "tally", "radar"]
    assert rig.woken_by("radar") == [["first start"]]
    assert rig.brief("radar")["reads"]["tally"]["fresh"] is True


def test_a_restart_is_no_first_start(start: Any) -> None:
    rig = start(START)
    rig.stop().start().kill().start()
    assert len(order(rig)) == 3


def test_an_upstream_is_waited_for_until_its_first_turn_has_ended(build: Any) -> None:
    rig = build(START)
    rig.hold("dash").start()
    assert order(rig) == ["dash"]
    rig.release("dash")
    assert order(rig) == ["dash", "tally", "radar"]


@pytest.mark.parametrize(
    "seats",
    [
        # two that read each other: the first of the file begins
        {"dash": "reads: [tally]", "tally": "reads: [dash]"},
        # one that reads itself by way of two others, and a reader behind them
        {"a": "reads: [c]", "b": "reads: [a]", "c": "reads: [b]", "d": "reads: [c]"},
        # two circles, one behind the other
        {"a": "reads: [b, c]", "b": "reads: [a]", "c": "reads: [d]", "d": "reads: [c]"},
    ],
)
def test_circles_of_readers_do_not_deadlock(start: Any, seats: dict[str, str]) -> None:
    rig = start(seats)
    assert sorted(order(rig)) == sorted(seats)


def test_an_upstream_that_has_no_turn_of_its_own_blocks_nobody(build: Any) -> None:
    rig = build({"radar": "reads: [dash, plan, founder]", "dash": "", "plan": "title: To be filled"})
    rig.start()
    assert order(rig) == ["dash", "radar"]
    reads = rig.brief("radar")["reads"]
    assert reads["plan"] == {**reads["plan"], "fresh": False, "state": None}


def test_an_upstream_whose_first_turn_failed_blocks_nobody(build: Any) -> None:
    rig = build({"radar": "reads: [dash]", "dash": "retries: 2"})
    rig.does("dash", "exit 3")
    rig.start()
    assert rig.outcomes("dash") == ["failed"]
    assert rig.outcomes("radar") == ["done"]


def test_an_upstream_that_was_paused_before_its_first_turn_blocks_nobody(start: Any) -> None:
    rig = start({"keep": ""})
    rig.ask("pause", because="moving house")
    rig.edit(chart_text({"keep": "", "radar": "reads: [dash]", "dash": ""}))
    rig.ask("pause", seat="dash", because="no data yet")
    rig.ask("resume")
    assert rig.outcomes("radar") == ["done"]
    assert rig.woken_by("dash") == []
    rig.ask("resume", seat="dash")
    assert rig.woken_by("dash") == [["first start"]]


def test_a_turn_whose_charter_cannot_be_read_fails_and_holds_up_nobody(build: Any) -> None:
    rig = build({"radar": "reads: [dash]", "dash": ""})
    rig.write("seats/dash/SEAT.md", b"You are d\xe4sh.\n")
    rig.start().advance(minutes=1)
    assert rig.outcomes("radar") == ["done"]
    (ended,) = rig.records("turn_ended", seat="dash")
    assert ended["data"]["outcome"] == "failed"
    assert ended["data"]["why"] == "its charter cannot be read: seats/dash/SEAT.md: not UTF-8 at byte 9"
