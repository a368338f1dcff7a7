"""The desk: reads what a seat is given before its turn, and sees what was changed from outside."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.brief import FileRead, PeerRead
from fleet.core.canonical import canonical, sha256_hex
from fleet.core.chart import Chart, PathRead, Seat
from fleet.core.frozen import dataclass
from fleet.core.names import charter_path, inbox_path, seat_folder, state_path
from fleet.core.outside import marks_of
from fleet.core.past import Letter
from fleet.core.planner import Looked
from fleet.core.state import read_state
from fleet.errors import Broken, Unreadable
from fleet.runtime.render import message_bytes
from fleet.store.below import DEPTH_MAX, FILES_MAX, below
from fleet.store.files import Files
from fleet.store.ledger import records
from fleet.store.stat import Stat
from fleet.store.trouble import FileTrouble, Missing, shown
from fleet.store.yaml import read_plain, split_front

if TYPE_CHECKING:
    from fleet.core.testimony import StateTold

STATE_MAX = 5 * 1024 * 1024
"""A state's body is at most 1 MB; its front matter can hold a whole result of 4 MB."""
MESSAGE_MAX = 512 * 1024
CHARTER_MAX = 1024 * 1024
PROGRAM_MAX = 64 * 1024 * 1024
PROGRAM_FILES_MAX, PROGRAM_DEPTH_MAX = FILES_MAX, DEPTH_MAX
LEFT_MAX = PROGRAM_MAX
"""Bytes of all that a turn leaves to be sent: it is hashed while nothing else is done."""
WORK_MAX = 16 * 1024 * 1024
"""Bytes of a work/ that are compared; a bigger one counts as changed by every stamped turn."""
TOO_MUCH = "too much"
UNREADABLE = "unreadable: "
"""With what begins the hash of a file that cannot be read."""
NOT_PROGRAM = frozenset(("work", "__pycache__", ".git", ".venv", "node_modules"))


@dataclass(frozen=True, slots=True)
class Prints:
    """The hashes of what a seat is told and of what it runs; `signature` changes when a file may have.

    `code` is that of the files in its folder, charter and all, whichever command starts them.
    """

    charter: str
    program: str
    signature: str
    code: str = ""


