"""Health: one word for each seat, from facts alone, and whose trouble it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.chart import Chart, Seat
from fleet.core.moment import near
from fleet.core.past import Past
from fleet.core.pause import Standing, standing
from fleet.core.planner import next_promised
from fleet.core.span import round_span

WORDS = (
    *("fine", "late", "stale", "empty", "failed", "held", "waiting"),
    *("paused", "planned", "gone", "retired"),
)


SHOWN_ELSEWHERE = ("chart", "late", "tampered")
"""Kinds of trouble that the status shows as long as they last: in a seat's row, or as the chart's mistakes."""
TOLD_FOR = timedelta(hours=24)


def health(chart: Chart, account: Account, name: str, now: datetime) -> tuple[str, str]:
    """Give a seat's health and a short reason. The worst that is true wins."""
    if name in chart.retired:
        return "retired", f"record {chart.retired[name].record}"
    past, seat = account.seats.get(name), chart.seats.get(name)
    if seat is None or past is None or past.gone:
        return "gone", "not in fleet.yaml, and no retirement record"
    if seat.holder.kind == "planned":
        return "planned", "no holder yet"
    if seat.holder.kind == "person":
        return _of_person(account, name, past, now)
    paused, zone = past.paused or account.paused, chart.calendar.tz
    if paused is not None:
        until = f", until {near(paused.until.astimezone(zone), now.astimezone(zone))}" if paused.until else ""
        return "paused", f"by {paused.by}: {paused.because}".rstrip(": ") + until
    return _of_agent(account, name, past, now)


def _of_agent(account: Account, name: str, past: Past, now: datetime) -> tuple[str, str]:
    last = past.last
    if last is not None and last.outcome in ("failed", "timed out"):
        retry = f"; again at {past.retry_at:%H:%M:%S} UTC" if past.retry_at else ""
        return "failed", f"{last.turn}: {last.why}{retry}"
    if past.tampered:
        return "stale", "its state was changed outside the fleet, so nobody is given it"
    if past.state is not None and not past.state.fresh(now):
        return "stale", f"published {round_span(now - past.state.written)} ago; {_last_word(past)}"
    if last is not None and last.outcome == "empty":
        return "empty", f"{last.turn}: {last.why}"
    if past.state is None and past.running is None:
        return "late", "nothing published yet" if last is None else _last_word(past)
    waits = _waits(account, name)
    if waits is not None:
        return waits
    return "fine", past.state.headline if past.state else "its first turn runs"


def _waits(account: Account, name: str) -> tuple[str, str] | None:
    """Say what of a seat's actions waits: for a person, which comes first, or at the gate."""
    asked = asks_of(account, name)
    held = [a for a in account.docket.of_seat(name) if a.status == "held"]
    if asked:
        first = asked[0]
        what = "may have happened or not" if first.status == "unknown" else f"waits for {first.person}"
        return "waiting", f"{_wants(first)} {what}{_more(asked)}"
    if held:
        return "held", f"{_wants(held[0])}: {held[0].reason}{_more(held)}"
    return None


def _wants(action: Action) -> str:
    about = f" to {', '.join(action.about)}" if action.about else ""
    return f"{action.id} {action.kind}{about}"


def _more(actions: list[Action]) -> str:
    return f"; {len(actions) - 1} more" if len(actions) > 1 else ""


def _last_word(past: Past) -> str:
    last = past.last
    return f"last turn {last.turn} {last.outcome} {last.why}".rstrip() if last else "no turn yet"


def _of_person(account: Account, name: str, past: Past, now: datetime) -> tuple[str, str]:
    if past.state is not None and not past.state.fresh(now):
        return "stale", f"published {round_span(now - past.state.written)} ago"
    asked = asked_of(account, name)
    if asked:
        return (
            "waiting",
            f"{len(asked)} to decide: {asked[0].id} {asked[0].kind} of {asked[0].seat}{_more(asked)}",
        )
    escalations = [x for x in account.waiting(name) if x.type == "ESCALATION"]
    if escalations:
        return "waiting", f"{len(escalations)} escalated: {escalations[0].subject}"
    return "fine", past.state.headline if past.state else ""


def asks_of(account: Account, seat: str) -> list[Action]:
    """List the actions of a seat that wait for a person's word: for a yes, or for what became of them."""
    actions = account.docket.of_seat(seat)
    return [a for a in actions if a.status == "asked" or (a.status == "unknown" and a.again_at is None)]


def asked_of(account: Account, person: str) -> list[Action]:
    """List what a person has to decide: what asks for his yes, and what has climbed to him."""
    found = []
    for identity, matter in account.matters.items():
        action = account.docket.actions.get(identity)
        if action is None or matter.kind == "held":
            continue
        if person in matter.told.values() or (matter.kind == "asked" and action.person == person):
            found.append(action)
    return found


