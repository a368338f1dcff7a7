"""Cadences against oracles that were written another way: a walk over every minute, and croniter."""

from __future__ import annotations

import calendar as months
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from croniter import croniter
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fleet.core.cadence import At, ClockCadence, Cron, Every, following, read_cadence, read_cron, slots
from fleet.core.calendar import Calendar, read_workdays
from fleet.core.missed import read_missed
from fleet.core.span import read_span, round_span, say_span
from fleet.core.target import read_count, read_money, read_target
from fleet.errors import Unreadable

MINUTE, QUARTER, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(days=1)
FROM, TO = datetime(1990, 1, 1, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC)
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Dublin",  # winter time is the exception
    "Africa/Casablanca",  # put back for Ramadan, within summer
    "Africa/Cairo",  # changes at midnight, in some years four
    "Asia/Beirut",  # midnight is skipped; 2023
    "Asia/Gaza",
    "Asia/Tehran",  # half hours, midnight skipped until 2022
    "Asia/Kolkata",
    "Asia/Kathmandu",  # 45 minutes
    "Asia/Pyongyang",  # moved by half an hour, twice
    "America/Sao_Paulo",  # midnight is skipped, and 23:00 repeated
    "America/Havana",  # midnight is skipped, and midnight repeated
    "America/St_Johns",  # changed at 00:01: midnight itself came twice, an hour apart
    "America/Caracas",  # moved by half an hour
    "Australia/Lord_Howe",  # half an hour of summer time
    "Australia/Sydney",
    "Pacific/Apia",  # 30 December 2011 never came
    "Pacific/Kwajalein",  # 21 August 1993 never came
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Antarctica/Troll",  # two hours of summer time
    "Antarctica/Casey",  # three hours, back and forth
)
HOLIDAYS = frozenset({date(2026, 11, 26), date(2026, 12, 25), date(2018, 11, 2), date(2011, 12, 26)})


def steady(examples: int) -> settings:
    """The same examples in each run, so that a failure is a change of the code."""
    return settings(derandomize=True, deadline=None, database=None, max_examples=examples)


class Clock:
    """What the clock on the wall shows at each minute: the whole oracle for what clocks do."""

    def __init__(self, zone: str, after: datetime, until: datetime) -> None:
        tz = ZoneInfo(zone)
        first = after.replace(minute=0, second=0, microsecond=0) - 3 * DAY
        self.minutes = [first + i * MINUTE for i in range(int((until - after + 6 * DAY) / QUARTER) * 15)]
        self.walls: list[datetime] = []
        for at in range(0, len(self.minutes), 15):  # no clock is moved and moved back within a quarter
            block = self.minutes[at : at + 15]
            moved = {m.astimezone(tz).utcoffset() for m in (block[0], block[-1])}
            naive = [m.replace(tzinfo=None) for m in block]
            if len(moved) == 1:
                offset = moved.pop() or timedelta()
                self.walls += [n + offset for n in naive]
            else:
                self.walls += [m.astimezone(tz).replace(tzinfo=None) for m in block]
        self.highest = list(accumulate(self.walls, max))
        self.lowest = list(accumulate(reversed(self.walls), min))[::-1]
        self.days = [self.walls[0].date() + i * DAY for i in range(1, (until - after).days + 6)]

    def first(self, wall: datetime) -> int | None:
        """The first minute at which the clock shows that or later."""
        at = bisect_left(self.highest, wall)
        return at if 0 < at < len(self.minutes) else None

    def last(self, wall: datetime) -> int | None:
        """The last minute at which the clock shows that or earlier."""
        at = bisect_right(self.lowest, wall) - 1
        return at if 0 < at < len(self.walls) - 1 else None


def by_hand(days: str, day: date, cal: Calendar) -> bool:
    """Whether that date is one of the DAYS, by listing its month."""
    length = months.monthrange(day.year, day.month)[1]
    month = [day.replace(day=i) for i in range(1, length + 1)]
    work = [d for d in month if d.weekday() in cal.workdays and d not in cal.holidays]
    if days.endswith("of the month"):
        word = days.split()[1:3]
        if word[1] == "workday":
            return bool(work) and day == (work[0] if word[0] == "first" else work[-1])
        return day == month[-1] if word[0] == "last" else day.day == int(word[0][:-2])
    groups = {"every day": month, "weekdays": work}
    groups["weekends"] = [d for d in month if d.weekday() not in cal.workdays]
    named = [d for d in month if d.strftime("%A").lower() + "s" in days.replace(",", " ").split()]
    return day in groups.get(days, named)


