"""Stat: what a path names, as the file system tells it."""

from __future__ import annotations

import os
import stat as modes
import time
from collections.abc import Callable
from dataclasses import field
from typing import Literal, NamedTuple

from fleet.core.frozen import dataclass

TICK_NS = 20_000_000
"""Nanoseconds: twice the longest step in which a kernel counts the times of files (100 Hz)."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What a path names; a link is not followed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    kind: Literal["file", "folder", "link", "other"]
    mode: int
    settled: bool = field(default=False, compare=False, repr=False)
    """A change that comes later shows in the times; of one within the same tick of the clock that is not sure."""


class Mark(NamedTuple):
    """What is another once a file was changed or replaced, or once a name in a folder was."""

    changed_ns: int
    inode: int
    size: int


def glance_at(path: str, root: int, seen: Callable[[str, Stat], Stat] | None) -> Mark | None:
    """Give the mark of a path below an open folder; None where there is none to be had."""
    try:
        there = os.stat(path, dir_fd=root, follow_symlinks=False)
    except (OSError, ValueError):
        return None
    if seen is None:
        return Mark(there.st_ctime_ns, there.st_ino, there.st_size)
    told = seen(path, stat_of(there))
    return Mark(told.ctime_ns, told.inode, told.size)


def stat_of(found: os.stat_result) -> Stat:
    """Make one of what the system says just now."""
    return Stat(
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
        inode=found.st_ino,
        kind=_kind(found.st_mode),
        mode=modes.S_IMODE(found.st_mode),
        settled=time.time_ns() - found.st_ctime_ns > TICK_NS,
    )


def _kind(mode: int) -> Literal["file", "folder", "link", "other"]:
    if modes.S_ISREG(mode):
        return "file"
    if modes.S_ISDIR(mode):
        return "folder"
    return "link" if modes.S_ISLNK(mode) else "other"
