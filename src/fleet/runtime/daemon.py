"""The daemon: the only loop. It looks, plans, records, and only then acts."""

from __future__ import annotations

import asyncio
import heapq
import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fleet import __version__
from fleet.core.names import number
from fleet.core.pause import lifts, next_lift
from fleet.core.planner import overdue, plan_seat
from fleet.core.queue import Start, lacks_news, pick, skips
from fleet.core.record import Draft, Record
from fleet.edge import process
from fleet.edge.clock import Clock
from fleet.edge.socket import Caller
from fleet.edge.timer import Timer
from fleet.edge.watch import Watch
from fleet.errors import Broken, Unreadable
from fleet.runtime import command
from fleet.runtime.aside import AtOnce
from fleet.runtime.asking import Asked, Asking
from fleet.runtime.climb import Climb
from fleet.runtime.clockstep import ClockCheck
from fleet.runtime.ending import finish
from fleet.runtime.fleet import Fleet
from fleet.runtime.gate import Gate
from fleet.runtime.persons import acting, known
from fleet.runtime.reach import Reach
from fleet.runtime.sweep import SWEEP_S, Sweep
from fleet.runtime.turn import Turn, launch_of, prepare, unready

TURNS_A_LOOK = 16
"""How many turns one look begins and ends at most: each takes 1 to 2 ms, in which nobody else is served."""
PLANS_A_LOOK = 100
"""How many seats one look plans at most: each takes about 0.1 ms, and a wake that is due as much again."""
MEND_S = 2.0
"""How long to wait before a ledger or file that could not be written is tried again."""


