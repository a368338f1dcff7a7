"""The world: programs of a rehearsal that play what is outside of a fleet. They are no holders, and may decide."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIMIT_S = 300.0
"""Real seconds that a program of a script may take."""
SHOWN = 4000
"""Characters of what it said that are kept."""
LISTENS_S = 10.0
POLL_S = 0.02
GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Came:
    """How a program of the script ended, and what it said."""

    exit: int
    says: str


def _env(root: str, more: Mapping[str, str]) -> dict[str, str]:
    ours = os.path.dirname(sys.executable)
    path = f"{ours}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
    return {**kept, "PATH": path, "FLEET_ROOT": root, **more}


async def run(root: str, argv: Sequence[str], env: Mapping[str, str]) -> Came:
    """Run a program in the copy to its end; one that cannot be started came to 127, one too slow to 124."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            cwd=root,
            env=_env(root, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as exc:
        return Came(127, f"{argv[0] if argv else '(nothing)'}: it cannot be started: {exc}")
    try:
        async with asyncio.timeout(LIMIT_S):
            out, _ = await child.communicate()
    except TimeoutError:
        _end(child.pid)
        await child.wait()
        return Came(124, f"{argv[0]}: it took over {LIMIT_S:g} s and was ended")
    return Came(child.returncode or 0, out.decode("utf-8", "replace")[-SHOWN:])


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class Server:
    """A program that answers inside the copy, on a port of its own that it finds in PORT."""

    def __init__(self, root: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._argv = argv
        self._child = subprocess.Popen(
            argv,
            cwd=root,
            env=_env(root, {**env, "PORT": str(self.port)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> str:
        """Wait until it answers; gives what is wrong if it does not."""
        for _ in range(int(LISTENS_S / POLL_S)):
            if self._child.poll() is not None:
                return f"{self._argv[0]}: it ended with exit {self._child.returncode} instead of serving"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(POLL_S)
                continue
            writer.close()
            return ""
        return f"{self._argv[0]}: it does not listen on PORT ({self.port}) after {LISTENS_S:g} s"

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)
        try:
            self._child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            _end(self._child.pid)
            self._child.wait()
