"""Copying: a fleet's folder copied to another place, the ledger last: what it speaks of is there by then."""

from __future__ import annotations

import os
import shutil
import stat as modes
from collections.abc import Iterator, Sequence
from pathlib import Path

from fleet.errors import Broken, Typed

NOT_FLEETS = frozenset(
    (".fleet", ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox")
    + (".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode")
)
"""Folders that are made by tools and belong to no fleet; one with a pyvenv.cfg is passed over too."""
MADE = ("ledger", "state", "inbox", "out", "scorecard", "reviews")
"""What a fleet makes as it runs. A fresh copy has none of it."""


def copy_fleet(source: str, target: str, *, fresh: bool = False, leave_out: Sequence[str] = ()) -> int:
    """Copy a fleet's files with their times; gives how many. Links are copied as links, pipes and sockets not at all.

    A fresh copy has no ledger and nothing that fleet made from it, nor what seats keep in work/. Raises Typed
    if the target is not an empty or missing folder, Broken if a file cannot be copied.
    """
    _check(source, target)
    left_out = {os.path.normpath(path) for path in leave_out}
    left_out |= set(MADE) if fresh else set()
    count = 0
    try:
        os.makedirs(target, exist_ok=True)
        ledger = [] if fresh else ["ledger"]
        for first in [*_first(source, left_out | {"ledger"}), *ledger]:
            count += _copy(Path(source, first), Path(target, first), left_out, fresh=fresh, below=first)
    except OSError as exc:
        raise Broken(f"{exc.filename}: it cannot be copied: {exc.strerror}; nothing was rehearsed") from exc
    return count


def _check(source: str, target: str) -> None:
    if os.path.lexists(target) and (not os.path.isdir(target) or os.listdir(target)):
        raise Typed(f"{target}: it is there already and not empty; nothing was written. Name a new folder")
    inside = os.path.realpath(target) + os.sep
    if inside.startswith(os.path.realpath(source) + os.sep):
        raise Typed(
            f"{target}: it lies inside the fleet's folder, so it would be part of the copy. Name another"
        )


def _first(source: str, left_out: set[str]) -> Iterator[str]:
    for name in sorted(os.listdir(source)):
        if name not in NOT_FLEETS and name not in left_out:
            yield name


def _copy(source: Path, target: Path, left_out: set[str], *, fresh: bool, below: str) -> int:
    try:
        mode = source.lstat().st_mode
    except FileNotFoundError:  # a running daemon moves files about
        return 0
    if modes.S_ISLNK(mode):
        target.symlink_to(os.readlink(source))
        return 1
    if modes.S_ISREG(mode):
        shutil.copy2(source, target)
        return 1
    if not modes.S_ISDIR(mode) or (source / "pyvenv.cfg").exists():
        return 0
    target.mkdir()
    count = 0
    for name in sorted(os.listdir(source)):
        path = f"{below}/{name}"
        work = fresh and name == "work" and below.startswith("seats/") and below.count("/") == 1
        if name not in NOT_FLEETS and path not in left_out and not work:
            count += _copy(source / name, target / name, left_out, fresh=fresh, below=path)
    shutil.copystat(source, target)
    return count
