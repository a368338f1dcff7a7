"""The daemon from the command line: up, status, wake, tail, pause, down, and what each exits with."""

from __future__ import annotations

import os
import re
import signal
import socket


def _row(place, seat: str) -> dict:
    rows = place("status", "--json").data["seats"]
    return next(row for row in rows if row["seat"] == seat)


def test_a_day_in_the_background(served):
    status = served("status", "--json")
    assert status.code == 0
    assert status.data["running"] is True
    assert status.json["revision"] == 1

    woken = served("wake", "greeter", "--wait")
    assert (woken.code, woken.out) == (0, "greeter: t-2 done  Good day, turn t-2\n")

    assert served("inbox", "send", "greeter", "-m", "hello").code == 0
    served.until(
        lambda: " t-3 done " in (served.folder / "state" / "greeter.log").read_text(), "the turn by mail"
    )

    shown = served("tail", "-n", "3")
    assert shown.code == 0
    assert "turn t-3 done" in shown.out
    assert "m-1 INFORM to greeter" in shown.out

    down = served("down")
    assert down.code == 0
    assert down.out.startswith(f"{served.folder.name}: stopped, pid ")
    assert served("status").code == 3
    assert served("down").code == 3


def test_a_second_daemon_finds_the_ground_taken(served):
    for words in (("up",), ("up", "-d"), ("up", "--once")):
        said = served(*words)
        assert said.code == 6, words
        assert "another fleet process holds this folder" in said.err


def test_a_failed_turn_fails_the_wake_that_waits_for_it(served):
    served.write("seats/greeter/greet.sh", "echo no >&2; exit 3\n")
    said = served("wake", "greeter", "--wait", "--json")
    assert said.code == 1
    assert said.data["outcome"] == "failed"
    assert _row(served, "greeter")["health"] == "failed"
    shown = served("status")
    assert "■ failed" in shown.out
    assert "fleet tail greeter --kind log" in shown.out.partition("\nNext: ")[2]


def test_a_wake_that_waits_says_when_a_turn_that_was_put_off_comes_again(served):
    served.write("seats/greeter/greet.sh", "exit 75\n")
    said = served("wake", "greeter", "--wait")
    again = r"greeter: t-2 deferred  it said: try later \(exit 75\); again (at|tomorrow) \d\d:\d\d\n"
    assert said.code == 1
    assert re.fullmatch(again, said.out), said.out
    assert served("wake", "greeter", "--wait", "--json").data["retry_at"]


def test_an_empty_turn_is_no_failure_of_the_wake(served):
    served.write("seats/greeter/greet.sh", "exit 0\n")
    said = served("wake", "greeter", "--wait", "--json")
    assert (said.code, said.data["outcome"]) == (0, "empty")


def test_a_paused_seat_is_not_woken_until_it_is_resumed(served):
    paused = served("pause", "greeter", "--because", "holiday")
    assert (paused.code, paused.out) == (0, "greeter: paused\n")
    assert served("wake", "greeter", "--wait").code == 4
    assert _row(served, "greeter")["health"] == "paused"
    assert served("pause", "greeter").out == "greeter: was paused already; nothing changed\n"
    assert served("resume", "greeter").out == "greeter: resumed\n"
    assert served("wake", "greeter", "--wait").code == 0


def test_a_pause_of_the_whole_fleet_holds_across_a_restart(served):
    assert served("pause", "--because", "audit").code == 0
    assert served("down").code == 0
    assert served("up", "-d").code == 0
    assert served("wake", "greeter").code == 4
    assert served("resume").out == "the whole fleet: resumed\n"
    assert served("wake", "greeter", "--wait").code == 0


def test_a_person_has_no_turn_to_be_woken_for(served):
    assert served("wake", "you").code == 2


def test_the_log_of_a_daemon_in_the_background_says_when_it_began_and_ended(served):
    pid = served("status", "--json").data["pid"]
    assert served("down").code == 0
    first, last = (served.folder / ".fleet" / "daemon.log").read_text().splitlines()
    at = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+"
    assert re.fullmatch(f"{at} up, pid {pid}, r-1, 2 seats", first)
    assert re.fullmatch(f"{at} stopped, pid {pid}, r-1", last)
    assert served("up", "--once", "-q").err == ""


def test_while_down_waits_the_status_says_for_which_turn(served):
    served.write("seats/greeter/greet.sh", "echo begun > ../../begun; exec sleep 60\n")
    assert served("wake", "greeter").code == 0
    served.until((served.folder / "begun").exists, "the turn has begun")
    os.kill(served("status", "--json").data["pid"], signal.SIGTERM)
    served.until(lambda: served("status", "--json").data.get("stopping") == ["t-2 of greeter"], "it stops")
    assert " · stopping, waits for t-2 of greeter" in served("status").out.splitlines()[0]
    assert served("down", "--now").code == 0


