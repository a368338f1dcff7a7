"""The fleet that is rehearsed is not touched, and nothing of the rehearsal is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from rehearse.stand import Came, Stand, marked, stop, tree_of

STEPS = """
- {at: mon 07:00, publish: {seat: dirk, headline: x, actions: [{kind: crm.write, about: "account:acme", because: b}]}}
- {at: mon 07:01, edit: {replace: "every day at 06:00", with: "every day at 07:00"}}
- {at: mon 07:02, run: "sh -c 'echo x >data; rm -f seats/nick/SEAT.md'"}
"""


def test_every_file_of_the_fleet_stays_as_it_was_byte_for_byte(stand: Stand) -> None:
    stand.write("data", "before\n")
    before = tree_of(stand.root)
    assert stand.rehearse(STEPS, "--act", keep="").code == 0
    assert tree_of(stand.root) == before
    assert stand.scratch == []


def test_a_fleet_with_a_running_daemon_is_rehearsed_from_its_ledger_and_goes_on(stand: Stand) -> None:
    daemon = stand.began("up")
    try:
        until = time.monotonic() + 30
        while (
            time.monotonic() < until
            and stand.call("status").code == 3
            or not list(stand.root.glob("state/*.md"))
        ):
            time.sleep(0.05)
        stand.call("wake", "nick", "--wait")
        before = stand.read("fleet.yaml"), (stand.root / ".fleet/lock").read_bytes()
        came = stand.rehearse("", "--for", "1d")
        assert came.code == 0, came.err
        assert (stand.read("fleet.yaml"), (stand.root / ".fleet/lock").read_bytes()) == before
        assert stand.call("wake", "nick", "--wait").code == 0
        copied = stand.copy().ledger()
        own = next(n for n, record in enumerate(copied) if record["data"].get("rehearsal"))
        assert own > 5 and copied[:own] == stand.ledger()[:own]
    finally:
        assert stop(daemon)[0] == 0
    assert stand.call("audit", "verify").code == 0


def test_what_is_no_file_and_what_is_made_by_tools_is_not_copied_and_links_stay_inside(stand: Stand) -> None:
    os.mkfifo(stand.path("pipe"))
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(stand.path("sock")))
    stand.path("data").mkdir()
    stand.write("data/real", "1\n")
    stand.path("absolute").symlink_to(stand.path("data/real"))
    stand.path("relative").symlink_to("data/real")
    stand.path("broken").symlink_to("nowhere")
    (stand.place / "beside").write_text("beside\n")
    stand.path("out-of-it").symlink_to("../beside")
    stand.path("loop").symlink_to(".")
    stand.path(".venv/bin").mkdir(parents=True)
    stand.write(".venv/pyvenv.cfg", "home = x\n")
    subprocess.run(["git", "init", "-q", "."], cwd=stand.root, check=True)
    stand.path("left").mkdir()
    stand.write("left/out", "x\n")
    before = tree_of(stand.root, but=(".git",))
    came = stand.rehearse("""
from: 2026-11-23
leave_out: [left]
steps:
  - {at: mon 00:10, run: "sh -c 'echo 2 >absolute; echo 3 >>relative; cat out-of-it'"}
