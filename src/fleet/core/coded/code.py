"""Code: one kind of mistake, in sentences, with a piece of fleet.yaml that has it and one that has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from fleet.core.frozen import dataclass

OPEN, CLOSE = "»", "«"
"""What stands around the text under which the caret belongs."""

Level = Literal["error", "warning", "error or warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """What `fleet explain` says of a code beyond its meaning in one line.

    Both examples are pieces of fleet.yaml; what they leave out is meant to be sound. `before` marks what
    the caret shows. `beside` is what else must lie in the folder for `after`: texts by path.
    """

    code: str
    level: Level
    says: str
    before: str
    after: str
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def marked(self) -> tuple[int, int, int]:
        """Where the mark in `before` stands: line, column, end column, from 1 and without the mark."""
        line = self.before[: self.before.index(OPEN)].count("\n") + 1
        text = self.before.split("\n")[line - 1]
        return line, text.index(OPEN) + 1, text.index(CLOSE)

    @property
    def plain(self) -> str:
        """`before` without its mark."""
        return self.before.replace(OPEN, "").replace(CLOSE, "")
