"""Whose: why a seat stands as it does, what it waits for, and what comes next of it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from fleet.core.action import Action
from fleet.core.cadence import OnMail
from fleet.core.cause import stands
from fleet.core.health import asked_of, owed_by
from fleet.core.moment import near, soon
from fleet.core.names import turn_log_path, turn_raw_path
from fleet.core.past import Letter, Past
from fleet.core.pause import stopped_by
from fleet.core.planner import next_promised
from fleet.core.record import Record
from fleet.core.remedy import of_seat as remedies
from fleet.runtime.why import OF_SEAT, SCAN_MAX, SEAT_SHOWN, TOLD_TWICE, Why, held_by, told
from fleet.store.ledger import records

if TYPE_CHECKING:
    from fleet.runtime.view import View


def of_seat(view: View, name: str, now: datetime) -> Why:
    """Answer for a seat."""
    stand = stands(view.chart, view.account, now)[name]
    word, why = stand.health, stand.why
    seat, past = view.chart.seats.get(name), view.account.seats.get(name)
    says = f"{name} is {word}{f': {why}' if why else ''}"
    held = held_by(view, [name]).get(name, [])
    because = [*_actions(view, name), *(f"holds {line_of(view, i)}" for i, _ in held)]
    last = past.last if past is not None else None
    left = left_by(view, name, last.turn) if last is not None else ""
    following = list(remedies(view.chart, name, stand, left))
    following += _resumes(view, name)
    following += list(_next(view, name, past, now)) if past is not None else []
    if seat is not None and seat.holder.is_person:
        following += [f"{a.id} waits for {name}: fleet approve {a.id}" for a in asked_of(view.account, name)]
        following += [
            f"{x.sender} waits for an answer to {x.id}: fleet inbox send {x.sender} --reply-to {x.id} -m ..."
            for x in owed_by(view.account, name)
        ]
    title = seat.title if seat else view.chart.retired[name].title if name in view.chart.retired else ""
    chain = told(_last(view, name), now, named=True)
    return Why(name, "seat", title, word, says, "", tuple(because), tuple(following), chain)


def left_by(view: View, seat: str, turn: str) -> str:
    """Say where that stands which a turn's holder wrote to stderr, and to stdout if it was not accepted."""
    log, raw = (view.files.stat(path(seat, turn)) for path in (turn_log_path, turn_raw_path))
    said = [f"What it said: fleet tail {seat} --kind log."] if log is not None and log.size else []
    printed = [f"What it printed: {turn_raw_path(seat, turn)}."] if raw is not None else []
    if said or printed:
        return " ".join([*said, *printed])
    there = view.chart.seats.get(seat)
    program = shlex.join(there.holder.argv) if there is not None and there.holder.kind == "run" else ""
    return f"It wrote nothing to stderr; its program is `{program}` in seats/{seat}." if program else ""


def line_of(view: View, identity: str) -> str:
    """Name an open action in a few words: `a-31 of dirk: crm.offer about account:acme`."""
    action = view.account.docket.actions[identity]
    about = f" about {', '.join(action.about)}" if action.about else ""
    return f"{identity} of {action.seat}: {action.kind}{about}"


def _actions(view: View, name: str) -> Iterator[str]:
    groups: dict[object, list[Action]] = {}
    for action in view.account.docket.of_seat(name):
        same = (action.kind, action.reason, action.place) if action.status == "held" else action.id
        groups.setdefault(same, []).append(action)
    for alike in groups.values():
        yield _open_action(alike[0]) if len(alike) == 1 else _open_actions(alike)


def _open_actions(alike: Sequence[Action]) -> str:
    """Say once why several actions of one kind are held."""
    first = alike[0]
    place = f"  {first.place}" if first.place else ""
    ids = ", ".join(action.id for action in alike)
    return f"{len(alike)} of {first.kind} are held: {first.reason}{place}  ({ids})"


def _resumes(view: View, name: str) -> Iterator[str]:
    """Say what lets the actions go on that a pause of their kind or subject holds."""
    held = [stopped_by(view.account, action) for action in view.account.docket.of_seat(name)]
    for what, count in Counter(one.what for one in held if one is not None and one.what).items():
        yield f"{count} held {'action goes' if count == 1 else 'actions go'} on after fleet resume {what}."


