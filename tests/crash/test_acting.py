"""What acts outside, under a daemon that is killed: never twice, and never lost without being *unknown*."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from crash import shim
from crash.live import Live
from crash.outcome import Ledger, account_of, contradictions
from crash.reference import HEAD, make, seat_text
from crash.run import found
from crash.series import KILLED, talk_of
from crash.test_signals import lives
from crash.trial import run_once
from witness import Deed

from fleet.edge import tree

DEEDS = Path(__file__).with_name("deeds.py")
SHARDS = 4
ALL = "FLEET_CRASH_ALL" in os.environ


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_before_any_call_nothing_happens_twice_and_nothing_is_lost(shard: int, tmp_path: Path) -> None:
    assert found("kill", shard, SHARDS, tmp_path, series=DEEDS) == {}


def test_killed_in_the_middle_of_any_record_nothing_happens_twice_and_nothing_is_lost(tmp_path: Path) -> None:
    assert found("tear", 0, 1, tmp_path, series=DEEDS) == {}


@pytest.mark.parametrize("shard", range(2 if ALL else 1))
def test_killed_at_any_record_nothing_is_posted_twice_and_nothing_is_lost(shard: int, tmp_path: Path) -> None:
    assert found("post", shard, 2, tmp_path, series=DEEDS) == {}


@pytest.mark.parametrize("shard", range(2))
def test_a_group_of_records_on_actions_cut_after_any_line_makes_nothing_happen_twice(
    shard: int, tmp_path: Path
) -> None:
    assert found("cut", shard, 2, tmp_path, series=DEEDS) == {}


# One action, and a daemon that dies beside it.

OFFERS = """\
if [ -e ../../state/worker.md ]; then echo "Nothing more."; else
  echo '{"headline": "offered", "actions": [{"kind": "act", "with": {"n": 1}}, {"kind": "act", "with": {"n": 2}}]}'
fi
"""


def fleet(folder: Path, runs: str, can: str = "do: [act]") -> Path:
    """Make a fleet whose seat offers two actions."""
    chart = f"{HEAD}{seat_text('worker', more=f'    can: {{{can}}}')}\nactions:\n  act: {{{runs}}}\n"
    return make(folder / "f", chart, {"worker": OFFERS})


class Acts(Live):
    """A daemon over one seat whose first action waits until it is let go, and whose second is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(fleet(folder, "run: ./deed"))
        self.deed = Deed(self.root)
        self.deed.plan("wait")

    def program(self) -> int:
        """Wait for the first action's process and give its number."""
        self.deed.until(1)
        return next(pid for pid, _ in tree.find_marked(os.path.realpath(self.root)))

    def outcomes(self) -> list[str]:
        """Give what came of actions."""
        return ends(self.root)


def ends(root: Path) -> list[str]:
    """Give what came of actions, in order."""
    return [f"{r['data']['id']} {r['data']['outcome']}" for r in Ledger.read(root).of("action_outcome")]


def test_an_action_that_outlived_its_daemon_is_ended_and_unknown_and_never_begun_again_by_itself(
    tmp_path: Path,
) -> None:
    with Acts(tmp_path) as live:
        live.start()
        program = live.program()
        live.kill()
        assert lives(program)
        live.start()
        assert not lives(program)
        live.until(lambda: len(live.outcomes()) == 2, "the second has had its turn")
        live.deed.release()
        live.stop()
        live.start()
        live.stop()
    assert live.outcomes() == ["a-1 unknown", "a-2 done"]
    assert live.deed.counts() == {"a-1": 1, "a-2": 1}
    assert len(live.ledger.of("action_intent")) == 2
    assert account_of(live.root).docket.actions["a-1"].status == "unknown"
    assert contradictions(live.root) == []


def test_a_daemon_told_to_stop_lets_the_action_end_and_begins_none(tmp_path: Path) -> None:
    with Acts(tmp_path) as live:
        live.start()
        live.program()
        os.kill(live.pid, signal.SIGTERM)
        live.status()  # it answers after it has heard it
        live.deed.release()
        assert live.gone() == 0
        assert live.outcomes() == ["a-1 done"]
        live.start()
        live.until(lambda: len(live.outcomes()) == 2, "the second has had its turn")
        live.stop()
    assert live.deed.counts() == {"a-1": 1, "a-2": 1}
    assert contradictions(live.root) == []


def test_a_daemon_told_to_stop_now_ends_the_action_which_is_unknown(tmp_path: Path) -> None:
    with Acts(tmp_path) as live:
        live.start()
        program = live.program()
        live.ask("down", now=True)
        assert live.gone() == 0
        assert not lives(program)
        assert live.outcomes() == ["a-1 unknown"]
        live.deed.release()
        live.start()
        live.until(lambda: len(live.outcomes()) == 2, "the second has had its turn")
        live.stop()
    assert live.deed.counts() == {"a-1": 1, "a-2": 1}
    assert "Traceback" not in live.text
    assert contradictions(live.root) == []


def test_a_run_until_nothing_is_due_waits_for_actions(tmp_path: Path) -> None:
    root = fleet(tmp_path, "run: ./deed")
    deed = Deed(root)
    assert run_once(root) == 0, talk_of(root)
    assert ends(root) == ["a-1 done", "a-2 done"]
    assert deed.counts() == {"a-1": 1, "a-2": 1}


@pytest.mark.parametrize("mark", [b'"approval_answered"', b'"action_intent"'])
def test_a_yes_survives_a_crash_and_is_used_once(mark: bytes, tmp_path: Path) -> None:
    root = fleet(tmp_path, "run: ./deed", "ask: {act: boss}")
    deed = Deed(root)
    assert run_once(root) == 0, talk_of(root)
    assert deed.counts() == {}
    killed = shim.recording(lambda _, group: mark in group, tmp_path / "note")
    assert run_once(root, killed, yes=["a-1"]) == KILLED
    assert deed.counts() == {}
    assert run_once(root) == 0, talk_of(root)
    if mark == b'"approval_answered"':
        assert (ends(root), deed.counts()) == (["a-1 done"], {"a-1": 1})
    else:  # its intent was on disk, so nobody knows
        assert (ends(root), deed.counts()) == (["a-1 unknown"], {})
    assert run_once(root) == 0, talk_of(root)
    assert len(deed.arrived()) <= 1
    assert account_of(root).docket.actions["a-2"].status == "asked"
    assert contradictions(root) == []
