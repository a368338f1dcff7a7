"""The tree of processes: who descends from whom, whose they are, and how to end them.

A pid is reused within minutes, so a process is named by its pid *and* its start time, and a
signal to any process that is not our own unreaped child goes through a pidfd.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from fleet.core.frozen import dataclass

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
ENVIRON_MAX = 4 * 1024 * 1024  # bytes read of one environ; the kernel's own limit for it is 6 MB by default
CHAIN_MAX = 4096  # steps up a chain of parents before it counts as unreadable

Name = tuple[int, int]  # pid and start time in clock ticks since boot


class Stat(NamedTuple):
    """What /proc says of one process."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    start_ticks: int

    @property
    def name(self) -> Name:
        return (self.pid, self.start_ticks)


def become_subreaper() -> None:
    """Have orphans of our descendants reparented to us instead of to init. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def stat_of(pid: int) -> Stat | None:
    """Read one process; None when it is gone or hidden."""
    try:
        text = _read(f"/proc/{pid}/stat", 4096).decode("ascii", "replace")
    except OSError:
        return None
    # The command name stands in parentheses and may itself hold blanks and parentheses.
    rest = text[text.rfind(")") + 2 :].split()
    if len(rest) < 20:
        return None
    return Stat(pid, rest[0], int(rest[1]), int(rest[2]), int(rest[3]), int(rest[19]))


def environ_of(pid: int) -> dict[bytes, bytes]:
    """Read the environment a process was started with. Raises OSError when it is gone or not ours."""
    parts = (part.partition(b"=") for part in _read(f"/proc/{pid}/environ", ENVIRON_MAX).split(b"\0"))
    return {key: value for key, sep, value in parts if sep}


def adopted_children() -> list[int]:
    """List the children of our first thread: all orphans given to us are there, in one small read."""
    me = os.getpid()
    try:
        return [int(p) for p in _read(f"/proc/{me}/task/{me}/children", 1 << 20).split()]
    except FileNotFoundError:
        return _scanned_children(me)


def children_of(pid: int) -> list[int]:
    """List the direct children of a process, zombies included; empty when it is gone."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found: list[int] = []
    for task in tasks:
        try:
            found += map(int, _read(f"/proc/{pid}/task/{task}/children", 1 << 20).split())
        except FileNotFoundError:
            if Path(f"/proc/{pid}/task/{task}").exists():  # a kernel without CONFIG_PROC_CHILDREN
                return _scanned_children(pid)
        except OSError:
            continue
    return found


def descendants(pids: Iterable[int]) -> list[Stat]:
    """List all that descends from these processes, parents before children, the given ones left out."""
    found: dict[int, Stat] = {}
    todo = list(pids)
    while todo:
        for child in children_of(todo.pop()):
            stat = stat_of(child) if child not in found else None
            if stat is not None:
                found[child] = stat
                todo.append(child)
    return list(found.values())


def find_marked(root: str) -> list[tuple[int, str]]:
    """Find what a daemon of this root left running: (pid, FLEET_TURN), ourselves and our ancestors left out.

    Looks once; what forks meanwhile is found by looking again.
    """
    mine = {link.pid for link in _readable_chain(os.getpid())} | {os.getpid()}
    wanted = os.fsencode(root)
    found = []
    for pid in _all_pids():
        env = _environ_or_empty(pid) if pid not in mine else {}
        if env.get(b"FLEET_ROOT") == wanted and b"FLEET_TURN" in env:
            found.append((pid, env[b"FLEET_TURN"].decode("utf-8", "replace")))
    return found


def caller_is_inside(pid: int, root: str) -> bool:
    """Say whether a process belongs to a holder or an action of this root. True when it cannot be told.

    Inside is who carries FLEET_TURN for this root, has an ancestor that does, or descends from us
    in a session that is not ours: all that start() runs is in a session of its own, and what is
    left of it is reparented to us, so neither `env -i` nor a double fork gets out.
    """
    me, wanted = os.getpid(), os.fsencode(root)
    below: Stat | None = None
    try:
        for link in _chain(pid):
            if below is not None and link.pid == me and below.session != link.session:
                return True
            if _carries(link, wanted, closed=below is None):
                return True
            below = link
    except ProcessLookupError:
        return True
    return False


