"""The post: who may write to whom, and what follows from a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.core.account import Account
from fleet.core.bounds import KIND, Bar, Tally, over, refused, same_as
from fleet.core.chain import person_above
from fleet.core.chart import HOPS_AT_MOST, Chart, Seat
from fleet.core.gust import brews
from fleet.core.ladder import message_record, open_matter
from fleet.core.message import OPERATOR, Message
from fleet.core.past import Matter, Thread
from fleet.core.planner import event_wake, mail_wakes
from fleet.core.record import Draft, Record

WAITING_AT_MOST = 10_000
EXCHANGES_AT_MOST = 4
NO_SEATS = (OPERATOR, "fleet")
"""Who sends without being a seat: whoever types without being a named person, and fleet itself."""


def unsendable(chart: Chart, account: Account, message: Message) -> Bar | None:
    """Say why a message cannot be sent, or nothing. Names the limit and what would be taken."""
    past = account.seats.get(message.to)
    if message.to in chart.retired:
        return Bar(f"{message.to} is retired and receives nothing")
    if message.to not in chart.seats or past is None or past.gone:
        return Bar(f"there is no seat {message.to}")
    if message.hop > HOPS_AT_MOST:
        reason = f"it would be hop {message.hop} of a chain of messages; {HOPS_AT_MOST} is the limit"
        return Bar(reason, bound="hops")
    if len(account.waiting(message.to)) >= WAITING_AT_MOST:
        reason = f"{message.to} has {WAITING_AT_MOST} messages waiting, which is the limit"
        return Bar(reason, bound="room")
    thread = account.threads.get(message.thread, Thread())
    if thread.closed and _is_agent(chart, message.sender):
        reason = f"thread {message.thread} was passed to a person after {EXCHANGES_AT_MOST} exchanges"
        return Bar(reason, bound="thread")
    return None


def _is_agent(chart: Chart, name: str) -> bool:
    return name in chart.seats and chart.seats[name].holder.is_agent


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
    """Put a reply into the thread of what it answers; anything else begins a thread of its own.

    An answer to its sender counts on from what it answers, whatever else the same turn read: its thread bounds it.
    """
    if not message.reply_to:
        return replace(message, thread=message.id)
    parent = account.origin(message.reply_to)
    if parent is None:
        return replace(message, thread=message.reply_to, hop=max(message.hop, 1))
    answers = parent.sender == message.to != message.sender
    hop = parent.hop + 1 if answers else max(message.hop, parent.hop + 1)
    return replace(message, thread=parent.thread, hop=hop)


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
    tally: Tally | None = None,
    **more: object,
) -> Iterator[Draft]:
    """Draft a message and what follows from it: a wake, and an escalation at the fourth exchange.

    Each draft must be applied to `account` before the next is asked for. With the `tally` of its turn, what meets
    a bound is put down there, and drafted by `all_refused`.
    """
    message = _addressed(chart, account, threaded(account, message))
    same = same_as(message) if _is_agent(chart, message.sender) else ""
    if not same:
        message = replace(message, hop=0)  # what a person says begins a chain
    bar = barred(chart, account, message) or unsendable(chart, account, message)
    if bar is None and tally is not None and tally.ruled is not None:
        bar = tally.ruled(message)
    if bar is None and same:
        bar = over(chart, account, message, same, tally or Tally(), now)
    if bar is not None and bar.bound and tally is not None:
        tally.refused.append((message, bar))
        return
    if bar is not None:
        yield refused(account, message, turn, bar)
        return
    if tally is not None:
        tally.reached[message.to] = None
    record = message_record(chart, message, turn=turn, **_counted(account, message, same), **more)
    yield record
    yield from after_message(chart, account, record.data, now)


def _counted(account: Account, message: Message, same: str) -> dict[str, object]:
    """Give what the record of a message keeps of bounds: its exchange, and what would be the same again."""
    exchange = _exchange(account, message)
    counted: dict[str, object] = {"exchange": exchange} if exchange else {}
    counted |= {"bound": "exchanges"} if exchange == EXCHANGES_AT_MOST else {}
    return counted | ({"same": same} if same else {})


def after_message(chart: Chart, account: Account, data: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    """Draft what follows from a message's record: whom it wakes, and the escalation of a fourth exchange."""
    yield from mail_wakes(chart, account, data)
    if data.get("exchange") == EXCHANGES_AT_MOST and not brews(account):  # a storm is told by one letter
        yield from _pass_up(chart, account, data, now)


def after_retry(seat: Seat, record: Record) -> Draft:
    """Draft the wake that follows when a message that was set aside is put back."""
    identity = record.data["id"]
    return event_wake(
        seat, "mail", f"retry:{identity}:{record.n}", f"{identity} is tried again", message=identity
    )


def _exchange(account: Account, message: Message) -> int:
    """Count a reply to somebody else's message; 0 for anything else, and for what answers no message that there was."""
    if not message.reply_to or not account.used(message.reply_to):
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
        hop=data.get("hop", 0),
        thread=data["thread"],
        outside=bool(data.get("outside", False)),
    )
    yield from open_matter(chart, account, matter, now)
