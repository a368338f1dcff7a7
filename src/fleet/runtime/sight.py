"""Sight: what lies on disk at the moment an action is judged, gathered into a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from fleet.core.action import Action
from fleet.core.bounds import KIND, Bar
from fleet.core.case import Case, Owned, Sight, belonging
from fleet.core.law import Law
from fleet.core.outside import subjects_of
from fleet.core.speech import as_action, ruled_out

if TYPE_CHECKING:
    from fleet.core.account import Account
    from fleet.core.brief import Brief
    from fleet.core.chart import Chart
    from fleet.core.message import Message
    from fleet.runtime.desk import Desk
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.tables import Tables


class Seen(Protocol):
    """What is looked at: an open fleet, or a view of one."""

    @property
    def chart(self) -> Chart: ...  # noqa: D102 - as those of a fleet
    @property
    def account(self) -> Account: ...  # noqa: D102
    @property
    def desk(self) -> Desk: ...  # noqa: D102
    @property
    def tables(self) -> Tables: ...  # noqa: D102


def see(fleet: Seen, law: Law, action: Action, now: datetime) -> Case:
    """Look at everything that the verdict on an action needs, and at nothing else."""
    owned = owners(fleet, action.about)
    files = fleet.desk.frozen(action.files)
    faults: dict[str, str] = {}
    case = Case(law, fleet.account, action, Sight(faults, owned, files), now)
    for name in case.needed:  # only the case knows what else is to be looked at
        if (why := fleet.desk.tampered(name)) is not None:
            faults[name] = why
    rules = law.rules(action.seat, action.kind)
    names = dict.fromkeys(name for rule in rules for name in rule.states if name not in faults)
    states = {name: told for name in names if (told := fleet.desk.told(name)) is not None}
    case.sight.states.update(states)
    if fleet.chart.subjects:
        above = case.above
        letters = (letter.about for letter in case.unread() if letter.sender in above)
        others = [subject for about in letters for subject in about] if above else []
        owned |= owners(fleet, (*others, *fleet.account.challenges))
    return case


def speaking(fleet: Fleet, turn: str, now: datetime) -> Callable[[Message], Bar | None]:
    """Give what says by which rule a message of a turn is not sent: rules look at what lies on disk now."""

    def ruled(message: Message) -> Bar | None:
        law = fleet.law
        if not law.rules(message.sender, KIND):
            return None
        return ruled_out(see(fleet, law, as_action(message, turn, now), now))

    return ruled


def owners(fleet: Seen, subjects: Iterable[str]) -> dict[str, Owned]:
    """Look up to what subjects belong, and to what those belong in turn."""
    if not fleet.chart.subjects:
        return {}
    return {one.subject: one for subject in subjects for one in fleet.tables.chain(subject)}


def knowing(fleet: Fleet, brief: Brief) -> Callable[[str], bool]:
    """Give what says of a subject whether a table or this brief names it, other than by a stranger's word."""
    told = subjects_of(brief)
    return lambda subject: subject in told or fleet.tables.lists(subject)


def all_of(fleet: Fleet, subjects: Iterable[str]) -> set[str]:
    """Give subjects and all to which they belong."""
    about = tuple(subjects)
    return set(belonging(about, owners(fleet, about)))
