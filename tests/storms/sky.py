"""Sky: a fleet whose holders are functions, so that a storm of hundreds of turns takes a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.core.brief import Brief
from fleet.edge import process
from fleet.runtime.daemon import Daemon
from fleet.runtime.hands import Hands
from fleet.runtime.recover import open_fleet
from fleet.runtime.turn import Turn
from fleet.testing import Rig

Holder = Callable[[Brief], dict[str, Any]]
"""What a holder makes of its brief."""


class Played(Hands):
    """Hands in which every holder is a function."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.briefs: dict[str, Brief] = {}

    def start_holder(self, turn: Turn, launch: process.Launch) -> process.Program:
        assert turn.brief is not None
        self.briefs[turn.seat.id] = turn.brief
        result = {"headline": f"{turn.id}", **self.holder(turn.brief)}
        return process.Over(process.Ended(exit_code=0, stdout=json.dumps(result).encode()))


class Sky(Rig):
    """Drives the real daemon; its holders are one function, which may be another from now on."""

    def __init__(self, root: Path, chart: str) -> None:
        super().__init__(root, chart)
        self.hands = Played(lambda brief: {})

    def start(self) -> Sky:
        fleet = open_fleet(str(self.root), self.clock, hands=self.hands)
        self.daemon = Daemon(fleet, self.clock, reader=self._reader)
        self._loop = asyncio.new_event_loop()
        self.daemon.begin()
        self.settle()
        return self

    def holds(self, holder: Holder) -> Sky:
        """Say what holders do from now on."""
        self.hands.holder = holder
        return self

    def brief_of(self, seat: str) -> Brief:
        """Give the brief of a seat's last turn."""
        return self.hands.briefs[seat]

    def turns(self) -> int:
        """Count the turns so far."""
        return len(self.records("turn_started"))

    def sent(self) -> int:
        """Count the messages of seats so far."""
        return sum(r["data"]["from"] != "fleet" for r in self.records("message"))

    def storms(self) -> list[str]:
        """Give what the status says of storms."""
        return [t["says"] for t in self.ask("status")["troubles"] if t["kind"] == "storm"]

    def letters(self) -> list[str]:
        """Give the subjects of what was told to the founder and waits."""
        return [m.get("subject", "") for m in self.mail("founder")]

    def quiet(self, **spans: float) -> tuple[int, int]:
        """Let time pass; gives how many turns began and messages were sent meanwhile."""
        turns, sent = self.turns(), self.sent()
        self.advance(**spans)
        return self.turns() - turns, self.sent() - sent
