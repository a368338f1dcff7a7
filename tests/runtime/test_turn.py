"""A turn is given exactly what the contract says, and what it gives back is judged as it says."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from fleet.testing import Rig, chart_text

ASKED = {"dash": "when: [when asked]"}


def wake(rig: Rig, *scripts: str, seat: str = "dash") -> dict[str, Any]:
    """Run one turn for each script, and give the data of the last one's record."""
    for script in scripts:
        rig.does(seat, script)
        rig.ask("wake", seat=seat)
    data: dict[str, Any] = rig.records("turn_ended", seat=seat)[-1]["data"]
    return data


def printing(result: Any) -> str:
    """Write a script that prints a result."""
    return f"cat <<'END'\n{result if isinstance(result, str) else json.dumps(result)}\nEND"


# What it is given.


def test_the_environment_holds_these_names_and_no_others(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_READ_TOKEN", "s3cret")
    monkeypatch.setenv("OTHER_TOKEN", "not yours")
    rig = start({"dash": "can: {use: [CRM_READ_TOKEN]}\nrun: env"})
    text = rig.read("state/dash.md").split("\n---\n")[1]
    given = dict(line.split("=", 1) for line in text.strip().splitlines())
    assert sorted(given) == [
        *("CRM_READ_TOKEN", "FLEET_BRIEF", "FLEET_DEADLINE", "FLEET_NOW", "FLEET_OUT", "FLEET_ROOT"),
        *("FLEET_SEAT", "FLEET_TURN", "HOME", "LANG", "PATH", "TZ"),
    ]
    root = str(rig.root)
    assert given["PATH"].split(":")[0] == os.path.dirname(sys.executable)
    assert given["CRM_READ_TOKEN"] == "[secret CRM_READ_TOKEN]"  # it was given, and is not shown
    assert (given["FLEET_SEAT"], given["FLEET_TURN"], given["FLEET_ROOT"]) == ("dash", "t-1", root)
    assert given["FLEET_OUT"] == f"{root}/out/dash/t-1"
    assert given["FLEET_NOW"] == "2026-11-23T06:00:00-05:00"
    assert given["FLEET_DEADLINE"] == "2026-11-23T06:10:00-05:00"
    assert given["TZ"] == "America/New_York"


def test_a_missing_secret_stops_the_turn_by_name_before_a_process_starts(start: Any) -> None:
    rig = start({"dash": "can: {use: [NO_SUCH_TOKEN]}"})
    data = rig.records("turn_ended")[-1]["data"]
    assert data["outcome"] == "failed"
    assert (
        data["why"] == "the secret NO_SUCH_TOKEN is not in the daemon's environment; no process was started"
    )
    assert not rig.path("seats/dash/work/brief.json").exists()


def test_a_holder_starts_in_its_seats_folder(start: Any) -> None:
    rig = start(ASKED)
    wake(rig, "pwd")
    assert rig.state("dash")["headline"] == str(rig.path("seats/dash"))


def test_the_brief_stands_on_stdin_as_markdown_and_in_its_file_as_json(start: Any) -> None:
    rig = start({"dash": "when: [when mail arrives]\nreads: [tally]", "tally": ""})
    rig.does("dash", "cat > work/stdin.md; cp $FLEET_BRIEF work/b.json; echo ok")
    rig.ask("send", to="dash", body="What of Acme?", subject="Acme")
    text = rig.read("seats/dash/work/stdin.md")
    for part in ("You are dash.", "What of Acme?", "turn t-1 of tally", "INFORM m-1 from founder"):
        assert part in text
    brief = json.loads(rig.read("seats/dash/work/b.json"))
    keys = "seat turn now woken_by charter mail reads files claims holds answers scorecard corrections budget"
    assert set(keys.split()) <= brief.keys()
    assert (brief["seat"], brief["turn"], brief["charter"]) == ("dash", "t-3", "You are dash.\n")
    assert brief["mail"][0]["body"] == "What of Acme?"
    assert brief["mail"][0]["from"] == "founder"
    tally = brief["reads"]["tally"]
    assert (tally["fresh"], tally["state"]["body"].strip()) == (True, "turn t-1 of tally")


def test_input_json_puts_the_same_brief_on_stdin(start: Any) -> None:
    rig = start({"dash": "when: [when asked]\ninput: json"})
    wake(rig, "cat > work/stdin.json; cp $FLEET_BRIEF work/b.json; echo ok")
    assert rig.read("seats/dash/work/stdin.json") == rig.read("seats/dash/work/b.json")
    assert json.loads(rig.read("seats/dash/work/b.json"))["seat"] == "dash"


def test_the_brief_is_gone_after_the_turn_and_stderr_is_kept(start: Any) -> None:
    rig = start(ASKED)
    wake(rig, "echo grumble >&2; echo ok")
    assert list(rig.path(".fleet/turns").iterdir()) == []
    assert rig.read("state/turns/dash/t-2.log") == "grumble\n"


# What it gives back.


@pytest.mark.parametrize(
    ("printed", "headline", "body"),
    [
        # prose: its first line is the headline
        ("Two anomalies.\n\nAcme and Volt.", "Two anomalies.", "Two anomalies.\n\nAcme and Volt."),
        # JSON
        ({"headline": "Two anomalies", "body": "Acme."}, "Two anomalies", "Acme."),
        # front matter and Markdown
        ("---\nheadline: Two anomalies\n---\nAcme.", "Two anomalies", "Acme."),
        # prose around a fenced block with result keys: the block is the result
        ('Here it is:\n```json\n{"headline": "Two", "body": "Acme."}\n```\nBye.', "Two", "Acme."),
    ],
)
def test_a_result_has_three_forms(start: Any, printed: Any, headline: str, body: str) -> None:
    rig = start(ASKED)
    assert wake(rig, printing(printed))["outcome"] == "done"
    state = rig.state("dash")
    assert (state["headline"], state["body"].strip()) == (headline, body)


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        # broken JSON
        ('{"headline": "x",}', "not JSON"),
        # prose around a broken result is never published as prose
        (
            'Here:\n```json\n{"headline": "x", "claims": [}\n```',
            "line 3: this looks like a result and cannot be read as one",
        ),
        # a key nobody knows, with the one that was meant
        ({"headlin": "x"}, "headline"),
        # keys that belong to the runtime
        ({"headline": "x", "seat": "dash"}, "seat: belongs to the runtime; leave it out"),
        ({"headline": "x", "turn": "t-1"}, "turn: belongs to the runtime; leave it out"),
        ({"headline": "x", "written": "now"}, "written: belongs to the runtime; leave it out"),
        ({"headline": "x", "good_until": "now"}, "good_until: belongs to the runtime; leave it out"),
        # data from the future
        ({"headline": "x", "as_of": "2026-11-23T06:02:00-05:00"}, "is after now, 2026-11-23T06:00:00-05:00"),
        ({"as_of": "2026-11-23T11:02:00Z"}, "is after now, 2026-11-23T06:00:00-05:00"),
        # a time without an offset is one of the fleet's zone, in winter as in summer
        ({"as_of": "2026-11-23T05:00:00"}, "try 2026-11-23T05:00:00-05:00"),
        ({"as_of": "2026-07-23T05:00:00"}, "try 2026-07-23T05:00:00-04:00"),
        # deep inside
        ({"messages": [{"to": "founder", "type": "SHOUT"}]}, "messages"),
        # front matter that is never closed
        ("---\nheadline: x\nMore.", "front matter"),
    ],
)
def test_a_result_that_does_not_validate_publishes_nothing_and_names_the_key(
    start: Any, printed: Any, why: str
) -> None:
    rig = start(ASKED)
    before = rig.read("state/dash.md")
    data = wake(rig, printing(printed))
    assert data["outcome"] == "failed"
    assert data["why"].startswith("its result was not accepted: ")
    assert why in data["why"]
    assert rig.read("state/dash.md") == before
    assert rig.box("founder", "new") == ["20261123T060000-fleet-dash-fails-m-1.md"]
    raw = rig.read("state/turns/dash/t-2.out")
    assert raw == (printed if isinstance(printed, str) else json.dumps(printed)) + "\n"


