"""`fleet approve` and `fleet deny`: the queue, the card, and one person's word on exactly what he was shown."""

from __future__ import annotations

import json
import re

import pytest
from cli.conftest import Place, begin_desk

from fleet.cli import payload
from fleet.errors import Typed

ACME = {
    "kind": "crm.offer",
    "about": "account:acme",
    "with": {"amount": 18000, "pages": 4},
    "because": "renewal window closes Friday",
}
VOLT = {**ACME, "about": "account:volt", "with": {"amount": 7}}
MAIL = {"kind": "mail.send", "about": "account:acme", "with": {"to": "x"}}
CLAIM = {"headline": "watch", "claims": [{"about": "account:acme", "because": "spend -38%"}]}
CARD = """\
a-1   dirk      crm.offer to account:acme, once
      payload      amount: 18000, pages: 4
      says         "renewal window closes Friday"  T
      checked      nobody claims account:acme; pulse published at HH:MM: all well
      asks         founder, 0s ago: crm.offer by dirk needs the yes of founder  fleet.yaml:23
      if yes       it is judged once more, and exactly this runs: ./offer
      if you wait  bogdan is asked at HH:MM; lapses tomorrow HH:MM
"""


def _golden(text: str) -> str:
    """Put fixed words for what differs from run to run."""
    text = re.sub(r"\b\d\d:\d\d\b", "HH:MM", text)
    text = re.sub(r"\b\d+s\b", "0s", text)
    text = re.sub(r"(tomorrow|sun|mon|tue|wed|thu|fri|sat) HH", "tomorrow HH", text)
    text = re.sub(r"asked (at )?tomorrow HH", "asked at HH", text)
    text = re.sub(
        r"; it runs now$", '; done, exit 0: "offer sent"', text, flags=re.MULTILINE
    )  # a slow machine
    return re.sub(r"\bt-\d+$", "T", text, flags=re.MULTILINE)


def _sent(desk) -> list[dict]:
    """What really went out."""
    log = desk.folder / "offers.log"
    return [json.loads(line) for line in log.read_text().splitlines() if line] if log.exists() else []


def _runs(desk, count: int) -> list[dict]:
    """Wait for so many to have gone out."""
    return desk.until(lambda: len(_sent(desk)) >= count and _sent(desk), f"{count} of them sent")


def _edit(*keys: str) -> str:
    """An editor that makes another payload of what it is given."""
    return f'sh -c \'printf "{" ".join(keys)}" >"$1"\' editor'


def _status(desk, seat: str) -> dict:
    return next(row for row in desk("status", "--json").data["seats"] if row["seat"] == seat)


def _open(desk) -> dict:
    data = desk("approve", "--json").data
    return {card["id"]: card for card in (*data["approvals"], *data["unknown"])}


@pytest.fixture(scope="module")
def acting_desk(tmp_path_factory):
    """A fleet in which one action is asked for and one is held, with no daemon."""
    desk = Place(tmp_path_factory.mktemp("desk"))
    begin_desk(desk)
    desk.write("seats/pulse/work/next", json.dumps(CLAIM))
    assert desk("wake", "pulse").code == 0
    assert desk("up", "--once", "-q").code == 0
    desk.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [VOLT, ACME]}))
    assert desk("wake", "dirk").code == 0
    assert desk("up", "--once", "-q").code == 0
    return desk


def test_an_empty_queue_says_so(desk):
    said = desk("approve")
    assert (said.code, said.out) == (0, "Nothing waits for a yes, and nothing is unknown.\n")
    assert desk("approve", "--json").data == {"approvals": [], "unknown": []}


def test_the_queue_names_each_with_who_is_asked_and_for_how_long(desk):
    desk.offers("dirk", ACME, VOLT)
    said = desk("approve")
    assert said.code == 0
    assert _golden(said.out) == (
        "ID   SEAT  WANTS                      FROM     SINCE\n"
        "a-1  dirk  crm.offer to account:acme  founder  0s     lapses tomorrow HH:MM\n"
        "a-2  dirk  crm.offer to account:volt  founder  0s     lapses tomorrow HH:MM\n"
        "Next: fleet approve a-1\n"
    )


def test_the_queue_as_json_has_what_the_contract_names(desk):
    desk.offers("dirk", ACME)
    said = desk("approve", "--json")
    assert said.json["schema"] == "fleet.approve/1"
    (card,) = said.data["approvals"]
    wanted = {"id", "seat", "kind", "about", "with", "person", "because", "hash", "expires_at"}
    assert wanted <= set(card)
    assert (card["id"], card["about"], card["with"]) == ("a-1", "account:acme", ACME["with"])


