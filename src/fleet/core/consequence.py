"""What follows from a turn that ended: the records after its own, in the order of docs/files.md, "The result".

State and claims, scorecard, messages, escalations, actions as listed. Each draft must be applied to
the account before the next is asked for: ids and counts depend on what was drafted before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.action import Action, offer_hash
from fleet.core.answer import ActionGiven, MessageGiven
from fleet.core.bounds import Bar, Tally, all_refused, refused
from fleet.core.cadence import OnMail
from fleet.core.chart import Chart, Seat
from fleet.core.gate import put_away, say, settles
from fleet.core.handoff import faults, handoff_of, is_wordless, one_spelling
from fleet.core.ladder import open_matter
from fleet.core.message import ANSWER_DEFAULT, MUST_ANSWER, Message
from fleet.core.past import Matter, Running
from fleet.core.planner import paced_wake, publish_wakes
from fleet.core.post import post
from fleet.core.record import Draft
from fleet.core.result import Result
from fleet.core.scorecard import value_records
from fleet.core.verdict import sentence

LAPSES_AFTER = timedelta(hours=24)
NAMED_AT_MOST = 5
MESSAGES_A_TURN = 100
"""More than any honest turn needs; a storm stops here."""
RAISED_A_TURN = 20
"""Matters one turn passes to people: each is a letter that somebody must read."""
RAISED_AT_MOST = 20
"""Matters that one seat has raised and nobody has settled."""
_MANY_RAISED = "{} has {} escalations open, which is the limit"
OPEN_AT_MOST = 1000
"""Actions of one seat that are open at a time: what is held is judged again whenever a thing it looked at changes."""


def of_done(
    chart: Chart,
    account: Account,
    seat: Seat,
    turn: str,
    result: Result,
    now: datetime,
    *,
    past: Running | None,
    facts: Mapping[str, Any] | None = None,
    ruled: Callable[[Message], Bar | None] | None = None,
) -> Iterator[Draft]:
    """Draft what a done turn brings about. `past` is the turn as it was while it ran.

    `facts` are those of its record: under `out` the hashes of the files it left to be sent, for each of its actions
    under `asked_for` the messages, with their senders, that asked for it, and under `as_asked` the one that it
    repeats; under `known` the subjects in its messages that it was not told of by strangers. `ruled` says by which
    rule a message is not sent.
    """
    facts = facts or {}
    yield from _claims(account, seat, turn, result, stamped=past is not None and past.outside)
    yield from value_records(chart, seat, turn, result, now)
    tally = Tally(dropped=max(0, len(result.messages) - MESSAGES_A_TURN), ruled=ruled)
    for given in result.messages[:MESSAGES_A_TURN]:
        yield from _message(chart, account, seat, turn, given, now, past, facts.get("known", ()), tally)
    yield from all_refused(account, seat.id, turn, tally, MESSAGES_A_TURN)
    yield from publish_wakes(chart, account, seat.id, turn)
    yield from _raised(chart, account, seat, turn, result, now, past)
    yield from _too_many(seat, turn, "escalation", len(result.escalate), RAISED_A_TURN, "raises")
    yield from _kept(account, seat, turn, result, past)
    yield from _offers(account, seat, turn, result, now, past, facts)
    yield from left_mail(chart, account, seat, turn, past)


def _raised(
    chart: Chart,
    account: Account,
    seat: Seat,
    turn: str,
    result: Result,
    now: datetime,
    past: Running | None,
) -> Iterator[Draft]:
    """Draft what a turn passes up. What is open already in the same words is not passed up again."""
    again: dict[str, int] = {}
    for raised in result.escalate[:RAISED_A_TURN]:
        because = "\n".join((raised.because, *(f"- {option}" for option in raised.options)))
        mine = [m for m in account.matters.values() if m.kind == "raised" and m.seat == seat.id]
        same = next((m.id for m in mine if (m.because, m.about) == (because, raised.about)), "")
        if same or len(mine) >= RAISED_AT_MOST:
            why = f"{same} says the same and is open" if same else _MANY_RAISED.format(seat.id, len(mine))
            again[why] = again.get(why, 0) + 1
            continue
        matter = Matter(
            id=account.next_id("i"),
            kind="raised",
            seat=seat.id,
            ladder="usual",
            base_at=now,
            about=raised.about,
            subject=raised.because[:80],
            because=because,
            outside=past is not None and past.outside,
            hop=past.hop if past is not None else 0,
        )
        yield from open_matter(chart, account, matter, now)
    if again:
        bound = {"bound": "copy" if len(mine) < RAISED_AT_MOST else "turn", "count": sum(again.values())}
        yield _no(seat, turn, "escalation", "bounds", "; ".join(again), **bound)


def _too_many(seat: Seat, turn: str, kind: str, count: int, most: int, does: str) -> Iterator[Draft]:
    """Refuse what is beyond a bound, all of it in one record: a flood does not become a flood of refusals."""
    if count <= most:
        return
    reason = f"a turn {does} at most {most} {kind}s, and the other {count - most:,} were dropped"
    yield _no(seat, turn, kind, "bounds", reason, bound="turn", count=count - most)


def _no(seat: Seat, turn: str, kind: str, rule: str, reason: str, **more: object) -> Draft:
    """Draft a refusal of something that never became an action; it comes back to its seat."""
    data = {
        "verdict": "refuse",
        "kind": kind,
        "rule": rule,
        "reason": reason,
        "correction": f"Refused: {reason}.",
        **more,
    }
    return Draft("verdict", seat=seat.id, turn=turn, data=data)


def left_mail(chart: Chart, account: Account, seat: Seat, turn: str, past: Running | None) -> Iterator[Draft]:
    """Wake a seat again whose brief did not take all the mail that waited."""
    if past is None or not past.mail or not any(isinstance(c, OnMail) for c in seat.when):
        return
    older = [letter for letter in account.waiting(seat.id) if letter.sent <= past.started_at]
    if older and not any(w.cause == "mail" for w in account.seats[seat.id].pending):
        wake = "mail", f"mail:after:{turn}", f"{len(older)} messages still wait"
        yield paced_wake(chart, seat, account.seats[seat.id], wake, account.at)


def of_failed(
    chart: Chart, account: Account, seat: Seat, turn: str, why: str, now: datetime
) -> Iterator[Draft]:
    """Draft what a failed turn brings about: after the retries its mail is set aside and it escalates."""
    if account.seats[seat.id].failures != seat.retries + 1:
        return
    matter = Matter(
        id=account.next_id("i"),
        kind="failing",
        seat=seat.id,
        ladder="usual",
        base_at=now,
        because=f"{turn}: {why}",
        outside=(last := account.seats[seat.id].last) is not None and last.outside,
        hop=account.seats[seat.id].hop,
    )
    yield from open_matter(chart, account, matter, now)


def dead_mail(account: Account, seat: Seat, turn: str, mail: tuple[str, ...], why: str) -> Iterator[Draft]:
    """Draft the setting aside of mail on which a seat's turns failed, after the retries.

    Each message has its own tries: one that came while its seat was failing anyway must not stay for ever.
    """
    for identity in mail:
        if identity in account.mail and account.mail[identity].tries > seat.retries:
            reason = f"the turns that read it failed, the last one {turn}: {why}"
            data = {
                "id": identity,
                "box": "dead",
                "why": reason,
                "to": seat.id,
                "name": account.mail[identity].name,
            }
            yield Draft("message_done", seat=seat.id, turn=turn, data=data)


def _claims(account: Account, seat: Seat, turn: str, result: Result, *, stamped: bool) -> Iterator[Draft]:
    """A result with the key `claims` says all that stands; claims only emitted are added to what stands."""
    if result.claims is None:
        return
    before = {c.about: c for c in account.seats[seat.id].claims}
    for given in result.claims:
        old = before.pop(given.about, None)
        same = old is not None and (old.until, old.because) == (given.until, given.because)
        if old is not None and same and (stamped or not old.outside):
            continue
        until = given.until.isoformat() if given.until else None
        data = {
            "about": given.about,
            "until": until,
            "because": given.because,
            "on": "kept" if old else "taken",
            **({"outside": True} if stamped else {}),
        }
        yield Draft("claim", seat=seat.id, turn=turn, data=data)
    if result.claims_added:
        return
    for about in before:
        yield Draft("claim", seat=seat.id, turn=turn, data={"about": about, "on": "given up"})


def _message(
    chart: Chart,
    account: Account,
    seat: Seat,
    turn: str,
    given: MessageGiven,
    now: datetime,
    past: Running | None,
    known: Collection[str],
    tally: Tally,
) -> Iterator[Draft]:
    handoff = handoff_of(chart, seat.id, given)
    wrong = list(faults(handoff, given)) if handoff is not None else []
    wordless = handoff is not None and not wrong and is_wordless(handoff, given, known.__contains__)
    answer_by = given.answer_by or (now + ANSWER_DEFAULT if given.type in MUST_ANSWER else None)
    identity = account.next_id("m")
    message = Message(
        id=identity,
        type=given.type,
        sender=seat.id,
        to=given.to,
        about=given.about,
        subject=given.subject or (handoff.name if handoff is not None else ""),
        sent=now.replace(microsecond=0),
        answer_by=answer_by.replace(microsecond=0) if answer_by else None,
        reply_to=given.reply_to,
        thread=identity,
        hop=past.hop if past else 0,
        with_=one_spelling(handoff, given) if handoff is not None and not wrong else given.with_,
        body=given.body,
        outside=past is not None and past.outside and not wordless,
    )
    if handoff is not None and wrong:
        bar = Bar("; ".join(wrong[:NAMED_AT_MOST]), f"handoffs.{handoff.name}", handoff.place.short)
        yield refused(account, message, turn, bar)
        return
    yield from post(chart, account, message, now, turn=turn, tally=tally)


def _kept(account: Account, seat: Seat, turn: str, result: Result, past: Running | None) -> Iterator[Draft]:
    """Draft what a result says of its held actions.

    What unread mail held was put to this turn: it goes on if it is kept, and is withdrawn if it is not.
    """
    yield from _not_its_own(account, seat, turn, result)
    put = set(past.holds) if past is not None else set()
    for action in account.docket.of_seat(seat.id):
        waits = action.must_keep and action.id in put
        if action.status not in ("offered", "held", "asked"):
            continue
        if action.id in result.withdraw:
            yield from _withdrawn(account, action, "its seat withdrew it", turn)
        elif waits and action.id in result.keep:
            # It goes on by this turn's word: who told it to may have been a stranger.
            stamped = {"outside": True} if past is not None and past.outside else {}
            yield _ended(action.id, "kept", seat.id, action.kind, "its seat kept it", turn, **stamped)
        elif waits:
            why = f"{seat.id} was shown what holds it and did not say keep"
            says = f"{say(action)} was withdrawn: {why}."
            yield from _withdrawn(account, action, why, turn, correction=says)


def _withdrawn(account: Account, action: Action, why: str, turn: str, **more: object) -> Iterator[Draft]:
    told = settles(account, action.id)
    yield _ended(action.id, "withdrawn", action.seat, action.kind, why, turn, **more, **told)
    yield from put_away(account, action.id, told.get("settles", ()))


def _not_its_own(account: Account, seat: Seat, turn: str, result: Result) -> Iterator[Draft]:
    """Refuse a say in the actions of others; one of its own that is over meanwhile is no trespass."""
    for word, named in (("keep", result.keep), ("withdraw", result.withdraw)):
        others = [i for i in named if (a := account.docket.actions.get(i)) is not None and a.seat != seat.id]
        if others:
            told = ", ".join(f"{i} of {account.docket.actions[i].seat}" for i in others[:NAMED_AT_MOST])
            more = f" and {len(others) - NAMED_AT_MOST} more" if len(others) > NAMED_AT_MOST else ""
            reason = f"{seat.id} cannot {word} what is not its own: {told}{more}"
            evidence = [{"action": i} for i in others[:NAMED_AT_MOST]]
            yield _no(seat, turn, word, word, reason, evidence=evidence)


def _offers(
    account: Account,
    seat: Seat,
    turn: str,
    result: Result,
    now: datetime,
    past: Running | None,
    facts: Mapping[str, Any],
) -> Iterator[Draft]:
    """Draft the offers of a turn, as many as the seat has room for."""
    for i, given in enumerate(result.actions):
        if len(account.docket.by_seat.get(seat.id, ())) >= OPEN_AT_MOST:
            left = len(result.actions) - i
            reason = f"{seat.id} has {OPEN_AT_MOST:,} actions open, which is the limit; {left:,} were dropped"
            yield _no(seat, turn, "action", "bounds", reason)
            return
        more = {key: facts[key][i] for key in ("asked_for", "as_asked") if key in facts}
        yield _offer(account, seat, turn, given, now, past, {"files": facts.get("out", {}), **more})


def _ended(
    identity: str, verdict: str, seat: str, kind: str, reason: str, turn: str | None = None, **more: object
) -> Draft:
    data = {"id": identity, "verdict": verdict, "kind": kind, "reason": reason, **more}
    return Draft("verdict", seat=seat, turn=turn, data=data)


def _offer(
    account: Account,
    seat: Seat,
    turn: str,
    given: ActionGiven,
    now: datetime,
    past: Running | None,
    facts: Mapping[str, Any],
) -> Draft:
    """Draft an offer; the gate judges it when its turn comes. An equal one that is open is joined."""
    sha256 = offer_hash(seat.id, given.kind, given.about, given.with_)
    equal = account.docket.equal(sha256)
    about = list(given.about)
    if equal is not None:
        joined = {"joins": equal.id, "verdict": "joined", "kind": given.kind, "about": about}
        return Draft(
            "verdict", seat=seat.id, turn=turn, data={**joined, "reason": f"{equal.id} is the same offer"}
        )
    data: dict[str, Any] = {
        "id": account.next_id("a"),
        "kind": given.kind,
        "about": about,
        "with": given.with_,
        "because": given.because,
        "sha256": sha256,
        "lapses_at": (given.lapses or now + LAPSES_AFTER).isoformat(),
    }
    more = {
        "outside": past.outside if past is not None else False,
        **facts,
    }
    if given.confidence is not None:
        data["confidence"] = given.confidence
    return Draft("offer", seat=seat.id, turn=turn, data=data | {k: v for k, v in more.items() if v})


def lapse(account: Account, identity: str) -> Draft:
    """Draft the lapse of an action whose time is over; it comes back to its seat."""
    action = account.docket.actions[identity]
    about = f" about {', '.join(action.about)}" if action.about else ""
    waited = {"held": action.reason, "asked": f"{action.person} did not answer"}.get(
        action.status, "its turn never came"
    )
    says = sentence(f"{identity} ({action.kind}{about}) lapsed: {waited}")
    told = settles(account, identity)
    return _ended(identity, "lapsed", action.seat, action.kind, waited, None, correction=says, **told)
