"""A place in memory for each test's fleet, its scripts and its copies."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from rehearse.stand import Stand

MEMORY = "/dev/shm"

Make = Callable[..., Stand]


@pytest.fixture
def make() -> Iterator[Make]:
    """Lay out fleets, each in a place of its own."""
    with ExitStack() as stack:

        def one(*args: object, **how: object) -> Stand:
            place = MEMORY if os.access(MEMORY, os.W_OK) else None
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="stand-", dir=place))
            return Stand(Path(folder), *args, **how)  # type: ignore[arg-type]

        yield one


@pytest.fixture
def stand(make: Make) -> Stand:
    """The small agency: Pulse, Dirk and Nick."""
    return make()
