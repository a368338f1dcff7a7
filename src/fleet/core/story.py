"""Story: what happened, record by record, in words that a manager would use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
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
    """Tell one record; None for one that only repeats what another says. `now` has the zone."""
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
    if record.what in ("escalation_step", "wake_skipped", "wake_missed", "wake_due", "trouble"):
        return "fleet"
    if record.what in ("pause", "resume"):
        return str(record.data.get("by", ""))
    if record.what == "told":
        return "fleet"
    return record.seat or str(record.data.get("from") or record.data.get("who") or "fleet")


def came(record: Record, now: datetime) -> str:
    """Say what a record says, without a place."""
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
            said.append(f"{key} removed")
        elif key not in old:
            said.append(f"{key} to {_short(new[key])}")
        elif old[key] != new[key]:
            said.append(f"{key} from {_short(old[key])} to {_short(new[key])}")
    return ", ".join(said) or "nothing"


def _intent(record: Record, now: datetime) -> str:
    data = record.data
    yes = f", on the yes of {' and '.join(dict.fromkeys(data['yes']))}" if data.get("yes") else ""
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
    how = "was told with others" if data.get("merged") else "was told"
    return f"{data['to']} {how} in {data['message']}: {_line(data.get('subject', ''))}"


def _started(record: Record, now: datetime) -> str:
    data = record.data
    again = f", after {data['attempt']} that failed" if data.get("attempt") else ""
    why = "; ".join(data.get("woken_by") or ("nothing on record",))
    origins = data.get("origins", ())
    stamped = f"; given text that strangers can write: {'; '.join(origins)}" if origins else ""
    return f"{record.turn} began{again}, because of: {why}{stamped}"


def _ended(record: Record, now: datetime) -> str:
    data = record.data
    says = _line(data.get("headline") or "" if data["outcome"] == "done" else data.get("why") or "")
    if data.get("by"):
        return f"{data['by']} published it for {record.seat}: {says}".rstrip(": ")
    took = f" after {round_span(timedelta(seconds=data.get('took_s', 0)))}"
    again = f"; tried again at {read_near(data['retry_at'], now)}" if data.get("retry_at") else ""
    return f"{record.turn} {data['outcome']}{took}{f': {says}' if says else ''}{again}"


def _wake(record: Record, now: datetime) -> str:
    data = record.data
    said = {"wake_due": "due", "wake_skipped": "skipped", "wake_missed": "missed"}[record.what]
    slot = f" of {read_near(data['slot'], now)}" if data.get("slot") else ""
    more = f" and {data['count'] - 1} before it" if data.get("count", 1) > 1 else ""
    later = f", not before {read_near(data['after'], now)}" if data.get("after") else ""
    return f"wake{slot}{more} {said}{later}: {_line(data.get('reason', ''))}"


def _message(record: Record, now: datetime) -> str:
    data = record.data
    turn = f" in {record.turn}" if record.turn else ""
    reply = f", in answer to {data['reply_to']}" if data.get("reply_to") else ""
    outside = ", which strangers may have written" if data.get("outside") else ""
    subject = f': "{_line(data["subject"])}"' if data.get("subject") else ""
    return f"{data['from']} sent {data['id']} {data['type']} to {data['to']}{turn}{reply}{outside}{subject}"


def _message_done(record: Record, now: datetime) -> str:
    data = record.data
    box = {"dead": "was set aside", "new": "was put back"}.get(data.get("box", ""), "was put into done")
    return f"{data['id']} {box}: {_line(data.get('why', ''))}".rstrip(": ")


def _told(record: Record, now: datetime) -> str:
    data = record.data
    by = f" by {', '.join(data['by'])}" if data.get("by") else ""
    why = f": {_line(data['why'])}" if data.get("why") else ""
    return f"{data.get('to')} {'was' if by else 'could not be'} told of {data['id']}{by}{why}"


def _claim(record: Record, now: datetime) -> str:
    data = record.data
    if data.get("on") == "given up":
        return f"{record.seat} gave up its claim on {data['about']}"
    until = f" until {read_near(data['until'], now)}" if data.get("until") else ""
    why = f": {_line(data['because'])}" if data.get("because") else ""
    return f"{record.seat} claims {data['about']}{until}{why}"


def _value(record: Record, now: datetime) -> str:
    data = record.data
    held = f", held: {_line(data['held'])}" if data.get("held") else ""
    return f"{record.seat} reported {data.get('metric')} {data.get('value')}{held}"


def _revision(record: Record, now: datetime) -> str:
    data = record.data
    words = ("added", "changed", "gone")
    parts = "; ".join(f"{word} {', '.join(data[word])}" for word in words if data.get(word))
    again = f", which is {data['back_to']} again" if data.get("back_to") else ""
    yes = ", on a yes" if data.get("applied") and not again else ""
    why = f', because "{_line(data["because"])}"' if data.get("because") else ""
    by = f"by {data.get('who', 'unknown')}{again}{yes}{why}"
    waits = "; ".join(_line(wait["says"]) for wait in data.get("waits", ()))
    if data.get("base"):
        gone = f", but for what is gone: {', '.join(data['gone'])}" if data.get("gone") else ""
        return f"{data['id']} was saved {by}, and all of it waited for a yes{gone}: {waits}"
    came = f"{data['id']} came into force, {by}{f': {parts}' if parts else ''}"
    return f"{came}; but not what waited for a yes: {waits}" if waits else came


def _pause(record: Record, now: datetime) -> str:
    data = record.data
    what = data.get("what") or record.seat or "the whole fleet"
    until = f" until {read_near(data['until'], now)}" if data.get("until") else ""
    why = f": {_line(data['because'])}" if data.get("because") else ""
    return f"{data['by']} {'paused' if record.what == 'pause' else 'resumed'} {what}{until}{why}"


def _trouble(record: Record, now: datetime) -> str:
    return f"trouble ({record.data.get('kind')}): {_line(record.data.get('says', ''))}"


_TELLERS: Mapping[str, Callable[[Record, datetime], str]] = {
    "offer": _offer,
    "verdict": _verdict,
    "approval_answered": _answered,
    "action_intent": _intent,
    "action_outcome": _outcome,
    "escalation_step": _step,
    "turn_started": _started,
    "turn_ended": _ended,
    "wake_due": _wake,
    "wake_skipped": _wake,
    "wake_missed": _wake,
    "message": _message,
    "message_done": _message_done,
    "told": _told,
    "claim": _claim,
    "value": _value,
    "revision": _revision,
    "pause": _pause,
    "resume": _pause,
    "trouble": _trouble,
}


def _line(text: Any) -> str:
    return " ".join(str(text).split())


def _first(text: str) -> str:
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= OUTPUT_SHOWN else f"{line[:OUTPUT_SHOWN]}..."


def _short(value: Json) -> str:
    text = _line(value)
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}..."
