"""Pause: what stands still until somebody lifts it, and what lifts itself when its time is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.past import Paused
from fleet.core.planner import skip_paused
from fleet.core.record import Draft
from fleet.core.verdict import Step

OVER = "its time is over"
"""Why fleet lifts a pause by itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A pause that stands: of a seat, of a kind of action or a subject (`what`), or of the whole fleet."""

    paused: Paused
    seat: str | None = None
    what: str = ""

    @property
    def name(self) -> str:
        """What is paused, as people say it."""
        return self.what or self.seat or "the whole fleet"


def standing(account: Account) -> Iterator[Standing]:
    """List every pause that stands: of the fleet, of seats, of kinds and subjects."""
    if account.paused is not None:
        yield Standing(account.paused)
    for name, past in account.seats.items():
        if past.paused is not None:
            yield Standing(past.paused, seat=name)
    for what, paused in account.pauses.items():
        yield Standing(paused, what=what)


def stopped_by(account: Account, action: Action) -> Standing | None:
    """Give the pause that holds an action, as the gate looks for it: of the fleet, its seat, its kind, its subjects."""
    if action.status != "held" or action.step != Step.PAUSE:
        return None
    names = ("", action.seat, action.kind, *(action.subjects or action.about))
    return next((one for one in standing(account) if (one.what or one.seat or "") in names), None)


def next_lift(account: Account) -> datetime | None:
    """Give when the next pause lifts itself."""
    ends = (one.paused.until for one in standing(account))
    return min((until for until in ends if until is not None), default=None)


def lifts(chart: Chart, account: Account, now: datetime) -> Iterator[Draft]:
    """Draft the end of each pause whose time is over, and the skipping of the wakes that fell into it.

    Each draft must be applied to `account` before the next is asked for.
    """
    over = [(one.paused.until, one) for one in standing(account) if one.paused.until is not None]
    for until, one in sorted(((u, o) for u, o in over if u <= now), key=lambda pair: pair[0]):
        if not one.what:
            for name in [one.seat] if one.seat is not None else list(account.seats):
                yield from skip_paused(chart, account, name, until)
        data = {"by": "fleet", "because": OVER} | ({"what": one.what} if one.what else {})
        yield Draft("resume", seat=one.seat, data=data)


def outlasts(paused: Paused, until: datetime | None) -> bool:
    """Say whether a pause stands at least as long as one until then would."""
    return paused.until is None or (until is not None and until <= paused.until)
