"""The morning round: ten seats, each reads the nine others; ours beside LangGraph and huey at equal durability."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

from bench.fleets import PRINTS, PYTHON, Daemon, served, table
from bench.measure import Series, interleave, memory_mb
from bench.own import SEATS
from bench.peers import HUEY, LANGGRAPH, Peers
from bench.report import Bar, Line, Part
from bench.sizes import Size

HOW = (
    "Ten seats, each is given what the nine others published; {rounds} rounds; the ten of a round are woken together "
    "and waited for. LangGraph: ten nodes as functions in its own process, SqliteSaver, durability=sync, once side by "
    "side in one superstep and once in a chain. huey: ten tasks as functions, four worker threads that look every "
    "millisecond (its usual 100 ms would tell more of the wait), SqliteHuey(fsync=True). Both were asked: SQLite ran "
    "with journal_mode=wal, synchronous=FULL, so every commit is synced, as every group of our ledger is. The first "
    "of ours, with a canned end for each process, is the fair one beside functions in process; it still pays for its "
    "socket and its clients."
)
NAMES = {
    "canned": "fleet, canned ends (no process)",
    "native": "fleet, native program",
    "python": "fleet, Python program",
    "fan": "LangGraph, side by side",
    "chain": "LangGraph, a chain",
    "huey": "huey",
}


def measure(folder: Path, size: Size, peers: Peers) -> Part:
    """Run the morning with every candidate."""
    part = Part("c", "The morning round", HOW.format(rounds=size.morning_rounds))
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {}
        for key, run in (("canned", PRINTS), ("native", PRINTS), ("python", PYTHON)):
            daemon = stack.enter_context(served(table(folder / key, run), canned=key == "canned"))
            runs[key] = partial(ours, daemon, size.morning_rounds)
        if not peers.why:
            runs |= _theirs(folder, size, peers)
        found = interleave(size.mornings, runs)
    beside = "fan" if "fan" in found else ""
    first = _tell(part, beside, found[beside]) if beside else None
    for key in found:
        if key != beside:
            _tell(part, key, found[key], beside=first)
    part.notes += [peers.why] if peers.why else checked(folder, peers)
    return part


def _theirs(folder: Path, size: Size, peers: Peers) -> dict[str, Callable[[], dict[str, float]]]:
    number = count()

    def run(program: Path, *more: str) -> dict[str, float]:
        words = ("round", str(folder / f"peer{next(number)}.db"), str(size.morning_rounds), "10", *more)
        found = peers.run(program, *words)
        if (found["synchronous"], found["journal"]) != (2, "wal"):
            raise RuntimeError(f"{program.name} is not as durable as it should be: {found}")
        wall, cpu = found["wall_s"] / found["turns"], found["cpu_s"] / found["turns"]
        return {"wall": 1e3 * wall, "cpu": 1e3 * cpu, "rss": found["rss_mb"], "import": found["import_s"]}

    return {
        "fan": partial(run, LANGGRAPH, "fan"),
        "chain": partial(run, LANGGRAPH, "chain"),
        "huey": partial(run, HUEY),
    }


def ours(daemon: Daemon, rounds: int) -> dict[str, float]:
    """Run the rounds with a daemon that is there already."""
    wall, cpu = time.perf_counter(), daemon.cpu_s()
    for _ in range(rounds):
        for answer in daemon.wake_all(SEATS):
            if answer["outcome"] != "done":
                raise RuntimeError(f"a turn ended {answer}")
    wall, cpu = time.perf_counter() - wall, daemon.cpu_s() - cpu
    turns = rounds * len(SEATS)
    return {"wall": 1e3 * wall / turns, "cpu": 1e3 * cpu / turns, "rss": memory_mb(daemon.pid)["rss"]}


def _tell(part: Part, key: str, found: dict[str, Series], *, beside: Line | None = None) -> Line:
    line = part.add(f"{NAMES[key]}: wall a turn", "ms", found["wall"], beside=beside)
    if key == "canned" and beside is not None:
        part.add("– more than LangGraph, side by side", "ms", line.series.less(beside.series), Bar(1.0))
    part.add("– CPU a turn, of its own process", "ms", found["cpu"])
    part.add("– memory", "MB", found["rss"])
    if "import" in found:
        part.add("– import", "s", found["import"])
    return line


def checked(folder: Path, peers: Peers) -> list[str]:
    """Say what each peer has not, and what was seen when it was killed in the middle of a round."""
    told = ", ".join(f"{name} {number}" for name, number in peers.versions.items())
    return [f"Peers: {told}.", _langgraph(folder, peers), _huey(folder, peers), *LACKS]


def _langgraph(folder: Path, peers: Peers) -> str:
    (folder / "crash-langgraph").mkdir()
    ran = peers.crash(LANGGRAPH, folder / "crash-langgraph", 10)
    twice = sorted({name for name in ran if ran.count(name) > 1})
    what = f"{len(twice)} of the nine finished nodes ran again" if twice else "no finished node ran again"
    return f"LangGraph, killed with SIGKILL in the tenth of ten nodes side by side, a second after the nine: {what}."


def _huey(folder: Path, peers: Peers) -> str:
    (folder / "crash-huey").mkdir()
    ran = peers.crash(HUEY, folder / "crash-huey", 10)
    ended = {line.split()[1] for line in ran if line.startswith("ended")}
    return (
        f"huey, killed with SIGKILL in the first of ten tasks: {10 - len(ended)} of the ten never ran to an end, also "
        "after a restart, because a task is deleted from the queue before it runs. fleet runs a lost turn once more."
    )


LACKS = [
    "LangGraph, tried: a node that is a plain function and hangs is not stopped. A node timeout is refused for it "
    "(ValueError: only for async nodes), and with step_timeout=0.5 a node that slept 4 s came back after 4 s. Its "
    "checkpoints are rows without a hash of the one before; the round keeps no record of which version of the shared "
    "state a node was given; before an action a person can be asked (interrupt), but no rule judges.",
    "huey, read in its source: a time limit of a task interrupts process and greenlet workers, not the threads used "
    "here. It has retries, priorities and a schedule. It has no state that others read (the round keeps one in its "
    "key-value store), no chain over what happened, and no rule that judges.",
    "fleet as measured records for each turn which version of which of nine states it was given, hashes program and "
    "charter twice, keeps every earlier state as a file, chains all records, and ends the whole tree of a program "
    "that hangs. Messages and actions, and so verdicts, are not in this round.",
]
