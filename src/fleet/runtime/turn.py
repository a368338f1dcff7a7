"""The turn: what a seat is given when it is woken, and how its holder is started."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fleet.core.account import Account
from fleet.core.brief import Brief, FileRead, PeerRead, brief_json, brief_markdown
from fleet.core.chart import Chart, Seat
from fleet.core.codec import Json, to_plain
from fleet.core.frozen import dataclass
from fleet.core.message import Message, read_message
from fleet.core.names import out_path, seat_folder, turn_log_path
from fleet.core.outside import plainly
from fleet.core.pace import EVENTS, taken
from fleet.core.past import Letter, Past
from fleet.core.queue import Start
from fleet.core.record import Draft
from fleet.errors import Unreadable
from fleet.runtime.desk import Desk, Prints
from fleet.runtime.secrets import Given
from fleet.runtime.sight import knowing
from fleet.runtime.stamp import had_before, meddled, stamp
from fleet.store.yaml import read_plain, split_front

if TYPE_CHECKING:
    from fleet.edge import process
    from fleet.runtime.fleet import Fleet

AGAIN = {"retry", "later", "lost"}
"""Causes of a wake that tries a turn again."""
HELD = timedelta(seconds=1)
"""A turn that begins later than this after it was prepared is given a later deadline."""
MAIL_A_TURN = 200
MAIL_BYTES_A_TURN = 2 * 1024 * 1024
"""What one brief takes of a full inbox; the rest waits for the next turn, which follows at once."""


class Room(Protocol):
    """What gathering needs: an open fleet, or a view of one."""

    @property
    def chart(self) -> Chart: ...
    @property
    def account(self) -> Account: ...
    @property
    def desk(self) -> Desk: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn about to run, or running: who, what it is told, what its files hashed to."""

    seat: Seat
    id: str
    brief: Brief | None
    prints: Prints
    deadline: datetime
    fault: str = ""
    given: Given = Given()


def prepare(fleet: Fleet, start: Start, now: datetime) -> Turn:
    """Gather what a seat is given and stage the records of a turn's start."""
    seat, account = fleet.hands.seat(fleet.chart.seats[start.seat]), fleet.account
    past = account.past(seat.id)
    turn_id = account.next_id("t")
    letters, mail = _mail(fleet, seat.id, now)
    brief = gather(fleet, seat, now, turn=turn_id, mail=mail, woken_by=tuple(w.reason for w in start.wakes))
    stamped = stamp(fleet, past, brief, letters)
    if not stamped["outside"]:
        brief = replace(brief, answers=plainly(brief.answers, knowing(fleet, brief)))
    prints = fleet.desk.prints(seat)
    given = fleet.secrets.given(seat.can.use, "no process was started")
    fault = meddled(fleet, seat, prints) or given.fault
    fault = fault or _unserved(seat) or _charter(fleet.desk, seat.id)[1] or _unwalled(fleet, seat)
    turn = Turn(seat, turn_id, brief, prints, now + seat.limit, fault, given)
    looked = fleet.looked(seat.id)
    data = {
        **_begun(start, turn, past),
        "mail": [letter.id for letter in letters],
        "letters": [letter.name for letter in letters],
        "limit_s": whole(seat.limit.total_seconds()),
        "charter_sha256": prints.charter,
        "program_sha256": prints.program,
        "code_sha256": prints.code,
        "inputs": looked.inputs,
        "files": dict(looked.paths),
        "stale": [peer.seat for peer in brief.reads if not peer.fresh],
        **stamped,
        "hop": _hop(start, letters, past.hop),
        "holds": [a.id for a in brief.holds if a.must_keep],
        **_pace(fleet, start, now),
    }
    fleet.stage(Draft("turn_started", seat=seat.id, turn=turn_id, data=data), now)
    for draft in _reads(account, seat.id, turn_id, brief):
        fleet.stage(draft, now)
    return turn


def _begun(start: Start, turn: Turn, past: Past) -> dict[str, Any]:
    """Say why a turn begins, as which try, and until when it may run."""
    return {
        "wakes": [w.id for w in start.wakes],
        "woken_by": [w.reason for w in start.wakes],
        "attempt": past.failures,
        "deadline": turn.deadline,
    }


def _pace(fleet: Fleet, start: Start, now: datetime) -> dict[str, Any]:
    """Say how fast events may wake the seat from now on, where only they did."""
    pace = taken(fleet.chart, fleet.account.past(start.seat), start.wakes, now)
    return {"pace": to_plain(pace)} if pace is not None else {}


def unready(fleet: Fleet, start: Start, now: datetime, fault: str) -> Turn:
    """Stage the start of a turn that cannot be given a brief; it fails for that reason, and may be retried."""
    seat = fleet.chart.seats[start.seat]
    turn = Turn(seat, fleet.account.next_id("t"), None, Prints("", "", ""), now + seat.limit, fault)
    past = fleet.account.past(seat.id)
    data = {
        **_begun(start, turn, past),
        "remembers": past.remembers or had_before(fleet, seat.id),
        **_pace(fleet, start, now),
    }
    fleet.stage(Draft("turn_started", seat=seat.id, turn=turn.id, data=data), now)
    return turn


