"""`fleet why`: each case of the gate, and of a seat, in a sentence that a manager would accept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.lines import line_of
from fleet.cli.seat import details
from fleet.cli.why import as_json, why_lines
from fleet.runtime.trace import trace
from fleet.runtime.view import View
from fleet.runtime.why import Why, why
from fleet.store.ledger import records
from fleet.testing import Rig, chart_text

SEATS = {
    "bogdan": "title: COO\nperson: Bogdan\nanswers_to: founder",
    "pulse": "when: when asked\ngood_for: 24h",
    "dirk": "when: [when asked, every day at 08:00]\ngood_for: 24h\n"
    "can: {do: [note.append, note.fail, note.die, note.safe], ask: {crm.offer: founder}}",
}
TAIL = """
actions:
  crm.offer: {run: sh offer, about: account, outside: yes}
  note.append: {run: sh note, about: account, once: ever}
  note.fail: {run: sh fail, about: account}
  note.die: {run: sh die, about: account}
  note.safe: {run: sh die, about: account, repeat: safe}
conflicts:
  - {about: account, rank: [pulse, dirk], within: 30 days, then: hold, because: Retention outranks expansion.}
escalation:
  usual: [founder, wait 2h, bogdan]
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, chart_text(SEATS, tail=TAIL)) as rig:
        for name, text in {
            "offer": "cat >/dev/null; echo sent it",
            "note": "cat >/dev/null",
            "fail": "echo no room >&2; exit 3",
            "die": "cat >/dev/null; kill -9 $$",
        }.items():
            rig.write(name, text + "\n")
        rig.start()
        yield rig


def _turn(rig: Rig, seat: str, **result: Any) -> None:
    told = {"headline": "plans", "as_of": rig.clock.now().isoformat(), **result}
    rig.advance(seconds=1).does(seat, f"cat <<'RESULT'\n{json.dumps(told)}\nRESULT")
    rig.ask("wake", seat=seat)


def _offer(rig: Rig, kind: str = "crm.offer", about: str = "account:acme", **keys: Any) -> str:
    """Have dirk ask for one action; gives its id."""
    _turn(rig, "dirk", actions=[{"kind": kind, "about": about, "with": {"amount": 5}, **keys}])
    return str(rig.records("offer")[-1]["data"]["id"])


def _claim(rig: Rig, **keys: Any) -> None:
    _turn(rig, "pulse", claims=[{"about": "account:acme", "because": "spend -38%", **keys}])


def _why(rig: Rig, what: str) -> Why:
    view = View.open(str(rig.root))
    found = why(view, what, rig.clock.now().astimezone(view.chart.calendar.tz))
    assert found is not None
    return found


def _lines(rig: Rig, what: str) -> str:
    found = _why(rig, what)
    now = rig.clock.now().astimezone(View.open(str(rig.root)).chart.calendar.tz)
    return "\n".join(why_lines(found, now)) + "\n"


def test_held_says_by_whose_claim_since_when_where_and_what_frees_it(rig: Rig) -> None:
    _claim(rig)
    rig.advance(minutes=30)
    assert _offer(rig, because="renewal") == "a-1"
    rig.advance(minutes=30)
    assert _lines(rig, "a-1") == (
        "a-1  crm.offer of dirk to account:acme  held\n"
        "  why       held since 06:30: account:acme is claimed by pulse (spend -38%), and pulse goes before dirk. "
        "Retention outranks expansion.\n"
        "  rule      account: pulse before dirk  fleet.yaml:33\n"
        '  with      {"amount": 5}\n'
        "  seen      pulse claims account:acme since 06:00, with no end (t-3)\n"
        '            state/pulse.md of t-3, published 06:00, fresh: "plans"\n'
        "  next      It goes on when pulse gives up its claim on account:acme.\n"
        "            If nothing happens, founder is told at 18:30.\n"
        "            It lapses tomorrow 06:30, and comes back to dirk then.\n"
        '            To end it now: fleet deny a-1 --because "..."\n'
        "so far, newest first\n"
        "  06:30:02  gate  held: account:acme is claimed by pulse (spend -38%), and pulse goes before dirk. "
        "Retention outranks expansion.  fleet.yaml:33\n"
        '  06:30:02  dirk  dirk offered it in t-4: "renewal"\n'
    )


