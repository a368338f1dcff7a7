"""A fleet in a folder of its own, and the real program rehearsing it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.testing import Folder, chart_text

HEAD = "timezone: America/New_York"
SEATS = {
    "pulse": "when: [every day at 06:00]\ngood_for: 26h",
    "dirk": """
when: [every 4h from 08:00 to 16:00, when asked]
reads: [pulse]
good_for: 26h
retries: 1
can:
  do: [crm.write]
  ask: {crm.offer: founder}
""",
    "nick": "when: [every day at 09:00, when asked]\nreads: [pulse]\ngood_for: 26h",
}
TAIL = """
actions:
  crm.offer: {run: ./actions/do crm.offer, about: account, outside: yes}
  crm.write: {run: ./actions/do crm.write, about: account}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention goes before sales.}
escalation:
  usual: [answers_to, wait 24h, founder]
"""
DO = '#!/bin/sh\nmkdir -p did; cat >>"did/$1"; echo >>"did/$1"; echo "done in $(pwd)"\n'
MONDAY = "2026-11-23"
PATIENCE_S = 90


@dataclass(frozen=True)
class Came:
    """What one call of the program said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What --json holds."""
        return json.loads(self.out)["data"]

    @property
    def unmet(self) -> list[str]:
        """What is wrong with each step that did not come out as the script says."""
        return [one["says"] for one in self.data["steps"] if not one["met"]]


class Stand(Folder):
    """A small fleet, with a place beside it for scripts and copies."""

    def __init__(
        self, place: Path, seats: dict[str, str] | None = None, *, head: str = HEAD, tail: str = TAIL
    ) -> None:
        self.place = place
        seats = SEATS if seats is None else seats
        (place / "fleet").mkdir()
        (place / "tmp").mkdir()
        super().__init__(place / "fleet", chart_text(seats, head=head, tail=tail))
        self.write("actions/do", DO).chmod(0o755)
        for seat in seats:
            self.always(seat, 'echo "turn $FLEET_TURN of $FLEET_SEAT"')

    @property
    def env(self) -> dict[str, str]:
        """The environment of a call: no turn around it, and a place for scratch copies of its own."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        return {**kept, "TMPDIR": str(self.place / "tmp"), "COLUMNS": "80"}

    @property
    def scratch(self) -> list[str]:
        """What rehearsals left where their copies lie."""
        return os.listdir(self.place / "tmp")

    def script(self, text: str, name: str = "script.yaml") -> Path:
        """Write a script; one that is only steps begins on Monday."""
        path = self.place / name
        if text.lstrip().startswith("-"):
            text = f"from: {MONDAY}\nsteps:\n" + "\n".join(f"  {line}" for line in text.strip().splitlines())
        path.write_text(text)
        return path

    def command(self, *words: str) -> list[str]:
        """The command line of one call."""
        return [sys.executable, "-m", "fleet", *words]

    def call(self, *words: str, folder: Path | None = None) -> Came:
        """Call the program in a folder, and wait for its end."""
        done = subprocess.run(
            self.command(*words),
            cwd=folder or self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr and "internal error" not in done.stderr, done.stderr
        return Came(done.returncode, done.stdout, done.stderr)

    def rehearse(self, steps: str = "", *flags: str, keep: str = "copy", form: str = "--json") -> Came:
        """Rehearse a script; its copy is kept in `place/copy` unless told otherwise."""
        words = ["rehearse", *flags]
        words += ["--script", str(self.script(steps))] if steps else []
        words += ["--keep", str(self.place / keep)] if keep else []
        return self.call(*words, *([form] if form else []))

    def copy(self, name: str = "copy") -> Kept:
        """Look at a copy that was kept."""
        return Kept(self.place / name)

    def began(self, *words: str) -> subprocess.Popen[str]:
        """Begin a call that runs on; whoever began it ends it."""
        pipe = subprocess.PIPE
        command = self.command(*words)
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )


class Kept(Folder):
    """A copy that a rehearsal kept."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def raw(self) -> bytes:
        """The whole ledger as it lies there."""
        return b"".join(path.read_bytes() for path in sorted(self.root.glob("ledger/*.jsonl")))

    def outcomes(self, seat: str) -> list[str]:
        """How each turn of a seat ended."""
        return [record["data"]["outcome"] for record in self.records("turn_ended", seat=seat)]


def tree_of(root: Path, *, but: Sequence[str] = ()) -> dict[str, tuple[int, int, bytes]]:
    """Every file of a folder: mode, time of its last change and content."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.split("/")[0] not in but and (path.is_file() or path.is_symlink()):
            stat = path.lstat()
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            found[name] = (stat.st_mode, stat.st_mtime_ns, content)
    return found


def marked(text: str) -> list[int]:
    """Processes whose environment holds a text: what a rehearsal of that folder started."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                environ = Path("/proc", name, "environ").read_bytes()
            except OSError:
                continue
            if text.encode() in environ:
                found.append(int(name))
    return found


def stop(child: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str, str]:
    """Tell a call to stop; gives how it ended and what it said."""
    child.send_signal(number)
    out, err = child.communicate(timeout=PATIENCE_S)
    return child.returncode, out, err
