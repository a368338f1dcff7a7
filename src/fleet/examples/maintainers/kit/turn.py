"""A turn of any seat of this fleet: its brief, its only clock, subjects, and the one way to end."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha1
from pathlib import Path
from typing import Any

Brief = dict[str, Any]
Item = dict[str, Any]
MOST_ITEMS = 100  # items of one state; what is over is counted in its body
MOST_NAME = 100  # characters of a subject's name; fleet takes 120


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def take(seat: str, turn: Callable[[Brief], dict[str, Any]]) -> int:
    """Run one turn: print its result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief())))
    except Trouble as trouble:
        print(f"{seat}: {trouble}", file=sys.stderr)
        return 1
    return 0


def read_brief() -> Brief:
    """Return the brief of this turn."""
    try:
        brief = json.loads(Path(os.environ["FLEET_BRIEF"]).read_text(encoding="utf-8"))
    except KeyError:
        raise Trouble("FLEET_BRIEF is not set; this program is started by fleet") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"cannot read the brief: {error}") from error
    if not isinstance(brief, dict):
        raise Trouble("the brief is not a JSON object")
    return brief


def now_of(brief: Brief) -> datetime:
    """Return when this turn began; there is no other clock."""
    try:
        now = datetime.fromisoformat(str(brief["now"]))
    except (KeyError, ValueError) as error:
        raise Trouble(f"cannot tell the time from the brief: {error!r}") from error
    if now.tzinfo is None:
        raise Trouble("the brief's `now` has no zone")
    return now


def root_of() -> Path:
    """Return the fleet's folder."""
    return Path(os.environ.get("FLEET_ROOT") or Path(__file__).resolve().parents[1])


def subject(kind: str, name: str) -> str:
    """Return `kind:name` for any name; one that must be changed gets a mark, so that no two names are one.

    The mark is the start of git's own hash of the name (`printf %s NAME | git hash-object --stdin`).
    """
    plain = re.sub(r"[^a-z0-9._@+-]+", "-", name.lower()).strip("-._@+")[:MOST_NAME]
    if plain == name:
        return f"{kind}:{plain}"
    told = name.encode("utf-8", "surrogateescape")
    mark = sha1(b"blob %d\0" % len(told) + told, usedforsecurity=False).hexdigest()[:6]
    return f"{kind}:{plain}.{mark}" if plain else f"{kind}:x.{mark}"


def clean(text: str, most: int = 200) -> str:
    """Return what strangers wrote as one line of printable text, cut where it is too long."""
    kept = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def named(names: Iterable[str], most: int = 3) -> str:
    """Return the first names of a list and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def count(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def first_items(items: list[Item]) -> tuple[list[Item], list[str]]:
    """Return as many items as a state should have, and a line on what was left out."""
    over = len(items) - MOST_ITEMS
    return items[:MOST_ITEMS], [f"{count(over, 'more item')} not listed here."] if over > 0 else []


def remembered(path: Path) -> dict[str, Any]:
    """Return what a file of work/ holds; nothing if it is missing or broken."""
    try:
        memory = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def remember(path: Path, memory: dict[str, Any]) -> None:
    """Write a file of work/ whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(memory, sort_keys=True), encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        print(f"cannot remember: {error}", file=sys.stderr)
