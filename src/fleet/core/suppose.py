"""Suppose: what the gate would say of supposed offers, in an account as the promised wakes would leave it.

Each offer is judged by the gate's own judge, on states, claims, mail and touches as they would stand then.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.action import offer_hash
from fleet.core.cadence import OnMail
from fleet.core.canonical import plain
from fleet.core.case import Case, Owned, Sight
from fleet.core.chart import Chart, Rule
from fleet.core.event import Event
from fleet.core.foresee import Foresight, Known, Shelf, standing
from fleet.core.frozen import dataclass
from fleet.core.gate import ended, intent, judged
from fleet.core.judge import judge
from fleet.core.ladder import message_record
from fleet.core.law import Law
from fleet.core.message import Message
from fleet.core.moment import near
from fleet.core.outside import marks_of
from fleet.core.past import Past
from fleet.core.planner import good_until
from fleet.core.reason import frees
from fleet.core.record import Draft, Record
from fleet.core.verdict import Step, Verdict

TURN = "foreseen"
"""What stands for the id of a turn that nobody has had."""
SUPPOSED = "supposed"
ALWAYS, UNASKED = "true", "false"
"""The conditions of a rule that is always met, and of one that is not asked."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One supposed event, and what came of it: the verdict on an offer, or a note."""

    event: Event
    verdict: Verdict | None = None
    frees: str = ""
    """What would let a held action go on."""
    note: str = ""


def suppose(
    chart: Chart,
    account: Account,
    known: Known,
    sight: Foresight,
    events: Sequence[Event],
    owned: Mapping[str, Owned],
) -> tuple[Heard, ...]:
    """Play the events in the order of time, those of one instant as they were given.

    `account` is what is known before the span; it is changed. `owned` says to what subjects belong.
    """
    if not events:
        return ()
    world = _World(chart, account, known, sight, owned)
    return tuple(world.hear(event) for event in sorted(events, key=lambda e: e.at))


