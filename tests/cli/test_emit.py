"""`fleet emit`: what a holder gives while it runs counts when the turn ends well."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("message", "--to", "dash", "-m", "hi", "--about", "account:Acme", "--with", '{"a": 1}'),
            {"to": "dash", "type": "INFORM", "about": ["account:acme"], "body": "hi", "with": {"a": 1}},
        ),
        (
            ("claim", "account:acme", "--until", "2026-11-23T18:00:00-05:00", "--because", "at risk"),
            {"about": "account:acme", "until": "2026-11-23T18:00:00-05:00", "because": "at risk"},
        ),
        (  # a span counts from the turn's now
            ("claim", "account:acme", "--until", "4h"),
            {"about": "account:acme", "until": "2026-11-23T14:00:00-05:00", "because": ""},
        ),
        (
            ("action", "crm.offer", "--about", "account:acme", "--confidence", "0.5"),
            {"kind": "crm.offer", "about": ["account:acme"], "confidence": 0.5},
        ),
        (("metric", "calls", "12"), {"metric": "calls", "value": "12"}),
        (
            ("escalate", "--because", "who pays?", "--option", "we", "--option", "they"),
            {"because": "who pays?", "options": ["we", "they"]},
        ),
        (("checkpoint", '{"step": 2}'), {"data": {"step": 2}}),
        (("checkpoint", "null"), {"data": None}),
    ],
)
def test_each_kind_becomes_one_line(nowhere, words, line):
    env = {"FLEET_TURN": "t-1", "FLEET_OUT": str(nowhere.folder), "FLEET_NOW": "2026-11-23T10:00:00-05:00"}
    said = nowhere("emit", *words, env=env)
    assert (said.code, said.out, said.err) == (0, "", "")
    (written,) = (nowhere.folder / "emit.jsonl").read_text().splitlines()
    expected = {key: value for key, value in line.items() if value != ""}
    assert json.loads(written) == {"emit": words[0], **expected}


@pytest.mark.parametrize(
    "words",
    [
        ("metric", "calls"),  # no value
        ("message", "-m", "hi"),  # to nobody
        ("claim", "acme"),  # no subject
        ("action", "crm.offer", "--with", "[1]"),  # no object
        ("action", "crm.offer", "--confidence", "2"),
        ("checkpoint", "{"),
        ("mesage", "--to", "dash"),
    ],
)
def test_what_could_not_be_read_later_is_refused_now(nowhere, words):
    said = nowhere("emit", *words, env={"FLEET_TURN": "t-1", "FLEET_OUT": str(nowhere.folder)})
    assert said.code == 2
    assert not (nowhere.folder / "emit.jsonl").exists()


def test_outside_of_a_turn_there_is_nothing_to_emit_to(nowhere):
    said = nowhere("emit", "metric", "calls", "12")
    assert said.code == 2
    assert "for use inside a running turn" in said.err


def test_what_a_turn_emitted_takes_effect_with_its_result(hello):
    hello.write(
        "seats/greeter/greet.sh",
        'fleet emit message --to you -m "a guest came" && fleet emit metric greetings 3 && echo done\n',
    )
    assert hello("up", "--once", "-q").code == 0
    (mail,) = hello("inbox", "you", "--json").data["messages"]
    assert (mail["from"], mail["subject"] or "a guest came") == ("greeter", "a guest came")
    values = [r for r in hello("tail", "--kind", "all", "--json").data["records"] if r["what"] == "value"]
    assert [(v["data"]["metric"], v["data"]["value"]) for v in values] == [("greetings", "3")]
