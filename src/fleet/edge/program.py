"""What is told of other people's programs: how one is started, how it ended, and what stands between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from fleet.core.frozen import dataclass

if TYPE_CHECKING:
    from fleet.core.redact import Redactor


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
    elapsed_s: float = 0.0
    fault: str | None = None  # it could not be started, and why
    stopped: str | None = None  # why stop() was called, if it was
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
