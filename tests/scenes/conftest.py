"""The agency in a folder of its own, in memory where the machine has such a place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from scenes.agency import Agency

MEMORY = "/dev/shm"

Opened = Callable[..., Agency]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Lay an agency out, its seats in their places, and not started yet."""
    with ExitStack() as stack:

        def make(**how: object) -> Agency:
            place = MEMORY if os.access(MEMORY, os.W_OK) else None
            root = stack.enter_context(tempfile.TemporaryDirectory(prefix="agency-", dir=place))
            return stack.enter_context(Agency(Path(root), **how))  # type: ignore[arg-type,return-value]

        yield make


@pytest.fixture
def agency(opened: Opened) -> Agency:
    """The agency on the Sunday evening before the week."""
    return opened()
