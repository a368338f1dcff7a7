"""Health: one word for each seat, from facts alone. Whose trouble it is says `cause`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart, Seat
from fleet.core.erase import GONE
from fleet.core.moment import near, soon
from fleet.core.past import Letter, Matter, Past
from fleet.core.span import round_span

WORDS = (
    *("fine", "late", "stale", "empty", "failed", "held", "waiting"),
    *("paused", "planned", "gone", "retired"),
)

CHANGED = "its state was changed outside the fleet, so nobody is given it"
STATE_ERASED = "its state was erased"


def health(chart: Chart, account: Account, name: str, now: datetime) -> tuple[str, str]:
    """Give a seat's health and a short reason. The worst that is true wins."""
    if name in chart.retired:
        return "retired", f"record {chart.retired[name].record}"
    past, seat = account.seats.get(name), chart.seats.get(name)
    if seat is None or past is None or past.gone:
        return "gone", "not in fleet.yaml, and no retirement record"
    if seat.holder.is_planned:
        return "planned", "no holder yet"
    if seat.holder.is_person:
        return _of_person(account, name, past, now.astimezone(chart.calendar.tz))
    paused, zone = past.paused or account.paused, chart.calendar.tz
    if paused is not None:
        until = f", until {near(paused.until.astimezone(zone), now.astimezone(zone))}" if paused.until else ""
        return "paused", f"by {paused.by}: {paused.because}".rstrip(": ") + until
    return _of_agent(account, seat, past, now.astimezone(zone))


def _of_agent(account: Account, seat: Seat, past: Past, now: datetime) -> tuple[str, str]:
    """Judge an agent; `now` is in the fleet's zone."""
    last = past.last
    if last is not None and last.outcome in ("failed", "timed out"):
        return "failed", f"{last.turn}: {last.why}{_retry(seat, past, now)}"
    if past.tampered:
        return "stale", CHANGED
    if past.state is not None and not past.state.fresh(now):
        return "stale", f"published {round_span(now - past.state.written)} ago; {_last_word(past)}"
    if last is not None and last.outcome == "empty":
        return "empty", f"{last.turn}: {last.why}"
    if past.state is None and past.running is None:
        if last is not None and last.headline == GONE:
            return "late", f"{STATE_ERASED}, with {last.turn}"
        return "late", "nothing published yet" if last is None else _last_word(past)
    waits = _waits(account, seat.id)
    if waits is not None:
        return waits
    return "fine", past.state.headline if past.state else "its first turn runs"


def _retry(seat: Seat, past: Past, now: datetime) -> str:
    """Say when a failed turn is tried again, or that it is not."""
    if past.retry_at is None:
        return "; no retry is left" if seat.retries and past.failures > seat.retries else ""
    at = past.retry_at.astimezone(now.tzinfo)
    which = (
        f"retry {past.failures} of {seat.retries}"
        if past.retry_cause == "retry" and seat.retries
        else "again"
    )
    return f"; {which} at {f'{at:%H:%M:%S}' if at.date() == now.date() else near(at, now)}"


def _waits(account: Account, name: str) -> tuple[str, str] | None:
    """Say what of a seat's actions waits: for a person, which comes first, or at the gate."""
    asked = asks_of(account, name)
    held = [a for a in account.docket.of_seat(name) if a.status == "held"]
    if asked:
        first = asked[0]
        what = "may have happened or not" if first.status == "unknown" else f"waits for {first.person}"
        return "waiting", f"{_wants(first)} {what}{_more(asked)}"
    if held:
        return "held", f"{_wants(held[0])}: {held[0].reason}{_more(held)}"
    return None


def _wants(action: Action) -> str:
    about = f" to {', '.join(action.about)}" if action.about else ""
    return f"{action.id} {action.kind}{about}"


def _more(found: Sequence[object]) -> str:
    return f"; {len(found) - 1} more" if len(found) > 1 else ""


def _last_word(past: Past) -> str:
    last = past.last
    return f"last turn {last.turn} {last.outcome} {last.why}".rstrip() if last else "no turn yet"


def _of_person(account: Account, name: str, past: Past, now: datetime) -> tuple[str, str]:
    if past.tampered:
        return "stale", CHANGED
    if past.state is not None and not past.state.fresh(now):
        return "stale", f"published {round_span(now - past.state.written)} ago"
    asked = asked_of(account, name)
    if asked:
        return (
            "waiting",
            f"{len(asked)} to decide: {asked[0].id} {asked[0].kind} of {asked[0].seat}{_more(asked)}",
        )
    escalations = [x for x in account.waiting(name) if x.type == "ESCALATION"]
    if escalations:
        return "waiting", f"{len(escalations)} escalated: {escalations[0].subject}"
    owed = owed_by(account, name)
    if owed:
        return "waiting", _owes(account, owed, now)
    return "fine", past.state.headline if past.state else ""


def _owes(account: Account, owed: list[Letter], now: datetime) -> str:
    """Say to whom a person owes an answer, and by when; `now` is in the fleet's zone."""
    first = owed[0]
    subject = f": {first.subject}" if first.subject else ""
    due = account.matters[first.id].base_at.astimezone(now.tzinfo)
    by = f"since {near(due, now)}" if due <= now else f"by {soon(due, now)}"
    return f"{first.id} {first.type} from {first.sender}{subject}, {by}{_more(owed)}"


def owed_by(account: Account, person: str) -> list[Letter]:
    """List the messages that a person is to answer, and has not."""
    letters = (*account.waiting(person, "cur"), *account.waiting(person))
    matters = ((letter, account.matters.get(letter.id)) for letter in letters)
    return [letter for letter, matter in matters if matter is not None and matter.kind == "unanswered"]


def escalated_to(account: Account, person: str) -> list[Matter]:
    """List the matters that have climbed to a person and wait in the inbox, oldest first."""
    letters = {letter.id for letter in account.waiting(person) if letter.type == "ESCALATION"}
    return [matter for matter in account.matters.values() if letters & matter.told.keys()]


def asks_of(account: Account, seat: str) -> list[Action]:
    """List the actions of a seat that wait for a person's word: for a yes, or for what became of them."""
    actions = account.docket.of_seat(seat)
    return [a for a in actions if a.status == "asked" or (a.status == "unknown" and a.again_at is None)]


def asked_of(account: Account, person: str) -> list[Action]:
    """List what a person has to decide: what asks for his yes, and what has climbed to him."""
    found = []
    for identity, matter in account.matters.items():
        action = account.docket.actions.get(identity)
        if action is None or matter.kind == "held":
            continue
        if person in matter.told.values() or (matter.kind == "asked" and action.person == person):
            found.append(action)
    return found
