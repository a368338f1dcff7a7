"""What is wrong with a project, and where hours, projects and invoices do not fit together."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from books import Hours, Invoice, Project

STALE_DAYS = 14  # without an update and without hours
LATELY_DAYS = 14  # the export drops a project 30 days after its end, so older hours and invoices may be right
HOLD_DAYS = 7  # an active project is updated every week, so its hold begins within a week of its last update
INVOICE_DAYS = 7  # after its end a project has been invoiced


class Finding(NamedTuple):
    """One thing that somebody should know of; a `note` says that a person must look, in words that stay the same."""

    kind: str
    about: str
    because: str
    known: dict
    client: str = ""
    note: str = ""


class Disputes(NamedTuple):
    """Which invoices Janine says are disputed, by number with their client; None where her word cannot be used."""

    named: dict[str, str] | None
    word: str


def of_projects(projects: list[Project], day: date) -> list[Finding]:
    """Return the missed milestones: due before the day of the export, and not done."""
    found = []
    for one in projects:
        if one.status == "active" and one.due and one.due < day and one.done is None:
            late = (day - one.due).days
            step = one.milestone or "a milestone"
            because = f"{step} of {told(one)} was due on {one.due}, {late} days ago, and is not done"
            found.append(
                finding("missed-milestone", one, because, {"due": one.due.isoformat(), "days_late": late})
            )
    return sorted(found, key=lambda finding: finding.known["due"])


def of_hours(projects: list[Project], hours: list[Hours], day: date, *, all_known: bool) -> list[Finding]:
    """Return projects that nobody cares for, those over their hours, and hours where there should be none."""
    last: dict[str, date] = {}
    total: dict[str, float] = defaultdict(float)
    for row in hours:
        last[row.project] = max(row.day, last.get(row.project, row.day))
        total[row.project] += row.hours
    stale = [(max(one.last_update, last.get(one.number, one.last_update)), one) for one in projects]
    found = [
        stale_project(one, since, day)
        for since, one in sorted(stale)
        if one.status == "active" and (day - since).days >= STALE_DAYS
    ]
    found += [
        over_budget(one, total[one.number])
        for one in projects
        if one.budget and one.status != "done" and total[one.number] > one.budget
    ]
    return found + off_plan(projects, hours, day, all_known=all_known)


def stale_project(one: Project, since: date, day: date) -> Finding:
    """Return an active project without an update and without hours since a day."""
    because = f"{told(one)} is active without an update or hours since {since}, {(day - since).days} days"
    note = f"{told(one)} has had no update and no hours since {since}; is it still active?"
    return finding("stale-project", one, because, {"since": since.isoformat()}, note=note)


def over_budget(one: Project, hours: float) -> Finding:
    """Return a project whose hours are over what was agreed; hours of before the file began are not among them."""
    because = f"{told(one)} has at least {hours:g} hours of {one.budget:g} budgeted"
    note = f"{told(one)} went over its {one.budget:g} budgeted hours."
    return finding(
        "over-budget", one, because, {"hours": round(hours, 2), "budget_hours": one.budget}, note=note
    )


def off_plan(projects: list[Project], hours: list[Hours], day: date, *, all_known: bool) -> list[Finding]:
    """Return late hours on projects that are done or on hold, and on numbers that the export does not have."""
    by_number = {one.number: one for one in projects}
    off: dict[str, list[Hours]] = defaultdict(list)
    for row in hours:
        one = by_number.get(row.project)
        wrong = after_its_end(one, row.day) if one else all_known
        if wrong and (day - row.day).days < LATELY_DAYS:
            off[row.project].append(row)
    found = []
    for number, rows in sorted(off.items()):
        one, sum_of = by_number.get(number), sum(row.hours for row in rows)
        people = ", ".join(sorted({row.person for row in rows}))
        state = f"{told(one)}, which is {one.status}" if one else f"{number}, which the export does not have"
        known = {
            "hours": round(sum_of, 2),
            "people": people,
            "last": max(row.day for row in rows).isoformat(),
        }
        because = f"{people} logged {sum_of:g} hours on {state}"
        found.append(
            Finding("hours-off-plan", f"project:{number}", because, known, one.client if one else "")
        )
    return found


def after_its_end(one: Project, day: date) -> bool:
    """Say whether hours of a day come after a project was done, or surely after it was put on hold."""
    if one.status == "done":
        return day > one.last_update
    return one.status == "on hold" and (day - one.last_update).days > HOLD_DAYS


def of_invoices(
    projects: list[Project], invoices: list[Invoice], day: date, *, all_known: bool, all_billed: bool
) -> list[Finding]:
    """Return where invoices do not fit the projects; what a row that was left out may explain is not said."""
    by_number = {one.number: one for one in projects}
    billed = {bill.project for bill in invoices}
    found = []
    for one in projects if all_billed else []:
        if one.status == "done" and one.number not in billed and (day - one.last_update).days > INVOICE_DAYS:
            because = f"{told(one)} was done on {one.last_update} and no invoice names it"
            found.append(
                finding(
                    "never-invoiced", one, because, {"done": one.last_update.isoformat()}, note=f"{because}."
                )
            )
    for bill in invoices:
        project = by_number.get(bill.project)
        if project and project.client != bill.client:
            text = f"{bill.number} to {bill.client} names {bill.project}, a project of {project.client}"
            found.append(of_bill("invoice-mismatch", bill, text, note=f"{text}."))
        elif bill.project and not project and all_known and (day - bill.issued).days < LATELY_DAYS:
            text = f"{bill.number} of {bill.issued} names {bill.project}, which the export does not have"
            found.append(of_bill("invoice-mismatch", bill, text, note=f"{text}."))
    return found


def of_disputes(invoices: list[Invoice], disputes: Disputes, *, all_billed: bool) -> list[Finding]:
    """Return each dispute in the books with whether Janine names it, and each that only she names."""
    found = []
    disputed = [bill for bill in invoices if bill.status == "disputed"]
    for bill in disputed:
        text, said = (
            f"{bill.number} over ${bill.amount:,} is disputed",
            f" ({bill.note})" if bill.note else "",
        )
        if disputes.named is None:
            found.append(of_bill("dispute", bill, f"{text}{said}", janine="not known"))
        elif bill.number in disputes.named:
            found.append(of_bill("dispute", bill, f"{text}{said}; Janine names it", janine="named"))
        else:
            note = f"{text} in the books, and Janine's state does not name it."
            found.append(
                of_bill(
                    "dispute", bill, f"{text}{said}; Janine does not name it", janine="not named", note=note
                )
            )
    for number, client in sorted((disputes.named or {}).items()):
        if all_billed and number not in {bill.number for bill in disputed}:
            text = f"Janine names {number} as disputed, and the books do not"
            found.append(
                Finding(
                    "dispute",
                    f"account:{client}",
                    text,
                    {"invoice": number, "books": "not disputed"},
                    client,
                    f"{text}.",
                )
            )
    return sorted(found, key=lambda finding: not finding.note)


def finding(kind: str, one: Project, because: str, known: dict, *, note: str = "") -> Finding:
    """Return a finding about a project."""
    more = {"client": one.client, "owner": one.owner, **known}
    return Finding(kind, f"project:{one.number}", because, more, one.client, note)


def of_bill(kind: str, bill: Invoice, because: str, *, note: str = "", **known: str) -> Finding:
    """Return a finding about a client's invoice."""
    return Finding(
        kind,
        f"account:{bill.client}",
        because,
        {"invoice": bill.number, "amount": bill.amount, **known},
        bill.client,
        note,
    )


def told(one: Project) -> str:
    """Return a project by its number, name and client."""
    return f"{one.number} ({one.name}, {one.client})"
