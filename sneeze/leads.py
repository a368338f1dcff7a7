"""New leads at their minute: companies that asked, were named or were met, some of them on the list already."""

from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sneeze.chance import poisson, rng
from sneeze.knobs import RATES, Schedule
from sneeze.world import EPOCH, PEOPLE, PROSPECTS, World, at

LEAD_COLUMNS = ["at", "lead", "brand", "contact", "email", "phone", "source", "note"]
HEADS = [
    "Bamble", "Bibber", "Blunk", "Bobber", "Brumble", "Clatter", "Cobble", "Crumm", "Dabble", "Dibble", "Doddle",
    "Drubb", "Fidget", "Fizzel", "Flimm", "Fuddle", "Gabble", "Glimm", "Gribble", "Grumm", "Hackle", "Hibber", "Hubble",
    "Jangle", "Jobber", "Kettle", "Noddle", "Larrup", "Loppet", "Mangle", "Mizzle", "Muddle", "Mumm", "Nibble",
    "Nobble", "Oddle", "Ottle", "Pibble", "Plodd", "Pobble", "Puddle", "Quibb", "Quaggle", "Rabble", "Rumple", "Scruff",
    "Scuttle", "Snagg", "Snibb", "Sprock", "Squibb", "Stubble", "Tattle", "Tibber", "Toddle", "Twiddle", "Umble",
    "Wabble", "Whiffle", "Wobble",
]  # fmt: skip
TAILS = [
    "beck", "bourne", "brook", "bury", "by", "combe", "cote", "croft", "dale", "dene", "fell", "firth", "ford", "garth",
    "gate", "grove", "hurst", "keld", "leigh", "low", "marsh", "mere", "moss", "ness", "nock", "pool", "rigg", "scar",
    "shaw", "stead", "stow", "thorpe", "thwaite", "toft", "wath", "wick", "wold", "worth", "wray", "wyke",
]  # fmt: skip
TRADES = [
    "",
    "",
    "",
    "",
    " Bakery",
    " Bikes",
    " Dental",
    " Interiors",
    " Joinery",
    " Optics",
    " Outdoor",
    " Tea",
]
LEGAL = ["", "", "", " Ltd", " LLC", " Inc.", " & Co"]
AREAS = ["212", "518", "607", "716", "845"]
SLOTS = 6  # ordinary leads a day at most; two more are for companies that sales knows, two for the knobs
PROSPECT_EVERY, CLIENT_EVERY = (
    200,
    400,
)  # days after which a known company is on the list again: longer than the file
SOURCES = ["web form", "list", "referral", "event"]
NOTES = {
    "web form": [
        "wants a call back",
        "asks what a month costs",
        "three shops, no agency yet",
        "budget about $2k",
        "",
    ],
    "list": ["from the trade list, page 4", "hiring for marketing", "new shop opened", "no ads seen", ""],
    "referral": ["a friend of {name}", "{name} told them of us", "sent by a client", "knows us from {name}"],
    "event": ["met at the fair, stand 12", "left a card", "heard the talk on local ads", "asked for slides"],
}

Row = list[str]


class Lead(NamedTuple):
    """One row of the list; `company` is who it really is, however it was typed."""

    at: datetime
    company: str
    row: Row


def leads(world: World, schedule: Schedule, day: date) -> list[Lead]:
    """Return the leads of one day, oldest first."""
    if schedule.dead("leads", day):
        return []
    found = [_lead(world, day, slot, _who(world, schedule, day, slot)) for slot in range(_count(world, day))]
    for slot, company in enumerate(_known(world, day), SLOTS):
        found.append(_lead(world, day, slot, company))
    for slot, event in enumerate(schedule.on_day("dup", day)[:2], SLOTS + 2):
        found += _injected(world, schedule, day, slot, event.name)
    return sorted(found, key=lambda lead: (lead.at, lead.row[1]))


def _count(world: World, day: date) -> int:
    return min(SLOTS, poisson(rng(world.seed, "leads", day), 3.2 if day.weekday() < 5 else 0.7))


