"""Mail: from new/ by cur/ to done/ or dead/, threads and what goes up by itself."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest

from fleet.errors import Typed
from fleet.testing import Rig, chart_text

DASH = {"dash": "when: [when mail arrives]"}


def saying(**keys: Any) -> str:
    """Write a script that prints a result."""
    return f"cat <<'END'\n{json.dumps(keys)}\nEND"


def message(to: str, kind: str = "INFORM", body: str = "x", **keys: Any) -> dict[str, Any]:
    """Give a message as a result has it."""
    return {"to": to, "type": kind, "body": body, **keys}


def boxes(rig: Rig, seat: str) -> dict[str, int]:
    """Count the messages in each box of a seat."""
    found = {
        box: len([n for n in rig.box(seat, box) if n.endswith(".md")])
        for box in ("new", "cur", "done", "dead")
    }
    return {box: count for box, count in found.items() if count}


# From box to box.


def test_a_message_goes_from_new_by_cur_to_done(start: Any) -> None:
    rig = start({"dash": "when: [when asked]"})
    name = rig.ask("send", to="dash", body="Look at Acme.", subject="Acme & more")["name"]
    assert name == "20261123T060000-founder-acme-more-m-1.md"
    assert boxes(rig, "dash") == {"new": 1}
    rig.hold("dash").ask("wake", seat="dash")
    assert boxes(rig, "dash") == {"cur": 1}
    rig.release("dash")
    assert boxes(rig, "dash") == {"done": 1}
    assert rig.box("dash", "done") == [f"2026-11/{name}"]
    (letter,) = rig.mail("dash", "done")
    assert {k: letter[k] for k in ("id", "type", "from", "to", "subject", "sent", "thread", "hop")} == {
        "id": "m-1",
        "type": "INFORM",
        "from": "founder",
        "to": "dash",
        "subject": "Acme & more",
        "sent": "2026-11-23T06:00:00-05:00",
        "thread": "m-1",
        "hop": 0,
    }
    assert "outside" not in letter


@pytest.mark.parametrize("end", ["exit 1", "exit 75", "echo '{\"headlin\": 1}'"])
def test_a_turn_that_is_not_done_gives_its_mail_back_and_wakes_nobody(start: Any, end: str) -> None:
    rig = start({"dash": "when: [when mail arrives]\nretries: 1"})
    rig.does("dash", end)
    rig.ask("send", to="dash", body="Look at Acme.")
    assert boxes(rig, "dash") == {"new": 1}
    assert len(rig.outcomes("dash")) == 2
    rig.advance(minutes=2)
    assert rig.outcomes("dash")[-1] == "done"
    assert boxes(rig, "dash") == {"done": 1}


def test_mail_of_an_empty_turn_goes_back(start: Any) -> None:
    rig = start(DASH)
    rig.does("dash", "true")
    rig.ask("send", to="dash", body="Look at Acme.")
    assert rig.outcomes("dash") == ["done", "empty"]
    assert boxes(rig, "dash") == {"new": 1}


def test_mail_on_which_every_try_failed_goes_to_dead_and_can_be_tried_again(start: Any) -> None:
    rig = start({"dash": "when: [when mail arrives]\nretries: 1"})
    rig.does("dash", "exit 1", "exit 1")
    rig.ask("send", to="dash", body="Poison.")
    rig.advance(minutes=1)
    assert boxes(rig, "dash") == {"dead": 1}
    (why,) = (n for n in rig.box("dash", "dead") if n.endswith(".why"))
    assert rig.read(f"inbox/dash/dead/{why}") == "the turns that read it failed, the last one t-3: exit 1\n"
    assert len(rig.mail("founder")) == 1
    rig.stop().start()
    assert rig.ask("retry", id="m-1") == {"id": "m-1", "to": "dash"}
    assert boxes(rig, "dash") == {"done": 1}
    assert rig.box("dash", "dead") == []
    assert [m["id"] for m in rig.brief("dash")["mail"]] == ["m-1"]
    with pytest.raises(Typed, match="m-1 was not set aside"):
        rig.ask("retry", id="m-1")


def test_mail_that_came_while_its_seat_was_failing_gets_its_tries_and_blocks_nobody(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]\nretries: 1"})
    rig.does("dash", *["exit 1"] * 4)
    rig.advance(hours=2, minutes=30)  # two wakes, the first with a retry: three failures
    assert rig.outcomes("dash") == ["done", "failed", "failed", "failed"]
    rig.ask("send", to="dash", body="Poison.")
    rig.always("dash", 'grep -q Poison "$FLEET_BRIEF" && exit 1; echo "fine $FLEET_TURN"')
    rig.advance(hours=4)
    assert boxes(rig, "dash") == {"dead": 1}
    assert rig.outcomes("dash")[-1] == "done"


def test_more_mail_than_one_brief_takes_is_read_in_following_turns(start: Any) -> None:
    rig = start(DASH)
    rig.hold("dash").ask("wake", seat="dash")
    body = "y" * 200_000
    for number in range(25):
        rig.path(f"inbox/dash/new/{number:02}.md").write_text(f"{number} {body}")
    rig.sweep().sweep()
    rig.release("dash")
    assert boxes(rig, "dash") == {"done": 25}
    taken = [r["data"]["mail"] for r in rig.records("turn_started", seat="dash")][2:]
    assert len(taken) > 2
    assert [m for mail in taken for m in mail] == [f"m-{number}" for number in range(1, 26)]


def test_mail_edited_after_its_delivery_is_given_as_it_was_delivered(start: Any) -> None:
    rig = start({"dash": "when: [when asked]"})
    name = rig.ask("send", to="dash", body="Pay 10.")["name"]
    rig.ask("send", to="dash", body="And this.")
    rig.write(f"inbox/dash/new/{name}", rig.read(f"inbox/dash/new/{name}").replace("10", "1000"))
    rig.ask("wake", seat="dash")
    assert [(m["id"], m["body"]) for m in rig.brief("dash")["mail"]] == [
        ("m-1", "Pay 10."),
        ("m-2", "And this."),
    ]
    assert name in rig.box("dash", "dead")
    assert "1000" in rig.read(f"inbox/dash/dead/{name}"), "what was made of it is kept"
    assert rig.read(f"inbox/dash/dead/{name}.why") == "was edited after it was delivered\n"


# Who may write to whom.


@pytest.mark.parametrize(
    ("to", "why"),
    [
        # nobody of that name
        ("nobody", "there is no seat nobody"),
        # retired
        ("jeff", "jeff is retired and receives nothing"),
        # gone from the file and not retired
        ("tally", "there is no seat tally"),
    ],
)
def test_a_message_that_cannot_be_sent_comes_back_as_a_correction(start: Any, to: str, why: str) -> None:
    rig = start({"dash": "when: [when asked]", "tally": ""})
    retired = "retired:\n  jeff: {title: Data, date: 2026-04-13, record: r.md, because: b, gave: {x: dash}}"
    rig.edit(chart_text({"dash": "when: [when asked]\nowns: [x]"}, tail=retired))
    assert rig.ask("status")["problems"] == []
    rig.does("dash", saying(headline="h", messages=[message(to, subject="Hello"), message("founder")]))
    rig.ask("wake", seat="dash")
    assert rig.outcomes("dash")[-1] == "done"
    assert len(rig.mail("founder")) == 1
    (verdict,) = rig.records("verdict")
    assert (verdict["data"]["verdict"], verdict["data"]["reason"]) == ("refuse", why)
    rig.ask("wake", seat="dash")
    (note,) = rig.brief("dash")["corrections"]
    assert note["says"] == f"Your message to {to} (Hello) was not sent: {why}."
    rig.ask("wake", seat="dash")
    assert rig.brief("dash")["corrections"] == []


def test_a_turn_that_outlived_its_seat_sends_nothing(start: Any) -> None:
    rig = start({"dash": "when: [when asked]", "dirk": "when: [when asked]"})
    rig.does("dash", saying(headline="h", messages=[message("dirk", subject="Hello")]))
    rig.hold("dash").ask("wake", seat="dash")
    rig.edit(chart_text({"dirk": "when: [when asked]"}))
    rig.release("dash")
    assert rig.mail("dirk") == []
    (verdict,) = rig.records("verdict")
    assert verdict["data"]["reason"] == "dash is gone from fleet.yaml and sends nothing"


def test_what_a_seat_may_never_touch_it_does_not_write_of_and_is_told(start: Any) -> None:
    rig = start({"dash": "when: [when asked]\nnever: [account:acme]", "dirk": "when: [when asked]"})
    rig.does(
        "dash",
        saying(
            headline="h", messages=[message("dirk", about="account:Acme"), message("dirk", subject="Other")]
        ),
    )
    rig.ask("wake", seat="dash")
    assert [letter["subject"] for letter in rig.mail("dirk")] == ["Other"]
    (verdict,) = (r["data"] for r in rig.records("verdict"))
    place = rig.read("fleet.yaml").splitlines()[int(verdict["place"].removeprefix("fleet.yaml:")) - 1]
    assert (verdict["verdict"], place.strip()) == ("refuse", "never: [account:acme]")
    rig.ask("wake", seat="dash")
    (note,) = rig.brief("dash")["corrections"]
    assert note["says"] == "Your message to dirk (INFORM) was not sent: dash may never touch account:acme."


def test_while_messages_are_paused_agents_send_none_and_people_do(start: Any) -> None:
    rig = start({"dash": "when: [when asked]", "dirk": "when: [when asked]"})
    rig.does("dash", *(saying(headline=text, messages=[message("dirk")]) for text in ("one", "two")))
    rig.ask("pause", what="message", because="a storm")
    rig.ask("wake", seat="dash")
    rig.ask("send", to="dirk", body="Wait.")
    assert [letter["from"] for letter in rig.mail("dirk")] == ["founder"]
    (verdict,) = rig.records("verdict")
    assert verdict["data"]["reason"] == "message is paused by founder: a storm"
    rig.ask("resume", what="message")
    rig.ask("wake", seat="dash")
    assert sorted(letter["from"] for letter in rig.mail("dirk")) == ["dash", "founder"]


def test_a_person_is_told_at_once_that_a_message_cannot_be_sent(start: Any) -> None:
    rig = start(DASH)
    with pytest.raises(Typed, match="there is no seat 'dish'"):
        rig.ask("send", to="dish", body="Hello")
    assert rig.records("message", "verdict") == []


def test_a_chain_of_mail_ends_after_8_hops(start: Any) -> None:
    rig = start({"a": "when: [when mail arrives]", "b": "when: [when mail arrives]"})
    for seat in ("a", "b"):
        rig.always(
            seat,
            'echo "{\\"headline\\": \\"$FLEET_TURN\\", \\"messages\\": [{\\"to\\": \\"%s\\", '
            '\\"type\\": \\"INFORM\\", \\"body\\": \\"$FLEET_TURN\\"}]}"' % ("b" if seat == "a" else "a"),
        )
    rig.ask("wake", seat="a")
    sent = [r["data"]["hop"] for r in rig.records("message") if r["data"]["from"] != "fleet"]
    assert sent == list(range(9))
    (verdict,) = rig.records("verdict")
    assert "it would be hop 9 of a chain of messages; 8 is the limit" in verdict["data"]["reason"]


# Threads.


def reply(rig: Rig, seat: str, to: str, reply_to: str, kind: str = "RESPONSE") -> None:
    rig.does(seat, saying(headline=f"re {reply_to}", messages=[message(to, kind, reply_to=reply_to)]))
    rig.ask("wake", seat=seat)


def test_the_fourth_exchange_is_delivered_and_escalates_and_agents_add_nothing(start: Any) -> None:
    rig = start({"a": "when: [when asked]", "b": "when: [when asked]"})
    rig.does("a", saying(headline="begin", messages=[message("b", body="So?")]))
    rig.ask("wake", seat="a")
    for number, (who, to) in enumerate([("b", "a"), ("a", "b"), ("b", "a")], 1):
        reply(rig, who, to, f"m-{number}")
    assert rig.mail("founder") == []
    reply(rig, "a", "b", "m-4")
    letters = [r["data"] for r in rig.records("message") if r["data"]["from"] != "fleet"]
    assert [m["id"] for m in letters] == ["m-1", "m-2", "m-3", "m-4", "m-5"]
    assert {m["thread"] for m in letters} == {"m-1"}
    (told,) = rig.mail("founder")
    assert (told["type"], told["body"].split("\n")[0]) == (
        "ESCALATION",
        "m-5 is the fourth exchange in thread m-1.",
    )
    reply(rig, "b", "a", "m-5")
    (refused,) = rig.records("verdict")
    assert refused["data"]["reason"] == "thread m-1 was passed to a person after 4 exchanges"
    answer = rig.ask("send", to="a", body="Do as b says.", reply_to="m-5")
    assert rig.mail("a")[-1]["id"] == answer["id"]


def test_a_word_to_oneself_after_another_is_no_exchange(start: Any) -> None:
    rig = start({"a": "when: [when asked]", "b": "when: [when asked]"})
    rig.does("a", saying(headline="begin", messages=[message("b", body="So?")]))
    rig.ask("wake", seat="a")
    for number in range(1, 6):
        reply(rig, "a", "b", f"m-{number}", "INFORM")
    assert rig.mail("founder") == []


# Unanswered.

LADDERS = "escalation:\n  unanswered: [founder, wait 24h, bogdan]\n  usual: [answers_to, wait 2h, bogdan]"
PULSE = {
    "pulse": "when: [when asked]\nanswers_to: bogdan",
    "bogdan": "person: Bogdan\nanswers_to: founder",
    "dirk": "when: [when asked]",
}


def asked(start: Any, **keys: Any) -> Rig:
    """Dirk asks pulse something, who does not answer."""
    rig: Rig = start(PULSE, tail=LADDERS)
    rig.does("dirk", saying(headline="q", messages=[message("pulse", "REQUEST", "May I?", **keys)]))
    rig.ask("wake", seat="dirk")
    return rig


@pytest.mark.parametrize("restart", [False, True])
def test_an_unanswered_request_climbs_its_ladder_by_itself(start: Any, restart: bool) -> None:
    rig = asked(start)
    rig.advance(hours=23, minutes=59)
    if restart:
        rig.stop().start()
    assert rig.mail("founder") == []
    rig.advance(days=5)
    (first,) = rig.mail("founder")
    (second,) = rig.mail("bogdan")
    assert (first["sent"], second["sent"]) == ("2026-11-24T06:00:00-05:00", "2026-11-25T06:00:00-05:00")
    assert first["subject"] == "pulse has not answered m-1 from dirk"
    assert [r["data"]["rung"] for r in rig.records("escalation_step")] == [0, 1]


@pytest.mark.parametrize("days", [-4000, 4000])
def test_how_old_a_message_is_no_time_of_its_file_says(start: Any, days: int) -> None:
    rig = start(PULSE, tail=LADDERS)
    rig.does("dirk", saying(headline="q", messages=[message("bogdan", "REQUEST", "May I?")]))
    rig.ask("wake", seat="dirk")
    (name,) = rig.box("bogdan", "new")
    at = (rig.clock.now() + timedelta(days=days)).timestamp()
    os.utime(rig.path(f"inbox/bogdan/new/{name}"), times=(at, at))
    rig.advance(hours=23, minutes=59)
    assert (rig.mail("founder"), rig.box("bogdan", "new")) == ([], [name])
    rig.advance(minutes=1)
    assert [m["sent"] for m in rig.mail("founder")] == ["2026-11-24T06:00:00-05:00"]
    assert name in rig.box("bogdan", "new")


def test_a_deadline_of_ones_own_counts(start: Any) -> None:
    rig = asked(start, answer_by="2026-11-23T09:00:00-05:00")
    rig.advance(hours=4)
    assert [m["sent"] for m in rig.mail("founder")] == ["2026-11-23T09:00:00-05:00"]


def test_rungs_that_were_due_while_the_fleet_was_down_are_taken_at_the_start(start: Any) -> None:
    rig = asked(start)
    rig.stop()
    rig.clock.advance(timedelta(days=3))
    rig.start()
    assert len(rig.mail("founder")) == len(rig.mail("bogdan")) == 1


def test_an_answer_in_time_stops_the_escalation(start: Any) -> None:
    rig = asked(start)
    rig.advance(hours=23)
    reply(rig, "pulse", "dirk", "m-1")
    rig.advance(days=3)
    assert rig.mail("founder") == []


def test_an_answer_between_two_rungs_stops_the_second(start: Any) -> None:
    rig = asked(start)
    rig.advance(hours=30)
    assert len(rig.mail("founder")) == 1
    rig.ask("send", to="dirk", body="Yes.", reply_to=rig.mail("founder")[0]["id"])
    rig.advance(days=3)
    assert rig.mail("bogdan") == []


def test_an_answer_by_somebody_else_stops_nothing(start: Any) -> None:
    rig = asked(start)
    reply(rig, "dirk", "pulse", "m-1", "INFORM")
    rig.advance(hours=25)
    assert len(rig.mail("founder")) == 1


def test_what_a_turn_raises_climbs_until_it_is_answered(start: Any) -> None:
    rig = start(PULSE, tail=LADDERS)
    rig.does("pulse", saying(escalate=[{"because": "Two owners", "options": ["dash", "crystal"]}]))
    rig.ask("wake", seat="pulse")
    (told,) = rig.mail("bogdan")
    assert (told["type"], told["from"], told["body"].strip()) == (
        *("ESCALATION", "fleet"),
        'Two owners\n- dash\n- crystal\nSettle it: fleet inbox send pulse --reply-to m-1 -m "..."',
    )
    rig.advance(days=1)
    assert len(rig.mail("bogdan")) == 1
