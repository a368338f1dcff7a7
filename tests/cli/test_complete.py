"""What a shell offers: through the protocol of bash, zsh and fish, whatever state the folder is in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import DESK, HELLO, Place, begin_desk

from fleet.core.account import fold
from fleet.store.files import Files
from fleet.store.ledger import since_checkpoint
from fleet.store.skim import names
from fleet.store.spot import open_things, revision_id

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"price": 1}}
VOLT = {"kind": "mail.send", "about": "account:volt", "with": {"text": "hi"}}
WATCH = {
    "headline": "watch",
    "claims": [{"about": "account:volt", "until": "2036-01-01T00:00:00Z", "because": "risk"}],
    "messages": [{"to": "founder", "type": "INFORM", "subject": "look", "body": "please"}],
}


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Place:
    """A fleet without a daemon: a-1 waits for founder, a-2 is held, pulse and account:acme are paused."""
    place = Place(tmp_path_factory.mktemp("there"))
    begin_desk(place, DESK)
    place.write("seats/pulse/work/next", json.dumps(WATCH))
    assert place("wake", "pulse").code == 0
    assert place("up", "--once", "-q").code == 0
    place.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [ACME, VOLT]}))
    assert place("wake", "dirk").code == 0
    assert place("up", "--once", "-q").code == 0
    assert place("pause", "pulse", "--because", "x").code == 0
    assert place("pause", "account:acme", "--because", "x").code == 0
    return place


def bash(place: Place, typed: str, **env: str) -> list[str]:
    """Ask as bash does: the words in one variable, the number of the last in another."""
    words = typed.split(" ")
    told = {"_FLEET_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    said = place(env={**told, **env})
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


OFFERED = (
    ("fleet st", ["status"]),  # verbs
    ("fleet -C . st", ["status"]),
    ("fleet inbox re", ["read", "retry"]),
    ("fleet emit me", ["message", "metric"]),
    ("fleet status --js", ["--json"]),  # flags
    ("fleet wake dirk --w", ["--wait"]),
    ("fleet --co", ["--color"]),
    ("fleet --color ", ["auto", "always", "never"]),  # choices
    ("fleet tail --kind verd", ["verdict"]),
    ("fleet tail --kind=verd", ["--kind=verdict"]),
    ("fleet check --format g", ["github"]),
    ("fleet init --from m", ["minimal", "maintainers"]),
    ("fleet inbox send dirk --type RE", ["REQUEST", "RESPONSE"]),
    ("fleet status d", ["dirk"]),  # seats
    ("fleet status dirk p", ["pulse"]),
    ("fleet wake ", ["pulse", "dirk"]),  # only whom an agent holds
    ("fleet publish ", ["founder", "bogdan"]),
    ("fleet --as b", ["bogdan"]),
    ("fleet simulate --seat p", ["pulse"]),
    ("fleet approve ", ["a-1"]),  # ids
    ("fleet deny ", ["a-1", "a-2"]),
    ("fleet why a-", ["a-1", "a-2"]),
    ("fleet trace t-4", ["t-4"]),
    ("fleet inbox read m-", ["m-1", "m-2"]),
    ("fleet pause crm", ["crm.offer"]),  # kinds and subjects
    ("fleet pause account:", ["account:acme", "account:volt"]),
    ("fleet resume ", ["account:acme", "pulse"]),
    ("fleet emit action n", ["note.append"]),
    ("fleet explain F31", ["F310", "F311"]),
    ("fleet check ", []),  # files are the shell's own
    ("fleet down ", []),
)


@pytest.mark.parametrize(("typed", "offered"), OFFERED)
def test_what_can_stand_there_is_offered(there, typed, offered):
    found = bash(there, typed)
    assert sorted(found) == sorted(offered) if "F31" not in typed else set(offered) <= set(found)


def test_metrics_are_those_of_the_chart_and_inside_of_a_turn_those_of_its_seat(nowhere):
    nowhere.write(
        "fleet.yaml", HELLO + "  other: {title: Other, scorecard: {calls: all, held: {target: none}}}\n"
    )
    assert bash(nowhere, "fleet emit metric ") == ["greetings", "calls", "held"]
    assert bash(nowhere, "fleet emit metric ", FLEET_SEAT="other") == ["calls", "held"]


def test_zsh_and_fish_are_told_what_it_means(there):
    env = {"_FLEET_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "fleet stat"}
    assert there(env=env).out == "status:Show every seat, or one in full.\n"
    env = {"_FLEET_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "fleet trace acc"}
    assert there(env=env).out == "account\\:acme\naccount\\:volt\n"
    env = {"_FLEET_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert (
        there(env={**env, "_TYPER_COMPLETE_ARGS": "fleet stat"}).out
        == "status\tShow every seat, or one in full.\n"
    )
    env["_TYPER_COMPLETE_FISH_ACTION"] = "is-args"
    assert there(env={**env, "_TYPER_COMPLETE_ARGS": "fleet approve "}).code == 0
    assert there(env={**env, "_TYPER_COMPLETE_ARGS": "fleet check "}).code == 1  # so fish offers files


STATES = {
    "no fleet": "",
    "a broken chart": HELLO.replace("title: Operator", "title: [Operator"),
    "a chart that is no text": "\x00\x01\x02",
    "a chart in one line": "{fleet: x, seats: {a: {title: A}, b: {title: B}}}",
}


def test_seats_in_braces_are_offered_too(nowhere):
    nowhere.write("fleet.yaml", STATES["a chart in one line"])
    assert bash(nowhere, "fleet status ") == ["a", "b"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "typed", ["fleet ", "fleet status ", "fleet approve ", "fleet -C nowhere tail ", "fleet '", "", "x"]
)
def test_nothing_but_words_is_ever_said(nowhere, state, typed):
    if STATES[state]:
        nowhere.write("fleet.yaml", STATES[state])
    nowhere.write("ledger/2026-11-23.jsonl", "this is no ledger\n{}\n")
    bash(nowhere, typed)


def test_a_folder_that_cannot_be_read_offers_nothing(nowhere):
    (nowhere.folder / "fleet.yaml").mkdir()
    (nowhere.folder / "ledger").write_text("a file")
    assert bash(nowhere, "fleet approve ") == bash(nowhere, "fleet status ") == []


def test_what_is_offered_is_what_the_account_has_open(there):
    files = Files(str(there.folder))
    account = fold(since_checkpoint(files))
    found = open_things(files)
    assert found.actions == {name: action.status for name, action in account.docket.actions.items()}
    assert list(found.paused) == [*(n for n, p in account.seats.items() if p.paused), *account.pauses]
    assert account.revision is not None
    assert revision_id(files) == account.revision.id
    assert list(names(files).seats) == list(account.seats)
    files.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_once_and_says_what_it_wrote(nowhere, shell):
    home = {"HOME": str(nowhere.folder), "SHELL": f"/bin/{shell}", "ZDOTDIR": "", "XDG_CONFIG_HOME": ""}
    rc = nowhere.write(".bashrc" if shell == "bash" else ".zshrc", "# mine")
    for _ in range(2):
        said = nowhere("--install-completion", shell, env=home)
        assert (said.code, said.err) == (0, "")
    assert f"Next   open a new {shell}" in said.out
    file = said.out.splitlines()[0].removeprefix("Wrote  ")
    assert file.startswith(str(nowhere.folder))
    assert nowhere("--show-completion", shell).out.strip() in Path(file).read_text()
    lines = rc.read_text().splitlines()
    assert lines[0] == "# mine"
    assert len(lines) == (1 if shell == "fish" else 2)


def test_a_shell_that_is_not_known_is_told_which_are(nowhere):
    said = nowhere("--install-completion", "tcsh")
    assert said.code == 2
    assert "bash, zsh, fish" in said.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("line", "offered"),
    [("fleet appr", ["approve"]), ("fleet status d", ["dirk"]), ("fleet trace account:", ["acme", "volt"])],
)
def test_bash_itself_offers_them(there, line, offered):
    folder = there.folder / "bin"
    folder.mkdir(exist_ok=True)
    fleet = folder / "fleet"
    fleet.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fleet "$@"\n')
    fleet.chmod(0o755)
    text = (
        'eval "$(fleet --show-completion bash)"; COMP_WORDBREAKS=$\' \\t\\n:\'; COMP_LINE="$1"; COMP_POINT=${#1};'
        ' _fleet_completion fleet; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = there.env(PATH=f"{folder}:{os.environ['PATH']}")
    done = subprocess.run(
        ["bash", "-c", text, "bash", line],
        cwd=there.folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stderr, done.stdout.split()) == ("", offered)


def test_rules_are_offered_by_name_however_they_are_written(nowhere):
    rules = (
        "rules:\n- name: one\n  if: |\n    true\n  then: hold\n- {name: two, then: hold}\n-\n  name: three\n"
    )
    nowhere.write("fleet.yaml", f"fleet: x\n{rules}seats:\n  a: {{title: A, person: B}}\n")
    assert bash(nowhere, "fleet rules show ") == ["one", "two", "three"]
    assert bash(nowhere, "fleet rules test t") == ["two", "three"]
    nowhere.write("fleet.yaml", "rules: [{name: four, if: 'x'}, {name: five}]\n")
    assert bash(nowhere, "fleet rules show f") == ["four", "five"]
