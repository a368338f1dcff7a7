"""The seats of scenes 4 and 5: the real Tally, Dash and Radar, and sources that print what they are told."""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta
from functools import cache
from typing import Any

from scenes.agency import REPOSITORY, Agency

from sneeze.ads import ADS_COLUMNS, ads
from sneeze.books import render
from sneeze.generate import books_for

REAL = {"dash": "python -B agent.py", "tally": "python -B agent.py"}
DASH = """
title: Analytics
run: sh agent.sh
answers_to: bogdan
when: [every day at 06:45, when asked]
reads: [{path: data/ads/daily.csv, fresh_within: 26h}]
retries: 0
"""
TALLY = """
title: Scorecard
run: sh agent.sh
answers_to: bogdan
when: [weekdays at 10:15 and 12:15 and 15:15 and 18:00, when asked]
skip_if: never
good_for: 3d
"""
PLANNED = {"pulse": "title: Client Retention", "dirk": "title: Sales", "nick": "title: Cold Prospecting"}
"""Whom the conflicts of the agency name, where a scene has no use for them."""
BOGDAN = "title: COO\nperson: Bogdan\nanswers_to: founder\nreads: [radar, tally]"


def real(agency: Agency) -> Agency:
    """Put the programs of the example into the seats that are laid out."""
    for seat, command in REAL.items():
        if not agency.path(f"seats/{seat}").exists():
            continue
        for path in (REPOSITORY / "seats" / seat).iterdir():
            if path.is_file() and path.name != "SEAT.md":
                shutil.copy(path, agency.path(f"seats/{seat}/{path.name}"))
        agency.always(seat, f"exec {command}")
    return agency


def sources(agency: Agency, rows: list[tuple[str, str, str]]) -> None:
    """Say from where Tally moves which metric."""
    lines = [",".join(row) for row in [("metric", "seat", "key", "time"), *((*row, "as_of") for row in rows)]]
    agency.write("seats/tally/sources.csv", "\n".join(lines) + "\n")


@cache
def _rows(day: date) -> list[list[str]]:
    books = books_for(7, date(2026, 11, 30), calm=True)
    return ads(books.world, books.schedule, day)


def ads_up_to(agency: Agency, last: str) -> None:
    """Let the ad data end with a day."""
    end = date.fromisoformat(last)
    days = [end - timedelta(days=back) for back in range(59, -1, -1)]
    agency.write("data/ads/daily.csv", render(ADS_COLUMNS, [row for day in days for row in _rows(day)]))
    os.utime(agency.path("data/ads/daily.csv"), (agency.clock.now().timestamp(),) * 2)


def spend_of(day: str) -> str:
    """Add a day up as nobody in the fleet does it."""
    return f"{sum(float(row[4]) for row in _rows(date.fromisoformat(day))):.2f}"


def rows_of(agency: Agency, metric: str, *, seat: str = "tally") -> list[dict[str, str]]:
    """List what stands on the scorecard of one metric, over all weeks."""
    found = []
    for path in sorted(agency.path("scorecard").glob("*.csv")):
        header, *lines = path.read_text().splitlines()
        rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
        found += [row for row in rows if row["metric"] == metric and row["seat"] == seat]
    return found


def alerts(agency: Agency, day: str) -> list[dict[str, Any]]:
    """List the letters about Tally's escalations that Bogdan got on a day."""
    raised = {r["data"]["matter"] for r in agency.records("escalation_step", seat="tally")}
    letters = [one for one in agency.mail("bogdan") if one.get("with", {}).get("matter") in raised]
    return [one for one in letters if one["sent"].startswith(day)]


def item(agency: Agency, metric: str) -> dict[str, Any]:
    """Give what Tally's state says of one row."""
    items: list[dict[str, Any]] = agency.state("tally")["items"]
    return next(one for one in items if one["about"] == f"metric:{metric}")
