"""Plans wakes: from a chart, an account and an instant to the records that should be written.

Timers and file events only say "look again"; everything that is due is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.cadence import OnAsk, OnChange, OnEscalation, OnMail, following, is_elapsed, slots
from fleet.core.chart import HOPS_AT_MOST, Chart, Seat
from fleet.core.frozen import dataclass
from fleet.core.pace import held_until
from fleet.core.past import Past, Wake
from fleet.core.record import Draft
from fleet.core.span import round_span

PUNCTUAL = timedelta(seconds=60)
"""A wake noticed within this is on time; past it the seat's `missed` policy decides."""
RUN_ALL_AT_MOST = 24
TOLD_ONE_BY_ONE = 1000
"""Missed or skipped wakes of one absence that get a record each; older ones share one with a count."""
FIRST = "first start"


@dataclass(frozen=True, slots=True)
class Looked:
    """What the shell saw of a seat's inputs: a fingerprint of all, and one for each watched path."""

    inputs: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """What to record for a seat now, and when to look at it again."""

    drafts: tuple[Draft, ...] = ()
    next_at: datetime | None = None


def plan_seat(
    chart: Chart, account: Account, name: str, now: datetime, *, looked: Looked | None = None
) -> SeatPlan:
    """Plan one seat's wakes at `now` (aware UTC); a seat that no agent holds has none."""
    seat, past = chart.seats.get(name), account.seats.get(name)
    if seat is None or past is None or past.gone or not seat.holder.is_agent:
        return SeatPlan()
    drafts = [
        *_promised(chart, account, seat, now),
        *_first(seat, past),
        *_retry(seat, past, now),
        *_changed(chart, account, seat, looked, now),
        *_late(seat, past, now),
    ]
    return SeatPlan(tuple(drafts), _next_look(chart, seat, past, now))


def good_until(chart: Chart, seat: Seat, at: datetime) -> datetime | None:
    """Say until when a state holds that a seat publishes at an instant; None for one without an end."""
    if seat.good_for is not None:
        return (at + seat.good_for).replace(microsecond=0)
    coming = next_promised(chart, seat, at)
    return coming + seat.late_after if coming is not None else None


def end_wakes(chart: Chart, account: Account, name: str, now: datetime, why: str) -> Iterator[Draft]:
    """Skip what a seat was promised up to now, and what waits for it: it is woken no more."""
    seat, past = chart.seats.get(name), account.seats[name]
    if seat is None or past.gone or not seat.holder.is_agent:
        return
    yield from _tell_all("wake_skipped", account, seat, _due_slots(chart, seat, past, now), why)
    for wake in past.pending:
        yield Draft("wake_skipped", seat=name, data={"wake": wake.id, "reason": why})


def skip_paused(chart: Chart, account: Account, name: str, until: datetime) -> Iterator[Draft]:
    """Skip what a paused seat was promised up to an instant, and is not accounted for yet."""
    seat, past = chart.seats.get(name), account.seats[name]
    if seat is not None and not past.gone and seat.holder.is_agent:
        yield from _skipped_by_pause(account, seat, _due_slots(chart, seat, past, until))


def next_promised(chart: Chart, seat: Seat, after: datetime) -> datetime | None:
    """Give the next instant at which a seat is promised a wake."""
    coming = (following(c, chart.calendar, after) for c in seat.clocks)
    return min((at for at in coming if at is not None), default=None)


def event_wake(seat: Seat, cause: str, mark: str, reason: str, **more: object) -> Draft:
    """Draft a wake that an event causes; `mark` makes its id its own."""
    return Draft(
        "wake_due", seat=seat.id, data={"wake": f"{seat.id}@{mark}", "cause": cause, "reason": reason, **more}
    )


def paced_wake(
    chart: Chart, seat: Seat, past: Past, wake: tuple[str, str, str], now: datetime | None, **more: object
) -> Draft:
    """Draft a wake by an event: its cause, mark and reason. It waits if events woke the seat too often."""
    after = held_until(chart, past, now)
    held = {"after": after.isoformat(), "bound": "wakes"} if after is not None else {}
    cause, mark, reason = wake
    return event_wake(seat, cause, mark, reason, **{**more, **held})


def mail_wakes(chart: Chart, account: Account, message: Mapping[str, Any]) -> list[Draft]:
    """Say whether a message that has just arrived wakes its addressee.

    That of a person wakes at once. One at the end of a chain wakes nobody: it waits for the next wake.
    """
    seat = chart.seats.get(str(message["to"]))
    if seat is None or not seat.holder.is_agent or account.seats[seat.id].gone:
        return []
    kinds = {type(c) for c in seat.when}
    asks = message["type"] in ("REQUEST", "PROPOSAL", "CHALLENGE")
    escalates = message["type"] == "ESCALATION"
    if not (OnMail in kinds or (asks and OnAsk in kinds) or (escalates and OnEscalation in kinds)):
        return []
    past, sender = account.seats[seat.id], chart.seats.get(message["from"])
    by_person = sender is not None and sender.holder.is_person
    waiting = [w for w in past.pending if w.cause == "mail"]
    if any(w.after is None or not by_person for w in waiting) or message.get("hop", 0) > HOPS_AT_MOST:
        return []  # it merges into the wake that earlier mail has caused
    wake = "mail", f"mail:{message['id']}", f"{message['type']} {message['id']} from {message['from']}"
    at = None if by_person else account.at
    return [paced_wake(chart, seat, past, wake, at, message=message["id"])]


