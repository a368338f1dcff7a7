"""People are told of escalations by their own commands: at least once, and nobody waits for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from docs.pages import page
from runtime.acting import offer, program, result, said
from runtime.conftest import Build

from fleet.core.ladder import LETTERS_OF_A_KIND
from fleet.edge import tree
from fleet.runtime.reach import AN_HOUR
from fleet.testing import Rig

CHIEF = "title: Chief\nperson: Ann\nanswers_to: founder\nreach: [{run: sh notify.sh one 'two words'}]"
DASH = "when: when asked\ngood_for: 24h\nanswers_to: chief\ncan: {do: [act], ask: {send: chief}}"
TAIL = "actions:\n  act: {run: sh act.sh}\n  send: {run: sh act.sh, about: account}\n"
LADDER = "escalation:\n  usual: [chief, wait 2h, founder]\n"
NOTES = "cat >>told\n"
MATTER = {"about": "account:acme", "because": "Decide.", "options": ["a", "b"]}
RAISES = result(escalate=[MATTER])


def raised(build: Build, text: str, *, chief: str = CHIEF) -> Rig:
    """Give a fleet in which a seat passed a matter up to a chief who is told by this program."""
    rig = program(build({"chief": chief, "dash": DASH}, tail=TAIL + LADDER), text, "notify.sh")
    rig.does("dash", RAISES)
    return rig.start()


def told(rig: Rig) -> list[dict[str, Any]]:
    """Give what the chief's program was told, each time."""
    path = rig.path("told")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def recorded(rig: Rig) -> list[dict[str, Any]]:
    """Give what the ledger says of it."""
    return [record["data"] for record in rig.records("told")]


def troubles(rig: Rig) -> list[str]:
    """Give the troubles with reaching people."""
    return [r["data"]["says"] for r in rig.records("trouble") if r["data"]["kind"] == "reach"]


def test_a_person_is_told_what_was_delivered(build: Build) -> None:
    rig = raised(build, NOTES)
    (letter,) = rig.mail("chief")
    assert (
        told(rig)
        == [
            {
                "id": letter["id"],
                "to": "chief",
                "person": "Ann",
                "type": "ESCALATION",
                "about": "account:acme",
                "subject": "Decide.",
                "body": "Decide.\n- a\n- b",
                "from": "fleet",
                "sent": letter["sent"],
            }
        ]
        or told(rig)[0] | {"sent": letter["sent"]} == told(rig)[0]
    )
    assert recorded(rig) == [{"id": letter["id"], "to": "chief", "by": ["sh notify.sh one two words"]}]
    assert rig.daemon is not None and rig.daemon.fleet.account.untold == {}
    rig.stop()
    rig.start()
    assert len(told(rig)) == 1


