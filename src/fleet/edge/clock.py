"""The clock: the only now() of the whole program."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


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
