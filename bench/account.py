"""Account: how fast the ledger is written, verified, and opened again, beside plain appends and plain hashes."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bench.fleets import PRINTS, row
from bench.measure import interleave
from bench.report import Bar, Part
from bench.sizes import Size
from fleet.core.record import Draft
from fleet.edge.clock import SystemClock
from fleet.runtime.recover import open_fleet
from fleet.store.files import Files
from fleet.store.ledger import Ledger
from fleet.store.verify import verify

HOW = (
    "Records as a turn writes them (wake, start, two reads, end; {size:.0f} bytes a line), in groups of 64, one write "
    "and one sync a group. The floor appends the same bytes in the same groups. *Verify* walks the whole chain; its "
    "floor takes two SHA-256 of each line and parses nothing. *Open* is what `fleet up` does before it serves, when "
    "all of the records are of this day, so that none can be passed over."
)
GROUP = 64
NOW = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)


def measure(folder: Path, size: Size) -> Part:
    """Measure writing, verifying and opening."""
    folder.mkdir()
    drafts = drafts_of(size.records)
    numbers = count()
    made = folder / "verified"
    write(made, drafts)
    raw = b"".join(path.read_bytes() for path in sorted((made / "ledger").glob("*.jsonl")))
    lines = raw.splitlines(keepends=True)

    def fresh(work: Callable[[Path], float]) -> dict[str, float]:
        place = folder / f"run{next(numbers)}"
        took = work(place)
        shutil.rmtree(place)
        return {"rate": len(drafts) / took, "s": took}

    found = interleave(
        min(5, size.rounds),
        {
            "append": lambda: fresh(lambda place: append(place, lines)),
            "write": lambda: fresh(lambda place: write(place, drafts)),
            "hash": lambda: _rate(lambda: hash_lines(lines), len(lines)),
            "verify": lambda: _rate(lambda: check(made), len(lines)),
            "open": lambda: fresh(lambda place: reopen(place, drafts)),
        },
    )
    part = Part("h", "The ledger", HOW.format(size=len(raw) / len(lines)))
    floor = part.add("floor: appends, one sync a group", "lines/s", found["append"]["rate"])
    part.add("ledger, written", "records/s", found["write"]["rate"], Bar(20_000, at_least=True), beside=floor)
    floor = part.add("floor: two SHA-256 a line", "lines/s", found["hash"]["rate"])
    part.add("ledger, verified", "lines/s", found["verify"]["rate"], Bar(40_000, at_least=True), beside=floor)
    part.add(f"fleet opened, {len(drafts):,} records of today", "s", found["open"]["s"], Bar(10))
    return part


def drafts_of(records: int) -> list[Draft]:
    """Make records as a small fleet's turns do."""
    made: list[Draft] = []
    turn = 0
    while len(made) < records:
        turn += 1
        seat, name, wake = f"s{turn % 15}", f"t-{turn}", f"s{turn % 15}@asked:{turn}"
        made += [
            Draft(
                "wake_due",
                seat,
                None,
                {"wake": wake, "cause": "asked", "reason": "woken by Ann", "by": "ann"},
            ),
            Draft("turn_started", seat, name, {**STARTED, "wakes": [wake]}),
            Draft("read", seat, name, {"of": "s1", "fresh": True, "turn": "t-1", "sha256": "ab" * 32}),
            Draft("read", seat, name, {"of": "s2", "fresh": True, "turn": "t-2", "sha256": "cd" * 32}),
            Draft("turn_ended", seat, name, {**ENDED, "wakes": [wake], "headline": f"all is well, {turn}"}),
        ]
    return made[:records]


STARTED = {
    "woken_by": ["woken by Ann"], "mail": [], "letters": [], "attempt": 0, "deadline": NOW.isoformat(),
    "limit_s": 600, "charter_sha256": "ef" * 32, "program_sha256": "01" * 32, "inputs": "23" * 32, "files": {},
    "stale": [], "outside": False, "hop": 0,
}  # fmt: skip
ENDED = {
    "outcome": "empty", "mail": [], "letters": [], "day": "2026-11-23", "took_s": 0.25, "exit": 0,
    "why": "the same result as before and no newer as_of",
    "seen": [{"about": f"account:a{i}", "kind": "anomaly", "because": "spend -38%", "n": i} for i in range(6)],
}  # fmt: skip


def write(root: Path, drafts: list[Draft], now: datetime = NOW) -> float:
    """Write records to a new ledger; gives the seconds it took."""
    root.mkdir()
    files = Files(str(root))
    ledger = Ledger.open(files, now)
    began = time.perf_counter()
    for at in range(0, len(drafts), GROUP):
        ledger.commit(drafts[at : at + GROUP], now=now, checkpoint=dict)
    took = time.perf_counter() - began
    ledger.close()
    files.close()
    return took


def append(root: Path, lines: list[bytes]) -> float:
    """Append the same lines plainly; gives the seconds it took."""
    root.mkdir()
    fd = os.open(root / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    began = time.perf_counter()
    for at in range(0, len(lines), GROUP):
        os.write(fd, b"".join(lines[at : at + GROUP]))
        os.fdatasync(fd)
    took = time.perf_counter() - began
    os.close(fd)
    return took


def check(root: Path) -> None:
    """Verify a ledger; raises RuntimeError if it does not hold."""
    files = Files(str(root))
    found = verify(files)
    files.close()
    if found.broken is not None:
        raise RuntimeError(str(found.broken))


def hash_lines(lines: list[bytes]) -> None:
    """Hash every line twice, as a chain with the data's own hash must."""
    for line in lines:
        hashlib.sha256(line).digest()
        hashlib.sha256(line).digest()


def reopen(root: Path, drafts: list[Draft]) -> float:
    """Open a fleet whose records are all of today; gives the seconds it took."""
    row(root, PRINTS, "every day at 07:15", size=15)
    clock = SystemClock()
    open_fleet(str(root), clock).close()
    files = Files(str(root))
    ledger = Ledger.open(files, clock.now())
    for at in range(0, len(drafts), GROUP):
        ledger.commit(drafts[at : at + GROUP], now=clock.now(), checkpoint=dict)
    ledger.close()
    files.close()
    open_fleet(str(root), clock).close()  # writes the files that these records speak of
    began = time.perf_counter()
    open_fleet(str(root), clock).close()
    return time.perf_counter() - began


def _rate(work: Callable[[], None], many: int) -> dict[str, float]:
    began = time.perf_counter()
    work()
    return {"rate": many / (time.perf_counter() - began)}