def test_without_a_terminal_the_id_is_the_yes_and_the_card_is_printed(desk):
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1")
    assert said.code == 0
    assert _golden(said.out) == CARD + 'a-1 approved by founder; done, exit 0: "offer sent"\n'
    assert [one["with"] for one in _runs(desk, 1)] == [ACME["with"]]


def test_quiet_says_only_what_came_of_it(desk):
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1", "-q")
    assert said.out.startswith("a-1 approved by founder; ")
    assert said.out.count("\n") == 1


def test_a_second_yes_finds_it_over_and_sends_nothing(desk):
    desk.offers("dirk", ACME)
    assert desk("approve", "a-1").code == 0
    desk.until(lambda: not _status(desk, "dirk")["waiting"], "its outcome")
    said = desk("approve", "a-1")
    assert said.code == 6
    assert said.err == "fleet: a-1 is over; nothing was changed. See: fleet why a-1\n"
    assert len(_sent(desk)) == 1


def test_a_terminal_is_asked_before(desk):
    desk.offers("dirk", ACME)
    later = desk.at_terminal("approve", "a-1", keys="l\n")
    assert later.code == 0
    assert "[y]es  [n]o  [e]dit  [l]ater > " in later.err
    assert later.out.endswith("a-1 waits on.\n")
    odd = desk.at_terminal("approve", "a-1", keys="maybe\n\n")
    assert "One of: yes, no, edit, later" in odd.err
    assert _sent(desk) == []
    said = desk.at_terminal("approve", "a-1", keys="y\n")
    assert "\na-1 approved by founder; " in said.out
    assert len(_runs(desk, 1)) == 1


def test_the_end_of_the_terminals_input_is_no_yes(desk):
    desk.offers("dirk", ACME)
    said = desk.at_terminal("approve", "a-1", keys="\x04")
    assert said.out.endswith("a-1 waits on.\n")
    assert list(_open(desk)) == ["a-1"]


def test_a_no_without_a_reason_at_the_terminal_decides_nothing_and_says_so(desk):
    desk.offers("dirk", ACME)
    said = desk.at_terminal("approve", "a-1", keys="n\n\n\x04")
    assert "No reason was given, so nothing was decided.\n" in said.err
    assert said.out.endswith("a-1 waits on.\n")
    assert list(_open(desk)) == ["a-1"]


def test_a_no_at_the_terminal_asks_for_the_reason(desk):
    desk.offers("dirk", ACME)
    said = desk.at_terminal("approve", "a-1", keys="n\n\nspeak to pulse first\n")
    assert said.code == 0
    assert said.err.count("Reason, sent to dirk: ") == 2
    assert "nothing was decided" not in said.err
    assert said.out.endswith("a-1 denied by founder\n")
    assert "speak to pulse first" in desk("brief", "dirk").out
    assert _open(desk) == {}


def test_an_edit_at_the_terminal_is_what_is_approved(desk):
    desk.offers("dirk", ACME)
    bad = desk.at_terminal("approve", "a-1", keys="e\nl\n", env={"EDITOR": "false"})
    assert "fleet: false ended with 1; nothing was changed" in bad.err
    edit = _edit("amount: 12000")
    said = desk.at_terminal("approve", "a-1", keys="e\ny\n", env={"EDITOR": edit})
    assert said.code == 0, said.err
    assert "Yes now approves this in its place:\n      amount: 12000\n" in said.err
    assert "a-1 changed and approved by founder" in said.out
    assert [one["with"] for one in _runs(desk, 1)] == [{"amount": 12000}]


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ("false", "false ended with 1; nothing was changed"),
        ("no-such-editor", "the editor 'no-such-editor' cannot be started"),
        ("true", None),  # it left what it was given
        (_edit("[1]"), "a-1.json: a payload is a mapping of keys to values; nothing was changed"),
        (_edit("{,"), "a-1.json: it is not JSON"),
    ],
)
def test_an_editor_that_leaves_nothing_of_use_changes_nothing(monkeypatch, editor, told):
    monkeypatch.setenv("VISUAL", editor)
    if told is None:
        assert payload.edited(ACME["with"], "a-1") == ACME["with"]
        return
    with pytest.raises(Typed, match=re.escape(told)):
        payload.edited(ACME["with"], "a-1")


