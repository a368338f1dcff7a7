"""Who needs coaching: each rep's last days against the floor, the team and the rep's own usual, within chance."""

from math import sqrt
from typing import NamedTuple

DAYS = 5  # with data, the newest included
LOOK_BACK = 14  # calendar days; older rows are no present
USUAL_DAYS = 40  # before those, for what is usual for the rep
LEAST_USUAL = 8  # with fewer days before, nothing is usual yet
LEAST_TALKS = 25  # conversations; with fewer a rate says nothing
FLOOR = 0.30  # appointments of conversations
SLOW_S = 300.0  # median seconds from a lead to the first call
APART = 2.5  # times the team's median: so far off is news, whatever the rep's usual
JUMPED = 1.5  # times the rep's own usual
SURE = 2.8  # how many times chance a rate must be under the floor, and under the rep's usual, to count alone
LIKELY = 1.2  # how many times under the floor where calling back has slowed down too
ALWAYS = 3.0  # how many times chance the usual rate must be under the floor to be called so


class Day(NamedTuple):
    """One rep's numbers of one day."""

    talks: int
    booked: int
    speed_s: float


class Span(NamedTuple):
    """Some days added up."""

    days: int
    talks: int
    booked: int
    speed_s: float

    @property
    def rate(self) -> float | None:
        """Return appointments of conversations; None where nobody was reached."""
        return self.booked / self.talks if self.talks else None

    @property
    def below(self) -> float:
        """Return how many times chance the rate is under the floor; 0 where there are too few talks."""
        chance = sqrt(FLOOR * (1 - FLOOR) / max(1, self.talks))
        return (FLOOR - self.booked / self.talks) / chance if self.talks >= LEAST_TALKS else 0.0


class Rep(NamedTuple):
    """A rep's last days with data, and the days before them; None where those are too few."""

    name: str
    last: Span
    usual: Span | None

    @property
    def jumped(self) -> bool:
        """Say whether calling back takes clearly longer than usual for this rep."""
        return self.usual is not None and self.last.speed_s >= JUMPED * self.usual.speed_s

    @property
    def fell(self) -> float:
        """Return how many times chance the rate is under the rep's own usual."""
        if self.usual is None or not self.usual.talks or self.last.talks < LEAST_TALKS:
            return 0.0
        both = (self.last.booked + self.usual.booked) / (self.last.talks + self.usual.talks)
        chance = sqrt(both * (1 - both) * (1 / self.last.talks + 1 / self.usual.talks))
        return (
            (self.usual.booked / self.usual.talks - self.last.booked / self.last.talks) / chance
            if chance
            else 0.0
        )


Book = dict[str, dict[int, Day]]  # rep -> day -> numbers


def median(values: list[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def span_of(rows: list[Day]) -> Span:
    """Return days as one."""
    talks, booked = sum(row.talks for row in rows), sum(row.booked for row in rows)
    return Span(len(rows), talks, booked, median([row.speed_s for row in rows]))


def rep_of(name: str, days: dict[int, Day], newest: int) -> Rep | None:
    """Return a rep's last days, or None where there are too few to say anything."""
    last = sorted((day for day in days if newest - LOOK_BACK < day <= newest), reverse=True)[:DAYS]
    if len(last) < DAYS:
        return None
    before = [days[day] for day in days if last[-1] - USUAL_DAYS <= day < last[-1]]
    usual = span_of(before) if len(before) >= LEAST_USUAL else None
    return Rep(name, span_of([days[day] for day in last]), usual)


def team_of(book: Book, newest: int) -> Span:
    """Return the last days of all reps together."""
    recent = {day for days in book.values() for day in days if newest - LOOK_BACK < day <= newest}
    last = sorted(recent)[-DAYS:]
    return span_of([days[day] for days in book.values() for day in last if day in days])


def reasons_of(rep: Rep, team: Span) -> list[str]:
    """Say what has gone wrong in words; empty if the rep is as usual, or if chance may explain it."""
    last, reasons = rep.last, []
    if last.speed_s >= SLOW_S and (last.speed_s >= APART * team.speed_s or rep.jumped):
        usual = f", {minutes(rep.usual.speed_s)} is usual for them" if rep.usual else ""
        reasons.append(
            f"median speed to lead {minutes(last.speed_s)} where under 5 min is wanted "
            f"(team {minutes(team.speed_s)}{usual})"
        )
    if last.below >= LIKELY and (rep.jumped or (last.below >= SURE and rep.fell >= SURE)):
        share = f"{last.booked} appointments of {last.talks} conversations, {last.booked / last.talks:.0%}"
        team_rate = f"team {team.booked / team.talks:.0%}, " if team.talks else ""
        reasons.append(
            f"{share} where at least {FLOOR:.0%} is wanted ({team_rate}{last.below:.1f} times chance)"
        )
    return reasons


def always_of(rep: Rep) -> list[str]:
    """Say what is out of range for weeks: no news to coach on, and a person should know."""
    usual, reasons = rep.usual, []
    if usual is not None and usual.speed_s >= SLOW_S:
        reasons.append(f"median speed to lead {minutes(usual.speed_s)} over {usual.days} days")
    if usual is not None and usual.rate is not None and usual.below >= ALWAYS:
        reasons.append(f"{usual.rate:.0%} appointments over {usual.days} days")
    return reasons


def confidence_of(rep: Rep, team: Span) -> float:
    """Return how sure it is: each sign halves the doubt as far as it goes."""
    doubt = 0.5 ** max(0.0, rep.last.below)
    doubt *= 0.5 ** max(0.0, 2 * (rep.last.speed_s / max(SLOW_S, team.speed_s) - 1))
    return round(min(0.99, max(0.5, 1 - doubt)), 2)


def minutes(seconds: float) -> str:
    """Return seconds as minutes with one digit."""
    return f"{seconds / 60:.1f} min"
