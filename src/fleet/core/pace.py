"""Pace: how soon events may wake a seat again. Honest work never feels it; a storm is slowed more and more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fleet.core.chart import Chart
from fleet.core.past import Pace, Past, Wake

EVENTS = frozenset(("mail", "publish", "change", "hold", "turn"))
"""Causes of wakes that other turns or the world bring about. What is promised, or a person wants, is none."""
HOUR = timedelta(hours=1)
SLOWEST = 5
"""How often a wait is doubled at most, from the second on: 1, 2, 4, 8 and 16 times an hour's share."""


def share(chart: Chart) -> timedelta:
    """Give the share of an hour that one wake has, where events wake a seat as often as they may."""
    return HOUR / chart.limits.wakes_an_hour


def held_until(chart: Chart, past: Past, now: datetime | None) -> datetime | None:
    """Say until when a wake by an event waits; None where it does not.

    An hour's wakes may come at once. After that each waits until its share of time is there again.
    """
    if past.pace is None or now is None:
        return None
    at = past.pace.until - (HOUR - share(chart))
    return at.replace(microsecond=0) + timedelta(seconds=1) if at > now else None


def taken(chart: Chart, past: Past, wakes: Iterable[Wake], now: datetime) -> Pace | None:
    """Give a seat's pace once a turn begins for these wakes; None where not only events woke it."""
    served = tuple(wakes)
    if any(wake.cause not in EVENTS for wake in served):
        return None
    before = past.pace
    if before is None or before.until <= now:
        return Pace(now + share(chart))
    if all(wake.after is None for wake in served):
        return Pace(before.until + share(chart), before.slowed)
    slowed = min(before.slowed + 1, SLOWEST)
    return Pace(before.until + share(chart) * 2 ** (slowed - 1), slowed)
