"""The outside witness: tells how often a thing really happened, in processes that fleet knows nothing of.

Two of them. `Witness` is an HTTP server, `Deed` a program for `run:`. Each writes one synced line to its log for
whatever reaches it, before anybody can learn of it, and does what a test has planned:

    200 (or any status)   done; answers so                exit 3      done; ends with that code
    delay 0.2             done; answers 200 that late     kill        done; kills itself
    reset                 done; resets, no answer         hang        done; never ends
    cut                   done; resets within the answer  deaf        the same, and ignores SIGTERM
    twice                 done; answers twice             wait        done; goes on after `release()`
    unread                resets before it reads a byte   undone ...  the same, and not done

    python tests/witness.py PORT_FILE LOG_FILE      the server; keeps the port of an earlier one
    python tests/witness.py --deed LOG_FILE         the program; key in $FLEET_ACTION_ID, payload on stdin
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:  # the program starts often, and needs none of it
    import socket
    import subprocess
    from typing import Any, Self

PATIENCE_S = 20.0
"""Until a test gives up."""
LOOK_S = 0.005


class Log:
    """What has arrived, a line each, and what is planned for the next; any process may hold one."""

    def __init__(self, path: Path) -> None:
        self.path, self.plan, self.go = path, path.with_suffix(".plan"), path.with_suffix(".go")

    def lines(self) -> list[dict[str, Any]]:
        """Return all that arrived, in order."""
        text = self.path.read_text() if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def take(self, key: str, body: str, usual: str) -> str:
        """Write down what arrived, synced, and return what is to be done with it."""
        with self._alone() as fd:
            what = self._next(key) or usual
            self._write(fd, key, body, what)
        return what

    def refuses(self) -> bool:
        """Whether the next one is to be turned away unread; that is written down too."""
        with self._alone() as fd:
            unread = self._next(None) == "unread"
            if unread:
                self._write(fd, "", "", "undone unread")
        return unread

    def _next(self, key: str | None) -> str:
        if not self.plan.exists():
            return ""
        plan = json.loads(self.plan.read_text())
        since = self.lines()[plan["since"] :]
        if len(since) < len(plan["sequence"]):
            return str(plan["sequence"][len(since)])
        mine = plan["keys"].get(key, [])
        count = sum(line["key"] == key for line in since)
        return str(mine[count]) if count < len(mine) else ""

    def _write(self, fd: int, key: str, body: str, what: str) -> None:
        done = not what.startswith("undone")
        line = {
            "n": self.path.read_bytes().count(b"\n") + 1,
            "key": key,
            "body": body,
            "what": what,
            "done": done,
        }
        os.write(fd, json.dumps(line).encode() + b"\n")
        os.fsync(fd)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield fd
        finally:
            os.close(fd)

    def wait(self) -> None:
        """Wait until a test lets go."""
        while not self.go.exists():
            time.sleep(LOOK_S)


class Counted:
    """What a test asks of a witness of either kind."""

    log: Log

    def plan(self, *sequence: str, keys: Mapping[str, Sequence[str]] | None = None) -> None:
        """Say what becomes of the next ones, in order, then of those of a key, in order; the rest are done."""
        plan = {"since": len(self.log.lines()), "sequence": sequence, "keys": keys or {}}
        new = self.log.plan.with_suffix(".new")
        new.write_text(json.dumps(plan))
        new.rename(self.log.plan)

    def release(self) -> None:
        """Let all go on that wait, now and later."""
        self.log.go.touch()

    def arrived(self) -> list[dict[str, Any]]:
        """Return `n`, `key`, `body`, `what`, `done` of each that arrived."""
        return self.log.lines()

    def counts(self) -> dict[str, int]:
        """Return how often each key's deed was really done."""
        counts: dict[str, int] = {}
        for line in self.arrived():
            if line["done"]:
                counts[line["key"]] = counts.get(line["key"], 0) + 1
        return counts

    def until(self, count: int) -> None:
        """Wait until that many have arrived."""
        end = time.monotonic() + PATIENCE_S
        while len(self.arrived()) < count:
            assert time.monotonic() < end, f"{count} never arrived: {self.arrived()}"
            time.sleep(LOOK_S)


