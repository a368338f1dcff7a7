"""Rehearse: turns a second and days a minute on a clock that jumps, and a year in memory that stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.fleets import HERE, PRINTS, PYTHON, environment, only, write
from bench.measure import Series, interleave
from bench.report import Bar, Part
from bench.sizes import Size

HOW = (
    "Each rehearsal is a process of its own, timed from the copying of the folder to its end. The floor keeps two of "
    "the same program running, 2 KB to its stdin, its stdout read, and writes nothing. *Turns* are of eight seats that "
    "wake together every five minutes, two at a time, each reading one other. *The example* is sneeze-it as it stands "
    "at the root, its actions recorded, its world moved on by `sneeze.feed --once` twice a day. *A year* is of six "
    "seats, of which all but one have a `stand_in`, a shell script that prints a result; with mail and actions each "
    "day. Its memory is looked at each 30 virtual days."
)
SH = "sh agent.sh"
SAYS = 'printf \'{"headline": "%s", "as_of": "%s"}\' "$FLEET_TURN" "$FLEET_NOW"\n'
SEATS = 8
MONDAY = datetime.fromisoformat("2026-11-23T00:00:00-05:00")
NEW_YEAR = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
COPIED = ("fleet.yaml", "seats", "actions", "sneeze")
FLAT = 1.1
"""By how much memory may grow after the first month."""


def measure(folder: Path, size: Size) -> Part:
    """Measure turns beside their programs, the example, and the year."""
    part = Part("m", "A rehearsal, beside starting its programs", HOW)
    folder.mkdir()
    runs: dict[str, Callable[[], dict[str, float]]] = {}
    for name, run in (("native program", PRINTS), ("shell script", SH), ("Python program", PYTHON)):
        root = together(folder / name.split()[0], run)
        runs[name] = partial(turns, root, size.rehearsed_h)
        runs[f"floor {name}"] = partial(_floor, root, run, size.window_s)
    example, script = agency(folder / "example", size.rehearsed_days)
    runs["example"] = partial(days, example, script, size.rehearsed_days)
    found = interleave(size.rounds, runs)
    for name in ("native program", "shell script", "Python program"):
        _tell_turns(part, name, found[name], found[f"floor {name}"])
    part.notes.append(
        "The ends of what runs at one instant are taken in together, so that a ledger comes out the same each time; "
        "our own part of a turn and the programs of others therefore never run side by side, as they do in a daemon."
    )
    _tell_days(part, found["example"])
    _tell_year(part, year(folder / "year", size.rehearsed_year_days), size.rehearsed_year_days)
    return part


def together(root: Path, run: str) -> Path:
    """Write seats that all wake at the same instants, two of which may run at once."""
    seats = [(f"s{i}", run, [f"s{i - 1}"] if i else [], "every 5m") for i in range(SEATS)]
    write(root, seats, at_once=2)
    for name, *_ in seats:
        (root / "seats" / name).mkdir(parents=True, exist_ok=True)
        (root / "seats" / name / "agent.sh").write_text(SAYS)
    return root


def turns(root: Path, hours: float) -> dict[str, float]:
    """Rehearse some hours; gives turns a second."""
    found = rehearsed(root, NEW_YEAR, hours / 24)
    count = only(found["turns"], "done")
    return {
        "a_second": count / found["wall_s"],
        "wall": 1e3 * found["wall_s"] / count,
        "own": 1e3 * found["own_s"] / count,
    }


def _floor(root: Path, run: str, seconds: float) -> dict[str, float]:
    brief = root / "brief.json"
    brief.write_text(json.dumps({"turn": "t-1", "reads": {"s0": {"state": {"headline": "x"}}}}))
    given = {"FLEET_BRIEF": str(brief), "FLEET_TURN": "t-1", "FLEET_NOW": NEW_YEAR.isoformat()}
    argv = [sys.executable, str(root / "seats/s0/agent.py")] if run == PYTHON else run.split()
    place = {"PYTHONPATH": str(HERE), **environment(), **given}
    done = subprocess.run(
        [sys.executable, "-m", "bench.floors", "spawn", str(seconds), "2", "", "0", *argv],
        env=place,
        stdout=subprocess.PIPE,
        check=True,
        cwd=root / "seats/s0",
    )
    found = json.loads(done.stdout)
    return {
        "a_second": found["turns"] / found["wall_s"],
        "wall": 1e3 * found["wall_s"] / found["turns"],
        "own": 1e3 * found["cpu_s"] / found["turns"],
    }


def agency(root: Path, count: int) -> tuple[Path, Path]:
    """Copy the example, make its data up to a Sunday evening, and write the script that moves its world on."""
    root.mkdir()
    for name in COPIED:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "work"))
        else:
            shutil.copy2(source, root / name)
    feed = ["-m", "sneeze.feed", "--root", ".", "--once"]
    now = (MONDAY - timedelta(hours=2)).isoformat()
    env = {**environment(), "FLEET_NOW": now}
    subprocess.run([sys.executable, *feed], cwd=root, env=env, check=True, capture_output=True)
    times = [MONDAY + timedelta(days=n, hours=hour) for n in range(count) for hour in (6.5, 12)]
    script = root.with_suffix(".json")
    script.write_text(json.dumps([[at.isoformat(), "run", {"program": ["python", *feed]}] for at in times]))
    return root, script


def days(root: Path, script: Path, count: int) -> dict[str, float]:
    """Rehearse days of the example; gives days a minute, and whose CPU time they took."""
    found = rehearsed(root, MONDAY, count, script)
    return {
        "a_minute": 60 * count / found["wall_s"],
        "turns": sum(found["turns"].values()) / count,
        "own": found["own_s"] / count,
        "programs": found["programs_s"] / count,
        "share": 100 * found["own_s"] / (found["own_s"] + found["programs_s"]),
    }


def year(root: Path, count: int) -> dict[str, Any]:
    """Rehearse a year, and walk the chain of the copy that is kept of it."""
    found = rehearsed(written_year(root), NEW_YEAR, count, keep=True)
    command = [sys.executable, "-m", "fleet", "-C", found["copy"], "audit", "verify"]
    checked = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment())
    again = judged_again(found["copy"])
    shutil.rmtree(found["copy"])
    return {**found, "verified": checked.returncode == 0, "says": checked.stdout.strip(), "again": again}


def judged_again(copy: str) -> str:
    """Judge the year's verdicts again by the charts of then; says how many came out the same, to the last word."""
    command = [sys.executable, "-m", "fleet", "-C", copy, "rules", "backtest", "--unchanged", "--json"]
    said = subprocess.run(
        [*command, "--since", f"{NEW_YEAR:%Y-%m-%d}"], stdout=subprocess.PIPE, check=True, env=environment()
    )
    found = json.loads(said.stdout)["data"]
    return f"{found['exact']:,} of {found['judged']:,} verdicts are the recorded ones, to the last word"


