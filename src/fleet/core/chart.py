"""The chart: everything fleet.yaml says, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from fleet.core.cadence import Cadence, ClockCadence, Missed, OnPublish, is_clock
from fleet.core.calendar import Calendar
from fleet.core.frozen import dataclass
from fleet.core.mistake import Place
from fleet.core.target import Money, Target

if TYPE_CHECKING:
    from fleet.core.example import Example

Then = Literal["allow", "hold", "refuse", "ask"]
Once = Literal["ever", "a day", "no"]
HolderKind = Literal["run", "python", "llm", "coding_agent", "a2a", "person", "planned"]
Level = Literal["off", "on", "required"]
Path = tuple[str | int, ...]
HOPS_AT_MOST = 8
"""How far a chain goes of messages and of publishing, each of which wakes the seat that goes on with it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who fills a seat: an outside program, a person, or nobody yet (`planned`)."""

    kind: HolderKind
    argv: tuple[str, ...] = ()
    """For `run`: the words of the command. For the other kinds: the one text that was given."""
    person: str = ""
    login: str = ""
    reach: tuple[tuple[str, ...], ...] = ()
    """Commands that tell a person something waits, each split into words."""

    @property
    def is_agent(self) -> bool:
        """Say whether an outside program holds the seat."""
        return self.kind not in ("person", "planned")

    @property
    def is_person(self) -> bool:
        """Say whether a person holds the seat."""
        return self.kind == "person"

    @property
    def is_planned(self) -> bool:
        """Say whether nobody holds the seat yet."""
        return self.kind == "planned"


@dataclass(frozen=True, slots=True)
class PathRead:
    """A path, with `*`, that a seat reads, relative to the fleet folder."""

    path: str
    fresh_within: timedelta | None = None
    private: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """What a seat may do, may do after a person's yes, and which secrets its holder sees."""

    do: tuple[str, ...] = ()
    ask: Mapping[str, str] = field(default_factory=dict)
    use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the scorecard."""

    name: str
    target: Target | None = None
    plausible: Target | None = None
    by: Literal["seat", "ledger"] = "seat"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The walls around a holder, and what more than its own it may have inside of them.

    `ports` are those that it may reach by TCP, None is any network; `memory` is in bytes, of each process.
    """

    level: Level = "off"
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    ports: tuple[int, ...] | None = ()
    memory: int = 4 << 30
    processes: int = 128
    files: int = 1024
    """How many it may have open at a time."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What `defaults` and a seat may say alike; None where nothing is said."""

    budget: Money | None = None
    limit: timedelta | None = None
    skip_if: Literal["never", "nothing new"] | None = None
    late_after: timedelta | None = None
    missed: Missed | None = None
    retries: int | None = None
    good_for: timedelta | None = None
    input: Literal["markdown", "json"] | None = None
    sandbox: Sandbox | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A standing post. Spans are wall time; `budget` is None where there is no limit on money."""

    id: str
    title: str
    holder: Holder
    place: Place
    answers_to: str | None = None
    owns: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    when: tuple[Cadence, ...] = ()
    reads: tuple[str, ...] = ()
    """Seats whose state it reads, in the order of the file."""
    paths: tuple[PathRead, ...] = ()
    can: Permission = field(default_factory=Permission)
    scorecard: tuple[Metric, ...] = ()
    budget: Money | None = None
    limit: timedelta = timedelta(minutes=10)
    skip_if: Literal["never", "nothing new"] = "never"
    late_after: timedelta = timedelta(minutes=15)
    missed: Missed = field(default_factory=lambda: Missed(kind="once", under=timedelta(hours=2)))
    retries: int = 0
    good_for: timedelta | None = None
    input: Literal["markdown", "json"] = "markdown"
    sandbox: Sandbox = field(default_factory=Sandbox)
    user: str = ""
    """As whom of the machine's users its holder runs; "" as the daemon itself."""
    review: date | None = None
    """The day by which a person looks whether it is still to be there, and to be allowed what it is."""
    stand_in: str = ""
    """A command that replaces a paid holder in a rehearsal, as written."""
    where: Mapping[str, Place] = field(default_factory=dict, compare=False)
    """Where its `can`, `never` and `budget` stand, and each `ask KIND`: what verdicts point at."""
    own: Terms = field(default_factory=Terms, compare=False)
    """Which of its terms it says itself; the others are those of `defaults`."""

    @property
    def is_apart(self) -> bool:
        """Say whether its holder is to be kept apart: by a sandbox, or as a user of his own."""
        return self.sandbox.level != "off" or bool(self.user)

    @property
    def clocks(self) -> tuple[ClockCadence, ...]:
        """Those of its cadences that promise instants."""
        return tuple(c for c in self.when if is_clock(c))


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most `count` done over all seats per `per`; `each` counts per subject."""

    count: int
    per: Literal["day", "week", "month"] | None
    each: bool


@dataclass(frozen=True, slots=True)
class ActionKind:
    """What an allowed action runs."""

    name: str
    place: Place
    run: tuple[str, ...] = ()
    http: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    outside: bool = False
    limit: timedelta = timedelta(minutes=1)
    at_most: AtMost | None = None
    repeat: Literal["safe", "ask"] = "ask"
    once: Once = "no"
    use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """Where the value of a secret is: `at` is a variable, a path or a credential's name, `argv` a command."""

    name: str
    kind: Literal["env", "file", "run", "credential"]
    place: Place
    at: str = ""
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """One kind of subject belongs to another, by a table of two columns."""

    kind: str
    of: str
    source: str
    place: Place


