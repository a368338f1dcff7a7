"""The clock: the only now() of the whole program."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

STANDS = ".fleet/clock"
"""In a copy that a rehearsal made: the instant at which its clock stands. Reading verbs take it for now."""


class Clock(Protocol):
    """Tell the time; whatever needs it is handed one of these."""

    def now(self) -> datetime:
        """Return this instant: aware, UTC, to the microsecond."""
        ...

    def elapsed(self) -> float:
        """Return seconds since some fixed point; never steps, and counts on through a suspend."""
        ...


class SystemClock(Clock):
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        # BOOTTIME, not MONOTONIC: a laptop that slept an hour has lost that hour of a turn's limit.
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class VirtualClock(Clock):
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._elapsed_s = 1000.0

    def now(self) -> datetime:
        return self._at

    def elapsed(self) -> float:
        return self._elapsed_s

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self._at += span
        self._elapsed_s += span.total_seconds()


def stands_at(root: str) -> datetime | None:
    """Say at which instant the clock of a folder stands: that of a rehearsal's copy; None for any other."""
    try:
        with open(os.path.join(root, STANDS), encoding="ascii") as file:  # noqa: PTH123 - one small read
            return datetime.fromisoformat(file.read(64).strip()).astimezone(UTC)
    except (OSError, ValueError):
        return None


def clock_of(root: str) -> Clock:
    """Give the clock by which a folder is read: the machine's, but for a rehearsal's copy its own."""
    at = stands_at(root)
    return SystemClock() if at is None else VirtualClock(at)
