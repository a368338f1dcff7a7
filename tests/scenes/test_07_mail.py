"""Scene 7. Two seats ask Pepper to mail one person on one day: one mail, one refusal that names the other.

And Dirk asks Pepper to mail a person of an account that Pulse claims: held, naming both.
"""

from __future__ import annotations

from typing import Any

import pytest
from scenes.agency import Agency

KIM, JO = "person:kim@volt.example", "person:jo@acme.example"


def request(subject: str, about: str, text: str) -> dict[str, Any]:
    return {"to": "pepper", "type": "REQUEST", "about": about, "subject": subject, "body": text}


@pytest.fixture
def monday(agency: Agency) -> Agency:
    """Monday: Pulse claims Acme, whose Jo is; Volt, whose Kim is, is free."""
    agency.plans("pulse", "06:00", claims=[{"about": "account:acme", "because": "leads down 28%"}])
    agency.start()
    return agency.until("09:30")


def says(agency: Agency, seat: str, when: str, *messages: dict[str, Any]) -> None:
    agency.plans(seat, when, messages=list(messages))
    agency.until(when).ask("wake", seat=seat)


@pytest.fixture
def asked_twice(monday: Agency) -> Agency:
    says(monday, "nick", "09:40", request("A first word", KIM, "Hello Kim, from Nick."))
    says(monday, "dirk", "09:50", request("Your renewal", KIM, "Hello Kim, from Dirk."))
    return monday


def test_one_mail_is_sent_and_it_is_the_first(asked_twice: Agency) -> None:
    (sent,) = asked_twice.did("mail.send")
    assert (sent["about"], sent["with"], sent["seat"]) == (KIM, {"text": "Hello Kim, from Nick."}, "pepper")


def test_the_other_is_refused_and_the_refusal_names_who_came_first(asked_twice: Agency) -> None:
    refused = asked_twice.verdicts("a-2")[-1]
    assert refused["verdict"] == "refuse"
    assert asked_twice.line(refused["place"]).startswith("mail.send:")
    (first,) = (m for m in asked_twice.records("message", seat="nick"))
    assert refused["reason"] == (
        f"mail.send is done at most once a day for {KIM}: a-1 by pepper did it on 2026-11-23 at 09:40, "
        f"which nick ({first['data']['id']}) asked for"
    )
    assert refused["evidence"][0]["asked_for"] == {first["data"]["id"]: "nick"}


def test_pepper_can_say_so_to_dirk_for_it_is_told(asked_twice: Agency) -> None:
    correction = next(
        r["data"] for r in asked_twice.records("verdict", seat="pepper") if r["data"].get("correction")
    )
    assert correction["correction"].startswith(
        f"Your mail.send about {KIM} (a-2) was refused: mail.send is done"
    )


def test_the_next_day_it_is_free_again(asked_twice: Agency) -> None:
    says(asked_twice, "dirk", "2026-11-24T09:50", request("Your renewal", KIM, "Hello Kim, from Dirk."))
    assert [one["with"]["text"] for one in asked_twice.did("mail.send")] == [
        "Hello Kim, from Nick.",
        "Hello Kim, from Dirk.",
    ]


def test_both_in_one_turn_come_to_the_same(monday: Agency) -> None:
    monday.plans("nick", "10:30", messages=[request("A first word", KIM, "From Nick.")])
    monday.plans("dirk", "10:30", messages=[request("Your renewal", KIM, "From Dirk.")])
    monday.ask("pause", seat="pepper", because="both are to lie there when it wakes")
    monday.until("10:30")
    for seat in ("nick", "dirk"):
        monday.ask("wake", seat=seat)
    monday.ask("resume", seat="pepper")
    assert [one["with"]["text"] for one in monday.did("mail.send")] == ["From Nick."]
    assert "which nick (" in monday.verdicts("a-2")[-1]["reason"]


def test_a_person_of_a_claimed_account_is_held_naming_both(monday: Agency) -> None:
    says(monday, "dirk", "09:50", request("A larger plan", JO, "Hello Jo."))
    verdict, line = monday.ruled("a-1")
    assert (verdict, line[:46]) == ("hold", "- {about: account, rank: [pulse, dirk, nick], ")
    (asked,) = monday.records("message", seat="dirk")
    assert monday.verdicts("a-1")[-1]["reason"] == (
        f"account:acme, to which {JO} belongs, is claimed by pulse (leads down 28%), and pulse goes before pepper; "
        f"dirk ({asked['data']['id']}) asked for it. Retention goes before sales."
    )
    assert monday.did("mail.send") == []


def test_the_evidence_names_the_table_by_its_version(monday: Agency) -> None:
    says(monday, "dirk", "09:50", request("A larger plan", JO, "Hello Jo."))
    evidence = monday.verdicts("a-1")[-1]["evidence"]
    table = next(one for one in evidence if one.get("subject") == JO)
    assert (table["of"], table["file"], len(table["sha256"])) == (["account:acme"], "data/contacts.csv", 64)


def test_a_person_nobody_knows_is_held_and_not_taken_for_free(monday: Agency) -> None:
    says(monday, "dirk", "09:50", request("Hello", "person:who@nowhere.example", "Hello."))
    held = monday.verdicts("a-1")[-1]
    assert (held["verdict"], monday.line(held["place"])) == (
        "hold",
        "person: {of: account, from: data/contacts.csv}",
    )
    assert held["reason"].startswith(
        "person:who@nowhere.example is not in data/contacts.csv, so it is not known"
    )
    monday.write("data/contacts.csv", monday.read("data/contacts.csv") + "who@nowhere.example,volt\n")
    monday.until("2026-11-23T10:30")
    assert [one["about"] for one in monday.did("mail.send")] == ["person:who@nowhere.example"]
