"""`fleet status` where people and actions wait: the words of a row, the next command, and one seat in full."""

from __future__ import annotations

import getpass
import json
import re

import pytest
from cli.conftest import DESK, begin_desk

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"amount": 5}, "because": "renewal"}
VOLT = {**ACME, "about": "account:volt"}
MAIL = {"kind": "mail.send", "about": "account:zeta", "with": {"to": "x"}}
CLAIM = {"headline": "watch", "claims": [{"about": "account:acme", "because": "spend -38%"}]}
SCREEN = """\
SEAT     HEALTH           LAST      NEXT  IN  TODAY
founder  ◇ 1 to decide    -         -      1  a-1 crm.offer of dirk, 0s
bogdan   ● fine           -         -      0
pulse    ● fine           HH:MM 0s  -      0  all well
dirk     ◇ waits for you  HH:MM 0s  -      0  a-1 crm.offer to account:acme
?: 3 turns told no cost (unmetered)
isolation: none
Next: fleet approve a-1
"""
PLANNED = """\
fleet: f
timezone: UTC
seats:
  me: {title: Me, person: Me}
  scout: {title: Scout, answers_to: me}
"""


def _plain(text: str) -> str:
    return re.sub(r"\b\d+s\b", "0s", re.sub(r"(\b\w{3} |tomorrow )?\b\d\d:\d\d\b", "HH:MM", text))


def _claims(desk) -> None:
    desk.write("seats/pulse/work/next", json.dumps(CLAIM))
    assert desk("wake", "pulse", "--wait").code == 0


def _row(desk, seat: str) -> dict:
    return next(row for row in desk("status", "--json").data["seats"] if row["seat"] == seat)


def test_who_waits_and_who_decides_is_said_in_words_and_the_next_command_named(desk):
    desk.offers("dirk", ACME)
    screen = desk("status").out.partition("\n")[2]
    assert _plain(screen) == SCREEN
    assert max(map(len, screen.splitlines())) <= 80
    row = _row(desk, "dirk")
    assert (row["health"], row["waiting"], row["to_decide"]) == ("waiting", ["a-1"], ["a-1"])
    assert _row(desk, "founder")["to_decide"] == ["a-1"]
    bare = desk().out
    assert "\nfounder 1 to decide; dirk waits for you\nNext: fleet approve a-1" in bare


def test_several_to_decide_lead_to_the_queue(desk):
    desk.offers("dirk", ACME, VOLT, MAIL)
    screen = _plain(desk("status").out)
    assert "\nfounder  ◇ 3 to decide " in screen
    assert "a-1 crm.offer of dirk, 0s; 2 more\n" in screen
    assert screen.endswith("Next: fleet approve\n")


def test_who_is_not_asked_is_told_who_is(desk):
    desk.offers("dirk", ACME)
    screen = desk("status", "--as", "bogdan").out
    assert "\ndirk     ◇ waits for founder " in screen
    assert "fleet approve" not in screen
    assert "◇ waits for you" in desk("status", "--as", "founder").out


@pytest.mark.parametrize(
    ("person", "acts"),
    [("David", "founder"), ("Bogdan", "bogdan"), (None, "operator")],  # whose login is that of who types
)
def test_where_people_have_logins_it_is_the_callers_that_counts(nowhere, person, acts):
    chart = DESK.replace("person: David", "person: David, login: somebody-else")
    if person is not None:
        chart = DESK.replace(f"person: {person}", f"person: {person}, login: {getpass.getuser()}")
    begin_desk(nowhere, chart)
    nowhere.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [ACME]}))
    assert nowhere("wake", "dirk").code == 0
    assert nowhere("up", "--once", "-q").code == 0
    screen = nowhere("status").out
    mine = acts == "founder"
    assert f"◇ waits for {'you' if mine else 'founder'} " in screen
    assert ("fleet approve a-1" in screen) is mine
    said = nowhere("approve", "a-1")
    assert said.code == (0 if mine else 1)
    assert (f"you act as {acts}" in said.err) is not mine


def test_the_same_is_said_without_a_daemon(desk):
    desk.offers("dirk", ACME)
    assert desk("down").code == 0
    said = desk("status")
    assert said.code == 3
    assert _plain(said.out.partition("\n")[2]) == SCREEN


