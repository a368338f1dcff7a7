"""What --json prints has a shape that is written down: every verb in several states, held to its schema."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import DESK, HELLO, Place, begin_desk
from jsonschema import Draft202012Validator

from fleet.cli.shapes import schema_of, schemas
from fleet.cli.verbs import VERBS

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"price": 1}}
VOLT = {"kind": "mail.send", "about": ["account:volt"], "with": {"text": "hi"}}
WATCH = {
    "headline": "watch",
    "claims": [{"about": "account:volt", "until": "2036-01-01T00:00:00Z", "because": "risk"}],
    "messages": [
        {"to": "dirk", "type": "REQUEST", "about": "account:acme", "subject": "look", "body": "please"}
    ],
    "scorecard": {"work": 1},
}
READ = (
    *("status", "status dirk founder", "", "tail --kind all -n 400", "tail dirk", "tail --kind log"),
    *("approve", "inbox", "inbox dirk", "inbox read m-1", "why a-1", "why dirk", "why founder", "why t-1"),
    *("why m-1", "why r-1", "trace a-1", "trace account:acme", "trace t-1 --up", "trace m-1 --down"),
    *("plan", "check", "explain F310", "explain 'every 4h'", "explain when", "explain", "explain ledger"),
    *(
        "brief dirk",
        "audit verify",
        "audit",
        "audit --by founder",
        "audit --overrides",
        "simulate --for 2d",
        "simulate --seat pulse",
        "chart",
        "service",
    ),
    *("chart --kind account", "simulate --inject 'dirk offers crm.offer on account:acme at 10:29'"),
)
"""Calls that only read, over a fleet in which an action waits and another is held."""
OUTSIDE = ("explain F310", "explain 'weekdays at 07:15'")
CHANGE = (
    *("pause account:acme --because x --for 2h", "pause --all --because x", "resume --all", "pause dirk"),
    *(
        "resume dirk",
        "wake dirk",
        "publish founder -",
        "inbox send dirk -m hello --as founder",
        "inbox done m-3",
    ),
    *("deny a-2 --because no", "approve a-1 --as founder", "approve a-1", "apply", "apply --revision 1"),
    *("up --once", "down", "wake nobody", "inbox retry m-99", "init"),
)
"""Calls that change something, in this order, or say why they did not."""


def said_well(said: Any, verb: str) -> Any:
    """Hold what was printed to its schema; gives the object."""
    found = json.loads(said.out)
    assert said.out.count("\n") == 1
    name = found["schema"]
    assert name in (f"fleet.{verb}/1", "fleet.error/1")
    schema = schema_of(name)
    assert schema is not None
    assert [f"{list(e.path)}: {e.message}" for e in Draft202012Validator(schema).iter_errors(found)] == []
    return found


def _begin(place: Place) -> None:
    begin_desk(place, DESK)
    place.write("seats/pulse/work/next", json.dumps(WATCH))
    assert place("wake", "pulse").code == 0
    assert place("up", "--once", "-q").code == 0
    place.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [ACME, VOLT]}))
    assert place("wake", "dirk").code == 0
    place.write("inbox/dirk/new/dropped.md", "---\nid: [broken\n---\nx")
    assert place("up", "--once", "-q").code == 0


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Place:
    """A fleet in which a-1 waits for founder, a-2 is held, and a file was set aside; nothing here changes it."""
    place = Place(tmp_path_factory.mktemp("there"))
    _begin(place)
    return place


@pytest.mark.parametrize("typed", READ)
def test_what_a_reading_verb_prints_has_its_shape(there, typed):
    words = shlex.split(typed)
    said = there(*words, "--json")
    found = said_well(said, words[0] if words else "status")
    assert found["schema"] != "fleet.error/1", found
    assert found["revision"] == 1


def test_what_changing_verbs_print_has_its_shape(nowhere):
    _begin(nowhere)
    for typed in CHANGE:
        words = shlex.split(typed)
        said = nowhere(
            *words, "--json", text="---\nheadline: here\n---\nbody" if "publish" in words else None
        )
        found = said_well(said, words[0])
        assert (found["schema"] == "fleet.error/1") == (said.code != 0 and words != ["approve", "a-1"]), said
        assert found["revision"] is not None


def test_what_is_printed_beside_a_daemon_has_its_shape(served):
    for typed in ("status", "", "status greeter", "wake greeter --wait", "approve", "inbox", "check"):
        words = typed.split()
        found = said_well(served(*words, "--json"), words[0] if words else "status")
        assert found["revision"] == 1
    assert said_well(served("down", "--json"), "down")["data"]["stopped"] is True


def test_what_the_verbs_of_rules_print_has_its_shape(nowhere):
    rule = "rules:\n  - {name: big, action: crm.offer, if: action.with.price > 10, then: hold, examples: "
    begin_desk(nowhere, f"{DESK}{rule}[{{with: {{price: 9}}, expect: hold}}]}}\n")
    nowhere.write("good.yaml", f"{DESK}{rule}[{{with: {{price: 11}}, expect: hold}}]}}\n")
    nowhere.write("bad.yaml", f"{DESK}rules: [{{name: x, than: hold}}]\n")
    nowhere.write(
        "seats/dirk/work/next", json.dumps({"headline": "x", "actions": [{**ACME, "with": {"price": 20}}]})
    )
    assert nowhere("wake", "dirk").code == 0
    assert nowhere("up", "--once", "-q").code == 0
    for typed in ("rules", "rules show big", "rules test", "rules test good.yaml", "rules test bad.yaml"):
        found = said_well(nowhere(*typed.split(), "--json"), "rules")
        assert (found["schema"], found["revision"]) == ("fleet.rules/1", 1), typed


def test_what_an_erasure_prints_has_its_shape(nowhere):
    _begin(nowhere)
    for typed in (
        "audit erase 4 --dry-run",
        "audit erase 4 --because x",
        "audit erase --text-from - --dry-run",
    ):
        found = said_well(nowhere(*typed.split(), "--json", text="all well"), "erase")
        assert (found["schema"], found["data"]["erased"]) == ("fleet.erase/1", "--because" in typed), typed


@pytest.mark.parametrize("typed", OUTSIDE)
def test_outside_of_a_fleet_there_is_no_revision(nowhere, typed):
    words = shlex.split(typed)
    assert said_well(nowhere(*words, "--json"), words[0])["revision"] is None


@pytest.mark.parametrize(
    "typed", ["", "status", "check", "tail", "brief dirk", "audit verify", "down", "up -d"]
)
def test_without_a_fleet_the_answer_is_an_error_of_its_shape(nowhere, typed):
    found = said_well(nowhere(*typed.split(), "--json"), typed.partition(" ")[0] or "status")
    assert (found["schema"], found["revision"], found["data"]["code"]) == ("fleet.error/1", None, 2)
    assert found["data"]["try"] == "fleet init"


def test_a_chart_that_cannot_be_used_is_told_in_the_shape_of_each_verb(nowhere):
    nowhere.write("fleet.yaml", HELLO.replace("run:", "runn:"))
    shapes = {}
    for verb in ("check", "simulate", "status", "up", "plan"):
        found = said_well(nowhere(verb, "--json"), verb)
        shapes[verb] = found["schema"]
        assert found["data"]["mistakes"][0]["code"]
    assert shapes["status"] == shapes["up"] == "fleet.error/1"


def test_init_up_and_rehearse_have_their_shape(nowhere):
    kept = str(nowhere.folder.parent / f"{nowhere.folder.name}-kept")
    assert said_well(nowhere("init", "--json"), "init")["data"]["seats"] == 2
    assert said_well(nowhere("up", "--once", "--json", "-q"), "up")["data"]["running"] is False
    assert said_well(nowhere("rehearse", "--for", "2h", "--keep", kept, "--json"), "rehearse")["data"]["kept"]
    clock = datetime.fromisoformat(Path(kept, ".fleet/clock").read_text())
    for typed in ("status", "check", "inbox", "audit verify", "explain F310", "why greeter", "wake greeter"):
        found = said_well(nowhere(*typed.split(), "-C", kept, "--json"), typed.split()[0])
        assert datetime.fromisoformat(found["at"]).replace(microsecond=0) == clock.replace(microsecond=0), (
            typed
        )


def test_what_a_holder_emits_has_its_shape(nowhere):
    env = {"FLEET_TURN": "t-1", "FLEET_OUT": str(nowhere.folder)}
    for typed in (
        "metric calls 12",
        "claim account:acme",
        "checkpoint {}",
        "escalate --because x",
        "action crm.write",
    ):
        assert said_well(nowhere("emit", *typed.split(), "--json", env=env), "emit")["data"]["emit"]


def test_a_result_that_would_be_accepted_or_not_has_its_shape(nowhere):
    nowhere.write("good.json", '{"headline": "hi"}')
    nowhere.write("bad.json", '{"headlin": "hi"}')
    assert said_well(nowhere("check", "--result", "good.json", "--json"), "check")["data"]["accepted"] is True
    assert said_well(nowhere("check", "--result", "bad.json", "--json"), "check")["data"]["accepted"] is False


def test_every_verb_has_a_schema_and_every_schema_a_verb():
    verbs = {f"fleet.{verb.name}/1" for verb in VERBS}
    assert set(schemas()) == verbs | {
        "fleet.error/1",
        "fleet.backtest/1",
        "fleet.erase/1",
    }  # of `rules`, `audit`


def parts_of(schema: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every schema within a schema, with its place."""
    yield at, schema
    for key in ("properties",):
        for name, part in schema.get(key, {}).items():
            yield from parts_of(part, f"{at}.{name}")
    for key in ("oneOf", "anyOf"):
        for number, part in enumerate(schema.get(key, ())):
            yield from parts_of(part, f"{at}({number})")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts_of(schema[key], f"{at}[]")


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_sound_and_says_what_every_key_is(name):
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == schema["properties"]["schema"]["const"] == name
    for at, part in parts_of(schema):
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), f"{name} {at}.{key}"
        if part.get("properties"):
            assert "additionalProperties" in part, f"{name} {at}"
            assert set(part.get("required", ())) <= set(part["properties"])


@pytest.mark.parametrize("name", ["", "status/2", "../errors", "fleet.nothing/1", "fleet.status/1/x"])
def test_what_is_no_schema_is_none(name):
    assert schema_of(name) is None
