"""An action of `run:`: how its program is started, what it is given, what is kept of it, and in which order."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from docs.pages import codes, marked, page, rows
from runtime.acting import (
    HOLDS,
    SEAT,
    answers,
    came,
    corrections,
    offer,
    outcomes,
    program,
    said,
    story,
    verdicts,
)
from runtime.conftest import Build

SECRET = "s3cr3t-of-the-crm"


def acts(more: str = "") -> str:
    """Write the chart's actions: one kind, with more keys."""
    return f"actions:\n  act: {{run: sh act.sh{more}}}\n"


# What it is given.


def test_its_environment_is_that_of_the_page_and_nothing_else(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", SECRET)
    monkeypatch.setenv("READ_TOKEN", "of the seat")
    monkeypatch.setenv("DAEMON_ONLY", "nobody else's")
    monkeypatch.setenv("FLEET_OUT", "of a turn around the daemon")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    seat = "when: when asked\ncan: {do: [act], use: [READ_TOKEN]}"
    rig = build({"dirk": seat}, tail=acts(", use: [CRM_TOKEN], limit: 90s"))
    program(rig, "tr '\\0' '\\n' </proc/$$/environ >env; pwd >cwd")
    offer(rig, {})
    env = dict(line.split("=", 1) for line in rig.read("env").splitlines())
    assert env == {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": os.environ["HOME"],
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TZ": "America/New_York",
        "FLEET_SEAT": "dirk",
        "FLEET_TURN": "t-1",
        "FLEET_ROOT": str(rig.root),
        "FLEET_ACTION_ID": "a-1",
        "FLEET_NOW": "2026-11-23T06:00:00-05:00",
        "FLEET_DEADLINE": "2026-11-23T06:01:30-05:00",
        "CRM_TOKEN": SECRET,
    }
    said_by_page = {codes(cells[0])[0] for cells in rows(marked(page("docs/files.md"), "action environment"))}
    assert said_by_page == env.keys() - {"CRM_TOKEN"}
    assert rig.read("cwd").strip() == str(rig.root)


def test_it_reads_the_action_as_json_on_stdin(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts(", about: [account, person]")), "cat >given")
    with_ = {"text": "Grüße", "n": 3, "deep": {"a": [1, None, True]}}
    about = ["account:acme", "person:ann"]
    offer(rig, {"about": about, "with": with_, "because": "it is due"}, {"about": "account:volt"})
    first, second = map(json.loads, rig.read("given").replace("}{", "}\n{").splitlines()[-1:] * 2)
    assert first == second
    assert second == {
        "id": "a-2",
        "kind": "act",
        "about": "account:volt",
        "with": {},
        "seat": "dirk",
        "turn": "t-1",
        "because": "",
    }
    program(rig, "cat >given")
    offer(rig, {"about": about, "with": with_, "because": "it is due again"})
    assert json.loads(rig.read("given")) == {
        "id": "a-3",
        "kind": "act",
        "about": about,
        "with": with_,
        "seat": "dirk",
        "turn": "t-2",
        "because": "it is due again",
    }


def test_a_program_that_does_not_read_is_no_trouble(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), "exec <&-")
    offer(rig, {"with": {"long": "x" * 200_000}})
    assert came(rig)["outcome"] == "done"


# What comes of it.


@pytest.mark.parametrize(
    ("text", "outcome", "facts"),
    [
        ("exit 0", "done", {"exit": 0}),
        ("echo out; echo err >&2", "done", {"exit": 0, "output": "out\nerr\n"}),
        ("exit 1", "failed", {"exit": 1, "why": "exit 1"}),
        ("exit 75", "failed", {"exit": 75, "why": "exit 75"}),  # "try later" is for turns
        ("echo first; echo why >&2; exit 3", "failed", {"exit": 3, "why": 'exit 3: "why"'}),
        ("kill -9 $$", "unknown", {"signal": 9, "why": "it was killed by signal 9"}),
        ("kill -15 $$", "unknown", {"signal": 15, "why": "it was killed by signal 15"}),
    ],
)
def test_an_end_is_recorded(build: Build, text: str, outcome: str, facts: dict[str, object]) -> None:
    rig = offer(program(build({"dirk": SEAT}, tail=acts()), text), {})
    told = came(rig)
    assert told["outcome"] == outcome
    assert {key: told.get(key) for key in ("exit", "signal", "why", "output")} == {
        **dict.fromkeys(("exit", "signal", "why", "output")),
        **({"output": "first\nwhy\n"} if "first" in text else {}),
        **facts,
    }
    assert (rig.records("trouble") != []) == (outcome == "failed")
    (intent,) = said(rig, "a-1", "action_intent")
    assert (intent["try"], intent["key"], intent["runs"]) == (1, "a-1", "sh act.sh")


