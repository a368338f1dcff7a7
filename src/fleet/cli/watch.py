"""Watch: the list of seats, drawn again in place whenever it changes; printed again where there is no terminal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet.cli.ask import look
from fleet.cli.flags import Flags
from fleet.cli.overview import NOBODY, answer, screen
from fleet.cli.table import hung
from fleet.cli.terminal import moves
from fleet.core.folder import CHART, LOCK

if TYPE_CHECKING:
    from fleet.cli.ask import Look

LOOK_S = 0.2
"""How often the sizes of a few files, and of the terminal, are looked at."""
ASK_S = 2.0
"""After how long the daemon is asked though none of them changed: what is shown has ages in it."""
CLEAR = "\x1b[2J\x1b[H"
SHOWN = ("revision", "paused", "spent_usd", "unmetered", "seats", "pauses", "waits", "troubles", "problems")
"""What has to change for the list to be printed again; its times alone do not."""


def watch(flags: Flags, seats: Sequence[str]) -> int:
    """Show the list, and again as it changes, until Ctrl-C; a daemon may stop and come back meanwhile."""
    root, alone = flags.root(), replace(flags, quiet=True)
    drawing = Drawing() if moves(sys.stdout) and not flags.json else None
    before: object = None
    try:
        while True:
            seen, signs = look(alone), _signs(root)
            if drawing is not None:
                sys.stdout.write(drawing.frame(_lines(alone, seen, seats), shutil.get_terminal_size()))
            elif _key(seen) != before:
                _print(alone, seen, seats, again=before is not None)
                before = _key(seen)
            sys.stdout.flush()
            _wait(root, signs)
    except KeyboardInterrupt:
        if drawing is not None:
            print()
        raise


def _lines(flags: Flags, seen: Look, seats: Sequence[str]) -> list[str]:
    return [*screen(flags, seen, seats), *([] if seen.running else [NOBODY])]


def _print(flags: Flags, seen: Look, seats: Sequence[str], *, again: bool) -> None:
    if flags.json:
        answer(flags, seen, seats)
        return
    if again:
        print()
    print("\n".join(_lines(flags, seen, seats)))


def _key(seen: Look) -> tuple[bool, Mapping[str, Any]]:
    return seen.running, {key: seen.data.get(key) for key in SHOWN}


def _wait(root: str, signs: object) -> None:
    deadline = time.monotonic() + ASK_S
    while time.monotonic() < deadline and _signs(root) == signs:
        time.sleep(LOOK_S)


def _signs(root: str) -> tuple[object, ...]:
    """Give what changes when something happened: the end of the ledger, fleet.yaml, who serves; and the terminal."""
    ledger = os.path.join(root, "ledger")
    days = [name for name in os.listdir(ledger) if name.endswith(".jsonl")] if os.path.isdir(ledger) else []
    paths = [os.path.join(ledger, max(days))] if days else []
    paths += [os.path.join(root, name) for name in (CHART, LOCK, ".fleet/sock")]
    return (*(_stat(path) for path in paths), shutil.get_terminal_size())


def _stat(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class Drawing:
    """What stands on a terminal, and how it is drawn over; the cursor rests under it, and nothing else is changed."""

    def __init__(self) -> None:
        self._rows = 0
        self._size: os.terminal_size | None = None

    def frame(self, lines: Sequence[str], size: os.terminal_size) -> str:
        """Give what is to be written for these lines to stand where the last ones did."""
        rows = [row for line in lines for row in hung(line, size.columns)]
        if len(rows) >= size.lines:
            kept = max(size.lines - 2, 1)
            rows = [*rows[:kept], f"{len(rows) - kept} more lines than the terminal has"]
        back = f"\x1b[{self._rows}A\r" if self._rows else ""
        if self._size not in (
            None,
            size,
        ):  # the terminal has moved the lines itself: where they are is unknown
            back = CLEAR
        self._rows, self._size = len(rows), size
        return back + "".join(f"\x1b[K{row}\n" for row in rows) + "\x1b[J"
