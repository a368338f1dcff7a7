"""Permit: steps 2 to 5 of the gate, what a seat may do at all, whoever else is concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice

from fleet.core.action import Action, Deed
from fleet.core.case import Case
from fleet.core.chart import AtMost
from fleet.core.codec import Json
from fleet.core.hearing import NAMED_AT_MOST, Hearing
from fleet.core.past import Paused
from fleet.core.redact import MARK
from fleet.core.target import Money
from fleet.core.verdict import Step, Verdict


def paused(hearing: Hearing) -> Verdict | None:
    case = hearing.case
    account, action = case.account, case.action
    names = (action.kind, *case.subjects)
    hearing.look("pause ", f"pause {action.seat}", *(f"pause {name}" for name in names))
    past = account.seats.get(action.seat)
    candidates: list[tuple[str, Paused | None]] = [
        ("the whole fleet", account.paused),
        (action.seat, past.paused if past is not None else None),
        *((name, account.pauses.get(name)) for name in names),
    ]
    for name, pause in candidates:
        if pause is not None:
            why = f": {pause.because}" if pause.because else ""
            evidence = {"pause": name, "by": pause.by, "since": pause.at.isoformat()}
            says = f"{name} is paused by {pause.by}{why}"
            verdict = hearing.says("hold", Step.PAUSE, "pause", says, None, evidence)
            return replace(verdict, again_at=pause.until)
    return None


def permitted(hearing: Hearing) -> Verdict | None:
    hearing.look("chart")
    case = hearing.case
    action, seat, kind = case.action, case.seat, case.kind
    past = case.account.seats.get(action.seat)
    if seat is None or past is None or past.gone:
        gone = "is retired" if action.seat in case.chart.retired else "is gone from fleet.yaml"
        return hearing.says("refuse", Step.PERMIT, "seat", f"{action.seat} {gone}, so it may do nothing")
    never = next((n for n in seat.never if n == action.kind or n in case.subjects), None)
    if never is not None:
        why = f"{seat.id} may never {'do' if never == action.kind else 'touch'} {never}"
        return hearing.says(
            "refuse", Step.PERMIT, f"seats.{seat.id}.never", why, seat.where.get("never", seat.place)
        )
    if kind is None:
        why = f"no action kind {action.kind} is declared under `actions`, so nothing could run it"
        return hearing.says("refuse", Step.PERMIT, "actions", why)
    if action.kind not in seat.can.do and action.kind not in seat.can.ask:
        why = f"{seat.id} may not do {action.kind}: it stands neither in its `can: do` nor in `can: ask`"
        return hearing.says(
            "refuse", Step.PERMIT, f"seats.{seat.id}.can", why, seat.where.get("can", seat.place)
        )
    wrong = _wrong_subjects(action, kind.about)
    if wrong:
        return hearing.says("refuse", Step.PERMIT, f"actions.{kind.name}.about", wrong, kind.place)
    secret = MARK.search(str((action.about, action.payload)))
    if secret is not None:
        why = f"it held a {secret[0][1:-1]}, which fleet has taken out, so it is not what {seat.id} meant to send"
        return hearing.says("refuse", Step.PERMIT, "secrets", why, kind.place)
    return _changed_files(hearing)


def _wrong_subjects(action: Action, kinds: tuple[str, ...]) -> str:
    """Say what is wrong with what an action is about. To name no subject would get it past every claim."""
    if not kinds:
        return ""
    wanted = " or ".join(kinds)
    if not action.about:
        return f"{action.kind} is about a subject of kind {wanted}, and this one names none"
    strange = next((s for s in action.about if s.partition(":")[0] not in kinds), None)
    return f"{action.kind} is about a subject of kind {wanted}, and {strange} is not" if strange else ""


def _changed_files(hearing: Hearing) -> Verdict | None:
    case = hearing.case
    for path, sha256 in case.action.files.items():
        now = case.sight.files.get(path, "")
        if now != sha256:
            what = "is not the one that was offered" if now else "is no longer there to be read"
            evidence = {"file": path, "offered": sha256, "now": now or None}
            return hearing.says("refuse", Step.PERMIT, "files", f"{path} {what}", None, evidence)
    return None


def means(hearing: Hearing) -> Verdict | None:
    case = hearing.case
    seat, action = case.seat, case.action
    assert seat is not None
    if not action.tries and case.now >= action.lapses_at:  # what was begun once lapses no more
        return hearing.says("hold", Step.MEANS, "time", "its time is over, so it lapses")
    mine = case.account.seats[seat.id].spent
    for whose, budget, spent, place in (
        (seat.id, seat.budget, mine, seat.where.get("budget", seat.place)),
        ("the fleet", case.chart.budget, case.account.spent, None),
    ):
        used = _used(case, budget, spent) if budget is not None else 0.0
        if budget is not None and used >= float(budget.usd):
            says = f"{whose} has spent ${used:.2f} of ${budget.usd}{f' a {budget.per}' if budget.per else ''}"
            rule = f"seats.{seat.id}.budget" if whose == seat.id else "budget"
            again_at = case.next_period(budget.per) if budget.per else None
            return replace(hearing.says("hold", Step.MEANS, rule, says, place), again_at=again_at)
    return None


def _used(case: Case, budget: Money, spent: Mapping[str, float]) -> float:
    since = case.day(case.period(budget.per)) if budget.per else ""
    return round(sum(usd for day, usd in spent.items() if day >= since), 6)


def done_already(hearing: Hearing) -> Verdict | None:
    case = hearing.case
    kind, action, docket = case.kind, case.action, case.account.docket
    assert kind is not None
    hearing.look(f"done {action.sha256}")
    if kind.once != "no":
        earlier = _once(case, kind.once)
        if earlier:
            how = "once" if kind.once == "ever" else "once a day"
            says = f"{earlier} has done this already, and {kind.name} is done {how} with the same content"
            rule = f"actions.{kind.name}.once"
            return hearing.says("refuse", Step.ONCE, rule, says, kind.place, {"action": earlier})
    same = (a for a in docket.busy_with(action.kind) if a.sha256 == action.sha256 and a.id != action.id)
    busy = next(same, None)
    if busy is not None:
        says = f"{busy.id} is the same and {'runs' if busy.status == 'running' else 'may have been done'}"
        return hearing.says(
            "refuse", Step.ONCE, f"actions.{kind.name}.once", says, kind.place, {"action": busy.id}
        )
    return _at_most(hearing, kind.at_most) if kind.at_most is not None else None


def _once(case: Case, once: str) -> str:
    """Find the action that did the same before: ever, or on this local day."""
    docket, sha256 = case.account.docket, case.action.sha256
    if once == "ever":
        known = docket.ever.get(sha256)
        return known or next((deed.id for deed in docket.deeds_with(sha256)), "")
    today = case.day(case.now)
    return next((deed.id for deed in docket.deeds_with(sha256) if case.day(deed.at) == today), "")


def _at_most(hearing: Hearing, at_most: AtMost) -> Verdict | None:
    case = hearing.case
    action, docket, kind = case.action, case.account.docket, case.kind
    assert kind is not None
    since = case.period(at_most.per) if at_most.per else None
    for subject in action.about if at_most.each and action.about else ("",):
        key = f"{action.kind} {subject}" if subject else action.kind
        hearing.look(f"done {key}")
        lately = (deed for deed in docket.deeds_with(key) if since is None or deed.at >= since)
        deeds = list(islice(lately, at_most.count if since is not None else NAMED_AT_MOST))
        busy = [a for a in docket.busy_with(action.kind) if _counts(a, action, subject, since)]
        done = docket.totals.get(key, 0) if since is None else len(deeds)
        if done + len(busy) < at_most.count:
            continue
        told = [*(_told_deed(case, d) for d in deeds), *(_told_busy(a) for a in busy)]
        per = f" a {at_most.per}" if at_most.per else ""
        each = f" for {subject}" if subject else ""
        because = f": {'; '.join(told[:NAMED_AT_MOST])}" if told else ""
        says = f"{kind.name} is done at most {_times(at_most.count)}{per}{each}{because}"
        evidence = [_saw_deed(d) for d in deeds[:NAMED_AT_MOST]]
        evidence += [{"action": a.id, "seat": a.seat} for a in busy[:NAMED_AT_MOST]]
        return hearing.says("refuse", Step.ONCE, f"actions.{kind.name}.at_most", says, kind.place, *evidence)
    return None


def _counts(other: Action, action: Action, subject: str, since: datetime | None) -> bool:
    """Say whether an action that runs, or may have happened, counts here: by when it was begun."""
    began = other.started_at is None or since is None or other.started_at >= since
    return other.id != action.id and began and (not subject or subject in other.about)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _told_deed(case: Case, deed: Deed) -> str:
    at = deed.at.astimezone(case.chart.calendar.tz)
    did = "did it" if deed.sure else "may have done it"
    asked = f", which {_names(deed)} asked for" if deed.asked_for else ""
    return f"{deed.id} by {deed.seat} {did} on {at:%Y-%m-%d} at {at:%H:%M}{asked}"


def _told_busy(action: Action) -> str:
    doing = "is doing it now" if action.status == "running" else "may have done it"
    return f"{action.id} by {action.seat} {doing}"


def _names(deed: Deed) -> str:
    return " and ".join(f"{who} ({message})" for message, who in deed.asked_for.items())


def _saw_deed(deed: Deed) -> Json:
    return {
        "action": deed.id,
        "seat": deed.seat,
        "at": deed.at.isoformat(),
        "asked_for": dict(deed.asked_for),
    }
