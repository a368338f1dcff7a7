"""What is told of other people's programs: how one is started, how it ended, and what stands between."""

from __future__ import annotations

import errno
import resource
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fleet.core.frozen import dataclass

if TYPE_CHECKING:
    from fleet.core.redact import Redactor
    from fleet.edge.sandbox import Walls


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start, and what it may use."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    stdin: bytes
    mark: str  # id of the action, else of the turn: what its environment says, as FLEET_TURN where it says nothing
    limit_s: float
    grace_s: float = 5.0
    stdout_max: int = 4 * 1024 * 1024  # bytes
    log_path: str | None = None  # stderr is appended here
    log_max: int = 1024 * 1024  # bytes of it
    posts: bool = False  # stdin is the request of an `http:` action, whose headers may name secrets
    hide: Callable[[], Redactor | None] | None = None  # what finds the secrets that stderr must not show
    walls: Walls | None = None  # what it is kept inside of


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. Either `exit_code`, `signal` or `fault` is set, and only one of them."""

    exit_code: int | None = None
    signal: int | None = None
    timed_out: bool = False
    overflowed: bool = False  # stdout passed its limit, so the tree was killed
    stdout: bytes = b""
    stderr_tail: str = ""
    stragglers: int = 0  # processes of its tree that had to be killed after it had ended
    left: int = 0  # of them, those that lived on all the same when its end could wait no longer
    elapsed_s: float = 0.0
    fault: str | None = None  # it could not be started, and why
    stopped: str | None = None  # why stop() was called, if it was
    excess: str | None = None  # what it had more of than its sandbox allows, so the tree was killed
    log_fault: str | None = None  # the log could not be written, and why; the turn went on


class Program(Protocol):
    """What was started, as far as whoever waits for it is concerned."""

    async def wait(self) -> Ended:
        """Wait for the end."""
        ...

    def stop(self, why: str) -> None:
        """Tell it to end."""
        ...


class Over(Program):
    """A program that had ended before it began."""

    def __init__(self, how: Ended) -> None:
        self._how = how

    async def wait(self) -> Ended:
        return self._how

    def stop(self, why: str) -> None:
        pass


def opened(launch: Launch, argv: Sequence[str], keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start words as a program for a launch; it keeps these descriptors. Raises OSError and ValueError."""
    return subprocess.Popen(
        argv,
        bufsize=0,
        cwd=launch.cwd,
        env={"FLEET_TURN": launch.mark, **launch.env},
        stdin=subprocess.PIPE if launch.stdin or launch.walls else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=keep,
        start_new_session=True,  # no terminal to hang at; and nothing it leaves can pass for a child of ours
    )


def say_fault(launch: Launch, exc: OSError | ValueError) -> str:
    """Say why a program could not be started, in one sentence for the trouble line."""
    why = _why(launch, exc) if isinstance(exc, OSError) else f"cannot be started: {exc}"
    return f"{launch.argv[0] if launch.argv else '(nothing)'}: {why} (run: {shlex.join(launch.argv)})"


def _why(launch: Launch, exc: OSError) -> str:
    place, program = _place(launch), launch.argv[0]
    path, by_path = Path(launch.cwd, program), "/" in program
    if not Path(launch.cwd).is_dir():
        return f"there is no folder {place} to start it in"
    match exc.errno:
        case errno.ENOENT if by_path and path.exists():
            return f"the interpreter its #! line names does not exist, in {place}"
        case errno.ENOENT | errno.ENOTDIR if not by_path and path.is_file():
            return f"not found in PATH, but in {place}; write ./{program}"
        case errno.ENOENT | errno.ENOTDIR:
            return f"not found in {place}" if by_path else f"not found in PATH or in {place}"
        case errno.EACCES if exc.filename == launch.cwd:
            return f"its user may not enter {place}"
        case errno.EACCES:
            return f"is a folder in {place}" if path.is_dir() else f"not executable in {place}; chmod +x it"
        case errno.ENOEXEC:
            return f"exec format error in {place}: add a #! line"
        case errno.ETXTBSY:
            return f"is just being written in {place}"
        case errno.EMFILE | errno.ENFILE:
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            return f"no file descriptor left to start it with (limit {most})"
        case errno.EAGAIN | errno.ENOMEM:
            most = resource.getrlimit(resource.RLIMIT_NPROC)[0]
            return f"no process or memory left to start it with (limit of processes {most})"
        case _:
            return exc.strerror or str(exc)


def _place(launch: Launch) -> str:
    root, path = launch.env.get("FLEET_ROOT", ""), Path(launch.cwd)
    if not root or not path.is_relative_to(root):
        return str(path)
    return "the fleet's folder" if path == Path(root) else str(path.relative_to(root))
