"""A turn's effects are complete or absent after any crash, and are made complete at the next start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SERIES = Path(__file__).with_name("series.py")
SHARDS = 4
ALL = "FLEET_CRASH_ALL" in os.environ
AGAIN = 4 if ALL else 24
"""Of this many parts of the longest series two are run, unless all are asked for."""


def found(kind: str, shard: int, shards: int, folder: Path) -> dict[str, list[str]]:
    """Run a part of a series in a process of its own, which forks; gives what went wrong, by place."""
    command = [sys.executable, str(SERIES), kind, f"{shard}/{shards}", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["tried"] > 1
    wrong: dict[str, list[str]] = answer["wrong"]
    return wrong


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_daemon_killed_before_any_call_leaves_what_the_next_one_makes_complete(
    shard: int, tmp_path: Path
) -> None:
    assert found("kill", shard, SHARDS, tmp_path) == {}


@pytest.mark.parametrize("shard", range(2))
def test_a_daemon_killed_in_the_middle_of_any_write_leaves_no_half_line(shard: int, tmp_path: Path) -> None:
    assert found("tear", shard, 2, tmp_path) == {}


@pytest.mark.parametrize("shard", range(AGAIN if ALL else 2))
def test_a_start_that_is_killed_again_and_again_gets_through_in_the_end(shard: int, tmp_path: Path) -> None:
    assert found("again", shard * 11 % AGAIN, AGAIN, tmp_path) == {}
