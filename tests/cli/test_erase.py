"""`fleet audit erase`: what is gone is gone everywhere, the chain holds, and everything goes on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import DESK, Place, Said, begin_desk

from fleet.cli.main import main

ACME = {"kind": "crm.offer", "about": "account:acme", "with": {"text": "the confidential offer to acme"}}
NOTE = {"kind": "note.append", "about": "account:acme", "with": {"text": "a note"}}
WORDS = "Anna Schmidt called about her divorce"
FULL = {
    "headline": WORDS,
    "items": [{"about": "account:acme", "kind": "note", "because": WORDS}],
    "claims": [{"about": "account:volt", "until": "2036-01-01T00:00:00Z", "because": WORDS}],
    "messages": [
        {"to": "dirk", "type": "REQUEST", "about": "account:acme", "subject": WORDS, "body": WORDS},
        {"to": "founder", "type": "INFORM", "subject": "for you", "body": WORDS},
    ],
    "escalate": [{"about": "account:acme", "because": WORDS}],
    "scorecard": {"work": 1},
    "body": WORDS,
}
READS = (
    *(
        "status",
        "status pulse dirk founder",
        "tail --kind all -n 400",
        "tail pulse",
        "tail --kind log",
        "approve",
    ),
    *(
        "inbox",
        "inbox dirk",
        "inbox founder",
        "why pulse",
        "why dirk",
        "why t-1",
        "why m-1",
        "why a-1",
        "trace t-3",
    ),
    *("trace m-1", "trace a-1", "trace account:acme", "trace account:volt", "chart", "brief dirk", "plan"),
    *(
        "inbox read m-1",
        "why r-1",
        "trace r-1",
        "why i-1",
        "status --json",
        "tail --kind all --json",
    ),
)


def records(place: Place) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for file in sorted((place.folder / "ledger").glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]


def number(place: Place, what: str, **data: Any) -> str:
    """The number of the newest record of a kind with these data."""
    found = [
        r["n"] for r in records(place) if r["what"] == what and data.items() <= {**r, **r["data"]}.items()
    ]
    return str(found[-1])


def holding(place: Place, text: str) -> list[str]:
    return [
        str(path.relative_to(place.folder))
        for path in sorted(place.folder.rglob("*"))
        if path.is_file() and text in path.read_text("utf-8", "replace") and "seats/" not in str(path)
    ]


def live(place: Place) -> None:
    """A fleet of which a good deal has happened."""
    begin_desk(place, DESK)
    place.write("seats/pulse/work/next", json.dumps(FULL))
    assert place("wake", "pulse").code == 0
    place("up", "--once", "-q")
    place.write("seats/dirk/work/next", json.dumps({"headline": "offers", "actions": [ACME, NOTE]}))
    place("wake", "dirk")
    place("up", "--once", "-q")
    place("pause", "account:volt", "--because", WORDS)
    place("resume", "account:volt")
    place("inbox", "send", "dirk", "-m", "hello there", "--as", "founder")
    place.write("inbox/dirk/new/odd.md", "---\ntype: NONSENSE\n---\nx\n")
    place("up", "--once", "-q")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived") / "fleet"
    folder.mkdir()
    live(Place(folder))
    return folder


@pytest.fixture
def place(lived: Path, tmp_path: Path) -> Iterator[Place]:
    """A copy of it, and no daemon left behind."""
    shutil.copytree(lived, tmp_path / "fleet", symlinks=True, ignore=shutil.ignore_patterns("sock"))
    place = Place(tmp_path / "fleet")
    yield place
    place.kill()


def here(place: Place, *words: str) -> Said:
    """Call the program without starting one: so many of them are called."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["-C", str(place.folder), *words])
    return Said(code, out.getvalue(), err.getvalue())


