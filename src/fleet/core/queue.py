"""The queue: which of the woken seats start a turn now, in a fair order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from fleet.core.account import Account
from fleet.core.chart import Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.past import Past, Wake
from fleet.core.planner import FIRST, Looked, next_promised
from fleet.core.record import Draft

BY_OTHERS = ("mail", "publish", "change")
"""Causes of wakes for which a first turn does not come sooner: of them it hears in that turn."""
FirstTurns = Mapping[str, tuple[str, ...]]
"""For each seat, those whose first turn ends before its own first begins."""


@dataclass(frozen=True, slots=True)
class Start:
    """One turn to start: its seat and the wakes it serves."""

    seat: str
    wakes: tuple[Wake, ...]


def pick(
    chart: Chart, account: Account, firsts: FirstTurns, woken: Iterable[str], now: datetime | None = None
) -> list[Start]:
    """Choose which seats start now: the longest due first, at most as many as may run at once.

    Wakes that are to come later than `now` wait, unless another wakes their seat; without it none does.
    """
    running = sum(1 for past in account.seats.values() if past.running is not None)
    free = chart.turns_at_once - running
    if free <= 0 or account.paused is not None:
        return []
    able = [
        (since, name)
        for name in woken
        if _able(chart, account, firsts, name) and (since := _since(account.seats[name], now)) is not None
    ]
    able.sort(key=lambda pair: pair[0])
    return [Start(name, _served(account.seats[name])) for _, name in able[:free]]


def _since(past: Past, now: datetime | None) -> datetime | None:
    """Say since when a seat's first wake is due; None if all of them are to come later."""
    if past.pending[0].after is None:
        return past.pending[0].due_at
    due = (wake.due_at if wake.after is None else max(wake.due_at, wake.after) for wake in past.pending)
    return next((at for at in due if now is None or at <= now), None)


def _able(chart: Chart, account: Account, firsts: FirstTurns, name: str) -> bool:
    seat, past = chart.seats.get(name), account.seats.get(name)
    if (
        seat is None
        or past is None
        or not past.pending
        or past.running is not None
        or past.paused is not None
    ):
        return False
    if past.gone or not seat.holder.is_agent:
        return False
    waits = past.turns == 0 and all(w.cause in (FIRST, *BY_OTHERS) for w in past.pending)
    return not (waits and any(_still_to_come(chart, account, other) for other in firsts.get(name, ())))


def _still_to_come(chart: Chart, account: Account, name: str) -> bool:
    """Say whether a seat's very first turn is expected and has not ended yet."""
    past = account.seats.get(name)
    if past is None or past.gone or past.paused is not None or not chart.seats[name].holder.is_agent:
        return False
    again = past.retry_at is not None or past.pending or past.running is not None
    return past.last is None or (past.last.outcome == "lost" and bool(again))


def _served(past: Past) -> tuple[Wake, ...]:
    """A wake that wants a turn of its own gets one; all others merge into one turn."""
    first = past.pending[0]
    if first.alone:
        return (first,)
    return tuple(w for w in past.pending if not w.alone)


def lacks_news(chart: Chart, account: Account, start: Start, looked: Looked, now: datetime) -> bool:
    """Say whether a turn would find nothing: inputs declared, none changed, no mail, state good past the next wake."""
    seat, past = chart.seats[start.seat], account.seats[start.seat]
    if seat.skip_if != "nothing new" or not (seat.reads or seat.paths):
        return False
    if any(w.insists for w in start.wakes) or past.state is None or looked.inputs != past.inputs:
        return False
    if account.waiting(start.seat):
        return False
    coming = next_promised(chart, seat, now)
    good = past.state.good_until
    return good is None or (coming is not None and good > coming)


def skips(start: Start, reason: str) -> list[Draft]:
    """Draft the skipping of all wakes of a start."""
    return [
        Draft("wake_skipped", seat=start.seat, data={"wake": w.id, "reason": reason}) for w in start.wakes
    ]


def first_turns(chart: Chart) -> FirstTurns:
    """Order first turns: a seat after those it reads, after those that go before it over what it acts on, and after
    those at whose states rules look when it acts; within a circle, by the order of the file.

    Who stands in no rank goes after those who do only where that closes no circle. The order has no circle of its
    own, so nobody waits for ever.
    """
    rank = {name: i for i, name in enumerate(chart.seats)}
    ranks, looked = _ranks(chart), _looked_at(chart)
    before = {name: _before(chart, ranks, looked, seat) for name, seat in chart.seats.items()}
    last = {name: _before_last(chart, ranks, seat) for name, seat in chart.seats.items()}
    circle = _circles(chart, before)
    wider = _circles(chart, {name: [*others, *last[name]] for name, others in before.items()})

    def waits(name: str, other: str) -> bool:
        if wider[other] != wider[name]:
            return True
        return other in before[name] and (circle[other] != circle[name] or rank[other] < rank[name])

    return {
        name: tuple(
            other for other in dict.fromkeys((*others, *last[name])) if other != name and waits(name, other)
        )
        for name, others in before.items()
    }


