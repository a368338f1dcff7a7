"""Who is at risk: a client's week against a usual one, and the watch list that follows from it day by day."""

from collections.abc import Iterator
from math import exp, sqrt
from typing import NamedTuple

FALL, RISE = 0.80, 1.20  # leads, cost per lead: this week over the week before
LEAST_LEADS = 50  # in a usual week; with fewer, a week says nothing
OUTSIDE = 2.8  # how many times chance a change must be
LEAST_DAYS = 5  # of seven that can be compared
STRETCH = 3  # one bad stretch of three days is not a bad week: the rest must be bad too
WEEK = 7
REST_OUTSIDE = 1.8
COUNTED_TWICE = 1.5  # variance of a count over a usual one, in units of one over the count
OWN_SPREAD = 0.05  # how much a week strays by itself, beside what counting few leads adds


class Week(NamedTuple):
    """A client's week as ratios to a usual week; 0.8 is a fall of 20 %."""

    leads: float
    cost_per_lead: float
    rest_leads: float  # the same without the worst three days in a row
    rest_cost_per_lead: float
    usual_leads: float  # how many leads a usual week has


class Watch(NamedTuple):
    """Why a client is on the list, and the last day before it went wrong."""

    since: int
    good_until: int
    metric: str
    change: float


Series = dict[str, dict[int, tuple[float, int]]]  # account -> day -> spend, leads


def median(values: list[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def usual(days: dict[int, tuple[float, int]], day: int, good_until: int) -> tuple[float, float] | None:
    """Return spend and leads that are usual for this weekday: medians of the four last ones up to a good day."""
    back = max(1, -((good_until - day) // WEEK)) * WEEK
    seen = [days[at] for at in range(day - back, day - back - 4 * WEEK, -WEEK) if at in days]
    if len(seen) < 2:
        return None
    return median([spend for spend, _ in seen]), median([float(leads) for _, leads in seen])


def pairs_of(series: Series, last: int, good_until: int | None) -> Iterator[tuple[float, ...]]:
    """Yield each day of the week as spend, leads, usual spend, usual leads, like for like.

    An account counts on a day only if it has a row and a usual value, so that an account that vanished is
    missing and not a fall to zero.
    """
    for day in range(last - WEEK + 1, last + 1):
        until = day - 1 if good_until is None else good_until
        known = [
            (days[day], norm) for days in series.values() if day in days and (norm := usual(days, day, until))
        ]
        if known:
            yield tuple(sum(pair[half][at] for pair in known) for half in (0, 1) for at in (0, 1))


def week_of(series: Series, last: int, good_until: int | None = None) -> Week | None:
    """Return the week that ends on `last` against a usual one, or None where too few days can be compared."""
    pairs = list(pairs_of(series, last, good_until))
    if len(pairs) < LEAST_DAYS:
        return None
    rests = [added(pairs[:at] + pairs[at + STRETCH :]) for at in range(len(pairs) - STRETCH + 1)]
    whole, most, cheap = added(pairs), max(map(leads_ratio, rests)), min(map(price_ratio, rests))
    return Week(leads_ratio(whole), price_ratio(whole), most, cheap, whole[3])


def added(pairs: list[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the sums over some days."""
    return tuple(sum(column) for column in zip(*pairs, strict=True))


def leads_ratio(pair: tuple[float, ...]) -> float:
    """Return leads over usual leads; half a lead keeps zero comparable."""
    return (pair[1] + 0.5) / (pair[3] + 0.5)


def price_ratio(pair: tuple[float, ...]) -> float:
    """Return cost per lead over the usual cost per lead."""
    return (pair[0] + 0.01) / (pair[2] + 0.01) / leads_ratio(pair)


def worse(week: Week) -> tuple[str, float] | None:
    """Return the metric and its change if the week is bad, its rest too, and both beyond chance."""
    if week.usual_leads < LEAST_LEADS:
        return None
    whole = bar(week.usual_leads, OUTSIDE)
    rest = bar(week.usual_leads * (WEEK - STRETCH) / WEEK, REST_OUTSIDE)
    if week.leads <= min(FALL, 1 / whole) and week.rest_leads <= min(FALL, 1 / rest):
        return "leads", week.leads - 1
    if week.cost_per_lead >= max(RISE, whole) and week.rest_cost_per_lead >= max(1 / FALL, rest):
        return "cost_per_lead", week.cost_per_lead - 1
    return None


def bar(leads: float, times: float) -> float:
    """Return the ratio that chance hardly reaches where so many leads are usual."""
    chance = sqrt(COUNTED_TWICE / max(1.0, leads) + OWN_SPREAD**2)
    return exp(times * chance)


def watch_of(series: Series, newest: int) -> Watch | None:
    """Go through the days and return why the client is on the list at the end, or None."""
    first = min(day for days in series.values() for day in days) + 3 * WEEK - 1
    watch: Watch | None = None
    for day in range(first, newest + 1):
        if watch is None:
            week = week_of(series, day)
            found = worse(week) if week else None
            watch = Watch(day, day - WEEK, *found) if found else None
        elif recovered(series, day, watch):
            watch = None
    return watch


def recovered(series: Series, day: int, watch: Watch) -> bool:
    """Say whether a whole week since is good again, against what was usual before it went wrong."""
    week = week_of(series, day, watch.good_until) if day - watch.since >= WEEK else None
    return week is not None and week.leads > FALL and week.cost_per_lead < RISE
