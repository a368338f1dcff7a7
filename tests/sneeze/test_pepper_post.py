"""Pepper sends for others: requests become actions that the gate judges, and who asked hears what came of it."""

from pathlib import Path
from typing import Any

import pytest
from mail_desk import ANN, BOB, NOON, VIC, mail_desk, request, start
from sneeze_desk import REPOSITORY, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with three contacts and an empty mailbox."""
    return mail_desk(tmp_path)


def test_a_request_becomes_one_mail_about_the_person_that_names_who_asked(desk: Desk) -> None:
    result = start(desk, mail=[request(about=["account:acme"])])
    assert result["actions"] == [
        {
            "kind": "mail.send",
            "about": f"person:{ANN}",
            "with": {
                "subject": "Your plan",
                "text": "Hello,\nhere it is.\n",
                "asked_by": "dirk",
                "request": "m-7",
            },
            "because": "Please send",
        }
    ]
    assert result["messages"] == []


def test_a_second_request_for_a_person_is_offered_too_for_the_gate_to_refuse(desk: Desk) -> None:
    result = start(desk, mail=[request("m-7"), request("m-8", sender="nick")])
    assert [action["with"]["request"] for action in result["actions"]] == ["m-7", "m-8"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"subject": "Hi\r\nBcc: all@acme.example"}, "`with.subject` is not one line"),
        ({"subject": "Hi\u2028there"}, "`with.subject` is not one line"),
        ({"subject": ""}, "`with.subject` is not one line"),
        ({"subject": 7}, "`with.subject` is not one line"),
        ({"text": "  \n"}, "`with.text` is not a text"),
        ({"text": "a\0b"}, "`with.text` is not a text"),
        ({"text": "x" * 20_001}, "`with.text` is not a text"),
        ({"to": "ann@acme.example, vic@volt.example"}, "`with.to` is not one mail address"),
        ({"to": "ann@acme.example\nBcc: x@y.example"}, "`with.to` is not one mail address"),
        ({"to": ["ann@acme.example"]}, "`with.to` is not one mail address"),
        ({"about": "account:volt"}, "belongs to account:acme, and the request is about account:volt"),
        ({"about": None}, "names neither person:ann@acme.example nor the account"),
        ({"about": f"person:{VIC}"}, "names neither person:ann@acme.example nor the account"),
        ({"sender": "operator"}, "it does not come from a seat"),
    ],
)
def test_a_request_that_cannot_be_offered_as_it_stands_is_answered_and_not_mended(
    desk: Desk, given: dict[str, Any], why: str
) -> None:
    letter = request(**{key: given[key] for key in given if key in ("about", "sender")})
    letter["with"] |= {key: given[key] for key in given if key not in ("about", "sender")}
    result = start(desk, mail=[letter])
    assert result["actions"] == []
    [answer] = result["messages"]
    assert (answer["type"], answer["to"], answer["reply_to"]) == ("RESPONSE", letter["from"], "m-7")
    assert why in answer["body"]


@pytest.mark.parametrize(
    "letter", [{"type": "INFORM"}, {"type": "PROPOSAL"}, {"type": "CHALLENGE"}, {"type": "ESCALATION"}]
)
def test_only_a_request_asks_for_a_mail_and_a_challenge_is_left_to_a_person(
    desk: Desk, letter: dict[str, Any]
) -> None:
    result = start(desk, mail=[{**request(), **letter}])
    assert (result["actions"], result["messages"]) == ([], [])
    assert "Read m-7 from dirk" in result["body"]


def news(action: str, says: str, *, to: str = ANN) -> dict[str, Any]:
    return {
        "at": NOON.isoformat(),
        "id": action,
        "says": f"Your mail.send about person:{to} ({action}) {says}",
    }


def hold(action: str, asked: str, *, status: str = "held", **more: Any) -> dict[str, Any]:
    given = {"kind": "mail.send", "about": f"person:{ANN}", "reason": "account:acme is claimed by pulse"}
    return {"id": action, "status": status, "must_keep": False, "with": {"request": asked}, **given, **more}


def test_who_asked_is_told_what_came_of_it_in_fleets_own_words(desk: Desk) -> None:
    start(desk, mail=[request("m-7"), request("m-8", sender="nick")])
    told = start(
        desk,
        "t-2",
        answers=[news("a-1", "was done.")],
        corrections=[news("a-2", "was refused: mail.send is done at most once a day: a-1 by pepper did it.")],
    )["messages"]
    assert [(m["to"], m["reply_to"], m["with"]["sent"]) for m in told] == [
        ("dirk", "m-7", "yes"),
        ("nick", "m-8", "no"),
    ]
    assert "a-1 by pepper did it" in told[1]["body"]
    assert start(desk, "t-3")["messages"] == []


def test_while_a_mail_waits_its_asker_is_told_so_once(desk: Desk) -> None:
    start(desk, mail=[request("m-7")])
    [told] = start(desk, "t-2", holds=[hold("a-1", "m-7")])["messages"]
    assert (told["with"]["sent"], told["body"]) == ("not yet", "It is held: account:acme is claimed by pulse")
    assert start(desk, "t-3", holds=[hold("a-1", "m-7")])["messages"] == []
    [over] = start(desk, "t-4", corrections=[news("a-1", "was refused: no.")])["messages"]
    assert over["with"] == {"sent": "no", "action": "a-1"}


def test_of_two_for_one_person_each_asker_is_told_of_his_own(desk: Desk) -> None:
    start(desk, mail=[request("m-7"), request("m-8", sender="nick")])
    [first, second] = start(
        desk, "t-2", holds=[hold("a-1", "m-7")], corrections=[news("a-2", "was refused: no.")]
    )["messages"]
    assert (first["to"], first["with"]["sent"]) == ("dirk", "not yet")
    assert (second["to"], second["with"]) == ("nick", {"sent": "no", "action": "a-2"})
    [third] = start(desk, "t-3", answers=[news("a-1", "was done.")])["messages"]
    assert (third["to"], third["with"]["sent"]) == ("dirk", "yes")


def test_what_became_of_a_mail_is_not_made_up_where_no_news_came(desk: Desk) -> None:
    start(desk, mail=[request("m-7")])
    [told] = start(desk, "t-2", answers=[news("a-9", "was done.", to=VIC)])["messages"]
    assert told["with"] == {"sent": "no"}
    assert "did not reach me" in told["body"]


def test_what_unread_mail_held_goes_on_only_if_nothing_came_in_that_a_person_must_judge(desk: Desk) -> None:
    start(desk, mail=[request("m-7")])
    waiting = [hold("a-1", "m-7", must_keep=True)]
    asks = request("m-9", sender="bogdan", to=BOB)
    stop = {"id": "m-9", "type": "INFORM", "from": "bogdan", "subject": "Wait with acme"}
    assert start(desk, "t-2", holds=waiting, mail=[asks])["keep"] == ["a-1"]
    assert start(desk, "t-3", holds=waiting, mail=[stop])["keep"] == []
    assert start(desk, "t-4", holds=waiting, mail=[{**stop, "about": "account:acme"}])["keep"] == []
    assert start(desk, "t-5", holds=waiting, mail=[{**stop, "about": "account:volt"}])["keep"] == ["a-1"]
    assert start(
        desk, "t-6", holds=waiting, mail=[{**asks, "type": "CHALLENGE"}, {**stop, "type": "RESPONSE"}]
    )["keep"] == ["a-1"]
    assert (
        start(desk, "t-7", holds=waiting, mail=[{**asks, "about": "account:acme", "type": "CHALLENGE"}])[
            "keep"
        ]
        == []
    )


@pytest.mark.parametrize("name", ["nick", "arin"])
def test_the_seats_remember_in_the_same_way(name: str) -> None:
    seats = REPOSITORY / "seats"
    assert (seats / name / "memory.py").read_bytes() == (seats / "pepper/memory.py").read_bytes()
