"""The world: programs of a rehearsal that play what is outside of a fleet. They are no holders, and may decide.

They run in the rehearsal's own session, each in a group of its own: what a holder starts is in a session of
its own, and by that the two are told apart. What one leaves running is found by a mark in its environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from fleet.core.frozen import dataclass
from fleet.edge import tree

LIMIT_S = 300.0
"""Real seconds that a program of a script may take, if it says nothing else."""
SHOWN = 4000
"""Characters of what it said that are kept, the last ones."""
KEPT_BYTES = 4 * SHOWN
READ_BYTES = 65536
LISTENS_S = 10.0
POLL_S = 0.02
GRACE_S = 2.0
MARK = "FLEET_WORLD"
"""In the environment of a program of the world: which one it is."""


@dataclass(frozen=True, slots=True)
class Came:
    """How a program of the script ended, and what it said."""

    exit: int
    says: str


async def run(root: str, argv: Sequence[str], env: Mapping[str, str], *, limit_s: float = LIMIT_S) -> Came:
    """Run a program in the copy to its end, and end all that it leaves running.

    One that cannot be started came to 127, one too slow to 124, one that a signal ended to 128 and its number.
    """
    mark = secrets.token_hex(8)
    try:
        child = _start(root, argv, {**env, MARK: mark}, subprocess.PIPE)
    except (OSError, ValueError, IndexError) as exc:
        return Came(127, f"{argv[0] if argv else '(nothing)'}: it cannot be started: {_why(exc)}")
    said, late = _Said(child.stdout), ""
    try:
        async with asyncio.timeout(limit_s):
            await _end_of(child.pid)
    except TimeoutError:
        late = f"{argv[0]}: it took over {limit_s:g} s and was ended"
    finally:  # also when the rehearsal itself is told to stop
        code = _kill(child, mark)
        text = said.close()
    if late:
        return Came(124, f"{text}\n{late}".lstrip())
    return Came(code if code >= 0 else 128 - code, text)


def _start(
    root: str, argv: Sequence[str], env: Mapping[str, str], out: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    ours = os.path.dirname(sys.executable)
    path = f"{ours}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
    return subprocess.Popen(
        argv,
        cwd=root,
        env={**kept, "PATH": path, "FLEET_ROOT": root, **env},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def _why(exc: OSError | ValueError | IndexError) -> str:
    return exc.strerror or str(exc) if isinstance(exc, OSError) else str(exc)


async def _end_of(pid: int) -> None:
    loop = asyncio.get_running_loop()
    fd = os.pidfd_open(pid)
    ended: asyncio.Future[None] = loop.create_future()

    def over() -> None:
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(fd, over)
    try:
        await ended
    finally:
        loop.remove_reader(fd)
        os.close(fd)


def _kill(child: subprocess.Popen[bytes], mark: str) -> int:
    """End a program's group, and what it left elsewhere: its orphans are given to us. Gives how itself ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait()
    for one in tree.descendants([os.getpid()]):
        if _mark_of(one.pid) == mark:
            tree.send(one, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, one.pid, os.WEXITED)
    return code


def _mark_of(pid: int) -> str:
    try:
        return tree.environ_of(pid).get(MARK.encode(), b"").decode("ascii", "replace")
    except OSError:
        return ""


class _Said:
    """The end of what a program says, read as it comes: a flood fills no memory."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe, self._kept = pipe, b""
        os.set_blocking(pipe.fileno(), False)
        asyncio.get_running_loop().add_reader(pipe.fileno(), self._read)

    def _read(self) -> bool:
        try:
            data = os.read(self._pipe.fileno(), READ_BYTES)
        except BlockingIOError:
            return False
        self._kept = (self._kept + data)[-KEPT_BYTES:]
        if not data:
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
        return bool(data)

    def close(self) -> str:
        """Take what the pipe still holds; nobody writes any more."""
        while self._read():
            pass
        asyncio.get_running_loop().remove_reader(self._pipe.fileno())
        self._pipe.close()
        return self._kept.decode("utf-8", "replace")[-SHOWN:]


class Server:
    """A program that answers inside the copy, on a port of its own that it finds in PORT."""

    def __init__(self, root: str, argv: Sequence[str], env: Mapping[str, str], log: str) -> None:
        self.port = 0
        self._root, self._argv, self._env, self._log = root, argv, env, Path(root, log)
        self._mark = secrets.token_hex(8)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> str:
        """Start it and wait until it answers; gives what is wrong if it does not."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._log.parent.mkdir(mode=0o700, exist_ok=True)
        env = {**self._env, "PORT": str(self.port), MARK: self._mark}
        try:
            with self._log.open("wb") as log:
                self._child = _start(self._root, self._argv, env, log)
        except (OSError, ValueError, IndexError) as exc:
            return f"{' '.join(self._argv) or '(nothing)'}: it cannot be started: {_why(exc)}"
        for _ in range(int(LISTENS_S / POLL_S)):
            if self._child.poll() is not None:
                return f"{self._argv[0]}: it ended with exit {self._child.returncode} instead of serving{self._last()}"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(POLL_S)
                continue
            writer.close()
            return ""
        return (
            f"{self._argv[0]}: it does not listen on PORT ({self.port}) after {LISTENS_S:g} s{self._last()}"
        )

    def _last(self) -> str:
        said = self._log.read_bytes()[-KEPT_BYTES:].decode("utf-8", "replace").strip().splitlines()
        return f': "{said[-1][:200]}"' if said else ""

    def close(self) -> None:
        """End it, and what it started."""
        if self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(GRACE_S)
        _kill(self._child, self._mark)
