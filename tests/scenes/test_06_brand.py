"""Scene 6. Nick wants a brand that Dirk touched within 30 days: refused, and recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scenes.agency import CAST, Agency

DRAFT: dict[str, Any] = {"kind": "draft.write", "about": "brand:zest", "with": {"text": "Dear Zest"}}
WEEKLY = {
    name: CAST[name].replace("every 2h from 08:00 to 18:00", "every day at 08:00")
    for name in ("dirk", "nick", "radar")
}
"""Only those who have a part in it, for a month goes by."""
TOUCHED = "2026-11-23T10:00"


@pytest.fixture
def agency(opened: Callable[..., Agency]) -> Agency:
    """Dirk has noted a call with Zest on Monday at ten."""
    cast = {
        "pulse": "title: Client Retention",
        "pepper": "title: Email Triage",
        **WEEKLY,
        "radar": "title: Chief of Staff",
        "dirk": WEEKLY["dirk"].replace("reads: [pulse]\n", ""),
    }
    agency = opened(cast=cast)
    call = {"kind": "crm.write", "about": "brand:zest", "with": {"field": "called"}}
    agency.plans("dirk", TOUCHED, actions=[call])
    agency.start()
    agency.until(TOUCHED).ask("wake", seat="dirk")
    assert [one["about"] for one in agency.did("crm.write")] == ["brand:zest"]
    return agency


def wanted_at(agency: Agency, when: str) -> dict[str, Any]:
    """Have Nick draft for Zest at a minute; gives the verdict."""
    agency.plans("nick", when, actions=[DRAFT])
    agency.until(when).ask("wake", seat="nick")
    return agency.verdicts(agency.records("offer", seat="nick")[-1]["data"]["id"])[-1]


def test_a_week_later_it_is_refused_by_the_line_of_the_brand(agency: Agency) -> None:
    refused = wanted_at(agency, "2026-11-30T10:00")
    assert refused["verdict"] == "refuse"
    assert (
        agency.line(refused["place"]) == "- {about: brand, rank: [dirk, nick], within: 30 days, then: refuse}"
    )
    assert refused["reason"] == (
        "dirk touched brand:zest on 2026-11-23 (a-1, crm.write), which is within 30 days, and dirk goes before nick"
    )
    touch = refused["evidence"][0]
    assert (touch["action"], touch["seat"], touch["at"][:16]) == ("a-1", "dirk", "2026-11-23T15:00")
    assert agency.did("draft.write") == []


def test_nick_is_told_and_it_stays_in_the_record(agency: Agency) -> None:
    wanted_at(agency, "2026-11-30T10:00")
    (said,) = agency.corrections("nick")
    assert said.startswith("Your draft.write about brand:zest (a-2) was refused: dirk touched brand:zest")
    agency.stop()
    assert agency.fleet("audit", "verify").returncode == 0


def test_thirty_days_count_to_the_minute(agency: Agency) -> None:
    assert wanted_at(agency, "2026-12-23T09:59")["verdict"] == "refuse"
    assert wanted_at(agency, "2026-12-23T10:01")["verdict"] == "allow"
    assert [one["with"] for one in agency.did("draft.write")] == [DRAFT["with"]]


def test_dirk_himself_and_another_brand_are_free(agency: Agency) -> None:
    agency.plans("nick", "2026-11-24T10:00", actions=[{**DRAFT, "about": "brand:other"}])
    again = {"kind": "crm.write", "about": "brand:zest", "with": {"field": "second call"}}
    agency.plans("dirk", "2026-11-24T10:00", actions=[again])
    agency.until("2026-11-24T10:00")
    for seat in ("nick", "dirk"):
        agency.ask("wake", seat=seat)
    assert [one["about"] for one in agency.did("draft.write")] == ["brand:other"]
    assert len(agency.did("crm.write")) == 2
