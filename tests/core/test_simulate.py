"""Days that are only played: their wakes, who reads too early, money and load at worst, what is supposed in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from core.history import chart_of

from fleet.core import foresee as foresees
from fleet.core.case import Owned
from fleet.core.chart import Chart
from fleet.core.event import read_event
from fleet.core.foresee import Known, foresee
from fleet.core.past import Paused
from fleet.core.simulate import Simulation, moved, simulate
from fleet.core.suppose import Heard, blank, with_silence
from fleet.errors import Unreadable

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 23, tzinfo=NEW_YORK)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
OLD = Known()
"""A fleet whose seats have all had a turn."""


def play(
    seats: dict[str, str], days: float = 7, known: Known = OLD, start: datetime = MONDAY, **parts: str
) -> Simulation:
    return simulate(chart_of(seats, **parts), known, start, start + days * DAY)


def fresh(chart: Chart) -> Known:
    return Known(fresh=frozenset(chart.seats))


def wakes(told: Simulation, seat: str) -> list[str]:
    return [f"{w.at.astimezone(NEW_YORK):%a %H:%M}" for w in told.sight.wakes if w.seat == seat]


# Wakes.


@pytest.mark.parametrize(
    ("when", "zone", "start", "expected"),
    [
        ("every day at 02:30", "America/New_York", "2027-03-14", ["03:00-04:00"]),  # skipped: the next that is
        ("every day at 01:30", "America/New_York", "2026-11-01", ["01:30-04:00"]),  # repeated: once
        ("every 30m from 01:00 to 02:00", "America/New_York", "2026-11-01",
         ["01:00-04:00", "01:30-04:00", "01:00-05:00", "01:30-05:00", "02:00-05:00"]),  # elapsed: both
        ("every day at 02:30", "Australia/Sydney", "2026-10-04", ["03:00+11:00"]),  # the south, in October
        ("every 30m from 02:00 to 02:30", "Australia/Sydney", "2027-04-04",
         ["02:00+11:00", "02:30+11:00", "02:00+10:00", "02:30+10:00"]),
        ("every 3h from 22:00 to 04:00", "America/New_York", "2026-11-24",
         ["01:00-05:00", "04:00-05:00", "22:00-05:00"]),  # a window over midnight
        ("'cron: 15 7 * * 1-5'", "America/New_York", "2026-11-23", ["07:15-05:00"]),
        ("weekdays at 07:15", "America/New_York", "2026-11-26", []),  # a holiday
        ("the last workday of the month at 12:00", "America/New_York", "2026-11-30", ["12:00-05:00"]),
    ],
)  # fmt: skip
def test_a_day_has_the_wakes_that_its_cadence_promises(
    when: str, zone: str, start: str, expected: list[str]
) -> None:
    chart = chart_of({"one": f"when: [{when}]"}, head=f"timezone: {zone}\nholidays: [2026-11-26]")
    tz = ZoneInfo(zone)
    begins = datetime.fromisoformat(start).replace(tzinfo=tz)
    ends = (begins + DAY).astimezone(UTC)  # a day of the calendar
    found = foresee(chart, OLD, begins, ends).wakes
    assert [
        w.at.astimezone(tz).isoformat()[11:16] + w.at.astimezone(tz).isoformat()[19:] for w in found
    ] == expected


def test_what_is_due_at_the_start_is_inside_and_what_is_due_at_the_end_is_not() -> None:
    told = play({"one": "when: every 12h"}, days=1)
    assert wakes(told, "one") == ["Mon 00:00", "Mon 12:00"]


def test_two_cadences_at_one_instant_are_one_wake_told_by_the_first() -> None:
    told = play({"one": "when: [every day at 06:00, every 6h]"}, days=0.5)
    assert [(w.at.astimezone(NEW_YORK).hour, w.reason) for w in told.sight.wakes] == [
        (0, "every 6h"),
        (6, "every day at 06:00"),
    ]


def test_what_is_accounted_for_already_is_not_promised_again() -> None:
    mark = (MONDAY.astimezone(UTC), (MONDAY + 6 * HOUR).astimezone(UTC))  # fixed times, intervals
    told = play({"one": "when: [every day at 06:00 and 00:00, every 3h]"}, 0.5, Known(marks={"one": mark}))
    assert wakes(told, "one") == ["Mon 06:00", "Mon 09:00"]


def test_a_seat_that_never_had_a_turn_counts_from_the_start_and_begins_with_its_first() -> None:
    chart = chart_of({"one": "when: every 12h", "two": "when: when asked"})
    told = simulate(chart, fresh(chart), MONDAY, MONDAY + DAY)
    assert [(w.seat, w.cause) for w in told.sight.wakes] == [
        ("one", "first start"), ("two", "first start"), ("one", "clock"),
    ]  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_first_turns_come_after_those_of_the_seats_they_read(at_once: int) -> None:
    seats = {"a": "reads: [b]", "b": "reads: [d]", "c": "reads: [a, e]", "d": "", "e": "reads: [c]"}
    chart = chart_of(seats, head=f"limits: {{turns_at_once: {at_once}}}")
    order = [w.seat for w in foresee(chart, fresh(chart), MONDAY, MONDAY + DAY).wakes]
    assert order == ["d", "b", "a", "c", "e"]  # c and e read each other: the first of the file goes first


def test_within_an_instant_seats_start_in_the_order_of_the_chart() -> None:
    told = play(
        {"z": "when: every day at 06:00", "m": "when: every day at 06:00", "a": "when: every day at 06:00"}, 1
    )
    assert [w.seat for w in told.sight.wakes] == ["z", "m", "a"]


def test_nobody_wakes_who_is_planned_a_person_gone_or_paused() -> None:
    seats = {
        "one": "when: every 6h",
        "two": "when: every 6h",
        "off": "when: every 6h",
        "idea": "title: Planned\nwhen: every 6h",
        "ann": "person: Ann",
    }
    until = MONDAY + 12 * HOUR
    known = Known(gone=frozenset({"off"}), pauses={"two": Paused("ann", MONDAY + HOUR, until=until)})
    told = play(seats, 1, known)
    assert {w.seat for w in told.sight.wakes} == {"one", "two"}
    assert wakes(told, "two") == ["Mon 00:00", "Mon 18:00"]  # that at the end of the pause is skipped too
    assert play(seats, 1, Known(pauses={"": Paused("ann", MONDAY - DAY)})).sight.wakes == ()


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, []), (MONDAY + 8 * HOUR, ["Mon 08:00"]), (MONDAY + 3 * DAY, [])],
)
def test_a_paused_seat_has_its_first_turn_when_its_pause_is_over(
    until: datetime | None, expected: list[str]
) -> None:
    chart = chart_of({"one": ""})
    known = replace(fresh(chart), pauses={"one": Paused("ann", MONDAY - DAY, until=until)})
    assert wakes(simulate(chart, known, MONDAY, MONDAY + DAY), "one") == expected


def test_publishes_wake_each_seat_once_an_instant_and_a_circle_is_named() -> None:
    seats = {
        "dash": "when: every day at 06:00",
        "a": "when: when dash publishes",
        "b": "when: [when a publishes, when dash publishes]",
        "c": "when: [when b publishes, when c publishes]",
        "d": "when: when c publishes",
    }
    told = play(seats, 1)
    assert [(w.seat, w.cause, w.reason) for w in told.sight.wakes] == [
        ("dash", "clock", "every day at 06:00"),
        ("a", "publish", "dash published"),
        ("b", "publish", "dash and a published"),
        ("c", "publish", "b and c published"),
        ("d", "publish", "c published"),
    ]
    assert told.sight.circles == (("c",),)
    ring = {
        "x": "when: [when z publishes, every 6h]",
        "y": "when: when x publishes",
        "z": "when: when y publishes",
    }
    assert play(ring, 1).sight.circles == (("z", "x", "y"),)
    assert len(play(ring, 1).sight.wakes) == 4 * 4
    assert [f.kind for f in play(ring, 1).findings].count("circle") == 1


def test_a_publish_wakes_no_paused_seat_nor_what_would_follow_from_it() -> None:
    seats = {"dash": "when: every 12h", "a": "when: when dash publishes", "b": "when: when a publishes"}
    told = play(seats, 1, Known(pauses={"a": Paused("ann", MONDAY - DAY, until=MONDAY + HOUR)}))
    assert wakes(told, "a") == wakes(told, "b") == ["Mon 12:00"]


def test_a_silent_seat_wakes_nobody_any_more() -> None:
    seats = {"dash": "when: every 6h", "a": "when: when dash publishes"}
    told = play(seats, 1, Known(silent={"dash": MONDAY + 12 * HOUR}))
    assert wakes(told, "a") == ["Mon 00:00", "Mon 06:00"]
    assert len(wakes(told, "dash")) == 4


def test_what_nobody_can_foresee_is_listed_and_not_counted() -> None:
    told = play(
        {
            "dash": "when: every day at 06:00",
            "a": "when: [when mail arrives, when ./x.csv changes, when dash publishes, when founder publishes, "
            "when asked]\nreads: [{path: x.csv}]",
        },
        1,
    )
    assert {row.seat: (row.wakes, row.also) for row in told.rows} == {
        "dash": (1, ()),
        "a": (1, ("mail arrives", "./x.csv changes", "founder publishes", "asked")),
    }


def test_too_many_wakes_are_refused_and_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresees, "WAKES_AT_MOST", 1000)
    with pytest.raises(Unreadable, match="over 1,000 wakes are promised"):
        play({"one": "when: every 1m"})
    with pytest.raises(Unreadable, match="over 1,000 wakes are promised"):
        play({"one": "when: every 1h", "two": "when: every 15m", "three": "when: every 15m"})


# A usual day, the clock.


def test_a_usual_workday_is_the_most_frequent_of_the_whole_ones() -> None:
    told = play({"one": "when: [weekdays at 07:15 and 18:00, mondays at 12:00]", "two": "when: when asked"})
    usual = {row.seat: row.usual for row in told.rows}
    assert usual["one"] is not None and (usual["one"].wakes, usual["one"].first, usual["one"].last) == (
        2,
        "07:15",
        "18:00",
    )
    assert usual["two"] is not None and usual["two"].wakes == 0
    assert play({"one": "when: every 1h"}, 1, start=MONDAY + HOUR).rows[0].usual is None  # no whole day
    (row,) = play(
        {"one": "when: [weekdays at 07:15, weekends at 08:00 and 09:00]"}, 3, start=MONDAY - 3 * DAY
    ).rows
    assert row.usual is not None and (row.usual.wakes, row.usual.first) == (1, "07:15")  # of Friday alone


def test_a_change_of_the_clock_is_found_to_the_second() -> None:
    chart = chart_of({"one": ""}, head="timezone: Australia/Lord_Howe")
    start = datetime(2026, 10, 1, tzinfo=UTC)
    found = list(moved(chart, start, start + 200 * DAY))
    assert [(m.at.isoformat(), m.by) for m in found] == [
        ("2026-10-03T15:30:00+00:00", 30 * MINUTE),
        ("2027-04-03T15:00:00+00:00", -30 * MINUTE),
    ]


# Readers.


@pytest.mark.parametrize(
    ("reader", "peer", "expected"),
    [
        ("every day at 06:00", "every day at 06:45", ("before", 7, 7, "Mon 06:00", "Sun 06:45", True)),
        ("every day at 06:45", "every day at 06:45", ("before", 7, 7, "Mon 06:45", "Sun 06:45", True)),  # at once
        ("every day at 06:46", "every day at 06:45", None),
        ("weekdays at 07:15", "weekdays at 08:00", ("before", 5, 5, "Mon 07:15", "Fri 08:00", True)),
        ("every 1h from 06:00 to 09:00", "every 4h from 07:00 to 19:00",
         ("before", 14, 28, "Mon 06:00", "Sun 19:00", True)),
        ("every 1h", "every 1h", None),  # round the clock midnight is an hour like all others
        ("every 2h", "every 4h from 02:00 to 22:00", None),
        ("saturdays at 06:00", "weekdays at 08:00", None),  # it does not wake on that day at all
        ("every 1h from 05:00 to 08:00 on mondays", "the 1st of the month at 06:00", None),
        ("every day at 06:00", "when mail arrives", None),  # nobody can foresee it
    ],
)  # fmt: skip
def test_a_reader_that_wakes_before_what_it_reads_is_named(
    reader: str, peer: str, expected: tuple[Any, ...] | None
) -> None:
    told = play({"dash": f"when: {peer}", "radar": f"when: {reader}\nreads: [dash]"})
    assert [early_of(one) for one in told.early] == ([expected] if expected else [])
    assert not [f for f in told.findings if f.kind == "order"]  # what it finds still holds


def early_of(one: Any) -> tuple[Any, ...]:
    sees = f"{one.sees.astimezone(NEW_YORK):%a %H:%M}" if one.sees else None
    return one.kind, one.count, one.of, f"{one.first.astimezone(NEW_YORK):%a %H:%M}", sees, one.fresh


def test_on_a_first_day_a_reader_sees_the_first_start() -> None:
    chart = chart_of({"dash": "when: every day at 06:45", "pulse": "when: every day at 06:00\nreads: [dash]"})
    told = simulate(chart, fresh(chart), MONDAY, MONDAY + DAY)
    assert [early_of(one) for one in told.early] == [("before", 1, 1, "Mon 06:00", "Mon 00:00", True)]
    assert told.early[0].tries == ("dash before 06:00", "pulse also: when dash publishes")


def test_a_reader_that_follows_what_it_reads_is_not_named_nor_the_first_of_a_circle() -> None:
    follows = {
        "dash": "when: every day at 06:45",
        "a": "when: [every day at 06:00, when dash publishes]\nreads: [dash]",
    }
    assert play(follows).early == ()
    circle = {
        "a": "when: every day at 06:00\nreads: [b]",
        "b": "when: every day at 06:00\nreads: [a]",
    }
    assert [(one.reader, one.peer) for one in play(circle).early] == [("b", "a")]


@pytest.mark.parametrize(
    ("good_for", "expected"),
    [
        ("13h", []),  # it runs out an hour before nobody looks
        ("12h", []),
        ("6h", [("stale", 7, 14, "Mon 17:00", "Mon 06:00", False)]),
        ("3h", [("stale", 14, 14, "Mon 11:00", "Mon 06:00", False)]),
    ],
)
def test_a_reader_that_finds_a_state_that_has_run_out_is_named(good_for: str, expected: list[Any]) -> None:
    seats = {
        "dash": f"when: every day at 06:00\ngood_for: {good_for}",
        "radar": "when: every day at 11:00 and 17:00\nreads: [dash]",
    }
    told = play(seats)
    assert [early_of(one) for one in told.early] == expected
    if expected:
        assert told.early[0].tries == ("good_for: 25h for dash", "more wakes of dash")


def test_what_stands_before_the_span_is_what_is_known_or_was_promised_since() -> None:
    seats = {"dash": "when: mondays at 06:00", "radar": "when: every day at 05:00\nreads: [dash]"}
    last = (MONDAY - 7 * DAY + 6 * HOUR).astimezone(UTC)
    assert [early_of(one)[4] for one in play(seats, 1).early] == ["Mon 06:00"]
    stood = Known(now=MONDAY, states={"dash": (last - 7 * DAY, last + 15 * MINUTE)})  # it failed a week ago
    assert [early_of(one) for one in play(seats, 1, stood).early] == [
        ("before", 1, 1, "Mon 05:00", "Mon 06:00", False),
        ("stale", 1, 1, "Mon 05:00", "Mon 06:00", False),
    ]
    assert play(seats, 1, stood).early[0].sees == last - 7 * DAY
    since = replace(stood, now=MONDAY - 8 * DAY)  # its wake of last Monday was still to come then
    assert [early_of(one)[5] for one in play(seats, 1, since).early] == [True]


def test_what_falls_silent_is_stale_for_its_readers_once_its_state_has_run_out() -> None:
    seats = {"dash": "when: every day at 06:00", "radar": "when: every 1h from 06:00 to 18:00\nreads: [dash]"}
    told = play(seats, 3, Known(silent={"dash": MONDAY + DAY}))
    (one,) = [e for e in told.early if e.kind == "stale"]
    # It held until Tuesday 06:15, its next wake and 15 minutes more.
    assert early_of(one) == ("stale", 12 + 13, 39, "Tue 07:00", "Mon 06:00", False)
    assert [f.kind for f in told.findings].count("stale") == 1


def test_a_reader_of_what_was_never_published_is_named() -> None:
    seats = {"dash": "when: every day at 12:00", "radar": "when: every day at 11:00\nreads: [dash]"}
    known = Known(fresh=frozenset({"dash"}), silent={"dash": MONDAY})
    told = play(seats, 2, known)
    assert ("missing", 2, 2, "Mon 11:00", None, False) in [early_of(one) for one in told.early]


def test_a_wake_that_a_publish_causes_finds_what_was_just_published() -> None:
    seats = {
        "dash": "when: every day at 06:00\ngood_for: 1h",
        "radar": "when: when dash publishes\nreads: [dash, pulse]",
        "pulse": "when: every day at 05:30\ngood_for: 20m",
    }
    chart = chart_of(seats)
    told = simulate(chart, fresh(chart), MONDAY, MONDAY + 2 * DAY)
    # That of 00:00 is of the first start; pulse of 05:30 has run out by 06:00.
    assert [(one.peer, *early_of(one)) for one in told.early] == [
        ("pulse", "stale", 2, 3, "Mon 06:00", "Mon 05:30", False),
    ]


# Handoffs.


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [
        ("every day at 07:45", None),  # an hour later, to the minute
        ("every day at 07:46", (7, 7)),
        ("weekdays at 07:15", (2, 7)),  # not on Saturday and Sunday
        ("every day at 06:45", (7, 7)),  # at the same instant: it has been given its brief by then
        ("[weekdays at 07:15, when mail arrives]", None),
        ("[weekdays at 07:15, when dash publishes]", None),
        ("when asked", (7, 7)),  # no wake is promised
    ],
)
def test_a_handoff_whose_receiver_wakes_too_late_is_named(
    receiver: str, expected: tuple[int, int] | None
) -> None:
    seats = {"dash": "when: every day at 06:45", "radar": f"when: {receiver}\nreads: [dash]"}
    told = play(seats, tail="handoffs:\n  anomaly: {from: dash, to: [radar, founder], within: 1h}")
    assert [(late.count, late.of) for late in told.slow] == ([expected] if expected else [])
    assert [f.kind for f in told.findings if f.kind == "handoff"] == (["handoff"] if expected else [])


# Money.


@pytest.mark.parametrize(
    ("fleet", "seats", "most", "over"),
    [
        ("budget: $10 a day", ["$4 a day", "$4 a day"], 8, 0),
        ("budget: $7 a day", ["$4 a day", "$4 a day"], 8, 7),  # every day
        ("budget: $10 a day", ["$20 a week", "$4 a day"], 24, 7),  # a week's may go on one day
        ("budget: $55 a week", ["$4 a day", "$4 a day"], 56, 1),
        ("budget: $56 a week", ["$4 a day", "$4 a day"], 56, 0),
        ("budget: $50", ["$4 a day", "$4 a day"], 56, 1),  # once and for all
        ("budget: $100 a month", ["$60 a month", "$40 a week"], 100, 0),
        ("", ["$4 a day", "$1"], 5, 0),  # the fleet has none
    ],
)
def test_the_worst_case_of_money_is_what_the_budgets_bound(
    fleet: str, seats: list[str], most: int, over: int
) -> None:
    names = {f"s{i}": f"when: every day at 06:00\nbudget: {one}" for i, one in enumerate(seats)}
    told = play(names, head=fleet)
    assert (told.money.most, len(told.money.over)) == (Decimal(most), over)
    assert [f.kind for f in told.findings] == (["money"] if over else [])


def test_a_seat_counts_on_the_days_on_which_it_can_be_woken_and_one_without_a_budget_is_named() -> None:
    seats = {
        "work": "when: weekdays at 06:00\nbudget: $4 a day",
        "post": "when: when mail arrives\nbudget: $3 a day",
        "free": "when: every day at 06:00",
        "idle": "budget: $9 a day\nwhen: when work publishes",
        "off": "budget: $9 a day\nwhen: when mail arrives",
    }
    told = play(seats, head="budget: $15 a day", known=Known(pauses={"off": Paused("ann", MONDAY - DAY)}))
    assert (told.money.most, told.money.most_in) == (Decimal(16), date(2026, 11, 23))
    assert [over.begins.day for over in told.money.over] == [23, 24, 25, 26, 27]  # not on the weekend
    assert (told.money.seats, told.money.unbounded) == (("work", "post", "idle"), ("free",))


# Load.


def test_the_last_of_many_waits_for_those_before_it() -> None:
    seats = {f"s{i}": "when: every day at 06:00\nlimit: 10m" for i in range(5)}
    told = play(seats, 1, head="limits: {turns_at_once: 2}")
    load = told.load
    assert load.crowd is not None and len(load.crowd.seats) == 5
    assert load.longest is not None and (load.longest.seat, load.longest.waits) == ("s4", 20 * MINUTE)
    assert (load.late, load.late_first and load.late_first.seat) == (1, "s4")  # over 15 minutes
    assert [(f.kind, f.seats) for f in told.findings] == [("load", ("s4",))]
    assert play(seats, 1, head="limits: {turns_at_once: 3}").findings == ()


def test_what_still_waits_delays_what_is_due_later_and_merges_with_the_next_of_its_seat() -> None:
    seats = {
        "long": "when: every day at 06:00\nlimit: 1h",
        "next": "when: every 20m from 06:00 to 06:40\nlimit: 5m\nlate_after: 2h",
    }
    load = play(seats, 1, head="limits: {turns_at_once: 1}").load
    assert load.longest is not None and (load.longest.seat, load.longest.waits) == ("next", HOUR)
    assert (load.merged, load.late) == (2, 0)


def test_a_wake_that_comes_while_its_seat_runs_merges_though_there_is_room() -> None:
    load = play({"one": "when: every 20m from 06:00 to 07:00\nlimit: 30m\nlate_after: 1h"}, 1).load
    # Due 06:00, 06:20, 06:40 and 07:00; each but the first comes while the turn before it runs.
    assert load.merged == 3
    assert load.longest is not None and load.longest.waits == 30 * MINUTE


def test_a_seat_that_is_woken_within_its_own_limit_is_named() -> None:
    told = play({"one": "when: [every 15m from 06:00 to 07:00, every day at 06:05]\nlimit: 15m"}, 2)
    (merge,) = told.load.merges
    assert (merge.gap, merge.count, merge.first.astimezone(NEW_YORK).minute) == (5 * MINUTE, 4, 5)
    assert [f.kind for f in told.findings] == ["load"]


def test_first_starts_are_no_habit() -> None:
    seats = {f"s{i}": "when: every day at 06:00" for i in range(20)}
    chart = chart_of(seats, head="limits: {turns_at_once: 20}")
    load = simulate(chart, fresh(chart), MONDAY, MONDAY + 2 * DAY).load
    assert (load.first_starts, [n for _, n in load.a_day]) == (20, [20, 20])


def test_the_busiest_hour_is_one_of_time_where_the_clock_repeats_it() -> None:
    chart = chart_of({"one": "when: every 20m from 00:00 to 03:00"})
    start = datetime(2026, 11, 1, tzinfo=NEW_YORK)
    told = simulate(chart, OLD, start, start + DAY)
    assert told.load.busiest is not None and told.load.busiest[1] == 3
    assert told.days[date(2026, 11, 1)][1] == 6  # by the clock it is the same hour


# What is supposed.

AGENCY = {
    "bogdan": "person: Bogdan\nanswers_to: founder",
    "pulse": "when: every 4h from 06:00 to 18:00\nanswers_to: bogdan",
    "dirk": "when: every 2h from 08:00 to 18:00\nreads: [pulse]\n"
    "can: {do: [note.append, mail.send], ask: {crm.offer: founder}}",
    "post": "when: when mail arrives\nlimit: 5m\nreads: [{path: in/*, outside: yes}]\n"
    "can: {do: [mail.send, note.append]}",
    "next": "when: every day at 07:00\nreads: [post]\ncan: {do: [mail.send]}",
    "plan": "title: Planned",
}
ACTIONS = """
actions:
  crm.offer: {run: ./offer, about: account, outside: yes}
  mail.send: {run: ./mail, about: [account, person], outside: yes, at_most: 1 a day each}
  note.append: {run: ./note, about: account}
