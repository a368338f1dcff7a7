"""Seats are woken as their chart promises, by every form of cadence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.errors import Typed, Undecided
from fleet.testing import Rig

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """Read a time of New York's winter."""
    return datetime.fromisoformat(f"{text}-05:00").astimezone(UTC)


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


@pytest.mark.parametrize(
    ("cadence", "hours", "expected"),
    [
        # a time of the day, on workdays
        ("weekdays at 07:15", 48, ["23T12:15", "24T12:15"]),
        # two times
        ("weekdays at 07:15 and 09:00", 24, ["23T12:15", "23T14:00"]),
        # named days: a Tuesday
        ("tuesdays at 07:00", 48, ["24T12:00"]),
        # an interval, both ends of its window
        ("every 4h from 06:00 to 14:00 on weekdays", 24, ["23T15:00", "23T19:00", "24T11:00"]),
        # cron
        ('cron: "30 7 * * 1"', 24, ["23T12:30"]),
        # the last of the month, a Monday
        ("the last workday of the month at 09:00", 24 * 8, ["30T14:00"]),
    ],
)
def test_a_cadence_of_the_clock_wakes_at_its_instants(
    start: Any, cadence: str, hours: int, expected: list[str]
) -> None:
    rig = start({"dash": f"when: ['{cadence}']" if "cron" not in cadence else f"when: [{{{cadence}}}]"})
    rig.advance(hours=hours)
    slots = [r["data"]["slot"] for r in rig.records("wake_due", seat="dash") if "slot" in r["data"]]
    assert slots == [f"2026-11-{slot}:00+00:00" for slot in expected]
    starts = [r["at"] for r in rig.records("turn_started", seat="dash")][1:]
    assert starts == [f"2026-11-{slot}:00.000000Z" for slot in expected]


def test_two_cadences_at_one_instant_are_one_wake(start: Any) -> None:
    rig = start({"dash": "when: [every day at 07:00, every 1h, cron: '0 7 * * *']"})
    rig.advance(hours=1)
    assert len(rig.records("wake_due", seat="dash")) == 2  # with the first start
    assert len(rig.outcomes("dash")) == 2


def test_mail_wakes_a_seat_that_waits_for_it(start: Any) -> None:
    rig = start({"dash": "when: [when mail arrives]", "tally": "when: [every day at 07:15]"})
    rig.ask("send", to="dash", body="Look at Acme.")
    rig.ask("send", to="tally", body="Look at Acme.")
    assert rig.woken_by("dash")[1:] == [["INFORM m-1 from founder"]]
    assert len(rig.woken_by("tally")) == 1
    rig.advance_to(at("2026-11-23T07:15"))
    assert [m["id"] for m in rig.brief("tally")["mail"]] == ["m-2"]


def test_a_seat_wakes_when_another_publishes_and_not_when_its_turn_was_empty(start: Any) -> None:
    rig = start({"dash": "when: [when asked]", "radar": "reads: [dash]\nwhen: [when dash publishes]"})
    before = len(rig.woken_by("radar"))
    rig.does("dash", "echo news", "true", "exit 1")
    for _ in range(3):
        rig.ask("wake", seat="dash")
    assert rig.outcomes("dash")[-3:] == ["done", "empty", "failed"]
    assert rig.woken_by("radar")[before:] == [["dash published t-3"]]


def test_a_seat_wakes_when_a_person_publishes(start: Any) -> None:
    rig = start({"radar": "reads: [founder]\nwhen: [when founder publishes]"})
    turn = rig.ask("publish", seat="founder", text="All hands on Acme.", person="founder")["turn"]
    assert rig.woken_by("radar")[1:] == [[f"founder published {turn}"]]


def test_only_an_escalation_wakes_a_seat_that_waits_for_one(start: Any) -> None:
    ladder = "escalation:\n  usual: [radar, wait 1h, founder]"
    rig = start({"radar": "when: [when an escalation arrives]", "dash": "when: [when asked]"}, tail=ladder)
    rig.ask("send", to="radar", body="Not one.")
    rig.ask("send", to="radar", body="Not one either.", type="REQUEST")
    assert len(rig.woken_by("radar")) == 1
    rig.does("dash", """echo '{"escalate": [{"because": "No data since Friday"}]}'""")
    rig.ask("wake", seat="dash")
    assert [w[0].split()[0] for w in rig.woken_by("radar")[1:]] == ["ESCALATION"]


