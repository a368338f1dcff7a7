"""A fleet of functions in a folder of its own, in memory where the machine has such a place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from storms.sky import Sky

from fleet.testing import chart_text

MEMORY = "/dev/shm"

Build = Callable[..., Sky]


@pytest.fixture
def fly() -> Iterator[Build]:
    """Lay out a fleet of these seats and run its first start, in which nobody says anything."""
    with ExitStack() as stack:

        def make(seats: dict[str, str], *, head: str = "", tail: str = "") -> Sky:
            place = MEMORY if os.access(MEMORY, os.W_OK) else None
            root = stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-", dir=place))
            sky = Sky(Path(root), chart_text(seats, head=head, tail=tail))
            stack.enter_context(sky)
            return sky.start()

        yield make
