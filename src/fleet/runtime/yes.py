"""Yes: what a person's yes to an action that waits would come to, by the gate's own code. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account
from fleet.core.action import Action, Yes, offer_hash
from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.reason import frees
from fleet.runtime.desk import Desk
from fleet.runtime.sight import see
from fleet.runtime.tables import Tables

if TYPE_CHECKING:
    from fleet.runtime.view import View


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the gate looks at, of a fleet that is only read."""

    chart: Chart
    account: Account
    desk: Desk
    tables: Tables


def would_come(
    view: View, action: Action, now: datetime, payload: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Judge an action as if it had the yes that it waits for, or one to a payload in its place.

    `until` says what would let it go on where it would be held.
    """
    if payload is not None:
        sha256 = offer_hash(action.seat, action.kind, action.about, dict(payload))
        action = replace(action, payload=dict(payload), sha256=sha256, as_asked="")
    yes = Yes(action.person, action.person, now, action.seal, action.asks)
    action = replace(action, status="offered", answers=(*action.answers, yes), again_at=None)
    seen = _Seen(view.chart, view.account, view.desk, Tables(view.files, view.chart))
    verdict = judge(see(seen, Law(view.chart), action, now))
    held = replace(action, step=verdict.step, rule=verdict.rule, looked=verdict.looked)
    until = frees(held, verdict.data(), now) if verdict.ruling == "hold" else ""
    return {
        "verdict": verdict.ruling,
        "person": verdict.person or None,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "place": verdict.place or None,
        "until": until or None,
    }
