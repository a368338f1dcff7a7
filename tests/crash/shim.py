"""The shim: stands between fleet and the system, counts the calls that change files, ends or refuses one.

A kill before a call that changes nothing leaves the same disk as one before the next call that does, so
only those count. All of it goes through `os` (and one rename through ctypes) in the daemon's own thread.
"""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.store import files

NAMES = ("open", "write", "pwrite", "rename", "link", "unlink", "mkdir", "rmdir", "fsync", "fdatasync")
WRITES = ("write", "pwrite")
ON_DESCRIPTORS = (*WRITES, "fsync", "fdatasync", "ftruncate", "read", "pread")


@dataclass(frozen=True)
class Call:
    """One call that is about to be made."""

    name: str
    real: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def go(self) -> Any:
        """Make it."""
        return self.real(*self.args, **self.kwargs)

    def go_half(self) -> Any:
        """Write only the first half of the bytes."""
        return self.real(self.args[0], bytes(self.args[1])[: len(self.args[1]) // 2], *self.args[2:])

    @property
    def changes(self) -> bool:
        """Say whether it changes a file, or syncs one."""
        if self.name == "open":
            return bool(self.args[1] & os.O_CREAT)
        if self.name in ("read", "pread"):
            return False
        return self.name not in ON_DESCRIPTORS or self._is_file

    @property
    def path(self) -> str:
        """The whole path it is about; of a rename, the one it makes."""
        if self.name in ON_DESCRIPTORS:
            return _path(self.args[0])
        if self.name == "rename_new":
            return f"{_path(self.args[3])}/{self.args[1]}"
        folder = self.kwargs.get("dst_dir_fd", self.kwargs.get("dir_fd"))
        path = os.fspath(self.args[1] if self.name in ("rename", "link") else self.args[0])
        return path if folder is None else f"{_path(folder)}/{path}"

    @property
    def _is_file(self) -> bool:
        mode = os.fstat(self.args[0]).st_mode
        return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


Shim = Callable[[Call], Any]
"""What is done instead of a call; it may make it."""


def install(shim: Shim, *, reads: bool = False) -> None:
    """Put it in place; there is no way back but the end of the process. `reads` are calls that change nothing."""
    for name in (*NAMES, "ftruncate", *(("read", "pread") if reads else ())):
        setattr(os, name, _around(name, getattr(os, name), shim, reads=reads))
    vars(files)["rename_new"] = _around("rename_new", files.rename_new, shim, reads=reads)


def _around(name: str, real: Callable[..., Any], shim: Shim, *, reads: bool) -> Callable[..., Any]:
    def around(*args: Any, **kwargs: Any) -> Any:
        call = Call(name, real, args, kwargs)
        return shim(call) if reads or call.changes else call.go()

    return around


def die() -> None:
    """End this process as a crash does: nothing more is done, not even by `finally`."""
    os.kill(os.getpid(), signal.SIGKILL)


def killing(at: int, *, only: str = "") -> Shim:
    """Kill before the call number `at`, from 1; `only` counts the calls on paths with that pattern."""
    count = 0

    def shim(call: Call) -> Any:
        nonlocal count
        counts = not only or re.search(only, call.path) is not None
        count += counts
        if counts and count == at:
            die()
        return call.go()

    return shim


def tearing(at: int, *, only: str = "") -> Shim:
    """Write half of the bytes in the write number `at`, from 1, then kill; `only` counts as above."""
    count = 0

    def shim(call: Call) -> Any:
        nonlocal count
        counts = call.name in WRITES and (not only or re.search(only, call.path) is not None)
        count += counts
        if counts and count == at:
            call.go_half()
            die()
        return call.go()

    return shim


def recording(when: Callable[[int, bytes], bool], note: Path) -> Shim:
    """Kill right after the ledger has got the group of records for which `when(number, group)` holds.

    The ledger's size before that group is written to the file `note`.
    """
    groups = 0

    def shim(call: Call) -> Any:
        nonlocal groups
        if call.name != "write" or not call.path.endswith(".jsonl"):
            return call.go()
        groups += 1
        if not when(groups, bytes(call.args[1])):
            return call.go()
        note.write_text(str(os.fstat(call.args[0]).st_size))
        call.go()
        return die()

    return shim


@dataclass(frozen=True)
class Fault:
    """A refusal: which calls on which paths (a pattern, found anywhere in it) get which errno.

    With `short`, a write takes half of its bytes first, as a disk does that is just getting full.
    """

    calls: tuple[str, ...]
    path: str
    errno: str
    short: bool = False

    def refuses(self, call: Call) -> bool:
        """Say whether it refuses this call."""
        return call.name in self.calls and re.search(self.path, call.path) is not None

    def strike(self, call: Call) -> Any:
        """Refuse it, or do half of it."""
        if self.short and call.name in WRITES and len(call.args[1]) > 1:
            return call.go_half()
        number = getattr(errno, self.errno)
        raise OSError(number, os.strerror(number))


def failing(faults: Path) -> Shim:
    """Refuse what the fault in a file says, from the moment at which there is such a file, and as long."""

    def shim(call: Call) -> Any:
        if not faults.exists():
            return call.go()
        fault = Fault(**json.loads(faults.read_text()))
        return fault.strike(call) if fault.refuses(call) else call.go()

    return shim


def _path(fd: int) -> str:
    return str(Path(f"/proc/self/fd/{fd}").readlink())
