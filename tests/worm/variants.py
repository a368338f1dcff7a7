"""A hundred worms: how each comes in, over which seats it goes, by what, and what it wants at the end."""

from __future__ import annotations

import random
from dataclasses import dataclass

from worm.gullible import CARRIERS, ENCODED, GOALS

SEATS = ("pepper", "nick", "dirk", "pulse", "crystal", "tally", "radar", "arin", "dash", "quill")
VICTIM = "quill"
"""Whom others try to change; it is on no path."""
ENTRIES = ("a dropped letter", "an mbox", "a row", "a web form", "a twin of a marked path")
BY_STATE = (
    *("headline", "body", "item because", "item kind", "item with", "item about", "claim because"),
    *("claim about", "evidence", "emitted claim", "action about"),
)
BY_LADDER = ("escalation", "option", "emitted escalation")
TO_ITSELF = (
    *("own state", "own claim", "refused kind", "refused message", "own action"),
    *("checkpoint", "memory", "memory of a failure"),
)
HELD_ANYWAY = ("approve itself",)
"""What comes to nothing even where nobody stamps: the chart asks a person."""
HUNDRED = 100


@dataclass(frozen=True)
class Worm:
    """One variant: `path` has each step's seat, how it carries on or what it wants, and in which writing."""

    number: str
    entry: str
    path: tuple[tuple[str, str, str], ...]

    @property
    def goal(self) -> str:
        """What it wants in the end."""
        return self.path[-1][1]

    def __str__(self) -> str:
        return f"{self.number}: {self.entry}, " + ", ".join(f"{seat} {how}" for seat, how, _ in self.path)


def worms(seed: int = 4411) -> list[Worm]:
    """Make a hundred, each way of carrying, of writing and of entering in several."""
    chance = random.Random(seed)
    carriers, found = sorted(CARRIERS), []
    for number in range(HUNDRED):
        first = carriers[number % len(carriers)]  # each of them, before chance adds more
        hows = [first, *chance.sample(carriers, chance.randint(0, 2))]
        entry = "a dropped letter" if first in TO_ITSELF else ENTRIES[number % len(ENTRIES)]
        hows = [how for i, how in enumerate(hows) if i == 0 or _may_follow(how, hows[i - 1])]
        goal = sorted(GOALS)[number % len(GOALS)]
        names = iter(chance.sample([name for name in SEATS if name != VICTIM], len(hows) + 1))
        path, seat = [], next(names)
        for how in (*hows, goal):
            path.append((seat, how, chance.choice(sorted(ENCODED))))
            seat = seat if how in TO_ITSELF else next(names, "")
        found.append(Worm(f"{number:03}", entry, tuple(path)))
    return found


def _may_follow(how: str, before: str) -> bool:
    """Say whether one way of carrying can come after another and be seen alone: a reader goes on reading."""
    if how == "reply":
        return False  # it needs a letter that waits
    return how not in TO_ITSELF or before.startswith(("message", "request", "emitted message"))
