"""Knobs: the trouble put into the made-up data, and the hidden truth about it that tests judge agents by.

An event is one of
    spend    an ad account's spend falls or jumps for one to three days, its leads with it
    cpl      its cost per lead jumps for one to three days at the same spend
    vanish   its rows stop for some days: missing, not zero
    risk     a client's leads fall by 28 to 50 % for weeks, by falling spend or by rising cost per lead
    recovery the days after a risk, while the old level is new again
    dead     a source stops: ads, meta, google, calls, crm, mail, leads, projects or invoices
    slow     a call-centre rep calls back late and makes few appointments for days
    dup      a lead whose company is on the list already, spelled another way (by chance: see leads)
    dispute  a client disputes an invoice, and writes so (by chance: see invoices)
    stale    nobody updates an active project or logs hours on it (by chance: see projects)
    miss     a project's milestone was due the day before and is not done (by chance: see projects)
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sneeze.chance import rng
from sneeze.world import EPOCH, World

# Chance a day: for each ad account, each client, each source, each rep; then a chance each: for every lead,
# invoice, project and milestone.
RATES = {
    "spend": 0.014, "cpl": 0.007, "vanish": 0.0015, "risk": 0.004, "dead": 0.002, "slow": 0.002,
    "dup": 0.07, "dispute": 0.03, "stale": 0.12, "miss": 0.08,
}  # fmt: skip
SOURCES = ("ads", "meta", "google", "calls", "crm")
MORE_SOURCES = ("mail", "leads", "projects", "invoices")
OWN = ("slow", "dup", "dispute", "stale", "miss")  # these stand beside all other trouble of the same name
LASTS = {"risk": 21, "slow": 8, "dispute": 20, "stale": 25, "miss": 7}  # days, where the knob does not say
RECOVERY_DAYS = 16  # half of a 30-day median has seen the old level again by then
RAMP_DAYS = 3  # a risk builds up over so many days
INJECT = re.compile(
    r"(?P<knob>spend|cpl|vanish|risk|dead|slow|dup|dispute|stale|miss):(?P<name>[a-z0-9-]+)@(?P<first>\d{4}-\d\d-\d\d)"
    r"(\+(?P<days>\d+))?(\*(?P<factor>\d*\.?\d+))?"
)


class Unfit(ValueError):
    """What was asked to be put in cannot be; the sentence says why."""


class Event(NamedTuple):
    """One piece of trouble on one ad account, client or source; `factor` multiplies its metric."""

    knob: str
    name: str
    metric: str
    first: date
    last: date
    factor: float

    def covers(self, day: date) -> bool:
        """Say whether the day is one of its days."""
        return self.first <= day <= self.last

    def strength(self, day: date) -> float:
        """Return the factor on this day: a risk builds up over its first days."""
        if self.knob != "risk":
            return self.factor
        share = min(1.0, ((day - self.first).days + 1) / RAMP_DAYS)
        return 1 + (self.factor - 1) * share


class Schedule:
    """All events up to a day, the same for each day whatever window is asked for."""

    def __init__(self, world: World, last: date, *, inject: tuple[str, ...] = (), calm: bool = False) -> None:
        self.last, self.calm = last, calm
        self.events: list[Event] = []
        self._by_name: dict[str, list[Event]] = {}
        self._by_client: dict[str, list[Event]] = {}
        for text in inject:
            self._add(parse(text))
        for number in range(0 if calm else max(0, (last - EPOCH).days + 1)):
            for event in _starts(world, EPOCH + timedelta(days=number)):
                self._add(event)
            for event in _more_starts(world, EPOCH + timedelta(days=number)):
                self._add(event)

    def _add(self, event: Event) -> None:
        """Add an event unless it meets earlier trouble of the same client or source."""
        own = f"{event.knob} {event.name}" if event.knob in OWN else event.name.split("-")[0]
        same = self._by_client.setdefault(own, [])
        if any(old.first <= event.last and event.first <= old.last for old in same):
            return
        same.append(event)
        self.events.append(event)
        self._by_name.setdefault(event.name, []).append(event)
        if event.knob == "risk":
            after, until = event.last + timedelta(days=1), event.last + timedelta(days=RECOVERY_DAYS)
            self._add(Event("recovery", event.name, event.metric, after, until, 1.0))

    def on(self, name: str, day: date) -> list[Event]:
        """Return the events of this account, client or source that cover the day."""
        return [event for event in self._by_name.get(name, []) if event.covers(day)]

    def all(self, knob: str) -> list[Event]:
        """Return the events of one knob."""
        return [event for event in self.events if event.knob == knob]

    def of(self, knob: str, name: str) -> list[Event]:
        """Return the events of one knob on one thing."""
        return [event for event in self._by_name.get(name, []) if event.knob == knob]

    def on_day(self, knob: str, day: date) -> list[Event]:
        """Return the events of one knob that begin on the day."""
        return [event for event in self.events if event.knob == knob and event.first == day]

    def dead(self, source: str, day: date) -> bool:
        """Say whether a source gives no rows for the day."""
        return any(event.knob == "dead" for event in self.on(source, day))


def parse(text: str) -> Event:
    """Read KNOB:NAME@DAY[+DAYS][*FACTOR]: vanish:acme-meta@2026-11-20+3 is three days in all."""
    match = INJECT.fullmatch(text)
    if match is None:
        raise Unfit(
            f"cannot read {text!r}: write KNOB:NAME@DAY[+DAYS][*FACTOR], as spend:acme-meta@2026-11-20*0.4"
        )
    first, knob = date.fromisoformat(match["first"]), match["knob"]
    days = int(match["days"] or LASTS.get(knob, 1))
    factor = float(match["factor"] or {"spend": 0.4, "cpl": 2.0, "risk": 0.6, "slow": 2.5}.get(knob, 0))
    metric = {"spend": "spend", "cpl": "cost_per_lead", "risk": "cost_per_lead", "slow": "speed"}.get(
        knob, "rows"
    )
    return Event(knob, match["name"], metric, first, first + timedelta(days=days - 1), factor)


def truth(schedule: Schedule, first: date, last: date) -> list[dict[str, object]]:
    """Return what was put into these days, for tests alone."""
    return [
        {**event._asdict(), "first": event.first.isoformat(), "last": event.last.isoformat()}
        for event in schedule.events
        if event.first <= last and event.last >= first
    ]


def slow(schedule: Schedule, last: date) -> list[dict[str, object]]:
    """Return the reps that are slow on the last day."""
    return [
        {"rep": event.name, "first": event.first.isoformat(), "last": event.last.isoformat()}
        for event in schedule.all("slow")
        if event.covers(last)
    ]


def _starts(world: World, day: date) -> Iterator[Event]:
    """Yield what starts on this day, drawn from the seed and the day alone."""
    draw = rng(world.seed, "knobs", day)
    for source in SOURCES:
        if draw.random() < RATES["dead"]:
            yield Event("dead", source, "rows", day, day + timedelta(days=draw.randint(0, 2)), 0)
    for client in world.clients:
        if draw.random() < RATES["risk"]:
            metric = draw.choice(["spend", "cost_per_lead"])
            days = draw.randint(16, 30)
            yield Event(
                "risk", client.slug, metric, day, day + timedelta(days=days - 1), draw.uniform(0.5, 0.72)
            )
    for account in world.accounts:
        begun = list(_account_starts(draw, account.name, day))
        yield from begun if account.start <= day else []


def _more_starts(world: World, day: date) -> Iterator[Event]:
    """Yield more that starts on this day, drawn on its own so that the older draws stay as they were."""
    draw = rng(world.seed, "more knobs", day)
    for source in MORE_SOURCES:
        if draw.random() < RATES["dead"]:
            yield Event("dead", source, "rows", day, day + timedelta(days=draw.randint(0, 1)), 0)
    for rep in world.reps:
        chance, days, factor = draw.random(), draw.randint(5, 12), draw.uniform(2.0, 3.5)
        if chance < RATES["slow"]:
            yield Event("slow", rep.lower(), "speed", day, day + timedelta(days=days - 1), factor)


def _account_starts(draw: Random, name: str, day: date) -> Iterator[Event]:
    chance, days, low, high = (
        draw.random(),
        draw.randint(1, 3),
        draw.uniform(0.2, 0.75),
        draw.uniform(1.3, 2.6),
    )
    last = day + timedelta(days=days - 1)
    if chance < RATES["spend"]:
        yield Event("spend", name, "spend", day, last, draw.choice([low, high]))
    elif chance < RATES["spend"] + RATES["cpl"]:
        yield Event("cpl", name, "cost_per_lead", day, last, high + 0.2)
    elif chance < RATES["spend"] + RATES["cpl"] + RATES["vanish"]:
        yield Event("vanish", name, "rows", day, day + timedelta(days=draw.randint(1, 7)), 0)
