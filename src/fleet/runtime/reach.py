"""Reach: tells people of escalations by their own commands, and holds up nobody meanwhile.

A message is told at least once: who was not told when a daemon ended is told by the next one. In a flood a person
is told of so many one by one, and then of all that wait at once.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from fleet.core.card import card
from fleet.core.codec import when
from fleet.core.frozen import dataclass
from fleet.core.message import say_time
from fleet.core.record import Draft, Record
from fleet.edge import process
from fleet.runtime.turn import base_env, find_program
from fleet.store.ledger import records

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

LIMIT_S = 30.0
AGAIN_AFTER = (timedelta(seconds=10), timedelta(minutes=1))
"""The waits between the tries of one command; after the last one it has failed."""
CALLS_AT_ONCE = 4
AN_HOUR = 20
"""Of so many messages a person is told one by one within an hour; of more, together."""
HOUR = timedelta(hours=1)
GATHERS = timedelta(minutes=1)
BETWEEN = timedelta(minutes=15)
"""Between two times that a person is told of what waits."""
NAMED_AT_MOST = 10
CARD_KEYS = ("id", "kind", "about", "with", "hash", "expires_at")
"""What a person is told of an action that waits for his yes: enough to know what, and that it is the same."""


@dataclass(slots=True)
class _Errand:
    """One message that a person is to be told of."""

    message: Mapping[str, Any]
    others: tuple[str, ...] = ()
    """What he is told of with it."""
    calls: int = 0
    """Of his commands, how many have not come to an end."""
    by: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Flood:
    """How often a person was told of late, and the messages of which he is to be told together."""

    told: list[datetime] = field(default_factory=list)
    waits: list[Mapping[str, Any]] = field(default_factory=list)
    at: datetime | None = None
    """When he is told of those that wait."""
    last: datetime | None = None

    def rises(self, now: datetime) -> bool:
        """Say whether one more message is too much to be told by itself."""
        self.told = [at for at in self.told if now - HOUR < at <= now]
        return bool(self.waits) or len(self.told) >= AN_HOUR

    def add(self, message: Mapping[str, Any], now: datetime) -> None:
        """Let a message wait for others."""
        if not self.waits:
            soon = now + GATHERS
            self.at = max(soon, self.last + BETWEEN) if self.last is not None and self.last <= now else soon
        self.waits.append(message)

    def take(self, now: datetime) -> list[Mapping[str, Any]]:
        """Give what has waited long enough."""
        if self.at is None or self.at > now:
            return []
        found, self.waits = self.waits, []
        self.at, self.last = None, now
        return found


@dataclass(slots=True)
class _Call:
    """One command of a person, run for one message until it succeeds or has failed too often."""

    errand: _Errand
    argv: tuple[str, ...]
    tries: int = 0


class Reach:
    """The messages of one fleet that people are still to be told of; `ring` says that another look is wanted."""

    def __init__(self, fleet: Fleet, ring: Callable[[], None]) -> None:
        self._fleet = fleet
        self._ring = ring
        self._heard: list[Mapping[str, Any]] = []
        self._due: list[tuple[datetime, int, _Call]] = []
        self._order = count()
        self._floods: dict[str, _Flood] = {}
        self._calls: dict[int, tuple[_Call, process.Program]] = {}
        self._ended: list[tuple[int, process.Ended]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._halted = False

    @property
    def running(self) -> frozenset[str]:
        """The messages for which a command runs."""
        ended = {number for number, _ in self._ended}
        return frozenset(
            str(call.errand.message["id"]) for number, (call, _) in self._calls.items() if number not in ended
        )

    @property
    def busy(self) -> bool:
        """Say whether a command was begun that has not come to its end."""
        return bool(self._calls)

    @property
    def restless(self) -> bool:
        """Say whether another look is wanted at once."""
        return bool(self._ended or (self._heard and not self._halted))

    def begin(self) -> None:
        """Take up what an earlier daemon has not told."""
        wanted = dict(self._fleet.account.untold)
        found: list[Mapping[str, Any]] = []
        since = self._fleet.clock.now() - HOUR
        for record in records(self._fleet.files, newest_first=True) if wanted else ():
            if record.what == "told" and record.data.get("by") and not record.data.get("with"):
                self._flood(record.data["to"]).told.append(record.at)
            if record.what == "message" and record.data.get("id") in wanted:
                found.append(record.data)
                del wanted[record.data["id"]]
            if not wanted and record.at < since:
                break
        gone = [{"id": identity, "to": to, "erased": True} for identity, to in wanted.items()]
        self._heard += [*gone, *reversed(found)]

    def hear(self, record: Record) -> None:
        """Take in a message that is on disk by now, if a person is to be told of it."""
        if record.what == "message" and record.data.get("reach"):
            self._heard.append(record.data)

    def next_at(self) -> datetime | None:
        """Give the next instant at which something may be begun."""
        if self._full():
            return None
        floods = [flood.at for flood in self._floods.values() if flood.at is not None]
        return min((*floods, *(due for due, _, _ in self._due[:1])), default=None)

    def look(self, now: datetime) -> None:
        """Record what has come to its end, and begin what is due."""
        self._ended.sort(key=lambda end: end[0])
        while self._ended:
            number, how = self._ended.pop(0)
            self._take_in(self._calls.pop(number)[0], how, now)
        if self._halted:
            return
        heard, self._heard = self._heard, []
        for message in heard:
            self._pass_on(message, now)
        for name, flood in self._floods.items():
            if waits := flood.take(now):
                self._set_out(_together(name, waits), now, others=tuple(str(one["id"]) for one in waits[1:]))
        while self._due and self._due[0][0] <= now and not self._full():
            _, number, call = heapq.heappop(self._due)
            self._call(number, call, now)

    def rest(self) -> None:
        """Begin nothing any more; what is not told yet is told by the next daemon."""
        self._halted = True
        self._due.clear()
        self._floods.clear()

    def stop(self, why: str) -> None:
        """End the commands that run."""
        self.rest()
        for _, running in self._calls.values():
            running.stop(why)

    def cancel(self) -> None:
        """Await nothing any more."""
        for task in self._tasks:
            task.cancel()

    def _full(self) -> bool:
        return self._halted or len(self._calls) >= CALLS_AT_ONCE

    def _flood(self, name: str) -> _Flood:
        return self._floods.setdefault(name, _Flood())

    def _pass_on(self, message: Mapping[str, Any], now: datetime) -> None:
        """Set out for a message, or let it wait in a flood; what tells of a storm never waits."""
        seat, flood = self._fleet.chart.seats.get(message["to"]), self._flood(message["to"])
        matter = self._fleet.account.matters.get(message.get("matter", ""))
        alone = message.get("erased") or seat is None or not seat.holder.reach
        if alone or (matter is not None and matter.kind == "storm") or not flood.rises(now):
            flood.told += [] if alone else [now]
            self._set_out(message, now)
        else:
            flood.add(message, now)

    def _set_out(self, message: Mapping[str, Any], now: datetime, others: tuple[str, ...] = ()) -> None:
        seat = self._fleet.chart.seats.get(message["to"])
        ways = seat.holder.reach if seat is not None else ()
        errand = _Errand(message, others, calls=len(ways))
        if message.get("erased") or not ways:
            why = (
                "its record was erased"
                if message.get("erased")
                else "no way to reach him is left in fleet.yaml"
            )
            errand.failed.append(why)
            self._over(errand, now)
            return
        for argv in ways:
            heapq.heappush(self._due, (now, next(self._order), _Call(errand, argv)))

    def _call(self, number: int, call: _Call, now: datetime) -> None:
        call.tries += 1
        running = self._fleet.hands.tell(self._launch_of(call, now))
        self._calls[number] = (call, running)
        task = asyncio.get_running_loop().create_task(self._await(number, running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _await(self, number: int, running: process.Program) -> None:
        self._ended.append((number, await running.wait()))
        self._ring()

    def _launch_of(self, call: _Call, now: datetime) -> process.Launch:
        zone, root = self._fleet.chart.calendar.tz, self._fleet.files.root
        at = now.astimezone(zone).replace(microsecond=0).isoformat()
        env = {**base_env(self._fleet), "FLEET_ROOT": root, "FLEET_NOW": at}
        return process.Launch(
            argv=find_program(call.argv, env["PATH"]),
            cwd=root,
            env=env,
            stdin=(json.dumps(self._told(call.errand.message, now), ensure_ascii=False) + "\n").encode(),
            mark=call.errand.message["id"],
            limit_s=LIMIT_S,
        )

    def _told(self, message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Give what a person's command is told on stdin."""
        fleet = self._fleet
        told = {
            "id": message["id"],
            "to": message["to"],
            "person": fleet.chart.seats[message["to"]].holder.person,
            "type": message["type"],
            "about": message.get("about"),
            "subject": message.get("subject", ""),
            "body": message.get("body", ""),
            "from": message["from"],
            "sent": say_time(when(message["sent"]), fleet.chart.calendar.tz),
            **({"waits": message["waits"]} if "waits" in message else {}),
        }
        action = fleet.account.docket.actions.get(message.get("matter", ""))
        if action is not None and action.status == "asked":
            shown = card(fleet.chart, fleet.account, action, now)
            told["action"] = {key: shown[key] for key in CARD_KEYS}
        return told

    def _take_in(self, call: _Call, how: process.Ended, now: datetime) -> None:
        errand, command = call.errand, " ".join(call.argv)
        if how.stopped:
            return
        why = _why(how)
        if why and call.tries <= len(AGAIN_AFTER):
            at = now + AGAIN_AFTER[call.tries - 1]
            heapq.heappush(self._due, (at, next(self._order), call))
            return
        errand.calls -= 1
        if why:
            errand.failed.append(f"{command} {why}")
        else:
            errand.by.append(command)
        if not errand.calls:
            self._over(errand, now)

    def _over(self, errand: _Errand, now: datetime) -> None:
        """Record that a message was told, or that it could not be."""
        message, why = errand.message, "; ".join(errand.failed)
        data = {"id": message["id"], "to": message["to"], "by": errand.by, **({"why": why} if why else {})}
        if why:  # before the other, so that a crash in between makes it told again and not forgotten
            what = f"{message['id']} ({message['subject']})" if message.get("subject") else message["id"]
            says = f"{message['to']} could not be told of {what}: {why}"
            self._fleet.trouble("reach", says, now, seat=message["to"])
        self._fleet.stage(Draft("told", data=data), now)
        for other in errand.others:
            self._fleet.stage(Draft("told", data={**data, "id": other, "with": message["id"]}), now)


