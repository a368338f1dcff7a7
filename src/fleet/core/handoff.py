"""Handoff: which message is one that the chart declares, whether its fields are as declared, what they carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fleet.core.chart import Chart, Handoff
from fleet.core.codec import Json
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

if TYPE_CHECKING:
    from fleet.core.answer import MessageGiven

ONE_OF = "one of: "
"""What the type of a field begins with where it is a list; ` | ` stands between its words."""
DIGITS_MOST = 15
"""Of a number that passes unstamped: as many as every program keeps, and few enough to hold no words."""
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
"""The one way to write a time that passes unstamped: another reader takes any character between day and hour."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?%?")


def handoff_of(chart: Chart, sender: str, given: MessageGiven) -> Handoff | None:
    """Find the handoff that a message is: by its subject, which names it, else by its fields where it has no words."""
    if not given.with_:
        return None
    owed = [h for h in chart.handoffs.values() if h.source == sender and given.to in h.to and h.fields]
    named = next((h for h in owed if h.name == given.subject), None)
    if named is not None or given.subject or given.body:
        return named
    return next((h for h in owed if given.with_.keys() <= h.fields.keys()), None)


def faults(handoff: Handoff, given: MessageGiven) -> Iterator[str]:
    """Say what is wrong with the fields of a handoff, one sentence each."""
    for key, value in given.with_.items():
        kind = handoff.fields.get(key)
        if kind is None:
            yield f"{key} is none of its fields, which are {', '.join(handoff.fields)}"
        elif not _fits(kind, value):
            wanted = f"one of {', '.join(words_of(kind))}" if words_of(kind) else _WANTED[kind]
            yield f"{key} is {wanted}, and {_short(value)} is not"


def is_wordless(handoff: Handoff, given: MessageGiven, known: Callable[[str], bool]) -> bool:
    """Say whether a handoff without faults carries nothing in which a stranger's words could stand.

    A subject counts as words unless it is known: 120 characters are enough for an order.
    """
    if (
        given.body
        or given.subject not in ("", handoff.name)
        or "text" in map(handoff.fields.get, given.with_)
    ):
        return False
    subjects = [fold_subject(str(v)) for key, v in given.with_.items() if handoff.fields[key] == "subject"]
    return all(known(subject) for subject in (*subjects, *given.about))


def words_of(kind: str) -> tuple[str, ...]:
    """Give the words that a field of type one-of may have; none for another type."""
    return tuple(kind.removeprefix(ONE_OF).split(" | ")) if kind.startswith(ONE_OF) else ()


def one_spelling(handoff: Handoff, given: MessageGiven) -> dict[str, Json]:
    """Give the fields of a handoff without faults with each subject folded: how it was spelled could say something."""
    return {
        key: fold_subject(str(value)) if handoff.fields[key] == "subject" else value
        for key, value in given.with_.items()
    }


def subjects_in(handoff: Handoff, given: MessageGiven) -> Iterator[str]:
    """Yield the subjects that a handoff names, in its fields and beside them."""
    yield from given.about
    for key, value in given.with_.items():
        if handoff.fields.get(key) == "subject" and _is_subject(value):
            yield fold_subject(str(value))


def _fits(kind: str, value: Json) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if words := words_of(kind):
        return isinstance(value, str) and value in words
    return _FITS[kind](value)


def _is_number(value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None and sum(c.isdigit() for c in value) <= DIGITS_MOST
    try:
        return len(Decimal(str(value)).normalize().as_tuple().digits) <= DIGITS_MOST and abs(value) < 1e15
    except InvalidOperation:
        return False


def _is_time(value: Json) -> bool:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        return False
    try:
        return datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _is_subject(value: Json) -> bool:
    try:
        return isinstance(value, str) and bool(fold_subject(value))
    except Unreadable:
        return False


_FITS: Mapping[str, Callable[[Json], bool]] = {"number": _is_number, "time": _is_time, "subject": _is_subject}
_WANTED = {
    "text": "text",
    "number": f"a number of at most {DIGITS_MOST} digits",
    "time": "a time like 2026-11-23T10:00:00-05:00",
    "subject": "a subject like account:acme",
}


def _short(value: Json) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
