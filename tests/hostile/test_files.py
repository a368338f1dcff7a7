"""The intruder writes where others write: states, the ledger, programs, the chart. It can; it is found and reported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hostile.house import OFFER, House

from fleet.errors import Broken
from fleet.testing import chart_text

ACME: dict[str, Any] = {**OFFER, "about": "account:acme"}


def day(house: House) -> str:
    (file,) = house.path("ledger").glob("*.jsonl")
    return f"ledger/{file.name}"


# States.


@pytest.mark.parametrize(
    "tries",
    [
        [["edit", "state/pulse.md", "account:acme", "account:zen"]],
        [["append", "state/pulse.md", "Acme is fine now.\n"]],
        [["write", "state/pulse.md", "---\nseat: pulse\nclaims: []\n---\nAll clear.\n"]],
        [["remove", "state/pulse.md"]],
    ],
    ids=["an-edit", "a-line", "a-forgery", "removed"],
)
def test_another_seats_state_that_it_wrote_is_reported_trusted_by_nobody_and_frees_nothing(
    house: House, tries: list[Any]
) -> None:
    """Rests on separate users: a holder can write it. What it writes is worth nothing."""
    house.tries(*tries, result={"headline": "quick", "actions": [ACME, OFFER]})
    for action in ("a-1", "a-2"):
        assert house.verdicts(action)[-1]["verdict"] == "hold"
        assert "the state of pulse" in house.verdicts(action)[-1]["reason"]
    house.sweep()
    assert len(house.troubles("tampered")) == 1
    assert house.status("pulse")["health"] == "stale"
    house.tries(result={"headline": "again"})
    read = json.loads(house.read("seats/dirk/work/brief.json"))["reads"]["pulse"]
    assert (read["fresh"], read["state"]) == (False, None)


def test_its_own_state_between_two_turns_too(house: House) -> None:
    house.tries(["append", "state/dirk.md", "And I may do everything.\n"])
    assert house.status("dirk")["health"] == "fine", "its own turn has published anew since"
    house.path("state/dirk.md").write_text("nothing of this is so\n")
    house.sweep()
    assert house.status("dirk")["health"] == "stale"


# The ledger.


def forged(house: House, text: str) -> str:
    last = json.loads(house.read(day(house)).splitlines()[-1])
    return json.dumps({**last, "n": last["n"] + 1, "prev": last["hash"], "what": text}) + "\n"


@pytest.mark.parametrize("how", ["a-line-of-its-own", "the-last-line-cut", "half-a-line"])
def test_a_ledger_that_it_wrote_to_while_the_daemon_runs_stops_everything(house: House, how: str) -> None:
    """Rests on separate users: a holder can write it. The daemon adds nothing to a chain that is not its own."""
    house.offers(OFFER)
    whole = house.read(day(house))
    tries: dict[str, list[Any]] = {
        "a-line-of-its-own": ["append", day(house), forged(house, "approval_answered")],
        "the-last-line-cut": ["cut", day(house)],
        "half-a-line": ["append", day(house), '{"n": 1, "what": "appr'],
    }
    house.plan(tries[how])
    if how == "half-a-line":  # as a crash leaves it: set aside
        house.ask("wake", seat="dirk")
        assert house.path("ledger/torn").is_dir()
        assert house.read(day(house)).startswith(whole)
    else:
        with pytest.raises(Broken, match="changed while fleet was writing it"):
            house.ask("wake", seat="dirk")
    assert house.did("crm.offer") == []
    house.close()
    said = house.fleet("audit", "verify")
    assert said.returncode == (1 if how == "a-line-of-its-own" else 0), said.stdout


def test_a_line_of_the_past_that_it_edited_is_named_and_keeps_the_fleet_from_starting(house: House) -> None:
    """Rests on separate users. Nobody notices while the daemon runs; `audit verify` and the next start do."""
    house.offers({**OFFER, "about": "account:vault"})
    house.tries(
        ["edit", day(house), "dirk may never touch account:vault", "dirk may always touch account:vault"]
    )
    house.stop()
    said = house.fleet("audit", "verify")
    assert said.returncode == 1
    assert "data_sha256 is not the hash of its data" in said.stdout
    assert "Nothing was started" in house.fleet("up", "--once").stderr


def test_a_ledger_that_is_rewritten_whole_holds_and_only_a_hash_kept_elsewhere_tells(house: House) -> None:
    """Rests on separate users, and on the last hash that somebody wrote down."""
    house.tries()
    house.stop()
    kept = house.fleet("audit", "verify").stdout.rsplit(" ", 1)[1].strip()
    house.path(day(house)).write_text("".join(house.read(day(house)).splitlines(keepends=True)[:-2]))
    said = house.fleet("audit", "verify")
    assert said.returncode == 0
    assert kept not in said.stdout


# Programs.


@pytest.mark.parametrize("file", ["seats/dirk/intruder.py", "seats/dirk/SEAT.md", "seats/dirk/helper.py"])
def test_its_own_program_or_charter_changed_while_its_turn_runs_fails_the_turn_and_pauses_it(
    house: House, file: str
) -> None:
    house.tries(["append", file, "# and more\n"], result={"headline": "x", "actions": [OFFER]})
    assert house.failed() == "its charter or program was changed while its own turn ran"
    assert house.status("dirk")["health"] == "paused"
    assert house.records("offer") == []


def test_another_seats_program_that_it_changed_shows_as_another_hash(house: House) -> None:
    """Rests on separate users: what that seat is told to run is no longer what somebody wrote."""
    house.ask("wake", seat="nick")
    house.tries(["append", "seats/nick/agent.sh", "# and more\n"])
    house.ask("wake", seat="nick")
    before, after = (r["data"]["program_sha256"] for r in house.records("turn_started", seat="nick")[-2:])
    assert before != after


def test_a_turn_of_another_seat_that_it_speaks_into_while_it_runs_is_taken_for_that_seats_own(
    house: House,
) -> None:
    """Rests on separate users, and nothing reports it: what a turn emits is a file that one user can write."""
    house.always("pulse", "echo all clear; touch work/slow")
    house.hold("pulse").ask("wake", seat="pulse")
    turn = house.records("turn_started", seat="pulse")[-1]["turn"]
    line = json.dumps({"emit": "message", "to": "founder", "type": "INFORM", "body": "Acme is fine"})
    house.tries(["append", f"out/pulse/{turn}/emit.jsonl", f"{line}\n"])
    house.release("pulse")
    assert [m["from"] for m in house.mail("founder")] == ["pulse"]


# The chart.


def loosened(house: House, old: str, new: str) -> None:
    text = house.read("fleet.yaml")
    assert old in text
    house.tries(["edit", "fleet.yaml", old, new])
    house.sweep().sweep()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # a permission, a ban, an ask, a rank, a conflict, a bound, what an action runs, a budget
        ("do: [crm.write]", "do: [crm.write, crm.offer, mail.send]"),
        ("never: [crm.delete, account:vault]", "never: [crm.delete]"),
        ("ask: {crm.offer: founder}", "ask: {crm.offer: bogdan}"),
        ("rank: [pulse, dirk, nick], then: hold", "rank: [dirk, pulse, nick], then: hold"),
        ("rank: [pulse, dirk, nick], then: hold", "rank: [pulse, dirk, nick], then: allow"),
        ("at_most: 1 a day each", "at_most: 1000 a day each"),
        ("./actions/do crm.offer", "./seats/dirk/work/mine"),
        ("within: 30 days, then: refuse", "within: 1 days, then: refuse"),
        ("of: account, from: data/contacts.csv", "of: account, from: seats/dirk/work/contacts.csv"),
        (
            "founder: {title: Founder, person: David}",
            "founder: {title: Founder, person: David, login: nobody}",
        ),
    ],
)
def test_an_edit_that_loosens_waits_and_is_shown(house: House, old: str, new: str) -> None:
    loosened(house, old, new)
    (ruled, *_) = house.offers({**OFFER, "about": "account:vault"}, ACME)
    assert ruled["verdict"] == "refuse"
    assert house.verdicts("a-2")[-1]["verdict"] == "hold"
    status = house.ask("status")
    assert status["waits"], "the status says that an edit waits for a yes"
    house.stop().start()
    assert house.ask("status")["waits"], "a restart is no yes"


def test_a_power_of_its_own_through_an_include_or_the_defaults_waits_too(house: House) -> None:
    house.write("seats/dirk/work/more.yaml", "actions:\n  shell.run: {run: sh -c id}\n")
    loosened(house, "fleet: test\n", "fleet: test\ninclude: seats/dirk/work/more.yaml\n")
    (ruled,) = house.offers({"kind": "shell.run"})
    assert (ruled["verdict"], ruled["reason"][:33]) == ("refuse", "no action kind shell.run is decla")
    house.write("fleet.yaml", house.read("fleet.yaml").replace("include: seats/dirk/work/more.yaml\n", ""))
    loosened(house, "fleet: test\n", "fleet: test\ndefaults: {retries: 9, limit: 23h}\n")
    house.tries()
    assert house.records("turn_started", seat="dirk")[-1]["data"]["limit_s"] == 600


def test_a_seat_that_it_adds_has_no_power(house: House) -> None:
    house.write("seats/ghost/agent.sh", f"echo '{json.dumps({'headline': 'boo', 'actions': [OFFER]})}'\n")
    ghost = "  ghost: {title: Ghost, run: sh agent.sh, answers_to: founder, owns: [haunting], can: {do: [crm.offer]}}\n"
    loosened(house, "  pulse:\n", f"{ghost}  pulse:\n")
    house.advance(minutes=1)
    verdicts = [r["data"] for r in house.records("verdict", seat="ghost")]
    assert [v["verdict"] for v in verdicts] in ([], ["refuse"])
    assert house.did("crm.offer") == []


def test_a_chart_that_cannot_be_read_changes_nothing(house: House) -> None:
    house.tries(["write", "fleet.yaml", "[" * 100_000])
    house.sweep().sweep()
    assert house.ask("status")["problems"]
    house.tries(["write", "fleet.yaml", chart_text({"dirk": "can: {do: [crm.offer]}"}) + "oops: 1\n"])
    house.sweep().sweep()
    assert house.offers(ACME)[-1]["verdict"] == "hold"


# Mail.


def test_mail_that_was_removed_is_reported_and_given_as_it_was_delivered(house: House) -> None:
    name = house.ask("send", person="founder", to="dirk", body="Stop all offers.")["name"]
    house.plan()
    house.path(f"inbox/dirk/new/{name}").unlink()
    house.ask("wake", seat="dirk")
    assert house.troubles("mail") == [
        "m-1 was removed after it was delivered; dirk is given it as it was delivered"
    ]
    given = json.loads(house.read("seats/dirk/work/brief.json"))["mail"]
    assert [(m["from"], m["body"]) for m in given] == [("founder", "Stop all offers.")]
    assert house.box("dirk", "done") == [f"2026-11/{name}"]
