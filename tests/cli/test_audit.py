"""`fleet audit`: who did what, how that is known, and which rule he overrode."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from cli.conftest import DESK, DIES, Place, begin_desk

USER = pwd.getpwuid(os.getuid()).pw_name
OFFER: dict[str, Any] = {"kind": "crm.offer", "about": "account:acme", "with": {"amount": 18000}}
MAIL: dict[str, Any] = {"kind": "mail.send", "about": "account:volt", "with": {"text": "hi"}}
NOTE: dict[str, Any] = {"kind": "note.append", "about": "account:acme"}
CLAIMS = [{"about": "account:acme", "because": "leads down"}]
ASKING = DESK.replace("then: hold, because: Retention", "then: ask founder, because: Retention")


@pytest.fixture
def house(nowhere: Place) -> Iterator[Place]:
    """The desk with a conflict that asks, served; Pulse claims Acme."""
    begin_desk(nowhere, ASKING)
    assert nowhere("up", "-d").code == 0
    nowhere.offers("pulse", claims=CLAIMS)
    yield nowhere
    nowhere.kill()


def entries(place: Place, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place("audit", *words, "--json").data["entries"]
    return found


def did(place: Place, *words: str) -> list[tuple[str, str]]:
    return [(", ".join(e["by"]), e["did"]) for e in entries(place, *words)]


def test_all_that_a_person_did_is_told_with_the_rule_that_he_overrode(house):
    house.offers("dirk", OFFER, MAIL)
    assert house("approve", "a-1", "--because", "renewal closes").code == 0
    assert house("deny", "a-2", "--because", "not now").code == 0
    assert house("pause", "dirk", "--because", "enough", "--as", "bogdan").code == 0
    assert house("inbox", "send", "dirk", "-m", "Well done.").code == 0
    assert house("publish", "founder", text="All is well.\n").code == 0
    told = did(house, "--by", "founder")
    assert [line for _, line in told] == [
        "said yes to a-1, crm.offer of dirk about account:acme",
        "said no to a-2, mail.send of dirk about account:volt",
        told[2][1],
        "published for founder: All is well.",
    ]
    assert told[2][1].endswith("INFORM to dirk: Well done.")
    assert did(house, "--by", "bogdan") == [("bogdan", "paused dirk")]
    (over,) = entries(house, "--by", "founder", "--overrides")
    line = 1 + ASKING.splitlines().index(
        next(one for one in ASKING.splitlines() if "rank: [pulse, dirk]" in one)
    )
    assert over["override"]["sort"] == "rule"
    assert (over["override"]["rule"], over["override"]["place"]) == (
        "account: pulse before dirk",
        f"fleet.yaml:{line}",
    )
    assert "account:acme is claimed by pulse" in over["override"]["against"]
    assert over["because"] == "renewal closes"
    shown = house("audit", "--by", "founder", "--overrides").out
    assert f"overrides account: pulse before dirk (fleet.yaml:{line}): crm.offer by dirk needs" in shown


def test_each_sort_of_override_is_named(house):
    house.offers("pulse", claims=[])
    house.offers("dirk", OFFER, MAIL)
    assert house("approve", "a-1", "--with", "-", text='{"amount": 9000}').code == 0
    house.program("mail", DIES)
    assert house("approve", "a-2").code == 0
    house.until(lambda: house("approve", "--json").data["unknown"], "nobody knows what became of it")
    assert house("approve", "a-2", "--happened", "--because", "Volt wrote back").code == 0
    house.write("fleet.yaml", ASKING.replace("good_for: 24h", "good_for: 48h"))
    house.until(lambda: house("status", "--json").data["waits"], "the edit waits")
    assert house("apply", "--because", "it knows how").code == 0
    found = entries(house, "--overrides")
    assert [(e["override"]["sort"], e["by"]) for e in found] == [
        ("payload", ["founder"]),
        ("permission", ["founder"]),
        ("outcome", ["founder"]),
        ("edit", ["founder"]),
    ]
    assert found[0]["override"]["against"] == "changed amount from 18000 to 9000"
    assert "dirk has a state that is good for 2d, not 1d" in found[3]["override"]["against"]
    assert found[1]["did"] == "said yes to a-2, mail.send of dirk about account:volt"
    assert found[1]["override"]["rule"] == "seats.dirk.can.ask"
    lines = house("audit", "--overrides").out.splitlines()
    assert lines[1].endswith("leaves that to a person") and "; seats.dirk.can.ask (fleet.yaml:" in lines[1]
    assert house("audit").out.splitlines()[0].endswith("saved r-1: the fleet's first chart")
    house.write("fleet.yaml", ASKING.replace("good_for: 24h", "good_for: 48h").replace("Sales", "Selling"))
    assert house("apply").code == 0
    assert len(entries(house, "--overrides")) == 4, "an apply that loosens nothing overrides nothing"


def test_what_a_seat_did_and_tried_is_told_of_it_and_not_of_people(house):
    house.offers(
        "dirk",
        NOTE,
        {**OFFER, "kind": "crm.wipe"},
        messages=[{"to": "pulse", "subject": "Look", "body": "x"}],
    )
    told = [line for _, line in did(house, "--by", "dirk")]
    assert any(line.startswith("a-1 note.append about account:acme: dirk offered it") for line in told)
    assert any("was refused" in line or "crm.wipe of dirk: refused" in line for line in told)
    assert any(line.endswith("INFORM to pulse: Look") for line in told)
    assert not any("dirk" in by.split(", ") for by, _ in did(house)), "unasked it tells what people did"


def test_filters_combine_and_the_newest_are_shown(house):
    for reason in ("one", "two", "three"):
        assert house("pause", "dirk", "--because", reason, "--as", "founder").code == 0
        assert house("resume", "dirk", "--as", "bogdan").code == 0
    assert [e["because"] for e in entries(house, "--by", "founder", "-n", "2")] == ["two", "three"]
    assert len(entries(house, "--by", "bogdan", "--since", "1h")) == 3
    assert entries(house, "--by", "bogdan", "--since", "2036-01-01") == []
    said = house("audit", "--by", "bogdan", "--since", "2036-01-01")
    assert (said.code, said.out) == (0, "")
    assert said.err == "Nothing of bogdan since then is recorded.\n"
    assert len(entries(house, "--by", "bogdan", "--overrides")) == 0


def test_how_it_is_known_and_which_user_asked_is_kept(house):
    assert house("pause", "dirk").code == 0
    assert house("resume", "dirk", "--as", "bogdan").code == 0
    assert house("pause").code == 0
    found = [(e["by"], e["how"], e["user"], e["uid"]) for e in entries(house)[-3:]]
    assert found == [
        (["founder"], "concerned", USER, os.getuid()),
        (["bogdan"], "--as", USER, os.getuid()),
        (["operator"], "nobody", USER, os.getuid()),
    ]
    assert f"bogdan (--as, user {USER})" in house("audit").out


def test_with_a_login_the_user_is_the_person_and_is_found_by_it_also_where_he_spoke_as_another(nowhere):
    chart = DESK.replace("person: David,", f"person: David, login: {USER},")
    begin_desk(nowhere, chart)
    assert nowhere("pause", "dirk").code == 0
    assert nowhere("resume", "dirk", "--as", "bogdan").code == 0
    for who in ("founder", "David", "david", USER):
        found = [(e["by"], e["how"], e["did"]) for e in entries(nowhere, "--by", who) if e["how"]]
        assert found == [(["founder"], "login", "paused dirk"), (["bogdan"], "--as", "resumed dirk")]
    assert did(nowhere, "--by", "bogdan") == [("bogdan", "resumed dirk")]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        # a seat by a slip, a person by a slip, and nobody at all
        ("foundr", "Did you mean founder?"),
        ("Davd", "Did you mean David?"),
        ("zzzz", "There are: founder, bogdan, pulse, dirk"),
    ],
)
def test_a_name_of_nobodys_exits_2_with_the_nearest(house, word, hint):
    said = house("audit", "--by", word)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err


def test_who_saved_an_edit_is_found_by_name_and_by_address(nowhere):
    nowhere.write("fleet.yaml", DESK)
    for words in (("init", "-q"), ("add", "fleet.yaml"), ("commit", "-qm", "begin")):
        who = ["-c", "user.name=Ann Lee", "-c", "user.email=ann@example.com"]
        subprocess.run(["git", *who, *words], cwd=nowhere.folder, check=True, capture_output=True)
    begin_desk(nowhere)
    for name in ("Ann Lee", "ann lee", "ann@example.com", "Ann Lee <ann@example.com>"):
        (one,) = entries(nowhere, "--by", name)
        assert (one["by"], one["what"], one["id"]) == (["Ann Lee <ann@example.com>"], "revision", "r-1")


def test_a_name_that_json_writes_otherwise_is_found_by_all_of_it(nowhere):
    begin_desk(nowhere)
    nowhere.write("fleet.yaml", DESK.replace("title: Sales", "title: Sales and Renewals"))
    ann = ["-c", 'user.name=Ann "Bo\\o" Lee', "-c", "user.email=ann@example.com"]
    for words in (("init", "-q"), ("add", "fleet.yaml"), ("commit", "-qm", "begin")):
        subprocess.run(["git", *ann, *words], cwd=nowhere.folder, check=True, capture_output=True)
    assert nowhere("up", "--once", "-q").code == 0
    for name in ('Ann "Bo\\o" Lee', "ann@example.com"):
        assert [one["id"] for one in entries(nowhere, "--by", name)] == ["r-2"]


@pytest.fixture
def strict(nowhere: Place) -> Iterator[Place]:
    """The desk with a rule that refused an offer, served."""
    begin_desk(
        nowhere, f"{DESK}rules:\n  - {{name: dear, if: 'action.kind == \"crm.offer\"', then: refuse}}\n"
    )
    assert nowhere("up", "-d").code == 0
    nowhere.offers("dirk", OFFER)
    yield nowhere
    nowhere.kill()


def test_what_the_gate_refused_is_found_as_the_gates(strict):
    (one,) = entries(strict, "--by", "gate")
    assert (one["id"], one["what"], one["rule"]) == ("a-1", "verdict", "dear")


def test_a_rule_that_is_gone_is_told_of_and_never_denied(strict):
    strict.write("fleet.yaml", DESK)
    assert strict("apply", "--because", "no more", "--as", "founder").code == 0
    assert [one["id"] for one in entries(strict, "--rule", "dear")] == ["a-1"]
    later = strict("audit", "--rule", "dear", "--since", "1s")
    by = strict("audit", "--rule", "dear", "--by", "bogdan", "--overrides")
    assert (later.code, by.code) == (0, 0)
    assert by.err == "bogdan overrode nothing of dear, as far as is recorded.\n"
    assert "Nothing of bogdan on dear is recorded." in strict("audit", "--rule", "dear", "--by", "bogdan").err
    assert strict("audit", "--rule", "deer", "--by", "bogdan").code == 2


def test_none_of_many_says_nothing_of_whether_there_are_any(house):
    assert house("pause", "dirk", "--because", "enough", "--as", "bogdan").code == 0
    for words in ((), ("--by", "bogdan"), ("--overrides",)):
        said = house("audit", "-n", "0", *words)
        assert (said.code, said.out, said.err) == (0, "", "")


def test_what_was_erased_is_told_as_erased_by_whom_and_of_nobody_else(house):
    assert house("pause", "dirk", "--because", "Jo Doe asked", "--as", "founder").code == 0
    n = str(entries(house)[-1]["n"])
    assert house("resume", "dirk").code == 0
    said = house("audit", "erase", n, "--because", "she wants to be forgotten", "--yes", "--as", "bogdan")
    assert said.code == 0, said.out + said.err
    told = entries(house)
    assert (told[-1]["by"], told[-1]["did"], told[-1]["how"]) == (
        ["bogdan"],
        f"erased the data of {n}",
        "--as",
    )
    assert [e for e in told if e["did"] == "paused dirk"] == []


def test_alone_it_tells_what_people_did_and_its_help_has_the_verbs(house):
    assert house("audit").out.count("\n") == len(json.loads(house("audit", "--json").out)["data"]["entries"])
    said = house("audit", "--help").out
    assert "--overrides" in said and "verify" in said
    assert house("audit", "verify").out.startswith(str(len(_ledger(house))))


def _ledger(place: Place) -> list[str]:
    return [
        line for file in (place.folder / "ledger").glob("*.jsonl") for line in file.read_text().splitlines()
    ]


def test_little_of_a_person_without_a_login_says_where_else_he_may_stand(house):
    assert house("wake", "dirk", "--wait").code == 0
    said = house("audit", "--by", "founder")
    assert "without --as stands under operator" in said.err
    assert "operator" not in house("audit", "--by", "dirk").err


def test_a_key_that_an_answer_left_out_is_removed_and_turns_nobody_away(house):
    house.offers("pulse", claims=[])
    house.offers("dirk", {**OFFER, "with": {"amount": 9000, "turn": 1}})
    assert house("approve", "a-1", "--with", "-", text='{"amount": 2500}').code == 0
    (one,) = entries(house, "--overrides")
    assert "changed amount from 9000 to 2500, turn removed" in one["did"]


def test_the_help_of_a_verb_with_verbs_has_its_own_flags(house):
    said = house("audit", "--help").out
    assert all(
        flag in said for flag in ("--by WHO", "--since TIME|SPAN", "--overrides", "--rule RULE", "-n N")
    )
    assert "--since TIME|SPAN" in house("rules", "--help").out