@cache
def change_days(zone: str) -> tuple[datetime, ...]:
    """Midnights UTC of the days within which the zone's clock is moved."""
    tz = ZoneInfo(zone)
    days = [FROM + i * DAY for i in range((TO - FROM).days)]
    return tuple(a for a, b in pairwise(days) if a.astimezone(tz).utcoffset() != b.astimezone(tz).utcoffset())


@st.composite
def instants(draw: st.DrawFn, zone: str) -> datetime:
    """Any second of 1990 to 2037, two times in three within days of a change of that zone's clock."""
    changes = change_days(zone)
    if changes and draw(st.integers(0, 2)):
        base = draw(st.sampled_from(changes)) - DAY
        return base + timedelta(seconds=draw(st.integers(0, 3 * 86_400)))
    return FROM + timedelta(seconds=draw(st.integers(0, int((TO - FROM).total_seconds()))))


CALENDARS = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.sampled_from(["mon-fri", "sun-thu", "mon, tue and thu", "mon-sun"]).map(read_workdays),
    st.just(HOLIDAYS),
)
NAMES = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")
NAMED = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(" and ".join)
MONTHLY = st.sampled_from(
    ["the 1st", "the 2nd", "the 15th", "the 29th", "the 31st", "the last day", "the first workday"]
    + ["the last workday"]
).map(lambda d: f"{d} of the month")
DAYS = st.one_of(st.just("every day"), st.sampled_from(["weekdays", "weekends"]), NAMED, MONTHLY)
# Clocks change at night, so times of the night are drawn more often.
TIMES = st.one_of(st.integers(0, 239), st.integers(0, 1439)).map(lambda m: f"{m // 60:02}:{m % 60:02}")


@st.composite
def intervals(draw: st.DrawFn, unit: str) -> str:
    number = draw(st.integers(1, 24) if unit == "h" else st.one_of(st.integers(1, 90), st.integers(1, 1440)))
    phrase = f"every {number}{unit}"
    if draw(st.booleans()):
        opens, closes = draw(TIMES), draw(TIMES)
        assume(opens != closes)
        phrase += f" from {opens} to {closes}"
    return phrase + draw(st.one_of(st.just(""), DAYS.map(lambda d: f" on {d}")))


AT = st.builds(
    lambda days, times: f"{days} at {' and '.join(times)}", DAYS, st.lists(TIMES, min_size=1, unique=True)
)


@st.composite
def fields(draw: st.DrawFn, low: int, high: int, star: bool) -> tuple[str, frozenset[int]]:
    """One cron field, and the numbers it stands for."""
    every = frozenset(range(low, high + 1))
    kind = draw(st.sampled_from(["star", "step", "list", "range"] if star else ["list", "range"]))
    if kind == "star":
        return "*", every
    if kind == "step":
        step = draw(st.integers(1, high))
        return f"*/{step}", frozenset(range(low, high + 1, step))
    some = sorted(draw(st.sets(st.integers(low, high), min_size=1, max_size=3)))
    if kind == "range" and len(some) > 1:  # croniter reads 1-1 as the whole round
        return f"{some[0]}-{some[-1]}", frozenset(range(some[0], some[-1] + 1))
    return ",".join(map(str, some)), frozenset(some)


CronFields = tuple[tuple[str, frozenset[int]], ...]
CRON: st.SearchStrategy[CronFields] = st.tuples(
    fields(0, 59, star=True),
    fields(0, 23, star=True),
    st.one_of(st.just(("*", frozenset(range(1, 32)))), fields(1, 31, star=False)),
    st.just(("*", frozenset(range(1, 13)))),
    st.one_of(st.just(("*", frozenset(range(7)))), fields(0, 6, star=False)),
)
PHRASES = st.one_of(
    AT, intervals("m"), intervals("h"), CRON.map(lambda c: "cron: " + " ".join(f[0] for f in c))
)


def walk(phrase: str, cal: Calendar, after: datetime, until: datetime) -> list[datetime]:
    cadence = read_cadence(phrase)
    assert isinstance(cadence, At | Every | Cron)
    return list(slots(cadence, cal, after, until))


def expected(
    cal: Calendar, after: datetime, until: datetime, hit: Callable[[Clock], set[int]]
) -> list[datetime]:
    clock = Clock(cal.zone, after, until)
    return [m for m in (clock.minutes[i] for i in sorted(hit(clock))) if after < m <= until]


