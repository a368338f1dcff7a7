"""Found: the mistakes of one reading, gathered in one pass, each at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar, cast

from fleet.core.mistake import Mistake, Place
from fleet.core.node import Node, Scalar
from fleet.core.read.codes import mistake
from fleet.core.read.keys import close
from fleet.errors import Unreadable

T = TypeVar("T")

MOST = 1000  # mistakes told of one fleet; more are a broken file, not an edit


SUGGESTED = 100  # mistakes for which what was meant is searched: 5 ms each in a fleet of 1,000 seats


class Enough(Exception):
    """More mistakes were found than anybody reads; the last one says so."""


class Found:
    """Gathers mistakes, and remembers phrases that were read: a big fleet says the same ones often."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.mistakes: list[Mistake] = []
        self._texts = texts
        self._lines: dict[str, list[str]] = {}
        self._read: dict[tuple[object, str], object] = {}

    def say(
        self,
        code: str,
        place: Place,
        what: str,
        *,
        why: str = "",
        tries: Sequence[str] = (),
        second: tuple[Place, str] | None = None,
        level: Literal["error", "warning"] = "error",
    ) -> None:
        """Note one mistake; raises Enough after the last that is told."""
        if level == "warning" and len(self.mistakes) >= MOST:
            return
        if sum(1 for m in self.mistakes[-MOST:] if m.level == "error") >= MOST:
            what = f"more than {MOST} mistakes; fleet stopped reading here"
            self.mistakes.append(mistake("F103", place, what))
            raise Enough
        self.mistakes.append(mistake(code, place, what, why=why, tries=tries, second=second, level=level))

    def phrase(self, node: Scalar, read: Callable[[str], T], code: str, what: str) -> T | None:
        """Read a scalar by a grammar; what that refuses is noted with its words and its place."""
        key = (read, node.text)
        known = self._read.get(key)
        if known is not None:
            return cast(T, known)
        try:
            value = read(node.text)
        except Unreadable as exc:
            self.say(code, part(node, exc), f"cannot read {what}: {exc.why}", tries=exc.suggestions)
            return None
        self._read[key] = value
        return value

    def reads(self, text: str, read: Callable[[str], object]) -> bool:
        """Say whether a grammar takes a text, without noting anything."""
        if (read, text) not in self._read:
            try:
                self._read[read, text] = read(text)
            except Unreadable:
                return False
        return True

    def close(self, word: str, known: Iterable[str]) -> tuple[str, ...]:
        """Find the nearest of the known words; none once so many mistakes are told that nobody reads it."""
        return close(word, known) if len(self.mistakes) < SUGGESTED else ()

    def line_after(self, place: Place) -> str:
        """The rest of the line on which a place ends, as the file has it."""
        if place.file not in self._lines:
            text = self._texts.get(place.file, "")
            self._lines[place.file] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = self._lines[place.file]
        return lines[place.end_line - 1][place.end_column - 1 :] if place.end_line <= len(lines) else ""


def part(node: Scalar, exc: Unreadable) -> Place:
    """The place of what a grammar refused: inside the text where offsets are columns, else all of it."""
    place = node.place
    start, end = exc.start, len(node.text) if exc.end is None else exc.end
    quotes = 1 if node.quoted else 0
    as_written = place.end_column - place.column == len(node.text) + 2 * quotes
    if (
        node.block
        or place.line != place.end_line
        or not as_written
        or not 0 <= start <= end <= len(node.text)
    ):
        return place
    column = place.column + quotes
    return Place(place.file, place.line, column + start, place.line, column + max(end, start + 1))


def is_empty(node: Node) -> bool:
    """Say whether a key or an item has no value; `null` and `~` are YAML's words for none."""
    return isinstance(node, Scalar) and not node.quoted and not node.block and node.text in ("", "~", "null")
