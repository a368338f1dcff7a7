"""A place in a text, a mistake that points at one, and what would mend it."""

from __future__ import annotations

from typing import Literal

from fleet.core.folder import CHART
from fleet.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file as the user knows it, lines and columns from 1, end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def short(self) -> str:
        """`fleet.yaml:91`, as verdicts name it."""
        return f"{self.file}:{self.line}"


START = Place(CHART, 1, 1, 1, 1)
"""Where a chart begins: the place of what stands nowhere in it."""


@dataclass(frozen=True, slots=True)
class Mend:
    """What is written at a place, instead of what stands there, where only one thing can be meant.

    Column 0 of line 1 is the mark of byte order before it.
    """

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a chart.

    `code` is stable (F1xx the file as YAML, F2xx seats among each other, F3xx phrases, F4xx keys and
    values); `second` is the other place where there is one; `tries` are texts that would be taken;
    `mend` is there only where its author is sure.
    """

    code: str
    place: Place
    what: str
    why: str = ""
    tries: tuple[str, ...] = ()
    second: Place | None = None
    second_what: str = ""
    level: Literal["error", "warning"] = "error"
    mend: Mend | None = None

    def line(self) -> str:
        """One line: place, level, code, what, and what to try."""
        tail = f"  try: {'   |   '.join(self.tries)}" if self.tries else ""
        also = f"  ({self.second_what}: {self.second})" if self.second else ""
        return f"{self.place}: {self.level}[{self.code}]: {self.what}{also}{tail}"