def test_a_held_action_leads_to_why(desk):
    _claims(desk)
    desk.offers("dirk", ACME)
    screen = desk("status").out
    assert "\ndirk     ◇ held " in screen
    assert "a-1 crm.offer to account:acme: account:acme is claimed by pulse" in screen
    assert screen.endswith("Next: fleet why dirk\n")


def test_a_seat_in_full_shows_what_is_open_with_reason_and_place(desk):
    _claims(desk)
    desk.offers("dirk", ACME, VOLT, MAIL)
    assert desk("approve", "a-3").code == 0
    desk.until(lambda: desk("approve", "--json").data["unknown"], "its end")
    page = re.sub(r"\n +", "\n", re.sub(" {2,}", "  ", _plain(desk("status", "dirk").out)))
    assert "\nheld  a-1 crm.offer to account:acme: account:acme is claimed by pulse" in page
    assert re.search(r"fleet\.yaml:29  lapses HH:MM\n", page)
    asked = "asked  a-2 crm.offer to account:volt: crm.offer by dirk needs the yes of founder"
    assert f"\n{asked}  fleet.yaml:23  lapses" in page
    assert "\nunknown  a-3 mail.send to account:zeta: it was killed by signal 9\n" in page
    (held,) = [
        a for a in desk("status", "dirk", "--json").data["details"]["dirk"]["actions"] if a["id"] == "a-1"
    ]
    assert (held["status"], held["place"], held["about"]) == ("held", "fleet.yaml:29", ["account:acme"])


def test_the_page_of_who_holds_it_says_so(desk):
    _claims(desk)
    desk.offers("dirk", ACME)
    assert re.search(r"\n *holds +a-1 of dirk: crm.offer about account:acme\n", desk("status", "pulse").out)
    assert "holds" not in desk("status", "founder").out
    (held,) = desk("status", "pulse", "--json").data["details"]["pulse"]["holds"]
    assert (held["id"], held["seat"]) == ("a-1", "dirk")


def test_a_persons_inbox_names_what_waits_for_his_yes(desk):
    desk.offers("dirk", ACME)
    said = desk("inbox", "founder")
    assert _plain(said.out).endswith(
        "a-1 waits for the yes of founder: crm.offer of dirk to account:acme, 0s -> fleet approve a-1\n"
    )
    assert desk("inbox", "founder", "--json").data["to_decide"] == ["a-1"]
    assert desk("inbox", "bogdan").out == "No mail.\n"


def test_one_event_is_one_line_of_the_tail(desk):
    desk.offers("dirk", ACME, MAIL)
    assert desk("approve", "a-1").code == 0
    assert desk("deny", "a-2", "--because", "not now").code == 0
    desk.until(lambda: "a-1 crm.offer  " in desk("tail").out, "its outcome")
    for words in (("--kind", "verdict"), ("-n", "7")):
        lines = [line.split("  ", 1)[1] for line in desk("tail", *words).out.splitlines()]
        told = [re.sub(r" {2,}", "  ", line) for line in lines if "a-1" in line or "a-2" in line]
        assert [line.split("  ")[:3] for line in sorted(told)] == sorted(
            [
                ["dirk", "a-1 crm.offer", "DONE"],
                ["dirk", "asks crm.offer a-1", "ALLOW"],
                ["dirk", "asks crm.offer a-1", "ASK"],
                ["dirk", "asks mail.send a-2", "ASK"],
                ["founder", "approves a-1 of dirk", "YES"],
                ["founder", "denies a-2 of dirk", "NO"],
            ]
        )
    kinds = {record["what"] for record in desk("tail", "--kind", "verdict", "--json").data["records"]}
    assert {"approval_asked", "action_intent"} <= kinds
    assert "offers crm.offer a-1" in desk("tail", "-n", "200", "--kind", "all").out


AGENT = "run: sh agent.sh, answers_to: you, when: when asked, scorecard: {n: all}"
CHAIN = f"""\
fleet: chain
timezone: UTC
seats:
  you: {{title: Owner, person: You, reads: [dirk]}}
  dash: {{title: Analytics, owns: [ads], good_for: 1s, {AGENT}}}
  pulse: {{title: Clients, owns: [clients], good_for: 24h, reads: [dash], {AGENT}}}
  dirk: {{title: Sales, owns: [sales], good_for: 24h, reads: [dash], {AGENT}}}
"""