def test_a_claim_with_an_end_frees_it_then(rig: Rig) -> None:
    _claim(rig, until="2026-11-23T09:00:00-05:00")
    _offer(rig)
    free = "It goes on when pulse gives up its claim on account:acme, or the claim runs out at 09:00."
    assert _why(rig, "a-1").next[0] == free


def test_asked_says_who_since_when_and_what_silence_does(rig: Rig) -> None:
    _offer(rig)
    rig.advance(minutes=53)
    found = _why(rig, "a-1")
    assert found.stands == "asked"
    assert (
        found.says == "waits for the yes of founder since 06:00: crm.offer by dirk needs the yes of founder"
    )
    assert found.place.startswith("fleet.yaml:")
    assert found.next == (
        "It goes on when founder says yes: fleet approve a-1. Silence is never a yes.",
        "If nothing happens, bogdan is told at 08:00.",
        "It lapses tomorrow 06:00, and comes back to dirk then.",
    )
    rig.advance(hours=2)
    assert _why(rig, "a-1").next[1] == "founder, bogdan was told; nobody else is."
    assert _why(rig, "a-1").chain[0].says.startswith("bogdan was told in m-2: a-1 needs your yes")


def test_a_place_names_the_revision_that_it_was_in_once_another_is_the_newest(rig: Rig) -> None:
    _offer(rig)
    place = _why(rig, "a-1").place
    line = place.removeprefix("fleet.yaml:")
    for old, new in (("08:00", "09:00"), ("09:00", "10:00")):
        rig.edit(
            f"# one more line\n{rig.read('fleet.yaml')}".replace(f"every day at {old}", f"every day at {new}")
        )
    _offer(rig, about="account:volt")
    assert _why(rig, "r-3").stands == "in force"
    found = _why(rig, "a-1")
    assert (found.place, found.chain[-2].place) == (f"fleet.yaml@r-1:{line}",) * 2
    last = _why(rig, "a-2").place
    assert last.startswith("fleet.yaml:")
    rig.edit(rig.read("fleet.yaml").replace("every day at 10:00", "every day at 11:00"))
    assert _why(rig, "a-2").place == last.replace("fleet.yaml:", "fleet.yaml@r-3:")


def test_refused_says_why_and_stands_as_it_was_long_over(rig: Rig) -> None:
    _offer(rig, "crm.delete")
    rig.advance(days=3)
    found = _why(rig, "a-1")
    assert (found.what, found.stands) == ("action", "refused")
    assert found.next == ("Only fleet.yaml changes that: crm.delete under `actions`, and in `can` of dirk.",)
    assert found.says.startswith("refused: no action kind crm.delete is declared")


def test_done_already_names_the_earlier_one(rig: Rig) -> None:
    _offer(rig, "note.append")
    _offer(rig, "note.append")
    assert _why(rig, "a-1").stands == "done"
    found = _why(rig, "a-2")
    assert found.stands == "refused"
    assert "a-1" in found.says
    assert any(text.startswith("a-1") for text in found.because)


def test_done_says_how_and_who_had_said_yes(rig: Rig) -> None:
    _offer(rig)
    rig.ask("approve", id="a-1", because="go")
    found = _why(rig, "a-1")
    assert (found.stands, found.says) == ("done", 'done, exit 0: "sent it". founder had said yes.')
    said = [step.says for step in found.chain]
    assert said[:2] == ['done, exit 0: "sent it"', "begun, on the yes of founder: sh offer"]
    assert said[2].startswith("allowed: founder said yes, and nobody else claims ")
    assert said[3] == "founder said yes: go"


def test_edited_says_from_what_to_what_and_by_whom(rig: Rig) -> None:
    _offer(rig)
    rig.ask("approve", id="a-1", **{"with": {"amount": 3, "note": "less"}}, because="too much")
    said = [step.says for step in _why(rig, "a-1").chain]
    assert "founder changed amount from 5 to 3, note to less and said yes: too much" in said


