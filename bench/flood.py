"""Flood: a hundred thousand messages dropped at once, all found, each once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from bench.fleets import HERE, PRINTS, Account, Daemon, environment, served, write
from bench.inside import pauses
from bench.measure import Series, interleave, until
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "{messages:,} small messages are renamed into the inboxes of {boxes} seats as fast as one program can, while the "
    "daemon serves them; their seats are woken when asked, so none is read. Each is given its id and stamp, recorded, "
    "and put into its inbox under its proper name. The kernel's queue of file events holds 16,384 and drops the rest. "
    "*All found* is from the first rename to the record of the last; each text is then in exactly one record. The "
    "*longest pause* is the longest step of the loop meanwhile. The floor reads each file, renames it, and appends a "
    "line for it of as many bytes, {group} to a synced group."
)
BOXES = 100
GROUP = 30


def measure(folder: Path, size: Size) -> Part:
    """Drop them beside the floor."""
    boxes = min(BOXES, size.dropped)
    part = Part(
        "q",
        f"{size.dropped:,} messages dropped at once",
        HOW.format(messages=size.dropped, boxes=boxes, group=GROUP),
    )
    folder.mkdir()
    rounds = 1 if size.dropped > 10_000 else min(3, size.rounds)
    runs = {
        "floor": partial(_floor, folder / "floor", size.dropped, boxes),
        "ours": partial(_ours, folder / "ours", size.dropped, boxes),
    }
    found = interleave(rounds, runs)
    _tell(part, size.dropped, found["ours"], found["floor"])
    return part


def _ours(above: Path, messages: int, boxes: int) -> dict[str, float]:
    root = above.with_name(f"{above.name}-{time.time_ns()}")
    write(root, [(f"s{i}", PRINTS, [], "when asked") for i in range(boxes)], at_once=8)
    with served(root, watched=True) as daemon:
        stage(root / "staged", messages)
        account, seen, cpu = Account(root), len(pauses(root)), daemon.cpu_s()
        before, began = _peak_mb(daemon), time.perf_counter()
        drop(root, messages, boxes)
        renamed = time.perf_counter() - began
        patience_s = 60 + messages / 100
        until(
            lambda: account.count('"what":"message"') >= messages,
            patience_s,
            step_s=0.5,
            tell="all are found",
        )
        took, cpu = time.perf_counter() - began, daemon.cpu_s() - cpu
        time.sleep(1.5)
        texts = [one["data"]["body"].strip() for one in account.records("message")]
        if sorted(texts) != sorted(_text(i) for i in range(messages)):
            raise RuntimeError(
                f"{len(texts)} messages with {len(set(texts))} texts were found, not {messages}"
            )
        long = pauses(root)[seen:]
        return {
            "wall": took,
            "renamed": renamed,
            "cpu": 1e3 * cpu / messages,
            "pause": max((wall for wall, _ in long), default=0.0),
            "pause cpu": max((used for _, used in long), default=0.0),
            "before": before,
            "peak": _peak_mb(daemon),
        }


def stage(folder: Path, messages: int) -> None:
    """Write the messages beside."""
    folder.mkdir(parents=True)
    for i in range(messages):
        (folder / f"{i}.md").write_text(_text(i) + "\n")


def drop(root: Path, messages: int, boxes: int) -> None:
    """Rename them all into the inboxes."""
    for i in range(messages):
        os.rename(root / "staged" / f"{i}.md", root / "inbox" / f"s{i % boxes}" / "new" / f"{i}.md")


def _text(number: int) -> str:
    return f"Message number {number}."


def _floor(above: Path, messages: int, boxes: int) -> dict[str, float]:
    root = above.with_name(f"{above.name}-{time.time_ns()}")
    for i in range(boxes):
        (root / "inbox" / f"s{i}" / "new").mkdir(parents=True)
    stage(root / "staged", messages)
    began = time.perf_counter()
    drop(root, messages, boxes)
    renamed = time.perf_counter() - began
    done = subprocess.run(
        [sys.executable, "-m", "bench.floors", "take", str(root / "inbox"), str(root / "log"), str(GROUP)],
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        cwd=HERE,
    )
    found = json.loads(done.stdout)
    return {"wall": renamed + found["wall_s"], "cpu": 1e3 * found["cpu_s"] / messages}


def _peak_mb(daemon: Daemon) -> float:
    lines = Path(f"/proc/{daemon.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def _tell(part: Part, messages: int, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    below = part.add(f"floor: {messages:,} renamed, then read, renamed and added", "s", floor["wall"])
    used = part.add("– CPU of its loop, a message", "ms", floor["cpu"])
    part.add(f"fleet: {messages:,} renamed, and all found", "s", ours["wall"], beside=below)
    part.add("– of it until the last was renamed", "s", ours["renamed"])
    part.add("– CPU of the daemon, a message", "ms", ours["cpu"], beside=used)
    part.add("– longest pause of the loop", "ms", ours["pause"])
    part.add("– CPU of the longest", "ms", ours["pause cpu"])
    part.add("– most memory before", "MB", ours["before"])
    part.add("– most memory after", "MB", ours["peak"], Bar(500))
