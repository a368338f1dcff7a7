"""What the tests of acting share: offers, and what the ledger says of an action."""

from __future__ import annotations

import json
from typing import Any

from fleet.testing import Rig

SEAT = "when: when asked\ngood_for: 24h\ncan: {do: [act]}"
"""A seat that may do one kind of action."""
HOLDS = '[ -p "gate.$FLEET_ACTION_ID" ] && read -r _ <"gate.$FLEET_ACTION_ID"\n'
"""The beginning of a program that a rig can hold."""


def result(*actions: dict[str, Any], **more: Any) -> str:
    """Give a turn that offers actions; those without a kind are an `act`."""
    offers = [{"kind": "act", **action} for action in actions]
    text = json.dumps({"headline": "offered first", "actions": offers, **more})
    return f"cat <<'RESULT'\n{text}\nRESULT"


def offer(rig: Rig, *actions: dict[str, Any], seat: str = "dirk", **more: Any) -> Rig:
    """Have a seat offer actions in a turn of its own, and let what follows come to rest."""
    if rig.daemon is None:
        rig.does(seat, result(*actions, **more))
        return rig.start()
    headline = (
        f"offered after {len(rig.records('turn_started'))} turns"  # the same result again would be empty
    )
    rig.does(seat, result(*actions, headline=headline, **more))
    rig.ask("wake", seat=seat)
    return rig


def program(rig: Rig, text: str, name: str = "act.sh") -> Rig:
    """Write the program of an action; the chart runs it with `sh`."""
    rig.write(name, text if text.endswith("\n") else f"{text}\n")
    return rig


def said(rig: Rig, identity: str, *whats: str) -> list[dict[str, Any]]:
    """Give the data of the ledger's records of an action."""
    return [one["data"] for one in rig.records(*whats) if one["data"].get("id") == identity]


def came(rig: Rig, identity: str = "a-1") -> dict[str, Any]:
    """Give the last outcome of an action."""
    return said(rig, identity, "action_outcome")[-1]


def outcomes(rig: Rig, identity: str = "a-1") -> list[str]:
    """Give all outcomes of an action, in order."""
    return [one["outcome"] for one in said(rig, identity, "action_outcome")]


def verdicts(rig: Rig, identity: str = "a-1") -> list[str]:
    """Give all verdicts on an action, in order."""
    return [one["verdict"] for one in said(rig, identity, "verdict")]


def story(rig: Rig) -> list[str]:
    """Give what was judged, begun and ended, in the order of the ledger."""
    kinds = {"verdict": "verdict", "action_intent": "", "action_outcome": "outcome"}
    return [
        f"{one['data']['id']} {one['data'].get(kinds[one['what']], 'begins')}" for one in rig.records(*kinds)
    ]


def corrections(rig: Rig, seat: str = "dirk") -> list[str]:
    """Give what the last brief of a seat said of its refused and failed actions."""
    return [note["says"] for note in rig.brief(seat)["corrections"]]


def answers(rig: Rig, seat: str = "dirk") -> list[str]:
    """Give what the last brief of a seat said of its actions that were done, and of people's answers."""
    return [note["says"] for note in rig.brief(seat)["answers"]]
