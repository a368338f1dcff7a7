"""Facts: what a script may expect, told from the records of a rehearsal and from how things stand."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart
from fleet.core.codec import Json
from fleet.core.evidence import say_evidence
from fleet.core.frozen import dataclass
from fleet.core.record import KINDS, Record
from fleet.core.script.expect import Fact
from fleet.core.script.step import Expected

ENDED = {"refuse": "refused", "withdrawn": "withdrawn", "lapsed": "lapsed"}
"""What an action is after a verdict that ends it."""
TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "turn": ("turn_started", "turn_ended"),
    "verdict": ("verdict", "offer"),
    "message": ("message",),
    "escalation": ("message",),
    "action": ("offer",),
    "wake": ("wake_due", "wake_skipped", "wake_missed"),
    "scorecard": ("value",),
    "trouble": ("trouble",),
}
"""The kinds of record that tell a kind of fact; `record` is told by all, the others by none that is kept."""


def told_by(expected: Iterable[Expected]) -> Container[str]:
    """Name the kinds of record that must be kept for what is expected: those of a year are many."""
    kinds: set[str] = set()
    for wanted in expected:
        what = wanted.fields.get("what")
        if wanted.kind == "record":
            kinds |= {what} if isinstance(what, str) else KINDS
        kinds |= set(TOLD_BY.get(wanted.kind, ()))
    return frozenset(kinds)


@dataclass(slots=True)
class Told:
    """The records of a rehearsal so far, of the kinds that are kept, and what became of each action."""

    kinds: Container[str] = KINDS
    records: list[Record] = field(default_factory=list)
    actions: dict[str, dict[str, Json]] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    """Where each message is that was moved since it came."""
    newest: dict[str, str] = field(default_factory=dict)
    """The last message to each seat."""

    def begin(self, actions: Iterable[Action]) -> None:
        """Take in the actions that are open as the rehearsal begins."""
        for one in actions:
            facts = {"id": one.id, "kind": one.kind, "about": list(one.about), "with": one.payload}
            known = {**facts, "seat": one.seat, "status": one.status, "reason": one.reason}
            self.actions.setdefault(one.id, known)

    def add(self, record: Record) -> None:
        """Take in the next record."""
        if record.what in self.kinds:
            self.records.append(record)
        data = record.data
        if record.what == "message":
            self.newest[data["to"]] = data["id"]
        if record.what == "offer" and "offer" in self.kinds:
            kept = {key: data.get(key) for key in ("id", "kind", "about", "with")}
            self.actions[data["id"]] = {**kept, "seat": record.seat, "status": "offered"}
        elif record.what == "message_done" and "message" in self.kinds:
            self.messages[data["id"]] = data["box"]
        elif data.get("id") in self.actions:
            self.actions[data["id"]] |= _became(record)


def _became(record: Record) -> dict[str, Json]:
    data = record.data
    match record.what:
        case "verdict" if data["verdict"] in ENDED:
            return {"status": ENDED[data["verdict"]], "reason": data.get("reason", "")}
        case "verdict" if data["verdict"] in ("hold", "ask"):
            status = {"hold": "held", "ask": "asked"}[data["verdict"]]
            return {"status": status, "reason": data.get("reason", "")}
        case "action_intent":
            return {"status": "running", "reason": ""}
        case "action_outcome":
            seen = {key: data[key] for key in ("exit", "output") if key in data}
            return {"status": data["outcome"], "reason": data.get("why", ""), **seen}
        case "approval_answered" if data["answer"] == "happened":
            return {"status": "done", "reason": f"{data.get('by', 'a person')} says that it happened"}
        case "approval_answered" if data["answer"] == "no":
            return {"status": "denied", "reason": data.get("because", "")}
    return {}


def facts(
    kind: str, told: Sequence[Record], all_told: Told, chart: Chart, account: Account, now: datetime
) -> Iterator[Fact]:
    """Give the facts of a kind: those that happened in `told`, or those that stand at `now`."""
    match kind:
        case "turn":
            yield from _turns(told)
        case "verdict":
            yield from (_verdict(r, all_told, now, chart) for r in told if r.what == "verdict")
        case "message" | "escalation":
            wanted = ("ESCALATION",) if kind == "escalation" else ()
            yield from _messages(told, all_told, account, wanted)
        case "action":
            yield from all_told.actions.values()
        case "wake":
            yield from (_wake(r) for r in told if r.what.startswith("wake_"))
        case "claim":
            yield from _claims(account, now)
        case "scorecard":
            yield from _values(told)
        case "approval":
            asked = (a for a in account.docket.actions.values() if a.status == "asked")
            yield from (
                {"id": a.id, "seat": a.seat, "kind": a.kind, "about": list(a.about), "person": a.person}
                for a in asked
            )
        case "trouble":
            yield from ({"seat": r.seat, **r.data} for r in told if r.what == "trouble")
        case "record":
            yield from ({**r.data, "what": r.what, "seat": r.seat, "turn": r.turn} for r in told)


def _turns(told: Iterable[Record]) -> Iterator[Fact]:
    starts: dict[str | None, Mapping[str, Json]] = {}
    for record in told:
        if record.what == "turn_started":
            starts[record.turn] = record.data
        elif record.what == "turn_ended":
            start, result = starts.pop(record.turn, {}), record.data.get("result") or {}
            yield {
                "turn": record.turn,
                "seat": record.seat,
                "outcome": record.data["outcome"],
                "why": record.data.get("why", ""),
                "headline": record.data.get("headline", ""),
                "body": result.get("body", ""),
                "exit": record.data.get("exit"),
                "woken_by": start.get("woken_by", []),
                "attempt": start.get("attempt"),
                "resumed": any("lost" in reason for reason in start.get("woken_by", [])),
            }


def _verdict(record: Record, all_told: Told, now: datetime, chart: Chart) -> Fact:
    data = record.data
    offered = all_told.actions.get(
        data.get("id", ""), {}
    )  # what ends an action does not say again what it is about
    local = now.astimezone(chart.calendar.tz)
    return {
        "action": data.get("id") or data.get("joins"),
        "seat": record.seat,
        "evidence": "\n".join(say_evidence(item, local) for item in data.get("evidence") or ()),
        **{key: data.get(key, "") for key in ("kind", "verdict", "rule", "place", "reason", "person")},
        "about": data.get("about") or offered.get("about", ""),
    }


def _messages(
    told: Iterable[Record], all_told: Told, account: Account, types: Sequence[str]
) -> Iterator[Fact]:
    for record in told:
        data = record.data
        if record.what == "message" and (not types or data["type"] in types):
            about = data.get("about") or []
            box = _box(data["id"], all_told, account)
            whose = (data.get("with") or {}) if data["type"] == "ESCALATION" else {}
            more = {"seat": whose.get("seat"), "matter": data.get("matter")} if whose else {}
            yield {**data, **more, "about": [about] if isinstance(about, str) else about, "box": box}


def _box(identity: str, all_told: Told, account: Account) -> str:
    """Say where a message is: one that waits is in the account; what was not moved was read by a done turn."""
    letter = account.mail.get(identity)
    if letter is not None:
        return letter.box
    box = all_told.messages.get(identity, "done")
    return "done" if box == "new" else box


def _wake(record: Record) -> Fact:
    data = record.data
    return {
        "wake": data.get("wake"),
        "seat": record.seat,
        "slot": data.get("slot", ""),
        "is": record.what.removeprefix("wake_"),
        "reason": data.get("reason", ""),
        "cause": data.get("cause", ""),
    }


def _claims(account: Account, now: datetime) -> Iterator[Fact]:
    for name, past in account.seats.items():
        for claim in past.claims:
            if claim.stands(now):
                until = claim.until.isoformat() if claim.until else ""
                yield {"seat": name, "about": claim.about, "until": until, "because": claim.because}


def _values(told: Iterable[Record]) -> Iterator[Fact]:
    """Give the newest value of each metric in each week."""
    newest: dict[tuple[Json, ...], Fact] = {}
    for record in told:
        if record.what == "value":
            data = record.data
            key = (record.seat, data["metric"], data["week"], bool(data.get("held")))
            newest[key] = {**data, "seat": record.seat}
    yield from newest.values()


def state_fact(account: Account, name: str, text: Mapping[str, Json] | None, now: datetime) -> Fact:
    """Tell a seat's state: what its file says, and whether it holds."""
    past = account.seats.get(name)
    state = past.state if past is not None else None
    fresh = state is not None and text is not None and state.fresh(now)
    return {**(text or {}), "seat": name, "fresh": fresh, "stale": not fresh, "missing": text is None}