def holds(place: Place, *numbers: str) -> None:
    """The chain holds and lists what was erased; a start, and every verb that reads, go on."""
    said = here(place, "audit", "verify", "--json")
    assert said.code == 0, said.out
    assert {int(n) for n in numbers} <= set(said.data["erased"])
    for words in READS:
        told = here(place, *words.split())
        assert told.code in (0, 1, 2, 3), (words, told.err)
        assert "this is a bug" not in told.err, (words, told.err)
    assert place("up", "--once", "-q").code == 0
    assert here(place, "status").code == 3  # it is not served
    assert here(place, "audit", "verify").code == 0


def test_a_turn_is_gone_from_the_ledger_and_from_every_copy(place: Place) -> None:
    turn = number(place, "turn_ended", seat="pulse")
    said = place("audit", "erase", turn, "--because", "asked to by her")
    assert said.code == 0, said.err
    line = next(r for r in records(place) if str(r["n"]) == turn)
    assert line["data"] == {}
    assert not (place.folder / "state/pulse.md").exists()
    assert "(erased)" in (place.folder / "state/pulse.log").read_text()
    assert WORDS not in (place.folder / "state/pulse.log").read_text()
    assert "The same words stand in" in said.err
    erasure = next(r for r in records(place) if r["what"] == "erasure")["data"]
    assert (erasure["n"], erasure["because"], erasure["by"]) == ([int(turn)], "asked to by her", "operator")
    holds(place, turn)
    assert not (place.folder / "state/pulse.md").exists()


def test_all_that_holds_a_text_is_found_shown_and_erased_with_a_yes(place: Place, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text(f"{WORDS}\n")
    before = len(records(place))
    assert len(holding(place, WORDS)) >= 4
    dry = place("audit", "erase", "--text-from", str(text), "--dry-run")
    assert dry.code == 0
    assert WORDS not in dry.out
    asked = place("audit", "erase", "--text-from", str(text), "--because", "asked to")
    assert asked.code == 4
    assert "Say yes to all of it with --yes" in asked.err
    assert len(records(place)) == before
    for who in ("dirk", "founder"):  # what is open is settled first
        place("wake", who)
    said = place("audit", "erase", "--text-from", "-", "--because", "asked to", "--yes", text=WORDS)
    left = [name for name in holding(place, WORDS) if name != "fleet.yaml"]
    stays = [line for line in said.out.splitlines() if "stays:" in line]
    assert said.code == (1 if left else 0), (left, stays, said.out)
    assert all(name.startswith("ledger/") for name in left), left
    holds(place)


def test_what_waits_for_an_answer_is_told_with_what_to_do(place: Place) -> None:
    offer = number(place, "offer", id="a-1")
    said = place("audit", "erase", offer, "--because", "x")
    assert said.code == 1
    assert f"record {offer} cannot be erased: a-1 is still open" in said.err
    assert "fleet deny a-1" in said.err
    revision = number(place, "revision")
    assert "it is the revision in force" in place("audit", "erase", revision, "--because", "x").err
    assert place("deny", "a-1", "--because", "no").code == 0
    assert place("audit", "erase", offer, "--because", "x").code == 0
    again = place("audit", "erase", offer, "--because", "x")
    assert "it is erased already" in again.err
    erasure = number(place, "erasure")
    assert "it says what was erased" in place("audit", "erase", erasure, "--because", "x").err
    holds(place, offer)


KINDS = ("turn_ended", "message", "message_done", "claim", "verdict", "value", "trouble", "wake_due", "turn_started",
         "read", "pause", "resume", "checkpoint", "started", "stopped", "offer", "action_outcome", "action_intent",
         "escalation_step", "approval_asked", "told")  # fmt: skip


@pytest.mark.parametrize("what", KINDS)
def test_after_any_kind_of_record_was_erased_all_goes_on(place: Place, what: str) -> None:
    numbers = [r["n"] for r in records(place) if r["what"] == what]
    erased = []
    for n in map(str, numbers):
        said = here(place, "audit", "erase", n, "--because", "a test")
        assert said.code in (0, 1), said.err
        assert said.code == 0 or "cannot be erased: " in said.err
        erased += [n] * (said.code == 0)
        if len(erased) == 2:
            break
    holds(place, *erased)


def test_with_a_daemon_it_goes_over_the_socket(place: Place) -> None:
    assert place("up", "-d").code == 0
    turn = number(place, "turn_ended", seat="pulse")
    assert place("audit", "erase", turn, "--because", "x", "--as", "founder").code == 0
    assert json.loads(place("audit", "verify", "--json").out)["data"]["erased"] == [int(turn)]
    assert place("wake", "pulse", "--wait").code == 0
    assert place("status", "pulse").code == 0  # it is served
    assert place("down").code == 0
    assert next(r for r in records(place) if r["what"] == "erasure")["data"]["by"] == "founder"
    holds(place, turn)


def test_it_is_refused_from_inside_a_turn(place: Place) -> None:
    turn = number(place, "turn_ended", seat="pulse")
    said = place("audit", "erase", turn, "--because", "x", env={"FLEET_TURN": "t-9"})
    assert said.code == 1
    assert "refused from inside a turn" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "say what to erase"),
        (("1",), "say why it is erased"),
        (("999999", "--because", "x"), "there is no record 999999"),
        (("x1", "--because", "x"), "what is erased by number is a record, as 48113"),
        (("1", "--secret", "A", "--because", "x"), "one of them"),
        (("--text-from", "-", "--because", "x"), "under 6 characters"),
        (("--secret", "NOBODY", "--because", "x"), "no `use` and no `secrets` of this chart names it"),
    ],
)
def test_what_cannot_be_used_is_told(place: Place, words: tuple[str, ...], says: str) -> None:
    said = place("audit", "erase", *words, text="ab")
    assert said.code in (1, 2)
    assert says in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("--text", "4-8-15-sixteen"),
        ("--text=4-8-15-sixteen", "--because", "x"),
        ("--value", "4-8-15-sixteen"),
        ("--becuase", "4-8-15-sixteen", "7"),
        ("4-8-15-sixteen", "--dry-run"),
        ("--secret", "4-8-15-sixteen", "--dry-run"),
    ],
)
def test_a_text_that_was_typed_where_none_stands_is_not_said_back(
    place: Place, words: tuple[str, ...]
) -> None:
    for form in ((), ("--json",)):
        said = place("audit", "erase", *words, *form)
        assert said.code in (1, 2)
        assert "sixteen" not in said.out + said.err
        assert "fleet audit erase --text-from -" in said.err


