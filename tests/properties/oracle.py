"""The judgement once more, from the contract alone: facts as plain values, and a table of the steps over them.

It is slow and knows nothing of records, accounts or indexes. What it has in common with the program is
docs/files.md, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("America/New_York")
PEOPLE = ("founder", "bogdan")
ANSWERS_TO = {"bogdan": "founder", "pulse": "bogdan", "radar": "founder", "dirk": "founder", "nick": "dirk"}
PASSED_OVER = ("crystal", "jeff")
"""Planned, and retired."""
STRICT = ("allow", "ask", "hold", "refuse")


@dataclass(frozen=True)
class Kind:
    about: tuple[str, ...] = ()
    outside: bool = False
    once: str = ""  # "": left out
    at_most: tuple[int, str, bool] | None = None  # count, period or "", each


@dataclass(frozen=True)
class Conflict:
    about: str
    rank: tuple[str, ...]
    then: str = "hold"
    within: int | None = None  # hours


@dataclass(frozen=True)
class Offer:
    seat: str
    kind: str
    about: tuple[str, ...]
    payload: int = 0
    stamped: bool = False


@dataclass(frozen=True)
class Past:
    """Another action: how long ago it was begun, and where it stands."""

    offer: Offer
    hours: int
    status: str  # done, failed, running, unknown, left


@dataclass(frozen=True)
class Mail:
    sender: str
    to: str
    about: tuple[str, ...] = ()
    challenge: bool = False
    read: bool = False
    answered: bool = False


@dataclass(frozen=True)
class Claim:
    seat: str
    about: str
    hours: int | None = None  # until when, from now; None: for good
    given_up: bool = False


@dataclass(frozen=True)
class Facts:
    """All that there is to know. Times are hours from `now`, which is in UTC."""

    now: datetime
    offer: Offer
    kinds: dict[str, Kind] = field(default_factory=dict)
    do: tuple[str, ...] = ()
    ask: dict[str, str] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    budget: tuple[int, str] | None = None
    spent: int = 0  # today, by the seat that acts
    conflicts: tuple[Conflict, ...] = ()
    owners: dict[str, tuple[str, ...] | None] = field(default_factory=dict)  # of persons; None: not known
    states: dict[str, int | str] = field(
        default_factory=dict
    )  # good for so many hours, "edited", or none at all
    paused: tuple[str, ...] = ()  # "", a seat, a kind, a subject
    gone: tuple[str, ...] = ()
    lapses: int = 1
    past: tuple[Past, ...] = ()
    mail: tuple[Mail, ...] = ()
    claims: tuple[Claim, ...] = ()
    early: bool = False  # he who is asked in `can` and by the stamp said yes before there was any conflict
    late: tuple[str, ...] = ()  # who says yes now, to all that he is asked


def judged(f: Facts) -> tuple[str, int, str]:
    """Give the ruling, the step that decided, and who is asked."""
    for number, ruling, passes in STEPS:
        if not passes(f):
            return ruling, number, ""
    found = [*_contests(f), *_questions(f)]
    open_ = [one for one in found if one[0] != "ask" or one[3] not in ("early", "late")]
    if not open_:
        return "allow", 11, ""
    strictest = max(STRICT.index(one[0]) for one in open_)
    ruling, step, person, _ = next(one for one in _in_file(open_) if STRICT.index(one[0]) == strictest)
    return ruling, step, person


def subjects(f: Facts, about: tuple[str, ...]) -> set[str]:
    """Every subject, also through `subjects`."""
    return {*about, *(owner for one in about for owner in f.owners.get(one, ()) or ())}


def above(f: Facts, conflict: Conflict) -> list[str]:
    """Earlier in the rank; who is not named ranks below all; planned and retired seats are passed over."""
    rank = list(conflict.rank)
    ahead = rank[: rank.index(f.offer.seat)] if f.offer.seat in rank else rank
    return [name for name in ahead if name not in PASSED_OVER]


def over(f: Facts) -> list[tuple[str, Conflict]]:
    """Each subject with each conflict over its kind in which somebody stands above."""
    return [
        (subject, conflict)
        for subject in sorted(subjects(f, f.offer.about))
        for conflict in f.conflicts
        if subject.startswith(f"{conflict.about}:") and above(f, conflict)
    ]


def _not_paused(f: Facts) -> bool:
    return not {"", f.offer.seat, f.offer.kind, *subjects(f, f.offer.about)} & set(f.paused)


def _permitted(f: Facts) -> bool:
    kind = f.kinds.get(f.offer.kind)
    if f.offer.seat in f.gone or kind is None:
        return False
    if {f.offer.kind, *subjects(f, f.offer.about)} & set(f.never):
        return False
    if f.offer.kind not in f.do and f.offer.kind not in f.ask:
        return False
    kinds = [one.partition(":")[0] for one in f.offer.about]
    return not kind.about or (bool(kinds) and all(one in kind.about for one in kinds))


def _means(f: Facts) -> bool:
    return f.lapses > 0 and (f.budget is None or f.spent < f.budget[0])


def _not_done(f: Facts) -> bool:
    kind = f.kinds[f.offer.kind]
    once = kind.once or ("ever" if kind.outside else "no")
    counted = [one for one in f.past if one.status != "failed"]
    busy = [one for one in counted if one.status in ("running", "unknown")]
    same = [one for one in counted if _equal(one.offer, f.offer)]
    if any(once == "ever" or (once == "a day" and _same(f, one, "day")) or one in busy for one in same):
        return False
    if kind.at_most is None:
        return True
    count, per, each = kind.at_most
    alike = [one for one in counted if one.offer.kind == f.offer.kind and (not per or _same(f, one, per))]
    if not each or not f.offer.about:
        return len(alike) < count
    return all(sum(subject in one.offer.about for one in alike) < count for subject in f.offer.about)


def _equal(one: Offer, other: Offer) -> bool:
    def key(offer: Offer) -> tuple[str, str, list[str], int]:
        return offer.seat, offer.kind, sorted(offer.about), offer.payload

    return key(one) == key(other)


def _same(f: Facts, past: Past, per: str) -> bool:
    """Whether something was begun in the local day, week or month that it is now."""

    def name(at: datetime) -> tuple[int, ...]:
        local = at.astimezone(ZONE)
        names = {
            "day": local.date().timetuple()[:3],
            "week": local.isocalendar()[:2],
            "month": (local.year, local.month),
        }
        return tuple(names[per])

    return name(f.now) == name(f.now - past.hours * HOUR)


def _known(f: Facts) -> bool:
    if any(f.owners.get(one, ()) is None for one in f.offer.about):
        return False
    needed = {name for _, conflict in over(f) if conflict.then != "allow" for name in above(f, conflict)}
    states = [f.states.get(name) for name in needed]
    return all(isinstance(hours, int) and hours >= 0 for hours in states)


def _read(f: Facts) -> bool:
    mine = subjects(f, f.offer.about)
    higher = {(name, subject) for subject, conflict in over(f) for name in above(f, conflict)}
    for one in f.mail:
        on = subjects(f, one.about) & mine
        lost = [p for p in one.about if f.owners.get(p, ()) is None]
        if (
            one.challenge
            and not one.answered
            and (on or (lost and any(s.startswith("account:") for s in mine)))
        ):
            return False
        if one.read or one.to != f.offer.seat:
            continue
        if one.sender in (*PEOPLE, "operator", ANSWERS_TO.get(f.offer.seat)):
            return False
        if any((one.sender, subject) in higher for subject in on):
            return False
        if lost and any(name == one.sender and subject.startswith("account:") for name, subject in higher):
            return False
    return True


STEPS: tuple[tuple[int, str, Callable[[Facts], bool]], ...] = (
    (2, "hold", _not_paused),
    (3, "refuse", _permitted),
    (4, "hold", _means),
    (5, "refuse", _not_done),
    (6, "hold", _known),
    (7, "hold", _read),
)
"""What must pass, in order, and what comes of it where it does not."""

Found = tuple[str, int, str, str]
"""Ruling, step, who is asked, and whether he has said yes already."""


def _contests(f: Facts) -> Iterator[Found]:
    for conflict in f.conflicts:
        for subject, other in over(f):
            if other is not conflict or conflict.then == "allow":
                continue
            if any(
                _claims(f, name, subject) or _touched(f, name, subject, conflict)
                for name in above(f, conflict)
            ):
                ruling, _, person = conflict.then.partition(" ")
                yield ruling, 8, person, "late" if person in f.late else ""


def _claims(f: Facts, name: str, subject: str) -> bool:
    last = {(c.seat, c.about): c for c in f.claims}.get((name, subject))
    return last is not None and not last.given_up and (last.hours is None or last.hours > 0)


def _touched(f: Facts, name: str, subject: str, conflict: Conflict) -> bool:
    return conflict.within is not None and any(
        one.offer.seat == name
        and one.status != "failed"
        and subject in subjects(f, one.offer.about)
        and (one.hours < conflict.within or one.status == "running")
        for one in f.past
    )


def _questions(f: Facts) -> Iterator[Found]:
    said = "early" if f.early else ""
    if f.offer.kind in f.ask:
        person = f.ask[f.offer.kind]
        yield "ask", 10, person, said or ("late" if person in f.late else "")
    if f.offer.stamped and f.kinds[f.offer.kind].outside:
        nearest = ANSWERS_TO[f.offer.seat]
        while nearest not in PEOPLE:
            nearest = ANSWERS_TO[nearest]
        yield "ask", 10, nearest, said or ("late" if nearest in f.late else "")


def _in_file(found: list[Found]) -> list[Found]:
    """The chart has the seats first, then the actions, then the conflicts; asks of `can` come before the stamp's."""
    return [one for one in found if one[1] == 10] + [one for one in found if one[1] == 8]