def test_what_cannot_be_started_failed(build: Build) -> None:
    rig = build({"dirk": SEAT}, tail="actions:\n  act: {run: ./nowhere}\n")
    offer(rig, {})
    assert came(rig)["outcome"] == "failed"
    assert "./nowhere: not found in the fleet's folder" in came(rig)["why"]


def test_a_bare_name_is_looked_for_in_the_path_that_it_is_given(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = build({"dirk": SEAT}, tail="actions:\n  act: {run: [act-now, two words]}\n")
    rig.write("bin/act-now", '#!/bin/sh\necho "$1" >ran\n').chmod(0o755)
    if not os.access(rig.path("bin/act-now"), os.X_OK):
        pytest.skip("nothing may be executed where the tests' files are")
    monkeypatch.setenv("PATH", f"{rig.path('bin')}:/usr/bin:/bin")
    offer(rig, {})
    assert rig.read("ran") == "two words\n"


def test_a_missing_secret_starts_nothing_and_is_named(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "one-is-there")
    monkeypatch.delenv("TWO", raising=False)
    rig = program(build({"dirk": SEAT}, tail=acts(", use: [ONE, TWO]")), "touch ran")
    offer(rig, {})
    assert came(rig)["outcome"] == "failed"
    assert came(rig)["why"] == "the secret TWO is not in the daemon's environment; nothing was started"
    assert not rig.path("ran").exists()


def test_the_first_4_kb_are_kept_whole_characters_only(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), "printf x; yes ä | head -n 3000 | tr -d '\\n'")
    offer(rig, {})
    assert came(rig)["output"] == "x" + "ä" * 2047


def test_what_writes_over_4_mb_is_ended_and_unknown(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), "yes | head -c 5000000; touch ended")
    offer(rig, {})
    assert came(rig)["outcome"] == "unknown"
    assert came(rig)["why"] == "it wrote over 4 MB and was ended"
    assert not rig.path("ended").exists()


# Secrets.


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ('echo "a $CRM_TOKEN b"', "a [secret CRM_TOKEN] b\n"),
        ('echo "$CRM_TOKEN$CRM_TOKEN" >&2; exit 1', "[secret CRM_TOKEN][secret CRM_TOKEN]\n"),
        # The 4 KB that are kept end in the middle of it.
        ('printf %4090s .; printf %s "$CRM_TOKEN"', f"{'.':>4090}"),
        # Of a long stderr the end is kept, which begins in the middle of it.
        ('{ printf %s "$CRM_TOKEN"; printf %2040s .; } >&2; exit 1', f"{'.':>2040}"),
    ],
)
def test_a_secret_is_blanked_out_of_all_that_is_kept(
    build: Build, monkeypatch: pytest.MonkeyPatch, text: str, output: str
) -> None:
    monkeypatch.setenv("CRM_TOKEN", SECRET)
    rig = program(build({"dirk": SEAT}, tail=acts(", use: [CRM_TOKEN]")), text)
    offer(rig, {})
    assert came(rig)["output"] == output
    offer(rig, {"with": {"n": 2}})  # the brief tells of the first
    rig.stop()
    for path in rig.root.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()
            for n in range(6, len(SECRET) + 1):
                assert SECRET[:n].encode() not in kept and SECRET[-n:].encode() not in kept, path


def test_a_secret_that_holds_another_and_one_of_several_lines_are_blanked_out(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PART", "the-inner")
    monkeypatch.setenv("WHOLE", "the-inner-one\nand its second line")
    rig = program(build({"dirk": SEAT}, tail=acts(", use: [PART, WHOLE]")), 'echo "$WHOLE $PART" >&2; exit 1')
    offer(rig, {})
    assert came(rig)["output"] == "[secret WHOLE] [secret PART]\n"
    assert came(rig)["why"] == 'exit 1: "[secret WHOLE] [secret PART]"'


# Their order.

LOGS = f'{HOLDS}echo "$FLEET_ACTION_ID" >>ran\n'


def test_actions_of_a_turn_run_in_their_order_one_after_the_other(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), LOGS).hold("a-1", "a-2")
    offer(rig, {"with": {"n": 1}}, {"with": {"n": 2}}, {"with": {"n": 3}})
    assert story(rig) == ["a-1 allow", "a-1 begins"]
    rig.release("a-1")
    assert story(rig)[2:] == ["a-1 done", "a-2 allow", "a-2 begins"]
    rig.release("a-2")
    assert story(rig)[5:] == ["a-2 done", "a-3 allow", "a-3 begins", "a-3 done"]
    assert rig.read("ran") == "a-1\na-2\na-3\n"


