"""Walled: what the sandbox costs a turn, beside the same program started without it and started bare."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import time
from functools import partial
from pathlib import Path
from statistics import median

from bench.measure import interleave
from bench.report import Bar, Part
from bench.sizes import Size
from fleet.core.chart import Sandbox
from fleet.edge import landlock, process
from fleet.edge.bounds import Bounds
from fleet.edge.landlock import GIVEN, KEPT, READ, SEEN, Reach
from fleet.edge.sandbox import Walls
from fleet.runtime.walls import machine_reaches

HOW = (
    "`true` is started, fed 2 KB, read, waited for: bare (subprocess.Popen), by fleet's own process module without "
    "walls, and by it inside the walls of `sandbox: on`, as a turn gets them: a thread, Landlock rules for some sixty "
    "places, capabilities dropped, a filter of calls, a group of processes, and a shell that takes the limits and "
    "becomes the program. The three take turns, start by start. *CPU* is of the starting process, its threads and all "
    "that it started, so that it does not depend on what else the machine has to do; the wall time does."
)
BAR_MS = 2.0
FED = b"x" * 2048
ENV = {"PATH": "/usr/bin:/bin"}


def measure(folder: Path, size: Size) -> Part:
    """Measure starts with and without walls, one after the other."""
    part = Part("t", "What the sandbox costs a turn", HOW)
    if not landlock.version():
        part.notes.append("This kernel has no Landlock, so nothing was measured.")
        return part
    (folder / "work").mkdir(parents=True)
    found = interleave(size.rounds, {"starts": partial(_round, folder, size)})["starts"]
    for what, floor in (("wall", "floor: started bare"), ("CPU", "floor: started bare, CPU")):
        below = part.add(floor, "ms", found[f"bare {what}"])
        without = part.add(f"sandbox: off, {what}", "ms", found[f"off {what}"], beside=below)
        walled = part.add(f"sandbox: on, {what}", "ms", found[f"on {what}"], beside=without)
        part.add(f"– of it the sandbox, {what}", "ms", walled.series.less(without.series), Bar(BAR_MS))
    part.notes.append(f"Landlock v{landlock.version()}.")
    return part


def _round(folder: Path, size: Size) -> dict[str, float]:
    return asyncio.run(_starts(folder, size))


async def _starts(folder: Path, size: Size) -> dict[str, float]:
    """Start each kind in turn; gives the median of wall times and the mean of CPU times, in ms."""
    wall: dict[str, list[float]] = {"bare": [], "off": [], "on": []}
    cpu = dict.fromkeys(wall, 0.0)
    for number in range(size.turns):
        for kind in wall:
            began, used = time.perf_counter(), _cpu_s()
            if kind == "bare":
                _bare(folder)
            else:
                ended = await process.start(_launch(folder, kind == "on", number)).wait()
                if ended.exit_code != 0:
                    raise RuntimeError(f"it did not end well: {ended}")
            wall[kind].append(time.perf_counter() - began)
            cpu[kind] += _cpu_s() - used
    found = {f"{kind} wall": 1e3 * median(values) for kind, values in wall.items()}
    return found | {f"{kind} CPU": 1e3 * used / size.turns for kind, used in cpu.items()}


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _bare(folder: Path) -> None:
    subprocess.run(["/bin/true"], input=FED, capture_output=True, cwd=folder, env=ENV, start_new_session=True)


def _launch(folder: Path, walled: bool, number: int) -> process.Launch:
    reaches = (
        *landlock.distinct(machine_reaches(str(folder), os.path.expanduser("~"))),
        *(Reach(".", SEEN, str(folder)), Reach("work", KEPT, str(folder)), Reach("work", GIVEN, str(folder))),
        *(Reach(f"state/s{at}.md", READ, str(folder)) for at in range(9)),
    )
    usual = Sandbox()
    bounds = Bounds(usual.memory, usual.processes, usual.files)
    walls = Walls("landlock", reaches, (str(folder / "work"),), (), None, bounds) if walled else None
    mark = f"t-{number}"
    return process.Launch(("/bin/true",), str(folder), ENV, FED, mark, limit_s=30, walls=walls)
