"""Scene 5. Over half of Tally's sources fail in one turn: one alert, not ten.

A turn that was killed neither loses an alert or a value nor doubles it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scenes.agency import CAST, Agency
from scenes.newsroom import BOGDAN, PLANNED, TALLY, alerts, item, real, rows_of, sources

NAMES = [f"s{number}" for number in range(10)]
MONDAY, TUESDAY, WEDNESDAY = "2026-11-23", "2026-11-24", "2026-11-25"


def source(number: int, failing: int) -> str:
    """Write a source that publishes daily, or on Mondays alone for less than a day."""
    days = "mondays" if number < failing else "every day"
    return f"run: sh agent.sh\nanswers_to: bogdan\nwhen: {days} at 09:00\ngood_for: 20h"


def scene(opened: Callable[..., Agency], failing: int) -> Agency:
    """Begin a week in which some of ten sources fall silent after Monday."""
    metrics = ", ".join(
        f"m{number}: {{target: at least 1, plausible: between 0 and 100}}" for number in range(10)
    )
    reads = f"reads: [{', '.join(NAMES)}, tally]\nscorecard: {{{metrics}}}"
    seats = {name: source(number, failing) for number, name in enumerate(NAMES)}
    radar = CAST["radar"].replace("[pulse, dirk, nick, pepper]", f"[{', '.join(NAMES)}, tally, radar]")
    agency = real(opened(cast={**PLANNED, "bogdan": BOGDAN, **seats, "tally": TALLY + reads, "radar": radar}))
    sources(agency, [(f"m{number}", name, f"scorecard.m{number}") for number, name in enumerate(NAMES)])
    for number, name in enumerate(NAMES):
        for day in (MONDAY, TUESDAY, WEDNESDAY):
            value = 250 if (number, day) == (9, TUESDAY) else 10 + number
            agency.plans(name, f"{day}T09:00", scorecard={f"m{number}": value}, as_of=f"{day}T09:00:00-05:00")
    return agency.start()


@pytest.mark.parametrize(("failing", "letters"), [(5, 5), (6, 1), (10, 1)])
def test_half_are_told_one_by_one_and_over_half_as_one(
    opened: Callable[..., Agency], failing: int, letters: int
) -> None:
    agency = scene(opened, failing).until(f"{TUESDAY}T18:30")
    assert alerts(agency, MONDAY) == []
    told = alerts(agency, TUESDAY)
    assert [one["sent"] for one in told] == [f"{TUESDAY}T10:15:00-05:00"] * letters
    if letters == 1:
        assert told[0]["subject"].startswith(
            f"HIGH PRIORITY: {failing} of 10 sources of the scorecard fail at once."
        )
        assert all(f"{name} leaves m{name[1:]} empty: " in told[0]["body"] for name in NAMES[:failing])
    empty = [row for number in range(failing) for row in rows_of(agency, f"m{number}")]
    assert {row["as_of"] for row in empty} == {f"{MONDAY}T09:00:00-05:00"}
    assert len(empty) == failing


def test_the_briefing_names_every_empty_row_and_an_alert_that_is_open_does_not_come_again(
    opened: Callable[..., Agency],
) -> None:
    agency = scene(opened, 6).until(f"{TUESDAY}T11:00")
    assert "  - empty rows: m0, m1, m2, m3, m4, m5\n" in agency.state("radar")["body"]
    agency.until(f"{WEDNESDAY}T12:30")
    assert (len(alerts(agency, TUESDAY)), len(alerts(agency, WEDNESDAY))) == (1, 0)


def test_a_value_outside_its_plausible_range_is_held_and_marked(opened: Callable[..., Agency]) -> None:
    agency = scene(opened, 0).until(f"{TUESDAY}T18:30")
    assert [row["value"] for row in rows_of(agency, "m9")] == ["19"]
    held = item(agency, "m9")
    assert (held["kind"], held["because"]) == (
        "held",
        "scorecard.m9: 250 was not written: 250 is outside its plausible range, between 0 and 100.",
    )
    given = [r["data"] for r in agency.records("value", seat="tally") if r["data"]["value"] == "250"]
    assert len(given) == 1, "it is not given again each turn"
    agency.until(f"{WEDNESDAY}T10:15")
    assert [row["value"] for row in rows_of(agency, "m9")] == ["19", "19"]


@pytest.mark.parametrize("failing", [2, 6])
def test_a_turn_that_was_killed_loses_and_doubles_nothing(
    opened: Callable[..., Agency], failing: int
) -> None:
    agency = scene(opened, failing).until(f"{TUESDAY}T10:14")
    agency.hold("tally")
    agency.until(f"{TUESDAY}T10:16")
    assert agency.log("tally")[-1].startswith(f"{MONDAY}T18:00"), "its turn of 10:15 still runs"
    agency.kill()
    agency.start().until(f"{TUESDAY}T18:30")
    assert len(alerts(agency, TUESDAY)) == (1 if failing > 5 else failing)
    assert [len(rows_of(agency, f"m{number}")) for number in range(9)] == [1] * failing + [2] * (9 - failing)
