"""A checkout and a desk for each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from maintainers.checkout import Checkout, Desk


@pytest.fixture
def project(tmp_path: Path) -> Checkout:
    """A checkout with nothing in it yet."""
    return Checkout(tmp_path / "project")


@pytest.fixture
def desk_at(tmp_path: Path) -> Callable[..., Desk]:
    """Make a desk for a checkout, with lines of project.conf."""

    def make(checkout: Path, **conf: str) -> Desk:
        return Desk(tmp_path / "ops", checkout, **conf)

    return make


@pytest.fixture
def desk(project: Checkout, desk_at: Callable[..., Desk]) -> Desk:
    """The desk of that checkout."""
    return desk_at(project.root)
