"""The sandbox against a program that tries everything: what it did is seen from outside, by its effects.

The same attempts are made without a sandbox: one that comes to nothing there too proves nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hostile import breakout, escapes

from fleet.edge import landlock
from fleet.edge.bounds import _above

pytestmark = pytest.mark.timeout(400)  # seconds: two thousand attempts, some of them whole programs

HERE = Path(__file__).parent
ODD = ("plain", "with blanks in it", "new\nline", "-rf", "ünïcödé", "$HOME`id`", "%s%n", "a" * 120)
CHART = """\
fleet: den
timezone: UTC
seats:
  ann: {{title: Boss, person: Ann, reads: [mallory, victim, sheep, open]}}
  mallory:
    title: Out
    run: python -B breakout.py
    answers_to: ann
    owns: [breaking out]
    when: when asked
    limit: 10m
    reads: [open, {{path: data/open/*}}]
    scorecard: {{calls: at least 1}}
    sandbox: {sandbox}
  sheep:
    title: Sheep
    run: python -B sheep.py {secret} work
    answers_to: ann
    owns: [being there]
    when: when asked
    limit: 20m
    scorecard: {{calls: at least 1}}
  victim: {{title: Victim, run: echo hello, answers_to: ann, owns: [x], when: when asked, scorecard: {{a: all}}}}
  open: {{title: Open, run: echo hello, answers_to: ann, owns: [y], when: when asked, scorecard: {{a: all}}}}
"""
ON = "{level: required, memory: 256MB, processes: 24, files: 64}"
MB, PROCESSES, FILES = 256, 24, 64
READ_BY_ALL = ("data/open",)
"""Places that the seat may read: only writing there is an escape."""
PLACES = (
    *(
        "seats/victim",
        "seats/victim/work",
        "seats/mallory",
        "state",
        "state/history/victim",
        "inbox/victim/new",
    ),
    *("inbox/mallory/new", "inbox/victim/done/2026-11", "ledger", ".fleet", "out/victim/t-0", "scorecard"),
    *("actions", "data/private", *READ_BY_ALL, "../outside", "../home"),
)
PLANTS = (
    *("~/.bashrc", "~/.profile", "~/.gitconfig", "~/.npmrc", "~/.local/lib/python3/usercustomize.py", ".env"),
    *("sitecustomize.py", "__pycache__/escapes.pyc", "escapes/__init__.py", "../new/SEAT.md"),
)
"""What the next turn of this seat, or of a new one, would run or be told."""
ONLY_INSIDE = {"everybody"}
"""Names of attempts that would reach more than this test's own processes, were they to succeed."""
CROWDS = {"fork", "fork into sessions", "threads", "spawn", "a shell's children"}
"""Names of attempts that end the turn where no group of the kernel's bounds how many processes there are."""


class Den:
    """A fleet with a hostile seat, a folder outside of it, sheep, and listeners; served by a real daemon."""

    def __init__(self, root: Path, sandbox: str) -> None:
        self.top, self.root = root, root / "fleet"
        self.secret = f"SHEEP{secrets.token_hex(12)}"
        self.heard = bytearray()
        self.undo = ExitStack()
        for name in ("fleet", "outside", "home"):
            (root / name).mkdir()
        for name in ("data/open", "data/private"):
            (self.root / name).mkdir(parents=True)
        (self.root / "fleet.yaml").write_text(CHART.format(sandbox=sandbox, secret=self.secret))
        for seat in ("mallory", "sheep", "open"):
            (self.root / f"seats/{seat}/work").mkdir(parents=True)
        for name in ("escapes.py", "breakout.py"):
            shutil.copy(HERE / name, self.root / "seats/mallory")
        (self.root / "seats/mallory/SEAT.md").write_text("Get out.\n")
        shutil.copy(HERE / "sheep.py", self.root / "seats/sheep")

    def fleet(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "HOME": str(self.top / "home")}
        command = [sys.executable, "-m", "fleet", "-C", str(self.root), *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)

    def __enter__(self) -> Den:
        done = self.fleet("up", "-d")
        assert done.returncode == 0, done.stderr
        self.undo.callback(self.fleet, "down")
        for name in PLACES:
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.listen()
        self.sheep = [self._stranger(), self._sibling()]
        return self

    def __exit__(self, *_: object) -> None:
        self.undo.close()

    def _stranger(self) -> dict[str, Any]:
        folder = self.top / "stranger"
        folder.mkdir()
        words = [sys.executable, str(HERE / "sheep.py"), self.secret, str(folder)]
        env = {**os.environ, "SECRET": self.secret}
        child = subprocess.Popen(words, env=env, start_new_session=True, stdout=subprocess.DEVNULL)
        self.undo.callback(child.wait)
        self.undo.callback((folder / "stop").touch)
        return self._met(folder)

    def _sibling(self) -> dict[str, Any]:
        work = self.root / "seats/sheep/work"
        self.fleet("wake", "sheep")
        self.undo.callback((work / "stop").touch)
        return self._met(work)

    def _met(self, folder: Path) -> dict[str, Any]:
        until = time.monotonic() + 60
        while not (folder / "info.json").exists():
            assert time.monotonic() < until, "no sheep came"
            time.sleep(0.02)
        return {**json.loads((folder / "info.json").read_text()), "folder": str(folder)}

    def listen(self) -> None:
        """Listen in every way that a program inside could speak in."""
        self.there: dict[str, Any] = {}
        for name, family, kind, to in (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("unix", socket.AF_UNIX, socket.SOCK_STREAM, str(self.top / "s")),
            ("unixgram", socket.AF_UNIX, socket.SOCK_DGRAM, str(self.top / "d")),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.secret}s"),
            ("abstractgram", socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{self.secret}d"),
        ):
            here = socket.socket(family, kind)
            here.bind(to)
            named = here.getsockname()
            self.there[name] = list(named[:2]) if isinstance(named, tuple) else to.lstrip("\0")
            self.undo.callback(here.close)
            threading.Thread(target=self._hear, args=(here, kind), daemon=True).start()
        self.there["fleet"] = str(self.root / ".fleet/sock")

    def _hear(self, here: socket.socket, kind: int) -> None:
        if kind == socket.SOCK_STREAM:
            here.listen(64)
        with suppress(OSError):
            while True:
                if kind == socket.SOCK_DGRAM:
                    self.heard += here.recv(4096)
                    continue
                there, _ = here.accept()
                there.settimeout(5)
                with there, suppress(OSError):
                    while block := there.recv(4096):
                        self.heard += block


def plan_of(den: Den) -> list[dict[str, Any]]:
    """Lay out a target for each attempt."""
    plan: list[dict[str, Any]] = []

    def add(group: str, name: str, **target: Any) -> None:
        plan.append({"n": len(plan), "group": group, "name": name, **target})

    for place in PLACES:
        folder = Path(os.path.normpath(den.root / place))
        for group, names in (("write", escapes.WRITES), ("read", escapes.READS)):
            if group == "read" and place in ("seats/mallory", *READ_BY_ALL):
                continue
            for name in names:
                path = folder / f".c{len(plan)}-{ODD[len(plan) % len(ODD)]}"
                secret = f"SECRET{len(plan)}x{secrets.token_hex(8)}"
                path.write_text(f"{secret}\n")
                path.chmod(0o644)
                if "xattr" in name:
                    os.setxattr(path, "user.word", secret.encode())
                    os.setxattr(path, f"user.{secret}", b"1")
                add(group, name, path=str(path), secret=secret, place=place)
    spots = iter(range(1100, 4000, 8))
    for deep in ("", " deep"):
        for number, sheep in enumerate(den.sheep):
            for i, name in enumerate(breakout.SIGNALS):
                add(f"signal{deep}", name, **{**sheep, "signal": 35 + i + (10 if deep else 0)}, sheep=number)
            for name in breakout.PROCESSES:
                add(f"process{deep}", name, **sheep, spot=sheep["address"] + next(spots), secret=den.secret)
        for name in breakout.NET:
            add(f"net{deep}", name, **den.there, word=f"WORD{len(plan)}x{secrets.token_hex(8)}")
        readable = str(den.root / "data/open/readable")
        for name in breakout.KERNEL:
            add(
                f"kernel{deep}",
                name,
                pid=den.sheep[0]["pid"],
                folder=str(den.root / "seats/victim"),
                readable=readable,
            )
    Path(den.root, "data/open/readable").write_text("for all")
    for name in breakout.BOUNDS:
        add("bounds", name, most=PROCESSES, mb=MB, files=FILES)
    for name in PLANTS:
        add("plant", name, path=name)
    return plan


def out_plan(den: Den, plan: list[dict[str, Any]]) -> None:
    """What the turn alone knows the place of: what it leaves to be sent, and its brief. And its charter."""
    secret = next(one for one in plan if one["group"] == "read" and one["name"] == "cat")["path"]
    for name in breakout.OUT:
        plan.append(
            {
                "n": len(plan),
                "group": "out",
                "name": name,
                "path": f"$FLEET_OUT/o{len(plan)}",
                "secret": secret,
            }
        )
    for path in (str(den.root / "seats/mallory/SEAT.md"), "$FLEET_BRIEF"):
        for name in breakout.OWN:
            plan.append({"n": len(plan), "group": "own", "name": name, "path": path})


def seen(path: str) -> Any:
    """Everything that can be seen of a target from outside: itself, and what has come beside it."""
    beside = sorted(
        name for name in os.listdir(os.path.dirname(path)) if name.startswith(os.path.basename(path))
    )
    try:
        found = os.lstat(path)
        marks = {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path)}
        flags = subprocess.run(["lsattr", "-d", "--", path], capture_output=True).stdout.split()[:1]
        body = Path(path).read_bytes() if os.path.isfile(path) else b""
    except FileNotFoundError:
        return beside
    kept = (found.st_mode, found.st_uid, found.st_gid, found.st_nlink, found.st_mtime_ns, found.st_size)
    return beside, kept, marks, flags, body


class Seen:
    """What came of a run: which attempts succeeded."""

    def __init__(self, den: Den) -> None:
        self.den, self.plan = den, plan_of(den)
        out_plan(den, self.plan)

    def run(self, *, leave: frozenset[str] = frozenset()) -> None:
        den = self.den
        self.plan = [one for one in self.plan if one["name"] not in leave]
        Path(den.root, "seats/mallory/work/plan.json").write_text(json.dumps(self.plan))
        before = {one["n"]: seen(one["path"]) for one in self.plan if one["group"] == "write"}
        charter = (den.root / "seats/mallory/SEAT.md").read_bytes()
        self.done = den.fleet("wake", "mallory", "--wait")
        self.came = self._came()
        env = json.loads((den.root / "seats/mallory/work/env.json").read_text())
        for one in self.plan:
            for name in ("FLEET_OUT", "FLEET_BRIEF"):
                if "path" in one:
                    one["path"] = one["path"].replace(f"${name}", env[name])
        for sheep in den.sheep:
            Path(sheep["folder"], "stop").touch()
        self.changed = {n for n, was in before.items() if seen(self._of(n)["path"]) != was}
        self.charter = (den.root / "seats/mallory/SEAT.md").exists() and (
            (den.root / "seats/mallory/SEAT.md").read_bytes() == charter
        )
        time.sleep(0.3)  # for what is on its way to the listeners

    def _of(self, n: int) -> dict[str, Any]:
        return next(one for one in self.plan if one["n"] == n)

    def _came(self) -> dict[int, dict[str, Any]]:
        path = self.den.root / "seats/mallory/work/came.jsonl"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return {line["n"]: line for line in map(json.loads, lines)}

    def succeeded(self) -> list[dict[str, Any]]:
        return [one for one in self.plan if self._did(one)]

    def _did(self, one: dict[str, Any]) -> bool:
        said = str(self.came.get(one["n"], {}).get("said", ""))
        group = one["group"].removesuffix(" deep")
        if group == "write":
            return one["n"] in self.changed
        if group == "read":
            return one["secret"] in said
        if group == "signal":
            log = Path(one["folder"], "signals").read_text().split()
            return str(int(signal.SIGWINCH) if one["name"] == "everybody" else one["signal"]) in log
        if group == "process":
            return said == "True" or one["secret"] in said
        if group == "net":
            return said == "True" or one["word"].encode() in bytes(self.den.heard)
        if group == "out":
            return any(_odd(path) for path in _below(one["path"]))
        if group == "plant":
            places = (self.den.root / "seats/mallory", self.den.top / "home")
            return any((place / one["path"].removeprefix("~/")).exists() for place in places)
        if group == "own":
            return (
                not self.charter if one["path"].endswith("SEAT.md") else not self._brief_is_whole(one["path"])
            )
        return said == "True"

    def _brief_is_whole(self, path: str) -> bool:
        """The brief is removed when the turn ends; while it runs nothing of it may have reached another place."""
        return not any("error" not in self.came.get(one["n"], {"error": 1}) and one["name"] not in ("sh", "mv")
                       for one in self.plan if one["group"] == "own" and one["path"] == path)  # fmt: skip


def _below(path: str) -> list[str]:
    return [path, *(str(one) for one in Path(path).rglob("*"))] if os.path.lexists(path) else []


def _odd(path: str) -> bool:
    found = os.lstat(path)
    whole = os.path.isfile(path) and not os.path.islink(path)
    return not (os.path.isdir(path) and not os.path.islink(path)) and (not whole or found.st_nlink > 1)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="den-", ignore_cleanup_errors=True) as root:
        yield Path(os.path.realpath(root))


needs_landlock = pytest.mark.skipif(
    landlock.version() < landlock.OLDEST_WHOLE,
    reason=f"this kernel has Landlock v{landlock.version()}, not v6",
)


def told(seen: Seen, which: list[dict[str, Any]]) -> str:
    return "\n".join(f"{one['group']}: {one['name']}  {one.get('place', one.get('path', ''))}  "
                     f"{seen.came.get(one['n'])}" for one in which[:60])  # fmt: skip


@needs_landlock
def test_of_more_than_a_thousand_attempts_to_get_out_none_succeeds(folder: Path) -> None:
    with Den(folder, ON) as den:
        tried = Seen(den)
        tried.run(leave=frozenset() if _above("pids") else frozenset(CROWDS))
        assert tried.done.returncode == 0, (tried.done, den.fleet("tail", "mallory", "--kind", "log").stdout)
        assert len(tried.came) == len(tried.plan), "not every attempt was made"
        status = json.loads(den.fleet("status", "--json").stdout)["data"]
        won = tried.succeeded()
        print(
            f"\n{len(tried.plan)} attempts, {len(won)} succeeded:",
            Counter(one["group"] for one in tried.plan),
        )
    assert not won, told(tried, won)
    assert len(tried.plan) >= 1000
    assert (
        len(
            {
                (one["group"], one["name"], one.get("place"), one.get("sheep"), one.get("path"))
                for one in tried.plan
            }
        )
        > 1000
    )
    row = next(row for row in status["seats"] if row["seat"] == "mallory")
    assert row["isolation"] == f"landlock v{landlock.version()} + seccomp"
    assert status["isolation"].startswith("none (")  # the other seats have no sandbox


def test_without_a_sandbox_most_of_the_same_attempts_succeed(folder: Path) -> None:
    with Den(folder, "off") as den:
        tried = Seen(den)
        tried.run(leave=frozenset(ONLY_INSIDE))
        won = tried.succeeded()
        lost = [one for one in tried.plan if one not in won]
        print(f"\n{len(tried.plan)} attempts, {len(won)} succeeded")
        print(told(tried, lost))
    assert len(won) >= 0.8 * len(tried.plan), told(tried, lost)
