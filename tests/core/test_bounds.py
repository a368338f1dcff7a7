"""Bounds on what an agent sends, and what becomes of a turn that meets one or many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.bounds import Tally, all_refused
from fleet.core.message import Message
from fleet.core.post import post
from fleet.core.record import Record

SEATS = dict.fromkeys(("a", "b", "c", "d"), "when: [when asked]")
HOUR = timedelta(hours=1)


def began(limits: str = "") -> History:
    return History(chart_of(SEATS, head=f"limits: {{{limits}}}" if limits else ""))


def sends(
    history: History, *messages: Message, at: timedelta = timedelta(), dropped: int = 0
) -> list[Record]:
    """Let one turn of `a` send messages; gives what was recorded."""
    tally, found = Tally(dropped=dropped), []
    for one in messages:
        sent = post(history.chart, history.account, one, NOW + at, turn="t-1", tally=tally)
        found += history.take_all(sent, NOW + at)
    return [*found, *history.take_all(all_refused(history.account, "a", "t-1", tally, 100), NOW + at)]


def written(number: int, to: str = "b", **keys: object) -> Message:
    return letter(f"m-{number}", "a", to, **{"body": str(number), **keys})


def read(history: History, number: int) -> None:
    history.account.shut_letter(f"m-{number}")


# The hour's messages.


def test_more_than_an_hours_messages_are_refused_until_the_next_hour_by_the_clock() -> None:
    history = began("messages_an_hour: 2")
    *sent, refused = sends(history, *(written(n) for n in range(1, 6)))
    assert [record.what for record in sent] == ["message"] * 2
    why = "a has sent 2 messages since 07:00; it may send more from 08:00 on"
    assert refused.data == {
        "verdict": "refuse",
        "kind": "message",
        "rule": "limits.messages_an_hour",
        "place": "fleet.yaml:2",
        "reason": f"3 messages to b: {why}",
        "correction": f"Your 3 messages to b were not sent: {why}.",
        "bound": "quota",
        "count": 3,
        "storm": True,
    }
    assert sends(history, written(6), at=59 * HOUR / 60)[0].what == "verdict"
    assert sends(history, written(7), at=HOUR)[0].what == "message"


def test_another_seat_and_a_person_have_hours_of_their_own() -> None:
    history = began("messages_an_hour: 1")
    sends(history, written(1), written(2))
    (one,) = history.take_all(post(history.chart, history.account, letter("m-3", "b", "c"), NOW))
    assert one.what == "message"
    for number in range(4, 8):
        told = letter(f"m-{number}", "founder", "b", body="the same")
        (one,) = history.take_all(post(history.chart, history.account, told, NOW))
        assert one.what == "message", "and a person may say the same twice"


# Fan-out.


def test_one_turn_writes_to_a_few_seats_and_to_those_as_often_as_it_likes() -> None:
    history = began("fan_out: 2")
    found = sends(history, written(1, "b"), written(2, "c"), written(3, "d"), written(4, "b"))
    assert [record.data.get("to") for record in found if record.what == "message"] == ["b", "c", "b"]
    (refused,) = (record for record in found if record.what == "verdict")
    assert refused.data["reason"] == "one turn writes to at most 2 seats"
    assert (refused.data["rule"], refused.data["bound"]) == ("limits.fan_out", "fan-out")
    assert sends(history, written(5, "d"))[0].what == "message", "the next turn begins anew"


# The same again.


def test_the_same_message_again_is_refused_while_the_first_is_unread_and_for_an_hour() -> None:
    history = began()
    sends(history, written(1, body="x"))
    (refused,) = sends(history, written(2, body="x"), at=5 * HOUR)
    assert refused.data["reason"] == "m-1 of 07:00 says the same and is unread"
    read(history, 1)
    assert sends(history, written(3, body="x"), at=5 * HOUR)[0].what == "message"
    read(history, 3)
    (refused,) = sends(history, written(4, body="x"), at=5.5 * HOUR)
    assert refused.data["reason"] == "m-3 of 12:00 says the same"
    assert "storm" not in refused.data
    assert sends(history, written(5, body="x"), at=6 * HOUR)[0].what == "message"


@pytest.mark.parametrize(
    "change",
    [
        {"to": "c"},
        {"type": "REQUEST"},
        {"about": ("account:acme",)},
        {"subject": "s"},
        {"body": "y"},
        {"with_": {"k": 1}},
        {"reply_to": "m-99"},  # an answer to something else
        {"sender": "d"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_in_one_thing_is_not_the_same(change: dict[str, object]) -> None:
    history = began()
    first = written(1, body="x")
    sends(history, first)
    assert sends(history, replace(first, id="m-2", thread="m-2", **change))[0].what == "message"  # type: ignore[arg-type]


def test_what_is_remembered_does_not_grow() -> None:
    history = began("messages_an_hour: 10000")
    for number in range(1, 200):
        sends(history, written(number), at=number * HOUR)
        read(history, number)
    assert len(history.account.copies) <= 3


# All of a turn in one record.


def test_all_that_meets_a_bound_in_a_turn_is_one_refusal_with_each_reason_once() -> None:
    history = began("fan_out: 1")
    sends(history, written(1, body="x"))
    found = sends(history, written(2, body="x"), written(3), written(4, "c"), written(5, "d"), dropped=7)
    (refused,) = (record for record in found if record.what == "verdict")
    assert refused.data["reason"] == (
        "3 messages to b, c, d: m-1 of 07:00 says the same and is unread; one turn writes to at most 1 seats; "
        "a turn sends at most 100 messages, and the other 7 were dropped"
    )
    assert refused.data["count"] == 10
    (note,) = history.account.past("a").corrections
    assert note["says"].startswith("Your 3 messages to b, c, d were not sent: ")


def test_what_meets_no_bound_is_refused_by_itself() -> None:
    history = began()
    found = sends(history, written(1, "nobody"), written(2, "nemo"))
    assert [record.data["reason"] for record in found] == ["there is no seat nobody", "there is no seat nemo"]
    assert not any("bound" in record.data for record in found)
