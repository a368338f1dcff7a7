"""Drive: the daemon on a clock that jumps from one instant at which something is due to the next.

It is the same daemon; only its loop's waiting is not there. Programs run at an instant at which the clock
stands, those of one instant side by side, and their ends are taken in together, in the order of their ids:
so what comes of them does not depend on which was quicker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fleet.edge import socket, tree
from fleet.edge.clock import STANDS, VirtualClock
from fleet.edge.socket import Caller
from fleet.errors import Broken
from fleet.runtime import command
from fleet.runtime.daemon import Daemon
from fleet.runtime.fleet import Fleet
from fleet.runtime.recover import open_fleet
from fleet.runtime.standing import StandIn
from fleet.store.files import Files
from fleet.store.seen import Seen

T = TypeVar("T")

NEVER = datetime.max.replace(tzinfo=UTC)
SWEEP = timedelta(seconds=1)
QUIET_AT_MOST = 60
"""Sweeps in a row that may each bring something new before time goes on without looking for more."""
LOOKS_AT_MOST = 10_000
"""A daemon that wants more looks at one instant would spin."""
HOUR = timedelta(hours=1)
TURNS_AT_ONCE = 120
"""Of one seat at one instant; an inbox that is full makes 50, and a long absence 24."""
TURNS_AN_HOUR = 600
"""Of one seat; the busiest cadence has 60."""
KILLED_S = 0.002
POLL_S = 0.002


class Drive:
    """One fleet's daemon, and the clock it goes by."""

    def __init__(self, root: str, clock: VirtualClock, hands: StandIn, seen: Seen) -> None:
        self.root = root
        self.clock = clock
        self.hands = hands
        self._seen = seen
        self._daemon: Daemon | None = None
        self._fleet: Fleet | None = None
        self._server: asyncio.Server | None = None
        self._count = 0
        self.begun = False
        """Whether a daemon was ever started."""
        self._back_at: datetime | None = None
        self.armed: dict[str, timedelta] = {}
        """What is waited for, to kill the daemon when it runs; and for how long it is down then."""
        self._since = clock.now()

    @property
    def daemon(self) -> Daemon:
        """The daemon that runs; raises Broken where none does."""
        if self._daemon is None:
            raise Broken("the daemon is down in this rehearsal; nothing can be asked of it")
        return self._daemon

    @property
    def fleet(self) -> Fleet:
        """The fleet as it was open last: of one whose daemon is down chart and account are still to be had."""
        if self._fleet is None:
            raise Broken("no daemon was started yet in this rehearsal")
        return self._fleet

    @property
    def up(self) -> bool:
        """Whether a daemon runs."""
        return self._daemon is not None

    async def start(self, first: Callable[[Fleet], None] | None = None) -> None:
        """Open the fleet, which is to recover it, do what is to be `first`, and serve all that is due."""
        self._open()
        if first is not None:
            first(self.daemon.fleet)
        self._server = await socket.serve(self.root, self.daemon.answer)
        await self.settle()

    def _open(self) -> None:
        self._back_at, self.begun = None, True
        self._stand()
        files = Files(self.root, self._seen, scratch=True)
        self._fleet = open_fleet(self.root, self.clock, files=files, hands=self.hands)
        self._daemon = daemon = Daemon(self._fleet, self.clock)
        self.hands.batch.bell = lambda: daemon.hear("", False)
        daemon.begin()

    async def stop(self, because: str) -> None:
        """End the daemon as `fleet down` does."""
        self.daemon.end(because)
        self.close()

    def arm(self, what: str, down: timedelta) -> None:
        """Kill the daemon when next a seat's turn, or an action of a kind, runs."""
        self.armed[what] = down

    async def kill(self, down: timedelta) -> None:
        """End the daemon as kill -9 does, and every program of it with it: nothing more is written.

        It is started again when it has been down for so long; by the next `settle` if that is no time.
        """
        if self._daemon is None:
            raise Broken("the daemon is down already")
        self.hands.batch.shut = True
        await self.slay()
        self.close()
        self.hands.batch.open()
        self._back_at = self.clock.now() + down

    async def slay(self) -> None:
        """End all that runs, at once."""
        while self.hands.batch.running:  # again, for one that has only just been started may not be found yet
            for program in self.hands.batch.running:
                program.slay()
            await asyncio.sleep(KILLED_S)
        for pid, _ in tree.find_marked(self.root):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Give everything back; what runs is not waited for."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._daemon is not None:
            self._daemon.fleet.close()
            self._daemon = None

    # Time.

    async def settle(self) -> None:
        """Look until nothing runs and nothing is due at this instant."""
        for _ in range(LOOKS_AT_MOST):
            if self._daemon is None:
                if self._back_at is None or self._back_at > self.clock.now():
                    return
                await self.start()
                return
            self._daemon.look()
            await self._gather()
            daemon = self._daemon
            if daemon is not None and not daemon.restless and not self._overdue(daemon):
                return
            self._bound()
        raise Broken(f"at {self._here()} the fleet goes on for ever; the rehearsal ends there")

    def _bound(self) -> None:
        """End a rehearsal in which seats wake each other for ever, whether at one instant or from one to the next."""
        now = self.clock.now()
        if now - self._since >= HOUR:
            self._since = now
            self.hands.turns.clear()
        for turns, most, when in (
            (self.hands.turns_now, TURNS_AT_ONCE, "at one instant"),
            (self.hands.turns, TURNS_AN_HOUR, "within an hour"),
        ):
            if max(turns.values(), default=0) > most:
                busy = sorted(name for name, count in turns.items() if count > most // 2)
                raise Broken(
                    f"at {self._here()} {' and '.join(busy)} had over {most} turns {when}, without an end: "
                    "does each wake the other? The rehearsal ends there; `fleet simulate` names circles"
                )

    def _here(self) -> str:
        zone = self.fleet.chart.calendar.tz
        return f"{self.clock.now().astimezone(zone):%a %Y-%m-%d %H:%M:%S}"

    async def _gather(self) -> None:
        """Wait until all that runs has ended; whoever asks something meanwhile is answered."""
        if self.armed and await self._killed():
            return
        daemon = self.daemon
        while daemon.running:
            await daemon.rung()
            if awaited := daemon.awaited:  # by one that runs itself, perhaps: its turn's end is told before
                live, began = self.hands.live, self.hands.began
                self.hands.batch.tell([live[i] for i in live if began.get(i) in awaited])
                await asyncio.sleep(0)
            if daemon.asked or (daemon.awaited and daemon.restless):
                daemon.look()
        self._seen.doubt("inbox/")

    async def _killed(self) -> bool:
        """Kill the daemon if what is waited for runs, once that has emitted something or has ended.

        What runs beside it goes on to its end, which no record tells: how far it came is then no chance.
        """
        identity = next((i for i in self.daemon.begun if self.hands.began.get(i) in self.armed), None)
        if identity is None:
            return False
        down, self.hands.batch.shut = self.armed.pop(self.hands.began[identity]), True
        program = self.hands.live.get(identity)
        if program is not None:
            while program in self.hands.batch.running and not program.emitted:
                await self._attend()
            while program in self.hands.batch.running:
                program.slay()
                await asyncio.sleep(KILLED_S)
            program.cut()
        while self.hands.batch.running:
            await self._attend()
        await self.kill(down)
        return True

    async def _attend(self) -> None:
        await asyncio.sleep(POLL_S)
        if self.daemon.asked:
            self.daemon.look()

    async def beside(self, work: Awaitable[T]) -> T:
        """Wait for something outside of the fleet; whoever asks something meanwhile is answered."""
        task = asyncio.ensure_future(work)
        while not task.done():
            waits: set[asyncio.Future[Any]] = {task}
            if self._daemon is not None:
                waits.add(asyncio.ensure_future(self._daemon.rung()))
            _, others = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for other in others - {task}:
                other.cancel()
            if self._daemon is not None and self._daemon.asked:
                await self.settle()
        self._seen.doubt("inbox/")
        return task.result()

    def _overdue(self, daemon: Daemon) -> bool:
        at = daemon.next_at()
        return at is not None and at <= self.clock.now()

    async def advance_to(self, until: datetime) -> None:
        """Let time pass up to an instant, and serve all that is due on the way and then."""
        while self.clock.now() < until:
            at = min(self._next(), until)
            self._move(at)
            await self.settle()

    async def quiet(self) -> None:
        """Let seconds pass until a sweep finds nothing new: files that were just changed are seen by then."""
        if not self.begun:
            return
        await self.settle()
        for _ in range(QUIET_AT_MOST):
            before = self.hands.heard
            self._move(self.clock.now() + SWEEP)
            await self.settle()
            if self.hands.heard == before and (self._daemon is None or not self._daemon.unsettled):
                return

    def _next(self) -> datetime:
        """Give the next instant worth a look: a sweep after anything happened, else what the daemon waits for."""
        if self._daemon is None:
            return self._back_at or NEVER
        at = self._daemon.next_at() or NEVER
        if self.hands.heard != self._count or self._daemon.unsettled:
            self._count = self.hands.heard
            at = min(at, self.clock.now() + SWEEP)
        return at

    def _move(self, at: datetime) -> None:
        self.hands.turns_now.clear()
        self.clock.advance(at - self.clock.now())
        self._stand()

    def _stand(self) -> None:
        """Say in the copy at which instant its clock stands, for whoever reads it from outside."""
        path = os.path.join(self.root, STANDS)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        # One write, always as long, over what stood there. By rename each jump would wait for the disk: ext4
        # writes a file out that replaces another, which took 0.4 to 1.4 ms against 0.02 to 0.05.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(file, self.clock.now().isoformat(timespec="microseconds").encode())
        finally:
            os.close(file)

    # People.

    async def ask(self, verb: str, args: dict[str, Any], person: str | None) -> dict[str, Any]:
        """Give the daemon a person's command; its answer comes once all that follows is settled."""
        daemon = self._daemon
        if daemon is None:
            return self._ask_here(verb, args, Caller(person=person, anyone=True))
        asked = asyncio.ensure_future(daemon.answer(verb, args, Caller(person=person, anyone=True)))
        await asyncio.sleep(0)
        await self.settle()
        if self._daemon is not daemon and not asked.done():
            asked.cancel()
            raise Broken(f"`{verb}` was not answered: the daemon went down")
        return await asked

    def _ask_here(self, verb: str, args: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Carry a command out without a daemon, as the program does then: with the fleet opened for it."""
        files = Files(self.root, self._seen, scratch=True)
        fleet = self._fleet = open_fleet(self.root, self.clock, files=files, hands=self.hands)
        try:
            answer = command.run(fleet, verb, args, caller, self.clock.now())
            fleet.settle()
        finally:
            fleet.close()
        return answer