def test_when_asked_takes_requests_and_no_mere_news(start: Any) -> None:
    rig = start({"dash": "when: [when asked]"})
    rig.ask("send", to="dash", body="For your files.")
    assert len(rig.woken_by("dash")) == 1
    for kind in ("REQUEST", "PROPOSAL", "CHALLENGE"):
        rig.ask("send", to="dash", body="What of Acme?", type=kind)
    assert [w[0].split()[0] for w in rig.woken_by("dash")[1:]] == ["REQUEST", "PROPOSAL", "CHALLENGE"]


def test_a_change_of_a_path_wakes_once_for_each_change(start: Any) -> None:
    rig = start({"dash": "reads: [{path: data/*.csv}]\nwhen: [when data/*.csv changes]"})
    rig.sweep()
    assert len(rig.woken_by("dash")) == 1
    rig.write("data/ads.csv", "spend,1\n")
    rig.sweep().sweep()
    assert rig.woken_by("dash")[1:] == [["data/*.csv changed"]]
    rig.write("data/ads.csv", "spend,2\n")
    rig.sweep().sweep()
    assert len(rig.woken_by("dash")) == 3


def test_a_path_that_changed_while_the_fleet_was_down_wakes_its_reader(start: Any) -> None:
    rig = start({"dash": "reads: [{path: data/*.csv}]\nwhen: [when data/*.csv changes]"})
    rig.stop()
    rig.write("data/ads.csv", "spend,1\n")
    rig.clock.advance(HOUR)
    rig.start().sweep()
    assert rig.woken_by("dash")[1:] == [["data/*.csv changed"]]
    rig.stop().start().sweep()
    assert len(rig.woken_by("dash")) == 2


def test_a_change_during_a_turn_wakes_once_more(start: Any) -> None:
    rig = start({"dash": "reads: [{path: data/*.csv}]\nwhen: [when data/*.csv changes, when asked]"})
    rig.hold("dash").ask("wake", seat="dash")
    rig.write("data/ads.csv", "spend,1\n")
    rig.sweep()
    rig.release("dash").sweep()
    assert rig.woken_by("dash")[1:] == [["woken by founder"], ["data/*.csv changed"]]


def test_a_person_may_wake_any_agent_and_is_told_why_not(start: Any) -> None:
    rig = start({"dash": "", "plan": "title: To be filled"})
    rig.ask("wake", seat="dash")
    assert rig.woken_by("dash")[1:] == [["woken by founder"]]
    with pytest.raises(Typed, match="founder has no agent to wake: David"):
        rig.ask("wake", seat="founder")
    with pytest.raises(Typed, match="plan has no agent to wake: it is a planned seat"):
        rig.ask("wake", seat="plan")
    with pytest.raises(Typed, match="there is no seat 'dish'; there are: founder, dash, plan"):
        rig.ask("wake", seat="dish")
    rig.ask("pause", seat="dash", because="audit")
    with pytest.raises(Undecided, match=r"dash is paused \(by founder: audit\); dash was not woken"):
        rig.ask("wake", seat="dash")


def test_waiting_for_a_wake_gives_the_outcome_of_its_turn(start: Any) -> None:
    rig = start({"dash": ""})
    rig.does("dash", "exit 4")
    answer = rig.ask("wake", seat="dash", wait=True)
    assert (answer["turn"], answer["outcome"], answer["why"]) == ("t-2", "failed", "exit 4")


# Merging.


def test_wakes_during_a_turn_merge_into_one_turn_that_names_them_all(start: Any) -> None:
    rig = start({"dash": "when: [every 10m, when mail arrives]"})
    rig.hold("dash").advance(minutes=10)
    rig.advance(minutes=10)
    rig.ask("send", to="dash", body="And this.")
    rig.advance(minutes=10)
    rig.release("dash")
    assert rig.woken_by("dash")[2:] == [["every 10m", "INFORM m-1 from founder", "every 10m"]]
    merged = rig.records("turn_started", seat="dash")[-1]["data"]["wakes"]
    assert merged == ["dash@2026-11-23T11:20Z", "dash@mail:m-1", "dash@2026-11-23T11:30Z"]
    assert {end for end, _ in ends(rig, "dash").values()} == {"ran"}


