"""Scene 1. Monday 06:00 Pulse claims Acme. 10:00 Dirk plans expansion for Acme and for Volt.

Acme is held, with rule, line and evidence; Volt goes to the founder; both stand in the next briefing.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from scenes.agency import Agency

WHY = "leads down 28% week on week"
ACME: dict[str, Any] = {
    "kind": "crm.offer",
    "about": "account:acme",
    "with": {"deal": "d-7", "amount": 18000},
}
VOLT: dict[str, Any] = {"kind": "crm.offer", "about": "account:volt", "with": {"deal": "d-9", "amount": 4000}}


@pytest.fixture
def monday(agency: Agency) -> Agency:
    agency.plans("pulse", "06:00", claims=[{"about": "account:acme", "because": WHY}])
    agency.plans("dirk", "10:00", actions=[ACME, VOLT])
    agency.start()
    return agency.until("10:00")


def test_the_claimed_account_is_held_with_rule_line_and_evidence(monday: Agency) -> None:
    (held,) = monday.verdicts("a-1")
    assert held["verdict"] == "hold"
    assert held["about"] == ["account:acme"]
    assert held["rule"] == "account: pulse before dirk before nick"
    assert monday.line(held["place"]).startswith("- {about: account, rank: [pulse, dirk, nick], then: hold")
    assert held["reason"] == (
        f"account:acme is claimed by pulse ({WHY}), and pulse goes before dirk. Retention goes before sales."
    )


def test_the_evidence_is_the_claim_and_the_very_state_that_was_read(monday: Agency) -> None:
    (held,) = monday.verdicts("a-1")
    claim = next(one for one in held["evidence"] if "claim" in one)
    assert (claim["claim"], claim["by"]) == ("account:acme", "pulse")
    assert claim["since"].startswith("2026-11-23T11:00:00")  # 06:00 in New York
    (taken,) = monday.records("claim", seat="pulse")
    assert (taken["turn"], taken["data"]["because"]) == (claim["turn"], WHY)
    state = next(one for one in held["evidence"] if one.get("state") == "pulse")
    published = [r["data"]["state"]["sha256"] for r in monday.records("turn_ended", seat="pulse")]
    assert (state["path"], state["fresh"]) == ("state/pulse.md", True)
    assert state["sha256"] in published  # its next turn may end after the verdict


def test_the_other_goes_to_the_founder_and_neither_has_run(monday: Agency) -> None:
    verdict, line = monday.ruled("a-2")
    assert (verdict, line) == ("ask", "ask: {crm.offer: founder}")
    (asked,) = monday.records("approval_asked")
    assert (asked["data"]["id"], asked["data"]["person"]) == ("a-2", "founder")
    assert monday.told("founder") == ["a-2 needs your yes: dirk wants crm.offer about account:volt"]
    assert monday.did("crm.offer") == []


def test_both_stand_in_the_next_briefing_with_the_gates_own_reasons(monday: Agency) -> None:
    monday.until("11:00")
    briefing = monday.state("radar")
    assert briefing["written"] == "2026-11-23T11:00:00-05:00"
    assert briefing["headline"].endswith("1 waiting for a yes; 1 held")
    waiting = briefing["body"].split("## Waiting")[1].split("\n## ")[0].strip().splitlines()
    assert waiting == [
        f"- a-1 of dirk, crm.offer (account:acme), held: {monday.verdicts('a-1')[-1]['reason']}",
        "- a-2 of dirk, crm.offer (account:volt), waits for the yes of founder: "
        "crm.offer by dirk needs the yes of founder",
    ]


def test_the_status_says_what_waits_and_for_whom(monday: Agency) -> None:
    dirk, founder = monday.status("dirk"), monday.status("founder")
    assert (dirk["health"], dirk["waiting"]) == ("waiting", ["a-1", "a-2"])
    assert (founder["health"], founder["why"]) == ("waiting", "1 to decide: a-2 crm.offer of dirk")


def test_the_queue_at_the_command_line_is_the_one_and_why_says_what_holds_the_other(monday: Agency) -> None:
    queue = json.loads(monday.fleet("approve", "--json").stdout)["data"]["approvals"]
    assert [(one["id"], one["person"], one["with"]) for one in queue] == [("a-2", "founder", VOLT["with"])]
    why = monday.fleet("why", "a-1")
    assert why.returncode == 0
    assert f"account:acme is claimed by pulse ({WHY})" in why.stdout
    assert monday.verdicts("a-1")[-1]["place"] in why.stdout


def test_dirk_is_told_in_his_next_brief_why_they_wait(monday: Agency) -> None:
    monday.until("12:00")
    acme, volt = monday.brief("dirk")["holds"]
    assert (acme["id"], acme["status"], acme["with"]) == ("a-1", "held", ACME["with"])
    assert acme["reason"].startswith("account:acme is claimed by pulse")
    assert (volt["id"], volt["status"]) == ("a-2", "asked")


def test_a_yes_sends_the_one_and_a_clear_list_asks_for_the_other(monday: Agency) -> None:
    assert monday.ask("approve", id="a-2")["status"] == "running"
    (sent,) = monday.did("crm.offer")
    assert {key: sent[key] for key in ("id", "kind", "about", "with", "seat")} == {
        "id": "a-2", "kind": "crm.offer", "about": "account:volt", "with": VOLT["with"], "seat": "dirk",
    }  # fmt: skip
    monday.plans("pulse", "14:00", claims=[])
    monday.until("14:00")
    assert [one["verdict"] for one in monday.verdicts("a-1")] == ["hold", "ask"]
    assert len(monday.did("crm.offer")) == 1, "a hold that ends does not skip the founder"


def test_the_ledger_holds_all_of_it(monday: Agency) -> None:
    monday.stop()
    said = monday.fleet("audit", "verify", "--json")
    assert said.returncode == 0, said.stdout
    assert json.loads(said.stdout)["data"]