def test_what_is_lost_with_a_turn_is_told_before(place: Place) -> None:
    turn = number(place, "turn_ended", seat="pulse")
    said = place("audit", "erase", turn, "--dry-run").out
    assert "file   state/pulse.md: then pulse has no state, until it publishes again\n" in said
    logs = [line for line in said.splitlines() if line.startswith("file   state/turns/pulse/")]
    assert all(line.endswith(": all that is kept of that turn") for line in logs)
    assert place("audit", "erase", turn, "--because", "x").code == 0
    row = next(one for one in place("status", "--json").data["seats"] if one["seat"] == "pulse")
    assert row["health"] == "late" and row["why"].startswith("its state was erased, with t-")
    assert "  state    its state was erased\n" in place("status", "pulse").out


def test_a_log_goes_whole_and_that_is_told_before(place: Place) -> None:
    log = next(place.folder.glob("state/turns/pulse/*"), None) or place.folder / "state/turns/pulse/t-1.log"
    log.write_text("one\nthe word that is looked for\nthree\n")
    said = place("audit", "erase", "--text-from", "-", "--dry-run", text="the word that is looked for")
    assert f"file   state/turns/pulse/{log.name}: all that is kept of that turn\n" in said.out


KILLED = """
import os, sys
from fleet.cli import main
from fleet.store import files, ledger
step, count = int(sys.argv[1]), 0
def killing(real):
    def call(*args, **more):
        global count
        if armed[0]:
            count += 1
            if count == step:
                os.kill(os.getpid(), 9)
        return real(*args, **more)
    return call
armed = [False]
real = ledger.Ledger.erase
def erase(self, numbers):
    armed[0] = True
    return real(self, numbers)
ledger.Ledger.erase = erase
for name in ("publish", "unlink"):
    setattr(files.Files, name, killing(getattr(files.Files, name)))
sys.argv = ["fleet", *sys.argv[2:]]
sys.exit(main.main() if hasattr(main, "main") else main.run())
"""


