"""Example: the entries of `examples` under a rule, each a situation and what the rule is to say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from fleet.core.codec import Json
from fleet.core.example import ClaimGiven, Example, Expected, MailGiven, Moment, StateGiven, TouchGiven
from fleet.core.message import TYPES
from fleet.core.mistake import Place
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import phrases, situation, values
from fleet.core.read.fields import Fields, entries, fields
from fleet.core.read.found import Found
from fleet.core.read.front import plain_word
from fleet.core.read.near import choose
from fleet.core.span import read_span
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

PASSES = "passes"
MOST_TRIES = 100
_SHARE = re.compile(r"0(?:\.[0-9]{1,9})?|1(?:\.0+)?|\.[0-9]{1,9}")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEASURE = re.compile(r"[a-z][a-z0-9-]{0,39}\.[a-z][a-z0-9_-]{0,79}")
_LIKE_MEASURE = "a seat and its metric, as tally.ad_spend_usd"


def read_example(node: Node, found: Found) -> Example:
    """Read one example of a rule; what it leaves out is not there in its situation."""
    given = fields(node, situation.EXAMPLE, found)
    where: dict[str, Place] = {}
    if "expect" not in given and isinstance(node, Entries):
        values.say_missing(node, found, "expect", "an example")
    expected = values.phrase(given.get("expect"), read_expected, found, "F314", "what is expected")
    expect, ask = expected or (PASSES, "")
    about = _subjects(given.get("about"), found)
    seat, kind = _seat(given.get("seat"), found, where), _kind(given.get("kind"), found, where)
    return Example(
        expect=cast(Expected, expect),
        place=node.place,
        ask=ask,
        seat=seat,
        kind=kind,
        turn=values.text(given.get("turn"), found, "turn"),
        about=about,
        subjects=_subjects(given.get("subjects"), found),
        payload=_payload(given, found),
        because=values.text(given.get("because"), found, "because"),
        confidence=_share(given, found),
        outside=bool(values.yes_no(given.get("outside"), found, "outside")),
        as_asked=bool(values.yes_no(given.get("as_asked"), found, "as_asked")),
        offered=_moment(given.get("offered"), found, "offered"),
        tries=values.whole(given.get("tries"), found, "tries", low=0, high=MOST_TRIES) or 0,
        states=_states(given.get("state"), found, where),
        metrics=_metrics(given.get("metric"), found, where),
        claims=tuple(_claim(one, about, found, where) for one in values.items(given.get("claims"), found, "claims")),
        mail=tuple(_mail(one, found, where) for one in values.items(given.get("mail"), found, "mail")),
        touched=tuple(_touch(one, about, found, where) for one in values.items(given.get("touched"), found, "touched")),
        now=values.phrase(given.get("now"), _read_instant, found, "F322", "this moment"),
        where=where,
    )  # fmt: skip


def read_expected(text: str) -> tuple[str, str]:
    """Read a ruling, or `passes`; raises Unreadable.

    >>> read_expected("passes"), read_expected("ask founder")
    (('passes', ''), ('ask', 'founder'))
    """
    if text == PASSES:
        return PASSES, ""
    try:
        return phrases.read_then(text)
    except Unreadable as exc:
        if exc.start or text == "ask":  # nobody is named, or nobody's seat
            raise
        meant = (PASSES,) if text.lower() in ("pass", "nothing", "none", "silent", "no") else exc.suggestions
        tries = meant or choose(text, ("allow", "hold", "refuse", PASSES))
        why = "it is one of: allow, hold, refuse, ask PERSON, and passes where the rule says nothing"
        raise Unreadable(why, end=len(text), suggestions=tries) from exc


def _seat(node: Node | None, found: Found, where: dict[str, Place]) -> str:
    name = values.seat_id(node, found, "seat") or ""
    if name and node is not None:
        where.setdefault(f"seat {name}", node.place)
    return name


def _kind(node: Node | None, found: Found, where: dict[str, Place]) -> str:
    named = values.names(node, values.ACTION_KIND, found, "kind", values.LIKE_ACTION)
    if node is not None and len(named) > 1:
        found.say("F404", node.place, "an example is of one action kind", tries=named[:1])
    if node is not None and named:
        where[f"kind {named[0]}"] = node.place
    return named[0] if named else ""


def _subjects(node: Node | None, found: Found) -> tuple[str, ...]:
    read = (
        found.phrase(one, _read_subject, "F406", "this subject")
        for one in values.scalars(node, found, "about")
    )
    return tuple(dict.fromkeys(one for one in read if one))  # fmt: skip


def _subject(node: Node | None, found: Found, otherwise: str = "") -> str:
    return values.phrase(node, _read_subject, found, "F406", "this subject") or otherwise


def _read_subject(text: str) -> str:
    try:
        return fold_subject(text)
    except Unreadable as exc:
        tries = (f"KIND:{text}",) if re.fullmatch(r"[a-z0-9][a-z0-9-]*", text) else exc.suggestions
        raise Unreadable(exc.why, start=exc.start, end=exc.end, suggestions=tries) from exc


def _share(given: Fields, found: Found) -> float | None:
    read = values.scalar(given.get("confidence"), found, "confidence")
    if read is None:
        return None
    if _SHARE.fullmatch(read.text):
        return float(read.text)
    found.say("F409", read.place, f"confidence is a number from 0 to 1, not {read.text!r}")
    return None


def _payload(given: Fields, found: Found) -> Mapping[str, Json]:
    return _free(given.get("with"), found, "with")


def _free(node: Node | None, found: Found, what: str) -> dict[str, Json]:
    """Read a map of the writer's own keys as JSON would say it."""
    return {key.text: _json(value, found) for key, value in entries(node, found, what)} if node else {}