def _who(world: World, schedule: Schedule, day: date, slot: int) -> str:
    """Return the company of an ordinary lead: a new one, or one of the last weeks again."""
    draw = rng(world.seed, "company", day, slot)
    again, back, turn = draw.random() < RATES["dup"], draw.randint(1, 40), draw.random()
    before = day - timedelta(days=back)
    if (
        again
        and not schedule.calm
        and not schedule.dead("leads", before)
        and (count := _count(world, before))
    ):
        return _who(world, schedule, before, int(turn * count))
    place = (
        (day - EPOCH).days * SLOTS + slot
    ) * 1009 + world.seed  # 1009 shares no factor with the number of names
    place %= len(HEADS) * len(TAILS)
    return HEADS[place // len(TAILS)].lower() + TAILS[place % len(TAILS)]


def _known(world: World, day: date) -> list[str]:
    """Return the companies that sales works on, or that are clients already, whose turn it is today."""
    number = (day - EPOCH).days
    names = [(name.lower(), PROSPECT_EVERY) for name in PROSPECTS]
    names += [(client.slug, CLIENT_EVERY) for client in world.clients]
    return [
        name for name, every in names if number % every == rng(world.seed, "turn", name).randrange(every)
    ][:2]


def _injected(world: World, schedule: Schedule, day: date, slot: int, company: str) -> list[Lead]:
    """Return a second lead of a company, and a first one where the list of the last weeks has none."""
    second = _lead(world, day, slot, company)
    second = second._replace(
        at=at(day, 9, 40 + slot), row=[at(day, 9, 40 + slot).isoformat(), *second.row[1:]]
    )
    for back in range(1, 60):
        before = day - timedelta(days=back)
        ordinary = [_who(world, schedule, before, each) for each in range(_count(world, before))]
        if company in [*ordinary, *_known(world, before)] and not schedule.dead("leads", before):
            return [second]
    first = _lead(world, day - timedelta(days=1), slot, company)
    when = at(day, 8, 10 + slot)
    number = _number(day, slot).replace("l-", "l-9")
    return [first._replace(at=when, row=[when.isoformat(), number, *first.row[2:]]), second]


def _number(day: date, slot: int) -> str:
    return f"l-{(day - EPOCH).days * 10 + slot}"


def _lead(world: World, day: date, slot: int, company: str) -> Lead:
    """Return a company's lead as it was typed this time: what names it is the same, the spelling is not."""
    own, draw = rng(world.seed, "brand", company), rng(world.seed, "lead", day, slot)
    trade, legal, people = own.choice(TRADES), own.choice(LEGAL), own.sample(PEOPLE, 2)
    digits = f"{own.choice(AREAS)}555{own.randint(100, 199):04d}"
    source = draw.choices(SOURCES, [5, 3, 2, 1])[0]
    hour = draw.randint(6, 22) if source == "web form" else draw.randint(8, 17)
    when, person = at(day, hour, draw.randrange(60)), draw.choice(people)
    email = _address(draw, person.lower(), company)
    phone = "" if draw.random() < 0.15 and email else _phone(draw, digits)
    if phone and draw.random() < 0.1:
        email = ""
    note = draw.choice(NOTES[source]).format(name=draw.choice(PEOPLE))
    brand = _typed(draw, company.capitalize() + trade, legal)
    return Lead(
        when, company, [when.isoformat(), _number(day, slot), brand, person, email, phone, source, note]
    )


def _typed(draw: Random, name: str, legal: str) -> str:
    """Return a company's name as people type it."""
    name += legal if draw.random() < 0.5 else ""
    how = draw.random()
    if how < 0.08:
        return name.upper()
    if how < 0.16:
        return name.lower()
    if how < 0.20:
        return f"The {name}"
    if how < 0.24:
        return name.replace(" & ", " and ").replace(".", "") + " "
    return name


def _address(draw: Random, person: str, company: str) -> str:
    box = draw.choices([person, f"{person}+ads", "info", "office", person.capitalize()], [8, 1, 2, 1, 1])[0]
    return f"{box}@{company}.example"


def _phone(draw: Random, digits: str) -> str:
    area, first, rest = digits[:3], digits[3:6], digits[6:]
    return draw.choice(
        [
            f"({area}) {first}-{rest}",
            f"{area}-{first}-{rest}",
            f"+1 {area} {first} {rest}",
            f"{area}.{first}.{rest}",
        ]
    )


def truth(found: list[Lead]) -> list[dict[str, object]]:
    """Return the leads whose company was on the list before, each with the first one of that company."""
    seen: dict[str, str] = {}
    again: list[dict[str, object]] = []
    for lead in found:
        if lead.company in seen:
            again.append({"lead": lead.row[1], "of": seen[lead.company]})
        seen.setdefault(lead.company, lead.row[1])
    return again
