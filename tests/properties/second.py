"""Two implementations of CEL asked the same: ours, by cel-expr-python, and one in Rust that shares no line with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import cel as other

from fleet.core.cel import Conditions, Unjudged, moment
from fleet.core.span import read_span
from fleet.core.testimony import telling

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ERROR = "error"
WITH = {
    "price": 18000, "rate": 1.5, "note": "Größe ✓", "none": None, "list": [1, 2.0, "a"], "map": {"a": {"b": 1}},
    "yes": True, "big": 2**53, "neg": -3, "empty": "",
}  # fmt: skip


def world(**with_: Any) -> dict[str, Any]:
    """One testimony over every word of the lexicon, times as datetimes; `with_` is added to the payload."""
    action = {
        "kind": "crm.offer", "seat": "dirk", "turn": "t-1", "about": "account:acme", "with": {**WITH, **with_},
        "subjects": ["account:acme", "brand:x"], "because": "renewal", "confidence": 0.8, "outside": False,
        "as_asked": False, "offered": NOW - HOUR, "tries": 0,
    }  # fmt: skip
    items = [
        {"about": "account:acme", "kind": "anomaly", "because": "spend", "confidence": 0.9, "with": {"change": -38}},
        {"about": "account:volt", "kind": "watch", "because": "", "with": {}},
    ]  # fmt: skip
    dash = {
        "seat": "dash", "turn": "t-0", "headline": "2 anomalies", "written": NOW - 2 * HOUR, "as_of": NOW - 3 * HOUR,
        "fresh": True, "outside": False, "stale": ["crm"], "items": items, "claims": [], "scorecard": {"anomalies": 2},
    }  # fmt: skip
    pulse = {
        "seat": "pulse", "turn": "t-0", "headline": "", "written": NOW - HOUR, "fresh": True, "outside": False,
        "stale": [], "items": [],
        "claims": [{"seat": "pulse", "about": "account:acme", "because": ""}], "scorecard": {},
    }  # fmt: skip
    letter = {
        "id": "m-1", "type": "CHALLENGE", "from": "pulse", "about": "account:acme", "subject": "Acme",
        "sent": NOW - HOUR, "outside": False, "hop": 1,
    }  # fmt: skip
    claim = {
        "seat": "pulse",
        "about": "account:acme",
        "since": NOW - HOUR,
        "until": NOW + HOUR,
        "because": "watch",
    }
    return {
        "action": action, "seat": "dirk", "now": NOW, "state": {"dash": dash, "pulse": pulse}, "mail": [letter],
        "claims": [claim], "metric": {"dash.anomalies": 2, "dash.rate": 0.5, "dash.note": "n/a"},
    }  # fmt: skip


def ours(condition: str, values: dict[str, Any]) -> bool | str:
    """What the gate is told."""
    told = {name: value if name == "now" else _moments(value) for name, value in values.items()}
    try:
        return _conditions().holds(condition, telling(told, _touched, NOW))
    except Unjudged:
        return ERROR


def theirs(condition: str, values: dict[str, Any]) -> bool | str:
    """What the other one says."""
    context = other.Context(variables=values)
    context.add_function("span", read_span)
    context.add_function("age", _age)
    context.add_function("touches", _touches)
    try:
        answer = other.evaluate(condition, context)
    except (ValueError, RuntimeError, TypeError, ArithmeticError, LookupError, OverflowError):
        return ERROR
    return answer if answer is True or answer is False else ERROR


@cache
def _conditions() -> Conditions:
    return Conditions()


def _moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _moments(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_moments(one) for one in value]
    return moment(value) if isinstance(value, datetime) else value


def _touched(subject: str, seat: str, within: timedelta) -> bool:
    return (subject, seat) == ("account:acme", "pulse") and within >= timedelta(days=1)


def _touches(subject: object, seat: str, within: str | timedelta) -> bool:
    if not isinstance(subject, str):
        raise TypeError(subject)
    return _touched(subject, seat, read_span(within) if isinstance(within, str) else within)


def _age(of: Any) -> timedelta:
    at = of if isinstance(of, datetime) else of.get("as_of", of["written"])
    age: timedelta = NOW - at
    return age
