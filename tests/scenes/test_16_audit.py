"""Scene 16. A line of the ledger that was edited by hand is named by `fleet audit verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenes.agency import Agency

from fleet.store.files import Files
from fleet.store.verify import verify

DELETE: dict[str, Any] = {"kind": "crm.delete", "about": "account:volt", "with": {"deal": "d-9"}}


@pytest.fixture
def agency(agency: Agency) -> Agency:
    """Monday noon, the daemon stopped: Dirk was refused something at ten."""
    agency.plans("dirk", "10:00", actions=[DELETE])
    agency.start()
    agency.until("12:00").stop()
    assert agency.fleet("audit", "verify").returncode == 0
    return agency


def lines(agency: Agency) -> tuple[Path, int]:
    """Give the day's file and the number of the line in it that says that Dirk was refused."""
    file = agency.path("ledger/2026-11-23.jsonl")
    found = [i for i, line in enumerate(file.read_text().splitlines(), 1) if '"verdict":"refuse"' in line]
    return file, found[0]


def test_a_refusal_that_was_made_a_yes_is_named_by_its_line(agency: Agency) -> None:
    file, number = lines(agency)
    file.write_text(file.read_text().replace('"verdict":"refuse"', '"verdict":"allow"'))
    said = agency.fleet("audit", "verify")
    assert said.returncode == 1
    assert f"ledger/2026-11-23.jsonl:{number}" in said.stdout + said.stderr


EDITS: list[tuple[Any, Any]] = [
    # a line cut out: the one after it does not follow
    (lambda text, i: text[:i] + text[i + 1 :], lambda text, i: i),
    # one put in twice: the second
    (lambda text, i: [*text[:i], text[i], *text[i:]], lambda text, i: i + 1),
    # two in the other order: the first of them
    (lambda text, i: [*text[:i], text[i + 1], text[i], *text[i + 2 :]], lambda text, i: i),
    # one word of a reason
    (lambda text, i: [*text[:i], text[i].replace("never", "maybe"), *text[i + 1 :]], lambda text, i: i),
    # the very last line
    (lambda text, i: [*text[:-1], text[-1].replace("stopped", "started")], lambda text, i: len(text) - 1),
]


def test_whatever_was_done_to_it_is_named_by_its_line(agency: Agency) -> None:
    file, number = lines(agency)
    kept = file.read_text().splitlines()
    for edit, named in EDITS:
        file.write_text("\n".join(edit(kept, number - 1)) + "\n")
        broken = verify(Files(str(agency.root))).broken
        assert broken is not None
        assert (broken.file, broken.line) == ("ledger/2026-11-23.jsonl", named(kept, number - 1) + 1)


def test_the_fleet_does_not_start_over_an_edited_line_and_says_which(agency: Agency) -> None:
    file, number = lines(agency)
    file.write_text(file.read_text().replace('"verdict":"refuse"', '"verdict":"allow"'))
    said = agency.fleet("up", "--once")
    assert said.returncode == 1
    assert f"ledger/2026-11-23.jsonl:{number}: this line of the ledger does not hold" in said.stderr
    assert "Nothing was started" in said.stderr
