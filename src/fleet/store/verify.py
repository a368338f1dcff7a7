"""Verify: walk the whole chain of the ledger and name the first line that does not hold."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import date

from fleet.core.canonical import JSON
from fleet.core.frozen import dataclass
from fleet.core.names import ledger_path
from fleet.core.record import ZERO, Link, look
from fleet.errors import Broken, Unreadable
from fleet.store.days import days
from fleet.store.files import Files
from fleet.store.handle import Reading
from fleet.store.lines import lines


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """The first line that does not hold: where it stands, its number if it can be told, and why.

    `line` is 0 where the whole ledger is missing.
    """

    file: str
    line: int
    n: int | None
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}" if self.line else f"{self.file}: {self.why}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk over the ledger found.

    `lines` and `days` count what holds before the first broken line; `erased` are the numbers of the
    records whose data was emptied; `torn` is the size of an unfinished last line, which a running
    fleet may be writing just now. Lines cut off the end leave no trace here: compare `last_hash` and
    `lines` with a checkpoint kept elsewhere.
    """

    lines: int
    days: int
    last_hash: str
    broken: BrokenLine | None
    erased: list[int]
    torn: int = 0


@dataclass(slots=True)
class _Walk:
    far: Callable[[float], None]
    size: int
    read: int = 0
    lines: int = 0
    days: int = 0
    last_hash: str = ZERO
    torn: int = 0
    emptied: dict[int, tuple[str, int]] = field(default_factory=dict)  # n -> file, line
    listed: set[int] = field(default_factory=set)  # by erasure records


STATE_MAX = 5 * 1024 * 1024
_TURN = re.compile(r"t-\d{1,12}")
FAR_EVERY = 1000
"""Lines between two words of how far the walk is."""


def verify(files: Files, far: Callable[[float], None] = lambda share: None) -> Verified:
    """Check every line of every day against the chain, and each emptied one against the erasures.

    `far` hears now and then what share of the bytes was read.
    """
    stats = [files.stat(ledger_path(day)) for day in days(files)]
    walk = _Walk(far, max(1, sum(stat.size for stat in stats if stat is not None)))
    broken = _walk_days(files, walk) or _unlisted(walk) or _missing(files, walk)
    return Verified(walk.lines, walk.days, walk.last_hash, broken, sorted(walk.emptied), walk.torn)


def left_without(files: Files) -> str:
    """Name what the newest turn left (the state of dash is of t-812), where without a ledger nothing should be."""
    found = [(_turn_of(files, path), f"{path} is of") for path in _states(files)]
    for seat in files.names("out"):
        with contextlib.suppress(Unreadable, Broken):  # it may be no folder
            found += [(name, f"out/{seat}/ has one of") for name in files.names(f"out/{seat}")]
    turns = [(int(turn[2:]), where) for turn, where in found if _TURN.fullmatch(turn)]
    number, where = max(turns, default=(0, ""))
    return f"{where} t-{number}" if where else ""


def _states(files: Files) -> list[str]:
    return [f"state/{name}" for name in files.names("state") if name.endswith(".md")]


def _turn_of(files: Files, path: str) -> str:
    try:
        front = files.read(path, limit=STATE_MAX).split(b"\n---", 1)[0]
    except (Unreadable, Broken):
        return ""
    found = re.search(rb"^turn: *(t-\d{1,12}) *$", front, re.MULTILINE)
    return found[1].decode() if found else ""


def _missing(files: Files, walk: _Walk) -> BrokenLine | None:
    left = left_without(files) if walk.lines == 0 and not walk.torn else ""
    why = f"it is empty, but {left}: the ledger was lost, or is not mounted"
    return BrokenLine("ledger/", 0, None, why) if left else None


def _walk_days(files: Files, walk: _Walk) -> BrokenLine | None:
    found = days(files)
    for day in found:
        reading = files.reading(ledger_path(day))
        try:
            broken = _walk_day(reading, day, walk, newest=day == found[-1])
        finally:
            reading.close()
        if broken is not None:
            return broken
    return None


def _walk_day(reading: Reading, day: date, walk: _Walk, *, newest: bool) -> BrokenLine | None:
    number = 0
    for number, raw in _numbered(reading):
        walk.read += len(raw)
        if number % FAR_EVERY == 0:
            walk.far(walk.read / walk.size)
        try:
            if raw[-1:] != b"\n":
                walk.torn = _torn(raw, newest=newest)
                continue
            link = look(raw, walk.last_hash, walk.lines + 1)
            if number == 1:
                _check_first(raw, link, day)
            if link.what == "erasure":
                walk.listed.update(_numbers(link))
        except Unreadable as exc:
            return BrokenLine(reading.path, number, _told_n(raw), exc.why)
        if link.emptied:
            walk.emptied[link.n] = (reading.path, number)
        walk.lines, walk.last_hash = link.n, link.hash
    walk.days += number > 0
    return None


def _numbered(reading: Reading) -> Iterator[tuple[int, bytes]]:
    return enumerate(lines(reading, 0, reading.size), 1)


def _torn(raw: bytes, *, newest: bool) -> int:
    """Return the size of a torn last line; raises Unreadable if a crash cannot have left it."""
    if not newest:
        raise Unreadable("it has no newline, and is not the end of the ledger: something was cut")
    for text in (raw, raw[:-1]):
        try:
            look(text + b"\n", None, None)
        except Unreadable:
            continue
        raise Unreadable("it is a whole line, but its newline was changed or cut")
    return len(raw)


def _check_first(raw: bytes, link: Link, day: date) -> None:
    if link.what != "checkpoint":
        raise Unreadable("a day begins with a checkpoint: lines before it were cut")
    if raw[7:17].decode() > day.isoformat():
        raise Unreadable("it is of a later day than its file's name says: the file was renamed")


def _numbers(erasure: Link) -> Iterator[int]:
    """Yield the record numbers an erasure lists under `n`: one, or a list of them."""
    listed: JSON = json.loads(erasure.data).get("n")
    for n in listed if isinstance(listed, list) else [listed]:
        if isinstance(n, int):
            yield n


def _unlisted(walk: _Walk) -> BrokenLine | None:
    """Name the first line whose data was emptied though no erasure lists it."""
    for n, (file, number) in walk.emptied.items():
        if n not in walk.listed:
            return BrokenLine(file, number, n, "its data was emptied, and no erasure record lists it")
    return None


def _told_n(raw: bytes) -> int | None:
    try:
        n = json.loads(raw).get("n")
    except (ValueError, AttributeError, RecursionError):
        return None
    return n if isinstance(n, int) else None