def test_a_payload_of_a_file_is_approved_in_its_place(desk):
    desk.offers("dirk", ACME, VOLT)
    desk.write("less.yaml", "amount: 9\nnote: as agreed\n")
    said = desk("approve", "a-1", "--with", "less.yaml", "--because", "too much")
    assert said.code == 0, said.err
    assert "      instead      amount: 9, note: as agreed\n" in said.out
    assert desk("approve", "a-2", "--with", "-", text='{"amount": 3}').code == 0
    assert [one["with"] for one in _runs(desk, 2)] == [{"amount": 9, "note": "as agreed"}, {"amount": 3}]
    assert "too much" in desk("brief", "dirk").out


def test_another_hash_than_what_is_there_approves_nothing(desk):
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1", "--hash", "0" * 64)
    assert said.code == 6
    assert "a-1 is not what was shown any more; nothing was changed" in said.err
    right = _open(desk)["a-1"]["hash"]
    assert desk("approve", "a-1", "--hash", right).code == 0


def test_a_held_action_is_shown_and_not_freed(desk):
    desk.write("seats/pulse/work/next", json.dumps(CLAIM))
    assert desk("wake", "pulse", "--wait").code == 0
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1")
    assert said.code == 1
    assert "      held         account:acme is claimed by pulse (spend -38%)" in said.out
    assert "a-1 is held, and a yes does not free a hold" in said.err
    assert desk("approve").out == "Nothing waits for a yes, and nothing is unknown.\n"


def test_a_yes_that_the_gate_does_not_follow_says_so(desk):
    desk.offers("dirk", ACME)
    desk.write("seats/pulse/work/next", json.dumps(CLAIM))
    assert desk("wake", "pulse", "--wait").code == 0
    said = desk("approve", "a-1")
    assert said.code == 0
    assert "against      pulse claims account:acme (spend -38%) since t-" in said.out
    assert "a-1 approved by founder; held again: account:acme is claimed by pulse" in said.out
    assert _sent(desk) == []


ASKED_TOO = """
rules:
  - {name: big-offer, action: crm.offer, if: action.with.amount > 1000, then: ask bogdan, because: Bogdan sees it.}
"""
HELD_TOO = ASKED_TOO + "  - {name: calm, action: crm.offer, if: action.with.amount > 100, then: hold}\n"


def test_a_card_says_who_is_asked_after_a_yes_and_what_would_hold_it_as_the_gate_would_judge(desk):
    chart = (desk.folder / "fleet.yaml").read_text()
    _rule(desk, chart + ASKED_TOO)
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1")
    assert (
        "      if yes       nothing runs yet: bogdan is asked next, for the rule big-offer is met. Bogdan sees it.  "
        "fleet.yaml:" in said.out
    )
    assert "a-1 approved by founder; bogdan is asked next: the rule big-offer is met." in said.out
    assert desk("approve", "-v").out.count("exactly this runs: ./offer") == 1
    _rule(desk, chart + HELD_TOO)
    said = desk("approve", "a-1", "--as", "bogdan", "--json").data
    then = said["approvals"][0]["if_yes"]
    assert (then["verdict"], then["rule"], then["person"]) == ("hold", "calm", None)
    assert then["until"].startswith("the rule calm is not met any more")
    assert (said["answers"][0]["status"], said["answers"][0]["person"]) == ("held", None)
    assert _sent(desk) == []
    said = desk("approve", "a-1", "--as", "founder")
    assert "an edit of the rule calm (fleet.yaml:" in said.err and "and `fleet apply` free it" in said.err


def test_a_card_of_another_payload_says_what_a_yes_to_that_one_comes_to(desk):
    _rule(desk, (desk.folder / "fleet.yaml").read_text() + ASKED_TOO)
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1", "--with", "-", text='{"amount": 9}')
    assert "exactly this runs: ./offer" in said.out
    assert [one["with"] for one in _runs(desk, 1)] == [{"amount": 9}]


def _rule(desk, chart: str) -> None:
    """Save a chart, and wait until it is in force."""
    before = desk("status", "--json").json["revision"]
    desk.write("fleet.yaml", chart)
    desk.until(lambda: desk("status", "--json").json["revision"] != before, "the revision")


def test_a_yes_right_after_an_edit_says_what_came_of_it_all_the_same(desk):
    desk.offers("dirk", ACME)
    chart = (desk.folder / "fleet.yaml").read_text()
    desk.write("fleet.yaml", chart.replace("title: Sales", "title: Selling"))
    said = desk("approve", "a-1")
    assert (said.code, "a-1 approved by founder; done, exit 0" in said.out) == (0, True), said.out


