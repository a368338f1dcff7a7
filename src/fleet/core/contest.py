"""Contest: steps 6 to 8 of the gate, what other seats and people have to say on an action's subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from fleet.core.action import CHALLENGED, Touch
from fleet.core.case import Case
from fleet.core.chart import Conflict
from fleet.core.codec import Json
from fleet.core.hearing import NAMED_AT_MOST, Hearing
from fleet.core.law import Ranking
from fleet.core.mistake import Place
from fleet.core.names import number
from fleet.core.past import Claim, Letter, Matter
from fleet.core.span import say_span
from fleet.core.verdict import Step, Verdict, sentence

LAST_WEEK = timedelta(days=7, hours=1)
"""A week with a clock change in it may be an hour longer."""

Found = tuple[Place, Verdict]
"""A verdict that one entry of the chart gives, and where that entry stands."""


def known(hearing: Hearing) -> Verdict | None:
    """Hold what cannot be judged because something it needs is missing, too old, or not to be trusted."""
    case = hearing.case
    for subject in case.subjects:
        owned = case.sight.owned.get(subject)
        if owned is None or not (owned.path or owned.why):
            continue
        hearing.look(f"table {owned.path}")
        saw = {"subject": subject, "of": list(owned.owner), "file": owned.path, "sha256": owned.sha256}
        if owned.why:
            name = subject.partition(":")[0]
            kind = case.chart.subjects.get(name)
            says = f"{owned.why}, so it is not known whose business it is"
            place = kind.place if kind is not None else None
            verdict = hearing.says("hold", Step.KNOWN, f"subjects.{name}", says, place, saw)
            return replace(verdict, lacks=owned.path)
        hearing.evidence.append(saw)
    hearing.look(*(f"state {name}" for name in case.needed))
    hearing.evidence += [case.saw(name) for name in case.needed]
    faults = {name: why for name in case.needed if (why := unfit(case, name))}
    return _blind(hearing, faults) if faults else unmeasured(hearing)


def unmeasured(hearing: Hearing) -> Verdict | None:
    """Hold while a metric that a rule looks at has no value of this week or the last."""
    case = hearing.case
    for rule in case.law.rules(case.action.seat, case.action.kind):
        for name in rule.metrics:
            hearing.look(f"metric {name}")
            known = case.account.values.get(name)
            if known is not None and known.at >= case.period("week") - LAST_WEEK:
                continue
            seat, _, metric = name.partition(".")
            so = f"it is not known whether the rule {rule.name} applies"
            says = f"{seat} has told no {metric} this week or the last, so {so}"
            return replace(hearing.says("hold", Step.KNOWN, rule.name, says, rule.place), blind=(seat,))
    return None


def _blind(hearing: Hearing, faults: Mapping[str, str]) -> Verdict:
    """Hold, by the first entry that needs one of these states."""
    case = hearing.case
    rule, place, wanted, so = "", None, tuple(faults), ""
    for subject, ranking in case.deciding:
        wanted = tuple(name for name in ranking.above if name in faults)
        if wanted:
            rule, place = _named(ranking.conflict), ranking.conflict.place
            so = f"it is not known whether {subject} is free"
            break
    else:
        for one in case.law.rules(case.action.seat, case.action.kind):
            wanted = tuple(name for name in one.states if name in faults)
            if wanted:
                rule, place, so = one.name, one.place, f"it is not known whether the rule {one.name} applies"
                break
    says = f"{' and '.join(faults[name] for name in wanted)}, so {so}"
    return replace(hearing.says("hold", Step.KNOWN, rule, says, place), blind=tuple(faults))


def unfit(case: Case, name: str) -> str:
    """Say why a seat's state cannot be relied on, or nothing."""
    past = case.account.seats.get(name)
    state = past.state if past is not None else None
    if past is None or state is None:
        return f"{name} has published no state"
    if name in case.sight.faults:
        return f"the state of {name} {case.sight.faults[name]}"
    if past.tampered:
        return f"the state of {name} was changed outside the fleet"
    if not state.fresh(case.now):
        until = state.good_until.astimezone(case.chart.calendar.tz) if state.good_until else None
        return f"the state of {name} held until {until:%Y-%m-%d %H:%M} and was not renewed"
    return ""


