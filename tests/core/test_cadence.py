"""Cadences: which phrases are read, which are refused with what to try, and which instants they name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from fleet.core.cadence import (
    At,
    Cadence,
    Cron,
    Days,
    Every,
    Missed,
    OnAsk,
    OnChange,
    OnEscalation,
    OnMail,
    OnPublish,
    following,
    is_clock,
    is_elapsed,
    read_cadence,
    read_cron,
    read_missed,
    slots,
)
from fleet.core.calendar import Calendar, read_workdays
from fleet.errors import Unreadable

NY = Calendar("America/New_York", read_workdays("mon-fri"), frozenset({date(2026, 11, 26)}))
WEEKDAYS, EVERY_DAY = Days("weekdays"), Days("every day")


def clock(hours: int, minutes: int = 0) -> time:
    return time(hours, minutes)


@pytest.mark.parametrize(
    ("phrase", "cadence"),
    [
        ("weekdays at 07:15", At(WEEKDAYS, (clock(7, 15),))),
        ("weekends at 10:00 and 16:00", At(Days("weekends"), (clock(10), clock(16)))),
        ("every day at 10:00, 12:00 and 14:00", At(EVERY_DAY, (clock(10), clock(12), clock(14)))),  # commas
        ("every day at 10:00, 12:00, and 14:00", At(EVERY_DAY, (clock(10), clock(12), clock(14)))),
        ("every day at 14:00 and 10:00", At(EVERY_DAY, (clock(10), clock(14)))),  # any order
        ("mondays at 00:00", At(Days("named", frozenset({0})), (clock(0),))),
        ("mondays and thursdays at 23:59", At(Days("named", frozenset({0, 3})), (clock(23, 59),))),
        ("mondays, tuesdays and sundays at 08:00", At(Days("named", frozenset({0, 1, 6})), (clock(8),))),
        ("the 1st of the month at 09:00", At(Days("nth", nth=1), (clock(9),))),
        ("the 22nd of the month at 09:00", At(Days("nth", nth=22), (clock(9),))),
        ("the 13th of the month at 09:00", At(Days("nth", nth=13), (clock(9),))),
        ("the last day of the month at 09:00", At(Days("last day"), (clock(9),))),
        ("the last workday of the month at 09:00", At(Days("last workday"), (clock(9),))),
        ("the first workday of the month at 09:00", At(Days("first workday"), (clock(9),))),
        ("every 5m", Every(timedelta(minutes=5), "m")),
        ("every 24h", Every(timedelta(hours=24), "h")),  # the longest
        ("every 1440m", Every(timedelta(hours=24), "m")),
        (
            "every 4h from 06:00 to 18:00 on weekdays",
            Every(timedelta(hours=4), "h", (clock(6), clock(18)), WEEKDAYS),
        ),
        (
            "every 2h from 22:00 to 06:00",
            Every(timedelta(hours=2), "h", (clock(22), clock(6))),
        ),  # over midnight
        ("every 1h on weekends", Every(timedelta(hours=1), "h", None, Days("weekends"))),
        ("when mail arrives", OnMail()),
        ("when an escalation arrives", OnEscalation()),
        ("when asked", OnAsk()),
        ("when dash publishes", OnPublish("dash")),
        ("when data/crm/*.csv changes", OnChange("data/crm/*.csv")),
        ("when data/our clients.csv changes", OnChange("data/our clients.csv")),  # a blank in a path
        ("cron: 15 7 * * 1-5", Cron("15 7 * * 1-5")),
        ('cron: "15 7 * * 1-5"', Cron("15 7 * * 1-5")),  # as it stands in a chart
        ("cron: 0 9 * * MON#1", Cron("0 9 * * MON#1")),  # what cronsim knows beyond plain cron
        ("weekdays  at 07:15", At(WEEKDAYS, (clock(7, 15),))),  # blanks between words do not matter
    ],
)
def test_a_phrase_of_the_grammar_is_read(phrase: str, cadence: Cadence) -> None:
    assert read_cadence(phrase) == cadence
    assert read_cadence(phrase).text == phrase


NO_DAYS = "not days that fleet knows: weekdays, weekends, every day, mondays, the 1st of the month"
NO_SPAN = "an interval is a whole number and m or h, from 1m to 24h"
NO_TIME = "a time is HH:MM, from 00:00 to 23:59"
NO_NTH = "a day of the month is the 1st to the 31st, the last day, the first or last workday"
NO_SEAT = "not the id of one seat: a small letter, then small letters, digits and -"
NO_EVENT = "no event that fleet knows: mail or an escalation arrives, a seat publishes, a path changes"
NO_FIVE = "cron takes five fields (minute, hour, day of the month, month, day of the week), here are "
ANY = ("weekdays at 07:15", "every 2h", "when mail arrives")


@pytest.mark.parametrize(
    ("phrase", "why", "at", "tries"),
    [
        (  # no times: we do not choose them
            "four times a day",
            "which four times?",
            "four times a day",
            ("weekdays at 10:00, 12:00, 14:00 and 16:00", "every 6h"),
        ),
        ("twice a day", "which two times?", "twice a day", ("weekdays at 09:00 and 15:00", "every 12h")),
        ("daily at 07:00", NO_DAYS, "daily", ("every day at 07:00",)),
        ("daily", NO_DAYS, "daily", ("every day at 07:00",)),
        ("hourly", NO_DAYS, "hourly", ("every 1h",)),
        ("every morning", NO_SPAN, "morning", ("every day at 07:00",)),
        ("every 5 minutes", NO_SPAN, "5", ("every 5m",)),  # units in words
        ("every 90 min on workdays", NO_SPAN, "90", ("every 90m on weekdays",)),
        ("every 1h30m", NO_SPAN, "1h30m", ("every 90m",)),
        ("every half hour", NO_SPAN, "half", ("every 30m",)),
        ("every 0m", NO_SPAN, "0m", ("every 5m",)),
        ("every 05m", NO_SPAN, "05m", ("every 5m",)),
        ("every 30s", NO_SPAN, "30s", ("every 1m",)),  # under the shortest
        ("every 25h", "an interval runs from 1m to 24h", "25h", ("every 24h",)),
        ("every 1441m", "an interval runs from 1m to 24h", "1441m", ("every 24h",)),
        ("every 1d", NO_SPAN, "1d", ("every 24h",)),
        ("weekday at 07:15", NO_DAYS, "weekday", ("weekdays at 07:15",)),  # one day
        ("monday at 08:00", "a day of every week is written mondays", "monday", ("mondays at 08:00",)),
        ("every monday at 9:30am", NO_SPAN, "monday", ("mondays at 09:30",)),
        ("mon and wed at 08:00", NO_DAYS, "mon", ("mondays and wednesdays at 08:00",)),
        ("Weekdays at 07:15", NO_DAYS, "Weekdays", ("weekdays at 07:15",)),  # capitals
        ("weekdays at 6:30", NO_TIME, "6:30", ("weekdays at 06:30",)),  # loose times
        ("weekdays at 7am", NO_TIME, "7am", ("weekdays at 07:00",)),
        ("weekdays at 12:15 am", "nothing may follow here", "am", ("weekdays at 00:15",)),
        ("weekdays at noon", NO_TIME, "noon", ("weekdays at 12:00",)),
        ("weekdays at 07:15:00", NO_TIME, "07:15:00", ("weekdays at 07:15",)),
        ("weekdays at 25:00", NO_TIME, "25:00", ("weekdays at 09:00",)),
        (
            "every day at 24:00",
            "the day ends at 23:59; 24:00 is 00:00 of the next day",
            "24:00",
            ("every day at 00:00",),
        ),
        ("weekdays", "no clock time in it", "weekdays", ("weekdays at 09:00",)),  # half a phrase
        ("weekdays at", NO_TIME, "weekdays at", ("weekdays at 09:00",)),
        ("07:15", NO_DAYS, "07:15", ("every day at 07:15",)),
        ("weekdays 07:15", "here should be `at`", "07:15", ("weekdays at 07:15",)),
        ("at 07:15 on weekdays", NO_DAYS, "at", ("weekdays at 07:15",)),  # another order
        (
            "every 4h on weekdays from 06:00 to 18:00",
            "nothing may follow here",
            "from 06:00 to 18:00",
            ("every 4h from 06:00 to 18:00 on weekdays",),
        ),
        (
            "every 4h from 06:00",
            "here should be `to`",
            "every 4h from 06:00",
            ("every 4h from 06:00 to 18:00",),
        ),
        (
            "every 4h between 6:00 and 18:00",
            "nothing may follow here",
            "between 6:00 and 18:00",
            ("every 4h from 06:00 to 18:00",),
        ),
        (
            "every 5m from 09:00 to 09:00",
            "the window's ends are equal: leave it out for the whole day",
            "09:00",
            ("every 5m",),
        ),
        (
            "mondays and mondays at 08:00",
            "mondays stands here twice",
            "mondays",
            ("mondays at 08:00",),
        ),
        ("every day at 08:00 and 08:00", "08:00 stands here twice", "08:00", ("every day at 08:00",)),
        ("1st of every month at 08:00", NO_DAYS, "1st", ("the 1st of the month at 08:00",)),
        ("the 2th of the month at 08:00", NO_NTH, "2th", ("the 2nd of the month at 08:00",)),
        ("the first day of the month at 08:00", NO_NTH, "first", ("the 1st of the month at 08:00",)),
        ("when Dash publishes", NO_SEAT, "Dash", ("when dash publishes",)),
        ("when dash and tally publish", NO_EVENT, "dash", ("when dash publishes", "when tally publishes")),
        ("when dash, tally publishes", NO_SEAT, "dash, tally",
         ("when dash publishes", "when tally publishes")),
        ("when asked nicely", NO_EVENT, "asked", ("when asked",)),
        ("when email arrives", NO_EVENT, "email", ("when mail arrives",)),
        (  # prose, not a path
            "when the moon changes",
            "a path with a blank in it needs its folder, or it could be prose",
            "the moon",
            ("when ./the moon changes",),
        ),
        ("15 7 * * 1-5", "five cron fields stand after `cron:`", "15 7 * * 1-5",
         ("weekdays at 07:15", "cron: 15 7 * * 1-5")),
        ("cron: 15 7 * *", NO_FIVE + "4", "15 7 * *", ("cron: 15 7 * * 1-5",)),
        ("cron: 0 15 7 * * 1", NO_FIVE + "6", "0 15 7 * * 1", ("cron: 15 7 * * 1", "cron: 0 15 7 * *")),
        ("cron: 15 25 * * 1", "cron knows no hour 25", "25", ("cron: 15 7 * * 1",)),
        ("cron: 15 7 * * 5-1", "cron knows no day of the week 5-1", "5-1", ("cron: 15 7 * * 1-5",)),
        ("cron: 0 0 31 2 *", "no month of these has such a day", "31 2", ("cron: 0 0 1 2 *",)),
        ("cron: @daily", "nicknames like @daily are not read", "@daily", ("cron: 0 0 * * *",)),
        ("cron:", "cron takes five fields", "", ANY),
        (
            "@daily",
            "a crontab's nicknames are not read; say the days and the time",
            "@daily",
            ("every day at 00:00",),
        ),
        ("#ops", "a name with # is a channel, or a comment; a cadence says when", "#ops", ANY),
        ("", "no cadence here", "", ANY),
        ("weekdays at 07:15\n", "a line break in it", "\n", ("weekdays at 07:15",)),
        ("weekdays\tat 07:15", "a tab in it", "\t", ("weekdays at 07:15",)),
        ("weekdays at\u00a007:15", "an odd blank in it", "\u00a0", ("weekdays at 07:15",)),  # pasted
        (" weekdays at 07:15", "a blank before or after it", " weekdays at 07:15", ("weekdays at 07:15",)),
        ("weekdays at 07:15 please", "nothing may follow here", "please", ("weekdays at 07:15",)),
        ("x" * 401, "longer than 400 characters", "x" * 401, ANY),
    ],
)  # fmt: skip
def test_what_is_no_cadence_is_refused_with_its_place_and_what_to_try(
    phrase: str, why: str, at: str, tries: tuple[str, ...]
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_cadence(phrase)
    error = refused.value
    assert (error.why, phrase[error.start : error.end], error.suggestions) == (why, at, tries)
    for tried in tries:
        read_cadence(tried)


def test_intervals_go_on_while_a_clock_catches_up_and_times_of_day_do_not() -> None:
    phrases = ("every 5m", "every 2h", "weekdays at 07:15", "cron: 0 * * * *", "when mail arrives")
    assert [is_elapsed(read_cadence(p)) for p in phrases] == [True, True, False, False, False]
    assert [is_clock(read_cadence(p)) for p in phrases] == [True, True, True, True, False]


def local(phrase: str, start: str, zone: str = "America/New_York", days: float = 1) -> list[str]:
    """The slots from midnight of a date on, as that zone's clock shows them."""
    cal = Calendar(zone, NY.workdays, NY.holidays)
    begin = datetime.fromisoformat(start).replace(tzinfo=cal.tz) - timedelta(seconds=1)
    cadence = read_cadence(phrase)
    assert is_clock(cadence)
    found = slots(cadence, cal, begin, begin.astimezone(UTC) + timedelta(days=days))
    return [s.astimezone(cal.tz).strftime("%d %H:%M%z")[:-2] for s in found]


