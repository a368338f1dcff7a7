"""A disk that refuses: nothing starts, the status says why, and all goes on when it is mended."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from crash.live import Live
from crash.outcome import contradictions
from crash.reference import build
from crash.shim import Fault
from crash.test_acting import Acts

ROUND = 4
"""Turns of one round of the reference fleet."""
MENDED_WITHIN_S = 10.0
STILL_S = 0.5
"""How long a stuck daemon is watched: ten of its tries."""

FAULTS = {
    "the ledger's disk is full": Fault(("write",), r"/ledger/[^/]*\.jsonl$", "ENOSPC", short=True),
    "the ledger's disk is failing": Fault(("write",), r"/ledger/[^/]*\.jsonl$", "EIO"),
    "the ledger cannot be synced": Fault(("fdatasync", "fsync"), r"/ledger/", "EIO"),
    "all is read-only": Fault(
        (
            "open",
            "write",
            "rename",
            "link",
            "unlink",
            "mkdir",
            "rename_new",
            "rmdir",
            "ftruncate",
            "fdatasync",
        ),
        r"/(ledger|state|inbox|out|scorecard|\.fleet)/",
        "EROFS",
    ),
    "the whole disk is full": Fault(("write", "mkdir", "link"), r"/f/", "ENOSPC", short=True),
    "only the state cannot be written": Fault(("write",), r"/state/\.staging-", "ENOSPC", short=True),
    "only the state cannot be renamed": Fault(("rename",), r"/state/[a-z]+\.md$", "EIO"),
    "only the history cannot be linked": Fault(("link",), r"/state/history/", "EDQUOT"),
    "only the log cannot be written": Fault(("write",), r"/state/[a-z]+\.log$", "ENOSPC", short=True),
    "only the scorecard cannot be written": Fault(("write",), r"/scorecard/", "ENOSPC", short=True),
    "only a message cannot be delivered": Fault(("link",), r"/inbox/", "EIO"),
    "only mail cannot be claimed": Fault(("rename_new",), r"/cur/", "EROFS"),
    "only mail cannot be filed": Fault(("rename_new",), r"/done/", "EIO"),
    "only the place to send from cannot be made": Fault(("mkdir",), r"/out/", "ENOSPC"),
    "only what a turn emitted cannot be read": Fault(("read",), r"/emit\.jsonl$", "EIO"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_disk_that_refuses_starts_no_turn_is_shown_and_loses_nothing_once_mended(
    fault: Fault, tmp_path: Path
) -> None:
    with Live(build(tmp_path / "f")).start() as live:
        live.rests_after(ROUND)
        live.hurt(fault)
        live.try_to("wake", seat="asker")
        live.until(lambda: bool(live.status()["stuck"]), "the status says that it is stuck")
        begun = len(live.ledger.of("turn_started"))
        time.sleep(STILL_S)
        assert live.status()["stuck"]
        assert len(live.ledger.of("turn_started")) == begun
        live.mend()
        took_s = live.until(lambda: not live.status()["stuck"], "the status says that it goes on")
        assert took_s < MENDED_WITHIN_S
        live.rests_after(2 * ROUND)
        live.stop()
    assert contradictions(live.root) == []


@pytest.mark.parametrize(
    "name", ["the ledger's disk is full", "the ledger cannot be synced", "all is read-only"]
)
def test_a_disk_that_refuses_begins_no_action_until_it_is_mended(name: str, tmp_path: Path) -> None:
    """This holds the gate's first step: what is allowed starts only once that is in the ledger."""
    with Acts(tmp_path) as live:
        live.start()
        live.program()
        live.hurt(FAULTS[name])
        live.deed.release()
        live.until(lambda: bool(live.status()["stuck"]), "the status says that it is stuck")
        time.sleep(STILL_S)
        assert live.status()["stuck"]
        assert live.deed.counts() == {"a-1": 1}
        live.mend()
        live.until(lambda: len(live.outcomes()) == 2, "the second has had its turn")
        live.stop()
    assert live.deed.counts() == {"a-1": 1, "a-2": 1}
    assert contradictions(live.root) == []


