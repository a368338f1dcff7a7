"""Files: the only module that opens, links, renames, syncs; everything stays below one folder.

    FileTrouble (Unreadable)   what one file has, so that it can be set aside and block no other
    ├── BadPath                the path leaves the folder, or cannot be a path
    ├── Missing                nothing is there
    ├── Exists                 something is there already, and nothing is overwritten
    ├── NotRegular             a link, folder, pipe, socket or device where a file should be
    ├── TooBig                 over the limit the reader set
    └── Denied                 its permissions forbid it

What the machine has (a full disk, a failing one, no descriptors left) is `Broken`.
"""

from __future__ import annotations

import errno
import fcntl
import fnmatch
import os
import pwd
import stat as modes
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal, NoReturn

from fleet.core.names import path_parts
from fleet.errors import Broken, GroundMoved, Unreadable

STAGING = ".staging-"
"""How the names of half-written files begin; no reader looks at names with a dot in front."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_BLOCK = 1 << 20
_RENAME_NOREPLACE = 1  # linux/fs.h
_SYSTEM_SAYS_NO = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


class FileTrouble(Unreadable):
    """One file, at `path`, cannot be used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{shown(path)}: {why}")
        self.path = path


class BadPath(FileTrouble):
    """The path leaves the fleet folder, or cannot be a path."""


class Missing(FileTrouble):
    """Nothing is there."""


class Exists(FileTrouble):
    """Something is there already."""


class NotRegular(FileTrouble):
    """Not a regular file: a link, folder, pipe, socket or device."""


class TooBig(FileTrouble):
    """The file is over the limit its reader set."""


