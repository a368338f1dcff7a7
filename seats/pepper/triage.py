"""Triage: which mails are new, what each of them is, and how soon it was looked at."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from judge import Contacts, Judgement, judge
from mails import Mail, Unreadable, date_of, raw_mails, read

NEW_AT_MOST = 60  # mails a turn; the rest waits for the next one
LOOK_BACK = timedelta(days=14)  # a mail that arrives later than it says is still new
IN_TIME = timedelta(hours=1)
QUIET_HOURS = 10  # hours of work without a single mail: the source is dead, not the world
WORK = range(8, 18)
SATURDAY = 5


class Seen(NamedTuple):
    """One mail and what it is."""

    mail: Mail
    is_: Judgement
    account: str
    known: str  # how its sender is known
    new: bool


class Box(NamedTuple):
    """What the mailbox holds as far as this turn can say."""

    mails: list[Seen]  # since the last day of work began, and all that are new
    left: int  # new ones for the next turn
    unreadable: int
    ahead: int  # dated after now
    newest: datetime | None
    silent: str  # why nothing can be said of today; empty if all is well
    in_time: tuple[int, int]  # of today's mails, how many were triaged within the hour
    memory: dict


def look(path: Path, memory: dict, contacts: Contacts, now: datetime) -> Box:
    """Read the mailbox and judge what is new, and what is of the last day of work."""
    day, first = day_before(now), since(memory, now)
    try:
        raws = raw_mails(path)
    except OSError:
        return Box([], 0, 0, 0, None, "data/mail/inbox.mbox is not there or cannot be read", (0, 0), memory)
    dated = [(at, raw) for raw in raws if (at := date_of(raw)) is not None]
    newest = max((at for at, _ in dated if at <= now), default=None)
    mails, broken = readable([raw for at, raw in dated if min(day, first) <= at <= now])
    triaged = times(memory, now)
    fresh = [mail for mail in mails if mail.at >= first and mail.key not in triaged]
    taken = {mail.key for mail in fresh[:NEW_AT_MOST]}
    shown = [mail for mail in mails if mail.key in taken or (mail.at >= day and mail.key in triaged)]
    when = {**triaged, **dict.fromkeys(taken, now)}
    left = len(fresh) - len(taken)
    kept_since = first if left else max(first, now - LOOK_BACK)
    return Box(
        mails=[seen(mail, contacts, mail.key in taken) for mail in shown],
        left=left,
        unreadable=len(raws) - len(dated) + broken,
        ahead=sum(at > now for at, _ in dated),
        newest=newest,
        silent=silent(newest, now),
        in_time=in_time([mail for mail in mails if mail.at >= first], when, now),
        memory={
            "since": kept_since.isoformat(),
            "seen": {mail.key: when[mail.key].isoformat() for mail in mails if mail.key in when},
        },
    )


def seen(mail: Mail, contacts: Contacts, new: bool) -> Seen:
    """Return a mail with what it is."""
    known, account = contacts.house(mail)
    return Seen(mail, judge(mail, contacts), account, known, new)


def readable(raws: list[bytes]) -> tuple[list[Mail], int]:
    """Return the mails that can be read, oldest first and each once, and how many cannot."""
    mails: dict[str, Mail] = {}
    broken = 0
    for raw in raws:
        try:
            mail = read(raw)
            mails.setdefault(mail.key, mail)
        except Unreadable:
            broken += 1
    return sorted(mails.values(), key=lambda mail: (mail.at, mail.key)), broken


def day_before(now: datetime) -> datetime:
    """Return when the last day of work before today began."""
    day = now.date() - timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, time(), now.tzinfo)


def since(memory: dict, now: datetime) -> datetime:
    """Return from when on mails count as new: what came before this seat began is not its to hand on."""
    try:
        first = datetime.fromisoformat(memory["since"])
        return first if first <= now else day_before(now)
    except (KeyError, TypeError, ValueError):
        return day_before(now)


def times(memory: dict, now: datetime) -> dict[str, datetime]:
    """Return when each mail was triaged; what a clock that was put back calls the future has not happened."""
    found = {}
    seen_ = memory.get("seen")
    for key, value in seen_.items() if isinstance(seen_, dict) else ():
        try:
            at = datetime.fromisoformat(value)
            if at <= now + timedelta(days=1):
                found[key] = at
        except (TypeError, ValueError):
            continue
    return found


def silent(newest: datetime | None, now: datetime) -> str:
    """Say since when no mail has come, if that is too long to be chance."""
    if newest is None:
        return "data/mail/inbox.mbox has no mail that can be dated"
    hour, quiet = newest.astimezone(now.tzinfo), 0
    while hour + timedelta(hours=1) <= now and quiet <= QUIET_HOURS:
        quiet += hour.hour in WORK and hour.weekday() < SATURDAY
        hour += timedelta(hours=1)
    if quiet <= QUIET_HOURS:
        return ""
    return (
        f"no mail since {newest.astimezone(now.tzinfo):%a %d %b %H:%M}: the mailbox is dead, or nobody writes"
    )


def in_time(mails: list[Mail], when: dict[str, datetime], now: datetime) -> tuple[int, int]:
    """Return how many of today's mails were triaged within an hour, and how many there are that could be."""
    today = [mail for mail in mails if mail.at.astimezone(now.tzinfo).date() == now.date()]
    due = [mail for mail in today if mail.key in when or now - mail.at > IN_TIME]
    return sum(mail.key in when and when[mail.key] - mail.at <= IN_TIME for mail in due), len(due)
