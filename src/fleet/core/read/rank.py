"""Rank: who goes first over a kind of subject, where several act on it and where a rank says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from fleet.core.chart import ActionKind, Chart, Conflict, Path, Seat
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of
from fleet.core.read.stray import near_kind

QUESTIONS = (
    "four questions settle it: who goes first (rank), on what (about), for how long after it has acted (within), "
    "and what then becomes of the other's action (then: hold, refuse or ask PERSON)? Say why (because)"
)
DEEPEST = 20
"""Kinds that belong to one another, one by one; nobody means more, and each is walked often."""
AGAINST = 20
"""Earlier ranks over the same kind with which one is compared."""
NAMED = 3
"""Seats of a pair or crowd that are named; of more, only how many."""


def ranks(chart: Chart, found: Found) -> None:
    """Note territory that nobody has ordered, and ranks that order nothing or contradict each other."""
    entries: dict[str, list[tuple[int, Conflict]]] = {}
    for number, conflict in enumerate(chart.conflicts):
        entries.setdefault(conflict.about, []).append((number, conflict))
    rivals = _actors(chart, can_harm)
    _shared(chart, rivals, entries, found)
    if not entries:
        return
    acting = _actors(chart, lambda kind: True)
    for about, own in entries.items():
        _contradict(chart, own, {seat.id for seat in rivals.get(about, ())}, found)
        for number, conflict in own:
            _idle(chart, number, conflict, {seat.id for seat in acting.get(about, ())}, found)


def can_harm(kind: ActionKind) -> bool:
    """Say whether it matters who does it first: what stays inside and may be repeated hurts nobody."""
    return kind.outside or kind.repeat != "safe"


def _kinds_of(chart: Chart, seat: Seat) -> Iterator[ActionKind]:
    """List the action kinds that a seat may do, with or without asking."""
    named = dict.fromkeys((*seat.can.do, *seat.can.ask))
    return (chart.actions[name] for name in named if name in chart.actions and name not in seat.never)


def owners(chart: Chart, about: str) -> tuple[str, ...]:
    """List a kind of subject and those to which it belongs, nearest first."""
    found = [about]
    while len(found) < DEEPEST and (kind := chart.subjects.get(found[-1])) and kind.of not in found:
        found.append(kind.of)
    return tuple(found)


# Territory without an order.


def _actors(chart: Chart, counts: Callable[[ActionKind], bool]) -> dict[str, list[Seat]]:
    """The seats that act on each kind of subject, also through what belongs to it."""
    found: dict[str, list[Seat]] = {}
    for seat in chart.seats.values():
        if seat.holder.is_agent and (seat.can.do or seat.can.ask):
            named = [name for kind in _kinds_of(chart, seat) if counts(kind) for name in kind.about]
            for about in dict.fromkeys(owner for name in named for owner in owners(chart, name)):
                found.setdefault(about, []).append(seat)
    return found


def _shared(
    chart: Chart,
    actors: Mapping[str, list[Seat]],
    entries: Mapping[str, list[tuple[int, Conflict]]],
    found: Found,
) -> None:
    """Kinds of subject on which two seats act that no rank names, neither there nor over what it belongs to.

    What belongs to nothing comes first: a rank over it settles all that belongs to it.
    """
    ranked = {about: {n for _, c in own for n in c.rank} for about, own in entries.items()}
    told: set[str] = set()
    for about, seats in sorted(actors.items(), key=lambda pair: len(owners(chart, pair[0]))):
        settled = {name for kind in owners(chart, about) for name in ranked.get(kind, ())}
        free = [seat for seat in seats if seat.id not in settled and seat.id not in told]
        if len(free) > 1:
            told.update(seat.id for seat in free)
            _say_shared(chart, about, free, found)


def _say_shared(chart: Chart, about: str, free: list[Seat], found: Found) -> None:
    one, other = free[:2]
    more = f", and {len(free) - 2} more seats" if len(free) > 2 else ""
    what = f"{one.id} and {other.id}{more} act on one {about}, and no conflict says who goes first"
    through = [way for seat in (one, other) if (way := _through(chart, seat, about))]
    if through:
        what += f" ({'; '.join(through)})"
    rank = ", ".join(seat.id for seat in free[:NAMED])
    block = (
        f"{{about: {about}, rank: [{rank}], within: 7 days, then: hold, because: WHY {one.id} GOES FIRST}}"
    )
    tries = (f"- {block}",) if chart.conflicts else (f"conflicts: [{block}]",)
    second = _can(chart, one, about), f"{one.id} may act on it here"
    place = _can(chart, other, about)
    found.say("F232", place, what, why=QUESTIONS, tries=tries, second=second, level="warning")


def _through(chart: Chart, seat: Seat, about: str) -> str:
    """Say how a seat that does not name a kind of subject comes to act on it."""
    named = [name for kind in _kinds_of(chart, seat) if can_harm(kind) for name in kind.about]
    if about in named:
        return ""
    by = next(name for name in named if about in owners(chart, name))
    return f"{seat.id} through {by}, which belongs to {about}"


def _can(chart: Chart, seat: Seat, about: str) -> Place:
    """The place of the first permission by which a seat acts on a kind of subject."""
    for kind in _kinds_of(chart, seat):
        if can_harm(kind) and any(about in owners(chart, name) for name in kind.about):
            way: Path = ("do", kind.name) if kind.name in seat.can.do else ("ask", kind.name, "")
            return place_of(chart, ("seats", seat.id, "can", *way), seat.place)
    return seat.place


# Ranks that contradict each other, and ranks that order nothing.


def _contradict(chart: Chart, own: list[tuple[int, Conflict]], acting: set[str], found: Found) -> None:
    """Two seats that each go before the other: by two ranks, or because each is missing in the other's."""
    ranks = [(number, [name for name in one.rank if name in acting]) for number, one in own]
    for at, (number, rank) in enumerate(ranks):
        for other, before in ranks[max(0, at - AGAINST) : at]:
            pair = _turned(rank, before)
            if pair is not None:
                _say_contradict(chart, other, number, pair, found)
                break


