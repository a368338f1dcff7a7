"""The planner says what is due from a chart, an account and an instant, and from nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from core.history import NOW, History, chart_of

from fleet.core.planner import (
    RUN_ALL_AT_MOST,
    TOLD_ONE_BY_ONE,
    Looked,
    end_wakes,
    late_at,
    next_promised,
    overdue,
    plan_seat,
)
from fleet.core.record import Draft

HOUR = timedelta(hours=1)


def had(cadence: str, *more: str) -> History:
    """Begin a history in which dash has had its first turn."""
    history = History(chart_of({"dash": "\n".join((f"when: [{cadence}]", *more))}))
    history.turn("dash", "t-1")
    return history


def plan(history: History, at: datetime, **how: Any) -> list[tuple[str, str]]:
    """Plan dash and take in what is drafted; gives kind and the slot's time, or the cause."""
    found = plan_seat(history.chart, history.account, "dash", at, **how)
    history.take_all(found.drafts, at)
    return [
        (d.what, str(d.data.get("slot", d.data.get("cause", "")))[11:16] or str(d.data["cause"]))
        for d in found.drafts
    ]


def test_nothing_is_due_twice() -> None:
    history = had("every 1h")
    assert plan(history, NOW) == []
    assert plan(history, NOW + HOUR) == [("wake_due", "13:00")]
    assert plan(history, NOW + HOUR) == []
    assert plan(history, NOW + 1.5 * HOUR) == []


def test_the_next_look_is_at_the_next_slot_retry_or_lateness() -> None:
    history = had("every 1h")
    assert plan_seat(history.chart, history.account, "dash", NOW).next_at == NOW + HOUR
    history.turn("dash", "t-2", "failed", retry_at=NOW + timedelta(seconds=10), retry_cause="retry")
    assert plan_seat(history.chart, history.account, "dash", NOW).next_at == NOW + timedelta(seconds=10)
    until = NOW + timedelta(minutes=5)
    history.turn("dash", "t-3", state={"sha256": "a", "fingerprint": "b", "good_until": until.isoformat()})
    assert plan_seat(history.chart, history.account, "dash", NOW).next_at == late_at(
        history.account.past("dash")
    )


@pytest.mark.parametrize(
    ("late", "whats"),
    [
        # a minute is on time
        (timedelta(seconds=60), ["wake_due"]),
        # a little more is late, and still under two hours
        (timedelta(seconds=61), ["wake_due"]),
        # one second under the bound
        (timedelta(seconds=7199), ["wake_due"]),
        # at the bound it is too late
        (timedelta(seconds=7200), ["wake_missed"]),
    ],
)
def test_how_late_a_wake_may_be(late: timedelta, whats: list[str]) -> None:
    history = had("every day at 08:00")
    at = NOW + HOUR + late
    drafts = plan_seat(history.chart, history.account, "dash", at).drafts
    assert [d.what for d in drafts] == whats
    assert ("late by" in str(drafts[0].data["reason"])) is (late > timedelta(seconds=60))


def test_run_all_takes_the_oldest_each_alone() -> None:
    history = had("every 1h", "missed: run all")
    drafts = plan_seat(history.chart, history.account, "dash", NOW + 30.5 * HOUR).drafts
    run = [d for d in drafts if d.what == "wake_due"]
    assert len(run) == RUN_ALL_AT_MOST
    assert all(d.data["alone"] for d in run)
    slots = [str(d.data["slot"]) for d in run]
    assert slots == sorted(slots)
    assert len(drafts) == 30


def test_a_long_absence_is_told_in_a_bounded_number_of_records() -> None:
    history = had("every 1m", "missed: skip")
    drafts = plan_seat(history.chart, history.account, "dash", NOW + timedelta(days=30)).drafts
    assert len(drafts) <= TOLD_ONE_BY_ONE + 3
    counted = [d for d in drafts if "count" in d.data]
    assert len(counted) == 1
    history.take_all(drafts, NOW + timedelta(days=30))
    assert plan(history, NOW + timedelta(days=30)) == []


def test_a_long_pause_is_told_in_a_bounded_number_of_records_too() -> None:
    history = had("every 1m")
    history.take(Draft("pause", "dash", data={"by": "founder", "because": "audit"}))
    drafts = plan_seat(history.chart, history.account, "dash", NOW + timedelta(days=30)).drafts
    assert len(drafts) == TOLD_ONE_BY_ONE + 1
    assert {d.data["reason"] for d in drafts} == {"paused by founder: audit"}


def test_a_retry_waits_for_its_instant_and_for_the_turn_to_end() -> None:
    history = had("when asked")
    history.turn("dash", "t-2", "failed", retry_at=NOW + timedelta(seconds=10), retry_cause="retry")
    assert plan(history, NOW + timedelta(seconds=9)) == []
    assert plan(history, NOW + timedelta(seconds=10)) == [("wake_due", "retry")]
    assert plan(history, NOW + timedelta(seconds=10)) == []


