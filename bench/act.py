"""Act: from the end of a turn that offers actions to their programs, beside starting the same programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.fleets import HERE, START_S, Account, Daemon, environment, served
from bench.measure import Series, interleave, until
from bench.report import Part
from bench.sizes import Size

HOW = (
    "A turn ends and offers actions; each is judged, its intent is recorded and synced, its program gets the action on "
    "stdin, prints the time and ends, and its outcome is recorded and synced. Times are those that the ledger holds "
    "(`turn_ended`, `action_outcome`) and that the programs print. The floor appends a line of 1 KB with fdatasync, "
    "starts the same program with as much on its stdin, reads what it prints, waits for it, and appends another. *In a "
    "row* are all actions of one turn of one seat, which run one after the other; *8 seats* offer at once, and 8 "
    "actions run at a time."
)
LINE_BYTES = 1000
TICK = "import time\nprint(time.time())\n"
OFFERS = 'printf \'{"headline": "%s", "actions": [\' "$(date +%s%N)"; cat work/actions; printf \']}\'\n'
"""What a seat runs: it offers what stands in a file, under a headline of its own each time."""
HEAD = "fleet: acts\ntimezone: UTC\nlimits: {turns_at_once: 8}\nseats:\n  boss: {title: Boss, person: Ann}\n"
SEAT = (
    "  {name}: {{title: Seat, run: sh offers.sh, answers_to: boss, owns: [{name}], when: [when asked], "
    "can: {{do: [act]}}, scorecard: {{made: at least 5 a week}}}}\n"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of run: which program acts, how many seats offer, how many actions each in a turn."""

    what: str
    run: str
    argv: tuple[str, ...]
    seats: int = 1
    each: int = 1


def cases(tick: Path, size: Size) -> tuple[Case, ...]:
    """Give the kinds of run that are measured."""
    native = ("date +%s.%N", ("date", "+%s.%N"))
    python = (f"{sys.executable} {tick}", (sys.executable, str(tick)))
    return (
        Case("native program, one a turn", *native),
        Case("Python program, one a turn", *python),
        Case("native program, in a row", *native, each=size.acts),
        Case("Python program, in a row", *python, each=size.acts),
        Case("native program, 8 seats", *native, seats=8, each=max(1, size.acts // 4)),
    )


def measure(folder: Path, size: Size) -> Part:
    """Measure every case beside its floor."""
    part = Part("j", "Offer → act", HOW)
    folder.mkdir()
    tick = folder / "tick.py"
    tick.write_text(TICK)
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {}
        for number, case in enumerate(cases(tick, size)):
            daemon = stack.enter_context(served(write(folder / f"case{number}", case)))
            times = case.seats * case.each
            turns = 1 if times > 1 else max(2, size.acts // 4)
            runs[f"ours {case.what}"] = partial(offer, daemon, case, turns)
            runs[f"floor {case.what}"] = partial(_floor, folder / "floor.log", case, max(times, turns))
        found = interleave(size.rounds, runs)
    for case in cases(tick, size):
        _tell(part, case, found[f"ours {case.what}"], found[f"floor {case.what}"])
    return part


def write(root: Path, case: Case) -> Path:
    """Write a fleet whose seats offer as many actions in a turn as their files hold."""
    root.mkdir()
    names = [f"s{i}" for i in range(case.seats)]
    text = HEAD + "".join(SEAT.format(name=name) for name in names)
    (root / "fleet.yaml").write_text(text + f"actions:\n  act: {{run: {case.run}, about: account}}\n")
    for name in names:
        offers(root, name, case.each, "account:a1")
    return root


def offers(root: Path, seat: str, count: int, about: str) -> None:
    """Let a seat offer that many actions in each of its turns, once it is `ready`."""
    work = root / "seats" / seat / "work"
    work.mkdir(parents=True, exist_ok=True)
    actions = [{"kind": "act", "about": about, "with": {"text": "x" * 200, "n": i}} for i in range(count)]
    (work / "later").write_text(json.dumps(actions)[1:-1])
    (work / "actions").write_text("")
    (work.parent / "offers.sh").write_text(OFFERS)


def ready(root: Path, seats: list[str]) -> None:
    """Let the next turns of seats offer what their first ones did not."""
    for name in seats:
        work = root / "seats" / name / "work"
        (work / "actions").write_bytes((work / "later").read_bytes())


def offer(daemon: Daemon, case: Case, turns: int) -> dict[str, float]:
    """Let the seats have turns and their actions run; milliseconds an action."""
    seats = [f"s{i}" for i in range(case.seats)]
    ready(daemon.root, seats)
    wall, cpu, account, began, ended = 0.0, daemon.cpu_s(), Account(daemon.root), [], []
    for _ in range(turns):
        one = Account(daemon.root)
        daemon.wake_all(seats)
        finish(one, case.seats * case.each)
        offered, outcomes = one.records("turn_ended"), one.records("action_outcome")
        at = min(instant(record) for record in offered)
        ended += [instant(record) - at for record in outcomes]
        began += [float(record["data"]["output"]) - at for record in outcomes]
        wall += max(instant(record) for record in outcomes) - at
    cpu, times = daemon.cpu_s() - cpu, turns * case.seats * case.each
    return {
        "started": 1e3 * median(began),
        "ended": 1e3 * median(ended),
        "wall": 1e3 * wall / times,
        "cpu": 1e3 * cpu / times,
        "bytes": account.bytes() / times,
    }


def finish(account: Account, count: int, mark: str = '"what":"action_outcome"') -> None:
    """Wait until the ledger has so many records of a sort; raises RuntimeError if an action did not succeed."""
    until(lambda: account.count(mark) >= count, START_S, step_s=0.02, tell=f"{count} of {mark}")
    if account.count('"outcome":"failed"') or account.count('"outcome":"unknown"'):
        raise RuntimeError("an action or a turn did not succeed")


def instant(record: dict[str, Any]) -> float:
    """Give when a record was made, in seconds since the epoch."""
    return datetime.fromisoformat(record["at"]).timestamp()


def _floor(log: Path, case: Case, times: int) -> dict[str, float]:
    found = floor(log, times, case.seats, case.argv)
    return {
        "started": 1e3 * found["started_s"],
        "ended": 1e3 * found["ended_s"],
        "wall": 1e3 * found["wall_s"] / times,
        "cpu": 1e3 * found["cpu_s"] / times,
    }


def floor(log: Path, times: int, at_once: int, argv: tuple[str, ...]) -> dict[str, float]:
    """Run the floor in a process of its own."""
    words = ["act", str(times), str(at_once), str(log), str(LINE_BYTES), *argv]
    done = subprocess.run(
        [sys.executable, "-m", "bench.floors", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        cwd=HERE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _tell(part: Part, case: Case, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    if case.seats * case.each == 1:
        for key, what in (("started", "→ started"), ("ended", "→ ended")):
            below = part.add(f"floor: {case.what} {what}", "ms", floor[key])
            line = part.add(f"{case.what} {what}", "ms", ours[key], beside=below)
            part.add("– of it over the floor", "ms", line.series.less(below.series))
        return
    below = part.add(f"floor: {case.what}, an action", "ms", floor["wall"])
    line = part.add(f"{case.what}, an action", "ms", ours["wall"], beside=below)
    part.add("– of it over the floor", "ms", line.series.less(below.series))
    part.add("– CPU of the daemon, with its share of the turn", "ms", ours["cpu"])
    part.add("– CPU of the floor's loop itself", "ms", floor["cpu"])
    part.add("– ledger", "bytes", ours["bytes"])