def of_walls(walls: list[datetime]) -> Callable[[Clock], set[int]]:
    return lambda clock: {i for i in map(clock.first, walls) if i is not None}


@steady(150)
@given(st.data(), CALENDARS, AT, st.integers(0, 4))
def test_times_of_day_go_where_a_walk_over_every_minute_finds_them(
    data: st.DataObject, cal: Calendar, phrase: str, length: int
) -> None:
    after = data.draw(instants(cal.zone))
    until = after + length * DAY + timedelta(hours=1)
    days, _, times = phrase.partition(" at ")

    def hit(clock: Clock) -> set[int]:
        dates = [d for d in clock.days if by_hand(days, d, cal)]
        walls = [datetime.combine(d, time.fromisoformat(t)) for d in dates for t in times.split(" and ")]
        return of_walls(walls)(clock)

    assert walk(phrase, cal, after, until) == expected(cal, after, until, hit)


def parts(phrase: str) -> tuple[int, time | None, time | None, str]:
    rest, _, days = phrase.partition(" on ")
    words = rest.split()
    window = [time.fromisoformat(w) for w in words if ":" in w] or [None, None]
    return int(words[1][:-1]), window[0], window[1], days or "every day"


@steady(100)
@given(st.data(), CALENDARS, intervals("h"), st.integers(0, 3))
def test_hour_intervals_are_wall_clock_times_counted_from_their_anchor(
    data: st.DataObject, cal: Calendar, phrase: str, length: int
) -> None:
    after = data.draw(instants(cal.zone))
    until = after + length * DAY + timedelta(hours=1)
    number, opens, closes, days = parts(phrase)

    def hit(clock: Clock) -> set[int]:
        walls = []
        for day in (d for d in clock.days if by_hand(days, d, cal)):
            start = datetime.combine(day, opens or time())
            end = datetime.combine(day, closes or time(23, 59))
            end += DAY if end < start else timedelta()
            minutes = int((end - start) / MINUTE)
            walls += [start + m * MINUTE for m in range(0, minutes + 1, number * 60)]
        return of_walls(walls)(clock)

    assert walk(phrase, cal, after, until) == expected(cal, after, until, hit)


@steady(150)
@given(st.data(), CALENDARS, intervals("m"), st.integers(0, 2))
def test_minute_intervals_count_every_minute_that_passes_from_their_anchor(
    data: st.DataObject, cal: Calendar, phrase: str, length: int
) -> None:
    after = data.draw(instants(cal.zone))
    until = after + length * DAY + timedelta(hours=1)
    number, opens, closes, days = parts(phrase)

    def hit(clock: Clock) -> set[int]:
        found: set[int] = set()
        for day in (d for d in clock.days if by_hand(days, d, cal)):
            start = datetime.combine(day, opens or time())
            end = datetime.combine(day, closes or time(23, 59))
            first, last = clock.first(start), clock.last(end + DAY if end < start else end)
            if first is None or last is None:
                continue
            if by_hand(days, day + DAY, cal) and (anchor := clock.first(start + DAY)):
                last = min(last, anchor - 1)
            found.update(range(first, last + 1, number))
        return found

    assert walk(phrase, cal, after, until) == expected(cal, after, until, hit)


@steady(100)
@given(st.data(), CALENDARS, CRON)
def test_cron_agrees_with_croniter_where_no_clock_is_moved(
    data: st.DataObject, cal: Calendar, cron: CronFields
) -> None:
    after = data.draw(instants(cal.zone)).replace(microsecond=0)
    until = after + 5 * DAY
    assume(not any(after - 2 * DAY < c < until + DAY for c in change_days(cal.zone)))
    expression = " ".join(f[0] for f in cron)
    local = croniter(expression, after.astimezone(cal.tz).replace(tzinfo=None), ret_type=datetime)
    wanted = []
    while len(wanted) < 40:
        slot = local.get_next(datetime).replace(tzinfo=cal.tz).astimezone(UTC)
        if slot > until:
            break
        wanted.append(slot)
    assert walk(f"cron: {expression}", cal, after, until)[:40] == wanted


