"""Bounds: how much memory, how many files and processes a program's whole tree may have.

A limit of the kernel's is one process's, so it is taken by the shell that becomes the program. The number of
processes, and the memory of all together, are bound by groups of the kernel's (cgroup) where we may make them.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

from fleet.core.frozen import dataclass
from fleet.edge import tree

FILE_BYTES = 1 << 30  # of any one file that it writes
PREFIX = "fleet-"
CGROUPS = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one program and all that it starts may have; memory in bytes, of each process."""

    memory: int
    processes: int
    files: int


def limits(bounds: Bounds, *, by_user: bool) -> str:
    """Say in words of the shell how a process takes its limits, and so those of all that it starts.

    `by_user` bounds the processes of its whole user, by those there are on the machine now and as many again
    as it may have: the kernel counts a user's, and not a tree's.
    """
    words = [
        f"ulimit -c {_held(resource.RLIMIT_CORE, 0)}",
        f"ulimit -d {_held(resource.RLIMIT_DATA, bounds.memory) // 1024}",
        f"ulimit -n {_held(resource.RLIMIT_NOFILE, bounds.files)}",
        f"ulimit -f {_held(resource.RLIMIT_FSIZE, FILE_BYTES) // 512}",
    ]
    running = _running() if by_user else 0
    if running:
        most = _held(resource.RLIMIT_NPROC, running + bounds.processes)
        words.append(
            f"{{ ulimit -u {most} 2>/dev/null || ulimit -p {most}; }}"
        )  # of bash; of dash and busybox
    return " && ".join(words)


def _held(what: int, most: int) -> int:
    """Give a limit that is no higher than we could go ourselves."""
    hard = resource.getrlimit(what)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def _running() -> int:
    """Count all tasks of the machine: `0.20 0.18 0.12 1/80 11206` has 80. It is 0 where that is hidden."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except OSError:
        return 0


class Group:
    """A group of processes that has bounds of its own. It is made for one program and removed after it.

    `weighed` is the one that bounds its memory; "" where none can be made: cgroup v2 gives that only to groups
    beside which the group above holds no process, and we are one.
    """

    def __init__(self, path: str, weighed: str = "") -> None:
        self.path, self.weighed = path, weighed

    @classmethod
    def make(cls, name: str) -> Group | None:
        """Make one; None where this machine or user has none to give."""
        above = _above("pids")
        if not above:
            return None
        own = f"{PREFIX}{os.getpid()}-{name}"
        path = os.path.join(above, own)
        try:
            with suppress(FileExistsError):
                os.mkdir(path)
            if os.path.exists(os.path.join(path, "cgroup.type")):
                _write(path, "cgroup.type", "threaded")
        except OSError:
            return None
        weighed = os.path.join(_above("memory"), own) if _above("memory") else ""
        try:
            if weighed:
                with suppress(FileExistsError):
                    os.mkdir(weighed)
        except OSError:
            weighed = ""
        return cls(path, weighed)

    def join(self) -> None:
        """Let this thread, and what it starts from now on, be in it. Raises OSError."""
        threads = os.path.exists(os.path.join(self.path, "cgroup.threads"))
        _write(self.path, "cgroup.threads" if threads else "tasks", "0")
        if self.weighed:
            _write(self.weighed, "tasks", "0")

    def bound(self, bounds: Bounds) -> None:
        """Let it have at most so many processes, threads counted, and so much memory. Raises OSError."""
        _write(self.path, "pids.max", str(bounds.processes))
        if self.weighed:
            _write(self.weighed, "memory.limit_in_bytes", str(bounds.memory))
            with suppress(FileNotFoundError):  # a kernel that does not count what is swapped out
                _write(self.weighed, "memory.memsw.limit_in_bytes", str(bounds.memory))

    def shut(self) -> None:
        """Let nothing begin in it any more: what is killed now has no heirs."""
        with suppress(OSError):
            _write(self.path, "pids.max", "0")

    def members(self) -> list[tree.Stat]:
        """List the living processes in it."""
        stats = [one for one in map(tree.stat_of, self._pids()) if one is not None and one.state not in "ZX"]
        again = self._pids() if stats else ()  # else a number could be another's by now
        return [one for one in stats if one.pid in again]

    def overfull(self) -> bool:
        """Say whether something in it was killed by the kernel because it had too much memory."""
        try:
            words = Path(self.weighed, "memory.oom_control").read_text().split() if self.weighed else []
        except OSError:
            return False
        return "oom_kill" in words and words[words.index("oom_kill") + 1] != "0"

    def remove(self) -> bool:
        """Remove it; False while somebody is left in it."""
        try:
            for path in filter(None, (self.weighed, self.path)):
                with suppress(FileNotFoundError):
                    os.rmdir(path)
        except OSError:
            return False
        return True

    def _pids(self) -> set[int]:
        try:
            if os.path.exists(os.path.join(self.path, "tasks")):
                found = {int(one) for one in Path(self.path, "cgroup.procs").read_text().split()}
            else:  # of threads: what has their processes' numbers cannot be read
                threads = Path(self.path, "cgroup.threads").read_text().split()
                found = {_process_of(one) for one in threads}
        except OSError:
            return set()
        return found - {0, os.getpid()}  # the thread that started it was ours


def _process_of(thread: str) -> int:
    """Give the process that a thread is one of; 0 when it is gone."""
    try:
        words = Path(f"/proc/{thread}/status").read_text("utf-8", "replace").split()
    except OSError:
        return 0
    return int(words[words.index("Tgid:") + 1])


def _write(folder: str, name: str, text: str) -> None:
    fd = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


@cache
def _above(kind: Literal["pids", "memory"]) -> str:
    """Find the group of our own in which we may make others; "" for none. Removes what ended daemons left there."""
    fits = _countable if kind == "pids" else _weighed
    found = next((path for path in _ours(kind) if os.access(path, os.W_OK) and fits(path)), "")
    for name in os.listdir(found) if found else ():
        pid = name.removeprefix(PREFIX).partition("-")[0]
        if name.startswith(PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            Group(os.path.join(found, name)).remove()
    return found


def _ours(kind: str) -> list[str]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kind in kinds.split(","):
            found.append(f"{CGROUPS}/{kinds}{path}")
        elif not kinds:
            found += [f"{CGROUPS}{path}", f"{CGROUPS}/unified{path}"]
    return [path.rstrip("/") for path in found]


def _weighed(path: str) -> bool:
    """Say whether groups below can bound their memory while processes, ours among them, are beside them."""
    return all(Path(path, name).exists() for name in ("tasks", "memory.limit_in_bytes"))


def _countable(path: str) -> bool:
    """Say whether groups below can bound how many processes they have; where that must be turned on, do."""
    controllers = Path(path, "cgroup.controllers")
    if not controllers.exists():
        return Path(path, "tasks").exists()
    try:
        if "pids" not in controllers.read_text().split():
            return False
        if "pids" not in Path(path, "cgroup.subtree_control").read_text().split():
            _write(path, "cgroup.subtree_control", "+pids")
    except OSError:
        return False
    return True
