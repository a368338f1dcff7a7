"""Charts as the reader gives them, without F253: told of each chart that has rules, and so of most that are sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleet.core.chart import Chart
from fleet.core.mistake import Mistake
from fleet.store import chart

Read = tuple[Chart | None, tuple[Mistake, ...]]


def read_text(files: Mapping[str, str]) -> Read:
    return _unruled(chart.read_text(files))


def load(read: Callable[[str], bytes], glob: Callable[[str], list[str]]) -> Read:
    return _unruled(chart.load(read, glob))


def _unruled(given: Read) -> Read:
    return given[0], tuple(m for m in given[1] if m.code != "F253")