def publish_wakes(chart: Chart, account: Account, publisher: str, turn: str) -> list[Draft]:
    """Wake those that asked to be woken when this seat publishes."""
    seats = [chart.seats[name] for name in chart.hearers(publisher)]
    return [
        _publish_wake(chart, account, seat, publisher, turn)
        for seat in seats
        if seat.holder.is_agent and not account.seats[seat.id].gone
    ]


def _publish_wake(chart: Chart, account: Account, seat: Seat, publisher: str, turn: str) -> Draft:
    """Wake a seat by what another published; at the end of a chain, or where it is to be woken for that anyway, not."""
    past, hop = account.seats[seat.id], account.seats[publisher].hop
    mark = f"publish:{turn}"
    data: dict[str, object] = {"wake": f"{seat.id}@{mark}"}
    if hop > HOPS_AT_MOST:
        why = f"it would be hop {hop} of a chain of publishing; {HOPS_AT_MOST} is the limit"
        met = {"bound": "hops", "among": [publisher]}
        return Draft("wake_skipped", seat=seat.id, data={**data, "reason": why, **met})
    earlier = next((w for w in past.pending if (w.cause, w.of) == ("publish", publisher)), None)
    if earlier is not None:
        why = f"{publisher} published again: merged into {earlier.id}"
        merged = {"merged": earlier.id, "hop": max(hop + 1, earlier.hop)}
        return Draft("wake_skipped", seat=seat.id, data={**data, "reason": why, **merged})
    wake = "publish", mark, f"{publisher} published {turn}"
    return paced_wake(chart, seat, past, wake, account.at, of=publisher, hop=hop + 1)


# Promised wakes.


@dataclass(frozen=True, slots=True)
class _Slot:
    at: datetime
    reason: str
    marks: tuple[str, ...]

    def data(self, account: Account, seat: Seat) -> dict[str, object]:
        frame = f"/{account.frame}" if account.frame else ""
        return {
            "wake": f"{seat.id}@{self.at:%Y-%m-%dT%H:%MZ}{frame}",
            "slot": self.at.isoformat(),
            "marks": list(self.marks),
        }


def _promised(chart: Chart, account: Account, seat: Seat, now: datetime) -> Iterator[Draft]:
    past = account.seats[seat.id]
    due = _due_slots(chart, seat, past, now)
    if not due:
        return
    if past.paused is not None or account.paused is not None:
        yield from _skipped_by_pause(account, seat, due)
        return
    late = [slot for slot in due if now - slot.at > PUNCTUAL]
    in_time = due[len(late) :]
    run, missed, why = _split(seat, late, now, in_time=bool(in_time))
    yield from _tell_all("wake_missed", account, seat, missed, why)
    for slot in run:
        reason = f"{slot.reason}, late by {round_span(now - slot.at)}"
        alone = seat.missed.kind == "all"
        yield Draft(
            "wake_due",
            seat=seat.id,
            data={**slot.data(account, seat), "cause": "clock", "reason": reason, "alone": alone},
        )
    for slot in in_time:
        yield _told("wake_due", account, seat, slot, slot.reason, cause="clock")


def _skipped_by_pause(account: Account, seat: Seat, due: Sequence[_Slot]) -> Iterator[Draft]:
    paused = account.seats[seat.id].paused or account.paused
    if paused is not None and due:
        why = f"paused by {paused.by}: {paused.because}".rstrip(": ")
        yield from _tell_all("wake_skipped", account, seat, due, why)


def _due_slots(chart: Chart, seat: Seat, past: Past, now: datetime) -> list[_Slot]:
    """List unaccounted slots up to now, ascending; two cadences at one instant are one slot."""
    found: dict[datetime, _Slot] = {}
    for cadence in seat.clocks:
        mark = "interval" if is_elapsed(cadence) else "fixed"
        after = past.interval_until if mark == "interval" else past.fixed_until
        for at in slots(cadence, chart.calendar, after, now):
            other = found.get(at)
            marks = (mark,) if other is None else tuple(sorted({*other.marks, mark}))
            found[at] = _Slot(at, cadence.text if other is None else other.reason, marks)
    return [found[at] for at in sorted(found)]


