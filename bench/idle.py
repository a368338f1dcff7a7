"""Idle: what fifteen seats with nothing to do cost, beside a Python that sleeps."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from bench.fleets import PRINTS, Daemon, environment, row, served
from bench.measure import cpu_s, interleave, memory_mb
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Fifteen seats that wake every day at 07:15 and when mail arrives, each reading one other, after the first turn of "
    "each. CPU is what the daemon's threads used in {seconds:g} s. The floor is a Python that sleeps."
)
SEATS = 15
UNITS = {"cpu": "% of a core", "rss": "MB", "pss": "MB", "threads": "", "fds": ""}
NAMES = {
    "cpu": "CPU",
    "rss": "memory (resident)",
    "pss": "memory (proportional)",
    "threads": "threads",
    "fds": "open descriptors",
}
BARS = {"cpu": (Bar(0.5), Bar(0.3)), "rss": (Bar(60),)}


def measure(folder: Path, size: Size) -> Part:
    """Measure the daemon and the sleeper at the same time, in several windows."""
    windows = max(1, min(5, size.rounds))
    part = Part("e", "Fifteen idle seats", HOW.format(seconds=size.idle_s))
    root = row(folder, PRINTS, "every day at 07:15, when mail arrives", size=SEATS)
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(3600)"], env=environment()
    ) as sleeper:
        try:
            with served(root) as daemon:
                time.sleep(min(2.0, size.idle_s))
                found = interleave(
                    windows, {"both": partial(_window, daemon, sleeper.pid, size.idle_s / windows)}
                )
        finally:
            sleeper.kill()
    for key, name in NAMES.items():
        floor = found["both"][f"floor {key}"]
        below = part.add(f"floor: python, sleeping: {name}", UNITS[key], floor)
        beside = None if key == "cpu" else below
        part.add(
            f"fleet, {SEATS} seats: {name}", UNITS[key], found["both"][key], *BARS.get(key, ()), beside=beside
        )
    return part


def _window(daemon: Daemon, sleeper: int, seconds: float) -> dict[str, float]:
    began, used, slept = time.monotonic(), daemon.cpu_s(), cpu_s(sleeper)
    time.sleep(seconds)
    took = time.monotonic() - began
    floor = {f"floor {key}": value for key, value in memory_mb(sleeper).items()}
    return {
        "cpu": 100 * (daemon.cpu_s() - used) / took,
        "floor cpu": 100 * (cpu_s(sleeper) - slept) / took,
        **memory_mb(daemon.pid),
        **floor,
    }