def _open_action(action: Action) -> str:
    """Say how an open action stands, in one line: what it is, why it waits, and where that is written."""
    about = f" to {', '.join(action.about)}" if action.about else ""
    said = {
        "held": f"is held: {action.reason}",
        "asked": f"waits for the yes of {action.person}: {action.reason}",
        "running": "runs now",
        "unknown": f"may have happened or not: {action.reason}",
    }.get(action.status, "is about to be judged")
    place = f"  {action.place}" if action.place and action.status in ("held", "asked") else ""
    return f"{action.id} {action.kind}{about} {said}{place}"


def _next(view: View, name: str, past: Past, now: datetime) -> Iterator[str]:
    seat = view.chart.seats.get(name)
    paused = past.paused or view.account.paused
    if paused is not None:
        until = f", or by itself at {_at(paused.until, now)}" if paused.until else ""
        typed = "fleet resume" if past.paused is None else f"fleet resume {name}"
        yield f"It is woken again after {typed}{until}."
    if past.pending:
        reasons = "; ".join(wake.reason for wake in past.pending)
        yield f"It is woken because of: {reasons}. {_capital(held_up(view, name))}."
    if past.retry_at is not None:
        yield f"Its last turn is tried again at {_at(past.retry_at, now)}."
    if seat is None or not seat.holder.is_agent:
        return
    promised = next_promised(view.chart, seat, now)
    if promised is not None:
        yield f"Its next promised wake is at {_at(promised, now)}."
    elif not past.pending:
        yield f"It is woken: {'; '.join(c.text for c in seat.when) or 'only when asked'}."


def held_up(view: View, name: str) -> str:
    """Say what a seat's waiting wake waits for."""
    account, chart = view.account, view.chart
    past = account.seats[name]
    paused = past.paused or account.paused
    running = [p.running.turn for p in account.seats.values() if p.running is not None]
    if name not in chart.seats or past.gone:
        return f"{name} is gone from fleet.yaml"
    if paused is not None:
        why = f": {paused.because}" if paused.because else ""
        return f"{'the whole fleet' if past.paused is None else name} is paused by {paused.by}{why}"
    if past.running is not None:
        return f"its turn {past.running.turn} still runs"
    if len(running) >= chart.turns_at_once:
        return f"{', '.join(running)} run, and turns_at_once is {chart.turns_at_once}"
    held = [wake.after for wake in past.pending if wake.after is not None]
    if held and len(held) == len(past.pending):
        most, at = chart.limits.wakes_an_hour, min(held).astimezone(chart.calendar.tz)
        return f"events wake it {most} times an hour at most; it is woken at {at:%H:%M:%S}"
    if past.turns == 0:
        return "its first turn comes after those of the seats it reads"
    return "its turn starts as soon as a daemon runs"


def unread(view: View, letter: Letter, now: datetime) -> str:
    """Say why a message has not been read yet."""
    seat, past = view.chart.seats.get(letter.to), view.account.seats.get(letter.to)
    if seat is None or past is None or past.gone:
        return f"{letter.to} is gone from fleet.yaml, so nobody reads it"
    if not seat.holder.is_agent:
        return f"{letter.to} has not read it: fleet inbox read {letter.id}"
    tried = f"{letter.tries} turns that read it failed; " if letter.tries else ""
    if past.pending:
        return f"{tried}{letter.to} reads it in its next turn: {held_up(view, letter.to)}"
    if past.retry_at is not None:
        return f"{tried}{letter.to} is tried again at {_at(past.retry_at, now)}"
    promised = next_promised(view.chart, seat, now)
    wakes = any(isinstance(c, OnMail) for c in seat.when)
    at = f"at its next wake, {_at(promised, now)}" if promised else "at its next wake"
    return f"{tried}{letter.to} {'reads it' if wakes else 'is not woken by mail, and reads it'} {at}"


def _last(view: View, name: str) -> list[Record]:
    """Find what happened last to a seat, newest first."""
    wanted = (
        r
        for r in islice(records(view.files, newest_first=True), SCAN_MAX)
        if r.what in OF_SEAT and r.data.get("kind") not in TOLD_TWICE and _is_of(r, name)
    )
    return list(islice(wanted, SEAT_SHOWN))


def _is_of(record: Record, name: str) -> bool:
    """Say whether a record is of a seat; a pause of the whole fleet is one of each."""
    whole = record.what in ("pause", "resume") and record.seat is None and not record.data.get("what")
    return record.seat == name or whole


def _at(at: datetime | None, now: datetime) -> str:
    return soon(at.astimezone(now.tzinfo), now) if at is not None else near(None, now)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
