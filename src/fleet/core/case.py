"""Case: everything that one verdict is made from, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import ActionKind, Chart, Seat
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.law import Law, Ranking
from fleet.core.past import Letter

if TYPE_CHECKING:
    from fleet.core.testimony import StateTold


@dataclass(frozen=True, slots=True)
class Owned:
    """To what a subject belongs, by which version of which table.

    `why` is set when that is not known, or not all of it; then nobody may take `owner` for the whole.
    A kind that belongs to none has neither, nor a path; `sha256` is that of the file, "" if it was not read.
    """

    subject: str
    owner: tuple[str, ...] = ()
    why: str = ""
    path: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the shell saw on disk for one case, a moment ago.

    `faults` says of a seat's state file why it is not the one that was published; a seat that is not
    in it has the right one. `owned` has every subject that was looked up. `files` are the hashes of
    the action's files as they lie there now. `states` are those that rules for it look at, where they can be read.
    """

    faults: Mapping[str, str] = field(default_factory=dict)
    owned: Mapping[str, Owned] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    states: dict[str, StateTold] = field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Case:
    """One action, the chart and account it is judged by, what was seen, and the instant (aware UTC)."""

    law: Law
    account: Account
    action: Action
    sight: Sight
    now: datetime

    @property
    def chart(self) -> Chart:
        """The chart in force."""
        return self.law.chart

    @cached_property
    def seat(self) -> Seat | None:
        """The seat that acts; None once it has left the chart."""
        return self.chart.seats.get(self.action.seat)

    @cached_property
    def kind(self) -> ActionKind | None:
        """What the chart says of this kind of action."""
        return self.chart.actions.get(self.action.kind)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """All it is about, and all to which that belongs."""
        return belonging(self.action.about, self.sight.owned)

    @cached_property
    def rankings(self) -> tuple[tuple[str, Ranking], ...]:
        """Each conflict in which another seat stands above this one, with the subject it is over."""
        found = []
        for subject in self.subjects:
            kind = subject.partition(":")[0]
            found += [(subject, ranking) for ranking in self.law.rankings(self.action.seat, kind)]
        return tuple(found)

    @cached_property
    def above(self) -> tuple[str, ...]:
        """The seats that stand above this one in any of them."""
        return tuple(dict.fromkeys(name for _, ranking in self.rankings for name in ranking.above))

    @cached_property
    def deciding(self) -> tuple[tuple[str, Ranking], ...]:
        """Those of the conflicts in which it matters whether the subject is free."""
        return tuple(
            (subject, ranking) for subject, ranking in self.rankings if ranking.conflict.then != "allow"
        )

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The seats whose states the conflicts and rules for it look at."""
        above = [name for _, ranking in self.deciding for name in ranking.above]
        rules = self.law.rules(self.action.seat, self.action.kind)
        return tuple(dict.fromkeys([*above, *(name for rule in rules for name in rule.states)]))

    def on(self, about: tuple[str, ...], kinds: frozenset[str]) -> str:
        """Name a subject of these kinds, of the action, that something else is about too, or may be.

        What something is about may belong to one of the action's; where that is not known, it does.
        """
        found = belonging(about, self.sight.owned)
        same = next((s for s in found if s in self.subjects and s.partition(":")[0] in kinds), "")
        if same:
            return same
        unknown = (self.sight.owned[s] for s in found if s in self.sight.owned and self.sight.owned[s].why)
        return next((o.subject for o in unknown if kinds & self.law.above_kind(o.subject)), "")

    def unread(self) -> Iterator[Letter]:
        """List the mail of its seat that no finished turn has read, oldest first."""
        account = self.account
        for identity in account.inboxes.get(self.action.seat, ()):
            yield account.mail[identity]

    def day(self, at: datetime) -> str:
        """Name the local day of an instant."""
        return f"{at.astimezone(self.chart.calendar.tz):%Y-%m-%d}"

    def period(self, per: str) -> datetime:
        """Give the local start of the day, week or month that now is in."""
        local = self.now.astimezone(self.chart.calendar.tz)
        start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if per == "week":
            start -= timedelta(days=start.weekday())
        elif per == "month":
            start = start.replace(day=1)
        return start.astimezone(UTC)

    def next_period(self, per: str) -> datetime:
        """Give the local start of the day, week or month that follows."""
        longest = {"day": timedelta(hours=36), "week": timedelta(days=8), "month": timedelta(days=32)}[per]
        return replace(self, now=self.period(per) + longest).period(per)

    def saw(self, seat: str) -> dict[str, Json]:
        """Say which state of a seat was looked at."""
        past = self.account.seats.get(seat)
        state = past.state if past is not None else None
        if past is None or state is None:
            return {"state": seat, "missing": True}
        tampered = past.tampered or seat in self.sight.faults
        found: dict[str, Json] = {
            "state": seat,
            "path": f"state/{seat}.md",
            "turn": state.turn,
            "sha256": state.sha256,
            "written": state.written.isoformat(),
            "fresh": state.fresh(self.now) and not tampered,
        }
        if state.headline:
            found["headline"] = state.headline[:200]
        return found


def belonging(about: tuple[str, ...], owned: Mapping[str, Owned]) -> tuple[str, ...]:
    """Give subjects and all to which they belong, each once."""
    found = dict.fromkeys(about)
    todo = list(about)
    while todo:
        entry = owned.get(todo.pop())
        for owner in entry.owner if entry is not None else ():
            if owner not in found:
                found[owner] = None
                todo.append(owner)
    return tuple(found)
