"""Ledger: the append-only, hash-chained account of everything that happened, a file a day.

One write and one sync carry a whole group of records. Only bytes after the last newline can be torn;
all before it must hold. Writers other than the one that holds the folder's lock do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from itertools import count, islice

from fleet.core.canonical import JSON
from fleet.core.names import ledger_path
from fleet.core.record import ZERO, Draft, Record, look, read_line, seal_lines
from fleet.errors import Broken, Unreadable
from fleet.store.days import FOLDER, days, days_with, does_not_hold, read_one, without_data
from fleet.store.files import Files
from fleet.store.handle import Appending, Reading
from fleet.store.lines import backwards, last, lines, whole_size
from fleet.store.trouble import Exists, FileTrouble

_BLOCK = 1 << 20
_TORN_LIMIT = 1 << 30  # far over any group that can be written at once
_NOTHING = "nothing was recorded, no action runs"
_CHECKPOINT = b'"what":"checkpoint"}\n'  # how its line ends; inside of data no newline can follow this


class Ledger:
    """The open ledger of a fleet; made by `Ledger.open`.

    `torn` names the files that bytes torn by a crash were moved to.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._out: Appending | None = None
        self._day = date.min  # that of the file being written; this one if there is none yet
        self._size = 0  # of that file, up to its last good line
        self._dirty = False  # a failed write may have left bytes behind _size
        self._since = 0  # where the last checkpoint begins, in the file of day _since_day
        self._since_day: date | None = None
        self._n = 0
        self._hash = ZERO
        self.torn: tuple[str, ...] = ()

    @classmethod
    def open(cls, files: Files, now: datetime) -> Ledger:
        """Open the ledger, making it if it is missing, and check it from the last checkpoint on.

        Torn bytes at its end are moved to ledger/torn/. Raises Broken, naming file and line, if a line
        cannot be read or does not hold; only older lines are left to `verify`.
        """
        ledger = cls(files)
        with _broken("nothing was started"):
            ledger._open()
        return ledger

    @property
    def next_n(self) -> int:
        """The number that the next record gets."""
        return self._n + 1

    def opens_day(self, now: datetime) -> bool:
        """Say whether a record written now would be the first of its day's file."""
        return self._day is None or self._size == 0 or now.astimezone(UTC).date() > self._day

    @property
    def last_hash(self) -> str:
        """The hash of the last record; 64 zeros if there is none."""
        return self._hash

    def recent(self) -> list[Record]:
        """Return all records from the last checkpoint on, that one included, in order."""
        if self._since_day is None:
            return []
        return list(_records_of(self._files, self._since_day, self._since, self._n))

    def commit(
        self,
        drafts: Sequence[Draft],
        *,
        now: datetime,
        checkpoint: Callable[[], Mapping[str, JSON]],
    ) -> list[Record]:
        """Record the drafts, all or none, synced on return; returns one record a draft, in order.

        A day's first record is a checkpoint of what `checkpoint` returns, unless the drafts begin with
        one; it is not among those returned. Raises Unreadable for a draft that cannot be sealed, and
        Broken if the disk refuses: then nothing counts, and the same drafts can be tried again.
        """
        if not drafts:
            return []
        with _broken(_NOTHING):
            out, new = self._ready(now)
        opening = new and drafts[0].what != "checkpoint"
        first = [Draft("checkpoint", data=checkpoint())] if opening else []
        sealed = seal_lines([*first, *drafts], self._n + 1, now, self._hash)
        self._write(out, b"".join(raw for _, raw in sealed), new=new)
        self._advance(sealed)
        return [record for record, _ in sealed[len(first) :]]

    def erase(self, numbers: Sequence[int]) -> list[int]:
        """Empty the data of these records, once an `erasure` record that lists them is committed.

        Returns the numbers that were found. Every hash stays, so the chain holds.
        """
        wanted, found = set(numbers), list[int]()
        self._settle()
        for day in days_with(self._files, wanted):
            text, here = without_data(self._files, day, wanted)
            found += here
            if text is not None:
                self.close()
                self._files.publish(ledger_path(day), text, sync=True)
                self._resume(day)
        return found

    def close(self) -> None:
        """Give the descriptor back; the next commit opens the file again."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def _open(self) -> None:
        if self._files.stat(FOLDER) is None:
            self._files.make(FOLDER)
            self._files.sync_folder("")
        found = days(self._files)
        self._day = found[-1] if found else date.min
        for day in reversed(found):
            if self._load(day):
                break

    def _load(self, day: date) -> bool:
        """Take up the chain from a day's file; says whether it holds any line."""
        reading = self._files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            if size < reading.size:
                self._set_aside(reading, day, size)
            if size == 0:
                return False
            since = _last_checkpoint(reading, size)
            self._check(reading, since, size)
        finally:
            reading.close()
        self._since, self._since_day = since, day
        if day == self._day:
            self._size = size
        return True

    def _check(self, reading: Reading, since: int, size: int) -> None:
        prev: str | None = None
        n: int | None = None
        at = since
        for raw in lines(reading, since, size):
            try:
                link = look(raw, prev, n)
                if at == 0 and link.what != "checkpoint":
                    raise Unreadable("a day begins with a checkpoint: lines before it were cut")
            except Unreadable as exc:
                raise does_not_hold(reading, at, exc) from exc
            prev, n = link.hash, link.n + 1
            at += len(raw)
        if prev is not None and n is not None:
            self._hash, self._n = prev, n - 1

    def _set_aside(self, reading: Reading, day: date, size: int) -> None:
        """Move what stands behind the last newline to ledger/torn/, then cut it off."""
        torn = reading.read_at(size, reading.size - size)
        path = _place_torn(self._files, f"{FOLDER}/torn/{day:%Y-%m-%d}-{size}", torn)
        out = self._files.appending(ledger_path(day))
        try:
            out.cut(size)
            out.sync()
        finally:
            out.close()
        self.torn = (*self.torn, path)

    def _ready(self, now: datetime) -> tuple[Appending, bool]:
        """Return the file to add to, cut to its last good line, and whether it has no line yet."""
        today = now.astimezone(UTC).date()
        self._settle()
        if today > self._day:
            self.close()
            self._day, self._size = today, 0
        if self._opened().size != self._size:
            self._resume(self._day)
        return self._opened(), self._size == 0

    def _opened(self) -> Appending:
        if self._out is None:
            self._out = self._files.appending(ledger_path(self._day))
        return self._out

    def _settle(self) -> None:
        """Cut off what a failed write left, and leave a file that was replaced for the one in its place."""
        if self._out is not None and not self._out.is_linked():
            self.close()
        if self._dirty:
            self._opened().cut(self._size)
            self._dirty = False

    def _resume(self, day: date) -> None:
        """Find the end of the newest file anew, after somebody else changed it; it must be our last line."""
        if day != self._day:
            return
        reading = self._files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            last = next(backwards(reading, size), b"")
            if self._last_is(last):
                if size < reading.size:
                    self._set_aside(reading, day, size)
                self._size = size
                self._since = _last_checkpoint(reading, size) if self._since_day == day else self._since
                return
        finally:
            reading.close()
        raise Broken(
            f"{ledger_path(day)}: changed while fleet was writing it: its last line is not record {self._n}; "
            "nothing was added. See `fleet audit verify`, and put the file back from a copy."
        )

    def _last_is(self, raw: bytes) -> bool:
        if not raw:
            return self._since_day != self._day
        try:
            return read_line(raw).hash == self._hash
        except Unreadable:
            return False

    def _write(self, out: Appending, data: bytes, *, new: bool) -> None:
        """Write and sync once. After a failure the bytes are cut off: a failed sync is never repeated."""
        try:
            out.write(data)
            out.sync(new=new)
            if new:
                self._files.sync_folder(FOLDER)
        except (Broken, Unreadable) as exc:
            self._dirty = True
            with suppress(Broken, Unreadable):  # if this fails too, the next commit cuts before it writes
                out.cut(self._size)
            self.close()
            raise Broken(f"{_NOTHING}: {exc}") from exc

    def _advance(self, sealed: Sequence[tuple[Record, bytes]]) -> None:
        for record, raw in sealed:
            if record.what == "checkpoint":
                self._since, self._since_day = self._size, self._day
            self._size += len(raw)
            self._n, self._hash = record.n, record.hash