def test_a_changed_path_is_due_once_for_a_fingerprint() -> None:
    history = History(chart_of({"dash": "when: [when data/x changes]\nreads: [{path: data/x}]"}))
    history.take(
        Draft(
            "turn_started",
            "dash",
            "t-1",
            {"wakes": [], "deadline": NOW.isoformat(), "attempt": 0, "files": {"data/x": "one"}},
        )
    )
    assert plan(history, NOW, looked=Looked("", {"data/x": "one"})) == []
    assert plan(history, NOW) == []
    assert plan(history, NOW, looked=Looked("", {"data/x": "two"})) == [("wake_due", "change")]
    assert plan(history, NOW, looked=Looked("", {"data/x": "two"})) == []


def test_a_path_that_looks_as_once_before_is_due_under_a_new_name() -> None:
    history = History(chart_of({"dash": "when: [when data/x changes]\nreads: [{path: data/x}]"}))
    ids = []
    start = {"wakes": [], "deadline": NOW.isoformat(), "attempt": 0, "files": {"data/x": "gone"}}
    history.take(Draft("turn_started", "dash", "t-1", start))
    for seen in ("there", "gone", "there", "gone"):
        looked = Looked("", {"data/x": seen})
        (draft,) = plan_seat(history.chart, history.account, "dash", NOW, looked=looked).drafts
        ids.append(history.take(draft).data["wake"])
        history.turn("dash", "t-2")
    assert len(set(ids)) == 4


def test_a_path_that_changes_again_before_the_turn_begins_wakes_once() -> None:
    history = History(chart_of({"dash": "when: [when data/x changes]\nreads: [{path: data/x}]"}))
    start = {"wakes": [], "deadline": NOW.isoformat(), "attempt": 0, "files": {"data/x": "one"}}
    history.take(Draft("turn_started", "dash", "t-1", start))
    assert plan(history, NOW, looked=Looked("", {"data/x": "two"})) == [("wake_due", "change")]
    assert plan(history, NOW, looked=Looked("", {"data/x": "three"})) == []


def test_lateness_is_told_once_for_each_deadline() -> None:
    history = had("when asked")
    until = NOW + timedelta(minutes=5)
    state = {"sha256": "a", "fingerprint": "b", "good_until": until.isoformat()}
    history.turn("dash", "t-2", state=state)
    assert plan_seat(history.chart, history.account, "dash", until).drafts == ()
    (late,) = plan_seat(history.chart, history.account, "dash", until + timedelta(milliseconds=1)).drafts
    assert (late.what, late.data["kind"]) == ("trouble", "late")
    history.take(late, until)
    assert plan_seat(history.chart, history.account, "dash", until + HOUR).drafts == ()


@pytest.mark.parametrize("cause", ["planned", "person", "gone", "unknown"])
def test_a_seat_without_an_agent_is_promised_nothing(cause: str) -> None:
    seats = {"planned": {"dash": "title: x\nwhen: [every 1h]"}, "person": {"dash": "person: Bo"}}
    history = History(chart_of(seats.get(cause, {"dash": "when: [every 1h]"})))
    if cause == "gone":
        history.take(Draft("revision", data={"id": "r-2", "texts": {}, "gone": ["dash"]}))
    name = "nobody" if cause == "unknown" else "dash"
    found = plan_seat(history.chart, history.account, name, NOW + HOUR)
    assert (found.drafts, found.next_at) == ((), None)


def test_the_next_promised_wake_is_the_soonest_of_all_cadences() -> None:
    chart = chart_of(
        {"dash": "when: [every day at 08:00, every 45m, when asked]", "tally": "when: [when asked]"}
    )
    assert next_promised(chart, chart.seats["dash"], NOW) == NOW + timedelta(minutes=30)
    assert next_promised(chart, chart.seats["tally"], NOW) is None


def test_wakes_that_waited_through_a_stop_are_judged_by_how_late_they_are() -> None:
    history = had("every 1h", "missed: run once if under 30m late")
    plan(history, NOW + HOUR)
    assert overdue(history.chart, history.account, NOW + HOUR + timedelta(minutes=29)) == []
    (missed,) = overdue(history.chart, history.account, NOW + HOUR + timedelta(minutes=30))
    assert (missed.what, missed.data["wake"]) == ("wake_missed", "dash@2026-11-23T13:00Z")


def test_what_ends_for_a_seat_is_skipped_with_the_reason() -> None:
    history = had("every 1h")
    plan(history, NOW + HOUR)
    drafts = list(end_wakes(history.chart, history.account, "dash", NOW + 2.5 * HOUR, "it left"))
    assert [(d.what, d.data["wake"], d.data["reason"]) for d in drafts] == [
        ("wake_skipped", "dash@2026-11-23T14:00Z", "it left"),
        ("wake_skipped", "dash@2026-11-23T13:00Z", "it left"),
    ]


def test_a_clock_that_was_put_back_gives_intervals_new_names() -> None:
    history = had("every 1h, every day at 08:00")
    plan(history, NOW + HOUR)
    history.take(Draft("clock_step", data={"by_s": -3600}), NOW)
    drafts = plan_seat(history.chart, history.account, "dash", NOW + HOUR).drafts
    assert [d.data["wake"] for d in drafts] == ["dash@2026-11-23T13:00Z/1"]
    assert drafts[0].data["marks"] == ["interval"]
