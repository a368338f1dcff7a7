"""Exit codes, verb by verb: each of those that a verb can give, in a situation that gives it."""

from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import DESK, HELLO, Place, begin_desk

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"price": 1}}
VOLT = {"kind": "mail.send", "about": "account:volt", "with": {"text": "hi"}}
CLAIM = {
    "headline": "watch",
    "claims": [{"about": "account:volt", "until": "2036-01-01T00:00:00Z", "because": "x"}],
}
PAGES = Path(__file__).parents[2] / "docs"


def nothing(place: Place) -> None:
    """No fleet."""


def never(place: Place) -> None:
    """A fleet that was never started."""
    place.write("fleet.yaml", HELLO)
    place.write("seats/greeter/greet.sh", "echo hello\n")


def broken(place: Place) -> None:
    """A fleet.yaml that cannot be used."""
    place.write("fleet.yaml", HELLO.replace("run:", "runn:"))


def warned(place: Place) -> None:
    """A fleet.yaml with a warning and no error."""
    place.write("fleet.yaml", HELLO.replace("reads: [greeter], ", ""))


def asked(place: Place) -> None:
    """a-1 waits for founder, a-2 is held, m-1 lies with founder; no daemon."""
    begin_desk(place, DESK)
    place.write("seats/pulse/work/next", json.dumps(CLAIM))
    place("wake", "pulse")
    assert place("up", "--once", "-q").code == 0
    place.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [ACME, VOLT]}))
    place("wake", "dirk")
    assert place("up", "--once", "-q").code == 0


def looked_at(place: Place) -> None:
    """The same."""
    asked(place)


def mailed(place: Place) -> None:
    """The same."""
    asked(place)


def stopped(place: Place) -> None:
    """The same."""
    asked(place)


def foretold(place: Place) -> None:
    """The same."""
    asked(place)


def edited(place: Place) -> None:
    """The same, and an edit that loosens."""
    asked(place)
    asks = "do: [note.append], ask: {crm.offer: founder, mail.send: founder}"
    place.write("fleet.yaml", DESK.replace(asks, "do: [note.append, mail.send], ask: {crm.offer: founder}"))
    place.write("stricter.yaml", DESK.replace(asks, "do: [note.append], ask: {mail.send: founder}"))


def ruled(place: Place) -> None:
    """A fleet with two rules, whose examples come as they expect; of failing.yaml one does not, bare.yaml has none."""
    rules = "rules:\n  - {name: big, action: crm.offer, if: action.with.price > 10, then: hold"
    over, under = (
        f"{{with: {{price: {price}}}, expect: {says}}}" for price, says in ((11, "hold"), (10, "passes"))
    )
    place.write("fleet.yaml", f"{DESK}{rules}, examples: [{over}, {under}]}}\n")
    place.write("failing.yaml", f"{DESK}{rules}, examples: [{over.replace('11', '9')}]}}\n")
    place.write("bare.yaml", f"{DESK}{rules}}}\n")


def cut(place: Place) -> None:
    """The same, and a ledger of which a line was changed."""
    asked(place)
    file = next((place.folder / "ledger").glob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b"all well", b"all weLl", 1))


def served(place: Place) -> None:
    """A fleet with a daemon, whose greeter fails, and of which pulse is paused."""
    begin_desk(place, DESK)
    place.write("seats/dirk/agent.sh", "exit 3\n")
    assert place("up", "-d").code == 0
    assert place("pause", "pulse", "--because", "x").code == 0


