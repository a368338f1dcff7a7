"""Cause: whose trouble a seat's trouble is, so that what others only follow from is told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.health import asked_of, asks_of, escalated_to, health
from fleet.core.moment import soon
from fleet.core.past import Past
from fleet.core.verdict import Step

MACHINE = "machine"
"""The cause of what is no seat's trouble: too few places, no daemon, a disk or clock."""
UNRENEWED = ("failed", "late", "stale", "empty", "gone", "paused")
"""Health in which a seat does not renew its state: who reads it follows from that."""
FOLLOWS = ("late", "stale")
"""Health that can come of somebody else's."""
OWN = ("failed", "timed out", "empty")
"""Ends of a last turn that are the seat's own trouble, whatever ails those it reads."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a seat stands: its health and why; whose trouble that is, and the seat next to it on the way there.

    `cause` is a seat, MACHINE, or empty where it is the seat's own, or none.
    """

    health: str
    why: str
    cause: str = ""
    after: str = ""


def _seat_names(chart: Chart, account: Account) -> list[str]:
    """Name all seats: those of the chart, those that are gone from it, those that are retired."""
    gone = [name for name, past in account.seats.items() if past.gone and name not in chart.retired]
    return [*chart.seats, *(name for name in gone if name not in chart.seats), *chart.retired]


def stands(
    chart: Chart, account: Account, now: datetime, *, served_until: datetime | None = None
) -> dict[str, Stand]:
    """Say of every seat how it stands; `served_until` is when the last daemon ended, if none runs."""
    own = {name: health(chart, account, name, now) for name in _seat_names(chart, account)}
    whole = _Whole(chart, account, now, own, served_until)
    for name in (
        own if account.revision is not None else ()
    ):  # before its first start nobody waits for anybody
        whole.links[name] = whole.link(name)
    return {name: _stand(whole, name) for name in own}


@dataclass(slots=True)
class _Whole:
    """All that is looked at to find causes: each seat's own health, and from whom it follows directly."""

    chart: Chart
    account: Account
    now: datetime
    own: Mapping[str, tuple[str, str]]
    served_until: datetime | None
    links: dict[str, str] = field(default_factory=dict)
    crowd: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        running = [p.running.turn for p in self.account.seats.values() if p.running is not None]
        self.crowd = tuple(running) if len(running) >= self.chart.turns_at_once else ()

    def link(self, name: str) -> str:
        """Name whom a seat's trouble comes from directly: a seat, MACHINE, or nobody but itself."""
        word = self.own[name][0]
        seat, past = self.chart.seats.get(name), self.account.seats.get(name)
        if seat is None or past is None or word in ("gone", "planned", "retired"):
            return ""
        if word == "held":
            held = next(a for a in self.account.docket.of_seat(name) if a.status == "held")
            return _holds_it(self.chart, self.account, held, self.now)
        if word == "waiting":
            return self._awaited(seat)
        if not seat.holder.is_agent or past.tampered:
            return ""
        if past.last is not None and past.last.outcome in OWN:
            return ""
        if word == "fine":
            return self._in_trouble(past.state.stale if past.state is not None else ())
        if word == "stale" and self._unserved(past):
            return MACHINE
        return self._source(seat, past) if word in FOLLOWS else ""

    def _awaited(self, seat: Seat) -> str:
        """Name the person an agent waits for; or whose matter has climbed to a person."""
        if not seat.holder.is_person:
            first = next(iter(asks_of(self.account, seat.id)), None)
            matter = self.account.matters.get(first.id) if first is not None else None
            return (first.person if first is not None else "") or (matter.first if matter is not None else "")
        asked = asked_of(self.account, seat.id)
        if asked:
            return asked[0].seat
        matters = escalated_to(self.account, seat.id)
        return matters[0].seat if matters and matters[0].seat in self.own else ""

    def _source(self, seat: Seat, past: Past) -> str:
        """Name what keeps a seat from renewing its state: too few places, or a seat it reads."""
        if past.pending and past.running is None and self.crowd:
            return MACHINE
        known = past.state.stale if past.state is not None else ()
        return self._in_trouble(name for name in (*known, *seat.reads) if name != seat.id)

    def _in_trouble(self, names: Iterable[str]) -> str:
        """Name the first of these seats that does not renew its state."""
        return next((name for name in names if self.own.get(name, ("", ""))[0] in UNRENEWED), "")

    def _unserved(self, past: Past) -> bool:
        """Say whether its state ran out only after the last daemon ended."""
        until = past.state.good_until if past.state is not None else None
        return self.served_until is not None and until is not None and until > self.served_until

    def root(self, name: str) -> str:
        """Follow a seat's trouble to where it began; in a circle, to the seat that comes first in the chart."""
        way = [name]
        while True:
            link = self.links.get(way[-1], "")
            if link == MACHINE or (link and self.own[link][0] not in UNRENEWED):
                return link
            if not link:
                return way[-1]
            if link in way:
                order = list(self.own)
                return min(way[way.index(link) :], key=order.index)
            way.append(link)


