"""Recovery: opening a fleet is recovering it. What the ledger says is made true on disk again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta

from fleet.core.account import Account, fold
from fleet.core.canonical import sha256_hex
from fleet.core.chart import Chart, Seat
from fleet.core.ladder import after_step
from fleet.core.names import Box, inbox_path, log_path, out_path, state_path
from fleet.core.past import Letter, Running
from fleet.core.post import after_message
from fleet.core.record import Draft, Record
from fleet.edge import tree
from fleet.edge.clock import Clock
from fleet.errors import Broken, ChartError, Typed
from fleet.runtime.apply import apply, done_month, publish_state
from fleet.runtime.book import Book
from fleet.runtime.desk import STATE_MAX
from fleet.runtime.ending import consequences, lost
from fleet.runtime.fleet import Fleet
from fleet.runtime.render import log_line, message_bytes
from fleet.runtime.revise import chart_in_force, revise
from fleet.store.chart import read_text
from fleet.store.files import Files
from fleet.store.ledger import Ledger, records
from fleet.store.trouble import Exists, Missing

LEFTOVER_GRACE_S = 1.0
LOOKS = 5
CHART = "fleet.yaml"
WRITEBACK = timedelta(seconds=60)
"""Longer than the kernel keeps a written page to itself: what is older survives a power cut."""


def open_fleet(root: str, clock: Clock) -> Fleet:
    """Open a fleet for writing: take its lock, end what an earlier daemon left, make the files true.

    Raises Typed if there is no fleet there, GroundMoved if another process has it, Broken if the
    folder or ledger is unusable, ChartError if it never had a usable chart and has none now.
    """
    with ExitStack() as undo:
        files = Files(root)
        undo.callback(files.close)
        if files.stat(CHART) is None:
            raise Typed(f"{root}: there is no {CHART} here; nothing was started. Begin with: fleet init")
        files.make(".fleet", 0o700)
        lock = files.lock(".fleet/lock", since=clock.now().isoformat(timespec="seconds"))
        undo.callback(lock.close)
        _end_leftovers(root)
        book = Book(Ledger.open(files, clock.now()))
        fleet = Fleet(files, clock, lock, book, chart_in_force(book.account, files))
        _recover(fleet, clock.now())
        undo.pop_all()
    return fleet


def _end_leftovers(root: str) -> None:
    """End what an earlier daemon started and could not end; what forks meanwhile is found by looking again."""
    for _ in range(LOOKS):
        found = [pid for pid, _ in tree.find_marked(root)]
        if not found:
            return
        tree.kill_all(found, LEFTOVER_GRACE_S)


def _recover(fleet: Fleet, now: datetime) -> None:
    recent = fleet.book.recent
    _clean(fleet.files, fleet.chart)
    _complete(fleet, recent)
    # First, for a new record may open a day, and the next start reads from its checkpoint on.
    reconcile(fleet, [*_just_before(fleet.files, recent), *recent], now)
    for name, past in list(fleet.account.seats.items()):
        if past.running is not None:
            lost(fleet, name, now)
    for torn in fleet.book.ledger.torn:
        fleet.trouble("ledger", f"the last line was torn; its bytes are in {torn}", now)
    fleet.settle()
    try:
        revise(fleet, now, starting=True)
    except ChartError:
        if fleet.account.revision is None:
            raise
    fleet.settle()


def _just_before(files: Files, recent: list[Record]) -> list[Record]:
    """Give the records before a young checkpoint: their files may not have been on disk when power failed."""
    if not recent or recent[-1].at - recent[0].at > WRITEBACK:
        return []
    since = recent[0].at - WRITEBACK
    return [record for record in records(files, since=since) if record.n < recent[0].n]


def _clean(files: Files, chart: Chart) -> None:
    """Remove the half-written staging files and the briefs that a killed daemon left; no truth is in them."""
    for name in files.names(".fleet/turns"):
        files.unlink(f".fleet/turns/{name}")
    folders = ["state", "ledger", "ledger/torn", "scorecard"]
    for name in chart.seats:
        folders += [inbox_path(name, box) for box in ("new", "cur", "dead")]
        folders += [f"state/history/{name}", f"state/turns/{name}"]
    for folder in folders:
        files.remove_staging(folder)


def _complete(fleet: Fleet, recent: list[Record]) -> None:
    """Add the records that should follow the last one and were not written before the crash."""
    at = next((i for i in range(len(recent) - 1, -1, -1) if "then" in recent[i].data), None)
    if at is None:
        return
    root = recent[at]
    there = len(recent) - at - 1
    if there >= root.data["then"]:
        return
    account = fold(recent[:at])
    past = account.seats.get(root.seat or "")
    running = past.running if past else None
    chart = chart_in_force(account, fleet.files)
    account.apply(root)
    present = recent[at + 1 :]
    fleet.book.account = account
    fleet.use(chart)
    seat = _seat_then(chart, recent[:at], root.seat or "")
    for i, draft in enumerate(_following(fleet, root, seat, running)):
        if i < there:
            account.apply(present[i])
        else:
            fleet.stage(draft, root.at)
    recent += fleet.book.settle()
    fleet.use(chart_in_force(account, fleet.files))


def _following(fleet: Fleet, root: Record, seat: Seat | None, running: Running | None) -> Iterable[Draft]:
    """Give what follows from a record, as it was at its time."""
    if root.what == "message":
        return after_message(fleet.chart, fleet.account, root.data, root.at)
    if root.what == "escalation_step":
        return after_step(fleet.chart, fleet.account, root.data, root.at)
    return consequences(fleet, seat, root, running) if seat is not None else ()


def _seat_then(chart: Chart, before: list[Record], name: str) -> Seat | None:
    """Find a seat as its turn knew it: a revision may have dropped it while the turn ran."""
    if name in chart.seats:
        return chart.seats[name]
    for record in reversed(before):
        texts = record.data.get("texts") if record.what == "revision" else None
        if record.what == "checkpoint" and record.data.get("revision"):
            texts = record.data["revision"]["texts"]
        older = read_text(texts)[0] if texts else None
        if older is not None and name in older.seats:
            return older.seats[name]
    return None


# Files against the ledger.


def reconcile(fleet: Fleet, recent: Iterable[Record], now: datetime) -> None:
    """Make the files say what the ledger says; stages a trouble for what was changed from outside."""
    recent = list(recent)
    _states(fleet, recent, now)
    _logs(fleet, recent)
    for record in recent:
        if record.what in ("value", "message_done"):
            apply(fleet, record)
        elif record.what == "turn_ended":
            fleet.files.rmdir_if_empty(out_path(record.seat or "", record.turn or ""))
    _letters(fleet, recent)


def _states(fleet: Fleet, recent: list[Record], now: datetime) -> None:
    published = [r for r in recent if r.what == "turn_ended" and r.data.get("outcome") == "done"]
    known: dict[str, set[str]] = {}
    latest: dict[str, Record] = {}
    for record in published:
        before = record.data["state"].get("before")
        hashes = known.setdefault(record.seat or "", set())
        hashes.update({record.data["state"]["sha256"]} | ({before["sha256"]} if before else set()))
        latest[record.seat or ""] = record
    for name, past in fleet.account.seats.items():
        if past.state is None:
            continue
        wrong = fleet.desk.tampered(name)
        if wrong is None:
            continue
        if wrong == "is missing" or _is_known(fleet, name, known.get(name, set())):
            whole = latest.get(name) or _find(fleet.files, past.state.n)
            if whole is not None:
                _republish(fleet, whole, published)
        elif not past.tampered:
            fleet.trouble("tampered", f"{state_path(name)} {wrong}; it is not trusted", now, seat=name)


def _republish(fleet: Fleet, record: Record, published: list[Record]) -> None:
    for earlier in published:
        if earlier.seat == record.seat and earlier.n <= record.n:
            publish_state(fleet, earlier)


def _is_known(fleet: Fleet, name: str, hashes: set[str]) -> bool:
    try:
        return sha256_hex(fleet.files.read(state_path(name), limit=STATE_MAX)) in hashes
    except Missing:
        return True


def _find(files: Files, n: int) -> Record | None:
    """Find a record from before the last checkpoint, newest first."""
    for record in records(files, newest_first=True):
        if record.n <= n:
            return record if record.n == n else None
    return None


def _logs(fleet: Fleet, recent: list[Record]) -> None:
    """Append the lines of turns that ended just before a crash."""
    zone = fleet.chart.calendar.tz
    by_seat: dict[str, list[Record]] = {}
    for record in recent:
        if record.what == "turn_ended":
            by_seat.setdefault(record.seat or "", []).append(record)
    for name, ended in by_seat.items():
        try:
            text = fleet.files.read(log_path(name), limit=1 << 30).decode("utf-8", "replace")
        except Missing:
            text = ""
        whole = text[: text.rfind("\n") + 1]
        missing = [r for r in ended if f" {r.turn} {r.data['outcome']} " not in whole]
        for record in missing:
            fleet.files.append(log_path(name), log_line(record, zone).encode())


def _letters(fleet: Fleet, recent: list[Record]) -> None:
    """Put every message into the one box that the ledger says it is in."""
    over = _finished(fleet, recent)
    for name in fleet.account.seats:
        boxes: dict[Box, set[str]] = {"new": set(), "cur": set()}
        for box in boxes:
            boxes[box] = set(fleet.files.names(inbox_path(name, box)))
        for letter in [*fleet.account.waiting(name), *fleet.account.waiting(name, "cur")]:
            _put(fleet, letter, boxes)
        wanted = fleet.account.names(name)
        for box, names in boxes.items():
            for stray in names & over.keys() - wanted:
                _move(fleet.files, f"{inbox_path(name, box)}/{stray}", f"{over[stray]}/{stray}")
        for stray in {n for n in boxes["cur"] if not n.startswith(".")} - over.keys() - wanted:
            _move(fleet.files, f"{inbox_path(name, 'cur')}/{stray}", f"{inbox_path(name, 'new')}/{stray}")
    for record in recent:
        if record.what == "message" and record.data.get("taken"):
            fleet.files.unlink(record.data["taken"])


def _finished(fleet: Fleet, recent: list[Record]) -> dict[str, str]:
    """Say for each message that is over where its file belongs."""
    over: dict[str, str] = {}
    for record in recent:
        if record.what == "turn_ended" and record.data.get("outcome") == "done":
            month = done_month(record.at, fleet.chart.calendar.tz)
            for name in record.data.get("letters", ()):
                over[name] = inbox_path(record.seat or "", "done", month)
        elif record.what == "message_done" and record.data["box"] == "dead":
            over[record.data["name"]] = inbox_path(record.data["to"], "dead")
        elif record.what == "message_done" and record.data["box"] == "done":
            month = done_month(record.at, fleet.chart.calendar.tz)
            over[record.data["name"]] = inbox_path(record.data["to"], "done", month)
    return over


def _put(fleet: Fleet, letter: Letter, boxes: dict[Box, set[str]]) -> None:
    here: Box = "cur" if letter.box == "cur" else "new"
    other: Box = "new" if here == "cur" else "cur"
    if letter.name in boxes[here]:
        return
    target = f"{inbox_path(letter.to, here)}/{letter.name}"
    if letter.name in boxes[other]:
        _move(fleet.files, f"{inbox_path(letter.to, other)}/{letter.name}", target)
        return
    record = _find(fleet.files, letter.n)
    if record is None:
        raise Broken(f"ledger: record {letter.n} of {letter.id} is not there; see `fleet audit verify`")
    try:
        fleet.files.place(target, message_bytes(record.data, fleet.chart.calendar.tz))
    except Exists:
        return


def find_message(files: Files, identity: str) -> Record | None:
    """Find the record of a message, newest first."""
    for record in records(files, newest_first=True):
        if record.what == "message" and record.data.get("id") == identity:
            return record
    return None


def letter_of(record: Record) -> Letter:
    """Give the open message that a record of one makes."""
    return Account().apply_all([record]).mail[record.data["id"]]


def _move(files: Files, source: str, target: str) -> None:
    try:
        files.move(source, target)
    except (Missing, Exists):
        return