# Missed wakes.


@pytest.mark.parametrize(
    ("missed", "hours_down", "expected"),
    [
        # skip: nothing runs, everything has a reason
        ("missed: skip", 3, {"12": "missed", "13": "missed"}),
        # run once: the newest stands for all, however late
        ("missed: run once", 3.5, {"12": "missed", "13": "missed", "14": "ran"}),
        # under two hours late by default: this one is 30 minutes late
        ("", 3.5, {"12": "missed", "13": "missed", "14": "ran"}),
        # and not if the newest is older
        ("missed: run once if under 20m late", 3.5, {"12": "missed", "13": "missed", "14": "missed"}),
        # a wake that is due right now stands for those before it
        ("", 2, {"12": "missed", "13": "ran"}),
        # each of them
        ("missed: run all", 3.5, {"12": "ran", "13": "ran", "14": "ran"}),
    ],
)
def test_what_was_missed_while_the_fleet_was_down_follows_the_policy(
    start: Any, missed: str, hours_down: float, expected: dict[str, str]
) -> None:
    rig = start({"dash": f"when: [every 1h]\n{missed}"})
    rig.stop()
    rig.clock.advance(timedelta(hours=hours_down))
    rig.start()
    found = ends(rig, "dash")
    said = {slot[11:13]: end for slot, (end, _) in found.items()}
    if missed == "missed: skip":
        said.pop("14", None)  # 06:00 + 3 h is on time
    assert said == expected
    assert all(reason for end, reason in found.values() if end != "ran")


def test_a_missed_wake_says_how_late_and_why(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]\nmissed: run once if under 20m late"})
    rig.stop()
    rig.clock.advance(timedelta(hours=1.5))
    rig.start()
    assert ends(rig, "dash") == {"2026-11-23T12:00:00+00:00": ("missed", "late by 30m, over 20m")}


def test_run_all_runs_the_oldest_24_in_turns_of_their_own(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]\nmissed: run all"})
    rig.stop()
    rig.clock.advance(timedelta(hours=30.5))
    rig.start()
    found = ends(rig, "dash")
    by_slot = [found[slot] for slot in sorted(found)]
    assert [end for end, _ in by_slot] == ["ran"] * 24 + ["missed"] * 6
    assert by_slot[-1][1] == "over 24 were late"
    assert len(rig.outcomes("dash")) == 25
    slots = [r["data"]["wakes"] for r in rig.records("turn_started", seat="dash")][1:]
    assert [len(wakes) for wakes in slots] == [1] * 24
    assert slots == sorted(slots)


def test_a_wake_that_was_due_before_a_stop_is_not_lost_and_not_repeated(start: Any) -> None:
    rig = start(
        {"dash": "when: [every 1h]", "slow": "when: [every day at 07:00]"}, head="limits: {turns_at_once: 1}"
    )
    rig.hold("slow").advance(hours=1)
    assert "dash@2026-11-23T12:00Z" in [r["data"].get("wake") for r in rig.records("wake_due")]
    rig.kill()
    rig.clock.advance(timedelta(minutes=30))
    rig.start()
    assert ends(rig, "dash")["2026-11-23T12:00:00+00:00"][0] == "ran"
    wakes = [r["data"]["wake"] for r in rig.records("wake_due")]
    assert len(wakes) == len(set(wakes))


def test_an_absence_of_a_year_is_told_in_few_records(start: Any) -> None:
    rig = start({"dash": "when: [every 1m]"})
    rig.stop()
    rig.clock.advance(timedelta(days=365))
    rig.start()
    missed = rig.records("wake_missed", seat="dash")
    assert len(missed) <= 1001
    told = sum(r["data"].get("count", 1) for r in missed)
    assert told == 365 * 24 * 60 - 2  # and the two of this minute ran
    assert missed[0]["data"]["first"] == "2026-11-23T11:01:00+00:00"


# Pauses.


