"""Marks: mode, owner and times of its own files, changed for a sandboxed program by us.

Landlock does not look at such calls, so a program that may make them could change any file of its user.
The filter stops each one and tells us; we look at whose file it is, below its own folders and following
no link out of them, and make the change ourselves. What it says is read once, so nothing can be swapped.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
import select
import stat
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from posixpath import join, normpath

from fleet.edge import calls, kernel, seccomp

RECEIVE, SEND, IS_VALID = 0xC0502100, 0xC0182101, 0x40082102  # linux/seccomp.h
ASKED, ANSWER = struct.Struct("QIIiIQ6Q"), struct.Struct("QqiI")
AT_SYMLINK_NOFOLLOW = 0x100
UTIME_NOW = 0x3FFFFFFF
RESOLVE = 0x01 | 0x02 | 0x08  # RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH: linux/openat2.h
PATH_MAX = 4096
MODES = 0o1777  # set-uid and set-gid are for nobody in a sandbox
AT_ONCE, EACH_SECOND, REST_S = 20_000, 1_000, 0.02
"""Answers that one program has at once, and regains: each costs us some 50 µs, and who asks for ever shall wait."""
_BY_NUMBER = re.compile(r"/proc/(?:self|thread-self)/fd/(\d{1,9})")

Change = Callable[[int, os.stat_result], None]
"""What is to be done with an open file, by its descriptor and what it is."""


class Marks:
    """What a program's filter asks us, answered in the loop until the program has ended."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, listener: int, folders: Sequence[str], uid: int
    ) -> None:
        self._loop, self._listener, self._uid = loop, listener, uid
        self._folders = tuple(dict.fromkeys(name for one in folders for name in (one, os.path.realpath(one))))
        self._left, self._seen = float(AT_ONCE), loop.time()
        self._rest: asyncio.TimerHandle | None = None
        loop.add_reader(listener, self._asked)

    def close(self) -> None:
        """Answer no more: who still lives is told that there is no such call."""
        if self._rest is not None:
            self._rest.cancel()
        if self._listener >= 0:
            self._loop.remove_reader(self._listener)
            os.close(self._listener)
        self._listener = -1

    def _asked(self) -> None:
        asked = bytearray(ASKED.size)
        try:
            fcntl.ioctl(self._listener, RECEIVE, asked)
        except OSError:
            self._hung_up()
            return
        identity, asker, _, number, _, _, *args = ASKED.unpack(asked)
        code = self._answer(asker, number, args, identity)
        with suppress(OSError):  # it has ended meanwhile
            fcntl.ioctl(self._listener, SEND, bytearray(ANSWER.pack(identity, 0, -code, 0)))
        self._spend()

    def _spend(self) -> None:
        """Take note of an answer; look away for a while where it has had too many."""
        now = self._loop.time()
        self._left = min(AT_ONCE, self._left + (now - self._seen) * EACH_SECOND) - 1
        self._seen = now
        if self._left < 0:
            self._loop.remove_reader(self._listener)
            self._rest = self._loop.call_later(REST_S, self._loop.add_reader, self._listener, self._asked)

    def _hung_up(self) -> None:
        """Look no more when nobody is left who could ask."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        if any(event & select.POLLHUP for _, event in poll.poll(0)):
            self.close()

    def _answer(self, asker: int, number: int, args: list[int], identity: int) -> int:
        """Do what is asked; gives the number of an error, or 0."""
        try:
            folder, path, change, flags = _Asked(asker, number, args).read()
            fcntl.ioctl(self._listener, IS_VALID, struct.pack("Q", identity))  # it was this asker's memory
            fd = self._opened(asker, folder, path, flags)
            try:
                change(fd, self._own(fd))
            finally:
                os.close(fd)
        except OSError as exc:
            return errno.EPERM if exc.errno == errno.EXDEV else exc.errno or errno.EPERM
        except (ValueError, OverflowError, struct.error):
            return errno.EINVAL
        return 0

    def _own(self, fd: int) -> os.stat_result:
        found = os.fstat(fd)
        if found.st_uid != self._uid:
            raise PermissionError(errno.EPERM, "it is somebody else's")
        return found

    def _opened(self, asker: int, folder: int, path: str | None, flags: int) -> int:
        """Open what is meant, below one of the folders. Raises OSError."""
        by_number = _BY_NUMBER.fullmatch(path or "")
        if by_number is not None:
            folder, path = int(by_number[1]), None
        if not path:
            return self._same(f"/proc/{asker}/fd/{folder}")
        if not path.startswith("/"):
            base = os.readlink(
                f"/proc/{asker}/cwd" if folder == kernel.AT_FDCWD else f"/proc/{asker}/fd/{folder}"
            )
            path = join(base, path)
        return self._below(path, os.O_NOFOLLOW if flags & AT_SYMLINK_NOFOLLOW else 0)

    def _same(self, link: str) -> int:
        """Open what a descriptor of theirs is open for, if it still lies where it did."""
        meant, fd = os.stat(link), self._below(os.readlink(link), os.O_NOFOLLOW)
        found = os.fstat(fd)
        if (found.st_dev, found.st_ino) != (meant.st_dev, meant.st_ino):
            os.close(fd)
            raise PermissionError(errno.EPERM, "it is another one")
        return fd

    def _below(self, path: str, flags: int) -> int:
        path = normpath(path) if ".." in path else path
        for folder in self._folders:
            if path == folder or path.startswith(f"{folder}/"):
                root = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    return kernel.open_below(
                        root, path[len(folder) + 1 :].lstrip("/") or ".", os.O_PATH | flags, RESOLVE
                    )
                finally:
                    os.close(root)
        raise PermissionError(errno.EPERM, "it lies elsewhere")


class _Asked:
    """One call that was stopped: by whom, which, with what."""

    def __init__(self, asker: int, number: int, args: list[int]) -> None:
        column = seccomp.ARCHES[kernel.machine()][1]
        self._name = next((name for name, numbers in calls.MARKS.items() if numbers[column] == number), "")
        self._asker, self._args = asker, args

    def read(self) -> tuple[int, str | None, Change, int]:
        """Give the folder it counts from, the path (None: the folder is the file), what to do, and its flags."""
        name, args = self._name, self._args
        at = name.endswith("at") or name == "fchmodat2"
        by_fd = name in ("fchmod", "fchown")
        folder = _signed(args[0]) if at or by_fd else kernel.AT_FDCWD
        rest = args[1:] if at or by_fd else args
        path = None if by_fd else self._text(rest[0])
        rest = rest if by_fd else rest[1:]
        if "chmod" in name:
            flags = rest[1] if name == "fchmodat2" else 0
            return folder, path, _moded(rest[0]), flags
        if "chown" in name:
            flags = rest[2] if name == "fchownat" else AT_SYMLINK_NOFOLLOW if name == "lchown" else 0
            return folder, path, _owned(_signed(rest[0]), _signed(rest[1])), flags
        return folder, path, self._timed(rest[0]), rest[1] if name == "utimensat" else 0

    def _timed(self, where: int) -> Change:
        if where == 0:
            return _dated(((0, UTIME_NOW), (0, UTIME_NOW)))
        if self._name == "utime":
            first, second = struct.unpack("qq", self._bytes_at(where, 16))
            return _dated(((first, 0), (second, 0)))
        a, b, c, d = struct.unpack("4q", self._bytes_at(where, 32))
        if self._name == "utimensat":
            return _dated(((a, b), (c, d)))
        return _dated(((a, b * 1000), (c, d * 1000)))

    def _text(self, where: int) -> str | None:
        """Read a path of theirs; None for one that is not given."""
        if where == 0:
            return None
        page = 4096
        raw = self._bytes_at(where, page - where % page)
        while b"\0" not in raw and len(raw) < PATH_MAX:
            raw += self._bytes_at(where + len(raw), page)
        if b"\0" not in raw:
            raise OSError(errno.ENAMETOOLONG, "a path without an end")
        return os.fsdecode(raw[: raw.index(b"\0")])

    def _bytes_at(self, where: int, count: int) -> bytes:
        fd = os.open(f"/proc/{self._asker}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            raw = os.pread(fd, count, where)
        except OSError as exc:
            raise OSError(errno.EFAULT, "no such memory") from exc
        finally:
            os.close(fd)
        return raw


def _signed(value: int) -> int:
    """Take an argument as a number of 32 bits, as descriptors and users are."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _moded(mode: int) -> Change:
    def change(fd: int, found: os.stat_result) -> None:
        if stat.S_ISLNK(found.st_mode):
            raise OSError(errno.EOPNOTSUPP, "a link has no mode")
        os.chmod(f"/proc/self/fd/{fd}", mode & MODES)

    return change


def _owned(uid: int, gid: int) -> Change:
    def change(fd: int, found: os.stat_result) -> None:
        if uid not in (-1, found.st_uid) or gid not in (-1, found.st_gid):
            raise PermissionError(errno.EPERM, "a file stays its owner's")

    return change


def _dated(times: tuple[tuple[int, int], tuple[int, int]]) -> Change:
    def change(fd: int, found: os.stat_result) -> None:
        if not stat.S_ISLNK(found.st_mode):
            kernel.date(fd, times)

    return change
