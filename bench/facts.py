"""Facts: what is worth knowing of the machine; never its name, its users or its paths."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


class Busy:
    """How much of the machine others used between two moments."""

    def __init__(self) -> None:
        self._began = self._now()

    def others(self) -> float:
        """Share of all cores that was used by others than us and our children that have ended."""
        (busy0, all0, ours0), (busy1, all1, ours1) = self._began, self._now()
        return max(0.0, (busy1 - busy0) - (ours1 - ours0)) / max(1e-9, all1 - all0)

    @staticmethod
    def _now() -> tuple[float, float, float]:
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        idle = ticks[3] + ticks[4]
        ours = sum(os.times()[:4])
        return (sum(ticks) - idle) * tick_s, sum(ticks) * tick_s, ours


def machine(folder: Path) -> list[str]:
    """Say on what this was measured."""
    memory = int(Path("/proc/meminfo").read_text().split()[1]) * 1024 / 1e9
    kernel = ".".join(platform.release().split("-")[0].split(".")[:2])
    return [
        f"{os.cpu_count()} cores {platform.machine()}, {memory:.0f} GB, Linux {kernel}, {file_system(folder)}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"fleet {_version('fleet')}, measured on {time.strftime('%Y-%m-%d', time.gmtime())}",
    ]


def file_system(folder: Path) -> str:
    """Name the kind of file system below a folder, and the options that change what a sync costs."""
    best: tuple[int, str] = (-1, "unknown file system")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options = line.split()[:4]
        if folder.resolve().is_relative_to(place) and len(place) > best[0]:
            told = [o for o in options.split(",") if o.startswith(("discard", "data=", "nobarrier", "sync"))]
            best = (len(place), " ".join([kind, *(f"({o})" for o in told)]))
    return best[1]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return f"(not installed for {Path(sys.executable).name})"
