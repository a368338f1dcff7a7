"""Past: what an account holds: a seat's wakes, turn, state, claims and money; mail, open matters, pauses, revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from fleet.core.codec import Json
from fleet.core.edit.wait import Base, Wait
from fleet.core.frozen import dataclass

DAYS_OF_MONEY = 31
"""How many days' spending is kept by day: the longest period of a budget is a month."""


@dataclass(frozen=True, slots=True)
class Wake:
    """One wake that is due and not yet served.

    `id` is made from seat and slot, or from seat and cause, so that the same wake can never be
    recorded twice. `slot` is set for promised wakes only. `alone` asks for a turn of its own.
    """

    id: str
    due_at: datetime
    cause: str
    reason: str
    slot: datetime | None = None
    alone: bool = False
    hop: int = 0
    """Where its turn stands in a chain of turns that cause each other, as far as the wake itself tells."""
    of: str = ""
    """The seat that published, or the path that changed."""
    after: datetime | None = None
    """Not before that: events woke its seat too often."""

    @property
    def insists(self) -> bool:
        """Say whether it may not be skipped for lack of news."""
        return self.cause in ("person", "first start", "retry", "later", "lost", "hold")


@dataclass(frozen=True, slots=True)
class Running:
    """The turn that a seat is in."""

    turn: str
    started_at: datetime
    deadline: datetime
    attempt: int
    wakes: tuple[Wake, ...] = ()
    mail: tuple[str, ...] = ()
    inputs: str = ""
    stale: tuple[str, ...] = ()
    outside: bool = False
    hop: int = 0
    holds: tuple[str, ...] = ()
    """Held actions that were put to it, and that only a `keep` of this turn lets go on."""
    n: int = -1
    """The record of its start: what was noted for its seat before it stood in its brief."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last turn of a seat, as it ended."""

    turn: str
    outcome: str
    at: datetime
    took_s: float
    why: str = ""
    headline: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """The state a seat stands by. `n` is the record that holds it whole; times are aware UTC."""

    turn: str
    n: int
    sha256: str
    written: datetime
    fingerprint: str
    as_of: datetime | None = None
    good_until: datetime | None = None
    headline: str = ""
    stale: tuple[str, ...] = ()
    outside: bool = False

    def fresh(self, now: datetime) -> bool:
        """Say whether it still holds; one without an end holds."""
        return self.good_until is None or now <= self.good_until


@dataclass(frozen=True, slots=True)
class Claim:
    """A subject that a seat says is its own for now."""

    about: str
    since: datetime
    turn: str
    until: datetime | None = None
    because: str = ""
    outside: bool = False

    def stands(self, now: datetime) -> bool:
        """Say whether it has not run out."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Value:
    """The newest value of a metric that made a row of the scorecard, as text; `turn` reported it."""

    value: str
    at: datetime
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is not finished. `box` is new or cur; `n` is the record that holds it whole."""

    id: str
    to: str
    sender: str
    type: str
    name: str
    n: int
    sent: datetime
    thread: str
    box: str = "new"
    hop: int = 0
    about: tuple[str, ...] = ()
    subject: str = ""
    outside: bool = False
    sha256: str = ""
    tries: int = 0
    """How many turns that read it have failed."""
    between: tuple[str, ...] = ()
    """Who asked and who did not answer, where it tells a person of that."""
    joined: int = 0
    """How many such matters more came without a letter of their own while it waited."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a message, and in which thread."""

    sender: str
    thread: str
    hop: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that climbs a ladder until somebody settles it.

    `base_at` is when the first rung is due; `rung` is the next one; `told` are the messages
    that told of it, each with whom; an answer to one by that seat settles it.
    `kind` is unanswered, raised, failing, exchange, storm, blind, held, asked or unknown; that of the last
    three has the id of its action. `first` is told before the ladder begins, and `type` is that of
    the message that is unanswered.
    """

    id: str
    kind: str
    seat: str
    ladder: str
    base_at: datetime
    sender: str = ""
    about: tuple[str, ...] = ()
    subject: str = ""
    because: str = ""
    rung: int = 0
    told: dict[str, str] = field(default_factory=dict)
    first: str = ""
    type: str = ""
    outside: bool = False
    """Its words are of a turn or a message that is stamped."""
    hop: int = 0
    """That of the message which tells of it: who answers a letter with letters comes to an end, too."""
    thread: str = ""
    """That of a message that is unanswered, or of the exchange."""
    since: datetime | None = None
    """When the message was sent that is unanswered."""
    within: str = ""
    """The letter that tells of it among others, of a storm or an exchange; nobody is told of it by itself."""


@dataclass(frozen=True, slots=True)
class Thread:
    """An exchange: how many replies to somebody else's message it has had."""

    exchanges: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Paused:
    """The fleet or a seat is not to be woken, or a kind of action or a subject not to be acted on."""

    by: str
    at: datetime
    because: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast events wake a seat: `until` is when an hour's wakes are there again, `slowed` how often it waited."""

    until: datetime
    slowed: int = 0


