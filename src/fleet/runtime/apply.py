"""Applies records to files: what each one makes visible, written only after the ledger has it.

Every function here may run again for the same record; the second time changes nothing.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fleet.core.canonical import sha256_hex
from fleet.core.codec import when
from fleet.core.names import history_path, inbox_path, log_path, out_path, state_path
from fleet.core.record import Record
from fleet.core.scorecard import COLUMNS
from fleet.runtime.applying import write_back
from fleet.runtime.desk import STATE_MAX
from fleet.runtime.keep import keep
from fleet.runtime.render import log_line, message_bytes, state_text
from fleet.store.files import Files
from fleet.store.trouble import Exists, FileTrouble, Missing

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

LOG_TAIL = 8 * 1024
SCORECARD_MAX = 64 * 1024 * 1024


def apply(fleet: Fleet, record: Record) -> None:
    """Make visible what a record speaks of; kinds that touch no file are passed over."""
    step = STEPS.get(record.what)
    if step is not None:
        step(fleet, record)


def done_month(at: datetime, zone: ZoneInfo) -> str:
    """Name the month under which mail that was read at an instant is kept."""
    return f"{at.astimezone(zone):%Y-%m}"


def move_letter(files: Files, seat: str, name: str, source: str, target: str) -> None:
    """Move a message between boxes; one that is there already, or nowhere, is left to recovery."""
    try:
        files.move(f"{inbox_path(seat, source)}/{name}", target)  # type: ignore[arg-type]
    except (Missing, Exists):
        return


def _turn_started(fleet: Fleet, record: Record) -> None:
    seat = record.seat or ""
    fleet.files.make(out_path(seat, record.turn or ""))
    for letter in record.data.get("letters", ()):
        move_letter(fleet.files, seat, letter, "new", f"{inbox_path(seat, 'cur')}/{letter}")


def _turn_ended(fleet: Fleet, record: Record) -> None:
    seat, data = record.seat or "", record.data
    zone = fleet.chart.calendar.tz
    if data["outcome"] == "done":
        publish_state(fleet, record)
    done = inbox_path(seat, "done", done_month(record.at, zone))
    for letter in data.get("letters", ()):
        read = data["outcome"] == "done"
        target = f"{done}/{letter}" if read else f"{inbox_path(seat, 'new')}/{letter}"
        move_letter(fleet.files, seat, letter, "cur", target)
    fleet.left.append(out_path(seat, record.turn or ""))
    line = log_line(record, zone)
    if not _logged(fleet.files, seat, line):
        fleet.files.append(log_path(seat), line.encode())


def publish_state(fleet: Fleet, record: Record) -> None:
    """Publish a state whole, and keep the one before it in the history."""
    seat, data = record.seat or "", record.data
    zone = fleet.chart.calendar.tz
    path = state_path(seat)
    text = fleet.rendered.pop(data["state"]["sha256"], None) or state_text(record, zone).encode()
    before = data["state"].get("before")
    if before:
        keep_history(fleet.files, seat, before, zone)
    fleet.files.publish(path, text)


def keep_history(files: Files, seat: str, before: Mapping[str, Any], zone: ZoneInfo) -> None:
    """Copy the state that is about to be replaced to the history, if it is the one fleet published."""
    try:
        raw = files.read(state_path(seat), limit=STATE_MAX)
    except FileTrouble:  # missing, or something that fleet never put there
        return
    if sha256_hex(raw) != before["sha256"]:
        return
    written = when(before["written"])
    assert written is not None
    path = history_path(seat, written.astimezone(zone))
    try:
        files.place(path, raw)
    except Exists:
        if files.read(path, limit=STATE_MAX) != raw:  # two states of one instant, as on a rehearsal's clock
            with contextlib.suppress(Exists):
                files.place(f"{path.removesuffix('.md')}-{before['sha256'][:8]}.md", raw)


def _message(fleet: Fleet, record: Record) -> None:
    data = record.data
    path = f"{inbox_path(data['to'], 'new')}/{data['name']}"
    text = fleet.book.rendered.pop(data.get("sha256", ""), None)
    with contextlib.suppress(Exists):
        fleet.files.place(path, message_bytes(data, fleet.chart.calendar.tz) if text is None else text)
    taken = data.get("taken")
    if taken:
        fleet.files.unlink(taken)


def _message_done(fleet: Fleet, record: Record) -> None:
    data = record.data
    if data["box"] == "dead":
        source = data.get("from_box", "new")
        dead = inbox_path(data["to"], "dead")
        fleet.files.publish(f"{dead}/{data['name']}.why", f"{data['why']}\n".encode())
        move_letter(fleet.files, data["to"], data["name"], source, f"{dead}/{data['name']}")
    elif data["box"] == "done":
        done = inbox_path(data["to"], "done", done_month(record.at, fleet.chart.calendar.tz))
        move_letter(fleet.files, data["to"], data["name"], "new", f"{done}/{data['name']}")
    elif data["box"] == "new":
        dead = inbox_path(data["to"], "dead")
        target = f"{inbox_path(data['to'], 'new')}/{data['letter']['name']}"
        move_letter(fleet.files, data["to"], data["letter"]["name"], "dead", target)
        fleet.files.unlink(f"{dead}/{data['letter']['name']}.why")


def _value(fleet: Fleet, record: Record) -> None:
    """Add a row to the week's scorecard, unless the value is held or the row is there."""
    data = record.data
    if data.get("held"):
        return
    path = f"scorecard/{data['week']}.csv"
    try:
        there = fleet.files.read(path, limit=SCORECARD_MAX)
    except Missing:
        there = b""
    header = (",".join(COLUMNS) + "\n").encode()
    if header.startswith(there) and there != header:
        fleet.files.append(path, header)
    row = {**data, "seat": record.seat, "turn": record.turn}
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([row[column] for column in COLUMNS])
    if out.getvalue().encode() not in there:
        fleet.files.append(path, out.getvalue().encode())


def _logged(files: Files, seat: str, line: str) -> bool:
    """Say whether a turn's line is among the last ones; an apply that is done again adds it once."""
    try:
        reading = files.reading(log_path(seat))
    except Missing:
        return False
    try:
        tail = reading.read_at(max(0, reading.size - LOG_TAIL), LOG_TAIL).decode("utf-8", "replace")
    finally:
        reading.close()
    told = line.split(" ", 3)[1:3]
    if f" {' '.join(told)}" not in tail:
        return False
    return any(one.split(" ", 3)[1:3] == told for one in tail.split("\n")[:-1])


def _revision(fleet: Fleet, record: Record) -> None:
    if record.data.get("back_to"):
        write_back(fleet.files, record)
    keep(fleet)


def _erasure(fleet: Fleet, record: Record) -> None:
    from fleet.runtime.erase import carry_out

    carry_out(fleet, record)


STEPS: Mapping[str, Callable[[Fleet, Record], None]] = {
    "turn_started": _turn_started,
    "turn_ended": _turn_ended,
    "message": _message,
    "message_done": _message_done,
    "value": _value,
    "revision": _revision,
    "erasure": _erasure,
}