def test_slots_of_a_paused_seat_are_skipped_with_the_reason(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]", "tally": "when: [every 1h]"})
    rig.ask("pause", seat="dash", because="the source moves")
    rig.advance(hours=2)
    assert list(ends(rig, "dash").values()) == [("skipped", "paused by founder: the source moves")] * 2
    assert list(ends(rig, "tally").values()) == [("ran", "")] * 2
    rig.ask("resume", seat="dash")
    assert len(rig.outcomes("dash")) == 1
    rig.advance(hours=1)
    assert len(rig.outcomes("dash")) == 2


def test_a_paused_fleet_starts_nothing_and_skips_every_slot(start: Any) -> None:
    rig = start({"dash": "when: [every 1h, when mail arrives]", "tally": "when: [every 1h]"})
    rig.ask("pause", because="audit")
    rig.ask("send", to="dash", body="Later.")
    rig.advance(hours=2)
    assert {end for seat in ("dash", "tally") for end in ends(rig, seat).values()} == {
        ("skipped", "paused by founder: audit")
    }
    assert len(rig.records("turn_started")) == 2
    rig.ask("resume")
    assert rig.woken_by("dash")[1:] == [["INFORM m-1 from founder"]]


def test_a_wake_that_waited_when_its_seat_was_paused_runs_after_the_resume(start: Any) -> None:
    rig = start({"dash": "when: [every 1h, when mail arrives]"})
    rig.hold("dash").advance(hours=1)
    rig.ask("send", to="dash", body="News.")
    rig.ask("pause", seat="dash", because="audit")
    rig.release("dash")
    assert len(rig.outcomes("dash")) == 2
    rig.stop().start()
    rig.ask("resume", seat="dash")
    assert rig.woken_by("dash")[2:] == [["INFORM m-1 from founder"]]


# Many seats.


def test_turns_at_once_bounds_the_turns_and_the_longest_due_goes_first(start: Any) -> None:
    seats = dict.fromkeys(("a", "b", "c", "d"), "when: [when mail arrives]")
    rig = start(seats, head="limits: {turns_at_once: 2}")
    rig.hold(*seats)
    for name in ("d", "c", "b", "a", "d"):
        rig.ask("send", to=name, body="Go.")
        rig.advance(seconds=1)
    starts = [r["seat"] for r in rig.records("turn_started")][4:]
    assert starts == ["d", "c"]
    rig.release("c")
    rig.release("d")
    assert [r["seat"] for r in rig.records("turn_started")][4:] == ["d", "c", "b", "a"]
    rig.release("a", "b")
    assert [r["seat"] for r in rig.records("turn_started")][4:] == ["d", "c", "b", "a", "d"]


def test_seats_without_news_take_no_place_from_one_that_has_some(start: Any) -> None:
    quiet = {
        f"q{i}": "reads: [founder]\nwhen: [every 1h]\nskip_if: nothing new\ngood_for: 2d" for i in range(5)
    }
    rig = start({**quiet, "zoe": "when: [every 1h]"}, head="limits: {turns_at_once: 1}")
    before = rig.clock.now()
    rig.advance(hours=1)
    assert rig.clock.now() == before + HOUR
    assert len(rig.outcomes("zoe")) == 2
    assert {reason for name in quiet for _, reason in ends(rig, name).values()} == {"nothing new"}


@pytest.mark.parametrize(
    ("missed", "why"),
    [
        # too late for its seat
        ("run once if under 20m late", "due before the fleet stopped, late by 30m, over 20m"),
        # never late
        ("skip", "due before the fleet stopped, late by 30m, and its seat says missed: skip"),
    ],
)
def test_a_wake_that_waited_through_a_stop_is_missed_where_its_policy_says_so(
    start: Any, missed: str, why: str
) -> None:
    seats = {"dash": f"when: [every 1h]\nmissed: {missed}", "slow": "when: [every day at 07:00]"}
    rig = start(seats, head="limits: {turns_at_once: 1}")
    rig.hold("slow").ask("wake", seat="slow")
    rig.advance(hours=1)
    rig.kill()
    rig.clock.advance(timedelta(minutes=30))
    rig.start()
    assert ends(rig, "dash") == {"2026-11-23T12:00:00+00:00": ("missed", why)}
