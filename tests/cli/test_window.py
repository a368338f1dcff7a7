"""The days that a verb plays, from `--from` and `--for`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleet.cli.window import window
from fleet.errors import Typed

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 20, 20, 0, 31, 7, tzinfo=UTC)  # Friday 15:00:31 in New York


def played(start: str = "", span: str = "", default: timedelta = timedelta(days=7)) -> tuple[str, str]:
    begins, ends = window(start, span, zone=NEW_YORK, now=NOW, default_span=default)
    return begins.isoformat(), ends.isoformat()


@pytest.mark.parametrize(
    ("start", "span", "begins", "ends"),
    [
        ("", "", "2026-11-20T15:00:00-05:00", "2026-11-27T15:00:00-05:00"),  # from now, to the minute
        (
            "2026-11-23",
            "1d",
            "2026-11-23T00:00:00-05:00",
            "2026-11-24T00:00:00-05:00",
        ),  # a date: its midnight
        ("mon", "2 weeks", "2026-11-23T00:00:00-05:00", "2026-12-07T00:00:00-05:00"),  # a day's name
        ("mon 06:00", "90m", "2026-11-23T06:00:00-05:00", "2026-11-23T07:30:00-05:00"),
        (
            "2026-10-30",
            "4d",
            "2026-10-30T00:00:00-04:00",
            "2026-11-03T00:00:00-05:00",
        ),  # days of the calendar
        ("2026-10-30", "96h", "2026-10-30T00:00:00-04:00", "2026-11-02T23:00:00-05:00"),  # time that passes
        ("2027-03-13 02:30", "1d", "2027-03-13T02:30:00-05:00", "2027-03-14T03:00:00-04:00"),  # skipped then
        ("2027-03-13", "2 days", "2027-03-13T00:00:00-05:00", "2027-03-15T00:00:00-04:00"),
        ("2027-03-13T05:00:00Z", "48 hours", "2027-03-13T00:00:00-05:00", "2027-03-15T01:00:00-04:00"),
    ],
)
def test_a_span_begins_and_ends_in_the_fleets_zone(start: str, span: str, begins: str, ends: str) -> None:
    assert played(start, span) == (begins, ends)


def test_a_default_that_is_no_whole_day_is_time_that_passes() -> None:
    assert played("2026-11-01", "", timedelta(hours=3))[1] == "2026-11-01T02:00:00-05:00"


@pytest.mark.parametrize(
    ("start", "span", "says"),
    [
        ("monn 06:00", "", "--from 'monn 06:00': not a time: 'monn 06:00'; try: --from 'mon 06:00'"),
        (
            "soon",
            "",
            "--from 'soon': not a time: 'soon'; try: --from 'mon 10:29' (or 10:29, '2026-11-23 10:29')",
        ),
        ("", "7", "--for '7': a number without a unit: s, m, h, d or w; try: --for 7s (or 7m, 7h)"),
        ("", "2y", "--for '2y': a span is a whole number and s, m, h, d or w; try: --for 10m (or 2h, 1d)"),
        ("", "367d", "--for '367d': at most 366d are played"),
    ],
)
def test_what_cannot_be_read_names_its_flag_and_what_to_try(start: str, span: str, says: str) -> None:
    with pytest.raises(Typed) as refused:
        played(start, span)
    assert str(refused.value) == says
