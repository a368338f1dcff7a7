"""Phrases: commands, rulings, paths and other texts with a small grammar of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import get_args

from fleet.core.chart import AtMost, Then
from fleet.core.names import is_seat_id
from fleet.core.node import Items, Node, Scalar
from fleet.core.pattern import name_matches
from fleet.core.read import values
from fleet.core.read.found import Found
from fleet.core.read.near import choose, folded
from fleet.core.subject import fold_subject
from fleet.core.target import read_count
from fleet.errors import Unreadable

THENS: tuple[Then, ...] = get_args(Then)
OURS = (".fleet", "ledger")  # folders of the fleet whose files no seat reads

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST_COMMAND = 32_000  # characters with quotes in them: taking it apart costs the square of its length
LONGEST_PATH = 500  # characters

_SIMPLE = re.compile(r"[A-Za-z0-9_./:=@%+,-]+(?: [A-Za-z0-9_./:=@%+,-]+)*")
_SHELL = ("|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUBJECT = re.compile(r"[a-z][a-z0-9-]{0,39}:\S")  # with a blank after the ':' it is prose
_ASK = re.compile(r"ask ([^ ]+)")


def command(node: Node | None, found: Found, what: str) -> tuple[str, ...]:
    """The words of a command: a text split like a shell line, or a list taken as it is."""
    if node is None:
        return ()
    if isinstance(node, Items):
        return tuple(word.text for word in values.scalars(node, found, what))
    words = values.phrase(node, _split_command, found, "F315", what) or ()
    shell = next((w for w in words if w in _SHELL), None)
    if shell and isinstance(node, Scalar):
        why = "commands are started without a shell; put the line into a script"
        told = f"{what} hands {shell!r} to the program as a word"
        found.say("F315", node.place, told, why=why, level="warning")
    return words


def _split_command(text: str) -> tuple[str, ...]:
    """Split a command into words as a shell would, quotes and all; raises Unreadable.

    >>> _split_command("python agent.py --say 'good morning'")
    ('python', 'agent.py', '--say', 'good morning')
    """
    if _SIMPLE.fullmatch(text):
        return tuple(text.split(" "))
    if len(text) > LONGEST_COMMAND:
        why = f"a command of {len(text)} characters is too long; put it into a script"
        raise Unreadable(why, end=len(text))
    # Most commands are simple, and shlex takes 30 µs and an import for each of the others.
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as exc:
        quote = "a quote in it is never closed"
        why = quote if "quotation" in str(exc) else "a backslash stands at its end, and nothing behind it"
        raise Unreadable(why, end=len(text)) from exc
    if not words or not words[0]:
        raise Unreadable("there is no program in it", end=len(text))
    if "\0" in text:
        raise Unreadable("a program cannot be given a NUL", end=len(text))
    return tuple(words)


def read_then(text: str) -> tuple[Then, str]:
    """Read `allow`, `hold`, `refuse` or `ask PERSON`: the ruling, and the person or ""."""
    for ruling in THENS:
        if text == ruling and text != "ask":
            return ruling, ""
    asked = _ASK.fullmatch(text)
    if asked and is_seat_id(asked[1]):
        return "ask", asked[1]
    if asked or text == "ask":
        meant = folded(asked[1]) if asked else ""
        tries = (f"ask {meant}" if is_seat_id(meant) else "ask PERSON",)
        start, why = 4 if asked else 0, "ask whom? the seat of one person stands after it"
        raise Unreadable(why, start=start, end=len(text), suggestions=tries)
    nearest = choose(text, ("allow", "hold", "refuse"))
    raise Unreadable(
        "a ruling is one of: allow, hold, refuse, ask PERSON", end=len(text), suggestions=nearest
    )


def read_at_most(text: str) -> AtMost:
    """Read `1 a day each`."""
    return AtMost(*read_count(text))


def read_date(text: str) -> date:
    """Read `2026-04-13`."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as exc:
            raise Unreadable(f"no such day: {exc}", end=len(text)) from exc
    tries = dict.fromkeys(day.isoformat() for day in _days_meant(text[:40]))
    raise Unreadable("a date is year-month-day, as 2026-04-13", end=len(text), suggestions=tuple(tries))


def _days_meant(text: str) -> Iterator[date]:
    """The days that a date of another form can mean: with 04/05 there are two."""
    parts = re.findall(r"[0-9]+|[a-z]{3,}", text.lower())
    if re.fullmatch(r"[0-9]{8}", text):
        parts = [text[:4], text[4:6], text[6:]]
    months = [i for i, part in enumerate(parts) if part[:3] in MONTHS]
    if len(parts) != 3 or len(months) > 1:
        return
    numbers = [
        MONTHS.index(p[:3]) + 1 if p[:3] in MONTHS else int(p[:4]) for p in parts if p[0].isdigit() or months
    ]
    if len(numbers) != 3:
        return
    orders = ((0, 1, 2),) if numbers[0] > 31 else ((2, 1, 0),) if "." in text else ((2, 1, 0), (2, 0, 1))
    for year, month, day in orders:
        if months and months[0] != month:
            continue
        try:
            yield date(numbers[year], numbers[month], numbers[day])
        except ValueError:
            continue


def read_path(text: str) -> str:
    """Read a path in the fleet folder, with `*`; raises Unreadable for one that leads elsewhere."""
    if len(text) > LONGEST_PATH:
        raise Unreadable(f"a path of {len(text)} characters is too long", end=len(text))
    parts = text.removeprefix("./").split("/")
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", text):
        raise Unreadable("paths are relative to the fleet folder", end=len(text))
    if ".." in parts:
        start = text.index("..")
        raise Unreadable("a path cannot leave the fleet folder", start=start, end=start + 2)
    if any(p in ("", ".") for p in parts) or "\\" in text or not text.isprintable():
        raise Unreadable("a path is names with one / between them", end=len(text))
    for folder in OURS:
        if name_matches(folder, parts[0]) and (len(parts) > 1 or parts[0] == folder):
            raise Unreadable(f"it reaches into {folder}/, which is fleet's own", end=len(parts[0]))
    return "/".join(parts)


def read_never(text: str) -> str:
    """Read an action kind or a subject, which is folded."""
    if values.ACTION_KIND.fullmatch(text):
        return text
    if _SUBJECT.match(text):
        return fold_subject(text)
    why = "never names action kinds (crm.delete) and subjects (account:acme); prose belongs in SEAT.md"
    raise Unreadable(why, end=len(text))