def _stand(whole: _Whole, name: str) -> Stand:
    word, why = whole.own[name]
    link = whole.links.get(name, "")
    if not link:
        return Stand(word, why)
    if word in ("held", "waiting"):
        return Stand(word, why, link if link != name else "", link if link != name else "")
    root = whole.root(name)
    if root == name:  # the circle begins here
        return Stand(word, why)
    return Stand("stale" if word == "fine" else word, _follows(whole, name, link, root), root, link)


def _follows(whole: _Whole, name: str, link: str, root: str) -> str:
    """Say what a seat's trouble follows from."""
    if root == MACHINE:
        return (
            _machine(whole, name) if link == MACHINE else f"waits for {link}, which {_machine(whole, link)}"
        )
    by_way = f", by way of {link}" if link != root else ""
    return f"waits for {root}'s trouble{by_way}: {_trouble_of(whole, root)}"


def _machine(whole: _Whole, name: str) -> str:
    past = whole.account.seats.get(name)
    if past is not None and past.pending and past.running is None and whole.crowd:
        first, *more = whole.crowd
        turns = f"{first} and {len(more)} more run" if more else f"{first} runs"
        return f"waits for a place: {turns}, and turns_at_once is {whole.chart.turns_at_once}"
    zone = whole.chart.calendar.tz
    ended = whole.served_until
    since = f" since {soon(ended.astimezone(zone), whole.now.astimezone(zone))}" if ended is not None else ""
    return f"is not woken: no daemon has run{since}"


def _trouble_of(whole: _Whole, name: str) -> str:
    """Say a seat's own trouble inside the sentence of another."""
    word, why = whole.own[name]
    past = whole.account.seats.get(name)
    last = past.last if past is not None else None
    if word == "failed" and last is not None:
        return f"{name} failed ({last.why})" if last.why else f"{name} failed"
    if word == "late":
        return f"{name} has published nothing yet"
    said = {"empty": "gave an empty turn", "gone": "is gone from fleet.yaml", "paused": f"is paused {why}"}
    return f"{name} {said.get(word, f'is {word} ({why})')}"


def _holds_it(chart: Chart, account: Account, action: Action, now: datetime) -> str:
    """Name the seat whose claim, touch or missing state holds an action; nobody where it is none of these."""
    subjects = action.subjects or action.about
    for conflict in chart.conflicts:
        rank = conflict.rank
        above = rank[: rank.index(action.seat)] if action.seat in rank else rank
        for subject in subjects:
            if subject.partition(":")[0] == conflict.about:
                found = _ahead(account, action, subject, [n for n in above if _acts(chart, n)], now)
                if found:
                    return found
    return ""


def _acts(chart: Chart, name: str) -> bool:
    seat = chart.seats.get(name)
    return seat is not None and not seat.holder.is_planned


def _ahead(account: Account, action: Action, subject: str, above: Iterable[str], now: datetime) -> str:
    claimed, touched = account.claimed.get(subject, {}), account.docket.touches.get(subject, {})
    for name in above:
        past = account.seats.get(name)
        if past is None:
            continue
        blind = past.state is None or not past.state.fresh(now)
        if action.step == Step.KNOWN and blind:
            return name
        claim = claimed.get(name)
        if action.step == Step.CONFLICTS and (claim.stands(now) if claim is not None else name in touched):
            return name
    return ""
