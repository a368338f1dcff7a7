"""A turn's effects are complete or absent after any crash, and are made complete at the next start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from crash.run import found

SHARDS = 4
ALL = "FLEET_CRASH_ALL" in os.environ
AGAIN = 4 if ALL else 24
"""Of this many parts of the longest series two are run, unless all are asked for."""


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
