"""The example's actions: local, written once, and clear about what they cannot do."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import REPOSITORY

OFFER = {"id": "a-1", "about": "account:acme", "with": {"deal": "d1", "amount": 1800}, "seat": "dirk"}
WRITE = {"id": "a-2", "about": "account:acme", "with": {"deal": "d1", "field": "stalled"}, "seat": "dirk"}
NOTE = {"id": "a-3", "about": "account:../../acme", "with": {"text": "two\nlines"}, "seat": "dirk"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fleet folder with the actions."""
    shutil.copytree(REPOSITORY / "actions", tmp_path / "actions")
    return tmp_path


def act(root: Path, program: str, action: dict[str, Any] | str) -> subprocess.CompletedProcess[str]:
    text = action if isinstance(action, str) else json.dumps(action)
    return subprocess.run([f"./actions/{program}"], cwd=root, input=text, capture_output=True, text=True)


def test_an_offer_is_written_once_and_logged(root: Path) -> None:
    assert act(root, "offer", OFFER).returncode == 0
    assert act(root, "offer", OFFER).returncode == 1
    assert [path.name for path in (root / "data/outbox").iterdir()] == ["a-1-acme.eml"]
    assert (root / "data/crm/offers.csv").read_text().count("a-1") == 1


def test_an_offer_goes_to_whom_it_is_about_whatever_its_payload_says(root: Path) -> None:
    assert (
        act(root, "offer", {**OFFER, "with": {**OFFER["with"], "to": "hello@volt.example"}}).returncode == 0
    )
    assert "To: hello@acme.example" in (root / "data/outbox/a-1-acme.eml").read_text()


@pytest.mark.parametrize(("program", "action"), [("crm_write", WRITE), ("append_note", NOTE)])
def test_a_repeat_under_the_same_id_writes_nothing_more(
    root: Path, program: str, action: dict[str, Any]
) -> None:
    assert act(root, program, action).returncode == 0
    before = {path: path.read_text() for path in (root / "data").rglob("*") if path.is_file()}
    assert act(root, program, action).returncode == 0
    assert {path: path.read_text() for path in (root / "data").rglob("*") if path.is_file()} == before


def test_a_note_stays_in_its_folder(root: Path) -> None:
    act(root, "append_note", NOTE)
    assert [path.parent for path in root.rglob("*.md")] == [root / "data/notes"]


@pytest.mark.parametrize("program", ["offer", "crm_write", "append_note"])
def test_garbage_is_refused_in_one_sentence(root: Path, program: str) -> None:
    ended = act(root, program, "garbage")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{program}: what came on stdin is not an action")
