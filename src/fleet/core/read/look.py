"""Looking up where something stands in a chart."""

from __future__ import annotations

from fleet.core.chart import Chart, Path
from fleet.core.mistake import Place


def place_of(chart: Chart, path: Path, otherwise: Place) -> Place:
    """The place of a path, else of the nearest thing above it that has one."""
    while path:
        place = chart.places.get(path)
        if place is not None:
            return place
        path = path[:-1]
    return otherwise
