"""Ad rows of one day: spend, impressions, clicks and leads of each ad account, and the call-centre's rows."""

import math
from datetime import date

from sneeze.chance import heavy, poisson, rng
from sneeze.knobs import Event, Schedule
from sneeze.world import EPOCH, Account, World

ADS_COLUMNS = ["day", "client", "platform", "account", "spend", "impressions", "clicks", "leads"]
CALLS_COLUMNS = ["day", "rep", "leads_called", "conversations", "appointments", "speed_to_lead_s"]
SATURDAY, SUNDAY = 5, 6

Row = list[str]


def ads(world: World, schedule: Schedule, day: date) -> list[Row]:
    """Return the rows of one day; a vanished account and a dead platform have none."""
    if schedule.dead("ads", day):
        return []
    mood = rng(world.seed, "mood", day).gauss(0, 0.02)
    return [
        _ad_row(
            world.seed, account, day, mood, schedule.on(account.name, day) + schedule.on(account.client, day)
        )
        for account in world.accounts
        if account.start <= day
        and not schedule.dead(account.platform, day)
        and not _gone(schedule, account, day)
    ]


def _gone(schedule: Schedule, account: Account, day: date) -> bool:
    return any(event.knob == "vanish" for event in schedule.on(account.name, day))


def _ad_row(seed: int, account: Account, day: date, mood: float, events: list[Event]) -> Row:
    draw = rng(seed, "ads", day, account.name)
    height, wave, phase = account.swing
    slow = height * math.sin((day - EPOCH).days * 2 * math.pi / wave + phase)
    usual = account.spend * account.weekdays[day.weekday()] * math.exp(slow + mood)
    spend = usual * math.exp(account.spread * heavy(draw)) * _spend_factor(events, day)
    price = account.cost_per_lead * math.exp(0.04 * heavy(draw)) * _price_factor(events, day)
    clicks = poisson(draw, spend / draw.uniform(0.9, 1.3))
    impressions = round(clicks * draw.uniform(55, 75))
    leads = poisson(draw, spend / price)
    numbers = [f"{spend:.2f}", str(impressions), str(clicks), str(leads)]
    return [day.isoformat(), account.client, account.platform, account.name, *numbers]


def _spend_factor(events: list[Event], day: date) -> float:
    return math.prod(event.strength(day) for event in events if event.metric == "spend")


def _price_factor(events: list[Event], day: date) -> float:
    """Return what cost per lead is multiplied by; a risk is said in leads, so it divides."""
    factor = 1.0
    for event in events:
        if event.metric == "cost_per_lead":
            factor *= 1 / event.strength(day) if event.knob == "risk" else event.strength(day)
    return factor


def calls(world: World, schedule: Schedule, day: date) -> list[Row]:
    """Return the call-centre's rows of one day; nobody calls on Sundays."""
    if schedule.dead("calls", day) or day.weekday() == SUNDAY:
        return []
    return [_call_row(world.seed, rep, day, schedule.on(rep.lower(), day)) for rep in world.reps]


def _call_row(seed: int, rep: str, day: date, events: list[Event]) -> Row:
    person, draw = rng(seed, "rep", rep), rng(seed, "calls", day, rep)
    reach, skill, speed = person.uniform(0.45, 0.65), person.uniform(0.24, 0.42), person.uniform(120, 330)
    for event in events:
        skill, speed = skill / 2, speed * event.factor
    called = poisson(draw, 12 if day.weekday() == SATURDAY else 26)
    talked = sum(draw.random() < reach for _ in range(called))
    booked = sum(draw.random() < skill for _ in range(talked))
    seconds = round(speed * math.exp(0.2 * heavy(draw)))
    return [day.isoformat(), rep, str(called), str(talked), str(booked), str(seconds)]
