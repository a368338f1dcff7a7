"""The gate: judges every action at the moment it would run, starts what is allowed, records what came of it.

One action of a seat runs at a time, in the order in which they were offered. A held action is judged
again when, and only when, something that its verdict looked at has changed.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from datetime import datetime

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.case import Case
from fleet.core.consequence import lapse
from fleet.core.gate import (
    after_outcome,
    after_settling,
    after_verdict,
    changes,
    ended,
    intent,
    judged,
    unmoved,
)
from fleet.core.judge import judge
from fleet.core.names import number
from fleet.core.record import Draft, Record
from fleet.core.saw import noted
from fleet.core.verdict import Verdict
from fleet.edge import process
from fleet.runtime.act import Act, came_to, prepare
from fleet.runtime.fleet import Fleet
from fleet.runtime.sight import see

ACTIONS_AT_ONCE = 8
"""Of all seats together; what is due beyond it waits and is judged when there is room."""
VERDICTS_A_LOOK = 100
"""So that the loop does not stand still while a thousand held actions are judged again: each takes about 0.2 ms."""
LOOK_S = 0.2
"""Nor while few of them take long."""
OLD_S = 1.0
"""A verdict of this age, as where the disk refused its record, is given anew before anything is started."""


class Gate:
    """The open actions of one fleet; `ring` says that another look is wanted."""

    def __init__(self, fleet: Fleet, ring: Callable[[], None]) -> None:
        self._fleet = fleet
        self._ring = ring
        self._due: dict[str, list[tuple[int, str]]] = {}
        self._queued: set[str] = set()
        self._watched: dict[str, dict[str, None]] = {}
        self._watching: dict[str, tuple[str, ...]] = {}
        self._heard: dict[str, int] = {}
        self._agenda: list[tuple[datetime, str]] = []
        self._prepared: list[Act] = []
        self._seats: set[str] = set()
        """Those of which an action was begun: they do one at a time."""
        self._late: list[Act] = []
        self._acts: dict[str, tuple[Act, process.Program | None]] = {}
        self._ended: list[tuple[Act, process.Ended]] = []
        self._left: set[str] = set()
        self._halted = ""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def acting(self) -> frozenset[str]:
        """The actions whose program runs."""
        return frozenset(self._acts) - {act.action.id for act, _ in self._ended}

    @property
    def begun(self) -> dict[str, bool]:
        """The actions whose outcome is not recorded yet, and whether the program of each still runs."""
        return {identity: identity in self.acting for identity in self._acts}

    @property
    def busy(self) -> bool:
        """Say whether an action was begun whose outcome is not recorded yet."""
        return bool(self._acts or self._prepared or self._late)

    @property
    def restless(self) -> bool:
        """Say whether another look is wanted at once."""
        due = not self._halted and not self._left.issuperset(self._due_now())
        return bool(self._ended or self._fleet.account.stirred or due)

    def begin(self) -> None:
        """Take up what is open: all that a person does not decide is judged again, for the disk may have changed."""
        self._fleet.account.stirred.clear()
        for action in self._fleet.account.docket.actions.values():
            self._attend(action)
            if action.status == "held" and not action.must_keep:
                self._queue(action)

    def next_at(self) -> datetime | None:
        """Give the next instant at which an action lapses or is worth judging again."""
        return self._agenda[0][0] if self._agenda else None

    # Judging.

    def seats(self, now: datetime) -> list[str]:
        """Take in what has changed; give the seats of which an action can be judged now."""
        self._drain()
        while self._agenda and self._agenda[0][0] <= now:
            self._come(heapq.heappop(self._agenda)[1], now)
        self._drain()
        return self._due_now()

    def judge(self, now: datetime, *, leave: Callable[[str], bool]) -> None:
        """Judge what is due and stage the verdicts; what is allowed is started by `launch` once that is on disk.

        A seat for which `leave` says yes waits for a later look, which something else must call for.
        """
        self._left, verdicts, began_s = set(), 0, self._fleet.clock.elapsed()
        self._take_up(now, leave)
        for seat in self._able():
            if leave(seat):
                self._left.add(seat)
                continue
            while seat not in self._seats and (action := self._next(seat)) is not None:
                self._hear(action, now)
                verdicts += 1
                late = self._fleet.clock.elapsed() - began_s > LOOK_S
                if self._full() or late or verdicts == VERDICTS_A_LOOK:
                    return

    def rest(self, why: str) -> None:
        """Judge and begin nothing any more; what runs goes on to its end."""
        self._halted = why
        late, self._late = self._late, []
        for act in late:
            self._fail(act, f"nothing was started: {why}")

    def _take_up(self, now: datetime, leave: Callable[[str], bool]) -> None:
        """Judge anew what was allowed and then had to wait for the disk; its intent is recorded by now."""
        late, self._late = self._late, []
        for act in late:
            if leave(act.action.seat):
                self._left.add(act.action.seat)
                self._late.append(act)
                continue
            verdict = judge(see(self._fleet, self._fleet.law, act.action, now))
            if verdict.ruling == "allow":
                self._start(act)
            else:
                self._fail(act, f"nothing was started: {verdict.reason}")

    def _hear(self, action: Action, now: datetime) -> None:
        fleet = self._fleet
        case = see(fleet, fleet.law, action, now)
        self._distrust(case, now)
        self._heard[action.id] = fleet.account.stirs
        verdict = judge(case)
        if action.status == "unknown" and verdict.ruling != "allow":
            draft = noted(unmoved(fleet.chart, action, verdict), case)
            fleet.book.follow(draft, now, self._after_verdict)
        elif changes(action, verdict):
            draft = noted(judged(fleet.account, action, verdict), case)
            fleet.book.follow(draft, now, self._after_verdict)
        elif verdict.again_at is not None:
            heapq.heappush(self._agenda, (verdict.again_at, action.id))
        if verdict.ruling == "allow":
            self._begin(action, verdict, now)

    def _distrust(self, case: Case, now: datetime) -> None:
        """Record that a state's file is not what was published, though no sweep has seen it yet."""
        for name, why in case.sight.faults.items():
            if not case.account.past(name).tampered:
                self._fleet.distrust(name, why, now)

    def _after_verdict(self, account: Account, record: Record) -> Iterator[Draft]:
        return after_verdict(self._fleet.chart, account, record)

    def _begin(self, action: Action, verdict: Verdict, now: datetime) -> None:
        kind = self._fleet.chart.actions[action.kind]
        action = self._fleet.account.docket.actions[action.id]
        self._fleet.stage(intent(action, kind, verdict), now)
        action = self._fleet.account.docket.actions[action.id]
        self._prepared.append(prepare(self._fleet, action, kind, now))
        self._seats.add(action.seat)

    # What is due.

    def _drain(self) -> None:
        """Queue what somebody looked at and has changed, and take up actions that have."""
        stirred, self._fleet.account.stirred = self._fleet.account.stirred, {}
        actions = self._fleet.account.docket.actions
        for name, at in stirred.items():
            kind, _, rest = name.partition(" ")
            if kind == "action":
                self._unwatch(rest)
                if rest in actions:
                    self._attend(actions[rest])
                else:
                    self._heard.pop(rest, None)
            else:
                for identity in list(self._watched.get(name, ())):
                    # What has ended is told after what it touched; what was judged since then has seen it.
                    if identity in actions and self._heard.get(identity, 0) < at:
                        self._queue(actions[identity])

    def _attend(self, action: Action) -> None:
        """Note when an action is to be looked at again, and what for."""
        if action.status == "offered":
            self._queue(action)
        if action.status == "held" and not action.must_keep:
            self._watching[action.id] = action.looked
            for name in action.looked:
                self._watched.setdefault(name, {})[action.id] = None
        if action.again_at is not None:
            heapq.heappush(self._agenda, (action.again_at, action.id))
        if action.status in ("offered", "held", "asked"):
            heapq.heappush(self._agenda, (action.lapses_at, action.id))

    def _unwatch(self, identity: str) -> None:
        for name in self._watching.pop(identity, ()):
            watchers = self._watched.get(name, {})
            watchers.pop(identity, None)
            if not watchers:
                self._watched.pop(name, None)

    def _queue(self, action: Action) -> None:
        if action.id not in self._queued:
            self._queued.add(action.id)
            heapq.heappush(self._due.setdefault(action.seat, []), (number(action.id), action.id))

    def _next(self, seat: str) -> Action | None:
        """Take the first of a seat's due actions that is still to be judged."""
        due = self._due.get(seat, [])
        actions = self._fleet.account.docket.actions
        while due:
            identity = heapq.heappop(due)[1]
            self._queued.discard(identity)
            action = actions.get(identity)
            if action is not None and self._is_due(action):
                return action
        self._due.pop(seat, None)
        return None

    @staticmethod
    def _is_due(action: Action) -> bool:
        again = action.status == "unknown" and action.again_at is not None
        return again or action.status == "offered" or (action.status == "held" and not action.must_keep)

    def _able(self) -> list[str]:
        if self._full():
            return []
        return [seat for seat, due in self._due.items() if due and seat not in self._seats]

    def _due_now(self) -> list[str]:
        return list(dict.fromkeys([*(act.action.seat for act in self._late), *self._able()]))

    def _full(self) -> bool:
        return len(self._acts) + len(self._prepared) + len(self._late) >= ACTIONS_AT_ONCE

    def _come(self, identity: str, now: datetime) -> None:
        """An instant has come that an action waited for: it lapses, or is judged again."""
        action = self._fleet.account.docket.actions.get(identity)
        if action is None:
            return
        if action.status in ("offered", "held", "asked") and action.lapses_at <= now:
            self._fleet.book.follow(lapse(self._fleet.account, identity), now, after_settling)
        elif action.again_at is not None and action.again_at <= now:
            self._queue(action)

    # Acting.

    def launch(self) -> None:
        """Start what is allowed; its intent is on disk."""
        prepared, self._prepared = self._prepared, []
        for act in prepared:
            if not act.fault and self._fleet.clock.elapsed() - act.judged_s >= OLD_S:
                self._late.append(act)
            else:
                self._start(act)

    def _start(self, act: Act) -> None:
        running = self._fleet.hands.act(act)
        self._acts[act.action.id] = (act, running)
        task = asyncio.get_running_loop().create_task(self._await(act, running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _fail(self, act: Act, fault: str) -> None:
        self._acts[act.action.id] = (act, None)
        self._end(act, process.Ended(fault=fault))

    async def _await(self, act: Act, running: process.Program) -> None:
        self._end(act, await running.wait())

    def _end(self, act: Act, how: process.Ended) -> None:
        self._ended.append((act, how))
        self._ring()

    def finish(self, now: datetime) -> None:
        """Stage what came of actions that have ended."""
        self._ended.sort(key=lambda end: number(end[0].action.id))
        while self._ended:
            act, how = self._ended[0]
            outcome, facts = came_to(act, how, self._fleet.secrets)
            fleet = self._fleet
            action = fleet.account.docket.actions[act.action.id]
            draft = ended(fleet.chart, fleet.account, action, outcome, facts, now)
            fleet.book.follow(draft, now, after_outcome)
            del self._ended[0], self._acts[act.action.id]
            self._seats.discard(act.action.seat)

    def stop(self, why: str) -> None:
        """End the programs that run; what became of their actions is then unknown."""
        for _, running in self._acts.values():
            if running is not None:
                running.stop(why)

    def cancel(self) -> None:
        """Await nothing any more."""
        for task in self._tasks:
            task.cancel()


def lost(fleet: Fleet, now: datetime) -> None:
    """Stage that nobody knows what became of the actions that ran when an earlier daemon ended."""
    for identity in list(fleet.account.docket.busy):
        action = fleet.account.docket.actions[identity]
        if action.status == "running":
            facts = {"why": "the daemon ended while it ran"}
            draft = ended(fleet.chart, fleet.account, action, "unknown", facts, now)
            fleet.book.follow(draft, now, after_outcome)
