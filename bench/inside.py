"""Inside: our own part of a turn, with a canned end in the place of a process; run as a program.

`python -m bench.inside steps FOLDER SEAT TURNS` carries turns out step by step and prints JSON.
`python -m bench.inside serve FOLDER` is the daemon itself, with such ends.
`python -m bench.inside watched FOLDER` is the daemon with real processes; long pauses of its loop are noted in a file,
each with the seconds it took and the CPU seconds that it used of them.
`python -m bench.inside noted FOLDER` is both: canned ends, and pauses that are noted.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from fleet.core.planner import event_wake
from fleet.core.queue import pick
from fleet.edge import process
from fleet.edge.clock import SystemClock
from fleet.runtime import serve as loop
from fleet.runtime.ending import finish
from fleet.runtime.fleet import Fleet
from fleet.runtime.recover import open_fleet
from fleet.runtime.turn import launch_of, prepare

STEPS = ("prepare", "first sync", "order", "finish", "second sync")
PAUSES = "pauses.log"
LONG_S = 0.002


def main(words: Sequence[str]) -> None:
    """Carry out one measurement."""
    if words[0] == "steps":
        print(json.dumps(steps(words[1], words[2], int(words[3]))))
        return
    if words[0] in ("serve", "noted"):
        put_canned_ends()
    if words[0] in ("watched", "noted"):
        note_pauses(os.path.join(words[1], PAUSES))
    serve(words[1])


def put_canned_ends() -> None:
    """Start no holder any more, but end its turn at once; what reads a chart is started all the same."""
    start, numbers = process.start, count(int(time.time()))

    def begin(launch: process.Launch) -> Any:
        return start(launch) if launch.mark == "chart" else Canned(next(numbers))

    process.start = begin  # type: ignore[assignment]


class Watches:
    """Stop-watches in wall and CPU time, one a step."""

    def __init__(self) -> None:
        self.wall = dict.fromkeys(STEPS, 0.0)
        self.cpu = dict.fromkeys(STEPS, 0.0)

    def take(self, step: str, do: Callable[[], Any]) -> Any:
        """Do something, on a step's watch."""
        wall, cpu = time.perf_counter(), time.process_time()
        made = do()
        self.wall[step] += time.perf_counter() - wall
        self.cpu[step] += time.process_time() - cpu
        return made


def steps(root: str, seat: str, turns: int) -> dict[str, Any]:
    """Carry out turns one after the other, and say what each step of them took, in seconds a turn."""
    fleet = open_fleet(root, SystemClock())
    numbers = count(int(time.time()))
    for _ in range(min(turns, 20)):
        one_turn(fleet, seat, next(numbers), Watches())
    before, watches = _ledger_bytes(root), Watches()
    for _ in range(turns):
        one_turn(fleet, seat, next(numbers), watches)
    added = _ledger_bytes(root) - before
    fleet.close()
    return {
        "wall": {step: s / turns for step, s in watches.wall.items()},
        "cpu": {step: s / turns for step, s in watches.cpu.items()},
        "bytes": added / turns,
    }


def one_turn(fleet: Fleet, seat: str, number: int, watches: Watches, *, said: bytes = b"") -> None:
    """Wake a seat and carry its turn out, as the daemon does, but start nothing; it ends as if it had `said` that."""
    now = fleet.clock.now()

    def begin() -> Any:
        fleet.stage(
            event_wake(fleet.chart.seats[seat], "person", f"bench:{number}", "woken by the bench"), now
        )
        return prepare(fleet, pick(fleet.chart, fleet.account, fleet.first_turns, [seat])[0], now)

    def end() -> None:
        fleet.files.unlink(f".fleet/turns/{turn.id}.json")
        finish(fleet, turn, canned(number, said), fleet.clock.now())

    turn = watches.take("prepare", begin)
    watches.take("first sync", fleet.settle)
    watches.take("order", lambda: launch_of(fleet, turn))
    watches.take("finish", end)
    watches.take("second sync", fleet.settle)


def canned(number: int, said: bytes = b"") -> process.Ended:
    """Give the end of a process that printed a number, as PRINTS does, or something else."""
    return process.Ended(exit_code=0, stdout=said or f"{number}.000000001\n".encode(), elapsed_s=0.001)


class Canned:
    """Stands where a started program would."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def wait(self) -> process.Ended:
        """End at once."""
        return canned(self._number)

    def stop(self, why: str) -> None:
        """Nothing runs."""


def serve(root: str) -> None:
    """Serve a folder as `fleet up` does, until told to stop."""
    clock = SystemClock()
    fleet = open_fleet(root, clock)
    try:
        asyncio.run(loop.serve(fleet, clock))
    finally:
        fleet.close()


def note_pauses(path: str) -> None:
    """Note each step of the loop that takes long: nothing else is served while it lasts."""
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began, used = time.perf_counter(), time.thread_time()
        run(handle)
        took = time.perf_counter() - began
        if took > LONG_S:
            os.write(out, f"{took:.6f} {time.thread_time() - used:.6f}\n".encode())

    asyncio.Handle._run = timed  # type: ignore[attr-defined, method-assign]


def pauses(root: Path) -> list[tuple[float, float]]:
    """Read the long steps of a loop so far: how long each took and what CPU it used, in milliseconds."""
    lines = (line.split() for line in (root / PAUSES).read_text().splitlines())
    return [(1e3 * float(took), 1e3 * float(used)) for took, used in lines]


def _ledger_bytes(root: str) -> int:
    return sum(entry.stat().st_size for entry in _ledger(root))


def _ledger(root: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(os.path.join(root, "ledger")) as entries:
        yield from (entry for entry in entries if entry.name.endswith(".jsonl"))


if __name__ == "__main__":
    main(sys.argv[1:])
