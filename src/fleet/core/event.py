"""Event: one thing that a person supposes to happen in days that are only played, from its closed grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Literal

from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.instant import read_instant
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

Kind = Literal[
    "claims",  # a seat takes a subject for its own, with no end
    "drops",  # it gives that up
    "offers",  # it asks for an action, which is judged at that moment
    "silent",  # no turn of it publishes any more
    "mail",  # a message is sent, unread until its addressee's next wake
]
FORMS = {
    "claims": "SEAT claims SUBJECT [at TIME]",
    "drops": "SEAT drops SUBJECT [at TIME]",
    "offers": "SEAT offers KIND on SUBJECT [at TIME]",
    "silent": "SEAT is silent [from TIME]",
    "mail": "mail from SEAT to SEAT about SUBJECT [at TIME]",
}
LONGEST_TEXT = 400  # characters; two ids, a subject and a time have less

_MAIL = re.compile(r"mail from (?P<seat>\S+) to (?P<to>\S+) about (?P<about>\S+)(?: at (?P<at>.+))?")
_SILENT = re.compile(r"(?P<seat>\S+) is silent(?: from (?P<at>.+))?")
_ABOUT = re.compile(r"(?P<seat>\S+) (?P<verb>claims|drops) (?P<about>\S+)(?: at (?P<at>.+))?")
_OFFERS = re.compile(r"(?P<seat>\S+) offers (?P<action>\S+)(?: on (?P<about>\S+))?(?: at (?P<at>.+))?")
_VERBS = {
    **dict.fromkeys(("claims", "claim", "claimed", "takes", "holds"), "claims"),
    **dict.fromkeys(("drops", "drop", "dropped", "releases", "release", "frees", "unclaims"), "drops"),
    **dict.fromkeys(("offers", "offer", "offered", "does", "acts", "asks", "runs"), "offers"),
    **dict.fromkeys(("silent", "dies", "dead", "stops", "fails", "down", "dark"), "silent"),
    **dict.fromkeys(("mail", "mails", "message", "messages", "writes", "sends"), "mail"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One supposed event: `about` is a subject or empty, `action` the kind that is offered, `to` who gets mail."""

    text: str
    kind: Kind
    seat: str
    at: datetime
    about: str = ""
    action: str = ""
    to: str = ""


def read_event(text: str, chart: Chart, start: datetime, end: datetime) -> Event:
    """Read one event of the days from `start` to `end`; without a time it happens at the start.

    Raises Unreadable with the place of what is wrong and texts that would be read.
    """
    plain = re.sub(r"\s+", " ", text.strip())
    if not plain or len(text) > LONGEST_TEXT:
        why = f"longer than {LONGEST_TEXT} characters" if plain else "no event here"
        raise Unreadable(why, end=len(text), suggestions=tuple(FORMS.values()))
    found = next((m for p in (_MAIL, _SILENT, _ABOUT, _OFFERS) if (m := p.fullmatch(plain))), None)
    if found is None:
        raise _no_form(plain)
    given = found.groupdict(default="")
    kind = _kind(found.re, given.get("verb", ""))
    _check_seat(chart, plain, given["seat"], kind)
    if kind == "mail":
        _check_addressee(chart, plain, given["to"])
    action = given.get("action", "")
    if action and action not in chart.actions:
        raise _unknown(plain, action, "kind of action", chart.actions, "is declared under `actions`")
    about = _subject(chart, plain, given["about"]) if given.get("about") else ""
    at = _time(plain, given["at"], chart, start, end) if given["at"] else start
    return Event(text, kind, given["seat"], at.astimezone(UTC), about, action, given.get("to", ""))


def _kind(form: re.Pattern[str], verb: str) -> Kind:
    if verb:
        return "claims" if verb == "claims" else "drops"
    return "mail" if form is _MAIL else "silent" if form is _SILENT else "offers"


