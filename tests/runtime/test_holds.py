"""Held actions in the daemon: when they are judged again, and what must not free them."""

from __future__ import annotations

import json
from collections.abc import Callable

from runtime.acting import SEAT, offer, said, verdicts

from fleet.testing import Rig

Build = Callable[..., Rig]

TAIL = """
actions:
  act: {run: sh act.sh, about: account}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold}
"""
SEATS = {"pulse": SEAT, "dirk": SEAT, "nick": SEAT}
ACME = "account:acme"


def ready(build: Build) -> Rig:
    rig = build(SEATS, tail=TAIL)
    rig.write("act.sh", 'echo "$FLEET_ACTION_ID" >>ran\n')
    return rig.start()


def ran(rig: Rig) -> list[str]:
    return rig.read("ran").split() if rig.path("ran").exists() else []


def test_a_state_that_was_gone_for_a_moment_is_on_record_and_does_not_hold_for_ever(build: Build) -> None:
    rig = ready(build)
    state = rig.path("state/pulse.md")
    state.rename(rig.path("aside"))
    offer(rig, {"about": ACME})
    assert (verdicts(rig), ran(rig)) == (["hold"], [])
    (trouble,) = (r["data"] for r in rig.records("trouble", seat="pulse") if r["data"]["kind"] == "tampered")
    assert trouble["says"].startswith("state/pulse.md is missing; it is not trusted until")
    rig.path("aside").rename(state)  # before any sweep has seen that it was gone
    rig.sweep()
    rig.does("pulse", "echo all is well")
    rig.ask("wake", seat="pulse")
    assert ran(rig) == ["a-1"]


KEEPS = 'echo "{\\"headline\\": \\"$FLEET_TURN\\", \\"keep\\": [\\"a-1\\"]}"'


def test_a_challenge_to_another_seat_wakes_its_own_once_and_waits_for_the_answer(build: Build) -> None:
    rig = ready(build)
    rig.ask("send", to="pulse", about=[ACME], body="why?", type="CHALLENGE")
    rig.always("dirk", KEEPS)
    offer(rig, {"about": ACME})
    rig.advance(hours=3)
    assert verdicts(rig) == ["hold", "kept", "hold"]
    turns = len(rig.outcomes("dirk"))
    rig.advance(hours=3)
    assert len(rig.outcomes("dirk")) == turns
    (challenge,) = (r["data"]["id"] for r in rig.records("message") if r["data"]["type"] == "CHALLENGE")
    answer = {"to": "founder", "type": "RESPONSE", "reply_to": challenge, "body": "for a reason"}
    rig.does("pulse", f"echo '{json.dumps({'headline': 'so', 'messages': [answer]})}'")
    rig.ask("wake", seat="pulse")
    assert ran(rig) == ["a-1"]
    assert said(rig, "a-1", "verdict")[-1]["verdict"] == "allow"
