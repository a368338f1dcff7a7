"""Hands: what starts other people's programs for a daemon: holders, actions, the commands that reach people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.core.chart import Seat
from fleet.core.record import Record
from fleet.edge import process

if TYPE_CHECKING:
    from fleet.runtime.act import Act
    from fleet.runtime.turn import Turn


class Hands:
    """Those of a real fleet: each program is started as the chart says."""

    def started(self) -> dict[str, Any]:
        """Say what a daemon records of itself when it starts."""
        return {"pid": os.getpid()}

    def author(self) -> str:
        """Name who makes the edits of fleet.yaml, where that is known without looking."""
        return ""

    def hear(self, records: Sequence[Record]) -> None:
        """Take note of records that are on disk by now."""

    def seat(self, seat: Seat) -> Seat:
        """Give a seat with the holder that is to be started for it."""
        return seat

    def start_holder(self, turn: Turn, launch: process.Launch) -> process.Program:
        """Start a holder for its turn."""
        return turn.given.start(launch)

    def act(self, act: Act) -> process.Program:
        """Start what an allowed action runs."""
        return process.Over(process.Ended(fault=act.fault)) if act.fault else act.given.start(act.launch)

    def tell(self, launch: process.Launch) -> process.Program:
        """Start the command by which a person is told of something."""
        return process.start(launch)
