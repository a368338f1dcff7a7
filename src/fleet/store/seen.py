"""Seen: what a rehearsal sees of files, whose times are those of its own clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from fleet.store.stat import Stat, stat_of

MICROSECOND_NS = 1000
KEPT = 20_000
"""Files whose times are remembered, at least, before those that are gone are forgotten."""


class Seen:
    """Gives a file that changed during the rehearsal the time at which that was first seen.

    What the system counts is of no use there: its clock is another one, and no two runs have the same.
    """

    def __init__(self, root: str, now: Callable[[], datetime]) -> None:
        self._root = root
        self._now = now
        self._files: dict[str, tuple[Stat, Stat]] = {}
        self._folders: set[str] = set()
        self._most = KEPT

    def begin(self) -> None:
        """Take what lies there now as what was there before: it keeps the times it has."""
        for above, _, names in os.walk(self._root):
            for name in names:
                path = os.path.join(above, name)
                found = stat_of(os.lstat(path))
                shown = replace(found, ctime_ns=found.mtime_ns, inode=0)
                self._files[os.path.relpath(path, self._root)] = found, shown
        self._most = max(KEPT, 2 * len(self._files))

    def __call__(self, path: str, found: Stat) -> Stat:
        """Say what is to be seen of a file."""
        before = self._files.get(path)
        if before is not None and before[0] == found:
            return replace(before[1], settled=found.settled)
        at = self._now()
        at_ns = (int(at.timestamp()) * 1_000_000 + at.microsecond) * MICROSECOND_NS
        # Of two changes at one instant the second is a change too.
        ctime_ns = max(at_ns, before[1].ctime_ns + 1) if before is not None else at_ns
        shown = replace(found, mtime_ns=at_ns, ctime_ns=ctime_ns, inode=0)
        if len(self._files) >= self._most:
            self._forget()
        self._files[path] = found, shown
        if found.kind == "folder":
            self._folders.add(path)
        return shown

    def _forget(self) -> None:
        there = os.path.lexists
        self._files = {p: seen for p, seen in self._files.items() if there(os.path.join(self._root, p))}
        self._most = max(KEPT, 2 * len(self._files))

    def doubt(self, below: str) -> None:
        """Take the folders there for changed: programs wrote, and two changes may have the same time on disk."""
        for path in [path for path in self._folders if path.startswith(below)]:
            self._folders.discard(path)
            self._files.pop(path, None)

    def stamp(self) -> None:
        """Give the files their times for good, so that whoever reads a copy that was kept sees them too."""
        for path, (found, shown) in self._files.items():
            full = Path(self._root, path)
            if found.mtime_ns != shown.mtime_ns and found.kind == "file" and full.is_file():
                os.utime(full, ns=(shown.mtime_ns, shown.mtime_ns), follow_symlinks=False)