CHART = """fleet: year
timezone: UTC
limits: {turns_at_once: 2}
defaults: {good_for: 26h, limit: 1m}
seats:
  boss: {title: Boss, person: Ann, reads: [f, c, d]}
"""
YEAR = {
    "a": ("every day at 06:00", ""),
    "b": ("every day at 07:00", "reads: [a], can: {do: [note.append]}"),
    "c": ("when b publishes", "reads: [b], can: {do: [crm.touch]}"),
    "d": ("when mail arrives", ""),
    "e": ("weekdays at 12:00", "can: {do: [note.append]}"),
    "f": ("every day at 18:00", "reads: [a, e]"),
}
ACTIONS = """actions:
  note.append: {run: /bin/true, repeat: safe}
  crm.touch: {run: /bin/true, about: account, outside: yes}
"""
DOES = {
    "b": '"messages": [{"to": "d", "subject": "%s", "body": "x"}], '
    '"actions": [{"kind": "note.append", "with": {"t": "%s"}}]',
    "c": '"actions": [{"kind": "crm.touch", "about": "account:acme", "with": {"t": "%s"}}]',
    "e": '"actions": [{"kind": "note.append", "with": {"t": "%s"}}]',
}


def written_year(root: Path) -> Path:
    """Write the chart of the year: mail, actions inside and outside, and a value each day."""
    text = CHART
    for name, (when, more) in YEAR.items():
        stand_in = "" if name == "a" else "stand_in: sh agent.sh, "
        text += (
            f"  {name}: {{title: Seat, run: {SH if name == 'a' else 'no-such-holder'}, {stand_in}answers_to: boss, "
            f"owns: [{name} work], when: {when}, scorecard: {{made: at least 5 a week}}{', ' if more else ''}{more}}}\n"
        )
        place = root / "seats" / name
        place.mkdir(parents=True)
        does = DOES.get(name, "").replace("%s", "$FLEET_TURN")
        result = f'{{"headline": "{name} $FLEET_TURN", "as_of": "$FLEET_NOW", "scorecard": {{"made": 1}}'
        (place / "agent.sh").write_text(f"cat <<END\n{result}{', ' if does else ''}{does}}}\nEND\n")
    (root / "fleet.yaml").write_text(text + ACTIONS)
    return root


