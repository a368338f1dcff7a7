"""Fleets: throw-away fleets on disk, and a daemon over one of them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.measure import child_cpu_s, cpu_s, until
from fleet.edge.socket import ask
from fleet.errors import Broken, FleetError, NotRunning

PRINTS = "date +%s.%N"
"""A native program that reads nothing and gives a new result every time: the time."""
AGENT = """import json, os, sys
brief = json.load(open(os.environ["FLEET_BRIEF"]))
fresh = sum(1 for read in brief["reads"].values() if read["state"] is not None)
print(f"{brief['turn']} read {fresh} of {len(brief['reads'])}")
"""
"""A holder as an author writes one: plain Python that reads its brief."""
PYTHON = "python agent.py"
START_S = 60.0
HERE = Path(__file__).resolve().parents[1]
HEAD = (
    "fleet: {name}\ntimezone: UTC\nlimits: {{turns_at_once: {at_once}, wakes_an_hour: 10000}}\n"
    "defaults: {{limit: 1m}}\nseats:\n"
)
CHAIN = 8
"""Seats in a chain: it ends before the hops do."""
BOSS = "  boss: {{title: Boss, person: Ann, reads: [{reads}]}}\n"
SEAT = (
    "  {name}: {{title: Seat, run: {run}, answers_to: boss, owns: [{name}], reads: [{reads}], "
    "when: [{when}], scorecard: {{made: at least 5 a week}}}}\n"
)


def write(root: Path, seats: Sequence[tuple[str, str, Sequence[str], str]], *, at_once: int = 4) -> Path:
    """Write a fleet of seats, each (name, run, reads, when)."""
    root.mkdir(parents=True)
    names = [seat[0] for seat in seats]
    text = HEAD.format(name=root.name, at_once=at_once) + BOSS.format(reads=", ".join(names))
    for name, run, reads, when in seats:
        text += SEAT.format(name=name, run=run, reads=", ".join(reads), when=when)
        if run == PYTHON:
            (root / "seats" / name).mkdir(parents=True)
            (root / "seats" / name / "agent.py").write_text(AGENT)
    (root / "fleet.yaml").write_text(text)
    return root


def chains(root: Path, run: str, *, at_once: int = 1) -> Path:
    """Write chains of eight seats, as many as run at once, each seat woken when the one before it publishes."""
    seats: list[tuple[str, str, Sequence[str], str]] = []
    for chain in range(at_once):
        names = [f"c{chain}-{i}" for i in range(CHAIN)]
        seats.append((names[0], run, [names[1]], "when asked"))
        pairs = zip(names, names[1:], strict=False)
        seats += [(name, run, [before], f"when {before} publishes") for before, name in pairs]
    return write(root, seats, at_once=at_once)


def table(root: Path, run: str, *, size: int = 10, at_once: int = 4) -> Path:
    """Write seats that each read all the others, woken when asked."""
    names = [f"s{i}" for i in range(size)]
    seats = [(name, run, [n for n in names if n != name], "when asked") for name in names]
    return write(root, seats, at_once=at_once)


def row(root: Path, run: str, when: str, *, size: int, at_once: int = 4) -> Path:
    """Write seats in a row, each reading the one before it."""
    seats = [(f"s{i}", run, [f"s{i - 1}"] if i else [], when) for i in range(size)]
    return write(root, seats, at_once=at_once)


def environment() -> dict[str, str]:
    """Give an environment in which Python keeps the bytecode it compiled, as on a usual machine."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "FLEET_TURN", "PYTHONUNBUFFERED")
    return {key: value for key, value in os.environ.items() if key not in dropped}


