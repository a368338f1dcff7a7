"""Intake: mail that was dropped by hand becomes messages, whatever it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core.account import Account
from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.ladder import message_record
from fleet.core.message import read_dropped
from fleet.core.names import inbox_path, number
from fleet.core.planner import mail_wakes
from fleet.core.post import WAITING_AT_MOST
from fleet.core.record import Draft, Record
from fleet.errors import Unreadable
from fleet.store.stat import Mark, Stat
from fleet.store.trouble import Exists, FileTrouble, Missing
from fleet.store.yaml import read_plain, split_front

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

UNCHANGED_S = 0.5
"""How long a file that was not renamed in must stand unchanged before it is taken."""
MESSAGE_MAX = 256 * 1024
TAKEN = ".taken-"
WORK = 600
"""What one look does at most, over all seats, so that a flood of files keeps the loop from nothing: about 20 ms."""
LOOKED, RECEIVED = 1, 20
"""What it costs to look at a file, and to make a message of it: about 20 and 500 microseconds."""
TICK_NS = 50_000_000
NO_ID = "m-999999999999999"
_APART = re.compile(r"(m-[1-9][0-9]{0,14})-([A-Za-z0-9._-]{1,100})")


@dataclass(slots=True)
class _Seen:
    stat: Stat
    since_s: float


class Intake:
    """Watches the new/ boxes. Times in seconds come from the monotonic clock, never from a file."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._seen: dict[str, dict[str, _Seen]] = {}
        """By seat, the files that have not stood long enough."""
        self._marks: dict[str, Mark | None] = {}
        self._renamed: dict[str, set[str]] = {}
        """By seat, the files that are known to be whole."""
        self._due: dict[str, None] = {}
        self._strange: set[str] = set()
        self._known_inbox: Stat | None = None
        self._told_full: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Say whether some file is still being written, so that a look is due soon."""
        return bool(self._seen)

    @property
    def due(self) -> list[str]:
        """The seats whose new/ is to be looked at, those first that have waited longest."""
        return [seat for seat in self._due if seat in self._fleet.chart.seats]

    def writing(self, seat: str) -> bool:
        """Say whether a seat's new/ has a file that is still being written, or that is not a message yet."""
        return seat in self._seen or seat in self._due

    def hear(self, path: str) -> None:
        """Take note of a file that was renamed to a path: it is whole."""
        parts = path.split("/")
        if len(parts) == 4 and parts[2] == "new" and not _ignored(parts[3]):
            _, seat, _, name = parts
            if seat in self._fleet.chart.seats:
                self._renamed.setdefault(seat, set()).add(name)
                self._due[seat] = None

    def notice(self, seats: Sequence[str]) -> None:
        """Find out which of these seats' new/ may hold something that was not there at the last look."""
        marks = self._fleet.files.glance([f"inbox/{seat}/new" for seat in seats])
        for seat, mark in zip(seats, marks, strict=True):
            if mark is None or self._marks.get(seat) != mark:
                self._due[seat] = None
        self.again()

    def put_off(self, seat: str) -> None:
        """Leave a seat's new/ for a later look: what lies there is not yet where the account has it."""
        self._due.pop(seat, None)
        self._marks[seat] = None

    def again(self) -> None:
        """Look again at the boxes in which a file was still being written."""
        for gone in self._seen.keys() - self._fleet.chart.seats.keys():
            del self._seen[gone]
        self._due.update(dict.fromkeys(self._seen))

    def look(self, seat: str, now: datetime, work: int) -> int:
        """Take what was dropped into a seat's new/, for no more `work` than that; says how much is left of it.

        What is left over stays due.
        """
        self._due.pop(seat, None)
        folder = inbox_path(seat, "new")
        self._fleet.files.make(folder)
        (mark,) = self._fleet.files.glance([folder])
        names = self._fleet.files.names(folder)
        self._forget(seat, names)
        left = self._pass(seat, names, now, work)
        if left <= 0:
            self._due[seat] = None  # behind the others
            return 0
        if seat in self._told_full:
            self._marks[seat] = None  # what lies there is looked at again once there is room
            return left
        self._renamed.pop(seat, None)
        # Folder times are as coarse as the kernel's tick: what comes in the same one is not missed.
        settled = mark is not None and now.timestamp() * 1e9 - mark.changed_ns > TICK_NS
        self._marks[seat] = mark if settled else None
        return left

    def _pass(self, seat: str, names: Sequence[str], now: datetime, work: int) -> int:
        """Go through the names once; says how much work is left, 0 if some were not come to."""
        known = self._fleet.account.names(seat)
        new = [n for n in names if n not in known and (n.startswith(TAKEN) or not _ignored(n))]
        young = [n for n in new if self._is_young(seat, n)]
        waits = frozenset(young)
        for name in (n for n in new if n not in waits):
            if work <= 0:
                return 0
            if self._full(seat, now):
                return work  # the rest waits where it lies, and is looked at again
            work -= RECEIVED if self._received(seat, name, now) else LOOKED
        for name in young[: max(0, work)]:
            work -= LOOKED
            self._received(seat, name, now)
        return max(1, work)

    def _received(self, seat: str, name: str, now: datetime) -> bool:
        """Make a message of a file, if it is whole."""
        path = f"{inbox_path(seat, 'new')}/{name}"
        if name.startswith(TAKEN) and not self._fleet.secrets.names_in(os.fsencode(name)):
            self._take(seat, path, now)
        elif self._whole(seat, name, path):
            self._receive(seat, path, now)
        else:
            return False
        return True

    def _full(self, seat: str, now: datetime) -> bool:
        account = self._fleet.account
        open_ones = len(account.inboxes.get(seat, ()))  # those that are held by a turn are among them
        if open_ones < WAITING_AT_MOST or len(account.waiting(seat)) < WAITING_AT_MOST:
            self._told_full.discard(seat)
            return False
        if seat not in self._told_full:
            self._told_full.add(seat)
            says = f"{seat} has {WAITING_AT_MOST} messages waiting, which is the limit; what is dropped now waits"
            self._fleet.trouble("mail", says, now, seat=seat)
        return True

    def _forget(self, seat: str, names: Sequence[str]) -> None:
        """Forget files that went away while they were being written."""
        if seat in self._seen:
            for name in self._seen[seat].keys() - set(names):
                self._settled(seat, name)

    def _settled(self, seat: str, name: str) -> None:
        young = self._seen.get(seat, {})
        young.pop(name, None)
        if not young:
            self._seen.pop(seat, None)

    def _is_young(self, seat: str, name: str) -> bool:
        """Say whether a file has not been known for long enough to be looked at again."""
        seen = self._seen[seat].get(name) if seat in self._seen else None
        if seen is None or name in self._renamed.get(seat, ()):
            return False
        return self._fleet.clock.elapsed() - seen.since_s < UNCHANGED_S

    def strangers(self, now: datetime) -> None:
        """Report folders in inbox/ that belong to no seat, once each."""
        found = self._fleet.files.stat("inbox")
        if found is not None and found == self._known_inbox:
            return
        self._known_inbox = found if found is not None and found.settled else None
        known = {*self._fleet.account.seats, *self._fleet.chart.retired}
        for name in self._fleet.files.names("inbox"):
            if name in known or name.startswith(".") or name in self._strange:
                continue
            self._strange.add(name)
            self._fleet.trouble("mail", f"inbox/{_shown(name)} belongs to no seat; its mail is not read", now)

    def _whole(self, seat: str, name: str, path: str) -> bool:
        stat = self._fleet.files.stat(path)
        if stat is None:
            self._settled(seat, name)
            return False
        # A name given (ctime) so long after the last write (mtime): it stood unchanged before it came here.
        stood = stat.ctime_ns - stat.mtime_ns >= UNCHANGED_S * 1e9
        seen = self._seen[seat].get(name) if seat in self._seen else None
        if stood or stat.kind != "file" or name in self._renamed.get(seat, ()):
            self._settled(seat, name)
            return True
        elapsed = self._fleet.clock.elapsed()
        if seen is None or seen.stat != stat:
            self._seen.setdefault(seat, {})[name] = _Seen(stat, elapsed)
            return False
        if elapsed - seen.since_s < UNCHANGED_S:
            return False
        self._settled(seat, name)
        return True

    def _receive(self, seat: str, path: str, now: datetime) -> None:
        """Set a dropped file apart under a name of ours, so that it is taken once, after a crash too."""
        name = os.path.basename(path)
        held = self._fleet.secrets.names_in(os.fsencode(name))
        plain = f"secret-{held[0]}"[:100] if held else _plain(name)
        apart = f"{TAKEN}{self._fleet.account.next_id('m')}-{plain}"
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
        message = replace(message, subject=fleet.secrets.text(message.subject))  # its file is named by it
        draft = message_record(fleet.chart, message, taken=taken)
        fleet.book.follow(draft, now, lambda account, record: _wakes(fleet.chart, account, record))

    def _bury(self, seat: str, taken: str, exc: Unreadable, now: datetime) -> None:
        """Set a file aside that is no message; done again after a crash, it comes to the same."""
        fleet = self._fleet
        identity, shown = _dropped_as(taken)
        ours = number(identity) < number(fleet.account.next_id("m")) + WORK
        identity = identity if ours else fleet.account.next_id("m")  # a name that we never gave makes no gap
        why = fleet.secrets.text(f"{shown}: {exc.why.removeprefix(taken + ': ')}")
        if not fleet.account.used(identity):
            says = f"a file in {inbox_path(seat, 'new')} was set aside: {why}"
            fleet.trouble("mail", says, now, seat=seat, id=identity)
            fleet.settle()
        dead = inbox_path(seat, "dead")
        name = shown if shown not in fleet.files.names(dead) else f"{identity}-{shown}"
        fleet.files.publish(f"{dead}/{name}.why", f"{why}\n".encode("utf-8", "replace"))
        self._hide(taken)
        fleet.files.move(taken, f"{dead}/{name}")

    def _hide(self, path: str) -> None:
        """Take values of secrets out of a file that stays as it was dropped."""
        with suppress(FileTrouble):
            raw = self._fleet.files.read(path, limit=MESSAGE_MAX)
            hidden = self._fleet.secrets.hide(raw)
            if hidden != raw:
                self._fleet.files.publish(path, hidden)


def _wakes(chart: Chart, account: Account, record: Record) -> Iterator[Draft]:
    yield from mail_wakes(chart, account, record.data)


def _dropped_as(taken: str) -> tuple[str, str]:
    """Give the id kept for a file that was set apart, and the name under which it had been dropped.

    Anybody can give a file such a name; one that is none of ours keeps no id.
    """
    name = os.path.basename(taken).removeprefix(TAKEN)
    match = _APART.fullmatch(name)
    return (match[1], match[2]) if match else (NO_ID, _plain(name))


def _ignored(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".swx", ".tmp", ".part"))


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")[:120]


def _plain(name: str) -> str:
    """A name that is safe to keep: what cannot stand in a file's name of ours becomes `_`."""
    text = "".join(c if c.isalnum() or c in "._-" else "_" for c in _shown(name)).lstrip(".")
    return text.encode("ascii", "replace").decode().replace("?", "_")[:100] or "unnamed"
