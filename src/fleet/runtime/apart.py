"""Apart: programs of a rehearsal, kept apart from all that no two rehearsals have the same.

How long one took, at which place its copy lies, which of several ended first: none of it reaches the fleet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from fleet.core.frozen import dataclass
from fleet.edge import process, tree

ROOT = "$FLEET_ROOT"
"""What stands for the copy's path in all that programs say; whoever is given such a text finds the path in it."""


class Batch:
    """The programs that run at one instant. None of them has ended before all have."""

    def __init__(self) -> None:
        self._open: set[Apart] = set()
        self._held: dict[Apart, asyncio.Future[None]] = {}
        self.bell: Callable[[], None] = lambda: None
        """Rung at the end of each, also where that is not told yet."""
        self.shut = False
        """Nobody is told anything, until it is opened."""

    @property
    def running(self) -> frozenset[Apart]:
        """Those that really run."""
        return frozenset(self._open)

    def begin(self, program: Apart) -> None:
        """Count a program as running."""
        self._open.add(program)

    async def end(self, program: Apart) -> None:
        """Wait for the others to end too."""
        self._open.discard(program)
        told = self._held[program] = asyncio.get_running_loop().create_future()
        if not self._open:
            self.tell(self._held)
        self.bell()
        await told

    def tell(self, programs: Iterable[Apart]) -> None:
        """Tell of these that they have ended, if they have, as where somebody who runs waits for one of them."""
        for program in [] if self.shut else list(programs):
            told = self._held.pop(program, None)
            if told is not None and not told.done():
                told.set_result(None)

    def open(self) -> None:
        """Tell of all that has ended from now on, and until now if nothing runs."""
        self.shut = False
        if not self._open:
            self.tell(self._held)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a rehearsal lies, and what is said instead."""

    root: str
    servers: Mapping[str, str]

    def placed(self, launch: process.Launch) -> process.Launch:
        """Give a launch in which the copy's real path stands."""
        brief = launch.env.get("FLEET_BRIEF")
        if brief:
            self._swap(brief, ROOT.encode(), self.root.encode())
        return replace(launch, stdin=launch.stdin.replace(ROOT.encode(), self.root.encode()))

    def raw(self, said: bytes) -> bytes:
        """Give what was said without those places."""
        for here, there in self._pairs():
            said = said.replace(here.encode(), there.encode())
        return said

    def text(self, said: str) -> str:
        """Give what was said without those places."""
        for here, there in self._pairs():
            said = said.replace(here, there)
        return said

    def file(self, path: str) -> None:
        """Take those places out of a file."""
        self._swap(path, self.root.encode(), ROOT.encode())

    def _pairs(self) -> list[tuple[str, str]]:
        return [*self.servers.items(), (self.root, ROOT)]

    @staticmethod
    def _swap(path: str, old: bytes, new: bytes) -> None:
        with contextlib.suppress(OSError):
            found = Path(path).read_bytes()
            if old in found:
                Path(path).write_bytes(found.replace(old, new))


class Apart(process.Program):
    """A program on a clock that stands while it runs: it took no time, and ends when all of its batch do."""

    def __init__(self, program: process.Program, batch: Batch, places: Places, emitted: str) -> None:
        self._program = program
        self._batch = batch
        self._places = places
        self._emitted = emitted
        batch.begin(self)

    async def wait(self) -> process.Ended:
        ended = await self._program.wait()
        if self._emitted:
            self._places.file(self._emitted)
        await self._batch.end(self)
        fault, log_fault = ended.fault, ended.log_fault
        return replace(
            ended,
            elapsed_s=0.0,
            stragglers=0,  # how many of a program's children still live at its end is chance
            stdout=self._places.raw(ended.stdout),
            stderr_tail=self._places.text(ended.stderr_tail),
            fault=self._places.text(fault) if fault is not None else None,
            log_fault=self._places.text(log_fault) if log_fault is not None else None,
        )

    def stop(self, why: str) -> None:
        self._program.stop(why)

    @property
    def emitted(self) -> bool:
        """Say whether it has emitted something, a whole line."""
        try:
            return b"\n" in Path(self._emitted).read_bytes() if self._emitted else False
        except OSError:
            return False

    def slay(self) -> None:
        """End it as kill -9 does, with all that is left of it."""
        pid = getattr(self._program, "pid", 0)
        below = tree.descendants([pid]) if pid else []
        for one in below:
            tree.send(one, signal.SIGKILL)
        if pid and self in self._batch.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def cut(self) -> None:
        """Keep of what it emitted the first line: what came after that until it was ended is chance."""
        with contextlib.suppress(OSError):
            if self._emitted:
                first, newline, _ = Path(self._emitted).read_bytes().partition(b"\n")
                Path(self._emitted).write_bytes(first + newline)