def test_a_brief_that_cannot_be_written_holds_that_turn_and_fails_no_seat(tmp_path: Path) -> None:
    with Live(build(tmp_path / "f")).start() as live:
        live.rests_after(ROUND)
        live.hurt(Fault(("write",), r"/\.fleet/turns/", "ENOSPC", short=True))
        live.try_to("wake", seat="asker")
        live.until(lambda: "No space left on device" in str(live.status()["stuck"]), "it is stuck")
        begun = len(live.ledger.of("turn_started"))
        time.sleep(STILL_S)
        assert len(live.ledger.of("turn_started")) == begun
        live.mend()
        live.until(lambda: not live.status()["stuck"], "it goes on")
        live.rests_after(2 * ROUND)
        assert {end["data"]["outcome"] for end in live.ledger.of("turn_ended")} == {"done"}
        live.stop()
    assert contradictions(live.root) == []


def test_a_fleet_can_be_stopped_while_a_brief_cannot_be_written(tmp_path: Path) -> None:
    with Live(build(tmp_path / "f")).start() as live:
        live.rests_after(ROUND)
        live.hurt(Fault(("write",), r"/\.fleet/turns/", "ENOSPC", short=True))
        live.try_to("wake", seat="asker")
        live.until(lambda: bool(live.status()["stuck"]), "it is stuck")
        live.stop()
        (lost,) = live.ledger.ended("lost")
        assert "its brief could not be written" in lost["data"]["why"]
        assert live.ledger.ended("failed") == []


OWN_DISK = 'mount -t tmpfs -o size=1m none "$0" && cp -r "$0.source/." "$0" && exec "$@"'
"""Run a command in a mount namespace of its own, with a small disk over the fleet's folder."""
FILLER = 64 * 1024


def can_mount() -> bool:
    """Say whether this user may have a mount namespace."""
    return shutil.which("unshare") is not None and not subprocess.call(["unshare", "-rm", "true"])


@pytest.mark.skipif(not can_mount(), reason="no mount namespace to be had")
def test_a_disk_that_is_really_full_is_shown_and_loses_nothing_once_there_is_room(tmp_path: Path) -> None:
    build(tmp_path / "f.source")
    (tmp_path / "f").mkdir()
    with Live(tmp_path / "f") as live:
        live.launch("unshare", "-rm", "sh", "-c", OWN_DISK, str(live.root))
        live.root = Path(f"/proc/{live.pid}/root{live.root}")
        live.until(lambda: live.status()["pid"] == live.pid, "the daemon answers")
        live.rests_after(ROUND)
        fill(live.root / "filler")
        live.try_to("wake", seat="asker")
        live.until(lambda: "No space left on device" in str(live.status()["stuck"]), "it is stuck")
        (live.root / "filler").unlink()
        live.until(lambda: not live.status()["stuck"], "it goes on")
        live.rests_after(2 * ROUND)
        # Empty folders of ended turns are removed when there is time: within a few sweeps.
        live.until(lambda: all(any(p.iterdir()) for p in live.root.glob("out/*/*")), "its folders are tidied")
        # What was dropped is taken after half a second, and wakes its seat once more.
        live.until(lambda: agrees(live.root), "its files are what its ledger says")
        live.stop()


def agrees(root: Path) -> bool:
    """Say whether the files are what the ledger says; while they still move, they are not."""
    try:
        return contradictions(root) == []
    except FileNotFoundError:
        return False


def fill(path: Path) -> None:
    """Write until not a byte more fits."""
    with path.open("ab", buffering=0) as filler:
        for size in (FILLER, 1):
            with contextlib.suppress(OSError):
                while filler.write(b"x" * size):
                    pass