TABLE: tuple[tuple[Callable[[Place], None], tuple[tuple[str, int], ...]], ...] = (
    (
        nothing,
        (
            *(("", 0), ("--version", 0), ("--help", 0), ("explain F310", 0), ("explain 'every 4h'", 0)),
            *(
                (verb, 2)
                for verb in ("status", "check", "tail", "up", "down", "plan", "apply", "approve", "inbox")
            ),
            *(("deny a-1 --because x", 2), ("wake greeter", 2), ("pause --all", 2), ("resume", 2)),
            *(("why greeter", 2), ("trace t-1", 2), ("brief greeter", 2), ("audit verify", 2), ("audit", 2)),
            *(("simulate", 2), ("rehearse", 2), ("publish you", 2), ("chart", 2), ("service", 2)),
            *(
                ("rules", 2),
                ("rules backtest", 2),
                ("rules backtest -", 2),
                ("rules test", 2),
                ("rules show x", 2),
            ),
            *(("emit", 2), ("emit metric calls 12", 2), ("explain F999", 2), ("explain 'every now'", 2)),
            *(("nothing", 2), ("status --nothing", 2), ("init --from nothing", 2), ("inbox read m-1", 2)),
            *(("init", 0), ("init", 1)),
        ),
    ),
    (
        never,
        (
            *(("status", 3), ("status greeter", 3), ("status nobody", 2), ("", 0), ("check", 0), ("plan", 0)),
            *(
                ("tail", 0),
                ("approve", 0),
                ("inbox", 0),
                ("brief greeter", 0),
                ("why greeter", 0),
                ("chart", 0),
            ),
            *(("simulate --for 1d", 0), ("down", 3), ("wake greeter --wait", 3), ("trace t-1", 2)),
            *(
                ("rules", 0),
                ("rules show x", 2),
                ("rules test", 0),
                ("rules test x", 2),
                ("rules test no.yaml", 2),
            ),
            *(("rules backtest", 0), ("rules backtest --seat nobody", 2), ("rules backtest nothing.yaml", 2)),
            *(("service", 0), ("up --once", 0), ("audit verify", 0), ("trace t-1", 0)),
            *(("audit", 0), ("audit --by you", 0), ("audit --by nobody", 2), ("audit --since never", 2)),
        ),
    ),
    (
        broken,
        (
            *(
                ("check", 1),
                ("check --format github", 1),
                ("check nothing.yaml", 2),
                ("check --format xml", 2),
            ),
            *(("status", 1), ("up", 1), ("up -d", 1), ("up --once", 1), ("plan", 1), ("simulate", 1)),
            *(
                ("rules", 1),
                ("rules test", 1),
                ("rules show x", 1),
                ("rules backtest", 1),
                ("rehearse", 1),
                ("brief greeter", 1),
                ("wake greeter", 1),
                ("tail", 1),
                ("inbox", 1),
            ),
        ),
    ),
    (
        warned,
        (("check", 0), ("check --strict", 1), ("check --result fleet.yaml", 0), ("check --result no", 2)),
    ),
    (
        asked,
        (
            *(("approve", 0), ("approve a-9", 2), ("approve a-2", 1), ("approve a-1 --hash 0", 6)),
            *(("approve a-1 --as bogdan", 1), ("approve a-1 --as nobody", 2), ("deny a-1", 2), ("deny", 2)),
            *(
                ("approve a-1", 0),
                ("approve a-1", 6),
                ("deny a-2 --because no", 0),
                ("deny a-2 --because no", 6),
            ),
        ),
    ),
    (
        looked_at,
        (
            *(
                ("status", 3),
                ("status --exit-code", 3),
                ("tail -n few", 2),
                ("tail --kind nothing", 2),
                ("trace a-1", 0),
            ),
            *(
                ("why a-1", 0),
                ("why a-9", 2),
                ("brief nobody", 2),
                ("inbox read m-1", 0),
                ("inbox read m-9", 2),
            ),
        ),
    ),
    (
        mailed,
        (
            *(("inbox send dirk -m hello", 0), ("inbox send nobody -m hello", 2), ("inbox done m-9", 2)),
            *(("inbox retry m-9", 2), ("inbox done m-1", 0), ("inbox done m-1", 2), ("inbox send dirk", 2)),
        ),
    ),
    (
        stopped,
        (
            *(
                ("publish founder -", 0),
                ("publish dirk -", 1),
                ("publish nobody -", 2),
                ("publish founder no", 2),
            ),
            *(("pause dirk --for soon", 2), ("pause dirk --for 2h", 0), ("wake dirk", 4), ("resume dirk", 0)),
            *(
                ("resume dirk", 0),
                ("wake dirk", 0),
                ("wake founder", 2),
                ("wake nobody", 2),
                ("pause x --all", 2),
            ),
        ),
    ),
    (
        foretold,
        (
            *(
                ("explain F310", 0),
                ("simulate --for 2d", 0),
                ("simulate --seat nobody", 2),
                ("simulate --from x", 2),
            ),
            *(("rehearse --for 1h", 0), ("rehearse --seat nobody", 2), ("rehearse --script no", 2)),
            *(("chart --kind nothing", 2), ("apply --revision 99", 2), ("apply --plan x --revision 1", 6)),
            *(("audit verify", 0), ("plan --exit-code", 0), ("apply", 0)),
        ),
    ),
    (
        edited,
        (
            *(("rules backtest --strict", 0), ("rules backtest stricter.yaml", 0)),
            *(("rules backtest stricter.yaml --strict", 1), ("rules backtest stricter.yaml --exit-code", 1)),
            *(("rules backtest --since soon", 2), ("rules backtest --kind nothing", 2)),
            *(("rules backtest --unchanged --strict", 0), ("rules backtest stricter.yaml --unchanged", 2)),
            *(("plan", 0), ("plan --exit-code", 5), ("apply --plan 000000000000", 6), ("apply", 0)),
            *(("plan --exit-code", 0), ("apply --revision 1", 0), ("apply --revision first", 2)),
        ),
    ),
    (
        ruled,
        (
            *(("rules", 0), ("rules show big", 0), ("rules --since soon", 2), ("rules test --strict", 0)),
            *(
                ("rules test failing.yaml", 1),
                ("rules test bare.yaml", 0),
                ("rules test bare.yaml --strict", 1),
            ),
            *(("rules test big fleet.yaml", 0), ("rules test fleet.yaml bare.yaml", 2)),
        ),
    ),
    (cut, (("audit verify", 1), ("up --once", 1), ("wake dirk", 1))),
    (
        served,
        (
            *(("", 0), ("status", 0), ("up", 6), ("up -d", 6), ("up --once", 6)),
            *(
                ("wake dirk --wait", 1),
                ("status --exit-code", 1),
                ("wake pulse", 4),
                ("wake pulse --wait", 4),
                ("resume pulse", 0),
            ),
            *(("wake pulse --wait", 0), ("down", 0), ("down", 3)),
        ),
    ),
)
"""A situation, and calls in it, in this order, each with its code."""


