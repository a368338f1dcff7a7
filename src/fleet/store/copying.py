"""Copying: a fleet's folder copied to another place, the ledger last: what it speaks of is there by then."""

from __future__ import annotations

import errno
import os
import shutil
import stat as modes
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from fleet.errors import Broken, Typed

NOT_FLEETS = frozenset(
    (".fleet", ".git", ".hg", ".svn", "__pycache__", ".tox", ".nox")
    + (".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode")
)
"""Folders that are made by tools and belong to no fleet."""
MADE = ("ledger", "state", "inbox", "out", "scorecard", "reviews")
"""What a fleet makes as it runs. A fresh copy has none of it."""


LINKED = frozenset((".venv", "node_modules"))
"""Folders of programs that holders may need, and which are large: the copy has a link to them."""


def copy_fleet(source: str, target: str, *, fresh: bool = False, leave_out: Sequence[str] = ()) -> int:
    """Copy a fleet's files with their times into an empty or missing folder; gives how many.

    Pipes and sockets are not copied. A link inside of the folder leads inside of the copy, any other to where
    it led. A fresh copy has no ledger and nothing that fleet made from it, nor what seats keep in work/.
    Raises Broken if a file cannot be copied.
    """
    left_out = {os.path.normpath(path) for path in leave_out}
    left_out |= set(MADE) if fresh else set()
    copying = _Copying(Path(source), Path(target), frozenset(left_out), fresh)
    try:
        os.makedirs(target, exist_ok=True)
        last = ["ledger"] if os.path.lexists(os.path.join(source, "ledger")) else []
        for first in [*(name for name in sorted(os.listdir(source)) if name != "ledger"), *last]:
            copying.copy(first)
    except OSError as exc:
        hint = "name it under `leave_out:` of the script if the rehearsal needs it not"
        raise Broken(
            f"{exc.filename}: it cannot be copied: {exc.strerror}; nothing was rehearsed ({hint})"
        ) from exc
    return copying.count


def check_target(source: str, target: str) -> None:
    """Check that a copy can be made there; raises Typed if it is not an empty or missing folder outside."""
    if os.path.lexists(target) and (not os.path.isdir(target) or os.listdir(target)):
        raise Typed(f"{target}: it is there already and not empty; nothing was written. Name a new folder")
    if f"{os.path.realpath(target)}/".startswith(f"{os.path.realpath(source)}/"):
        raise Typed(
            f"{target}: it lies inside the fleet's folder, so it would be part of the copy. Name another"
        )


def remove_copy(target: str, *, leave_empty: bool = False) -> None:
    """Remove a copy with all that was made in it, whatever its programs did to its folders."""

    def again(_: object, path: str, __: object) -> None:
        with suppress(OSError):
            os.chmod(os.path.dirname(path), modes.S_IRWXU)  # noqa: PTH101 - a folder of our own copy
            os.chmod(path, modes.S_IRWXU, follow_symlinks=False)  # noqa: PTH101
        with suppress(OSError):
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)

    shutil.rmtree(target, onerror=again)
    if leave_empty:
        os.makedirs(target, exist_ok=True)


BLOCK = 512
"""Bytes of what `st_blocks` counts."""


class _Copying:
    """One copy that is being made."""

    def __init__(self, source: Path, target: Path, left_out: frozenset[str], fresh: bool) -> None:
        self._source, self._target = source, target
        self._left_out, self._fresh = left_out, fresh
        self.count = 0

    def copy(self, below: str) -> None:
        """Copy what stands at a path in the fleet's folder, with all that is in it."""
        source, target = self._source / below, self._target / below
        if self._is_left_out(below) or source == self._target:
            return
        with suppress(FileNotFoundError):  # a running daemon moves files about
            mode = source.lstat().st_mode
            if modes.S_ISDIR(mode) and self._is_of_programs(source):
                target.symlink_to(source)
            elif modes.S_ISDIR(mode):
                names = sorted(os.listdir(source))
                target.mkdir()
                for name in names:
                    self.copy(f"{below}/{name}")
                _copy_modes(source, target, modes.S_IRWXU)
            elif modes.S_ISLNK(mode):
                self._link(source, target)
                self.count += 1
            elif modes.S_ISREG(mode):
                self._file(source, target)
                self.count += 1

    @staticmethod
    def _file(source: Path, target: Path) -> None:
        stat = source.stat()
        if stat.st_blocks * BLOCK >= stat.st_size:
            shutil.copyfile(source, target)
            _copy_modes(source, target, modes.S_IRUSR | modes.S_IWUSR)
            return
        with source.open("rb") as old, target.open("wb") as new:  # one with holes in it
            os.truncate(new.fileno(), stat.st_size)
            for at, end in _data(old.fileno(), stat.st_size):
                os.lseek(new.fileno(), at, os.SEEK_SET)
                while at < end and (sent := os.sendfile(new.fileno(), old.fileno(), at, end - at)):
                    at += sent
        _copy_modes(source, target, modes.S_IRUSR | modes.S_IWUSR)

    def _is_left_out(self, below: str) -> bool:
        folder, _, name = below.rpartition("/")
        work = self._fresh and name == "work" and folder.startswith("seats/") and folder.count("/") == 1
        return work or name in NOT_FLEETS or below in self._left_out

    @staticmethod
    def _is_of_programs(folder: Path) -> bool:
        return folder.name in LINKED or (folder / "pyvenv.cfg").exists()

    def _link(self, source: Path, target: Path) -> None:
        """Copy a link: what leads into the fleet's folder leads into the copy, so that nothing is written there."""
        leads = os.path.normpath(source.parent / source.readlink())
        inside = os.path.relpath(leads, self._source)
        if inside == os.pardir or inside.startswith(f"{os.pardir}/"):
            target.symlink_to(leads)
        else:
            target.symlink_to(os.path.relpath(self._target / inside, target.parent))
        shutil.copystat(source, target, follow_symlinks=False)


def _copy_modes(source: Path, target: Path, least: int) -> None:
    """Copy times and modes, of which the owner has the `least`: a fleet is run in the copy of what is only read."""
    shutil.copystat(source, target)
    mode = modes.S_IMODE(target.stat().st_mode)
    if mode | least != mode:
        target.chmod(mode | least)


def _data(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Give from where to where there are data in a file, between its holes."""
    end = 0
    while end < size:
        try:
            at = os.lseek(fd, end, os.SEEK_DATA)
        except OSError as exc:
            if exc.errno == errno.ENXIO:  # only a hole follows
                return
            raise
        end = os.lseek(fd, at, os.SEEK_HOLE)
        yield at, end