def _split(
    seat: Seat, late: Sequence[_Slot], now: datetime, *, in_time: bool
) -> tuple[list[_Slot], list[_Slot], str]:
    """Split late slots into those still run and those missed, as `missed` says, and say why the latter are."""
    if not late:
        return [], [], ""
    missed = seat.missed
    if missed.kind == "skip":
        return [], list(late), "noticed late, and its seat says missed: skip"
    if missed.kind == "all":
        return list(late[:RUN_ALL_AT_MOST]), list(late[RUN_ALL_AT_MOST:]), f"over {RUN_ALL_AT_MOST} were late"
    newest = late[-1]
    if in_time:
        return [], list(late), "the wake that is due now stands for it"
    if missed.under is not None and now - newest.at >= missed.under:
        return [], list(late), f"late by {round_span(now - newest.at)}, over {round_span(missed.under)}"
    return [newest], list(late[:-1]), f"one wake, {newest.at.isoformat()}, stands for all that were late"


def _tell_all(what: str, account: Account, seat: Seat, slots: Sequence[_Slot], why: str) -> Iterator[Draft]:
    older = slots[:-TOLD_ONE_BY_ONE]
    if older:
        yield _told(what, account, seat, older[-1], why, first=older[0].at.isoformat(), count=len(older))
    for slot in slots[len(older) :]:
        yield _told(what, account, seat, slot, why)


def _told(what: str, account: Account, seat: Seat, slot: _Slot, reason: str, **more: object) -> Draft:
    return Draft(what, seat=seat.id, data={**slot.data(account, seat), "reason": reason, **more})


# Wakes that nobody promised.


def _first(seat: Seat, past: Past) -> Iterator[Draft]:
    if past.turns == 0 and not any(w.cause == FIRST for w in past.pending):
        yield event_wake(seat, FIRST, "first", FIRST)


def _retry(seat: Seat, past: Past, now: datetime) -> Iterator[Draft]:
    if past.retry_at is None or past.retry_at > now or past.running is not None or past.last is None:
        return
    reason = {
        "later": f"{past.last.turn} said: try later",
        "lost": f"retry of {past.last.turn}, which was lost with the daemon",
    }.get(past.retry_cause, f"retry {past.failures} of {seat.retries} of {past.last.turn}")
    yield event_wake(seat, past.retry_cause, f"after:{past.last.turn}", reason)


def _changed(
    chart: Chart, account: Account, seat: Seat, looked: Looked | None, now: datetime
) -> Iterator[Draft]:
    if looked is None:
        return
    past = account.seats[seat.id]
    for cadence in seat.when:
        if not isinstance(cadence, OnChange):
            continue
        seen, known = looked.paths.get(cadence.path), past.changes.get(cadence.path)
        if seen is None or seen == known or (known is None and past.last is None):
            continue
        if any((w.cause, w.of) == ("change", cadence.path) for w in past.pending):
            continue  # its turn, when it begins, is given what lies there by then
        mark = f"change:{account.n + 1}:{seen[:12]}"  # a file removed twice looks the same twice
        reason = f"{cadence.path} changed" if known is not None else f"{cadence.path} is watched from now on"
        wake = "change", mark, reason
        yield paced_wake(chart, seat, past, wake, now, path=cadence.path, fingerprint=seen)


def _late(seat: Seat, past: Past, now: datetime) -> Iterator[Draft]:
    """Tell at the deadline itself that a state was not renewed, once for each."""
    state = past.state
    if (
        state is None
        or state.good_until is None
        or state.good_until >= now
        or past.late_for == state.good_until
    ):
        return
    until = f"{state.good_until:%Y-%m-%d %H:%M} UTC"
    says = f"{seat.id} has not renewed its state since {state.turn}; it held until {until}"
    yield Draft(
        "trouble", seat=seat.id, data={"kind": "late", "says": says, "promised": state.good_until.isoformat()}
    )


def _next_look(chart: Chart, seat: Seat, past: Past, now: datetime) -> datetime | None:
    soonest = next_promised(chart, seat, now)
    lateness = late_at(past)
    held = (wake.after for wake in past.pending)
    instants = [at for at in (soonest, past.retry_at, lateness, *held) if at is not None and at > now]
    return min(instants, default=None)


def late_at(past: Past) -> datetime | None:
    """Give when this seat's state runs out unrenewed, unless that has been told already."""
    if past.state is None or past.state.good_until is None or past.late_for == past.state.good_until:
        return None
    return past.state.good_until + timedelta(milliseconds=1)


def overdue(chart: Chart, account: Account, now: datetime) -> list[Draft]:
    """Miss the wakes that were due before a stop of the daemon and are too old now."""
    drafts = []
    for name, past in account.seats.items():
        seat = chart.seats.get(name)
        for wake in past.pending:
            why = _too_old(seat, wake, now)
            if why:
                data = {"wake": wake.id, "reason": why}
                drafts.append(Draft("wake_missed", seat=name, data=data))
    return drafts


def _too_old(seat: Seat | None, wake: Wake, now: datetime) -> str:
    if wake.slot is None or now - wake.slot <= PUNCTUAL:
        return ""
    if seat is None:
        return "its seat is gone"
    late = f"due before the fleet stopped, late by {round_span(now - wake.slot)}"
    if seat.missed.kind == "skip":
        return f"{late}, and its seat says missed: skip"
    if seat.missed.kind == "once" and seat.missed.under is not None and now - wake.slot >= seat.missed.under:
        return f"{late}, over {round_span(seat.missed.under)}"
    return ""
