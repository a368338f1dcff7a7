"""docs/simulate.md: its examples print what stands below them, and its lists are those of the code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import codes, page, rows
from docs.shell import blocks

from fleet.core.event import FORMS

PAGE = page("docs/simulate.md")
PARTS = blocks(PAGE)
EXAMPLES = [
    (block, PARTS[i + 1][1])
    for i, (language, block) in enumerate(PARTS[:-1])
    if language == "sh" and PARTS[i + 1][0] == "text"
]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """The chart of the page, in a folder of its own."""
    (tmp_path / "fleet.yaml").write_text(next(block for language, block in PARTS if language == "yaml"))
    return tmp_path


def sh(folder: Path, block: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
    env = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
    }
    return subprocess.run(["sh", "-c", block], cwd=folder, env=env, capture_output=True, text=True)


@pytest.mark.parametrize(("block", "expected"), EXAMPLES, ids=[block.split("\n")[0] for block, _ in EXAMPLES])
def test_an_example_prints_what_stands_below_it(block: str, expected: str, fleet: Path) -> None:
    assert sh(fleet, block).stdout == expected


def test_there_is_an_example_of_each_sort() -> None:
    assert len(EXAMPLES) == 4


def test_nothing_stops_the_lines_for_ci_in_the_example(fleet: Path) -> None:
    lines = next(block for language, block in PARTS if "--strict" in block).splitlines()
    assert len(lines) == 3
    assert [sh(fleet, line).returncode for line in lines] == [0, 0, 0]


def test_the_events_of_the_page_are_those_that_are_read() -> None:
    table = PAGE.split("## --inject")[1].split("TIME is")[0]
    assert [codes(cells[0])[0] for cells in rows(table)] == list(FORMS.values())
