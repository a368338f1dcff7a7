"""docs/tutorial.md, typed block by block into an empty folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.pages import page
from docs.shell import Shell, blocks, play, slay

PAGE = page("docs/tutorial.md")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder, with fleet on its path."""
    shell = Shell(tmp_path)
    shell.run(f"PATH={Path(sys.executable).parent}:$PATH; TMPDIR={tmp_path.parent}; export PATH TMPDIR")
    yield shell
    shell.close()
    slay(tmp_path)


def test_the_tutorial_goes_as_it_is_told(shell: Shell) -> None:
    play(shell, PAGE)


def test_every_expectation_belongs_to_a_command() -> None:
    languages = [language for language, _ in blocks(PAGE)]
    assert set(languages) == {"sh", "text"}
    assert "text text" not in " ".join(languages)
