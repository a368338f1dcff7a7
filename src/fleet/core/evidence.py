"""Evidence: what a verdict names as what it saw, in words; and which seats that concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fleet.core.codec import Json
from fleet.core.moment import read_near
from fleet.core.record import Record
from fleet.core.verdict import Step

SHA_SHOWN = 6


def payload_of(chain: Sequence[Record]) -> Json:
    """Give the payload of an action by its records, newest first: the one last put in its place, or its own."""
    edits = (record.data["with"] for record in chain if record.data.get("answer") == "edited")
    return next(edits, chain[-1].data.get("with"))


def say_evidence(item: Json, now: datetime) -> str:
    """Say one piece of evidence; `now` has the zone."""
    if not isinstance(item, Mapping):
        return str(item)
    for key, teller in _TELLERS.items():
        if key in item:
            return teller(item, now)
    return ", ".join(f"{key} {value}" for key, value in item.items())


def _claim(item: Mapping[str, Any], now: datetime) -> str:
    until = f" until {read_near(item['until'], now)}" if item.get("until") else ", with no end"
    return f"{item['by']} claims {item['claim']} since {read_near(item.get('since'), now)}{until} ({item.get('turn')})"


def _state(item: Mapping[str, Any], now: datetime) -> str:
    if item.get("missing"):
        return f"{item['state']} has published no state"
    fresh = "fresh" if item.get("fresh") else "not to be relied on"
    said = f': "{item["headline"]}"' if item.get("headline") else ""
    return f"{item.get('path')} of {item.get('turn')}, published {read_near(item.get('written'), now)}, {fresh}{said}"


def _message(item: Mapping[str, Any], now: datetime) -> str:
    path = f", {item['path']}" if item.get("path") else f" to {item.get('to')}"
    return f"{item['message']} {item.get('type', '')} from {item.get('from', '')}{path}"


def _action(item: Mapping[str, Any], now: datetime) -> str:
    whose = f" of {item['seat']}" if item.get("seat") else ""
    on = f" on {item['on']}" if item.get("on") else ""
    at = f" at {read_near(item['at'], now)}" if item.get("at") else ""
    asked = " and ".join(f"{who} in {m}" for m, who in (item.get("asked_for") or {}).items())
    return f"{item['action']}{whose}{on}{at}" + (f", asked for by {asked}" if asked else "")


def _subject(item: Mapping[str, Any], now: datetime) -> str:
    of = ", ".join(item.get("of") or ()) or "nobody that is known"
    return f"{item['subject']} belongs to {of}, says {item.get('file') or 'no table'}"


def _file(item: Mapping[str, Any], now: datetime) -> str:
    is_now = f"is {str(item['now'])[:SHA_SHOWN]} now" if item.get("now") else "is gone now"
    return f"{item['file']} was {str(item.get('offered'))[:SHA_SHOWN]} when it was offered and {is_now}"


def _pause(item: Mapping[str, Any], now: datetime) -> str:
    return f"{item['pause']} is paused by {item.get('by')} since {read_near(item.get('since'), now)}"


def _rule(item: Mapping[str, Any], now: datetime) -> str:
    on = f", on {' and '.join(map(str, item['on']))}" if item.get("on") else ""
    came = f", came to: {item['error']}" if item.get("error") else " is met"
    return f"{item.get('if')}{came}{on}"


def _metric(item: Mapping[str, Any], now: datetime) -> str:
    return f"{item['metric']} is {item.get('value')}, of {item.get('turn')}"


_TELLERS = {
    "rule": _rule,
    "metric": _metric,
    "claim": _claim,
    "state": _state,
    "message": _message,
    "action": _action,
    "subject": _subject,
    "file": _file,
    "pause": _pause,
}


DECIDES = {
    Step.PAUSE: ("pause",),
    Step.ONCE: ("action",),
    Step.KNOWN: ("subject",),
    Step.READ: ("message",),
    Step.CONFLICTS: ("claim", "action"),
    Step.RULES: ("rule",),
}
"""The sort of evidence on which each step decides; states are looked at by many and stand behind it."""


def decided(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Pick from the data of a verdict the evidence that decided, and leave out what was merely looked at."""
    keys = DECIDES.get(data.get("step", 0), ())
    found = [item for item in data.get("evidence") or () if isinstance(item, Mapping)]
    return [item for item in found if any(key in item for key in keys)]


def concerned(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the seats whose claim, touch, mail or state decided a verdict, given by its record's data."""
    if data.get("blind"):
        return tuple(data["blind"])
    names: list[str] = []
    for item in decided(data) if data.get("step") in (Step.ONCE, Step.READ, Step.CONFLICTS) else ():
        waits = item.get("to") if item.get("type") == "CHALLENGE" and not item.get("path") else None
        names.append(str(waits or item.get("by") or item.get("seat") or item.get("from") or ""))
    return tuple(dict.fromkeys(name for name in names if name))
