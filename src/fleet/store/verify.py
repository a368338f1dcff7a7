"""Verify: walk the whole chain of the ledger and name the first line that does not hold."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
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
from fleet.store.lines import backwards, lines, whole_size


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


def _to_nobody(share: float) -> None:
    """Tell nobody how far it is."""


@dataclass(slots=True)
class Walk:
    """How far a walk over lines came, and what it is to remember of them."""

    far: Callable[[float], None] = _to_nobody
    size: int = 1
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
    walk = Walk(far, max(1, sum(stat.size for stat in stats if stat is not None)))
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


def _missing(files: Files, walk: Walk) -> BrokenLine | None:
    left = left_without(files) if walk.lines == 0 and not walk.torn else ""
    why = f"it is empty, but {left}: the ledger was lost, or is not mounted"
    return BrokenLine("ledger/", 0, None, why) if left else None


def _walk_days(files: Files, walk: Walk) -> BrokenLine | None:
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


def _walk_day(reading: Reading, day: date, walk: Walk, *, newest: bool) -> BrokenLine | None:
    number = 0
    for number, raw in _numbered(reading):
        walk.read += len(raw)
        if number % FAR_EVERY == 0:
            walk.far(walk.read / walk.size)
        try:
            _check(walk, reading.path, number, raw, day, newest=newest)
        except Unreadable as exc:
            return BrokenLine(reading.path, number, _told_n(raw), exc.why)
    walk.days += number > 0
    return None


def _check(walk: Walk, path: str, number: int, raw: bytes, day: date, *, newest: bool) -> None:
    """Check one line behind the one before it; raises Unreadable."""
    if raw[-1:] != b"\n":
        walk.torn = _torn(raw, newest=newest)
        return
    link = look(raw, walk.last_hash, walk.lines + 1)
    if number == 1:
        _check_first(raw, link, day)
    if link.what == "erasure":
        walk.listed.update(_numbers(link))
    if link.emptied:
        walk.emptied[link.n] = (path, number)
    walk.lines, walk.last_hash = link.n, link.hash


class Checks:
    """Checks lines of days that follow each other while they are read, behind the last line of the day before."""

    def __init__(self, files: Files, first: date) -> None:
        every = days(files)
        self._newest = every[-1] if every else first
        self.walk = Walk()
        earlier = (day for day in reversed(every) if day < first)
        last = next((day for day in earlier if _holds_lines(files, day)), None)
        if last is not None:
            self._begin_behind(files, last)

    def whole(self, reading: Reading, day: date) -> Iterator[tuple[int, bytes]]:
        """Yield the numbered lines of a day, each checked; raises Broken, naming the first that does not hold."""
        newest = day == self._newest
        for number, raw in _numbered(reading):
            try:
                _check(self.walk, reading.path, number, raw, day, newest=newest)
            except Unreadable as exc:
                raise does_not_hold(reading.path, number, exc.why) from exc
            if raw[-1:] == b"\n":
                yield number, raw

    def _begin_behind(self, files: Files, day: date) -> None:
        reading = files.reading(ledger_path(day))
        try:
            raw = next(backwards(reading, whole_size(reading)), b"")
            link = look(raw, None, None)
        except Unreadable as exc:
            number = sum(1 for _ in lines(reading, 0, reading.size))
            raise does_not_hold(reading.path, number, exc.why) from exc
        finally:
            reading.close()
        self.walk.lines, self.walk.last_hash = link.n, link.hash


def _holds_lines(files: Files, day: date) -> bool:
    stat = files.stat(ledger_path(day))
    return stat is not None and stat.size > 0


def check_erased(files: Files, walks: Iterable[Walk]) -> None:
    """Refuse emptied lines that no erasure lists. All of the ledger is asked then: one may come meanwhile."""
    found = [*walks]
    listed = set[int]().union(*(walk.listed for walk in found))
    if any(n not in listed for walk in found for n in walk.emptied):
        broken = verify(files).broken
        if broken is not None:
            raise does_not_hold(broken.file, broken.line, broken.why)


def does_not_hold(path: str, number: int, why: str) -> Broken:
    """Say that a line does not hold, to who was about to go by it."""
    return Broken(
        f"{path}:{number}: this line of the ledger does not hold: {why}. Nothing was judged by it. "
        "See `fleet audit verify`, and put the file back from a copy."
    )


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


def _unlisted(walk: Walk) -> BrokenLine | None:
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