@steady(100)
@given(st.data(), CALENDARS, CRON)
def test_cron_at_a_change_moves_fixed_times_and_lets_stars_run_by_elapsed_time(
    data: st.DataObject, cal: Calendar, cron: CronFields
) -> None:
    after = data.draw(instants(cal.zone))
    until = after + 2 * DAY
    (minute, minutes), (hour, hours), (dom, doms), _, (dow, dows) = cron

    def fits(wall: datetime) -> bool:
        by_date, by_name = wall.day in doms, wall.isoweekday() % 7 in dows
        on_day = by_date and by_name if "*" in (dom, dow) else by_date or by_name
        return on_day and wall.minute in minutes and wall.hour in hours

    def hit(clock: Clock) -> set[int]:
        if minute.startswith("*") or hour.startswith("*"):
            return {i for i, wall in enumerate(clock.walls) if fits(wall)}
        start = datetime.combine(clock.days[0], time())
        walls = [start + m * MINUTE for m in range(len(clock.days) * 1440)]
        return of_walls([w for w in walls if fits(w)])(clock)

    phrase = "cron: " + " ".join(f[0] for f in cron)
    assert walk(phrase, cal, after, until) == expected(cal, after, until, hit)


@steady(300)
@given(st.data(), CALENDARS, PHRASES)
def test_slots_ascend_split_anywhere_and_agree_with_the_next_one(
    data: st.DataObject, cal: Calendar, phrase: str
) -> None:
    cadence = read_cadence(phrase)
    assert isinstance(cadence, At | Every | Cron)
    after = data.draw(instants(cal.zone))
    until = after + 2 * DAY
    whole = list(slots(cadence, cal, after, until))
    middle = data.draw(st.sampled_from(whole)) if whole else after + DAY
    middle += timedelta(microseconds=data.draw(st.sampled_from([-1, 0, 1, 7_000_000])))
    assert all(a < b for a, b in pairwise([after, *whole, until + MINUTE]))
    assert [*slots(cadence, cal, after, middle), *slots(cadence, cal, middle, until)] == whole
    assert chain(cadence, cal, after, until) == whole


def chain(cadence: ClockCadence, cal: Calendar, after: datetime, until: datetime) -> list[datetime]:
    """The slots by asking for the next one, and the next; the first thirty and those that remain."""
    found: list[datetime] = []
    while (after := following(cadence, cal, after) or until + DAY) <= until:
        found.append(after)
        if len(found) == 30:
            return [*found, *slots(cadence, cal, after, until)]
    return found


@steady(300)
@given(st.dates(date(1990, 1, 1), date(2037, 12, 31)), CALENDARS, DAYS)
def test_days_are_those_that_listing_the_month_finds(day: date, cal: Calendar, days: str) -> None:
    cadence = read_cadence(f"{days} at 12:00")
    assert isinstance(cadence, At)
    assert cadence.days.has(day, cal) == by_hand(days, day, cal)


@steady(200)
@given(PHRASES)
def test_a_phrase_is_kept_as_it_was_written_and_reads_the_same_again(phrase: str) -> None:
    cadence = read_cadence(phrase)
    assert cadence.text == phrase
    assert read_cadence(cadence.text) == cadence


VOCABULARY = """
weekdays every day mondays at and , 07:15 6:30 24:00 7am from to on the 1st 32nd last workday of month
when mail arrives publishes changes dash data/x.csv asked cron: * 1-5 5m 0h 90 minutes twice a once
@daily # >= 6 % $45 between least most $1,850 k skip run all if under 2h late mon-fri none ٣
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n", "\t", "\u00a0", ""])
TEXTS = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=9).map(" ".join))
READERS: tuple[Callable[[str], object], ...] = (
    read_cadence, read_cron, read_missed, read_span, read_target, read_money, read_count, read_workdays,
)  # fmt: skip


@steady(500)
@given(TEXTS)
@example("9" * 5000 + "m")
@example("cron: " + "9" * 5000 + " * * * *")
@example("at least " + "9" * 5000)
@example("weekdays at 07:15\n")
@example("every ٣m")
@example("cron: */99999999999 * * * *")
def test_any_text_is_read_or_refused_with_a_place_in_it_and_texts_that_are_read(text: str) -> None:
    for reader in READERS:
        try:
            reader(text)
        except Unreadable as refused:
            assert refused.end is not None
            assert 0 <= refused.start <= refused.end <= len(text)
            assert refused.why
            assert refused.suggestions
            for tried in refused.suggestions:
                reader(tried)


@steady(300)
@given(st.integers(1, 36_500 * 86_400))
def test_a_span_that_is_said_is_read_back(seconds: int) -> None:
    assert read_span(say_span(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@steady(300)
@given(st.integers(0, 10**9))
def test_a_rounded_span_is_within_half_of_its_unit(seconds: int) -> None:
    said = round_span(timedelta(seconds=seconds))
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400}[said[-1]]
    assert abs(int(said[:-1]) * unit - seconds) * 2 <= unit
