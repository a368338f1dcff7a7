"""README's tour, run block by block in a copy of this repository; and the seats it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.pages import ROOT, page, pages
from docs.shell import Shell, blocks, play, slay

README = page("README.md")
TOUR = README.split("## Ten minutes")[1].split("## How a seat is written")[0]
SEATS = README.split("## How a seat is written")[1].split("## What it is not")[0]
COPIED = ("fleet.yaml", "seats", "actions", "sneeze", "scripts", "tests/week", "pyproject.toml", ".gitignore")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "work", "*.pyc")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in a copy of the repository whose environment is the one that runs the tests."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy2(source, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "scripts/env").write_text("#!/bin/sh\n# The environment is there already.\n")
    shell = Shell(folder)
    yield shell
    shell.close()
    slay(folder)


@pytest.mark.timeout(600)  # rehearsals are in it: 35 s alone on two cores, minutes where others use them
def test_the_tour_goes_as_it_is_told(shell: Shell) -> None:
    play(shell, TOUR)


def test_the_tour_has_ten_steps_and_every_expectation_belongs_to_a_command() -> None:
    assert re.findall(r"^\*\*(\d+)\. ", TOUR, re.MULTILINE) == [str(n) for n in range(1, 11)]
    languages = [language for language, _ in blocks(TOUR)]
    assert set(languages) == {"sh", "text"}
    assert "text text" not in " ".join(languages)


@pytest.mark.parametrize("language", ["sh", "python"])
def test_a_seat_as_README_shows_it_gives_a_result_that_is_accepted(language: str, tmp_path: Path) -> None:
    (program,) = [block for name, block in blocks(SEATS) if name == language]
    (tmp_path / "data").mkdir()
    brief = {"mail": [], "reads": {"dash": {"fresh": False}}, "now": "2021-11-23T06:00:00-05:00"}
    (tmp_path / "brief.json").write_text(json.dumps(brief))
    given = {"BRIEF": str(tmp_path / "brief.json"), "ROOT": str(tmp_path), "SEAT": "clerk", "TURN": "t-1"}
    env = {f"FLEET_{key}": value for key, value in {**given, "NOW": str(brief["now"])}.items()}
    starter = ["sh", "-c"] if language == "sh" else [sys.executable, "-c"]
    said = subprocess.run(
        [*starter, program], env={**os.environ, **env}, capture_output=True, text=True, check=True
    )
    check = [sys.executable, "-m", "fleet", "check", "--result", "-"]
    judged = subprocess.run(check, input=said.stdout, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_two_commands_are_there() -> None:
    for name in ("scripts/up", "scripts/test"):
        assert f"`{name}`" in README
        assert os.access(ROOT / name, os.X_OK)


def test_every_verb_that_a_page_names_is_one_of_fleet() -> None:
    from fleet.cli.verbs import VERBS

    known = {verb.name for verb in VERBS} | {"init"}
    texts = [path.read_text(encoding="utf-8") for path in pages()]
    text = "\n".join(texts)
    typed = "\n".join(block for text in texts for language, block in blocks(text) if language == "sh")
    for verb in re.findall(r"`fleet ([a-z]+)", text) + re.findall(r"^fleet ([a-z]+)", typed, re.MULTILINE):
        assert verb in known, verb
