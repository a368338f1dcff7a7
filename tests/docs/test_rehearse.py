"""docs/rehearse.md: what it tells to type does what it says, and its tables are those of the code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from docs.pages import codes, marked, page, rows
from docs.shell import Shell, blocks

from fleet.cli import rehearse
from fleet.core.read.keys import Keys
from fleet.core.script.keys import AROUND, FACT_FIRST, FACTS, FIRST, MUST, SCRIPT, VERBS
from fleet.runtime.steps import VERBS as PLAYED

PAGE = page("docs/rehearse.md")
PARTS = blocks(PAGE)
NAME = re.compile(r"# ([a-z]+\.(?:yaml|py))\b.*\n")
TOOK = re.compile(r"\bin \d+\.\d s")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in a folder with the files of the page, and nothing else."""
    folder = tmp_path / "agency"
    folder.mkdir()
    for _, block in PARTS:
        named = NAME.match(block)
        if named:
            (folder / named[1]).write_text(block)
    shell = Shell(folder)
    shell.run(f"PATH={Path(sys.executable).parent}:$PATH; TMPDIR={tmp_path}; export PATH TMPDIR")
    yield shell
    shell.close()


def test_the_page_goes_as_it_is_told(shell: Shell) -> None:
    for i, (language, block) in enumerate(PARTS):
        if language != "sh":
            continue
        output = shell.run(block)
        if PARTS[i + 1 :] and PARTS[i + 1][0] == "text":
            assert TOOK.sub("in # s", output) == TOOK.sub("in # s", PARTS[i + 1][1]), block


def test_the_lines_for_ci_are_enough_in_a_fresh_folder_and_fail_with_a_broken_agent(shell: Shell) -> None:
    setup, check = (
        next(block for _, block in PARTS if block.startswith(words))
        for words in ("mkdir -p seats", "fleet check")
    )
    shell.run(setup)
    for exits in ("0 0 0", "0 0 1"):
        assert (
            " ".join(shell.run(f"{line} >/dev/null; echo $?").strip() for line in check.splitlines()) == exits
        )
        shell.run("echo exit 3 >seats/dirk/agent.sh")


def test_the_long_script_has_every_verb_and_every_kind_of_expectation(shell: Shell) -> None:
    (setup,) = [block for _, block in PARTS if block.startswith("mkdir -p seats")]
    shell.run(setup)
    data = json.loads(shell.run("fleet rehearse --script week.yaml --json"))["data"]
    assert list(data) == codes(marked(PAGE, "json"))[1:]
    steps = [step["do"] for step in data["steps"] if step["met"]]
    assert set(steps) == {*VERBS, "expect"}
    assert {kind for step in data["steps"] if step["do"] == "expect" for kind in step["given"]} == set(FACTS)


def table(name: str) -> dict[str, list[str]]:
    """Give the rows of a table by what their first cell names."""
    return {codes(cells[0])[0]: cells[1:] for cells in rows(marked(PAGE, name))}


@pytest.mark.parametrize(("name", "known", "alone"), [("verbs", VERBS, FIRST), ("facts", FACTS, FACT_FIRST)])
def test_the_table_has_every_key_and_no_other(
    name: str, known: Mapping[str, Keys], alone: Mapping[str, str]
) -> None:
    told = table(name)
    assert list(told) == list(known)
    assert {kind: codes(cells[0])[0] for kind, cells in told.items()} == alone
    told.pop("record", None)  # any key of its data
    assert {kind: set(codes(cells[1])) for kind, cells in told.items()} == {
        kind: set(known[kind].names) for kind in told
    }


def test_keys_in_bold_are_those_that_must_be_given() -> None:
    told = {verb: tuple(re.findall(r"\*\*`(\w+)`\*\*", cells[1])) for verb, cells in table("verbs").items()}
    assert {verb: keys for verb, keys in told.items() if keys} == MUST


def test_every_verb_of_the_table_is_played() -> None:
    assert table("verbs").keys() == PLAYED.keys()


def test_the_head_of_a_script_and_what_stands_beside_an_expectation_are_told_whole() -> None:
    assert table("header").keys() == SCRIPT.names
    assert table("around").keys() == set(AROUND)


def test_the_flags_are_those_of_the_verb() -> None:
    told = {codes(cells[0])[0].split()[0] for cells in rows(marked(PAGE, "flags"))}
    assert told == set(re.findall(r"\"(--[a-z]+)\"", Path(rehearse.__file__).read_text()))
