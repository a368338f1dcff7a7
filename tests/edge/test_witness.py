"""The outside witness itself: it counts what was really done, and does what it was told."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from witness import Deed, Witness

from fleet.edge import http


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with Witness(tmp_path / "outside") as witness:
        yield witness


def posting(witness: Witness, key: str, limit_s: float = 20.0) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(http.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    given = {
        "url": witness.url,
        "headers": {"Idempotency-Key": key},
        "body": f"for {key}",
        "limit_s": limit_s,
    }
    assert child.stdin is not None
    child.stdin.write(json.dumps(given).encode())
    child.stdin.close()
    child.stdin = None
    return child


def came(child: subprocess.Popen[bytes]) -> str:
    return http.outcome(http.read_report(child.communicate()[0]))[0]


def ask(witness: Witness, key: str = "a-1", limit_s: float = 20.0) -> str:
    return came(posting(witness, key, limit_s))


def test_each_request_leaves_a_line_before_it_is_answered(witness):
    assert [ask(witness, key) for key in ("a-1", "a-2", "a-1")] == ["done"] * 3
    assert witness.counts() == {"a-1": 2, "a-2": 1}
    assert witness.arrived()[1] == {"n": 2, "key": "a-2", "body": "for a-2", "what": "200", "done": True}


@pytest.mark.parametrize(
    ("what", "outcome", "done"),
    [
        ("204", "done", 1),
        ("delay 0.01", "done", 1),
        ("twice", "done", 1),
        ("404", "failed", 1),
        ("500", "unknown", 1),
        ("reset", "unknown", 1),
        ("cut", "unknown", 1),
        ("undone 500", "unknown", 0),
        ("undone reset", "unknown", 0),
        ("unread", "unknown", 0),
    ],
)
def test_it_does_what_is_planned_for_the_next_and_then_its_usual(witness, what, outcome, done):
    witness.plan(what)
    assert ask(witness) == outcome
    assert witness.counts() == ({"a-1": 1} if done else {})
    assert ask(witness) == "done"
    assert witness.counts() == {"a-1": done + 1}


@pytest.mark.parametrize(("what", "done"), [("hang", {"a-1": 1}), ("undone hang", {})])
def test_it_hangs_until_the_other_side_gives_up(witness, what, done):
    witness.plan(what)
    assert ask(witness, limit_s=0.5) == "unknown"
    assert witness.counts() == done


def test_it_waits_until_it_is_let_go(witness):
    witness.plan("wait")
    child = posting(witness, "a-1")
    witness.until(1)
    assert ask(witness, "a-2") == "done"
    assert child.poll() is None
    witness.release()
    assert came(child) == "done"


def test_a_plan_is_for_the_next_in_order_or_for_a_key(witness):
    ask(witness)
    witness.plan("unread", "500", keys={"a-1": ["404", "reset"]})
    told = [ask(witness, key) for key in ("a-2", "a-3", "a-1", "a-2", "a-1", "a-1")]
    assert told == ["unknown", "unknown", "failed", "done", "unknown", "done"]
    assert [line["what"] for line in witness.arrived()[1:]] == [
        "undone unread", "500", "404", "200", "reset", "200",
    ]  # fmt: skip


def test_it_comes_back_where_it_was(witness):
    url = witness.url
    ask(witness)
    witness.stop()
    assert ask(witness) == "failed"
    witness.start()
    assert witness.url == url and ask(witness) == "done"
    assert witness.counts() == {"a-1": 2}


def test_many_at_once_are_all_counted(witness):
    def touch(n: int) -> int:
        one = HTTPConnection(witness.to)
        one.request("POST", "/touch", b"x", {"Idempotency-Key": f"a-{n % 3}"})
        status = one.getresponse().status
        one.close()
        return status

    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(touch, range(300))) == {200}
    assert witness.counts() == {"a-0": 100, "a-1": 100, "a-2": 100}
    assert [line["n"] for line in witness.arrived()] == list(range(1, 301))


# The program


@pytest.fixture
def deed(tmp_path: Path) -> Deed:
    return Deed(tmp_path / "actions")


def start(deed: Deed, key: str = "a-1") -> subprocess.Popen[bytes]:
    env = {"PATH": os.defpath, "FLEET_ACTION_ID": key}
    child = subprocess.Popen([deed.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    assert child.stdin is not None
    child.stdin.write(b'{"id": "a-1"}')
    child.stdin.close()
    child.stdin = None
    return child


def code(child: subprocess.Popen[bytes]) -> int:
    child.communicate()
    return child.returncode


@pytest.mark.parametrize(
    ("what", "exit_code", "done"),
    [("exit 0", 0, 1), ("exit 3", 3, 1), ("kill", -9, 1), ("undone exit 1", 1, 0), ("undone kill", -9, 0)],
)
def test_the_program_does_what_is_planned_and_then_its_usual(deed, what, exit_code, done):
    deed.plan(keys={"a-1": [what]})
    assert (code(start(deed, "a-2")), code(start(deed)), code(start(deed))) == (0, exit_code, 0)
    assert deed.counts() == {"a-2": 1, "a-1": done + 1}
    assert deed.arrived()[0]["body"] == '{"id": "a-1"}'


def test_the_program_hangs_until_it_is_killed(deed):
    deed.plan("hang", "deaf")
    for polite in (True, False):
        with start(deed) as child:
            assert child.stdout is not None and child.stdout.readline()
            child.terminate()
            if not polite:
                child.kill()
        assert child.returncode == (-15 if polite else -9)
    assert deed.counts() == {"a-1": 2}


def test_the_program_waits_until_it_is_let_go(deed):
    deed.plan("wait")
    child = start(deed)
    deed.until(1)
    assert code(start(deed, "a-2")) == 0  # meanwhile the first could have ended many times over
    assert child.poll() is None
    deed.release()
    assert code(child) == 0
