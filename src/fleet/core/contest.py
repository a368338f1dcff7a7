"""Contest: steps 6 to 8 of the gate, what other seats and people have to say on an action's subjects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from fleet.core.action import KEEP_STEP
from fleet.core.case import Case, belonging
from fleet.core.chart import Conflict
from fleet.core.codec import Json
from fleet.core.hearing import NAMED_AT_MOST, Hearing
from fleet.core.law import Order
from fleet.core.mistake import Place
from fleet.core.past import Claim, Letter
from fleet.core.span import say_span
from fleet.core.verdict import Verdict

UNREAD_AT_MOST = 200
"""Unread messages that one verdict looks through; more of them hold without being looked at."""

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
            place = case.chart.subjects[subject.partition(":")[0]].place
            says = f"it is not known to what {subject} belongs: {owned.why}"
            return hearing.says("hold", 6, f"subjects.{subject.partition(':')[0]}", says, place, saw)
        hearing.evidence.append(saw)
    hearing.look(*(f"state {name}" for name in case.above))
    hearing.evidence += [case.saw(name) for name in case.above]
    for subject, order in case.orders:
        blind = [(name, why) for name in order.above if (why := _unfit(case, name))]
        if blind:
            says = "; ".join(why for _, why in blind)
            reason = f"{says}, so it is not known whether {subject} is free"
            names = tuple(name for name, _ in blind)
            rule = _named(order.conflict)
            return hearing.says("hold", 6, rule, reason, order.conflict.place, blind=names)
    return None


def _unfit(case: Case, name: str) -> str:
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
    """Hold while mail that could change the seat's mind is unread; the seat itself must say `keep`."""
    case = hearing.case
    seat = case.seat
    assert seat is not None
    hearing.look(f"mail {seat.id}", *(f"challenge {subject}" for subject in case.subjects))
    found = list(islice(_heavy_mail(case), NAMED_AT_MOST))
    if found:
        first, why = found[0]
        rest = f" and {len(found) - 1} more" if len(found) > 1 else ""
        where = "is being read by its turn" if first.box == "cur" else "has not been read"
        says = f"{first.id} from {first.sender}, {why}, {where} by {seat.id}{rest}"
        evidence = [_saw_letter(letter) for letter, _ in found]
        return hearing.says("hold", KEEP_STEP, "unread mail", says, None, *evidence)
    for subject in case.subjects:
        for identity in case.account.challenges.get(subject, ()):
            matter = case.account.matters[identity]
            says = (
                f"{matter.sender} challenged {matter.seat} over {subject} in {identity}, which is unanswered"
            )
            evidence = [{"message": identity, "from": matter.sender, "to": matter.seat, "type": "CHALLENGE"}]
            return hearing.says("hold", KEEP_STEP, "challenge", says, None, *evidence)
    return None


def _heavy_mail(case: Case) -> Iterator[tuple[Letter, str]]:
    """List the unread mail that holds: of whom it answers to, of people, and of seats ranked above on the subject."""
    seat, seats = case.seat, case.chart.seats
    assert seat is not None
    above = {(name, subject) for subject, order in case.orders for name in order.above}
    for count, letter in enumerate(case.unread()):
        sender = letter.sender
        if count >= UNREAD_AT_MOST:
            yield letter, f"one of over {UNREAD_AT_MOST} that wait"
            return
        if sender == seat.answers_to:
            yield letter, f"to whom {seat.id} answers"
        elif sender == "operator" or (sender in seats and seats[sender].holder.kind == "person"):
            yield letter, "a person"
        else:
            for subject in belonging(letter.about, case.sight.owned):
                if (sender, subject) in above:
                    yield letter, f"which goes before {seat.id}, on {subject}"
                    break


def _saw_letter(letter: Letter) -> Json:
    path = f"inbox/{letter.to}/{letter.box}/{letter.name}"
    return {
        "message": letter.id, "from": letter.sender, "type": letter.type, "path": path, "sha256": letter.sha256
    }  # fmt: skip


def conflicts(hearing: Hearing) -> Iterator[Found]:
    case = hearing.case
    for subject, order in case.orders:
        conflict = order.conflict
        hearing.look(f"claims {subject}")
        if conflict.within is not None:
            hearing.look(f"touch {subject}")
        verdict = _claimed(hearing, subject, order) or _touched(hearing, subject, order)
        if verdict is not None and not (verdict.ruling == "ask" and case.action.yes_for(conflict.ask)):
            yield conflict.place, verdict


def _claimed(hearing: Hearing, subject: str, order: Order) -> Verdict | None:
    case, conflict = hearing.case, order.conflict
    claims = case.account.claimed.get(subject, {})
    for name in order.above:
        claim = claims.get(name)
        if claim is None or not claim.stands(case.now):
            continue
        why = f" ({claim.because})" if claim.because else ""
        says = f"{_via(case, subject)} is claimed by {name}{why}, and {name} goes before {case.action.seat}"
        reason = f"{says}{_for(case)}{_because(conflict)}"
        return _ruled(hearing, conflict, reason, _saw_claim(name, claim), claim.until)
    return None


def _touched(hearing: Hearing, subject: str, order: Order) -> Verdict | None:
    case, conflict = hearing.case, order.conflict
    if conflict.within is None:
        return None
    touches = case.account.docket.touches.get(subject, {})
    busy = {action.seat: action for action in case.account.docket.busy_on(subject)}
    for name in order.above:
        action, touch = busy.get(name), touches.get(name)
        if action is not None:
            says = f"{name} acts on {_via(case, subject)} just now ({action.id} {action.kind})"
            reason = f"{says}, and goes before {case.action.seat}{_because(conflict)}"
            return _ruled(hearing, conflict, reason, {"action": action.id, "seat": name, "on": subject}, None)
        if touch is not None and case.now - touch.at < conflict.within:
            on = touch.at.astimezone(case.chart.calendar.tz)
            says = f"{name} touched {_via(case, subject)} on {on:%Y-%m-%d} ({touch.id} {touch.kind})"
            reason = f"{says}, within {say_span(conflict.within)}, and goes before {case.action.seat}"
            seen = {"action": touch.id, "seat": name, "on": subject, "at": touch.at.isoformat()}
            again_at = touch.at + conflict.within
            return _ruled(hearing, conflict, f"{reason}{_because(conflict)}", seen, again_at)
    return None


def _ruled(
    hearing: Hearing, conflict: Conflict, reason: str, evidence: Json, again_at: datetime | None
) -> Verdict:
    rule, then = _named(conflict), conflict.then
    return hearing.says(
        then, 8, rule, reason, conflict.place, evidence, again_at=again_at, person=conflict.ask
    )


def _named(conflict: Conflict) -> str:
    return f"{conflict.about}: {' before '.join(conflict.rank)}"


def _because(conflict: Conflict) -> str:
    return f". {conflict.because}" if conflict.because else ""


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
