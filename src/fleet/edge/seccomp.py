"""The filter: which calls a sandboxed program may make, as a program of the kernel's own (seccomp)."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Literal

from fleet.edge import calls, kernel, landlock

Net = Literal["none", "named", "named and dns", "any"]
"""No socket, TCP to named ports, that and UDP for asking names, or any of the internet's."""

Marked = Literal["told", "refused", "free"]
"""Changes of a file's mode, owner and times: we are asked, nobody may, or they need no filter."""

Weighed = Literal["together", "each"]
"""Whether memory is bound by a group, all together, or only as each process's own."""

ALLOW, TELL, ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000  # linux/seccomp.h
NEW_LISTENER, WAIT_KILLABLE = 1 << 3, 1 << 5
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06  # linux/bpf_common.h
NUMBER, ARCH, ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each
ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # linux/audit.h
X32 = 0x40000000  # the bit of x86_64's second set of calls
CLONE_NEW = 0x7E020000  # all namespaces: linux/sched.h
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
FILE_IOCTLS = (0x66, 0x58, 0x76, 0xBC, 0xF5, 0x94)  # 'f', 'X', 'v', of bcachefs, f2fs, btrfs
FICLONE, FICLONERANGE = 0x40049409, 0x4020940D
FIOSETOWN, SIOCSPGRP = 0x8901, 0x8902
F_SETLEASE, F_NOTIFY = 1024, 1026
F_SETOWN, F_SETSIG, F_SETOWN_EX = 8, 10, 15  # asm-generic/fcntl.h
SIGNALLING = (F_SETLEASE, F_NOTIFY, F_SETOWN, F_SETSIG, F_SETOWN_EX)
"""Of fcntl: has the kernel signal whoever is named, when something happens to a descriptor."""
MSG_FASTOPEN = 0x20000000
MAKES, SET_ID = 0o100 | 0o20000000, 0o6000  # O_CREAT, O_TMPFILE's own bit; set-uid and set-gid
SOCK_TYPE = 0xF
IPPROTO_TCP = 6
NETLINK_ROUTE = 0

ROW = 8
"""Calls that are looked for one after the other."""

Line = tuple[int, int, int, int]


def known_here() -> bool:
    """Say whether there is a filter for this kind of processor."""
    return kernel.machine() in ARCHES


@cache
def program(net: Net, abi: int, *, marks: Marked, weighed: Weighed = "each") -> bytes:
    """Write the filter for a network and a version of Landlock."""
    arch, column = ARCHES[kernel.machine()]
    out: list[Line] = [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, arch), _fails(errno.ENOSYS), (LOAD, 0, 0, NUMBER)]
    if column == 0:
        out += [(AT_LEAST, 0, 1, X32), _fails(errno.ENOSYS)]
    judged = {calls.ARGUED[name][column]: checks for name, checks in _argued(net).items()}
    marked = {"told": (RETURN, 0, 0, TELL), "refused": _fails(errno.EPERM), "free": _YES}[marks]
    refused = [*calls.REFUSED.values()]
    refused += calls.SIGNALS.values() if abi < landlock.SCOPE_SINCE else ()
    refused += calls.TRUNCATES.values() if abi < landlock.SINCE[landlock.TRUNCATE] else ()
    absent = [*calls.ABSENT.values(), *(calls.MEMORY_FILES.values() if weighed == "each" else ())]
    tables = (
        (calls.MARKS.values(), marked),
        (refused, _fails(errno.EPERM)),
        (absent, _fails(errno.ENOSYS)),
        (calls.UNMARKED.values(), _fails(errno.ENOTSUP)),
    )
    for table, does in tables:
        for numbers in table:
            judged.setdefault(numbers[column], [does])
    judged.pop(-1, None)  # of calls that this kind of processor does not have
    return kernel.packed_program([*out, *_found(sorted(judged.items()))])


def _found(judged: Sequence[tuple[int, list[Line]]]) -> list[Line]:
    """Find a call among these by halves: the kernel tries a filter with every number when it takes it."""
    if len(judged) <= ROW:
        return [*chain.from_iterable(_block(number, does) for number, does in judged), _YES]
    half = len(judged) // 2
    below, above = _found(judged[:half]), _found(judged[half:])
    return [(AT_LEAST, len(below), 0, judged[half][0]), *below, *above]


def _fails(code: int) -> Line:
    return (RETURN, 0, 0, ERRNO | code)


def _all(numbers: Sequence[int], does: Line) -> list[Line]:
    """Do one thing for each of these calls: every line leads to the last."""
    last = len(numbers) - 1
    found = [(EQUAL, last - i, 0, number) for i, number in enumerate(numbers[:-1])]
    return [*found, (EQUAL, 0, 1, numbers[-1]), does]


