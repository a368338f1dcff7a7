"""A holder's program that means harm. What one turn of it tries stands in work/plan.json; what came, in work/came.json.

It runs as every holder does: in its seat's folder, with a holder's environment. It knows fleet's files and source.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOME = Path.cwd().parents[1]
ROOT = Path(os.environ.get("FLEET_ROOT", HOME))
OUT = Path(os.environ.get("FLEET_OUT", HOME))
FLEET = [sys.executable, "-m", "fleet", "-C", str(ROOT)]
NOTHING = {"PATH": os.environ["PATH"]}
BARE = {**NOTHING, "PYTHONPATH": Path("work/source").read_text()}
"""An environment in which nothing says that this is a turn."""


def main() -> int:
    """Do what the plan says, then print its result."""
    path = Path("work/plan.json")
    plan: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    path.unlink(missing_ok=True)
    shutil.copy(os.environ["FLEET_BRIEF"], "work/brief.json")
    came = [tried(*one) for one in plan.get("tries", [])]
    Path("work/came.json").write_text(json.dumps(came))
    sys.stdout.write(plan.get("result") or json.dumps({"headline": f"all quiet, {os.environ['FLEET_TURN']}"}))
    return 0


def tried(name: str, *args: Any) -> Any:
    """Try one thing; what stands in the way is what came of it."""
    try:
        return TRIES[name](*args)
    except OSError as exc:
        return {"error": repr(exc)}


# As a person.


def call(*words: str, bare: bool = False) -> dict[str, Any]:
    """Call the program, with the environment of a turn or with none."""
    env = BARE if bare else {**os.environ, **BARE}
    done = subprocess.run([*FLEET, *words], env=env, input="x", capture_output=True, text=True, timeout=60)
    return {"code": done.returncode, "said": done.stdout + done.stderr}


def orphan(*words: str) -> dict[str, Any]:
    """Call it from a process that has left this tree: forked twice, a session of its own, started anew with nothing."""
    answer = Path("work/orphan.json")
    answer.unlink(missing_ok=True)
    if os.fork() == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                while os.getppid() == os.getsid(0):  # until the one between is gone
                    time.sleep(0.001)
                os.execve(sys.executable, [sys.executable, "-B", __file__, "speak", *words], NOTHING)
        finally:
            os._exit(0)
    os.wait()
    return dict(json.loads(waited(answer)))


def speak(name: str, *words: str) -> None:
    """Call the program, in a process that nothing marks, and leave what it said in a file."""
    done = subprocess.run([*FLEET[:3], "-C", str(HOME), *words], env=BARE, capture_output=True, text=True)
    Path(f"work/{name}.new").write_text(
        json.dumps({"code": done.returncode, "said": done.stdout + done.stderr})
    )
    os.replace(f"work/{name}.new", f"work/{name}.json")  # noqa: PTH105


def raw(verb: str, args: dict[str, Any], person: str = "founder") -> Any:
    """Speak to the daemon's socket directly, and say that this is no turn."""
    return spoken(connected(), verb, args, person)


def passed(verb: str, args: dict[str, Any]) -> Any:
    """The same over a connection made by a process that is gone when the daemon asks who it was."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    child = os.fork()
    if child == 0:
        try:
            line = connected()
            socket.send_fds(theirs, [b"x"], [line.fileno()])
        finally:
            os._exit(0)
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(child, 0)
    return spoken(socket.socket(fileno=fds[0]), verb, args, "founder")


def connected() -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(ROOT / ".fleet")
    try:
        line.connect("sock")
    finally:
        os.chdir(here)
    return line


def spoken(line: socket.socket, verb: str, args: dict[str, Any], person: str) -> Any:
    line.settimeout(30)
    with line:
        request = {"verb": verb, "args": args, "as": person, "inside": False}
        line.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(line.makefile().readline() or '{"error": "closed"}')


def without_daemon(*words: str) -> str:
    """End the daemon, and leave behind a process that decides once nobody holds the lock."""
    daemon = int((ROOT / ".fleet/lock").read_text().split()[1])
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-B", __file__, "later", str(daemon), *words], NOTHING)
        os._exit(0)
    os.wait()
    time.sleep(60)  # it does not outlive its daemon
    return "still here"


def later(daemon: str, *words: str) -> None:
    """What is left behind: it kills the daemon, waits for its end, and speaks as a person."""
    os.kill(int(daemon), signal.SIGKILL)
    while Path(f"/proc/{daemon}/fd/0").exists():
        time.sleep(0.01)
    speak("later", *words)


def waited(path: Path) -> str:
    """Wait for a file that another process renames in."""
    for _ in range(6000):
        if path.exists():
            return path.read_text()
        time.sleep(0.01)
    return '{"error": "nothing came"}'


# At the files.


def write(path: str, text: str) -> None:
    """Write a file of the fleet as if it were one's own."""
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(text)


def append(path: str, text: str) -> None:
    """Add to a file of the fleet."""
    with (ROOT / path).open("a") as file:
        file.write(text)


def edit(path: str, old: str, new: str) -> None:
    """Put other words into a file of the fleet."""
    (ROOT / path).write_text((ROOT / path).read_text().replace(old, new))


def cut(path: str) -> None:
    """Cut the last line off a file of the fleet."""
    lines = (ROOT / path).read_text().splitlines(keepends=True)
    (ROOT / path).write_text("".join(lines[:-1]))


def remove(path: str) -> None:
    """Remove a file or a folder of the fleet."""
    target = ROOT / path
    shutil.rmtree(target) if target.is_dir() else target.unlink()


def leave(kind: str, name: str, text: str = "") -> None:
    """Leave something in this turn's folder of files to be sent."""
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        path.symlink_to(text)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(int(text))
    elif kind == "many":
        for number in range(int(text)):
            (path.parent / f"{path.name}{number}").touch()
    else:
        path.write_text(text)


def swap_out(target: str) -> None:
    """Put a link in the place of this turn's folder."""
    OUT.rmdir()
    OUT.symlink_to(target)


# Processes.


def linger() -> list[int]:
    """Leave processes behind: one in this session, one in its own, one deaf to TERM with no environment."""
    sleep = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    found = []
    for how in ({}, {"start_new_session": True}, {"start_new_session": True, "env": {}}):
        left = subprocess.Popen([sys.executable, "-c", sleep], stdout=subprocess.PIPE, **how)  # type: ignore[call-overload]
        left.stdout.readline()  # it is deaf now
        found.append(left.pid)
    return found


def strike(pattern: str) -> int:
    """Kill another seat's holder while its turn runs."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if pattern in Path(f"/proc/{pid}/environ").read_text() and int(pid) != os.getpid():
                os.kill(int(pid), signal.SIGKILL)
                return int(pid)
    return 0


def flood(size: int) -> None:
    """Write bytes to stdout until somebody ends it."""
    block = b"x" * (1 << 20)
    for _ in range(size // len(block)):
        sys.stdout.buffer.write(block)


TRIES: dict[str, Callable[..., Any]] = {
    "call": call,
    "bare": lambda *words: call(*words, bare=True),
    "orphan": orphan,
    "raw": raw,
    "passed": passed,
    "without_daemon": without_daemon,
    "write": write,
    "append": append,
    "edit": edit,
    "cut": cut,
    "remove": remove,
    "leave": leave,
    "swap_out": swap_out,
    "linger": linger,
    "strike": strike,
    "flood": flood,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["later"]:
        later(*sys.argv[2:])
    elif sys.argv[1:2] == ["speak"]:
        speak("orphan", *sys.argv[2:])
    else:
        sys.exit(main())
