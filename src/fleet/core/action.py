"""Action: one thing that a seat asked to be done outside, from the offer to its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal

from fleet.core.canonical import canonical, plain, sha256_hex
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.verdict import Step

Status = Literal["offered", "held", "asked", "running", "unknown"]
"""Where an open action stands: to be judged, held by the gate, before a person, acting, or nobody knows."""
BUSY: tuple[Status, ...] = ("running", "unknown")
"""It may have happened: it counts as a touch, and an equal one is not begun."""
CHALLENGED = "challenge"
"""The rule by which `Step.READ` holds what only a CHALLENGE speaks against."""


def offer_hash(seat: str, kind: str, about: Sequence[str], payload: Json) -> str:
    """Hash what makes two offers equal: seat, kind, subjects and payload."""
    value = {"seat": seat, "kind": kind, "about": sorted(about), "with": plain(payload)}
    return sha256_hex(canonical(value))


def seal_hash(sha256: str, files: Mapping[str, str]) -> str:
    """Hash what an approval is bound to: the offer, and the files that go with it."""
    return sha256_hex(canonical({"offer": sha256, "files": dict(files)})) if files else sha256


@dataclass(frozen=True, slots=True)
class Yes:
    """A person's yes. `asked` is whom the gate asked, `by` who answered.

    It holds for one hash alone, and for the questions that were put, `to`: who agreed to an offer has not
    agreed to what spoke against it later.
    """

    asked: str
    by: str
    at: datetime
    seal: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action that is open. `sha256` is that of the offer, `seal` of the offer with its files.

    `looked` names what its last verdict looked at: it is judged again when one of these changes, or
    at `again_at`. `asked_for` are the messages that its turn had read on its subjects, with senders.
    """

    id: str
    seat: str
    turn: str
    kind: str
    sha256: str
    offered_at: datetime
    lapses_at: datetime
    about: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    """What it is about and what that belongs to, as it was when it was last begun."""
    payload: Json = None
    because: str = ""
    outside: bool = False
    files: dict[str, str] = field(default_factory=dict)
    asked_for: dict[str, str] = field(default_factory=dict)
    status: Status = "offered"
    step: int = 0
    rule: str = ""
    place: str = ""
    reason: str = ""
    looked: tuple[str, ...] = ()
    again_at: datetime | None = None
    judged_n: int = 0
    """The record of its last verdict."""
    person: str = ""
    asked_at: datetime | None = None
    answers: tuple[Yes, ...] = ()
    tries: int = 0
    once: str = "no"
    started_at: datetime | None = None
    asks: tuple[str, ...] = ()
    """The questions that were put to the person."""
    challenged: tuple[str, ...] = ()
    """The unanswered CHALLENGEs that its last verdict named."""
    kept_against: tuple[str, ...] = ()
    """Those that were put to its seat, which said `keep`: it waits for their answers, not for its seat."""
    confidence: float | None = None
    """How sure its seat is; None if it did not say."""
    as_asked: str = ""
    """The unstamped request of a seat that it repeats word for word."""
    rules: tuple[tuple[str, str], ...] = ()
    """Where several rules ask at once: each, and its place."""

    @property
    def seal(self) -> str:
        """What an approval of it is bound to."""
        return seal_hash(self.sha256, self.files)

    @property
    def must_keep(self) -> bool:
        """Say whether it is held until its seat has read what holds it, and says `keep`."""
        kept = self.challenged and set(self.challenged) <= set(self.kept_against)
        return self.status == "held" and self.step == Step.READ and not (self.rule == CHALLENGED and kept)

    def yes_for(self, person: str, question: str) -> Yes | None:
        """Find a person's yes to one question, if it is to exactly this action."""
        if not self.answers:
            return None
        seal = self.seal
        mine = (yes for yes in self.answers if yes.asked == person and yes.seal == seal)
        return next((yes for yes in mine if question in yes.to), None)


@dataclass(frozen=True, slots=True)
class Touch:
    """The last action of a seat on a subject that was done."""

    id: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """An action that was done; or that may have been, and a person said to leave it at that."""

    id: str
    seat: str
    kind: str
    sha256: str
    at: datetime
    about: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    asked_for: dict[str, str] = field(default_factory=dict)
    sure: bool = True