def gather(
    fleet: Room, seat: Seat, now: datetime, *, turn: str, mail: tuple[Message, ...], woken_by: tuple[str, ...]
) -> Brief:
    """Put together what a seat would be given at `now`."""
    chart, past, zone = fleet.chart, fleet.account.past(seat.id), fleet.chart.calendar.tz
    may = {*seat.can.do, *seat.can.ask}
    return Brief(
        seat=seat.id,
        title=seat.title,
        turn=turn,
        now=now.astimezone(zone).replace(microsecond=0),
        deadline=(now + seat.limit).astimezone(zone).replace(microsecond=0),
        woken_by=woken_by,
        charter=_charter(fleet.desk, seat.id)[0],
        mail=mail,
        reads=tuple(fleet.desk.peer(name, now) for name in seat.reads),
        files=tuple(fleet.desk.path(read, now) for read in seat.paths),
        claims=tuple(replace(c, because="") if c.outside else c for c in past.claims if c.stands(now)),
        holds=tuple(fleet.account.docket.of_seat(seat.id)),
        answers=_notes(past.answers, zone),
        scorecard=tuple(
            {"metric": m.name, "target": m.target.text if m.target else ""} for m in seat.scorecard
        ),
        corrections=_notes(past.corrections, zone),
        budget=_budget(seat, past, f"{now.astimezone(zone):%Y-%m-%d}"),
        resume=past.resume,
        owns=seat.owns,
        never=seat.never,
        can=seat.can,
        actions=tuple(kind for name, kind in chart.actions.items() if name in may),
        peers=tuple(name for name in chart.seats if name != seat.id),
        metrics=seat.scorecard,
        attempt=past.failures,
        owes=tuple(one for one in chart.handoffs.values() if one.source == seat.id),
    )


def _notes(notes: Iterable[Json], zone: tzinfo) -> tuple[Json, ...]:
    """Give what a seat is told, when in the fleet's zone, without the record that told it."""
    return tuple(
        {
            **{key: value for key, value in note.items() if key != "n"},
            "at": datetime.fromisoformat(note["at"]).astimezone(zone).isoformat(),
        }
        for note in notes
    )