def _block(number: int, checks: Sequence[Line]) -> list[Line]:
    """Judge one call by its arguments; the checks end it one way or the other."""
    return [(EQUAL, 0, len(checks), number), *checks]


def _load(argument: int) -> Line:
    """Take the lower half of an argument: all that are looked at have 32 bits, on little-endian processors."""
    return (LOAD, 0, 0, ARGUMENT + 8 * argument)


_YES: Line = (RETURN, 0, 0, ALLOW)
_NO = _fails(errno.EPERM)


def _argued(net: Net) -> dict[str, list[Line]]:
    own = [_load(0), (EQUAL, 1, 0, 0), _NO, _YES]  # of no process but the caller
    mine = [_load(0), (EQUAL, 1, 0, 0), _NO, _load(1), (EQUAL, 1, 0, 0), _NO, _YES]
    found = {
        "clone": [_load(0), (ANY_BIT, 0, 1, CLONE_NEW), _NO, _YES],
        "prlimit64": own,
        "setpriority": mine,
        "ioprio_set": [_load(0), (EQUAL, 1, 0, 1), _NO, _load(1), (EQUAL, 1, 0, 0), _NO, _YES],
        "sched_setaffinity": own,
        "sched_setscheduler": own,
        "sched_setparam": own,
        "sched_setattr": own,
        "ioctl": _ioctl(),
        "fcntl": [_load(1), *_all(SIGNALLING, _NO), _YES],
        "socket": _socket(net),
        "socketpair": _socketpair(),
        **_made(),
    }
    if net == "none":  # where there are but pairs: one that takes an abstract name is in the way of others
        found["bind"] = [_NO]
    if net in ("named", "named and dns"):  # else a connection could begin without a `connect` that is seen
        for name, argument in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
            found[name] = [_load(argument), (ANY_BIT, 0, 1, MSG_FASTOPEN), _NO, _YES]
        found["listen"] = [_NO]  # without a `bind` it takes a free port, which Landlock does not see
    return found


def _made() -> dict[str, list[Line]]:
    """Let no file be made that is set-uid from the beginning; `openat2`, whose mode is not seen, is absent."""
    odd = [(ANY_BIT, 0, 1, SET_ID), _NO, _YES]
    found = {name: [_load(mode), *odd] for name, mode in (("creat", 1), ("mknod", 1), ("mknodat", 2))}
    for name, flags in (("open", 1), ("openat", 2)):  # the mode comes next, and counts if one is made
        found[name] = [_load(flags), (ANY_BIT, 1, 0, MAKES), _YES, _load(flags + 1), *odd]
    return found


def _ioctl() -> list[Line]:
    """Let no file's flags, seals or extents be changed through a descriptor that only reads, and nobody signalled."""
    kinds = [(EQUAL, len(FILE_IOCTLS) - i, 0, kind << 8) for i, kind in enumerate(FILE_IOCTLS)]
    head = [_load(1), *_all((TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP), _NO)]
    head += _all((FICLONE, FICLONERANGE), _YES)
    return [*head, (AND, 0, 0, 0xFF00), *kinds, _YES, _fails(errno.ENOTTY)]


def _socket(net: Net) -> list[Line]:
    """Sockets of the internet only, and of those only what Landlock sees where ports are named."""
    if net == "none":
        return [_NO]
    inet, inet6, link = (
        socket.AF_INET,
        socket.AF_INET6,
        16,
    )  # AF_NETLINK, which asks for the machine's addresses
    kind = [_load(1), (AND, 0, 0, SOCK_TYPE)]
    stream = [
        (EQUAL, 0, 5, socket.SOCK_STREAM),
        _load(2),
        (EQUAL, 1, 0, 0),
        (EQUAL, 0, 1, IPPROTO_TCP),
        _YES,
        _NO,
    ]
    datagram = _YES if net == "any" or net == "named and dns" else _NO
    after = [*kind, *stream, (EQUAL, 0, 1, socket.SOCK_DGRAM), datagram, _NO]
    route = [_load(2), (EQUAL, 0, 1, NETLINK_ROUTE), _YES, _NO]
    ours, past = len(route), [_load(0)]
    past += [(EQUAL, ours + 3, 0, inet), (EQUAL, ours + 2, 0, inet6), (EQUAL, 1, 0, link), _NO]
    return [*past, *route, *after]


def _socketpair() -> list[Line]:
    """A pair of a kind that cannot be connected to anything else afterwards."""
    kind = [_load(1), (AND, 0, 0, SOCK_TYPE), (EQUAL, 0, 1, socket.SOCK_DGRAM), _NO, _YES]
    return [_load(0), (EQUAL, 1, 0, socket.AF_UNIX), _NO, *kind]
