"""Prove: what must hold between the seats of a chart, and what had better."""

from __future__ import annotations

from fleet.core.chart import Chart
from fleet.core.mistake import Mistake


def prove(chart: Chart) -> tuple[Mistake, ...]:
    """Check the whole chart; errors and warnings, each at its place."""
    return ()
