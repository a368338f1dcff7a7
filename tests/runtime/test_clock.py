"""A clock that jumps, is put back, or is changed twice a year: who is woken, and who is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from fleet.testing import Rig

HOUR = timedelta(hours=1)


def ends(rig: Rig, seat: str) -> dict[str, tuple[str, str]]:
    """Say for each promised slot how it ended, and why."""
    found: dict[str, tuple[str, str]] = {}
    slots = {}
    for record in rig.records(seat=seat):
        data = record["data"]
        if data.get("slot"):
            slots[data["wake"]] = data["slot"]
        if record["what"] in ("wake_skipped", "wake_missed") and data["wake"] in slots:
            found[slots[data["wake"]]] = (record["what"][5:], data["reason"])
        if record["what"] == "turn_started":
            found |= {slots[w]: ("ran", "") for w in data["wakes"] if w in slots}
    return found


def test_a_jump_ahead_that_is_put_right_after_6_s_changes_nothing(start: Any) -> None:
    rig = start({"dash": "when: [every 10m, every day at 06:30]"})
    rig.advance(minutes=5)
    before = rig.ledger()
    rig.step(hours=1)
    rig.advance(seconds=6)
    rig.step(hours=-1)
    rig.advance(seconds=60)
    assert rig.ledger() == before
    rig.advance(minutes=4)
    assert [slot[11:16] for slot in ends(rig, "dash")] == ["11:10"]


def test_a_jump_ahead_that_stands_is_believed_after_30_s(start: Any) -> None:
    rig = start({"dash": "when: [every 10m]\nmissed: skip"})
    rig.step(minutes=55)
    rig.advance(seconds=29)
    assert rig.records("clock_step") == []
    rig.advance(seconds=2)
    assert [r["data"]["by_s"] for r in rig.records("clock_step")] == [3300]
    assert {slot[11:16]: end for slot, (end, _) in ends(rig, "dash").items()} == {
        f"11:{m}": "missed" for m in (10, 20, 30, 40, 50)
    }


def test_a_clock_put_back_an_hour_repeats_intervals_and_no_fixed_time(start: Any) -> None:
    rig = start({"dash": "when: [every 20m]", "tally": "when: [every day at 06:30]"})
    rig.advance(hours=1)
    rig.step(hours=-1)
    rig.advance(hours=1)
    ids = [r["data"]["wake"] for r in rig.records("wake_due", seat="dash")][1:]
    assert ids == [f"dash@2026-11-23T11:{m}Z" for m in (20, 40)] + ["dash@2026-11-23T12:00Z"] + [
        f"dash@2026-11-23T11:{m}Z/1" for m in (20, 40)
    ] + ["dash@2026-11-23T12:00Z/1"]
    assert len(rig.outcomes("dash")) == 7
    assert len(rig.outcomes("tally")) == 2


def test_a_clock_put_back_by_more_than_a_day_repeats_fixed_times_too(start: Any) -> None:
    rig = start({"tally": "when: [every day at 06:30]"})
    rig.advance(days=3)
    assert len(rig.outcomes("tally")) == 4
    rig.step(days=-2)
    rig.advance(days=2)
    assert len(rig.outcomes("tally")) == 6
    wakes = [r["data"]["wake"] for r in rig.records("wake_due")]
    assert len(wakes) == len(set(wakes))


def test_a_clock_that_was_put_back_while_the_fleet_was_down_is_seen_at_the_start(start: Any) -> None:
    rig = start({"dash": "when: [every 20m]", "tally": "when: [every day at 06:30]"})
    rig.advance(hours=2).stop()
    rig.clock.step(-HOUR)
    rig.start()
    assert [r["data"] for r in rig.records("clock_step")] == [{"by_s": -3600, "seen": "at start"}]
    rig.advance(hours=1)
    assert len(rig.outcomes("dash")) == 1 + 6 + 3
    assert len(rig.outcomes("tally")) == 2


def test_thirty_days_ahead_is_one_absence_and_no_storm(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]", "tally": "when: [weekdays at 07:15]"})
    rig.step(days=30)
    rig.advance(seconds=40)
    assert len(rig.outcomes("dash")) == 2
    found = ends(rig, "dash")
    assert len(found) == 30 * 24
    assert [end for end, _ in found.values()].count("ran") == 1
    assert len(rig.outcomes("tally")) == 1


def test_a_retry_does_not_wait_longer_because_the_clock_was_put_back(start: Any) -> None:
    rig = start({"dash": "retries: 1"})
    rig.does("dash", "exit 1")
    rig.ask("wake", seat="dash")
    rig.step(hours=-1)
    rig.advance(seconds=15)
    assert rig.outcomes("dash") == ["done", "failed", "done"]


@pytest.mark.parametrize(
    ("day", "cadence", "expected"),
    [
        # 8 March 2026, 02:00 becomes 03:00: a time that does not exist goes at the next minute that does
        ("2026-03-08", "every day at 02:30", ["07:00"]),
        # an interval of hours keeps to the wall
        ("2026-03-08", "every 2h from 00:00 to 06:00", ["05:00", "07:00", "08:00", "10:00"]),
        # one of minutes counts what has passed; 02:xx is not there
        ("2026-03-08", "every 30m from 01:00 to 03:30", ["06:00", "06:30", "07:00", "07:30"]),
        # 1 November 2026, 02:00 becomes 01:00: a time that comes twice goes once
        ("2026-11-01", "every day at 01:30", ["05:30"]),
        # minutes run through both
        ("2026-11-01", "every 30m from 01:00 to 02:00", ["05:00", "05:30", "06:00", "06:30", "07:00"]),
    ],
)
def test_wakes_on_the_days_that_the_clock_is_changed(
    build: Any, day: str, cadence: str, expected: list[str]
) -> None:
    begin = datetime.fromisoformat(f"{day}T04:30:00+00:00")
    rig = build({"dash": f"when: [{cadence}]"}, at=begin).start()
    rig.advance(hours=7)
    starts = [r["at"][11:16] for r in rig.records("turn_started", seat="dash")][1:]
    assert starts == expected