def kill_all(pids: Iterable[int], grace_s: float) -> list[int]:
    """End processes: TERM, then KILL after `grace_s` seconds. Blocks; returns who lives a second later."""
    open_fds: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            open_fds[os.pidfd_open(pid)] = pid
    try:
        for signals, patience_s in (((signal.SIGTERM, signal.SIGCONT), grace_s), ((signal.SIGKILL,), 1.0)):
            alive = _alive(open_fds, 0.0)
            for fd in alive:
                for number in signals:
                    _signal_fd(fd, number)
            if not (alive := _alive(alive, patience_s)):
                break
        return sorted(open_fds[fd] for fd in alive)
    finally:
        for fd in open_fds:
            os.close(fd)


def send(target: Stat, *numbers: int) -> bool:
    """Signal exactly this process; False when it is gone or may not be signalled."""
    try:
        fd = os.pidfd_open(target.pid)
    except OSError:
        return False
    try:
        now = stat_of(target.pid)
        if now is None or now.name != target.name:
            return False
        return all(_signal_fd(fd, number) for number in numbers)
    finally:
        os.close(fd)


def send_group(group: int, *numbers: int) -> None:
    """Signal a group whose leader we have not reaped yet, so that its number cannot be another's."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


@dataclass(eq=False, slots=True)
class Life:
    """One started main process, from its start until nothing of its tree is left."""

    pid: int
    start_ticks: int
    mark: tuple[bytes, bytes]  # FLEET_ROOT, and FLEET_ACTION_ID or else FLEET_TURN
    ended: bool = False  # the main process has; what is left of its tree is being killed
    seen: set[Name] = field(
        default_factory=set
    )  # once met as descendants: still ours when their parents are gone


class Roster:
    """The living main processes, and whose an orphan is.

    Every child of ours outside our own session that is no main process is an orphan of some turn:
    each main process leads a session, no process can join another's, and fleet starts nothing else so.
    """

    def __init__(self) -> None:
        self._mains: dict[int, Life] = {}  # by pid, until it is reaped
        self._lives: list[Life] = []  # the newest last
        self._first_ticks: int | None = None

    def add(self, life: Life) -> None:
        """Count a main process as living; to be called before the loop runs again."""
        self._mains[life.pid] = life
        self._lives.append(life)
        if self._first_ticks is None:
            self._first_ticks = life.start_ticks

    def whose(self, pid: int) -> str:
        """Name the turn or action whose main process is this one or an ancestor of it; "" where none is left."""
        mains = (self._mains[link.pid] for link in _readable_chain(pid) if link.pid in self._mains)
        return next((os.fsdecode(life.mark[1]) for life in mains), "")

    def reaped(self, life: Life) -> None:
        """Take note that the main process is off the process table, and its pid free for others."""
        self._mains.pop(life.pid, None)

    def end(self, life: Life) -> None:
        """Forget a life: nothing of its tree is left."""
        self._lives.remove(life)

    def orphans(self) -> list[Stat]:
        """List the living orphans, and reap the dead ones."""
        strangers = [pid for pid in adopted_children() if pid not in self._mains]
        if not strangers:  # the usual case: one small read in all
            return []
        ours = os.getsid(0)
        stats = [s for s in map(stat_of, strangers) if s is not None and s.session != ours]
        return [s for s in stats if not (s.state in "ZX" and _reap(s.pid))]

    def leftovers(self, life: Life) -> list[Stat]:
        """List the orphans to kill now that this life's main process has ended.

        Its own, and those nobody can be told to own if no main process that was already running
        when they started still is.
        """
        owners = [(s, self._owner(s)) for s in self.orphans()]
        return [s for s, owner in owners if owner is life or (owner is None and self._unguarded(s, life))]

    def cull(self, life: Life, *numbers: int) -> bool:
        """Signal the groups of this life's orphans, dead ones too, for their heirs are in them; say if any was dead."""
        ours, found = os.getsid(0), [stat_of(p) for p in adopted_children() if p not in self._mains]
        for one in found:  # none is reaped yet, so that its group's number is still its own
            if one is not None and one.session != ours:
                owner = self._owner(one)
                if owner is life or (owner is None and self._unguarded(one, life)):
                    send_group(one.group, *numbers)
        return any(one is None or (one.session != ours and one.state in "ZX") for one in found)

    def see(self, life: Life) -> list[Stat]:
        """List all that is surely of this life except its main process, and remember it."""
        claimed = [s for s in self.orphans() if self._owner(s) is life]
        known = claimed + descendants([life.pid, *(s.pid for s in claimed)])
        life.seen.update(s.name for s in known)
        return known

    def _owner(self, orphan: Stat) -> Life | None:
        # The newest first: an ended life's pid, and so its session's number, may be taken again.
        lives = [one for one in reversed(self._lives) if one.start_ticks <= orphan.start_ticks]
        for one in lives:
            if orphan.session == one.pid or orphan.group == one.pid or orphan.name in one.seen:
                return one
        env = _environ_or_empty(orphan.pid)
        whose = env.get(b"FLEET_ACTION_ID") or env.get(b"FLEET_TURN", b"")
        mark = (env.get(b"FLEET_ROOT", b""), whose)
        return next((one for one in lives if one.mark == mark), None) if mark[1] else None

    def _unguarded(self, orphan: Stat, ended: Life) -> bool:
        if self._first_ticks is None or orphan.start_ticks < self._first_ticks:
            return False  # older than every turn: given to us by somebody else
        guards = (one for one in self._lives if not one.ended and one is not ended)
        return all(one.start_ticks > orphan.start_ticks for one in guards)