@contextmanager
def _broken(what: str) -> Iterator[None]:
    """Say what did not happen, and turn the trouble of one file into that of the whole fleet."""
    try:
        yield
    except FileTrouble as exc:
        raise Broken(f"{what}: {exc}") from exc


def records(files: Files, *, since: datetime | None = None, newest_first: bool = False) -> Iterator[Record]:
    """Yield the records of all days, those `since` a time only; a torn last line is passed over.

    Raises Broken, naming file and line, for a line that cannot be read.
    """
    # A file's day is never before that of its lines, even where a clock was put back.
    first = since.astimezone(UTC).date() if since else date.min
    wanted = [day for day in days(files) if day >= first]
    for day in reversed(wanted) if newest_first else wanted:
        found = _records_back(files, day) if newest_first else _records_of(files, day)
        yield from (r for r in found if since is None or r.at >= since)


def since_checkpoint(files: Files) -> list[Record]:
    """Return the records from the last checkpoint on, for a reader without the lock; no torn line."""
    for day in reversed(days(files)):
        reading = files.reading(ledger_path(day))
        try:
            size = whole_size(reading)
            start = _last_checkpoint(reading, size) if size else 0
        finally:
            reading.close()
        if size:
            return list(_records_of(files, day, start))
    return []


def tail(files: Files, n: int) -> list[Record]:
    """Return the last n records, oldest first, reading no more than their blocks."""
    return list(islice(records(files, newest_first=True), n))[::-1]


def _last_checkpoint(reading: Reading, size: int) -> int:
    """Return where the last checkpoint begins: 0, the day's first, if no other came after it."""
    return last(reading, b"\n", max(0, last(reading, _CHECKPOINT, size))) + 1


def _records_of(files: Files, day: date, start: int = 0, last_n: int | None = None) -> Iterator[Record]:
    reading = files.reading(ledger_path(day))
    try:
        at = start
        for raw in lines(reading, start, whole_size(reading)):
            record = read_one(reading, raw, at, read_line)
            if last_n is not None and record.n > last_n:
                return
            yield record
            at += len(raw)
    finally:
        reading.close()


def _records_back(files: Files, day: date) -> Iterator[Record]:
    reading = files.reading(ledger_path(day))
    try:
        at = whole_size(reading)
        for raw in backwards(reading, at):
            at -= len(raw)
            yield read_one(reading, raw, at, read_line)
    finally:
        reading.close()


def _place_torn(files: Files, stem: str, torn: bytes) -> str:
    """Place torn bytes under a name of their own; those already there from an earlier try are enough."""
    for number in count(1):
        path = f"{stem}.bin" if number == 1 else f"{stem}-{number}.bin"
        try:
            files.place(path, torn, sync=True)
            break
        except Exists:
            if files.read(path, limit=_TORN_LIMIT) == torn:
                break
    return path
