"""The post: who may write to whom, and what follows from a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.core.account import Account
from fleet.core.chain import person_above
from fleet.core.chart import Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.ladder import message_record, open_matter
from fleet.core.message import OPERATOR, Message
from fleet.core.past import Matter, Thread
from fleet.core.planner import event_wake, mail_wakes
from fleet.core.record import Draft, Record

WAITING_AT_MOST = 10_000
HOPS_AT_MOST = 8
EXCHANGES_AT_MOST = 4
NO_SEATS = (OPERATOR, "fleet")
"""Who sends without being a seat: whoever types without being a named person, and fleet itself."""
KIND = "message"
"""The kind of action that sending is, where a chart or a pause speaks of it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why the gate refuses a message, by which rule, and where that stands."""

    reason: str
    rule: str = "post"
    place: str = ""


def why_not(chart: Chart, account: Account, message: Message) -> str:
    """Say why a message cannot be sent, or nothing. Names the limit and what would be taken."""
    past = account.seats.get(message.to)
    if message.to in chart.retired:
        return f"{message.to} is retired and receives nothing"
    if message.to not in chart.seats or past is None or past.gone:
        return f"there is no seat {message.to}"
    if message.hop > HOPS_AT_MOST:
        return f"it would be hop {message.hop} of a chain of messages; {HOPS_AT_MOST} is the limit"
    if len(account.waiting(message.to)) >= WAITING_AT_MOST:
        return f"{message.to} has {WAITING_AT_MOST} messages waiting, which is the limit"
    thread = account.threads.get(message.thread, Thread())
    if thread.closed and message.sender in chart.seats and chart.seats[message.sender].holder.is_agent:
        return f"thread {message.thread} was passed to a person after {EXCHANGES_AT_MOST} exchanges"
    return ""


def barred(chart: Chart, account: Account, message: Message) -> Bar | None:
    """Judge a message by the gate's steps 2 and 3, for its sender: pauses, and what a seat may never touch.

    It is refused where an action would be held: a message that waits would say what is no longer so.
    """
    seat, past = chart.seats.get(message.sender), account.seats.get(message.sender)
    if message.sender in chart.retired:
        return Bar(f"{message.sender} is retired and sends nothing", "seat")
    if message.sender in NO_SEATS:
        return None
    if seat is None or past is None or past.gone:
        return Bar(f"{message.sender} is gone from fleet.yaml and sends nothing", "seat")
    names = (KIND, *message.about)
    for name in names if seat.holder.is_agent else ():
        pause = account.pauses.get(name)
        if pause is not None:
            because = f": {pause.because}" if pause.because else ""
            return Bar(f"{name} is paused by {pause.by}{because}", "pause")
    never = next((name for name in seat.never if name in names), None)
    if never is None:
        return None
    place = seat.where.get("never", seat.place)
    does = "send a message" if never == KIND else f"touch {never}"
    return Bar(f"{seat.id} may never {does}", f"seats.{seat.id}.never", place.short)


def threaded(account: Account, message: Message) -> Message:
    """Put a reply into the thread of what it answers; anything else begins a thread of its own."""
    if not message.reply_to:
        return replace(message, thread=message.id)
    parent = account.origin(message.reply_to)
    if parent is None:
        return replace(message, thread=message.reply_to, hop=max(message.hop, 1))
    return replace(message, thread=parent.thread, hop=max(message.hop, parent.hop + 1))


def _addressed(chart: Chart, account: Account, message: Message) -> Message:
    """Send an answer to what came from no seat, a file dropped by hand or fleet itself, to the nearest person."""
    parent = account.origin(message.reply_to) if message.reply_to else None
    if parent is None or parent.sender not in NO_SEATS or message.to != parent.sender:
        return message
    nearest = person_above(chart, message.sender)
    return replace(message, to=nearest) if nearest else message


def post(
    chart: Chart,
    account: Account,
    message: Message,
    now: datetime,
    *,
    turn: str | None = None,
    **more: object,
) -> Iterator[Draft]:
    """Draft a message and what follows from it: a wake, and an escalation at the fourth exchange.

    Each draft must be applied to `account` before the next is asked for.
    """
    message = _addressed(chart, account, threaded(account, message))
    reason = why_not(chart, account, message)
    bar = barred(chart, account, message) or (Bar(reason) if reason else None)
    if bar is not None:
        yield refused(message, turn, bar)
        return
    exchange = _exchange(account, message)
    counted = {"exchange": exchange} if exchange else {}
    record = message_record(chart, message, turn=turn, **counted, **more)
    yield record
    yield from after_message(chart, account, record.data, now)


def after_message(chart: Chart, account: Account, data: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    """Draft what follows from a message's record: whom it wakes, and the escalation of a fourth exchange."""
    yield from mail_wakes(chart, account, data)
    if data.get("exchange") == EXCHANGES_AT_MOST:
        yield from _pass_up(chart, account, data, now)


def after_retry(seat: Seat, record: Record) -> Draft:
    """Draft the wake that follows when a message that was set aside is put back."""
    identity = record.data["id"]
    return event_wake(
        seat, "mail", f"retry:{identity}:{record.n}", f"{identity} is tried again", message=identity
    )


def refused(message: Message, turn: str | None, bar: Bar) -> Draft:
    """Draft the refusal of a message; it comes back to its sender as a correction."""
    says = f"Your message to {message.to} ({message.subject or message.type}) was not sent: {bar.reason}."
    data: dict[str, Any] = {
        "verdict": "refuse",
        "kind": KIND,
        "to": message.to,
        "rule": bar.rule,
        "reason": bar.reason,
        "correction": says,
    }
    if bar.place:
        data |= {"place": bar.place, "about": list(message.about)}
    return Draft("verdict", seat=message.sender, turn=turn, data=data)


def _exchange(account: Account, message: Message) -> int:
    """Count a reply to somebody else's message; 0 for anything else."""
    if not message.reply_to:
        return 0
    parent = account.origin(message.reply_to)
    if parent is not None and parent.sender == message.sender:
        return 0
    return account.threads.get(message.thread, Thread()).exchanges + 1


def _pass_up(chart: Chart, account: Account, data: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    about = data.get("about") or ()
    matter = Matter(
        id=account.next_id("i"),
        kind="exchange",
        seat=data["from"],
        ladder="usual",
        base_at=now,
        sender=data["to"],
        about=(about,) if isinstance(about, str) else tuple(about),
        subject=data.get("subject", ""),
        because=f"{data['id']} is the fourth exchange in thread {data['thread']}.",
        outside=bool(data.get("outside", False)),
    )
    yield from open_matter(chart, account, matter, now)
