"""Card: what a person is shown of an action that waits for him, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart
from fleet.core.ladder import rungs
from fleet.core.law import Law
from fleet.core.message import one_or_list
from fleet.core.past import Matter
from fleet.core.pause import standing


def waiting(account: Account) -> list[Action]:
    """List the actions that wait for a person's yes, in the order they were offered."""
    return [a for a in account.docket.actions.values() if a.status == "asked"]


def unknown(account: Account) -> list[Action]:
    """List the actions of which a person must find out whether they happened."""
    return [a for a in account.docket.actions.values() if a.status == "unknown" and a.again_at is None]


def card(chart: Chart, account: Account, action: Action, now: datetime) -> dict[str, Any]:
    """Give all that a person needs to decide: the exact payload, why, what speaks against it, and what waiting does."""
    matter = account.matters.get(action.id)
    kind = chart.actions.get(action.kind)
    return {
        "id": action.id,
        "seat": action.seat,
        "kind": action.kind,
        "about": one_or_list(action.about),
        "with": action.payload,
        "person": action.person or (matter.first if matter else ""),
        "because": action.because,
        "hash": action.seal,
        "expires_at": chart.local(action.lapses_at),
        "status": action.status,
        "asked_at": chart.local(action.asked_at),
        "since": chart.local(_since(action, matter)),
        "offered_at": chart.local(action.offered_at),
        "turn": action.turn,
        "files": dict(action.files),
        "asked_for": dict(action.asked_for),
        "outside": action.outside,
        "runs": (" ".join(kind.run) or kind.http) if kind else None,
        "reason": action.reason,
        "place": action.place,
        "against": against(chart, account, action, now),
        "next": _next(chart, matter) if matter is not None else None,
        "tries": action.tries,
        "again_at": chart.local(action.again_at) if action.status == "unknown" else None,
        "if_yes": None,
        "answers": [{"asked": y.asked, "by": y.by, "at": chart.local(y.at)} for y in action.answers],
    }


def _since(action: Action, matter: Matter | None) -> datetime | None:
    """Since when it waits for a person; one that is held waits for none."""
    if action.status == "held":
        return None
    return action.asked_at if action.status == "asked" or matter is None else matter.base_at


def against(chart: Chart, account: Account, action: Action, now: datetime) -> list[dict[str, Any]]:
    """List what speaks against it: pauses, claims, and what the seats ranked above last published."""
    names = (action.kind, *(action.subjects or action.about))
    whole = {"", action.seat, *names}
    found: list[dict[str, Any]] = [
        {"pause": one.name, "by": one.paused.by, "because": one.paused.because}
        for one in standing(account)
        if (one.what or one.seat or "") in whole
    ]
    law = Law(chart)
    for subject in action.subjects or action.about:
        for seat, claim in account.claimed.get(subject, {}).items():
            if claim.stands(now):
                found.append({"claim": subject, "by": seat, "because": claim.because, "turn": claim.turn})
        kind = subject.partition(":")[0]
        for name in dict.fromkeys(n for ranking in law.rankings(action.seat, kind) for n in ranking.above):
            past = account.seats.get(name)
            state = past.state if past is not None else None
            at = chart.local(state.written) if state is not None else None
            said = state.headline if state is not None else ""
            fresh = state is not None and state.fresh(now)
            found.append({"seat": name, "on": subject, "published_at": at, "headline": said, "fresh": fresh})
    return found


def _next(chart: Chart, matter: Matter) -> dict[str, Any] | None:
    """Say who is told next, and when, if nobody answers."""
    steps = rungs(chart, matter)
    if matter.rung >= len(steps):
        return None
    rung = steps[matter.rung]
    return {"to": rung.to, "at": chart.local(matter.base_at + rung.after)}
