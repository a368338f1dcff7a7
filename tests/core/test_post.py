"""The post: who may write to whom, which thread a message is in, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of, letter

from fleet.core.chart import HOPS_AT_MOST
from fleet.core.letters import THREADS_KEPT
from fleet.core.message import Message
from fleet.core.past import Letter, Thread
from fleet.core.post import WAITING_AT_MOST, barred, post, threaded, unsendable
from fleet.core.record import Draft
from fleet.testing import chart_text

SEATS = {"a": "when: [when mail arrives]", "b": "when: [when asked]"}
RETIRED = (
    "retired:\n  jeff: {title: Data, date: 2026-04-13, record: r.md, because: b, gave: {the work of a: a}}"
)


def why_not(*given: Any) -> str:
    bar = unsendable(*given)
    return bar.reason if bar is not None else ""


def began(**parts: str) -> History:
    return History(chart_of(SEATS, **parts))


def send(history: History, message: Message) -> list[str]:
    """Post a message; gives what was recorded."""
    drafts = post(history.chart, history.account, message, NOW)
    return [record.what for record in history.take_all(drafts)]


@pytest.mark.parametrize(
    ("to", "hop", "why"),
    [
        # as it should be
        ("a", 0, ""),
        ("founder", 0, ""),
        # the last hop that is taken, and the next
        ("a", HOPS_AT_MOST, ""),
        ("a", HOPS_AT_MOST + 1, "it would be hop 9 of a chain of messages; 8 is the limit"),
        # retired, and never heard of
        ("jeff", 0, "jeff is retired and receives nothing"),
        ("nobody", 0, "there is no seat nobody"),
    ],
)
def test_who_can_be_written_to(to: str, hop: int, why: str) -> None:
    history = began(tail=RETIRED)
    assert why_not(history.chart, history.account, letter("m-1", "b", to, hop=hop)) == why


def test_a_seat_that_is_gone_receives_nothing() -> None:
    history = began()
    history.take(Draft("revision", data={"id": "r-2", "texts": {}, "gone": ["a"]}))
    assert why_not(history.chart, history.account, letter("m-1", "b", "a")) == "there is no seat a"


def test_ten_thousand_waiting_messages_are_the_limit() -> None:
    history = began()
    account = history.account
    for i in range(WAITING_AT_MOST - 1):
        account.open_letter(Letter(f"m-{i}", "a", "b", "INFORM", f"n{i}", i, NOW, f"m-{i}"))
    assert why_not(history.chart, account, letter("m-x", "b", "a")) == ""
    account.open_letter(Letter("m-last", "a", "b", "INFORM", "n", 1, NOW, "m-last"))
    assert why_not(history.chart, account, letter("m-x", "b", "a")) == (
        "a has 10000 messages waiting, which is the limit"
    )
    assert send(history, letter("m-x", "b", "a")) == ["verdict"]


def test_a_reply_stands_in_the_thread_of_what_it_answers() -> None:
    history = began()
    send(history, letter("m-1", "a", "b"))
    send(history, letter("m-2", "b", "a", reply_to="m-1"))
    found = threaded(history.account, letter("m-3", "a", "b", reply_to="m-2"))
    assert (found.thread, found.hop) == ("m-1", 2)
    assert threaded(history.account, letter("m-4", "a", "b", thread="m-1")).thread == "m-4"
    assert threaded(history.account, letter("m-5", "a", "b", reply_to="m-99")).thread == "m-99"


def test_an_answer_counts_on_from_what_it_answers_whatever_else_its_turn_read() -> None:
    history = began()
    send(history, letter("m-1", "a", "b"))
    late = letter("m-2", "b", "a", reply_to="m-1", hop=HOPS_AT_MOST + 1)
    assert threaded(history.account, late).hop == 1
    assert send(history, late) == ["message", "wake_due"]
    # what answers nobody takes the place of its turn: a word to another, or to oneself
    assert threaded(history.account, replace(late, to="founder")).hop == HOPS_AT_MOST + 1
    assert threaded(history.account, replace(late, reply_to=None)).hop == HOPS_AT_MOST + 1
    assert threaded(history.account, replace(late, sender="a", to="a")).hop == HOPS_AT_MOST + 1


def test_a_refused_message_is_told_to_its_sender() -> None:
    history = began()
    assert send(history, letter("m-1", "b", "nobody", subject="Hello")) == ["verdict"]
    (note,) = history.account.past("b").corrections
    assert note["says"] == "Your message to nobody (Hello) was not sent: there is no seat nobody."


def test_mail_wakes_once_for_all_that_waits() -> None:
    history = began()
    assert send(history, letter("m-1", "b", "a")) == ["message", "wake_due"]
    assert send(history, letter("m-2", "b", "a", body="another")) == ["message"]


def exchange(history: History, number: int) -> list[str]:
    """Let a and b answer each other once more."""
    sender, to = ("b", "a") if number % 2 else ("a", "b")
    return send(history, letter(f"m-{number + 1}", sender, to, reply_to=f"m-{number}"))


def test_the_fourth_exchange_is_delivered_and_passed_up() -> None:
    history = began()
    send(history, letter("m-1", "a", "b"))
    for number in (1, 2, 3):
        assert "escalation_step" not in exchange(history, number)
    assert exchange(history, 4)[:1] == ["message"]
    assert [m.type for m in history.account.waiting("founder")] == ["ESCALATION"]
    assert exchange(history, 5) == ["verdict"]
    by_person = letter("m-9", "founder", "a", reply_to="m-5")
    assert send(history, by_person)[0] == "message"


def test_what_answers_no_message_that_there_was_is_no_exchange_and_makes_no_thread() -> None:
    history = began()
    for number in range(1, 7):
        send(history, letter(f"m-{number}", "a", "b", body=str(number), reply_to=f"m-9{number}"))
    assert history.account.threads == {}
    assert "exchange" not in history.records[-1].data


def test_only_so_many_threads_are_remembered_and_the_oldest_are_forgotten() -> None:
    history = began()
    for number in range(1, THREADS_KEPT + 10):
        history.account.count(f"m-{number}")
        history.account.threads[f"m-{number}"] = Thread(1)
    history.account.threads.pop("m-1")
    for _ in range(8):
        history.account.threads.popitem()
    send(history, letter("m-9001", "a", "b"))
    send(history, letter("m-9002", "b", "a", reply_to="m-9001"))
    assert len(history.account.threads) == THREADS_KEPT
    assert "m-2" not in history.account.threads and history.account.threads["m-9001"] == Thread(1)


def test_talking_to_oneself_is_no_exchange() -> None:
    history = began()
    send(history, letter("m-1", "a", "b"))
    for number in range(1, 7):
        send(history, letter(f"m-{number + 1}", "a", "b", reply_to=f"m-{number}"))
    assert history.account.threads == {}


def test_a_deadline_opens_a_matter_and_only_the_one_who_was_asked_settles_it() -> None:
    history = began()
    due = NOW + timedelta(hours=24)
    send(history, letter("m-1", "b", "a", type="REQUEST", answer_by=due))
    assert history.account.matters["m-1"].base_at == due
    send(history, letter("m-2", "b", "a", reply_to="m-1"))
    send(history, letter("m-3", "founder", "b", reply_to="m-1"))
    assert "m-1" in history.account.matters
    send(history, letter("m-4", "a", "b", reply_to="m-1"))
    assert history.account.matters == {}


# Who may write at all: the gate's steps 2 and 3.

NEVER = {**SEATS, "b": "when: [when asked]\nnever: [account:acme]"}


def about(*subjects: str, sender: str = "b", to: str = "a") -> Message:
    return replace(letter("m-1", sender, to), about=subjects)


@pytest.mark.parametrize(
    ("what", "message", "why"),
    [
        # the kind, the subject, one of several
        ("message", about(), "message is paused by founder: a storm"),
        ("account:volt", about("account:volt"), "account:volt is paused by founder: a storm"),
        ("account:volt", about("brand:x", "account:volt"), "account:volt is paused by founder: a storm"),
        # another subject, another kind of action: they stop no message
        ("account:volt", about("account:zen"), ""),
        ("mail.send", about("account:zen"), ""),
        # a person still speaks, and it is he who paused it
        ("message", about(sender="founder"), ""),
        ("message", about(sender="operator"), ""),
    ],
)
def test_what_is_paused_is_not_written_of_by_agents(what: str, message: Message, why: str) -> None:
    history = began()
    history.take(Draft("pause", data={"what": what, "by": "founder", "because": "a storm"}))
    bar = barred(history.chart, history.account, message)
    assert (bar.reason if bar else "") == why
    history.take(Draft("resume", data={"what": what, "by": "founder"}))
    assert barred(history.chart, history.account, message) is None


def test_a_seat_does_not_write_of_what_it_may_never_touch() -> None:
    history = History(chart_of(NEVER))
    (record,) = history.take_all(post(history.chart, history.account, about("account:acme"), NOW))
    line = chart_text(NEVER).splitlines().index("    never: [account:acme]") + 1
    assert (record.what, record.data["rule"], record.data["place"]) == (
        *("verdict", "seats.b.never"),
        f"fleet.yaml:{line}",
    )
    assert history.account.seats["b"].corrections[0]["says"] == (
        "Your message to a (INFORM) was not sent: b may never touch account:acme."
    )
    assert send(history, about("account:volt")) == ["message", "wake_due"]
    assert send(history, about("account:acme", sender="a", to="b")) == ["message"]


def test_a_seat_that_is_gone_or_retired_sends_nothing() -> None:
    history = began(tail=RETIRED)
    assert send(history, letter("m-1", "jeff", "a")) == ["verdict"]
    assert history.records[-1].data["reason"] == "jeff is retired and sends nothing"
    history.take(Draft("revision", data={"id": "r-2", "texts": {}, "gone": ["b"]}))
    assert send(history, letter("m-1", "b", "a")) == ["verdict"]
    assert history.records[-1].data["reason"] == "b is gone from fleet.yaml and sends nothing"