def test_one_trouble_is_told_once_and_the_command_goes_to_its_cause(nowhere):
    nowhere.write("seats/dash/agent.sh", "echo meta says 429 >&2; exit 7")
    begin_desk(nowhere, CHAIN)
    rows = {row["seat"]: row for row in nowhere("status", "--json").data["seats"]}
    assert [(rows[n]["health"], rows[n]["cause"]) for n in ("dash", "pulse", "dirk")] == [
        ("failed", None),
        ("stale", "dash"),
        ("stale", "dash"),
    ]
    screen = nowhere("status").out
    assert screen.count("waits for dash's trouble: dash failed (exit 7") == 2
    assert "\nNext: fleet tail dash --kind log · fleet inbox you\n" in screen
    assert "\ndash failed (2 follow); you waiting\n" in nowhere().out
    page = nowhere("status", "dirk").out
    assert page.endswith("Next: fleet why dash\n")
    assert re.search(r"\n *reads +dash +stale: nothing published yet\n", page)
    assert re.search(r"\n *log +t-\d+: meta says 429\n", nowhere("status", "dash").out)
    assert re.search(r"\n *read by +pulse, dirk\n", nowhere("status", "dash").out)


def test_a_seat_that_is_planned_is_held_by_nobody_yet(nowhere):
    nowhere.write("fleet.yaml", PLANNED)
    assert nowhere("up", "--once", "-q").code == 0
    assert nowhere("status", "scout").out.startswith(
        "scout  Scout, planned, nobody holds it yet, answers to me\n"
    )


def test_a_broken_file_is_said_with_its_mistakes_and_the_revision_that_goes_on(nowhere):
    nowhere.write("fleet.yaml", PLANNED)
    assert nowhere("up", "--once", "-q").code == 0
    nowhere.write("fleet.yaml", PLANNED.replace("answers_to: me", "answers_to: nobody"))
    assert "\nfleet.yaml has a mistake; revision 1 goes on.\nNext: " in nowhere().out


def test_a_failed_turn_that_wrote_nothing_leads_to_why_which_names_its_program(hello):
    hello.write("seats/greeter/greet.sh", "exit 3\n")
    assert hello("wake", "greeter").code == 0
    assert hello("up", "--once", "-q").code == 0
    assert "fleet tail greeter" not in hello("status").out
    assert "Next: fleet why greeter" in hello("status", "greeter").out
    said = " ".join(hello("why", "greeter").out.split())
    assert "It wrote nothing to stderr; its program is `sh greet.sh` in seats/greeter." in said
    hello.write("seats/greeter/greet.sh", "echo no room >&2; exit 3\n")
    assert hello("wake", "greeter").code == 0
    assert hello("up", "--once", "-q").code == 0
    assert "fleet tail greeter --kind log" in hello("status").out


def test_a_tail_of_trouble_says_that_there_is_none(hello):
    said = hello("tail", "--kind", "trouble")
    assert (said.code, said.out) == (0, "")
    assert said.err == "No trouble of the machine or of fleet.yaml is recorded; that of seats: fleet status\n"


def test_several_actions_that_one_pause_holds_are_told_once_with_what_lets_them_go_on(desk):
    assert desk("pause", "crm.offer", "--because", "audit").code == 0
    others = ({**ACME, "about": f"account:{name}"} for name in ("volt", "rake"))
    desk.offers("dirk", ACME, *others)
    page, said = desk("status", "dirk").out, desk("why", "dirk").out
    assert "3 of crm.offer: crm.offer is paused by" in page and "(a-1, a-2, a-3)" in page
    assert (page + said).count("  crm.offer to ") == 0
    assert " ".join(said.split()).count("3 of crm.offer are held: crm.offer is paused by") == 1
    assert "3 held actions go on after fleet resume crm.offer." in " ".join(said.split())
    assert "\nNext: fleet resume crm.offer\n" in page
    assert "\nNext: fleet resume crm.offer" in desk("status").out
    assert desk("resume", "crm.offer").code == 0
    assert " are held" not in desk("why", "dirk").out
