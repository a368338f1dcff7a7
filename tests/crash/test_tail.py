"""The ledger's tail: whatever part of a group of records a crash left, the rest is added, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crash import shim
from crash.outcome import Ledger, account_of, contradictions
from crash.reference import HEAD, make, seat_text
from crash.run import found
from crash.series import KILLED, Tail, talk_of
from crash.trial import run_once

from fleet.edge.clock import SystemClock


class LaterClock(SystemClock):
    """The machine's clock, ahead by some hours."""

    def __init__(self, hours: float) -> None:
        self._ahead = timedelta(hours=hours)

    def now(self) -> datetime:
        return super().now() + self._ahead


@pytest.mark.parametrize("shard", range(2))
def test_a_group_of_records_cut_after_any_of_its_lines_is_completed(shard: int, tmp_path: Path) -> None:
    assert found("cut", shard, 2, tmp_path) == {}


def die_after(root: Path, mark: bytes, run: Callable[[shim.Shim], int]) -> Tail:
    """Run with a kill right after the group of records that holds a mark; gives that group."""
    note = root.parent / f"{root.name}.size"
    ended = run(shim.recording(lambda number, group: mark in group, note))
    assert ended == KILLED, talk_of(root)
    return Tail(root, note)


def cut_behind(tail: Tail, mark: bytes) -> None:
    """Cut the ledger behind the first line of the group that holds a mark; some lines must go."""
    at = next(i for i, line in enumerate(tail.group) if mark in line)
    assert at + 1 < tail.lines, "the group has nothing behind that line"
    tail.cut(at + 1)


def finish(root: Path, **how: Any) -> Ledger:
    """Run to the end; nothing may be said on stderr, and files and ledger must agree."""
    assert run_once(root, **how) == 0, talk_of(root)
    assert talk_of(root) == ""
    assert contradictions(root) == []
    return Ledger.read(root)


def test_a_seat_whose_program_changed_is_paused_even_if_the_pause_was_cut_off(tmp_path: Path) -> None:
    changes = "echo more >> SEAT.md; echo done"
    root = make(tmp_path / "f", HEAD + seat_text("worker"), {"worker": changes})
    tail = die_after(root, b'"what":"pause"', lambda shim_: run_once(root, shim_))
    cut_behind(tail, b'"what":"turn_ended"')
    ledger = finish(root)
    assert [r["seat"] for r in ledger.of("pause")] == ["worker"]
    assert account_of(root).past("worker").paused is not None


LADDER = """\
escalation:
  usual: [boss]
"""
ASKS = """\
echo '{"headline": "asked", "messages": [{"to": "silent", "type": "REQUEST", "subject": "Well?"}]}'
"""


def test_an_escalation_whose_message_was_cut_off_is_told_once(tmp_path: Path) -> None:
    silent = "  silent: {title: Silent, person: Bob, answers_to: boss}\n"
    root = make(tmp_path / "f", HEAD + silent + seat_text("worker") + LADDER, {"worker": ASKS})
    assert run_once(root) == 0, talk_of(root)
    later = LaterClock(25)
    tail = die_after(root, b'"what":"escalation_step"', lambda shim_: run_once(root, shim_, clock=later))
    cut_behind(tail, b'"what":"escalation_step"')
    ledger = finish(root, clock=later)
    told = [r["data"]["to"] for r in ledger.of("message") if r["data"]["type"] == "ESCALATION"]
    assert told == ["boss"]
    assert [r["data"]["message"] for r in ledger.of("escalation_step")] == [
        r["data"]["id"] for r in ledger.of("message") if r["data"]["type"] == "ESCALATION"
    ]


GOES = """\
sed -i '/^  worker:/,$d' ../../fleet.yaml
until grep -q '"id":"r-2"' ../../ledger/*.jsonl; do sleep 0.05; done
echo '{"headline": "bye", "messages": [{"to": "boss", "subject": "The last one"}]}'
"""


def test_a_turn_that_outlived_its_seat_is_completed_too(tmp_path: Path) -> None:
    stays = seat_text("stays")
    root = make(tmp_path / "f", HEAD + stays + seat_text("worker"), {"worker": GOES, "stays": "echo here"})
    tail = die_after(root, b'"headline":"bye"', lambda shim_: run_once(root, shim_))
    cut_behind(tail, b'"what":"turn_ended"')
    ledger = finish(root)
    (refused,) = ledger.of("verdict")
    assert refused["data"]["reason"] == "worker is gone from fleet.yaml and sends nothing"


def test_the_fourth_exchange_of_two_people_is_passed_up_though_that_was_cut_off(tmp_path: Path) -> None:
    chart = HEAD + "  chief: {title: Chief, person: Eve, answers_to: boss}\n" + LADDER
    root = make(tmp_path / "f", chart, {})
    letters = [("boss", "chief", None), ("chief", "boss", "m-1"), ("boss", "chief", "m-2")]
    letters += [("chief", "boss", "m-3"), ("boss", "chief", "m-4")]
    tail = die_after(root, b'"exchange":4', lambda shim_: run_once(root, shim_, letters=letters))
    cut_behind(tail, b'"exchange":4')
    ledger = finish(root)
    assert [r["data"]["kind"] for r in ledger.of("escalation_step")] == ["exchange"]


def test_a_turn_that_ended_before_midnight_is_shown_though_the_first_start_of_the_new_day_was_killed(
    tmp_path: Path,
) -> None:
    root = make(tmp_path / "f", HEAD + seat_text("worker"), {"worker": "echo Worked today."})
    tail = die_after(root, b'"headline":"Worked today."', lambda shim_: run_once(root, shim_))
    with tail.path.open("ab") as ledger:
        ledger.write(b'{"torn')  # so that the next start has something of its own to record
    tomorrow = LaterClock(24)
    die_after(root, b'"what":"checkpoint"', lambda shim_: run_once(root, shim_, clock=tomorrow))
    finish(root, clock=tomorrow)
    assert "Worked today." in (root / "state/worker.md").read_text()


def test_a_torn_line_is_kept_apart_and_told(tmp_path: Path) -> None:
    root = make(tmp_path / "f", HEAD + seat_text("worker"), {"worker": "echo Worked."})
    assert run_once(root) == 0, talk_of(root)
    day = root / f"ledger/{datetime.now(UTC):%Y-%m-%d}.jsonl"
    with day.open("ab") as ledger:
        ledger.write(b'{"half a line')
    told = finish(root).of("trouble")
    assert [r["data"]["kind"] for r in told] == ["ledger"]
    (torn,) = (root / "ledger/torn").iterdir()
    assert torn.read_bytes() == b'{"half a line'
    assert torn.name in told[0]["data"]["says"]
