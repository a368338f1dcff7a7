"""Install: what an installation weighs, how soon the first turn runs, how soon the truth is told after a kill."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from bench.dropped import headline
from bench.fleets import HERE, PRINTS, START_S, Daemon, environment, row
from bench.measure import Series, interleave, until
from bench.peers import Peers
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Installed into an empty environment without pip; files as long as they are, with the bytecode that pip compiles. "
    "*First process*: from the start of `fleet up` in a folder where nothing ever ran to the first line of its first "
    "turn. *The truth*: a daemon is killed with SIGKILL while a turn runs that never ends; from the start of the next "
    "`fleet up` to the first answer, which must say that the turn was lost or runs again, and the process that was "
    "left must be gone."
)
HANGS = "#!/bin/sh\necho $$ >> pids\nexec sleep 600\n"


def measure(folder: Path, size: Size, peers: Peers) -> Part:
    """Measure the three."""
    part = Part("g", "Installing, starting, starting again", HOW)
    folder.mkdir()
    _weigh(part, folder, peers)
    numbers = iter(range(1000))
    found = interleave(
        size.restarts,
        {
            "first": lambda: {"s": first_process(folder / f"first{next(numbers)}")},
            "again": lambda: truth(folder / f"again{next(numbers)}"),
            "python": partial(_python, folder),
        },
    )
    below = part.add("floor: python -c pass", "s", found["python"]["s"])
    part.add("fleet up → its first turn's process", "s", found["first"]["s"], Bar(1.0), beside=below)
    part.add("fleet up after SIGKILL → the truth", "s", found["again"]["s"], Bar(1.0), beside=below)
    return part


def _weigh(part: Part, folder: Path, peers: Peers) -> None:
    wanted = {"fleet": str(HERE)}
    if not peers.why:
        wanted |= {"LangGraph and its SQLite saver": "langgraph langgraph-checkpoint-sqlite", "huey": "huey"}
    ours = None
    for name, words in wanted.items():
        try:
            size = Series.of([installed_mb(folder / f"venv-{name.split()[0]}", words.split())])
        except subprocess.SubprocessError:
            part.notes.append(f"{name} could not be installed here, so it was not weighed.")
            continue
        bars = (Bar(90),) if name == "fleet" else ()
        line = part.add(f"{name}, installed", "MB", size, *bars, beside=ours)
        ours = ours or line


def installed_mb(venv: Path, words: list[str]) -> float:
    """Install into an empty environment and weigh it, in MB (10^6 bytes)."""
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "env": environment()}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], **quiet)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", *words], timeout=900, **quiet)
    return (
        sum(path.lstat().st_size for path in venv.rglob("*") if path.is_file() and not path.is_symlink())
        / 1e6
    )


def _python(folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, env=environment(), cwd=folder)
    return {"s": time.perf_counter() - began}


def first_process(root: Path) -> float:
    """Start a fleet that never ran; seconds until its first turn's program printed the time."""
    row(root, PRINTS, "when asked", size=1)
    began = time.time()
    daemon = Daemon(root)
    try:
        until((root / "state" / "s0.md").exists, START_S, tell="the first state")
        return float(headline(root)) - began
    finally:
        daemon.stop()


def truth(root: Path) -> dict[str, float]:
    """Kill a daemon in the middle of a turn, start another; seconds until it told the truth."""
    row(root, "./hang", "when asked", size=1)
    program = root / "seats" / "s0" / "hang"
    program.parent.mkdir(parents=True)
    program.write_text(HANGS)
    program.chmod(0o755)
    pids = root / "seats" / "s0" / "pids"
    daemon = Daemon(root)
    until(lambda: pids.exists() and pids.read_text().endswith("\n"), START_S, tell="the turn runs")
    ghost = int(pids.read_text().split()[0])
    daemon.kill()
    again, began = Daemon(root), time.perf_counter()
    try:
        until(again.answers, START_S, step_s=0.01, tell="the daemon answers")
        took = time.perf_counter() - began
        seat = next(s for s in again.ask("status")["seats"] if s["seat"] == "s0")
        _true(root, seat, ghost)
    finally:
        again.ask("down", now=True)
        again.stop()
    return {"s": took}


def _true(root: Path, seat: dict[str, Any], ghost: int) -> None:
    told = any(b'"outcome":"lost"' in path.read_bytes() for path in (root / "ledger").glob("*.jsonl"))
    if not told or seat["turn"] == "t-1" and seat["why"] == "runs now":
        raise RuntimeError(f"after the kill it says {seat}")
    if runs(ghost):
        raise RuntimeError("the process of the lost turn was left running")


def runs(pid: int) -> bool:
    """Say whether a process is there and has not ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
