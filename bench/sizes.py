"""Sizes: how much is measured, in a full run, a quick one, and the tiny one of the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and how much in each."""

    rounds: int
    window_s: float
    """How long turns are counted, each round."""
    turns: int
    """Turns by our own code alone, each round."""
    mornings: int
    """How often the morning is run with each candidate."""
    morning_rounds: int
    messages: int
    """Dropped messages, each round."""
    idle_s: float
    starts: int
    """Cold starts of each command."""
    many_seats: int
    records: int
    """Lines of the ledger that is written and verified, each round."""
    restarts: int
    verdicts: int
    """Verdicts, each round."""
    acts: int
    """Actions that are offered and run, each round."""
    held: int
    """Held actions that all wait for one claim."""
    rehearsed_h: float
    """Hours of eight busy seats, each round."""
    rehearsed_days: int
    """Days of the example, each round."""
    rehearsed_year_days: int
    """Days of the year whose memory is looked at."""
    reloads: int
    """Edits of each kind."""
    idle_seats: int
    due: int
    """Seats that are all woken at one instant."""
    dropped: int
    """Messages that are dropped at once."""
    backtested: int
    """Recorded actions that are judged again."""


FULL = Size(
    rounds=7,
    window_s=2.0,
    turns=400,
    mornings=5,
    morning_rounds=20,
    messages=60,
    idle_s=45.0,
    starts=20,
    many_seats=1000,
    records=100_000,
    restarts=5,
    verdicts=4000,
    acts=100,
    held=1000,
    rehearsed_h=4,
    rehearsed_days=5,
    rehearsed_year_days=365,
    reloads=5,
    idle_seats=10_000,
    due=1000,
    dropped=100_000,
    backtested=100_000,
)
QUICK = Size(
    rounds=3,
    window_s=1.0,
    turns=100,
    mornings=1,
    morning_rounds=20,
    messages=20,
    idle_s=10.0,
    starts=6,
    many_seats=200,
    records=10_000,
    restarts=2,
    verdicts=4000,
    acts=40,
    held=1000,
    rehearsed_h=1,
    rehearsed_days=1,
    rehearsed_year_days=120,
    reloads=2,
    idle_seats=2_000,
    due=200,
    dropped=5_000,
    backtested=10_000,
)
TINY = Size(
    rounds=1,
    window_s=0.3,
    turns=3,
    mornings=1,
    morning_rounds=1,
    messages=2,
    idle_s=0.5,
    starts=1,
    many_seats=20,
    records=200,
    restarts=1,
    verdicts=20,
    acts=3,
    held=10,
    rehearsed_h=0.5,
    rehearsed_days=1,
    rehearsed_year_days=2,
    reloads=1,
    idle_seats=30,
    due=4,
    dropped=40,
    backtested=60,
)
