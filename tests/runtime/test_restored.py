"""A state file that was changed from outside is not relied on, and is again once it is put back."""

from __future__ import annotations

import pytest
from runtime.acting import HOLDS, SEAT, offer, outcomes, program, said, verdicts
from runtime.conftest import Build

from fleet.testing import Rig

TAIL = """\
actions:
  act: {run: sh act.sh, about: account}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
"""
ACME, VOLT = {"about": "account:acme"}, {"about": "account:volt"}


def two(build: Build) -> Rig:
    """Give a fleet in which the state of dash decides whether dirk may act."""
    return program(build({"dash": SEAT, "dirk": SEAT}, tail=TAIL), "echo >>ran").start()


def kinds(rig: Rig) -> list[str]:
    """Give the kinds of trouble with the state of dash."""
    return [r["data"]["kind"] for r in rig.records("trouble", seat="dash") if r["data"]["kind"] != "blind"]


def edit(rig: Rig) -> None:
    rig.path("state/dash.md").write_text("All is well, trust me.\n")


def remove(rig: Rig) -> None:
    rig.path("state/dash.md").unlink()


SPOIL = pytest.mark.parametrize("spoil", [edit, remove])


@SPOIL
def test_put_back_it_is_relied_on_again(build: Build, spoil) -> None:
    rig = two(build)
    before = rig.path("state/dash.md").read_bytes()
    for _ in range(2):
        spoil(rig)
        rig.sweep().sweep()
        assert rig.status("dash")["health"] == "stale"
        rig.path("state/dash.md").write_bytes(before)
        rig.sweep().sweep()
        assert rig.status("dash")["health"] == "fine"
    assert kinds(rig) == ["tampered", "restored"] * 2


@SPOIL
def test_what_was_held_for_it_goes_on_and_the_alert_is_over(build: Build, spoil) -> None:
    rig = two(build)
    before = rig.path("state/dash.md").read_bytes()
    spoil(rig)
    offer(rig, ACME)  # no sweep has seen it yet
    assert (verdicts(rig), rig.path("ran").exists()) == (["hold"], False)
    assert said(rig, "a-1", "verdict")[0]["blind"] == ["dash"]
    rig.sweep()
    offer(rig, VOLT)
    assert verdicts(rig, "a-2") == ["hold"]
    rig.path("state/dash.md").write_bytes(before)
    rig.sweep()
    assert (outcomes(rig, "a-1"), outcomes(rig, "a-2")) == (["done"], ["done"])
    assert rig.daemon is not None
    assert [m for m in rig.daemon.fleet.account.matters.values() if m.kind == "blind"] == []
    assert kinds(rig) == ["tampered", "restored"]


def test_put_back_between_two_sweeps_it_is_seen_to_be(build: Build) -> None:
    rig = program(two(build), f"{HOLDS}exit 0").hold("a-1")
    offer(rig, ACME, VOLT)
    rig.sweep()
    rig.path("state").rename(rig.path("aside"))
    rig.release("a-1")
    assert verdicts(rig, "a-2") == ["hold"]
    rig.path("aside").rename(rig.path("state"))
    rig.sweep()
    assert outcomes(rig, "a-2") == ["done"]


def test_a_state_that_ran_out_meanwhile_is_not_relied_on(build: Build) -> None:
    rig = two(build)
    before = rig.path("state/dash.md").read_bytes()
    edit(rig)
    offer(rig, ACME)
    rig.advance(hours=24)
    rig.advance(minutes=2)
    rig.path("state/dash.md").write_bytes(before)
    rig.sweep()
    assert rig.status("dash")["health"] == "stale"
    assert outcomes(rig) == []


def test_one_that_is_missing_is_noticed_by_a_daemon_that_never_saw_it(build: Build) -> None:
    rig = build({"dash": "when: when asked"}).start()
    remove(rig)
    rig.sweep()
    assert kinds(rig) == ["tampered"]


def test_one_that_went_missing_is_written_at_the_next_start_and_relied_on_again(build: Build) -> None:
    rig = two(build)
    before = rig.path("state/dash.md").read_bytes()
    remove(rig)
    rig.sweep()
    rig.stop()
    rig.start()
    rig.sweep()
    assert rig.path("state/dash.md").read_bytes() == before
    assert kinds(rig) == ["tampered", "restored"]
    assert rig.status("dash")["health"] == "fine"
