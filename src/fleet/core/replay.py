"""Replay: recorded actions judged again, by the account of then and what the ledger keeps of that moment.

The account before record n is the fold of all records before it, and the verdict that n holds was made from it at
the record's own time. So a chart of now can be asked what it would have said then. What came of a verdict is not
played on: each one is judged on the history as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account, from_checkpoint
from fleet.core.action import Action
from fleet.core.canonical import canonical, plain, sha256_hex
from fleet.core.case import Case, Owned, Sight
from fleet.core.difference import sort_of
from fleet.core.folds import FOLDS
from fleet.core.frozen import dataclass, replaced
from fleet.core.gate import judged, unmoved
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.past import Published, Revision
from fleet.core.record import ERASED as ERASING
from fleet.core.record import Record
from fleet.core.saw import KEY, owned_in, seen
from fleet.core.verdict import Verdict

if TYPE_CHECKING:
    from fleet.core.testimony import StateTold

WANTED = frozenset(FOLDS)
"""The kinds of records that a replay needs behind its first checkpoint; all others change no account."""
TOO_OLD = "it was recorded by a version of fleet that did not keep what the gate saw on disk"
NO_OFFER = "its offer is not in what the ledger still holds"
ERASED = "record {n} was erased, and with it what was known then"
NO_CHART = "the chart of then, {id}, cannot be read by this version of fleet"
NO_STATE = "the state of {seat} that {turn} published cannot be made from the ledger any more"
NOT_AS_IT_WAS = (
    "by the chart of then the ledger does not give it as it was recorded, so nothing can be said of it"
)
LATER = frozenset({"rules"})
"""Keys that verdicts have since a later version: a record without one is no other for that."""
_NOTHING = sha256_hex(b"{}")


@dataclass(frozen=True, slots=True)
class Again:
    """One recorded verdict, and the one that is given on the same action, account and evidence now.

    `now` is None where it cannot be judged again, and `why` says why. `unknown` are subjects of which the ledger
    does not tell to what they belonged: they count as unknown to the gate, which holds. `revision` is the id of the
    chart in force then. `exact` says, where that chart was asked, that the verdict is the recorded one to the last
    word.
    """

    record: Record
    action: Action | None
    revision: str
    now: Verdict | None = None
    why: str = ""
    unknown: tuple[str, ...] = ()
    exact: bool = False


def is_judged(record: Record) -> bool:
    """Say whether a record is a verdict of the gate on an action: not what its seat or the clock said of it."""
    return record.what == "verdict" and "step" in record.data and "id" in record.data


class Replay:
    """Folds records, oldest first, and judges again the verdicts among them that it is asked for.

    `laws` gives the law of a revision, None for one that cannot be read. `law` is that to judge by; None takes for
    each verdict that of its time. What another law changes is believed only if that of its time gives what is
    recorded.
    `states` gives the state that a seat had published, as rules are told of it; None if it cannot be made any more.
    """

    def __init__(
        self,
        laws: Callable[[Revision], Law | None],
        states: Callable[[str, Published], StateTold | None],
        law: Law | None = None,
    ) -> None:
        self.account = Account()
        self._laws = laws
        self._states = states
        self._law = law
        self._tables: dict[tuple[str, str], Owned] = {}
        self._lost = ""

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can be judged before another checkpoint."""
        return bool(self._lost)

    def take(self, record: Record, *, again: Callable[[Record], bool] = lambda record: True) -> Again | None:
        """Take one record in; gives a verdict judged again if it is one and `again` wants it."""
        found = None
        if is_judged(record):
            self._note_tables(record)
            found = self._again(record) if again(record) else None
        self._fold(record)
        return found

    def begin_day(self) -> None:
        """Forget what tables said: an answer of an earlier day says nothing of this one."""
        self._tables.clear()

    def _note_tables(self, record: Record) -> None:
        for one in owned_in(record.data):
            self._tables[one.subject, one.path] = one

    def _fold(self, record: Record) -> None:
        account = self.account
        what = record.what.removeprefix(ERASING)
        if _is_erased(record) and (what in FOLDS or (what == "checkpoint" and account.n < 0)):
            self._lost = ERASED.format(n=record.n)
        if what == "checkpoint" and record.data and (self._lost or account.n < 0):
            self.account, self._lost = from_checkpoint(record), ""
        elif not self._lost and what != "checkpoint":
            account.apply(record)
            account.stirred.clear()  # nobody waits for these here
            account.moved.clear()

    def _again(self, record: Record) -> Again:
        account = self.account
        revision = account.revision
        action = account.docket.actions.get(record.data["id"])
        named = revision.id if revision is not None else ""
        if self._lost or action is None or revision is None:
            return Again(record, action, named, why=self._lost or NO_OFFER)
        kept = seen(record.data, action)
        if kept is None:
            return Again(record, action, named, why=TOO_OLD)
        law = self._law or self._laws(revision)
        if law is None:
            return Again(record, action, named, why=NO_CHART.format(id=named))
        again = self._heard(law, action, kept, record)
        if again.now is not None and self._law is not None and sort_of(record.data, again.now):
            before = self._laws(revision)
            if before is None:
                return Again(record, action, named, why=NO_CHART.format(id=named))
            then = self._heard(before, action, kept, record).now
            if then is None or sort_of(record.data, then):
                return Again(record, action, named, why=NOT_AS_IT_WAS)
        return again

    def _heard(self, law: Law, action: Action, kept: Sight, record: Record) -> Again:
        """Judge one action by one law."""
        account = self.account
        named = account.revision.id if account.revision is not None else ""
        sight, unknown = self._sight(law, action, kept, record.at)
        for name in _looked_at(law, action):
            past = account.seats.get(name)
            if past is None or past.state is None or name in sight.faults:
                continue
            told = self._states(name, past.state)
            if told is None:
                return Again(record, action, named, why=NO_STATE.format(seat=name, turn=past.state.turn))
            sight.states[name] = told
        with _There(account, law, action):
            case = Case(law, account, action, sight, record.at)
            verdict = judge(case)
            exact = self._law is None and _is_exact(case, record, verdict)
        unsaid = tuple(name for name in unknown if name in verdict.subjects)
        return Again(record, action, named, verdict, unknown=unsaid, exact=exact)

    def _sight(self, law: Law, action: Action, kept: Sight, now: datetime) -> tuple[Sight, tuple[str, ...]]:
        """Make the sight that this law would have had: what the gate did not look up then is taken from elsewhere."""
        if not law.chart.subjects:
            return replaced(kept, {"owned": {}, "states": {}}), ()
        owned = {name: one for name, one in kept.owned.items() if _fits(law, one)}
        sight = replaced(kept, {"owned": owned, "states": {}})
        case = Case(law, self.account, action, sight, now)
        missing = dict.fromkeys(self._look_up(law, action.about, owned))
        if (unread := [*case.unread()]) and (above := case.above):
            others = [subject for letter in unread if letter.sender in above for subject in letter.about]
            missing |= dict.fromkeys(self._look_up(law, others, owned))
        if self.account.challenges:
            missing |= dict.fromkeys(self._look_up(law, self.account.challenges, owned))
        return sight, tuple(missing)

    def _look_up(self, law: Law, subjects: Iterable[str], owned: dict[str, Owned]) -> list[str]:
        """Add to what subjects belong, and to what those do; gives those of which the ledger does not tell."""
        missing = list[str]()
        waiting = list(subjects)
        for subject in waiting:
            kind = law.chart.subjects.get(subject.partition(":")[0])
            known = owned.get(subject)
            if known is None and kind is not None:
                known = self._tables.get((subject, kind.source))
                if known is None or not _fits(law, known):
                    why = f"what {kind.source} said of {subject} at that moment is not in the ledger"
                    known = Owned(subject, why=why, path=kind.source)
                    missing.append(subject)
                owned[subject] = known
            waiting += [owner for owner in known.owner if owner not in waiting] if known is not None else []
        return missing


