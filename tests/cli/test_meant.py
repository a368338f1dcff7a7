"""Calls that somebody mistyped, each with what it should lead to; and help in every way it is asked for."""

from __future__ import annotations

import json
import shlex

import pytest
from cli.conftest import DESK, Place, begin_desk

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"price": 1}}
MISTYPED = (
    # a verb, as other tools call it
    ("logs dirk", "fleet tail dirk"),
    ("logs --follow", "fleet tail -f"),
    ("ps", "fleet status"),
    ("run dirk", "fleet wake dirk"),
    ("validate", "fleet check"),
    ("start", "fleet up"),
    ("shutdown", "fleet down"),
    ("diff", "fleet plan"),
    ("rollback", "fleet apply"),
    ("mail", "fleet inbox"),
    ("send dirk -m hello", "fleet inbox send dirk -m hello"),
    ("reject a-1 --reason no", "fleet deny a-1 --because no"),
    ("accept a-1", "fleet approve a-1"),
    ("suspend dirk", "fleet pause dirk"),
    ("metric calls 12", "fleet emit metric calls 12"),
    ("dry-run", "fleet simulate"),
    # a verb, mistyped
    ("stauts", "fleet status"),
    ("aprove a-1", "fleet approve a-1"),
    ("tial -n 5", "fleet tail -n 5"),
    ("explian F310", "fleet explain F310"),
    ("inbox raed m-1", "fleet inbox read m-1"),
    ("inbox archive m-1", "fleet inbox done m-1"),
    ("audit verfy", "fleet audit verify"),
    ("emit metrik calls 12", "fleet emit metric calls 12"),
    # a flag, as other tools call it
    ("tail --follow", "fleet tail -f"),
    ("tail --lines 5 dirk", "fleet tail -n 5 dirk"),
    ("status --dir x", "fleet status -C x"),
    ("--directory x status", "fleet -C x status"),
    ("up --detach", "fleet up -d"),
    ("down --force", "fleet down --now"),
    ("wake dirk --reason new", "fleet wake dirk --because new"),
    ("deny a-1 -m no", "fleet deny a-1 --because no"),
    ("inbox send dirk --message hello", "fleet inbox send dirk -m hello"),
    ("approve a-1 --user founder", "fleet approve a-1 --as founder"),
    ("pause dirk --until 2h", "fleet pause dirk --for 2h"),
    # a flag, mistyped, or with one dash
    ("status --josn", "fleet status --json"),
    ("--jsno status", "fleet --json status"),
    ("tail -kind mail", "fleet tail --kind mail"),
    ("wake dirk --wiat", "fleet wake dirk --wait"),
    ("simulate --fro=mon", "fleet simulate --from=mon"),
    ("rehearse --strct", "fleet rehearse --strict"),
    # a flag of another verb, or where no flag is wanted
    ("wake dirk --all", "pause and fleet resume do"),
    ("status --once", "fleet up does"),
    ("tail --seat dirk", "a seat stands there without a flag"),
    ("init --force", "it never overwrites"),
    # a value
    ("tail --kind verdcts", "verdict"),
    ("inbox send dirk -m x --type REQUST", "REQUEST"),
    ("status --color alway", "always"),
    ("init --from minmal", "minimal"),
    ("tail -n few", "-n few: it is a whole number, 0 or more"),
    ("tail -n", "-n needs a value"),
    # a seat, or who holds it
    ("wake drik", "Did you mean dirk?"),
    ("status Dirk", "Did you mean dirk?"),
    ("inbox david", "Did you mean founder?"),
    ("brief pusle", "Did you mean pulse?"),
    ("pause crm.ofer", "Did you mean crm.offer?"),
    # an id of the wrong kind, or half of one
    ("wake a-1", "a-1 is an action, not a seat. See: fleet why a-1"),
    ("approve t-1", "it is a turn. See: fleet why t-1"),
    ("approve dirk", "it is a seat. See: fleet status dirk"),
    ("approve 1", "Did you mean a-1?"),
    ("why a1", "Did you mean a-1?"),
    ("inbox read a-1", "it is an action. See: fleet why a-1"),
    ("why a-99", "the newest is a-1"),
    ("trace dirk", "fleet why dirk"),
    ("why crm.offer", "crm.offer is a kind of action. What waits of it: fleet approve"),
    ("why crm.ofer", "there is no seat and no kind of action 'crm.ofer'. Did you mean crm.offer?"),
    ("pause crm.ofer", "there is no seat and no kind of action 'crm.ofer'. Did you mean crm.offer?"),
    ("trace acount:acme", "Did you mean account:acme?"),
    # a word too few, or too many
    ("wake", "As: fleet wake dirk"),
    ("deny", "As: fleet deny a-31 --because"),
    ("inbox send dirk", "inbox send needs -m TEXT"),
    ("brief dirk pulse", "'pulse' is one too many"),
    ("down dirk", "fleet pause SEAT"),
)
"""What is typed, and what must stand in the answer."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Place:
    """A fleet without a daemon, in which a-1 about account:acme waits for founder."""
    place = Place(tmp_path_factory.mktemp("asked"))
    begin_desk(place, DESK)
    place.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [ACME]}))
    assert place("wake", "dirk").code == 0
    assert place("up", "--once", "-q").code == 0
    return place


@pytest.mark.parametrize(("typed", "meant"), MISTYPED)
def test_what_is_mistyped_leads_to_what_was_meant(asked, typed, meant):
    said = asked(*shlex.split(typed))
    assert said.code == 2
    assert meant in said.err
    assert said.out == ""
    assert said.err.startswith("fleet: ")
    assert len(said.err.splitlines()) <= 2
    assert "Usage" not in said.err


@pytest.mark.parametrize("typed", ["logs", "tail --folow", "wake drik", "wake"])
def test_to_a_program_a_mistake_is_one_object_and_the_same_sentence(asked, typed):
    said = asked(*typed.split(), "--json")
    assert said.json["schema"] == "fleet.error/1"
    assert said.json["revision"] == 1
    assert said.err == f"fleet: {said.data['says']}\n"
    assert (said.code, said.data["code"]) == (2, 2)
    assert said.data["try"]


@pytest.mark.parametrize(
    "words",
    [
        "help status",
        "status help",
        "--help status",
        "-h status",
        "status --help",
        "status -h",
        "help -h status",
    ],
)
def test_help_of_a_verb_is_the_same_however_it_is_asked_for(nowhere, words):
    said = nowhere(*words.split())
    assert said.code == 0
    assert said.out.startswith("Usage: fleet status [SEAT...]")


@pytest.mark.parametrize("words", ["help", "--help", "-h", "help help"])
def test_help_of_the_program_is_the_same_however_it_is_asked_for(nowhere, words):
    said = nowhere(*words.split())
    assert said.code == 0
    assert "A normal week:" in said.out


def test_help_of_a_verb_of_a_verb(nowhere):
    said = nowhere("help", "inbox", "send")
    assert said.out.startswith("Usage: fleet inbox send SEAT [FLAGS]\n")


def test_help_for_a_verb_that_is_not_there_names_the_nearest(nowhere):
    said = nowhere("help", "stauts")
    assert (said.code, said.err) == (
        2,
        "fleet: there is no verb 'stauts'. Did you mean: fleet status --help\n",
    )


def test_version_is_a_word_too(nowhere):
    assert nowhere("version").out == nowhere("--version").out
