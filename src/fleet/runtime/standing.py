"""Standing in: the hands of a rehearsal. Holders run; what would leave the copy is recorded, and not done."""

from __future__ import annotations

import json
import os
import shlex
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fleet.core.canonical import canonical
from fleet.core.chart import Holder, Permission, Seat
from fleet.core.codec import Json, when
from fleet.core.frozen import dataclass
from fleet.core.record import Record
from fleet.edge import process
from fleet.errors import Unreadable
from fleet.runtime.act import Act
from fleet.runtime.apart import Apart, Batch, Places
from fleet.runtime.hands import Hands
from fleet.runtime.turn import Turn

NOT_DONE = "rehearsed: recorded, and not carried out"
SAID = "rehearsal"
NOTHING_RECORDED = "the ledger has no result of it to replay, and no holder is started; give it a `stand_in:`"


class StandIn(Hands):
    """Starts holders as a fleet does, or what stands in for them, and lets nothing out of the copy.

    `act` carries actions out inside the copy: programs run there; an `http:` action is posted only to an
    address that `serve` leads to a program of the rehearsal. `results` are recorded ones that are replayed;
    then nothing is started for a seat of which none is recorded, but what stands in for it.
    """

    def __init__(
        self,
        *,
        act: bool = False,
        serve: Mapping[str, str] | None = None,
        results: Mapping[str, list[Recorded]] | None = None,
    ) -> None:
        self._act = act
        self._replay = results is not None
        self._serve = dict(serve or {})
        self._results = {seat: deque(found) for seat, found in (results or {}).items() if found}
        self._said: dict[str, deque[Said]] = {}
        self._saying: dict[str, Said] = {}
        self.batch = Batch()
        self.began: dict[str, str] = {}
        """Of the turns and actions that were begun: the seat, or the kind of action."""
        self.live: dict[str, Apart] = {}
        """The program of each turn and action that was started last, by id."""
        self.heard = 0
        """How many records came true."""
        self.turns: Counter[str] = Counter()
        self.turns_now: Counter[str] = Counter()
        """How many turns of each seat were started, by the hour and at one instant; the clock begins them anew."""
        self.listen: Callable[[Record], None] = lambda record: None

    def started(self) -> dict[str, Any]:
        return {"rehearsal": True}

    def author(self) -> str:
        return SAID

    def hear(self, records: Sequence[Record]) -> None:
        self.heard += len(records)
        for record in records:
            self.listen(record)
            if record.what == "turn_started":
                self.turns[record.seat or ""] += 1
                self.turns_now[record.seat or ""] += 1
            elif record.what == "turn_ended":
                self._over(record.turn or "")
                if record.turn in self._saying:
                    self._saying.pop(record.turn).came = record
            elif record.what == "action_outcome":
                self._over(record.data["id"])

    def _over(self, identity: str) -> None:
        self.began.pop(identity, None)
        self.live.pop(identity, None)

    def says(self, seat: str, text: str) -> Said:
        """Let a seat's next turn give this result, whoever holds it; gives what will tell what came of it."""
        said = Said(text.encode())
        self._said.setdefault(seat, deque()).append(said)
        return said

    def unsay(self, seat: str, said: Said) -> None:
        """Forget a result that no turn has given."""
        left = self._said.get(seat, deque())
        if said in left:
            left.remove(said)
        if not left:
            self._said.pop(seat, None)

    def seat(self, seat: Seat) -> Seat:
        if seat.id in self._said or seat.id in self._results:
            return _held_by(seat, (SAID,))
        if seat.stand_in:
            return _held_by(seat, _stand_in(seat))
        return _held_by(seat, (SAID,)) if self._replay else seat

    def start_holder(self, turn: Turn, launch: process.Launch) -> process.Program:
        self.began[turn.id] = turn.seat.id
        said = self._said.get(turn.seat.id)
        if said:
            self._saying[turn.id] = said.popleft()
            if not said:
                del self._said[turn.seat.id]
            return process.Over(process.Ended(exit_code=0, stdout=self._saying[turn.id].raw))
        if turn.seat.id in self._results and turn.brief is not None:
            return process.Over(self._replayed(turn.seat.id, turn.brief.now))
        if turn.seat.holder.argv == (SAID,):
            return process.Over(process.Ended(fault=NOTHING_RECORDED))
        self.live[turn.id] = self._start(turn.given.start, launch)
        return self.live[turn.id]

    def act(self, act: Act) -> process.Program:
        self.began[act.action.id] = act.action.kind
        if not self._act:
            return _not_done(act)
        launch, here = act.launch, {}
        if act.kind.http:
            request = json.loads(launch.stdin)
            served = next((pair for pair in self._serve.items() if _below(request["url"], pair[0])), None)
            if served is None:
                return _not_done(act)
            request["url"] = served[1] + request["url"][len(served[0]) :]
            launch = replace(launch, stdin=json.dumps(request).encode())
            here = {served[1]: served[0], _host(served[1]): _host(served[0])}
        real = super().act
        self.live[act.action.id] = self._start(lambda placed: real(replace(act, launch=placed)), launch, here)
        return self.live[act.action.id]

    def tell(self, launch: process.Launch) -> process.Program:
        if self._act:
            return self._start(process.start, launch)
        return process.Over(process.Ended(exit_code=0))

    def _start(
        self,
        start: Callable[[process.Launch], process.Program],
        launch: process.Launch,
        here: Mapping[str, str] | None = None,
    ) -> Apart:
        places = Places(launch.env["FLEET_ROOT"], here or {})
        emitted = os.path.join(launch.env["FLEET_OUT"], "emit.jsonl") if "FLEET_OUT" in launch.env else ""
        return Apart(start(places.placed(launch)), self.batch, places, emitted)

    def _replayed(self, seat: str, now: datetime) -> process.Ended:
        """Give the next recorded result of a seat, its times moved as far as the turn is from the recorded one."""
        recorded = self._results[seat]
        recorded.rotate(-1)
        return process.Ended(exit_code=0, stdout=recorded[-1].again(now))


@dataclass(slots=True)
class Said:
    """A result that a script gives in a seat's place, and the record of the turn that gave it."""

    raw: bytes
    came: Record | None = None


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


def _stand_in(seat: Seat) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(seat.stand_in))
    except ValueError as exc:
        raise Unreadable(f"its `stand_in` cannot be split into words: {exc}") from exc


def _below(url: str, origin: str) -> bool:
    return url == origin or url.startswith((f"{origin}/", f"{origin}?"))


def _host(origin: str) -> str:
    return origin.partition("://")[2].partition("/")[0]


def _held_by(seat: Seat, argv: tuple[str, ...]) -> Seat:
    """A seat as somebody else holds it: a stand-in gets none of its secrets."""
    return replace(seat, holder=Holder("run", argv), can=replace(seat.can, use=Permission().use))


def _not_done(act: Act) -> process.Program:
    """Say of an action that it is done, so that later verdicts count it, though nothing was started."""
    if act.kind.http:
        report = {"sent": True, "to": act.kind.http, "status": 200, "error": None, "body": NOT_DONE}
        return process.Over(process.Ended(exit_code=0, stdout=json.dumps(report).encode()))
    return process.Over(process.Ended(exit_code=0, stdout=NOT_DONE.encode()))
