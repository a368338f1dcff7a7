"""Testimony: what the conditions of rules are told of one case, in the words of the lexicon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.core.cel import Testimony, moment
from fleet.core.codec import Json
from fleet.core.effort import ENTRY, Size, beside_payload, size_of, together
from fleet.core.frozen import dataclass
from fleet.core.past import Claim, Letter

if TYPE_CHECKING:
    from fleet.core.case import Case
    from fleet.core.chart import Rule


@dataclass(frozen=True, slots=True)
class StateTold:
    """A published state in the words of the lexicon, and how large it is."""

    values: Mapping[str, Any]
    size: Size


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
            values[name] = moment(at)
    return StateTold(values, size_of(values))


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
    sizes = {f"state {name}": one.size for name, one in states.items()}
    if "touches" in wants:
        sizes["touches"] = Size(weight=ENTRY * len(case.account.docket.busy))
    return telling(
        values,
        lambda subject, seat, within: touched(case, subject, seat, within) is not None,
        case.now,
        sizes=sizes,
    )


def telling(
    values: Mapping[str, Any],
    touched: Callable[[str, str, timedelta], bool],
    now: datetime,
    *,
    sizes: Mapping[str, Size] | None = None,
) -> Testimony:
    """Give a testimony of these values, measured; what is in `sizes` is known already, as of states it often is."""
    given = dict(sizes or {})
    for name in ("mail", "claims", "metric"):
        if values[name]:
            given[name] = size_of(values[name])
    for seat, state in values["state"].items():
        if f"state {seat}" not in given:
            given[f"state {seat}"] = size_of(state)
    action = values["action"]
    if action.get("with"):
        given["action.with"] = size_of(action["with"])
    given["action"] = beside_payload(action.get("because", ""), action.get("subjects", ()))
    return Testimony(values, touched, now, given, together(given.values()))


def asked_about(told: Testimony, subject: str) -> Testimony:
    """Give it with another subject as `action.about`; as it is for "" and for the one that it has."""
    if subject in ("", told.values["action"]["about"]):
        return told
    action = {**told.values["action"], "about": subject}
    values = {**told.values, "action": action}
    return Testimony(values, told.touched, told.now, told.sizes, told.whole)


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
        "offered": moment(action.offered_at),
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
            "sent": moment(one.sent),
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
    told = {"seat": seat, "about": claim.about, "since": moment(claim.since), "because": claim.because}
    return told if claim.until is None else {**told, "until": moment(claim.until)}


def _claimed(seat: str, claim: Mapping[str, Json]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "seat": seat, "about": _text(claim.get("about")), "because": _text(claim.get("because"))
    }  # fmt: skip
    until = _instant(claim.get("until"))
    return told if until is None else {**told, "until": moment(until)}


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
