"""A page of documentation, whatever it is written in: the links it has, and the places in it that can be linked to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    """One link: a `path` to a file, a page by name (`doc`), a label (`ref`) or a file beside it (`include`)."""

    line: int
    target: str
    kind: str = "path"


@dataclass
class Page:
    """What one file holds. `twice` names what is defined a second time, with the line."""

    links: list[Link] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    labels: dict[str, int] = field(default_factory=dict)
    twice: list[tuple[int, str]] = field(default_factory=list)

    def label(self, name: str, line: int) -> None:
        """Note a label that other pages can name."""
        folded = fold(name)
        if folded in self.labels:
            self.twice.append((line, name))
        self.labels.setdefault(folded, line)


def fold(name: str) -> str:
    """Return a label as docutils compares it."""
    return " ".join(name.lower().split())


def docutils_id(title: str) -> str:
    """Return the anchor that docutils makes of a title."""
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", title.lower()))


def line_at(text: str, at: int) -> int:
    """Return the line of a place in a text."""
    return text.count("\n", 0, at) + 1


def blank(found: re.Match[str]) -> str:
    """Return blanks in place of what was found, line ends kept, so that places stay what they are."""
    return re.sub(r"[^\n]", " ", found[0])
