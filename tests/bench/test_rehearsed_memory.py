"""A rehearsal keeps nothing of the days that are over: what is alive at one hour of two days is as much."""

from __future__ import annotations

import gc
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rehearse import written_year
from fleet.core.mistake import Place
from fleet.core.script.step import Expected, Script, Step
from fleet.runtime.rehearse import Plan, rehearse
from fleet.runtime.steps import Played

HERE = Place("script", 1, 1, 1, 1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
BY_DESIGN = Counter({"Deed": 3, "Origin": 1, "Played": 1})
"""A day: what was done, for two months; where its message came from, for 2,000 of them; what a step came to."""
DAYS = 8
SLACK = 4
"""What may just be alive at one of two moments: a program that is ending. What is kept is there every day."""


def test_what_is_alive_does_not_grow_with_the_days(tmp_path: Path) -> None:
    alive: list[Counter[str]] = []
    noon = [MONDAY + timedelta(days=n, hours=12, minutes=30) for n in range(1, DAYS + 1)]
    steps = [Step(at, "say", {"text": "count"}, HERE) for at in noon]
    steps.append(Step(noon[-1], "expect", {}, HERE, wanted=Expected("claim", {}, count=0)))
    script = Script(steps=tuple(steps))

    def count(played: Played) -> None:
        gc.collect()
        kinds = (type(one) for one in gc.get_objects())
        alive.append(Counter(kind.__name__ for kind in kinds if str(kind.__module__).startswith("fleet.")))

    report = rehearse(
        Plan(str(written_year(tmp_path / "year")), MONDAY, MONDAY + timedelta(days=DAYS + 1), script), count
    )
    assert not report.trouble
    grown = (alive[DAYS - 1] - alive[0]) - Counter({kind: n * (DAYS - 1) for kind, n in BY_DESIGN.items()})
    assert report.turns["b"]["done"] == DAYS + 2
    assert all(n <= SLACK for n in grown.values()), grown
