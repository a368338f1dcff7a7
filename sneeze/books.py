"""The books: every file of data/, made whole for a span of days or carried on from what is already there."""

import csv
import io
import os
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sneeze import ads, crm
from sneeze.knobs import Schedule
from sneeze.world import World

Row = list[str]


class Books(NamedTuple):
    """A world and its trouble: all that is needed to make any day's rows."""

    world: World
    schedule: Schedule

    def growing(self, first: date, last: date) -> dict[str, tuple[Row, list[Row]]]:
        """Return header and rows of the files that only grow, oldest day first."""
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return {
            "ads/daily.csv": (ads.ADS_COLUMNS, [row for day in days for row in ads.ads(*self, day)]),
            "calls/daily.csv": (ads.CALLS_COLUMNS, [row for day in days for row in ads.calls(*self, day)]),
            "crm/touches.csv": (crm.TOUCH_COLUMNS, crm.touches(*self, first, last)),
        }

    def standing(self, day: date) -> dict[str, tuple[Row, list[Row]]]:
        """Return header and rows of the files that are replaced each day."""
        return {
            "crm/clients.csv": (crm.CLIENT_COLUMNS, crm.clients(self.world)),
            "crm/deals.csv": (crm.DEAL_COLUMNS, crm.deals(*self, day)),
            "contacts.csv": (crm.CONTACT_COLUMNS, crm.contacts(self.world)),
        }


def write_span(books: Books, out: Path, first: date, last: date) -> None:
    """Make every file for these days, whatever stood there."""
    for name, table in {**books.growing(first, last), **books.standing(last)}.items():
        replace(out / name, render(*table))


def carry_on(books: Books, out: Path, days: int, last: date) -> list[str]:
    """Bring every file up to `last`, keeping the rows that are there; return the names of changed files."""
    start = last - timedelta(days=days - 1)
    ends = {name: last_day(out / name) for name in books.growing(last, last)}
    after = min((end + timedelta(days=1) if end else start) for end in ends.values())
    changed = []
    if after <= last:
        for name, (header, rows) in books.growing(after, last).items():
            old = (out / name).read_text(encoding="utf-8") if ends[name] else ""
            new = [row for row in rows if row[0] > str(ends[name] or "")]
            if new or not old:
                replace(out / name, old + render(header, new)[0 if not old else len(render(header, [])) :])
                changed.append(name)
    for name, table in books.standing(last).items():
        if not (out / name).exists() or (out / name).read_text(encoding="utf-8") != render(*table):
            replace(out / name, render(*table))
            changed.append(name)
    return changed


def last_day(path: Path) -> date | None:
    """Return the day of the last whole row, or None where there is no file or no row."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        try:
            return date.fromisoformat(line.split(",")[0])
        except ValueError:
            continue
    return None


def render(header: Row, rows: list[Row]) -> str:
    """Return the table as CSV text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def replace(path: Path, text: str) -> None:
    """Write the whole file beside the old one and rename it over, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    staged.write_text(text, encoding="utf-8")
    staged.replace(path)
