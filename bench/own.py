"""Own: our part of a turn with no process behind it, step by step and through the whole daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from bench.fleets import HERE, PRINTS, Daemon, environment, row, served, table
from bench.inside import STEPS
from bench.measure import Series, interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "A canned end stands in the place of a started program. *Steps* calls what the daemon calls for one turn, one turn "
    "at a time: prepare (wake, brief, hashes), a synced group, order (brief to disk), finish (read the result, draft "
    "what follows), a synced group with the state published. *Whole daemon* is the same daemon as `fleet up`, asked "
    "over its socket by clients in another process. The floor is two appends, each synced, of as many bytes."
)
SEATS = [f"s{i}" for i in range(10)]


def measure(folder: Path, size: Size) -> Part:
    """Measure a seat that reads nobody, and ten that read each other."""
    part = Part("b", "Our own part of a turn, no process", HOW)
    alone, ten = row(folder / "alone", PRINTS, "when asked", size=1), table(folder / "ten", PRINTS)
    with (
        served(_copy(folder / "alone-served", 1), canned=True) as one,
        served(_copy(folder / "ten-served", 10), canned=True) as many,
    ):
        found = interleave(
            size.rounds,
            {
                "floor": partial(floor, folder / "floor.log", size.turns),
                "alone": partial(steps, alone, size.turns),
                "ten": partial(steps, ten, size.turns),
                "daemon": partial(through, one, ["s0"], size.turns),
                "daemon ten": partial(through, many, SEATS, max(1, size.turns // 10)),
            },
        )
    _tell(part, found)
    return part


def _copy(root: Path, seats: int) -> Path:
    return row(root, PRINTS, "when asked", size=1) if seats == 1 else table(root, PRINTS)


def _tell(part: Part, found: dict[str, dict[str, Series]]) -> None:
    floor_line = part.add("floor: two synced appends of 1 KB", "ms", found["floor"]["wall"])
    for key, what in (
        ("alone", "steps, a seat that reads nobody"),
        ("ten", "steps, a seat that reads 9 others"),
    ):
        ours = found[key]
        wall = part.add(f"{what}: wall", "ms", ours["wall"], beside=floor_line)
        part.add("– of it over the floor", "ms", wall.series.less(floor_line.series), Bar(1.5))
        part.add("– CPU", "ms", ours["cpu"], Bar(1.5))
        for step in STEPS:
            part.add(f"– CPU of {step}", "ms", ours[step])
        part.add("– ledger", "bytes", ours["bytes"])
    for key, what in (
        ("daemon", "whole daemon, 1 at a time"),
        ("daemon ten", "whole daemon, 10 that read each other"),
    ):
        wall = part.add(f"{what}: wall", "ms", found[key]["wall"], beside=floor_line)
        part.add("– CPU of the daemon", "ms", found[key]["cpu"], Bar(1.5))


def steps(root: Path, turns: int) -> dict[str, float]:
    """Carry turns out step by step; milliseconds a turn."""
    found = _json("bench.inside", "steps", str(root), "s0", str(turns))
    return {
        "wall": 1e3 * sum(found["wall"].values()),
        "cpu": 1e3 * sum(found["cpu"].values()),
        "bytes": found["bytes"],
        **{step: 1e3 * found["cpu"][step] for step in STEPS},
    }


def through(daemon: Daemon, seats: list[str], rounds: int) -> dict[str, float]:
    """Wake seats together, again and again; milliseconds a turn."""
    wall, cpu = time.perf_counter(), daemon.cpu_s()
    for _ in range(rounds):
        for answer in daemon.wake_all(seats):
            if answer["outcome"] != "done":
                raise RuntimeError(f"a turn ended {answer}")
    wall, cpu = time.perf_counter() - wall, daemon.cpu_s() - cpu
    turns = rounds * len(seats)
    return {"wall": 1e3 * wall / turns, "cpu": 1e3 * cpu / turns, "wall_s": wall}


def floor(log: Path, times: int) -> dict[str, float]:
    """Append and sync twice, as often as there are turns."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(2 * times):
        os.write(fd, b"x" * 1023 + b"\n")
        os.fdatasync(fd)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    os.close(fd)
    return {"wall": 1e3 * wall / times, "cpu": 1e3 * cpu / times}


def _json(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", *words], env=environment(), stdout=subprocess.PIPE, check=True, cwd=HERE
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
