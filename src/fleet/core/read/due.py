"""Due: seats whose day of review is past; told to who checks by hand, for it needs to know today."""

from __future__ import annotations

from datetime import date

from fleet.core.chart import Chart
from fleet.core.read.found import Found
from fleet.core.read.look import place_of


def note_due(chart: Chart, found: Found, today: date) -> None:
    """Warn of each seat that should have been looked at before today."""
    for seat in chart.seats.values():
        if seat.review is not None and seat.review < today:
            place = place_of(chart, ("seats", seat.id, "review"), seat.place)
            what = f"{seat.id} was to be reviewed by {seat.review}"
            why = "nobody has said since whether it is still to be there, and to be allowed what it is"
            found.say("F256", place, what, why=why, tries=("review: LATER DAY",), level="warning")