def test_an_action_shows_its_payload_when_it_is_over_too_cut_to_a_line_and_whole_as_json(rig: Rig) -> None:
    _offer(rig, **{"with": {"amount": 7, "note": "long " * 60}})
    _offer(rig, "no.such")
    found = _why(rig, "a-1")
    assert found.payload == as_json(found)["with"] == {"amount": 7, "note": "long " * 60}
    (line,) = (one for one in why_lines(found, rig.clock.now()) if one.startswith("  with "))
    assert line.startswith('  with      {"amount": 7, "note": "long long')
    assert line.endswith(".. (whole: --json)") and len(line) <= 160
    assert _why(rig, "a-2").stands == "refused" and _why(rig, "a-2").payload == {"amount": 5}
    rig.ask("approve", id="a-1", **{"with": {"amount": 3}})
    assert _why(rig, "a-1").payload == {"amount": 3}, "what a person put in its place is what was done"
    assert _why(rig, "dirk").payload is None


def test_a_yes_in_place_of_another_says_so(rig: Rig) -> None:
    _turn(rig, "dirk", actions=[{"kind": "crm.offer", "about": "account:acme"}])
    rig.advance(hours=3)
    rig.ask("approve", id="a-1", person="bogdan")
    assert "bogdan in place of founder said yes" in [step.says for step in _why(rig, "a-1").chain]


def test_denied_says_by_whom_and_why(rig: Rig) -> None:
    _offer(rig)
    rig.ask("deny", id="a-1", because="speak to pulse first")
    found = _why(rig, "a-1")
    assert (found.stands, found.says) == ("denied", "founder said no: speak to pulse first")


def test_failed_says_how(rig: Rig) -> None:
    _offer(rig, "note.fail")
    assert (_why(rig, "a-1").stands, _why(rig, "a-1").says) == ("failed", 'failed: exit 3: "no room"')


def test_unknown_says_who_is_asked_and_what_can_be_typed(rig: Rig) -> None:
    _offer(rig, "note.die")
    found = _why(rig, "a-1")
    assert (found.stands, found.says) == (
        "unknown",
        "may have happened or not, try 1: it was killed by signal 9",
    )
    assert found.next[0] == (
        "A person finds out and says: fleet approve a-1 --happened | --again, or fleet deny a-1 to leave it."
    )
    rig.ask("approve", id="a-1", answer="happened", because="it is in the log")
    assert _why(rig, "a-1").says == "founder said that it happened: it is in the log"
    assert _why(rig, "a-1").stands == "done"


def test_unknown_and_safe_to_repeat_says_when_it_is_tried_again(rig: Rig) -> None:
    _offer(rig, "note.safe")
    found = _why(rig, "a-1")
    assert found.stands == "unknown"
    assert found.next[0].startswith("It is safe to repeat, so it is tried again at 06:00")
    rig.advance(hours=1)
    says = [step.says for step in _why(rig, "a-1").chain]
    assert any(text.startswith("begun, try 5") for text in says)


def test_lapsed_says_what_it_waited_for(rig: Rig) -> None:
    _offer(rig)
    rig.advance(hours=25)
    assert _why(rig, "a-1").stands == "lapsed"
    assert _why(rig, "a-1").says.startswith("lapsed: founder did not answer")


def test_withdrawn_and_joined_are_told_of_the_action_itself(rig: Rig) -> None:
    _offer(rig)
    _turn(rig, "dirk", actions=[{"kind": "crm.offer", "about": "account:acme", "with": {"amount": 5}}])
    assert "t-4 of dirk offered the same again, which joined it" in [s.says for s in _why(rig, "a-1").chain]
    _turn(rig, "dirk", withdraw=["a-1"])
    found = _why(rig, "a-1")
    assert (found.stands, found.says) == ("withdrawn", "withdrawn in t-5: its seat withdrew it")


def test_unread_mail_says_what_is_to_be_kept_and_who_kept_it(rig: Rig) -> None:
    rig.hold("dirk")
    rig.does(
        "dirk", """echo '{"headline": "h", "actions": [{"kind": "note.append", "about": "account:acme"}]}'"""
    )
    rig.ask("wake", seat="dirk")
    rig.ask("send", to="dirk", body="careful with acme")
    rig.hold("pulse").release("dirk")  # its next turn is what reads it
    chain = _why(rig, "a-1").chain
    held = next(step for step in chain if step.says.startswith("held"))
    assert "m-1 from founder" in held.says
    assert held.evidence[0]["message"] == "m-1"
    rig.release("pulse")


