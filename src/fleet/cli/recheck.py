"""Recheck: `fleet check --watch`, which checks again whenever a file of the chart is saved."""

from __future__ import annotations

import io
import shutil
import sys
import time
from contextlib import redirect_stdout

from fleet.cli.check import report
from fleet.cli.flags import Flags
from fleet.cli.source import Seen, Source
from fleet.cli.terminal import moves
from fleet.cli.watch import Drawing
from fleet.core.frozen import dataclass
from fleet.errors import FleetError

LOOK_S = 0.2
"""How often the times of the files are looked at; what is saved counts when it has stood still for so long."""
GONE_S = 1.0
"""How long a file may be missing before that is told: editors rename, and some delete first."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One check: what was seen, or why nothing could be."""

    seen: Seen | None
    trouble: str = ""


def recheck(flags: Flags, source: Source, format: str) -> int:
    """Check, and again at every save, until Ctrl-C: in place on a terminal, else one report after another."""
    drawing = Drawing() if moves(sys.stdout) and format == "text" else None
    told = False
    try:
        while True:
            signs, found = _look(source)
            text = _said(flags, source, found, format)
            at = _time(flags)
            if drawing is not None:
                lines = [*text.splitlines(), f"checked {at}; again at every save, until Ctrl-C"]
                sys.stdout.write(drawing.frame(lines, shutil.get_terminal_size()))
            else:
                sys.stdout.write((f"\n--- {at} ---\n" if told and format == "text" else "") + text)
            sys.stdout.flush()
            told = True
            _wait(source, found, signs, drawing)
    except KeyboardInterrupt:
        if drawing is not None:
            print()
        raise


def _look(source: Source) -> tuple[object, _Found]:
    """Check what lies there now, and give what it looked like: a save in between is then seen as one."""
    seen: Seen | None = None
    trouble = ""
    before = source.signs(None)
    try:
        seen = source.look()
    except FleetError as exc:
        trouble = f"fleet: {exc}"
    after = source.signs(seen)
    return (after if source.signs(None) == before else None), _Found(seen, trouble)


def _said(flags: Flags, source: Source, found: _Found, format: str) -> str:
    if found.seen is None:
        return f"{found.trouble}\n"
    out = io.StringIO()
    with redirect_stdout(out):
        report(flags, source, found.seen, format=format)
    return out.getvalue()


def _time(flags: Flags) -> str:
    now = flags.now()
    return f"{now if flags.utc else now.astimezone():%H:%M:%S}"


def _wait(source: Source, found: _Found, signs: object, drawing: Drawing | None) -> None:
    """Return when something else lies there and stands still, or the terminal has another size."""
    size, missing_s = shutil.get_terminal_size(), 0.0
    last = signs
    while True:
        time.sleep(LOOK_S)
        now = source.signs(found.seen)
        missing_s = missing_s + LOOK_S if source.is_missing() and found.seen is not None else 0.0
        if drawing is not None and shutil.get_terminal_size() != size:
            return
        if now != signs and now == last and (not missing_s or missing_s > GONE_S):
            return
        last = now
