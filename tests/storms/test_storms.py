"""Storms: whatever nine agents are told to do to each other, it comes to an end, and the operator sees one line.

What is asserted is computed from the bounds: so many messages an hour, so many wakes, chains of eight hops.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from storms.sky import Holder, Sky

from fleet.core.account import fold
from fleet.core.brief import Brief
from fleet.core.chart import HOPS_AT_MOST, Limits
from fleet.store.ledger import records
from fleet.testing import chart_text

NINE = [f"a{number}" for number in range(1, 10)]
WHEN = "when mail arrives, every day at 09:00"
LIMITS = Limits()
SLOW = 16
"""Shares of an hour between two wakes at the end."""


def nine(when: str = WHEN, **more: str) -> dict[str, str]:
    """Nine seats, each promised one wake a day."""
    return {name: f"when: [{when}]{more.get(name, '')}" for name in NINE}


def others(brief: Brief) -> list[str]:
    return [name for name in NINE if name != brief.seat]


def message(to: str, body: str, **keys: Any) -> dict[str, Any]:
    return {"to": to, "type": "INFORM", "body": body, **keys}


# What holders do who were told to answer everything.


def answers_all(brief: Brief) -> dict[str, Any]:
    """Each message is answered, to everybody."""
    found = [(m, to) for m in brief.mail for to in others(brief)]
    return {"messages": [message(to, f"{brief.turn} {m.id}", reply_to=m.id) for m, to in found]}


def answers_each(brief: Brief) -> dict[str, Any]:
    """Each message is answered to whom it came from."""
    told = [m for m in brief.mail if m.sender in NINE]
    if not told:  # what comes from outside is handed round
        return {"messages": [message(to, f"{brief.turn}") for to in others(brief) if brief.mail]}
    return {"messages": [message(m.sender, f"{brief.turn} {m.id}", reply_to=m.id) for m in told]}


def begins_anew(brief: Brief) -> dict[str, Any]:
    """Each message is answered by questions to everybody, in threads of their own, so that no exchange is counted."""
    found = [(m, to) for m in brief.mail for to in others(brief)]
    return {"messages": [message(to, f"{brief.turn} {m.id}", type="REQUEST") for m, to in found]}


def forges(brief: Brief) -> dict[str, Any]:
    """Answers claim to be answers to something else, each time to something else."""
    found = list(enumerate((m, to) for m in brief.mail for to in others(brief)))
    forged = {n: f"m-{900_000 + n + 1000 * int(brief.turn[2:])}" for n, _ in found}
    return {"messages": [message(to, f"{brief.turn} {m.id}", reply_to=forged[n]) for n, (m, to) in found]}


def forwards(brief: Brief) -> dict[str, Any]:
    """What came is sent on to everybody as it is."""
    return {"messages": [message(to, m.body, subject=m.subject) for m in brief.mail for to in others(brief)]}


def in_a_ring(brief: Brief) -> dict[str, Any]:
    """What came is sent on to the next."""
    to = NINE[(NINE.index(brief.seat) + 1) % len(NINE)]
    return {"messages": [message(to, f"{brief.turn} {m.id}") for m in brief.mail]}


def challenges(brief: Brief) -> dict[str, Any]:
    """Two doubt each other, again and again."""
    to = {"a1": "a2", "a2": "a1"}.get(brief.seat)
    if to is None or not brief.mail:
        return {}
    return {"messages": [message(to, f"Why {brief.turn}?", type="CHALLENGE", about="account:acme")]}


def challenges_back(brief: Brief) -> dict[str, Any]:
    """Two doubt each other, and each doubt answers the one before."""
    found = challenges(brief)
    for told in found.get("messages", ()):
        told |= {"reply_to": brief.mail[0].id} if brief.mail[0].sender in NINE else {}
    return found


MAILS = [answers_all, answers_each, begins_anew, forges, forwards, in_a_ring, challenges, challenges_back]


def settled(sky: Sky, says: Holder) -> tuple[int, int]:
    """Let somebody say hello, and a day pass; gives the turns and messages that came of it."""
    turns, sent = sky.turns(), sky.sent()
    sky.holds(says).ask("send", to="a1", body="Hello all", subject="Hello")
    sky.advance(hours=20)
    return sky.turns() - turns, sky.sent() - sent


@pytest.mark.parametrize("says", MAILS, ids=lambda says: says.__name__)
def test_mail_without_end_comes_to_an_end(fly: Any, says: Holder) -> None:
    sky = fly(nine())
    turns, sent = settled(sky, says)
    hours = 1  # nothing waits for time, so that all of it is over within the hour
    assert sent <= len(NINE) * LIMITS.messages_an_hour * hours + 1
    assert turns <= len(NINE) * (LIMITS.wakes_an_hour + 1)
    # The day after it there is nothing but what was promised, and nobody is told anything more.
    told = sky.letters()
    assert sky.quiet(hours=24) == (len(NINE), 0)
    assert sky.quiet(hours=24) == (len(NINE), 0)
    assert sky.letters() == told


@pytest.mark.parametrize(
    "says", [s for s in MAILS if s not in (forwards, challenges_back)], ids=lambda says: says.__name__
)
def test_the_operator_sees_one_line_and_one_letter(fly: Any, says: Holder) -> None:
    sky = fly(nine())
    sky.holds(says).ask("send", to="a1", body="Hello all", subject="Hello")
    (line,) = sky.storms()
    assert "since 06:00" in line
    (letter,) = sky.letters()
    assert letter.endswith("without end")
    assert sky.ask("status")["troubles"][-1]["next"] == "fleet pause message"
    sky.advance(minutes=31)
    (line,) = sky.storms()
    assert line.endswith("since 06:00, over at 06:00")
    begin, end = (r["data"] for r in sky.records("trouble"))
    assert "over" not in begin and end["over"] and end["says"] == line
    sky.advance(hours=48)
    assert sky.letters() == [letter]
    assert sky.storms() == []


def test_two_who_quarrel_in_one_thread_are_passed_up_once_and_are_no_storm(fly: Any) -> None:
    sky = fly(nine())
    settled(sky, challenges_back)
    sky.advance(hours=48)
    assert sky.letters() == ["a1 and a2 do not come to an end"]
    assert sky.storms() == []
    (letter,) = sky.mail("founder")
    assert list(sky.daemon.fleet.account.challenges) == ["account:acme"], "the last doubt stands"
    sky.holds(lambda brief: {}).ask("send", to="a1", body="It is so.", reply_to=letter["id"])
    assert not sky.daemon.fleet.account.challenges


def test_the_same_text_sent_on_and_on_is_refused_as_a_copy_before_it_is_a_storm(fly: Any) -> None:
    sky = fly(nine())
    _, sent = settled(sky, forwards)
    assert sent <= len(NINE) ** 2
    assert {r["data"]["bound"] for r in sky.records("verdict")} == {"copy"}
    assert sky.storms() == sky.letters() == []


FEWER = "limits: {messages_an_hour: 40}"


def test_refusals_are_one_record_and_one_correction_a_turn(fly: Any) -> None:
    sky = fly(nine(), head=FEWER)
    settled(sky, begins_anew)
    refused = sky.records("verdict")
    assert len(refused) <= len(sky.records("turn_ended"))
    assert len({r["turn"] for r in refused}) == len(refused)
    assert sum(r["data"]["count"] for r in refused) > 100
    assert all(len(r["data"]["reason"]) < 1000 for r in refused)


def asks_all(brief: Brief) -> dict[str, Any]:
    """Each hour everybody is asked something by everybody, and nobody answers."""
    asked = [message(to, f"{brief.turn} {to}?", type="REQUEST") for to in others(brief)]
    return {
        "messages": [{**one, "answer_by": (brief.now + timedelta(minutes=30)).isoformat()} for one in asked]
    }


def test_nine_agents_that_answer_nothing_are_ten_letters_and_one_line(fly: Any) -> None:
    sky = fly(nine("every 1h")).holds(asks_all)
    sky.advance(hours=8)
    view = sky.ask("status")
    (line,) = [one for one in view["troubles"] if one["kind"] == "unanswered"]
    letters = sky.mail("founder")
    told = len([r for r in sky.records("escalation_step") if r["data"]["kind"] == "unanswered"])
    assert len(letters) == 10 and told > 500
    assert line["says"] == f"{told - 10} more that nobody answered joined the 10 letters to founder"
    assert line["next"] == "fleet inbox founder"
    sky.holds(lambda brief: {})
    for letter in letters:
        sky.ask("done", id=letter["id"])
    assert not [one for one in sky.ask("status")["troubles"] if one["kind"] == "unanswered"], "it has an end"


def test_what_meets_no_bound_is_no_storm(fly: Any) -> None:
    """A morning in which everybody writes to everybody, and everybody answers once."""
    sky = fly(nine(), head="limits: {turns_at_once: 9}")

    def once(brief: Brief) -> dict[str, Any]:
        if "every day at 09:00" in brief.woken_by:
            return {"messages": [message(to, f"Good morning, {to}", type="REQUEST") for to in others(brief)]}
        asked = [m for m in brief.mail if m.type == "REQUEST"]
        return {
            "messages": [message(m.sender, f"Good, {m.id}", type="RESPONSE", reply_to=m.id) for m in asked]
        }

    sky.holds(once).advance(hours=4)
    assert sky.sent() == 2 * len(NINE) * (len(NINE) - 1)
    assert sky.storms() == sky.letters() == sky.records("verdict") == []
    assert not [r for r in sky.records("wake_due") if "after" in r["data"]]


# Publishing.


def test_seats_that_wake_each_other_by_publishing_stop_after_eight_hops(fly: Any) -> None:
    publish = ", ".join(f"when {name} publishes" for name in NINE)
    seats = {
        name: f"when: [{publish.replace(f'when {name} publishes, ', '').replace(f', when {name} publishes', '')}]"
        for name in NINE
    }
    sky = fly(seats)  # the first start is enough
    most = 2 * len(NINE) * (HOPS_AT_MOST + 1)
    assert sky.turns() <= most
    assert sky.quiet(hours=20) == (0, 0)
    turns = sky.turns()
    sky.ask("wake", seat="a1")
    assert 1 < sky.turns() - turns <= most
    assert sky.quiet(hours=24) == (0, 0)
    assert len(sky.letters()) == 1


def test_two_that_wake_each_other_rest_until_the_next_promised_wake(fly: Any) -> None:
    sky = fly({"a": "when: [every 1h, when b publishes]", "b": "when: [when a publishes]"})
    turns, _ = sky.quiet(hours=24)
    assert 24 <= turns <= 24 * (HOPS_AT_MOST + 2)
    assert len(sky.letters()) == 1, "and one letter for the day"
    assert len(sky.records("trouble")) <= 6, "a storm that comes back is given longer to be over"
    assert "wakes not made" in sky.storms()[-1]


# What the world hands back.


FEW = "limits: {wakes_an_hour: 20}"
SHARE = timedelta(hours=1) / 20


def live(sky: Sky, hours: int) -> int:
    """Let time pass as it does for a daemon that looks at its folders; gives the turns that began."""
    turns = sky.turns()
    for _ in range(hours * 120):
        sky.advance(seconds=30)
    return sky.turns() - turns


def test_a_seat_that_changes_what_it_watches_is_slowed(fly: Any) -> None:
    sky = fly({"a": "when: [when data/x changes]\nreads: [{path: data/x}]"}, head=FEW)

    def writes(brief: Brief) -> dict[str, Any]:
        sky.write("data/x", brief.turn)
        return {}

    sky.holds(writes).write("data/x", "begin")
    assert live(sky, 12) <= 20 + 5 + timedelta(hours=12) // (SLOW * SHARE) + 1
    (line,) = sky.storms()
    assert "held back, since" in line
    assert sky.ask("status")["troubles"][-1]["next"] == "fleet pause a"
    assert sky.letters() == ["a is woken without end"]
    sky.holds(lambda brief: {})
    live(sky, 3)
    assert "over at" in sky.storms()[0]
    sky.write("data/x", "honest")
    turns = sky.turns()
    sky.sweep()
    assert sky.turns() == turns + 1, "and a change wakes at once again"


def test_mail_that_holders_drop_into_inboxes_is_slowed_too(fly: Any) -> None:
    sky = fly({"a": "when: [when mail arrives]", "b": "when: [when mail arrives]"}, head=FEW)

    def drops(brief: Brief) -> dict[str, Any]:
        to = "b" if brief.seat == "a" else "a"
        for m in brief.mail:
            sky.write(f"drop/{brief.turn}.md", m.body)
            sky.path(f"drop/{brief.turn}.md").rename(sky.path(f"inbox/{to}/new/{brief.turn}.md"))
        return {}

    sky.holds(drops).drop("a", "first.md", "hello")
    assert live(sky, 6) <= 2 * 20 * (6 + 1)
    assert live(sky, 6) <= 2 * (timedelta(hours=6) // (SLOW * SHARE) + 1)
    assert len(sky.letters()) == 1


def test_escalations_that_agents_answer_with_escalations_end(fly: Any) -> None:
    seats = {
        "boss": "when: [when an escalation arrives, when mail arrives]",
        "a": "when: [when mail arrives]\nanswers_to: boss",
    }
    sky = fly(seats)

    def passes_on(brief: Brief) -> dict[str, Any]:
        if not brief.mail:
            return {}
        if brief.seat == "a":
            return {"escalate": [{"because": f"Help with {brief.mail[-1].id}"}]}
        return {"messages": [message("a", f"Do it, {brief.turn}")]}

    sky.holds(passes_on).ask("send", to="a", body="Hello")
    assert sky.turns() <= 2 * (HOPS_AT_MOST + 3)
    assert sky.quiet(hours=12) == (0, 0)


def test_the_same_escalation_again_is_refused_while_it_is_open(fly: Any) -> None:
    sky = fly({"a": "when: [every 10m]"})
    sky.holds(lambda brief: {"escalate": [{"because": "The pipe leaks."}]}).advance(hours=5)
    assert sky.letters() == ["The pipe leaks."]
    assert {r["data"]["bound"] for r in sky.records("verdict")} == {"copy"}
    sky.holds(lambda brief: {"escalate": [{"because": f"The pipe leaks, {brief.turn}."}]}).advance(hours=24)
    assert len([told for told in sky.letters() if "pipe" in told]) == 20, "nobody has more than twenty open"
    assert [told for told in sky.letters() if "pipe" not in told] == ["a writes without end"]


# When the cause is taken away.


def test_the_fleet_is_as_before_once_the_cause_is_taken_away(fly: Any) -> None:
    sky = fly(nine(), head=FEWER)
    settled(sky, begins_anew)
    sky.holds(
        lambda brief: {"messages": [message("a2", f"As usual, {brief.turn}")] if brief.seat == "a1" else []}
    )
    turns, sent = sky.turns(), sky.sent()
    sky.ask("wake", seat="a1")
    assert (sky.turns() - turns, sky.sent() - sent) == (2, 1)
    assert not sky.brief_of("a2").corrections
    assert not [r for r in sky.records("wake_due")[-1:] if "after" in r["data"]]


def test_pausing_messages_ends_a_storm(fly: Any) -> None:
    sky = fly({"a": "when: [every 20m]", **nine()}, head=FEWER)
    sky.holds(
        lambda b: begins_anew(b) if b.mail else {"messages": [message("a1", b.turn)] if b.seat == "a" else []}
    )
    sky.advance(hours=1)
    assert "over at" not in sky.storms()[0]
    sky.ask("pause", what="message", because="a storm")
    assert sky.ask("status")["troubles"][-1]["next"] == ""
    sky.advance(hours=2)
    assert "over at" in sky.storms()[0]


# What is known of it is in the ledger.


@pytest.mark.parametrize("says", [answers_all, begins_anew], ids=lambda says: says.__name__)
def test_a_storm_is_folded_from_the_ledger(fly: Any, says: Holder) -> None:
    sky = fly(nine(), head=FEWER)
    sky.holds(says).ask("send", to="a1", body="Hello all")
    sky.advance(minutes=5)
    live = sky.daemon.fleet.account
    found = fold(records(sky.daemon.fleet.files))
    assert found.storm == live.storm and found.storm is not None and found.copies == live.copies
    assert found.checkpoint() == live.checkpoint()
    sky.advance(hours=24)  # over a checkpoint
    assert fold(sky.daemon.fleet.book.ledger.recent()).checkpoint() == sky.daemon.fleet.account.checkpoint()


def test_a_storm_goes_on_where_it_was_after_a_kill(fly: Any) -> None:
    counts = []
    for killed in (False, True):
        sky = fly({"a": "when: [when data/x changes]\nreads: [{path: data/x}]"}, head=FEW)

        def writes(brief: Brief, sky: Sky = sky) -> dict[str, Any]:
            sky.write("data/x", brief.turn)
            return {}

        sky.holds(writes).write("data/x", "begin")
        live(sky, 1)
        if killed:
            sky.kill().start()
        live(sky, 2)
        counts.append(sky.turns())
        assert len(sky.storms()) == len(sky.letters()) == 1
    assert abs(counts[0] - counts[1]) <= 1  # one change may have been seen in between


def test_a_limit_that_is_raised_waits_for_a_yes_and_one_that_is_lowered_does_not(fly: Any) -> None:
    sky = fly({"a": "when: [when mail arrives]"}, head="limits: {messages_an_hour: 3, fan_out: 2}")
    text = chart_text({"a": "when: [when mail arrives]"}, head="limits: {messages_an_hour: 4, fan_out: 1}")
    sky.edit(text)
    assert sky.daemon.fleet.chart.limits == Limits(messages_an_hour=3, fan_out=1)
    (waits,) = sky.ask("status")["waits"]
    assert waits["says"] == "fleet lets one seat send 4 messages an hour, not 3"


def test_a_storm_that_was_recorded_before_a_crash_is_told_after_it(fly: Any) -> None:
    sky = fly({"a": "when: [every 6h, when b publishes]", "b": "when: [when a publishes]"})
    (letter,) = sky.box("founder", "new")
    sky.kill()
    (day,) = sky.path("ledger").glob("*.jsonl")
    lines = day.read_bytes().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if b'"what":"trouble"' in line)
    assert b'"then":2' in lines[at]
    day.write_bytes(b"".join(lines[: at + 1]))
    sky.path(f"inbox/founder/new/{letter}").unlink()
    sky.start()
    assert sky.box("founder", "new") == [letter]
    assert len(sky.records("trouble")) == 1
