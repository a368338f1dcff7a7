"""Names: the one checked function from ids to the paths of a fleet folder."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Literal

from fleet.errors import Unreadable

Box = Literal["new", "cur", "done", "dead"]

_SEAT = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ID = re.compile(r"([tmaire])-([1-9][0-9]{0,17})")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_DAY_FILE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl")
_SLUG_LENGTH = 40


def is_seat_id(text: str) -> bool:
    """Say whether the whole text is a seat id.

    >>> is_seat_id("dash"), is_seat_id("Dash"), is_seat_id("dash\\n")
    (True, False, False)
    """
    return _SEAT.fullmatch(text) is not None


def check_seat_id(text: str) -> str:
    """Return the text if it is a seat id; raises Unreadable if not."""
    if not is_seat_id(text):
        raise Unreadable(
            f"{text[:60]!r} is not a seat id: a small letter, then up to 39 of a-z, 0-9 and '-'",
            end=len(text),
        )
    return text


def is_id(text: str, kind: str) -> bool:
    """Say whether the whole text is an id of that kind.

    >>> is_id("t-8810", "t"), is_id("m-2198", "t"), is_id("t-08", "t")
    (True, False, False)
    """
    match = _ID.fullmatch(text)
    return match is not None and match[1] == kind


def check_id(text: str, kind: str) -> str:
    """Return the text if it is an id of that kind; raises Unreadable if not."""
    if not is_id(text, kind):
        raise Unreadable(f"{text[:60]!r} is not an id like {kind}-8810", end=len(text))
    return text


def number(identity: str) -> int:
    """Give the number in an id such as `a-31`: that of who came first is the smaller one."""
    return int(identity.rpartition("-")[2] or 0)


def seat_folder(seat: str) -> str:
    """Name the folder of a seat's charter and program."""
    return f"seats/{check_seat_id(seat)}"


def charter_path(seat: str) -> str:
    """Name the file of a seat's charter."""
    return f"{seat_folder(seat)}/SEAT.md"


def state_path(seat: str) -> str:
    """Name the file of a seat's present state."""
    return f"state/{check_seat_id(seat)}.md"


def log_path(seat: str) -> str:
    """Name the file with one line for each of a seat's turns."""
    return f"state/{check_seat_id(seat)}.log"


def history_path(seat: str, at: datetime) -> str:
    """Name the file of an earlier state, published `at` (aware, in the fleet's zone)."""
    if at.tzinfo is None:
        raise Unreadable(f"{at.isoformat()} has no offset, so no history file can be named by it")
    return f"state/history/{check_seat_id(seat)}/{at.strftime('%Y%m%dT%H%M%S.%f%z')}.md"


def inbox_path(seat: str, box: Box, month: str | None = None) -> str:
    """Name one box of a seat's inbox; `month` (2026-11) is for done, which is kept by month."""
    folder = f"inbox/{check_seat_id(seat)}/{box}"
    if month is None:
        return folder
    if _MONTH.fullmatch(month) is None:
        raise Unreadable(f"{month[:60]!r} is not a month like 2026-11", end=len(month))
    return f"{folder}/{month}"


def out_path(seat: str, turn: str) -> str:
    """Name the folder for the files a turn wants to send."""
    return f"out/{check_seat_id(seat)}/{check_id(turn, 't')}"


def turns_folder(seat: str) -> str:
    """Name the folder for what a seat's holder wrote to stdout and stderr."""
    return f"state/turns/{check_seat_id(seat)}"


def turn_log_path(seat: str, turn: str) -> str:
    """Name the file with what the holder wrote to stderr in a turn."""
    return f"{turns_folder(seat)}/{check_id(turn, 't')}.log"


def turn_raw_path(seat: str, turn: str) -> str:
    """Name the file with what the holder wrote to stdout in a turn."""
    return f"{turns_folder(seat)}/{check_id(turn, 't')}.out"


def message_name(sent: datetime, sender: str, subject_text: str, id: str) -> str:
    """Name a message's file, sortable by when it was sent.

    >>> message_name(datetime(2026, 11, 23, 10, 29), "pulse", "Acmé is at RISK!", "m-2198")
    '20261123T102900-pulse-acme-is-at-risk-m-2198.md'
    """
    stamp = sent.strftime("%Y%m%dT%H%M%S")
    return f"{stamp}-{check_seat_id(sender)}-{slug(subject_text)}-{check_id(id, 'm')}.md"


def slug(text: str) -> str:
    """Fold a text to at most 40 of a-z, 0-9 and '-'; "message" if nothing is left.

    >>> slug("Übergabe: Acme & Söhne"), slug("日本")
    ('ubergabe-acme-sohne', 'message')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-") or "message"


def ledger_path(day: date) -> str:
    """Name the ledger's file of a (UTC) day."""
    return f"ledger/{day:%Y-%m-%d}.jsonl"


def ledger_day(name: str) -> date | None:
    """Read the day from the name of a file in ledger/; None for any other name.

    >>> ledger_day("2026-11-23.jsonl"), ledger_day("torn")
    (datetime.date(2026, 11, 23), None)
    """
    if _DAY_FILE.fullmatch(name) is None:
        return None
    try:
        return date.fromisoformat(name.removesuffix(".jsonl"))
    except ValueError:
        return None


def path_parts(path: str) -> list[str]:
    """Split a path below the fleet folder into its names; raises Unreadable if it could leave it.

    >>> path_parts("state/dash.md")
    ['state', 'dash.md']
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Unreadable("is not a path inside the fleet folder; nothing was touched", end=len(path))
    if "\0" in path or any(len(part.encode(errors="surrogateescape")) > 255 for part in parts):
        raise Unreadable("cannot be a path: a NUL in it, or a name over 255 bytes", end=len(path))
    return parts