def test_a_pause_says_what_is_paused_by_whom_and_how_to_go_on(rig: Rig) -> None:
    rig.hold("dirk")
    rig.does(
        "dirk", """echo '{"headline": "h", "actions": [{"kind": "note.append", "about": "account:acme"}]}'"""
    )
    rig.ask("wake", seat="dirk")
    rig.ask("pause", seat="dirk", because="audit")
    rig.release("dirk")
    found = _why(rig, "a-1")
    assert found.says == "held since 06:00: dirk is paused by founder: audit"
    assert found.next[0] == "It goes on when dirk is resumed (fleet resume dirk)."
    seat = _why(rig, "dirk")
    assert (seat.stands, seat.says) == ("paused", "dirk is paused: by founder: audit")
    assert seat.next[0] == "It is woken again after fleet resume dirk."


def test_a_missing_state_names_whose_it_is(rig: Rig) -> None:
    rig.advance(hours=25)
    _offer(rig)
    found = _why(rig, "a-1")
    assert found.stands == "held"
    assert "the state of pulse held until" in found.says
    assert found.next[0] == "It goes on when pulse publishes again."
    assert "holds a-1 of dirk: crm.offer about account:acme" in _why(rig, "pulse").because


def test_the_page_of_who_holds_it_lists_what_it_holds(rig: Rig) -> None:
    _claim(rig)
    _offer(rig)
    assert "holds a-1 of dirk: crm.offer about account:acme" in _why(rig, "pulse").because
    view = View.open(str(rig.root))
    (held,) = details(view, ["pulse"], rig.clock.now())["pulse"]["holds"]
    assert (held["id"], held["seat"], held["kind"]) == ("a-1", "dirk", "crm.offer")
    assert details(view, ["dirk"], rig.clock.now())["dirk"]["holds"] == []


def test_a_seat_says_what_is_open_and_what_comes_next(rig: Rig) -> None:
    _offer(rig)
    found = _why(rig, "dirk")
    assert found.because == (
        "a-1 crm.offer to account:acme waits for the yes of founder: "
        "crm.offer by dirk needs the yes of founder  fleet.yaml:25",
    )
    assert found.next == ("Its next promised wake is at 08:00.",)
    assert _why(rig, "founder").next == ("a-1 waits for founder: fleet approve a-1",)


def test_a_seat_that_fails_says_when_it_is_tried_again(tmp_path: Path) -> None:
    with Rig(tmp_path, chart_text({"dash": "when: when asked\nretries: 1"})) as rig:
        rig.does("dash", "exit 3")
        rig.start()
        found = _why(rig, "dash")
        assert found.stands == "failed"
        assert "Its last turn is tried again at 06:00." in found.next
        turn = _why(rig, "t-1")
        assert (turn.stands, turn.because) == ("failed", ("first start",))
        assert turn.says.startswith("t-1 failed after 0s: exit 3")
        assert turn.next[0] == "It had no effect: only a done turn has. Its mail went back to new/."


def test_a_turn_that_runs_and_the_wakes_and_mail_behind_it(rig: Rig) -> None:
    rig.hold("dirk").ask("wake", seat="dirk", because="now")
    assert _why(rig, "t-3").stands == "runs"
    assert _why(rig, "t-3").because == ("woken by founder: now",)
    rig.ask("wake", seat="dirk")
    pending = rig.records("wake_due", seat="dirk")[-1]["data"]["wake"]
    assert _why(rig, pending).says == "it waits: its turn t-3 still runs"
    rig.ask("send", to="dirk", body="hello")
    assert _why(rig, "m-1").stands == "unread"
    rig.release("dirk")
    assert _why(rig, "m-1").says == "dirk read it in t-4"
    assert _why(rig, pending).stands == "ran"
    assert _why(rig, "dirk@first").stands == "ran"


def test_a_message_that_must_be_answered_says_until_when_and_by_whom_it_was(rig: Rig) -> None:
    rig.ask(
        "send",
        to="pulse",
        body="how is acme?",
        type="REQUEST",
        person="bogdan",
        answer_by="2026-11-23T10:00:00-05:00",
    )
    assert _why(rig, "m-1").next == (
        "pulse is to answer it by 10:00. If nothing happens, founder is told at 10:00.",
    )
    rig.advance(hours=5)
    assert any("founder was told" in step.says for step in _why(rig, "m-1").chain)


