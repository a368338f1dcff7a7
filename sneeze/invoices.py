"""Invoices as they stand on a day: the monthly fees, what projects' milestones cost, and which of them are disputed."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sneeze.chance import rng
from sneeze.knobs import RATES, Schedule
from sneeze.projects import Project, workday
from sneeze.world import EPOCH, PLANS, Client, World

INVOICE_COLUMNS = [
    "exported", "invoice", "client", "project", "issued", "due", "amount", "status", "paid_on", "note",
]  # fmt: skip
RATE_AN_HOUR = 40  # dollars; a project is billed in equal parts, one a milestone
TERMS_DAYS = 14
KEPT_PAID = 60  # days that a paid invoice stays in the export
REMINDED_AFTER = 7  # days past due
DISPUTE_DAYS = 20
REASONS = [
    "client says the hours are too many", "client says it was agreed for less", "client says it was paid already",
    "client says a part was never delivered", "client says the fee was to pause",
]  # fmt: skip

Row = list[str]


class Dispute(NamedTuple):
    """The days on which a client disputes an invoice, and what it says."""

    first: date
    last: date
    note: str


class Bill(NamedTuple):
    """An invoice's whole life."""

    number: str
    client: str
    project: str
    issued: date
    due: date
    amount: int
    paid: date
    dispute: Dispute | None

    def status(self, day: date) -> str:
        """Return how it stood when the day was over."""
        if self.dispute and self.dispute.first <= day <= self.dispute.last:
            return "disputed"
        return "paid" if self.paid <= day else "open"


def plan(world: World, schedule: Schedule, projects: list[Project]) -> list[Bill]:
    """Return all invoices issued up to the schedule's end; one keeps its number however far that goes."""
    last = schedule.last
    planned = [
        (day, client.slug, "", PLANS[client.plan], day)
        for client in world.clients
        for day in _firsts(client, last)
    ]
    for project in projects:
        part = project.budget * RATE_AN_HOUR // len(project.milestones)
        for one in project.milestones:
            day = workday(one.planned + timedelta(days=3))  # by plan, so that trouble moves no number
            if day <= last:
                done = workday(one.done + timedelta(days=3))
                planned.append((day, project.client, project.number, part, max(day, done)))
    bills = [
        _life(
            world.seed,
            schedule.calm,
            Bill(f"inv-{1000 + index}", client, project, day, day, amount, day, None),
        )
        for index, (_, client, project, amount, day) in enumerate(sorted(planned))
    ]
    for event in schedule.all("dispute"):
        _dispute(
            bills,
            Dispute(event.first, event.last, REASONS[event.first.toordinal() % len(REASONS)]),
            event.name,
        )
    return bills


def _firsts(client: Client, last: date) -> list[date]:
    """Return the days on which a client's monthly fee was billed."""
    months = range(EPOCH.year * 12, last.year * 12 + last.month)
    days = [workday(date(month // 12, month % 12 + 1, 1)) for month in months]
    return [day for day in days if client.since < day <= last]


def _life(seed: int, calm: bool, bill: Bill) -> Bill:
    draw, habit = (
        rng(seed, "invoice", bill.number),
        rng(seed, "pays", bill.client).choice([-9, -7, -6, -5, -3]),
    )
    due = bill.issued + timedelta(days=TERMS_DAYS)
    paid = due + timedelta(
        days=habit + draw.randint(-2, 4) + (draw.randint(8, 30) if draw.random() < 0.05 else 0)
    )
    dispute = _by_chance(draw, bill.issued)
    if dispute and not calm:
        return bill._replace(due=due, paid=max(paid, dispute.last + timedelta(days=3)), dispute=dispute)
    return bill._replace(due=due, paid=paid)


def _by_chance(draw: Random, issued: date) -> Dispute | None:
    happens, after, days, note = draw.random(), draw.randint(2, 6), draw.randint(6, 25), draw.choice(REASONS)
    first = issued + timedelta(days=after)
    return Dispute(first, first + timedelta(days=days), note) if happens < RATES["dispute"] else None


def _dispute(bills: list[Bill], dispute: Dispute, client: str) -> None:
    """Have the client dispute its newest invoice that is not paid, or its newest one."""
    own = [place for place, bill in enumerate(bills) if bill.client == client and bill.issued < dispute.first]
    unpaid = [place for place in own if bills[place].paid >= dispute.first and not bills[place].dispute]
    for place in (unpaid or own)[-1:]:
        paid = max(bills[place].paid, dispute.last + timedelta(days=3))
        bills[place] = bills[place]._replace(dispute=dispute, paid=paid)


def export(schedule: Schedule, bills: list[Bill], day: date) -> list[Row]:
    """Return invoices.csv as it stood on the day; a dead source leaves the export of an earlier one."""
    while schedule.dead("invoices", day):
        day -= timedelta(days=1)
    known = [bill for bill in bills if bill.issued <= day < bill.paid + timedelta(days=KEPT_PAID)]
    return [_row(bill, day) for bill in known]


def _row(bill: Bill, day: date) -> Row:
    status = bill.status(day)
    note = ""
    if status == "disputed" and bill.dispute:
        note = bill.dispute.note
    elif status == "open" and (day - bill.due).days > REMINDED_AFTER:
        note = "reminder sent"
    paid = bill.paid.isoformat() if status == "paid" else ""
    known = [day.isoformat(), bill.number, bill.client, bill.project, bill.issued.isoformat()]
    return [*known, bill.due.isoformat(), str(bill.amount), status, paid, note]


def truth(bills: list[Bill], last: date) -> list[dict[str, object]]:
    """Return the invoices that are disputed on the last day."""
    return [
        {"invoice": bill.number, "client": bill.client, "first": bill.dispute.first.isoformat(),
         "last": bill.dispute.last.isoformat(), "note": bill.dispute.note}
        for bill in bills if bill.dispute and bill.status(last) == "disputed"
    ]  # fmt: skip
