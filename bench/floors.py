"""Floors: the least that the operating system charges; run as programs of their own, printing JSON.

`python -m bench.floors spawn SECONDS AT_ONCE LOG BYTES PROGRAM...` starts programs and adds a synced line for each.
`python -m bench.floors act TIMES AT_ONCE LOG BYTES PROGRAM...` does it so often, with a line before each as well.
`python -m bench.floors take FOLDER LOG` reads what is renamed into folders below one, and adds synced lines for it.
`python -m bench.floors watch FOLDER PROGRAM...` starts a program at each file that is renamed into a folder.
"""

from __future__ import annotations

import ctypes
import json
import os
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import poll

from bench.measure import quantile

BRIEF = b"x" * 2000
"""What is fed to each program: about what a brief of a seat without mail holds."""
MESSAGE = 900
"""Bytes of a line: about what the record of a dropped message has."""
IN_MOVED_TO = 0x80


def main(words: Sequence[str]) -> None:
    """Carry out one floor."""
    if words[0] == "spawn":
        seconds, at_once, log, size = float(words[1]), int(words[2]), words[3], int(words[4])
        print(json.dumps(spawn(seconds, at_once, log, size, words[5:])))
    elif words[0] == "act":
        print(json.dumps(act(int(words[1]), int(words[2]), words[3], int(words[4]), words[5:])))
    elif words[0] == "take":
        print(json.dumps(take(words[1], words[2], int(words[3]))))
    else:
        watch(words[1], words[2:])


def spawn(seconds: float, at_once: int, log: str, size: int, argv: Sequence[str]) -> dict[str, float]:
    """Keep `at_once` programs running for a while; each end is one appended line, synced, if there is a log."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if log else -1
    line = b"x" * (size - 1) + b"\n"
    running: dict[int, subprocess.Popen[bytes]] = {}
    count, poller = 0, poll()
    began, cpu = time.perf_counter(), time.process_time()
    while (left := time.perf_counter() - began < seconds) or running:
        while left and len(running) < at_once:
            child = _start(argv)
            running[child.stdout.fileno()] = child  # type: ignore[union-attr]
            poller.register(child.stdout.fileno())  # type: ignore[union-attr]
        for ready, _ in poller.poll():
            _end(running.pop(ready), ready, poller)
            if log:
                _append(fd, line)
            count += 1
    wall = time.perf_counter() - began
    if log:
        os.close(fd)
    return {"turns": count, "wall_s": wall, "cpu_s": time.process_time() - cpu}


def act(times: int, at_once: int, log: str, size: int, argv: Sequence[str]) -> dict[str, float]:
    """Start programs `at_once`, each between two appended lines, synced. Each prints when it began, or nothing."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    line = b"x" * (size - 1) + b"\n"
    running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}
    begun, poller, started, ended, since = 0, poll(), [0.0], [0.0], [0.0]
    first = time.time()
    wall, cpu = time.perf_counter(), time.process_time()
    while begun < times or running:
        while begun < times and len(running) < at_once:
            at, begun = time.time(), begun + 1
            _append(fd, line)
            child = _start(argv)
            running[child.stdout.fileno()] = child, at  # type: ignore[union-attr]
            poller.register(child.stdout.fileno())  # type: ignore[union-attr]
        for ready, _ in poller.poll():
            child, at = running.pop(ready)
            said = _end(child, ready, poller)
            ended.append(time.time() - at)
            started += [float(said) - at] if said else []
            since += [float(said) - first] if said else []
            _append(fd, line)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    os.close(fd)
    middle = {"started_s": statistics.median(started[1:] or started), "ended_s": statistics.median(ended[1:])}
    late = {"p50_s": quantile(since, 0.5), "p99_s": quantile(since, 0.99)}
    return {"wall_s": wall, "cpu_s": cpu, **middle, **late}


def take(folder: str, log: str, group: int) -> dict[str, float]:
    """Read every file below a folder's folders, move it aside, and add a line for it; each group is synced."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    wall, cpu, lines = time.perf_counter(), time.process_time(), []
    for box in sorted(os.listdir(folder)):
        done = os.path.join(folder, box, "done")
        os.mkdir(done)
        for name in sorted(os.listdir(os.path.join(folder, box, "new"))):
            path = os.path.join(folder, box, "new", name)
            with Path(path).open("rb") as file:
                lines.append(file.read().replace(b"\n", b" ").ljust(MESSAGE - 1) + b"\n")
            os.rename(path, os.path.join(done, name))
            if len(lines) == group:
                _append(fd, b"".join(lines))
                lines = []
    _append(fd, b"".join(lines))
    os.close(fd)
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def _append(fd: int, line: bytes) -> None:
    os.write(fd, line)
    os.fdatasync(fd)


def _start(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(argv, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it does not read, and has ended already
        os.write(child.stdin.fileno(), BRIEF)
    child.stdin.close()
    return child


def _end(child: subprocess.Popen[bytes], fd: int, poller: poll) -> bytes:
    said = b""
    while block := os.read(fd, 65536):
        said += block
    poller.unregister(fd)
    assert child.stdout is not None
    child.stdout.close()
    if child.wait() != 0:
        raise RuntimeError(f"{child.args!r} ended with {child.returncode}")
    return said


def watch(folder: str, argv: Sequence[str]) -> None:
    """Start a program at each file that is renamed into a folder and print what it says, until stdin ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    events = libc.inotify_init1(os.O_CLOEXEC)
    libc.inotify_add_watch(events, os.fsencode(folder), IN_MOVED_TO)
    print("ready", flush=True)
    poller = poll()
    poller.register(events)
    poller.register(0)
    while True:
        if any(fd == 0 for fd, _ in poller.poll()):
            return
        for _ in range(_names(os.read(events, 65536))):
            done = subprocess.run(argv, input=BRIEF, stdout=subprocess.PIPE, check=True)
            print(done.stdout.decode().strip(), flush=True)


def _names(raw: bytes) -> int:
    count = 0
    while raw:
        length = struct.unpack_from("iIII", raw)[3]
        raw = raw[16 + length :]
        count += 1
    return count


if __name__ == "__main__":
    main(sys.argv[1:])
