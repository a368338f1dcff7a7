"""Found: the mistakes of one reading, gathered in one pass, each at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar, cast

from fleet.core.mistake import Mend, Mistake, Place
from fleet.core.names import is_seat_id
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
        self.seats: tuple[str, ...] = ()  # names that the chart has, to find the nearest of them
        self.kinds: tuple[str, ...] = ()
        self.persons: tuple[tuple[str, str], ...] = ()  # seats that persons hold, each with the person's name
        self._errors = 0
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
        mend: Mend | None = None,
    ) -> None:
        """Note one mistake; raises Enough after the last that is told."""
        if level == "warning" and len(self.mistakes) >= MOST:
            return
        if self._errors >= MOST:
            what = f"more than {MOST} mistakes; fleet stopped reading here"
            self.mistakes.append(mistake("F103", place, what))
            raise Enough
        self._errors += level == "error"
        made = mistake(code, place, what, why=why, tries=tries, second=second, level=level, mend=mend)
        self.mistakes.append(made)

    def phrase(
        self, node: Scalar, read: Callable[[str], T], code: str, what: str, *, known: Iterable[str] = ()
    ) -> T | None:
        """Read a scalar by a grammar; what that refuses is noted with its words and its place.

        Where the grammar has nothing to suggest, the nearest of the `known` words is.
        """
        key = (read, node.text)
        before = self._read.get(key)
        if before is not None:
            return cast(T, before)
        try:
            value = read(node.text)
        except Unreadable as exc:
            for one in (exc, *exc.also):
                told, mend = f"cannot read {what}: {one.why}", self._mend(node, read, code, one.suggestions)
                tries = one.suggestions or self.close(node.text, known)
                self.say(code, self.within(node, one), told, tries=tries, mend=mend)
            return None
        self._read[key] = value
        return value

    def within(self, node: Scalar, exc: Unreadable) -> Place:
        """The place of what a grammar refused: inside the text where that can be told, else all of it."""
        plain = part(node, exc)
        if plain != node.place or (exc.start == 0 and exc.end is None):
            return plain
        from fleet.core.read.inside import inside  # only a mistake needs it

        end = len(node.text) if exc.end is None else exc.end
        return inside(node, exc.start, end, lambda n: self._line(node.place.file, n)) or plain

    def _mend(
        self, node: Scalar, read: Callable[[str], object], code: str, tries: Sequence[str]
    ) -> Mend | None:
        from fleet.core.read.certain import certain_phrase  # only a mistake needs it

        said = certain_phrase(code, node.text, tries) if self.suggests else ""
        if not said or not self.reads(said, read):
            return None
        if said.startswith("cron: "):
            return None if node.block else Mend(node.place, f'{{cron: "{said[6:]}"}}')
        return rewritten(node, said)

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
        return close(word, known) if self.suggests else ()

    def holder(self, name: str) -> tuple[str, str] | None:
        """Find the seat whose person is called so, where no seat can be, and the person's name."""
        from fleet.core.read import near  # only a mistake needs it

        return near.holder(name, self.persons) if self.suggests and not is_seat_id(name) else None

    @property
    def suggests(self) -> bool:
        """Whether what was meant is still searched."""
        return len(self.mistakes) < SUGGESTED

    def line_after(self, place: Place) -> str:
        """The rest of the line on which a place ends, as the file has it."""
        return self._line(place.file, place.end_line)[place.end_column - 1 :]

    def quoted(self, pieces: Sequence[Node]) -> Mend | None:
        """Put quotes around pieces of one line that a comma has cut; None where there is more to it."""
        first, last = pieces[0].place, pieces[-1].place
        plain = all(isinstance(piece, Scalar) and not piece.quoted and piece.text for piece in pieces)
        if not plain or first.line != last.end_line:
            return None
        place = Place(first.file, first.line, first.column, last.end_line, last.end_column)
        text = self._line(place.file, place.line)[place.column - 1 : place.end_column - 1]
        return Mend(place, f'"{text}"') if text and not set(text) & set('"\\\t') else None

    def _line(self, file: str, line: int) -> str:
        if file not in self._lines:
            text = self._texts.get(file, "").removeprefix("\ufeff")
            self._lines[file] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = self._lines[file]
        return lines[line - 1] if line <= len(lines) else ""


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


def rewritten(node: Scalar, text: str) -> Mend | None:
    """Put another text in the place of a scalar's, inside its quotes; None where that is not sure."""
    place, inside = node.place, part(node, Unreadable("", end=len(node.text)))
    if node.block or place.line != place.end_line or (node.quoted and inside == place) or not node.text:
        return None
    return Mend(inside, text)


def is_empty(node: Node) -> bool:
    """Say whether a key or an item has no value; `null` and `~` are YAML's words for none."""
    return isinstance(node, Scalar) and not node.quoted and not node.block and node.text in ("", "~", "null")
