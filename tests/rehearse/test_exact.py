"""`fleet simulate` is exact: a rehearsal of the same days wakes the same seats at the same instants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rehearse.stand import Stand

BUSY = {
    "dash": "when: [every 30m from 06:00 to 09:00 on weekdays, every day at 23:30]",
    "pulse": "when: [weekdays at 07:15, when dash publishes]\nreads: [dash]",
    "dirk": "when: [mondays and thursdays at 10:00, the 1st of the month at 09:00]",
    "nick": 'when: [cron: "*/45 8-10 * * 1-5"]',
    "lazy": "when: [weekends at 12:00, when mail arrives]",
}
NIGHT = {
    "dash": "when: [every 20m from 00:00 to 04:00, every day at 01:30 and 02:30]",
    "pulse": "when: [every 1h, when dash publishes]\nreads: [dash]",
    "dirk": "when: [every day at 02:00, every 90m from 22:00 to 05:00]",
}
CHARTS = {"busy": BUSY, "night": NIGHT}
SPANS = [
    # chart, zone, start, span
    ("busy", "America/New_York", "2026-11-27", "5d"),  # over a weekend, into a month
    ("busy", "Europe/Berlin", "2026-12-30", "4d"),  # over the year's end
    ("night", "America/New_York", "2026-11-01", "1d"),  # the hour from 01:00 is repeated
    ("night", "America/New_York", "2026-03-08", "1d"),  # the hour from 02:00 is skipped
    ("night", "Australia/Lord_Howe", "2026-04-04 20:00", "1d"),  # put back by half an hour
    ("night", "UTC", "2026-11-23 01:30", "26h"),  # begins in the middle, at a wake's own instant
]


@pytest.mark.parametrize(("chart", "zone", "start", "span"), SPANS, ids=lambda value: str(value))
def test_the_wakes_of_both_are_the_same(make: Any, chart: str, zone: str, start: str, span: str) -> None:
    stand: Stand = make(CHARTS[chart], head=f"timezone: {zone}", tail="")
    window = ["--from", start, "--for", span]
    foretold = stand.call("simulate", *window, "--json")
    assert foretold.code == 0, foretold.err
    wakes = [(datetime.fromisoformat(one["at"]), one["seat"]) for one in foretold.data["wakes"]]
    came = stand.rehearse("", *window)
    assert came.code == 0, came.err
    rehearsed = [
        (datetime.fromisoformat(record["at"].replace("Z", "+00:00")), record["seat"])
        for record in stand.copy().records("wake_due")
    ]
    assert len(wakes) > 5
    assert sorted(set(rehearsed)) == sorted(set(wakes))
    assert came.data["missed"] == []
