"""docs/reference/ledger.md: its programs read a real ledger, and none of them lets a changed line pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docs.pages import codes, page, rows
from docs.shell import blocks

from fleet.testing import Rig, chart_text

PAGE = page("docs/reference/ledger.md")
BLOCKS = blocks(PAGE)
COMMANDS = {"python": [sys.executable, "-c"], "perl": ["perl", "-e"], "sh": ["sh", "-c"]}
LANGUAGES = ("python", "perl")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A fleet that was started on one day and stopped on the next; its words are not all ASCII."""
    seats = {"dash": "when: [when asked, every 6h]\ncan: {do: [note.append]}"}
    with Rig(
        tmp_path_factory.mktemp("fleet"), chart_text(seats, tail="actions: {note.append: {run: cat}}")
    ) as rig:
        offer = {"kind": "note.append", "with": {"n": 1e-7}}
        result = {"headline": 'çelik \u2028 "data":1,"data_sha256":', "actions": [offer]}
        rig.does("dash", f"cat <<'R'\n{json.dumps(result)}\nR")
        rig.start().advance(hours=30)
        assert rig.outcomes("dash")[0] == "done"
        rig.stop()
        yield rig


def asked(language: str, folder: Path, block: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a program of the page in a folder; where its interpreter is missing, the test says so."""
    if not shutil.which(COMMANDS[language][0]):
        pytest.skip(f"there is no {language} here")
    program = [text for name, text in BLOCKS if name == language][block]
    return subprocess.run(
        [*COMMANDS[language], program], cwd=folder, capture_output=True, text=True, timeout=60
    )


def lines(rig: Rig) -> list[bytes]:
    """The whole ledger, which goes over several days."""
    days = sorted(rig.path("ledger").glob("*.jsonl"))
    assert len(days) > 1
    return [line for day in days for line in day.read_bytes().splitlines(keepends=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ledger_holds_up_to_its_last_hash(language: str, rig: Rig) -> None:
    told = asked(language, rig.path("."))
    last = json.loads(lines(rig)[-1])
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.split() == [str(last["n"]), last["hash"]]


BREAKS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a word of the data is changed": lambda all: [
        *all[:5],
        all[5].replace(b'"data":{', b'"data":{"x":1,', 1),
        *all[6:],
    ],
    "a time is changed": lambda all: [*all[:5], all[5].replace(b'"at":"2', b'"at":"3', 1), *all[6:]],
    "a line is left out": lambda all: [*all[:5], *all[6:]],
    "two lines have changed places": lambda all: [*all[:5], all[6], all[5], *all[7:]],
    "a line stands twice": lambda all: [*all[:6], *all[5:]],
    "a line is no JSON": lambda all: [*all[:5], b"oops\n", *all[5:]],
}


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_ledger_is_named_by_its_line(language: str, broken: str, rig: Rig, tmp_path: Path) -> None:
    before = lines(rig)
    after = BREAKS[broken](before)
    assert after != before
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger/2026-11-23.jsonl").write_bytes(b"".join(after))
    told = asked(language, tmp_path)
    at = next(
        number for number, (one, other) in enumerate(zip(before, after, strict=False), 1) if one != other
    )
    assert told.returncode != 0
    assert f"ledger/2026-11-23.jsonl:{at} does not hold" in told.stderr


def test_the_keys_of_a_line_are_those_of_the_table(rig: Rig) -> None:
    told = {name for cells in rows(PAGE) for name in codes(cells[0])}
    assert {key for line in lines(rig) for key in json.loads(line)} == told


@pytest.mark.parametrize("block", [0, 1])
def test_jq_finds_what_the_page_asks_for(block: int, rig: Rig) -> None:
    if not shutil.which("jq"):
        pytest.skip("there is no jq here")
    told = asked("sh", rig.path("."), block)
    assert (told.returncode, told.stderr) == (0, "")
    assert "dash" in told.stdout and told.stdout.split()
