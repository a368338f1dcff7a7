"""Reel: days of the ledger read forward, from a checkpoint on; what nobody wants is not parsed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

from fleet.core.names import ledger_path
from fleet.core.record import Record, read_line
from fleet.errors import Unreadable
from fleet.store.days import days
from fleet.store.files import Files
from fleet.store.lines import backwards, lines, whole_size
from fleet.store.verify import Checks, does_not_hold

_WHAT = b'"what":"'
_N = b'"n":'
DIGITS = 18
"""Of the number of a record there are fewer."""
_CHECKPOINT = b"checkpoint"
_CHARTS = tuple(b'"what":"%s"}\n' % what for what in (b"revision", _CHECKPOINT))
"""How the lines end that tell which chart is in force."""
_EMPTIED = b'"data":{},'
_DATA_AT = len(b'{"at":"2026-11-23T13:10:00.123456Z",')
_parsed = json.JSONDecoder().decode


def days_from(files: Files, since: datetime) -> list[date]:
    """Return the days that are to be read for what happened since an instant, oldest first.

    A day's file begins with a checkpoint, and its day is never before that of its lines, even where a clock was put
    back. Where that checkpoint was erased, the reading begins a day earlier.
    """
    every = days(files)
    start = max(0, sum(day <= since.astimezone(UTC).date() for day in every) - 1)
    while start > 0 and not stands(files, every[start]):
        start -= 1
    return every[start:]


def stands(files: Files, day: date) -> bool:
    """Say whether a day has a checkpoint that still holds its data, so that the reading may begin there."""
    reading = files.reading(ledger_path(day))
    try:
        return reading.size > 0 and not _is_emptied(reading.read_at(0, _DATA_AT + len(_EMPTIED)))
    finally:
        reading.close()


def _is_emptied(raw: bytes) -> bool:
    return raw.startswith(_EMPTIED, _DATA_AT)


def first_n(files: Files, since: datetime) -> int:
    """Return the number of the first record since an instant; 0 if there is none."""
    wanted = since.astimezone(UTC).isoformat(timespec="microseconds")[:26].encode()
    for day in days_from(files, since):
        reading = files.reading(ledger_path(day))
        try:
            for number, raw in enumerate(lines(reading, 0, whole_size(reading)), 1):
                if raw[7:33] >= wanted:  # {"at":"2026-11-23T13:10:00.123456Z"
                    return _read(reading.path, number, raw).n
        finally:
            reading.close()
    return 0


def last_n(files: Files, day: date) -> int:
    """Return the number of a day's last whole record as its line says it, unchecked; 0 if it says none."""
    reading = files.reading(ledger_path(day))
    try:
        raw = next(backwards(reading, whole_size(reading)), b"")
    finally:
        reading.close()
    digits = raw[raw.rfind(_N) + len(_N) :].partition(b",")[0]  # no part behind `data` can hold a quote
    return int(digits) if digits.isdigit() and len(digits) < DIGITS else 0


def reel(
    files: Files,
    wanted_days: Sequence[date],
    wanted: frozenset[str],
    checks: Checks,
    begins: Callable[[date], bool] = lambda day: False,
) -> Iterator[Record]:
    """Yield the records of these kinds and days, oldest first, behind the first day's checkpoint, which is the first.

    `begins` hears of each day, and says whether its checkpoint is wanted too. A torn last line is passed over.
    Every line is checked behind the one before. Raises Broken, naming file and line, for the first that does not hold.
    """
    kinds = {kind.encode() for kind in wanted}
    for day in wanted_days:
        takes = begins(day) or day == wanted_days[0]
        reading = files.reading(ledger_path(day))
        try:
            for number, raw in checks.whole(reading, day):
                # The line's last key is `what`, and no part behind `data` can hold a quote.
                what = raw[raw.rfind(_WHAT) + len(_WHAT) : -3]
                if what in kinds or (what == _CHECKPOINT and takes):
                    yield _read(reading.path, number, raw)
        finally:
            reading.close()


def seek(files: Files, n: int, at: datetime) -> Iterator[tuple[Record, Record]]:
    """Find record n, which was written at this instant; yields it with each record that tells of its chart.

    First comes the newest revision or checkpoint before it, then the first one behind: that tells of the chart of
    then where its revision was erased. Nothing is yielded if record n is not there.
    """
    mark = b'"n":%d,' % n
    every, found = days(files), None
    for place, day in enumerate(every):
        if day < at.astimezone(UTC).date():
            continue
        reading, chart = files.reading(ledger_path(day)), (0, b"")
        try:
            for number, raw in enumerate(lines(reading, 0, whole_size(reading)), 1):
                tells = raw.endswith(_CHARTS) and not _is_emptied(raw)
                if tells and found is not None:
                    yield found, _read(reading.path, number, raw)
                    return
                if tells:
                    chart = number, raw
                elif found is None and mark in raw and (record := _read(reading.path, number, raw)).n >= n:
                    if record.n > n:
                        return
                    found = record
                    told = _read(reading.path, *chart) if chart[0] else _charted(files, every[:place])
                    if told is not None:
                        yield found, told
        finally:
            reading.close()


def _charted(files: Files, earlier: Sequence[date]) -> Record | None:
    """Find the newest record of some days that tells of the chart in force, and was not erased."""
    for day in reversed(earlier):
        reading, chart = files.reading(ledger_path(day)), (0, b"")
        try:
            for number, raw in enumerate(lines(reading, 0, whole_size(reading)), 1):
                if raw.endswith(_CHARTS) and not _is_emptied(raw):
                    chart = number, raw
            if chart[0]:
                return _read(reading.path, *chart)
        finally:
            reading.close()
    return None


def _read(path: str, number: int, raw: bytes) -> Record:
    """Read a line in half the time that a strict reading takes; what is odd about it is told by that one."""
    try:
        found = _parsed(raw.decode())
        return Record(
            n=found["n"],
            at=datetime.fromisoformat(found["at"]),
            what=found["what"],
            seat=found.get("seat"),
            turn=found.get("turn"),
            data=found["data"],
            data_sha256=found["data_sha256"],
            prev=found["prev"],
            hash=found["hash"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _strictly(path, number, raw)


def _strictly(path: str, number: int, raw: bytes) -> Record:
    try:
        return read_line(raw)
    except Unreadable as exc:
        raise does_not_hold(path, number, exc.why) from exc
