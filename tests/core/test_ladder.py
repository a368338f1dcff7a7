"""A matter climbs its ladder rung by rung, at the instants of the chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.account import from_checkpoint
from fleet.core.chain import superiors
from fleet.core.ladder import LETTERS_OF_SILENCE, after_step, climb, next_step, open_matter, rungs
from fleet.core.overview import overview
from fleet.core.past import Matter
from fleet.core.post import post
from fleet.core.record import Draft

PEOPLE = {"bogdan": "person: Bogdan", "pulse": "answers_to: bogdan", "dirk": ""}
LADDERS = """\
escalation:
  usual: [answers_to, wait 2h, bogdan, wait 4h, founder]
  unanswered: [founder, wait 24h, bogdan]"""
HOUR = timedelta(hours=1)


def matter(seat: str = "dirk", **keys: Any) -> Matter:
    given: dict[str, Any] = {"id": "i-1", "kind": "raised", "ladder": "usual", "base_at": NOW}
    return Matter(seat=seat, **{**given, **keys})


@pytest.mark.parametrize(
    ("tail", "seat", "ladder", "expected"),
    [
        # waits add up; answers_to is a real seat
        (LADDERS, "dirk", "usual", [("founder", 0), ("bogdan", 2)]),
        # the same person twice is told once, at the first of them
        (LADDERS, "pulse", "usual", [("bogdan", 0), ("founder", 6)]),
        # a ladder of its own
        (LADDERS, "dirk", "unanswered", [("founder", 0), ("bogdan", 24)]),
        # one that is not there: the usual one
        (LADDERS, "dirk", "nothing", [("founder", 0), ("bogdan", 2)]),
        # no ladders at all: everybody above, a day each
        ("", "pulse", "usual", [("bogdan", 0), ("founder", 24)]),
        # the top of the chart answers to nobody
        ("", "founder", "usual", []),
    ],
)
def test_the_rungs_of_a_ladder(tail: str, seat: str, ladder: str, expected: list[tuple[str, int]]) -> None:
    chart = chart_of(PEOPLE, tail=tail)
    found = rungs(chart, matter(seat, ladder=ladder))
    assert [(rung.to, rung.after / HOUR) for rung in found] == expected


def test_superiors_are_listed_nearest_first() -> None:
    chart = chart_of(PEOPLE)
    assert list(superiors(chart, "pulse")) == ["bogdan", "founder"]
    assert list(superiors(chart, "nobody")) == []


def test_each_rung_is_taken_at_its_instant_and_once() -> None:
    history = History(chart_of(PEOPLE, tail=LADDERS))
    history.take_all(open_matter(history.chart, history.account, matter(), NOW))
    assert [m.to for m in history.account.mail.values()] == ["founder"]

    def taken(at: datetime) -> list[str]:
        (open_one,) = history.account.matters.values()
        step = climb(history.chart, history.account, open_one, at)
        if step is not None:
            history.take(step, at)
            history.take_all(after_step(history.chart, history.account, step.data, at), at)
        return [m.to for m in history.account.mail.values()]

    (open_one,) = history.account.matters.values()
    assert next_step(history.chart, open_one) == NOW + 2 * HOUR
    assert taken(NOW + 2 * HOUR - timedelta(microseconds=1)) == ["founder"]
    assert taken(NOW + 2 * HOUR) == ["founder", "bogdan"]
    assert taken(NOW + 2 * HOUR) == ["founder", "bogdan"]
    assert next_step(history.chart, next(iter(history.account.matters.values()))) is None


@pytest.mark.parametrize(("kind", "stays"), [("raised", True), ("failing", False), ("exchange", False)])
def test_what_a_turn_raised_stays_open_after_the_last_rung(kind: str, stays: bool) -> None:
    history = History(chart_of({"dirk": ""}))
    history.take_all(open_matter(history.chart, history.account, matter(kind=kind), NOW))
    assert bool(history.account.matters) is stays


def test_a_matter_with_nobody_to_tell_is_not_opened() -> None:
    history = History(chart_of({"dirk": ""}))
    assert list(open_matter(history.chart, history.account, matter("founder"), NOW)) == []


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("failing", "dirk fails"),
        ("exchange", "dirk and pulse do not come to an end"),
        ("unanswered", "dirk has not answered i-1 from pulse"),
        ("raised", "dirk asks for a decision"),
    ],
)
def test_a_person_reads_what_it_is_about(kind: str, subject: str) -> None:
    history = History(chart_of({"dirk": "", "pulse": ""}))
    _, told = open_matter(
        history.chart, history.account, matter(kind=kind, sender="pulse", because="Why."), NOW
    )
    assert told.data["subject"] == subject
    assert (told.data["type"], told.data["from"], told.data["to"]) == ("ESCALATION", "fleet", "founder")


def test_an_answer_to_what_told_of_it_settles_a_matter() -> None:
    history = History(chart_of(PEOPLE, tail=LADDERS))
    history.take_all(open_matter(history.chart, history.account, matter(), NOW))
    (told,) = history.account.mail
    answer = letter("m-9", "founder", "dirk", reply_to=told)
    history.take_all(post(history.chart, history.account, answer, NOW))
    assert history.account.matters == {}


def test_the_letter_to_a_person_says_what_settles_a_matter_and_that_to_an_agent_that_an_answer_does() -> None:
    history = History(chart_of({"dirk": "", "pulse": ""}))
    _, told = open_matter(history.chart, history.account, matter(because="Why."), NOW)
    assert (
        told.data["body"] == f'Why.\nSettle it: fleet inbox send dirk --reply-to {told.data["id"]} -m "..."'
    )
    first = matter(because="Why.", first="pulse")
    _, told = open_matter(history.chart, history.account, first, NOW)
    assert told.data["body"] == "Why.\nAn answer to this message settles it."


def silence(history: History, count: int, **keys: Any) -> list[Any]:
    """Let what nobody answered be told of; gives the letters that wait for the founder."""
    first = history.account.counters.get("m", 0) + 1
    for number in range(first, first + count):
        history.account.count(f"m-{number}")
    for number in range(first, first + count):
        one = matter(id=f"m-{number}", kind="unanswered", sender="pulse", type="REQUEST", ladder="none")
        one = replace(
            one, **{key: value(number) if callable(value) else value for key, value in keys.items()}
        )
        history.account.open_matter(one)
        step = climb(history.chart, history.account, one, NOW)
        assert step is not None
        history.take(step)
        history.take_all(after_step(history.chart, history.account, step.data, NOW))
    return history.account.waiting("founder")


def unanswered(history: History) -> list[Any]:
    found = overview(history.chart, history.account, NOW)["troubles"]
    return [(one["says"], one["next"]) for one in found if one["kind"] == "unanswered"]


def test_what_one_seat_does_not_answer_another_joins_the_letter_that_waits_until_it_is_read() -> None:
    history = History(chart_of({"dirk": "", "pulse": ""}))
    (told,) = silence(history, 8)
    assert told.joined == 7
    says = "7 more that nobody answered joined the letter to founder"
    assert unanswered(history) == [(says, "fleet inbox founder")]
    again = from_checkpoint(history.take(Draft("checkpoint", data=history.account.checkpoint())))
    assert again.waiting("founder") == [told]
    put = {"id": told.id, "box": "done", "to": "founder", "name": told.name}
    history.take(Draft("message_done", seat="founder", data=put))
    assert unanswered(history) == []
    (next_one,) = silence(history, 1)
    assert next_one.id != told.id and next_one.joined == 0


@pytest.mark.parametrize("kind", ["REQUEST", "CHALLENGE"])
def test_of_what_nobody_answers_no_more_than_ten_letters_wait_for_a_person(kind: str) -> None:
    history = History(chart_of({"dirk": "", "pulse": ""}))
    letters = silence(history, 30, type=kind, sender=lambda number: f"seat-{number}")
    assert len(letters) == LETTERS_OF_SILENCE == 10
    assert [one.joined for one in letters] == [0] * 9 + [20]
    assert unanswered(history)[0][0] == "20 more that nobody answered joined the letter to founder"


def test_an_answer_to_a_letter_settles_what_joined_it_but_no_challenge() -> None:
    history = History(chart_of(PEOPLE, tail=LADDERS))
    (told,) = silence(history, 3, ladder="unanswered")
    assert len(history.account.matters) == 3, "the second rung is to come"
    silence(history, 20, ladder="unanswered", type="CHALLENGE", sender=lambda number: f"seat-{number}")
    for letter_ in history.account.waiting("founder"):
        answer = letter(history.account.next_id("m"), "founder", "dirk", reply_to=letter_.id)
        history.take_all(post(history.chart, history.account, answer, NOW))
    assert told.joined == 2
    assert len(history.account.matters) == 11, "nine challenges had a letter of their own"
    assert {one.type for one in history.account.matters.values()} == {"CHALLENGE"}


def test_an_agent_is_told_of_each_thing_that_nobody_answers() -> None:
    ladders = "escalation:\n  unanswered: [pulse, wait 4h, founder]"
    history = History(chart_of({"dirk": "", "pulse": ""}, tail=ladders))
    silence(history, 15, ladder="unanswered", sender="founder")
    assert len(history.account.waiting("pulse")) == 15
