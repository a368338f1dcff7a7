"""Aside: a saved chart is read and weighed, a big one in a child of its own, so that the loop goes on meanwhile.

The child gets the chart in force and reads the files itself; the loop takes up what comes back if the files
still stand as they did. Seats travel in pieces, so that none holds up the loop.
"""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from fleet.core.chart import Chart, Seat
from fleet.core.mistake import START, Mistake
from fleet.edge import process
from fleet.errors import Broken
from fleet.runtime.revise import Examined, examine, examine_here, is_unchanged
from fleet.store.files import Files

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

COMMAND = (sys.executable, "-I", "-m", "fleet.runtime.aside")
"""How the child is started: -I keeps PYTHON* variables and the folder it starts in out of it."""
SMALL = 10_000
"""Bytes of a chart that is read at once: about 15 ms."""
PIECE = 50
"""Seats in one piece: about 2 ms."""
LIMIT_S = 120.0
DROPS = 3
"""How often a chart may be saved again while it is read before it is read at once, so that it is read at all."""
BACK_MAX = 1 << 30
MISFIT = (pickle.UnpicklingError, EOFError, ImportError, AttributeError, TypeError, ValueError, LookupError)
"""What an answer of another version of fleet runs into: of one that was installed while the daemon runs."""
NEXT = "the seats of another chart follow"


class AtOnce:
    """Examines a saved chart in the daemon's own time: meanwhile nobody is served."""

    def __init__(self, fleet: Fleet, ring: Callable[[], None]) -> None:
        self._fleet = fleet
        self._ring = ring

    @property
    def over(self) -> bool:
        """Say whether what was being read has come to its end."""
        return False

    def examined(self, seen: object, size: int) -> Examined | None:
        """Say what there is to the files that were `seen`, of `size` bytes; None while they are being read."""
        return examine_here(self._fleet)

    def drop(self) -> None:
        """Give up what is being read."""


class Aside(AtOnce):
    """Examines a big chart in a child, and rings when that is done; a small one at once."""

    def __init__(self, fleet: Fleet, ring: Callable[[], None]) -> None:
        super().__init__(fleet, ring)
        self._asked: object = None
        self._task: asyncio.Task[Examined | None] | None = None
        self._child: process.Program | None = None
        self._drops = 0

    @property
    def over(self) -> bool:
        return self._task is not None and self._task.done()

    def examined(self, seen: object, size: int) -> Examined | None:
        if size <= SMALL or self._drops >= DROPS or is_unchanged(self._fleet):
            self.drop()
            self._drops = 0
            return super().examined(seen, size)
        if self._task is None or self._asked != seen:
            self.drop()
            self._asked = seen
            self._task = asyncio.get_running_loop().create_task(self._read())
            self._task.add_done_callback(lambda _: self._ring())
        if not self._task.done():
            return None
        found, self._task, self._drops = self._task.result(), None, 0
        return found if found is not None else super().examined(seen, size)

    def drop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._drops += 1
        if self._child is not None:
            self._child.stop("it is not wanted any more")
        self._task = self._child = None

    async def _read(self) -> Examined | None:
        """Have a child examine the files; None if it could not."""
        fleet, chart = self._fleet, self._fleet.chart
        asked = []
        for frame in frames_of(fleet):
            asked.append(frame)
            await asyncio.sleep(0)
        launch = process.Launch(
            argv=COMMAND,
            cwd="/",
            env={**os.environ, "FLEET_ROOT": fleet.files.root},
            stdin=b"".join(asked),
            mark="chart",
            limit_s=LIMIT_S,
            stdout_max=BACK_MAX,
        )
        self._child = child = process.start(launch)
        ended = await child.wait()
        self._child = None
        if ended.fault is None and ended.exit_code is None:
            return Examined((_unread(ended),), fleet.revision_id)  # what ended it might end the daemon
        try:
            return await received(io.BytesIO(ended.stdout), chart) if ended.exit_code == 0 else None
        except MISFIT:
            return None


def frames_of(fleet: Fleet) -> Iterator[bytes]:
    """Give what a child needs to know, a piece at a time."""
    yield pickle.dumps((fleet.files.root, fleet.account.revision, fleet.hands.author(), _bare(fleet.chart)))
    yield from pieces(fleet.chart.seats, {})
    yield pickle.dumps(None)


def _unread(ended: process.Ended) -> Mistake:
    how = f"its limit of {LIMIT_S:g} s" if ended.timed_out else f"signal {ended.signal}"
    says = f"what reads it was ended by {how}; save it again to have it read again"
    return Mistake("F100", START, says)


async def received(stream: BinaryIO, in_force: Chart) -> Examined:
    """Put together what a child found, one piece in each turn of the loop."""
    found: Examined = pickle.load(stream)
    if found.chart is None or found.weighed is None:
        return found
    seats: list[dict[str, Seat]] = []
    there = in_force.seats
    while (piece := pickle.load(stream)) is not None:
        await asyncio.sleep(0)
        if piece == NEXT:
            seats.append({})
            there = {**there, **seats[0]}
            continue
        seats[-1].update((name, there[name] if seat is None else seat) for name, seat in piece)
    chart = replace(found.chart, seats=seats[0])
    weighed = replace(found.weighed.chart, seats=seats[1]) if len(seats) > 1 else chart
    return replace(found, chart=chart, weighed=replace(found.weighed, chart=weighed))


# What the child does.


def main(given: BinaryIO, out: BinaryIO) -> int:
    """Examine the files of a folder, and write what was found; gives the exit code."""
    root, before, author, bare = pickle.load(given)
    seats: dict[str, Seat] = {}
    while (piece := pickle.load(given)) is not None:
        seats.update(piece)
    try:
        files = Files(root)
        found = examine(files, replace(bare, seats=seats), before, author=author)
    except Broken:
        return 1  # who asked learns why when he reads them himself
    for frame in _frames(found, seats):
        out.write(frame)
    return 0


def _frames(found: Examined, there: Mapping[str, Seat]) -> Iterator[bytes]:
    chart, weighed = found.chart, found.weighed
    if chart is None or weighed is None:
        yield pickle.dumps(found)
        return
    yield pickle.dumps(
        replace(found, chart=_bare(chart), weighed=replace(weighed, chart=_bare(weighed.chart)))
    )
    yield pickle.dumps(NEXT)
    yield from pieces(chart.seats, there)
    if weighed.chart is not chart:
        yield pickle.dumps(NEXT)
        yield from pieces(weighed.chart.seats, {**there, **chart.seats})
    yield pickle.dumps(None)


def pieces(seats: Mapping[str, Seat], there: Mapping[str, Seat]) -> Iterator[bytes]:
    """Give seats in pieces, by name; None stands for one that is `there` already just as it is."""
    every = [(name, None if _is_same(seat, there.get(name)) else seat) for name, seat in seats.items()]
    for at in range(0, len(every), PIECE):
        yield pickle.dumps(every[at : at + PIECE])


def _is_same(seat: Seat, there: Seat | None) -> bool:
    return there is not None and seat == there and seat.where == there.where and seat.own == there.own


def _bare(chart: Chart) -> Chart:
    return replace(chart, seats={})


if __name__ == "__main__":
    raise SystemExit(main(sys.stdin.buffer, sys.stdout.buffer))