class Daemon:
    """`fleet up` over a folder as a child of ours.

    `canned` is the same daemon with no processes behind it, `watched` the same with its loop's pauses noted.
    """

    def __init__(self, root: Path, *, canned: bool = False, watched: bool = False) -> None:
        self.root = root
        self._log = (root / "daemon.log").open("ab")
        program = ["fleet", "-C", str(root), "-q", "up"]
        if canned or watched:
            how = "noted" if canned and watched else "serve" if canned else "watched"
            program = ["bench.inside", how, str(root)]
        self._child = subprocess.Popen(
            [sys.executable, "-m", *program],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment(),
            cwd=HERE,
        )
        self.pid = self._child.pid

    def ask(self, verb: str, **args: Any) -> dict[str, Any]:
        """Ask it, as one client over its socket."""
        answer: dict[str, Any] = ask(str(self.root), verb, args, person=None, wait_s=START_S)
        return answer

    def answers(self) -> bool:
        """Say whether it serves; raises RuntimeError if it has ended."""
        if self._child.poll() is not None:
            raise RuntimeError(f"the daemon ended: {(self.root / 'daemon.log').read_text()[-500:]}")
        try:
            return self.ask("status").get("pid") == self.pid
        except (NotRunning, Broken):
            return False

    def settle(self, patience_s: float = START_S) -> None:
        """Wait until it answers and its first turns have ended."""
        step_s = patience_s / 3000  # a big fleet is not asked all the time
        until(self.answers, patience_s, step_s=step_s, tell="the daemon answers")
        until(self.begun, patience_s, step_s=step_s, tell="the first turns end")

    def begun(self) -> bool:
        """Say whether every seat that an agent holds has had its first turn."""
        return all(s["last_at"] for s in self.ask("status")["seats"] if s["seat"] != "boss")

    def wake(self, seat: str) -> dict[str, Any]:
        """Wake a seat and wait until the turn has ended."""
        return self.ask("wake", seat=seat, wait=True)

    def wake_all(self, seats: Sequence[str]) -> list[dict[str, Any]]:
        """Wake seats at once, each by a client of its own."""
        with ThreadPoolExecutor(len(seats)) as pool:
            return list(pool.map(self.wake, seats))

    @contextlib.contextmanager
    def kept_going(self, seats: Sequence[str]) -> Iterator[None]:
        """Wake these seats in turn, again and again, from beside."""
        over = threading.Event()

        def go_on() -> None:
            for seat in cycle(seats):
                if over.is_set():
                    return
                self.wake(seat)

        beside = threading.Thread(target=go_on)
        beside.start()
        try:
            yield
        finally:
            over.set()
            beside.join()

    def pause(self) -> None:
        """Let the turns that run end, and start no more."""
        with contextlib.suppress(FleetError):
            self.ask("pause", seat=None, because="bench")
        time.sleep(0.2)

    def resume(self) -> None:
        """Go on."""
        self.ask("resume", seat=None)

    def cpu_s(self) -> float:
        """CPU seconds of the daemon itself."""
        return cpu_s(self.pid)

    def holders_cpu_s(self) -> float:
        """CPU seconds of the turns' processes that have ended."""
        return child_cpu_s(self.pid)

    def kill(self) -> None:
        """Kill it as the machine's own out-of-memory killer would."""
        self._child.kill()
        self._child.wait()
        self._log.close()

    def stop(self) -> None:
        """Stop it; twice, if a turn keeps it."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()
        self._log.close()


@contextlib.contextmanager
def served(
    root: Path, *, canned: bool = False, watched: bool = False, patience_s: float = START_S
) -> Iterator[Daemon]:
    """Serve a folder while the block runs; the first turns have ended when it begins."""
    daemon = Daemon(root, canned=canned, watched=watched)
    try:
        daemon.settle(patience_s)
        yield daemon
    finally:
        daemon.stop()


class Account:
    """Reads what the ledger of a folder says from now on."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._from = self._sizes()

    def ended(self) -> dict[str, int]:
        """Count the turns that ended, by outcome."""
        return Counter(record["data"]["outcome"] for record in self.records("turn_ended"))

    def records(self, what: str) -> list[dict[str, Any]]:
        """Read the records of one kind that were added."""
        mark = f'"what":"{what}"'.encode()
        return [json.loads(line) for line in self._added() if mark in line]

    def count(self, *marks: str) -> int:
        """Count the records that hold some texts."""
        return sum(all(mark.encode() in line for mark in marks) for line in self._added())

    def _added(self) -> Iterator[bytes]:
        for path, size in self._sizes().items():
            with path.open("rb") as file:
                file.seek(self._from.get(path, 0))
                yield from file.read(size - self._from.get(path, 0)).splitlines()

    def bytes(self) -> int:
        """Count the bytes that were added."""
        return sum(self._sizes().values()) - sum(self._from.values())

    def _sizes(self) -> dict[Path, int]:
        return {path: path.stat().st_size for path in sorted((self._root / "ledger").glob("*.jsonl"))}


def only(ended: dict[str, int], outcome: str) -> int:
    """Give how many turns ended, all of them so; raises RuntimeError if one ended otherwise."""
    if set(ended) != {outcome}:
        raise RuntimeError(f"turns ended {ended}, and all should have been {outcome}")
    return ended[outcome]