def _together(name: str, waits: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give what tells a person of many messages at once: how many, the first of them, and where all stand."""
    if len(waits) == 1:
        return waits[0]
    heads = list(dict.fromkeys(str(one.get("subject") or one["id"]) for one in waits))
    more = f"\n- and {len(heads) - NAMED_AT_MOST} more" if len(heads) > NAMED_AT_MOST else ""
    listed = "\n".join(f"- {head}" for head in heads[:NAMED_AT_MOST])
    return {
        "id": waits[0]["id"],
        "to": name,
        "type": "ESCALATION",
        "from": "fleet",
        "about": None,
        "subject": f"{len(waits)} more escalations wait for you",
        "body": f"{listed}{more}\nAll of them: fleet inbox {name}. What waits for a yes: fleet approve",
        "sent": waits[-1]["sent"],
        "waits": len(waits),
    }


def _why(how: process.Ended) -> str:
    """Say why a person was not told; nothing if he was."""
    said = how.stderr_tail.strip().splitlines()
    last = f': "{said[-1][:200]}"' if said else ""
    if how.fault:
        return f"could not be started: {how.fault}"
    if how.timed_out:
        return f"took over {LIMIT_S:g} s{last}"
    if how.signal is not None:
        return f"was killed by signal {how.signal}{last}"
    return "" if how.exit_code == 0 else f"exit {how.exit_code}{last}"