def _turned(rank: list[str], before: list[str]) -> tuple[str, str] | None:
    """Find two seats of which one rank has the second in front and the other the first; absent ones go last."""
    places = {name: place for place, name in enumerate(before)}
    lowest, who = -1, ""
    for name in rank:
        place = places.get(name, len(before))
        if place < lowest:
            return name, who
        if place > lowest:
            lowest, who = place, name
    named = set(rank)
    absent = next((name for name in before if name not in named), None)
    return (absent, who) if absent is not None and places[absent] < lowest else None


def _say_contradict(chart: Chart, first: int, second: int, pair: tuple[str, str], found: Found) -> None:
    one, other = pair
    about = chart.conflicts[second].about
    missing = [
        f"who is not named in a rank goes last in it, as {name} does {where}"
        for name, number, where in ((one, second, "here"), (other, first, "there"))
        if name not in chart.conflicts[number].rank
    ]
    what = f"over one {about} {other} goes before {one} by this rank, and {one} before {other} by another"
    why = missing[0] if missing else "where both want to act, each would hold the other"
    place = place_of(chart, ("conflicts", second, "rank"), chart.conflicts[second].place)
    there = place_of(chart, ("conflicts", first, "rank"), chart.conflicts[first].place)
    tries = (f"one conflict about {about} with rank: [{one}, {other}]",)
    found.say("F245", place, what, why=why, tries=tries, second=(there, f"{one} goes first"), level="warning")


def _idle(chart: Chart, number: int, conflict: Conflict, acting: set[str], found: Found) -> None:
    """Seats in a rank that are retired, and those at its end that neither act nor go before one that does."""
    for name in conflict.rank:
        if name in chart.retired and name not in chart.seats:
            place = place_of(chart, ("conflicts", number, "rank", name), conflict.place)
            what = f"{name} is retired, so this rank passes over it"
            second = chart.retired[name].place, "it retired here"
            left = ", ".join(n for n in conflict.rank if n not in chart.retired)
            found.say("F246", place, what, tries=(f"rank: [{left}]",), second=second, level="warning")
    seats = [name for name in conflict.rank if name in chart.seats]
    if not seats or _waits(chart, seats) or (acting - set(seats)):
        return
    idle = seats[max((at for at, name in enumerate(seats) if name in acting), default=-1) + 1 :]
    named = {kind for action in chart.actions.values() for kind in action.about}
    if idle == seats and conflict.about not in named and near_kind(conflict.about, named, found):
        return  # F251 tells of it
    if idle == seats:
        what = f"no seat may act on one {conflict.about}, so this rank stops nobody"
        place = place_of(chart, ("conflicts", number, "about"), conflict.place)
        found.say("F246", place, what, level="warning")
    elif idle:
        place = place_of(chart, ("conflicts", number, "rank", idle[0]), conflict.place)
        what = (
            f"{idle[0]} stands last over one {conflict.about} and cannot act on it, so its place stops nobody"
        )
        why = "a seat that only claims goes before those that act"
        tries = (f"rank: [{', '.join([*idle, *seats[: len(seats) - len(idle)]])}]",)
        found.say("F246", place, what, why=why, tries=tries, level="warning")


def _waits(chart: Chart, seats: Iterable[str]) -> bool:
    """Whether one of them is still to get its program, and with it what it may do."""
    return any(chart.seats[name].holder.is_planned for name in seats)
