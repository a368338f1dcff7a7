"""Testimony: what the conditions of rules are told of one case, in the words of the lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.core.cel import Testimony
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.past import Claim, Letter

if TYPE_CHECKING:
    from fleet.core.case import Case
    from fleet.core.chart import Rule


@dataclass(frozen=True, slots=True)
class StateTold:
    """A published state in the words of the lexicon, and how large it is."""

    values: Mapping[str, Any]
    longest: int
    most: int


def state_told(state: Mapping[str, Json]) -> StateTold:
    """Put a state, as `read_state` gives it, into the words of the lexicon. Its body is not among them."""
    items = [_item(one) for one in _maps(state.get("items"))]
    values: dict[str, Any] = {
        "seat": _text(state.get("seat")),
        "turn": _text(state.get("turn")),
        "headline": _text(state.get("headline")),
        "fresh": True,
        "outside": state.get("outside") == "yes",
        "stale": [_text(one) for one in _list(state.get("stale"))],
        "items": items,
        "claims": [_claimed(_text(state.get("seat")), one) for one in _maps(state.get("claims"))],
        "scorecard": _map(state.get("scorecard")),
    }
    for name in ("written", "as_of", "good_until"):
        if (at := _instant(state.get(name))) is not None:
            values[name] = at
    longest, most = weight(values)
    return StateTold(values, longest, most)


def testify(case: Case, rules: Iterable[Rule]) -> Testimony:
    """Gather what some rules must be told of a case; what none of them asks for is left out."""
    wants = {need for rule in rules for need in rule.needs}
    seen = case.sight.states
    states = {
        name: seen[name] for need in wants if (name := need.removeprefix("state ")) != need and name in seen
    }
    values: dict[str, Any] = {
        "action": _action(case),
        "seat": case.action.seat,
        "now": case.now,
        "state": {name: told.values for name, told in states.items()},
        "mail": _mail(case.unread()) if "mail" in wants else [],
        "claims": _claims(case) if "claims" in wants else [],
        "metric": {
            name: number(known.value)
            for need in wants
            if (name := need.removeprefix("metric ")) != need and (known := case.account.values.get(name))
        },
    }
    longest, most = weight({key: value for key, value in values.items() if key != "state"})
    return Testimony(
        values,
        lambda subject, seat, within: touched(case, subject, seat, within) is not None,
        case.now,
        max(longest, *(told.longest for told in states.values()), 0),
        max(most, *(told.most for told in states.values()), 0),
    )


def asked_about(told: Testimony, subject: str) -> Testimony:
    """Give the same with another subject as `action.about`; as it is for ""."""
    if not subject:
        return told
    action = {**told.values["action"], "about": subject}
    values = {**told.values, "action": action}
    return Testimony(values, told.touched, told.now, told.longest, told.most)


def touched(case: Case, subject: str, seat: str, within: timedelta) -> str | None:
    """Name the action by which a seat touched a subject within a span, or may have; None where none did."""
    docket = case.account.docket
    for action in docket.busy_on(subject):
        if action.seat == seat and action.id != case.action.id:
            return action.id
    touch = docket.touches.get(subject, {}).get(seat)
    return touch.id if touch is not None and touch.at + within > case.now else None


def number(text: str) -> int | float | str:
    """Read a value of the scorecard as the number that it is."""
    try:
        return float(text) if "." in text or "e" in text.lower() else int(text)
    except ValueError:
        return text


def weight(value: object) -> tuple[int, int]:
    """Measure the longest text in a value and the entries of its longest list or map."""
    longest = most = 0
    todo: list[object] = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            longest = max(longest, len(one))
        elif isinstance(one, Mapping):
            most = max(most, len(one))
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            most = max(most, len(one))
            todo += one
    return longest, most


def _action(case: Case) -> dict[str, Any]:
    action = case.action
    told = {
        "kind": action.kind,
        "seat": action.seat,
        "turn": action.turn,
        "about": action.about[0] if action.about else "",
        "subjects": list(case.subjects),
        "with": action.payload if isinstance(action.payload, Mapping) else {},
        "because": action.because,
        "outside": action.outside,
        "as_asked": bool(action.as_asked),
        "offered": action.offered_at,
        "tries": action.tries,
    }
    return told if action.confidence is None else {**told, "confidence": action.confidence}


def _mail(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "type": one.type,
            "from": one.sender,
            "about": subject,
            "subject": one.subject,
            "sent": one.sent,
            "outside": one.outside,
            "hop": one.hop,
        }
        for one in letters
        for subject in one.about or ("",)
    ]


def _claims(case: Case) -> list[dict[str, Any]]:
    return [
        _claim(name, claim)
        for subject in case.subjects
        for name, claim in sorted(case.account.claimed.get(subject, {}).items())
        if claim.stands(case.now)
    ]


def _claim(seat: str, claim: Claim) -> dict[str, Any]:
    told = {"seat": seat, "about": claim.about, "since": claim.since, "because": claim.because}
    return told if claim.until is None else {**told, "until": claim.until}


def _claimed(seat: str, claim: Mapping[str, Json]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "seat": seat, "about": _text(claim.get("about")), "because": _text(claim.get("because"))
    }  # fmt: skip
    until = _instant(claim.get("until"))
    return told if until is None else {**told, "until": until}


def _item(item: Mapping[str, Json]) -> dict[str, Any]:
    told: dict[str, Any] = {key: _text(item.get(key)) for key in ("about", "kind", "because")}
    told["with"] = _map(item.get("with"))
    if isinstance(item.get("confidence"), int | float):
        told["confidence"] = item["confidence"]
    return told


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _maps(value: Json) -> Iterable[Mapping[str, Json]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _instant(value: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
