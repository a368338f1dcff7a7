"""Turns: what one turn costs through the real daemon, beside starting its program and one synced append."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.fleets import AGENT, PRINTS, PYTHON, Account, Daemon, chains, environment, only, row, served
from bench.measure import Series, interleave
from bench.report import Bar, Line, Part
from bench.sizes import Size

HOW = (
    "The floor is a loop that starts the same program (subprocess.Popen, 2 KB to its stdin, its stdout read), waits "
    "for its end and appends one line of 1.5 KB with fdatasync. *Wake each other* are chains of eight seats, each "
    "woken when the one before it publishes; a client wakes the first of them again and again. *Asked* is a client "
    "that wakes a seat over the socket and waits. A turn of ours hashes charter and program, writes the brief, starts "
    "the program in a session of its own, reads the result, publishes the state, keeps the one before it and records "
    "it all, with two synced groups."
)
LINE_BYTES = 1500


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of turn: how it is told, what runs, how many at once; `asked` by a client, or by each other."""

    what: str
    run: str
    argv: tuple[str, ...]
    at_once: int
    outcome: str = "done"
    asked: bool = False


def cases(agent: Path) -> tuple[Case, ...]:
    """Give the kinds of turn that are measured."""
    date, python = tuple(PRINTS.split()), (sys.executable, str(agent))
    return (
        Case("/bin/true, asked, 1 at a time", "/bin/true", ("/bin/true",), 1, "empty", True),
        Case("native program, asked, 1 at a time", PRINTS, date, 1, "done", True),
        Case("native program, wake each other, 1 at a time", PRINTS, date, 1),
        Case("native program, wake each other, 4 at once", PRINTS, date, 4),
        Case("Python program, wake each other, 1 at a time", PYTHON, python, 1),
        Case("Python program, wake each other, 4 at once", PYTHON, python, 4),
    )


def measure(folder: Path, size: Size) -> Part:
    """Measure every case beside its floor."""
    part = Part("a", "A turn, beside starting its program and one synced append", HOW)
    folder.mkdir()
    agent = folder / "agent.py"
    agent.write_text(AGENT)
    brief = folder / "brief.json"
    brief.write_text(
        json.dumps({"turn": "t-1", "reads": {"b0": {"state": {"headline": "x"}}}, "x": "x" * 1500})
    )
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {}
        for number, case in enumerate(cases(agent)):
            daemon = stack.enter_context(served(_written(folder / f"case{number}", case)))
            daemon.pause()
            runs[f"ours {case.what}"] = partial(_ours, daemon, case, size)
            runs[f"floor {case.what}"] = partial(_floor, folder / "floor.log", brief, case, size)
        found = interleave(size.rounds, runs)
    for case in cases(agent):
        _tell(part, case, found[f"ours {case.what}"], found[f"floor {case.what}"])
    part.notes.append(
        "The bar of 0.8 × as many turns as bare spawns of the same Python program is a ratio of at most 1.25 here."
    )
    return part


def _written(root: Path, case: Case) -> Path:
    if case.asked:
        return row(root, case.run, "when asked", size=1)
    return chains(root, case.run, at_once=case.at_once)


def _ours(daemon: Daemon, case: Case, size: Size) -> dict[str, float]:
    daemon.resume()
    with ExitStack() as beside:
        if not case.asked:
            beside.enter_context(daemon.kept_going([f"c{chain}-0" for chain in range(case.at_once)]))
            time.sleep(0.3)
        account = Account(daemon.root)
        wall, cpu, held = time.perf_counter(), daemon.cpu_s(), daemon.holders_cpu_s()
        if case.asked:
            while time.perf_counter() - wall < size.window_s:
                daemon.wake("s0")
        else:
            time.sleep(size.window_s)
        wall, cpu = time.perf_counter() - wall, daemon.cpu_s() - cpu
        held = daemon.holders_cpu_s() - held
        turns = only(account.ended(), case.outcome)
    daemon.pause()
    return {"wall": 1e3 * wall / turns, "cpu": 1e3 * cpu / turns, "a_second": turns / wall, "holders": held}


def _floor(log: Path, brief: Path, case: Case, size: Size) -> dict[str, float]:
    words = ["spawn", str(size.window_s), str(case.at_once), str(log), str(LINE_BYTES), *case.argv]
    done = subprocess.run(
        [sys.executable, "-m", "bench.floors", *words],
        env={**environment(), "FLEET_BRIEF": str(brief)},
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    found = json.loads(done.stdout)
    turns = found["turns"]
    return {
        "wall": 1e3 * found["wall_s"] / turns,
        "cpu": 1e3 * found["cpu_s"] / turns,
        "a_second": turns / found["wall_s"],
    }


def _tell(part: Part, case: Case, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    python, many = case.run == PYTHON, case.at_once > 1
    below = part.add(
        f"floor: {case.argv[0].rpartition('/')[2]}, {case.at_once} at a time", "ms", floor["wall"]
    )
    bars = [Bar(1.25, ratio=True)] if python else []
    wall: Line = part.add(case.what, "ms", ours["wall"], *bars, beside=below)
    part.add("– of it over the floor", "ms", wall.series.less(below.series))
    part.add("– CPU of the daemon itself", "ms", ours["cpu"], Bar(1.5))
    part.add("– CPU of the floor's loop itself", "ms", floor["cpu"])
    bar = [Bar(100, at_least=True)] if many and not python else []
    part.add("– turns a second", "/s", ours["a_second"], *bar)
