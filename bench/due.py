"""Due: many seats whose wakes all fall on one instant, and how late their programs begin."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime
from functools import partial
from pathlib import Path

from bench.fleets import HERE, PRINTS, Account, Daemon, environment, served, write
from bench.inside import pauses
from bench.measure import Series, interleave, quantile, until
from bench.report import Bar, Part
from bench.sizes import Size
from bench.turns import LINE_BYTES

HOW = (
    "{seats:,} seats that wake every two minutes, all at the same instant; of these turns {widths} run at once. Each "
    "program prints the time at which it began, and its lateness is that less the instant. The floor is a loop that "
    "has all of them to start at one instant, runs as many at once, and appends a synced line before and after each. "
    "The *longest pause* is the longest step of the loop while they last, in which nobody else is served."
)
WIDTHS = (4, 16, 64)
EVERY_S = 120
PATIENCE_S = 600.0


def measure(folder: Path, size: Size) -> Part:
    """Let the instants come, with each number of turns at once."""
    part = Part(
        "p", f"{size.due:,} wakes due in one second", HOW.format(seats=size.due, widths="4, 16 or 64")
    )
    folder.mkdir()
    for width in WIDTHS:
        seats = [(f"s{i}", PRINTS, [], f"every {EVERY_S // 60}m") for i in range(size.due)]
        root = write(folder / str(width), seats, at_once=width)
        with served(root, watched=True, patience_s=PATIENCE_S) as daemon:
            runs = {
                "ours": partial(instant, daemon, size.due),
                "floor": partial(_floor, folder / "floor.log", size.due, width),
            }
            found = interleave(max(1, min(2, size.rounds)), runs)
        _tell(part, width, found["ours"], found["floor"])
    return part


def instant(daemon: Daemon, seats: int) -> dict[str, float]:
    """Wait for the next instant and until all of its turns have ended."""
    until(partial(_is_quiet, daemon), 120.0, tell="what was due before is over")
    if time.time() % EVERY_S > EVERY_S - 5:
        time.sleep(10)
        until(partial(_is_quiet, daemon), 120.0, tell="what was due before is over")
    time.sleep(max(0.0, EVERY_S - time.time() % EVERY_S - 3))  # what idling costs is told elsewhere
    account, seen, cpu = Account(daemon.root), len(pauses(daemon.root)), daemon.cpu_s()
    patience_s = 3 * EVERY_S
    until(lambda: account.count('"what":"turn_ended"') >= seats, patience_s, step_s=0.5, tell="all turns end")
    cpu = daemon.cpu_s() - cpu
    slots = {one["data"]["slot"] for one in account.records("wake_due")}
    if len(slots) != 1:
        raise RuntimeError(f"the wakes were due at {sorted(slots)}, and should have been at one instant")
    due = datetime.fromisoformat(slots.pop()).timestamp()
    ended = account.records("turn_ended")
    late = [float(one["data"]["headline"]) - due for one in ended]
    if len(late) != seats:
        raise RuntimeError(f"{len(late)} turns ended, and {seats} should have")
    long = pauses(daemon.root)[seen:]
    return {
        "first": 1e3 * min(late),
        "p50": quantile(late, 0.5),
        "p99": quantile(late, 0.99),
        "cpu": 1e3 * cpu / seats,
        "pause": max((wall for wall, _ in long), default=0.0),
        "pause cpu": max((used for _, used in long), default=0.0),
    }


def _is_quiet(daemon: Daemon) -> bool:
    account = Account(daemon.root)
    time.sleep(1.5)
    return account.bytes() == 0


def _floor(log: Path, times: int, width: int) -> dict[str, float]:
    words = ["act", str(times), str(width), str(log), str(LINE_BYTES), *PRINTS.split()]
    done = subprocess.run(
        [sys.executable, "-m", "bench.floors", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        cwd=HERE,
    )
    found = json.loads(done.stdout)
    return {"p50": found["p50_s"], "p99": found["p99_s"], "cpu": 1e3 * found["cpu_s"] / times}


def _tell(part: Part, width: int, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    for name in ("p50", "p99"):
        below = part.add(f"floor, {width} at once: late, {name}", "s", floor[name])
        bars = (Bar(2, ratio=True),)
        part.add(f"fleet, {width} at once: late, {name}", "s", ours[name], *bars, beside=below)
    part.add("– the first", "ms", ours["first"])
    part.add("– CPU of the daemon, a turn", "ms", ours["cpu"], Bar(1.5))
    part.add("– CPU of the floor's loop itself", "ms", floor["cpu"])
    part.add("– longest pause of the loop", "ms", ours["pause"])
    part.add("– CPU of the longest", "ms", ours["pause cpu"])
