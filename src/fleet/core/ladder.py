"""Ladders: who is told of a matter, in which order, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.chain import superiors
from fleet.core.chart import Chart, Rung
from fleet.core.codec import to_plain
from fleet.core.letters import OF_ACTIONS
from fleet.core.names import message_name
from fleet.core.past import Matter
from fleet.core.planner import mail_wakes
from fleet.core.record import Draft

if TYPE_CHECKING:
    from fleet.core.message import Message

FOR_PERSONS = ("storm", *OF_ACTIONS)
"""Matters of which no agent is told: it could not decide, or is in the midst of it."""
STAY_OPEN = ("raised", "blind", *FOR_PERSONS)
"""Matters that are still open when everybody has been told."""
LETTERS_OF_A_KIND = 50
"""Of so many actions a person has letters that wait; of more, the last of these tells."""
LETTERS_OF_SILENCE = 10
"""Of what nobody answers, so many letters wait for a person, of each who asked and who is silent one."""
STEP = timedelta(hours=24)
"""How long each superior has before the next is told, where the chart has no ladder."""


def message_record(chart: Chart, message: Message, *, turn: str | None = None, **more: object) -> Draft:
    """Draft the record of a message; it holds the whole message and the name of its file."""
    from fleet.core.message import to_json  # who only looks at matters writes none

    sent = message.sent.astimezone(chart.calendar.tz)
    name = message_name(sent, message.sender, message.subject, message.id)
    seat = message.sender if message.sender in chart.seats else None
    addressee = chart.seats.get(message.to)
    reached = message.type == "ESCALATION" and addressee is not None and bool(addressee.holder.reach)
    reach = {"reach": True} if reached else {}
    return Draft("message", seat=seat, turn=turn, data={**to_json(message), "name": name, **reach, **more})


def rungs(chart: Chart, matter: Matter) -> tuple[Rung, ...]:
    """Give a matter's rungs with real seats: its ladder, else `usual`, else everybody above its seat."""
    ladder = chart.ladders.get(matter.ladder) or chart.ladders.get("usual")
    above = list(superiors(chart, matter.seat))
    if ladder is None:
        steps = [Rung(name, STEP * i) for i, name in enumerate(above)]
    else:
        named = ((above[0] if above else "") if r.to == "answers_to" else r.to for r in ladder.rungs)
        steps = [Rung(to, r.after) for to, r in zip(named, ladder.rungs, strict=True)]
    if matter.kind in FOR_PERSONS:  # only a person can decide
        steps = [r for r in steps if r.to in chart.seats and chart.seats[r.to].holder.is_person]
    if matter.first:
        steps = [Rung(matter.first, timedelta(0)), *_after(matter.first, steps)]
    found: list[Rung] = []
    for rung in steps:
        if rung.to in chart.seats and all(r.to != rung.to for r in found):
            found.append(rung)
    return tuple(found)


def _after(first: str, steps: list[Rung]) -> list[Rung]:
    """Put off a ladder that begins with somebody else: he is told when the first one has not answered."""
    if not steps or steps[0].to == first:
        return steps
    wait = next((r.after for r in steps if r.after), STEP)
    return [Rung(r.to, r.after + wait) for r in steps]


def next_step(chart: Chart, matter: Matter) -> datetime | None:
    """Give when a matter's next rung is due; None when nobody is left to tell, or a storm's letter told of it."""
    if matter.within:
        return None
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
    from fleet.core.message import Message

    if step.get("merged"):
        return
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
        hop=step.get("hop", 0),
        with_={"matter": step["matter"], "seat": step["concerns"]},
        body=step["body"],
        outside=bool(step.get("outside", False)),
    )
    between = {"between": step["between"]} if step.get("between") else {}
    told = message_record(chart, message, matter=step["matter"], **between)
    yield told
    yield from mail_wakes(chart, account, told.data)