@pytest.mark.parametrize(
    ("phrase", "start", "zone", "days", "wakes"),
    [
        # 26 November 2026, a Thursday, is a holiday: no weekday
        ("weekdays at 07:15", "2026-11-25", NY.zone, 3, ["25 07:15-05", "27 07:15-05"]),
        # a named day is one, holiday or not
        ("thursdays at 07:15", "2026-11-25", NY.zone, 3, ["26 07:15-05"]),
        # a holiday makes no weekend
        ("weekends at 10:00", "2026-11-25", NY.zone, 5, ["28 10:00-05", "29 10:00-05"]),
        # a month without the day has none
        ("the 31st of the month at 12:00", "2026-04-01", NY.zone, 61, ["31 12:00-04"]),
        # months end on the 28th and on the 31st
        ("the last day of the month at 12:00", "2027-02-01", NY.zone, 59, ["28 12:00-05", "31 12:00-04"]),
        # the month ends on a Sunday: the last workday is its Friday
        ("the last workday of the month at 16:00", "2027-01-01", NY.zone, 31, ["29 16:00-05"]),
        # and it begins on a Sunday: the first is a Monday
        ("the first workday of the month at 16:00", "2026-11-01", NY.zone, 30, ["02 16:00-05"]),
        # each day anew from midnight, so the last gap is the shorter
        ("every 7h", "2026-11-23", NY.zone, 1, ["23 00:00-05", "23 07:00-05", "23 14:00-05", "23 21:00-05"]),
        # both ends count
        ("every 4h from 06:30 to 14:30", "2026-11-23", NY.zone, 1,
         ["23 06:30-05", "23 10:30-05", "23 14:30-05"]),
        # an end that is not on the count is none
        ("every 4h from 06:30 to 14:29", "2026-11-23", NY.zone, 1, ["23 06:30-05", "23 10:30-05"]),
        # a window past midnight belongs to its first day
        ("every 4h from 22:00 to 06:00 on fridays", "2026-11-27", NY.zone, 3,
         ["27 22:00-05", "28 02:00-05", "28 06:00-05"]),
        ("every 240m from 22:00 to 06:00 on fridays", "2026-11-27", NY.zone, 3,
         ["27 22:00-05", "28 02:00-05", "28 06:00-05"]),
        # spring: 02:30 is skipped and goes at 03:00
        ("every day at 02:30", "2026-03-08", NY.zone, 1, ["08 03:00-04"]),
        # so do both of these, once
        ("every day at 02:15 and 02:45", "2026-03-08", NY.zone, 1, ["08 03:00-04"]),
        # one wake where a skipped time meets another of the same phrase
        ("every 1h from 01:00 to 04:00", "2026-03-08", NY.zone, 1,
         ["08 01:00-05", "08 03:00-04", "08 04:00-04"]),
        # elapsed minutes know no skipped hour
        ("every 30m from 01:00 to 03:30", "2026-03-08", NY.zone, 1,
         ["08 01:00-05", "08 01:30-05", "08 03:00-04", "08 03:30-04"]),
        # a window within the skipped hour is skipped
        ("every 10m from 02:10 to 02:50", "2026-03-08", NY.zone, 1, []),
        # autumn: 01:30 comes twice, the wake once, the first time
        ("every day at 01:30", "2026-11-01", NY.zone, 1, ["01 01:30-04"]),
        ("every 1h from 00:00 to 03:00", "2026-11-01", NY.zone, 1,
         ["01 00:00-04", "01 01:00-04", "01 02:00-05", "01 03:00-05"]),
        # elapsed minutes go through both hours
        ("every 60m from 00:00 to 03:00", "2026-11-01", NY.zone, 1,
         ["01 00:00-04", "01 01:00-04", "01 01:00-05", "01 02:00-05", "01 03:00-05"]),
        # a window's end in a repeated hour is its last
        ("every 30m from 00:30 to 01:30", "2026-11-01", NY.zone, 1,
         ["01 00:30-04", "01 01:00-04", "01 01:30-04", "01 01:00-05", "01 01:30-05"]),
        # a new window ends the old count, though the old one's end comes again later
        ("every 50m from 01:30 to 01:15", "2026-11-01", NY.zone, 0.125,
         ["01 00:00-04", "01 00:50-04", "01 01:30-04", "01 01:20-05"]),
        # a window of Friday, still open on Sunday, for the clock is put back into Saturday
        ("every 10m from 23:40 to 23:30 on fridays", "2010-11-07T00:00:30", "America/St_Johns", 1,
         ["06 23:10-03", "06 23:20-03", "06 23:30-03"]),
        # half an hour of summer time
        ("every day at 02:15", "2026-10-04", "Australia/Lord_Howe", 1, ["04 02:30+11"]),
        # midnight is skipped: the day begins at 01:00, for times and for intervals
        ("every day at 00:00", "2018-11-04", "America/Sao_Paulo", 0.9, ["04 01:00-02"]),
        ("every 12h", "2018-11-04", "America/Sao_Paulo", 0.9, ["04 01:00-02", "04 12:00-02"]),
        ("every 720m", "2018-11-04", "America/Sao_Paulo", 0.9, ["04 01:00-02", "04 13:00-02"]),
        ("every day at 00:30", "2022-03-27", "Asia/Beirut", 0.9, ["27 01:00+03"]),
        # a day that never came: its times go when the next begins; its minutes are no minutes
        ("fridays at 10:00", "2011-12-29", "Pacific/Apia", 2, ["31 00:00+14"]),
        ("every 12h", "2011-12-29", "Pacific/Apia", 1.9,
         ["29 00:00-10", "29 12:00-10", "31 00:00+14", "31 12:00+14"]),
        ("every 60m from 09:00 to 10:00 on fridays", "2011-12-29", "Pacific/Apia", 2, []),
        # two hours at once
        ("every day at 01:00 and 02:59", "2026-03-29", "Antarctica/Troll", 0.9, ["29 03:00+02"]),
        # midnight came twice, at 00:00 and again after 23:01 to 23:59: the first begins the day
        ("every day at 00:00", "2010-11-07", "America/St_Johns", 1, ["07 00:00-02"]),
        # cron: fixed times move like ours, a star runs through both hours
        ("cron: 30 2 * * *", "2026-03-08", NY.zone, 1, ["08 03:00-04"]),
        ("cron: 30 1 * * *", "2026-11-01", NY.zone, 1, ["01 01:30-04"]),
        ("cron: 30 * * 11 *", "2026-11-01", NY.zone, 0.125, ["01 00:30-04", "01 01:30-04", "01 01:30-05"]),
        # cronsim alone never comes back from here: the clock is put back from 03:45 to 02:45
        ("cron: */30 3,19 * * *", "2027-04-04", "Pacific/Chatham", 1,
         ["04 03:00+13", "04 03:30+13", "04 03:00+12", "04 03:30+12", "04 19:00+12", "04 19:30+12"]),
        # Monday is 1
        ("cron: 15 7 * * 1-5", "2026-11-27", NY.zone, 4, ["27 07:15-05", "30 07:15-05"]),
    ],
)  # fmt: skip
def test_a_phrase_wakes_at_these_times(
    phrase: str, start: str, zone: str, days: float, wakes: list[str]
) -> None:
    assert local(phrase, start, zone, days) == wakes


