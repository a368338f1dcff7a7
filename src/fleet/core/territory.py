"""Territory: who may act on a kind of subject, who goes first there, and who claims what of it now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fleet.core.account import Account
from fleet.core.chain import unique
from fleet.core.chart import ActionKind, Chart, Conflict, Seat
from fleet.core.frozen import dataclass
from fleet.core.past import Claim


@dataclass(frozen=True, slots=True)
class Mandate:
    """What one seat may do on a kind of subject, and what of it is its own now.

    `rank` is its place in the conflict over that kind, 1 for who goes first, None below all that are named;
    `ask` gives for a kind of action the person whose yes it needs.
    """

    seat: str
    rank: int | None
    do: tuple[str, ...] = ()
    ask: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Territory:
    """One kind of subject: its conflicts in the order of the file, and its seats, who goes first at the top."""

    kind: str
    conflicts: tuple[Conflict, ...]
    mandates: tuple[Mandate, ...]
    of: str = ""
    source: str = ""
    parts: tuple[str, ...] = ()
    """Kinds that belong to this one: who acts on these acts on this one too."""


def kinds(chart: Chart, account: Account, now: datetime) -> list[str]:
    """Name every kind of subject that the chart speaks of, or that somebody claims now."""
    named = [conflict.about for conflict in chart.conflicts]
    named += [about for action in chart.actions.values() for about in action.about]
    named += [kind for one in chart.subjects.values() for kind in (one.kind, one.of)]
    return unique([*named, *(claim.about.partition(":")[0] for _, claim in _standing(account, now))])


def territory(chart: Chart, account: Account, kind: str, now: datetime) -> Territory:
    """Say who may act on a kind of subject, who goes first, and who claims what."""
    conflicts = tuple(one for one in chart.conflicts if one.about == kind)
    acts = [action.name for action in chart.actions.values() if kind in _touches(chart, action)]
    claims: dict[str, list[Claim]] = {}
    for seat, claim in _standing(account, now):
        if claim.about.partition(":")[0] == kind:
            claims.setdefault(seat, []).append(claim)
    ranked = unique(name for one in conflicts for name in one.rank)
    others = [s.id for s in chart.seats.values() if _may(s, acts)]
    first = conflicts[0].rank if conflicts else ()
    found = tuple(
        Mandate(
            name,
            first.index(name) + 1 if name in first else None,
            *_allowed(chart.seats.get(name), acts),
            tuple(claims.get(name, ())),
        )
        for name in unique([*ranked, *others, *claims])
    )
    belongs = chart.subjects.get(kind)
    parts = tuple(one.kind for one in chart.subjects.values() if one.of == kind)
    of, source = (belongs.of, belongs.source) if belongs is not None else ("", "")
    return Territory(kind, conflicts, found, of, source, parts)


def _standing(account: Account, now: datetime) -> Iterator[tuple[str, Claim]]:
    for name, past in account.seats.items():
        for claim in past.claims:
            if claim.stands(now):
                yield name, claim


def _touches(chart: Chart, action: ActionKind) -> set[str]:
    """Name the kinds of subject that an action is about, and those to which they belong."""
    found, todo = set(action.about), list(action.about)
    while todo:
        belongs = chart.subjects.get(todo.pop())
        if belongs is not None and belongs.of not in found:
            found.add(belongs.of)
            todo.append(belongs.of)
    return found


def _may(seat: Seat, acts: list[str]) -> bool:
    return any(name in seat.can.do or name in seat.can.ask for name in acts)


def _allowed(seat: Seat | None, acts: list[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    if seat is None:
        return (), ()
    do = tuple(name for name in acts if name in seat.can.do and name not in seat.never)
    ask = tuple(
        (name, seat.can.ask[name]) for name in acts if name in seat.can.ask and name not in seat.never
    )
    return do, ask
