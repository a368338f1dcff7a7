"""What is simulated is what happens: the same wakes at the same instants, in the order of the daemon."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from core.history import History, chart_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fleet.core.chart import Chart
from fleet.core.foresee import Foresight, Known, foresee, known_of
from fleet.core.past import Past, Wake
from fleet.core.pause import lifts
from fleet.core.planner import FIRST, good_until, plan_seat
from fleet.core.queue import first_turns, pick
from fleet.core.record import Draft
from fleet.testing import Rig, chart_text

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
ZONES = (
    "America/New_York",
    "Australia/Sydney",
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
)
BEGIN = (
    datetime(2026, 10, 31, 21, 0, tzinfo=UTC),  # New York's clock goes back in the night
    datetime(2027, 3, 13, 22, 30, tzinfo=UTC),  # and on
    datetime(2026, 10, 3, 12, 0, tzinfo=UTC),  # Sydney's goes on, Lord Howe's by half an hour
    datetime(2027, 4, 3, 10, 15, tzinfo=UTC),  # and back; Santiago's too
    datetime(2026, 12, 23, 5, 0, tzinfo=UTC),  # a holiday and the end of a month
)

times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 5, 15, 30, 59]))
days = st.sampled_from(
    [
        *("weekdays", "weekends", "every day", "mondays and thursdays", "saturdays, sundays and wednesdays"),
        *("the 1st of the month", "the 31st of the month", "the last day of the month"),
        *("the first workday of the month", "the last workday of the month"),
    ]
)
windows = st.one_of(
    st.just(""), st.builds(" from {} to {}".format, times, times).filter(lambda w: w[6:11] != w[15:20])
)
spans = st.sampled_from(["5m", "20m", "45m", "90m", "1h", "2h", "5h", "24h"])
on_days = st.one_of(st.just(""), st.builds(" on {}".format, days))
crons = st.sampled_from(
    ["15 7 * * 1-5", "*/20 2 * * *", "30 1,2 * * *", "0 */6 * * *", "0 12 L * *", "0 9 * * 1#1"]
)
CADENCES = st.one_of(
    st.builds("{} at {}".format, days, times),
    st.builds("{} at {} and {}".format, days, times, times).filter(lambda c: c[-5:] != c[-15:-10]),
    st.builds("every {}{}{}".format, spans, windows, on_days),
    st.builds("cron: {}".format, crons),
)
WHEN = st.lists(CADENCES, min_size=1, max_size=3, unique=True)


def when(cadences: list[str]) -> str:
    return "when: [" + ", ".join(f"'{c}'" for c in cadences) + "]"


def planned(
    chart: Chart, start: datetime, end: datetime, paused: tuple[str, datetime] | None = None
) -> Iterator[tuple[datetime, str, str]]:
    """Let the planner itself go from instant to instant, every turn done at once; gives (instant, seat, cause)."""
    history, now, turn = History(chart, at=start), start, 0
    if paused is not None:
        history.take(Draft("pause", paused[0], data={"by": "ann", "until": paused[1].isoformat()}), start)
    while now < end:
        coming = [end]
        history.take_all(lifts(chart, history.account, now), now)
        if paused is not None and paused[1] > now:
            coming.append(paused[1])
        for name in chart.seats:
            plan = plan_seat(chart, history.account, name, now)
            for record in history.take_all(plan.drafts, now):
                if record.what == "wake_due":
                    yield now, name, record.data["cause"]
            coming += [plan.next_at] if plan.next_at is not None else []
        for name in chart.seats:
            past = history.account.past(name)
            if past.pending and past.paused is None:
                turn += 1
                history.turn(name, f"t-{turn}", at=now)
        now = min(coming)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    seats=st.lists(WHEN, min_size=1, max_size=3),
    zone=st.sampled_from(ZONES),
    begin=st.sampled_from(BEGIN),
    hours=st.integers(6, 72),
    pause=st.one_of(st.none(), st.integers(1, 40)),
)
def test_the_planner_wakes_the_same_seats_at_the_same_instants(
    seats: list[list[str]], zone: str, begin: datetime, hours: int, pause: int | None
) -> None:
    named = {f"s{i}": when(cadences) for i, cadences in enumerate(seats)}
    chart = chart_of(named, head=f"timezone: {zone}\nholidays: [2026-12-25]")
    end = begin + timedelta(hours=hours)
    paused = ("s0", begin + timedelta(hours=pause)) if pause else None
    fresh = Known(fresh=frozenset(chart.seats))
    assume(len(foresee(chart, fresh, begin, end).wakes) <= 400)
    known = fresh
    if paused is not None:
        history = History(chart, at=begin)
        history.take(Draft("pause", "s0", data={"by": "ann", "until": paused[1].isoformat()}), begin)
        known = known_of(chart, history.account, begin, in_force=True)
    found = Counted((w.at, w.seat, w.cause) for w in foresee(chart, known, begin, end).wakes)
    seen = Counted(
        one for one in planned(chart, begin, end, paused) if paused is None or one[1:] != ("s0", FIRST)
    )
    assert {one for one in found if paused is None or one[1:] != ("s0", FIRST)} == set(seen)


class Counted(list):  # type: ignore[type-arg]
    """A list whose members are each there once: a wake that comes twice is no small thing."""

    def __init__(self, found: Iterator[tuple[datetime, str, str]]) -> None:
        super().__init__(found)
        assert len(set(self)) == len(self)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    reads=st.lists(st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=2, max_size=7),
    at_once=st.integers(1, 4),
)
def test_at_every_instant_the_order_is_that_of_the_queue(reads: list[list[int]], at_once: int) -> None:
    size = len(reads)
    named = {
        f"s{i}": f"when: every 6h\nreads: [{', '.join(f's{n}' for n in own if n < size and n != i)}]"
        for i, own in enumerate(reads)
    }
    chart = chart_of(named, head=f"limits: {{turns_at_once: {at_once}}}")
    start = BEGIN[0]
    found = foresee(chart, Known(fresh=frozenset(chart.seats)), start, start + DAY)
    place = {w.seat: n for n, w in enumerate(found.wakes) if w.cause == FIRST}
    assert len(place) == size
    for name, before in first_turns(chart).items():
        assert all(place[other] < place[name] for other in before)
    for at, group in groupby((w for w in found.wakes if w.cause != FIRST), key=lambda w: w.at):
        assert [w.seat for w in group] == picked(chart, at)


def picked(chart: Chart, at: datetime) -> list[str]:
    """Ask the queue itself which of the seats, all woken at an instant, start one after the other."""
    history, firsts = History(chart, at=at), first_turns(chart)
    waiting = [name for name, seat in chart.seats.items() if seat.holder.is_agent]
    for name in waiting:
        wake = Wake(f"{name}@x", at, "clock", "x", slot=at)
        history.account.seats[name] = Past(at, at, at, pending=(wake,), turns=1)
    found: list[str] = []
    while waiting:
        starts = pick(chart, history.account, firsts, waiting)
        found += [start.seat for start in starts]
        waiting = [name for name in waiting if name not in found]
    return found


# The daemon itself.

DRIVEN = {
    "dash": "when: [every day at 02:30 and 01:30, every 6h]",
    "pulse": "when: every 90m from 00:30 to 05:00\nreads: [dash]",
    "radar": "when: [weekends at 06:00, 'cron: 0 */6 * * *', when dash publishes]\nreads: [dash, pulse]",
    "echo": "when: when radar publishes\ngood_for: 3h",
}


@pytest.mark.parametrize("at_once", [4, 1])
@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("America/New_York", "2026-10-31 23:10", 12),  # back
        ("America/New_York", "2027-03-13 23:10", 11),  # on
        ("Australia/Sydney", "2026-10-03 23:10", 11),  # on, in the south
        ("Australia/Sydney", "2027-04-03 23:10", 12),  # and back
    ],
)
def test_the_daemon_wakes_as_it_was_foreseen(
    zone: str, start: str, hours: int, at_once: int, tmp_path: Path
) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    text = chart_text(DRIVEN, head=f"timezone: {zone}\nlimits: {{turns_at_once: {at_once}}}")
    hold_equal(tmp_path, text, begin, timedelta(hours=hours))


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    seats=st.lists(WHEN, min_size=2, max_size=3),
    zone=st.sampled_from(ZONES),
    begin=st.sampled_from(BEGIN),
    reads=st.booleans(),
)
def test_the_daemon_wakes_as_it_was_foreseen_whatever_the_chart(
    seats: list[list[str]], zone: str, begin: datetime, reads: bool
) -> None:
    named = {
        f"s{i}": when(own) + (f"\nreads: [s{i + 1}]" if reads and i + 1 < len(seats) else "")
        for i, own in enumerate(seats)
    }
    text = chart_text(named, head=f"timezone: {zone}\nholidays: [2026-12-25]")
    chart = chart_of(named, head=f"timezone: {zone}\nholidays: [2026-12-25]")
    sight = foresee(chart, Known(fresh=frozenset(chart.seats)), begin, begin + DAY)
    assume(6 <= len(sight.wakes) <= 60)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        hold_equal(Path(folder), text, begin, DAY)


def hold_equal(folder: Path, text: str, begin: datetime, span: timedelta) -> None:
    """Drive the real daemon over a span and compare its ledger with what is foreseen of it."""
    with Rig(folder, text, at=begin) as rig:
        rig.start().advance(span - TICK)  # what is due at the end is not in it
        chart, records = rig._live.fleet.chart, rig.records("wake_due", "turn_started", "turn_ended")
    sight = foresee(chart, Known(fresh=frozenset(chart.seats)), begin, begin + span)
    due = [r for r in records if r["what"] == "wake_due"]
    slots = [(at(r["data"]["slot"]), r["seat"]) for r in due if r["data"]["cause"] == "clock"]
    assert sorted(slots) == sorted((w.at, w.seat) for w in sight.wakes if w.cause == "clock")
    assert {r["seat"] for r in due if r["data"]["cause"] == FIRST} == firsts(sight)
    caused = {(at(r["at"]), r["seat"]) for r in due if r["data"]["cause"] == "publish"}
    assert caused == {(w.at, w.seat) for w in sight.wakes if w.cause == "publish"}
    in_order(sight, chart, records)
    held_until(chart, records)


def firsts(sight: Foresight) -> set[str]:
    return {w.seat for w in sight.wakes if w.cause == FIRST}


def in_order(sight: Foresight, chart: Chart, records: list[dict]) -> None:
    """Promised wakes of one instant start in the order that was foreseen; each first turn after those it reads."""
    begun: dict[datetime, list[str]] = defaultdict(list)
    for record in records:
        if record["what"] == "turn_started" and record["seat"] not in begun[at(record["at"])]:
            begun[at(record["at"])].append(record["seat"])
    for instant, group in groupby(sight.wakes, key=lambda w: w.at):
        here = list(group)
        if instant == sight.start:
            continue
        clock = [w.seat for w in here if w.cause == "clock"]
        assert [seat for seat in begun[instant] if seat in clock] == clock
    opening = begun[sight.start]
    for name, before in first_turns(chart).items():
        if name in opening:
            assert all(opening.index(other) < opening.index(name) for other in before if other in opening)


def held_until(chart: Chart, records: list[dict]) -> None:
    """Every state holds exactly as long as the simulation says of one that is published then."""
    ended = [r for r in records if r["what"] == "turn_ended" and r["data"]["outcome"] == "done"]
    assert ended
    for record in ended:
        until = record["data"]["state"]["good_until"]
        assert (at(until) if until else None) == good_until(
            chart, chart.seats[record["seat"]], at(record["at"])
        )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
