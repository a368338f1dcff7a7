"""An action that may have happened: tried again where that is safe, else a person says what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from runtime.acting import (
    HOLDS,
    SEAT,
    answers,
    came,
    corrections,
    offer,
    outcomes,
    program,
    said,
    story,
    verdicts,
)
from runtime.conftest import Build

from fleet.errors import GroundMoved, Refused, Typed
from fleet.testing import Rig

ONCE = "actions:\n  act: {run: sh act.sh, about: account}\n"
SAFE = "actions:\n  act: {run: sh act.sh, about: account, repeat: safe}\n"
ACME = {"about": "account:acme"}
DIES = 'echo "$FLEET_ACTION_ID" >>ran; kill -9 $$\n'
DIES_ONCE = 'echo "$FLEET_ACTION_ID" >>ran; [ "$(wc -l <ran)" -lt %d ] && kill -9 $$; exit 0\n'


def died(build: Build, tail: str = ONCE, text: str = DIES, seat: str = SEAT) -> Rig:
    """Give a fleet of which one action was cut off."""
    return offer(program(build({"dirk": seat}, tail=tail), text), ACME)


def status(rig: Rig, identity: str = "a-1") -> str:
    """Give how an action stands now, as a person would be shown it."""
    actions = rig.daemon.fleet.account.docket.actions if rig.daemon else {}
    return actions[identity].status if identity in actions else "over"


def told(rig: Rig) -> list[str]:
    """Give the subjects of what the founder was told and has not put away."""
    return [letter["subject"] for letter in rig.mail("founder")]


# Where it is not safe.


def test_it_is_not_begun_again_and_a_person_is_asked(build: Build) -> None:
    rig = died(build)
    rig.advance(hours=30)
    rig.stop()
    rig.start()
    assert (status(rig), outcomes(rig), rig.read("ran")) == ("unknown", ["unknown"], "a-1\n")
    assert came(rig)["person"] == "founder"
    assert told(rig) == ["a-1 may have happened or not: act of dirk about account:acme"]


def test_an_equal_offer_joins_it(build: Build) -> None:
    rig = offer(died(build), ACME)
    assert [one["data"].get("joins") for one in rig.records("verdict")] == [None, "a-1"]
    assert rig.read("ran") == "a-1\n"


@pytest.mark.parametrize("answer", ["happened", "leave"])
def test_a_person_says_what_became_of_it(build: Build, answer: str) -> None:
    rig = died(build)
    if answer == "leave":
        rig.ask("deny", id="a-1")
    else:
        rig.ask("approve", id="a-1", answer="happened", because="I rang them")
    assert (status(rig), rig.read("ran"), told(rig)) == ("over", "a-1\n", [])
    (record,) = said(rig, "a-1", "approval_answered")
    assert (record["answer"], record["by"]) == (answer, "founder")
    rig.ask("wake", seat="dirk")
    words = {
        "happened": "founder found that your act about account:acme (a-1) did happen: I rang them.",
        "leave": "founder left your act about account:acme (a-1) at that: it may have happened or not.",
    }
    assert words[answer] in corrections(rig)
    with pytest.raises(GroundMoved):
        rig.ask("approve", id="a-1", answer="again")


def test_again_runs_it_under_the_same_key(build: Build) -> None:
    rig = died(build, text=DIES_ONCE % 2)
    assert rig.ask("approve", id="a-1", answer="again")["answer"] == "again"
    assert (outcomes(rig), rig.read("ran"), told(rig)) == (["unknown", "done"], "a-1\na-1\n", [])
    assert [one["key"] for one in said(rig, "a-1", "action_intent")] == ["a-1", "a-1"]
    assert [one["try"] for one in said(rig, "a-1", "action_intent")] == [1, 2]
    rig.ask("wake", seat="dirk")
    assert answers(rig) == [
        "founder said that your act about account:acme (a-1) is to be tried again.",
        "Your act about account:acme (a-1) was done.",
    ]


def test_again_may_be_said_a_week_later(build: Build) -> None:
    rig = died(build, text=DIES_ONCE % 2)
    rig.advance(days=7)
    rig.ask("approve", id="a-1", answer="again")
    assert outcomes(rig) == ["unknown", "done"]


def test_of_an_unknown_a_person_must_say_which_and_it_must_be_his_to_say(build: Build) -> None:
    seats = {"dirk": SEAT, "ann": "title: Ann\nperson: Ann"}
    rig = offer(program(build(seats, tail=ONCE), DIES), ACME)
    with pytest.raises(Refused, match="is for founder to decide"):
        rig.ask("approve", id="a-1", answer="happened", person="ann")
    with pytest.raises(Typed, match="may have happened or not"):
        rig.ask("approve", id="a-1")


def test_again_is_judged_anew_and_what_is_not_allowed_stays_unknown(build: Build) -> None:
    rig = died(build)
    rig.ask("pause", seat="dirk", because="enough")
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), outcomes(rig), rig.read("ran")) == ("unknown", ["unknown"], "a-1\n")
    assert verdicts(rig) == ["allow", "hold"]
    subject = "a-1 may have happened or not: act of dirk about account:acme"
    assert told(rig) == [subject]
    assert "it is not tried again: dirk is paused by founder: enough" in rig.mail("founder")[0]["body"]
    rig.ask("resume", seat="dirk")
    rig.advance(hours=30)
    assert (status(rig), rig.read("ran")) == ("unknown", "a-1\n")
    program(rig, "exit 0")
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), outcomes(rig), told(rig)) == ("over", ["unknown", "done"], [])


def test_what_its_seat_may_do_no_more_stays_unknown(build: Build) -> None:
    rig = died(build)
    rig.edit(rig.read("fleet.yaml").replace("can: {do: [act]}", "never: [act]"))
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), verdicts(rig), rig.read("ran")) == ("unknown", ["allow", "refuse"], "a-1\n")
    rig.ask("wake", seat="dirk")
    assert corrections(rig)[-1] == (
        "Your act about account:acme (a-1) may have happened or not, and is not tried again: "
        "dirk may never do act; a person is asked what became of it."
    )


def test_that_of_a_seat_that_has_left_is_decided_all_the_same(build: Build) -> None:
    seats = {"dirk": SEAT, "dash": SEAT}
    rig = offer(program(build(seats, tail=ONCE), f"{HOLDS}{DIES}").hold("a-1"), ACME)
    text = rig.read("fleet.yaml")
    rig.edit(text[: text.index("  dirk:")] + text[text.index("  dash:") :])
    rig.release("a-1")
    assert (status(rig), came(rig)["person"]) == ("unknown", "founder")
    assert told(rig) == ["a-1 may have happened or not: act of dirk about account:acme"]
    rig.ask("approve", id="a-1", answer="happened")
    assert status(rig) == "over"


def test_a_crash_while_it_runs_leaves_it_unknown_and_ends_its_program(build: Build) -> None:
    rig = offer(program(build({"dirk": SEAT}, tail=ONCE), f"echo >>ran; {HOLDS}").hold("a-1"), ACME)
    rig.wait_for("ran")  # or it may be killed before it has done anything
    rig.kill()
    rig.start()
    assert (status(rig), outcomes(rig), rig.read("ran")) == ("unknown", ["unknown"], "\n")
    assert came(rig)["why"] == "the daemon ended while it ran"


# It counts.


def test_it_counts_as_a_touch_and_as_done_once(build: Build) -> None:
    chart = "actions:\n  act: {run: sh act.sh, about: account, once: ever}\n  also: {run: 'true', about: account}\n"
    chart += "conflicts:\n  - {about: account, rank: [dash, dirk], within: 30 days, then: refuse}\n"
    seats = {"dash": SEAT, "dirk": "when: when asked\ncan: {do: [also]}\ngood_for: 24h"}
    rig = offer(program(build(seats, tail=chart), DIES), ACME, seat="dash")
    offer(rig, {"kind": "also", **ACME})
    assert verdicts(rig, "a-2") == ["refuse"]
    assert "a-1" in said(rig, "a-2", "verdict")[0]["reason"]
    rig.ask("deny", id="a-1", because="let it be")
    offer(rig, ACME, seat="dash")  # it may have been done: not again by itself
    assert verdicts(rig, "a-3") == ["refuse"]
    offer(rig, {"kind": "also", "about": "account:acme", "with": {"n": 2}})
    assert verdicts(rig, "a-4") == ["refuse"]


def test_it_counts_for_at_most(build: Build) -> None:
    tail = "actions:\n  act: {run: sh act.sh, about: account, at_most: 1 a day each}\n"
    rig = offer(died(build, tail=tail), {**ACME, "with": {"n": 2}}, {"about": "account:volt"})
    assert (verdicts(rig, "a-2"), verdicts(rig, "a-3")) == (["refuse"], ["allow"])
    assert "a-1 by dirk may have done it" in said(rig, "a-2", "verdict")[0]["reason"]


# Where it is safe.


def test_it_is_tried_again_after_growing_waits_under_the_same_key(build: Build) -> None:
    rig = died(build, tail=SAFE, text=DIES_ONCE % 4)
    started = rig.clock.now()
    for wait in (1, 10, 60):
        assert (status(rig), came(rig)["again_at"]) == (
            "unknown",
            (rig.clock.now() + timedelta(seconds=wait)).isoformat(),
        )
        tries = rig.read("ran")
        rig.advance(seconds=wait - 0.5)
        assert rig.read("ran") == tries
        rig.advance(seconds=0.5)
        assert rig.read("ran") == tries + "a-1\n"
    assert rig.clock.now() - started == timedelta(seconds=71)
    assert (status(rig), outcomes(rig)) == ("over", ["unknown"] * 3 + ["done"])
    assert verdicts(rig) == ["allow"] * 4
    assert {one["key"] for one in said(rig, "a-1", "action_intent")} == {"a-1"}
    assert told(rig) == []


def test_after_five_tries_a_person_is_asked(build: Build) -> None:
    rig = died(build, tail=SAFE)
    rig.advance(hours=2)
    assert (status(rig), rig.read("ran")) == ("unknown", "a-1\n" * 5)
    assert told(rig) == ["a-1 may have happened or not: act of dirk about account:acme"]
    rig.advance(days=2)
    assert rig.read("ran") == "a-1\n" * 5
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), rig.read("ran")) == ("unknown", "a-1\n" * 6)


def test_a_person_may_say_what_became_of_it_before_it_is_tried_again(build: Build) -> None:
    rig = died(build, tail=SAFE)
    rig.ask("approve", id="a-1", answer="happened")
    rig.advance(hours=1)
    assert (status(rig), rig.read("ran")) == ("over", "a-1\n")


def test_it_is_judged_anew_each_time_and_a_hold_leaves_it_unknown(build: Build) -> None:
    rig = died(build, tail=SAFE)
    rig.ask("pause", seat="dirk")
    rig.advance(seconds=1)
    assert (status(rig), verdicts(rig), rig.read("ran")) == ("unknown", ["allow", "hold"], "a-1\n")
    assert told(rig) == ["a-1 may have happened or not: act of dirk about account:acme"]
    rig.ask("resume", seat="dirk")
    rig.advance(hours=30)
    assert (status(rig), rig.read("ran")) == ("unknown", "a-1\n")


def test_unread_mail_leaves_it_unknown_too(build: Build) -> None:
    rig = died(build, tail=SAFE)
    rig.ask("pause", seat="dirk")  # so that the mail waits
    rig.ask("send", to="dirk", body="Leave Acme alone.", person="founder")
    rig.ask("resume", seat="dirk")
    rig.hold("dirk")
    rig.advance(seconds=1)
    assert (status(rig), verdicts(rig)[-1]) == ("unknown", "hold")
    rig.release("dirk")
    rig.advance(hours=30)
    assert (status(rig), rig.read("ran")) == ("unknown", "a-1\n")


def test_an_approval_holds_for_every_try_of_the_one_action(build: Build) -> None:
    seat = "when: when asked\ngood_for: 24h\ncan: {ask: {act: founder}}"
    rig = died(build, tail=SAFE, text=DIES_ONCE % 3, seat=seat)
    assert not rig.path("ran").exists()
    rig.ask("approve", id="a-1")
    rig.advance(hours=1)
    assert (outcomes(rig), rig.read("ran")) == (["unknown", "unknown", "done"], "a-1\n" * 3)
    assert len(rig.records("approval_asked")) == 1


def test_the_clock_put_back_delays_no_try_for_long(build: Build) -> None:
    rig = died(build, tail=SAFE, text=DIES_ONCE % 2)
    rig.step(hours=-1)
    rig.advance(hours=2)
    assert outcomes(rig) == ["unknown", "done"]


def test_a_cut_between_the_verdict_and_the_intent_leaves_it_unknown_and_tried_again(build: Build) -> None:
    rig = died(build, tail=SAFE, text=DIES_ONCE % 2)
    rig.advance(seconds=1)
    assert story(rig)[-3:] == ["a-1 allow", "a-1 begins", "a-1 done"]
    rig.stop()
    (day,) = rig.path("ledger").glob("*.jsonl")
    lines = day.read_bytes().splitlines(keepends=True)
    verdict = max(n for n, line in enumerate(lines) if b'"what":"verdict"' in line)
    day.write_bytes(b"".join(lines[: verdict + 1]))
    rig.start()
    assert (outcomes(rig), rig.read("ran")) == (["unknown", "done"], "a-1\n" * 3)


def test_one_that_an_edit_makes_equal_to_it_is_not_begun(build: Build) -> None:
    seat = "when: when asked\ngood_for: 24h\ncan: {ask: {act: founder}}"
    rig = program(build({"dirk": seat}, tail=ONCE), DIES)
    offer(rig, {**ACME, "with": {"n": 1}}, {**ACME, "with": {"n": 2}})
    rig.ask("approve", id="a-1")
    rig.ask("approve", id="a-2", **{"with": {"n": 1}})
    assert (status(rig), verdicts(rig, "a-2"), rig.read("ran")) == ("unknown", ["ask", "refuse"], "a-1\n")
    assert "a-1 is the same" in said(rig, "a-2", "verdict")[-1]["reason"]


def test_again_answers_what_the_gate_asks_of_it_meanwhile(build: Build) -> None:
    tail = f"{ONCE}conflicts:\n  - {{about: account, rank: [dash, dirk], then: ask founder}}\n"
    rig = offer(program(build({"dash": SEAT, "dirk": SEAT}, tail=tail), DIES_ONCE % 2), ACME)
    rig.does("dash", 'echo \'{"headline": "h", "claims": [{"about": "account:acme", "because": "b"}]}\'')
    rig.ask("wake", seat="dash")
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), verdicts(rig)) == ("unknown", ["allow", "ask"])
    rig.ask("approve", id="a-1", answer="again")
    assert (status(rig), outcomes(rig)) == ("over", ["unknown", "done"])
