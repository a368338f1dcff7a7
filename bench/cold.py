"""Cold: how long a command takes from its start to its end, beside an empty Python."""

from __future__ import annotations

import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.account import drafts_of, write
from bench.fleets import PRINTS, environment, served
from bench.fleets import write as fleet_of
from bench.measure import Series, interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Each command is a process of its own, started again and again in turn with the others; caches are warm and "
    "bytecode is kept (PYTHONDONTWRITEBYTECODE is unset). The floor is `python -c pass` of the same environment. "
    "Every seat has had one turn today, and reads the one before it. Nothing serves the fleet unless said. The YAML "
    "loader is a process that reads the same text by `yaml.load` with `CSafeLoader`, and nothing else."
)
FEW = 15
FIRST_M = 5 * 60
"""The minute of the day at which the first seat wakes; each other one a minute later."""
NO_DAEMON = 3
"""What `status` exits with when it has told what the files say and no daemon runs."""
RULES = 100
RULE = """\
  - name: dispute-{n}
    seat: s1
    action: write
    if: state["s0"].items.exists(i, i.kind == "dispute-{n}" && i.about == action.about)
    then: hold
    examples:
      - {{about: account:acme, state: {{s0: {{items: [{{kind: dispute-{n}, about: account:acme}}]}}}}, expect: hold}}
      - {{about: account:volt, state: {{s0: {{items: []}}}}, expect: passes}}
  - name: big-{n}
    action: write
    if: action.with.amount > {n}000 && !action.outside
    then: ask boss
    examples:
      - {{about: account:acme, with: {{amount: {n}001}}, expect: ask boss}}
      - {{about: account:acme, with: {{amount: 9}}, expect: passes}}
"""
LOADS = "import sys, yaml; yaml.load(open(sys.argv[1]).read(), Loader=yaml.CSafeLoader)"
FLEET = (sys.executable, "-m", "fleet")
ANYWHERE = (
    ("--version",),
    ("--help",),
    ("explain", "good_for"),
    ("explain", "F310"),
    ("explain", "every 4h"),
)
ASKED = ((), ("status",), ("status", "s3"))
"""What a daemon answers, if there is one."""
READ = (
    ("tail",),
    ("trace", "t-3"),
    ("why", "s3"),
    ("brief", "s3"),
    ("chart",),
    ("inbox", "s3"),
    ("approve",),
    ("audit", "verify"),
    ("explain", "every 4h"),
    ("check",),
    ("plan",),
    ("simulate", "--for", "1d"),
    ("rules",),
)
"""What is read from the files alone."""


def measure(folder: Path, size: Size) -> Part:
    """Measure the commands that only read, with few seats and many, and a shell's Tab."""
    part = Part("f", "Cold start of commands", HOW)
    few, up, many = (
        _sound(folder / name, n) for name, n in (("few", FEW), ("up", FEW), ("many", size.many_seats))
    )
    long = folder / "long"
    write(long, drafts_of(size.records))
    (long / "fleet.yaml").write_bytes((many / "fleet.yaml").read_bytes())
    for root in (few, many):
        subprocess.run((*FLEET, "-C", str(root), "-q", "up", "--once"), env=environment(), check=True)
    asked = {_said(words): (*FLEET, *words) for words in ANYWHERE}
    asked |= {f"{_said(words)}, {FEW} seats, daemon": _in(up, words) for words in ASKED}
    for root, seats in ((few, FEW), (many, size.many_seats)):
        asked |= {f"{_said(words)}, {seats} seats": _in(root, words) for words in (*ASKED, *READ)}
    tabs = {
        f"a shell's Tab for a seat, {size.many_seats} seats": tab(many, "status"),
        f"a shell's Tab for an id, {size.many_seats} seats, {size.records:,} records": tab(long, "approve"),
    }
    tries = {
        f"fleet rules test, {RULES} rules with 2 examples each": _in(
            _ruled(folder / "ruled"), ("rules", "test")
        ),
        f"fleet rules, {size.records:,} records": _in(long, ("rules",)),
    }
    loads = (sys.executable, "-c", LOADS, str(many / "fleet.yaml"))
    commands = {"pass": (sys.executable, "-c", "pass"), "yaml": loads, **asked, **tabs, **tries}
    with ExitStack() as stack:
        stack.enter_context(served(up))
        runs: dict[str, Callable[[], dict[str, float]]] = {
            name: partial(once, argv) for name, argv in commands.items()
        }
        for run in runs.values():
            run()
        found = interleave(size.starts, runs)
    for name in tries:
        part.add(name, "ms", found[name]["wall"])
        part.add("– CPU", "ms", found[name]["cpu"], Bar(300))
    _tell(part, found, asked, tabs, f"fleet check, {size.many_seats} seats")
    return part


def _tell(
    part: Part,
    found: Mapping[str, Mapping[str, Series]],
    asked: Iterable[str],
    tabs: Iterable[str],
    check: str,
) -> None:
    floor = part.add("floor: python -c pass", "ms", found["pass"]["wall"])
    below = part.add("– its CPU", "ms", found["pass"]["cpu"])
    for name in asked:
        part.add(name, "ms", found[name]["wall"], Bar(200), beside=floor)
        part.add("– CPU", "ms", found[name]["cpu"], Bar(8, ratio=True), beside=below)
    loader = part.add("the YAML loader alone, the same seats: CPU", "ms", found["yaml"]["cpu"])
    part.add(f"{check}: CPU", "ms", found[check]["cpu"], Bar(2, ratio=True), beside=loader)
    for name in tabs:
        part.add(name, "ms", found[name]["wall"], Bar(200), beside=floor)


def _sound(root: Path, seats: int) -> Path:
    """Write seats in a row that each wake a minute after the one they read, so that `check` has nothing to say."""
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(FIRST_M, FIRST_M + seats)]
    rows = [(f"s{i}", PRINTS, [f"s{i - 1}"] if i else [], f"every day at {at}") for i, at in enumerate(times)]
    return fleet_of(root, rows)


def _ruled(root: Path) -> Path:
    """Write a few seats and many rules with examples, half of them over a list, half over a payload."""
    _sound(root, FEW)
    rules = "".join(RULE.format(n=n) for n in range(1, RULES // 2 + 1))
    with (root / "fleet.yaml").open("a") as file:
        file.write(f"actions:\n  write: {{run: ./write, about: account}}\nrules:\n{rules}")
    return root


def _said(words: Sequence[str]) -> str:
    return shlex.join(("fleet", *words))


def _in(root: Path, words: Sequence[str]) -> tuple[str, ...]:
    return (*FLEET, "-C", str(root), *words)


def tab(root: Path, verb: str) -> tuple[str, ...]:
    """Give the command with which bash asks what it can offer behind a verb; no daemon answers it."""
    asks = ("_FLEET_COMPLETE=complete_bash", f"COMP_WORDS=fleet -C {root} {verb} ", "COMP_CWORD=4")
    return ("env", *asks, sys.executable, "-m", "fleet")


def once(argv: tuple[str, ...]) -> dict[str, float]:
    """Run a command once; milliseconds."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, NO_DAEMON):
        raise RuntimeError(f"{argv[3:]} ended with {done.returncode}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"wall": 1e3 * wall, "cpu": 1e3 * cpu}