@dataclass(frozen=True, slots=True)
class Conflict:
    """Seats over one kind of subject: the seat named first wins."""

    about: str
    rank: tuple[str, ...]
    place: Place
    within: timedelta | None = None
    then: Then = "hold"
    ask: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition with a ruling; `condition` is the CEL text as written, "" of a rule that could not be read."""

    name: str
    condition: str
    then: Then
    place: Place
    seats: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    ask: str = ""
    because: str = ""
    needs: tuple[str, ...] = ()
    """What its condition must be told: `state SEAT`, `metric SEAT.NAME`, mail, claims, touches, now, about."""
    where: Mapping[str, Place] = field(default_factory=dict, compare=False)
    """Where its condition names those seats and metrics."""
    examples: tuple[Example, ...] = field(default=(), compare=False)
    """What `fleet rules test` tries it on; a chart that was kept has none."""

    @property
    def states(self) -> tuple[str, ...]:
        """The seats whose states it looks at."""
        return tuple(need.removeprefix("state ") for need in self.needs if need.startswith("state "))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics it looks at, each as `seat.metric`."""
        return tuple(need.removeprefix("metric ") for need in self.needs if need.startswith("metric "))


@dataclass(frozen=True, slots=True)
class Handoff:
    """What one seat owes others."""

    name: str
    source: str
    to: tuple[str, ...]
    place: Place
    within: timedelta | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: who is told (a seat, or `answers_to`), how long after the matter arose."""

    to: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Ladder:
    """An escalation: its rungs in order."""

    name: str
    rungs: tuple[Rung, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Retired:
    """A seat that ended: its record and heirs."""

    id: str
    title: str
    date: date | None
    record: str
    because: str
    gave: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Limits:
    """What one seat may do before fleet takes it for a storm: more than honest work needs."""

    messages_an_hour: int = 200
    fan_out: int = 50
    """To how many seats one turn may write."""
    wakes_an_hour: int = 60
    """How often events wake it as they come; what comes sooner waits."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole of fleet.yaml and its includes."""

    name: str
    calendar: Calendar
    seats: Mapping[str, Seat]
    mission: str = ""
    budget: Money | None = None
    turns_at_once: int = 4
    limits: Limits = field(default_factory=Limits)
    terms: Terms = field(default_factory=Terms)
    """What `defaults` says."""
    include: tuple[str, ...] = ()
    """The paths and patterns under `include`."""
    actions: Mapping[str, ActionKind] = field(default_factory=dict)
    subjects: Mapping[str, SubjectKind] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Those whose value is not in the daemon's environment under their own name."""
    conflicts: tuple[Conflict, ...] = ()
    rules: tuple[Rule, ...] = ()
    handoffs: Mapping[str, Handoff] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    retired: Mapping[str, Retired] = field(default_factory=dict)
    places: Mapping[Path, Place] = field(default_factory=dict)
    """Place of every node by its path of keys and indexes, e.g. ("seats", "dash", "when", 0)."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The whole text of each file, fleet.yaml first: what a revision records."""
    _heard: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Filled when first asked for; a chart that is replaced begins anew."""

    @property
    def names_secrets(self) -> bool:
        """Say whether anything here speaks of a secret."""
        users = (
            *(seat.can.use for seat in self.seats.values()),
            *(kind.use for kind in self.actions.values()),
        )
        return bool(self.secrets) or any(users)

    def local(self, at: datetime | None) -> str | None:
        """Write an instant in the fleet's zone, to the second; None stays None."""
        return at.astimezone(self.calendar.tz).isoformat(timespec="seconds") if at is not None else None

    def hearers(self, publisher: str) -> tuple[str, ...]:
        """Name the seats that ask to be woken when a seat publishes, in the order of the file."""
        if not self._heard:
            found: dict[str, dict[str, None]] = {"": {}}
            for seat in self.seats.values():
                for cadence in seat.when:
                    if isinstance(cadence, OnPublish):
                        found.setdefault(cadence.seat, {})[seat.id] = None
            self._heard.update((name, tuple(seats)) for name, seats in found.items())
        return self._heard.get(publisher, ())
