"""Files: what writes under a fleet's folder, by whole files and whole lines; everything stays below that folder.

What one file has is a FileTrouble; what the machine has (a full disk, a failing one, no descriptors
left) is Broken.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import pwd
import stat as modes
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from fleet.core.names import path_parts
from fleet.errors import Broken, GroundMoved, Unreadable
from fleet.store.handle import Appending, Reading, write_all
from fleet.store.lock import Lock, lock_file, lock_ground
from fleet.store.rename import rename_new
from fleet.store.stat import Mark, Stat, glance_at, stat_of
from fleet.store.trouble import (
    BadPath,
    Exists,
    Missing,
    NotRegular,
    TooBig,
    raise_for,
    shown,
    translated,
)

__all__ = [
    *("Appending", "BadPath", "Denied", "Exists", "FileTrouble", "Files", "Lock", "Missing", "NotRegular"),
    *("Reading", "TooBig", "rename_new", "shown"),
]

STAGING = ".staging-"
"""How the names of half-written files begin; no reader looks at names with a dot in front."""

Seen = Callable[[str, Stat], Stat]
"""Says what is to be seen of a file instead of what the system tells: a rehearsal has times of its own."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_BLOCK, _DEEPEST = 1 << 20, 64


class Files:
    """A folder, and all that is done to files below it. Paths are relative, with `/` between names.

    Nothing in a folder that is `scratch` is synced: it need not outlive a power cut, though it does its program.
    """

    def __init__(self, root: str, seen: Seen | None = None, *, scratch: bool = False) -> None:
        self.root = root
        self._seen = seen
        self._scratch = scratch
        self._root = -1
        with translated(root, "cannot be opened"):
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Give the folder's descriptor back."""
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def read(self, path: str, *, limit: int) -> bytes:
        """Return what a regular file holds, up to `limit` bytes; raises a FileTrouble or Broken."""
        fd = self._open(path, os.O_RDONLY)
        try:
            with translated(path, "cannot be read"):
                return _read_whole(fd, path, limit)
        finally:
            os.close(fd)

    def reading(self, path: str) -> Reading:
        """Open a regular file for reading at any place."""
        return Reading(path, self._open(path, os.O_RDONLY))

    def appending(self, path: str, mode: int = 0o644) -> Appending:
        """Open a regular file for whole appended lines, making it and its folder if missing."""
        fd = self._open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode)
        return Appending(path, fd, scratch=self._scratch)

    def stat(self, path: str) -> Stat | None:
        """Say what a path names, without following links; None if nothing is there."""
        found = self._look(path)
        return found if found is None or self._seen is None else self._seen(path, found)

    def glance(self, paths: Iterable[str]) -> list[Mark | None]:
        """Give the mark of each path: a cheap hint, for links on the way are followed and no trouble is told."""
        return [glance_at(path, self._root, self._seen) for path in paths]

    def _look(self, path: str) -> Stat | None:
        parts = _parts(path)
        try:
            with self._folder(path, parts[:-1]) as folder, translated(path, "cannot be looked at"):
                found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        except Missing:
            return None
        return stat_of(found)

    def owner(self, path: str) -> str:
        """Name the user who owns a file, by his number where the machine has no name for it; "" where it is missing."""
        try:
            with self._folder(path, _parts(path)[:-1]) as folder, translated(path, "cannot be looked at"):
                uid = os.stat(_parts(path)[-1], dir_fd=folder, follow_symlinks=False).st_uid
        except Missing:
            return ""
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)

    def names(self, path: str) -> list[str]:
        """Return all names in a folder, sorted, dotted ones too; none if there is no such folder."""
        try:
            with self._folder(path, _parts(path)) as folder, translated(path, "cannot be listed"):
                return sorted(os.listdir(folder))
        except Missing:
            return []

    def glob(self, pattern: str) -> list[str]:
        """Return the regular files that match, such as data/crm/*.csv; `**` is up to 64 folders deep.

        No link is followed, and names with a dot in front need a pattern with one.
        """
        return sorted(set(self._matching(_parts(pattern))))

    def publish(self, path: str, data: bytes, *, mode: int = 0o644, sync: bool = False) -> None:
        """Put a file there whole, over the one that is there: a reader sees the old one or the new one."""
        with self._staged(path, data, mode, sync) as (folder, staging, name):
            os.rename(staging, name, src_dir_fd=folder, dst_dir_fd=folder)

    def rewrite(self, path: str, data: bytes, *, was: bytes) -> None:
        """Publish a file anew that holds what `was` read, for the same user and with the same permissions.

        Raises GroundMoved, and changes nothing, if it holds something else by now.
        """
        if self.read(path, limit=2 * len(was) + _BLOCK) != was:
            raise GroundMoved(f"{shown(path)}: it was saved meanwhile; nothing was written. Try again")
        with self._staged(path, data, 0o600, True) as (folder, staging, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            with suppress(PermissionError):
                os.chown(staging, found.st_uid, found.st_gid, dir_fd=folder, follow_symlinks=False)
            os.chmod(staging, modes.S_IMODE(found.st_mode), dir_fd=folder)
            os.rename(staging, name, src_dir_fd=folder, dst_dir_fd=folder)

    def place(self, path: str, data: bytes, *, mode: int = 0o644, sync: bool = False) -> None:
        """Put a new file there whole; raises Exists and changes nothing if the name is taken."""
        with self._staged(path, data, mode, sync) as (folder, staging, name):
            os.link(staging, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            os.unlink(staging, dir_fd=folder)

    def append(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Add whole lines to a file in one write, all of them or, with Broken, none.

        What a crash left of these very lines is completed; another line without its end gets one.
        """
        out = self.appending(path, mode)
        try:
            torn = out.read_at(max(0, out.size - len(data)), len(data)).rpartition(b"\n")[2]
            rest = data[len(torn) :] if data.startswith(torn) else b"\n" + data
            out.write(rest)
        finally:
            out.close()

    def move(self, source: str, target: str, *, sync: bool = False) -> None:
        """Rename whatever `source` names; raises Exists if `target` is taken, Missing if there is none."""
        old, new = _parts(source), _parts(target)
        with self._folder(source, old[:-1]) as away, self._folder(target, new[:-1], make=True) as to:
            try:
                rename_new(old[-1], new[-1], away, to)
                if sync and not self._scratch:
                    os.fsync(to)
                    os.fsync(away)
            except FileExistsError as exc:
                raise Exists(target, "is there already; nothing was moved over it") from exc
            except OSError as exc:
                raise_for(source, f"cannot be moved to {shown(target)}", exc)

    def remove_staging(self, folder: str) -> list[str]:
        """Remove what writers that have ended left half-written in a folder; returns those names."""
        gone = [name for name in self.names(folder) if name.startswith(STAGING) and not _lives(name)]
        for name in gone:
            self.unlink(f"{folder}/{name}")
        return gone

    def unlink(self, path: str) -> None:
        """Remove a file; one that is missing is no trouble."""
        parts = _parts(path)
        with (
            suppress(Missing),
            self._folder(path, parts[:-1]) as folder,
            translated(path, "cannot be removed"),
        ):
            os.unlink(parts[-1], dir_fd=folder)

    def rmdir_if_empty(self, path: str) -> bool:
        """Remove a folder if nothing is in it; says whether it did."""
        parts = _parts(path)
        try:
            with self._folder(path, parts[:-1]) as folder:
                os.rmdir(parts[-1], dir_fd=folder)
        except Missing:
            return False
        except OSError as exc:
            if exc.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                return False
            raise_for(path, "cannot be removed", exc)
        return True

    def make(self, folder: str, mode: int = 0o755) -> None:
        """Make a folder and those above it, where they are missing."""
        with self._folder(folder, _parts(folder), make=True, mode=mode):
            pass

    def sync_folder(self, folder: str) -> None:
        """Sync the names in a folder ("" is the root) to disk."""
        if self._scratch:
            return
        with (
            self._folder(folder, _parts(folder) if folder else []) as fd,
            translated(folder or self.root, "cannot be synced"),
        ):
            os.fsync(fd)

    def lock(self, path: str, *, since: str = "") -> Lock:
        """Take the folder's lock; raises GroundMoved, naming the process that holds it, if it is taken.

        The lock is the kernel's and ends with the process; the file's text is for that message only. The
        fleet's folder itself is locked too, for a file can be removed from under the one that has it.
        """
        while True:
            with ExitStack() as undo:
                fd = self._open(path, os.O_RDWR | os.O_CREAT, 0o644)
                undo.callback(os.close, fd)
                lock_file(fd, path)
                ground = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._root)
                undo.callback(os.close, ground)
                lock_ground(ground, path)
                with translated(path, "cannot be written"):
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, f"pid {os.getpid()}{' since ' if since else ''}{since}\n".encode(), 0)
                held, here = os.fstat(fd).st_ino, self._look(path)
                if here is not None and here.inode == held:
                    undo.pop_all()
                    return Lock(path, fd, ground)
                # Otherwise the file was removed in between: this lock would keep nobody out.

    def _open(self, path: str, flags: int, mode: int = 0) -> int:
        parts = _parts(path)
        with self._folder(path, parts[:-1], make=bool(flags & os.O_CREAT)) as folder:
            try:
                fd = os.open(parts[-1], flags | _FILE, mode, dir_fd=folder)
            except OSError as exc:
                raise_for(path, "cannot be opened", exc)
        if modes.S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
        raise NotRegular(path, "is not a regular file; it was not read")

    @contextmanager
    def _folder(self, path: str, parts: list[str], *, make: bool = False, mode: int = 0o755) -> Iterator[int]:
        fd = self._root
        try:
            for part in parts:
                below = _open_folder(path, part, fd, mode if make else None)
                if fd != self._root:
                    os.close(fd)
                fd = below
            yield fd
        finally:
            if fd != self._root:
                os.close(fd)

    @contextmanager
    def _staged(self, path: str, data: bytes, mode: int, sync: bool) -> Iterator[tuple[int, str, str]]:
        parts, sync = _parts(path), sync and not self._scratch
        staging = f"{STAGING}{parts[-1][:200]}-{os.getpid()}"
        with self._folder(path, parts[:-1], make=True) as folder:
            try:
                _write_new(folder, staging, data, mode, sync)
                yield folder, staging, parts[-1]
                if sync:
                    os.fsync(folder)
            except OSError as exc:
                with suppress(OSError):
                    os.unlink(staging, dir_fd=folder)
                if isinstance(exc, FileExistsError):
                    raise Exists(path, "is there already; nothing was written over it") from exc
                raise_for(path, "cannot be written", exc, denied=Broken)

    def _matching(self, parts: list[str]) -> Iterator[str]:
        waiting = [("", parts)]
        while waiting:
            above, (first, *rest) = waiting.pop()
            if first == "**":
                waiting.append((above, rest or ["*"]))
            for name, kind in self._entries(above):
                if name.startswith(".") and not first.startswith("."):
                    continue
                if first == "**" and kind == "folder" and above.count("/") < _DEEPEST:
                    waiting.append((f"{above}{name}/", [first, *rest]))
                elif first != "**" and fnmatch.fnmatchcase(name, first):
                    if rest and kind == "folder":
                        waiting.append((f"{above}{name}/", rest))
                    elif not rest and kind == "file":
                        yield above + name

    def _entries(self, above: str) -> list[tuple[str, str]]:
        path = above.rstrip("/")
        try:
            with (
                self._folder(path, _parts(path) if path else []) as folder,
                translated(path or self.root, "cannot be listed"),
                os.scandir(folder) as entries,
            ):
                return [(e.name, _entry_kind(e)) for e in entries]
        except (Missing, NotRegular):
            return []


def _parts(path: str) -> list[str]:
    try:
        return path_parts(path)
    except Unreadable as exc:
        raise BadPath(path[:300], exc.why) from exc


def _open_folder(path: str, part: str, above: int, mode: int | None) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=above)
    except FileNotFoundError as exc:
        if mode is None:
            raise_for(path, "cannot be opened", exc)
    except OSError as exc:
        if _is_link(part, above):
            raise NotRegular(path, f"{shown(part)!r} in it is a link; links are not followed") from exc
        if exc.errno == errno.ENOTDIR and mode is not None:
            raise NotRegular(path, f"{shown(part)!r} in it is not a folder; nothing was written") from exc
        raise_for(path, "cannot be opened", exc)
    with translated(path, "its folder cannot be made"):
        with suppress(FileExistsError):
            os.mkdir(part, mode, dir_fd=above)
        return os.open(part, _FOLDER, dir_fd=above)


def _is_link(part: str, above: int) -> bool:
    try:
        return modes.S_ISLNK(os.stat(part, dir_fd=above, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _entry_kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return "file"
    return "folder" if entry.is_dir(follow_symlinks=False) else "other"


def _read_whole(fd: int, path: str, limit: int) -> bytes:
    if os.fstat(fd).st_size > limit:
        raise TooBig(path, f"is over the limit of {limit} bytes; it was not read")
    blocks, left = [], limit + 1
    while left > 0 and (block := os.read(fd, min(left, _BLOCK))):
        blocks.append(block)
        left -= len(block)
    if left <= 0:
        raise TooBig(path, f"grew over the limit of {limit} bytes while it was read")
    return b"".join(blocks)


def _write_new(folder: int, name: str, data: bytes, mode: int, sync: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
    try:
        fd = os.open(name, flags, mode, dir_fd=folder)
    except FileExistsError:  # left by an earlier process of the same number
        os.unlink(name, dir_fd=folder)
        fd = os.open(name, flags, mode, dir_fd=folder)
    try:
        write_all(fd, data)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def _lives(staging: str) -> bool:
    pid = staging.rpartition("-")[2]
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return int(pid) != os.getpid()
