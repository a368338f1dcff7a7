"""Names become paths in one place, and only whole ids do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core import names
from fleet.errors import Unreadable

NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize("text", ["a", "dash", "ad-pacing", "a1", "a" + "b" * 39])
def test_a_seat_id_is_taken_whole(text: str) -> None:
    assert names.check_seat_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dash",
        "1a",
        "-a",
        "dash\n",  # `$` would take it
        "dash ",
        "a/b",
        "..",
        "a" * 41,
        "dásh",
        "a١",  # an Arabic digit, which \d would take
        "a\0",
    ],
)
def test_what_is_not_a_seat_id_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="is not a seat id: a small letter, then up to 39"):
        names.check_seat_id(text)


def test_an_id_is_of_one_kind_and_written_one_way() -> None:
    assert names.is_id("t-8810", "t")
    assert not names.is_id("m-8810", "t")
    for text in ("t-0", "t-01", "t-", "t-1\n", "t--1", "t-1x", "x-1", "t-" + "9" * 19):
        assert not names.is_id(text, text[0])


def test_each_path_is_where_the_formats_say() -> None:
    assert names.state_path("dash") == "state/dash.md"
    assert names.log_path("dash") == "state/dash.log"
    assert names.charter_path("dash") == "seats/dash/SEAT.md"
    assert names.inbox_path("dash", "new") == "inbox/dash/new"
    assert names.inbox_path("dash", "done", "2026-11") == "inbox/dash/done/2026-11"
    assert names.out_path("dash", "t-8799") == "out/dash/t-8799"
    assert names.turn_log_path("dash", "t-8799") == "state/turns/dash/t-8799.log"
    assert names.turn_raw_path("dash", "t-8799") == "state/turns/dash/t-8799.out"
    assert names.ledger_path(date(2026, 11, 23)) == "ledger/2026-11-23.jsonl"


def test_a_history_file_is_named_by_local_time_without_a_colon() -> None:
    at = datetime(2026, 11, 23, 6, 46, 2, 123456, NEW_YORK)
    assert names.history_path("dash", at) == "state/history/dash/20261123T064602.123456-0500.md"
    with pytest.raises(Unreadable, match="has no offset"):
        names.history_path("dash", at.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("subject", "slug"),
    [
        ("Acme is on the watch list", "acme-is-on-the-watch-list"),
        ("../../etc/passwd", "etc-passwd"),
        ("Übergabe für Zoë", "ubergabe-fur-zoe"),
        ("日本語", "message"),  # nothing of it folds to ASCII
        ("", "message"),
        ("\0\n--", "message"),
        ("a" * 39 + " b", "a" * 39),  # no dash is left at the cut
    ],
)
def test_a_message_is_named_by_a_folded_subject(subject: str, slug: str) -> None:
    sent = datetime(2026, 11, 23, 10, 29, tzinfo=NEW_YORK)
    assert names.message_name(sent, "pulse", subject, "m-2198") == f"20261123T102900-pulse-{slug}-m-2198.md"


@settings(derandomize=True, max_examples=200)
@given(st.text())
def test_any_subject_makes_one_safe_name(subject: str) -> None:
    name = names.message_name(datetime(2026, 11, 23, tzinfo=UTC), "a" * 40, subject, "m-" + "9" * 18)
    assert names.path_parts(name) == [name]
    assert name.isascii() and name.isprintable() and len(name) < 150


@pytest.mark.parametrize("path", ["", "/etc", "a//b", "a/../b", "..", "a/.", "a/", "a\0b", "x" * 256])
def test_a_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    with pytest.raises(Unreadable):
        names.path_parts(path)


@pytest.mark.parametrize("path", ["a/b", "inbox/dash/new/we ird\n.md", "..."])
def test_a_path_inside_the_folder_is_split(path: str) -> None:
    assert "/".join(names.path_parts(path)) == path


def test_only_whole_dates_name_a_day_of_the_ledger() -> None:
    assert names.ledger_day("2026-11-23.jsonl") == date(2026, 11, 23)
    for name in (
        "torn",
        "2026-02-30.jsonl",
        "2026-11-23.jsonl\n",
        "2026-11-23.jsonl.gz",
        ".2026-11-23.jsonl",
    ):
        assert names.ledger_day(name) is None


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "../x", "2026-11\n"])
def test_a_month_is_checked(month: str) -> None:
    with pytest.raises(Unreadable, match="is not a month"):
        names.inbox_path("dash", "done", month)
