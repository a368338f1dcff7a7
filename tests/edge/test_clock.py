"""The clock of this machine."""

from __future__ import annotations

import time
from datetime import UTC, timedelta

from fleet.edge.clock import SystemClock


def test_now_is_aware_and_in_utc():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - time.time()) < timedelta(seconds=5).total_seconds()


def test_elapsed_never_steps_back_and_counts_suspended_time():
    clock = SystemClock()
    first, second = clock.elapsed(), clock.elapsed()
    assert first <= second
    assert second >= time.monotonic() - 1  # the boot clock is the monotonic one plus time asleep
