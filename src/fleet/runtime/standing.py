"""Standing in: the hands of a rehearsal. Holders run; what would leave the copy is recorded, and not done."""

from __future__ import annotations

import json
import shlex
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fleet.core.canonical import canonical
from fleet.core.chart import Holder, Permission, Seat
from fleet.core.codec import Json, when
from fleet.core.record import Record
from fleet.edge import process
from fleet.runtime.act import Act
from fleet.runtime.hands import Hands
from fleet.runtime.turn import Turn

NOT_DONE = "rehearsed: recorded, and not carried out"
SAID = "rehearsal"


class StandIn(Hands):
    """Starts holders as a fleet does, or what stands in for them, and lets nothing out of the copy.

    `act` carries actions out inside the copy: programs run there; an `http:` action is posted only to an
    address that `serve` leads to a program of the rehearsal. `results` are recorded ones that are replayed.
    """

    def __init__(
        self,
        *,
        act: bool = False,
        serve: Mapping[str, str] | None = None,
        results: Mapping[str, list[Recorded]] | None = None,
    ) -> None:
        self._act = act
        self._serve = dict(serve or {})
        self._results = {seat: deque(found) for seat, found in (results or {}).items() if found}
        self._said: dict[str, deque[bytes]] = {}
        self.began: dict[str, str] = {}
        """Of the turns and actions that were begun: the seat, or the kind of action."""
        self.heard = 0
        """How many records came true."""
        self.listen: Callable[[Record], None] = lambda record: None

    def started(self) -> dict[str, Any]:
        return {"rehearsal": True}

    def author(self) -> str:
        return SAID

    def hear(self, records: Sequence[Record]) -> None:
        self.heard += len(records)
        for record in records:
            self.listen(record)
            if record.what in ("turn_ended", "action_outcome"):
                self.began.pop(record.turn or "" if record.what == "turn_ended" else record.data["id"], None)

    def says(self, seat: str, text: str) -> None:
        """Let a seat's next turn give this result, whoever holds it."""
        self._said.setdefault(seat, deque()).append(text.encode())

    def seat(self, seat: Seat) -> Seat:
        if seat.id in self._said or seat.id in self._results:
            return _held_by(seat, (SAID,))
        if seat.stand_in:
            return _held_by(seat, tuple(shlex.split(seat.stand_in)))
        return seat

    def hold(self, turn: Turn, order: process.Order) -> process.Program:
        self.began[turn.id] = turn.seat.id
        said = self._said.get(turn.seat.id)
        if said:
            raw = said.popleft()
            if not said:
                del self._said[turn.seat.id]
            return process.Over(process.Ended(exit_code=0, stdout=raw))
        if turn.seat.id in self._results and turn.brief is not None:
            return process.Over(self._replayed(turn.seat.id, turn.brief.now))
        return Untimed(process.start(order))

    def act(self, act: Act) -> process.Program:
        self.began[act.action.id] = act.action.kind
        if not self._act:
            return _not_done(act)
        if not act.kind.http:
            return Untimed(super().act(act))
        request = json.loads(act.order.stdin)
        for origin, here in self._serve.items():
            if request["url"] == origin or request["url"].startswith(f"{origin}/"):
                request["url"] = here + request["url"][len(origin) :]
                order = replace(act.order, stdin=json.dumps(request).encode())
                return Untimed(super().act(replace(act, order=order)))
        return _not_done(act)

    def tell(self, order: process.Order) -> process.Program:
        if self._act:
            return Untimed(process.start(order))
        return process.Over(process.Ended(exit_code=0))

    def _replayed(self, seat: str, now: datetime) -> process.Ended:
        """Give the next recorded result of a seat, its times moved as far as the turn is from the recorded one."""
        recorded = self._results[seat]
        recorded.rotate(-1)
        return process.Ended(exit_code=0, stdout=recorded[-1].again(now))


class Untimed(process.Program):
    """A program on a clock that stands while it runs: it took no time."""

    def __init__(self, program: process.Program) -> None:
        self._program = program

    async def wait(self) -> process.Ended:
        return replace(await self._program.wait(), elapsed_s=0.0)

    def stop(self, why: str) -> None:
        self._program.stop(why)


class Recorded:
    """A result that stands in the ledger."""

    def __init__(self, at: datetime, result: Mapping[str, Json]) -> None:
        self._at = at
        self._result = result

    def again(self, now: datetime) -> bytes:
        """Give it as a holder would now."""
        return canonical(_moved(self._result, now - self._at))


def recorded(found: Iterable[Record]) -> dict[str, list[Recorded]]:
    """Gather what each seat's done turns gave, in their order."""
    results: dict[str, list[Recorded]] = {}
    for record in found:
        if record.what == "turn_ended" and record.data.get("outcome") == "done" and "by" not in record.data:
            given = {k: v for k, v in record.data["result"].items() if k != "claims_added"}
            results.setdefault(record.seat or "", []).append(Recorded(record.at, given))
    return results


def _moved(value: Json, by: timedelta) -> Json:
    """Move the times in a result: when its data was true, until when a claim stands, by when an answer is due."""
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _later(one, by) if key in MOVED else _moved(one, by) for key, one in value.items()}


MOVED = ("as_of", "until", "answer_by")


def _later(value: Json, by: timedelta) -> Json:
    at = when(value) if isinstance(value, str) else None
    return value if at is None else (at + by).isoformat()


def _held_by(seat: Seat, argv: tuple[str, ...]) -> Seat:
    """A seat as somebody else holds it: a stand-in gets none of its secrets."""
    return replace(seat, holder=Holder("run", argv), can=replace(seat.can, use=Permission().use))


def _not_done(act: Act) -> process.Program:
    """Say of an action that it is done, so that later verdicts count it, though nothing was started."""
    if act.kind.http:
        report = {"sent": True, "to": act.kind.http, "status": 200, "error": None, "body": NOT_DONE}
        return process.Over(process.Ended(exit_code=0, stdout=json.dumps(report).encode()))
    return process.Over(process.Ended(exit_code=0, stdout=NOT_DONE.encode()))
