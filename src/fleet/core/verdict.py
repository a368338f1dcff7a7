"""Verdict: what the gate says of one action, why, where that is written, and on what evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal

from fleet.core.codec import Json
from fleet.core.frozen import dataclass

Ruling = Literal["allow", "ask", "hold", "refuse"]
STRICTNESS: dict[str, int] = {"allow": 0, "ask": 1, "hold": 2, "refuse": 3}


class Step(IntEnum):
    """The steps of the gate, by the numbers that they have in the ledger: what has to hold at each."""

    NONE = 0
    """None of them: judging itself went wrong."""
    LEDGER = 1
    """The ledger can be written. No verdict says so: an allowed action starts only once its verdict is synced."""
    PAUSE = 2
    """Nothing that it is or is about is paused."""
    PERMIT = 3
    """Its seat may do it at all."""
    MEANS = 4
    """Money and time are left."""
    ONCE = 5
    """It is not done already, and not too often."""
    KNOWN = 6
    """What conflicts and rules look at is there, fresh and to be trusted."""
    READ = 7
    """Its seat has read what could change its mind. What this step holds goes on only if the seat says `keep`."""
    CONFLICTS = 8
    """No seat that goes first claims a subject of it, or touched it lately."""
    RULES = 9
    """No rule speaks against it."""
    ASKS = 10
    """Who must be asked has said yes."""
    ALLOW = 11
    """Nothing is left."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ruling on one action at one instant.

    `step` is that of the gate which decided. `looked` names all that was looked at: if one of
    these changes, or at `again_at`, the action is worth judging again. `person` is who is asked, and
    `asks` are the questions put to him. `blind` are seats whose state could not be relied on, and `lacks`
    is a table that does not say whose a subject is: somebody is told of those. `challenged` are the
    CHALLENGEs that hold it. `subjects` are those of the action and all that they belong to.
    """

    ruling: Ruling
    rule: str
    reason: str
    place: str = ""
    evidence: tuple[Json, ...] = ()
    step: Step = Step.NONE
    looked: tuple[str, ...] = ()
    again_at: datetime | None = None
    person: str = ""
    asks: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    lacks: str = ""
    challenged: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    """Where several ask at once: each rule, and its place."""

    def asking(self, person: str, question: str) -> Verdict:
        """Give it with who is asked, and what."""
        return replace(self, person=person, asks=(question,))

    def data(self) -> dict[str, Any]:
        """Give what the ledger keeps of it."""
        data: dict[str, Any] = {
            "verdict": self.ruling,
            "rule": self.rule,
            "place": self.place,
            "reason": self.reason,
            "evidence": list(self.evidence),
            "step": int(self.step),
            "looked": list(self.looked),
        }
        if self.again_at is not None:
            data["again_at"] = self.again_at.isoformat()
        named = {"person": self.person, "lacks": self.lacks}
        lists = {"asks": self.asks, "blind": self.blind, "challenged": self.challenged}
        data |= {key: value for key, value in named.items() if value}
        data |= {key: list(values) for key, values in lists.items() if values}
        data |= {"rules": [list(pair) for pair in self.rules]} if self.rules else {}
        return data


def sentence(text: str) -> str:
    """End a text with a full stop, if it has no end yet."""
    text = text.rstrip()
    return text if text.rstrip("\"'").endswith((".", "!", "?")) else f"{text}."
