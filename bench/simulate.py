"""Simulate: how long `fleet simulate` takes from its start to its end, beside an empty Python and reading the chart."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.cold import once
from bench.fleets import PRINTS, environment, write
from bench.measure import Series, interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Each command is a process of its own, in turn with the others, in a folder with fleet.yaml and no ledger. A third "
    "of the seats wakes once on a workday, each at a minute of its own, a third every two or four hours of the day, a "
    "third every hour of an office day; each reads two others. The floor is `python -c pass` and then reading the same "
    "YAML with PyYAML's C loader, every scalar as text: what any program that knows the chart must do. Of each "
    "promised wake its instant, its place in the order, what it reads and until when that holds are worked out."
)
FEW, DAYS = 15, 30
FROM = "2026-10-15"
"""Thirty days from here have a change of the clock in them."""
READ = "import sys, yaml; yaml.load(open(sys.argv[1]), type('L', (yaml.CSafeLoader,), {'yaml_implicit_resolvers': {}}))"


def measure(folder: Path, size: Size) -> Part:
    """Measure the floor, a few seats over a week, and many over a month."""
    part = Part("l", f"Simulating {size.many_seats:,} seats over {DAYS} days", HOW)
    few, many = busy(folder / "few", FEW), busy(folder / "many", size.many_seats)
    floor, fleet = (sys.executable, "-c", READ), (sys.executable, "-m", "fleet")
    month = ("simulate", "--from", FROM, "--for", f"{DAYS}d")
    commands = {
        "empty": (sys.executable, "-c", "pass"),
        "few floor": (*floor, str(few / "fleet.yaml")),
        "few": (*fleet, "-C", str(few), "simulate", "--from", FROM, "--for", "7d"),
        "floor": (*floor, str(many / "fleet.yaml")),
        "check": (*fleet, "-C", str(many), "check"),
        "many": (*fleet, "-C", str(many), *month),
        "json": (*fleet, "-C", str(many), *month, "--json"),
    }
    runs: dict[str, Callable[[], dict[str, float]]] = {
        name: partial(once, argv) for name, argv in commands.items()
    }
    for run in runs.values():
        run()
    found = interleave(size.rounds, runs)
    _tell(part, size, found, wakes(commands["json"]))
    return part


def busy(root: Path, size: int) -> Path:
    """Write a fleet whose seats wake at many different instants."""
    seats = []
    for i in range(size):
        minute, hour = i % 60, 6 + i // 60 % 12
        when = (
            f"weekdays at {hour:02}:{minute:02}",
            f"every {2 + 2 * (i % 2)}h from {hour % 6:02}:{minute:02} to 23:{minute:02}",
            f"every 1h from 08:{minute:02} to 18:{minute:02} on weekdays",
        )[i % 3]
        reads = [f"s{i - back}" for back in (1, 7) if i >= back]
        seats.append((f"s{i}", PRINTS, reads, when))
    return write(root, seats)


def wakes(argv: tuple[str, ...]) -> int:
    """Count the wakes that a simulation lists."""
    done = subprocess.run(argv, env=environment(), stdout=subprocess.PIPE, check=True)
    return len(json.loads(done.stdout)["data"]["wakes"])


def _tell(part: Part, size: Size, found: dict[str, dict[str, Series]], count: int) -> None:
    wall = {name: series["wall"] for name, series in found.items()}
    cpu = {name: series["cpu"] for name, series in found.items()}
    empty = part.add("floor: python -c pass", "ms", wall["empty"])
    few = part.add(f"floor: {FEW} seats as YAML", "ms", wall["few floor"], beside=empty)
    part.add(f"fleet simulate, {FEW} seats, 7 days", "ms", wall["few"], beside=few)
    part.add("– CPU", "ms", cpu["few"], Bar(300))
    many = part.add(f"floor: {size.many_seats:,} seats as YAML", "ms", wall["floor"], beside=empty)
    below = part.add("– its CPU", "ms", cpu["floor"])
    checked = part.add(f"fleet check, {size.many_seats:,} seats: CPU", "ms", cpu["check"], beside=below)
    name = f"fleet simulate, {size.many_seats:,} seats, {DAYS} days"
    part.add(name, "ms", wall["many"], Bar(10_000), beside=many)
    own = part.add("– CPU", "ms", cpu["many"], Bar(2_000), beside=below)
    part.add("– of it more than fleet check", "ms", own.series.less(checked.series))
    rate = Series.of(1e3 * count / ms for ms in own.series.values)
    part.add(f"– of {count:,} promised wakes, a second of CPU", "wakes/s", rate)
    part.add(f"{name}, --json", "ms", wall["json"], beside=many)
    part.add("– CPU", "ms", cpu["json"], beside=below)
