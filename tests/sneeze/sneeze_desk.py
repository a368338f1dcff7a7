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

from sneeze.books import LEADS, MAIL, carry_on_minutes, render
from sneeze.generate import books_for, truth
from sneeze.leads import LEAD_COLUMNS

REPOSITORY = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("America/New_York")
COMMAND = {"radar": ["sh", "agent.sh"]}


@cache
def made(
    seed: int, last: date, inject: tuple[str, ...], calm: bool, mail_days: int
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the files of data/ and the truth; the same world is made once."""
    first, mail_from = last - timedelta(days=119), last - timedelta(days=mail_days - 1)
    books = books_for(seed, last, inject=inject, calm=calm)
    tables = {**books.growing(first, last), **books.standing(last)}
    files = {name: render(*table) for name, table in tables.items()}
    files[LEADS] = render(LEAD_COLUMNS, [lead.row for lead in books.leads(first, last)])
    files[MAIL] = "".join(letter.text for letter in books.mails(mail_from, last))
    return files, truth(books, first, last, mail_from=mail_from)


class Desk:
    """A fleet folder with data of one seed up to one day, and the seats' programs."""

    def __init__(
        self,
        root: Path,
        seed: int,
        last: date,
        *,
        inject: tuple[str, ...] = (),
        calm: bool = False,
        mail_days: int = 5,
    ):
        self.root, self.last = root, last
        self.seed, self.inject, self.calm = seed, inject, calm
        files, self.truth = made(seed, last, inject, calm, mail_days)
        for name, text in files.items():
            (root / "data" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "data" / name).write_text(text)
        seats = REPOSITORY / "seats"
        shutil.copytree(seats, root / "seats", ignore=shutil.ignore_patterns("work", "__pycache__"))

    def now(self, hour: int = 6, minute: int = 45, *, days: int = 1) -> datetime:
        """Return a time some days after the last day of data."""
        day = self.last + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)

    def bring(self, now: datetime) -> None:
        """Let the mail and the leads of the hours up to now come."""
        books = books_for(self.seed, now.date(), inject=self.inject, calm=self.calm)
        carry_on_minutes(books, self.root / "data", self.last, now)

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
        also: dict[str, Any] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one turn of a seat's real program in the environment a holder gets."""
        at = (now or self.now()).isoformat()
        path = self.root / f"{seat}-brief.json"
        (self.root / "out").mkdir(exist_ok=True)
        given = {
            "seat": seat,
            "turn": "t-1",
            "now": at,
            "woken_by": woken_by or ["clock"],
            "mail": mail or [],
            **(also or {}),
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
