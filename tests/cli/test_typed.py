"""What was typed wrongly exits 2, says what is nearest, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("logs", "tail"),  # by synonym, as other tools call it
        ("ps", "status"),
        ("list", "status"),
        ("run", "wake"),
        ("validate", "check"),
        ("start", "up"),
        ("stop", "down"),
        ("chekc", "check"),  # by spelling
    ],
)
def test_a_mistyped_verb_names_the_nearest(nowhere, typed, meant):
    said = nowhere(typed)
    assert said.code == 2
    assert said.err == f"fleet: there is no verb '{typed}'. Did you mean: fleet {meant}\n"


def test_a_verb_near_nothing_leads_to_help(nowhere):
    said = nowhere("xyzzy")
    assert (said.code, said.err) == (2, "fleet: there is no verb 'xyzzy'. See: fleet --help\n")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("status", "--jsn"), "fleet status --json"),  # by spelling
        (("tail", "--follow"), "fleet tail -f"),  # by synonym
        (("up", "--detach"), "fleet up -d"),
    ],
)
def test_a_mistyped_flag_names_the_nearest(hello, words, meant):
    said = hello(*words)
    assert said.code == 2
    assert said.err == f"fleet: {words[0]} takes no {words[1]}. Did you mean: {meant}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("wake", "gretter"),
        ("pause", "gretter"),
        ("status", "gretter"),
        ("tail", "gretter"),
        ("brief", "gretter"),
        ("inbox", "gretter"),
        ("inbox", "send", "gretter", "-m", "x"),
    ],
)
def test_an_unknown_seat_names_the_nearest(hello, words):
    said = hello(*words)
    assert said.code == 2
    assert said.err.endswith("fleet: there is no seat 'gretter'. Did you mean greeter?\n")


@pytest.mark.parametrize("seat", ["../greeter", "seats/greeter", "", "greeter\n", "/etc/passwd"])
def test_a_path_is_no_seat(hello, seat):
    said = hello("wake", seat)
    assert said.code == 2
    assert "there is no seat" in said.err
    assert not (hello.folder / "ledger").exists()


@pytest.mark.parametrize("verb", ["status", "check", "up", "tail", "down", "audit verify"])
def test_without_a_fleet_there_is_nothing_to_do(nowhere, verb):
    said = nowhere(*verb.split())
    assert said.code == 2
    assert said.err == (
        f"fleet: {nowhere.folder}: there is no fleet.yaml here or in any folder above. Begin with: fleet init\n"
    )


def test_a_folder_that_is_not_there_is_named(nowhere):
    said = nowhere("-C", "nope", "status")
    assert (said.code, said.err) == (2, "fleet: -C nope: there is no such folder\n")


def test_the_fleet_is_found_from_a_folder_inside_it(hello):
    said = hello("-C", "seats/greeter", "check")
    assert said.code == 0


@pytest.mark.parametrize("words", [("--json", "status"), ("status", "--json"), ("status", "--json", "you")])
def test_common_flags_stand_before_and_after_the_verb(hello, words):
    said = hello(*words)
    assert said.json["schema"] == "fleet.status/1"


def test_who_is_not_on_the_chart_cannot_be_acted_as(hello):
    said = hello("pause", "--as", "bob")
    assert said.code == 2
    assert "bob" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("tail", "--kind", "everything"),
        ("tail", "-n", "few"),
        ("status", "--color", "red"),
        ("check", "--format", "xml"),
        ("check", "nope.yaml"),
        ("wake",),
        ("audit", "--by"),
        ("emit",),
        ("inbox", "read", "a-1"),
        ("inbox", "read", "m-99"),
        ("inbox", "retry", "m-99"),
        ("inbox", "send", "greeter", "-m", "x", "--type", "ORDER"),
        ("inbox", "send", "greeter", "-m", "x", "--about", "acme"),
        ("inbox", "send", "greeter", "-m", "x", "--answer-by", "soon"),
        ("trace", "t-99"),
        ("explain", "F999"),
        ("explain", "every 4h", "--timezone", "Mars/Base"),
        ("publish", "you", "nope.md"),
        ("pause", "greeter", "--all"),
    ],
)
def test_what_cannot_be_used_exits_2_in_one_line_without_a_traceback(hello, words):
    said = hello(*words)
    assert said.code == 2, said
    assert said.err.startswith("fleet: ") or "\nfleet: " in said.err
    assert said.out == ""


def test_a_reader_that_has_seen_enough_is_no_error(hello):
    assert hello("up", "--once", "-q").code == 0
    line = f"{sys.executable} -m fleet tail --kind all -n 5000 | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=hello.folder, env=hello.env(), capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_bug_is_told_in_one_line_and_its_details_are_kept(nowhere):
    code = "import sys; from fleet.cli import bare, main; bare.bare = lambda flags: 1 / 0; sys.exit(main.main([]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=nowhere.folder, env=nowhere.env(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        "fleet: internal error (ZeroDivisionError: division by zero); this is a bug."
    )
    assert done.stderr.count("\n") == 1
    kept = Path(done.stderr.split()[-1])
    assert "Traceback" in kept.read_text()
    kept.unlink()
