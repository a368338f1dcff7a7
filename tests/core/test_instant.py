"""Instants as people type them: what is read, where a moved clock puts it, what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleet.core.instant import read_instant, wall_days
from fleet.errors import Unreadable

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=NEW_YORK)


def read(text: str, after: datetime = FRIDAY, zone: ZoneInfo = NEW_YORK) -> str:
    return read_instant(text, after=after, zone=zone).isoformat()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("mon 10:29", "2026-11-23T10:29:00-05:00"),  # the first such instant to come
        ("Monday 10:29", "2026-11-23T10:29:00-05:00"),  # the long name
        ("THURS 10:29", "2026-11-26T10:29:00-05:00"),  # any case, a name between
        ("fri 15:00", "2026-11-20T15:00:00-05:00"),  # at that very instant
        ("fri 14:59", "2026-11-27T14:59:00-05:00"),  # just over: a week on
        ("15:00", "2026-11-20T15:00:00-05:00"),  # today
        ("14:59", "2026-11-21T14:59:00-05:00"),  # tomorrow
        ("15:00:30", "2026-11-20T15:00:30-05:00"),  # with seconds
        ("mon", "2026-11-23T00:00:00-05:00"),  # a day begins at midnight
        ("2026-11-23", "2026-11-23T00:00:00-05:00"),  # and so does a date
        ("2026-11-23 10:29", "2026-11-23T10:29:00-05:00"),
        ("2026-11-23T10:29", "2026-11-23T10:29:00-05:00"),  # the same with a T
        ("2020-02-29 10:29", "2020-02-29T10:29:00-05:00"),  # a date may lie in the past
        ("2026-11-23T10:29:00-05:00", "2026-11-23T10:29:00-05:00"),  # RFC 3339
        ("2026-11-23T10:29:00Z", "2026-11-23T05:29:00-05:00"),  # of another zone
        ("2026-11-23t10:29:00.5z", "2026-11-23T05:29:00.500000-05:00"),  # small letters, a fraction
        ("  mon  10:29 ", "2026-11-23T10:29:00-05:00"),  # blanks
    ],
)
def test_a_time_is_read_in_the_fleets_zone(text: str, at: str) -> None:
    assert read(text) == at


@pytest.mark.parametrize(
    ("zone", "text", "at"),
    [
        ("America/New_York", "2027-03-14 02:30", "2027-03-14T03:00:00-04:00"),  # skipped: the next that is
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00"),  # repeated: the first
        ("Australia/Sydney", "2026-10-04 02:30", "2026-10-04T03:00:00+11:00"),
        ("Australia/Sydney", "2027-04-04 02:30", "2027-04-04T02:30:00+11:00"),
        ("Pacific/Apia", "2011-12-30 10:00", "2011-12-31T00:00:00+14:00"),  # a whole day was skipped
    ],
)
def test_where_the_clock_is_moved_a_wall_time_is_the_first_instant_that_shows_it(
    zone: str, text: str, at: str
) -> None:
    assert read(text, zone=ZoneInfo(zone)) == at


def test_a_named_day_is_found_across_a_moved_clock_also_from_another_zone() -> None:
    before = datetime(2027, 3, 14, 6, 59, tzinfo=UTC)  # 01:59, a minute before 02:00 becomes 03:00
    assert read("sun 02:30", before) == "2027-03-14T03:00:00-04:00"
    assert read("sun 02:30", before + timedelta(minutes=2)) == "2027-03-21T02:30:00-04:00"
    apia = ZoneInfo("Pacific/Apia")  # its Friday of that week was skipped, and so begins with Saturday
    assert read("fri 10:00", datetime(2011, 12, 31, tzinfo=apia), apia) == "2011-12-31T00:00:00+14:00"
    second = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 01:10 for the second time
    assert read("01:30", second) == "2026-11-02T01:30:00-05:00"


DATE = "after a date stands a clock time, HH:MM"
CLOCK = "a clock time is HH:MM, from 00:00 to 23:59"
FORMS = ("mon 10:29", "10:29", "2026-11-23 10:29")


@pytest.mark.parametrize(
    ("text", "why", "tries"),
    [
        ("", "no time here", FORMS),  # nothing
        ("x" * 81, "longer than 80 characters", FORMS),
        ("tomorrow", "not a time: 'tomorrow'", FORMS),  # no word of ours
        ("monn 10:29", "not a time: 'monn 10:29'", ("mon 10:29",)),  # a slip in the day
        ("10:29 mon", "not a time: '10:29 mon'", ("mon 10:29",)),  # the wrong way round
        ("mon at 10:29", "not a time: 'mon at 10:29'", ("mon 10:29",)),  # the word of a cadence
        ("mondays 10:29", "not a time: 'mondays 10:29'", ("mon 10:29",)),  # every week's
        ("9:05", CLOCK, ("09:05",)),  # one digit
        ("10.29", CLOCK, ("10:29",)),  # a dot
        ("25:99", CLOCK, FORMS),  # no hour
        ("10am", "not a time: '10am'", ("10:00",)),  # another clock
        ("12am", "not a time: '12am'", ("00:00",)),
        ("noon", "not a time: 'noon'", ("12:00",)),
        ("mon 24:00", "the day ends at 23:59; 24:00 is 00:00 of the next day", ("mon 00:00",)),
        ("2026-02-30", "2026-02-30 is no day of the calendar", ("2026-02-28",)),
        ("2026-13-01", "2026-13-01 is no day of the calendar", ("2026-11-23 10:29",)),
        ("1500-01-01", "a year is from 1973 to 2999", ("2026-11-23 10:29",)),
        ("2026-11-23 9:05", DATE, ("2026-11-23 09:05",)),
        ("2026-11-23 10:29 EST", DATE, ("2026-11-23 10:29",)),  # a zone's name
        ("2026-11-23T10:29:00+99:99", DATE, ("2026-11-23", "2026-11-23 10:29")),  # no offset there is
        ("٣٣:٣٣", "not a time: '٣٣:٣٣'", FORMS),  # digits, but not of ours
    ],
)
def test_what_is_no_time_is_refused_with_what_to_try(text: str, why: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert (refused.value.why, refused.value.suggestions) == (why, tries)


@pytest.mark.parametrize("form", ["mon 10:29", "10:29", "2026-11-23 10:29", "2026-02-28"])
def test_what_is_suggested_can_be_read(form: str) -> None:
    read(form)


def test_days_of_the_calendar_keep_the_clock_time_over_a_moved_clock() -> None:
    start = datetime(2026, 10, 30, tzinfo=NEW_YORK)
    assert wall_days(start, 4, NEW_YORK).isoformat() == "2026-11-03T00:00:00-05:00"
    assert wall_days(start, 0, NEW_YORK) == start
