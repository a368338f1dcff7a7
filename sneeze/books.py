"""The books: every file of data/, made whole for a span of days or carried on from what is already there."""

import csv
import io
import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from sneeze import ads, crm, invoices, leads, mail, projects
from sneeze.knobs import Schedule
from sneeze.world import World, at

MAIL, LEADS = "mail/inbox.mbox", "leads/leads.csv"
TAIL_BYTES = 64 * 1024  # more than any letter has

Row = list[str]
Table = tuple[Row, list[Row]]  # header and rows


@dataclass(frozen=True)
class Books:
    """A world and its trouble: all that is needed to make any day's rows."""

    world: World
    schedule: Schedule

    @cached_property
    def projects(self) -> list[projects.Project]:
        """All projects begun up to the schedule's end."""
        return projects.plan(self.world, self.schedule)

    @cached_property
    def bills(self) -> list[invoices.Bill]:
        """All invoices issued up to the schedule's end."""
        return invoices.plan(self.world, self.schedule, self.projects)

    @cached_property
    def desk(self) -> mail.Desk:
        """What letters are written about."""
        return mail.Desk(self.world, self.schedule, self.projects, self.bills)

    def growing(self, first: date, last: date) -> dict[str, Table]:
        """Return header and rows of the files that grow by a day's rows, oldest day first."""
        known, days = (self.world, self.schedule), span(first, last)
        hours = [row for day in days for row in projects.timesheets(*known, self.projects, day)]
        return {
            "ads/daily.csv": (ads.ADS_COLUMNS, [row for day in days for row in ads.ads(*known, day)]),
            "calls/daily.csv": (ads.CALLS_COLUMNS, [row for day in days for row in ads.calls(*known, day)]),
            "crm/touches.csv": (crm.TOUCH_COLUMNS, crm.touches(*known, first, last)),
            "projects/timesheets.csv": (projects.TIMESHEET_COLUMNS, hours),
        }

    def standing(self, day: date) -> dict[str, Table]:
        """Return header and rows of the files that are replaced each day."""
        known = (self.world, self.schedule)
        return {
            "crm/clients.csv": (crm.CLIENT_COLUMNS, crm.clients(self.world)),
            "crm/deals.csv": (crm.DEAL_COLUMNS, crm.deals(*known, day)),
            "contacts.csv": (crm.CONTACT_COLUMNS, crm.contacts(self.world)),
            "projects/projects.csv": (projects.PROJECT_COLUMNS, projects.export(*known, self.projects, day)),
            "invoices.csv": (invoices.INVOICE_COLUMNS, invoices.export(self.schedule, self.bills, day)),
        }

    def leads(self, first: date, last: date) -> list[leads.Lead]:
        """Return the leads of these days, oldest first."""
        return [lead for day in span(first, last) for lead in leads.leads(self.world, self.schedule, day)]

    def mails(self, first: date, last: date) -> list[mail.Mail]:
        """Return the letters of these days, oldest first."""
        return [letter for day in span(first, last) for letter in mail.mails(self.desk, day)]


def span(first: date, last: date) -> list[date]:
    """Return the days from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def write_span(books: Books, out: Path, first: date, last: date) -> None:
    """Make every file for these days, whatever stood there."""
    for name, table in {**books.growing(first, last), **books.standing(last)}.items():
        replace(out / name, render(*table))
    replace(out / LEADS, render(leads.LEAD_COLUMNS, [lead.row for lead in books.leads(first, last)]))
    replace(out / MAIL, "".join(letter.text for letter in books.mails(first, last)))


def carry_on(books: Books, out: Path, days: int, last: date, until: datetime | None = None) -> list[str]:
    """Bring every file up to `last`, and leads and mail up to a minute (the day's end, if none is given).

    The rows that are there stay; returns the names of changed files.
    """
    start = last - timedelta(days=days - 1)
    changed = carry_on_days(books, out, start, last)
    return changed + carry_on_minutes(books, out, start, until or at(last, 23, 59))


def carry_on_days(books: Books, out: Path, start: date, last: date) -> list[str]:
    """Bring the files that come once a day up to `last`."""
    ends = {name: last_day(out / name) for name in books.growing(last, last)}
    after = min((end + timedelta(days=1) if end else start) for end in ends.values())
    changed = []
    if after <= last:
        for name, (header, rows) in books.growing(after, last).items():
            new = [row for row in rows if row[0] > str(ends[name] or "")]
            if _append(out / name, render(header, new), len(render(header, [])), any_new=bool(new)):
                changed.append(name)
    for name, table in books.standing(last).items():
        if not (out / name).exists() or (out / name).read_text(encoding="utf-8") != render(*table):
            replace(out / name, render(*table))
            changed.append(name)
    return changed


def carry_on_minutes(books: Books, out: Path, start: date, until: datetime) -> list[str]:
    """Bring leads and mail up to a minute; nothing that came before the newest one is added."""
    changed = []
    ends = {LEADS: last_lead(out / LEADS), MAIL: mail.last_minute(tail(out / MAIL))}
    for name, end in ends.items():
        zone = until.tzinfo
        first = end.astimezone(zone).date() if end else start
        found = (books.leads if name == LEADS else books.mails)(first, until.date())
        new = [one for one in found if one.at <= until and (end is None or one.at > end)]
        header = render(leads.LEAD_COLUMNS, []) if name == LEADS else ""
        text = "".join(render(one.row, []) if isinstance(one, leads.Lead) else one.text for one in new)
        if _append(out / name, header + text, len(header), any_new=bool(new)):
            changed.append(name)
    return changed


def _append(path: Path, text: str, header: int, *, any_new: bool) -> bool:
    """Put the text under what is there, or the whole with its header where nothing is; says whether it wrote."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if not any_new and (old or not header):
        return False
    replace(path, old + text[header if old else 0 :])
    return True


def tail(path: Path) -> bytes:
    """Return the end of a file, with its last letter whole; nothing where there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""


def last_lead(path: Path) -> datetime | None:
    """Return when the newest lead of the list came, or None where there is no file or no row."""
    for line in reversed(tail(path).decode("utf-8", "replace").splitlines()):
        try:
            return datetime.fromisoformat(line.split(",")[0])
        except ValueError:
            continue
    return None


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
