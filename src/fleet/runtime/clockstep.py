"""Sees the wall clock step: it is compared with the monotonic one at every look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet.core.record import Draft
from fleet.edge.clock import Clock

SLEW_S = 2.0
"""Less than this between two looks is the slewing of a time service, not a step."""
JUMP_S = 60.0
"""A jump ahead by more than this must stand for HOLD_S before it is believed."""
HOLD_S = 30.0


class ClockCheck:
    """Gives the time to plan by, and tells of steps.

    A clock that jumps ahead and is put right again within HOLD_S changes nothing; meanwhile time
    goes on as if it had not jumped.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._mono_s = clock.elapsed()
        self._lag = timedelta(0)
        self._lag_since_s = 0.0
        self._steps: list[float] = []

    def now(self) -> datetime:
        """Give the wall time, less a jump that is not believed yet."""
        wall, mono_s = self._clock.now(), self._clock.elapsed()
        step_s = (wall - self._wall).total_seconds() - (mono_s - self._mono_s)
        self._wall, self._mono_s = wall, mono_s
        if abs(step_s) > SLEW_S:
            self._on_step(step_s, mono_s)
        if self._lag and mono_s - self._lag_since_s >= HOLD_S:
            self._steps.append(self._lag.total_seconds())
            self._lag = timedelta(0)
        return wall - self._lag

    def steps(self) -> Iterator[Draft]:
        """Give the records of steps seen since the last call."""
        steps, self._steps = self._steps, []
        for by_s in steps:
            yield Draft("clock_step", data={"by_s": round(by_s, 3)})

    def behind(self, last: datetime | None) -> float | None:
        """Say by how many seconds the clock stands before the last record, if it does."""
        if last is None or self._wall >= last - timedelta(seconds=SLEW_S):
            return None
        return round((self._wall - last).total_seconds(), 3)

    def _on_step(self, step_s: float, mono_s: float) -> None:
        lag_s = self._lag.total_seconds() + step_s
        if self._lag and lag_s <= JUMP_S:
            self._lag = timedelta(0)
            if lag_s < -SLEW_S:
                self._steps.append(lag_s)
        elif step_s > JUMP_S or self._lag:
            self._lag, self._lag_since_s = timedelta(seconds=lag_s), mono_s
        else:
            self._steps.append(step_s)
