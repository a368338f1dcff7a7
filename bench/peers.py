"""Peers: their throw-away environment, and the programs that run in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from bench.fleets import HERE, environment

VENV = HERE / ".bench-venv"
TRY_S = 900
LANGGRAPH, HUEY, CASBIN, RULES = (
    Path(__file__).parent / f"peer_{name}.py" for name in ("langgraph", "huey", "casbin", "rules")
)
PINS = HERE / "scripts" / "pins" / "bench.txt"


class Peers:
    """The peers' environment; `why` says why there is none."""

    def __init__(self, venv: Path, *, why: str = "") -> None:
        self.why = why
        self._python = venv / "bin" / "python"
        self.versions: dict[str, str] = {}
        try:
            if not why:
                self._make(venv)
        except (subprocess.SubprocessError, OSError) as exc:
            said = getattr(exc, "stderr", None) or b""
            last = (said.decode("utf-8", "replace").strip().splitlines() or [type(exc).__name__])[-1]
            self.why = f"the peers could not be installed ({last[:160]}), so they are not in this run"

    @classmethod
    def left_out(cls) -> Peers:
        """Give a run without peers."""
        return cls(VENV, why="the peers were left out of this run")

    def _make(self, venv: Path) -> None:
        wanted = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["optional-dependencies"][
            "bench"
        ]
        if not self._python.exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True)
            (venv / ".gitignore").write_text("*\n")
        self.versions = self._versions(wanted)
        if set(self.versions) != set(wanted):
            words = [self._python, "-m", "pip", "install", "-q", "--require-hashes", "-r", PINS]
            subprocess.run(words, check=True, capture_output=True, timeout=TRY_S, env=environment())
            self.versions = self._versions(wanted)

    def _versions(self, wanted: list[str]) -> dict[str, str]:
        ask = (
            "import json, sys, importlib.metadata as m\n"
            "have = {d.name: d.version for d in m.distributions()}\n"
            "print(json.dumps({n: have[n] for n in sys.argv[1:] if n in have}))"
        )
        found: dict[str, str] = self._json("-c", ask, *wanted)
        return found

    def run(self, program: Path, *words: str) -> dict[str, Any]:
        """Run a peer's program and give what it printed."""
        return self._json(str(program), *words)

    def crash(self, program: Path, folder: Path, seats: int) -> list[str]:
        """Run a program that kills itself with SIGKILL in the middle, then again; gives what ran."""
        words = [
            str(self._python),
            str(program),
            "crash",
            str(folder / "db"),
            str(folder / "marks"),
            str(seats),
        ]
        first = subprocess.run(words, capture_output=True, env=environment())
        if first.returncode != -9:
            raise RuntimeError(f"{program.name} should have been killed: {first.stderr[-300:]!r}")
        ran: list[str] = self._json(*words[1:])["ran"]
        return ran

    def _json(self, *words: str) -> dict[str, Any]:
        done = subprocess.run([self._python, *words], env=environment(), capture_output=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
