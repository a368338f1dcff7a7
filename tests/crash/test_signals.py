"""Signals and starts: what ends with a daemon, what outlives it, and who may be the next one."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from crash.live import Live
from crash.outcome import contradictions, outcome
from crash.reference import HEAD, build, drop, make, seat_text
from crash.run import found

from fleet.edge import socket
from fleet.errors import GroundMoved, NotRunning

WAITS = """\
mkdir -p work
echo $$ > work/pid.new && mv work/pid.new work/pid
until [ -e work/go ]; do sleep 0.02; done
echo "Worked in $FLEET_TURN."
"""
"""A turn that lasts until it is told to end."""


class Waiting(Live):
    """A daemon over one seat whose turns wait."""

    def __init__(self, folder: Path) -> None:
        super().__init__(make(folder / "f", HEAD + seat_text("worker"), {"worker": WAITS}))
        drop(self.root, "worker", "hello.md", b"Hello.\n")

    @property
    def work(self) -> Path:
        """Where the seat notes what it does."""
        return self.root / "seats/worker/work"

    def holder(self) -> int:
        """Wait for the turn's process and give its number."""
        self.until((self.work / "pid").exists, "the holder runs")
        return int((self.work / "pid").read_text())

    def go(self) -> None:
        """Let every turn end from now on."""
        self.work.mkdir(exist_ok=True)
        (self.work / "go").touch()

    def mail(self) -> list[str]:
        """Name the boxes in which the seat's messages are."""
        return sorted(p.relative_to(self.root).parts[2] for p in self.root.glob("inbox/worker/**/*.md"))


def lives(pid: int) -> bool:
    """Say whether a process is there, and is not only a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_holder_that_outlived_its_daemon_is_ended_and_its_turn_is_tried_once_more(tmp_path: Path) -> None:
    with Waiting(tmp_path) as live:
        live.start()
        first = live.holder()
        live.kill()
        assert lives(first)
        assert live.mail() == ["cur"]
        (live.work / "pid").unlink()
        live.start()
        assert not lives(first)
        again = live.holder()
        assert again != first
        (lost,) = live.ledger.ended("lost")
        assert live.mail() == ["cur"]
        live.go()
        live.rests_after(1)
        live.stop()
    started = live.ledger.of("turn_started")
    assert [r["turn"] for r in started] == [lost["turn"], live.ledger.ended("done")[0]["turn"]]
    assert started[0]["data"]["mail"] == started[1]["data"]["mail"] != []
    assert live.mail() == ["done"]
    assert contradictions(live.root) == []


def test_a_turn_that_was_lost_twice_gives_its_mail_back_and_is_not_tried_again(tmp_path: Path) -> None:
    with Waiting(tmp_path) as live:
        for _ in range(2):
            live.start()
            live.holder()
            live.kill()
            (live.work / "pid").unlink()
        live.start()
        live.status()
        assert len(live.ledger.ended("lost")) == len(live.ledger.of("turn_started")) == 2
        assert live.mail() == ["new"]
        live.go()
        live.ask("wake", seat="worker")
        live.rests_after(1)
        live.stop()
    assert live.mail() == ["done"]
    assert contradictions(live.root) == []


def test_a_daemon_told_to_stop_lets_the_turn_end_and_starts_none(tmp_path: Path) -> None:
    with Waiting(tmp_path) as live:
        live.start()
        live.holder()
        os.kill(live.pid, signal.SIGTERM)
        drop(live.root, "worker", "later.md", b"Later.\n")
        live.until(lambda: len(live.ledger.of("message")) == 2, "mail is still taken in")
        live.go()
        assert live.gone() == 0
    assert [r["data"]["outcome"] for r in live.ledger.ended()] == ["done"]
    assert len(live.ledger.of("turn_started")) == 1
    assert live.ledger.records[-1]["what"] == "stopped"
    assert live.mail() == ["done", "new"]
    assert contradictions(live.root) == []


def test_a_daemon_told_twice_to_stop_ends_the_turn_and_gives_its_mail_back(tmp_path: Path) -> None:
    with Waiting(tmp_path) as live:
        live.start()
        holder = live.holder()
        os.kill(live.pid, signal.SIGTERM)
        live.status()  # it answers after it has heard the first one
        os.kill(live.pid, signal.SIGTERM)
        assert live.gone() == 0
    assert not lives(holder)
    (ended,) = live.ledger.ended()
    assert ended["data"]["outcome"] != "done"
    assert live.mail() == ["new"]
    assert contradictions(live.root) == []


def test_a_second_daemon_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with Live(build(tmp_path / "f")).start() as live, Live(live.root) as second:
        second.launch()
        assert second.gone() == GroundMoved.exit_code
        assert f"pid {live.pid}" in second.text
        assert "nothing was started" in second.text
        live.rests_after(4)
        live.stop()
    assert contradictions(live.root) == []


def test_a_lock_and_a_socket_that_a_dead_daemon_left_keep_nobody_out(tmp_path: Path) -> None:
    with Live(build(tmp_path / "f")) as live:
        live.start()
        live.kill()
        (live.root / ".fleet/lock").write_text("pid 999999999 since ever\n")
        assert (live.root / ".fleet/sock").exists()
        with pytest.raises(NotRunning):
            socket.ask(str(live.root), "status", {}, person=None)
        live.start()
        live.rests_after(1)
        live.stop()
    assert contradictions(live.root) == []


def test_nothing_is_lost_with_the_runtime_s_own_folder(tmp_path: Path) -> None:
    with Live(build(tmp_path / "f")) as live:
        live.start()
        live.rests_after(4)
        live.stop()
        before = outcome(live.root)
        shutil.rmtree(live.root / ".fleet")
        live.start()
        live.rests_after(4)
        live.stop()
    assert outcome(live.root) == before
    assert contradictions(live.root) == []


def test_a_folder_without_the_runtime_s_own_folder_is_recovered_all_the_same(tmp_path: Path) -> None:
    assert found("bare", 0, 12, tmp_path) == {}


def test_a_stopped_daemon_takes_up_what_was_dropped_meanwhile(tmp_path: Path) -> None:
    with Waiting(tmp_path) as live:
        live.start()
        live.go()
        live.rests_after(1)
        os.kill(live.pid, signal.SIGSTOP)
        drop(live.root, "worker", "later.md", b"Later.\n")
        time.sleep(0.1)  # of standing still; nothing is waited for
        os.kill(live.pid, signal.SIGCONT)
        live.rests_after(2)
        live.stop()
    assert live.mail() == ["done", "done"]
    assert contradictions(live.root) == []
