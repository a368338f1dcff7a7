"""Days: the ledger's files, one a day: which there are, which hold a number, and one of them without some data."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from typing import TypeVar

from fleet.core.names import ledger_day, ledger_path
from fleet.core.record import Record, emptied_line, look, read_line
from fleet.errors import Broken, Unreadable
from fleet.store.files import Files
from fleet.store.handle import Reading
from fleet.store.lines import lines, whole_size

T = TypeVar("T")

FOLDER = "ledger"
_NUMBER = re.compile(
    rb'"n":([0-9]{1,16}),"prev":"[0-9a-f]{64}"(?:,"seat":"[a-z0-9-]{1,40}")?(?:,"turn":"[a-z0-9-]{1,40}")?,"what":"[a-z_]{1,40}"\}\n?$'
)
"""The number in a line as fleet writes it, which stands behind its data."""


def days(files: Files) -> list[date]:
    """Return the days that have a file in ledger/, oldest first."""
    return [day for name in files.names(FOLDER) if (day := ledger_day(name)) is not None]


def numbered(files: Files, numbers: Iterable[int]) -> Iterator[Record]:
    """Yield the records of these numbers that there are, in order; no other line is read whole."""
    wanted = set(numbers)
    for day in days_with(files, wanted):
        reading = files.reading(ledger_path(day))
        try:
            at = 0
            for raw in lines(reading, 0, whole_size(reading)):
                told = _NUMBER.search(raw)
                if told is None or int(told[1]) in wanted:
                    record = read_one(reading, raw, at, read_line)
                    if record.n in wanted:
                        yield record
                at += len(raw)
        finally:
            reading.close()


def raw_lines(files: Files, day: date) -> Iterator[bytes]:
    """Yield the whole lines of a day as they stand there."""
    reading = files.reading(ledger_path(day))
    try:
        yield from lines(reading, 0, whole_size(reading))
    finally:
        reading.close()


def days_with(files: Files, numbers: Collection[int]) -> list[date]:
    """Find the days that can hold lines of these numbers, by the first line of each."""
    found = days(files)
    first: list[int] = []
    for day in found:
        reading = files.reading(ledger_path(day))
        try:
            told = _NUMBER.search(next(lines(reading, 0, whole_size(reading)), b""))
        finally:
            reading.close()
        first.append(int(told[1]) if told is not None else (first[-1] if first else 0))
    ends = [*first[1:], 1 << 62]
    return [
        day
        for day, low, high in zip(found, first, ends, strict=True)
        if any(low <= n <= high for n in numbers)
    ]


def read_one(reading: Reading, raw: bytes, at: int, read: Callable[[bytes], T]) -> T:
    try:
        return read(raw)
    except Unreadable as exc:
        raise does_not_hold(reading, at, exc) from exc


def does_not_hold(reading: Reading, at: int, exc: Unreadable) -> Broken:
    number = 1 + sum(1 for _ in lines(reading, 0, at))
    return Broken(
        f"{reading.path}:{number}: this line of the ledger does not hold: {exc.why}. Nothing was started. "
        "See `fleet audit verify`, and put the file back from a copy."
    )


def without_data(files: Files, day: date, wanted: set[int]) -> tuple[bytes | None, list[int]]:
    """Return a day's file with the data of the wanted records emptied, None if it is so already, and which it holds."""
    reading = files.reading(ledger_path(day))
    kept, found, changed = list[bytes](), list[int](), False
    at = 0
    try:
        for raw in lines(reading, 0, whole_size(reading)):
            link = read_one(reading, raw, at, lambda line: look(line, None, None))
            if link.n in wanted:
                found.append(link.n)
                changed = changed or not link.emptied
            kept.append(emptied_line(raw) if link.n in wanted else raw)
            at += len(raw)
    finally:
        reading.close()
    return b"".join(kept) if changed else None, found