def _read(path: str, most: int) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        first = os.read(fd, most)
        rest = [first]
        while rest[-1] and sum(map(len, rest)) < most:  # /proc may give a page at a time
            rest.append(os.read(fd, most))
        return b"".join(rest) if len(rest) > 1 else first
    finally:
        os.close(fd)


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isascii() and name.isdigit()]


def _scanned_children(pid: int) -> list[int]:
    return [s.pid for s in map(stat_of, _all_pids()) if s is not None and s.parent == pid]


def _environ_or_empty(pid: int) -> Mapping[bytes, bytes]:
    try:
        return environ_of(pid)
    except OSError:
        return {}


def _chain(pid: int) -> Iterator[Stat]:
    """Yield a process and its ancestors, upwards; raises ProcessLookupError where that cannot be read."""
    link = stat_of(pid) if pid > 0 else None
    for _ in range(CHAIN_MAX):
        if link is None:
            break
        yield link
        if link.parent == 0:  # init, or the first one of a pid namespace
            return
        link = _parent_of(link)
    raise ProcessLookupError(f"process {pid}: its ancestors cannot be read")


def _parent_of(link: Stat) -> Stat | None:
    for _ in range(8):  # a parent may die between the two reads; then the child names another one
        parent = stat_of(link.parent)
        if parent is not None and parent.start_ticks <= link.start_ticks:
            return parent
        again = stat_of(link.pid)
        if again is None or again.name != link.name:
            return None
        link = again
    return None


def _readable_chain(pid: int) -> Iterator[Stat]:
    with contextlib.suppress(ProcessLookupError):
        yield from _chain(pid)


def _carries(link: Stat, root: bytes, *, closed: bool) -> bool:
    try:
        env = environ_of(link.pid)
    except FileNotFoundError:
        return True  # gone between two reads: it cannot be told
    except PermissionError:
        # Another user's ancestor (sshd, login, init) is no holder of ours and may not be read; a
        # caller of our own user that hides its environment is taken for one.
        return closed and _real_user(link.pid) in (None, os.getuid())
    except OSError:
        return True
    return b"FLEET_TURN" in env and env.get(b"FLEET_ROOT", root) == root


def _real_user(pid: int) -> int | None:
    try:
        lines = _read(f"/proc/{pid}/status", 65536).splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(b"Uid:")), None)


def _reap(pid: int) -> bool:
    """Take one dead orphan off the process table, and never any other child."""
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)
    return True


def _signal_fd(fd: int, number: int) -> bool:
    try:
        signal.pidfd_send_signal(fd, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _alive(fds: Iterable[int], patience_s: float) -> list[int]:
    """Wait up to `patience_s` seconds for the ends of processes; return the pidfds of those that live."""
    left, poll, until = set(fds), select.poll(), time.monotonic() + patience_s
    for fd in left:
        poll.register(fd, select.POLLIN)
    while left:
        events = poll.poll(max(0.0, until - time.monotonic()) * 1000)
        for fd, _ in events:
            poll.unregister(fd)
            left.discard(fd)
        if not events:
            break
    return sorted(left)
