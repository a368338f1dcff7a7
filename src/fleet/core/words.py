"""The words of a phrase with their places: what the readers of a closed grammar walk over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from fleet.errors import Unreadable

T = TypeVar("T")


class Words:
    """A phrase read word by word from the left; a comma is a word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = list(re.finditer("[^ ,]+|,", text))
        self._at = 0

    @property
    def start(self) -> int:
        """Where the next word begins."""
        return self._words[self._at].start() if self._at < len(self._words) else len(self.text)

    @property
    def end(self) -> int:
        """Where the last word taken ends."""
        return self._words[self._at - 1].end() if self._at else 0

    def next(self, ahead: int = 0) -> str:
        """The next word; an empty text past the last."""
        at = self._at + ahead
        return self._words[at].group() if at < len(self._words) else ""

    def take(self, expected: str | None = None) -> None:
        """Step over the next word. Raises Unreadable if it is not the expected one."""
        if expected is not None and self.next() != expected:
            raise self.unreadable(f"here should be `{expected}`")
        self._at += 1

    def read(self, item: Callable[[Words], T]) -> T:
        """Read the next word as an item and step over it."""
        value = item(self)
        self.take()
        return value

    def series(self, item: Callable[[Words], T]) -> list[T]:
        """Read items joined by commas and `and`. Raises Unreadable where one stands twice."""
        values = [self.read(item)]
        while self.next() in (",", "and"):
            comma = self.next() == ","
            self.take()
            if comma and self.next() == "and":
                self.take()
            value = item(self)
            if value in values:
                raise self.unreadable(f"{self.next()} stands here twice")
            values.append(value)
            self.take()
        return values

    def finish(self) -> None:
        """Raise Unreadable if a word is left."""
        if self.next():
            raise self.unreadable("nothing may follow here", end=len(self.text))

    def unreadable(self, why: str, *suggestions: str, end: int | None = None) -> Unreadable:
        """Point at the next word; past the last, at the whole phrase."""
        here = self.start if self.next() else 0
        end = end or (self.start + len(self.next()) if self.next() else len(self.text))
        return Unreadable(why, start=here, end=end, suggestions=suggestions)