def test_a_day_put_back_has_twenty_five_hours_of_minutes_and_a_day_put_on_twenty_three() -> None:
    assert len(local("every 1m", "2026-11-01", days=25 / 24)) == 25 * 60
    assert len(local("every 1m", "2026-03-08", days=23 / 24)) == 23 * 60


def test_slots_leave_out_after_and_count_until() -> None:
    cadence = read_cadence("every day at 12:00")
    assert is_clock(cadence)
    noon = datetime(2026, 11, 23, 17, tzinfo=UTC)
    day = timedelta(days=1)
    assert list(slots(cadence, NY, noon, noon + day)) == [noon + day]
    assert list(slots(cadence, NY, noon, noon + day - timedelta(microseconds=1))) == []
    assert list(slots(cadence, NY, noon, noon - day)) == []
    assert following(cadence, NY, noon - timedelta(microseconds=1)) == noon


def test_a_year_of_minutes_is_walked_as_far_as_somebody_looks() -> None:
    cadence = read_cadence("every 1m")
    assert is_clock(cadence)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    walk = slots(cadence, NY, start, start + timedelta(days=365))
    assert isinstance(walk, Iterator)
    assert list(islice(walk, 2)) == [start + timedelta(minutes=1), start + timedelta(minutes=2)]


def test_a_cadence_without_days_has_no_next_slot() -> None:
    cadence = read_cadence("weekends at 10:00")
    assert is_clock(cadence)
    always = Calendar("UTC", read_workdays("mon-sun"), frozenset())
    assert following(cadence, always, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_the_29th_of_february_is_found_years_ahead() -> None:
    found = following(read_cron("0 0 29 2 *"), NY, datetime(2028, 3, 1, tzinfo=UTC))
    assert found == datetime(2032, 2, 29, 5, tzinfo=UTC)


@pytest.mark.parametrize("phrase", ["every 5m", "every day at 12:00", "cron: 0 12 * * *"])
def test_the_ends_of_the_calendar_do_not_overflow(phrase: str) -> None:
    cadence = read_cadence(phrase)
    assert is_clock(cadence)
    assert following(cadence, NY, datetime.max.replace(tzinfo=UTC)) is None
    assert following(cadence, NY, datetime.min.replace(tzinfo=UTC)) is not None


def test_a_time_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="slots are asked for between aware times"):
        following(Every(timedelta(minutes=5), "m"), NY, datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("skip", Missed("skip")),
        ("run once", Missed("once")),  # however late
        ("run once if under 2h late", Missed("once", timedelta(hours=2))),
        ("run once if under 30 minutes late", Missed("once", timedelta(minutes=30))),
        ("run all", Missed("all")),
    ],
)
def test_what_becomes_of_a_missed_wake_is_read(text: str, missed: Missed) -> None:
    assert read_missed(text) == missed