def read(hearing: Hearing) -> Verdict | None:
    """Hold while mail that could change the seat's mind is unread, or a CHALLENGE is unanswered."""
    case = hearing.case
    hearing.look(f"mail {case.action.seat}", *(f"challenge {subject}" for subject in case.subjects))
    if case.chart.subjects:  # a challenge on what belongs to one of these is on it too
        hearing.look("challenge ")
    letters = sorted(_heavy_mail(case), key=lambda pair: number(pair[0].id))
    matters = sorted(_challenges(case), key=lambda pair: number(pair[0].id))
    if not letters and not matters:
        return None
    said = []
    if letters:
        first, why = letters[0]
        doing = "is just reading" if first.box == "cur" else "has not read"
        more = f", and {len(letters) - 1} more" if len(letters) > 1 else ""
        said.append(f"{case.action.seat} {doing} {first.id} from {first.sender}, {why}{more}")
    said += [f"{m.seat} has not answered {m.id}, in which {m.sender} challenges {on}" for m, on in matters]
    evidence = [_saw_letter(letter) for letter, _ in letters[:NAMED_AT_MOST]]
    evidence += [
        {"message": m.id, "from": m.sender, "to": m.seat, "type": "CHALLENGE", "on": on} for m, on in matters
    ]
    rule = "unread mail" if letters else CHALLENGED
    senders = {letter.sender for letter, _ in letters[:1]}
    place = next((o.conflict.place for _, o in case.rankings if senders & set(o.above)), None)
    verdict = hearing.says("hold", Step.READ, rule, "; ".join(said), place, *evidence)
    return replace(verdict, challenged=tuple(matter.id for matter, _ in matters))


def _heavy_mail(case: Case) -> Iterator[tuple[Letter, str]]:
    """List the unread mail that holds: of whom it answers to, of people, and of seats ranked above on the subject."""
    seat, seats = case.seat, case.chart.seats
    assert seat is not None
    over: dict[str, set[str]] = {}
    for subject, ranking in case.rankings:
        for name in ranking.above:
            over.setdefault(name, set()).add(subject.partition(":")[0])
    for letter in case.unread():
        sender = letter.sender
        if sender == seat.answers_to:
            yield letter, f"to whom {seat.id} answers"
        elif sender == "operator":
            yield letter, "written by hand"
        elif sender in seats and seats[sender].holder.is_person:
            yield letter, "a person"
        elif sender in over and (on := case.on(letter.about, frozenset(over[sender]))):
            yield letter, f"which goes before {seat.id}, on {on}"


def _challenges(case: Case) -> Iterator[tuple[Matter, str]]:
    """List the unanswered challenges on its subjects, whoever made them and whoever they were put to."""
    account = case.account
    if not account.challenges:
        return
    kinds = frozenset(subject.partition(":")[0] for subject in case.subjects)
    for identity in {name: None for names in account.challenges.values() for name in names}:
        matter = account.matters[identity]
        if on := case.on(matter.about, kinds):
            yield matter, on


def _saw_letter(letter: Letter) -> Json:
    path = f"inbox/{letter.to}/{letter.box}/{letter.name}"
    return {
        "message": letter.id, "from": letter.sender, "type": letter.type, "path": path, "sha256": letter.sha256
    }  # fmt: skip


def conflicts(hearing: Hearing) -> Iterator[Found]:
    case = hearing.case
    for subject, ranking in case.deciding:
        conflict = ranking.conflict
        hearing.look(f"claims {subject}")
        if conflict.within is not None:
            hearing.look(f"touch {subject}")
        yield from _claimed(hearing, subject, ranking)
        if conflict.within is not None:
            yield from _touched(hearing, subject, ranking, conflict.within)


