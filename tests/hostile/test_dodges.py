"""The intruder goes around the gate: other names, other kinds, other files, other payloads."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hostile.house import OFFER, House

from fleet.errors import GroundMoved, Refused, Typed

ACME: dict[str, Any] = {**OFFER, "about": "account:acme"}


@pytest.mark.parametrize(
    ("action", "verdict", "why"),
    [
        # the claimed account by other spellings: all are one subject
        *(
            ({**ACME, "about": spelled}, "hold", "account:acme is claimed by pulse")
            for spelled in (
                "account:ACME",
                " account:Acme ",
                "account:\uff21cme",
                "account:ac\u217fe",
                "ACCOUNT:acme",
            )
        ),
        # beside one that is free
        ({**ACME, "about": ["account:volt", "account:acme"]}, "hold", "account:acme is claimed by pulse"),
        # nothing at all, or a kind that nobody claims
        (
            {**ACME, "about": None},
            "refuse",
            "crm.offer is about a subject of kind account, and this one names none",
        ),
        (
            {**ACME, "about": []},
            "refuse",
            "crm.offer is about a subject of kind account, and this one names none",
        ),
        ({**ACME, "about": "client:acme"}, "refuse", "and client:acme is not"),
        ({**ACME, "about": ["account:volt", "client:acme"]}, "refuse", "and client:acme is not"),
        # through a person, which this kind does not take
        ({**ACME, "about": "person:jo@acme.example"}, "refuse", "and person:jo@acme.example is not"),
        # what it may never touch, by its name and as one of several
        ({**ACME, "about": "account:vault"}, "refuse", "dirk may never touch account:vault"),
        (
            {**ACME, "about": ["account:volt", "account:Vault"]},
            "refuse",
            "dirk may never touch account:vault",
        ),
        # kinds it may not do, that are not declared, that look like one it may
        ({**ACME, "kind": "mail.send"}, "refuse", "dirk may not do mail.send"),
        ({**ACME, "kind": "crm.delete"}, "refuse", "dirk may never do crm.delete"),
        ({**ACME, "kind": "crm.offer.now"}, "refuse", "no action kind crm.offer.now is declared"),
        ({**ACME, "kind": "CRM.offer"}, "refuse", "no action kind CRM.offer is declared"),
        ({**ACME, "kind": "crm.\u043effer"}, "refuse", "is declared"),
        ({**ACME, "kind": "../actions/do"}, "refuse", "no action kind ../actions/do is declared"),
        # a message by another name
        ({**ACME, "kind": "message"}, "refuse", "no action kind message is declared"),
    ],
)
def test_no_other_name_gets_past(house: House, action: dict[str, Any], verdict: str, why: str) -> None:
    (ruled,) = house.offers(action)
    assert (ruled["verdict"], why in ruled["reason"]) == (verdict, True), ruled["reason"]
    assert house.records("approval_asked", "action_intent") == []


@pytest.mark.parametrize(
    "spelled", ["account:\u0430cme", "account:acm\u0435", "account:acme\u200b", "account:acme\n"]
)
def test_a_name_that_only_looks_alike_is_no_subject(house: House, spelled: str) -> None:
    house.tries(result={"headline": "x", "actions": [{**ACME, "about": spelled}]})
    if house.failed():
        assert "actions[0].about" in house.failed()
    else:
        assert house.verdicts("a-1")[-1]["verdict"] == "hold", "a blank at the end is no part of a name"


def test_one_act_split_in_two_kinds_is_judged_twice(house: House) -> None:
    write = {"kind": "crm.write", "about": "account:acme", "with": {"field": "offered", "amount": 4000}}
    both = house.offers(ACME, write)
    assert [one["verdict"] for one in both] == ["hold", "hold"]
    assert all("account:acme is claimed by pulse" in one["reason"] for one in both)


@pytest.mark.parametrize(
    "changed", [{"deal": "d-9 ", "amount": 4000}, {"deal": "d-9", "amount": 4000, "x": None}]
)
def test_what_was_refused_is_refused_again_however_it_is_dressed(
    house: House, changed: dict[str, Any]
) -> None:
    vault = {**OFFER, "about": "account:vault"}
    for payload in (OFFER["with"], changed):
        (ruled,) = house.offers({**vault, "with": payload})
        assert ruled["verdict"] == "refuse"
    assert len([r for r in house.records("verdict") if r["data"]["verdict"] == "refuse"]) == 2


@pytest.mark.parametrize("changed", [{"deal": "d-9", "amount": 4000}, {"deal": "d-9 ", "amount": 4000}])
def test_what_was_denied_is_asked_again_and_never_runs_without_a_yes(
    house: House, changed: dict[str, Any]
) -> None:
    house.offers(OFFER)
    house.ask("deny", id="a-1", because="too soon")
    (ruled,) = house.offers({**OFFER, "with": changed})
    assert ruled["verdict"] == "ask"
    house.advance(hours=25)
    assert house.did("crm.offer") == [], "silence is no yes"


def test_it_cannot_change_what_was_asked_and_a_yes_is_to_what_was_shown(house: House) -> None:
    house.offers(OFFER)
    shown = house.records("approval_asked")[0]["data"]["hash"]
    house.offers({**OFFER, "with": {"deal": "d-9", "amount": 1}})
    with pytest.raises(GroundMoved, match="a-2 is not what was shown"):
        house.ask("approve", id="a-2", hash=shown)
    house.ask("approve", id="a-1", hash=shown)
    assert [(one["id"], one["with"]) for one in house.did("crm.offer")] == [("a-1", OFFER["with"])]


def test_a_yes_serves_once(house: House) -> None:
    house.offers(OFFER)
    house.ask("approve", id="a-1")
    (ruled,) = house.offers(OFFER)
    assert (ruled["verdict"], ruled["rule"]) == ("refuse", "actions.crm.offer.once")
    with pytest.raises(GroundMoved, match="a-1 is over"):
        house.ask("approve", id="a-1")
    assert len(house.did("crm.offer")) == 1


# Files that go with an action.


def with_files(house: House, *left: list[Any]) -> None:
    house.tries(*(["leave", *one] for one in left), result={"headline": "with files", "actions": [OFFER]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("offer.pdf", "for nothing"),
        ("work/offer.pdf", "for nothing"),
        ("x.pyc", "for nothing"),
        ("offer.pdf", None),
    ],
)
def test_a_file_that_was_changed_after_the_yes_was_asked_for_is_refused(
    house: House, name: str, text: Any
) -> None:
    with_files(house, ["file", name, "$4,000"])
    path = f"out/dirk/{house.records('offer')[0]['turn']}/{name}"
    house.tries(["remove", path] if text is None else ["write", path, text])
    house.ask("approve", id="a-1")
    last = house.verdicts("a-1")[-1]
    assert (last["verdict"], last["rule"], last["evidence"][0]["file"]) == ("refuse", "files", path)
    assert house.did("crm.offer") == []


@pytest.mark.parametrize(
    "left",
    [
        ["link", "offer.pdf", "/etc/passwd"],
        ["link", "offer.pdf", "/dev/zero"],
        ["link", "offer.pdf", "../../../fleet.yaml"],
        ["pipe", "offer.pdf"],
        ["many", "page", "2001"],
        ["file", "/".join("abcdefghijklmnopqrstuvwxyzabcdefghijkl") + "/x", ""],
        ["file", "\udcff.pdf", ""],
        ["sparse", "big", "67108865"],
    ],
    ids=["a-link", "a-device", "the-chart", "a-pipe", "too-many", "too-deep", "no-name", "too-big"],
)
def test_what_cannot_be_frozen_fails_the_turn(house: House, left: list[Any]) -> None:
    with_files(house, left)
    assert house.failed().startswith("what it left to be sent cannot be frozen: out/dirk/")
    assert house.records("offer") == []


def test_files_that_are_too_much_together_fail_the_turn(house: House) -> None:
    with_files(house, ["sparse", "one", str(33 << 20)], ["sparse", "two", str(33 << 20)])
    assert "more than 64 MB together" in house.failed()
    assert house.records("offer") == []


def test_files_that_became_too_much_after_the_yes_was_asked_for_are_refused(house: House) -> None:
    with_files(house, ["file", "offer.pdf", "$4,000"], ["file", "note", "x"])
    path = house.path(f"out/dirk/{house.records('offer')[0]['turn']}")
    for name in ("offer.pdf", "note"):
        os.truncate(path / name, 33 << 20)
    house.ask("approve", id="a-1")
    assert (house.verdicts("a-1")[-1]["verdict"], house.verdicts("a-1")[-1]["rule"]) == ("refuse", "files")


def test_a_folder_of_files_that_became_a_link_fails_the_turn(house: House) -> None:
    house.tries(["swap_out", "/etc"], result={"headline": "x", "actions": [OFFER]})
    assert house.failed()
    assert house.records("offer") == []
    assert house.status("pulse")["health"] == "fine"


# Whoever may not decide.


def test_a_hold_is_not_freed_by_a_yes_and_a_refusal_not_at_all(house: House) -> None:
    house.offers(ACME, {**OFFER, "about": "account:vault"})
    with pytest.raises(Refused, match="a yes does not free a hold"):
        house.ask("approve", id="a-1")
    with pytest.raises(GroundMoved, match="a-2 is over"):
        house.ask("approve", id="a-2")


@pytest.mark.parametrize(
    ("person", "why"), [("pulse", "not a person"), ("dirk", "not a person"), ("x", "not a person")]
)
def test_nobody_but_a_person_says_yes(house: House, person: str, why: str) -> None:
    house.offers(OFFER)
    with pytest.raises(Typed, match=why):
        house.ask("approve", id="a-1", person=person)
    with pytest.raises(Refused, match="is for founder to decide, and you act as bogdan"):
        house.ask("approve", id="a-1", person="bogdan")
