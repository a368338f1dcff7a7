"""Story: what became of one action, record by record, in words that a manager would use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fleet.core.codec import Json
from fleet.core.moment import read_near
from fleet.core.record import Record
from fleet.core.span import round_span

OUTPUT_SHOWN = 120
"""Characters of an action's output that one sentence quotes."""
VALUE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, as it is told: who did it, what was done, and where that is written."""

    at: datetime
    n: int
    what: str
    who: str
    says: str
    place: str = ""
    rule: str = ""
    evidence: tuple[Json, ...] = ()


def step(record: Record, now: datetime) -> Step | None:
    """Tell one record of an action; None for one that only repeats what another says. `now` has the zone."""
    teller = _TELLERS.get(record.what)
    if teller is None:
        return None
    data = record.data
    return Step(
        at=record.at,
        n=record.n,
        what=record.what,
        who=_who(record),
        says=teller(record, now),
        place=str(data.get("place") or ""),
        rule=str(data.get("rule") or ""),
        evidence=tuple(data.get("evidence") or ()),
    )


def _who(record: Record) -> str:
    if record.what == "approval_answered":
        return str(record.data.get("by", ""))
    if record.what == "verdict" and record.data.get("verdict") in (
        "allow",
        "ask",
        "hold",
        "refuse",
        "lapsed",
    ):
        return "gate"
    if record.what == "escalation_step":
        return "fleet"
    return record.seat or "fleet"


def came(record: Record, now: datetime) -> str:
    """Say what a record of an action says, without a place."""
    teller = _TELLERS.get(record.what)
    return teller(record, now) if teller is not None else record.what


def _offer(record: Record, now: datetime) -> str:
    data = record.data
    why = f': "{_line(data["because"])}"' if data.get("because") else ""
    asked = data.get("asked_for") or {}
    for_ = f", asked for by {' and '.join(f'{who} in {m}' for m, who in asked.items())}" if asked else ""
    outside = ", having read text that strangers can write" if data.get("outside") else ""
    return f"{record.seat} offered it in {record.turn}{for_}{outside}{why}"


def _verdict(record: Record, now: datetime) -> str:
    data = record.data
    reason = _line(data.get("reason", ""))
    word = data.get("verdict", "")
    if word == "ask":
        return f"put to {data.get('person', 'a person')}: {reason}"
    if word == "kept":
        return f"{record.seat} read what held it and kept it, in {record.turn}"
    if word == "joined":
        return f"{record.turn} of {record.seat} offered the same again, which joined it"
    if word == "withdrawn":
        return f"withdrawn in {record.turn}: {reason}"
    said = {"allow": "allowed", "hold": "held", "refuse": "refused", "lapsed": "lapsed"}.get(word, word)
    return f"{said}: {reason}"


def _answered(record: Record, now: datetime) -> str:
    data = record.data
    why = f": {_line(data['because'])}" if data.get("because") else ""
    asked = data.get("asked")
    for_ = f" in place of {asked}" if asked and asked != data["by"] else ""
    said = {
        "yes": "said yes",
        "no": "said no",
        "edited": f"changed {changed(data)} and said yes",
        "again": "said to run it again",
        "happened": "said that it happened",
        "leave": "left it as it is",
    }.get(data["answer"], data["answer"])
    return f"{data['by']}{for_} {said}{why}"


def changed(data: Mapping[str, Any]) -> str:
    """Say which keys of a payload an answer changed, from what to what."""
    old, new = data.get("before") or {}, data.get("with") or {}
    said = []
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            said.append(f"{key} away")
        elif key not in old:
            said.append(f"{key} to {_short(new[key])}")
        elif old[key] != new[key]:
            said.append(f"{key} from {_short(old[key])} to {_short(new[key])}")
    return ", ".join(said) or "nothing"


def _intent(record: Record, now: datetime) -> str:
    data = record.data
    yes = f", on the yes of {' and '.join(data['yes'])}" if data.get("yes") else ""
    again = f", try {data['try']}" if data.get("try", 1) > 1 else ""
    return f"begun{again}{yes}: {_line(data.get('runs') or '')}"


def _outcome(record: Record, now: datetime) -> str:
    data = record.data
    took = f" after {round_span(timedelta(seconds=data['took_s']))}" if data.get("took_s", 0) >= 1 else ""
    if data["outcome"] == "done":
        code = f"exit {data['exit']}" if "exit" in data else f"status {data.get('status', '-')}"
        said = f': "{_first(data["output"])}"' if _first(data.get("output", "")) else ""
        return f"done, {code}{took}{said}"
    why = _line(data.get("why", ""))
    if data["outcome"] == "failed":
        return f"failed{took}: {why}"
    if data.get("again_at"):
        then = f"it is safe to repeat, so it is tried again at {read_near(data['again_at'], now)}"
    else:
        then = f"{data.get('person') or 'a person'} is asked what became of it"
    return f"nobody knows whether it happened: {why}; {then}"


def _step(record: Record, now: datetime) -> str:
    data = record.data
    return f"{data['to']} was told in {data['message']}: {_line(data.get('subject', ''))}"


_TELLERS: Mapping[str, Callable[[Record, datetime], str]] = {
    "offer": _offer,
    "verdict": _verdict,
    "approval_answered": _answered,
    "action_intent": _intent,
    "action_outcome": _outcome,
    "escalation_step": _step,
}


def _line(text: Any) -> str:
    return " ".join(str(text).split())


def _first(text: str) -> str:
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= OUTPUT_SHOWN else f"{line[:OUTPUT_SHOWN]}..."


def _short(value: Json) -> str:
    text = _line(value)
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}..."
