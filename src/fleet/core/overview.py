"""Overview: what `fleet status` shows, as JSON: a row for each seat, and the fleet's own facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.cadence import ClockCadence
from fleet.core.cause import Stand, stands
from fleet.core.chart import Chart, Seat
from fleet.core.health import asked_of, asks_of, owed_by
from fleet.core.past import Past
from fleet.core.pause import Standing, standing
from fleet.core.planner import next_promised
from fleet.core.storm import standing as standing_storm

SHOWN_ELSEWHERE = ("chart", "late", "tampered")
"""Kinds of trouble that the status shows as long as they last: in a seat's row, or as the chart's mistakes."""
TOLD_FOR = timedelta(hours=24)
Promised = dict[tuple[ClockCadence, ...], datetime | None]
"""The next promised wake by cadences: of a thousand seats many have the same ones."""


def overview(
    chart: Chart, account: Account, now: datetime, *, served_until: datetime | None = None
) -> dict[str, Any]:
    """Give what `fleet status` shows, as JSON: one row a seat, and the fleet's own facts.

    `served_until` is when the last daemon ended, if none runs.
    """
    found = stands(chart, account, now, served_until=served_until)
    promised: Promised = {}
    spent, unmetered = _spent(chart, account, now)
    return {
        "fleet": chart.name,
        "timezone": chart.calendar.zone,
        "revision": account.revision.id if account.revision else None,
        "paused": account.paused is not None,
        "spent_usd": spent,
        "unmetered": unmetered,
        "budget": _budget(chart),
        "seats": [_row(chart, account, name, stand, now, promised) for name, stand in found.items()],
        "pauses": [_pause(chart, one) for one in standing(account)],
        "waits": _unapplied(account),
        "troubles": _open_troubles(chart, account, now),
    }


def _pause(chart: Chart, one: Standing) -> dict[str, Any]:
    paused = one.paused
    at, until = chart.local(paused.at), chart.local(paused.until)
    return {"what": one.name, "by": paused.by, "at": at, "because": paused.because, "until": until}


def _unapplied(account: Account) -> list[dict[str, str]]:
    """List what of fleet.yaml waits for a yes, riskiest first."""
    waits = account.revision.waits if account.revision else ()
    return [{"what": w.what, "says": w.says, "place": w.place} for w in waits]


def _open_troubles(chart: Chart, account: Account, now: datetime) -> list[Any]:
    """Pick the troubles worth a look today: not those that a seat's row says itself. An open storm comes last."""
    storm = standing_storm(chart, account, now)
    found = [
        _with_step(trouble)
        for trouble in account.troubles
        if _stands(chart, trouble)
        and (trouble.get("kind") != "storm" or trouble.get("over"))
        and now - datetime.fromisoformat(trouble["at"]) < TOLD_FOR
    ]
    last = [*_silence(chart, account), *([storm] if storm is not None else ())]
    return [*found[-max(1, 5 - len(last)) :], *last]


def _silence(chart: Chart, account: Account) -> Iterator[dict[str, Any]]:
    """Say in one line a person what nobody answered and joined the letters that wait for him."""
    for name, seat in chart.seats.items():
        letters = [one for one in account.waiting(name) if one.joined] if seat.holder.is_person else []
        if letters:
            count, since = sum(one.joined for one in letters), min(one.sent for one in letters)
            many = "letter" if len(letters) == 1 else f"{len(letters)} letters"
            says = f"{count:,} more that nobody answered joined the {many} to {name}"
            told = {"at": chart.local(since), "seat": name, "kind": "unanswered", "says": says}
            yield {**told, "next": f"fleet inbox {name}"}


def _stands(chart: Chart, trouble: Mapping[str, Any]) -> bool:
    """Say whether a trouble can come again: that of a rule is gone with the condition that could not be judged."""
    if trouble.get("kind") in SHOWN_ELSEWHERE:
        return False
    if trouble.get("kind") != "rule":
        return True
    return any((one.name, one.condition) == (trouble.get("rule"), trouble.get("if")) for one in chart.rules)