def rehearsed(
    root: Path, start: datetime, count: float, script: Path | None = None, *, keep: bool = False
) -> dict[str, Any]:
    """Rehearse in a process of its own; raises RuntimeError if a step of the script did not come out."""
    words = [str(root), start.isoformat(), str(count), *([str(script)] if script else [])]
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "bench.rehearsed", *words],
        stdout=subprocess.PIPE,
        check=True,
        env={**environment(), "PYTHONPATH": path},
        cwd=HERE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if not keep:
        shutil.rmtree(found["copy"])
    if found["unmet"]:
        raise RuntimeError(f"a step did not come out: {found['unmet'][0]}")
    return found


def _tell_turns(part: Part, name: str, ours: dict[str, Series], floor: dict[str, Series]) -> None:
    below = part.add(f"floor: {name}, 2 at a time", "/s", floor["a_second"])
    bars = [Bar(0.7, at_least=True, ratio=True)] if name.startswith("Python") else []
    part.add(f"{name}: turns a second", "/s", ours["a_second"], *bars, beside=below)
    part.add("– of it over the floor, a turn", "ms", ours["wall"].less(floor["wall"]))
    part.add("– CPU of the rehearsal itself, a turn", "ms", ours["own"])


def _tell_days(part: Part, found: dict[str, Series]) -> None:
    part.add("sneeze-it: days a minute", "/min", found["a_minute"])
    part.add("– turns a day", "", found["turns"])
    programs = part.add("– CPU of its programs, a day", "s", found["programs"])
    part.add("– CPU of the rehearsal itself, a day", "s", found["own"], beside=programs)
    part.add("– the rehearsal's share of all CPU", "%", found["share"], Bar(25))


def _tell_year(part: Part, found: dict[str, Any], count: int) -> None:
    a_second = Series.of([count / found["wall_s"]])
    part.add(f"a year ({count} days): days a second", "/s", a_second, Bar(2, at_least=True))
    part.add("– took", "s", Series.of([found["wall_s"]]))
    part.add("– turns", "", Series.of([float(sum(found["turns"].values()))]))
    part.add("– CPU of the rehearsal itself, a day", "ms", Series.of([1e3 * found["own_s"] / count]))
    memory: Sequence[float] = found["memory_mb"]
    if memory:
        first = part.add("– memory after a month (resident)", "MB", Series.of(memory[:1]))
        most = Series.of([max(memory)])
        part.add("– most memory after that", "MB", most, Bar(FLAT, ratio=True), beside=first)
        part.notes.append(f"Memory each 30 days, MB: {', '.join(f'{value:.1f}' for value in memory)}.")
    part.notes.append(f"`fleet rules backtest --unchanged` of the year's copy: {found['again']}.")
    part.notes.append(
        f"`fleet audit verify` of the year's copy: {found['says'].partition('Last')[0].strip()}"
        if found["verified"]
        else "**The ledger of the year does not hold.**"
    )
