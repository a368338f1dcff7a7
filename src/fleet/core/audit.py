"""Audit: what somebody did, record by record: who, what, how that is known, and which rule he overrode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from fleet.core.frozen import dataclass
from fleet.core.moment import read_near
from fleet.core.record import Record
from fleet.core.story import came, changed

Sort = Literal[
    "rule",  # a yes to what a rule, a conflict or the outside stamp asked
    "permission",  # a yes to what a seat may not do without one
    "payload",  # another payload in place of the one that was offered
    "outcome",  # a word on an action of which nobody knew whether it happened
    "edit",  # a yes to an edit that loosens something
]
GATE = "gate"
OWN_ASK = ".can.ask"
"""With what the name of the question ends that a seat's own permission asks: a yes to it goes against no rule."""
UNKNOWN = "unknown outcome"
EDIT = "loosens"
PEOPLES = frozenset(
    {
        *("approval_answered", "pause", "resume", "revision", "retirement", "erasure", "stopped"),
        *("turn_ended", "message", "message_done", "wake_due", "value"),
    }
)
"""Kinds of records that can tell what a person did."""
SEATS = frozenset({"offer", "verdict", "action_outcome", "claim"})
"""Kinds that only tell what a seat did, or tried."""

RULED = frozenset({"verdict", "approval_answered"})
"""Kinds that tell what a rule decided, and what a person said to that."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a person overrode: by which sort of word, which rule, where that stands, and what it had said."""

    sort: Sort
    rule: str
    place: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did. `how` says how it is known who it was; `user` is the machine's user who asked."""

    n: int
    at: datetime
    by: tuple[str, ...]
    what: str
    did: str
    id: str = ""
    seat: str = ""
    because: str = ""
    how: str = ""
    user: str = ""
    uid: int | None = None
    rule: str = ""
    place: str = ""
    override: Override | None = None

    @property
    def is_persons(self) -> bool:
        """Say whether it is no seat's own work, but what a person decided, sent or saved."""
        return self.what not in SEATS and (bool(self.how) or self.what in _ALWAYS)


def entry(record: Record, now: datetime, *, rule: str = "") -> Entry | None:
    """Tell what somebody did by a record; None for one that tells what followed, or was erased. `now` has the zone.

    With a `rule`, what that one decided or what was answered to it, holds and questions too.
    """
    if rule and not (record.data and _is_of_rule(record, rule)):
        return None
    data, by = record.data, _by(record) if record.data else ()
    told = _decided if rule and record.what == "verdict" else _TOLD.get(record.what)
    did = told(record, now) if told is not None and by else ""
    if not did:
        return None
    caller = data.get("caller") or {}
    return Entry(
        n=record.n,
        at=record.at,
        by=by,
        what=record.what,
        did=did,
        id=str(data.get("id") or (record.turn if record.what == "turn_ended" else "") or ""),
        seat=record.seat or "",
        because="" if record.what == "stopped" else " ".join(str(data.get("because") or "").split()),
        how=str(caller.get("how", "")) or _how(record),
        user=str(caller.get("user", "")),
        uid=caller.get("uid"),
        rule=str(data.get("rule") or ""),
        place=str(data.get("place") or ""),
        override=override(record),
    )


def _is_of_rule(record: Record, name: str) -> bool:
    data = record.data
    named = {data.get("rule"), *(pair[0] for pair in data.get("rules") or ())}
    return record.what in RULED and name in named


def override(record: Record) -> Override | None:
    """Say what a person's word overrode, if it overrode anything."""
    data = record.data
    if record.what == "revision" and data.get("loosens"):
        return Override("edit", EDIT, "fleet.yaml", "; ".join(map(str, data["loosens"])))
    if record.what != "approval_answered":
        return None
    answer, rule, place = data.get("answer"), str(data.get("rule", "")), str(data.get("place", ""))
    against = " ".join(str(data.get("against", "")).split())
    if answer in ("again", "happened", "leave"):
        return Override("outcome", UNKNOWN, "", against)
    if answer == "edited":
        return Override("payload", rule, place, f"changed {changed(data)}")
    pairs = [(str(one), str(where)) for one, where in data.get("rules") or [(rule, place)]]
    named = sorted((pair for pair in pairs if pair[0]), key=lambda pair: pair[0].endswith(OWN_ASK))
    if answer != "yes" or not named:
        return None
    return Override("permission" if named[0][0].endswith(OWN_ASK) else "rule", *named[0], against)


def _by(record: Record) -> tuple[str, ...]:
    data = record.data
    if record.what == "revision":
        return tuple(filter(None, str(data.get("who", "")).split(", ")))
    if record.what == "message":
        return (str(data.get("from", "")),)
    if record.what == "verdict":
        return (GATE,)
    named = data.get("by")
    who = named if isinstance(named, str) and named else record.seat or ""
    return (who,) if who else ()


