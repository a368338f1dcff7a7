"""Speech: what the rules of the chart say of sending a message; those that name `message` under `action`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fleet.core.action import Action, offer_hash
from fleet.core.bounds import KIND, Bar
from fleet.core.case import Case
from fleet.core.codec import Json
from fleet.core.contest import unfit, unmeasured
from fleet.core.hearing import Hearing
from fleet.core.law import place_order
from fleet.core.message import Message
from fleet.core.ruling import rulings
from fleet.core.verdict import STRICTNESS

_ON_SUBJECTS = frozenset(("about", "claims", "touches"))


def as_action(message: Message, turn: str, now: datetime) -> Action:
    """Give the sending of a message as the action that rules are asked about."""
    payload: dict[str, Json] = {
        **message.with_, "to": message.to, "type": message.type, "subject": message.subject, "body": message.body
    }  # fmt: skip
    return Action(
        id=message.id,
        seat=message.sender,
        turn=turn,
        kind=KIND,
        sha256=offer_hash(message.sender, KIND, message.about, payload),
        offered_at=now,
        lapses_at=now,
        about=message.about,
        payload=payload,
        outside=message.outside,
    )


def ruled_out(case: Case) -> Bar | None:
    """Say by which rule a message is not sent, or nothing. It does not wait: what would hold or ask refuses it."""
    if not case.law.rules(case.action.seat, KIND):
        return None
    hearing = Hearing(case)
    bar = next(_unknown(hearing), None)
    if bar is not None:
        return bar
    hearing.evidence += [case.saw(name) for name in _states(case)]
    found = [(place, verdict) for place, verdict in rulings(hearing) if verdict.ruling != "allow"]
    if not found:
        return None
    _, first = min(found, key=lambda one: (-STRICTNESS[one[1].ruling], place_order(one[0])))
    return Bar(first.reason, first.rule, first.place, evidence=first.evidence)


def _states(case: Case) -> dict[str, None]:
    rules = case.law.rules(case.action.seat, KIND)
    return dict.fromkeys(name for rule in rules for name in rule.states)


def _unknown(hearing: Hearing) -> Iterator[Bar]:
    """Refuse where something that a rule needs is missing, too old, or not to be trusted."""
    case = hearing.case
    for rule in case.law.rules(case.action.seat, KIND):
        so = f"so it is not known whether the rule {rule.name} applies"
        for name in rule.states:
            if why := unfit(case, name):
                yield Bar(f"{why}, {so}", rule.name, rule.place.short, evidence=(case.saw(name),))
        if _ON_SUBJECTS.intersection(rule.needs) or "subjects" in rule.condition:
            for owned in (case.sight.owned[s] for s in case.subjects if s in case.sight.owned):
                if owned.why:
                    yield Bar(f"{owned.why}, {so}", rule.name, rule.place.short)
    verdict = unmeasured(hearing)
    if verdict is not None:
        yield Bar(verdict.reason, verdict.rule, verdict.place)
