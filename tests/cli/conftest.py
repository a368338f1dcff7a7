"""A fleet in a temporary folder, driven through the real program, with no daemon left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 30.0
HELLO = """\
fleet: hello
timezone: UTC
seats:
  you: {title: Operator, person: You, reads: [greeter], good_for: 1d}
  greeter:
    title: Greeter
    run: sh greet.sh
    answers_to: you
    owns: [greetings]
    when: when mail arrives
    scorecard: {greetings: at least 1 a day}
"""
GREET = """\
echo "a note for the log" >&2
printf -- '---\\nheadline: Good day, turn %s\\nscorecard: {greetings: 1}\\n---\\nHello.\\n' "$FLEET_TURN"
"""


@dataclass(frozen=True)
class Said:
    """What one call of the program said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def data(self) -> Any:
        """What the object holds."""
        return self.json["data"]


class Place:
    """A folder in which the program is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a call: no turn around it, whatever runs the tests."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        return {**kept, "COLUMNS": "80", **more}

    def __call__(self, *words: str, text: str | None = None, env: dict[str, str] | None = None) -> Said:
        """Call the program and wait for its end."""
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words],
            cwd=self.folder,
            input=text if text is not None else "",
            capture_output=True,
            env=self.env(**(env or {})),
            timeout=60,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Call the program and go on at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "fleet", *words],
            cwd=self.folder,
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def write(self, path: str, text: str) -> Path:
        """Put a file there, with its folders."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    @staticmethod
    def until(found: Callable[[], Any], what: str) -> Any:
        """Ask again until there is an answer; fails after a deadline."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = found()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"not within {PATIENCE_S:g} s: {what}")

    def kill(self) -> None:
        """End the daemon of this folder, if there is one, by the id in its lock."""
        lock = self.folder / ".fleet" / "lock"
        words = lock.read_text().split() if lock.exists() else []
        if len(words) < 2 or not words[1].isdigit():
            return
        pid = int(words[1])
        cmdline = Path(f"/proc/{pid}/cmdline")
        if cmdline.exists() and os.fsencode(self.folder) in cmdline.read_bytes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def nowhere(tmp_path: Path) -> Place:
    """A folder without a fleet."""
    return Place(Path(os.path.realpath(tmp_path)))


@pytest.fixture
def hello(nowhere: Place) -> Iterator[Place]:
    """A fleet of one person and a greeter in shell."""
    nowhere.write("fleet.yaml", HELLO)
    nowhere.write("seats/greeter/greet.sh", GREET)
    yield nowhere
    nowhere.kill()


@pytest.fixture
def served(hello: Place) -> Place:
    """The same fleet with a daemon in the background, its first turn over."""
    said = hello("up", "-d")
    assert said.code == 0, said.err
    hello.until(lambda: _greeted(hello), "the first turn")
    return hello


def _greeted(place: Place) -> bool:
    log = place.folder / "state" / "greeter.log"
    return log.exists() and " t-1 done " in log.read_text()