def _with_step(trouble: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the command that helps where the trouble names what it is of."""
    rule = trouble.get("rule")
    return {**trouble, "next": f"fleet rules show {rule}"} if rule else trouble


def _row(
    chart: Chart, account: Account, name: str, stand: Stand, now: datetime, promised: Promised
) -> dict[str, Any]:
    """Give one seat's line of the status; times are RFC 3339 in the fleet's zone."""
    seat, past = chart.seats.get(name), account.seats.get(name)
    last = past.last if past else None
    held = [a.id for a in account.docket.of_seat(name)]
    return {
        "seat": name,
        "title": seat.title if seat else chart.retired[name].title if name in chart.retired else "",
        "holder": seat.holder.person or seat.holder.kind if seat else None,
        "health": stand.health,
        "why": stand.why,
        "cause": stand.cause or None,
        "after": stand.after or None,
        "turn": past.running.turn if past and past.running else last.turn if last else None,
        "running": bool(past and past.running),
        "last_at": chart.local(last.at) if last else None,
        "last": last.outcome if last else None,
        "took_s": last.took_s if last else None,
        "next_at": chart.local(_next(chart, seat, past, now, promised)),
        "inbox": len(account.waiting(name)) + len(account.waiting(name, "cur")),
        "waiting": held,
        **_to_decide(chart, account, name, seat),
        "owes": [letter.id for letter in owed_by(account, name)] if _is_person(seat) else [],
        "headline": past.state.headline if past and past.state else "",
        **_review(chart, seat, now),
    }


def _review(chart: Chart, seat: Seat | None, now: datetime) -> dict[str, Any]:
    """Give the day by which a seat is to be looked at again, and whether that is past."""
    day = seat.review if seat is not None else None
    due = day is not None and day < now.astimezone(chart.calendar.tz).date()
    return {"review": day.isoformat() if day is not None else None, "review_due": due}


def _is_person(seat: Seat | None) -> bool:
    return seat is not None and seat.holder.is_person


def _to_decide(chart: Chart, account: Account, name: str, seat: Seat | None) -> dict[str, Any]:
    """Give what waits for a person's word: of a person what he has to decide, of an agent what it asked for."""
    actions = asked_of(account, name) if _is_person(seat) else asks_of(account, name)
    if not actions:
        return {"to_decide": [], "first": None}
    first = actions[0]
    matter = account.matters.get(first.id)
    since = first.asked_at if first.status == "asked" or matter is None else matter.base_at
    told: dict[str, Any] = {"id": first.id, "seat": first.seat, "kind": first.kind}
    told |= {"about": list(first.about), "status": first.status, "since": chart.local(since)}
    told["person"] = first.person or (matter.first if matter is not None else "")
    return {"to_decide": [a.id for a in actions], "first": told}


def _next(
    chart: Chart, seat: Seat | None, past: Past | None, now: datetime, promised: Promised
) -> datetime | None:
    if seat is None or past is None or past.gone or not seat.holder.is_agent:
        return None
    clocks = seat.clocks
    if clocks not in promised:
        promised[clocks] = next_promised(chart, seat, now)
    instants = [at for at in (promised[clocks], past.retry_at) if at is not None]
    return min(instants, default=None)


def _spent(chart: Chart, account: Account, now: datetime) -> tuple[float, int]:
    day = f"{now.astimezone(chart.calendar.tz):%Y-%m-%d}"
    today: list[Past] = [past for past in account.seats.values() if past.spent_day == day]
    return sum(p.spent_usd for p in today), sum(p.unmetered for p in today)


def _budget(chart: Chart) -> str:
    if chart.budget is None:
        return ""
    per = f" a {chart.budget.per}" if chart.budget.per else ""
    return f"${chart.budget.usd}{per}"