def test_a_no_to_the_same_stands_on_the_next_card(desk):
    desk.offers("dirk", ACME, VOLT)
    assert desk("deny", "a-1", "--because", "too early").code == 0
    desk.offers("dirk", ACME)
    *_, last = _open(desk)
    assert re.search(
        "      before       founder said no to the same, [^:]*:.*: too early\n", desk("approve", last).out
    )
    assert "said no" not in desk("approve", "a-2").out


def test_a_no_to_another_payload_is_told_as_such(desk):
    desk.offers("dirk", {**ACME, "with": {"amount": 7}})
    assert desk("deny", "a-1", "--because", "too little").code == 0
    desk.offers("dirk", {**ACME, "with": {"amount": 9000}})
    card = " ".join(desk("approve", "a-2").out.split())
    assert "said no to one with another payload" in card
    assert "to the same" not in card


def test_a_pause_speaks_against_it_on_the_card(desk):
    desk.offers("dirk", ACME, VOLT)
    assert desk("pause", "account:acme", "--because", "audit").code == 0
    assert (
        "against      account:acme is paused by operator (audit)\n      checked      nobody claims"
        in desk("approve", "a-1").out
    )
    assert "is paused" not in desk("approve", "a-2").out


def test_it_is_not_everybodys_to_decide(desk):
    desk.offers("dirk", ACME)
    said = desk("approve", "a-1", "--as", "bogdan")
    assert said.code == 1
    assert said.err == (
        "fleet: a-1 is for founder to decide, and you act as bogdan; nothing was changed. See --as\n"
    )
    assert desk("deny", "a-1", "--because", "no", "--as", "bogdan").code == 1


def test_no_turn_says_yes_or_no(desk):
    desk.offers("dirk", ACME)
    for words in (("approve", "a-1"), ("deny", "a-1", "--because", "no")):
        said = desk(*words, env={"FLEET_TURN": "t-9"})
        assert said.code == 1
        assert said.err == (
            f"fleet: `{words[0]}` decides for a person, so it is refused from inside a turn; nothing was changed\n"
        )
        assert said.out == ""  # and the question is not shown
    assert list(_open(desk)) == ["a-1"]


def test_several_are_each_decided_and_the_worst_code_wins(desk):
    desk.offers("dirk", ACME, VOLT)
    said = desk("approve", "a-1", "a-77", "a-2", "--json")
    assert said.code == 2
    assert [(one["id"], one["exit"]) for one in said.data["answers"]] == [("a-1", 0), ("a-77", 2), ("a-2", 0)]
    assert len(_runs(desk, 2)) == 2
    desk.until(lambda: not _status(desk, "dirk")["waiting"], "their outcomes")
    assert desk("approve", "a-1", "a-77").code == 6


def test_a_no_needs_a_reason(desk):
    desk.offers("dirk", ACME, VOLT)
    for words in ((), ("--because", " ")):
        said = desk("deny", "a-1", *words)
        assert said.code == 2
        assert said.err.startswith("fleet: say why, for dirk is told: fleet deny a-1 --because")
    said = desk("deny", "a-1", "a-2", "--because", "not now")
    assert (said.code, said.out) == (0, "a-1 denied by founder\na-2 denied by founder\n")
    assert _open(desk) == {}


def test_what_nobody_knows_is_shown_and_settled_by_a_person(desk):
    desk.offers("dirk", MAIL)
    assert desk("approve", "a-1").code == 0
    unknown = "may have happened or not: it was killed by signal 9"
    desk.until(lambda: unknown in desk("approve").out, "its end")
    bare = desk("approve", "a-1")
    assert bare.code == 2
    assert "      unknown      it was begun once and may have happened or not" in bare.out
    assert "--happened, or --again" in bare.err
    said = desk("approve", "a-1", "--happened", "--because", "found it in the log")
    assert (said.code, said.out.splitlines()[-1]) == (0, "a-1 counts as done, says founder")
    assert _open(desk) == {}


def test_an_unknown_one_is_run_again_or_left(desk):
    desk.offers("dirk", MAIL, {**MAIL, "about": "account:volt"})
    desk("approve", "a-1", "a-2")
    desk.until(lambda: len(desk("approve", "--json").data["unknown"]) == 2, "their ends")
    left = desk.at_terminal("approve", "a-1", keys="n\n")
    assert "[h]appened  [a]gain  [n]o, leave it  [l]ater > " in left.err
    assert left.out.endswith("a-1 left as it is by founder\n")
    desk.write("mended", "")
    again = desk("approve", "a-2", "--again")
    assert again.out.splitlines()[-1].startswith("a-2 is run again, says founder; ")
    desk.until(lambda: not _status(desk, "dirk")["waiting"], "its outcome")


