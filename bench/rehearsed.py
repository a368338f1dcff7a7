"""Rehearsed: one rehearsal in a process of its own, timed from its copying to its end.

`python -m bench.rehearsed ROOT FROM DAYS [SCRIPT.json]` prints how long it took, what it and its programs used, how
many turns, and its memory each 30 virtual days. A script is a list of [instant, verb, values].
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.core.mistake import Place
from fleet.core.script.step import Expected, Script, Step
from fleet.runtime.rehearse import Plan, rehearse
from fleet.runtime.steps import Played

SAMPLE = "sample"
EVERY = timedelta(days=30)
TICK = timedelta(seconds=1)
HERE = Place("bench", 1, 1, 1, 1)


def main(words: Sequence[str]) -> None:
    """Rehearse once."""
    root, start, days = words[0], datetime.fromisoformat(words[1]), float(words[2])
    end = start + timedelta(days=days)
    given = json.loads(Path(words[3]).read_text()) if words[3:] else []
    steps = [Step(datetime.fromisoformat(at), verb, values, HERE) for at, verb, values in given]
    steps += [Step(at, "say", {"text": SAMPLE}, HERE) for at in _samples(start, end)]
    # Something is expected, as in a real script; it must not make the rehearsal remember all that happened.
    expected = Step(end - TICK, "expect", {}, HERE, "", Expected("file", {"path": "fleet.yaml"}))
    steps = [*sorted(steps, key=lambda step: step.at), expected]
    memory: list[float] = []

    def show(played: Played) -> None:
        if played.step.given.get("text") == SAMPLE:
            gc.collect()
            memory.append(rss_mb())

    wall, own, programs = time.perf_counter(), _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    report = rehearse(Plan(root, start, end, Script(tuple(steps)), keep=f"{root}.kept"), show)
    found: dict[str, Any] = {
        "wall_s": time.perf_counter() - wall,
        "own_s": _cpu(resource.RUSAGE_SELF) - own,
        "programs_s": _cpu(resource.RUSAGE_CHILDREN) - programs,
        "turns": sum(report.turns.values(), start=type(report.verdicts)()),
        "actions": report.verdicts["allow"],
        "messages": report.messages,
        "records": report.records,
        "unmet": [one.says for one in report.played if not one.met],
        "memory_mb": memory,
        "copy": report.copy,
    }
    print(json.dumps(found))


def _samples(start: datetime, end: datetime) -> list[datetime]:
    at, samples = start + EVERY, []
    while at < end:
        samples.append(at)
        at += EVERY
    return samples


def rss_mb() -> float:
    """Resident memory of this process, in MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