@dataclass(slots=True)
class _Ranks:
    """All conflicts over one kind of subject: how many, who is in them, and who goes before whom."""

    count: int = 0
    members: dict[str, None] = field(default_factory=dict)
    above: dict[str, dict[str, None]] = field(default_factory=dict)

    def before(self, name: str) -> Iterable[str]:
        """Name those that go before a seat that stands in a rank."""
        return self.above.get(name, ())

    def before_last(self, name: str) -> Iterable[str]:
        """Name those that go before a seat that stands in none: all, but it waits for no crowd of pairs."""
        return self.members if self.count == 1 and name not in self.above else ()


def _ranks(chart: Chart) -> dict[str, _Ranks]:
    found: dict[str, _Ranks] = {}
    for conflict in chart.conflicts:
        ranks = found.setdefault(conflict.about, _Ranks())
        ranks.count += 1
        members = [name for name in conflict.rank if name in chart.seats]
        ranks.members.update(dict.fromkeys(members))
        for place, name in enumerate(members):
            ranks.above.setdefault(name, {}).update(dict.fromkeys(members[:place]))
    return found


def _before(
    chart: Chart, ranks: Mapping[str, _Ranks], looked: Mapping[tuple[str, str], list[str]], seat: Seat
) -> list[str]:
    """List who a seat's first turn needs: those it reads, and whose states the gate will ask for when it acts."""
    found = [other for other in seat.reads if other in chart.seats]
    for about in sorted(_acts_on(chart, seat) & ranks.keys()):
        found += ranks[about].before(seat.id)
    kinds = (*seat.can.do, *seat.can.ask)
    for key in ((name, kind) for name in (seat.id, "") for kind in (*kinds, "") if kinds):
        found += looked.get(key, ())
    return list(dict.fromkeys(found))


def _before_last(chart: Chart, ranks: Mapping[str, _Ranks], seat: Seat) -> list[str]:
    """List the seats that go before one which no rank names, over what it acts on."""
    kinds = sorted(_acts_on(chart, seat) & ranks.keys())
    return list(dict.fromkeys(other for about in kinds for other in ranks[about].before_last(seat.id)))


def _looked_at(chart: Chart) -> dict[tuple[str, str], list[str]]:
    """Name the seats at whose states rules look, by the seat and kind of which they speak; "" is any."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in chart.rules:
        states = [name for name in rule.states if name in chart.seats]
        for seat in (rule.seats or ("",)) if states else ():
            for kind in rule.actions or ("",):
                found.setdefault((seat, kind), []).extend(states)
    return found


def _acts_on(chart: Chart, seat: Seat) -> set[str]:
    """Name the kinds of subject that a seat's actions are about, and those to which they belong."""
    kinds = [chart.actions[kind] for kind in (*seat.can.do, *seat.can.ask) if kind in chart.actions]
    found = {about for kind in kinds for about in kind.about}
    while more := {chart.subjects[kind].of for kind in found if kind in chart.subjects} - found:
        found |= more
    return found


def _circles(chart: Chart, before: Mapping[str, list[str]]) -> dict[str, int]:
    """Number the circles of who needs whom (strongly connected parts, Tarjan's way, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    part: dict[str, int] = {}
    stack: list[str] = []
    for root in chart.seats:
        if root in index:
            continue
        work: list[tuple[str, int]] = [(root, 0)]
        while work:
            name, at = work.pop()
            if at == 0:
                index[name] = low[name] = len(index)
                stack.append(name)
            reads = before[name]
            if at < len(reads):
                work.append((name, at + 1))
                other = reads[at]
                if other not in index:
                    work.append((other, 0))
                elif other not in part:
                    low[name] = min(low[name], index[other])
                continue
            for other in reads:
                if other not in part:
                    low[name] = min(low[name], low[other])
            if low[name] == index[name]:
                _close(name, stack, part)
    return part


def _close(name: str, stack: list[str], part: dict[str, int]) -> None:
    number = len(part)
    while True:
        member = stack.pop()
        part[member] = number
        if member == name:
            return