def test_what_a_seat_passed_up_says_who_was_told(rig: Rig) -> None:
    _turn(rig, "pulse", escalate=[{"because": "is acme lost?"}])
    found = _why(rig, "i-1")
    assert (found.what, found.stands, found.says) == ("matter", "open", "is acme lost?")
    assert found.next == (
        "If nothing happens, bogdan is told at 08:00.",
        'Settle it: fleet inbox send pulse --reply-to m-1 -m "..."',
    )
    assert _why(rig, "m-1").next == ("i-1 is open. " + found.next[0], found.next[1])


def test_a_revision_says_who_made_it_and_what_replaced_it(rig: Rig) -> None:
    assert _why(rig, "r-1").stands == "in force"
    rig.edit(rig.read("fleet.yaml").replace("every day at 08:00", "every day at 09:00"))
    assert _why(rig, "r-1").next == ("r-2 is in force.",)
    assert "changed dirk" in _why(rig, "r-2").says


def test_the_answer_is_the_same_after_a_day_with_its_checkpoint(rig: Rig) -> None:
    _offer(rig)
    rig.ask("deny", id="a-1", because="no")
    before = _why(rig, "a-1")
    rig.advance(days=2)
    assert _why(rig, "a-1").says == before.says


def test_the_program_answers_as_text_and_as_json(desk) -> None:
    desk.offers("dirk", {"kind": "crm.offer", "about": "account:acme", "with": {"amount": 5}})
    said = desk("why", "a-1")
    assert said.code == 0
    lines = re.sub(r"\d\d:\d\d", "HH:MM", said.out).splitlines()
    assert lines[:3] == [
        "a-1  crm.offer of dirk to account:acme  asked",
        "  why       waits for the yes of founder since HH:MM: crm.offer by dirk needs the yes of founder",
        "  rule      seats.dirk.can.ask  fleet.yaml:23",
    ]
    whole = desk("why", "a-1", "--json")
    assert whole.json["schema"] == "fleet.why/1"
    assert whole.data["rule"] == "seats.dirk.can.ask"
    keys = {"id", "what", "title", "stands", "says", "rule", "place", "with", "because", "next", "chain"}
    assert set(whole.data) == keys
    assert [step["what"] for step in whole.data["chain"]] == ["escalation_step", "verdict", "offer"]


def _traced(rig: Rig, what: str) -> tuple[set[str], set[str], list[str]]:
    """Give what led to a thing, what it led to, and its own records."""
    found = trace(records(View.open(str(rig.root)).files), what)
    assert found is not None
    own = [record.what for thing in found.things for record in thing.records]
    return {t.id for t in found.up}, {t.id for t in found.down}, own


def test_a_held_action_is_traced_to_the_claim_and_to_what_that_came_from(rig: Rig) -> None:
    claims = {"headline": "h", "claims": [{"about": "account:acme", "because": "spend -38%"}]}
    rig.does("pulse", f"echo '{json.dumps(claims)}'")
    rig.ask("send", to="pulse", body="look at acme", person="bogdan", type="REQUEST")
    _offer(rig)
    up, _, own = _traced(rig, "a-1")
    claim = rig.records("claim")[0]["turn"]
    assert {f"{claim}:account:acme", claim, "m-1", rig.records("offer")[0]["turn"]} <= up
    assert own == ["offer", "verdict"]


def test_a_done_action_is_traced_on_to_whom_it_was_put_and_what_it_holds(rig: Rig) -> None:
    _turn(
        rig,
        "dirk",
        messages=[{"to": "pulse", "type": "REQUEST", "about": "account:acme", "subject": "may I?"}],
    )
    asked = rig.records("message", seat="dirk")[0]["data"]["id"]
    _offer(rig)
    rig.ask("approve", id="a-1")
    _, down, own = _traced(rig, "a-1")
    told = rig.records("escalation_step")[0]["data"]["message"]
    assert down == {told}
    whole = ["offer", "verdict", "approval_asked", "escalation_step", "approval_answered", "verdict"]
    assert own == [*whole, "action_intent", "action_outcome"]
    everything = trace(records(View.open(str(rig.root)).files), "account:acme")
    assert everything is not None
    assert {"a-1", asked} <= {thing.id for thing in everything.things}


