"""Enclosed: one running program inside walls, as long as it runs: what it asks of us, and what it has too much of."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fleet.edge import sandbox
from fleet.edge.marks import Marks
from fleet.edge.program import Launch
from fleet.edge.sandbox import Walls
from fleet.edge.tree import Stat

if TYPE_CHECKING:
    import subprocess

Opened = Callable[[Launch, Sequence[str], Sequence[int]], "subprocess.Popen[bytes]"]
PAGE = os.sysconf("SC_PAGE_SIZE")


class Enclosed:
    """What belongs to a program inside walls beside itself. Raises OSError if it cannot be started."""

    def __init__(self, launch: Launch, walls: Walls, opened: Opened) -> None:
        self._launch, self._walls = launch, walls
        self.excess: str | None = None
        """What it had too much of, once it was found."""
        self._marks: Marks | None = None
        self._closed = False
        self._inside = sandbox.start(
            walls,
            launch.argv,
            cwd=launch.cwd,
            mark=launch.mark,
            spawn=lambda words, keep: opened(launch, words, keep),
        )
        self.popen = self._inside.popen

    def begin(self, loop: asyncio.AbstractEventLoop) -> bytes:
        """Answer what it asks from now on; gives what its stdin is to be fed, which opens the gate."""
        if self._inside.listener >= 0:
            uid = self._walls.user.uid if self._walls.user is not None else os.geteuid()
            self._marks = Marks(loop, self._inside.listener, self._walls.own, uid)
        return sandbox.OPEN + self._launch.stdin

    def members(self) -> list[Stat]:
        """List all that lives of it by the word of its group: also what nobody can be told to have started."""
        group = self._inside.group
        return [one for one in group.members() if one.pid != self.popen.pid] if group is not None else []

    def shut(self) -> None:
        """Let nothing more begin inside, where it has a group."""
        if self._inside.group is not None:
            self._inside.group.shut()

    def weigh(self) -> None:
        """Take note if the kernel has found it to have too much memory."""
        group, bounds = self._inside.group, self._walls.bounds
        if group is not None and bounds is not None and self.excess is None and group.overfull():
            most = bounds.memory >> 20
            self.excess = f"more than {most} MB of memory, and its sandbox allows {most} MB"

    def exceeds(self, others: Iterable[Stat]) -> bool:
        """Say whether it and all that descends from it have more than they may, all counted together."""
        bounds = self._walls.bounds
        if bounds is None:
            return False
        self.weigh()
        if self.excess is not None:
            return True
        pids = [self.popen.pid, *(one.pid for one in others if one.state not in "ZX")]
        if len(pids) > bounds.processes:
            self.excess = f"{len(pids)} processes, and its sandbox allows {bounds.processes}"
        elif sum(map(_resident, pids)) > bounds.memory < (held := sum(map(_share, pids))):
            self.excess = f"{held >> 20} MB of memory, and its sandbox allows {bounds.memory >> 20} MB"
        return self.excess is not None

    def close(self) -> None:
        """Give back what was its own."""
        if self._closed:
            return
        self._closed = True
        if self._marks is not None:
            self._marks.close()
        elif self._inside.listener >= 0:
            os.close(self._inside.listener)
        if self._inside.group is not None:
            self._inside.group.remove()


def _resident(pid: int) -> int:
    """Read how much memory a process has at hand, in bytes, also what others have too; 0 for one that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _share(pid: int) -> int:
    """Read its share of the memory that it has at hand, in bytes; this takes the kernel longer."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