def _claimed(hearing: Hearing, subject: str, ranking: Ranking) -> Iterator[Found]:
    case, conflict = hearing.case, ranking.conflict
    claims = case.account.claimed.get(subject, {})
    for name in ranking.above:
        claim = claims.get(name)
        if claim is None or not claim.stands(case.now):
            continue
        question = f"claim of {name} on {subject} since {claim.since.isoformat()}"
        # A reason goes into briefs, where a stranger's words would pass unmarked.
        why = f" ({claim.because.rstrip('.')})" if claim.because and not claim.outside else ""
        says = f"{_via(case, subject)} is claimed by {name}{why}, and {name} goes before {case.action.seat}"
        yield from _ruled(hearing, conflict, says, question, _saw_claim(name, claim), claim.until)


def _touched(hearing: Hearing, subject: str, ranking: Ranking, within: timedelta) -> Iterator[Found]:
    case, conflict = hearing.case, ranking.conflict
    done = case.account.docket.touches.get(subject, {})
    busy = {action.seat: action for action in case.account.docket.busy_on(subject)}
    for name in ranking.above:
        action, touch = busy.get(name), done.get(name)
        if action is not None and action.started_at is not None:
            touch = Touch(action.id, action.kind, action.started_at)
        if touch is None:
            continue
        free_at = touch.at + within
        running = action is not None and action.status == "running"
        if free_at <= case.now and not running:
            continue
        on = f"{touch.at.astimezone(case.chart.calendar.tz):%Y-%m-%d}"
        how = "is acting on" if running else "may have touched" if action is not None else "touched"
        when = "just now" if running else f"on {on}"
        says = f"{name} {how} {_via(case, subject)} {when} ({touch.id}, {touch.kind})"
        says += f", which is within {_in_words(within)}, and {name} goes before {case.action.seat}"
        seen = {"action": touch.id, "seat": name, "on": subject, "at": touch.at.isoformat()}
        question = f"touch of {subject} by {touch.id}"
        yield from _ruled(hearing, conflict, says, question, seen, None if running else free_at)


def _ruled(
    hearing: Hearing, conflict: Conflict, says: str, question: str, evidence: Json, again_at: datetime | None
) -> Iterator[Found]:
    if conflict.then == "ask" and hearing.case.action.yes_for(conflict.ask, question):
        return
    reason = f"{says}{_for(hearing.case)}"
    if conflict.because:
        reason = f"{sentence(reason)} {conflict.because}"
    verdict = hearing.says(conflict.then, Step.CONFLICTS, _named(conflict), reason, conflict.place, evidence)
    if conflict.then == "ask":
        verdict = verdict.asking(conflict.ask, question)
    yield conflict.place, replace(verdict, again_at=again_at)


_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}


def _in_words(span: timedelta) -> str:
    """Say a span of the chart as it would be read aloud: `30 days`."""
    short = say_span(span)
    return f"{short[:-1]} {_UNITS[short[-1]]}{'' if short[:-1] == '1' else 's'}"


def _named(conflict: Conflict) -> str:
    return f"{conflict.about}: {' before '.join(conflict.rank)}"


def _via(case: Case, subject: str) -> str:
    """Name a subject, and how the action comes to touch it if it does not name it itself."""
    if subject in case.action.about:
        return subject
    through = next((s for s, owned in case.sight.owned.items() if subject in owned.owner), "")
    return f"{subject}, to which {through} belongs," if through else subject


def _for(case: Case) -> str:
    """Name who asked the seat for this action."""
    asked = [f"{who} ({message})" for message, who in case.action.asked_for.items()]
    return f"; {' and '.join(asked[:NAMED_AT_MOST])} asked for it" if asked else ""


def _saw_claim(name: str, claim: Claim) -> Json:
    seen: dict[str, Json] = {
        "claim": claim.about, "by": name, "turn": claim.turn, "since": claim.since.isoformat()
    }  # fmt: skip
    return seen | ({"until": claim.until.isoformat()} if claim.until else {})
