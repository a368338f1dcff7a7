"""Flags: those that every verb takes, before it and after it, and the folder they lead to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from fleet.core.folder import CHART, LOCK
from fleet.core.frozen import dataclass
from fleet.errors import Typed

COLORS = ("auto", "always", "never")


def typed_color(words: Sequence[str]) -> str:
    """Find what was typed after --color, where a mistake is told of before the parser was asked."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    found = [w[8:] if w.startswith("--color=") else after for w, after in pairs if w.startswith("--color")]
    return found[-1] if found and found[-1] in COLORS else ""


@dataclass(frozen=True, slots=True)
class Flags:
    """What was asked for around the verb: where, as whom, in which form."""

    directory: str = ""
    person: str = ""
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = ""
    utc: bool = False
    ascii: bool = False

    @property
    def start(self) -> str:
        """The folder in which to begin, absolute and without links."""
        folder = os.path.realpath(self.directory or ".")
        if self.directory and not os.path.isdir(folder):
            raise Typed(f"-C {self.directory}: there is no such folder")
        return folder

    def find(self) -> str | None:
        """Find the nearest folder upwards with a fleet.yaml, or with a daemon's lock; None if there is none."""
        folder = self.start
        while not any(os.path.lexists(os.path.join(folder, name)) for name in (CHART, LOCK)):
            above = os.path.dirname(folder)
            if above == folder:
                return None
            folder = above
        return folder

    def now(self) -> datetime:
        """Tell the time: the machine's, but in a copy that a rehearsal kept that at which it ended."""
        from fleet.edge.clock import SystemClock, clock_of

        folder = self.find()
        return (clock_of(folder) if folder is not None else SystemClock()).now()

    def root(self) -> str:
        """Find the fleet's folder; raises Typed if there is none."""
        found = self.find()
        if found is None:
            raise Typed(
                f"{self.start}: there is no {CHART} here or in any folder above. Begin with: fleet init"
            )
        return found