class Witness(Counted):
    """The server, running from enter to exit; stopped and started again it has the same address."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = Log(folder / "witness.jsonl")
        self._port = folder / "witness.port"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def to(self) -> str:
        """Return its host and port."""
        return f"127.0.0.1:{self._port.read_text().strip()}"

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://{self.to}/touch"

    def start(self) -> None:
        """Start it and wait until it listens."""
        import subprocess

        argv = [sys.executable, __file__, str(self._port), str(self.log.path)]
        # In our session: a child of another one is what fleet takes for something that a turn left behind.
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def stop(self) -> None:
        """Kill it; from now on a connection is refused."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


class Deed(Counted):
    """The program, laid out as `./NAME` in a folder, for `run:`."""

    def __init__(self, folder: Path, name: str = "deed") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self.log = Log(folder / f"{name}.jsonl")
        self.path.write_text(
            f"#!/bin/sh\nexec '{sys.executable}' -I -S '{__file__}' --deed '{self.log.path}'\n"
        )
        self.path.chmod(0o755)


# The program.


def do(log: Log) -> int:
    """Do what is planned; returns the exit code."""
    key = os.environ.get("FLEET_ACTION_ID", "")
    what = log.take(key, sys.stdin.read(), "exit 0").removeprefix("undone ")
    if what == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "wait":
        log.wait()
    print(f"{what}: {key}", flush=True)
    while what in ("hang", "deaf"):
        signal.pause()
    return int(what.removeprefix("exit ")) if what.startswith("exit ") else 0


# The server.


def serve(port_file: Path, log: Log) -> None:
    """Serve for ever, each connection in a thread."""
    import socket
    import threading

    port = int(port_file.read_text()) if port_file.exists() else 0
    listening = socket.create_server(("127.0.0.1", port), backlog=128)
    new = port_file.with_suffix(".new")
    new.write_text(f"{listening.getsockname()[1]}\n")
    new.rename(port_file)
    print("listening", flush=True)
    while True:
        connection = listening.accept()[0]
        threading.Thread(target=_attend, args=(connection, log), daemon=True).start()


def _attend(connection: socket.socket, log: Log) -> None:
    with connection:
        if log.refuses():
            _reset(connection)
            return
        try:
            key, body = _read(connection)
            what = log.take(key, body, "200").removeprefix("undone ")
            _answer(connection, what, log)
        except OSError:
            pass  # the other side went away


def _read(connection: socket.socket) -> tuple[str, str]:
    with connection.makefile("rb") as reader:
        heads: dict[str, str] = {}
        for line in iter(reader.readline, b"\r\n"):
            if not line:
                raise ConnectionError("no whole request")
            name, _, value = line.decode("latin-1").partition(":")
            heads[name.lower()] = value.strip()
        body = reader.read(int(heads.get("content-length", "0")))
    return heads.get("idempotency-key", ""), body.decode("utf-8", "replace")


def _answer(connection: socket.socket, what: str, log: Log) -> None:
    word, _, span = what.partition(" ")
    if word == "hang":
        while connection.recv(1):  # until the other side gives up
            pass
    elif word == "reset":
        _reset(connection)
    elif word == "cut":
        connection.sendall(_whole("200")[:-1])
        connection.shutdown(1)  # writing: what was sent arrives before the end
    else:
        if word == "wait":
            log.wait()
        elif word == "delay":
            time.sleep(float(span))
        status = word if word.isdigit() else "200"
        connection.sendall(_whole(status) * (2 if word == "twice" else 1))


def _whole(status: str) -> bytes:
    head = f"HTTP/1.1 {status} Witnessed\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    return head.encode() + b"witnessed"


def _reset(connection: socket.socket) -> None:
    import socket

    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


if __name__ == "__main__":
    if sys.argv[1] == "--deed":
        sys.exit(do(Log(Path(sys.argv[2]))))
    serve(Path(sys.argv[1]), Log(Path(sys.argv[2])))