class Denied(FileTrouble):
    """The permissions forbid it."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What a path names; a link is not followed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    kind: Literal["file", "folder", "link", "other"]
    mode: int


class Files:
    """A folder, and all that is done to files below it. Paths are relative, with `/` between names."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._root = -1
        with _translated(root, "cannot be opened"):
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
            with _translated(path, "cannot be read"):
                return _read_whole(fd, path, limit)
        finally:
            os.close(fd)

    def reading(self, path: str) -> Reading:
        """Open a regular file for reading at any place."""
        return Reading(path, self._open(path, os.O_RDONLY))

    def appending(self, path: str, mode: int = 0o644) -> Appending:
        """Open a regular file for whole appended lines, making it and its folder if missing."""
        return Appending(path, self._open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode))

    def stat(self, path: str) -> Stat | None:
        """Say what a path names, without following links; None if nothing is there."""
        parts = _parts(path)
        try:
            with self._folder(path, parts[:-1]) as folder, _translated(path, "cannot be looked at"):
                found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        except Missing:
            return None
        return Stat(
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            ctime_ns=found.st_ctime_ns,
            inode=found.st_ino,
            kind=_kind(found.st_mode),
            mode=modes.S_IMODE(found.st_mode),
        )

    def owner(self, path: str) -> str:
        """Name the user who owns a file; "" where it is missing or the machine has no name for it."""
        try:
            with self._folder(path, _parts(path)[:-1]) as folder, _translated(path, "cannot be looked at"):
                uid = os.stat(_parts(path)[-1], dir_fd=folder, follow_symlinks=False).st_uid
            return pwd.getpwuid(uid).pw_name
        except (Missing, KeyError):
            return ""

    def names(self, path: str) -> list[str]:
        """Return all names in a folder, sorted, dotted ones too; none if there is no such folder."""
        try:
            with self._folder(path, _parts(path)) as folder, _translated(path, "cannot be listed"):
                return sorted(os.listdir(folder))
        except Missing:
            return []

    def glob(self, pattern: str) -> list[str]:
        """Return the regular files that match, such as data/crm/*.csv; `**` is any depth of folders.

        No link is followed, and names with a dot in front need a pattern with one.
        """
        return sorted(set(self._matching("", _parts(pattern))))

    def publish(self, path: str, data: bytes, *, mode: int = 0o644, sync: bool = False) -> None:
        """Put a file there whole, over the one that is there: a reader sees the old one or the new one."""
        with self._staged(path, data, mode, sync) as (folder, staging, name):
            os.rename(staging, name, src_dir_fd=folder, dst_dir_fd=folder)

    def place(self, path: str, data: bytes, *, mode: int = 0o644, sync: bool = False) -> None:
        """Put a new file there whole; raises Exists and changes nothing if the name is taken."""
        with self._staged(path, data, mode, sync) as (folder, staging, name):
            os.link(staging, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            os.unlink(staging, dir_fd=folder)

    def append(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Add whole lines to a file in one write, all of them or, with Broken, none."""
        out = self.appending(path, mode)
        try:
            out.write(data if out.ends_whole() else b"\n" + data)
        finally:
            out.close()

    def move(self, source: str, target: str, *, sync: bool = False) -> None:
        """Rename whatever `source` names; raises Exists if `target` is taken, Missing if there is none."""
        old, new = _parts(source), _parts(target)
        with self._folder(source, old[:-1]) as away, self._folder(target, new[:-1], make=True) as to:
            try:
                rename_new(old[-1], new[-1], away, to)
                if sync:
                    os.fsync(to)
                    os.fsync(away)
            except FileExistsError as exc:
                raise Exists(target, "is there already; nothing was moved over it") from exc
            except OSError as exc:
                _raise(source, f"cannot be moved to {shown(target)}", exc)

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
            _translated(path, "cannot be removed"),
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
            _raise(path, "cannot be removed", exc)
        return True

    def make(self, folder: str, mode: int = 0o755) -> None:
        """Make a folder and those above it, where they are missing."""
        with self._folder(folder, _parts(folder), make=True, mode=mode):
            pass

    def sync_folder(self, folder: str) -> None:
        """Sync the names in a folder ("" is the root) to disk."""
        with (
            self._folder(folder, _parts(folder) if folder else []) as fd,
            _translated(folder or self.root, "cannot be synced"),
        ):
            os.fsync(fd)

    def lock(self, path: str, *, since: str = "") -> Lock:
        """Take the folder's lock; raises GroundMoved, naming the process that holds it, if it is taken.

        The lock is the kernel's and ends with the process; the file's text is for that message only.
        """
        while True:
            with ExitStack() as undo:
                fd = self._open(path, os.O_RDWR | os.O_CREAT, 0o644)
                undo.callback(os.close, fd)
                _lock(fd, path)
                with _translated(path, "cannot be written"):
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, f"pid {os.getpid()}{' since ' if since else ''}{since}\n".encode(), 0)
                held, here = os.fstat(fd).st_ino, self.stat(path)
                if here is not None and here.inode == held:
                    undo.pop_all()
                    return Lock(path, fd)
                # Otherwise the file was removed in between: this lock would keep nobody out.

    def _open(self, path: str, flags: int, mode: int = 0) -> int:
        parts = _parts(path)
        with self._folder(path, parts[:-1], make=bool(flags & os.O_CREAT)) as folder:
            try:
                fd = os.open(parts[-1], flags | _FILE, mode, dir_fd=folder)
            except OSError as exc:
                _raise(path, "cannot be opened", exc)
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
        parts = _parts(path)
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
                _raise(path, "cannot be written", exc, denied=Broken)

    def _matching(self, above: str, parts: list[str]) -> Iterator[str]:
        first, rest = parts[0], parts[1:]
        if first == "**":
            yield from self._matching(above, rest or ["*"])
        for name, kind in self._entries(above):
            if name.startswith(".") and not first.startswith("."):
                continue
            if first == "**" and kind == "folder":
                yield from self._matching(f"{above}{name}/", parts)
            elif first != "**" and fnmatch.fnmatchcase(name, first):
                if rest and kind == "folder":
                    yield from self._matching(f"{above}{name}/", rest)
                elif not rest and kind == "file":
                    yield above + name

    def _entries(self, above: str) -> list[tuple[str, str]]:
        path = above.rstrip("/")
        try:
            with (
                self._folder(path, _parts(path) if path else []) as folder,
                _translated(path or self.root, "cannot be listed"),
                os.scandir(folder) as entries,
            ):
                return [(e.name, _entry_kind(e)) for e in entries]
        except (Missing, NotRegular):
            return []


class Reading:
    """A regular file, open for reading at any place."""

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self._fd = fd

    @property
    def size(self) -> int:
        """The file's size now, in bytes."""
        return os.fstat(self._fd).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the file's end."""
        blocks = []
        with _translated(self.path, "cannot be read"):
            while length > 0 and (block := os.pread(self._fd, length, offset)):
                blocks.append(block)
                offset += len(block)
                length -= len(block)
        return b"".join(blocks)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Appending(Reading):
    """A regular file, open for whole appended lines."""

    def write(self, data: bytes) -> None:
        """Add all of the bytes; on any failure the file is cut back to what it was, and Broken raised."""
        before = self.size
        try:
            _write_all(self._fd, data)
        except OSError as exc:
            with suppress(OSError):
                os.ftruncate(self._fd, before)
            _raise(self.path, "cannot be added to", exc, denied=Broken)

    def sync(self, *, new: bool = False) -> None:
        """Sync what was added to disk (`new`: and all about the file); never called again once it failed."""
        with _translated(self.path, "cannot be synced"):
            if new:
                os.fsync(self._fd)
            else:
                os.fdatasync(self._fd)

    def cut(self, size: int) -> None:
        """Cut the file to `size` bytes."""
        with _translated(self.path, "cannot be cut back"):
            os.ftruncate(self._fd, size)

    def ends_whole(self) -> bool:
        """Say whether the file is empty or ends with a newline."""
        size = self.size
        return size == 0 or self.read_at(size - 1, 1) == b"\n"

    def is_linked(self) -> bool:
        """Say whether the file still has a name."""
        return os.fstat(self._fd).st_nlink > 0


class Lock:
    """A lock held on an open descriptor, until it is closed or the process ends."""

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self._fd = fd

    def close(self) -> None:
        """Let the lock go. Its file stays: removing it would open a race."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def shown(path: str) -> str:
    """Return a path as it can be printed: odd bytes and control characters escaped."""
    return path if path.isprintable() else ascii(path)[1:-1]


def rename_new(source: str, target: str, source_folder: int, target_folder: int) -> None:
    """Rename within folders given by descriptor; raises FileExistsError instead of overwriting.

    In one step where the system can; else by link and unlink, which a crash can leave half done.
    """
    call = (source_folder, os.fsencode(source), target_folder, os.fsencode(target), _RENAME_NOREPLACE)
    number = _renameat2()(*call)
    if number == 0:
        return
    if number not in _SYSTEM_SAYS_NO:
        raise OSError(number, os.strerror(number))
    os.link(
        source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder, follow_symlinks=False
    )  # fmt: skip
    os.unlink(source, dir_fd=source_folder)


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int]:
    import ctypes  # here, since most commands move nothing

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return lambda *_: errno.ENOSYS
    return lambda *given: 0 if call(*given) == 0 else ctypes.get_errno()


def _parts(path: str) -> list[str]:
    try:
        return path_parts(path)
    except Unreadable as exc:
        raise BadPath(path[:300], exc.why) from exc


@contextmanager
def _translated(path: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        _raise(path, what, exc)


def _raise(path: str, what: str, exc: OSError, *, denied: type[Broken | Denied] = Denied) -> NoReturn:
    reason = exc.strerror or str(exc)
    if exc.errno in (errno.ENOENT, errno.ENOTDIR):
        raise Missing(path, f"{what}: nothing is there") from exc
    if exc.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENODEV):
        raise NotRegular(path, f"{what}: it is a link, folder, pipe, socket or device") from exc
    if exc.errno == errno.ENAMETOOLONG:
        raise BadPath(path, f"{what}: the name is too long") from exc
    if exc.errno in (errno.EACCES, errno.EPERM) and denied is Denied:
        raise Denied(path, f"{what}: its permissions forbid it ({reason}); chmod or chown it") from exc
    raise Broken(
        f"{shown(path)}: {what}: {reason}; nothing of it counts. Mend it: fleet tries again."
    ) from exc


def _open_folder(path: str, part: str, above: int, mode: int | None) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=above)
    except FileNotFoundError as exc:
        if mode is None:
            _raise(path, "cannot be opened", exc)
    except OSError as exc:
        if _is_link(part, above):
            raise NotRegular(path, f"{shown(part)!r} in it is a link; links are not followed") from exc
        if exc.errno == errno.ENOTDIR and mode is not None:
            raise NotRegular(path, f"{shown(part)!r} in it is not a folder; nothing was written") from exc
        _raise(path, "cannot be opened", exc)
    with _translated(path, "its folder cannot be made"):
        with suppress(FileExistsError):
            os.mkdir(part, mode, dir_fd=above)
        return os.open(part, _FOLDER, dir_fd=above)


def _is_link(part: str, above: int) -> bool:
    try:
        return modes.S_ISLNK(os.stat(part, dir_fd=above, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _kind(mode: int) -> Literal["file", "folder", "link", "other"]:
    if modes.S_ISREG(mode):
        return "file"
    if modes.S_ISDIR(mode):
        return "folder"
    return "link" if modes.S_ISLNK(mode) else "other"


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
        _write_all(fd, data)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    while written < len(data):  # a short write: a signal, or the disk is nearly full
        written += os.write(fd, memoryview(data)[written:])


def _lives(staging: str) -> bool:
    pid = staging.rpartition("-")[2]
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return int(pid) != os.getpid()


def _lock(fd: int, path: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        holder = os.pread(fd, 200, 0).decode("ascii", "replace").strip() or "unknown"
        raise GroundMoved(
            f"{path}: another fleet process holds this folder ({holder}); nothing was started. "
            "Stop that one first, or use it."
        ) from exc
    except OSError as exc:
        _raise(path, "cannot be locked", exc)
