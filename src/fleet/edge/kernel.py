"""The kernel: calls that the library does not offer, made by number, and what they are called here.

A thread may take rights from itself alone, and what it starts has no more than it has. All that takes
rights away here does so to the calling thread and to nobody else.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

from fleet.core.frozen import dataclass

PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 38, 47  # linux/prctl.h
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECBITS_ALL = 0b11101111  # root gets nothing by its number, no change of user gives any, and both stay so
LINUX_CAPABILITY_VERSION_3 = 0x20080522
NO_LINKS = 0x04 | 0x08  # RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH: linux/openat2.h
AT_FDCWD = -100

# Numbers of x86_64 and aarch64. Calls since Linux 5.1 have the same one everywhere.
_NUMBERS = {
    "x86_64": {
        "capset": 126,
        "setgroups": 116,
        "setresgid": 119,
        "setresuid": 117,
        "seccomp": 317,
        "utimensat": 280,
    },
    "aarch64": {
        "capset": 91,
        "setgroups": 159,
        "setresgid": 149,
        "setresuid": 147,
        "seccomp": 277,
        "utimensat": 88,
    },
}
_SAME = {
    "openat2": 437,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of this machine, as the kernel knows him."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str


def machine() -> str:
    """Name the kind of processor, as `uname -m` does."""
    return platform.machine()


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


@cache
def _quick(function: str, *takes: type) -> Callable[..., int]:
    """Give a function of the library that is told what it takes: a call of it costs a quarter."""
    found = _libc()[function]  # one of its own, for what it takes is its own
    found.argtypes = takes
    found.restype = ctypes.c_long
    return found


def _done(given: int, what: str) -> int:
    """Pass on what a call gave; raises the OSError that it left behind."""
    if given < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return given


def add_rule(rules: int, kind: int, rule: bytes) -> None:
    """Add a rule to a set of Landlock's. Raises OSError."""
    add = _quick("syscall", ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    _done(add(_SAME["landlock_add_rule"], rules, kind, rule, 0), "landlock_add_rule")


def call(name: str, *given: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a call of the kernel by its name. Raises OSError; ENOSYS where its number is not known."""
    number = _SAME.get(name) or _NUMBERS.get(machine(), {}).get(name)
    if number is None:
        raise OSError(38, f"{name}: no number for {machine()}")
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in given]
    return _done(_libc().syscall(ctypes.c_long(number), *words), name)


def prctl(option: int, *given: int) -> int:
    """Make a `prctl` call. Raises OSError."""
    words = [ctypes.c_ulong(one) for one in (*given, 0, 0, 0, 0)[:4]]
    return _done(_libc().prctl(ctypes.c_int(option), *words), f"prctl {option}")


def no_capabilities_by_programs() -> None:
    """Let no program that this thread starts be given a capability for being root's, and never again.

    With this and no_new_privs the bounding set bounds nothing more; to empty it would be forty more calls.
    """
    if os.geteuid() == 0:
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        with suppress(PermissionError):  # somebody took that right before us; no_new_privs holds without it
            prctl(PR_SET_SECUREBITS, SECBITS_ALL)


def drop_capabilities() -> None:
    """Let this thread have no capability any more."""
    call("capset", struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0), bytes(24))


def no_new_privileges() -> None:
    """Let no program that this thread starts gain rights by being set-uid."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def become(user: User) -> None:
    """Let this thread be somebody else. The library's own functions would change every thread."""
    packed = struct.pack(f"{len(user.groups)}I", *user.groups)
    call("setgroups", len(user.groups), packed)
    call("setresgid", user.gid, user.gid, user.gid)
    call("setresuid", user.uid, user.uid, user.uid)


def dumpable() -> int:
    """Say whether this process may be looked into by its own user: a change of user takes that from all of it."""
    return prctl(PR_GET_DUMPABLE)


def set_dumpable(value: int) -> None:
    """Give that back."""
    prctl(PR_SET_DUMPABLE, value)


def open_below(folder: int, path: str, flags: int, resolve: int) -> int:
    """Open what lies below a folder, by `openat2`. Raises OSError."""
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, resolve)
    taken = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    open_ = _quick("syscall", *taken)
    return _done(open_(_SAME["openat2"], folder, os.fsencode(path), how, len(how)), "openat2")


def date(fd: int, times: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """Set when an open file was read and changed: in seconds and nanoseconds, or as `utimensat` says now and never."""
    (read_s, read_ns), (changed_s, changed_ns) = times
    packed = struct.pack("4q", read_s, read_ns, changed_s, changed_ns)
    call("utimensat", AT_FDCWD, f"/proc/self/fd/{fd}".encode() + b"\0", packed, 0)


def packed_program(program: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Give a BPF program as the kernel reads it."""
    return b"".join(struct.pack("HBBI", *line) for line in program)


def install(program: bytes, flags: int) -> int:
    """Let this thread make only the calls that a filter passes; gives what `seccomp` gave."""
    held = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))
    return call("seccomp", 1, flags, head)
