"""Landlock: which files, ports and processes a thread and all that it starts may still reach."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cache

from fleet.core.frozen import dataclass
from fleet.edge import kernel

EXECUTE, WRITE, READ, LIST, RMDIR, UNLINK = (1 << n for n in range(6))  # linux/landlock.h
CHAR, DIR, REG, SOCK, FIFO, BLOCK, LINK, REFER, TRUNCATE, IOCTL = (1 << n for n in range(6, 16))
BIND, CONNECT = 1, 2
OF_FILES = EXECUTE | WRITE | READ | TRUNCATE | IOCTL
"""What may be said of a file; all else is of folders."""
SINCE = {REFER: 2, TRUNCATE: 3, IOCTL: 5}
NET_SINCE, SCOPE_SINCE = 4, 6
SCOPES = 3  # abstract sockets, and signals
OLDEST_WHOLE = 6
"""The first version that sees all that a sandbox is to hold of files and processes."""
VERSION = 1 << 0
PATH_BENEATH, NET_PORT = 1, 2

SEEN = READ | LIST | EXECUTE
KEPT = SEEN | WRITE | RMDIR | UNLINK | DIR | REG | SOCK | FIFO | LINK | REFER | TRUNCATE
"""A folder of its own: anything but devices."""
GIVEN = READ | LIST | WRITE | RMDIR | UNLINK | DIR | REG | TRUNCATE
"""A folder out of which others take files: no links, no pipes, no programs, and nothing moved or linked in."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be done with one place. If it lies `below` a folder of ours, no link on the way is followed."""

    path: str
    access: int
    below: str = ""


@cache
def version() -> int:
    """Say which version of Landlock this kernel has; 0 for none."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, VERSION)
    except OSError:
        return 0


def known_access(abi: int) -> int:
    """Give every kind of access that a version of Landlock knows."""
    later = sum(access for access, since in SINCE.items() if since > abi)
    return ((IOCTL << 1) - 1) & ~later


@cache
def distinct(reaches: tuple[Reach, ...]) -> tuple[Reach, ...]:
    """Leave out the places that are links into another one of these, which grants as much: /bin beside /usr.

    A link's own way is nothing that Landlock asks about, so where it leads to is what counts.
    """
    found: dict[str, int] = {}
    for reach in reaches:
        whole = os.path.realpath(reach.path)
        found[whole] = found.get(whole, 0) | reach.access
    kept = []
    for reach in reaches:
        whole = os.path.realpath(reach.path)
        above = (one for one in found if one != whole and os.path.commonpath((whole, one)) == one)
        if not any(reach.access & ~found[one] == 0 for one in above):
            kept.append(reach)
    return tuple(kept)


def rules(reaches: Iterable[Reach], *, ports: Sequence[int] | None, abi: int) -> int:
    """Gather what may be reached: these places, and by TCP these ports; None leaves the network open.

    A place that is not there is passed over: nothing is granted for it. Gives a descriptor. Raises OSError.
    """
    bound = ports is not None and abi >= NET_SINCE
    access = known_access(abi)
    attributes = struct.pack("QQQ", access, (BIND | CONNECT) * bound, SCOPES * (abi >= SCOPE_SINCE))
    size = 24 if abi >= SCOPE_SINCE else 16 if abi >= NET_SINCE else 8
    gathered = kernel.call("landlock_create_ruleset", attributes[:size], size, 0)
    with ExitStack() as undo:
        undo.callback(os.close, gathered)
        with ExitStack() as roots:
            folders: dict[str, int] = {}
            for reach in reaches:
                if reach.below and reach.below not in folders:
                    folders[reach.below] = os.open(reach.below, os.O_PATH | os.O_CLOEXEC)
                    roots.callback(os.close, folders[reach.below])
                _allow(gathered, reach, access, folders.get(reach.below))
        for port in ports or () if bound else ():
            kernel.add_rule(gathered, NET_PORT, struct.pack("=QQ", CONNECT, port))
        undo.pop_all()
    return gathered


def restrict(gathered: int) -> None:
    """Let this thread reach only what was gathered. Raises OSError."""
    kernel.call("landlock_restrict_self", gathered, 0)


def _allow(rules: int, reach: Reach, known: int, root: int | None) -> None:
    try:
        fd = (
            os.open(reach.path, os.O_PATH | os.O_CLOEXEC) if root is None else _opened_below(root, reach.path)
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        _add(rules, reach.access & known, fd)
    except OSError as exc:
        if exc.errno != errno.EINVAL:
            raise
        _add(rules, reach.access & known & OF_FILES, fd)  # it is no folder
    finally:
        os.close(fd)


def _add(rules: int, access: int, fd: int) -> None:
    if access:
        kernel.add_rule(rules, PATH_BENEATH, struct.pack("=Qi", access, fd))


def _opened_below(root: int, path: str) -> int:
    try:
        return kernel.open_below(root, path, os.O_PATH, kernel.NO_LINKS)
    except OSError as exc:
        if exc.errno == errno.ELOOP:  # a link where a place of ours should be: nothing is granted for it
            raise FileNotFoundError(errno.ENOENT, path) from exc
        raise