""")  # fmt: skip
    line.close()
    assert (came.code, came.unmet) == (0, [])
    copy = stand.copy()
    assert tree_of(stand.root, but=(".git",)) == before
    assert copy.read("data/real") == "2\n3\n"
    assert not any(copy.path(name).exists() for name in ("pipe", "sock", ".git", "left", "broken"))
    assert copy.path("broken").is_symlink() and copy.read("out-of-it") == "beside\n"
    assert copy.path(".venv/pyvenv.cfg").exists() and copy.path(".venv").is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_may_not_be_read_is_named_with_what_to_do(stand: Stand) -> None:
    stand.write("secret", "x").chmod(0)
    came = stand.rehearse("", "--for", "1h", keep="")
    assert came.code == 1
    assert "secret: it cannot be copied: Permission denied; nothing was rehearsed" in came.err
    assert "leave_out" in came.err and stand.scratch == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["a holder", "the world", "a server"])
def test_one_that_is_told_to_stop_leaves_no_process_and_no_copy(
    stand: Stand, number: int, where: str
) -> None:
    hangs = 'touch "$FLEET_ROOT/../../hangs"; (setsid sleep 300 &); sleep 300'
    steps = "- {at: mon 07:00, say: hello}"
    if where == "a holder":
        stand.always("dirk", hangs)
    else:
        stand.write("hangs", f"#!/bin/sh\n{hangs}\n").chmod(0o755)
        steps = "- {at: mon 07:00, run: ./hangs}"
    if where == "a server":
        steps = "from: 2026-11-23\nserve: {'http://127.0.0.1:9': ./hangs}\nsteps: []"
    child = stand.began("rehearse", "--script", str(stand.script(steps)))
    until = time.monotonic() + 30
    while not (stand.place / "hangs").exists():
        assert time.monotonic() < until and child.poll() is None
        time.sleep(0.02)
    code, _, err = stop(child, number)
    assert (code, err) == (130, "")
    assert stand.scratch == []
    until = time.monotonic() + 5
    while left := marked(f"{stand.place}/tmp/rehearsal-"):
        assert time.monotonic() < until, left
        time.sleep(0.02)


def refused(came: Came, *words: str) -> None:
    """It says why, and has left nothing."""
    assert came.code in (1, 2), came.out
    for word in words:
        assert word in came.err


def test_what_cannot_be_rehearsed_is_said_and_no_copy_is_left(stand: Stand) -> None:
    refused(stand.rehearse("", "--for", "1h", "--seat", "nobody"), "there is no seat 'nobody'")
    assert not (stand.place / "copy").exists()
    refused(
        stand.rehearse("from: 2026-11-23\nserve: {'http://x': ./none}\nsteps: []"), "serve http://x", "./none"
    )
    refused(
        stand.rehearse("from: 2026-11-23\nserve: {'http://x': sh -c 'echo no >&2; exit 4'}\nsteps: []"),
        "exit 4",
        '"no"',
    )
    assert not (stand.place / "copy").exists()
    (stand.place / "copy").mkdir()
    refused(stand.rehearse("", "--for", "1h", "--seat", "nobody"), "nobody")
    assert list((stand.place / "copy").iterdir()) == []
    (stand.place / "copy/x").write_text("mine")
    refused(stand.rehearse("", "--for", "1h"), "it is there already and not empty")
    assert (stand.place / "copy/x").read_text() == "mine"
    refused(stand.call("rehearse", "--for", "1h", "--keep", "inside"), "inside the fleet's folder")
    refused(stand.rehearse("", "--for", "400d", keep=""), "at most 366d")
    refused(
        stand.rehearse("- {at: tue 07:00, say: x}", "--for", "1d", keep=""), "the last step of", "Tue 24 Nov"
    )
    assert stand.scratch == []


def test_folders_that_a_program_shut_are_removed_all_the_same(stand: Stand) -> None:
    stand.rehearse(
        "- {at: mon 07:00, run: \"sh -c 'mkdir -p a/b/c; touch a/b/c/d; chmod 0 a/b/c a/b a'\"}", keep=""
    )
    assert stand.scratch == []


def test_seats_that_wake_each_other_come_to_an_end_in_a_rehearsal_too(make) -> None:  # type: ignore[no-untyped-def]
    stand: Stand = make({"ping": "when: when pong publishes", "pong": "when: when ping publishes"}, tail="")
    for seat in ("ping", "pong"):
        stand.always(seat, 'echo "$FLEET_TURN"')
    came = stand.rehearse("", "--from", "2026-11-23", "--for", "1d", keep="")
    assert (came.code, came.err) == (0, "")
    assert stand.scratch == []


def test_a_ledger_that_goes_on_after_the_start_is_told_unless_it_is_left_out(stand: Stand) -> None:
    assert stand.rehearse("", "--from", "2026-11-23", "--for", "1d").code == 0
    copy = stand.place / "copy"
    came = stand.call("rehearse", "--from", "2026-11-23 12:00", "--for", "1h", folder=copy)
    refused(came, "the ledger goes on to 2026-11-23 23:59:59", "--fresh")
    assert (
        stand.call("rehearse", "--from", "2026-11-23 12:00", "--for", "1h", "--fresh", folder=copy).code == 0
    )
    assert not Path(copy, "ledger/2026-11-25.jsonl").exists()
