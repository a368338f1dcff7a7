"""Scene 3. Pulse's state is missing, too old, or was edited when Dirk's action is judged.

It is held, somebody is alerted, it is never allowed; and it goes on when Pulse has published again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from scenes.agency import CAST, Agency

from fleet.errors import Refused

OFFER: dict[str, Any] = {"kind": "crm.offer", "about": "account:volt", "with": {"deal": "d-9"}}
SHORT = {**CAST, "pulse": CAST["pulse"].replace("good_for: 26h", "good_for: 5h\nretries: 0")}


def removed(agency: Agency) -> None:
    agency.path("state/pulse.md").unlink()


def edited(agency: Agency) -> None:
    path = agency.path("state/pulse.md")
    path.write_text(path.read_text().replace("account:acme", "account:zen"))


def too_old(agency: Agency) -> None:
    agency.always("pulse", "exit 1")
    agency.until("11:01")  # what was published at 06:00 held until 11:00


BLIND = [
    (removed, "the state of pulse is missing"),
    (edited, "the state of pulse was edited outside the fleet"),
    (too_old, "the state of pulse held until 2026-11-23 11:00 and was not renewed"),
]
each = pytest.mark.parametrize(("happens", "why"), BLIND, ids=["missing", "edited", "too-old"])
Happens = Callable[[Agency], None]


@pytest.fixture
def agency(opened: Callable[..., Agency]) -> Agency:
    """Monday, nine o'clock: Pulse claims Acme and nothing else; Dirk will want Volt when he is woken."""
    agency = opened(cast=SHORT)
    agency.plans("pulse", "06:00", claims=[{"about": "account:acme"}])
    agency.start()
    return agency.until("09:00")


def offered(agency: Agency) -> None:
    headline = f"after {len(agency.ledger())} records"
    agency.does("dirk", f"echo '{json.dumps({'headline': headline, 'actions': [OFFER]})}'")
    agency.ask("wake", seat="dirk")


@each
def test_it_is_held_and_never_allowed(agency: Agency, happens: Happens, why: str) -> None:
    happens(agency)
    offered(agency)
    (held,) = agency.verdicts("a-1")
    assert (held["verdict"], held["step"], held["blind"]) == ("hold", 6, ["pulse"])
    assert held["reason"] == f"{why}, so it is not known whether account:volt is free"
    assert agency.line(held["place"]).startswith("- {about: account, rank: [pulse, dirk, nick]")
    with pytest.raises(Refused, match="a yes does not free a hold"):
        agency.ask("approve", id="a-1")
    assert agency.records("approval_asked", "action_intent") == []
    assert agency.did("crm.offer") == []


@each
def test_pulses_superior_is_alerted_once_and_the_status_shows_it(
    agency: Agency, happens: Happens, why: str
) -> None:
    happens(agency)
    offered(agency)
    offered(agency)  # the same again joins it
    agency.sweep()
    told = [letter for letter in agency.mail("bogdan") if letter["subject"] == "pulse is not to be relied on"]
    assert [letter["type"] for letter in told] == ["ESCALATION"]
    assert why in told[0]["body"]
    assert [one["data"]["kind"] for one in agency.records("trouble") if one["data"]["kind"] == "blind"] == [
        "blind"
    ]
    assert agency.status("dirk")["health"] == "held"
    assert agency.status("pulse")["health"] in ("stale", "failed")


@each
def test_it_goes_on_when_pulse_publishes_again(agency: Agency, happens: Happens, why: str) -> None:
    happens(agency)
    offered(agency)
    agency.always("pulse", 'echo "all clear, $FLEET_TURN"')
    agency.ask("wake", seat="pulse")
    assert [one["verdict"] for one in agency.verdicts("a-1")] == ["hold", "ask"]
    agency.ask("approve", id="a-1")
    assert [one["about"] for one in agency.did("crm.offer")] == ["account:volt"]


@each
def test_what_was_approved_is_held_all_the_same(agency: Agency, happens: Happens, why: str) -> None:
    offered(agency)
    happens(agency)
    assert agency.ask("approve", id="a-1")["status"] == "held"
    assert agency.verdicts("a-1")[-1]["reason"].startswith(why)
    assert agency.did("crm.offer") == []


def test_a_pulse_that_never_published_holds_too(opened: Callable[..., Agency]) -> None:
    agency = opened(cast=SHORT)
    agency.always("pulse", "exit 1")
    agency.start()
    offered(agency)
    (held,) = agency.verdicts("a-1")
    assert (held["verdict"], held["reason"]) == (
        "hold",
        "pulse has published no state, so it is not known whether account:volt is free",
    )
    assert agency.did("crm.offer") == []
