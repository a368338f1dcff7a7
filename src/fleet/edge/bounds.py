"""Bounds: how much memory, how many files and processes a program's whole tree may have.

A limit of the kernel's is one process's, so it is taken by the shell that becomes the program. The number of
processes is bound by a group of the kernel's (cgroup) where we may make one, else by the user's own limit.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path

from fleet.core.frozen import dataclass

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
    """A group of processes that has a bound of its own. It is made for one program and removed after it."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def make(cls, name: str) -> Group | None:
        """Make one; None where this machine or user has none to give."""
        above = _above()
        if not above:
            return None
        path = os.path.join(above, f"{PREFIX}{os.getpid()}-{name}")
        try:
            with suppress(FileExistsError):
                os.mkdir(path)
            if os.path.exists(os.path.join(path, "cgroup.type")):
                _write(path, "cgroup.type", "threaded")
        except OSError:
            return None
        return cls(path)

    def join(self) -> None:
        """Let this thread, and what it starts from now on, be in it. Raises OSError."""
        of_threads = (
            "cgroup.threads" if os.path.exists(os.path.join(self.path, "cgroup.threads")) else "tasks"
        )
        _write(self.path, of_threads, "0")

    def bound(self, processes: int) -> None:
        """Let it have at most so many processes, threads counted. Raises OSError."""
        _write(self.path, "pids.max", str(processes))

    def remove(self) -> bool:
        """Remove it; False while somebody is left in it."""
        try:
            os.rmdir(self.path)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def _write(folder: str, name: str, text: str) -> None:
    fd = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


@cache
def _above() -> str:
    """Find the group of our own in which we may make others; "" for none. Removes what ended daemons left there."""
    found = next((path for path in _ours() if os.access(path, os.W_OK) and _countable(path)), "")
    for name in os.listdir(found) if found else ():
        pid = name.removeprefix(PREFIX).partition("-")[0]
        if name.startswith(PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            Group(os.path.join(found, name)).remove()
    return found


def _ours() -> list[str]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if "pids" in kinds.split(","):
            found.append(f"{CGROUPS}/{kinds}{path}")
        elif not kinds:
            found += [f"{CGROUPS}{path}", f"{CGROUPS}/unified{path}"]
    return [path.rstrip("/") for path in found]


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
