"""Handing on: handoffs, escalations and retired seats."""

from __future__ import annotations

import re
from datetime import timedelta

from fleet.core.chart import Handoff, Ladder, Retired, Rung
from fleet.core.handoff import ONE_OF
from fleet.core.names import check_seat_id, is_seat_id
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.fields import entries, fields
from fleet.core.read.found import Found
from fleet.core.read.near import choose, close
from fleet.core.read.seat import RESERVED
from fleet.core.span import read_span
from fleet.errors import Unreadable

FIELD_TYPES = ("text", "number", "time", "subject")
WAITS = ("after", "then", "pause", "sleep", "delay", "in")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def read_handoff(key: Scalar, node: Node, found: Found) -> Handoff:
    """Read what one seat owes others."""
    _check_name(key, found, "a handoff")
    given = fields(node, keys.HANDOFF, found)
    if isinstance(node, Entries):
        for name in ("from", "to"):
            if name not in given:
                values.say_missing(node, found, name, f"the handoff {key.text}")
    return Handoff(
        key.text,
        source=values.seat_id(given.get("from"), found, "from") or "",
        to=values.seat_ids(given.get("to"), found, "to"),
        place=key.place,
        within=values.span(given.get("within"), found, "within"),
        fields=_field_types(given.get("with"), found),
    )


def _field_types(node: Node | None, found: Found) -> dict[str, str]:
    types: dict[str, str] = {}
    for key, value in entries(node, found, "with") if node is not None else ():
        if _FIELD.fullmatch(key.text) is None:
            found.say("F406", key.place, f"{key.text!r} is not a field: letters, digits, '_' and '-'")
        types[key.text] = _field_type(key, value, found)
    return types


def _field_type(key: Scalar, node: Node, found: Found) -> str:
    if isinstance(node, Items):
        values.say_empty_list(node, found, key.text)
        return ONE_OF + " | ".join(word.text for word in values.scalars(node, found, key.text))
    if isinstance(node, Scalar) and node.text not in FIELD_TYPES:
        what = f"the field {key.text!r} is text, number, time, subject or a list of words, not {node.text!r}"
        found.say("F405", node.place, what, tries=choose(node.text, FIELD_TYPES) or (f"[{node.text}]",))
        return "text"
    return values.word(node, FIELD_TYPES, found, f"the field {key.text!r}") or "text"


def read_ladder(key: Scalar, node: Node, found: Found) -> Ladder:
    """Read an escalation: who is told, and after which wait since the matter arose."""
    _check_name(key, found, "an escalation")
    rungs: list[Rung] = []
    after = timedelta()
    steps = values.scalars(node, found, f"the escalation {key.text}")
    for step in steps:
        if held := found.holder(step.text):
            seat, person = held
            what, why = f"{step.text!r} is no seat", f"{person} holds {seat}"
            found.say("F313", step.place, what, why=why, tries=(seat,))
            continue
        read = found.phrase(step, _read_step, "F313", "this step", known=(*found.seats, "answers_to"))
        if isinstance(read, timedelta):
            after += read
        elif read is not None:
            rungs.append(Rung(read, after))
    if steps and steps[-1].text.startswith("wait "):
        found.say(
            "F313", steps[-1].place, "an escalation cannot end with a wait", why="nobody is told after it"
        )
    values.say_empty_list(node, found, f"the escalation {key.text}")
    return Ladder(key.text, tuple(rungs), key.place)


def _read_step(text: str) -> str | timedelta:
    """Read `wait 2h`, `answers_to` or a seat; raises Unreadable."""
    if text.startswith("wait "):
        try:
            return read_span(text[5:])
        except Unreadable as exc:
            end = len(text) if exc.end is None else exc.end + 5
            tries = waits_meant(text) or [f"wait {t}" for t in exc.suggestions]
            raise Unreadable(exc.why, start=exc.start + 5, end=end, suggestions=tries) from None
    if text == "answers_to" or is_seat_id(text):
        return text
    why = "a step is a seat, answers_to, or `wait` and a span"
    if tries := waits_meant(text):
        raise Unreadable(why, end=len(text), suggestions=tries)
    if " " in text:
        raise Unreadable(why, end=len(text))
    return check_seat_id(text)


def waits_meant(text: str) -> list[str]:
    """The wait that `wiat 2h`, `wait2h`, `after 2h` or a span alone stands for."""
    found = re.fullmatch(r"([A-Za-z]*?)(?: for)? ?([0-9][^\n]{0,40})", text)
    if not found or (found[1] and found[1].lower() not in WAITS and not close(found[1], ("wait",))):
        return []
    try:
        read_span(found[2])
    except Unreadable as exc:
        return [f"wait {span}" for span in exc.suggestions[:1]]
    return [f"wait {found[2]}"]


def read_retired(key: Scalar, node: Node, found: Found) -> Retired:
    """Read the end of a seat."""
    if key.text in RESERVED:
        found.say("F411", key.place, f"{key.text!r} is a name that fleet keeps for itself")
    else:
        values.seat_id(key, found)
    given = fields(node, keys.RETIRED, found)
    gave: dict[str, str] = {}
    for function, heir in entries(given["gave"], found, "gave") if "gave" in given else ():
        if seat := values.seat_id(heir, found, f"the heir of {function.text}"):
            gave[" ".join(function.text.split())] = seat
    return Retired(
        key.text,
        title=values.text(given.get("title"), found, "title"),
        date=values.phrase(given.get("date"), phrases.read_date, found, "F306", "this date"),
        record=values.phrase(given.get("record"), phrases.read_path, found, "F408", "this path") or "",
        because=values.text(given.get("because"), found, "because"),
        gave=gave,
        place=key.place,
    )


def _check_name(key: Scalar, found: Found, what: str) -> None:
    if _NAME.fullmatch(key.text) is None:
        found.say("F406", key.place, f"{key.text!r} cannot name {what}: small letters, digits, '_' and '-'")
