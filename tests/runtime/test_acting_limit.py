"""An action that goes on for too long is ended, with all that it started, and is unknown."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from crash.test_signals import lives
from runtime.acting import SEAT, came, offer, outcomes, program
from runtime.conftest import Build

from fleet.runtime import act, gate

LIMITED = "actions:\n  act: {run: sh act.sh, limit: 1s}\n"
TREE = 'sh -c "%s while :; do sleep 0.01; done" & echo $! >child\n%s\necho $$ >main; while :; do sleep 0.01; done\n'


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Shorten the grace between TERM and KILL; gives what was launched in truth."""
    seen: list[Any] = []

    def prepared(*args: Any) -> act.Act:
        made = act.prepare(*args)
        seen.append(made.launch)
        return replace(made, launch=replace(made.launch, grace_s=0.2))

    monkeypatch.setattr(gate, "prepare", prepared)
    return seen


def gone(pid: int) -> bool:
    """Say whether a process goes: its outcome may be told a moment before, where the kernel is busy."""
    until = time.monotonic() + 5
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not lives(pid)


@pytest.mark.parametrize(
    "deaf",
    ["", "trap '' TERM;"],  # ends at TERM; needs KILL
)
def test_over_its_limit_the_whole_tree_is_ended(build: Build, launches: list[Any], deaf: str) -> None:
    rig = offer(program(build({"dirk": SEAT}, tail=LIMITED), TREE % (deaf, deaf)), {}, {"with": {"n": 2}})
    assert [(launch.limit_s, launch.grace_s) for launch in launches] == [(1.0, 5.0)] * 2
    assert came(rig)["outcome"] == "unknown"
    assert came(rig)["why"] == "it was over its limit of 1 s and was ended"
    assert gone(int(rig.read("main"))) and gone(int(rig.read("child")))
    rig.advance(hours=1)
    assert outcomes(rig, "a-1") == outcomes(rig, "a-2") == ["unknown"]


def test_one_that_ends_well_only_when_it_is_told_to_is_unknown_all_the_same(
    build: Build, launches: list[Any]
) -> None:
    text = "trap 'exit 0' TERM\nwhile :; do sleep 0.01; done"
    rig = offer(program(build({"dirk": SEAT}, tail=LIMITED), text), {})
    assert (came(rig)["outcome"], came(rig)["exit"]) == ("unknown", 0)
