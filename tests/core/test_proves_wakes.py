"""What check proves of when seats wake: found, letter by letter, and silent on the sound case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet.core.cadence import At, Cron, Every, read_cadence, slots
from fleet.core.calendar import Calendar
from fleet.core.week import DAY_M, MINUTE, WEEK_M, Week, at_least, first, holds, said, since

from .test_proves import check, codes, fleet
from .test_proves import said as told

WEEKDAYS = Calendar("UTC", frozenset(range(5)), frozenset())
MONDAY = datetime(2027, 1, 4, tzinfo=UTC)


def seat(when: str, more: str = "") -> str:
    return ", ".join(filter(None, ("run: ./a, answers_to: ann, scorecard: {made: at least 1}", when, more)))


def pair(source: str, reader: str, *, head: str = "") -> str:
    """A chart in which `late` reads `early`."""
    return fleet(
        head=head,
        early=seat(source, "title: Early, owns: [early]"),
        late=seat(reader, "title: Late, owns: [late], reads: [early]"),
    ).replace("reads: [dash,", "reads: [late, dash,")


# Readers and their order.


def test_a_reader_that_always_wakes_just_before_what_it_reads_is_told() -> None:
    (one,) = told(pair("when: weekdays at 07:15", "when: weekdays at 07:00"))
    assert one == ("F239", "early", "late reads early at 07:00, before it wakes at 07:15",
                   "it always finds what early published the time before",
                   ("weekdays at 07:30", "when early publishes"), "weekdays at 07:15", "early wakes here")  # fmt: skip
    for cadence in one.tries:
        assert codes(pair("when: weekdays at 07:15", f"when: {cadence}")) == []


def test_a_reader_that_wakes_at_the_same_minute_is_told() -> None:
    (one,) = told(pair("when: weekdays at 07:15", "when: every day at 07:15"))
    assert one.what == "late reads early and wakes at the same minute, 07:15"
    assert one.tries == ("every day at 07:30", "when early publishes")


@pytest.mark.parametrize(
    ("source", "reader"),
    [
        ("when: weekdays at 07:00", "when: weekdays at 07:01"),  # after it
        ("when: weekdays at 06:45", "when: every 4h from 06:00 to 18:00 on weekdays"),  # the first of four too early
        ("when: weekdays at 07:15", "when: [weekdays at 07:00, when early publishes]"),  # it hears of the new one
        ("when: weekdays at 07:15", "when: [weekdays at 07:00, when mail arrives]"),  # it may wake at any time
        ("when: [weekdays at 07:15, when data/x.csv changes], reads: [{path: data/x.csv}]",
         "when: weekdays at 07:00"),  # it may have published by then
        ("when: weekdays at 18:00", "when: weekdays at 02:00"),  # the state of the evening before is meant
        ("when: every 1h from 09:00 to 18:00 on weekdays", "when: weekdays at 08:00"),  # that of the last hour
        ("when: weekdays at 07:15", "when: weekends at 07:00"),  # never on one day
        ("when: weekdays at 07:15, good_for: 80h", "when: weekdays at 07:00"),  # it says that it holds
        ("when: the 1st of the month at 07:15", "when: weekdays at 07:00"),
    ],
)  # fmt: skip
def test_a_reader_that_finds_what_it_wants_is_left_alone(source: str, reader: str) -> None:
    assert codes(pair(source, reader)) == []


def test_a_cadence_that_cannot_be_read_makes_no_order() -> None:
    assert codes(pair("when: weekdays at 7", "when: weekdays at 00:00")) == ["F310"]


# States that run out.


def test_a_state_that_has_run_out_when_it_is_read_is_told_with_the_hours() -> None:
    (one,) = told(pair("when: weekdays at 18:00, good_for: 12h", "when: weekdays at 08:00"))
    assert one == ("F241", "12h", "late reads early mondays at 08:00, 50h after its state has run out",
                   "it holds 12h, and early is woken again only later", ("good_for: 73h", "more wakes of early"),
                   "weekdays at 08:00", "late wakes here")  # fmt: skip


@pytest.mark.parametrize(
    ("source", "reader"),
    [
        ("when: weekdays at 18:00, good_for: 73h", "when: weekdays at 08:00"),
        ("when: weekdays at 18:00, good_for: 72h", "when: weekdays at 18:00"),  # it holds up to that minute
        ("when: weekdays at 08:00, good_for: 10h", "when: every 1h from 09:00 to 17:00 on weekdays"),
        ("when: [weekdays at 08:00, when data/x.csv changes], reads: [{path: data/x.csv}], good_for: 1h",
         "when: weekdays at 18:00"),  # something else may have renewed it
        ("when: the 1st of the month at 08:00, good_for: 5d", "when: weekdays at 18:00"),  # no week tells
        ("when: when mail arrives, good_for: 1h", "when: weekdays at 18:00"),
    ],
)  # fmt: skip
def test_a_state_that_holds_while_it_is_read_is_left_alone(source: str, reader: str) -> None:
    assert codes(pair(source, reader)) == []


def test_a_state_that_runs_out_each_day_is_told_also_where_no_clock_reads_it() -> None:
    text = pair("when: every day at 08:00, good_for: 2h", "when: when mail arrives")
    (one,) = told(text)
    assert (one.code, one.what, one.why) == (
        "F241", "the state of early holds 2h and is renewed 24h later or more", "each time it is stale for 22h"
    )  # fmt: skip
    assert one.tries == ("good_for: 25h", "more wakes of early")
    assert codes(text.replace("good_for: 2h", "good_for: 25h")) == []
    assert codes(text.replace("good_for: 2h", "good_for: 12h")) == []  # good for the working day


def test_a_good_for_of_the_defaults_is_told_where_it_stands() -> None:
    text = pair("when: weekdays at 18:00", "when: weekdays at 08:00", head="defaults: {good_for: 12h}\n")
    (one,) = [s for s in told(text) if s.code == "F241"]
    (mistake,) = [m for m in check(text) if m.code == "F241"]
    assert (one.at, mistake.place.line) == ("12h", 3)
    both = text.replace("title: Cold", "title: Cold, when: weekdays at 08:00, reads: [early]")
    assert [s.what.partition("; ")[2] for s in told(both) if s.code == "F241"] == [
        ""
    ]  # one state, two readers
    many = text.replace(
        "late: {", "third: {" + seat("title: T, owns: [t], when: weekdays at 17:00") + "}\n  late: {"
    )
    many = many.replace("reads: [early]", "reads: [early, third]").replace(
        "[late, dash", "[late, third, dash"
    )
    assert [s.what.partition("; ")[2] for s in told(many) if s.code == "F241"] == ["so it is with 1 more"]


# Wakes that never come, and bounds that do not fit.


def test_a_wake_by_the_publish_of_a_seat_that_nothing_wakes_is_told() -> None:
    (one,) = told(pair("", "when: when early publishes"))
    assert one == ("F242", "when early publishes", "late is woken when early publishes, and nothing wakes early", "",
                   ("when: weekdays at 09:00   for early",), "early", "it has no `when`")  # fmt: skip
    assert codes(pair("when: when asked", "when: when early publishes")) == []
    assert codes(fleet(dirk="when: when bob publishes")) == []  # a person publishes by hand


def test_seats_that_wake_each_other_by_publishing_are_told_once() -> None:
    (one,) = told(pair("when: [weekdays at 07:00, when late publishes]", "when: when early publishes"))
    assert one == ("F255", "when late publishes", "early wakes late wakes early by publishing",
                   "each publish is a wake, and each wake a publish; fleet ends it after 8 hops, as a storm",
                   ("a clock time for early",), "", "")  # fmt: skip


@pytest.mark.parametrize(
    ("source", "reader"),
    [
        ("when: weekdays at 07:00", "when: when early publishes"),  # it goes on and ends
        (
            "when: [weekdays at 07:00, when bob publishes]",
            "when: when early publishes",
        ),  # a person publishes by hand
    ],
)
def test_a_chain_of_publishing_that_ends_is_left_alone(source: str, reader: str) -> None:
    assert codes(pair(source, reader)) == []


def test_a_wake_by_the_publish_of_a_planned_seat_is_told() -> None:
    (one,) = told(
        fleet(quill="title: Content, answers_to: ann, owns: [posts]", dirk="when: when quill publishes")
    )
    assert (one.code, one.second_what) == ("F242", "no program holds it yet")


def test_a_wake_by_a_path_that_is_not_read_is_told() -> None:
    (one,) = told(fleet(dirk="when: when data/x.csv changes"))
    assert (one.code, one.what) == ("F217", "dirk is woken by data/x.csv, which it does not read")
    assert codes(fleet(dirk="when: when data/x.csv changes, reads: [{path: data/*.csv}]")) == []


def test_a_limit_longer_than_the_span_between_two_wakes_is_told_at_both() -> None:
    (one,) = told(fleet(dirk="when: every 15m, limit: 20m"))
    assert one == ("F243", "20m", "a turn of dirk may take 20m, longer than until it is woken again", "",
                   ("at most 15m",), "every 15m", "dirk is woken again after 15m")  # fmt: skip
    assert codes(fleet(dirk="when: every 15m, limit: 15m")) == []
    (one,) = told(fleet(dirk="when: every 5m", head="defaults: {limit: 6m}\n"))
    assert (one.code, one.at) == ("F243", "6m")
    assert codes(fleet(dirk="when: every 5m")) == []  # who says no limit promises none


def test_the_span_between_wakes_of_two_cadences_counts() -> None:
    (one,) = told(fleet(dirk="when: [weekdays at 10:00, mondays at 10:05], limit: 6m"))
    assert (one.code, one.second_what) == ("F243", "dirk is woken again after 5m")
    assert codes(fleet(dirk="when: [weekdays at 10:00, mondays at 10:06], limit: 6m")) == []


def test_a_late_after_longer_than_the_span_between_two_wakes_is_told() -> None:
    (one,) = told(fleet(dirk="when: every 30m, late_after: 1h"))
    assert (one.code, one.at) == ("F243", "1h")
    assert one.what == "dirk is late after 1h, and by then it has been woken again"
    assert codes(fleet(dirk="when: every 1h, late_after: 1h")) == []
    assert codes(fleet(dirk="when: every 30m", head="defaults: {late_after: 1h}\n")) == []  # meant for others


def test_a_skip_if_of_a_seat_that_reads_nothing_is_told() -> None:
    (one,) = told(fleet(dirk="when: every 2h, skip_if: nothing new"))
    assert one == ("F244", "nothing new", "dirk reads nothing, so skip_if does nothing",
                   "no wake is ever skipped where no input is declared", (), "", "")  # fmt: skip
    assert codes(fleet(dirk="when: every 2h, skip_if: nothing new, reads: [dash]")) == []
    assert codes(fleet(dirk="when: every 2h", head="defaults: {skip_if: nothing new}\n")) == []


def test_a_cadence_of_a_person_is_told() -> None:
    text = fleet().replace("person: Bob,", "person: Bob, when: mondays at 09:00,")
    (one,) = told(text)
    assert (one.code, one.at) == ("F244", "when")
    assert one.what == "bob is a person, whom fleet never wakes, so 'when' does nothing"


# The typical week.

PHRASES = [
    "weekdays at 07:00", "every day at 06:45 and 23:50", "weekends at 10:00", "mondays and thursdays at 08:00",
    "every 4h from 06:00 to 18:00 on weekdays", "every 30m", "every 7h", "every 7m", "every 24h",
    "every 2h from 22:00 to 04:00", "every 45m from 23:00 to 01:00 on fridays",
    "every 2h from 22:00 to 04:00 on weekends",
    'cron: "15 7 * * 1-5"', 'cron: "*/13 */5 * * sun"', 'cron: "0 0 * * 0"',
]  # fmt: skip


def read(phrase: str) -> At | Every | Cron:
    cadence = read_cadence(phrase)
    assert isinstance(cadence, At | Every | Cron)
    return cadence


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_typical_week_has_the_minutes_that_a_week_without_holidays_has(phrase: str) -> None:
    cadence = read(phrase)
    wakes = Week(WEEKDAYS).wakes([cadence])
    assert wakes is not None
    tick = timedelta(microseconds=1)
    promised = slots(cadence, WEEKDAYS, MONDAY - tick, MONDAY + timedelta(days=7) - tick)
    assert [n for n in range(WEEK_M) if wakes >> n & 1] == [(at - MONDAY) // MINUTE for at in promised]


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_two_wakes_are_closer_than_at_least(phrase: str) -> None:
    cadence = read(phrase)
    gaps = Week(WEEKDAYS).gaps((cadence,))
    assert gaps is not None
    assert at_least(cadence) <= gaps[0] * MINUTE


@pytest.mark.parametrize(
    "phrase", ["the 1st of the month at 10:00", 'cron: "0 7 1 * *"', 'cron: "0 7 * * MON#1"']
)
def test_a_cadence_of_the_month_has_no_typical_week(phrase: str) -> None:
    assert Week(WEEKDAYS).wakes([read(phrase)]) is None


def test_what_a_wake_brings_holds_from_the_minute_after_and_over_the_end_of_the_week() -> None:
    sunday = 1 << WEEK_M - 10
    covered = holds(sunday, 30)
    assert [n for n in range(WEEK_M) if covered >> n & 1] == [*range(21), *range(WEEK_M - 9, WEEK_M)]
    assert since(sunday, 20) == 30
    assert since(1 << 5 | 1 << 9, 9) == 4
    assert said(first(sunday)) == "sundays at 23:50"
    assert holds(1, WEEK_M * 2) == (1 << WEEK_M) - 1
    assert said(DAY_M + 60) == "tuesdays at 01:00"
