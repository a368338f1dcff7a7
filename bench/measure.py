"""Measure: a series of values with one value a round, and what a process has used so far."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Series:
    """One value a round. What is quoted is the median, and the lowest and highest round as its spread."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Series:
        """Make a series; it must have a value."""
        series = cls(tuple(values))
        if not series.values:
            raise ValueError("a series needs a value")
        return series

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    def over(self, other: Series) -> Series:
        """Divide round by round, so that what slowed both at once drops out."""
        return Series(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))

    def less(self, other: Series) -> Series:
        """Subtract round by round."""
        return Series(tuple(a - b for a, b in zip(self.values, other.values, strict=True)))


def quantile(values: Sequence[float], part: float) -> float:
    """Give the value below which `part` of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def interleave(rounds: int, runs: dict[str, Callable[[], dict[str, float]]]) -> dict[str, dict[str, Series]]:
    """Run every candidate once a round, forwards then backwards: A B, B A, A B.

    Gives for each candidate a series of each number it returned.
    """
    found: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for number in range(rounds):
        names = list(runs) if number % 2 == 0 else list(reversed(runs))
        for name in names:
            found[name].append(runs[name]())
    return {
        name: {key: Series.of(one[key] for one in rows) for key in rows[0]} for name, rows in found.items()
    }


def cpu_s(pid: int) -> float:
    """CPU seconds used by the threads of a process so far, to the nanosecond; its children are not in it."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def child_cpu_s(pid: int) -> float:
    """CPU seconds used by the children that a process has waited for, in clock ticks of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS_A_SECOND


def memory_mb(pid: int) -> dict[str, float]:
    """Resident and proportional memory of a process, in MB (10^6 bytes), with its threads and descriptors."""
    kb = {
        words[0].rstrip(":"): int(words[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        if len(words := line.split()) >= 2
    }
    return {
        "rss": kb["Rss"] * 1024 / 1e6,
        "pss": kb["Pss"] * 1024 / 1e6,
        "threads": float(len(os.listdir(f"/proc/{pid}/task"))),
        "fds": float(len(os.listdir(f"/proc/{pid}/fd"))),
    }


def until(what: Callable[[], bool], patience_s: float, *, step_s: float = 0.02, tell: str = "") -> float:
    """Wait until something holds; gives the seconds it took. Raises TimeoutError, saying `tell`."""
    began = time.monotonic()
    while not what():
        if time.monotonic() - began > patience_s:
            raise TimeoutError(f"not within {patience_s:g} s: {tell}")
        time.sleep(step_s)
    return time.monotonic() - began
