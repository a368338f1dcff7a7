"""Turn logs: what holders wrote to stderr, turn by turn."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from fleet.cli.answer import print_json
from fleet.cli.flags import Flags

if TYPE_CHECKING:
    from fleet.runtime.view import View

LOG_SHOWN = 256 * 1024
"""Bytes of one turn's log that are shown: its end."""
POLL_S = 0.2

Known = dict[tuple[str, str], int]
"""How much of each turn's log was shown."""


def show_logs(flags: Flags, view: View, names: frozenset[str], number: int, *, follow: bool) -> int:
    """Print the logs of the last turns; goes on with -f."""
    turns = _turns_with_logs(view, names)[-number:] if number else []
    if flags.json and not follow:
        found = [{"seat": s, "turn": t, "log": _text(view, s, t, 0)} for s, t in turns]
        revision = view.account.revision
        print_json("tail", {"logs": found}, flags=flags, revision=revision.id if revision else None)
        return 0
    known: Known = {key: _size(view, *key) for key in _turns_with_logs(view, names)} if follow else {}
    for seat, turn in turns:
        _print(seat, turn, _text(view, seat, turn, 0))
    while follow:
        _go_on(view, names, known)
        time.sleep(POLL_S)
    return 0


def _turns_with_logs(view: View, names: frozenset[str]) -> list[tuple[str, str]]:
    """List (seat, turn) of every turn's log there is, in the order of the turns."""
    seats = sorted(names or view.account.seats)
    found = []
    for seat in seats:
        for name in view.files.names(f"state/turns/{seat}"):
            if name.startswith("t-") and name.endswith(".log"):
                found.append((seat, name.removesuffix(".log")))
    return sorted(found, key=lambda one: int(one[1][2:]) if one[1][2:].isdigit() else 0)


def _size(view: View, seat: str, turn: str) -> int:
    stat = view.files.stat(f"state/turns/{seat}/{turn}.log")
    return stat.size if stat else 0


def _text(view: View, seat: str, turn: str, start: int) -> str:
    reading = view.files.reading(f"state/turns/{seat}/{turn}.log")
    try:
        begin = max(start, reading.size - LOG_SHOWN)
        return reading.read_at(begin, reading.size - begin).decode("utf-8", "replace")
    finally:
        reading.close()


def _print(seat: str, turn: str, text: str) -> None:
    print(f"==> {seat} {turn}")
    if sys.stdout.isatty():
        text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    if text:
        print(text, end="" if text.endswith("\n") else "\n")
    sys.stdout.flush()


def _go_on(view: View, names: frozenset[str], known: Known) -> None:
    for seat, turn in _turns_with_logs(view, names):
        size = _size(view, seat, turn)
        if size > known.get((seat, turn), 0):
            _print(seat, turn, _text(view, seat, turn, known.get((seat, turn), 0)))
            known[seat, turn] = size
