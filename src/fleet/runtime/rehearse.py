"""Rehearsal: a fleet's real holders in a copy of it, through days that pass as fast as they can be served."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from fleet.core.frozen import dataclass
from fleet.core.record import Draft, Record
from fleet.core.script.facts import Told, told_by
from fleet.core.script.step import Script
from fleet.edge import tree, world
from fleet.edge.clock import VirtualClock, stands_at
from fleet.edge.stops import Stops
from fleet.errors import Typed
from fleet.runtime.drive import Drive
from fleet.runtime.fleet import Fleet
from fleet.runtime.stage import Stage
from fleet.runtime.standing import SAID, Recorded, StandIn, recorded
from fleet.runtime.steps import Played, play
from fleet.store.copying import check_target, copy_fleet, remove_copy
from fleet.store.files import Files
from fleet.store.ledger import records, since_checkpoint
from fleet.store.seen import Seen

TICK = timedelta(microseconds=1)
FAILED = ("failed", "timed out")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be rehearsed. `only` are the seats that get turns, all of them where it is empty."""

    root: str
    start: datetime
    end: datetime
    script: Script = field(default_factory=Script)
    only: tuple[str, ...] = ()
    replay: bool = False
    act: bool = False
    fresh: bool = False
    keep: str = ""
    seed: str = ""


@dataclass(slots=True)
class Report:
    """What came of a rehearsal; times are aware."""

    start: datetime
    end: datetime
    copy: str = ""
    played: list[Played] = field(default_factory=list)
    turns: dict[str, Counter[str]] = field(default_factory=dict)
    bad_turns: list[Mapping[str, Any]] = field(default_factory=list)
    bad_wakes: list[Mapping[str, Any]] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    records: int = 0
    last_hash: str = ""

    def count(self, record: Record) -> None:
        """Take in one record."""
        data = record.data
        self.records += 1
        facts = {"seat": record.seat, "at": record.at, "why": data.get("why") or data.get("reason") or ""}
        match record.what:
            case "turn_ended":
                self.turns.setdefault(record.seat or "", Counter())[data["outcome"]] += 1
                if data["outcome"] in FAILED:
                    self.bad_turns.append({"turn": record.turn, "outcome": data["outcome"], **facts})
            case "wake_missed" if (
                datetime.fromisoformat(data["slot"]) >= self.start
            ):  # not of the days before
                self.bad_wakes.append({"wake": data.get("wake"), **facts})
            case "verdict" if data.get("id"):
                self.verdicts[data["verdict"]] += 1
            case "message":
                self.messages += 1
            case "trouble":
                self.troubles[data["kind"]] += 1

    @property
    def unmet(self) -> list[Played]:
        """The steps that did not come out as the script says."""
        return [one for one in self.played if not one.met]

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """The turns that failed, but for those that the script expects to."""
        return [one for one in self.bad_turns if one["turn"] not in self._wanted()]

    @property
    def missed(self) -> list[Mapping[str, Any]]:
        """The wakes that were missed, but for those that the script expects to be."""
        return [one for one in self.bad_wakes if one["wake"] not in self._wanted()]

    @property
    def trouble(self) -> bool:
        """Whether a turn failed or a wake was missed that no expectation speaks of, or one is unmet."""
        return bool(self.unmet or self.failed or self.missed)

    def _wanted(self) -> frozenset[str]:
        return frozenset().union(*(one.matched for one in self.played))


def rehearse(
    plan: Plan,
    show: Callable[[Played], None] = lambda played: None,
    *,
    passed: Callable[[datetime], None] = lambda at: None,
) -> Report:
    """Rehearse in a copy, which is removed afterwards unless it is to be kept.

    `show` hears of each step as it was played, and `passed` how far the clock is. Raises Typed for what
    cannot be rehearsed, ChartError for a chart that is wrong, Broken if the copy cannot be made.
    """
    with Stops() as stops:
        results = _begin(plan)
        with _scratch(plan.root, plan.keep) as copy:
            fresh = plan.fresh or plan.script.fresh
            copy_fleet(plan.root, copy, fresh=fresh, leave_out=plan.script.leave_out)
            return asyncio.run(stops.watched(_rehearse(plan, copy, results, show, passed)))


@contextmanager
def _scratch(root: str, keep: str) -> Iterator[str]:
    """Give a folder for the copy; it is removed unless it is to be kept and something was rehearsed in it."""
    was_there = bool(keep) and os.path.isdir(keep)
    copy = os.path.realpath(keep or tempfile.mkdtemp(prefix="rehearsal-"))
    if keep:
        check_target(root, copy)
    begun = False
    try:
        yield copy
        begun = True
    finally:
        if not keep or not (begun or stands_at(copy)):
            remove_copy(copy, leave_empty=was_there)


