"""Scene 2. Pulse claims Volt at 10:29; Dirk's approved offer would run at 10:30.

It is held at that moment, though the turn that planned it had read a clean list, and the founder had said yes.
"""

from __future__ import annotations

from typing import Any

import pytest
from scenes.agency import Agency

OFFER: dict[str, Any] = {"kind": "crm.offer", "about": "account:volt", "with": {"deal": "d-9"}}
NOTE: dict[str, Any] = {
    "kind": "crm.write",
    "about": "account:zen",
    "with": {"deal": "d-1", "field": "stage"},
}
CLAIM = {"about": "account:volt", "because": "cost per lead up 61%"}


@pytest.fixture
def ten(agency: Agency) -> Agency:
    """Ten o'clock: Dirk has read a clean list and asked; Pulse will be woken once more at 10:29."""
    agency.plans("dirk", "10:00", actions=[{**OFFER, "lapses": "3h"}])
    agency.plans("pulse", "10:29", claims=[CLAIM])
    agency.start()
    agency.until("10:00")
    assert agency.brief("dirk")["reads"]["pulse"]["fresh"]
    assert agency.brief("dirk")["reads"]["pulse"]["state"]["claims"] == []
    return agency


def claimed_at_1029(agency: Agency) -> None:
    agency.until("10:29").ask("wake", seat="pulse", because="a client called")
    assert agency.state("pulse")["claims"][0]["about"] == "account:volt"


def held(agency: Agency, action: str) -> dict[str, Any]:
    verdict = agency.verdicts(action)[-1]
    assert agency.ruled(action) == ("hold", agency.line(verdict["place"]))
    assert agency.line(verdict["place"]).startswith("- {about: account, rank: [pulse, dirk, nick]")
    return verdict


def test_a_yes_at_1030_comes_after_the_claim_and_frees_nothing(ten: Agency) -> None:
    claimed_at_1029(ten)
    answer = ten.until("10:30").ask("approve", id="a-1")
    assert (answer["answer"], answer["status"]) == ("yes", "held")
    assert "account:volt is claimed by pulse (cost per lead up 61%)" in answer["reason"]
    assert held(ten, "a-1")["evidence"][0]["since"].startswith("2026-11-23T15:29:00")
    assert ten.did("crm.offer") == []


def test_a_yes_before_the_claim_is_judged_again_at_the_moment_it_would_run(ten: Agency) -> None:
    ten.plans("dirk", "10:20", actions=[NOTE])
    ten.stall("a-2")
    ten.until("10:20").ask("wake", seat="dirk")  # a long action of Dirk's runs from 10:20 on
    assert ten.until("10:25").ask("approve", id="a-1")["status"] == "offered", "it waits for its turn"
    claimed_at_1029(ten)
    ten.until("10:30").go_on("a-2")
    assert len(ten.did("crm.write")) == 1
    assert held(ten, "a-1")["reason"].startswith("account:volt is claimed by pulse")
    assert ten.did("crm.offer") == []


def test_when_pulse_lets_go_the_same_yes_still_holds_and_it_runs_once(ten: Agency) -> None:
    claimed_at_1029(ten)
    ten.until("10:30").ask("approve", id="a-1")
    ten.plans("pulse", "12:30", claims=[])
    ten.until("12:30").ask("wake", seat="pulse")
    assert [one["verdict"] for one in ten.verdicts("a-1")] == ["ask", "hold", "allow"]
    assert [one["id"] for one in ten.did("crm.offer")] == ["a-1"]
    assert len(ten.records("approval_asked")) == 1, "nobody is asked twice for the same"


def test_it_lapses_where_pulse_never_lets_go_and_comes_back_as_a_correction(ten: Agency) -> None:
    claimed_at_1029(ten)
    ten.until("10:30").ask("approve", id="a-1")
    ten.until("13:01")
    assert ten.verdicts("a-1")[-1]["verdict"] == "lapsed"
    (said,) = (text for text in ten.corrections("dirk") if "lapsed" in text)
    assert said.startswith("a-1 (crm.offer about account:volt) lapsed: account:volt is claimed by pulse")
    assert ten.did("crm.offer") == []
