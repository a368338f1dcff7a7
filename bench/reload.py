"""Reload: one seat of many is changed in fleet.yaml while the fleet runs, and for how long the loop stands still."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

from bench.cold import once
from bench.fleets import PRINTS, Account, Daemon, row, served
from bench.inside import pauses
from bench.measure import Series, interleave, until
from bench.report import Bar, Part
from bench.simulate import READ
from bench.sizes import Size

HOW = (
    "One seat in the middle of {seats:,} is changed and the file renamed into its place, while a daemon serves it. "
    "*Tightens* changes what the seat owns, *loosens* what it runs, which waits for a yes, and *moves* adds a line of "
    "comment above all seats. *Until in force* is from the rename to the record of the revision; half a second of it "
    "the file must have stood unchanged, and up to one it waits for a sweep. The *longest pause* is the longest step "
    "of the loop between rename and record, in which nobody else is served, and the CPU time of the longest. The floor "
    "reads the same file with PyYAML's C loader in a Python of its own."
)
KINDS = ("tightens", "loosens", "moves")
STOOD_S = 0.5


def measure(folder: Path, size: Size) -> Part:
    """Change a seat in each way, again and again."""
    part = Part("n", "One changed seat", HOW.format(seats=size.many_seats))
    root = row(folder, PRINTS, "every day at 07:15, when mail arrives", size=size.many_seats)
    argv = (sys.executable, "-c", READ, str(root / "fleet.yaml"))
    with served(root, canned=True, watched=True, patience_s=300) as daemon:
        time.sleep(1.5)
        runs = {kind: partial(edit, daemon, kind, size.many_seats // 2) for kind in KINDS}
        found = interleave(size.reloads, {"floor": partial(once, argv), **runs})
    _tell(part, found)
    return part


def edit(daemon: Daemon, kind: str, seat: int) -> dict[str, float]:
    """Save one edit and wait until it is in force."""
    account, seen, cpu, child = (
        Account(daemon.root),
        len(pauses(daemon.root)),
        daemon.cpu_s(),
        daemon.holders_cpu_s(),
    )
    began = time.perf_counter()
    save(daemon.root, kind, seat)
    until(lambda: account.count('"what":"revision"') > 0, 60.0, tell="the edit is in force")
    took = time.perf_counter() - began
    time.sleep(0.3)
    long = pauses(daemon.root)[seen:]
    return {
        "took": 1e3 * (took - STOOD_S),
        "pause": max((wall for wall, _ in long), default=0.0),
        "pause cpu": max((used for _, used in long), default=0.0),
        "cpu": 1e3 * (daemon.cpu_s() - cpu),
        "child": 1e3 * (daemon.holders_cpu_s() - child),
    }


def save(root: Path, kind: str, seat: int) -> None:
    """Save fleet.yaml with one seat changed."""
    lines = (root / "fleet.yaml").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"  s{seat}:"))
    mark = time.time_ns()
    if kind == "tightens":
        head, _, tail = lines[at].partition("owns: [")
        lines[at] = f"{head}owns: [s{seat}, work {mark}]{tail[tail.index(']') + 1 :]}"
    elif kind == "loosens":
        head, _, tail = lines[at].partition("run: ")
        lines[at] = f"{head}run: date +{mark}{tail[tail.index(',') :]}"
    else:
        lines.insert(0, f"# {mark}")
    staged = root / "fleet.yaml.new"
    staged.write_text("\n".join(lines) + "\n")
    os.rename(staged, root / "fleet.yaml")


def _tell(part: Part, found: dict[str, dict[str, Series]]) -> None:
    wall = part.add("floor: the same file as YAML", "ms", found["floor"]["wall"])
    below = part.add("– its CPU", "ms", found["floor"]["cpu"])
    for kind in KINDS:
        ours = found[kind]
        part.add(f"{kind}: until in force, over the half second", "ms", ours["took"], beside=wall)
        part.add("– longest pause of the loop", "ms", ours["pause"], Bar(15))
        part.add("– CPU of the longest", "ms", ours["pause cpu"], Bar(15))
        part.add("– CPU of the daemon", "ms", ours["cpu"], beside=below)
        part.add("– CPU of its child", "ms", ours["child"], beside=below)
