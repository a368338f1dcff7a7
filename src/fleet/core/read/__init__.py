"""Reading fleet.yaml: from nodes to the chart, one module per section, every mistake in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.mistake import Mistake
    from fleet.core.node import Node


def read_chart(
    nodes: Sequence[tuple[str, Node]], texts: Mapping[str, str]
) -> tuple[Chart | None, tuple[Mistake, ...]]:
    """Read the files of a fleet, fleet.yaml first, into its chart; None if there is any error."""
    # The front matter of states and messages is read by the same package, and needs none of this.
    from fleet.core.read.whole import read_draft

    chart, mistakes = read_draft(nodes, texts)
    broken = any(m.level == "error" for m in mistakes)
    return (None if broken else chart), mistakes
