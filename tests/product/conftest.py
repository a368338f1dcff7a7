"""A desk that is empty until a test begins it, with no daemon left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from product.place import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A folder for the fleet."""
    place = Desk(Path(os.path.realpath(tmp_path)))
    yield place
    place.kill()
