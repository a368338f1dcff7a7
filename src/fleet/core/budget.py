"""Budget: the most that the seats could spend, by the bounds of the chart, beside what the fleet has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from fleet.core.chart import Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.slots import DAY
from fleet.core.target import Money, Period

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Over:
    """A day, week or month, by its first day, in which the seats could ask for more than the fleet has."""

    begins: date
    asked: Decimal


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst case of money. `per` is the period in which the sums are: the fleet's, else a day.

    `most` is the largest sum that the seats with a budget could ask for in one such period; seats
    without one are `unbounded`, and nothing but the fleet's budget bounds those.
    """

    budget: Money | None
    per: Period | None
    most: Decimal
    most_in: date | None
    seats: tuple[str, ...]
    unbounded: tuple[str, ...]
    over: tuple[Over, ...]


def worst_of(chart: Chart, awake: Mapping[str, frozenset[date]], days: Iterable[date]) -> Worst:
    """Sum up the bounds over some days; `awake` says on which of them each seat may be woken at all."""
    seats = [chart.seats[name] for name, own in awake.items() if own]
    bounded = [seat for seat in seats if seat.budget is not None]
    per: Period | None = chart.budget.per if chart.budget is not None else "day"
    sums: dict[date, Decimal] = {}
    for begins, inside in _periods(per, days).items():
        sums[begins] = sum((_most(seat, per, awake[seat.id] & inside) for seat in bounded), ZERO)
    most_in = max(sums, key=lambda day: (sums[day], -day.toordinal()), default=None)
    over = [Over(day, asked) for day, asked in sums.items() if chart.budget and asked > chart.budget.usd]
    return Worst(
        budget=chart.budget,
        per=per,
        most=sums[most_in] if most_in is not None else ZERO,
        most_in=most_in,
        seats=tuple(seat.id for seat in bounded),
        unbounded=tuple(seat.id for seat in seats if seat.budget is None),
        over=tuple(over),
    )


def _periods(per: Period | None, days: Iterable[date]) -> dict[date, frozenset[date]]:
    """Sort days into periods, by the first day of each; without a period, all are one."""
    found: dict[date, set[date]] = {}
    first: date | None = None
    for day in sorted(days):
        first = first or day
        begins = day if per == "day" else _begin(per, day) if per else first
        found.setdefault(begins, set()).add(day)
    return {begins: frozenset(inside) for begins, inside in found.items()}


def _begin(per: Period, day: date) -> date:
    return day - timedelta(days=day.weekday()) if per == "week" else day.replace(day=1)


def _most(seat: Seat, per: Period | None, days: frozenset[date]) -> Decimal:
    """What a seat could spend in a period of the fleet's: all of its own budgets that lie in it, or touch it.

    A week's budget may be spent on one day; a budget without a period is spent once, whenever that is.
    """
    assert seat.budget is not None
    if not days:
        return ZERO
    own = seat.budget.per
    if own is None or per == own == "day":
        return seat.budget.usd
    begun = {day if own == "day" else _begin(own, day) for day in days}
    return seat.budget.usd * len(begun)


def all_days(first: date, last: date) -> list[date]:
    """List the days from one to another, both included."""
    return [first + n * DAY for n in range((last - first).days + 1)]