class _There:
    """The seat that acts is there while a chart is asked that has it, though one of then had dropped it."""

    def __init__(self, account: Account, law: Law, action: Action) -> None:
        past = account.seats.get(action.seat)
        self._account, self._seat = account, action.seat
        self._gone = past is not None and past.gone and action.seat in law.chart.seats

    def __enter__(self) -> None:
        if self._gone:
            self._account.change(self._seat, gone=False)

    def __exit__(self, *exc: object) -> None:
        if self._gone:
            self._account.change(self._seat, gone=True)


def _looked_at(law: Law, action: Action) -> dict[str, None]:
    """Name the seats at whose states the rules for an action look."""
    return dict.fromkeys(name for rule in law.rules(action.seat, action.kind) for name in rule.states)


def _fits(law: Law, owned: Owned) -> bool:
    """Say whether a table's answer of then is one that this law would have asked for."""
    kind = law.chart.subjects.get(owned.subject.partition(":")[0])
    if kind is None:
        return not owned.path  # what is no subject at all belongs to nobody knows whom, under any chart
    of = {owner.partition(":")[0] for owner in owned.owner}
    return owned.path in ("", kind.source) and of <= {kind.of}


def _is_erased(record: Record) -> bool:
    return not record.data and record.data_sha256 not in ("", _NOTHING)


def _is_exact(case: Case, record: Record, verdict: Verdict) -> bool:
    """Say whether the record of this verdict would be the one that stands there."""
    if case.action.status == "unknown" and verdict.ruling != "allow":
        draft = unmoved(case.chart, case.action, verdict)
    else:
        draft = judged(case.account, case.action, verdict)
    made, was = _told(plain(draft.data)), _told(record.data)
    for key in LATER - was.keys():
        made.pop(key, None)
    return canonical(made) == canonical(was)


def _told(data: Any) -> dict[str, Any]:
    """Leave out what was seen and what followed; and of a place in which revision it stands."""
    found: Mapping[str, Any] = data
    told = {key: value for key, value in found.items() if key not in (KEY, "then")}
    file, _, line = str(told.get("place", "")).rpartition(":")
    return told | {"place": f"{file.partition('@')[0]}:{line}"}
