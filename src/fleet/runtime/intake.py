"""Intake: mail that was dropped by hand becomes messages, whatever it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core.account import Account
from fleet.core.chart import Chart
from fleet.core.ladder import message_record
from fleet.core.message import read_dropped
from fleet.core.names import inbox_path
from fleet.core.planner import mail_wakes
from fleet.core.post import WAITING_AT_MOST
from fleet.core.record import Draft, Record
from fleet.errors import Unreadable
from fleet.store.stat import Stat
from fleet.store.trouble import Exists, FileTrouble, Missing
from fleet.store.yaml import read_plain, split_front

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

UNCHANGED_S = 0.5
"""How long a file that was not renamed in must stand unchanged before it is taken."""
MESSAGE_MAX = 256 * 1024
TAKEN = ".taken-"
TAKEN_A_LOOK = 500
"""How many files one look takes: a flood of them does not keep the loop from other work."""
TICK_NS = 50_000_000


@dataclass(slots=True)
class _Seen:
    stat: Stat
    since_s: float


class Intake:
    """Watches the new/ boxes. Times in seconds come from the monotonic clock, never from a file."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._seen: dict[str, _Seen] = {}
        self._times: dict[str, int] = {}
        self._strange: set[str] = set()
        self._told_full: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Say whether some file is still being written, so that a look is due soon."""
        return bool(self._seen)

    def writing(self, seat: str) -> bool:
        """Say whether a file in a seat's new/ is still being written."""
        folder = inbox_path(seat, "new")
        return any(path.startswith(folder + "/") for path in self._seen)

    def changed(self, seat: str) -> bool:
        """Say whether a seat's new/ may hold something that was not there at the last look."""
        folder = inbox_path(seat, "new")
        return self._times.get(seat) != self._time(folder) or any(
            p.startswith(folder + "/") for p in self._seen
        )

    def _time(self, folder: str) -> int:
        stat = self._fleet.files.stat(folder)
        return stat.mtime_ns if stat is not None else 0

    def look(self, seat: str, now: datetime, *, renamed: frozenset[str] = frozenset()) -> None:
        """Take what was dropped into a seat's new/; `renamed` are paths known to be whole."""
        folder = inbox_path(seat, "new")
        self._fleet.files.make(folder)
        mtime = self._time(folder)
        known, taken = self._fleet.account.names(seat), 0
        names = self._fleet.files.names(folder)
        for name in names:
            path = f"{folder}/{name}"
            if name in known or (_ignored(name) and not name.startswith(TAKEN)):
                continue
            if taken >= TAKEN_A_LOOK or self._full(seat, now):
                return  # the rest waits where it lies, and is looked at again
            if name.startswith(TAKEN):
                self._take(seat, path, now)
            elif self._whole(path, path in renamed):
                self._receive(seat, path, now)
                taken += 1
        self._forget(folder, set(names))
        # Folder times are as coarse as the kernel's tick: what comes in the same one is not missed.
        if now.timestamp() * 1e9 - mtime > TICK_NS:
            self._times[seat] = mtime

    def _full(self, seat: str, now: datetime) -> bool:
        if len(self._fleet.account.waiting(seat)) < WAITING_AT_MOST:
            self._told_full.discard(seat)
            return False
        if seat not in self._told_full:
            self._told_full.add(seat)
            says = f"{seat} has {WAITING_AT_MOST} messages waiting, which is the limit; what is dropped now waits"
            self._fleet.trouble("mail", says, now, seat=seat)
        return True

    def _forget(self, folder: str, names: set[str]) -> None:
        """Forget files that went away while they were being written."""
        for path in [
            p for p in self._seen if p.startswith(folder + "/") and p[len(folder) + 1 :] not in names
        ]:
            del self._seen[path]

    def strangers(self, now: datetime) -> None:
        """Report folders in inbox/ that belong to no seat, once each."""
        known = {*self._fleet.account.seats, *self._fleet.chart.retired}
        for name in self._fleet.files.names("inbox"):
            if name in known or name.startswith(".") or name in self._strange:
                continue
            self._strange.add(name)
            self._fleet.trouble("mail", f"inbox/{_shown(name)} belongs to no seat; its mail is not read", now)

    def _whole(self, path: str, renamed: bool) -> bool:
        stat = self._fleet.files.stat(path)
        if stat is None:
            self._seen.pop(path, None)
            return False
        # A name given (ctime) so long after the last write (mtime): it stood unchanged before it came here.
        stood = stat.ctime_ns - stat.mtime_ns >= UNCHANGED_S * 1e9
        if renamed or stood or stat.kind != "file":
            self._seen.pop(path, None)
            return True
        elapsed = self._fleet.clock.elapsed()
        seen = self._seen.get(path)
        if seen is None or seen.stat != stat:
            self._seen[path] = _Seen(stat, elapsed)
            return False
        if elapsed - seen.since_s < UNCHANGED_S:
            return False
        del self._seen[path]
        return True

    def _receive(self, seat: str, path: str, now: datetime) -> None:
        """Set a dropped file apart under a name of ours, so that it is taken once, after a crash too."""
        apart = f"{TAKEN}{self._fleet.account.next_id('m')}-{_plain(os.path.basename(path))}"
        taken = f"{inbox_path(seat, 'new')}/{apart}"
        try:
            self._fleet.files.move(path, taken)
        except (Missing, Exists):
            return
        self._take(seat, taken, now)

    def _take(self, seat: str, taken: str, now: datetime) -> None:
        fleet = self._fleet
        identity = fleet.account.next_id("m")
        try:
            raw = fleet.files.read(taken, limit=MESSAGE_MAX)
            message = read_dropped(
                raw,
                to=seat,
                id=identity,
                now=now.replace(microsecond=0),
                split_front=split_front,
                read_front=read_plain,
            )
        except (Unreadable, FileTrouble) as exc:
            self._bury(seat, taken, exc, now)
            return
        draft = message_record(fleet.chart, message, taken=taken)
        fleet.book.follow(draft, now, lambda account, record: _wakes(fleet.chart, account, record))

    def _bury(self, seat: str, taken: str, exc: Unreadable, now: datetime) -> None:
        """Set a file aside that is no message; done again after a crash, it comes to the same."""
        fleet = self._fleet
        identity, shown = _dropped_as(taken)
        why = f"{shown}: {exc.why.removeprefix(taken + ': ')}"
        if not fleet.account.used(identity):
            says = f"a file in {inbox_path(seat, 'new')} was set aside: {why}"
            fleet.trouble("mail", says, now, seat=seat, id=identity)
            fleet.settle()
        dead = inbox_path(seat, "dead")
        name = shown if shown not in fleet.files.names(dead) else f"{identity}-{shown}"
        fleet.files.publish(f"{dead}/{name}.why", f"{why}\n".encode("utf-8", "replace"))
        fleet.files.move(taken, f"{dead}/{name}")


def _wakes(chart: Chart, account: Account, record: Record) -> Iterator[Draft]:
    yield from mail_wakes(chart, account, record.data)


def _dropped_as(taken: str) -> tuple[str, str]:
    """Give the id kept for a file that was set apart, and the name under which it had been dropped."""
    kind, number, *rest = os.path.basename(taken).removeprefix(TAKEN).split("-", 2)
    return f"{kind}-{number}", rest[0] if rest else "unnamed"


def _ignored(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".swx", ".tmp", ".part"))


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")[:120]


def _plain(name: str) -> str:
    """A name that is safe to keep: what cannot stand in a file's name of ours becomes `_`."""
    text = "".join(c if c.isalnum() or c in "._-" else "_" for c in _shown(name)).lstrip(".")
    return text.encode("ascii", "replace").decode().replace("?", "_")[:100] or "unnamed"
