"""Rungs: whether an escalation comes to somebody who hears of it, and in time."""

from __future__ import annotations

from datetime import timedelta

from fleet.core.chart import Chart, Ladder
from fleet.core.read.found import Found
from fleet.core.read.look import place_of
from fleet.core.span import say_span

LAPSE = timedelta(hours=24)
"""When an action that waits lapses, if it says nothing else: consequence.LAPSES_AFTER, which is not read here."""
OF_ACTIONS = "usual"
"""The ladder that actions which wait climb."""


def rungs(chart: Chart, found: Found) -> None:
    """Note ladders whose last person nothing tells, and rungs that an action never reaches."""
    reached = any(seat.holder.reach for seat in chart.seats.values())
    for ladder in chart.ladders.values():
        if reached:
            _unheard(chart, ladder, found)
        if ladder.name == OF_ACTIONS:
            _too_late(chart, ladder, found)


def _unheard(chart: Chart, ladder: Ladder, found: Found) -> None:
    """A person is reached by a command, or at a login; where some are, the last of a ladder should be, too.

    Every person has an inbox besides, so a fleet in which nobody has either is left alone.
    """
    last = chart.seats.get(ladder.rungs[-1].to) if ladder.rungs else None
    if last is None or not last.holder.is_person or last.holder.reach or last.holder.login:
        return
    place = place_of(chart, ("escalation", ladder.name, last.id), ladder.place)
    what = f"the escalation {ladder.name} ends at {last.id}, who has neither `reach` nor `login`"
    why = "others here are told; this inbox waits until somebody looks into it"
    second = last.place, f"{last.id} has neither here"
    tries = ("reach: [{run: COMMAND}]",)
    found.say("F250", place, what, why=why, tries=tries, second=second, level="warning")


def _too_late(chart: Chart, ladder: Ladder, found: Found) -> None:
    late = next((rung for rung in ladder.rungs if rung.after >= LAPSE), None)
    if late is None:
        return
    place = place_of(chart, ("escalation", ladder.name, late.to), ladder.place)
    what = f"{late.to} is told after {say_span(late.after)}, and an action that waits lapses after 24h"
    why = "there is nothing left to decide then; what lapses comes back to its seat"
    found.say("F250", place, what, why=why, tries=("waits of less than 24h in all",), level="warning")