def _step(chart: Chart, account: Account, matter: Matter, **more: object) -> Draft:
    steps = rungs(chart, matter)
    rung = steps[matter.rung]
    letter, full = _letter(chart, account, matter, rung.to)
    message = letter or account.next_id("m")
    stays = matter.kind in STAY_OPEN or matter.type == "CHALLENGE"  # nobody's silence answers a challenge
    over = matter.rung + 1 == len(steps) and not stays
    subject, body = _words(matter)
    how = "" if over else settled_by(chart, matter, message, rung.to)
    between = _between(chart, matter, rung.to)
    if between and not letter and matter.type != "CHALLENGE":
        how += f"\nWhat {matter.seat} does not answer {matter.sender} meanwhile joins this letter: fleet why {message}"
    if full:
        how = full if matter.kind in OF_ACTIONS else f"{how}\n{full}"
    data = {
        "matter": matter.id,
        "kind": matter.kind,
        "rung": matter.rung,
        "to": rung.to,
        "message": message,
        "concerns": matter.seat,
        "about": list(matter.about),
        "subject": subject,
        "body": f"{body}\n{how.strip()}" if how else body,
    }
    last: dict[str, object] = {"last": True} if over else {}
    last |= {"merged": True} if letter else {}
    last |= {"between": list(between)} if between and not letter else {}
    last |= {"outside": True} if matter.outside else {}
    hops = {"hop": matter.hop} if matter.hop else {}
    return Draft("escalation_step", seat=matter.seat, data={**data, **more, **last, **hops})


def _between(chart: Chart, matter: Matter, to: str) -> tuple[str, ...]:
    """Say who asked and who is silent, of what a person is told; an agent is told of each by itself."""
    addressee = chart.seats.get(to)
    if matter.kind != "unanswered" or addressee is None or not addressee.holder.is_person:
        return ()
    return matter.sender, matter.seat


def _letter(chart: Chart, account: Account, matter: Matter, to: str) -> tuple[str, str]:
    """Give the letter that tells of a matter already, "" if it is to have its own; and what the last of many says."""
    if between := _between(chart, matter, to):
        told = [letter for letter in account.waiting(to) if letter.between]
        same = [letter.id for letter in told if letter.between == between and matter.type != "CHALLENGE"]
        letters, most, see = [letter.id for letter in told], LETTERS_OF_SILENCE, "fleet status"
        if same:
            return same[0], ""
    else:
        letters, most, see = _letters(account, matter, to), LETTERS_OF_A_KIND, "fleet approve"
    if len(letters) >= most:
        return letters[-1], ""
    says = f"{most} like it wait unread; more of them come without a letter. All: {see}"
    return "", says if len(letters) + 1 == most else ""


def _letters(account: Account, matter: Matter, to: str) -> list[str]:
    """Name the letters that wait for a person on actions that stand like this one, as many as there may be."""
    found: dict[str, None] = {}
    if matter.kind not in OF_ACTIONS or len(account.waiting(to)) + 1 < LETTERS_OF_A_KIND:
        return []
    for other in account.matters.values():
        if other.kind == matter.kind:
            found |= {m: None for m, whom in other.told.items() if whom == to and m in account.mail}
        if len(found) >= LETTERS_OF_A_KIND:
            break
    return list(found)


def settled_by(chart: Chart, matter: Matter, message: str, to: str) -> str:
    """Say how `to`, who was told of a matter in a message, settles it; nothing of what no answer settles."""
    if matter.kind in FOR_PERSONS:
        return ""
    addressee = chart.seats.get(to)
    if addressee is None or not addressee.holder.is_person:
        return "An answer to this message settles it."
    whom = matter.seat if matter.seat in chart.seats else to
    return f'Settle it: fleet inbox send {whom} --reply-to {message} -m "..."'


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
    if matter.kind in _OF_ACTION:
        return _of_action(matter)
    if matter.kind == "blind":
        if matter.subject:
            return f"{matter.subject} does not say whose a subject is", matter.because
        return f"{matter.seat} is not to be relied on", f"{matter.because}\nSee: fleet status {matter.seat}"
    return matter.subject or f"{matter.seat} asks for a decision", matter.because


def _of_action(matter: Matter) -> tuple[str, str]:
    about = f" about {', '.join(matter.about)}" if matter.about else ""
    head, how = _OF_ACTION[matter.kind]
    subject = head.format(id=matter.id, seat=matter.seat, kind=matter.subject)
    return f"{subject}{about}", f"{matter.because}\n{how.format(id=matter.id)}"


_OF_ACTION = {
    "held": ("{id} of {seat} is still held: {kind}", "See: fleet why {id}"),
    "asked": ("{id} needs your yes: {seat} wants {kind}", "Look at it with: fleet approve {id}"),
    "unknown": (
        "{id} may have happened or not: {kind} of {seat}",
        "Find out, then say: fleet approve {id} --happened | --again, or fleet deny {id} to leave it",
    ),
}