def test_its_environment_is_that_of_the_page_and_it_counts_as_inside(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAEMON_ONLY", "nobody else's")
    inside = 'cat >/dev/null; tr "\\0" "\\n" </proc/$$/environ >env; pwd >cwd; echo "$1-$2" >words'
    rig = raised(build, inside)
    env = dict(line.split("=", 1) for line in rig.read("env").splitlines())
    assert env.keys() == {"PATH", "HOME", "LANG", "TZ", "FLEET_ROOT", "FLEET_NOW", "FLEET_TURN"}
    assert (env["FLEET_ROOT"], env["FLEET_TURN"]) == (str(rig.root), rig.mail("chief")[0]["id"])
    assert env["FLEET_NOW"] == "2026-11-23T06:00:00-05:00"
    assert rig.read("cwd").strip() == str(rig.root)
    assert rig.read("words") == "one-two words\n"


def test_it_can_decide_nothing(build: Build) -> None:
    waits = 'echo $$ >pid; [ -p "gate.$FLEET_TURN" ] && read -r _ <"gate.$FLEET_TURN"; cat >>told'
    rig = program(build({"chief": CHIEF, "dash": DASH}, tail=TAIL + LADDER), waits, "notify.sh").hold("m-1")
    rig.does("dash", RAISES)
    rig.start()
    while not rig.path("pid").exists() or not rig.read("pid").endswith("\n"):
        rig.settle()
    assert tree.caller_is_inside(int(rig.read("pid")), str(rig.root))
    rig.release("m-1")
    assert len(told(rig)) == 1


def test_of_an_ask_the_card_s_essentials_are_told(build: Build) -> None:
    rig = program(build({"chief": CHIEF, "dash": DASH}, tail=TAIL), NOTES, "notify.sh")
    offer(program(rig, "exit 0"), {"kind": "send", "about": "account:acme", "with": {"n": 1}}, seat="dash")
    (asked,) = said(rig, "a-1", "approval_asked")
    (one,) = told(rig)
    assert one["action"] == {
        "id": "a-1",
        "kind": "send",
        "about": "account:acme",
        "with": {"n": 1},
        "hash": asked["hash"],
        "expires_at": "2026-11-24T06:00:00-05:00",
    }
    assert one["subject"].startswith("a-1 needs your yes")
    rig.ask("approve", id="a-1", hash=one["action"]["hash"], person="chief")
    assert said(rig, "a-1", "action_outcome")[0]["outcome"] == "done"


def test_it_is_tried_three_times_and_then_that_is_told_as_a_trouble(build: Build) -> None:
    rig = raised(build, "echo >>tries; echo no route >&2; exit 1")
    assert (rig.read("tries"), recorded(rig)) == ("\n", [])
    rig.advance(seconds=9)
    assert rig.read("tries") == "\n"
    rig.advance(seconds=1)
    assert rig.read("tries") == "\n\n"
    rig.advance(seconds=59)
    assert (rig.read("tries"), recorded(rig), troubles(rig)) == ("\n\n", [], [])
    rig.advance(seconds=1)
    (letter,) = rig.mail("chief")
    why = 'sh notify.sh one two words exit 1: "no route"'
    assert rig.read("tries") == "\n\n\n"
    assert recorded(rig) == [{"id": letter["id"], "to": "chief", "by": [], "why": why}]
    assert troubles(rig) == [f"chief could not be told of {letter['id']} (Decide.): {why}"]
    rig.advance(hours=1)
    rig.stop()
    rig.start()
    assert rig.read("tries") == "\n\n\n"


def test_a_later_try_may_succeed(build: Build) -> None:
    rig = raised(build, "[ -e once ] || { touch once; exit 1; }\ncat >>told")
    rig.advance(seconds=10)
    assert (len(told(rig)), recorded(rig)[0]["by"], troubles(rig)) == (1, ["sh notify.sh one two words"], [])


def test_what_cannot_be_started_is_a_failure_like_another(build: Build) -> None:
    rig = raised(build, NOTES, chief=CHIEF.replace("sh notify.sh one 'two words'", "./nowhere"))
    rig.advance(minutes=2)
    assert "./nowhere could not be started: ./nowhere: not found in the fleet's folder" in troubles(rig)[0]


def test_each_of_several_ways_is_tried_and_one_that_fails_keeps_none_from_telling(build: Build) -> None:
    ways = "[{run: sh fails.sh}, {run: sh notify.sh}]"
    chief = CHIEF.replace("[{run: sh notify.sh one 'two words'}]", ways)
    rig = program(build({"chief": chief, "dash": DASH}, tail=TAIL + LADDER), NOTES, "notify.sh")
    program(rig, "exit 2", "fails.sh").does("dash", RAISES)
    rig.start()
    assert (len(told(rig)), recorded(rig)) == (1, [])
    rig.advance(minutes=2)
    (letter,) = rig.mail("chief")
    assert recorded(rig) == [
        {"id": letter["id"], "to": "chief", "by": ["sh notify.sh"], "why": "sh fails.sh exit 2"}
    ]


def test_a_crash_before_it_is_recorded_makes_it_told_again(build: Build) -> None:
    rig = raised(build, f"{NOTES}exit 1")
    rig.kill()
    rig.write("notify.sh", NOTES)
    rig.start()
    assert (len(told(rig)), told(rig)[0]) == (2, told(rig)[1])
    assert len(recorded(rig)) == 1
    rig.kill()
    rig.start()
    assert len(told(rig)) == 2


def test_one_that_hangs_is_ended_and_holds_up_nobody(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = program(
        build({"chief": CHIEF, "dash": DASH}, tail=TAIL + LADDER), "while :; do sleep 0.01; done", "notify.sh"
    )
    monkeypatch.setattr("fleet.runtime.reach.LIMIT_S", 0.5)
    program(rig, "touch ran").does(
        "dash", RAISES, 'echo \'{"headline": "h2", "actions": [{"kind": "act"}]}\''
    )
    rig.start()
    rig.ask("wake", seat="dash")
    rig.advance(minutes=2)
    assert rig.path("ran").exists()
    assert troubles(rig)[0].endswith("sh notify.sh one two words took over 0.5 s")


def test_down_waits_for_it_and_begins_none_and_the_next_daemon_tells(build: Build) -> None:
    rig = program(build({"chief": CHIEF, "dash": DASH}, tail=TAIL + LADDER), NOTES, "notify.sh").start()
    rig.hold("dash").does("dash", RAISES)
    rig.ask("wake", seat="dash")
    rig.ask("down")
    rig.release("dash")
    assert (len(rig.mail("chief")), told(rig)) == (1, [])
    rig.stop()
    rig.start()
    assert (len(told(rig)), len(recorded(rig))) == (1, 1)


def flooded(build: Build, text: str, count: int) -> Rig:
    """Give a fleet in which one turn asks a chief for so many things at once."""
    rig = program(build({"chief": CHIEF, "dash": DASH}, tail=TAIL + LADDER), text, "notify.sh")
    asks = [{"kind": "send", "about": f"account:a{number}"} for number in range(count)]
    return offer(rig, *asks, seat="dash")


def test_a_person_is_told_of_a_flood_in_one_and_of_every_message_it_is_recorded(build: Build) -> None:
    rig = flooded(build, NOTES, AN_HOUR + 5)
    assert len(told(rig)) == AN_HOUR
    rig.advance(minutes=2)
    last = told(rig)[-1]
    assert (len(told(rig)), last["waits"]) == (AN_HOUR + 1, 5)
    assert last["subject"] == "5 more escalations wait for you"
    assert last["body"].endswith("All of them: fleet inbox chief. What waits for a yes: fleet approve")
    assert {one["id"] for one in recorded(rig)} == {letter["id"] for letter in rig.mail("chief")}
    assert [one.get("with") for one in recorded(rig)[-5:]] == [None, *[last["id"]] * 4]
    offer(rig, *({"kind": "send", "about": f"account:b{number}"} for number in range(3)), seat="dash")
    rig.advance(minutes=10)
    assert len(told(rig)) == AN_HOUR + 1  # not sooner than a quarter of an hour after the last
    rig.advance(minutes=10)
    assert told(rig)[-1]["waits"] == 3
    rig.advance(hours=1)
    before = len(told(rig))
    offer(rig, {"kind": "send", "about": "account:c"}, seat="dash")
    assert (len(told(rig)), "waits" in told(rig)[-1]) == (before + 1, False)


def test_what_waits_in_a_flood_when_a_daemon_ends_is_told_by_the_next_in_one(build: Build) -> None:
    rig = flooded(build, NOTES, AN_HOUR + 5)
    rig.kill()
    rig.start()
    assert len(told(rig)) == AN_HOUR
    rig.advance(minutes=2)
    assert (len(told(rig)), told(rig)[-1]["waits"]) == (AN_HOUR + 1, 5)


def test_a_person_without_a_way_is_told_by_none(build: Build) -> None:
    rig = raised(build, NOTES, chief=CHIEF[: CHIEF.index("\nreach")])
    assert (len(rig.mail("chief")), told(rig), recorded(rig)) == (1, [], [])


def test_other_mail_is_not_told(build: Build) -> None:
    rig = raised(build, NOTES)
    rig.ask("send", to="chief", body="Hello.", person="founder")
    assert (len(rig.mail("chief")), len(told(rig))) == (2, 1)


def test_ways_that_were_taken_away_meanwhile_are_said_to_be(build: Build) -> None:
    rig = raised(build, "exit 1")
    rig.edit(rig.read("fleet.yaml").replace("    reach: [{run: sh notify.sh one 'two words'}]\n", ""))
    rig.ask("apply")
    rig.stop()
    rig.start()
    assert recorded(rig)[0]["why"] == "no way to reach him is left in fleet.yaml"
    assert len(troubles(rig)) == 1


def test_the_example_s_way_to_tell_is_one(build: Build) -> None:
    chief = CHIEF.replace("sh notify.sh one 'two words'", "sh ./actions/notify")
    rig = build({"chief": chief, "dash": DASH}, tail=TAIL + LADDER)
    rig.write("actions/notify", page("actions/notify"))
    rig.does("dash", RAISES)
    rig.start()
    notice = rig.read("data/outbox/notices.md")
    assert notice.startswith("\n--- 2026-11-23T06:00:00-05:00\n{")
    assert json.loads(notice.split("\n", 2)[2])["subject"] == "Decide."
    assert troubles(rig) == []


def test_of_actions_beyond_fifty_no_more_letters_come_and_each_still_waits_for_a_yes(build: Build) -> None:
    rig = flooded(build, NOTES, LETTERS_OF_A_KIND + 30)
    letters = sorted(rig.mail("chief"), key=lambda letter: int(letter["id"][2:]))
    assert len(letters) == LETTERS_OF_A_KIND
    assert "more of them come without a letter" in letters[-1]["body"]
    assert "more of them" not in letters[-2]["body"]
    asked = [one["data"]["id"] for one in rig.records("approval_asked")]
    assert len(asked) == LETTERS_OF_A_KIND + 30
    rig.kill()
    rig.start()
    assert len(rig.mail("chief")) == LETTERS_OF_A_KIND
    rig.ask("deny", id=asked[LETTERS_OF_A_KIND - 1], because="no", person="chief")
    assert len(rig.mail("chief")) == LETTERS_OF_A_KIND  # the last tells of others, too
    rig.ask("deny", id=asked[0], because="no", person="chief")
    assert len(rig.mail("chief")) == LETTERS_OF_A_KIND - 1
