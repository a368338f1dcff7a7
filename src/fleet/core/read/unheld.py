"""Unheld: seats that require walls, or a user, which the machine that checks the chart does not have."""

from __future__ import annotations

from collections.abc import Callable

from fleet.core.chart import Chart, Seat
from fleet.core.read.found import Found

Unheld = Callable[[Seat], str]
"""Says why a seat's turn could not start here; "" if it could."""


def note_unheld(chart: Chart, found: Found, unheld: Unheld) -> None:
    """Warn of each seat whose turns would not start on this machine."""
    for seat in chart.seats.values():
        why = unheld(seat) if seat.is_apart and seat.holder.is_agent else ""
        if why:
            key = "user" if "`user:" in why else "sandbox"
            paths = (("seats", seat.id, key), ("defaults", key))
            place = next((chart.places[path] for path in paths if path in chart.places), seat.place)
            what = f"no turn of {seat.id} would start on this machine"
            found.say("F259", place, what, why=why.partition("; no process")[0], level="warning")
