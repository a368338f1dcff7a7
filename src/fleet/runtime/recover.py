"""Recovery: opening a fleet is recovering it. What the ledger says is made true on disk again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta

from fleet.core import storm
from fleet.core.account import Account, fold
from fleet.core.chart import Chart, Seat
from fleet.core.folder import CHART, LOCK
from fleet.core.gate import after_outcome, after_settling, after_verdict
from fleet.core.ladder import after_step
from fleet.core.names import inbox_path
from fleet.core.past import Letter, Running
from fleet.core.post import after_message, after_retry
from fleet.core.record import Draft, Record
from fleet.edge import tree
from fleet.edge.clock import Clock
from fleet.errors import Broken, ChartError, GroundMoved, Typed
from fleet.runtime import gate
from fleet.runtime.applying import write_back
from fleet.runtime.book import Book
from fleet.runtime.ending import consequences, lost
from fleet.runtime.erase import left_over
from fleet.runtime.fleet import Fleet
from fleet.runtime.hands import Hands
from fleet.runtime.keep import keep
from fleet.runtime.reconcile import reconcile
from fleet.runtime.revise import chart_in_force, examine_here, revise, without_values
from fleet.store.chart import read_text
from fleet.store.files import Files
from fleet.store.ledger import Ledger, records
from fleet.store.lock import Lock
from fleet.store.verify import left_without

LEFTOVER_GRACE_S = 1.0
HIDDEN = (
    "/proc may not be read by this user, and there fleet finds what turns leave running. Nothing was started. "
    "Give it a /proc that may be read (`chmod 555 /proc`), or run fleet as a user who may read this one."
)
LOOKS = 5
LOCK_TRIES, LOCK_PAUSE_S = 100, 0.01
WRITEBACK = timedelta(seconds=60)
"""Longer than the kernel keeps a written page to itself: what is older survives a power cut."""


def open_fleet(root: str, clock: Clock, *, files: Files | None = None, hands: Hands | None = None) -> Fleet:
    """Open a fleet for writing: take its lock, end what an earlier daemon left, make the files true.

    Raises Typed if there is no fleet there, GroundMoved if another process has it, Broken if the
    folder or ledger is unusable, ChartError if it never had a usable chart and has none now. A rehearsal
    gives files that it has open, and hands of its own.
    """
    with ExitStack() as undo:
        files = files or Files(root)
        undo.callback(files.close)
        if files.stat(CHART) is None:
            raise Typed(f"{root}: there is no {CHART} here; nothing was started. Begin with: fleet init")
        files.make(".fleet", 0o700)
        lock = _take_lock(files, clock)
        undo.callback(lock.close)
        _end_leftovers(root)
        book = Book(Ledger.open(files, clock.now()))
        if not book.recent:
            _check_is_new(files)
        fleet = Fleet(files, clock, lock, book, chart_in_force(book.account, files), hands or Hands())
        _recover(fleet, clock.now())
        keep(fleet)
        undo.pop_all()
    return fleet


def _check_is_new(files: Files) -> None:
    """Refuse a fleet without a ledger that has had turns: begun anew, it would do again what it has done."""
    left = left_without(files)
    if left:
        raise Broken(
            f"ledger/ is empty, but {left}; nothing was started. Mount or restore the ledger. "
            "If you mean to begin anew, move state/ and out/ away"
        )


def _take_lock(files: Files, clock: Clock) -> Lock:
    """Take the folder's lock. A holder's process that was just being started when its daemon was killed
    keeps the lock until it runs its own program: that is waited for, no living daemon is."""
    since = clock.now().isoformat(timespec="seconds")
    for _ in range(LOCK_TRIES):
        try:
            return files.lock(LOCK, since=since)
        except GroundMoved:
            holder = files.read(LOCK, limit=4096).split()
            if len(holder) < 2 or not holder[1].isdigit() or tree.stat_of(int(holder[1])) is not None:
                raise
            time.sleep(LOCK_PAUSE_S)
    return files.lock(LOCK, since=since)


def _end_leftovers(root: str) -> None:
    """End what an earlier daemon started and could not end; what forks meanwhile is found by looking again."""
    for _ in range(LOOKS):
        try:
            found = [pid for pid, _ in tree.find_marked(root)]
        except PermissionError as exc:
            raise Broken(HIDDEN) from exc
        if not found:
            return
        tree.kill_all(found, LEFTOVER_GRACE_S)


def _recover(fleet: Fleet, now: datetime) -> None:
    recent = fleet.book.recent
    _clean(fleet.files, fleet.chart)
    _complete(fleet, recent)
    # First, for a new record may open a day, and the next start reads from its checkpoint on.
    reconcile(fleet, [*_just_before(fleet.files, recent), *recent], now)
    left_over(fleet, recent[0].n if recent else 0, now)
    for name, past in list(fleet.account.seats.items()):
        if past.running is not None:
            lost(fleet, name, now)
    gate.lost(fleet, now)
    for torn in fleet.book.ledger.torn:
        fleet.trouble("ledger", f"the last line was torn; its bytes are in {torn}", now)
    fleet.settle()
    _went_back(fleet, recent)
    examined = without_values(fleet, examine_here(fleet))
    if examined.mistakes and fleet.account.revision is None:
        raise ChartError(examined.mistakes)
    revise(fleet, examined, now)
    fleet.settle()


def _went_back(fleet: Fleet, recent: list[Record]) -> None:
    """Write the texts of a revision that was gone back to, if a crash came before; a later save stays."""
    last = next((record for record in reversed(recent) if record.what == "revision"), None)
    if last is None or not last.data.get("back_to"):
        return
    saved = [fleet.files.stat(name) for name in last.data["texts"]]
    if all(stat is None or stat.ctime_ns <= last.at.timestamp() * 1e9 for stat in saved):
        write_back(fleet.files, last)


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
    folders = [".fleet", "state", "ledger", "ledger/torn", "scorecard"]
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
    rest = fleet.book.settle()
    fleet.hands.hear(rest)
    recent += rest
    fleet.use(chart_in_force(account, fleet.files))


def _following(fleet: Fleet, root: Record, seat: Seat | None, running: Running | None) -> Iterable[Draft]:
    """Give what follows from a record, as it was at its time."""
    if root.what == "message":
        return after_message(fleet.chart, fleet.account, root.data, root.at)
    if root.what == "message_done":
        return [after_retry(seat, root)] if seat is not None else ()
    if root.what == "escalation_step":
        return after_step(fleet.chart, fleet.account, root.data, root.at)
    if root.what == "trouble":
        return storm.after(fleet.chart, fleet.account, root)
    if root.what == "verdict":
        return after_verdict(fleet.chart, fleet.account, root)
    if root.what == "approval_answered":
        return after_settling(fleet.account, root)
    if root.what == "action_outcome":
        return after_outcome(fleet.account, root)
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


def find_message(files: Files, identity: str) -> Record | None:
    """Find the record of a message, newest first."""
    for record in records(files, newest_first=True):
        if record.what == "message" and record.data.get("id") == identity:
            return record
    return None


def letter_of(record: Record) -> Letter:
    """Give the open message that a record of one makes."""
    return Account().apply_all([record]).mail[record.data["id"]]
