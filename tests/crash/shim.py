"""The shim: counts the calls of this process that change the file system, and ends or refuses one of them.

A kill before a call that changes nothing leaves the same disk as one before the next call that does, so
only those count. All of it goes through `os` (and one rename through ctypes) in the daemon's only thread.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.store import files

CALLS = ("open", "write", "pwrite", "rename", "link", "unlink", "mkdir", "rmdir", "fsync", "fdatasync")
WRITES = ("write", "pwrite")
Call = Callable[..., Any]


@dataclass
class Shim:
    """What is done to the calls: `strike(name, call, args, kwargs)` stands in for each one that counts."""

    strike: Callable[[Shim, str, Call, tuple[Any, ...], dict[str, Any]], Any]
    count: int = 0
    log: list[str] = field(default_factory=list)

    def install(self) -> None:
        """Put it between fleet and the system; there is no way back but the end of the process."""
        for name in (*CALLS, "ftruncate"):
            setattr(os, name, self._around(name, getattr(os, name)))
        files.rename_new = self._around("rename_new", files.rename_new)

    def _around(self, name: str, call: Call) -> Call:
        def around(*args: Any, **kwargs: Any) -> Any:
            if not _changes(name, args):
                return call(*args, **kwargs)
            self.count += 1
            self.log.append(f"{name} {args[0]!r:.80}")
            return self.strike(self, name, call, args, kwargs)

        return around


def _changes(name: str, args: tuple[Any, ...]) -> bool:
    if name == "open":
        return bool(args[1] & os.O_CREAT) and str(args[0]) != "/dev/null"
    if name in (*WRITES, "fsync", "fdatasync", "ftruncate"):
        return stat.S_ISREG(os.fstat(args[0]).st_mode) or stat.S_ISDIR(os.fstat(args[0]).st_mode)
    return True


def die() -> None:
    """End this process as a crash does: nothing more is done, not even by `finally`."""
    os.kill(os.getpid(), signal.SIGKILL)


def counting() -> Shim:
    """Only count."""
    return Shim(lambda shim, name, call, args, kwargs: call(*args, **kwargs))


def killing(at: int) -> Shim:
    """Kill before the call number `at`, from 1."""

    def strike(shim: Shim, name: str, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if shim.count == at:
            die()
        return call(*args, **kwargs)

    return Shim(strike)


def tearing(at: int) -> Shim:
    """Write half of the bytes in the write number `at`, from 1, then kill."""
    written = 0

    def strike(shim: Shim, name: str, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal written
        written += name in WRITES
        if name in WRITES and written == at:
            call(args[0], bytes(args[1])[: len(args[1]) // 2], *args[2:])
            die()
        return call(*args, **kwargs)

    return Shim(strike)


def recording(when: Callable[[int, bytes], bool], note: Path) -> Shim:
    """Kill right after the ledger has got the group of records for which `when(number, group)` holds.

    The ledger's size before that group is written to the file `note`.
    """
    groups = 0

    def strike(shim: Shim, name: str, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal groups
        if name != "write" or not path_of(name, args, kwargs).endswith(".jsonl"):
            return call(*args, **kwargs)
        groups += 1
        if not when(groups, bytes(args[1])):
            return call(*args, **kwargs)
        note.write_text(str(os.fstat(args[0]).st_size))
        call(*args, **kwargs)
        return die()

    return Shim(strike)


def path_of(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Give the whole path that a call is about; of a rename, the one it makes."""
    if isinstance(args[0], int):
        return _descriptor(args[0])
    if name == "rename_new":
        return f"{_descriptor(args[3])}/{args[1]}"
    folder = kwargs.get("dst_dir_fd", kwargs.get("dir_fd"))
    path = os.fspath(args[1] if name in ("rename", "link") else args[0])
    return path if folder is None else f"{_descriptor(folder)}/{path}"


def _descriptor(fd: int) -> str:
    return str(Path(f"/proc/self/fd/{fd}").readlink())


def failing(number: int, when: Callable[[str, tuple[Any, ...]], bool], *, short: bool = False) -> Shim:
    """Refuse calls with an errno while `when(name, args)` says so; with `short`, write half of it first."""

    def strike(shim: Shim, name: str, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not when(name, args):
            return call(*args, **kwargs)
        if short and name in WRITES and len(args[1]) > 1:
            return call(args[0], bytes(args[1])[: len(args[1]) // 2], *args[2:])
        raise OSError(number, os.strerror(number))

    return Shim(strike)


NO_SPACE, BAD_DISK, READ_ONLY = errno.ENOSPC, errno.EIO, errno.EROFS
