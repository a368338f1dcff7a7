"""Difference: what would have come out otherwise when recorded verdicts are given again, and all of it counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from fleet.core.docket import Docket
from fleet.core.frozen import dataclass
from fleet.core.names import number
from fleet.core.verdict import Verdict

if TYPE_CHECKING:
    from fleet.core.replay import Again

Sort = Literal["ruling", "person", "rule", ""]
"""What differs: another ruling; the same question put to somebody else; the same, by another rule; nothing."""
_DONE: Mapping[str, str] = {"allow": "allowed", "ask": "asked", "hold": "held", "refuse": "refused"}


def sort_of(then: Mapping[str, Any], now: Verdict) -> Sort:
    """Say in what a verdict differs from the recorded one, most weighty first; what is only worded so does not."""
    if then["verdict"] != now.ruling:
        return "ruling"
    if now.ruling == "ask" and then.get("person", "") != now.person:
        return "person"
    same = (then["rule"], then["step"]) == (now.rule, int(now.step))
    return "" if same and tuple(then.get("asks", ())) == now.asks else "rule"


def said(then: Mapping[str, Any], now: Verdict) -> str:
    """Say a change in a few words: `held instead of allowed`."""
    if sort_of(then, now) == "person":
        return f"{now.person} asked instead of {then.get('person') or 'nobody'}"
    return f"{_DONE[now.ruling]} instead of {_DONE.get(then['verdict'], then['verdict'])}"


def came(ruling: str, person: str = "") -> str:
    """Say how a verdict left an action: `allowed`, `asks founder`."""
    return f"asks {person}" if ruling == "ask" and person else _DONE.get(ruling, ruling)


@dataclass(slots=True)
class Tally:
    """What came of many verdicts that were given again; it does not grow with their number.

    `first` is the number of the first record that counts.
    """

    first: int = 0
    judged: int = 0
    actions: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    """Those with another ruling, or another person to ask, by what would have come out instead of what."""
    by_rule: int = 0
    """Those that came out the same by another rule or step."""
    exact: int = 0
    """Those that are the recorded one to the last word."""
    unknown: int = 0
    """Those of the changed that hold because the ledger does not tell to what a subject belonged."""
    unjudged: Counter[str] = field(default_factory=Counter)
    """Those that cannot be judged again, by why."""
    asked: dict[str, list[int]] = field(default_factory=dict)
    """Of each person the approvals that were asked of him then, and that would be now."""
    begins: int = 0
    """The number of the last action that was offered before the first record here."""
    _open: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    """Of actions that may be judged once more: whom they asked then, and now."""

    def add(self, again: Again) -> Sort:
        """Take one in; says in what it differs."""
        now, data = again.now, again.record.data
        if now is None:
            self.unjudged[again.why] += 1
            return ""
        self.judged += 1
        self.actions += again.action is not None and again.action.judged_n < max(self.first, 1)
        self.exact += again.exact
        if data["verdict"] == "ask" or now.ruling == "ask":
            then_of, now_of = self._open.setdefault(data["id"], (set(), set()))
            then_of.update({data.get("person", "")} if data["verdict"] == "ask" else ())
            now_of.update({now.person} if now.ruling == "ask" else ())
        sort = sort_of(data, now)
        if sort in ("ruling", "person"):
            self.changed[said(data, now)] += 1
            self.unknown += bool(again.unknown)
        self.by_rule += sort == "rule"
        return sort

    def settle(self, docket: Docket | None = None) -> None:
        """Count the approvals of the actions that are over and began here; without a docket those of all."""
        over = [
            name
            for name in self._open
            if docket is None or (name not in docket.actions and number(name) > self.begins)
        ]
        for name in over:
            for place, people in enumerate(self._open.pop(name)):
                for person in people:
                    self.asked.setdefault(person, [0, 0])[place] += 1

    def join(self, later: Tally) -> None:
        """Take in what came of the verdicts that follow these."""
        for name in ("judged", "actions", "by_rule", "exact", "unknown"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.changed += later.changed
        self.unjudged += later.unjudged
        for person, (then, now) in later.asked.items():
            mine = self.asked.setdefault(person, [0, 0])
            mine[0], mine[1] = mine[0] + then, mine[1] + now
        for name, (then_of, now_of) in later._open.items():
            mine_then, mine_now = self._open.setdefault(name, (set(), set()))
            mine_then.update(then_of)
            mine_now.update(now_of)

    @property
    def changes(self) -> int:
        """How many would have come out otherwise."""
        return self.changed.total()