def test_a_done_turn_without_bytes_is_empty_and_renews_nothing(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    rig.does("dash", "true")
    before = rig.read("state/dash.md")
    rig.advance(hours=1)
    assert rig.outcomes("dash") == ["done", "empty"]
    assert rig.read("state/dash.md") == before
    assert rig.status("dash")["health"] == "empty"
    rig.does("dash", "true")
    rig.advance(minutes=59)
    assert rig.status("dash")["health"] == "stale"


def test_a_result_that_says_nothing_is_empty_and_wipes_nothing(start: Any) -> None:
    rig = start(ASKED)
    before = rig.read("state/dash.md")
    for printed in (
        {},
        "---\n---\n",
        {"as_of": "2026-11-23T06:00:00-05:00", "cost": {"usd": 1}, "items": []},
    ):
        data = wake(rig, printing(printed))
        assert (data["outcome"], data["why"]) == ("empty", "exit 0 but its result says nothing")
    assert rig.read("state/dash.md") == before
    assert wake(rig, printing({}) + "\n" + emit("claim", about="account:acme"))["outcome"] == "done"


def test_the_same_result_is_empty_and_with_a_newer_as_of_it_confirms_and_renews(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    same = {"headline": "All well", "as_of": "2026-11-23T05:00:00-05:00"}
    rig.does("dash", *[printing(same)] * 2, printing({**same, "as_of": "2026-11-23T08:30:00-05:00"}))
    rig.advance(hours=3)
    assert rig.outcomes("dash") == ["done", "done", "empty", "done"]
    assert rig.log("dash")[2].split(" ", 3)[2] == "empty"
    assert rig.state("dash")["good_until"] == "2026-11-23T10:15:00-05:00"
    assert rig.state("dash")["as_of"] == "2026-11-23T08:30:00-05:00"
    assert len(list(rig.path("state/history/dash").iterdir())) == 2


def test_over_4_mb_on_stdout_ends_the_turn(start: Any) -> None:
    rig = start(ASKED)
    data = wake(rig, "head -c 4300000 /dev/zero | tr '\\0' x")
    assert (data["outcome"], data["why"]) == (
        "failed",
        "it wrote over 4 MB to stdout, and a result may have 4 MB",
    )


# How it ends.


def test_exit_codes_and_signals_are_told(start: Any) -> None:
    rig = start(ASKED)
    assert wake(rig, "echo no token >&2; exit 3")["why"] == 'exit 3; last words: "no token"'
    assert wake(rig, "kill -9 $$")["why"] == "killed by signal 9"
    assert wake(rig, "exit 75")["outcome"] == "deferred"
    assert rig.records("turn_ended", seat="dash")[1]["data"]["exit"] == 3


def test_a_program_that_is_not_there_fails_by_name(start: Any) -> None:
    rig = start({"dash": "run: ./nothing"})
    assert rig.records("turn_ended")[-1]["data"]["why"].startswith("./nothing: not found in seats/dash")


def test_past_its_deadline_a_turn_is_ended(start: Any) -> None:
    rig = start({"dash": "when: [when asked]\nlimit: 1s"})
    data = wake(rig, "echo half a result; exec sleep 60")
    assert (data["outcome"], data["why"]) == ("timed out", "over its limit of 1 s")
    assert rig.state("dash")["turn"] == "t-1"


def test_a_program_changed_during_its_own_turn_fails_it_and_pauses_the_seat(start: Any) -> None:
    rig = start({"dash": "when: [when asked]\nretries: 2"})
    data = wake(rig, "echo '# more' >> agent.sh; echo fine")
    assert (data["outcome"], data["why"]) == (
        "failed",
        "its charter or program was changed while its own turn ran",
    )
    assert "retry_at" not in data
    assert rig.status("dash")["health"] == "paused"
    rig.advance(hours=1)
    assert len(rig.outcomes("dash")) == 2
    rig.ask("resume", seat="dash")
    assert wake(rig, "echo fine")["outcome"] == "done"


def test_a_charter_changed_during_its_own_turn_does_the_same(start: Any) -> None:
    rig = start(ASKED)
    wake(rig, "echo 'You may do all.' > SEAT.md; echo fine")
    assert rig.status("dash")["health"] == "paused"


def test_files_in_work_may_change_and_a_program_between_turns_too(start: Any) -> None:
    rig = start(ASKED)
    assert wake(rig, "echo 1 > work/memory; mkdir -p __pycache__; touch __pycache__/x.pyc; echo 1")[
        "outcome"
    ] == ("done")
    first = rig.records("turn_started")[-1]["data"]["program_sha256"]
    rig.write("seats/dash/agent.sh", "echo rewritten\n")
    assert wake(rig, "")["outcome"] == "done"
    assert rig.records("turn_started")[-1]["data"]["program_sha256"] != first


def test_an_edit_of_run_does_not_fail_the_turn_that_runs(start: Any) -> None:
    rig = start(ASKED)
    rig.hold("dash").ask("wake", seat="dash")
    rig.edit(chart_text({"dash": "when: [when asked]\nrun: echo new"}))
    rig.release("dash")
    assert rig.outcomes("dash") == ["done", "done"]
    assert rig.status("dash")["health"] == "fine"


# Trying again.


def minutes(rig: Rig, seat: str) -> list[str]:
    """Give when each turn of a seat started, but for the first."""
    return [r["at"][11:19] for r in rig.records("turn_started", seat=seat)][1:]


def test_a_failed_turn_is_tried_after_10_s_1_m_and_5_m_and_then_escalates(start: Any) -> None:
    rig = start({"dash": "when: [every day at 06:30]\nretries: 4"})
    rig.always("dash", "exit 1")
    rig.advance(hours=3)
    assert minutes(rig, "dash") == ["11:30:00", "11:30:10", "11:31:10", "11:36:10", "11:41:10"]
    assert rig.woken_by("dash")[-1] == ["retry 4 of 4 of t-5"]
    (told,) = rig.mail("founder")
    assert (told["type"], told["subject"]) == ("ESCALATION", "dash fails")
    assert "t-6: exit 1" in told["body"]
    assert told["sent"] == "2026-11-23T06:41:10-05:00"


def test_with_no_retries_the_first_failure_escalates(start: Any) -> None:
    rig = start(ASKED)
    wake(rig, "exit 1")
    assert len(rig.mail("founder")) == 1
    wake(rig, "exit 1", "exit 1")
    assert len(rig.mail("founder")) == 1
    wake(rig, "echo well again", "exit 1")
    assert len(rig.mail("founder")) == 2


def test_a_seat_that_is_well_again_climbs_no_further(start: Any) -> None:
    ladder = "escalation:\n  usual: [answers_to, wait 2h, bogdan]"
    rig = start({"dash": "when: [when asked]", "bogdan": "person: Bogdan"}, tail=ladder)
    wake(rig, "exit 1")
    rig.advance(hours=1)
    wake(rig, "echo well again")
    rig.advance(hours=4)
    assert len(rig.mail("founder")) == 1
    assert rig.mail("bogdan") == []


def test_a_seat_that_goes_on_failing_climbs_its_ladder(start: Any) -> None:
    ladder = "escalation:\n  usual: [answers_to, wait 2h, bogdan]"
    rig = start({"dash": "when: [when asked]", "bogdan": "person: Bogdan"}, tail=ladder)
    wake(rig, "exit 1")
    rig.advance(hours=4)
    assert [m["sent"] for m in rig.mail("bogdan")] == ["2026-11-23T08:00:00-05:00"]


def test_try_later_is_tried_after_1_2_4_and_then_every_5_minutes_until_the_next_wake(start: Any) -> None:
    rig = start({"dash": "when: [every 30m]"})
    rig.always("dash", "exit 75")
    rig.advance(minutes=59)
    assert minutes(rig, "dash") == [
        *(f"11:{m}:00" for m in (30, 31, 33, 37, 42, 47, 52, 57)),
    ]
    assert rig.box("founder", "new") == []
    assert set(rig.outcomes("dash")[1:]) == {"deferred"}
    rig.always("dash", "echo at last")
    rig.advance(minutes=1)
    assert rig.outcomes("dash")[-1] == "done"


def test_trying_later_begins_anew_with_each_promised_wake(start: Any) -> None:
    rig = start({"dash": "when: [every 30m]"})
    rig.always("dash", "exit 75")
    rig.advance(minutes=69)
    assert minutes(rig, "dash")[8:] == ["12:00:00", "12:01:00", "12:03:00", "12:07:00"]


def test_a_lost_turn_is_tried_once_more(start: Any) -> None:
    rig = start(ASKED)
    rig.hold("dash").ask("wake", seat="dash")
    rig.kill()
    rig.hold("dash").start()
    assert rig.woken_by("dash")[1:] == [
        ["woken by founder"],
        ["retry of t-2, which was lost with the daemon"],
    ]
    rig.kill()
    rig.start().advance(hours=1)
    assert rig.outcomes("dash") == ["done", "lost", "lost"]
    assert [line.split()[2] for line in rig.log("dash")] == ["done", "lost", "lost"]


# While it runs.


def emit(kind: str, **keys: Any) -> str:
    """Append one record to emit.jsonl, as `fleet emit` does."""
    return f"""echo '{json.dumps({"emit": kind, **keys})}' >> "$FLEET_OUT/emit.jsonl" """


def test_a_checkpoint_comes_back_as_resume_in_the_retry_and_is_gone_after_it(start: Any) -> None:
    rig = start({"dash": "when: [when asked]\nretries: 1"})
    wake(rig, emit("checkpoint", data={"step": 3}) + "\nexit 1")
    rig.advance(seconds=10)
    assert rig.brief("dash")["resume"] == {"step": 3}
    wake(rig, "echo fine")
    assert not rig.brief("dash").get("resume")


def test_a_checkpoint_survives_the_loss_of_the_daemon(start: Any) -> None:
    rig = start(ASKED)
    rig.write(
        "seats/dash/agent.sh", emit("checkpoint", data={"step": 5}) + "\n" + rig.read("seats/dash/agent.sh")
    )
    rig.hold("dash").ask("wake", seat="dash")
    rig.wait_for("out/dash/t-2/emit.jsonl").kill().start()
    assert rig.outcomes("dash")[1:] == ["lost", "done"]
    assert rig.brief("dash")["resume"] == {"step": 5}


def test_what_was_emitted_counts_when_the_turn_ends_well_and_not_otherwise(start: Any) -> None:
    rig = start(ASKED)
    message = emit("message", to="founder", type="INFORM", subject="By the way", body="Volt too.")
    wake(rig, f"{message}\nexit 1")
    assert [m["subject"] for m in rig.mail("founder")] == ["dash fails"]
    wake(
        rig, f"{message}\n" + printing({"messages": [{"to": "founder", "type": "INFORM", "body": "First."}]})
    )
    assert [r["data"]["body"] for r in rig.records("message", seat="dash")] == ["First.", "Volt too."]


def test_an_emitted_line_that_cannot_be_read_fails_the_turn(start: Any) -> None:
    rig = start(ASKED)
    data = wake(rig, emit("massage", to="founder") + "\necho fine")
    assert data["outcome"] == "failed"
    assert data["why"].startswith("emit.jsonl: ")
