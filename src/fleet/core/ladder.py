"""Ladders: who is told of a matter, in which order, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.chart import Chart, Rung
from fleet.core.codec import to_plain
from fleet.core.message import Message, to_json
from fleet.core.names import message_name
from fleet.core.past import Matter
from fleet.core.planner import mail_wakes
from fleet.core.record import Draft

STEP = timedelta(hours=24)
"""How long each superior has before the next is told, where the chart has no ladder."""


def message_record(chart: Chart, message: Message, *, turn: str | None = None, **more: object) -> Draft:
    """Draft the record of a message; it holds the whole message and the name of its file."""
    sent = message.sent.astimezone(chart.calendar.tz)
    name = message_name(sent, message.sender, message.subject, message.id)
    seat = message.sender if message.sender in chart.seats else None
    return Draft("message", seat=seat, turn=turn, data={**to_json(message), "name": name, **more})


def rungs(chart: Chart, matter: Matter) -> tuple[Rung, ...]:
    """Give a matter's rungs with real seats: its ladder, else `usual`, else everybody above its seat."""
    ladder = chart.ladders.get(matter.ladder) or chart.ladders.get("usual")
    above = list(superiors(chart, matter.seat))
    if ladder is None:
        return tuple(Rung(name, STEP * i) for i, name in enumerate(above))
    found: list[Rung] = []
    for rung in ladder.rungs:
        to = (above[0] if above else "") if rung.to == "answers_to" else rung.to
        if to in chart.seats and all(r.to != to for r in found):
            found.append(Rung(to, rung.after))
    return tuple(found)


def superiors(chart: Chart, name: str) -> Iterator[str]:
    """List whom a seat answers to, nearest first; a loop in the chart ends the list."""
    seen = {name}
    seat = chart.seats.get(name)
    while seat is not None and seat.answers_to and seat.answers_to not in seen:
        seen.add(seat.answers_to)
        yield seat.answers_to
        seat = chart.seats.get(seat.answers_to)


def next_step(chart: Chart, matter: Matter) -> datetime | None:
    """Give when a matter's next rung is due; None when nobody is left to tell."""
    steps = rungs(chart, matter)
    return matter.base_at + steps[matter.rung].after if matter.rung < len(steps) else None


def open_matter(chart: Chart, account: Account, matter: Matter, now: datetime) -> Iterator[Draft]:
    """Open a matter and take the first rung, if it is due at once."""
    if matter.base_at > now or not rungs(chart, matter):
        return
    step = _step(chart, account, matter, opens=to_plain(matter))
    yield step
    yield from after_step(chart, account, step.data, now)


def climb(chart: Chart, account: Account, matter: Matter, now: datetime) -> Draft | None:
    """Give the step of a matter's next rung, if that is due at `now`; `after_step` gives what follows."""
    due = next_step(chart, matter)
    return _step(chart, account, matter) if due is not None and due <= now else None


def after_step(chart: Chart, account: Account, step: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    """Draft what follows from a step: the message that tells of it, and whom that wakes."""
    message = Message(
        id=step["message"],
        type="ESCALATION",
        sender="fleet",
        to=step["to"],
        about=tuple(step["about"]),
        subject=step["subject"],
        sent=now.replace(microsecond=0),
        answer_by=None,
        reply_to=None,
        thread=step["message"],
        hop=0,
        with_={"matter": step["matter"], "seat": step["concerns"]},
        body=step["body"],
    )
    told = message_record(chart, message, matter=step["matter"])
    yield told
    yield from mail_wakes(chart, account, told.data)


def _step(chart: Chart, account: Account, matter: Matter, **more: object) -> Draft:
    steps = rungs(chart, matter)
    rung = steps[matter.rung]
    subject, body = _words(matter)
    data = {
        "matter": matter.id,
        "kind": matter.kind,
        "rung": matter.rung,
        "to": rung.to,
        "message": account.next_id("m"),
        "concerns": matter.seat,
        "about": list(matter.about),
        "subject": subject,
        "body": body,
    }
    last = {"last": True} if matter.rung + 1 == len(steps) and matter.kind != "raised" else {}
    return Draft("escalation_step", seat=matter.seat, data={**data, **more, **last})


def _words(matter: Matter) -> tuple[str, str]:
    """Say in a subject line and a sentence what a matter is, for a person."""
    if matter.kind == "unanswered":
        return (
            f"{matter.seat} has not answered {matter.id} from {matter.sender}",
            f"{matter.sender} asked {matter.seat}: {matter.subject or '(no subject)'}\n"
            f"It was due {matter.base_at:%Y-%m-%d %H:%M} UTC. Answer {matter.id} or this message to settle it.",
        )
    if matter.kind == "failing":
        return f"{matter.seat} fails", f"{matter.because}\nSee: fleet status {matter.seat}"
    if matter.kind == "exchange":
        return (
            f"{matter.seat} and {matter.sender} do not come to an end",
            f"{matter.because}\nAgents add nothing more to this thread; a person decides.",
        )
    return matter.subject or f"{matter.seat} asks for a decision", matter.because