@pytest.mark.parametrize(("situation", "calls"), TABLE, ids=[one.__name__ for one, _ in TABLE])
def test_every_verb_ends_with_the_code_that_is_written(nowhere, situation, calls):
    try:
        situation(nowhere)
        ended = []
        for typed, _ in calls:
            text = "---\nheadline: here\n---\nbody" if "publish" in typed else None
            ended.append((typed, nowhere(*shlex.split(typed), text=text).code))
        assert ended == list(calls)
    finally:
        nowhere.kill()


@pytest.mark.parametrize("words", [("tail", "-f"), ("status", "--watch")])
def test_what_goes_on_until_ctrl_c_ends_with_130(hello, words):
    assert hello("up", "--once", "-q").code == 0
    child = hello.start(*words)
    try:
        assert child.stdout.readline()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130


def test_inside_of_a_turn_a_deciding_verb_is_refused(nowhere):
    asked(nowhere)
    for typed in (
        "approve a-1",
        "deny a-1 --because x",
        "pause --all",
        "resume",
        "inbox send dirk -m x",
        "apply",
    ):
        assert nowhere(*shlex.split(typed), env={"FLEET_TURN": "t-1"}).code == 1


def test_the_table_has_every_verb_and_every_code_that_is_documented():
    from fleet.cli.verbs import VERBS

    calls = [(typed.split()[:1], code) for _, rows in TABLE for typed, code in rows]
    assert {verb.name for verb in VERBS} <= {words[0] for words, _ in calls if words}
    page = (
        (PAGES / "files.md").read_text("utf-8").partition("<!-- exits -->")[2].partition("<!-- /exits -->")[0]
    )
    documented = {int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert documented == {code for _, code in calls} | {130}
