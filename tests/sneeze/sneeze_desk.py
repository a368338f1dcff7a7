"""A desk for the example's agents: makes data, builds a brief as the contract says, starts the real program."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sneeze.books import render
from sneeze.generate import books_for, truth

REPOSITORY = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("America/New_York")
COMMAND = {"radar": ["sh", "agent.sh"]}


@cache
def made(seed: int, last: date, inject: tuple[str, ...], calm: bool) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the files of data/ and the truth; the same world is made once."""
    first = last - timedelta(days=119)
    books = books_for(seed, last, inject=inject, calm=calm)
    tables = {**books.growing(first, last), **books.standing(last)}
    return {name: render(*table) for name, table in tables.items()}, truth(books, first, last)


class Desk:
    """A fleet folder with data of one seed up to one day, and the seats' programs."""

    def __init__(
        self, root: Path, seed: int, last: date, *, inject: tuple[str, ...] = (), calm: bool = False
    ):
        self.root, self.last = root, last
        files, self.truth = made(seed, last, inject, calm)
        for name, text in files.items():
            (root / "data" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "data" / name).write_text(text)
        for seat in ("dash", "pulse", "dirk", "radar"):
            shutil.copytree(
                REPOSITORY / "seats" / seat, root / "seats" / seat, ignore=shutil.ignore_patterns("work")
            )

    def now(self, hour: int = 6, minute: int = 45, *, days: int = 1) -> datetime:
        """Return a time some days after the last day of data."""
        day = self.last + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)

    def start(
        self,
        seat: str,
        *,
        reads: dict[str, Any] | None = None,
        now: datetime | None = None,
        brief: str | None = None,
        command: list[str] | None = None,
        mail: list[dict[str, Any]] | None = None,
        woken_by: list[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one turn of a seat's real program in the environment a holder gets."""
        at = (now or self.now()).isoformat()
        path = self.root / f"{seat}-brief.json"
        given = {
            "seat": seat,
            "turn": "t-1",
            "now": at,
            "woken_by": woken_by or ["clock"],
            "mail": mail or [],
        }
        path.write_text(json.dumps({**given, "reads": reads or {}}) if brief is None else brief)
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "TZ": "America/New_York",
            "FLEET_SEAT": seat,
            "FLEET_TURN": "t-1",
            "FLEET_ROOT": str(self.root),
            "FLEET_BRIEF": str(path),
            "FLEET_OUT": str(self.root / "out"),
            "FLEET_NOW": at,
            "FLEET_DEADLINE": at,
        }
        return subprocess.run(
            command or COMMAND.get(seat, [sys.executable, "-B", "agent.py"]),
            cwd=self.root / "seats" / seat,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def result(self, seat: str, **given: Any) -> dict[str, Any]:
        """Return what a turn published; a failed turn fails the test with its words."""
        ended = self.start(seat, **given)
        assert ended.returncode == 0, ended.stderr
        return dict(json.loads(ended.stdout))


def read(state: dict[str, Any] | None, *, fresh: bool = True, age_s: int = 600) -> dict[str, Any]:
    """Return a peer's state as the brief gives it."""
    return {"fresh": fresh, "age_s": age_s, "as_of": state.get("as_of") if state else None, "state": state}