def overview(chart: Chart, account: Account, now: datetime) -> dict[str, Any]:
    """Give what `fleet status` shows, as JSON: one row a seat, and the fleet's own facts."""
    gone = [name for name, past in account.seats.items() if past.gone and name not in chart.retired]
    names = [*chart.seats, *(n for n in gone if n not in chart.seats), *chart.retired]
    spent, unmetered = _spent(chart, account, now)
    return {
        "fleet": chart.name,
        "timezone": chart.calendar.zone,
        "revision": account.revision.id if account.revision else None,
        "paused": account.paused is not None,
        "spent_usd": spent,
        "unmetered": unmetered,
        "budget": _budget(chart),
        "seats": [row(chart, account, name, now) for name in names],
        "pauses": [_pause(chart, one) for one in standing(account)],
        "waits": _unapplied(account),
        "troubles": _open_troubles(account, now),
    }


def _pause(chart: Chart, one: Standing) -> dict[str, Any]:
    paused = one.paused
    at, until = _local(chart, paused.at), _local(chart, paused.until)
    return {"what": one.name, "by": paused.by, "at": at, "because": paused.because, "until": until}


def _unapplied(account: Account) -> list[dict[str, str]]:
    """List what of fleet.yaml waits for a yes, riskiest first."""
    waits = account.revision.waits if account.revision else ()
    return [{"what": w.what, "says": w.says, "place": w.place} for w in waits]


def _open_troubles(account: Account, now: datetime) -> list[Any]:
    """Pick the troubles worth a look today: not those that are over, nor what a seat's row says itself."""
    return [
        trouble
        for trouble in account.troubles
        if trouble.get("kind") not in SHOWN_ELSEWHERE
        and now - datetime.fromisoformat(trouble["at"]) < TOLD_FOR
    ][-5:]


def row(chart: Chart, account: Account, name: str, now: datetime) -> dict[str, Any]:
    """Give one seat's line of the status; times are RFC 3339 in the fleet's zone."""
    word, why = health(chart, account, name, now)
    seat, past = chart.seats.get(name), account.seats.get(name)
    last = past.last if past else None
    held = [a.id for a in account.docket.of_seat(name)]
    return {
        "seat": name,
        "title": seat.title if seat else chart.retired[name].title if name in chart.retired else "",
        "holder": seat.holder.person or seat.holder.kind if seat else None,
        "health": word,
        "why": why,
        "turn": past.running.turn if past and past.running else last.turn if last else None,
        "running": bool(past and past.running),
        "last_at": _local(chart, last.at) if last else None,
        "last": last.outcome if last else None,
        "took_s": last.took_s if last else None,
        "next_at": _local(chart, _next(chart, seat, past, now)),
        "inbox": len(account.waiting(name)) + len(account.waiting(name, "cur")),
        "waiting": held,
        **_to_decide(chart, account, name, seat),
        "headline": past.state.headline if past and past.state else "",
    }


def _to_decide(chart: Chart, account: Account, name: str, seat: Seat | None) -> dict[str, Any]:
    """Give what waits for a person's word: of a person what he has to decide, of an agent what it asked for."""
    person = seat is not None and seat.holder.kind == "person"
    actions = asked_of(account, name) if person else asks_of(account, name)
    if not actions:
        return {"to_decide": [], "first": None}
    first = actions[0]
    matter = account.matters.get(first.id)
    since = first.asked_at if first.status == "asked" or matter is None else matter.base_at
    told: dict[str, Any] = {"id": first.id, "seat": first.seat, "kind": first.kind}
    told |= {"about": list(first.about), "status": first.status, "since": _local(chart, since)}
    told["person"] = first.person or (matter.first if matter is not None else "")
    return {"to_decide": [a.id for a in actions], "first": told}


def _next(chart: Chart, seat: Seat | None, past: Past | None, now: datetime) -> datetime | None:
    if seat is None or past is None or past.gone or not seat.holder.is_agent:
        return None
    instants = [at for at in (next_promised(chart, seat, now), past.retry_at) if at is not None]
    return min(instants, default=None)


def _local(chart: Chart, at: datetime | None) -> str | None:
    return at.astimezone(chart.calendar.tz).isoformat(timespec="seconds") if at else None


def _spent(chart: Chart, account: Account, now: datetime) -> tuple[float, int]:
    day = f"{now.astimezone(chart.calendar.tz):%Y-%m-%d}"
    today: list[Past] = [past for past in account.seats.values() if past.spent_day == day]
    return sum(p.spent_usd for p in today), sum(p.unmetered for p in today)


def _budget(chart: Chart) -> str:
    if chart.budget is None:
        return ""
    per = f" a {chart.budget.per}" if chart.budget.per else ""
    return f"${chart.budget.usd}{per}"
