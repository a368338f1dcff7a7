"""The account: what the ledger says has happened, folded record by record into what is open now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import TypeVar

from fleet.core import docket as dockets
from fleet.core.codec import Json, from_plain, to_plain
from fleet.core.docket import Docket
from fleet.core.folds import FOLDS
from fleet.core.frozen import dataclass, replaced
from fleet.core.gust import meets
from fleet.core.names import number
from fleet.core.past import (
    Claim,
    Copy,
    Letter,
    Matter,
    Origin,
    Past,
    Paused,
    Revision,
    Storm,
    Thread,
    Value,
    by_day,
)
from fleet.core.record import Record

T = TypeVar("T")


@dataclass(slots=True)
class Account:
    """Everything that is open, as of record `n`.

    It is a fold: the same records always give the same account. The values in it are frozen;
    only `apply` replaces them.
    """

    n: int = -1
    at: datetime | None = None
    frame: int = 0
    """Counts how often the clock was put back: part of a wake's id, so that none collides."""
    revision: Revision | None = None
    counters: dict[str, int] = field(default_factory=dict)
    seats: dict[str, Past] = field(default_factory=dict)
    mail: dict[str, Letter] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    docket: Docket = field(default_factory=Docket)
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where recent messages came from, so that a reply finds its thread; the newest few."""
    paused: Paused | None = None
    pauses: dict[str, Paused] = field(default_factory=dict)
    """Kinds of action and subjects that are paused."""
    values: dict[str, Value] = field(default_factory=dict)
    """The newest value of each metric, as `seat.metric`."""
    untold: dict[str, str] = field(default_factory=dict)
    """Messages of which a person is still to be told by his own means, each with that person."""
    troubles: tuple[Json, ...] = ()
    erasing: int = 0
    """The record of an erasure that may not be carried out yet; 0 if there is none."""
    storm: Storm | None = None
    """The bounds that were met lately; the last storm, until another gathers."""
    copies: dict[str, Copy] = field(default_factory=dict, compare=False)
    """What agents wrote within the last hour, and what of older mail is unread, by what makes two the same."""
    inboxes: dict[str, dict[str, None]] = field(default_factory=dict)
    """The ids of each seat's open messages, oldest first: an index over `mail`."""
    claimed: dict[str, dict[str, Claim]] = field(default_factory=dict)
    """Who claims each subject: an index over the claims of seats."""
    spent: dict[str, float] = field(default_factory=dict, compare=False)
    """Dollars of all seats by local day: an index over what each has spent."""
    challenges: dict[str, dict[str, None]] = field(default_factory=dict)
    """Unanswered CHALLENGEs by subject: an index over `matters`."""
    stirred: dict[str, int] = field(default_factory=dict, compare=False)
    """What has changed since somebody last drained this, by the names that verdicts look at, and when."""
    stirs: int = field(default=0, compare=False)
    """How often anything has: the clock of `stirred`."""
    moved: dict[str, None] = field(default_factory=dict, compare=False)
    """Matters that were opened or took a step since somebody last drained this."""

    def apply(self, record: Record) -> None:
        """Take one record in. Kinds that change nothing open are passed over."""
        self.n = record.n
        self.at = record.at
        fold = FOLDS.get(record.what)
        if fold is not None:
            fold(self, record)
        if "bound" in record.data:
            meets(self, record)

    def apply_all(self, records: Iterable[Record]) -> Account:
        """Take records in, oldest first."""
        for record in records:
            self.apply(record)
        return self

    def next_id(self, kind: str, ahead: int = 0) -> str:
        """Give the next id of a kind, `ahead` places further; ids are never reused."""
        return f"{kind}-{self.counters.get(kind, 0) + 1 + ahead}"

    def used(self, identity: str) -> bool:
        """Say whether an id has been given to something."""
        kind, _, number = identity.partition("-")
        return number.isdigit() and int(number) <= self.counters.get(kind, 0)

    def past(self, seat: str) -> Past:
        """Give what is known of a seat; raises KeyError for one that no revision ever named."""
        return self.seats[seat]

    def origin(self, message: str) -> Origin | None:
        """Say who wrote a recent message and in which thread; None for one that is too long ago."""
        return self.origins.get(message)

    def waiting(self, seat: str, box: str = "new") -> list[Letter]:
        """List a seat's messages in a box, oldest first."""
        letters = (self.mail[identity] for identity in self.inboxes.get(seat, ()))
        return [letter for letter in letters if letter.box == box]

    def names(self, seat: str) -> set[str]:
        """Give the file names of a seat's open messages."""
        return {self.mail[identity].name for identity in self.inboxes.get(seat, ())}

    def checkpoint(self) -> dict[str, Json]:
        """Give all that is open as JSON; `from_checkpoint` reads it."""
        names = (
            *("frame", "revision", "counters", "seats", "mail", "matters"),
            *("threads", "origins", "paused", "pauses", "untold", "troubles", "values", "erasing"),
            *("storm", "copies"),
        )
        return {name: to_plain(getattr(self, name)) for name in names} | {"docket": self.docket.checkpoint()}

    def count(self, identity: str) -> None:
        """Note that an id is used up."""
        kind, _, number = identity.partition("-")
        if number.isdigit():
            self.counters[kind] = max(self.counters.get(kind, 0), int(number))

    def open_letter(self, letter: Letter) -> None:
        """Add an open message."""
        self.mail[letter.id] = letter
        self.inboxes.setdefault(letter.to, {})[letter.id] = None

    def shut_letter(self, identity: str) -> None:
        """Drop a message that is finished."""
        letter = self.mail.pop(identity)
        del self.inboxes[letter.to][identity]

    def change(self, seat: str, **changes: object) -> None:
        """Replace parts of what is known of a seat."""
        self.seats[seat] = replaced(self.seats[seat], changes)

    def set_claims(self, seat: str, claims: tuple[Claim, ...], about: str) -> None:
        """Replace a seat's claims, of which that on `about` has changed."""
        self.change(seat, claims=claims)
        claim = next((c for c in claims if c.about == about), None)
        if claim is not None:
            self.claimed.setdefault(about, {})[seat] = claim
        else:
            self.claimed.get(about, {}).pop(seat, None)
        self.stir(f"claims {about}")

    def spend(self, day: str, usd: float) -> None:
        """Note money that was spent on a local day."""
        self.spent = by_day({**self.spent, day: self.spent.get(day, 0.0) + usd})

    def open_matter(self, matter: Matter) -> None:
        """Add a matter, or put a changed one in its place."""
        self.matters[matter.id] = matter
        self.moved[matter.id] = None
        if matter.type == "CHALLENGE":
            for subject in matter.about:
                self.challenges.setdefault(subject, {})[matter.id] = None
                self.stir(f"challenge {subject}")
            self.stir("challenge ")

    def shut_matter(self, identity: str) -> None:
        """Drop a matter that is settled, if it is open."""
        matter = self.matters.pop(identity, None)
        if matter is not None and matter.type == "CHALLENGE":
            for subject in matter.about:
                self.challenges.get(subject, {}).pop(identity, None)
                if not self.challenges.get(subject):
                    self.challenges.pop(subject, None)
                self.stir(f"challenge {subject}")
            self.stir("challenge ")

    def stir(self, name: str) -> None:
        """Note that something which verdicts look at has changed; what changed last stands last."""
        self.stirs += 1
        self.stirred.pop(name, None)
        self.stirred[name] = self.stirs


