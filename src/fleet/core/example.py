"""Example: a situation that stands beside a rule, and what the rule is expected to say of it. It governs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place

Expected = Literal["allow", "hold", "refuse", "ask", "passes"]
Moment = datetime | timedelta
"""An instant, without an offset one in the fleet's zone; or how far from the example's `now`."""


@dataclass(frozen=True, slots=True)
class StateGiven:
    """What an example says of a seat's state. Its items are as a result has them."""

    headline: str = ""
    turn: str = ""
    written: Moment | None = None
    as_of: Moment | None = None
    good_until: Moment | None = None
    outside: bool = False
    stale: tuple[str, ...] = ()
    items: tuple[Json, ...] = ()
    claims: tuple[ClaimGiven, ...] = ()
    scorecard: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimGiven:
    """A claim that stands; in a state the seat is that of the state."""

    about: str
    seat: str = ""
    since: Moment | None = None
    until: Moment | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class MailGiven:
    """A message that the seat has not read."""

    sender: str
    type: str = "INFORM"
    id: str = ""
    about: tuple[str, ...] = ()
    subject: str = ""
    sent: Moment | None = None
    outside: bool = False
    hop: int = 0


@dataclass(frozen=True, slots=True)
class TouchGiven:
    """An action of a seat on a subject, done so long ago."""

    seat: str
    about: str
    ago: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Example:
    """One situation: the action, and all else that a condition can ask for; what is left out is not there."""

    expect: Expected
    place: Place
    ask: str = ""
    seat: str = ""
    kind: str = ""
    turn: str = ""
    about: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    """To what those it is about belong."""
    payload: Mapping[str, Json] = field(default_factory=dict)
    because: str = ""
    confidence: float | None = None
    outside: bool = False
    as_asked: bool = False
    offered: Moment | None = None
    tries: int = 0
    states: Mapping[str, StateGiven] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[ClaimGiven, ...] = ()
    mail: tuple[MailGiven, ...] = ()
    touched: tuple[TouchGiven, ...] = ()
    now: datetime | None = None
    where: Mapping[str, Place] = field(default_factory=dict)
    """Where it names seats, kinds and metrics: `seat dirk`, `state janine`, `kind crm.offer`, `metric tally.calls`."""

    @property
    def says(self) -> str:
        """Say what it expects, as it is written."""
        return f"ask {self.ask}" if self.expect == "ask" else self.expect