def test_each_is_judged_at_its_own_moment(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), LOGS).hold("a-1")
    offer(rig, {"with": {"n": 1}}, {"with": {"n": 2}})
    rig.ask("send", to="dirk", body="Stop it.", person="founder")
    rig.release("a-1")
    assert (outcomes(rig, "a-1"), verdicts(rig, "a-2")[0]) == (["done"], "hold")
    assert "dirk has not read m-1 from founder" in said(rig, "a-2", "verdict")[0]["reason"]


def test_one_that_is_held_refused_or_failed_stops_none_after_it(build: Build) -> None:
    tail = acts() + "  fails: {run: sh fails.sh}\n  asks: {run: sh act.sh}\n  never: {run: sh act.sh}\n"
    seat = "when: when asked\ngood_for: 24h\ncan: {do: [act, fails, never], ask: {asks: founder}}\nnever: [never]"
    rig = program(program(build({"dirk": seat}, tail=tail), LOGS), "exit 1", "fails.sh")
    offer(rig, {"kind": "fails"}, {"kind": "never"}, {"kind": "asks"}, {"kind": "else"}, {})
    assert story(rig) == [
        *("a-1 allow", "a-1 begins", "a-1 failed"),
        *("a-2 refuse", "a-3 ask", "a-4 refuse"),
        *("a-5 allow", "a-5 begins", "a-5 done"),
    ]


def test_actions_of_several_seats_run_side_by_side_up_to_eight(build: Build) -> None:
    seats = {f"s{n}": SEAT for n in range(10)}
    rig = program(build(seats, head="limits: {turns_at_once: 10}", tail=acts()), LOGS)
    rig.hold(*(f"a-{n}" for n in range(1, 11)))
    for seat in seats:
        rig.always(seat, 'echo \'{"headline": "h", "actions": [{"kind": "act"}]}\'')
    rig.start()
    running = sorted(r["data"]["id"] for r in rig.records("action_intent"))
    assert len(running) == 8
    rig.release(*running[:3])
    assert len(rig.records("action_intent")) == 10
    assert len(rig.records("action_outcome")) == 3
    rig.release(*(f"a-{n}" for n in range(1, 11) if f"a-{n}" not in running[:3]))
    assert outcomes(rig, "a-10") == ["done"]
    assert sorted(rig.read("ran").split()) == sorted(f"a-{n}" for n in range(1, 11))


# What its seat hears of it.


def test_the_next_brief_tells_what_came_of_each(build: Build) -> None:
    tail = acts() + "  fails: {run: sh fails.sh}\n"
    seat = "when: when asked\ngood_for: 24h\ncan: {do: [act, fails]}"
    rig = program(program(build({"dirk": seat}, tail=tail), "exit 0"), "exit 4", "fails.sh")
    offer(rig, {}, {"kind": "fails"})
    rig.ask("wake", seat="dirk")
    assert answers(rig) == ["Your act (a-1) was done."]
    assert corrections(rig) == ["Your fails (a-2) failed: exit 4."]
    rig.ask("wake", seat="dirk")
    assert (answers(rig), corrections(rig)) == ([], [])


def test_what_comes_while_a_turn_runs_stands_in_the_next_brief(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), f"{HOLDS}exit 5").hold("a-1")
    offer(rig, {}, {"with": {"n": 2}})
    rig.hold("dirk").ask("wake", seat="dirk")
    rig.release("a-1")
    assert outcomes(rig, "a-1") == outcomes(rig, "a-2") == ["failed"]
    rig.release("dirk")
    rig.ask("wake", seat="dirk")
    assert corrections(rig) == ["Your act (a-1) failed: exit 5.", "Your act (a-2) failed: exit 5."]


def test_a_turn_that_failed_is_told_again(build: Build) -> None:
    rig = program(build({"dirk": SEAT}, tail=acts()), "exit 5")
    offer(rig, {})
    for _ in range(2):
        rig.does("dirk", "exit 1")
        rig.ask("wake", seat="dirk")
        assert corrections(rig) == ["Your act (a-1) failed: exit 5."]