def launch_of(fleet: Fleet, turn: Turn) -> process.Launch:
    """Write a turn's brief and say how its holder is started."""
    seat, brief = turn.seat, turn.brief
    if brief is None:
        raise Unreadable("it has no brief")
    late = fleet.clock.now() - (turn.deadline - seat.limit)
    if late > HELD:  # the disk held it up; its limit counts from now
        brief = replace(brief, deadline=brief.deadline + late // HELD * HELD)
    root = Path(fleet.files.root)
    path = f".fleet/turns/{turn.id}.json"
    told = _dumped(fleet.secrets.json(brief_json(brief))).encode()
    fleet.files.publish(path, told, mode=0o600)
    env = {
        **base_env(fleet),
        **dict(turn.given.values),
        "FLEET_SEAT": seat.id,
        "FLEET_TURN": turn.id,
        "FLEET_ROOT": str(root),
        "FLEET_BRIEF": str(root / path),
        "FLEET_OUT": str(root / out_path(seat.id, turn.id)),
        "FLEET_NOW": brief.now.isoformat(),
        "FLEET_DEADLINE": brief.deadline.isoformat(),
    }
    from fleet.edge.process import Launch  # what only reads starts none

    launch = Launch(
        argv=find_program(seat.holder.argv, env["PATH"]),
        cwd=str(root / seat_folder(seat.id)),
        env=env,
        stdin=fleet.secrets.text(on_stdin(seat, brief)).encode() if seat.input != "json" else told,
        mark=turn.id,
        limit_s=seat.limit.total_seconds(),
        log_path=str(root / turn_log_path(seat.id, turn.id)),
        hide=fleet.secrets.redactor,
    )
    if not seat.is_apart:
        return launch
    from fleet.runtime.walls import enclosed  # a fleet without sandboxes needs none

    return enclosed(fleet, seat, brief, launch)


def on_stdin(seat: Seat, brief: Brief) -> str:
    """Give a brief in the form that a seat's `input` names."""
    return _dumped(brief_json(brief)) if seat.input == "json" else brief_markdown(brief)


def _dumped(shown: Json) -> str:
    return json.dumps(shown, ensure_ascii=False, default=str)


def base_env(fleet: Fleet) -> dict[str, str]:
    """Give the clean environment in which other people's programs start."""
    ours = os.path.dirname(sys.executable)
    rest = os.environ.get("PATH", os.defpath)
    return {
        "PATH": f"{ours}{os.pathsep}{rest}",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TZ": fleet.chart.calendar.zone,
    }


def find_program(argv: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Look a bare program name up in the holder's own PATH, not in that of the daemon."""
    if argv and "/" not in argv[0]:
        return (shutil.which(argv[0], path=path) or argv[0], *argv[1:])
    return argv


# What a turn is given.


def _mail(fleet: Fleet, name: str, now: datetime) -> tuple[list[Letter], tuple[Message, ...]]:
    """Read a seat's waiting mail; what was edited or removed after delivery is put there again from the ledger."""
    letters: list[Letter] = []
    mail: list[Message] = []
    size = 0
    wrong: dict[str, str] = {}
    waiting = fleet.account.waiting(name)[:MAIL_A_TURN]
    for letter in waiting:
        try:
            fleet.desk.letter(letter)
        except Unreadable as exc:
            wrong[letter.id] = str(exc)
    delivered = fleet.desk.delivered([letter for letter in waiting if letter.id in wrong])
    for letter in waiting:
        if size >= MAIL_BYTES_A_TURN:
            break
        try:
            if letter.id in wrong:
                _put_back(fleet, letter, wrong[letter.id], delivered.get(letter.id), now)
            raw = fleet.desk.letter(letter)
            message = read_message(raw.decode(), split_front=split_front, read_front=read_plain)
        except Unreadable as exc:
            _set_aside(fleet, letter, str(exc), now)
            continue
        letters.append(letter)
        mail.append(message)
        size += len(raw)
    return letters, tuple(mail)


def _put_back(fleet: Fleet, letter: Letter, why: str, text: bytes | None, now: datetime) -> None:
    """Put a letter where it was delivered, as it was; what lies there instead is set aside. Raises Unreadable."""
    if text is None:
        raise Unreadable(why)
    there = fleet.desk.put_back(letter, why, text)
    says = f"{letter.id} {why if there else 'was removed after it was delivered'}"
    fleet.trouble("mail", f"{says}; {letter.to} is given it as it was delivered", now, seat=letter.to)


def _set_aside(fleet: Fleet, letter: Letter, why: str, now: datetime) -> None:
    data = {"id": letter.id, "box": "dead", "why": why, "to": letter.to, "name": letter.name}
    fleet.stage(Draft("message_done", seat=letter.to, data=data), now)
    fleet.trouble("mail", f"{letter.id} was set aside: {why}", now, seat=letter.to)


def _reads(account: Account, name: str, turn: str, brief: Brief) -> Iterator[Draft]:
    """Record which version of which state and file the turn is given."""
    for peer in brief.reads:
        yield Draft("read", seat=name, turn=turn, data=_peer_read(account, peer))
    for file in brief.files:
        yield Draft("read", seat=name, turn=turn, data=_file_read(file))


def _peer_read(account: Account, peer: PeerRead) -> dict[str, Any]:
    past = account.seats.get(peer.seat)
    data: dict[str, Any] = {"of": peer.seat, "fresh": peer.fresh}
    if past is not None and past.state is not None and peer.state is not None:
        data |= {"turn": past.state.turn, "sha256": past.state.sha256}
    if peer.note:
        data["note"] = peer.note
    return data


def _file_read(file: FileRead) -> dict[str, Any]:
    return {"path": file.pattern, "fresh": file.fresh, "files": len(file.found)}


def _hop(start: Start, letters: list[Letter], before: int) -> int:
    """Count on from what caused a turn that only events woke; a retry keeps the place of the turn before it.

    What was promised, or a person wants, begins anew.
    """
    causes = {wake.cause for wake in start.wakes}
    if not causes <= EVENTS | AGAIN:
        return 0
    mail = (letter.hop + 1 for letter in letters) if causes & EVENTS else ()
    return max(*(wake.hop for wake in start.wakes), *mail, before if causes & AGAIN else 0, 0)


def whole(value: float) -> float:
    """Give a number without a fraction as an integer: that is how the ledger writes it."""
    return int(value) if value == int(value) else value


def _budget(seat: Seat, past: Past, day: str) -> dict[str, Any]:
    today = past.spent_day == day
    budget: dict[str, Any] = {
        "limit_s": whole(seat.limit.total_seconds()),
        "spent_usd": past.spent_usd if today else 0.0,
    }
    if seat.budget is not None:
        budget |= {"usd": float(seat.budget.usd), "per": seat.budget.per}
    if today and past.unmetered:
        budget["unmetered_turns"] = past.unmetered
    return budget


def _charter(desk: Desk, name: str) -> tuple[str, str]:
    """Read a charter, and say what is wrong with one that cannot be read: then nobody is told his job."""
    try:
        return desk.charter(name), ""
    except Unreadable as exc:
        return f"(This charter cannot be read: {exc}.)", f"its charter cannot be read: {exc}"


def _unwalled(fleet: Fleet, seat: Seat) -> str:
    if not seat.is_apart:
        return ""
    from fleet.runtime.walls import refused

    return refused(fleet, seat)


def _unserved(seat: Seat) -> str:
    if seat.holder.kind == "run":
        return ""
    return f"this version of fleet serves `run:` seats, not `{seat.holder.kind}:`; no process was started"
