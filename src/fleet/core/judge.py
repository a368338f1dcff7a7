"""Judge: from a case to a verdict, in the eleven steps of the contract. Pure, and deterministic.

Steps 1 to 7 in order, the first that does not pass decides; then conflicts, rules and asks are all
looked at and the strictest wins, of equals the first in the file. What errs refuses; what cannot be
known holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from fleet.core.case import Case
from fleet.core.contest import Found, conflicts, known, read
from fleet.core.hearing import Hearing
from fleet.core.ladder import superiors
from fleet.core.law import place_order
from fleet.core.permit import done_already, ledger, means, paused, permitted
from fleet.core.verdict import STRICTNESS, Verdict

STEPS: tuple[Callable[[Hearing], Verdict | None], ...] = (
    *(ledger, paused, permitted, means, done_already, known, read),
)


def judge(case: Case) -> Verdict:
    """Judge one action at one instant. Whatever goes wrong in judging refuses."""
    try:
        return _judge(Hearing(case))
    except Exception as exc:  # noqa: BLE001 - an error must never allow
        why = f"fleet could not judge it ({type(exc).__name__}: {exc}), and what cannot be judged is refused"
        return Verdict("refuse", "fleet", why, subjects=case.action.about)


def _judge(hearing: Hearing) -> Verdict:
    for step in STEPS:
        verdict = step(hearing)
        if verdict is not None:
            return verdict
    found = [*conflicts(hearing), *_rules(hearing), *_asks(hearing)]
    if not found:
        return _allow(hearing)
    strictest = max(STRICTNESS[v.ruling] for _, v in found)
    same = [(place, v) for place, v in found if STRICTNESS[v.ruling] == strictest]
    first = min(same, key=lambda pair: place_order(pair[0]))[1]
    again = [v.again_at for _, v in found if v.ruling == "hold" and v.again_at is not None]
    return replace(first, looked=tuple(hearing.looked), again_at=min(again, default=None))


def _rules(hearing: Hearing) -> Iterator[Found]:
    """Rules have their place here. Until their language is read, one that might match holds."""
    case = hearing.case
    for rule in case.law.rules(case.action.seat, case.action.kind):
        says = f"rule {rule.name} speaks of it, and this version of fleet cannot read conditions"
        yield rule.place, hearing.says("hold", 9, rule.name, says, rule.place)


def _asks(hearing: Hearing) -> Iterator[Found]:
    case = hearing.case
    seat, kind, action = case.seat, case.kind, case.action
    assert seat is not None and kind is not None
    person = seat.can.ask.get(action.kind)
    if person is not None and action.yes_for(person) is None:
        place = seat.where.get(f"ask {action.kind}", seat.place)
        says = f"{action.kind} by {seat.id} needs the yes of {person}"
        yield place, hearing.says("ask", 10, f"seats.{seat.id}.can.ask", says, place, person=person)
    if not (action.outside and kind.outside):
        return
    above = (name for name in superiors(case.chart, seat.id))
    whom = next((name for name in above if case.chart.seats[name].holder.kind == "person"), "")
    if whom and action.yes_for(whom) is None:
        says = f"{action.turn} had read text that strangers can write, and {kind.name} acts outside"
        reason = f"{says}: {whom} must say yes"
        yield kind.place, hearing.says("ask", 10, "outside text", reason, kind.place, person=whom)
    elif not whom:
        yield (
            kind.place,
            hearing.says("hold", 10, "outside text", f"{seat.id} answers to no person", kind.place),
        )


def _allow(hearing: Hearing) -> Verdict:
    case = hearing.case
    seat, action = case.seat, case.action
    assert seat is not None
    yes = [answer for answer in action.answers if answer.seal == action.seal]
    who = f"{yes[-1].by} said yes" if yes else f"{seat.id} may do {action.kind}"
    claims = [
        name
        for s in case.subjects
        for name, c in case.account.claimed.get(s, {}).items()
        if c.stands(case.now)
    ]
    others = [name for name in claims if name != seat.id]
    lower = f"only {', '.join(dict.fromkeys(others))}, ranked no higher, claims it"
    free = lower if others else "nobody else claims it"
    about = f", and {free}" if case.subjects else ""
    place = seat.where.get("can", seat.place)
    return hearing.says("allow", 11, f"seats.{seat.id}.can", f"{who}{about}", place)
