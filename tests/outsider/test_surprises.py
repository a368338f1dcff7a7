"""What surprised somebody who knew the files and the command line alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fleet.core.moment import at_soon
from fleet.errors import GroundMoved, Undecided
from fleet.testing import Rig, chart_text

MAY = "when: [when asked, when mail arrives]\ngood_for: 24h\ncan: {do: [act], ask: {sign: boss}}"
ACTIONS = "actions:\n  act: {run: sh act.sh, about: account}\n  sign: {run: sh act.sh}\n"
HOLDS = '[ -p "gate.$FLEET_ACTION_ID" ] && read -r _ <"gate.$FLEET_ACTION_ID"; exit 0\n'
CHALLENGE = "---\ntype: CHALLENGE\nabout: account:acme\nsubject: Wait\n---\nIs that so?\n"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A fleet of one agent, and two people one above the other."""
    seats = {"dirk": MAY, "boss": "title: Boss\nperson: Bea\nanswers_to: founder"}
    with Rig(tmp_path, chart_text(seats, tail=ACTIONS)) as made:
        made.write("act.sh", HOLDS)
        yield made


def turn(rig: Rig, result: str) -> Rig:
    """Have dirk give a result in a turn of its own."""
    rig.does("dirk", f"cat <<'END'\n{result}\nEND")
    if rig.daemon is None:
        return rig.start()
    rig.ask("wake", seat="dirk")
    return rig.settle()


def test_what_was_dropped_by_hand_can_be_answered(rig: Rig) -> None:
    turn(rig, '{"headline": "first"}')
    rig.does("dirk", "echo read it")
    rig.drop("dirk", "c.md", CHALLENGE).advance(seconds=2)
    (challenge,) = [r["data"]["id"] for r in rig.records("message")]
    offer = '{"headline": "a", "actions": [{"kind": "act", "about": "account:acme"}]}'
    reply = f'{{"to": "operator", "type": "RESPONSE", "reply_to": "{challenge}", "subject": "It is", "body": "b"}}'
    keep = f'{{"headline": "b", "keep": ["a-1"], "messages": [{reply}]}}'
    rig.does("dirk", *(f"cat <<'END'\n{result}\nEND" for result in (offer, keep)))
    rig.ask("wake", seat="dirk")
    rig.settle()
    assert [m["subject"] for m in rig.mail("founder")] == ["It is"]
    verdicts = [r["data"]["verdict"] for r in rig.records("verdict")]
    assert (verdicts[0], verdicts[-1]) == ("hold", "allow")


def test_a_subject_made_of_a_long_line_does_not_double_the_file(rig: Rig) -> None:
    turn(rig, '{"headline": "first"}')
    rig.hold("dirk")
    rig.drop("dirk", "long.md", "x" * 200_000).advance(seconds=2)
    (message,) = [r["data"] for r in rig.records("message")]
    assert message["subject"] == "x" * 80
    assert len(message["body"]) == 200_000
    rig.release("dirk")


def test_a_message_without_a_body_has_one_in_the_brief(rig: Rig) -> None:
    turn(rig, '{"headline": "first"}')
    rig.does("dirk", "echo read it")
    rig.drop("dirk", "empty.md", "---\nsubject: S\n---\n").advance(seconds=2)
    assert [m["body"] for m in rig.brief("dirk")["mail"]] == [""]


def test_only_who_is_asked_is_told_at_once(rig: Rig) -> None:
    turn(rig, '{"headline": "a", "actions": [{"kind": "sign"}]}')
    assert [(r["data"]["to"], r["data"]["rung"]) for r in rig.records("escalation_step")] == [("boss", 0)]


def test_a_second_yes_while_it_runs_is_late_and_no_failure(rig: Rig) -> None:
    rig.hold("a-1")
    turn(rig, '{"headline": "a", "actions": [{"kind": "sign"}]}')
    rig.ask("approve", person="boss", id="a-1")
    with pytest.raises(GroundMoved, match=r"boss said yes before, and a-1 runs already; nothing was changed"):
        rig.ask("approve", person="boss", id="a-1")
    rig.release("a-1")


def test_a_wake_in_a_paused_fleet_names_what_lifts_it(rig: Rig) -> None:
    turn(rig, '{"headline": "first"}')
    rig.ask("pause", because="fire")
    with pytest.raises(Undecided, match=r"the whole fleet is paused .*Go on with: fleet resume$"):
        rig.ask("wake", seat="dirk")
    rig.ask("resume")
    rig.ask("pause", seat="dirk", because="fire")
    with pytest.raises(Undecided, match=r"dirk is paused .*Go on with: fleet resume dirk$"):
        rig.ask("wake", seat="dirk")


def test_what_was_taken_out_is_placed_where_it_stood(rig: Rig) -> None:
    turn(rig, '{"headline": "first"}')
    text = rig.read("fleet.yaml")
    rig.edit(text.replace("    good_for: 24h\n", "")).advance(seconds=3)
    lines = rig.read("fleet.yaml").splitlines()
    (wait,) = rig.ask("status")["waits"]
    assert lines[int(wait["place"].partition(":")[2]) - 1].strip() == "dirk:"


@pytest.mark.parametrize(
    ("hours", "said"), [(1, "at 13:00"), (24, "tomorrow 12:00"), (48, "wed 12:00"), (None, "-")]
)
def test_an_instant_in_a_sentence(hours: int | None, said: str) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert at_soon(now + timedelta(hours=hours) if hours else None, now) == said