def test_a_message_that_holds_an_action_is_among_its_causes(rig: Rig) -> None:
    _offer(rig)
    rig.ask("send", to="dirk", body="careful with acme")
    rig.hold("dirk").ask("approve", id="a-1")  # the turn that is to read it does not end yet
    up, down, _ = _traced(rig, "a-1")
    wake = next(
        r["data"]["wake"] for r in rig.records("wake_due", seat="dirk") if "@hold:" in r["data"]["wake"]
    )
    assert "m-2" in up
    assert wake in down
    assert "a-1" in _traced(rig, "m-2")[1]
    found = _why(rig, "a-1")
    assert found.next[0] == (
        "It goes on when dirk has read m-2 and its result says keep: [a-1]; "
        "a turn that reads it and does not say so withdraws it."
    )
    rig.release("dirk")
    assert _why(rig, "a-1").stands == "withdrawn"


def test_held_without_a_break_is_held_since_the_first_verdict_of_it(rig: Rig) -> None:
    _claim(rig)
    _offer(rig)
    rig.advance(hours=1)
    _claim(rig, until="2026-11-23T12:00:00-05:00")
    assert len([r for r in rig.records("verdict") if r["data"]["verdict"] == "hold"]) == 2
    assert _why(rig, "a-1").says.startswith("held since 06:00: ")


def test_the_tree_of_an_action_reads_from_its_causes_to_its_end(desk) -> None:
    desk.write("seats/pulse/work/next", json.dumps({"headline": "w", "claims": [{"about": "account:acme"}]}))
    assert desk("wake", "pulse", "--wait").code == 0
    desk.offers("dirk", {"kind": "crm.offer", "about": "account:acme", "with": {"amount": 5}})
    lines = re.sub(r"\d\d:\d\d:\d\d", "TIME", desk("trace", "a-1").out).splitlines()
    assert re.sub(r"\d+s$", "0s", lines[0]) == "a-1  dirk wants crm.offer about account:acme  held 0s"
    assert [line[:2] for line in lines[1:]] == ["├ "] * (len(lines) - 2) + ["└ "]
    assert any(re.fullmatch(r"├ TIME  pulse  claims account:acme", line) for line in lines)
    assert lines[-1].startswith("└ TIME  dirk   asks crm.offer a-1   HOLD")
    assert lines[-1].endswith("fleet.yaml:29")
    data = desk("trace", "a-1", "--json").data
    assert [step["what"] for step in data["things"][0]["steps"]] == ["offer", "verdict"]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("a-99", "a-99: nothing in the ledger is of that id"),
        ("dirc", "there is no seat 'dirc'. Did you mean dirk?"),
        ("account:acme", "'account:acme' is a subject: fleet trace account:acme shows all about it"),
        ("dirk@never", "dirk@never: nothing in the ledger is of that id"),
        ("x-1", "x-1: nothing in the ledger is of that id"),
        ("", "there is no seat ''. There are: "),
        ("../x", "there is no seat '../x'."),
    ],
)
def test_what_is_not_there_is_said_in_one_line(hello, what, told):
    hello.write("fleet.yaml", (hello.folder / "fleet.yaml").read_text().replace("greeter", "dirk"))
    said = hello("why", what)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_how_a_person_was_told_stands_with_the_message_that_told_him(tmp_path: Path) -> None:
    seats = {
        "bogdan": "title: COO\nperson: Bogdan\nanswers_to: founder\nreach: [{run: sh notify}, {run: sh broken}]",
        "pulse": "when: when asked\ngood_for: 24h\nanswers_to: bogdan",
    }
    with Rig(tmp_path, chart_text(seats)) as rig:
        rig.write("notify", "cat >/dev/null\n")
        rig.write("broken", "echo no line >&2; exit 3\n")
        rig.start()
        _turn(rig, "pulse", escalate=[{"because": "is acme lost?"}])
        rig.advance(hours=1)
        said = [step.says for step in _why(rig, "m-1").chain]
        assert said[0].startswith("bogdan was told of m-1 by sh notify: sh broken")
        record = next(r for r in records(View.open(str(rig.root)).files) if r.what == "told")
        line = line_of(record, rig.clock.now())
        assert (line.seat, line.what, line.word) == ("fleet", "m-1 told to bogdan", "")
        assert line.says.startswith("by sh notify; sh broken")