class Daemon:
    """Runs one open fleet until it is told to stop."""

    def __init__(
        self, fleet: Fleet, clock: Clock, *, once: bool = False, reader: type[AtOnce] = AtOnce
    ) -> None:
        self.fleet = fleet
        self._clock = clock
        self._once = once
        self._bell = asyncio.Event()
        self._asking = Asking()
        self._climb = Climb(fleet)
        self._gate = Gate(fleet, self._bell.set)
        self._reach = Reach(fleet, self._bell.set)
        self._ended: list[tuple[Turn, process.Ended]] = []
        self._prepared: list[Turn] = []
        self._turns: dict[str, tuple[Turn, process.Program | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._touched: set[str] = set()
        self._woken: set[str] = set()
        self._agenda: list[tuple[datetime, str]] = []
        self._planned: dict[str, datetime] = {}
        self._unplanned = self._unbegun = False  # whether a look left seats to plan, or turns to begin
        self._lift_at = next_lift(fleet.account)
        self.stopping = ""
        self._ended_by: dict[str, Any] = {}
        self.stuck = ""
        self._check = ClockCheck(clock)
        self._started_at = clock.now()
        self.watch: Watch | None = None
        self._reader = reader(fleet, self._bell.set)
        self._swept = Sweep(fleet, self._reader, lambda: self.watch is not None and self.watch.alive())

    # The loop.

    def begin(self) -> None:
        """Stage what a start means; the first look follows."""
        now = self._check.now()
        self._swept.make_folders(now)
        self.fleet.stage(Draft("started", data={**self.fleet.hands.started(), "version": __version__}), now)
        # What was written before this start; a day is big.
        self.fleet.book.recent = before = self.fleet.book.recent[-1:]
        back = self._check.behind(before[0].at if before else None)
        if back is not None:
            self.fleet.stage(Draft("clock_step", data={"by_s": back, "seen": "at start"}), now)
        for draft in overdue(self.fleet.chart, self.fleet.account, now):
            self.fleet.stage(draft, now)
        self._touched.update(self.fleet.chart.seats)
        self._woken.update(n for n, p in self.fleet.account.seats.items() if p.pending)
        self.fleet.account.moved.update(dict.fromkeys(self.fleet.account.matters))
        self._gate.begin()
        self._reach.begin()

    async def serve(self, timer: Timer, report: Callable[[], None]) -> None:
        """Look whenever the bell rings, until stopped; `report` is called after each look."""
        while not self._over():
            try:
                self.look()
                self.stuck = ""
                timer.set(self.next_at())
            except Broken as exc:
                await self._mend(exc, report)
                continue
            report()
            if self.restless:
                await asyncio.sleep(0)  # others are served in between
            elif not self._over():
                await self._rest()
        report()
        self.end(self.stopping or "nothing is due")

    def end(self, because: str) -> None:
        """Write the last record; no turn may run any more."""
        self.fleet.tidy()
        self.fleet.stage(Draft("stopped", data={"because": because} | self._ended_by), self._check.now())
        self.fleet.settle()

    async def rung(self) -> None:
        """Wait until something happens from now on: a turn's end, a file event; or a command that waits."""
        if not self._asking:
            self._bell.clear()
        await self._bell.wait()

    @property
    def running(self) -> frozenset[str]:
        """The seats whose holder runs, the actions whose program does, the messages that people are told of."""
        turns = frozenset(self._turns) - {turn.seat.id for turn, _ in self._ended}
        return turns | self._gate.acting | self._reach.running

    @property
    def begun(self) -> dict[str, bool]:
        """The turns and actions whose end is not recorded yet, and whether each still runs."""
        ended = [turn for turn, _ in self._ended]
        return {t.id: t not in ended for t, _ in self._turns.values()} | self._gate.begun

    @property
    def asked(self) -> bool:
        """Say whether a command waits for the next look."""
        return bool(self._asking)

    @property
    def awaited(self) -> frozenset[str]:
        """The seats for whose turn to end somebody waits; "" for a turn whose actions are not judged yet."""
        return self._asking.awaited

    @property
    def unsettled(self) -> bool:
        """Say whether a file has not stood long enough to be read, so that another look must follow soon."""
        return self._swept.unsettled

    @property
    def restless(self) -> bool:
        """Say whether another look is wanted at once."""
        own = self._touched or self._unbegun or self._ended or self._asking
        return bool(own or self._swept.restless or self._gate.restless or self._reach.restless)

    def _over(self) -> bool:
        idle = not (self._turns or self._ended or self._prepared or self._asking or self._asking.answering)
        idle = idle and not self._gate.busy and not self._reach.busy
        if self.stopping:
            return idle
        settled = not self._swept.unsettled and not self._swept.reading and not self.restless
        return self._once and idle and settled and not self._startable(self._check.now())

    async def _rest(self) -> None:
        """Wait for the bell, or for the next sweep."""
        patience = 0.1 if self._swept.unsettled else SWEEP_S
        try:
            async with asyncio.timeout(patience):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _mend(self, exc: Broken, report: Callable[[], None]) -> None:
        """A disk that refuses starts nothing; what is staged stays staged until it can be written."""
        self.stuck = str(exc)
        report()
        self._asking.stuck(self.stuck, self._command)
        await asyncio.sleep(MEND_S)

    # One pass.

    def look(self) -> None:
        """Look, plan, record, act: once. Raises Broken if the disk refuses; the next look goes on from there."""
        self._bell.clear()
        self._settle()
        now = self._check.now()
        for draft in self._check.steps():
            self.fleet.stage(draft, now)
            self._touched.update(self.fleet.chart.seats)
        self._swept.look(now)  # before any turn is ended: the files on disk are those of the account
        self._finish_turns(now)
        self._gate.finish(now)
        self._asking.carry_out(lambda one: self._command(one, now))
        self._plan(now)
        self._judge(now)
        self._reach.look(now)
        self._settle()
        self._unbegun = False
        if not self.stopping and not self._unplanned:  # all that is due together begins in its proper order
            self._start_turns(now)
            self._settle()
        self._asking.release(self.fleet.account)

    def _judge(self, now: datetime) -> None:
        """Judge the actions that are due, on what lies on disk at this moment."""
        due = self._gate.seats(now)
        if self.stopping:
            self._gate.rest(self.stopping)
            self._reach.rest()
        elif due:
            self._settle()  # what was published is on disk, and can be compared with the account
            self._swept.reload(now)
            # Mail that is still being written may matter.
            self._gate.judge(now, leave=lambda seat: self._swept.near(seat, now))

    def _settle(self) -> None:
        """Make what is staged true, and only then answer and start. If the disk refuses, all of it waits."""
        self.fleet.settle()
        fresh, self.fleet.fresh = self.fleet.fresh, []
        for record in fresh:
            self._note(record)
        self._asking.reply(self.fleet.account)
        self._gate.launch()
        while self._prepared:  # a brief that the disk refuses holds its turn, and those behind it
            self._launch(self._prepared[0])
            del self._prepared[0]

    def _note(self, record: Record) -> None:
        """Mark what a record makes worth a look."""
        if record.seat is not None and record.what in ("wake_due", "resume", "turn_ended", "message_done"):
            self._touched.add(record.seat)
            self._woken.add(record.seat)
        if record.what == "revision":
            self.fleet.account.moved.update(dict.fromkeys(self.fleet.account.matters))
            self._touched.update(*(record.data[which] for which in ("added", "changed", "recount")))
            self._woken.update(self.fleet.chart.seats)
        if record.what in ("pause", "resume"):
            self._lift_at = next_lift(self.fleet.account)
        if record.what == "clock_step" or (record.what == "resume" and record.seat is None):
            self._touched.update(self.fleet.chart.seats)
            self._woken.update(self.fleet.chart.seats)
        self._asking.hear(record)
        self._reach.hear(record)

    def _finish_turns(self, now: datetime) -> None:
        self._ended.sort(key=lambda end: number(end[0].id))
        for _ in range(min(TURNS_A_LOOK, len(self._ended))):
            turn, how = self._ended[0]
            finish(self.fleet, turn, how, now)
            del self._ended[0], self._turns[turn.seat.id]
            self.fleet.files.unlink(f".fleet/turns/{turn.id}.json")

    def _plan(self, now: datetime) -> None:
        if self._lift_at is not None and self._lift_at <= now:
            self.fleet.book.stage_all(lifts(self.fleet.chart, self.fleet.account, now), now)
        while self._agenda and self._agenda[0][0] <= now:
            name = heapq.heappop(self._agenda)[1]
            self._planned.pop(name, None)
            self._touched.add(name)
        touched = sorted(self._touched)
        self._touched = set(touched[PLANS_A_LOOK:])
        self._unplanned = bool(self._touched)
        for name in touched[:PLANS_A_LOOK]:
            plan = plan_seat(self.fleet.chart, self.fleet.account, name, now)
            self.fleet.book.stage_all(plan.drafts, now)
            if plan.next_at is not None and self._planned.get(name) != plan.next_at:
                self._planned[name] = plan.next_at
                heapq.heappush(self._agenda, (plan.next_at, name))
        self._climb.look(now)

    def _ready(self) -> list[str]:
        able = self._woken & self.fleet.account.seats.keys() - self.fleet.blocked.keys()
        return [n for n in able if self.fleet.account.past(n).pending]

    def _start_turns(self, now: datetime) -> None:
        self._woken = {*self._ready(), *(self._woken & self.fleet.blocked.keys())}
        left = TURNS_A_LOOK
        while not self._unbegun and (starts := self._startable(now)):  # again, for one skipped took no place
            self._unbegun, some = not left, starts[:left]
            for start in some:
                self._begin_turn(start, now)
            left -= len(some)

    def _begin_turn(self, start: Start, now: datetime) -> None:
        fleet = self.fleet
        if not fleet.has_places(start.seat, now):
            return  # its wake stays, and is looked at again
        try:
            if lacks_news(fleet.chart, fleet.account, start, fleet.looked(start.seat), now):
                fleet.book.stage_all(skips(start, "nothing new"), now)
            else:
                self._prepared.append(prepare(fleet, start, now))
        except Unreadable as exc:
            fleet.trouble("turn", f"{start.seat} could not be started: {exc}", now, seat=start.seat)
            self._prepared.append(unready(fleet, start, now, f"it could not be started: {exc}"))

    def _startable(self, now: datetime) -> list[Start]:
        fleet = self.fleet
        ready = sorted(self._ready(), key=lambda name: fleet.rank.get(name, 0))
        return pick(fleet.chart, fleet.account, fleet.first_turns, ready, now)

    def _launch(self, turn: Turn) -> None:
        if turn.fault:
            self._turns[turn.seat.id] = (turn, None)
            self._end(turn, process.Ended(fault=turn.fault))
            return
        try:
            running = self.fleet.hands.start_holder(turn, launch_of(self.fleet, turn))
        except (Broken, Unreadable, ValueError) as exc:
            if isinstance(exc, Broken) and not self.stopping:
                raise  # the disk's trouble, and not the seat's: the turn is held until it is mended
            self._turns[turn.seat.id], why = (turn, None), f"its brief could not be written: {exc}"
            self._end(turn, process.Ended(stopped=why) if self.stopping else process.Ended(fault=why))
            return
        self._turns[turn.seat.id] = (turn, running)
        task = asyncio.get_running_loop().create_task(self._attend(turn, running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, turn: Turn, running: process.Program) -> None:
        self._end(turn, await running.wait())

    def _end(self, turn: Turn, ended: process.Ended) -> None:
        self._ended.append((turn, ended))
        self._bell.set()

    def next_at(self) -> datetime | None:
        """Give the next instant at which something may be due."""
        instants = [self._agenda[0][0]] if self._agenda else []
        others = (self._gate.next_at(), self._climb.next_at(), self._reach.next_at(), self._lift_at)
        instants += [at for at in others if at is not None]
        return min(instants, default=None)

    # Bells and commands.

    def ring(self) -> None:
        """Have it look again soon."""
        self._bell.set()

    def hear(self, path: str, moved: bool) -> None:
        """Hear of a file event; `moved` says that a file was renamed to that path, so that it is whole."""
        self._swept.hear(path, moved)
        self._bell.set()

    def stop(self, why: str) -> None:
        """Finish what runs, start nothing more and end; told a second time, stop what runs."""
        if self.stopping:
            self._stop_turns("told to stop twice")
        self.stopping = self.stopping or why
        self._bell.set()

    def cancel(self) -> None:
        """Give up waiting for whatever still runs."""
        for task in self._tasks:
            task.cancel()
        self._reader.drop()
        self._gate.cancel()
        self._reach.cancel()

    def _stop_turns(self, why: str) -> None:
        for _, running in self._turns.values():
            if running is not None:
                running.stop(why)
        self._gate.stop(why)
        self._reach.stop(why)

    @property
    def waits_for(self) -> list[str]:
        """What must end before it stops: `t-12 of dash`, `a-31`."""
        return [*(f"{turn.id} of {seat}" for seat, (turn, _) in self._turns.items()), *self._gate.begun]

    async def answer(self, verb: str, args: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Take a command for the next pass and wait for its answer."""
        future = self._asking.take(verb, args, caller)
        self._bell.set()
        if self.stuck:
            self._asking.stuck(self.stuck, self._command)
        return await future

    def _command(self, one: Asked, now: datetime | None = None) -> dict[str, Any]:
        command.refuse_inside(one.verb, one.caller)
        if one.verb == "down":
            self._ended_by = known(self.fleet, one.caller, acting(self.fleet, one.caller))
            self.stopping = "fleet down"
            if one.args.get("now"):
                self._stop_turns("fleet down --now")
            return {"running": len(self._turns), "pid": os.getpid()}
        answer = command.run(self.fleet, one.verb, one.args, one.caller, now or self._check.now())
        return self._with_facts(answer) if one.verb == "status" else answer

    def _with_facts(self, view: dict[str, Any]) -> dict[str, Any]:
        watch = self.watch is not None and self.watch.alive()
        facts = {"pid": os.getpid(), "started_at": self._started_at.isoformat(), "stuck": self.stuck}
        facts |= {"stopping": self.waits_for} if self.stopping else {}
        return {**view, "running": True, **facts, "watch": watch}
