"""A real git checkout with a known truth, and a desk that runs one agent of the example on it as fleet would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.core.result import read_result
from fleet.store.yaml import read_plain

EXAMPLE = Path(__file__).resolve().parents[2] / "src/fleet/examples/maintainers"
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PATH = f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin"
RUNNER = """\
import pathlib, sys
cases = []
for line in pathlib.Path("cases.txt").read_text().splitlines():
    name, outcome, *why = line.split(" ", 2)
    inner = f'<{outcome} message="{why[0] if why else ""}"/>' if outcome != "passed" else ""
    cases.append(f'<testcase classname="suite" name="{name}" time="0.5">{inner}</testcase>')
pathlib.Path("report.xml").write_text("<testsuite>" + "".join(cases) + "</testsuite>")
sys.exit(any(" failure" in line or " error" in line for line in pathlib.Path("cases.txt").read_text().splitlines()))
"""
"""A test command that is quicker than pytest: it reports what cases.txt of the copy says."""
BARE = str(getattr(sys, "_base_executable", sys.executable))
"""An interpreter with little installed, which begins sooner."""
QUICK = {"test_command": "{python} run.py", "test_report": "report.xml", "python": BARE}


class Checkout:
    """A git repository on disk; every commit has the date it is told."""

    def __init__(self, root: Path, branch: str = "main") -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={branch}")

    def git(self, *words: str, at: datetime = NOW - timedelta(days=1), cwd: Path | None = None) -> str:
        """Ask git, as a maintainer whose own settings play no part."""
        stamp = f"{int(at.timestamp())} +0000"
        done = subprocess.run(
            ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *words],
            cwd=cwd or self.root,
            env={
                "PATH": PATH,
                "HOME": str(self.root.parent),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_AUTHOR_DATE": stamp,
                "GIT_COMMITTER_DATE": stamp,
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files; the names may have slashes."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(
        self,
        message: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        days_ago: float = 1,
        author: str = "",
    ) -> str:
        """Commit everything that lies there and return the commit's hash."""
        self.write(files or {})
        self.git("add", "--all")
        words = [f"--author={author} <{author}@example.com>"] if author else []
        self.git(
            "commit", "--quiet", "--allow-empty", "-m", message, *words, at=NOW - timedelta(days=days_ago)
        )
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def branches(self) -> set[str]:
        """Return the local branches."""
        return set(self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split())


@dataclass
class Turn:
    """What a turn of an agent came to."""

    code: int
    out: str
    err: str


class Desk:
    """The example's files in a folder of their own beside a checkout, and one turn of a seat at a time."""

    def __init__(self, root: Path, checkout: Path, **conf: str) -> None:
        self.root = root
        shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("__pycache__", "work"))
        self.set(**{"checkout": str(checkout), "python": sys.executable} | conf)

    def set(self, **conf: str) -> None:
        """Change lines of project.conf; each must be there."""
        lines = (self.root / "project.conf").read_text().splitlines()
        for key, value in conf.items():
            (at,) = [n for n, line in enumerate(lines) if line.split(" =")[0] == key]
            lines[at] = f"{key} = {value}"
        (self.root / "project.conf").write_text("\n".join(lines) + "\n")

    def start(
        self, seat: str, *, now: datetime = NOW, path: str = PATH, text: str = "", **brief: Any
    ) -> Turn:
        """Run one turn in the environment a holder gets."""
        given = {"seat": seat, "turn": "t-1", "now": now.isoformat(), "woken_by": ["every 30m"], "mail": []}
        given |= {"reads": {}, "holds": [], "corrections": [], "answers": []}
        given["deadline"] = (now + timedelta(minutes=30)).isoformat()
        place = self.root / f"{seat}-brief.json"
        place.write_text(json.dumps(given | brief))
        done = subprocess.run(
            ["sh", "agent.sh"] if seat == "branches" else [sys.executable, "-B", "agent.py"],
            cwd=self.root / "seats" / seat,
            env={
                "PATH": path,
                "HOME": str(self.root),
                "LANG": "C.UTF-8",
                "TZ": "UTC",
                "FLEET_SEAT": seat,
                "FLEET_TURN": "t-1",
                "FLEET_ROOT": str(self.root),
                "FLEET_BRIEF": str(place),
                "FLEET_NOW": now.isoformat(),
                "FLEET_OUT": str(self.root),
            },
            input=text.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        err = done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        return Turn(done.returncode, done.stdout.decode(), err)

    def result(self, seat: str, **given: Any) -> dict[str, Any]:
        """Return what a turn published; fleet itself must accept it."""
        turn = self.start(seat, **given)
        assert turn.code == 0, turn.err
        read_result(turn.out.encode(), now=given.get("now", NOW), read_front=read_plain)
        return dict(json.loads(turn.out))

    def act(self, program: str, about: str | None, **payload: str) -> Turn:
        """Run an action's program as fleet would, after a yes."""
        action = {"id": "a-7", "kind": program, "about": about, "with": payload, "seat": "x", "turn": "t-1"}
        done = subprocess.run(
            [sys.executable, "-B", f"actions/{program}.py"],
            cwd=self.root,
            env={
                "PATH": PATH,
                "HOME": str(self.root),
                "FLEET_ROOT": str(self.root),
                "FLEET_NOW": NOW.isoformat(),
            },
            input=json.dumps({**action, "because": "12 commits"}).encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Turn(done.returncode, done.stdout.decode(), done.stderr.decode())


def kinds(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return kind and subject of each item."""
    return [(item["kind"], item["about"]) for item in result["items"]]


def read(
    state: dict[str, Any] | None, *, fresh: bool = True, age_s: int = 600, **more: Any
) -> dict[str, Any]:
    """Return a peer's state as the brief gives it."""
    as_of = state.get("as_of") if state else None
    return {"fresh": fresh, "age_s": age_s, "as_of": as_of, "state": state, "waits": [], **more}