subjects:
  person: {of: account, from: contacts.csv}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold, because: Retention first.}
"""


def heard(
    *texts: str, fresh_seats: bool = True, owned: Sequence[Owned] = (), days: float = 2, rules: str = ""
) -> list[Heard]:
    chart = chart_of(AGENCY, tail=ACTIONS + rules)
    end = MONDAY + days * DAY
    events = [read_event(text, chart, MONDAY, end) for text in texts]
    known = with_silence(fresh(chart) if fresh_seats else OLD, events)
    tables = {one.subject: one for one in owned}
    account = blank(chart, known, MONDAY)
    return list(simulate(chart, known, MONDAY, end, events=events, account=account, owned=tables).heard)


def rulings(*texts: str, **given: Any) -> list[str]:
    return [one.verdict.ruling for one in heard(*texts, **given) if one.verdict is not None]


OFFER = "dirk offers crm.offer on account:acme"


@pytest.mark.parametrize("fresh_seats", [True, False])
def test_a_claim_holds_the_offer_of_a_seat_ranked_below(fresh_seats: bool) -> None:
    texts = ("pulse claims account:acme at mon 06:00", f"{OFFER} at mon 10:00",
             "dirk offers crm.offer on account:volt at mon 10:00")  # fmt: skip
    claim, held, asked = heard(*texts, fresh_seats=fresh_seats)
    assert claim.verdict is None and held.verdict is not None and asked.verdict is not None
    assert (held.verdict.ruling, held.verdict.step) == ("hold", 8)
    assert (
        held.verdict.reason
        == "account:acme is claimed by pulse, and pulse goes before dirk. Retention first."
    )
    assert held.frees == "pulse gives up its claim on account:acme"
    place = chart_of(AGENCY, tail=ACTIONS).conflicts[0].place
    assert held.verdict.place == f"fleet.yaml:{place.line}"
    assert (asked.verdict.ruling, asked.verdict.person) == ("ask", "founder")


@pytest.mark.parametrize(
    ("rule", "at", "found"),
    [
        # what a payload or a state will say nobody knows, and whether the state is there then is known
        ("if: action.with.amount > 10", "mon 10:00", ("allow", 11, "calm")),
        ("if: 'state[\"pulse\"].items.size() > 0'", "mon 10:00", ("allow", 11, "calm")),
        ("if: 'state[\"plan\"].items.size() > 0'", "mon 10:00", ("hold", 6, "")),
        # a rule without a condition is met by all
        ("because: so", "mon 10:00", ("hold", 9, "")),
    ],
)
def test_a_rule_is_named_where_it_is_not_foreseen_what_it_will_say(
    rule: str, at: str, found: tuple[str, int, str]
) -> None:
    rules = f"rules:\n  - {{name: calm, seat: dirk, action: note.append, {rule}, then: hold}}\n"
    (one,) = heard(f"dirk offers note.append on account:acme at {at}", rules=rules)
    assert one.verdict is not None
    note = "what calm will say to it is not foreseen; a rehearsal asks" if found[2] else ""
    assert (one.verdict.ruling, one.verdict.step, one.note) == (*found[:2], note)


def test_events_happen_in_the_order_of_time_however_they_were_given() -> None:
    texts = (f"{OFFER} at mon 10:30", "pulse claims account:acme at mon 10:29", f"{OFFER} at mon 10:28",
             "pulse drops account:acme at mon 10:40", f"{OFFER} at mon 10:41")  # fmt: skip
    told = [(one.event.at.minute, one.verdict.ruling) for one in heard(*texts) if one.verdict is not None]
    assert told == [(28, "ask"), (30, "hold"), (41, "ask")]


def test_to_drop_what_is_not_claimed_changes_nothing_and_says_so() -> None:
    (one,) = heard("pulse drops account:acme")
    assert one.note == "pulse does not claim account:acme then, so nothing changes"


def test_a_seat_that_has_fallen_silent_holds_what_needs_its_state() -> None:
    # The state of Monday 18:00 holds until Tuesday 06:15: its next promised wake, and 15 minutes.
    silent = "pulse is silent from tue 00:00"
    assert rulings(silent, f"{OFFER} at tue 06:15") == ["ask"]
    late = heard(silent, f"{OFFER} at tue 06:16")[-1]
    assert late.verdict is not None and (late.verdict.ruling, late.verdict.step) == ("hold", 6)
    assert late.verdict.reason.startswith(
        "the state of pulse held until 2026-11-24 06:15 and was not renewed"
    )
    assert late.frees == "pulse publishes again"


def test_at_the_start_those_states_stand_that_were_promised_before_it() -> None:
    assert rulings(f"{OFFER} at mon 05:00", fresh_seats=False) == ["ask"]  # pulse's of Sunday 18:00
    silent = "pulse is silent from mon 00:00"
    assert rulings(silent, f"{OFFER} at mon 06:15", f"{OFFER} at mon 06:16", fresh_seats=False) == [
        "ask",
        "hold",
    ]


def test_before_its_very_first_turn_nothing_is_known_of_a_seat() -> None:
    assert rulings("pulse is silent", f"{OFFER} at mon 10:00") == ["hold"]


def test_mail_holds_until_its_addressee_has_woken_again() -> None:
    mail = "mail from pulse to dirk about account:acme at mon 10:30"
    texts = (
        mail,
        f"{OFFER} at mon 11:59",
        "dirk offers crm.offer on account:volt at mon 11:59",
        f"{OFFER} at mon 12:00",
    )
    told = heard(*texts)
    assert told[0].note == "unread until 12:00"
    verdicts = [one.verdict for one in told if one.verdict is not None]
    assert [(v.ruling, v.step) for v in verdicts] == [("hold", 7), ("ask", 10), ("ask", 10)]
    assert told[1].verdict is not None and "has not read m-1 from pulse" in told[1].verdict.reason


def test_mail_to_a_seat_that_it_wakes_is_read_when_that_turn_has_ended_at_the_latest() -> None:
    mail = "mail from founder to post about account:acme at mon 10:00"
    note = "post offers note.append on account:acme at"
    assert rulings(mail, f"{note} mon 10:04", f"{note} mon 10:05") == ["hold", "allow"]
    (only,) = heard("mail from pulse to bogdan about account:acme")
    assert only.note == ""


def test_mail_that_no_foreseen_wake_reads_stays_unread() -> None:
    (one,) = heard("mail from pulse to dirk about account:acme at tue 20:00")
    assert one.note == "no wake of dirk is foreseen after it, so it stays unread"


def test_what_was_allowed_counts_as_done_for_what_comes_later() -> None:
    again = [
        f"dirk offers mail.send on account:acme at {at}" for at in ("mon 10:00", "mon 12:00", "tue 12:00")
    ]
    told = heard(*again)
    verdicts = [one.verdict for one in told if one.verdict is not None]
    assert [v.ruling for v in verdicts] == ["allow", "refuse", "refuse"]
    assert "at most once a day" in verdicts[1].reason or "done this already" in verdicts[1].reason
    assert "a-1 has done this already" in verdicts[2].reason


def test_a_seat_that_reads_what_strangers_write_must_ask_and_so_must_those_who_read_it() -> None:
    told = heard(
        "post offers mail.send on account:acme",
        "next offers mail.send on account:volt",
        "post offers note.append on account:acme",
    )
    verdicts = [one.verdict for one in told if one.verdict is not None]
    assert [(v.ruling, v.rule) for v in verdicts] == [
        ("ask", "outside text"), ("ask", "outside text"), ("allow", "seats.post.can"),
    ]  # fmt: skip


def test_a_claim_covers_what_belongs_to_it_and_what_is_not_known_holds() -> None:
    ann = Owned("person:ann", ("account:acme",), "", "contacts.csv", "5a")
    bob = Owned("person:bob", (), "person:bob is not in contacts.csv", "contacts.csv", "5a")
    texts = ("pulse claims account:acme", "dirk offers mail.send on person:ann at 09:00",
             "dirk offers mail.send on person:bob at 09:00")  # fmt: skip
    verdicts = [one.verdict for one in heard(*texts, owned=(ann, bob)) if one.verdict is not None]
    assert [(v.ruling, v.step) for v in verdicts] == [("hold", 8), ("hold", 6)]


@pytest.mark.parametrize(
    ("text", "why", "tries"),
    [
        ("puls claims account:acme", "there is no seat 'puls'", "pulse claims account:acme"),
        ("pulse claim account:acme", "it is written: SEAT claims SUBJECT [at TIME]", "pulse claims account:acme"),
        ("dirk offer crm.offer for account:acme at mon 10:00",
         "it is written: SEAT offers KIND on SUBJECT [at TIME]", "dirk offers crm.offer on account:acme at mon 10:00"),
        ("pulse is dead from mon 10:00", "it is written: SEAT is silent [from TIME]", "pulse is silent from mon 10:00"),
        ("pulse releases account:acme", "it is written: SEAT drops SUBJECT [at TIME]", "pulse drops account:acme"),
        ("mail to dirk", "it is written: mail from SEAT to SEAT about SUBJECT [at TIME]", ""),
        ("rain", "not an event that fleet knows: claims, drops, offers, is silent, mail",
         "SEAT claims SUBJECT [at TIME]"),
        ("", "no event here", "SEAT claims SUBJECT [at TIME]"),
        ("x" * 401, "longer than 400 characters", "SEAT claims SUBJECT [at TIME]"),
        ("dirk offers crm.ofer on account:acme", "there is no kind of action 'crm.ofer'",
         "dirk offers crm.offer on account:acme"),
        ("plan claims account:acme", "nobody holds plan yet, so it does nothing", ""),
        ("bogdan offers crm.offer on account:acme", "a person holds bogdan, and only turns are foreseen",
         "pulse offers crm.offer on account:acme"),
        ("mail from pulse to dirks about account:acme", "there is no seat 'dirks'",
         "mail from pulse to dirk about account:acme"),
        ("pulse claims acme", "'acme' is not a subject: write kind:name, as in account:acme",
         "pulse claims account:acme"),
        ("pulse claims account:!",
         "'!' cannot name one of kind account: a letter or digit, then up to 119 of a-z 0-9 . _ @ + -", ""),
        ("pulse claims account:acme at 9:05", "a clock time is HH:MM, from 00:00 to 23:59",
         "pulse claims account:acme at 09:05"),
        ("pulse claims account:acme at wed 10:00",
         "wed 10:00 is 2026-11-25 10:00, and what is played is 2026-11-23 00:00 to 2026-11-25 00:00", ""),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_says_what_would_be(text: str, why: str, tries: str) -> None:
    with pytest.raises(Unreadable) as refused:
        heard(text)
    assert refused.value.why == why
    assert [*refused.value.suggestions, ""][0] == tries


def test_every_suggested_event_can_be_read() -> None:
    for text in (
        "puls claims account:acme",
        "pulse claim account:acme",
        "pulse claims acme",
        "pulse claims account:a at 9:05",
    ):
        with pytest.raises(Unreadable) as refused:
            heard(text)
        heard(refused.value.suggestions[0])


def test_an_event_is_read_whatever_its_blanks_and_its_subjects_capitals() -> None:
    chart = chart_of(AGENCY, tail=ACTIONS)
    event = read_event("  pulse   claims account:Acme at  Mon 06:00 ", chart, MONDAY, MONDAY + DAY)
    assert (event.seat, event.about, event.at) == (
        "pulse",
        "account:acme",
        (MONDAY + 6 * HOUR).astimezone(UTC),
    )
    assert read_event("pulse is silent", chart, MONDAY, MONDAY + DAY).at == MONDAY
