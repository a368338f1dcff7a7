"""Rules about messages: what names `message` speaks of sending, and what it would hold, ask or refuse is not sent."""

# ruff: noqa: E501 - rules stand as a file has them

from __future__ import annotations

import json
from typing import Any

import pytest
from core.history import letter
from core.world import ACTIONS, DAY, SEATS, World, of

from fleet.core.bounds import Bar
from fleet.core.case import Case, Sight
from fleet.core.consequence import of_done
from fleet.core.past import Running
from fleet.core.record import Record
from fleet.core.result import read_result
from fleet.core.speech import as_action, ruled_out
from fleet.core.testimony import state_told
from fleet.store.yaml import read_plain

ACME = "account:acme"


def ruled(condition: str, then: str = "hold", *, kinds: str = "message", more: str = "") -> World:
    rule = f"rules:\n  - name: calm\n    seat: dirk\n    action: {kinds}\n    if: |\n      {condition}\n    then: {then}\n    because: So it is.\n{more}"
    return World(SEATS, tail=ACTIONS.partition("conflicts:")[0] + rule)


def bar(w: World, sender: str = "dirk", *, sight: dict[str, Any] | None = None, **keys: Any) -> Bar | None:
    message = letter("m-9", sender, keys.pop("to", "pulse"), about=(ACME,), sent=w.at, **keys)
    return ruled_out(Case(w.law, w.account, as_action(message, "t-9", w.at), Sight(**sight or {}), w.at))


@pytest.mark.parametrize("then", ["hold", "refuse", "ask founder"])
def test_what_would_hold_or_ask_refuses_a_message_with_its_reason_and_place(then: str) -> None:
    w = ruled('action.kind == "message" && action.with.to == "pulse"', then)
    found = bar(w)
    assert found is not None
    assert found.reason == "the rule calm is met. So it is."
    assert (found.rule, w.line(found.place)) == ("calm", "- name: calm")
    assert found.evidence[0]["rule"] == "calm"
    assert bar(w, to="nick") is None
    assert bar(w, "nick") is None


def test_a_rule_is_told_of_a_message_what_it_is_of_an_action() -> None:
    for condition in (
        'action.with.type == "CHALLENGE" && action.with.subject == "Acme" && action.with.body.contains("offer")',
        'action.about == "account:acme" && action.turn == "t-9" && action.with.price == 3',
        "action.offered == now && !action.outside",
    ):
        found = bar(
            ruled(condition), type="CHALLENGE", subject="Acme", body="an offer", with_={"price": 3, "to": "x"}
        )
        assert found is not None, condition


def test_a_rule_that_allows_or_does_not_name_messages_bars_none() -> None:
    assert bar(ruled("true", "allow")) is None
    assert (
        bar(World(SEATS, tail=ACTIONS.partition("conflicts:")[0] + "rules:\n  - {name: all, then: refuse}\n"))
        is None
    )


def test_what_a_rule_needs_and_is_not_there_bars_by_its_name() -> None:
    w = ruled('state["pulse"].items.exists(i, i.about == action.about)')
    quiet = {"states": {"pulse": state_told({"seat": "pulse", "items": [{"about": ACME}]})}}
    why = "so it is not known whether the rule calm applies"
    assert bar(w).reason == f"pulse has published no state, {why}"  # type: ignore[union-attr]
    w.publish("pulse")
    assert bar(w, sight=quiet).reason == "the rule calm is met on account:acme. So it is."  # type: ignore[union-attr]
    faults = {"faults": {"pulse": "was edited outside the fleet"}}
    assert bar(w, sight=faults).reason == f"the state of pulse was edited outside the fleet, {why}"  # type: ignore[union-attr]
    unread = bar(w)
    assert unread is not None and "cannot be judged" in unread.reason
    w.later(2 * DAY)
    assert f"was not renewed, {why}" in bar(w, sight=quiet).reason  # type: ignore[union-attr]
    owned = {"owned": {ACME: of(ACME, why="data/contacts.csv is missing")}}
    about = ruled('action.about == "account:volt"')
    assert bar(about, sight=owned).reason == f"data/contacts.csv is missing, {why}"  # type: ignore[union-attr]
    assert bar(ruled('action.with.to == "nick"'), sight=owned) is None


def test_the_strictest_rule_decides() -> None:
    more = "  - {name: hard, seat: dirk, action: [message, crm.write], if: 'true', then: refuse}\n"
    found = bar(ruled("true", more=more))
    assert found is not None and found.rule == "hard"


def test_a_barred_message_comes_back_as_a_correction_with_what_was_seen() -> None:
    w = ruled('action.with.to == "pulse"', kinds="[message, crm.write]")
    said = {
        "messages": [{"to": to, "type": "INFORM", "about": ACME, "subject": to} for to in ("pulse", "nick")]
    }
    result = read_result(json.dumps(said).encode(), now=w.at, read_front=read_plain)
    assert result is not None
    w.turn("dirk", "t-7", at=w.at)
    drafts = of_done(
        w.chart, w.account, w.chart.seats["dirk"], "t-7", result, w.at, past=Running("t-7", w.at, w.at, 0),
        ruled=lambda message: ruled_out(Case(w.law, w.account, as_action(message, "t-7", w.at), Sight(), w.at)),
    )  # fmt: skip
    records: list[Record] = w.take_all(drafts, w.at)
    refusal, sent = (one for one in records if one.what in ("verdict", "message"))
    assert refusal.data["correction"] == (
        "Your message to pulse (pulse) was not sent: the rule calm is met. So it is."
    )
    assert refusal.data["evidence"][0] == {"rule": "calm", "if": 'action.with.to == "pulse"'}
    assert sent.data["to"] == "nick"
