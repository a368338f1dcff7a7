"""The world of one seed: its clients, their ad accounts, its reps; the same on every day."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sneeze.chance import between, rng

EPOCH = date(2024, 1, 1)  # the made-up business keeps its books from here on
ZONE = "America/New_York"  # the zone of the agency's days, as in fleet.yaml
MONTHLY_SPEND = 185_000.0  # dollars, all accounts together
DAYS_A_MONTH = 365.25 / 12
CLIENTS = [
    "Acme", "Volt", "Brindlemoor", "Quillfern", "Tarnwick", "Oxbramble", "Gorsevale", "Wrenlocke", "Dunthistle",
    "Marrowby", "Fennimoor", "Larkmere", "Coppertoft", "Birchwhistle", "Yarrowdene", "Plumstock", "Thistlewane",
    "Hobnoll", "Ketterfin", "Mossgarth", "Saltmarrow", "Umberlin",
]  # fmt: skip
PROSPECTS = [
    "Zibberly", "Nettlebank", "Craggifold", "Pomfrith", "Swindlethorpe", "Jackelby", "Vossmere", "Tumbledun",
    "Ickleford", "Rooksgill",
]  # fmt: skip
PEOPLE = [
    "Ada", "Boris", "Chidi", "Dana", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Luis", "Mina",
    "Nils", "Oona", "Pavel", "Rosa", "Sven", "Tara", "Yuri",
]  # fmt: skip
PLANS = {"starter": 900, "growth": 1800, "full": 3200}  # monthly fee in dollars


class Client(NamedTuple):
    """A client of the agency; `slug` is the name other files use."""

    slug: str
    name: str
    since: date
    plan: str


class Account(NamedTuple):
    """An ad account of a client on one platform, with the numbers that its days are drawn around."""

    name: str
    client: str
    platform: str
    start: date
    spend: float  # dollars on a plain day
    cost_per_lead: float
    spread: float  # day-to-day noise, as a share
    weekdays: tuple[float, ...]  # Monday first
    swing: tuple[float, float, float]  # slow growth and decline: height, days per wave, phase


class World(NamedTuple):
    """Everything that stays the same over the days of one seed."""

    seed: int
    clients: list[Client]
    accounts: list[Account]
    reps: list[str]  # who calls leads
    staff: list[str]  # who works on projects, beside Kristen


def make(seed: int) -> World:
    """Return the world of this seed."""
    draw = rng(seed, "world")
    names = CLIENTS[:2] + draw.sample(CLIENTS[2:], draw.randint(14, len(CLIENTS) - 2))
    clients = [_client(seed, name) for name in names]
    accounts = [account for client in clients for account in _accounts(seed, client)]
    reps = rng(seed, "reps").sample(PEOPLE, 6)
    staff = rng(seed, "staff").sample([name for name in PEOPLE if name not in reps], 5)
    par = MONTHLY_SPEND / DAYS_A_MONTH / sum(account.spend for account in accounts)
    return World(
        seed,
        clients,
        [account._replace(spend=account.spend * par) for account in accounts],
        reps,
        staff,
    )


def at(day: date, hour: int, minute: int) -> datetime:
    """Return a minute of a day in the agency's zone."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))


def _client(seed: int, name: str) -> Client:
    draw = rng(seed, "client", name)
    since = date(2021, 1, 1) + timedelta(days=draw.randrange(1000))
    return Client(name.lower(), name, since, draw.choice(list(PLANS)))


def _accounts(seed: int, client: Client) -> list[Account]:
    draw = rng(seed, "accounts", client.slug)
    platforms = draw.choices([["meta"], ["google"], ["meta", "google"]], [5, 2, 4])[0]
    size, price = between(draw, 0.4, 2.5), between(draw, 3.5, 12.0)
    accounts = []
    for number, platform in enumerate(platforms):
        late = number > 0 and draw.random() < 0.2
        start = EPOCH + timedelta(days=draw.randrange(1400)) if late else EPOCH
        accounts.append(
            Account(
                name=f"{client.slug}-{platform}",
                client=client.slug,
                platform=platform,
                start=start,
                spend=size * draw.uniform(0.6, 1.0),
                cost_per_lead=price * draw.uniform(0.8, 1.25),
                spread=draw.uniform(0.04, 0.09),
                weekdays=tuple(
                    share + draw.gauss(0, 0.03) for share in (1.06, 1.08, 1.05, 1.02, 0.98, 0.88, 0.9)
                ),
                swing=(draw.uniform(0.04, 0.18), draw.uniform(160, 420), draw.uniform(0, 6.283)),
            )
        )
    return accounts