def _no_form(plain: str) -> Unreadable:
    """Say which form is nearest, with the words that were given put into it where that reads."""
    words = plain.split(" ")
    meant = [_VERBS[close[0]] for w in words if (close := get_close_matches(w.lower()[:20], _VERBS, 1, 0.8))]
    if not meant:
        why = "not an event that fleet knows: claims, drops, offers, is silent, mail"
        return Unreadable(why, end=len(plain), suggestions=tuple(FORMS.values()))
    form = FORMS[meant[0]]
    why = f"it is written: {form}"
    mended = _mended(words, meant[0])
    return Unreadable(why, end=len(plain), suggestions=(mended,) if mended else ())


def _mended(words: list[str], kind: str) -> str:
    """Put a verb that was mistyped right, if the rest then fits the form."""
    said = {"claims": "claims", "drops": "drops", "offers": "offers", "silent": "is silent"}.get(kind)
    if said is None or len(words) < 2:
        return ""
    rest = " ".join(words[2:])
    if kind == "silent" and words[1] == "is":
        rest = " ".join(words[3:])
    mended = re.sub(
        r" (?:for|about|of) ", " on " if kind == "offers" else " ", f"{words[0]} {said} {rest}".strip()
    )
    mended = mended.replace(" silent at ", " silent from ")
    return mended if any(p.fullmatch(mended) for p in (_SILENT, _ABOUT, _OFFERS)) else ""


def _check_seat(chart: Chart, plain: str, name: str, kind: Kind) -> None:
    seat = chart.seats.get(name)
    if seat is None:
        gone = "is retired" if name in chart.retired else ""
        raise _unknown(plain, name, "seat", chart.seats, gone)
    if seat.holder.is_planned:
        raise _refused(plain, name, f"nobody holds {name} yet, so it does nothing")
    if kind in ("offers", "silent") and not seat.holder.is_agent:
        agents = [s.id for s in chart.seats.values() if s.holder.is_agent]
        raise _refused(plain, name, f"a person holds {name}, and only turns are foreseen", agents)


def _check_addressee(chart: Chart, plain: str, name: str) -> None:
    if name not in chart.seats:
        raise _unknown(plain, name, "seat", chart.seats, "is retired" if name in chart.retired else "")


def _unknown(plain: str, word: str, what: str, known: Iterable[str], also: str) -> Unreadable:
    close = get_close_matches(word[:60], list(known), n=1, cutoff=0.6)
    tries = [_put(plain, word, close[0])] if close else []
    why = f"{word} {also}" if also == "is retired" else f"there is no {what} {word!r}"
    names = "" if close else f"; there are: {', '.join(list(known)[:8])}"
    start = plain.find(word)
    return Unreadable(why + names, start=start, end=start + len(word), suggestions=tries)


def _refused(plain: str, word: str, why: str, tries: Iterable[str] = ()) -> Unreadable:
    start = plain.find(word)
    mended = [_put(plain, word, name) for name in list(tries)[:1]]
    return Unreadable(why, start=start, end=start + len(word), suggestions=mended)


def _put(plain: str, word: str, other: str) -> str:
    return re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", other, plain, count=1)


def _subject(chart: Chart, plain: str, text: str) -> str:
    try:
        return fold_subject(text)
    except Unreadable as exc:
        kinds = dict.fromkeys(k for kind in chart.actions.values() for k in kind.about)
        tries = [_put(plain, text, f"{k}:{text.lower()}") for k in list(kinds)[:2]] if ":" not in text else []
        start = plain.find(text)
        raise Unreadable(exc.why, start=start, end=start + len(text), suggestions=tries) from exc


def _time(plain: str, text: str, chart: Chart, start: datetime, end: datetime) -> datetime:
    place = plain.rfind(text)
    zone = chart.calendar.tz
    try:
        at = read_instant(text, after=start, zone=zone)
    except Unreadable as exc:
        tries = [plain[:place] + one for one in exc.suggestions]
        raise Unreadable(exc.why, start=place, end=len(plain), suggestions=tries) from exc
    if not start <= at < end:
        first, last = start.astimezone(zone), end.astimezone(zone)
        why = f"{text} is {at:%Y-%m-%d %H:%M}, and what is played is {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
        raise Unreadable(why, start=place, end=len(plain))
    return at
