"""A fleet in a folder of its own, in memory where the machine has such a place: nothing here is about the disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fleet.testing import Rig, chart_text

MEMORY = "/dev/shm"

Build = Callable[..., Rig]


@pytest.fixture
def build() -> Iterator[Build]:
    """Lay out a fleet of these seats, not started; it is given back at the end of the test."""
    with ExitStack() as stack:

        def make(seats: dict[str, str], *, head: str = "", tail: str = "", **how: object) -> Rig:
            place = MEMORY if os.access(MEMORY, os.W_OK) else None
            root = stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-", dir=place))
            rig = Rig(Path(root), chart_text(seats, head=head, tail=tail), **how)  # type: ignore[arg-type]
            return stack.enter_context(rig)

        yield make


@pytest.fixture
def start(build: Build) -> Build:
    """Lay out a fleet of these seats and run its first start."""
    return lambda seats, **how: build(seats, **how).start()