@dataclass(frozen=True, slots=True)
class Storm:
    """Bounds that seats meet again and again. It gathers, is opened and told, and is over when it has been quiet.

    `seats` says how often each met one; `refused` counts messages, `held` wakes that had to wait, `unheard` wakes
    that were not made. `letter` told `person`; `times` is how often it came back since.
    """

    since: datetime
    last: datetime
    weight: int = 0
    seats: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    held: int = 0
    unheard: int = 0
    opened_at: datetime | None = None
    over_at: datetime | None = None
    letter: str = ""
    person: str = ""
    told_at: datetime | None = None
    times: int = 0
    quarrels: tuple[str, ...] = ()
    """The letters that told of single exchanges while it gathered."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that was sent, so that the same is not sent again."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of one seat.

    `fixed_until` and `interval_until` mark up to where its promised wakes are accounted for, apart,
    because a clock that is put back repeats intervals and not fixed times.
    """

    since: datetime
    fixed_until: datetime
    interval_until: datetime
    pending: tuple[Wake, ...] = ()
    running: Running | None = None
    last: Ended | None = None
    done_at: datetime | None = None
    state: Published | None = None
    claims: tuple[Claim, ...] = ()
    inputs: str = ""
    changes: dict[str, str] = field(default_factory=dict)
    failures: int = 0
    deferrals: int = 0
    retry_at: datetime | None = None
    retry_cause: str = ""
    resume: Json = None
    paused: Paused | None = None
    turns: int = 0
    late_for: datetime | None = None
    corrections: tuple[Json, ...] = ()
    answers: tuple[Json, ...] = ()
    """What became of its actions since its last done turn."""
    spent: dict[str, float] = field(default_factory=dict)
    """Dollars by local day, of the last month; what was before that, under ""."""
    spent_day: str = ""
    spent_usd: float = 0.0
    unmetered: int = 0
    gone: bool = False
    tampered: bool = False
    hop: int = 0
    """That of its last turn: a retry keeps its place in a chain of messages."""
    pace: Pace | None = None
    sent_in: str = ""
    """The hour in which it sent its last message, and how many in that hour."""
    sent: int = 0
    resume_outside: bool = False
    code: str = ""
    """What the files in its folder hashed to when its last turn began, and `code_at` when that was."""
    code_at: datetime | None = None
    remembers: bool = False
    """A stamped turn changed its work/, which is neither empty nor as it was since."""


def by_day(spent: Mapping[str, float]) -> dict[str, float]:
    """Keep money by day for as long as a period lasts, and what was before that as one sum under ""."""
    days = sorted(day for day in spent if day)
    older = sum(spent[day] for day in ("", *days[:-DAYS_OF_MONEY]) if day in spent)
    lately = {day: spent[day] for day in days[-DAYS_OF_MONEY:]}
    return {"": older, **lately} if older else lately


@dataclass(frozen=True, slots=True)
class Revision:
    """The chart in force: its id, the record that holds its whole text, and who made it."""

    id: str
    n: int
    who: str
    at: datetime
    texts: dict[str, str] = field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    """What of it is not in force before a person says yes."""
    base: Base | None = None
    """What stays in force if the whole edit waits."""
