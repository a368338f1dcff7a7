"""Many: what ten thousand idle seats cost: to start, to keep, to be asked about."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from bench.fleets import PRINTS, Daemon, environment, served, write
from bench.inside import pauses
from bench.measure import Series, cpu_s, interleave, memory_mb, until
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "{seats:,} seats that wake every day at 07:15 and when mail arrives, in tens that each read the one before, after "
    "the first turn of each. *Start* is from the start of the program until it answers, with all that is open "
    "read from the ledger. CPU is what its threads used in {seconds:g} s. *Asked* is `status` over the socket, all "
    "rows as JSON; the loop stands still meanwhile. *Watches* are those of the kernel's file events. The floor is a "
    "Python that sleeps."
)
PATIENCE_S = 900.0
WHEN = "every day at 07:15, when mail arrives"


def measure(folder: Path, size: Size) -> Part:
    """Let every seat have its turn, start anew, and watch it do nothing."""
    seats, windows = size.idle_seats, max(1, min(5, size.rounds))
    part = Part("o", f"{seats:,} idle seats", HOW.format(seats=seats, seconds=size.idle_s))
    root = write(
        folder, [(f"s{i}", PRINTS, [f"s{i - 1}"] if i % 10 else [], WHEN) for i in range(seats)], at_once=64
    )
    with served(root, canned=True, patience_s=PATIENCE_S):
        pass
    began = time.perf_counter()
    daemon = Daemon(root, canned=True, watched=True)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(36000)"], env=environment())
    try:
        until(daemon.answers, PATIENCE_S, step_s=0.1, tell="the daemon answers")
        start, used = time.perf_counter() - began, daemon.cpu_s()
        time.sleep(3 if seats < 5000 else 20)  # every file is known to have stood still by then
        seen = len(pauses(root))
        found = interleave(windows, {"both": partial(_window, daemon, sleeper.pid, size.idle_s / windows)})[
            "both"
        ]
        long = pauses(root)[seen:]
        asked = [_asked(daemon) for _ in range(windows)]
    finally:
        sleeper.kill()
        sleeper.wait()
        daemon.stop()
    part.add("start", "s", Series.of([start]), Bar(10))
    part.add("– its CPU", "s", Series.of([used]))
    part.add("floor: python, sleeping: CPU", "% of a core", found["floor cpu"])
    part.add("CPU", "% of a core", found["cpu"], Bar(3))
    part.add("– longest pause of the loop", "ms", Series.of([max((wall for wall, _ in long), default=0.0)]))
    part.add("– CPU of the longest", "ms", Series.of([max((cpu for _, cpu in long), default=0.0)]))
    below = part.add("floor: python, sleeping: memory (resident)", "MB", found["floor rss"])
    part.add("memory (resident)", "MB", found["rss"], Bar(150), beside=below)
    part.add("open descriptors", "", found["fds"])
    part.add("threads", "", found["threads"])
    part.add("watches", "", found["watches"])
    part.add("asked", "ms", Series.of(asked))
    return part


def _window(daemon: Daemon, sleeper: int, seconds: float) -> dict[str, float]:
    began, used, slept = time.monotonic(), daemon.cpu_s(), cpu_s(sleeper)
    time.sleep(seconds)
    took = time.monotonic() - began
    return {
        "cpu": 100 * (daemon.cpu_s() - used) / took,
        "floor cpu": 100 * (cpu_s(sleeper) - slept) / took,
        "floor rss": memory_mb(sleeper)["rss"],
        "watches": float(_watches(daemon.pid)),
        **memory_mb(daemon.pid),
    }


def _watches(pid: int) -> int:
    """Count the watches of a process in the kernel's table."""
    found = 0
    for entry in Path(f"/proc/{pid}/fdinfo").iterdir():
        found += sum(line.startswith("inotify ") for line in entry.read_text().splitlines())
    return found


def _asked(daemon: Daemon) -> float:
    began = time.perf_counter()
    daemon.ask("status")
    return 1e3 * (time.perf_counter() - began)
