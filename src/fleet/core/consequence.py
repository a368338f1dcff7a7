"""What follows from a turn that ended: the records after its own, in the order of the contract.

State and claims, scorecard, messages, escalations, actions as listed. Each draft must be applied to
the account before the next is asked for: ids and counts depend on what was drafted before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet.core.account import Account
from fleet.core.answer import ActionGiven, MessageGiven
from fleet.core.cadence import OnMail
from fleet.core.chart import Chart, Seat
from fleet.core.ladder import open_matter
from fleet.core.message import ANSWER_DEFAULT, MUST_ANSWER, Message
from fleet.core.past import Matter, Running
from fleet.core.planner import event_wake, publish_wakes
from fleet.core.post import post, refused
from fleet.core.record import Draft
from fleet.core.result import Result
from fleet.core.score import value_records
from fleet.core.verdict import Offer, judge

LAPSES_AFTER = timedelta(hours=24)
MESSAGES_A_TURN = 100
"""More than any honest turn needs; a storm stops here."""


def of_done(
    chart: Chart,
    account: Account,
    seat: Seat,
    turn: str,
    result: Result,
    now: datetime,
    *,
    past: Running | None,
) -> Iterator[Draft]:
    """Draft what a done turn brings about. `past` is the turn as it was while it ran."""
    yield from _claims(account, seat, turn, result)
    yield from value_records(chart, seat, turn, result, now)
    for i, given in enumerate(result.messages):
        yield from _message(chart, account, seat, turn, given, now, past, i)
    yield from publish_wakes(chart, account, seat.id, turn)
    for raised in result.escalate:
        matter = Matter(
            id=account.next_id("i"),
            kind="raised",
            seat=seat.id,
            ladder="usual",
            base_at=now,
            about=raised.about,
            subject=raised.because[:80],
            because="\n".join((raised.because, *(f"- {option}" for option in raised.options))),
        )
        yield from open_matter(chart, account, matter, now)
    yield from _actions(account, seat, turn, result, now)
    yield from left_mail(account, seat, turn, past)


def left_mail(account: Account, seat: Seat, turn: str, past: Running | None) -> Iterator[Draft]:
    """Wake a seat again whose brief did not take all the mail that waited."""
    if past is None or not past.mail or not any(isinstance(c, OnMail) for c in seat.when):
        return
    older = [letter for letter in account.waiting(seat.id) if letter.sent <= past.started_at]
    if older and not any(w.cause == "mail" for w in account.seats[seat.id].pending):
        yield event_wake(seat, "mail", f"mail:after:{turn}", f"{len(older)} messages still wait")


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


def _claims(account: Account, seat: Seat, turn: str, result: Result) -> Iterator[Draft]:
    """A result with the key `claims` says all that stands; claims only emitted are added to what stands."""
    if result.claims is None:
        return
    before = {c.about: c for c in account.seats[seat.id].claims}
    for given in result.claims:
        old = before.pop(given.about, None)
        if old is not None and (old.until, old.because) == (given.until, given.because):
            continue
        until = given.until.isoformat() if given.until else None
        data = {
            "about": given.about,
            "until": until,
            "because": given.because,
            "on": "kept" if old else "taken",
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
    index: int,
) -> Iterator[Draft]:
    answer_by = given.answer_by or (now + ANSWER_DEFAULT if given.type in MUST_ANSWER else None)
    identity = account.next_id("m")
    message = Message(
        id=identity,
        type=given.type,
        sender=seat.id,
        to=given.to,
        about=given.about,
        subject=given.subject,
        sent=now.replace(microsecond=0),
        answer_by=answer_by.replace(microsecond=0) if answer_by else None,
        reply_to=given.reply_to,
        thread=identity,
        hop=past.hop if past else 0,
        with_=given.with_,
        body=given.body,
        outside=past.outside if past else False,
    )
    if index >= MESSAGES_A_TURN:
        yield refused(message, turn, f"a turn sends at most {MESSAGES_A_TURN} messages")
        return
    yield from post(chart, account, message, now, turn=turn)


def _actions(account: Account, seat: Seat, turn: str, result: Result, now: datetime) -> Iterator[Draft]:
    for identity in result.withdraw:
        parked = account.parked.get(identity)
        if parked is not None and parked.seat == seat.id:
            data = {
                "id": identity,
                "verdict": "withdrawn",
                "kind": parked.kind,
                "reason": "its seat withdrew it",
            }
            yield Draft("verdict", seat=seat.id, turn=turn, data=data)
    for given in result.actions:
        yield _action(account, seat, turn, given, now)


def _action(account: Account, seat: Seat, turn: str, given: ActionGiven, now: datetime) -> Draft:
    offer = Offer(seat.id, given.kind, given.about, given.with_, given.because)
    sha256 = offer.sha256
    equal = next((p for p in account.parked.values() if p.sha256 == sha256), None)
    about = list(given.about)
    if equal is not None:
        joined = {"joins": equal.id, "verdict": "joined", "kind": given.kind, "about": about}
        return Draft(
            "verdict", seat=seat.id, turn=turn, data={**joined, "reason": f"{equal.id} is the same offer"}
        )
    verdict = judge(offer)
    data = {
        "id": account.next_id("a"),
        "verdict": verdict.ruling,
        "kind": given.kind,
        "about": about,
        "with": given.with_,
        "because": given.because,
        "confidence": given.confidence,
        "sha256": sha256,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
        "lapses_at": (now + LAPSES_AFTER).isoformat(),
    }
    return Draft("verdict", seat=seat.id, turn=turn, data=data)


def lapse(account: Account, now: datetime) -> Iterator[Draft]:
    """Draft the lapse of held actions whose day is over; each comes back to its seat."""
    for parked in list(account.parked.values()):
        if parked.lapses_at > now:
            continue
        says = f"{parked.id} ({parked.kind} {', '.join(parked.about)}) lapsed after 24 h: {parked.reason}."
        data = {
            "id": parked.id,
            "verdict": "lapsed",
            "kind": parked.kind,
            "reason": parked.reason,
            "correction": says,
        }
        yield Draft("verdict", seat=parked.seat, data=data)
