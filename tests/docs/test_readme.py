"""README's tour, run block by block in a copy of this repository; and the seats it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docs.pages import ROOT, page

README = page("README.md")
TOUR = README.split("## A short tour")[1].split("## How a seat is written")[0]
SEATS = README.split("## How a seat is written")[1].split("## What it is not")[0]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COPIED = ("fleet.yaml", "seats", "actions", "sneeze", "scripts", "tests/week", "pyproject.toml", ".gitignore")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "work", "*.pyc")
PATIENCE_S = 20.0

TIME = r"(?:(?:mon|tue|wed|thu|fri|sat|sun) |\d+ \w{3} )?\d\d:\d\d(?::\d\d)?"
HEAD = r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w{3} \d{4} TIME \w{3,4}\b"
MASKS = (
    (TIME, "TIME"),
    (HEAD, "NOW"),
    (r"\d+", "#"),
    (r"[+-]#:?#", "OFFSET"),
    (r"(?<=\s)-(?=\s)", "TIME"),  # what never was, or never will be
    (r"\s+", " "),
)
"""What differs from run to run, and the word that stands for it."""


def masked(line: str) -> str:
    """Put words in the place of what differs from run to run."""
    for pattern, word in MASKS:
        line = re.sub(pattern, word, line)
    return line.strip()


def pattern(line: str) -> re.Pattern[str]:
    """Make a line of README a pattern: masked, and `…` is anything."""
    return re.compile(".*".join(map(re.escape, masked(line).split("…"))))


def missing(expected: str, output: str) -> list[str]:
    """List the lines of README that do not come, in this order, in the output."""
    lines = iter([masked(line) for line in output.splitlines()])
    return [line for line in expected.splitlines() if not any(pattern(line).fullmatch(got) for got in lines)]


class Shell:
    """One `sh` for all blocks, so that what one sets the next one has."""

    def __init__(self, folder: Path) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        self._sh = subprocess.Popen(
            ["sh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env={**env, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        )

    def run(self, block: str) -> str:
        """Run a block; returns what it printed, on stdout and stderr."""
        assert self._sh.stdin and self._sh.stdout
        self._sh.stdin.write(f"{block}\necho end-of-block\n")
        self._sh.stdin.flush()
        lines: list[str] = []
        for line in self._sh.stdout:
            if line == "end-of-block\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in: {block}\n{''.join(lines)}")

    def close(self) -> None:
        """End it."""
        self._sh.kill()
        self._sh.wait()
        for pipe in (self._sh.stdin, self._sh.stdout):
            if pipe:
                pipe.close()


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
    for pid in _at_work_in(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _at_work_in(folder: Path) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and Path(os.readlink(f"/proc/{name}/cwd")).is_relative_to(folder):
                found.append(int(name))
    return found


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the text of each fenced block."""
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def test_the_tour_goes_as_it_is_told(shell: Shell) -> None:
    parts = blocks(TOUR)
    for i, (language, block) in enumerate(parts):
        if language != "sh":
            continue
        expected = parts[i + 1][1] if i + 1 < len(parts) and parts[i + 1][0] == "text" else ""
        output = shell.run(block)
        deadline = time.monotonic() + PATIENCE_S
        while missing(expected, output) and time.monotonic() < deadline:
            time.sleep(0.2)
            output += shell.run(block.rstrip("\n").splitlines()[-1])
        assert not missing(expected, output), f"in:\n{block}\ncame:\n{output}"


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
    text = README + page("docs/files.md") + page("docs/security.md") + page("CHANGELOG.md")
    typed = "\n".join(block for language, block in blocks(README) if language == "sh")
    for verb in re.findall(r"`fleet ([a-z]+)", text) + re.findall(r"^fleet ([a-z]+)", typed, re.MULTILINE):
        assert verb in known, verb
