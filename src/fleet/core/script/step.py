"""Step: one dated thing of a rehearsal's script: the world moves, a person acts, or something is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `given` are the values of its verb, by key; those of an `expect` are in `wanted`."""

    at: datetime
    verb: str
    given: Mapping[str, Json]
    place: Place
    note: str = ""
    wanted: Expected | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be found: facts of one kind with these values.

    `count` is how many there must be, at least one where it is None; `since` leaves out what was before.
    """

    kind: str
    fields: Mapping[str, Json]
    has: tuple[str, ...] = ()
    count: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script. `start` and `span` are those it asks for, "" or None where it leaves them open.

    `serve` are programs that answer `http:` actions inside the copy, by the address they stand in for.
    """

    steps: tuple[Step, ...] = ()
    scene: str = ""
    start: str = ""
    span: timedelta | None = None
    seed: str = ""
    act: bool = False
    fresh: bool = False
    leave_out: tuple[str, ...] = ()
    serve: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = ""
