"""Docket: all open actions, and what was done on which subject, as the ledger tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import timedelta

from fleet.core.action import BUSY, Action, Deed, Touch
from fleet.core.codec import Json, from_plain, to_plain
from fleet.core.frozen import dataclass, replaced
from fleet.core.names import number

KEPT_FOR = timedelta(days=62)
"""How long a deed is remembered whole: longer than any period of `at_most` or `once`, but for ever."""


@dataclass(slots=True)
class Docket:
    """Open actions by id in the order they were offered, with indexes; and what has been done."""

    actions: dict[str, Action] = field(default_factory=dict)
    touches: dict[str, dict[str, Touch]] = field(default_factory=dict)
    """The last deed of each seat on each subject."""
    deeds: dict[str, Deed] = field(default_factory=dict)
    """What was done lately, by id, oldest first."""
    ever: dict[str, str] = field(default_factory=dict)
    """Hashes of what may be done once for ever, each with the action that did it."""
    totals: dict[str, int] = field(default_factory=dict)
    """How often each kind was done, and each kind on each subject (`kind subject`)."""
    by_hash: dict[str, dict[str, None]] = field(default_factory=dict)
    """Two can be equal only where a person has changed one of them."""
    by_seat: dict[str, dict[str, None]] = field(default_factory=dict)
    busy: dict[str, None] = field(default_factory=dict)
    """Ids of those that may be happening."""
    done_with: dict[str, dict[str, None]] = field(default_factory=dict)
    """Ids of recent deeds by hash, by kind, and by `kind subject`."""

    def open(self, action: Action) -> None:
        """Add an action that was offered."""
        self.actions[action.id] = action
        self.by_hash.setdefault(action.sha256, {})[action.id] = None
        self.by_seat.setdefault(action.seat, {})[action.id] = None
        if action.status in BUSY:
            self.busy[action.id] = None

    def change(self, identity: str, **changes: object) -> Action:
        """Replace parts of an open action."""
        before = self.actions[identity]
        after = replaced(before, changes)
        self.actions[identity] = after
        if after.status in BUSY:
            self.busy[identity] = None
        else:
            self.busy.pop(identity, None)
        if after.sha256 != before.sha256:
            _drop(self.by_hash, before.sha256, identity)
            self.by_hash.setdefault(after.sha256, {})[identity] = None
        return after

    def shut(self, identity: str) -> Action | None:
        """Drop an action that is over."""
        action = self.actions.pop(identity, None)
        if action is None:
            return None
        _drop(self.by_hash, action.sha256, identity)
        self.busy.pop(identity, None)
        _drop(self.by_seat, action.seat, identity)
        return action

    def done(self, deed: Deed, *, once: str) -> None:
        """Note that something was done."""
        self.deeds[deed.id] = deed
        for subject in {*deed.about, *deed.subjects}:
            touches = self.touches.setdefault(subject, {})
            if deed.seat not in touches or touches[deed.seat].at <= deed.at:  # they end in any order
                touches[deed.seat] = Touch(deed.id, deed.kind, deed.at)
        for key in _keys(deed):
            self.done_with.setdefault(key, {})[deed.id] = None
        for key in (deed.kind, *(f"{deed.kind} {subject}" for subject in deed.about)):
            self.totals[key] = self.totals.get(key, 0) + 1
        if once == "ever":
            self.ever[deed.sha256] = deed.id
        while deed.at - (oldest := next(iter(self.deeds.values()))).at > KEPT_FOR:
            del self.deeds[oldest.id]
            for key in _keys(oldest):
                _drop(self.done_with, key, oldest.id)

    def of_seat(self, seat: str) -> list[Action]:
        """List a seat's open actions, in the order they were offered."""
        return [self.actions[identity] for identity in self.by_seat.get(seat, ())]

    def equal(self, sha256: str) -> Action | None:
        """Find the open action that is the same offer."""
        equal = _by_number(self.actions[identity] for identity in self.by_hash.get(sha256, ()))
        return equal[0] if equal else None

    def busy_on(self, subject: str) -> Iterator[Action]:
        """List the actions on a subject that may be happening: few are, of the many that may wait."""
        for identity in self.busy:
            action = self.actions[identity]
            if subject in action.about or subject in action.subjects:
                yield action

    def busy_with(self, kind: str) -> Iterator[Action]:
        """List the actions of a kind that may be happening."""
        for identity in self.busy:
            action = self.actions[identity]
            if action.kind == kind:
                yield action

    def deeds_with(self, key: str) -> Iterator[Deed]:
        """List recent deeds of a hash, a kind, or `kind subject`, newest first."""
        for identity in reversed(self.done_with.get(key, {})):
            yield self.deeds[identity]

    def checkpoint(self) -> dict[str, Json]:
        """Give all of it as JSON; `from_checkpoint` reads it."""
        names = ("actions", "touches", "ever", "totals")
        data = {name: to_plain(getattr(self, name)) for name in names if getattr(self, name)}
        deeds = to_plain(tuple(self.deeds.values()))  # a list, for their order counts
        return {**data, "deeds": deeds} if deeds else data


def from_checkpoint(data: Mapping[str, Json]) -> Docket:
    """Make a docket of what a checkpoint holds."""
    docket = Docket()
    for action in _by_number(from_plain(dict[str, Action], data.get("actions", {})).values()):
        docket.open(action)
    docket.touches = from_plain(dict[str, dict[str, Touch]], data.get("touches", {}))
    docket.deeds = {deed.id: deed for deed in from_plain(tuple[Deed, ...], data.get("deeds", ()))}
    for deed in docket.deeds.values():
        for key in _keys(deed):
            docket.done_with.setdefault(key, {})[deed.id] = None
    docket.ever = dict(data.get("ever", {}))
    docket.totals = dict(data.get("totals", {}))
    return docket


def _by_number(actions: Iterable[Action]) -> list[Action]:
    return sorted(actions, key=lambda a: number(a.id))


def _keys(deed: Deed) -> Iterator[str]:
    yield deed.sha256
    yield deed.kind
    for subject in deed.about:
        yield f"{deed.kind} {subject}"


def _drop(index: dict[str, dict[str, None]], key: str, identity: str) -> None:
    ids = index.get(key)
    if ids is not None:
        ids.pop(identity, None)
        if not ids:
            del index[key]
