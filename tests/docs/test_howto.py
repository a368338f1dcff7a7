"""docs/how-to: each recipe is typed block by block into an empty folder; the files beside them are what they say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from docs.pages import ROOT, page
from docs.shell import Shell, blocks, play, slay

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder, with fleet on its path."""
    shell = Shell(tmp_path)
    shell.run(f"PATH={Path(sys.executable).parent}:$PATH; TMPDIR={tmp_path.parent}; export PATH TMPDIR")
    yield shell
    shell.close()
    slay(tmp_path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_recipe_goes_as_it_is_told(path: Path, shell: Shell) -> None:
    play(shell, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_expectation_of_a_recipe_belongs_to_a_command(path: Path) -> None:
    languages = [language for language, _ in blocks(path.read_text(encoding="utf-8"))]
    assert not [pair for pair in zip(languages, languages[1:], strict=False) if pair == ("text", "text")]


def test_the_index_names_every_page_of_the_folder_and_every_recipe() -> None:
    index = page("docs/README.md")
    pages = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/reference").glob("*.md"), *PAGES}
    names = {str(path.relative_to(ROOT / "docs")) for path in pages} - {"README.md"}
    assert {name for name in names if f"({name})" not in index} == set()


def test_the_workflow_runs_the_lines_of_its_page() -> None:
    workflow = yaml.safe_load((ROOT / "docs/how-to/workflow.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    typed = [step["run"] for step in job["steps"] if step.get("run", "").startswith("fleet ")]
    lines = [line for line in blocks(page("docs/how-to/ci.md"))[0][1].splitlines() if "--strict" in line]
    assert [line.split()[:2] for line in typed] == [line.split()[:2] for line in lines]
    assert all(set(line.split()) <= set(typed[i].split()) for i, line in enumerate(lines))


def test_folders_to_mount_are_those_that_are_made_before(tmp_path: Path) -> None:
    """What the page mounts is what `mkdir` of the page makes; tests/cli/test_service.py starts a fleet so."""
    parts = [block for _, block in blocks(page("docs/how-to/container.md"))]
    (made,) = [line.split()[2:] for block in parts for line in block.splitlines() if line.startswith("mkdir")]
    mounts = next(block for block in parts if ":/fleet:ro" in block)
    assert [name for name in made if f"/fleet/{name} " not in f"{mounts} "] == []
