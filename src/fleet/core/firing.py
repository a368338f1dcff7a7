"""Firing: how often each rule had a say in a verdict, and what people answered; told from records alone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from fleet.core.frozen import dataclass
from fleet.core.verdict import Step

_QUESTION = re.compile(r"rule (.+?)(?: on [a-z][a-z0-9-]*:\S+(?: and [a-z][a-z0-9-]*:\S+)*)?: ", re.DOTALL)
KEPT = 10
"""Firings of one rule that are remembered whole: the last ones."""
ENOUGH = 3
"""Answers that are a habit: fewer say nothing of what a person will answer next."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One verdict in which a rule had a say: when, on which action, and what came of it."""

    n: int
    at: str
    id: str
    seat: str
    kind: str
    about: tuple[str, ...]
    verdict: str
    by: str = ""
    """Who answered, if somebody did."""


@dataclass(slots=True)
class Firing:
    """What one rule did: for each action when it last spoke of it, and when people answered."""

    fired: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    approved: dict[str, str] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    last: deque[Shot] = field(default_factory=lambda: deque[Shot](maxlen=KEPT))

    def is_always_approved(self, open_: Iterable[str]) -> bool:
        """Say whether whoever was asked always said yes, often enough; `open_` are the actions that still wait."""
        answered = set(self.asked) - set(open_)
        return len(self.approved) >= ENOUGH and not self.denied and answered <= set(self.approved)


class Firings:
    """What all rules did, by their names."""

    def __init__(self) -> None:
        self.rules: dict[str, Firing] = {}

    def take(self, record: Mapping[str, Any]) -> None:
        """Take one record of the ledger in; those that are of no rule are passed over."""
        data: Mapping[str, Any] = record.get("data") or {}
        if record.get("what") == "verdict" and "step" in data and "id" in data:
            self._judged(record, data)
        elif record.get("what") == "approval_answered":
            self._answered(record, data)

    def of(self, name: str) -> Firing:
        """Give what a rule did; nothing for one that never spoke."""
        return self.rules.get(name, Firing())

    def _judged(self, record: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        at, identity = str(record["at"]), str(data["id"])
        asks = tuple(_asking(data))
        own = (str(data["rule"]),) if data["step"] == Step.RULES else ()
        for name in dict.fromkeys((*own, *asks)):
            firing = self.rules.setdefault(name, Firing())
            if own == (name,) and _is_error(data):
                firing.errors[identity] = at
            else:
                firing.fired[identity] = at
                if name in asks:
                    firing.asked[identity] = at
            firing.last.append(_shot(record, data, "error" if identity in firing.errors else data["verdict"]))

    def _answered(self, record: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        at, identity, answer = str(record["at"]), str(data.get("id", "")), data.get("answer")
        held = (str(data.get("rule", "")),)
        for name in dict.fromkeys((*_asking(data), *held)):
            firing = self.rules.get(name)
            if firing is None or identity not in firing.fired or answer not in ("yes", "edited", "no"):
                continue
            if answer == "no":
                firing.denied[identity] = at
            else:
                firing.approved[identity] = at
            word = "denied" if answer == "no" else "approved"
            firing.last.append(_shot(record, data, word, by=str(data.get("by", ""))))


def stamp(at: datetime) -> str:
    """Write an instant as records do, so that it can be compared with theirs."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def since(times: Mapping[str, str], at: str) -> int:
    """Count those at or after an instant, as `stamp` writes it."""
    return sum(one >= at for one in times.values())


def _asking(data: Mapping[str, Any]) -> Iterator[str]:
    for question in data.get("asks") or ():
        if found := _QUESTION.match(str(question)):
            yield found[1]


def _is_error(data: Mapping[str, Any]) -> bool:
    return any(isinstance(one, Mapping) and "error" in one for one in (data.get("evidence") or ())[:1])


def _shot(record: Mapping[str, Any], data: Mapping[str, Any], verdict: str, *, by: str = "") -> Shot:
    return Shot(
        n=int(record["n"]),
        at=str(record["at"]),
        id=str(data["id"]),
        seat=str(record.get("seat") or ""),
        kind=str(data.get("kind") or ""),
        about=tuple(data.get("about") or ()),
        verdict=verdict,
        by=by,
    )
