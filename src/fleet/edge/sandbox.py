"""The sandbox: a program started inside walls that hold for all it starts, and for nothing else of ours.

What takes rights away does so to one thread, and what a thread starts has no more rights than it. So a
thread is made for each start: it gives up what the program shall not have, starts it, and ends.
"""

from __future__ import annotations

import _thread
import errno
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Literal

from fleet.core.frozen import dataclass
from fleet.core.isolation import Machine
from fleet.core.outside import within
from fleet.edge import kernel, landlock, seccomp
from fleet.edge.bounds import Bounds, Group, limits
from fleet.edge.kernel import User
from fleet.edge.landlock import Reach

SHELL = "/bin/sh"
"""What waits for a line on stdin, takes its limits, and becomes the program."""
OPEN = b"\n"
GATE = 4  # words of the shell before those of the program
HEAD_BYTES = 128


@dataclass(frozen=True, slots=True)
class Walls:
    """What a program is kept inside of. `ports` None is any network, and () none; `own` are its folders."""

    way: Literal["landlock", "bubblewrap", "user"]
    reaches: tuple[Reach, ...] = ()
    own: tuple[str, ...] = ()
    ports: tuple[int, ...] | None = ()
    user: User | None = None
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """A program that was started and waits at the gate: who asks us what through its filter, and its group."""

    popen: subprocess.Popen[bytes]
    listener: int = -1
    group: Group | None = None


Spawn = Callable[[Sequence[str], Sequence[int]], "subprocess.Popen[bytes]"]
"""Starts words as a program that keeps these descriptors."""


@cache
def machine() -> Machine:
    """Say what this machine can keep a program inside of."""
    return Machine(
        landlock=landlock.version(),
        filters=seccomp.known_here(),
        bubblewrap=bool(shutil.which("bwrap")),
        switches=os.geteuid() == 0,
        kind=kernel.machine(),
    )


def user_named(name: str) -> User | None:
    """Find somebody of this machine by name; None if nobody has it."""
    try:
        found = pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None
    groups = tuple(os.getgrouplist(name, found.pw_gid))
    return User(name, found.pw_uid, found.pw_gid, groups, found.pw_dir)


def start(walls: Walls, argv: Sequence[str], *, cwd: str, mark: str, spawn: Spawn) -> Inside:
    """Start a program inside walls; it begins once it is sent `OPEN`. Raises OSError."""
    raise_unless_startable(argv, cwd)
    with ExitStack() as undo:
        group = Group.make(mark) if walls.bounds else None
        if group is not None:
            undo.callback(group.remove)
        words = (*_gate(walls, group), *argv)  # now: behind the walls less can be read
        before = kernel.dumpable() if walls.user is not None else -1
        inside = _Starter(lambda: _start(walls, words, cwd, group, spawn)).result()
        if before >= 0 and kernel.dumpable() != before:
            kernel.set_dumpable(before)
        undo.callback(_abandon, inside)
        if group is not None and walls.bounds is not None:
            group.bound(walls.bounds)  # only now: the thread was one of them
        undo.pop_all()
    return inside


class _Starter:
    """A thread that starts one program and ends: it stays as it is made, and is of no other use.

    It is made without the library's object for it: a wait less, and nobody looks for it.
    """

    def __init__(self, does: Callable[[], Inside]) -> None:
        self._does = does
        self._over = _thread.allocate_lock()
        self._done: Inside | OSError | ValueError | None = None

    def result(self) -> Inside:
        """Run it; give what was started, or raise what kept it from being."""
        self._over.acquire()
        try:
            _thread.start_new_thread(self._run, ())
        except RuntimeError as exc:  # no thread is to be had
            raise OSError(errno.EAGAIN, str(exc)) from exc
        with self._over:
            done = self._done
        if isinstance(done, Inside):
            return done
        raise done or OSError(errno.EIO, "the thread that was to start it ended without a word")

    def _run(self) -> None:
        try:
            self._done = self._does()
        except (OSError, ValueError) as exc:
            self._done = exc
        finally:
            self._over.release()


def _start(walls: Walls, words: Sequence[str], cwd: str, group: Group | None, spawn: Spawn) -> Inside:
    """Give up what the program shall not have, and start it."""
    if group is not None:
        group.join()
    weighed: seccomp.Weighed = "each" if walls.bounds and not (group and group.weighed) else "together"
    with ExitStack() as undo:
        if walls.way == "bubblewrap":
            held = _written_down(walls, weighed)
            undo.callback(os.close, held)
            if walls.user is not None:
                kernel.become(walls.user)
            return Inside(
                spawn([*words[:GATE], *_bubblewrap(walls, cwd, held), *words[GATE:]], [held]), group=group
            )
        listener = _wall_in(walls, weighed)
        if listener >= 0:
            undo.callback(os.close, listener)
        inside = Inside(spawn(words, []), listener, group)
        undo.pop_all()
    return inside