def _how(record: Record) -> str:
    """Say of a record of an earlier version, which does not tell, whether it is a person's."""
    data = record.data
    if record.what == "message":
        typed = record.turn is None and not data.get("taken") and data.get("from") != "fleet"
        return "unrecorded" if typed and "matter" not in data else ""
    if record.what == "wake_due":
        return "unrecorded" if data.get("cause") == "person" else ""
    return "unrecorded" if record.what in ("turn_ended", "message_done") and data.get("by") else ""


def _about(data: Mapping[str, Any]) -> str:
    about = data.get("about") or ()
    names = (about,) if isinstance(about, str) else tuple(about)
    return f" about {', '.join(names)}" if names else ""


def _answered(record: Record, now: datetime) -> str:
    data = record.data
    asked = data.get("asked")
    for_ = f" in place of {asked}" if asked and asked != data.get("by") else ""
    of = f"{data.get('id')}, {data.get('kind')} of {record.seat}{_about(data)}{for_}"
    return {
        "yes": f"said yes to {of}",
        "no": f"said no to {of}",
        "edited": f"changed {changed(data)} and said yes to {of}",
        "again": f"said to run again {of}",
        "happened": f"said that it happened: {of}",
        "leave": f"left it at that: {of}",
    }.get(str(data.get("answer")), "")


def _revision(record: Record, now: datetime) -> str:
    data = record.data
    changes = "; ".join(map(str, data.get("changes", ())))
    if data.get("back_to"):
        return f"went back to {data['back_to']}, as {data['id']}: {changes}"
    if data.get("applied"):
        saved = f", saved by {data['saved_by']}" if data.get("saved_by") else ""
        return f"applied {data['id']}{saved}: {changes}"
    waits = "; ".join(str(wait["says"]) for wait in data.get("waits", ()))
    said = [changes, f"waits for a yes: {waits}" if waits else ""]
    nothing = "the fleet's first chart" if data["id"] == "r-1" else "nothing that holds is other"
    return f"saved {data['id']}: {'; '.join(filter(None, said)) or nothing}"


def _pause(record: Record, now: datetime) -> str:
    word = "paused" if record.what == "pause" else "resumed"
    until = f" until {read_near(record.data['until'], now)}" if record.data.get("until") else ""
    return f"{word} {record.data.get('what') or record.seat or 'the whole fleet'}{until}"


def _turn(record: Record, now: datetime) -> str:
    data = record.data
    says = " ".join(str(data.get("headline") or data.get("why") or "").split())
    word = f"published for {record.seat}" if data.get("by") else f"{record.turn} {data.get('outcome')}"
    return f"{word}: {says}".rstrip(": ")


def _message(record: Record, now: datetime) -> str:
    data = record.data
    reply = f", in answer to {data['reply_to']}" if data.get("reply_to") else ""
    dropped = ", a file dropped by hand" if data.get("taken") else ""
    subject = " ".join(str(data.get("subject", "")).split())
    return f"sent {data.get('id')} {data.get('type')} to {data.get('to')}{reply}{dropped}: {subject}"


def _filed(record: Record, now: datetime) -> str:
    data = record.data
    if not data.get("by"):
        return ""
    word = {"done": "put away", "new": "put back"}.get(str(data.get("box")), "set aside")
    return f"{word} {data.get('id')} of {data.get('to')}"


def _woken(record: Record, now: datetime) -> str:
    return f"woke {record.seat}" if record.data.get("cause") == "person" else ""


def _stopped(record: Record, now: datetime) -> str:
    return "stopped the fleet" if record.data.get("by") else ""


def _refused(record: Record, now: datetime) -> str:
    data = record.data
    return _decided(record, now) if data.get("verdict") in ("refuse", "lapsed") else ""


def _decided(record: Record, now: datetime) -> str:
    data = record.data
    what = data.get("id") or f"a message to {data.get('to')}"
    return f"{what} {data.get('kind', '')} of {record.seat}: {came(record, now)}"


def _own(record: Record, now: datetime) -> str:
    data = record.data
    named = f"{data['id']} {data.get('kind', '')}{_about(data)}: " if data.get("id") else ""
    return f"{named}{came(record, now)}"


def _erased(record: Record, now: datetime) -> str:
    numbers = record.data.get("n", ())
    listed = [numbers] if isinstance(numbers, int) else list(numbers)
    return f"erased the data of {', '.join(map(str, listed))}"


def _retired(record: Record, now: datetime) -> str:
    return f"retired {record.seat}"


_ALWAYS = frozenset({"approval_answered", "pause", "resume", "revision", "retirement", "erasure", "stopped"})
_TOLD: Mapping[str, Callable[[Record, datetime], str]] = {
    "approval_answered": _answered,
    "pause": _pause,
    "resume": _pause,
    "revision": _revision,
    "turn_ended": _turn,
    "message": _message,
    "message_done": _filed,
    "wake_due": _woken,
    "stopped": _stopped,
    "offer": _own,
    "verdict": _refused,
    "action_outcome": _own,
    "claim": _own,
    "value": _own,
    "retirement": _retired,
    "erasure": _erased,
}
