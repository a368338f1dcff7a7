"""Bounds: how much an agent sends, to how many, and what it has said already; all that meets one is one refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.canonical import canonical, plain, sha256_hex
from fleet.core.chart import Chart
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.gust import OPENS_AT, WEIGHS, brews
from fleet.core.letters import hour_of, stands
from fleet.core.record import Draft
from fleet.core.verdict import sentence

if TYPE_CHECKING:
    from fleet.core.message import Message

NAMED_AT_MOST = 5
KIND = "message"
"""The kind of action that sending is, where a chart or a pause speaks of it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why the gate refuses a message, by which rule, and where that stands; `bound` names the bound it met."""

    reason: str
    rule: str = "post"
    place: str = ""
    bound: str = ""
    evidence: tuple[Json, ...] = ()


@dataclass(slots=True)
class Tally:
    """What one turn has sent so far: to whom, and what of it met a bound."""

    reached: dict[str, None] = field(default_factory=dict)
    refused: list[tuple[Message, Bar]] = field(default_factory=list)
    dropped: int = 0
    """How many more it would have sent than a turn sends."""
    ruled: Callable[[Message], Bar | None] | None = None
    """By which rule a message is not sent."""


def same_as(message: Message) -> str:
    """Name what makes two messages the same: who writes to whom, of what, what it says, and what it answers.

    An answer to another message is another answer, though its words are the same.
    """
    keys = (message.sender, message.to, message.type, message.about, message.subject, message.reply_to)
    said = canonical(plain(message.with_)) if message.with_ else b""
    body = message.body.encode("utf-8", "surrogatepass")
    return sha256_hex(b"\0".join((repr(keys).encode(), body, said)))[:32]


def over(
    chart: Chart, account: Account, message: Message, same: str, tally: Tally, now: datetime
) -> Bar | None:
    """Say which bound an agent's message would meet: the same again, more seats, more messages than there may be."""
    bar = _copy(chart, account, same, now)
    most = chart.limits.fan_out
    if bar is None and message.to not in tally.reached and len(tally.reached) >= most:
        return _limit(chart, "fan_out", f"one turn writes to at most {most} seats", "fan-out")
    return bar or _quota(chart, account, message.sender, now)


def _copy(chart: Chart, account: Account, same: str, now: datetime) -> Bar | None:
    earlier = account.copies.get(same)
    if earlier is None or not stands(account, earlier, now):
        return None
    unread = " and is unread" if earlier.id in account.mail else ""
    return Bar(f"{earlier.id} of {_clock(chart, earlier.at)} says the same{unread}", bound="copy")


def _quota(chart: Chart, account: Account, sender: str, now: datetime) -> Bar | None:
    past, most = account.seats.get(sender), chart.limits.messages_an_hour
    if past is None or past.sent_in != hour_of(now) or past.sent < most:
        return None
    since = now.replace(minute=0, second=0, microsecond=0)
    again = _clock(chart, since + timedelta(hours=1))
    told = f"{sender} has sent {most} messages since {_clock(chart, since)}; it may send more from {again} on"
    return _limit(chart, "messages_an_hour", told, "quota")


def _clock(chart: Chart, at: datetime) -> str:
    return f"{at.astimezone(chart.calendar.tz):%H:%M}"


def _limit(chart: Chart, key: str, reason: str, bound: str) -> Bar:
    place = chart.places.get(("limits", key))
    return Bar(reason, f"limits.{key}", place.short if place is not None else "", bound)


def refused(account: Account, message: Message, turn: str | None, bar: Bar) -> Draft:
    """Draft the refusal of a message; it comes back to its sender as a correction."""
    says = sentence(
        f"Your message to {message.to} ({message.subject or message.type}) was not sent: {bar.reason}"
    )
    data: dict[str, Any] = {
        "verdict": "refuse",
        "kind": KIND,
        "to": message.to,
        "rule": bar.rule,
        "reason": bar.reason,
        "correction": says,
        **_met(account, bar.bound, 1),
        **_among([(message, bar)]),
    }
    if bar.place:
        data |= {"place": bar.place, "about": list(message.about)}
    if bar.evidence:
        data["evidence"] = list(bar.evidence)
    return Draft("verdict", seat=message.sender, turn=turn, data=data)


def all_refused(account: Account, seat: str, turn: str, tally: Tally, most: int) -> Iterator[Draft]:
    """Draft the refusal of all that met a bound in one turn: a storm does not become a storm of refusals."""
    many = f"a turn sends at most {most} messages, and the other {tally.dropped:,} were dropped"
    if not tally.refused and not tally.dropped:
        return
    if not tally.dropped and len(tally.refused) == 1:
        yield refused(account, tally.refused[0][0], turn, tally.refused[0][1])
        return
    bars = [bar for _, bar in tally.refused] + ([Bar(many, "bounds", bound="turn")] if tally.dropped else [])
    worst = max(bars, key=lambda bar: WEIGHS.get(bar.bound, 1))
    count, reason = len(tally.refused), _listed([bar.reason for bar in bars], "; ", "reasons")
    to = _listed([message.to for message, _ in tally.refused], ", ", "seats")
    data: dict[str, Any] = {
        "verdict": "refuse",
        "kind": KIND,
        "rule": worst.rule,
        "reason": f"{count} messages to {to}: {reason}" if count else reason,
        "correction": f"Your {count} messages to {to} were not sent: {reason}."
        if count
        else f"Refused: {reason}.",
        **_met(account, worst.bound, count + tally.dropped),
        **_among(tally.refused),
    }
    if worst.place:
        data["place"] = worst.place
    yield Draft("verdict", seat=seat, turn=turn, data=data)


def _listed(said: Sequence[str], between: str, what: str) -> str:
    """List a few different things, and say how many more there are."""
    once = list(dict.fromkeys(said))
    more = len(once) - NAMED_AT_MOST
    return between.join(once[:NAMED_AT_MOST]) + (f" and {more} more {what}" if more > 0 else "")


def _among(found: Sequence[tuple[Message, Bar]]) -> dict[str, list[str]]:
    """Name who else has a part in a chain or thread that does not end: those to whom it would go on."""
    names = sorted({message.to for message, bar in found if bar.bound in ("hops", "thread")})
    return {"among": names} if names else {}


def _met(account: Account, bound: str, count: int) -> dict[str, Any]:
    """Say in a record which bound was met and how often; and that a storm is told already, or is by this one."""
    if not bound:
        return {}
    weight = account.storm.weight if account.storm is not None else 0
    storm = brews(account) or weight + WEIGHS.get(bound, 1) >= OPENS_AT
    return {"bound": bound, "count": count, **({"storm": True} if storm else {})}
