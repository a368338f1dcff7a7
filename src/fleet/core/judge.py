"""Judge: from a case to a verdict, in the eleven steps of docs/files.md, "The gate". Pure, and deterministic.

Steps 1 to 7 in order, the first that does not pass decides; then conflicts, rules and asks are all
looked at and the strictest wins, of equals the first in the file. What errs refuses; what cannot be
known holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from fleet.core.canonical import canonical
from fleet.core.case import Case
from fleet.core.chain import person_above
from fleet.core.contest import Found, conflicts, known, read
from fleet.core.hearing import Hearing
from fleet.core.law import place_order
from fleet.core.permit import done_already, means, paused, permitted
from fleet.core.ruling import rulings
from fleet.core.verdict import STRICTNESS, Step, Verdict, sentence

STEPS: tuple[Callable[[Hearing], Verdict | None], ...] = (
    *(paused, permitted, means, done_already, known, read),
)
"""Those of steps 2 to 7. Step 1 is held outside: nothing starts whose verdict is not in the ledger and synced."""


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
    ruled = list(rulings(hearing))
    waived = any(verdict.ruling == "allow" for _, verdict in ruled)
    found = [*conflicts(hearing), *ruled, *_asks(hearing, waived=waived)]
    if not found:
        return _allow(hearing)
    strictest = max(STRICTNESS[v.ruling] for _, v in found)
    same = [(place, v) for place, v in found if STRICTNESS[v.ruling] == strictest]
    same.sort(key=lambda pair: place_order(pair[0]))
    first = same[0][1] if strictest != STRICTNESS["ask"] else _question([v for _, v in same])
    again = [v.again_at for _, v in found if v.ruling == "hold" and v.again_at is not None]
    return replace(first, looked=tuple(hearing.looked), again_at=min(again, default=None))


def _question(asks: list[Verdict]) -> Verdict:
    """Put all that the first person is asked into one question: he is shown all of it, and answers once."""
    first = asks[0]
    mine = [v for v in asks if v.person == first.person]
    if len(mine) == 1:
        return first
    evidence = {canonical(one): one for v in mine for one in v.evidence}
    return replace(
        first,
        reason=" ".join([sentence(mine[0].reason), *(f"Also: {sentence(v.reason)}" for v in mine[1:])]),
        evidence=tuple(evidence.values()),
        asks=tuple(question for v in mine for question in v.asks),
        rules=tuple((v.rule, v.place) for v in mine),
    )


def _asks(hearing: Hearing, *, waived: bool) -> Iterator[Found]:
    """Ask whom the seat must ask, and for outside text the person above it, unless a rule waives that."""
    case = hearing.case
    seat, kind, action = case.seat, case.kind, case.action
    assert seat is not None and kind is not None
    person, question = seat.can.ask.get(action.kind), f"seats.{seat.id}.can.ask"
    if person is not None and action.yes_for(person, question) is None:
        place = seat.where.get(f"ask {action.kind}", seat.place)
        says = f"{action.kind} by {seat.id} needs the yes of {person}"
        verdict = hearing.says("ask", Step.ASKS, question, says, place)
        yield place, verdict.asking(person, question)
    if waived or not (action.outside and kind.outside):
        return
    whom = person_above(case.chart, seat.id)
    says = f"{action.turn} had read text that strangers can write, and {kind.name} acts outside"
    rule = "outside text"
    if not whom:
        reason = f"{says}, and {seat.id} answers to nobody who could say yes"
        yield kind.place, hearing.says("hold", Step.ASKS, rule, reason, kind.place)
    elif action.yes_for(whom, rule) is None:
        reason = f"{says}, so {whom} must say yes"
        verdict = hearing.says("ask", Step.ASKS, rule, reason, kind.place)
        yield kind.place, verdict.asking(whom, rule)


def _allow(hearing: Hearing) -> Verdict:
    case = hearing.case
    seat, action = case.seat, case.action
    assert seat is not None
    yes = [answer for answer in action.answers if answer.seal == action.seal]
    who = f"{yes[-1].by} said yes" if yes else f"{seat.id} may do {action.kind}"
    place = seat.where.get("can", seat.place)
    others = _claims_of_others(case)
    free = "nobody else claims it" if len(case.subjects) < 2 else "nobody else claims any of it"
    reason = f"{who}, and {free}" if case.subjects and not others else "; ".join((who, *others))
    return hearing.says("allow", Step.ALLOW, f"seats.{seat.id}.can", reason, place)


def _claims_of_others(case: Case) -> list[str]:
    """Say which claims of others stand on its subjects, and why they do not stop it."""
    above = {(name, subject) for subject, ranking in case.rankings for name in ranking.above}
    said = []
    for subject in case.subjects:
        for name, claim in sorted(case.account.claimed.get(subject, {}).items()):
            if name == case.action.seat or name not in case.chart.seats or not claim.stands(case.now):
                continue
            first = (
                "goes first, and that does not stop it" if (name, subject) in above else "does not go first"
            )
            said.append(f"{name} claims {subject} and {first}")
    return said