def from_checkpoint(record: Record) -> Account:
    """Begin an account at a checkpoint; raises KeyError, TypeError or ValueError if it is not one."""
    data = record.data
    account = Account(n=record.n, at=record.at)
    account.frame = data.get("frame", 0)
    account.revision = from_plain(Revision, data["revision"]) if data.get("revision") else None
    account.counters = dict(data.get("counters", {}))
    account.seats = from_plain(dict[str, Past], data.get("seats", {}))
    for name, past in account.seats.items():
        for claim in past.claims:
            account.claimed.setdefault(claim.about, {})[name] = claim
        for day, usd in past.spent.items():
            account.spend(day, usd)
    for letter in _by_number(from_plain(dict[str, Letter], data.get("mail", {}))).values():
        account.open_letter(letter)
    for matter in _by_number(from_plain(dict[str, Matter], data.get("matters", {}))).values():
        account.open_matter(matter)
    account.threads = from_plain(dict[str, Thread], data.get("threads", {}))
    account.docket = dockets.from_checkpoint(data.get("docket", {}))
    account.origins = _by_number(from_plain(dict[str, Origin], data.get("origins", {})))
    account.paused = from_plain(Paused, data["paused"]) if data.get("paused") else None
    account.pauses = from_plain(dict[str, Paused], data.get("pauses", {}))
    account.values = from_plain(dict[str, Value], data.get("values", {}))
    account.untold = dict(data.get("untold", {}))
    account.troubles = tuple(data.get("troubles", ()))
    account.erasing = data.get("erasing", 0)
    account.storm = from_plain(Storm, data["storm"]) if data.get("storm") else None
    account.copies = from_plain(dict[str, Copy], data.get("copies", {}))
    return account


def _by_number(found: dict[str, T]) -> dict[str, T]:
    """Put ids back in the order in which they were given; a record keeps its keys sorted as text."""
    return dict(sorted(found.items(), key=lambda pair: number(pair[0])))


def fold(records: Iterable[Record]) -> Account:
    """Fold records that begin with a checkpoint into an account."""
    account = Account()
    for record in records:
        if record.what == "checkpoint" and account.n < 0:
            account = from_checkpoint(record)
            continue
        account.apply(record)
    return account
