"""Dropped: from the rename of a message into new/ to the first line of its reader."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.fleets import HERE, PRINTS, Daemon, environment, row, served
from bench.measure import interleave, quantile, until
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "A message is written beside and renamed into inbox/s0/new; its reader prints the time, and the difference is what "
    "counts, so the reader's own start is in it. The floor is a loop on inotify that starts the same program. Both are "
    "idle before each message. Ours has by then given the message its id and stamp, put it in the ledger with a synced "
    "group, planned a wake, and recorded with a second one that the turn starts and what it reads."
)
PROGRAMS = {"native": PRINTS, "Python": "python tick.py"}


def measure(folder: Path, size: Size) -> Part:
    """Measure a native and a Python reader beside the floor of each."""
    part = Part("d", "Rename of a message → first line of its reader", HOW)
    folder.mkdir()
    (folder / "tick.py").write_text("import time\nprint(time.time())\n")
    floors = {"native": PRINTS.split(), "Python": [sys.executable, str(folder / "tick.py")]}
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {}
        for key, run in PROGRAMS.items():
            root = row(folder / key, run, "when mail arrives", size=1)
            (root / "seats" / "s0").mkdir(parents=True)
            (root / "seats" / "s0" / "tick.py").write_text((folder / "tick.py").read_text())
            daemon = stack.enter_context(served(root))
            loop = stack.enter_context(Loop(folder / f"watched-{key}", floors[key]))
            runs[f"floor {key}"] = partial(_quantiles, loop.drop, size.messages)
            runs[f"ours {key}"] = partial(_quantiles, partial(drop, daemon), size.messages)
        found = interleave(size.rounds, runs)
    for key in PROGRAMS:
        for name in ("p50", "p99"):
            below = part.add(f"floor, {key} reader: {name}", "ms", found[f"floor {key}"][name])
            bars = (Bar(10.0 if name == "p50" else 20.0),) if key == "native" else ()
            line = part.add(
                f"fleet, {key} reader: {name}", "ms", found[f"ours {key}"][name], *bars, beside=below
            )
            over = (Bar(3.0),) if key == "native" and name == "p50" else ()
            part.add(f"– over the floor: {name}", "ms", line.series.less(below.series), *over)
    return part


def _quantiles(drop_one: Callable[[], float], messages: int) -> dict[str, float]:
    took = [1e3 * drop_one() for _ in range(messages)]
    return {"p50": quantile(took, 0.5), "p99": quantile(took, 0.99)}


def drop(daemon: Daemon) -> float:
    """Drop one message and give the seconds until its reader's line, once its state is published."""
    root = daemon.root
    before, new = headline(root), root / "inbox" / "s0" / "new"
    staged = root / "staged.md"
    staged.write_text(f"Please look at this. {time.time_ns()}\n")
    time.sleep(0.03)
    began = time.time()
    os.rename(staged, new / f"m{time.time_ns()}.md")
    until(lambda: headline(root) != before, 30.0, step_s=0.002, tell="a turn for the dropped message")
    return float(headline(root)) - began


def headline(root: Path) -> str:
    """Read what the seat published last."""
    for line in (root / "state" / "s0.md").read_text().splitlines():
        if line.startswith("headline:"):
            return line.partition(":")[2].strip().strip('"')
    return ""


class Loop:
    """The floor: a small loop that waits for files and starts a program."""

    def __init__(self, folder: Path, argv: list[str]) -> None:
        self._folder, self._argv = folder, argv

    def __enter__(self) -> Loop:
        self._folder.mkdir()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.floors", "watch", str(self._folder), *self._argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            cwd=HERE,
            text=True,
        )
        self._line()
        return self

    def __exit__(self, *why: object) -> None:
        self._child.communicate()

    def drop(self) -> float:
        """Rename one file in and give the seconds until the program's line."""
        staged = self._folder.parent / "staged"
        staged.write_text("Please look at this.\n")
        time.sleep(0.03)
        began = time.time()
        os.rename(staged, self._folder / f"m{time.time_ns()}")
        return float(self._line()) - began

    def _line(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError("the floor's loop ended")
        return line