@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_in_the_middle_it_is_finished_at_the_next_start(place: Place, step: int) -> None:
    turn = number(place, "turn_ended", seat="pulse")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(step), "audit", "erase", turn, "--because", "x"],
        cwd=place.folder,
        env=place.env(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert place("up", "--once", "-q").code == 0
    assert next(r for r in records(place) if str(r["n"]) == turn)["data"] == {}
    assert WORDS not in (place.folder / "state/pulse.log").read_text()
    assert not [path for path in (place.folder / "state").rglob("*.md") if WORDS in path.read_text()]
    holds(place, turn)


def test_a_secret_that_got_through_is_found_by_its_name(place: Place, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(WORDS)
    os.chmod(key, 0o600)
    chart = DESK.replace("can: {do: [note.append]", "can: {use: [KEY], do: [note.append]")
    place.write("fleet.yaml", f"{chart}secrets: {{KEY: {{file: {key}}}}}\n")
    assert place("up", "--once", "--apply", "-q").code == 0
    said = place("audit", "erase", "--secret", "KEY", "--dry-run")
    assert said.code == 0, said.err
    assert "turn_ended  pulse" in said.out
    assert WORDS not in said.out + said.err


NAMED = "AnnaSchmidtDivorce"


def test_a_text_in_names_links_and_big_files_is_found_and_what_stays_is_told(place: Place) -> None:
    left = place.folder / "out/pulse/t-1"
    (left / f"for-{NAMED}").mkdir(parents=True)
    (left / f"for-{NAMED}/deep").mkdir()
    os.mkfifo(left / f"{NAMED}.pipe")
    (left / "link").symlink_to(f"/none/{NAMED}")
    other = place.folder / "out/pulse/t-2"
    other.mkdir()
    (other / "kept").write_text("not about her")
    with (other / "big").open("wb") as big:
        big.truncate(70_000_000)
        big.seek(66_000_000)
        big.write(NAMED.encode())
    (place.folder / "data").mkdir(exist_ok=True)
    (place.folder / "data" / f"{NAMED}.csv").write_text("x")
    words = ("audit", "erase", "--text-from", "-", "--because", "asked to", "--yes")
    said = place(*words, text=NAMED)
    assert said.code == 1
    assert "file   out/pulse/t-1\n" in said.out
    assert "file   out/pulse/t-2/big\n" in said.out
    assert "left   data/[secret text].csv: not fleet's to change; mend it by hand" in said.out
    assert NAMED not in said.out + said.err
    assert not left.exists()
    assert [path.name for path in other.iterdir()] == ["kept"]
    assert not any(NAMED.encode() in path.read_bytes() for path in place.folder.glob("ledger/*"))
    (place.folder / "data" / f"{NAMED}.csv").unlink()
    assert "Nothing holds it." in place(*words, text=NAMED).out
    holds(place)


def test_every_folder_is_looked_through_but_what_git_keeps_which_is_said(place: Place) -> None:
    for path in ("ledger/torn/x.bin", "node_modules/y", ".git/z"):
        (place.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (place.folder / path).write_text(NAMED)
    said = place("audit", "erase", "--text-from", "-", "--because", "x", "--yes", text=NAMED)
    assert said.code == 1
    assert "file   ledger/torn/x.bin\n" in said.out
    assert "left   node_modules/y: " in said.out
    assert "Not looked through: .git" in said.err
    assert not (place.folder / "ledger/torn/x.bin").exists()


def test_what_a_turn_left_in_parts_over_json_is_found(place: Place) -> None:
    parts = [NAMED[at : at + 5] for at in range(0, len(NAMED), 5)]
    left = place.folder / "out/pulse/t-1"
    left.mkdir(parents=True, exist_ok=True)
    (left / "emit.jsonl").write_text("".join(f'{{"emit": "progress", "text": "{one}"}}\n' for one in parts))
    said = place("audit", "erase", "--text-from", "-", "--because", "x", "--yes", text=NAMED)
    assert "file   out/pulse/t-1/emit.jsonl\n" in said.out, said.out + said.err
    assert not (left / "emit.jsonl").exists()


@pytest.mark.parametrize("table", ["who,what\n1,2\n", "seat,metric,turn\n\nx\n", '"', "\0"])
def test_a_table_of_values_that_somebody_spoilt_ends_nothing_and_is_told(place: Place, table: str) -> None:
    value = number(place, "value")
    week = next(r["data"]["week"] for r in records(place) if r["n"] == int(value))
    (place.folder / f"scorecard/{week}.csv").write_text(table)
    assert place("up", "-d").code == 0
    said = place("audit", "erase", value, "--because", "x")
    ours = table.startswith("seat")
    assert said.code == (0 if ours else 1), said.err
    assert (f"left   scorecard/{week}.csv" in said.out) is not ours
    assert place("status").code == 0  # it is served still
    assert place("down").code == 0
    assert place("up", "--once", "-q").code == 0
    holds(place, value)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_cannot_be_read_is_told_as_left(place: Place) -> None:
    closed = place.folder / "data"
    closed.mkdir(exist_ok=True)
    (closed / "closed").write_text("x")
    (closed / "closed").chmod(0)
    said = place("audit", "erase", "--text-from", "-", "--because", "x", "--yes", text=NAMED)
    assert said.code == 1
    assert "left   data/closed: it cannot be read, and may hold it; look at it" in said.out


def deep(folder: Path, folders: int) -> None:
    """Make a file so many folders down, by steps: its path is too long to be one."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f"import os\nfor _ in range({folders}):\n os.mkdir('d'); os.chdir('d')\nopen('x', 'w').write({NAMED!r})"
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)


@pytest.mark.parametrize("folders", [40, 977, 3000])
def test_what_a_turn_left_goes_with_it_however_deep_or_hidden(place: Place, folders: int) -> None:
    turn = number(place, "turn_ended", seat="pulse")
    left = place.folder / "out/pulse" / next(r["turn"] for r in records(place) if str(r["n"]) == turn)
    deep(left, folders)
    (left / ".hidden").write_text(NAMED)
    (left / ".d").mkdir()
    (left / ".d/x").write_text(NAMED)
    (left / "link").symlink_to(f"/none/{NAMED}")
    said = place("audit", "erase", turn, "--because", "asked to")
    assert said.code == 0, said.err
    assert f"file   {left.relative_to(place.folder)}\n" in said.out, "what lies too deep to be listed is told"
    assert "left   " not in said.out
    assert not left.exists()
    assert place("up", "--once", "-q").code == 0
    assert place("audit", "verify").code == 0


def test_what_was_found_out_too_deep_to_be_looked_through_is_told(place: Place) -> None:
    deep(place.folder / "data", 1100)
    said = place("audit", "erase", "--text-from", "-", "--because", "x", "--dry-run", text=NAMED)
    assert said.code == 0, said.err
    assert "it cannot be read, and may hold it; look at it" in said.out
    subprocess.run(
        ["rm", "-rf", str(place.folder / "data")], check=True
    )  # too deep for who clears up after tests


def test_a_message_goes_with_all_that_was_put_aside_in_its_name(place: Place) -> None:
    message = next(r for r in records(place) if r["what"] == "message" and r["data"]["to"] == "dirk")
    identity = message["data"]["id"]
    dead = place.folder / "inbox/dirk/dead"
    dead.mkdir(exist_ok=True)
    for end in ("", ".why", ".2", ".2.why", ".12"):
        (dead / f"20261121T205024-operator-x-{identity}.md{end}").write_text(NAMED)
    other = dead / f"20261121T205024-operator-{identity}.md-m-100.md"
    other.write_text("not hers")
    said = place("audit", "erase", str(message["n"]), "--because", "asked to")
    assert said.code == 0, said.err
    assert holding(place, NAMED) == []
    assert other.exists()
