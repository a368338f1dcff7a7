"""Page: sentences and instants as the page of `fleet simulate` sets them, in eighty columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal

from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.simulate import Simulation
from fleet.core.target import Money

WIDE = 80
"""Columns of the page; what is longer goes on below, and nothing is cut."""
ROWS_SHOWN = 20
"""Lines of one sort of trouble; --json has all of them."""
NAMED = 6
"""Seats that a sentence names."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, and the zone in which its instants are."""

    chart: Chart
    told: Simulation
    zone: tzinfo
    verbose: bool = False
    """Whether what is no finding is listed too."""

    def when(self, at: datetime) -> str:
        """Say an instant: `Mon 23 Nov 06:00`."""
        local = at.astimezone(self.zone)
        return f"{say_day(local)} {local:%H:%M}"


def text(said: str, first: str = "", rest: str | None = None) -> list[str]:
    """Set a sentence: its first line behind `first`, what follows behind `rest`."""
    return textwrap.wrap(
        said,
        WIDE,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def more(count: int) -> list[str]:
    """Say how many rows are not shown."""
    return [f"  and {count - ROWS_SHOWN} more: --json has all"] if count > ROWS_SHOWN else []


def named(seats: Sequence[str]) -> str:
    """Name seats, the first few of many."""
    beyond = f" and {len(seats) - NAMED} more" if len(seats) > NAMED else ""
    return ", ".join(seats[:NAMED]) + beyond


def plural(count: int, one: str, many: str = "") -> str:
    """Say a number with its word."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def say_day(day: date) -> str:
    """Say a day: `Mon 23 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def say_usd(usd: Decimal) -> str:
    """Say dollars, with cents only where there are any."""
    return f"${usd:,.0f}" if usd == usd.to_integral_value() else f"${usd:,.2f}"


def say_money(money: Money | None) -> str:
    """Say a budget as a chart has it; without one it is unbounded."""
    return f"{say_usd(money.usd)}{f' a {money.per}' if money.per else ''}" if money else "unbounded"


def dot() -> str:
    """Give what stands between the parts of a head line."""
    return " · "