def test_without_a_daemon_the_yes_waits_for_the_next_up(desk):
    desk.offers("dirk", ACME, VOLT)
    assert desk("down").code == 0
    said = desk("approve", "a-1")
    assert said.code == 0
    assert said.out.splitlines()[-1] == (
        "a-1 approved by founder; no daemon runs, so it is judged and run at the next fleet up"
    )
    assert desk("deny", "a-2", "--because", "no").code == 0
    assert _sent(desk) == []
    assert desk("up", "--once", "-q").code == 0
    assert [one["id"] for one in _sent(desk)] == ["a-1"]


BAD_WORDS = [
    (("approve", "banana"), "'banana' is no action"),
    (("approve", "t-1"), "'t-1' is no action"),
    (("approve", "a-99"), "there is no action a-99"),
    (("deny", "a-99", "--because", "x"), "there is no action a-99"),
    (("deny",), "deny needs ID..."),
    (("approve", "--yes"), "--yes goes with an id"),
    (("approve", "--because", "x"), "--because goes with an id"),
    (("approve", "a-1", "a-2", "--hash", "x"), "--hash is for one action, and 2 are named"),
    (("approve", "a-1", "a-2", "--with", "x"), "--with is for one action, and 2 are named"),
    (("approve", "a-1", "--again", "--happened"), "--again and --happened do not go together"),
    (("approve", "a-1", "--with", "x", "--again"), "--with and --again do not go together"),
    (("approve", "a-1", "--with", "no-such-file"), "no-such-file: it cannot be read"),
    (("approve", "a-1", "--again"), "a-1 has not begun"),
    (("approve", "a-1", "--accept"), "approve takes no --accept"),
]
BAD_PAYLOADS = [
    ("- 1\n", "a payload is a mapping of keys to values"),
    ("", "a payload is a mapping of keys to values"),
    ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
    ('{"a": NaN}', "NaN is no number"),
    ('{"a": 1e999}', "not JSON"),
    ("a: [\n", "stdin: line 2: "),
    ('{"a": "\\ud800"}', "half a character"),
]


def test_what_cannot_be_used_exits_2_and_changes_nothing(desk):
    desk.offers("dirk", ACME)
    for words, told in BAD_WORDS:
        said = desk(*words)
        assert (said.code, told in said.err) == (2, True), said
    for text, told in BAD_PAYLOADS:
        said = desk("approve", "a-1", "--with", "-", text=text)
        assert (said.code, told in said.err) == (2, True), said
    assert _sent(desk) == []
    assert list(_open(desk)) == ["a-1"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fleet appr", ["approve"]),
        ("fleet approve ", ["a-1"]),
        ("fleet approve a-", ["a-1"]),
        ("fleet deny ", ["a-1", "a-2"]),  # what is held too
        ("fleet why a", ["a-1", "a-2"]),
        ("fleet why pu", ["pulse"]),
        ("fleet pause ac", ["account:volt", "account:acme"]),
        ("fleet pause crm", ["crm.offer"]),
        ("fleet -C .. approve ", []),  # no fleet there
    ],
)
def test_a_shell_is_offered_what_waits(acting_desk, typed, offered):
    words = typed.split(" ")
    env = {"_FLEET_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    said = acting_desk(env=env)
    assert (said.code, said.out.split(), said.err) == (0, offered, "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("accept", "approve"), ("yes", "approve"), ("reject", "deny"), ("no", "deny"), ("aprove", "approve")],
)
def test_other_words_for_yes_and_no_lead_here(nowhere, typed, meant):
    assert nowhere(typed).err == f"fleet: there is no verb '{typed}'. Did you mean: fleet {meant}\n"


def test_a_payload_is_shown_whole_and_nothing_in_it_reaches_the_terminal(desk):
    text = "Dear Acme,\n\nfine\x1b[2Jprint \u202eoffer"
    desk.offers("dirk", {**ACME, "with": {"text": text, "n": "12", "m": 12, "none": "", "list": [1, "a"]}})
    said = desk("approve", "a-1")
    shown = said.out.partition("payload ")[2].partition("says ")[0].splitlines()
    assert [line.strip() for line in shown if line.strip()] == [
        'list: [1, "a"]',
        "m: 12",
        'n: "12"',
        'none: ""',
        "text:",
        "| Dear Acme,",
        "|",
        "| fine\\x1b[2Jprint \\u202eoffer",
    ]
