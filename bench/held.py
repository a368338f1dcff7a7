"""Held: many actions wait for one claim; what they cost while they wait, and what happens when it clears."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.act import HEAD, SEAT, finish, floor, instant, offers, ready
from bench.fleets import PRINTS, Account, Daemon, served
from bench.inside import pauses
from bench.measure import Series, interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "A seat that goes first claims an account; others offer 1,000 actions on it (`/bin/true`, told of the action on "
    "stdin), and all are held. *Something else* is a turn of a seat that has nothing to do with it, woken over the "
    "socket, with 1,000 held and with none. *Judged again* is the first seat publishing anew while it keeps its claim: "
    "all 1,000 looked at its state, so all are judged again, and nothing changes. Then it gives the claim up: the time "
    "from that turn's end until the last of 1,000 has run and its outcome is recorded. The *longest pause* is the "
    "longest step of the loop, in which nobody else is served. The floor starts 1,000 of the same program, with a "
    "synced line before and after each; of one seat one runs at a time, of all together 8."
)
CLAIM = """now=$(date +%s%N)
[ -e work/claim ] && claims='{"about": "account:a1"}'
printf '{"headline": "%s", "claims": [%s]}' "$now" "$claims"
"""
TRUE = ("/bin/true",)
OTHERS, BATCHES = 10, 6
"""Turns of the seat that has nothing to do with it, and how often so many."""
AT_ONCE = 8


def measure(folder: Path, size: Size) -> Part:
    """Measure one seat with all of the actions, and many with a few each."""
    part = Part("k", f"{size.held:,} held actions, and the claim clears", HOW)
    folder.mkdir()
    many = min(100, size.held // 2)
    plans = {"1 seat": (1, size.held, 1), f"{many} seats": (many, size.held // many, AT_ONCE)}
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {}
        for name, (seats, each, at_once) in plans.items():
            root = write(folder / name.replace(" ", "-"), seats, each)
            daemon = stack.enter_context(served(root, watched=True))
            runs[f"ours {name}"] = partial(clear, daemon, seats, seats * each)
            runs[f"floor {name}"] = partial(_floor, folder / "floor.log", seats * each, at_once)
        found = interleave(max(1, size.rounds // 2), runs)
    for name, (seats, each, _) in plans.items():
        _tell(part, name, seats * each, found[f"ours {name}"], found[f"floor {name}"])
    return part


def write(root: Path, seats: int, each: int) -> Path:
    """Write a fleet: the seat that goes first, those that offer, and one that has nothing to do with it."""
    root.mkdir()
    names = [f"low{i}" for i in range(seats)]
    text = HEAD + "".join(SEAT.format(name=name) for name in names)
    text += SEAT.format(name="top").replace("sh offers.sh", "sh claim.sh")
    text += SEAT.format(name="other").replace("sh offers.sh", PRINTS)
    text += "actions:\n  act: {run: /bin/true, about: account}\n"
    (root / "fleet.yaml").write_text(text + "conflicts:\n  - {about: account, rank: [top, low0]}\n")
    for name in names:
        offers(root, name, each, "account:a1")
    (root / "seats" / "top" / "work").mkdir(parents=True)
    (root / "seats" / "top" / "claim.sh").write_text(CLAIM)
    return root


def clear(daemon: Daemon, seats: int, count: int) -> dict[str, float]:
    """Hold that many actions, look what that costs, and let them go."""
    root, names = daemon.root, [f"low{i}" for i in range(seats)]
    claim = root / "seats" / "top" / "work" / "claim"
    claim.touch()
    daemon.wake("top")
    free = something_else(daemon)
    ready(root, names)
    account = Account(root)
    for at in range(0, seats, AT_ONCE):
        daemon.wake_all(names[at : at + AT_ONCE])
    finish(account, count, '"verdict":"hold"')
    held = something_else(daemon)
    again = _again(daemon)
    claim.unlink()
    return {"free": free, "held": held, **again, **_go(daemon, count)}


def something_else(daemon: Daemon) -> float:
    """Let the seat that has nothing to do with it have turns; milliseconds of the daemon's CPU a turn.

    The least of some batches, for what others do on the machine only adds.
    """
    found = []
    for _ in range(BATCHES):
        cpu = daemon.cpu_s()
        for _ in range(OTHERS):
            daemon.wake("other")
        found.append(1e3 * (daemon.cpu_s() - cpu) / OTHERS)
    return min(found)


def _again(daemon: Daemon) -> dict[str, float]:
    """Let the first seat publish while it keeps its claim."""
    account, seen, cpu = Account(daemon.root), _pauses(daemon.root), daemon.cpu_s()
    daemon.wake("top")
    time.sleep(0.5)
    took = 1e3 * (daemon.cpu_s() - cpu)
    if account.count('"what":"verdict"'):
        raise RuntimeError("a verdict changed though nothing did")
    return {"again": took, "again pause": max(_pauses(daemon.root)[len(seen) :], default=0.0)}


def _go(daemon: Daemon, count: int) -> dict[str, float]:
    account, seen, cpu = Account(daemon.root), _pauses(daemon.root), daemon.cpu_s()
    daemon.wake("top")
    finish(account, count)
    time.sleep(0.05)
    cpu = daemon.cpu_s() - cpu
    cleared = next(one for one in account.records("turn_ended") if one["seat"] == "top")
    outcomes = account.records("action_outcome")
    if len(outcomes) != count:
        raise RuntimeError(f"{len(outcomes)} actions ran, and {count} should have")
    return {
        "wall": max(instant(one) for one in outcomes) - instant(cleared),
        "first": 1e3 * (min(instant(one) for one in outcomes) - instant(cleared)),
        "cpu": 1e3 * cpu / count,
        "pause": max(_pauses(daemon.root)[len(seen) :], default=0.0),
    }


def _pauses(root: Path) -> list[float]:
    """Read the long steps of the loop so far, in milliseconds."""
    return [took for took, _ in pauses(root)]


def _floor(log: Path, count: int, at_once: int) -> dict[str, float]:
    return {"wall": floor(log, count, at_once, TRUE)["wall_s"]}


def _tell(part: Part, name: str, count: int, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    free = part.add(f"{name}: something else, none held: CPU a turn", "ms", ours["free"])
    what = f"{name}: something else, {count:,} held: CPU a turn"
    held = part.add(what, "ms", ours["held"], Bar(1.1, ratio=True), beside=free)
    part.add("– more than with none", "ms", held.series.less(free.series))
    part.add(f"{name}: {count:,} judged again: CPU", "ms", ours["again"])
    part.add("– longest pause", "ms", ours["again pause"])
    below = part.add(f"floor: {count:,} started, {name}", "s", floor["wall"])
    line = part.add(f"{name}: {count:,} judged and run", "s", ours["wall"], beside=below)
    part.add("– of it over the floor, an action", "ms", _each(line.series.less(below.series), count))
    part.add("– until the first outcome", "ms", ours["first"])
    part.add("– CPU of the daemon, an action", "ms", ours["cpu"])
    part.add("– longest pause", "ms", ours["pause"])


def _each(series: Series, count: int) -> Series:
    return Series(tuple(1e3 * value / count for value in series.values))
