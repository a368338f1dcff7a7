"""Following the ledger: each record once, through a change of the day and an unfinished line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.cli.tail import Follow
from fleet.core.record import Draft
from fleet.store.files import Files
from fleet.store.ledger import Ledger

LATE = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def files(tmp_path):
    files = Files(str(tmp_path))
    yield files
    files.close()


def _record(ledger: Ledger, now: datetime, *says: str) -> None:
    drafts = [Draft("trouble", data={"says": text}) for text in says]
    ledger.commit(drafts, now=now, checkpoint=dict)


def _said(follow: Follow) -> list[str]:
    return [record.data.get("says", record.what) for record in follow.fresh()]


def test_only_what_comes_after_the_beginning_is_given_and_once(files):
    ledger = Ledger.open(files, LATE)
    _record(ledger, LATE, "old")
    follow = Follow(files)
    assert _said(follow) == []
    _record(ledger, LATE, "one", "two")
    assert _said(follow) == ["one", "two"]
    assert _said(follow) == []
    ledger.close()


def test_the_day_may_change_between_two_looks(files):
    ledger = Ledger.open(files, LATE)
    _record(ledger, LATE, "old")
    follow = Follow(files)
    _record(ledger, LATE, "before midnight")
    _record(ledger, NEXT_DAY, "after midnight")
    assert _said(follow) == ["before midnight", "checkpoint", "after midnight"]
    _record(ledger, NEXT_DAY, "later")
    assert _said(follow) == ["later"]
    ledger.close()


def test_a_line_that_is_being_written_waits_for_its_end(files, tmp_path):
    ledger = Ledger.open(files, LATE)
    _record(ledger, LATE, "old")
    follow = Follow(files)
    _record(ledger, LATE, "new")
    ledger.close()
    day = tmp_path / "ledger" / "2026-11-23.jsonl"
    whole = day.read_bytes()
    day.write_bytes(whole[:-10])
    assert _said(follow) == []
    day.write_bytes(whole)
    assert _said(follow) == ["new"]


def test_a_ledger_that_begins_later_is_followed_from_its_first_line(files):
    follow = Follow(files)
    ledger = Ledger.open(files, LATE)
    _record(ledger, LATE, "first")
    assert _said(follow) == ["checkpoint", "first"]
    ledger.close()
