"""Verdicts on actions. The gate finds its place here; until it does, every action is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fleet.core.canonical import canonical, plain, sha256_hex
from fleet.core.codec import Json

Ruling = Literal["allow", "hold", "refuse", "ask"]
NO_GATE = "this version of fleet judges no actions yet, so nothing is done outside"


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as a turn offers it."""

    seat: str
    kind: str
    about: tuple[str, ...]
    payload: Json
    because: str = ""

    @property
    def sha256(self) -> str:
        """Hash what makes two offers equal: seat, kind, subjects and payload."""
        value = {
            "seat": self.seat,
            "kind": self.kind,
            "about": sorted(self.about),
            "with": plain(self.payload),
        }
        return sha256_hex(canonical(value))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one action: the ruling, the rule, its place, and a manager's reason."""

    ruling: Ruling
    rule: str
    reason: str
    place: str = ""
    evidence: tuple[Json, ...] = ()


def judge(offer: Offer) -> Verdict:
    """Judge one action. What cannot be judged is held, never allowed."""
    return Verdict("hold", "no gate", NO_GATE)