def _json(node: Node, found: Found) -> Json:
    if isinstance(node, Scalar):
        return node.text if node.quoted or node.block else plain_word(node.text)
    if isinstance(node, Items):
        return [_json(one, found) for one in node.items]
    return {key.text: _json(value, found) for key, value in entries(node, found, "a value")}


def _states(node: Node | None, found: Found, where: dict[str, Place]) -> dict[str, StateGiven]:
    states: dict[str, StateGiven] = {}
    for key, value in entries(node, found, "state") if node is not None else ():
        name = values.seat_id(key, found, "state")
        if name is not None:
            where[f"state {name}"] = key.place
            states[name] = _state(value, found)
    return states


def _state(node: Node, found: Found) -> StateGiven:
    given = fields(node, situation.STATE, found)
    as_of: Moment | None = values.phrase(given.get("as_of"), _read_instant, found, "F322", "this moment")
    age = values.span(given.get("age"), found, "age")
    if as_of is not None and age is not None:
        found.say("F410", given["age"].place, "a state has `as_of` or `age`, not both")
    return StateGiven(
        headline=values.text(given.get("headline"), found, "headline"),
        turn=values.text(given.get("turn"), found, "turn"),
        written=_moment(given.get("written"), found, "written"),
        as_of=as_of if age is None else age,
        good_until=_moment(given.get("good_until"), found, "good_until"),
        outside=bool(values.yes_no(given.get("outside"), found, "outside")),
        stale=tuple(one.text for one in values.scalars(given.get("stale"), found, "stale")),
        items=tuple(_item(one, found) for one in values.items(given.get("items"), found, "items")),
        claims=tuple(_claimed(one, found) for one in values.items(given.get("claims"), found, "claims")),
        scorecard=_free(given.get("scorecard"), found, "scorecard"),
    )


def _item(node: Node, found: Found) -> Json:
    """Read an item, in the form in which a state holds it."""
    given = fields(node, situation.STATE_ITEM, found)
    item: dict[str, Json] = {
        "about": _subject(given.get("about"), found),
        "kind": values.text(given.get("kind"), found, "kind"),
        "because": values.text(given.get("because"), found, "because"),
        "confidence": _share(given, found),
        "with": dict(_payload(given, found)),
    }
    return {key: value for key, value in item.items() if value not in ("", None, {})}


def _claimed(node: Node, found: Found) -> ClaimGiven:
    return _claiming(fields(node, situation.STATE_CLAIM, found), (), found)


def _claim(node: Node, about: tuple[str, ...], found: Found, where: dict[str, Place]) -> ClaimGiven:
    given = fields(node, situation.CLAIM, found)
    _needs_seat(node, given, found, "a claim", "seat")
    return _claiming(given, about, found, seat=_seat(given.get("seat"), found, where))


def _claiming(given: Fields, about: tuple[str, ...], found: Found, *, seat: str = "") -> ClaimGiven:
    return ClaimGiven(
        about=_subject(given.get("about"), found, next(iter(about), "")),
        seat=seat,
        since=_moment(given.get("since"), found, "since"),
        until=_moment(given.get("until"), found, "until"),
        because=values.text(given.get("because"), found, "because"),
    )


def _mail(node: Node, found: Found, where: dict[str, Place]) -> MailGiven:
    given = fields(node, situation.MAIL, found)
    _needs_seat(node, given, found, "a message", "from")
    named = given.get("from")
    by_hand = isinstance(named, Scalar) and named.text == "operator"
    return MailGiven(
        sender="operator" if by_hand else _seat(named, found, where),
        type=values.word(given.get("type"), TYPES, found, "type") or "INFORM",
        id=values.text(given.get("id"), found, "id"),
        about=_subjects(given.get("about"), found),
        subject=values.text(given.get("subject"), found, "subject"),
        sent=_moment(given.get("sent"), found, "sent"),
        outside=bool(values.yes_no(given.get("outside"), found, "outside")),
        hop=values.whole(given.get("hop"), found, "hop", low=0, high=MOST_TRIES) or 0,
    )


def _touch(node: Node, about: tuple[str, ...], found: Found, where: dict[str, Place]) -> TouchGiven:
    given = fields(node, situation.TOUCHED, found)
    _needs_seat(node, given, found, "a touch", "seat")
    ago = values.span(given.get("ago"), found, "ago")
    subject = _subject(given.get("about"), found, next(iter(about), ""))
    seat = _seat(given.get("seat"), found, where)
    return TouchGiven(seat, subject, ago) if ago is not None else TouchGiven(seat, subject)


def _needs_seat(node: Node, given: Fields, found: Found, what: str, key: str) -> None:
    if key not in given and isinstance(node, Entries):
        values.say_missing(node, found, key, what)


def _metrics(node: Node | None, found: Found, where: dict[str, Place]) -> dict[str, str]:
    told: dict[str, str] = {}
    for key, value in entries(node, found, "metric") if node is not None else ():
        if _MEASURE.fullmatch(key.text) is None:
            found.say("F406", key.place, f"{key.text!r} is not {_LIKE_MEASURE}")
            continue
        where[f"metric {key.text}"] = key.place
        told[key.text] = values.text(value, found, key.text)
    return told


def _moment(node: Node | None, found: Found, what: str) -> Moment | None:
    return values.phrase(node, _read_moment, found, "F322", f"this {what}")


def _read_moment(text: str) -> Moment:
    return _read_instant(text) if _DATED.match(text) else read_span(text)


def _read_instant(text: str) -> datetime:
    """Read `2026-11-23T10:00`, with an offset or without; raises Unreadable."""
    try:
        if _DATED.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Unreadable(
        "a moment is a day and a time, as 2026-11-23T10:00", end=len(text), suggestions=("2026-11-23T10:00",)
    )
