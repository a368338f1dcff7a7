"""Letters: what the records of messages do to an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from fleet.core.codec import Json, from_plain, when
from fleet.core.gust import adopt, lettered
from fleet.core.past import Copy, Letter, Matter, Origin, Thread
from fleet.core.record import Record

if TYPE_CHECKING:
    from fleet.core.account import Account

OF_ACTIONS = ("held", "asked", "unknown")
"""Matters that no message settles: a yes is never given by mail."""
PRUNED_AT_ONCE = 2
"""How many remembered messages are looked at for each that comes: so they never become more than are needed."""
ORIGINS_KEPT = 2000
"""How many messages are remembered so that a reply finds its thread; older replies begin anew."""
THREADS_KEPT = 2000
"""How many threads in which somebody was answered; of more, the oldest begins anew."""


def message(account: Account, record: Record) -> None:
    """Take in a message: it waits, it may want an answer, and it may be one."""
    data = record.data
    account.count(data["id"])
    account.open_letter(_letter(record))
    account.origins[data["id"]] = Origin(data["from"], data["thread"], data.get("hop", 0))
    while len(account.origins) > ORIGINS_KEPT:
        del account.origins[next(iter(account.origins))]
    answer_by = when(data.get("answer_by"))
    if answer_by is not None:
        account.open_matter(adopt(account, _unanswered(data, answer_by)))
    if data.get("matter") in account.matters:
        matter = account.matters[data["matter"]]
        account.open_matter(replace(matter, told={**matter.told, data["id"]: data["to"]}))
        if matter.kind == "storm":
            lettered(account, data["id"], data["to"], record.at)
    _count(account, record)
    if data.get("reach"):
        account.untold[data["id"]] = data["to"]
    account.stir(f"mail {data['to']}")
    _thread(account, data)


def _count(account: Account, record: Record) -> None:
    """Count a message for its sender's hour, and remember what was said."""
    data, sender = record.data, record.data["from"]
    if sender in account.seats:
        hour, past = hour_of(record.at), account.seats[sender]
        account.change(sender, sent_in=hour, sent=past.sent + 1 if past.sent_in == hour else 1)
    if data.get("same"):
        account.copies.pop(data["same"], None)
        account.copies[data["same"]] = Copy(data["id"], record.at)
        for key in list(islice(account.copies, PRUNED_AT_ONCE)):
            copy = account.copies.pop(key)
            if stands(account, copy, record.at):
                account.copies[key] = copy


def stands(account: Account, copy: Copy, now: datetime) -> bool:
    """Say whether the same may not be sent again: it is unread, or was sent within the hour."""
    return copy.id in account.mail or now - copy.at < timedelta(hours=1)


def hour_of(at: datetime) -> str:
    """Name the hour of the clock in which an instant lies."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def _letter(record: Record) -> Letter:
    data = record.data
    return Letter(
        id=data["id"],
        to=data["to"],
        sender=data["from"],
        type=data["type"],
        name=data["name"],
        n=record.n,
        sent=when(data["sent"]) or record.at,
        thread=data["thread"],
        hop=data.get("hop", 0),
        about=_subjects(data),
        subject=data.get("subject", ""),
        outside=bool(data.get("outside", False)),
        sha256=data.get("sha256", ""),
        between=tuple(data.get("between", ())),
    )


def joined(account: Account, step: Mapping[str, Json]) -> dict[str, str]:
    """Take in that a rung was told by a letter that was there; gives which, if an answer to it settles the matter."""
    letter, matter = account.mail.get(step["message"]), account.matters.get(step["matter"])
    if letter is not None and letter.between:
        account.open_letter(replace(letter, joined=letter.joined + 1))
    return {} if matter is None or matter.type == "CHALLENGE" else {step["message"]: step["to"]}


def _unanswered(data: Mapping[str, Json], answer_by: datetime) -> Matter:
    """What a message becomes that nobody has answered when its time has come."""
    return Matter(
        id=data["id"],
        kind="unanswered",
        seat=data["to"],
        ladder="unanswered",
        base_at=answer_by,
        sender=data["from"],
        about=_subjects(data),
        subject=data.get("subject", ""),
        type=data["type"],
        outside=bool(data.get("outside", False)),
        hop=data.get("hop", 0),
        thread=data["thread"],
        since=when(data["sent"]),
    )


def _subjects(data: Mapping[str, Json]) -> tuple[str, ...]:
    about = data.get("about", ())
    return (about,) if isinstance(about, str) else tuple(about)


def _thread(account: Account, data: Mapping[str, Json]) -> None:
    """Count a reply to somebody else's message, and settle what it answers."""
    reply_to = data.get("reply_to")
    if not reply_to:
        return
    for matter in list(account.matters.values()):
        answers = matter.id == reply_to and matter.seat == data["from"]
        told = matter.told.get(reply_to) == data["from"] and matter.kind not in OF_ACTIONS
        if answers or told:
            account.shut_matter(matter.id)
    if data.get("exchange"):
        thread = account.threads.get(data["thread"], Thread())
        account.threads[data["thread"]] = Thread(data["exchange"], thread.closed or data["exchange"] >= 4)
        if len(account.threads) > THREADS_KEPT:
            del account.threads[min(account.threads, key=_age)]


def _age(thread: str) -> tuple[int, str]:
    """Order threads by the number of the message that began them."""
    number = thread.rpartition("-")[2]
    return (int(number) if number.isdigit() and len(number) < 16 else 0), thread


def message_done(account: Account, record: Record) -> None:
    """Take in that a message is over, or that one set aside is tried again."""
    letter = account.mail.get(record.data["id"])
    box = record.data["box"]
    if box == "new":
        account.open_letter(from_plain(Letter, record.data["letter"]))
    elif letter is not None:
        account.shut_letter(letter.id)
