"""A storm of kills under load, with a printed seed: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from crash.outcome import Ledger, account_of, contradictions
from crash.reference import HEAD, make, seat_text

STORM = Path(__file__).with_name("storm.py")
LASTS_S = float(os.environ.get("FLEET_CRASH_STORM_S", "12"))
SEED = int(os.environ.get("FLEET_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

WORKER = """\
cat <<END
{"headline": "in $FLEET_TURN", "scorecard": {"kept": 1}, "claims": [{"about": "turn:$FLEET_TURN"}],
 "messages": [{"to": "other", "subject": "from $FLEET_TURN"}, {"to": "boss", "subject": "by $FLEET_TURN"}],
 "actions": [{"kind": "note.append", "with": {"turn": "$FLEET_TURN"}}]}
END
"""
CHART = (
    HEAD
    + seat_text("worker", more="    can: {ask: {note.append: boss}}\n")
    + seat_text("other")
    + "actions:\n  note.append: {run: ./never}\n"
    + "limits: {wakes_an_hour: 10000, messages_an_hour: 10000}  # else so much mail is a storm, and waits\n"
)


@pytest.mark.timeout(180)
def test_a_daemon_killed_at_random_under_load_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    print(f"FLEET_CRASH_SEED={SEED}")
    root = make(tmp_path / "f", CHART, {"worker": WORKER, "other": 'echo "in $FLEET_TURN"'})
    command = [sys.executable, str(STORM), str(root), str(SEED), str(LASTS_S)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["ended"] == 0, (tmp_path / "f.err").read_text()
    assert told["killed"] > LASTS_S
    assert contradictions(root) == []
    ledger = Ledger.read(root)
    every_drop_is_one_message(ledger, told["dropped"])
    every_done_turn_has_its_effects_once(ledger)
    assert [len(account_of(root).waiting(seat)) for seat in ("worker", "other")] == [0, 0]


def every_drop_is_one_message(ledger: Ledger, dropped: int) -> None:
    """What was dropped has become one message each."""
    texts = Counter(r["data"]["body"] for r in ledger.of("message") if r["data"]["from"] == "operator")
    assert texts == Counter(f"Drop {n}." for n in range(1, dropped + 1))


def every_done_turn_has_its_effects_once(ledger: Ledger) -> None:
    """Each done turn of the worker has sent, measured, claimed and offered once; no other turn has."""
    done = Counter(r["turn"] for r in ledger.ended("done") if r["seat"] == "worker")
    sent = Counter(r["data"]["subject"] for r in ledger.of("message") if r["data"]["from"] == "worker")
    assert sent == Counter(f"{word} {turn}" for turn in done for word in ("from", "by"))
    assert Counter(r["turn"] for r in ledger.of("value")) == done
    assert Counter(r["turn"] for r in ledger.of("claim") if r["data"]["on"] == "taken") == done
    assert Counter(r["turn"] for r in ledger.of("offer")) == done