class Desk:
    """Reads for one chart. What was parsed is kept by its hash, and what was hashed by its file's times."""

    def __init__(self, files: Files, chart: Chart, account: Account) -> None:
        self._files = files
        self._chart = chart
        self._account = account
        self._states: dict[str, tuple[str, dict[str, Any]]] = {}
        self._told: dict[str, tuple[str, StateTold]] = {}
        self._prints: dict[str, Prints] = {}
        self._marks = marks_of(chart)
        self._marked: dict[str, tuple[bool, bool]] = {}
        self._hashed: dict[str, tuple[Stat, str]] = {}
        """Files in work/ that were hashed."""
        self._right: dict[str, tuple[Stat, str]] = {}
        """State files that were compared and are the ones that were published."""

    def look(self, name: str) -> Looked:
        """Fingerprint a seat's inputs: which state of each peer, which files by each path."""
        seat = self._chart.seats[name]
        paths = {read.path: self._fingerprint(read) for read in seat.paths}
        peers = {other: self._version(other) for other in seat.reads}
        return Looked(sha256_hex(canonical({"peers": peers, "paths": paths})), paths)

    def peer(self, name: str, now: datetime) -> PeerRead:
        """Read a peer's state as it stands, and which of its actions are open."""
        return replace(self._stands(name, now), waits=tuple(self._account.docket.of_seat(name)))

    def _stands(self, name: str, now: datetime) -> PeerRead:
        """Read a peer's state; what was edited from outside is not passed on."""
        past = self._account.seats.get(name)
        if past is None or past.state is None:
            return PeerRead(name, False, None, None, None, note="nothing published yet")
        state = past.state
        age_s = (now - (state.as_of or state.written)).total_seconds()
        as_of = state.as_of.astimezone(self._chart.calendar.tz).isoformat() if state.as_of else None
        try:
            raw = self._files.read(state_path(name), limit=STATE_MAX)
        except Missing:
            return PeerRead(name, False, age_s, as_of, None, note="its file is missing")
        except (FileTrouble, Broken) as exc:
            return PeerRead(name, False, age_s, as_of, None, note=str(exc))
        if sha256_hex(raw) != state.sha256:
            return PeerRead(
                name, False, age_s, as_of, None, note="edited outside the fleet, so it is not shown"
            )
        fresh = state.fresh(now)
        until = f"held until {state.good_until:%Y-%m-%d %H:%M} UTC" if state.good_until and not fresh else ""
        return PeerRead(name, fresh, age_s, as_of, self._parsed(name, state.sha256, raw), note=until)

    def told(self, name: str) -> StateTold | None:
        """Give a seat's published state as rules are told of it; None if its file cannot be read."""
        past = self._account.seats.get(name)
        if past is None or past.state is None:
            return None
        known = self._told.get(name)
        if known is None or known[0] != past.state.sha256:
            from fleet.core.testimony import state_told  # a chart without rules needs none of it

            try:
                raw = self._files.read(state_path(name), limit=STATE_MAX)
                if sha256_hex(raw) != past.state.sha256:
                    return None
                known = past.state.sha256, state_told(self._parsed(name, past.state.sha256, raw))
            except (FileTrouble, Unreadable, Broken):
                return None
            self._told[name] = known
        return known[1]

    def tampered(self, name: str) -> str | None:
        """Say what is wrong with a seat's state file, if it is not the one fleet published."""
        past = self._account.seats.get(name)
        if past is None or past.state is None:
            return None
        try:
            stat = self._files.stat(state_path(name))
            if stat is not None and self._right.get(name) == (stat, past.state.sha256):
                return None
            raw = self._files.read(state_path(name), limit=STATE_MAX)
        except Missing:
            return "is missing"
        except (FileTrouble, Broken) as exc:
            return str(exc)
        if sha256_hex(raw) != past.state.sha256:
            return "was edited outside the fleet"
        if stat is not None and stat.settled:
            self._right[name] = stat, past.state.sha256
        return None

    def path(self, read: PathRead, now: datetime) -> FileRead:
        """Look at the files behind a path read; their text is the holder's to open."""
        found = []
        newest = None
        for path, stat in self._found(read):
            modified = datetime.fromtimestamp(stat.mtime_ns / 1e9, UTC)
            newest = modified if newest is None or modified > newest else newest
            found.append((shown(path), stat.size, modified.astimezone(self._chart.calendar.tz).isoformat()))
        age_s = (now - newest).total_seconds() if newest else None
        fresh = newest is not None and (read.fresh_within is None or now - newest <= read.fresh_within)
        if read.path not in self._marked:
            marks = self._marks
            self._marked[read.path] = marks.is_outside(read.path), marks.is_private(read.path)
        outside, private = self._marked[read.path]
        return FileRead(read.path, fresh, age_s, tuple(found), outside=outside, private=private)

    def letter(self, letter: Letter) -> bytes:
        """Read a waiting message's file; raises Unreadable if it is not what was delivered."""
        raw = self._files.read(f"{inbox_path(letter.to, 'new')}/{letter.name}", limit=MESSAGE_MAX)
        if letter.sha256 and sha256_hex(raw) != letter.sha256:
            raise Unreadable("was edited after it was delivered")
        return raw

    def delivered(self, letters: Sequence[Letter]) -> dict[str, bytes]:
        """Give the files of letters as they were delivered, by the ledger; those whose text was erased are left out."""
        wanted = {letter.n: letter for letter in letters}
        found: dict[str, bytes] = {}
        for record in records(self._files, newest_first=True) if wanted else ():
            letter = wanted.pop(record.n, None)
            if letter is not None and record.data:
                text = message_bytes(record.data, self._chart.calendar.tz)
                if not letter.sha256 or sha256_hex(text) == letter.sha256:
                    found[letter.id] = text
            if not wanted:
                break
        return found

    def put_back(self, letter: Letter, why: str, text: bytes) -> bool:
        """Put a letter where it was delivered; what lies there instead goes to dead/. Says whether something did."""
        here, dead = f"{inbox_path(letter.to, 'new')}/{letter.name}", inbox_path(letter.to, "dead")
        there = self._files.stat(here) is not None
        if there:
            before = [name for name in self._files.names(dead) if name.startswith(letter.name)]
            aside = f"{dead}/{letter.name}{f'.{len(before)}' if before else ''}"
            self._files.publish(f"{aside}.why", f"{why}\n".encode())
            self._files.move(here, aside)
        self._files.place(here, text)
        return there

    def charter(self, name: str) -> str:
        """Read a seat's charter; a seat without one has an empty charter."""
        try:
            return self._files.read(charter_path(name), limit=CHARTER_MAX).decode("utf-8")
        except Missing:
            return ""
        except UnicodeDecodeError as exc:
            raise Unreadable(f"{charter_path(name)}: not UTF-8 at byte {exc.start}") from exc

    def prints(self, seat: Seat) -> Prints:
        """Hash a seat's charter and program; files are read again only when their times say so.

        A turn that runs on after an edit is asked about with its seat as it was.
        """
        paths = self._program_files(seat)
        stats = [(path, self._files.stat(path)) for path in paths]
        signature = sha256_hex(repr((seat.holder.argv, stats)).encode())
        known = self._prints.get(seat.id)
        if known is not None and known.signature == signature:
            return known
        hashes = {_named(path): self.hash(path) for path in paths}
        inside = {
            path: hashed for path, hashed in hashes.items() if path.startswith(f"{seat_folder(seat.id)}/")
        }
        charter = hashes.pop(charter_path(seat.id), "")
        program = sha256_hex(canonical({"argv": list(seat.holder.argv), **hashes}))
        prints = Prints(charter, program, signature, sha256_hex(canonical(inside)))
        self._prints[seat.id] = prints
        return prints

    def work(self, name: str) -> str:
        """Hash what a seat keeps in its work/, and how; "" for nothing.

        What is too much to be compared, or cannot be looked at or named, has no equal.
        """
        folder = f"{seat_folder(name)}/work"
        try:
            stat = self._files.stat(folder)
            if stat is None:
                return ""
            found = below(self._files, folder)
            if stat.kind != "folder" or _bytes(found.values()) > WORK_MAX:
                return TOO_MUCH
            tmp = f"{folder}/tmp"
            if tmp in found and found[tmp].kind == "folder" and not any(f"{tmp}/" in path for path in found):
                del found[tmp]
            kept = [self._kept(path, found[path], timed=path != tmp) for path in sorted(found)]
            return sha256_hex(repr((stat.mode, kept)).encode()) if kept else ""
        except (Unreadable, Broken, OSError):
            return TOO_MUCH

    def _kept(self, path: str, stat: Stat, *, timed: bool) -> tuple[object, ...]:
        """Give all in which a holder can keep something: names and times of folders and targets of links, too."""
        text = ""
        if stat.kind == "link":
            text = os.readlink(os.path.join(self._files.root, path))
        elif stat.kind == "file" and (text := self._hash_of(path, stat)).startswith(UNREADABLE):
            raise Unreadable(text)
        times = (stat.size, stat.mtime_ns, stat.ctime_ns) if timed or stat.kind != "folder" else ()
        return path, stat.kind, stat.mode, times, text

    def _hash_of(self, path: str, stat: Stat) -> str:
        known = self._hashed.get(path)
        if known is None or known[0] != stat:
            known = (stat, self.hash(path))
            if len(self._hashed) > 10 * PROGRAM_FILES_MAX:
                self._hashed.clear()
            if stat.settled:
                self._hashed[path] = known
        return known[1]

    def changed_at(self, seat: Seat) -> datetime | None:
        """Say when the newest of a seat's charter and program files was saved."""
        stats = (self._files.stat(path) for path in self._program_files(seat))
        newest = max((stat.ctime_ns for stat in stats if stat is not None), default=0)
        return datetime.fromtimestamp(newest / 1e9, UTC) if newest else None

    def left_in(self, folder: str) -> dict[str, str]:
        """Hash the files that a turn left to be sent; what it emitted is not among them.

        Raises Unreadable for what cannot be frozen by its hash: a link, a pipe, what may not be read, too much, a
        name that no record can hold.
        """
        try:
            found, hashes, size = below(self._files, folder), dict[str, str](), 0
            found.pop(f"{folder}/emit.jsonl", None)
            odd = [path for path in sorted(found) if _named(path) != path]
            if odd:
                raise Unreadable(f"{shown(odd[0])}: its name is no UTF-8")
            if _bytes(found.values()) > LEFT_MAX:
                raise Unreadable(
                    f"{folder}: more than {LEFT_MAX >> 20} MB together; keep such files in work/"
                )
            for path in sorted(path for path, stat in found.items() if stat.kind != "folder"):
                raw = self._files.read(path, limit=LEFT_MAX - size)
                hashes[path], size = sha256_hex(raw), size + len(raw)
            return hashes
        except Broken as exc:
            raise Unreadable(str(exc)) from exc

    def frozen(self, paths: Iterable[str]) -> dict[str, str]:
        """Hash files that were left to be sent, as they are now; all together are no more than a turn may leave."""
        stats: dict[str, Stat] = {}
        try:
            stats = {path: stat for path in paths if (stat := self._files.stat(path)) is not None}
        except (FileTrouble, Broken):
            return {}
        if _bytes(stats.values()) > LEFT_MAX:
            return {}
        hashes = {path: self._hash_of(path, stat) for path, stat in stats.items()}
        return {path: hashed for path, hashed in hashes.items() if not hashed.startswith(UNREADABLE)}

    def hash(self, path: str) -> str:
        """Hash a file; one that cannot be read has a text that no hash equals."""
        try:
            return sha256_hex(self._files.read(path, limit=PROGRAM_MAX))
        except (FileTrouble, Broken) as exc:
            return f"{UNREADABLE}{exc}"

    def _program_files(self, seat: Seat) -> list[str]:
        folder = seat_folder(seat.id)
        found: list[str] = []
        self._walk(folder, found)
        for word in seat.holder.argv:
            path = posixpath.normpath(posixpath.join(folder, word))
            outside = not path.startswith((f"{folder}/", "../", "/"))
            if outside and "/" in word and self._files.stat(path) is not None:
                found.append(path)
        return found

    def _walk(self, folder: str, found: list[str]) -> None:
        """List a program's files below a folder; what lies deeper than any program does is passed over."""
        folders = [folder]
        while folders and len(found) < PROGRAM_FILES_MAX:
            here = folders.pop()
            for name in self._files.names(here):
                if name in NOT_PROGRAM or name.endswith(".pyc"):
                    continue
                path = f"{here}/{name}"
                stat = self._files.stat(path)
                if stat is None:
                    continue
                if stat.kind != "folder":
                    found.append(path)
                elif path.count("/") < PROGRAM_DEPTH_MAX:
                    folders.append(path)

    def _parsed(self, name: str, sha256: str, raw: bytes) -> dict[str, Any]:
        known = self._states.get(name)
        if known is None or known[0] != sha256:
            text = raw.decode("utf-8")
            known = (sha256, read_state(text, read_front=read_plain, split_front=split_front))
            self._states[name] = known
        return known[1]

    def _version(self, name: str) -> str:
        past = self._account.seats.get(name)
        return past.state.sha256 if past is not None and past.state is not None else ""

    def _fingerprint(self, read: PathRead) -> str:
        return sha256_hex(repr(self._found(read)).encode())

    def _found(self, read: PathRead) -> list[tuple[str, Stat]]:
        """List the files behind a path read; a folder that may not be read has none."""
        try:
            stats = [(path, self._files.stat(path)) for path in self._files.glob(read.path)]
        except FileTrouble:
            return []
        return [(path, stat) for path, stat in stats if stat is not None]


def _named(path: str) -> str:
    """Give a path as a record can hold it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _bytes(stats: Iterable[Stat]) -> int:
    return sum(stat.size for stat in stats if stat.kind == "file")