class _World:
    """The account as it goes on in the days that are played."""

    def __init__(
        self, chart: Chart, account: Account, known: Known, sight: Foresight, owned: Mapping[str, Owned]
    ) -> None:
        self._chart, self._account, self._known, self._owned = chart, account, known, owned
        self._law = Law(replace(chart, rules=tuple(_unasked(rule) for rule in chart.rules)))
        self._stamped = _stamped(chart)
        self._now = sight.start - timedelta(microseconds=1)
        self._times = {name: [wake.at for wake in wakes] for name, wakes in sight.by_seat.items()}
        self._read: dict[str, list[datetime]] = {}
        missing = [n for n in chart.seats if n not in account.seats or account.seats[n].gone]
        added = [name for name in missing if name not in known.gone]
        data = {"id": account.next_id("r"), "texts": {}, "added": added}
        self._take(Draft("revision", data=data), sight.start)
        self._stand(sight)

    def hear(self, event: Event) -> Heard:
        """Let time pass until an event, and let it happen."""
        self._pass(event.at)
        match event.kind:
            case "claims":
                data = {"about": event.about, "until": None, "because": "", "on": "taken"}
                self._take(Draft("claim", event.seat, SUPPOSED, data), event.at)
            case "drops":
                return self._drop(event)
            case "offers":
                return self._offer(event)
            case "mail":
                return self._mail(event)
            case "silent":
                pass  # the wakes were foreseen with it
        return Heard(event)

    def _drop(self, event: Event) -> Heard:
        if event.seat not in self._account.claimed.get(event.about, {}):
            return Heard(event, note=f"{event.seat} does not claim {event.about} then, so nothing changes")
        self._take(Draft("claim", event.seat, SUPPOSED, {"about": event.about, "on": "given up"}), event.at)
        return Heard(event)

    def _mail(self, event: Event) -> Heard:
        identity, to = self._account.next_id("m"), self._chart.seats[event.to]
        letter = Message(
            id=identity, sender=event.seat, to=event.to, type="INFORM", about=(event.about,), subject="",
            sent=event.at, answer_by=None, reply_to=None, thread=identity, hop=0,
        )  # fmt: skip
        self._take(message_record(self._chart, letter), event.at)
        if not to.holder.is_agent:
            return Heard(event)
        if any(isinstance(c, OnMail) for c in to.when) and not self._known.rests(to.id, event.at):
            # It is woken at once, and has read it when that turn ends: at its limit at the latest.
            insort(self._times.setdefault(to.id, []), event.at + to.limit)
        place = bisect_right(self._times.get(to.id, []), event.at)
        read = self._times[to.id][place] if place < len(self._times.get(to.id, [])) else None
        return Heard(event, note=_until(read, self._chart, event))

    def _offer(self, event: Event) -> Heard:
        from fleet.core.consequence import LAPSES_AFTER  # it reads results, which takes long to load

        account = self._account
        about, identity = ((event.about,) if event.about else ()), account.next_id("a")
        sha256 = offer_hash(event.seat, event.action, about, None)
        lapses = (event.at + LAPSES_AFTER).isoformat()
        data: dict[str, Any] = {"id": identity, "kind": event.action, "about": list(about), "with": None}
        data |= {"sha256": sha256, "lapses_at": lapses, "outside": event.seat in self._stamped}
        self._take(Draft("offer", event.seat, TURN, data), event.at)
        action = account.docket.actions[identity]
        verdict = judge(Case(self._law, account, action, Sight(owned=self._owned), event.at))
        self._take(judged(account, action, verdict), event.at)
        note = self._unforeseen(event, verdict)
        if verdict.ruling == "allow":
            action, kind = account.docket.actions[identity], self._chart.actions[event.action]
            self._take(intent(action, kind, verdict), event.at)
            action = account.docket.actions[identity]
            self._take(ended(self._chart, account, action, "done", {}, event.at), event.at)
            return Heard(event, verdict, note=note)
        if verdict.ruling != "hold":
            return Heard(event, verdict, note=note)
        local = event.at.astimezone(self._chart.calendar.tz)
        return Heard(event, verdict, frees(account.docket.actions[identity], verdict.data(), local), note)

    def _unforeseen(self, event: Event, verdict: Verdict) -> str:
        """Name the rules that will be asked too: what payloads and states will say is not foreseen."""
        rules = [rule.name for rule in self._law.rules(event.seat, event.action) if rule.condition == UNASKED]
        if not rules or verdict.step < Step.RULES:
            return ""
        return f"what {' and '.join(rules)} will say to it is not foreseen; a rehearsal asks"

    # What passes by itself.

    def _pass(self, now: datetime) -> None:
        """Have every seat's turns between the last event and this one: the last of them is what stands."""
        for name, times in self._times.items():
            place = bisect_right(times, now)
            if not place or times[place - 1] <= self._now:
                continue
            spoken = [at for at in times[:place] if at > self._now and self._known.speaks(name, at)]
            if spoken:
                self._turn(name, spoken[-1])
        self._now = now

    def _stand(self, sight: Foresight) -> None:
        """Let those states stand at the start that promised wakes before it renewed, where none is known."""
        shelf = Shelf(self._chart, sight.start, sight.end)
        for name in sight.by_seat:
            found = standing(self._chart, self._chart.seats[name], self._known, shelf)
            state = self._account.seats[name].state
            if found is not None and (state is None or state.written < found[0]):
                self._publish(name, *found)

    def _turn(self, name: str, at: datetime) -> None:
        """A turn that reads all its mail and publishes."""
        mail = list(self._account.inboxes.get(name, ()))
        started = {"wakes": [], "deadline": at.isoformat(), "attempt": 0, "mail": mail, "inputs": ""}
        self._take(Draft("turn_started", name, TURN, started), at)
        self._publish(name, at, good_until(self._chart, self._chart.seats[name], at))

    def _publish(self, name: str, at: datetime, until: datetime | None) -> None:
        state = {"sha256": "", "fingerprint": "", "good_until": until.isoformat() if until else None}
        data = {"outcome": "done", "took_s": 0.0, "headline": "", "state": state}
        self._take(Draft("turn_ended", name, TURN, data), at)

    def _take(self, draft: Draft, at: datetime) -> None:
        data: Any = plain(draft.data)
        n = self._account.n + 1
        self._account.apply(Record(n, at, draft.what, draft.seat, draft.turn, data, "", "", ""))


def _unasked(rule: Rule) -> Rule:
    """Give a rule that is met by nothing, and still needs the states that it looks at; one without `if` as it is."""
    if rule.condition == ALWAYS:
        return rule
    return replace(rule, condition=UNASKED, needs=tuple(f"state {name}" for name in rule.states))


def _until(read: datetime | None, chart: Chart, event: Event) -> str:
    if read is None:
        return f"no wake of {event.to} is foreseen after it, so it stays unread"
    zone = chart.calendar.tz
    return f"unread until {near(read.astimezone(zone), event.at.astimezone(zone))}"


def _stamped(chart: Chart) -> frozenset[str]:
    """Seats whose turns read text of strangers, by what the chart says: themselves, or through whom they read."""
    marks = marks_of(chart)
    stamped = {s.id for s in chart.seats.values() if any(marks.is_outside(path.path) for path in s.paths)}
    while more := {s.id for s in chart.seats.values() if s.id not in stamped and stamped & set(s.reads)}:
        stamped |= more
    return frozenset(stamped)


def blank(chart: Chart, known: Known, at: datetime) -> Account:
    """Give an account of which nothing is known but the seats, for days that lie behind the ledger's last record."""
    past = Past(since=at, fixed_until=at, interval_until=at)
    seats: Iterable[str] = (name for name in chart.seats if name not in known.gone)
    return Account(seats={name: replace(past, turns=int(name not in known.fresh)) for name in seats})


def with_silence(known: Known, events: Iterable[Event]) -> Known:
    """Add the seats that are supposed to fall silent: the wakes and what readers see are foreseen with that."""
    silent = dict(known.silent)
    for event in events:
        if event.kind == "silent":
            silent[event.seat] = min(event.at, silent.get(event.seat, event.at))
    return replace(known, silent=silent)
