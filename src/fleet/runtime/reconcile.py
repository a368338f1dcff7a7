"""Reconciliation: makes the files say what the ledger says, a seat at a time.

One seat's odd file is told, and holds up no other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from fleet.core.canonical import sha256_hex
from fleet.core.frozen import dataclass
from fleet.core.names import Box, inbox_path, log_path, out_path, state_path
from fleet.core.past import Letter
from fleet.core.record import Record
from fleet.errors import Broken
from fleet.runtime.apply import apply, done_month, publish_state
from fleet.runtime.desk import STATE_MAX
from fleet.runtime.fleet import Fleet
from fleet.runtime.render import log_line, message_bytes
from fleet.store.files import Files
from fleet.store.ledger import records
from fleet.store.trouble import Exists, FileTrouble, Missing


@dataclass(slots=True)
class _Seat:
    """What the recent records say of one seat."""

    ended: list[Record] = field(default_factory=list)
    rows: list[Record] = field(default_factory=list)
    over: dict[str, str] = field(default_factory=dict)
    """Messages that are finished, each with the folder its file belongs to."""

    @property
    def published(self) -> list[Record]:
        return [r for r in self.ended if r.data.get("outcome") == "done"]


def reconcile(fleet: Fleet, recent: Iterable[Record], now: datetime) -> None:
    """Make the files say what the ledger says; stages a trouble for what stands in the way."""
    recent = list(recent)
    found = _by_seat(fleet, recent)
    wholes = {record.n: record for record in recent}
    for name in fleet.account.seats:
        seat = found.get(name, _Seat())
        for part in (_state, _log, _rows, _letters):
            try:
                part(fleet, name, seat, wholes, now)
            except FileTrouble as exc:
                fleet.trouble("files", f"{exc}; it is tried again at the next start", now, seat=name)
    for record in recent:
        if record.what == "message" and record.data.get("taken"):
            fleet.files.unlink(record.data["taken"])


def _by_seat(fleet: Fleet, recent: Iterable[Record]) -> dict[str, _Seat]:
    found: dict[str, _Seat] = {}
    zone = fleet.chart.calendar.tz
    for record in recent:
        name = str(record.data.get("to") if record.what == "message_done" else record.seat)
        seat = found.setdefault(name, _Seat())
        month = done_month(record.at, zone)
        if record.what == "turn_ended":
            seat.ended.append(record)
            if record.data.get("outcome") == "done":
                done = inbox_path(name, "done", month)
                seat.over.update(dict.fromkeys(record.data.get("letters", ()), done))
        elif record.what == "value":
            seat.rows.append(record)
        elif record.what == "message_done":
            seat.rows.append(record)
            box = record.data["box"]
            if box != "new":
                seat.over[record.data["name"]] = inbox_path(name, box, month if box == "done" else None)
            else:
                seat.over.pop(record.data["name"], None)
    return found


def _state(fleet: Fleet, name: str, seat: _Seat, wholes: dict[int, Record], now: datetime) -> None:
    """Publish again what a crash kept from being published; an edited state is told, and left."""
    past = fleet.account.past(name)
    wrong = fleet.desk.tampered(name) if past.state is not None else None
    if wrong is None or past.state is None:
        return
    published = seat.published
    if wrong != "is missing" and not _is_ours(fleet, name, published):
        if not past.tampered:
            fleet.trouble("tampered", f"{state_path(name)} {wrong}; it is not trusted", now, seat=name)
        return
    if not published:
        whole = _find(fleet.files, past.state.n, wholes)
        published = [whole] if whole is not None else []
    for record in published:
        publish_state(fleet, record)


def _is_ours(fleet: Fleet, name: str, published: list[Record]) -> bool:
    """Say whether the state that lies there is one that fleet published, only an earlier one."""
    hashes = {record.data["state"]["sha256"] for record in published}
    hashes |= {r.data["state"]["before"]["sha256"] for r in published if r.data["state"].get("before")}
    try:
        return sha256_hex(fleet.files.read(state_path(name), limit=STATE_MAX)) in hashes
    except Missing:
        return True


def _log(fleet: Fleet, name: str, seat: _Seat, wholes: dict[int, Record], now: datetime) -> None:
    """Append the lines of turns that ended just before a crash; remove the empty folders they left."""
    if not seat.ended:
        return
    try:
        text = fleet.files.read(log_path(name), limit=1 << 30).decode("utf-8", "replace")
    except Missing:
        text = ""
    whole = text[: text.rfind("\n") + 1]
    told = {tuple(line.split(" ", 3)[1:3]) for line in whole.splitlines()}
    for record in seat.ended:
        with contextlib.suppress(FileTrouble):
            fleet.files.rmdir_if_empty(out_path(name, record.turn or ""))
        line = log_line(record, fleet.chart.calendar.tz)
        if tuple(line.split(" ", 3)[1:3]) not in told:
            fleet.files.append(log_path(name), line.encode())


def _rows(fleet: Fleet, name: str, seat: _Seat, wholes: dict[int, Record], now: datetime) -> None:
    """Write scorecard rows again, and move messages that were set aside or put back."""
    for record in seat.rows:
        apply(fleet, record)


def _letters(fleet: Fleet, name: str, seat: _Seat, wholes: dict[int, Record], now: datetime) -> None:
    """Put every message into the one box that the ledger says it is in."""
    boxes: dict[Box, set[str]] = {"new": set(), "cur": set()}
    for box in boxes:
        boxes[box] = set(fleet.files.names(inbox_path(name, box)))
    for letter in [*fleet.account.waiting(name), *fleet.account.waiting(name, "cur")]:
        _put(fleet, letter, boxes, wholes)
    wanted = fleet.account.names(name)
    for box, names in boxes.items():
        for stray in names & seat.over.keys() - wanted:
            _move(fleet.files, f"{inbox_path(name, box)}/{stray}", f"{seat.over[stray]}/{stray}")
    for stray in {n for n in boxes["cur"] if not n.startswith(".")} - seat.over.keys() - wanted:
        _move(fleet.files, f"{inbox_path(name, 'cur')}/{stray}", f"{inbox_path(name, 'new')}/{stray}")


def _put(fleet: Fleet, letter: Letter, boxes: dict[Box, set[str]], wholes: dict[int, Record]) -> None:
    here: Box = "cur" if letter.box == "cur" else "new"
    other: Box = "new" if here == "cur" else "cur"
    if letter.name in boxes[here]:
        return
    target = f"{inbox_path(letter.to, here)}/{letter.name}"
    if letter.name in boxes[other]:
        _move(fleet.files, f"{inbox_path(letter.to, other)}/{letter.name}", target)
        return
    record = _find(fleet.files, letter.n, wholes)
    if record is None:
        raise Broken(f"ledger: record {letter.n} of {letter.id} is not there; see `fleet audit verify`")
    try:
        fleet.files.place(target, message_bytes(record.data, fleet.chart.calendar.tz))
    except Exists:
        return


def _find(files: Files, n: int, wholes: dict[int, Record]) -> Record | None:
    """Find a record; those from before the last checkpoint are read once, when the first is asked for."""
    if n not in wholes:
        first = min(wholes, default=1 << 62)
        for record in records(files):
            if record.n < first and record.what in ("message", "turn_ended"):
                wholes[record.n] = record
        wholes.setdefault(n, None)  # type: ignore[arg-type]
    return wholes[n]


def _move(files: Files, source: str, target: str) -> None:
    try:
        files.move(source, target)
    except (Missing, Exists):
        return