def _abandon(inside: Inside) -> None:
    inside.popen.kill()
    inside.popen.wait()
    for pipe in (inside.popen.stdin, inside.popen.stdout, inside.popen.stderr):
        if pipe is not None:
            pipe.close()
    if inside.listener >= 0:
        os.close(inside.listener)


def _gate(walls: Walls, group: Group | None) -> list[str]:
    if walls.bounds is None:
        return [SHELL, "-c", 'read -r _ && exec "$@"', "fleet"]
    uid = walls.user.uid if walls.user else os.geteuid()
    taken = limits(walls.bounds, by_user=group is None and uid != 0)
    return [SHELL, "-c", f'read -r _ && {taken} && exec "$@"', "fleet"]


def _wall_in(walls: Walls, weighed: seccomp.Weighed) -> int:
    """Take from this thread all that the program shall not have; gives what its filter asks through, or -1."""
    if walls.way == "user":
        if walls.bounds is not None:
            kernel.no_new_privileges()
        if walls.user is not None:
            kernel.become(walls.user)
        return -1
    abi = landlock.version()
    rules = landlock.rules(walls.reaches, ports=walls.ports, abi=abi)
    try:
        kernel.no_capabilities_by_programs()
        if walls.user is not None:
            kernel.become(walls.user)
        kernel.drop_capabilities()
        kernel.no_new_privileges()
        landlock.restrict(rules)
    finally:
        os.close(rules)
    return _filtered(walls, abi, weighed)


def _filtered(walls: Walls, abi: int, weighed: seccomp.Weighed) -> int:
    if not seccomp.known_here():
        return -1
    flags = seccomp.NEW_LISTENER | seccomp.WAIT_KILLABLE
    try:
        return kernel.install(seccomp.program(_net(walls.ports), abi, marks="told", weighed=weighed), flags)
    except OSError as exc:  # a kernel before 5.19, or a filter above us that asks somebody already
        if exc.errno not in (errno.EINVAL, errno.EBUSY):
            raise
    kernel.install(seccomp.program(_net(walls.ports), abi, marks="refused", weighed=weighed), 0)
    return -1


def _net(ports: tuple[int, ...] | None) -> seccomp.Net:
    if ports is None:
        return "any"
    if not ports:
        return "none"
    return "named and dns" if 53 in ports else "named"


def _written_down(walls: Walls, weighed: seccomp.Weighed) -> int:
    """Give a filter as a file that bubblewrap reads."""
    fd = os.memfd_create("filter")
    if seccomp.known_here():
        filters = seccomp.program(_net(walls.ports), landlock.OLDEST_WHOLE, marks="free", weighed=weighed)
        os.write(fd, filters)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _bubblewrap(walls: Walls, cwd: str, fd: int) -> list[str]:
    """Say the same walls in bubblewrap's words.

    Where it binds nothing it puts a file system in memory, which no bound of ours counts: nothing is written there.
    It ends where its user may not come to a place, or where one is a link in another that leads nowhere yet.
    """
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
    words += ["--share-net"] if walls.ports is None or walls.ports else []
    words += ["--proc", "/proc", "--dev", "/dev"]
    bound: dict[str, bool] = {}
    for reach in sorted(walls.reaches, key=lambda r: os.path.join(r.below, r.path).count("/")):
        path, writes = os.path.join(reach.below, reach.path), bool(reach.access & landlock.WRITE)
        if not (writes or reach.access & landlock.READ) or path.startswith(("/proc/", "/dev/", "/sys/")):
            continue
        there = any(within(path, above) and (held or not writes) for above, held in bound.items())
        if not there and os.path.exists(path):  # for the user that this thread is now
            words += ["--bind-try" if writes else "--ro-bind-try", path, path]
            bound[path] = writes
    words += ["--remount-ro", "/", "--remount-ro", "/dev"]
    words += ["--seccomp", str(fd)] if seccomp.known_here() else []
    return [*words, "--chdir", cwd, "--"]


def raise_unless_startable(argv: Sequence[str], cwd: str) -> None:
    """Raise the OSError that starting a program would: behind the gate it could only be told by an exit code."""
    path = os.path.join(cwd, argv[0])
    if "/" not in argv[0]:
        raise FileNotFoundError(errno.ENOENT, "not found in PATH")
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "not found")
    if os.path.isdir(path) or not os.access(path, os.X_OK):
        raise PermissionError(errno.EACCES, "not executable")
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except PermissionError:  # one that may be run and not be read
        return
    if head.startswith(b"#!"):
        interpreter = os.fsdecode((head[2:].split(b"\n")[0].split() or [b""])[0])
        if not os.path.exists(interpreter):
            raise FileNotFoundError(errno.ENOENT, "no interpreter")
    elif b"\0" not in head:
        raise OSError(errno.ENOEXEC, "no program")
