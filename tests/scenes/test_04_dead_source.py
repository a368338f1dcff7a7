"""Scene 4. Dash's source dies on Tuesday.

Dash's state is not renewed, Radar's briefing comes on time with that part marked stale and its age, Tally leaves the
row empty and escalates; no old value gets a new time.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from scenes.agency import CAST, Agency
from scenes.newsroom import (
    BOGDAN,
    DASH,
    PLANNED,
    TALLY,
    ads_up_to,
    alerts,
    item,
    real,
    rows_of,
    sources,
    spend_of,
)

SCENE = {
    **PLANNED,
    "bogdan": BOGDAN,
    "dash": DASH,
    "pulse": "run: sh agent.sh\nanswers_to: bogdan\nwhen: every day at 06:00\ngood_for: 26h",
    "tally": TALLY
    + "reads: [dash, pulse, tally]\n"
    + "scorecard: {ad_spend_usd: {target: between 4000 and 9000, plausible: between 500 and 20000}, work: at least 1}",
    "radar": CAST["radar"].replace("[pulse, dirk, nick, pepper]", "[dash, pulse, tally, radar]"),
}
SUNDAYS_END = "2026-11-23T00:00:00-05:00"
TUESDAY = "2026-11-24"

Dies = Callable[[Agency], None]


def ends(agency: Agency) -> None:
    """Monday's rows never come; what is there stays."""


def vanishes(agency: Agency) -> None:
    agency.path("data/ads/daily.csv").unlink()


def is_garbage(agency: Agency) -> None:
    agency.write("data/ads/daily.csv", b"\0\xff half a file")


each = pytest.mark.parametrize("dies", [ends, vanishes, is_garbage])


@pytest.fixture
def monday(opened: Callable[..., Agency]) -> Agency:
    """Monday evening: all went well, and Sunday's spend stands on the scorecard."""
    agency = real(opened(cast=SCENE))
    sources(agency, [("ad_spend_usd", "dash", "total.ad_spend_usd"), ("work", "pulse", "scorecard.work")])
    for day in ("2026-11-23", TUESDAY, "2026-11-25"):
        agency.plans("pulse", f"{day}T06:00", scorecard={"work": day[-2:]}, as_of=f"{day}T06:00:00-05:00")
    ads_up_to(agency, "2026-11-21")
    agency.start().until("06:00")
    ads_up_to(agency, "2026-11-22")
    return agency.until("20:00")


def test_on_monday_sundays_spend_is_moved_once_with_its_own_time(monday: Agency) -> None:
    rows = rows_of(monday, "ad_spend_usd")
    assert [(row["value"], row["as_of"]) for row in rows] == [
        (spend_of("2026-11-21"), "2026-11-22T00:00:00-05:00"),
        (spend_of("2026-11-22"), SUNDAYS_END),
    ]
    assert rows[-1]["written"].startswith("2026-11-23T10:15:0")
    (value,) = [
        r["data"] for r in monday.records("value", seat="tally") if r["data"]["value"] == rows[-1]["value"]
    ]
    turn = monday.state("dash")["turn"]
    assert value["evidence"] == f"dash {turn}"


@each
def test_the_briefing_comes_on_time_with_that_part_stale_and_its_age(monday: Agency, dies: Dies) -> None:
    dies(monday)
    monday.until(f"{TUESDAY}T07:15")
    briefing = monday.state("radar")
    assert briefing["written"] == f"{TUESDAY}T07:15:00-05:00"
    assert briefing["headline"] == "1 of 3 parts stale or missing: dash"
    (line,) = [line for line in briefing["body"].splitlines() if line.startswith("- dash: ")]
    assert line.startswith("- dash: **STALE**, ")
    assert line.endswith(f"{SUNDAYS_END}, 31 h old")
    assert spend_of("2026-11-22").partition(".")[0] not in json.dumps(briefing).replace(",", "")


@each
def test_tally_leaves_the_row_empty_and_escalates_once_that_day(monday: Agency, dies: Dies) -> None:
    before = rows_of(monday, "ad_spend_usd")
    dies(monday)
    monday.until(f"{TUESDAY}T20:00")
    assert monday.state("dash")["as_of"] == SUNDAYS_END, "it is not renewed"
    assert len([one for one in monday.log("tally") if one.startswith(f"{TUESDAY}T")]) == 4
    (told,) = alerts(monday, TUESDAY)
    assert (told["about"], told["sent"]) == ("seat:dash", f"{TUESDAY}T10:15:00-05:00")
    assert told["subject"].startswith("dash leaves ad_spend_usd empty: ")
    assert item(monday, "ad_spend_usd")["kind"] == "empty"
    assert rows_of(monday, "ad_spend_usd") == before
    assert spend_of("2026-11-22") not in json.dumps(monday.state("tally"))
    assert [row["value"] for row in rows_of(monday, "work")] == ["23", "24"]


def test_when_the_source_is_back_its_newest_value_moves_with_its_own_time(monday: Agency) -> None:
    vanishes(monday)
    monday.until(f"{TUESDAY}T20:00")
    ads_up_to(monday, TUESDAY)
    monday.until("2026-11-25T12:30")
    last = rows_of(monday, "ad_spend_usd")[-1]
    assert (last["value"], last["as_of"]) == (spend_of(TUESDAY), "2026-11-25T00:00:00-05:00")
    assert alerts(monday, "2026-11-25") == []


def test_a_state_that_somebody_edited_moves_nothing(monday: Agency) -> None:
    path = monday.path("state/pulse.md")
    monday.until(f"{TUESDAY}T10:00")
    path.write_text(path.read_text().replace("value: 24", "value: 99").replace("work: 24", "work: 99"))
    monday.until(f"{TUESDAY}T10:15")
    assert "edited outside the fleet" in item(monday, "work")["because"]
    assert [row["value"] for row in rows_of(monday, "work")] == ["23"]
