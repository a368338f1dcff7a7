"""The timer: rings once at a given instant, and is the only importer of apscheduler.

It says "look again" and nothing else. APScheduler trusts the wall clock, so a stepped clock may
make it ring late or early; what is due is computed from the snapshot, and nobody counts rings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

JOB = "look"


class Timer:
    """One instant to ring at; `ring` is called from the timer's own thread and must not block."""

    def __init__(self, ring: Callable[[], None]) -> None:
        from apscheduler.executors.debug import DebugExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._ring = ring
        # A doorbell needs no pool: the executor named "debug" calls it in the scheduler's thread.
        self._scheduler = BackgroundScheduler(executors={"default": DebugExecutor()}, timezone=UTC)
        self._at: datetime | None = None

    def start(self) -> None:
        """Begin to ring; an instant set before this counts from now."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more. Does nothing on a timer that is not started."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def set(self, at: datetime | None) -> None:
        """Ring at this instant instead of any set before, at once if it has passed; None rings never."""
        if at == self._at:
            return  # it costs a thread's turn, and every look of the daemon asks for it
        self._at = at
        from apscheduler.triggers.date import DateTrigger

        if at is not None:
            self._scheduler.add_job(
                self._answer,
                DateTrigger(at, timezone=UTC),
                id=JOB,
                replace_existing=True,
                misfire_grace_time=None,  # the default drops what is a second late
                coalesce=True,
            )
        elif self._scheduler.get_job(JOB) is not None:
            self._forget()

    def _answer(self) -> None:
        self._at = None  # first, so that the same instant can be set again by who hears of this
        # A closed loop refuses to be called: the daemon is going down.
        with contextlib.suppress(RuntimeError):
            self._ring()

    def _forget(self) -> None:
        from apscheduler.jobstores.base import JobLookupError

        with contextlib.suppress(JobLookupError):  # it may just have rung
            self._scheduler.remove_job(JOB)
