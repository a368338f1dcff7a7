"""Backtest: a chart against what the ledger says has happened, by as many processes as there are cores."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import date, datetime
from itertools import accumulate
from multiprocessing.connection import Connection, wait
from typing import Any

from fleet.core.difference import Tally
from fleet.core.frozen import dataclass
from fleet.core.law import Law
from fleet.core.names import ledger_path
from fleet.core.record import Record
from fleet.core.replay import WANTED, Again, Replay
from fleet.errors import Broken, FleetError
from fleet.runtime.published import Laws, States
from fleet.store.files import Files
from fleet.store.reel import days_from, first_n, last_n, reel, stands
from fleet.store.verify import Checks, Walk, check_erased

SHARE_MIN = 16 * 1024 * 1024
"""Bytes of the ledger for which a process of their own is started."""
SHARES_MAX = 8
TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which verdicts are judged again, and how many of the changed ones are kept; all if `most` is None.

    Without a law each is judged by that of its time. Empty seats or kinds mean all.
    """

    law: Law | None
    since: datetime
    seats: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    most: int | None = None

    def has(self, record: Record) -> bool:
        """Say whether a verdict is wanted."""
        seat, kind = record.seat in self.seats, record.data.get("kind") in self.kinds
        return record.at >= self.since and (seat or not self.seats) and (kind or not self.kinds)


@dataclass(slots=True)
class Found:
    """What came of it: all counted, and the verdicts that differ, oldest first."""

    tally: Tally = field(default_factory=Tally)
    differ: list[Again] = field(default_factory=list)
    walk: Walk = field(default_factory=Walk)
    """What the check of the lines is to remember."""


def backtest(
    files: Files, wanted: Wanted, *, far: Callable[[float], None] = lambda share: None, processes: int = 0
) -> Found:
    """Judge recorded verdicts again. `far` hears often what share is done; 0 processes means as many as are good.

    Every line that is read is checked. Raises Broken for the first that does not hold.
    """
    shares = _shares(files, wanted.since, processes)
    first = first_n(files, wanted.since)
    if len(shares) < 2:
        tested = _judged(files, wanted, shares[0] if shares else [], first, far)
        check_erased(files, [tested.walk])
        tested.tally.settle()
        return tested
    with _started(files, wanted, shares, first) as pipes:
        parts = _gathered(pipes, far)
    check_erased(files, [part.walk for part in parts])
    whole = Found(Tally(first))
    for part in parts:
        whole.tally.join(part.tally)
        whole.differ += part.differ
    whole.tally.settle()
    return whole if wanted.most is None else Found(whole.tally, whole.differ[: wanted.most])


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}


def _shares(files: Files, since: datetime, processes: int) -> list[list[date]]:
    """Part the days into shares of about as many records each: one may begin at a checkpoint that stands."""
    days = days_from(files, since)
    stats = [files.stat(ledger_path(day)) for day in days]
    size = sum(stat.size for stat in stats if stat is not None)
    good = min(len(_cores()), SHARES_MAX, size // SHARE_MIN)
    count = max(1, min(processes or good, len(days)))
    if count == 1:
        return [days] if days else []
    ends = [
        *accumulate((last_n(files, day) for day in days), max)
    ]  # one that lies must not part them otherwise
    shares: list[list[date]] = [[] for _ in range(count)]
    begins, whole = ends[0], max(1, ends[-1] - ends[0])
    at = 0
    for day, end in zip(days, ends, strict=True):
        if stands(files, day):
            at = min(count - 1, max(0, end - 1 - begins) * count // whole)
        shares[at].append(day)
    return [share for share in shares if share]


def _judged(
    files: Files, wanted: Wanted, days: list[date], first: int, far: Callable[[float], None]
) -> Found:
    """Judge the verdicts of some days that follow each other."""
    laws = Laws()
    states = States(files, laws)
    replay, tested = Replay(laws, states.told, wanted.law), Found(Tally(first))
    if not days:
        return tested
    checks = Checks(files, days[0])
    tested.walk = checks.walk

    def begins(day: date) -> bool:
        far(days.index(day) / len(days))
        replay.begin_day()
        tested.tally.settle(replay.account.docket)
        return replay.is_lost

    for record in reel(files, days, WANTED, checks, begins):
        if record.what == "checkpoint" and record.at.date() <= days[0]:
            tested.tally.begins = int(record.data.get("counters", {}).get("a", 0))
        again = replay.take(record, again=wanted.has)
        states.note(record, replay.account.revision)
        if again is not None:
            sort = tested.tally.add(again)
            # One that came out the same by another rule is for those who want all.
            room = wanted.most is None or (len(tested.differ) < wanted.most and sort != "rule")
            if sort and room:
                tested.differ.append(again)
    tested.tally.settle(replay.account.docket)
    return tested


@contextmanager
def _started(
    files: Files, wanted: Wanted, shares: list[list[date]], first: int
) -> Iterator[list[Connection]]:
    """Start a process for each share; it sends how far it is, then what came of it."""
    context = multiprocessing.get_context("fork")
    pipes, children = list[Connection](), []
    try:
        for days in shares:
            ours, theirs = context.Pipe(duplex=False)
            child = context.Process(target=_serve, args=(files, wanted, days, first, theirs), daemon=True)
            child.start()
            theirs.close()
            pipes.append(ours)
            children.append(child)
        yield pipes
    finally:
        for pipe, child in zip(pipes, children, strict=True):
            pipe.close()
            child.terminate()
            child.join()


def _serve(files: Files, wanted: Wanted, days: list[date], first: int, pipe: Connection) -> None:
    """Judge one share, in a process of its own; who interrupts it interrupts the one that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what it holds grows to the end, and there are no circles in it to be found
    with suppress(BrokenPipeError):  # nobody waits any more
        try:
            pipe.send(_judged(files, wanted, days, first, pipe.send))
        except FleetError as exc:
            pipe.send(exc)


def _gathered(pipes: list[Connection], far: Callable[[float], None]) -> list[Found]:
    """Wait for all; gives what came of each, in the order of the days."""
    done: dict[Connection, float] = dict.fromkeys(pipes, 0.0)
    found: dict[Connection, Found | FleetError] = {}
    while len(found) < len(pipes):
        for pipe in wait([one for one in pipes if one not in found], TICK_S):
            assert isinstance(pipe, Connection)
            said = _received(pipe)
            if isinstance(said, Found | FleetError):
                found[pipe] = said
            done[pipe] = 1.0 if pipe in found else said
        far(sum(done.values()) / len(pipes))
        _raise_first([found.get(pipe) for pipe in pipes])
    return [part for pipe in pipes if isinstance(part := found[pipe], Found)]


def _raise_first(parts: list[Found | FleetError | None]) -> None:
    """Raise what is wrong with the ledger, once nothing before it can be: the first line is the one that is told."""
    for part in parts:
        if part is None:
            return
        if isinstance(part, FleetError):
            raise part


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError as exc:
        raise Broken(
            "a process that judged a part of the ledger was ended from outside; nothing is told"
        ) from exc
