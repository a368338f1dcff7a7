"""Storms at random: whoever writes to whom, wakes whom, and answers how, it comes to an end."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from storms.sky import Sky

from fleet.core.brief import Brief
from fleet.core.chart import HOPS_AT_MOST
from fleet.testing import chart_text

SEATS = ["a", "b", "c", "d"]
TYPES = ["INFORM", "REQUEST", "CHALLENGE", "RESPONSE"]
LIMITS = "limits: {messages_an_hour: 12, fan_out: 3, wakes_an_hour: 20, turns_at_once: %d}"
MEMORY = "/dev/shm"

FLEETS = st.fixed_dictionaries(
    {
        "hears": st.lists(st.sets(st.sampled_from(SEATS), max_size=3), min_size=4, max_size=4),
        "mailed": st.lists(st.booleans(), min_size=4, max_size=4),
        "above": st.lists(st.booleans(), min_size=4, max_size=4),
        "at_once": st.integers(1, 4),
        "seed": st.integers(0, 2**32),
    }
)


def chart_of(fleet: dict[str, Any]) -> str:
    seats = {}
    for number, name in enumerate(SEATS):
        when = ["every day at 09:00", "when an escalation arrives"]
        when += [f"when {other} publishes" for other in sorted(fleet["hears"][number] - {name})]
        when += ["when mail arrives"] if fleet["mailed"][number] else []
        boss = SEATS[number - 1] if number and fleet["above"][number] else "founder"
        seats[name] = f"when: [{', '.join(when)}]\nanswers_to: {boss}"
    return chart_text(seats, head=LIMITS % fleet["at_once"])


def says(chance: random.Random, brief: Brief) -> dict[str, Any]:
    """Answer, ask, forward and escalate at random."""
    found = []
    for _ in range(chance.randrange(6)):
        told: dict[str, Any] = {"to": chance.choice([*SEATS, "founder"]), "type": chance.choice(TYPES)}
        told["body"] = chance.choice([brief.turn, "again"])
        if brief.mail and chance.random() < 0.6:
            told["reply_to"] = chance.choice([*(m.id for m in brief.mail), "m-1", "m-77777"])
        if told["to"] != brief.seat:
            found.append(told)
    raised = [{"because": chance.choice([f"Help {brief.turn}", "Help"])}] if chance.random() < 0.2 else []
    return {"messages": found, "escalate": raised}


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(FLEETS)
def test_any_fleet_settles_into_its_promised_wakes(fleet: dict[str, Any]) -> None:
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="fleet-", dir=place) as root,
        Sky(Path(root), chart_of(fleet)) as sky,
    ):
        _goes(sky, random.Random(fleet["seed"]))


def _goes(sky: Sky, chance: random.Random) -> None:
    sky.start().holds(lambda brief: says(chance, brief))
    sky.ask("send", to="a", body="Hello")
    sky.advance(hours=2)
    turns, sent = sky.turns(), sky.sent()
    # Two hours of the clock and a bit, and no more than that: each sender's quota, each seat's wakes.
    assert sent <= 1 + len(SEATS) * 12 * 3
    assert turns <= len(SEATS) * (1 + 20 * 3)
    assert len(sky.records("verdict")) <= 2 * turns
    # Left to themselves, each day is like the other: promised wakes, and at most eight hops of publishing after each.
    sky.holds(lambda brief: {}).advance(hours=12)
    sky.advance(hours=48)  # what is unanswered climbs, and wakes whom it comes to
    first, second = sky.quiet(hours=24), sky.quiet(hours=24)
    assert first == second and first[1] == 0
    assert len(SEATS) <= first[0] <= len(SEATS) * 2 * (HOPS_AT_MOST + 1)
    told = [subject for subject in sky.letters() if subject.endswith("without end")]
    assert len(told) <= 5, "one letter a day"
    assert len([one for one in sky.ask("status")["troubles"] if one.get("next")]) <= 1, "one line"
