"""The books crystal reads: the newest export of projects and of invoices, and the hours of all days up to it."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

STATUSES = ("active", "on hold", "done")
NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,79}")
LONGEST_DAY = 24.0
MOST = 1e9


class Gone(Exception):
    """A file that is not there, or cannot be read at all."""


class Project(NamedTuple):
    """One project as it stood in the export; what it has none of is None or empty."""

    number: str
    client: str
    name: str
    owner: str
    status: str
    last_update: date
    milestone: str
    due: date | None
    done: date | None
    budget: float | None  # hours


class Hours(NamedTuple):
    """What one person logged on one project on one day."""

    day: date
    person: str
    project: str
    hours: float


class Invoice(NamedTuple):
    """One invoice as it stood in the export; a monthly fee has no project."""

    number: str
    client: str
    project: str
    issued: date
    amount: int
    status: str
    note: str


class Table(NamedTuple):
    """The rows of a file that could be read, the last day that they speak of, and how many were left out."""

    rows: list
    last: date | None
    broken: int


def projects(path: Path, today: date) -> Table:
    """Return the newest export before today."""
    return newest_export(path, today, project_of)


def invoices(path: Path, today: date) -> Table:
    """Return the newest export before today."""
    return newest_export(path, today, invoice_of)


def timesheets(path: Path, last: date) -> Table:
    """Return the hours of every day up to the last one."""
    rows, broken = [], 0
    for row in rows_of(path):
        try:
            hours = Hours(
                day_of(row["day"]), needed(row["person"]), named(row["project"]), float(row["hours"])
            )
            if not 0 < hours.hours <= LONGEST_DAY:
                raise ValueError(row)
        except (KeyError, TypeError, ValueError):
            broken += 1
            continue
        if hours.day <= last:
            rows.append(hours)
    return Table(rows, max((row.day for row in rows), default=None), broken)


def newest_export(path: Path, today: date, read: Callable[[dict[str, str], date], NamedTuple]) -> Table:
    """Return the rows of the newest day of export before today; of a number that comes twice, the first."""
    rows, broken = [], 0
    for row in rows_of(path):
        try:
            day = day_of(row["exported"])
            if day < today:
                rows.append((day, read(row, day)))
        except (KeyError, TypeError, ValueError):
            broken += 1
    last = max((day for day, _ in rows), default=None)
    known: dict[str, NamedTuple] = {}
    for _, one in (pair for pair in rows if pair[0] == last):
        broken += known.setdefault(one.number, one) is not one
    return Table(list(known.values()), last, broken)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file as they are, line by line; one that does not fit the header has no cells."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            header = cells_of(file.readline())
            for line in file:
                cells = cells_of(line)
                if line.strip():
                    yield dict(zip(header, cells, strict=True)) if len(cells) == len(header) else {}
    except FileNotFoundError:
        raise Gone(f"{place(path)} is not there") from None
    except OSError as error:
        raise Gone(f"cannot read {place(path)}: {error}") from error


def cells_of(line: str) -> list[str]:
    """Return the cells of one line; an open quote spoils its own line and no other."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def place(path: Path) -> str:
    """Return a path from data/ on."""
    return "/".join(path.parts[path.parts.index("data") :] if "data" in path.parts else path.parts)


def project_of(row: dict[str, str], day: date) -> Project:
    """Return one row as a project; a budget or a milestone may be missing, nothing else."""
    status, updated = row["status"].strip(), day_of(row["last_update"])
    if status not in STATUSES or updated > day:
        raise ValueError(row)
    return Project(
        number=named(row["project"]),
        client=named(row["client"]),
        name=plain(row["name"]),
        owner=plain(row["owner"]),
        status=status,
        last_update=updated,
        milestone=plain(row["milestone"]),
        due=day_of(row["milestone_due"]) if row["milestone_due"] else None,
        done=day_of(row["milestone_done"]) if row["milestone_done"] else None,
        budget=amount(row["budget_hours"]) if row["budget_hours"] else None,
    )


def invoice_of(row: dict[str, str], day: date) -> Invoice:
    """Return one row as an invoice."""
    issued = day_of(row["issued"])
    if issued > day or row["status"] not in ("open", "paid", "disputed"):
        raise ValueError(row)
    project = named(row["project"]) if row["project"] else ""
    cost, note = round(amount(row["amount"])), plain(row["note"] or "")
    return Invoice(named(row["invoice"]), named(row["client"]), project, issued, cost, row["status"], note)


def day_of(text: str) -> date:
    """Return a day written like 2026-11-20."""
    if len(text) != 10:
        raise ValueError(text)
    return date.fromisoformat(text)


def amount(text: str) -> float:
    """Return an amount above zero; what no agency has is garbage."""
    value = float(text)
    if not 0 < value < MOST:
        raise ValueError(text)
    return value


def named(text: str) -> str:
    """Return a name that can stand in a subject."""
    if not NAME.fullmatch(text):
        raise ValueError(text)
    return text


def needed(text: str) -> str:
    """Return a text that is not empty."""
    if not plain(text):
        raise ValueError(text)
    return plain(text)


def plain(text: str) -> str:
    """Return a text on one line that breaks no table."""
    return " ".join(text.replace("|", "/").split())[:120]
