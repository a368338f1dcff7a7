"""Links: what in a folder of a sandboxed program is somebody else's too, made its own before it starts.

Landlock looks at where a name stands. A file outside that has a second name in work/ (a hard link), a folder
mounted there or a disk's device is open by it. Inside walls none of them can be made, so what a program left
there while it had none is all there is.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from fleet.core.frozen import dataclass

MOST_NAMES, MOST_BYTES, DEEPEST = 200_000, 1 << 30, 100
STAGING = ".staging-of-links"
MOUNTS = "/proc/self/mountinfo"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ESCAPED = re.compile(rb"\\([0-7]{3})")

Identity = tuple[int, int]
Entry = tuple[int, str, str, os.stat_result]
"""A descriptor of the folder, a name in it, its path for people, and what it is."""


class Kept(Exception):
    """Something that can be made nobody's own: says what and where."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What of some folders leads out of them: files by their identity, and names of what is no file."""

    files: frozenset[Identity]
    others: frozenset[str]
    size: int


def mounted_below(folder: str) -> str:
    """Name a place below a folder at which something is mounted; "" if there is none. Raises OSError."""
    with open(MOUNTS, "rb") as file:  # noqa: PTH123 - read as bytes: names are what they are
        lines = file.read().splitlines()
    above = os.fsencode(os.path.realpath(folder)) + b"/"
    for line in lines:
        point = _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), line.split()[4])
        if point.startswith(above):
            return os.fsdecode(point[len(above) :])
    return ""


def cut(root: str, folders: Collection[str], uid: int | None) -> list[str]:
    """Make each file below these folders one that has no name elsewhere, by a copy in its place.

    Pipes and sockets with a name elsewhere, and devices, are taken away. Gives the paths. `uid` is whose the
    files must be, or None. Raises Kept for what is too much or not his, and OSError.
    """
    found = _leading_out(root, folders)
    if not found.files and not found.others:
        return []
    if found.size > MOST_BYTES:
        raise Kept(
            f"{' and '.join(folders)} holds over {MOST_BYTES >> 30} GB of files that have names elsewhere too"
        )
    return list(_each(root, folders, lambda entry: _is_cut(entry, found, uid)))


def _leading_out(root: str, folders: Collection[str]) -> _Found:
    names: Counter[Identity] = Counter()
    seen: dict[Identity, os.stat_result] = {}
    others: set[str] = set()

    def look(entry: Entry) -> bool:
        _, _, path, one = entry
        two = one.st_nlink > 1 and not stat.S_ISLNK(one.st_mode)
        if stat.S_ISREG(one.st_mode):
            if one.st_nlink > 1:
                identity = (one.st_dev, one.st_ino)
                names[identity] += 1
                seen[identity] = one
        elif stat.S_ISBLK(one.st_mode) or stat.S_ISCHR(one.st_mode) or two:
            others.add(path)
        return False

    for _ in _each(root, folders, look):
        pass
    out = frozenset(identity for identity, count in names.items() if count < seen[identity].st_nlink)
    size = sum(seen[identity].st_size * names[identity] for identity in out)
    return _Found(out, frozenset(others), size)


def _is_cut(entry: Entry, found: _Found, uid: int | None) -> bool:
    folder, name, path, one = entry
    if path in found.others:
        os.unlink(name, dir_fd=folder)
        return True
    if (one.st_dev, one.st_ino) not in found.files or not stat.S_ISREG(one.st_mode):
        return False
    if uid is not None and one.st_uid != uid:
        raise Kept(f"{path} is a second name of a file that is not its user's")
    _copy_over(folder, name)
    return True


def _copy_over(folder: int, name: str) -> None:
    """Put a copy in a file's place, with its owner, mode and times; nothing is set-uid afterwards."""
    with suppress(FileNotFoundError):  # what a crash left
        os.unlink(STAGING, dir_fd=folder)
    source = os.open(name, _FILE, dir_fd=folder)
    try:
        into = os.open(STAGING, _NEW, 0o600, dir_fd=folder)
        try:
            _copy(source, into)
            os.rename(STAGING, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(STAGING, dir_fd=folder)
            raise
        finally:
            os.close(into)
    finally:
        os.close(source)


def _copy(source: int, into: int) -> None:
    one = os.fstat(source)
    while os.sendfile(into, source, None, 1 << 24):
        pass
    with suppress(PermissionError):
        os.fchown(into, one.st_uid, one.st_gid)
    os.fchmod(into, one.st_mode & 0o777)
    os.utime(into, ns=(one.st_atime_ns, one.st_mtime_ns))


def _each(root: str, folders: Collection[str], does: Callable[[Entry], bool]) -> Iterator[str]:
    """Do something with all that lies below folders and is no folder, following no link; gives where it was done."""
    for top in folders:
        for entry in _below(os.path.join(root, top), top):
            if does(entry):
                yield entry[2]


def _below(whole: str, top: str) -> Iterator[Entry]:
    """Walk; each folder on the way is held open, so nothing is swapped for a link meanwhile."""
    if not os.path.isdir(whole) or os.path.islink(whole):
        return  # nothing is granted for it
    waiting: list[tuple[int, str, list[str]]] = []
    count = 0
    try:
        waiting.append(_listed(os.open(whole, _FOLDER), top))
        while waiting:
            fd, path, names = waiting[-1]
            if not names:
                os.close(waiting.pop()[0])
                continue
            name = names.pop()
            count += 1
            if count > MOST_NAMES:
                raise Kept(f"{top} holds more than {MOST_NAMES} files and folders")
            one = os.stat(name, dir_fd=fd, follow_symlinks=False)
            inner = f"{path}/{name}"
            if not stat.S_ISDIR(one.st_mode):
                yield fd, name, inner, one
            elif len(waiting) >= DEEPEST:
                raise Kept(f"{top} has folders more than {DEEPEST} deep")
            else:
                waiting.append(_listed(os.open(name, _FOLDER, dir_fd=fd), inner))
    finally:
        for fd, _, _ in waiting:
            os.close(fd)


def _listed(fd: int, path: str) -> tuple[int, str, list[str]]:
    try:
        return fd, path, os.listdir(fd)
    except OSError:
        os.close(fd)
        raise