def test_down_now_stops_the_turn_that_runs(served):
    served.write("seats/greeter/greet.sh", "echo begun > ../../begun; exec sleep 60\n")
    assert served("wake", "greeter").code == 0
    served.until((served.folder / "begun").exists, "the turn's beginning")
    assert served("down", "--now").code == 0
    assert _row(served, "greeter")["last"] == "lost"


def test_an_interrupt_drains_the_foreground(hello):
    running = hello.start("up")
    hello.until(lambda: hello("status").code == 0, "the daemon's answer")
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "turn t-1 done" in err
    assert err.endswith("hello: stopped\n")


def test_once_serves_what_is_due_and_ends(hello):
    said = hello("up", "--once")
    assert said.code == 0
    assert said.out == ""
    assert "turn t-1 done" in said.err
    assert hello("status").code == 3
    quiet = hello("up", "--once", "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_what_a_killed_daemon_left_is_no_daemon(hello):
    (hello.folder / ".fleet").mkdir()
    (hello.folder / ".fleet" / "lock").write_text("pid 1 since 2026-01-01T00:00:00+00:00\n")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(hello.folder / ".fleet" / "sock"))
    assert hello("status").code == 3
    assert hello("up", "--once").code == 0
    assert hello("down").code == 3


def test_waiting_for_a_turn_needs_a_daemon(hello):
    said = hello("wake", "greeter", "--wait")
    assert said.code == 3
    assert "fleet up -d" in said.err


def test_without_a_daemon_a_wake_is_kept_for_the_next(hello):
    assert hello("up", "--once", "-q").code == 0
    said = hello("wake", "greeter")
    assert (said.code, said.out) == (0, "greeter: woken\n")
    assert "No daemon serves this fleet" in said.err
    assert hello("up", "--once", "-q").code == 0
    assert " t-2 done " in (hello.folder / "state" / "greeter.log").read_text()


def test_deciding_from_inside_a_turn_is_refused_with_and_without_a_daemon(served):
    for words in (("pause",), ("inbox", "send", "you", "-m", "x"), ("publish", "you")):
        said = served(*words, env={"FLEET_TURN": "t-9"})
        assert said.code == 1, words
        assert "refused from inside a turn; nothing was changed" in said.err
    assert served("down").code == 0
    said = served("pause", env={"FLEET_TURN": "t-9"})
    assert said.code == 1
    assert "refused from inside a turn; nothing was changed" in said.err


def test_an_edit_of_a_big_chart_is_taken_up_or_told_as_any_other(served):
    """It is read by a child of the daemon, for it is over 10 KB."""
    chart = served.folder / "fleet.yaml"
    seat = "  s{0}: {{title: To be filled, answers_to: you, owns: [work {0}]}} # {1}\n"
    big = chart.read_text() + "".join(seat.format(i, "-" * 60) for i in range(90))
    chart.write_text(big)
    served.until(lambda: len(served("status", "--json").data["seats"]) == 92, "the seats are there")
    chart.write_text(big.replace("owns: [work 7]", "owns: [work 8]"))
    problem = served.until(lambda: served("status", "--json").data["problems"], "the edit was seen")
    assert "error[F201]" in problem[0]
    chart.write_text(big.replace("owns: [work 7]", "owns: [other work]"))
    served.until(lambda: not served("status", "--json").data["problems"], "the edit was mended")
    assert served("status", "--json").data["revision"] == "r-3"


def test_a_broken_edit_leaves_the_fleet_on_its_revision_and_is_shown(served):
    chart = served.folder / "fleet.yaml"
    chart.write_text(chart.read_text().replace("when: when mail arrives", "when: four times a day"))
    problem = served.until(lambda: served("status", "--json").data["problems"], "the edit was seen")
    assert problem[0].startswith("fleet.yaml:10:11: error[F310]")
    shown = served("status")
    assert shown.code == 0
    assert "The fleet stays on revision 1." in shown.out
    assert "Next: fleet check" in shown.out


def test_a_ledger_that_is_not_there_is_missed_and_nothing_is_begun_anew(served):
    assert served("wake", "greeter", "--wait").code == 0
    assert served("down").code == 0
    (served.folder / "ledger").rename(served.folder / "unmounted")
    for words in (("up", "--once"), ("wake", "greeter")):
        said = served(*words)
        assert said.code == 1
        assert "ledger/ is empty, but state/greeter.md is of t-" in said.err
        assert "Mount or restore the ledger" in said.err
    lost = served("audit", "verify")
    assert lost.code == 1 and "ledger/: it is empty, but state/greeter.md is of t-" in lost.out
    assert served("audit", "verify", "--json").data["holds"] is False
    (served.folder / "ledger").rmdir()
    (served.folder / "unmounted").rename(served.folder / "ledger")
    assert served("up", "--once").code == 0
    (served.folder / "ledger").rename(served.folder / "unmounted")
    (served.folder / "state").rename(served.folder / "old")
    assert served("up", "--once").code == 0
