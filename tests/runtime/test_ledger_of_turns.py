"""The ledger tells all in order, and an account folded from a checkpoint is the whole account."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fleet.core.account import Account, fold
from fleet.store.files import Files
from fleet.store.ledger import records, since_checkpoint
from fleet.testing import Rig, chart_text

CAN = "when: [when asked]\ncan: {do: [note.append], ask: {mail.send: founder}}\nscorecard: {work: at least 1 a week, "
SEATS = {
    "pulse": CAN + "leads: {target: at least 5 a week, plausible: between 0 and 100}}",
    "dirk": "when: [when asked]\ncan: {do: [note.append]}",
}
ACTIONS = "actions:\n  note.append: {run: ./note}\n  mail.send: {run: ./mail, about: account}"


def turn(rig: Rig, seat: str = "pulse", **result: Any) -> list[dict[str, Any]]:
    """Run one turn with a result, and give the records that it made."""
    before = len(rig.ledger())
    rig.does(seat, f"cat <<'END'\n{json.dumps(result)}\nEND")
    rig.ask("wake", seat=seat)
    return rig.ledger()[before:]


def began(start: Any) -> Rig:
    rig: Rig = start(SEATS, tail=ACTIONS)
    return rig


def offer(**keys: Any) -> dict[str, Any]:
    """Give an action as a result has it."""
    return {"kind": "mail.send", "about": "account:acme", "with": {"text": "hi"}, **keys}


def account_of(rig: Rig, *, from_checkpoint: bool) -> Account:
    """Fold the ledger as it lies there: all of it, or what a start reads."""
    files = Files(str(rig.root))
    try:
        return fold(since_checkpoint(files) if from_checkpoint else records(files))
    finally:
        files.close()


def open_parts(account: Account) -> dict[str, Any]:
    """Give what is open in an order that can be compared."""
    parts: dict[str, Any] = json.loads(json.dumps(account.checkpoint()))
    parts["waiting"] = {seat: list(ids) for seat, ids in sorted(account.inboxes.items()) if ids}
    parts["actions"] = list(parts["docket"].get("actions", {}).items())
    return parts


def test_a_turn_takes_effect_in_the_order_of_the_contract(start: Any) -> None:
    rig = began(start)
    made = turn(
        rig,
        headline="All of it",
        actions=[offer(), {"kind": "note.append", "with": {"text": "x"}}],
        escalate=[{"because": "Two owners"}],
        messages=[
            {"to": "dirk", "type": "INFORM", "body": "a"},
            {"to": "dirk", "type": "INFORM", "body": "b"},
        ],
        scorecard={"leads": 7},
        claims=[{"about": "account:acme"}],
    )
    assert [r["what"] for r in made] == [
        *("wake_due", "turn_started", "turn_ended", "claim", "value", "message", "message"),
        *("escalation_step", "message", "offer", "offer"),
        *("verdict", "approval_asked", "verdict", "action_intent"),
        *("escalation_step", "message", "action_outcome", "trouble"),
    ]
    assert [r["data"]["kind"] for r in made if r["what"] == "offer"] == ["mail.send", "note.append"]
    ended = made[2]["data"]
    assert ended["result"]["headline"] == "All of it"
    assert {r.get("turn") for r in made[1:7]} == {"t-3"}


def test_an_action_waits_with_its_reason_and_stands_in_the_next_brief(start: Any) -> None:
    rig = began(start)
    made = turn(rig, headline="1", actions=[offer()])
    (verdict,) = (r["data"] for r in made if r["what"] == "verdict")
    assert (verdict["id"], verdict["verdict"], verdict["kind"]) == ("a-1", "ask", "mail.send")
    assert verdict["reason"] == "mail.send by pulse needs the yes of founder"
    assert rig.status("pulse")["waiting"] == ["a-1"]
    assert rig.status("pulse")["health"] == "waiting"
    turn(rig, headline="2")
    assert [hold["id"] for hold in rig.brief("pulse")["holds"]] == ["a-1"]


def test_an_equal_offer_joins_the_one_that_waits_and_another_does_not(start: Any) -> None:
    rig = began(start)
    turn(rig, headline="1", actions=[offer()])
    joined = turn(rig, headline="2", actions=[offer(because="said otherwise")])[-1]["data"]
    assert (joined["verdict"], joined["joins"]) == ("joined", "a-1")
    turn(rig, headline="3", actions=[offer(about="account:volt")])
    turn(rig, "dirk", headline="4", actions=[offer(kind="note.append")])
    assert [r["data"]["id"] for r in rig.records("offer")] == ["a-1", "a-2", "a-3"]
    assert len(rig.records("approval_asked")) == 2


def test_a_seat_withdraws_its_own_action_and_no_other(start: Any) -> None:
    rig = began(start)
    turn(rig, headline="1", actions=[offer()])
    turn(rig, "dirk", headline="2", withdraw=["a-1", "a-99"])
    assert rig.status("pulse")["waiting"] == ["a-1"]
    turn(rig, headline="3", withdraw=["a-1"])
    last = rig.records("verdict")[-1]["data"]
    assert (last["id"], last["verdict"]) == ("a-1", "withdrawn")
    assert rig.status("pulse")["waiting"] == []


def test_an_asked_action_lapses_after_24_hours_and_comes_back_as_a_correction(start: Any) -> None:
    rig = began(start)
    turn(rig, headline="1", actions=[offer()])
    rig.advance(hours=23, minutes=59)
    assert rig.status("pulse")["waiting"] == ["a-1"]
    rig.advance(minutes=1)
    lapsed = rig.records("verdict")[-1]
    assert (lapsed["data"]["verdict"], lapsed["at"]) == ("lapsed", "2026-11-24T11:00:00.000000Z")
    turn(rig, headline="2")
    (note,) = rig.brief("pulse")["corrections"]
    assert note["says"] == "a-1 (mail.send about account:acme) lapsed: founder did not answer."
    assert note["at"] == "2026-11-24T06:00:00-05:00"  # in the fleet's zone, like `now`


def test_values_become_rows_and_implausible_ones_are_held(start: Any) -> None:
    rig = began(start)
    turn(rig, headline="1", as_of="2026-11-23T05:00:00-05:00", scorecard={"leads": 7, "work": None})
    turn(rig, headline="2", scorecard={"leads": 700, "wrk": 1})
    assert rig.read("scorecard/2026-W48.csv").splitlines() == [
        "week,seat,metric,value,target,met,source,turn,as_of,written",
        "2026-W48,pulse,leads,7,at least 5 a week,yes,pulse,t-3,"
        "2026-11-23T05:00:00-05:00,2026-11-23T06:00:00-05:00",
    ]
    turn(rig, headline="3")
    says = [note["says"] for note in rig.brief("pulse")["corrections"]]
    assert says == [
        "scorecard.leads: 700 was not written: 700 is outside its plausible range, between 0 and 100.",
        "scorecard.wrk: 1 was not written: wrk is not on the scorecard of pulse (it has: work, leads).",
    ]


def test_a_value_that_no_turn_of_a_week_gives_has_no_row_and_is_not_carried_forward(start: Any) -> None:
    rig = began(start)
    turn(rig, headline="1", scorecard={"leads": 7, "work": 1})
    rig.advance(days=7)
    turn(rig, headline="2", scorecard={"work": 2})
    rows = [row.split(",")[2:4] for row in rig.read("scorecard/2026-W49.csv").splitlines()[1:]]
    assert rows == [["work", "2"]]


# Days and checkpoints.


def test_every_day_begins_with_a_checkpoint_and_the_numbers_go_on(start: Any) -> None:
    rig = start({"dash": "when: [every 6h]"})
    rig.advance(days=2)
    files = sorted(rig.path("ledger").glob("*.jsonl"))
    assert [f.stem for f in files] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    firsts = [json.loads(f.read_text().splitlines()[0]) for f in files]
    assert [first["what"] for first in firsts] == ["checkpoint"] * 3
    everything = rig.ledger()
    assert [r["n"] for r in everything] == list(range(1, len(everything) + 1))
    assert everything[0]["prev"] == "0" * 64
    assert all(b["prev"] == a["hash"] for a, b in zip(everything, everything[1:], strict=False))


def test_a_day_may_end_while_turns_run(start: Any) -> None:
    rig = start({"dash": "when: [every 1h, when mail arrives]", "tally": "when: [when asked]"})
    rig.advance(hours=17, minutes=30)
    rig.hold("dash")
    rig.ask("send", to="dash", body="Over midnight.", type="REQUEST")
    rig.advance(hours=2)
    assert account_of(rig, from_checkpoint=True).seats["dash"].running is not None
    rig.release("dash")
    assert rig.outcomes("dash")[-2:] == ["done", "done"]
    assert rig.box("dash", "cur") == []


def test_a_fleet_that_died_after_midnight_in_a_turn_begins_from_the_checkpoint(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    rig.advance(hours=17, minutes=30)
    rig.hold("dash").ask("wake", seat="dash")
    rig.advance(hours=2)
    rig.kill().start()
    assert rig.outcomes("dash")[-2:] == ["lost", "done"]


def test_an_account_from_the_checkpoint_is_the_account_of_everything(start: Any) -> None:
    seats = {**SEATS, "dash": "when: [every 1h]\nretries: 1", "bogdan": "person: Bogdan"}
    seats["radar"] = "when: [when mail arrives]\nreads: [dash, founder]"
    rig: Rig = start(seats, tail=ACTIONS)
    turn(
        rig,
        headline="1",
        actions=[offer(), offer(kind="note.append", about=[])],
        scorecard={"leads": 700},
        claims=[{"about": "account:acme", "until": "2026-12-24T05:00:00-05:00"}, {"about": "account:volt"}],
        messages=[
            {"to": "dirk", "type": "REQUEST", "body": "?"},
            {"to": "nobody", "type": "INFORM", "body": ""},
        ],
        escalate=[{"because": "Two owners"}],
    )
    rig.ask("publish", seat="founder", text="Acme first.")
    rig.ask("send", to="radar", body="Good morning.")
    rig.ask("pause", seat="pulse", because="audit")
    rig.does("dash", """echo '{"emit": "checkpoint", "data": 0}' >> $FLEET_OUT/emit.jsonl; exit 1""")
    for days in range(3):
        rig.advance(hours=23, minutes=17)
        same = open_parts(account_of(rig, from_checkpoint=False))
        assert open_parts(account_of(rig, from_checkpoint=True)) == same, days
        rig.ask("send", to="dirk", body=f"Day {days}.")
        rig.hold("dash").advance(hours=1)
        same = open_parts(account_of(rig, from_checkpoint=False))
        assert open_parts(account_of(rig, from_checkpoint=True)) == same
        rig.step(minutes=-3).advance(minutes=1).release("dash")
    live = open_parts(rig.daemon.fleet.account)  # type: ignore[union-attr]
    assert live == open_parts(account_of(rig, from_checkpoint=False))
    rig.kill().clock.advance(timedelta(days=2))
    rig.start()
    assert [p["id"] for _, p in open_parts(account_of(rig, from_checkpoint=True))["actions"]] == []


def test_the_inspection_of_a_running_fleet_writes_nothing(start: Any) -> None:
    rig = start({"dash": ""})
    before = rig.ledger()
    rig.ask("status")
    rig.sweep().sweep()
    assert rig.ledger() == before


def test_a_chart_that_is_as_it_was_makes_no_revision(start: Any) -> None:
    rig = start({"dash": ""})
    rig.edit(chart_text({"dash": ""}))
    rig.stop().start()
    assert len(rig.records("revision")) == 1