def _begin(plan: Plan) -> dict[str, list[Recorded]] | None:
    """Look at the fleet's ledger: a rehearsal begins after it ends, and may replay what it holds."""
    files = Files(plan.root)
    try:
        fresh = plan.fresh or plan.script.fresh
        last = max((record.at for record in since_checkpoint(files)), default=None) if not fresh else None
        if last is not None and plan.start < last:
            here = last.astimezone(plan.start.tzinfo)
            raise Typed(
                f"the ledger goes on to {here:%Y-%m-%d %H:%M:%S}, and a rehearsal from {plan.start:%Y-%m-%d %H:%M} "
                "would begin before that; nothing was rehearsed. Begin later, or leave its past out: --fresh"
            )
        return recorded(records(files)) if plan.replay else None
    finally:
        files.close()


async def _rehearse(
    plan: Plan,
    copy: str,
    results: dict[str, list[Recorded]] | None,
    show: Callable[[Played], None],
    passed: Callable[[datetime], None],
) -> Report:
    tree.become_subreaper()  # what a holder leaves running is found, as by a fleet's own daemon
    env = {"FLEET_NOW": plan.start.isoformat(timespec="seconds"), "FLEET_SEED": plan.seed or plan.script.seed}
    servers = [
        (origin, world.Server(copy, argv, env, f".fleet/serve-{number}.log"))
        for number, (origin, argv) in enumerate(plan.script.serve.items(), 1)
    ]
    try:
        for origin, server in servers:
            if wrong := await server.listen():
                raise Typed(f"serve {origin}: {wrong}; nothing was rehearsed")
        serve = {origin: server.origin for origin, server in servers}
        hands = StandIn(act=plan.act or plan.script.act, serve=serve, results=results)
        return await _play(plan, copy, hands, show, passed)
    finally:
        for _, server in servers:
            server.close()


async def _play(
    plan: Plan,
    copy: str,
    hands: StandIn,
    show: Callable[[Played], None],
    passed: Callable[[datetime], None],
) -> Report:
    clock = VirtualClock(plan.start)
    seen = Seen(copy, clock.now)
    seen.begin()
    kinds = told_by(step.wanted for step in plan.script.steps if step.wanted is not None)
    told, report = Told(kinds), Report(plan.start, plan.end, copy)

    def listen(record: Record) -> None:
        told.add(record)
        report.count(record)
        passed(record.at)

    hands.listen = listen
    drive = Drive(copy, clock, hands, seen)

    def played(one: Played) -> None:
        report.played.append(one)
        show(one)

    try:
        stage = Stage(drive, told, plan.script, plan.start, plan.seed or plan.script.seed)
        await _steps(plan, drive, stage, played)
        await drive.advance_to(plan.end - TICK)  # what is due at the end is not in it
        for one in _never_killed(drive, report):
            played(one)
        if drive.up:
            await drive.stop("the rehearsal is over")
        report.last_hash = drive.fleet.book.ledger.last_hash
        seen.stamp()
    finally:
        await drive.slay()
        drive.close()
    return report


def _never_killed(drive: Drive, report: Report) -> list[Played]:
    """The kills that waited for something to run, which never did: as unmet steps."""
    waited = [one for one in report.played if one.step.given.get("during") in drive.armed]
    says = "no turn or action of {} began after that, so nothing was killed"
    return [replace(one, met=False, says=says.format(one.step.given["during"])) for one in waited]


async def _steps(plan: Plan, drive: Drive, stage: Stage, played: Callable[[Played], None]) -> None:
    async def start() -> None:
        def first(fleet: Fleet) -> None:
            stage.told.begin(fleet.account.docket.actions.values())
            if plan.only:
                _alone(fleet, plan)

        await drive.start(first)

    for step in plan.script.steps:
        # The world is there before the fleet is: what it does at the very start comes first.
        if not drive.begun and (step.verb != "run" or step.at > plan.start):
            await start()
        await drive.advance_to(step.at)
        played(await play(stage, step))
    if not drive.begun:
        await start()


def _alone(fleet: Fleet, plan: Plan) -> None:
    """Pause every seat that is not to be rehearsed, by a record that says why."""
    unknown = [name for name in plan.only if name not in fleet.chart.seats]
    if unknown:
        raise Typed(f"--seat {unknown[0]}: there is no such seat; there are: {', '.join(fleet.chart.seats)}")
    because = f"only {', '.join(plan.only)} is rehearsed"
    for name, seat in fleet.chart.seats.items():
        if name not in plan.only and seat.holder.is_agent:
            fleet.stage(Draft("pause", seat=name, data={"by": SAID, "because": because}), plan.start)
