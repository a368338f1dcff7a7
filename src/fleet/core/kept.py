"""Kept: a chart as JSON and back, so that who only reads it need not read fleet.yaml again.

Every value is a list that begins with what it is: 0 for a tuple, the number of a class of the chart and
its fields in their order, or a word for a value of the library. Nothing else can come out of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal, DecimalException
from functools import cache
from hashlib import sha256
from typing import Any

from fleet import __version__
from fleet.core import cadence, chart, slots
from fleet.core.calendar import Calendar
from fleet.core.chart import Chart
from fleet.core.codec import to_plain
from fleet.core.missed import Missed
from fleet.core.mistake import Place
from fleet.core.past import Revision
from fleet.core.target import Money, Target

_CLASSES: tuple[Any, ...] = (
    *(chart.Chart, chart.Seat, chart.Holder, chart.PathRead, chart.Permission, chart.Metric, chart.Terms),
    *(chart.Sandbox, chart.ActionKind, chart.AtMost, chart.SubjectKind, chart.Conflict, chart.Rule),
    *(chart.Handoff, chart.Rung, chart.Ladder, chart.Retired, Missed, Calendar, Place, Money, Target),
    *(slots.Days, slots.At, slots.Every, slots.Cron, cadence.OnMail, cadence.OnPublish),
    *(cadence.OnChange, cadence.OnEscalation, cadence.OnAsk, chart.Limits, chart.Secret),
)
_NUMBERS = {kind: number for number, kind in enumerate(_CLASSES, 1)}
_ODD = (KeyError, IndexError, TypeError, ValueError, DecimalException, RecursionError)


def key_of(revision: Revision) -> str:
    """Name what a chart is made from: texts, what waits in them, and the program that read them."""
    said = to_plain((revision.texts, revision.waits, revision.base))
    shape = [[kind.__name__, *_names(kind)] for kind in _CLASSES]
    return sha256(json.dumps([__version__, shape, said]).encode("utf-8", "surrogatepass")).hexdigest()


def written(made: Chart, key: str) -> bytes:
    """Write a chart down; its texts are the revision's. The first line tells whether it is whole, and for what."""
    rules = tuple(replace(rule, examples=()) for rule in made.rules)  # they govern nothing
    body = json.dumps(_plain(replace(made, rules=rules, places={}, texts={})), separators=(",", ":")).encode()
    return _head(key, body) + body


def read(data: bytes, key: str) -> Chart | None:
    """Read a chart that was written down for this key; None for any other, and for what is not whole."""
    first, _, body = data.partition(b"\n")
    if first + b"\n" != _head(key, body):
        return None
    try:
        made = _back(json.loads(body))
    except _ODD:
        return None
    return made if isinstance(made, Chart) else None


def _head(key: str, body: bytes) -> bytes:
    return f"{key} {sha256(body).hexdigest()}\n".encode()


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.init)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [0, *map(_plain, value)]
    if is_dataclass(value):
        kind: Any = type(value)
        return [_NUMBERS[kind], *(_plain(getattr(value, name)) for name in _names(kind))]
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, frozenset):
        return ["set", *sorted(map(_plain, value))]
    if isinstance(value, timedelta):
        return ["span", value.days, value.seconds, value.microseconds]
    return [_WORDS[type(value)], str(value)]


_WORDS: Mapping[type, str] = {time: "time", date: "date", Decimal: "number"}
_OTHERS: Mapping[str, Callable[..., Any]] = {
    "set": lambda *items: frozenset(map(_back, items)),
    "span": timedelta,
    "time": time.fromisoformat,
    "date": date.fromisoformat,
    "number": Decimal,
}


def _back(value: Any) -> Any:
    if isinstance(value, list):
        what = value[0]
        if what == 0:
            return tuple(map(_back, value[1:]))
        return (
            _OTHERS[what](*value[1:]) if isinstance(what, str) else _CLASSES[what - 1](*map(_back, value[1:]))
        )
    return {key: _back(held) for key, held in value.items()} if isinstance(value, dict) else value
