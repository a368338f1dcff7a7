"""Cold: how long a command takes from its start to its end, beside an empty Python."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.account import drafts_of, write
from bench.fleets import PRINTS, environment, row, served
from bench.measure import interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Each command is a process of its own, started again and again in turn with the others; caches are warm and "
    "bytecode is kept (PYTHONDONTWRITEBYTECODE is unset). The floor is `python -c pass` of the same environment."
)
FEW = 15
NO_DAEMON = 3
"""What `status` exits with when it has told what the files say and no daemon runs."""


def measure(folder: Path, size: Size) -> Part:
    """Measure the commands without a daemon, with one, and on a big chart."""
    part = Part("f", "Cold start of commands", HOW)
    few = row(folder / "few", PRINTS, "every day at 07:15", size=FEW)
    down = row(folder / "down", PRINTS, "every day at 07:15", size=FEW)
    many = row(folder / "many", PRINTS, "every day at 07:15", size=size.many_seats)
    long = folder / "long"
    write(long, drafts_of(size.records))
    (long / "fleet.yaml").write_bytes((many / "fleet.yaml").read_bytes())
    fleet = (sys.executable, "-m", "fleet")
    with ExitStack() as stack:
        stack.enter_context(served(few))
        commands = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "fleet --version": (*fleet, "--version"),
            "fleet --help": (*fleet, "--help"),
            f"fleet status, {FEW} seats, daemon": (*fleet, "-C", str(few), "status"),
            f"fleet status, {FEW} seats, no daemon": (*fleet, "-C", str(down), "status"),
            f"fleet status, {size.many_seats} seats, no daemon": (*fleet, "-C", str(many), "status"),
            f"a shell's Tab for a seat, {size.many_seats} seats": tab(many, "status"),
            f"a shell's Tab for an id, {size.many_seats} seats, {size.records:,} records of today": tab(
                long, "approve"
            ),
        }
        runs: dict[str, Callable[[], dict[str, float]]] = {
            name: partial(once, argv) for name, argv in commands.items()
        }
        for run in runs.values():
            run()
        found = interleave(size.starts, runs)
    floor = part.add("floor: python -c pass", "ms", found["python -c pass"]["wall"])
    below = part.add("– its CPU", "ms", found["python -c pass"]["cpu"])
    for name in list(commands)[1:]:
        bars = (Bar(200), Bar(8, ratio=True))
        part.add(name, "ms", found[name]["wall"], *bars, beside=floor)
        part.add("– CPU", "ms", found[name]["cpu"], Bar(8, ratio=True), beside=below)
    return part


def tab(root: Path, verb: str) -> tuple[str, ...]:
    """Give the command with which bash asks what it can offer behind a verb; no daemon answers it."""
    asks = ("_FLEET_COMPLETE=complete_bash", f"COMP_WORDS=fleet -C {root} {verb} ", "COMP_CWORD=4")
    return ("env", *asks, sys.executable, "-m", "fleet")


def once(argv: tuple[str, ...]) -> dict[str, float]:
    """Run a command once; milliseconds."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, NO_DAEMON):
        raise RuntimeError(f"{argv[3:]} ended with {done.returncode}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"wall": 1e3 * wall, "cpu": 1e3 * cpu}