NO_POLICY = "a missed wake is one of: skip, run once [if under D late], run all"


@pytest.mark.parametrize(
    ("text", "why", "at", "tries"),
    [
        ("once", NO_POLICY, "once", ("run once",)),
        ("never", NO_POLICY, "never", ("skip",)),
        ("run all\n", NO_POLICY, "run all\n", ("run all",)),
        ("run once if less than 2h late", NO_POLICY, "run once if less than 2h late",
         ("run once if under 2h late",)),
        ("run once if under 2 hrs late", "a span is a whole number and s, m, h, d or w", "2 hrs",
         ("run once if under 2h late",)),
        ("later", NO_POLICY, "later", ("run once if under 2h late", "run once", "skip", "run all")),
    ],
)  # fmt: skip
def test_what_is_no_policy_for_missed_wakes_is_refused(
    text: str, why: str, at: str, tries: tuple[str, ...]
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_missed(text)
    error = refused.value
    assert (error.why, text[error.start : error.end], error.suggestions) == (why, at, tries)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sun-thu", {6, 0, 1, 2, 3}),  # a week that begins on Sunday
        ("mon, tue and thu", {0, 1, 3}),
        ("mon-thu and sat", {0, 1, 2, 3, 5}),
        ("fri", {4}),
        ("mon-sun", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_workdays_are_days_and_ranges(text: str, days: set[int]) -> None:
    assert read_workdays(text) == days


@pytest.mark.parametrize(
    ("text", "at", "tries"),
    [
        ("monday to friday", "monday to friday", ("mon-fri",)),  # whole names
        ("Mon-Fri", "Mon-Fri", ("mon-fri",)),
        ("mon, mon", "mon", ("mon",)),  # twice
        ("mon-thu and tue", "tue", ("mon, thu, tue",)),
        ("mon-mon", "mon-mon", ("mon", "mon-sun")),  # one day, or seven?
        ("weekdays", "weekdays", ("mon-fri", "sun-thu")),
        ("mon-fri\n", "mon-fri\n", ("mon-fri",)),
        ("mon,", "", ("mon",)),  # nothing after the comma
    ],
)
def test_what_is_no_workdays_is_refused(text: str, at: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_workdays(text)
    error = refused.value
    assert (text[error.start : error.end], error.suggestions) == (at, tries)


@pytest.mark.parametrize(
    ("zone", "tries"),
    [
        ("america/new_york", ("America/New_York",)),  # capitals count
        ("Berlin", ("Europe/Berlin",)),  # the city alone
        ("../etc/passwd", ("UTC",)),  # no way out of the database
        ("", ("UTC",)),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(zone: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        Calendar(zone, frozenset(), frozenset())
    assert refused.value.why == f"no time zone {zone!r}"
    assert refused.value.suggestions == tries


def test_a_calendar_keeps_its_zone_and_knows_its_workdays() -> None:
    assert NY.tz is NY.tz
    assert [NY.is_workday(date(2026, 11, day)) for day in (25, 26, 27, 28)] == [True, False, True, False]
    assert hash(NY) == hash(Calendar(NY.zone, NY.workdays, NY.holidays))
