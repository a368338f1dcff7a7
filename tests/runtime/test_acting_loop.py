"""What must not bring the daemon's loop to a stop, nor let an old verdict start anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from runtime.acting import HOLDS, SEAT, came, offer, outcomes, program, said, story, verdicts
from runtime.conftest import Build

from fleet.core.case import Case
from fleet.core.judge import judge
from fleet.core.verdict import Verdict
from fleet.edge.clock import VirtualClock
from fleet.errors import Broken
from fleet.runtime.gate import Gate
from fleet.testing import Rig

ACTS = "actions:\n  act: {run: sh act.sh, about: account}\n"
ACME, VOLT = {"about": "account:acme"}, {"about": "account:volt"}
LOGS = f'{HOLDS}echo "$FLEET_ACTION_ID" >>ran\n'


def held(build: Build) -> Rig:
    """Give a fleet in which dirk's a-1 is held, for dash claims the subject, and a touch would matter too."""
    tail = f"{ACTS}conflicts:\n  - {{about: account, rank: [dash, dirk], within: 30 days, then: hold}}\n"
    rig = program(build({"dash": SEAT, "dirk": SEAT}, tail=tail), LOGS)
    rig.does("dash", 'echo \'{"headline": "h", "claims": [{"about": "account:acme", "because": "b"}]}\'')
    rig.start()
    offer(rig, ACME)
    assert verdicts(rig) == ["hold"]
    return rig


@pytest.mark.parametrize("how", ["denied", "lapsed"])
def test_a_held_action_may_end_together_with_what_it_looked_at(build: Build, how: str) -> None:
    rig = held(build)
    if how == "denied":
        rig.ask("deny", id="a-1", because="no")
    else:
        rig.advance(hours=24)
        assert verdicts(rig)[-1] == "lapsed"
    assert said(rig, "a-1", "action_intent") == []
    offer(rig, VOLT)
    assert outcomes(rig, "a-2") == ["done"]


def test_mail_that_is_being_written_is_waited_for_and_the_loop_goes_on(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=ACTS), LOGS).hold("a-1")
    offer(rig, ACME, VOLT)
    mail = rig.path("inbox/dirk/new/half.md")
    mail.write_text("Half a sen")
    rig.release("a-1")  # a daemon that only looks and looks would fail here
    assert story(rig)[-1] == "a-1 done"
    mail.write_text("Half a sentence. Stop.\n")
    rig.advance(seconds=2)
    assert verdicts(rig, "a-2")[0] == "hold"
    assert rig.read("ran") == "a-1\n"


def test_who_is_told_to_stop_begins_nothing_and_lets_what_runs_end(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=ACTS), LOGS).hold("a-1")
    offer(rig, ACME, VOLT)
    rig.ask("down")
    rig.release("a-1")
    assert story(rig) == ["a-1 allow", "a-1 begins", "a-1 done"]
    rig.stop()
    rig.start()
    assert story(rig)[3:] == ["a-2 allow", "a-2 begins", "a-2 done"]


def test_down_now_leaves_what_ran_unknown(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=ACTS), "trap 'exit 0' TERM\nwhile :; do sleep 0.01; done").hold(
        "a-1"
    )
    offer(rig, ACME, VOLT)
    rig._open_gate("a-1")  # it is ended, not released
    rig.ask("down", now=True)
    assert came(rig)["outcome"] == "unknown"
    assert came(rig)["why"] == "it was stopped while it ran (fleet down --now)"
    assert story(rig) == ["a-1 allow", "a-1 begins", "a-1 unknown"]


def refuse_intents(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the disk refuse the ledger's next records of an intent."""
    assert rig.daemon is not None
    ledger = rig.daemon.fleet.book.ledger
    commit = ledger.commit

    def refusing(drafts, **how):  # type: ignore[no-untyped-def]
        if any(draft.what == "action_intent" for draft in drafts):
            raise Broken("ledger: No space left on device")
        return commit(drafts, **how)

    monkeypatch.setattr(ledger, "commit", refusing)


def stuck(build: Build, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Give a fleet whose disk refused an intent, ten seconds ago, and works again."""
    rig = program(build({"dirk": SEAT}, tail=ACTS), LOGS).start()
    with monkeypatch.context() as patch:
        refuse_intents(rig, patch)
        with pytest.raises(Broken):
            offer(rig, ACME)
    assert said(rig, "a-1", "action_intent") == []
    rig.clock.advance(timedelta(seconds=10))
    return rig


def test_an_intent_that_cannot_be_recorded_starts_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = stuck(build, monkeypatch)
    assert not rig.path("ran").exists()
    rig.settle()
    assert (outcomes(rig), rig.read("ran")) == (["done"], "a-1\n")


def test_what_waited_for_the_disk_is_judged_anew_on_what_lies_there_now(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = stuck(build, monkeypatch)
    rig.drop("dirk", "stop.md", "Leave Acme alone.\n")
    assert not rig.path("ran").exists()
    assert outcomes(rig) == ["failed"]
    assert came(rig)["why"].startswith("nothing was started: dirk has not read m-1 from operator")


def test_what_waited_for_the_disk_is_not_begun_by_one_who_stops(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = stuck(build, monkeypatch)
    rig.ask("down")
    assert not rig.path("ran").exists()
    assert (outcomes(rig), came(rig)["why"]) == (["failed"], "nothing was started: fleet down")


def test_a_look_ends_when_its_verdicts_take_long_and_the_next_one_goes_on(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    spent_s = 0.0

    def slow(case: Case) -> Verdict:
        nonlocal spent_s
        spent_s += 0.15
        looks[-1] += 1
        return judge(case)

    def look(self: Gate, *given: Any, **named: Any) -> None:
        looks.append(0)
        judge_all(self, *given, **named)

    judge_all, elapsed = Gate.judge, VirtualClock.elapsed
    monkeypatch.setattr(Gate, "judge", look)
    monkeypatch.setattr("fleet.runtime.gate.judge", slow)
    monkeypatch.setattr(VirtualClock, "elapsed", lambda self: elapsed(self) + spent_s)
    tail = f"{ACTS}rules:\n  - {{name: no, action: act, then: refuse}}\n"
    rig = program(build({"dirk": SEAT}, tail=tail), LOGS)
    offer(rig, *({"about": f"account:a{n}"} for n in range(7)))
    assert [verdicts(rig, f"a-{n}") for n in range(1, 8)] == [["refuse"]] * 7
    assert max(looks) == 2
