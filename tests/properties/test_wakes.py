"""Every promised wake ends once: as ran, skipped or missed, with a reason, whatever happens meanwhile."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.core.cadence import is_elapsed, slots
from fleet.core.chart import Chart, Seat
from fleet.store.chart import load
from fleet.testing import MONDAY, Rig, chart_text

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
JUMP_HELD = timedelta(seconds=45)
DAY = timedelta(days=1)
QUIET = "\nreads: [founder]\nskip_if: nothing new\ngood_for: 30h"

CADENCES = st.lists(
    st.sampled_from(
        [
            *("every 10m", "every 45m from 07:10 to 09:00", "every 1h", "every 3h from 22:00 to 04:00"),
            *("every 5h on weekdays", "every 24h", "every day at 07:15", "every day at 02:30 and 23:59"),
            *("mondays and thursdays at 06:30", "the last day of the month at 12:00", "weekdays at 06:05"),
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
ZONES = st.sampled_from(["America/New_York", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin"])
MISSED = st.sampled_from(["skip", "run once", "run once if under 30m late", "run all"])
BEGIN = st.sampled_from(
    [MONDAY, datetime(2026, 10, 31, 23, 0, tzinfo=UTC), datetime(2026, 3, 8, 4, 30, tzinfo=UTC)]
)
SPANS = st.sampled_from(
    [timedelta(minutes=m) for m in (1, 10, 25, 61, 180, 300)] + [timedelta(hours=9), 2 * DAY]
)
STEPS = st.sampled_from(
    [timedelta(minutes=m) for m in (-1, -25, -60, -200, -400, 2, 90)] + [timedelta(days=d) for d in (-2, 3)]
)
PASSING = st.tuples(
    st.sampled_from(["advance", "advance", "restart", "kill", "pause", "pause all", "hold"]), SPANS
)
STEPPING = st.tuples(st.just("step"), STEPS)
EVENTS = st.builds(
    lambda before, step, after, again: [*before, *step, *after, *again],
    st.lists(PASSING, min_size=1, max_size=3),
    st.lists(STEPPING, max_size=1),
    st.lists(PASSING, min_size=1, max_size=2),
    st.lists(st.one_of(PASSING, STEPPING), max_size=2),
)


@dataclass
class Told:
    """What the ledger says of one promised wake."""

    slot: datetime
    n: int
    ends: list[str]


def read_chart(rig: Rig) -> Chart:
    chart, mistakes = load(lambda path: rig.path(path).read_bytes(), lambda pattern: [])
    assert chart is not None, mistakes
    return chart


def play(rig: Rig, events: list[tuple[str, timedelta]]) -> None:
    rig.start()
    for what, span in events:
        match what:
            case "advance":
                rig.advance(span)
            case "restart":
                rig.stop().clock.advance(span)
                rig.start()
            case "kill":
                rig.hold("one").advance(timedelta(minutes=5)).kill().clock.advance(span)
                rig.start()
            case "step":
                rig.step(span).advance(JUMP_HELD)
            case "pause" | "pause all":
                seat = {"seat": "one"} if what == "pause" else {}
                rig.ask("pause", because="a test", **seat)
                rig.advance(span)
                rig.ask("resume", **seat)
            case "hold":
                rig.hold("one").advance(span)
                rig.release("one")
    rig.advance(minutes=2)


def told(records: list[dict[str, Any]], seat: str) -> dict[str, Told]:
    """Follow each promised wake of a seat by its id; a wake that is recorded as due twice fails."""
    found: dict[str, Told] = {}
    for record in records:
        data, what = record["data"], record["what"]
        if record.get("seat") != seat:
            continue
        if "slot" in data:
            assert data["wake"] not in found, f"{data['wake']} was recorded twice"
            found[data["wake"]] = Told(datetime.fromisoformat(data["slot"]), record["n"], [])
        if what in ("wake_skipped", "wake_missed"):
            assert data["reason"]
            if data["wake"] in found:
                found[data["wake"]].ends.append(what)
        if what == "turn_started":
            for wake in data["wakes"]:
                if wake in found:
                    found[wake].ends.append("ran")
    return found


def frames(records: list[dict[str, Any]]) -> Iterator[tuple[datetime, datetime, bool, int]]:
    """Cut the observed time where the clock was put back: from, to, whether by over a day, and the last record."""
    begin = at(next(r for r in records if r["what"] == "revision"))
    last, over_a_day = begin, True
    for record in records:
        if record["what"] == "clock_step" and record["data"]["by_s"] < 0:
            yield begin, last, over_a_day, record["n"]
            begin, over_a_day = at(record), record["data"]["by_s"] < -86_400
        last = at(record)
    yield begin, last, over_a_day, records[-1]["n"]


def at(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["at"].replace("Z", "+00:00"))


def promised(chart: Chart, seat: Seat, records: list[dict[str, Any]]) -> Counter[datetime]:
    """Count how often each instant was promised, by the cadences alone."""
    counted: Counter[datetime] = Counter()
    seen = datetime.min.replace(tzinfo=UTC)  # the last instant that fixed times are accounted up to
    for begin, end, over_a_day, _ in frames(records):
        here: set[datetime] = set()
        seen = begin if over_a_day else max(seen, begin)
        for cadence in seat.clocks:
            after = begin if is_elapsed(cadence) else seen
            here |= set(slots(cadence, chart.calendar, after, end))
        seen = max(seen, end)
        counted.update(here)
    return counted


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
@given(
    cadences=st.tuples(CADENCES, CADENCES),
    zone=ZONES,
    missed=st.tuples(MISSED, MISSED),
    quiet=st.booleans(),
    failing=st.booleans(),
    begin=BEGIN,
    events=EVENTS,
)
def test_every_promised_wake_ends_once_with_a_reason(
    cadences: tuple[list[str], list[str]],
    zone: str,
    missed: tuple[str, str],
    quiet: bool,
    failing: bool,
    begin: datetime,
    events: list[tuple[str, timedelta]],
) -> None:
    one, two = (f"when: [{', '.join(c)}]\nmissed: {m}" for c, m in zip(cadences, missed, strict=True))
    seats = {
        "one": f"{one}\nretries: 1",
        "two": f"{two}\nrun: {'ls nothing' if failing else 'echo done'}{QUIET if quiet else ''}",
    }
    text = chart_text(seats, head=f"timezone: {zone}")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Rig(Path(folder), text, at=begin) as rig:
        rig.write("seats/one/work/quiet", "")
        play(rig, events)
        records, chart = rig.ledger(), read_chart(rig)
    for name in seats:
        check(chart, name, records)
    chained(records)


def check(chart: Chart, name: str, records: list[dict[str, Any]]) -> None:
    found = told(records, name)
    ends = {wake: one.ends for wake, one in found.items()}
    assert {wake: end for wake, end in ends.items() if len(end) != 1} == {}
    accounted = Counter(one.slot for one in found.values())
    shared = sum(r["data"]["count"] - 1 for r in records if r.get("seat") == name and "count" in r["data"])
    wanted = promised(chart, chart.seats[name], records)
    if shared:
        assert sum(accounted.values()) + shared == sum(wanted.values())
        assert not accounted - wanted
    else:
        assert accounted == wanted


def chained(records: list[dict[str, Any]]) -> None:
    """The numbers have no gap, and no time goes back but where a step is told."""
    assert [r["n"] for r in records] == list(range(1, len(records) + 1))
    for before, after in pairwise(records):
        told_back = after["what"] in ("clock_step", "checkpoint", "started", "revision", "turn_ended")
        assert at(after) >= at(before) or told_back, after
