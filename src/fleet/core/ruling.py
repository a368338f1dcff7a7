"""Ruling: step 9 of the gate, what the rules of the chart say of one action."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from fleet.core.case import Case
from fleet.core.chart import Rule
from fleet.core.codec import Json
from fleet.core.contest import Found
from fleet.core.hearing import NAMED_AT_MOST, Hearing
from fleet.core.verdict import Step, Verdict, sentence

AGAIN_AFTER = timedelta(minutes=1)
"""An action held by a rule that asks for the time is judged again this often."""


def rulings(hearing: Hearing) -> Iterator[Found]:
    """Ask each rule that speaks of the action, in the order of the file. What errs refuses."""
    case = hearing.case
    rules = case.law.rules(case.action.seat, case.action.kind)
    if not rules:
        return
    from fleet.core.cel import Unjudged  # a chart without rules needs none of it
    from fleet.core.testimony import asked_about, testify

    told, conditions = testify(case, rules), case.law.conditions
    for rule in rules:
        hearing.look(*_looks(hearing, rule))
        subjects = asked_of(rule, case)
        try:
            times = len(subjects)
            met = [s for s in subjects if conditions.holds(rule.condition, asked_about(told, s), times=times)]
        except Unjudged as exc:
            says = f"the rule {rule.name} cannot be judged, and what cannot be judged is refused: {exc}"
            seen = {"rule": rule.name, "if": rule.condition, "error": str(exc)}
            yield rule.place, hearing.says("refuse", Step.RULES, rule.name, says, rule.place, seen)
            continue
        if speaks(rule, len(met), len(subjects)):
            yield from _ruled(hearing, rule, met)


def asked_of(rule: Rule, case: Case) -> tuple[str, ...]:
    """Name the subjects about which a rule is asked, one by one; "" alone where it asks for none."""
    own = case.action.about if rule.then == "allow" else case.subjects
    return (own or ("",)) if "about" in rule.needs else ("",)


def speaks(rule: Rule, met: int, asked: int) -> bool:
    """Say whether a rule that is met by so many subjects says something: an `allow` must hold for all of them."""
    return met > 0 and (rule.then != "allow" or met == asked)


def _ruled(hearing: Hearing, rule: Rule, met: list[str]) -> Iterator[Found]:
    on = " and ".join(one for one in met[:NAMED_AT_MOST] if one)
    question = f"rule {rule.name}{f' on {on}' if on else ''}: {rule.condition}"
    if rule.then == "ask" and hearing.case.action.yes_for(rule.ask, question):
        return
    says = f"the rule {rule.name} is met{f' on {on}' if on else ''}"
    reason = f"{sentence(says)} {rule.because}" if rule.because else f"{says}: {rule.condition}"
    seen: dict[str, Json] = {"rule": rule.name, "if": rule.condition, **({"on": met} if on else {})}
    verdict = hearing.says(
        rule.then, Step.RULES, rule.name, reason, rule.place, seen, *_evidence(hearing, rule)
    )
    if rule.then == "ask":
        verdict = verdict.asking(rule.ask, question)
    yield rule.place, _timed(verdict, rule, hearing)


def _timed(verdict: Verdict, rule: Rule, hearing: Hearing) -> Verdict:
    """Have it judged again soon where time alone may change it."""
    if verdict.ruling == "hold" and ("now" in rule.needs or "touches" in rule.needs):
        return replace(verdict, again_at=hearing.case.now + AGAIN_AFTER)
    return verdict


def _looks(hearing: Hearing, rule: Rule) -> Iterator[str]:
    """Name what a rule looked at, so that the action is judged again when it changes."""
    case = hearing.case
    for need in rule.needs:
        if need == "mail":
            yield f"mail {case.action.seat}"
        elif need in ("claims", "touches"):
            word = "claims" if need == "claims" else "touch"
            yield from (f"{word} {subject}" for subject in case.subjects)
        elif need.startswith("metric "):
            yield need


def _evidence(hearing: Hearing, rule: Rule) -> Iterator[Json]:
    """Say what else a rule was told; the states were named at step 6."""
    case = hearing.case
    for need in rule.needs:
        if need == "claims":
            for subject in case.subjects[:NAMED_AT_MOST]:
                for name, claim in sorted(case.account.claimed.get(subject, {}).items())[:NAMED_AT_MOST]:
                    if claim.stands(case.now):
                        yield {
                            "claim": claim.about,
                            "by": name,
                            "turn": claim.turn,
                            "since": claim.since.isoformat(),
                        }
        elif need == "mail":
            for letter in list(case.unread())[:NAMED_AT_MOST]:
                yield {
                    "message": letter.id,
                    "from": letter.sender,
                    "type": letter.type,
                    "sha256": letter.sha256,
                }
        elif need == "touches":
            for subject in case.subjects[:NAMED_AT_MOST]:
                for name, touch in sorted(case.account.docket.touches.get(subject, {}).items())[
                    :NAMED_AT_MOST
                ]:
                    yield {"action": touch.id, "seat": name, "on": subject, "at": touch.at.isoformat()}
        elif need.startswith("metric "):
            known = case.account.values[need.removeprefix("metric ")]
            yield {"metric": need.removeprefix("metric "), "value": known.value, "turn": known.turn}
