"""The house with an intruder: on a rig, or served by a real daemon that nobody leaves behind."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hostile.house import House

MEMORY = "/dev/shm"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of its own, in memory where the machine has such a place."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="house-", dir=place, ignore_cleanup_errors=True) as root:
        yield Path(root)


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    """On a rig, after everybody's first turn."""
    with House(folder) as house:
        yield house.start()  # type: ignore[misc]


@pytest.fixture
def served(folder: Path) -> Iterator[House]:
    """Served by a real daemon, which is not asked to be there at the end."""
    house = House(folder)
    try:
        yield house
    finally:
        for pid in at_work_in(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def at_work_in(folder: Path) -> list[int]:
    """List the processes that work in a folder or below."""
    found = []
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and Path(os.readlink(f"/proc/{name}/cwd")).is_relative_to(folder):
                found.append(int(name))
    return found
