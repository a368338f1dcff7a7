"""Every error fleet raises on purpose, sorted by who can mend it.

    FleetError                exit  who mends it
    ├── Typed                 2     whoever typed the command
    ├── NotRunning            3     the operator: there is no daemon for this folder
    ├── Undecided             4     a person must decide first
    ├── GroundMoved           6     nobody: another daemon, a stale plan; look and try again
    ├── ChartError            1     whoever edits fleet.yaml; carries every mistake with its place
    ├── Unreadable            1     whoever wrote that text or file
    ├── Refused               1     the seat or person that asked: a rule of the fleet says no
    └── Broken                1     the operator: disk, permissions, a ledger that does not hold

A message says where, what (with the value and the limit), what fleet did, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fleet.core.mistake import Mistake


class FleetError(Exception):
    """The root: an expected failure, shown as its message and never as a traceback."""

    exit_code = 1


class Typed(FleetError):
    """What was typed cannot be used."""

    exit_code = 2


class NotRunning(FleetError):
    """No daemon serves this folder."""

    exit_code = 3


class Undecided(FleetError):
    """A person must decide first."""

    exit_code = 4


class GroundMoved(FleetError):
    """The ground moved: a second daemon, a stale plan, a superseded approval."""

    exit_code = 6


class ChartError(FleetError):
    """fleet.yaml cannot be used; `mistakes` holds every one of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(m.line() for m in mistakes))
        self.mistakes = tuple(mistakes)


class Unreadable(FleetError):
    """A text or file that our grammar does not take.

    `start` and `end` bound the offending part as offsets into the text that was read
    (end exclusive); `suggestions` are texts that would be taken in its stead; `also` is what
    else is wrong with the same text.
    """

    def __init__(
        self,
        why: str,
        *,
        start: int = 0,
        end: int | None = None,
        suggestions: Sequence[str] = (),
        also: Sequence[Unreadable] = (),
    ) -> None:
        super().__init__(why)
        self.why = why
        self.start = start
        self.end = end
        self.suggestions = tuple(suggestions)
        self.also = tuple(also)

    @classmethod
    def of(cls, wrong: Sequence[Unreadable]) -> Unreadable:
        """Put all that is wrong with one text into its first, in the order in which it stands there."""
        told = {(one.start, one.why): one for one in reversed(wrong)}
        first, *also = (told[key] for key in sorted(told))
        return cls(first.why, start=first.start, end=first.end, suggestions=first.suggestions, also=also)


class Refused(FleetError):
    """A rule of the fleet says no."""


class Broken(FleetError):
    """The machine or the folder is in the way: disk, permissions, a ledger that does not hold."""
