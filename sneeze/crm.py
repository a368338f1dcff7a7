"""The CRM: clients, contacts, deals as they stand on a day, and the touches of one day."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sneeze.chance import between, poisson, rng
from sneeze.knobs import Schedule
from sneeze.world import EPOCH, PEOPLE, PLANS, PROSPECTS, World

CLIENT_COLUMNS = ["client", "name", "since", "plan", "monthly_fee", "status"]
CONTACT_COLUMNS = ["person", "account", "name", "role"]
DEAL_COLUMNS = [
    "exported", "deal", "client", "kind", "stage", "amount", "opened", "stage_since", "last_touch",
    "next_step",
]  # fmt: skip
TOUCH_COLUMNS = ["day", "client", "deal", "kind", "by"]
STAGES = ["lead", "qualified", "proposal", "negotiation"]
LONGEST_LIFE = 170  # days from opening to the end of any deal
KEPT_CLOSED = 45  # days that a closed deal stays in the export
STEPS = ["call back", "send numbers", "book a demo", "chase signature", "agree start date"]

Row = list[str]


class Deal(NamedTuple):
    """A deal's whole life: the day it reached each stage, its touches, and the day it stalled, if it did."""

    number: str
    client: str
    kind: str
    amount: int | None
    stages: list[tuple[date, str]]
    touches: list[date]
    stalled: date | None
    next_step: str


def clients(world: World) -> list[Row]:
    """Return one row a client."""
    return [
        [c.slug, c.name, c.since.isoformat(), c.plan, str(PLANS[c.plan]), "active"] for c in world.clients
    ]


def contacts(world: World) -> list[Row]:
    """Return who belongs to which account: two people a client."""
    rows = []
    for client in world.clients:
        owner, marketing = rng(world.seed, "contacts", client.slug).sample(PEOPLE, 2)
        for name, role in ((owner, "owner"), (marketing, "marketing")):
            rows.append([f"{name.lower()}@{client.slug}.example", client.slug, name, role])
    return rows


def deals(world: World, schedule: Schedule, day: date) -> list[Row]:
    """Return the export as it stood on the day; a dead CRM leaves the export of an earlier one."""
    while schedule.dead("crm", day):
        day -= timedelta(days=1)
    first = day - timedelta(days=LONGEST_LIFE + KEPT_CLOSED)
    rows = [_deal_row(deal, day) for deal in lives(world, first, day)]
    return [row for row in rows if row]


def _deal_row(deal: Deal, day: date) -> Row:
    reached = [(since, stage) for since, stage in deal.stages if since <= day]
    since, stage = reached[-1]
    if stage in ("won", "lost") and (day - since).days > KEPT_CLOSED:
        return []
    last = max(touch for touch in deal.touches if touch <= day)
    amount = "" if deal.amount is None else str(deal.amount)
    known = [day.isoformat(), deal.number, deal.client, deal.kind, stage, amount]
    return [*known, deal.stages[0][0].isoformat(), since.isoformat(), last.isoformat(), deal.next_step]


def touches(world: World, schedule: Schedule, first: date, last: date) -> list[Row]:
    """Return the touches of these days: on deals, and the weekly word with each client."""
    rows = []
    for deal in lives(world, first - timedelta(days=LONGEST_LIFE), last):
        for touch in deal.touches:
            if first <= touch <= last:
                how = rng(world.seed, "touch", deal.number, touch).choice(["call", "email", "meeting"])
                rows.append([touch.isoformat(), deal.client, deal.number, how, "dirk"])
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for client in world.clients:
            if day.weekday() == rng(world.seed, "word", client.slug).randrange(5):
                rows.append([day.isoformat(), client.slug, "", "call", "pulse"])
    return sorted(row for row in rows if not schedule.dead("crm", date.fromisoformat(row[0])))


def lives(world: World, first: date, last: date) -> Iterator[Deal]:
    """Yield the deals opened on these days, each the same whatever days are asked for."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        draw = rng(world.seed, "deals", day)
        count = poisson(draw, 0.9) if day.weekday() < 5 else 0
        for index in range(count):
            yield _life(world, day, index)


def _life(world: World, opened: date, index: int) -> Deal:
    number = f"d{(opened - EPOCH).days + 1000}{'abcdefghij'[index % 10]}"
    draw = rng(world.seed, "deal", number)
    kind = draw.choices(["new", "expansion", "renewal"], [4, 4, 2])[0]
    client = draw.choice(PROSPECTS).lower() if kind == "new" else draw.choice(world.clients).slug
    amount = None if draw.random() < 0.06 else round(between(draw, 800, 14000), -2)
    stages, stalled = _path(draw, opened)
    last_worked = stalled or stages[-1][0]
    touched, day = [opened], opened
    while (day := day + timedelta(days=draw.randint(1, 6))) < last_worked:
        touched.append(day)
    if last_worked > opened:
        touched.append(last_worked)
    step = "" if draw.random() < 0.1 else draw.choice(STEPS)
    return Deal(number, client, kind, None if amount is None else int(amount), stages, touched, stalled, step)


def _path(draw: Random, opened: date) -> tuple[list[tuple[date, str]], date | None]:
    """Return the stages with their days, and the day it stalled; a stalled deal is lost 120 days later."""
    day, path = opened, [(opened, STAGES[0])]
    stalls_in = draw.choice(STAGES) if draw.random() < 0.18 else None
    for stage in [*STAGES[1:], draw.choice(["won", "won", "lost"])]:
        if path[-1][1] == stalls_in:
            return [*path, (day + timedelta(days=120), "lost")], day
        if draw.random() < 0.12:
            return [*path, (day + timedelta(days=draw.randint(2, 9)), "lost")], None
        day += timedelta(days=draw.randint(2, 10))
        path.append((day, stage))
    return path, None
