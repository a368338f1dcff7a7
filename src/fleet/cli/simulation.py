"""Simulation: what `fleet simulate` found out, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from fleet.cli.page import Page
from fleet.core.budget import Worst
from fleet.core.foresee import Foreseen
from fleet.core.load import Load, Wait
from fleet.core.reading import Early
from fleet.core.simulate import Row, Slow
from fleet.core.suppose import Heard
from fleet.core.target import Money

Local = Callable[[datetime | None], str | None]
ASSUMES = (
    "a turn ends at once and publishes",
    "wakes by mail, by changed files and by people come on top",
    "for the load, every turn takes its whole limit",
)


def as_json(page: Page, seats: Sequence[str]) -> dict[str, Any]:
    """Give all of it, times in the page's zone; `seats`, if any, leaves only the wakes of those."""
    told, at = page.told, _local(page)
    wakes = [wake for wake in told.sight.wakes if not seats or wake.seat in seats]
    return {
        "from": at(told.sight.start),
        "to": at(told.sight.end),
        "timezone": page.chart.calendar.zone,
        "clock_changes": [{"at": at(m.at), "by_s": int(m.by.total_seconds())} for m in told.moved],
        "wakes": [
            {"seat": wake.seat, "at": at(wake.at), "cause": wake.cause, "reason": wake.reason}
            for wake in wakes
        ],
        "seats": [_row(page, row, at) for row in told.rows],
        "days": [
            {"day": str(day), "wakes": sum(hours.values()), "hours": {f"{h:02}": n for h, n in hours.items()}}
            for day, hours in told.days.items()
        ],
        "order": [_early(one, at) for one in told.early],
        "handoffs": [_slow(one, at) for one in told.slow],
        "circles": [list(circle) for circle in told.sight.circles],
        "money": _money(told.money),
        "load": _load(told.load, at),
        "verdicts": [_heard(one, at) for one in told.heard],
        "findings": [{"kind": f.kind, "seats": list(f.seats), "says": f.says} for f in told.findings],
        "assumes": list(ASSUMES),
    }


def _local(page: Page) -> Local:
    """Say instants in the page's zone; a thousand seats share most of them."""
    known: dict[datetime, str] = {}

    def local(at: datetime | None) -> str | None:
        if at is None:
            return None
        if at not in known:
            known[at] = at.astimezone(page.zone).isoformat()
        return known[at]

    return local


def _row(page: Page, row: Row, at: Local) -> dict[str, Any]:
    wakes: Sequence[Foreseen] = page.told.sight.by_seat.get(row.seat, ())
    usual, paused = row.usual, row.paused
    return {
        "seat": row.seat,
        "wakes": row.wakes,
        "first_at": at(wakes[0].at) if wakes else None,
        "last_at": at(wakes[-1].at) if wakes else None,
        "usual": {"wakes": usual.wakes, "first": usual.first, "last": usual.last} if usual else None,
        "also": list(row.also),
        "budget": _budget(page.chart.seats[row.seat].budget),
        "paused": {"by": paused.by, "because": paused.because, "until": at(paused.until)} if paused else None,
        "gone": row.gone,
    }


def _budget(money: Money | None) -> dict[str, Any] | None:
    return {"usd": float(money.usd), "per": money.per} if money else None


def _early(one: Early, at: Local) -> dict[str, Any]:
    return {
        "reader": one.reader,
        "reads": one.peer,
        "kind": one.kind,
        "wakes": one.count,
        "of": one.of,
        "first_at": at(one.first),
        "sees_at": at(one.sees),
        "age_s": int((one.first - one.sees).total_seconds()) if one.sees else None,
        "fresh": one.fresh,
        "tries": list(one.tries),
    }


def _slow(one: Slow, at: Local) -> dict[str, Any]:
    return {
        "handoff": one.handoff,
        "from": one.sender,
        "to": one.receiver,
        "within_s": int(one.within.total_seconds()),
        "wakes": one.count,
        "of": one.of,
        "first_at": at(one.first),
        "next_at": at(one.next_at),
    }


def _money(worst: Worst) -> dict[str, Any]:
    return {
        "budget": _budget(worst.budget),
        "per": worst.per,
        "most_usd": float(worst.most),
        "most_in": str(worst.most_in) if worst.most_in else None,
        "seats": list(worst.seats),
        "unbounded": list(worst.unbounded),
        "over": [{"from": str(one.begins), "usd": float(one.asked)} for one in worst.over],
    }


def _load(load: Load, at: Local) -> dict[str, Any]:
    def wait(one: Wait | None) -> dict[str, Any] | None:
        return {"seat": one.seat, "at": at(one.at), "waits_s": one.waits.total_seconds()} if one else None

    crowd, busiest = load.crowd, load.busiest
    return {
        "turns_at_once": load.at_once,
        "most_at_once": {"at": at(crowd.at), "seats": list(crowd.seats)} if crowd else None,
        "longest_wait": wait(load.longest),
        "late": load.late,
        "first_late": wait(load.late_first),
        "merged": load.merged,
        "merges": [
            {
                "seat": one.seat,
                "gap_s": one.gap.total_seconds(),
                "limit_s": one.limit.total_seconds(),
                "first_at": at(one.first),
                "wakes": one.count,
            }
            for one in load.merges
        ],
        "busiest_hour": {"at": at(busiest[0]), "turns": busiest[1]} if busiest else None,
        "turns_a_day": {str(day): count for day, count in load.a_day},
        "first_starts": load.first_starts,
    }


def _heard(one: Heard, at: Local) -> dict[str, Any]:
    event, verdict = one.event, one.verdict
    said: dict[str, Any] = {
        "event": event.text,
        "does": event.kind,
        "at": at(event.at),
        "seat": event.seat,
        "about": event.about or None,
        "kind": event.action or None,
        "to": event.to or None,
        "note": one.note,
    }
    if verdict is None:
        return {**said, "verdict": None}
    return {
        **said,
        "verdict": verdict.ruling,
        "rule": verdict.rule,
        "place": verdict.place,
        "reason": verdict.reason,
        "step": verdict.step,
        "evidence": list(verdict.evidence),
        "person": verdict.person or None,
        "until": one.frees or None,
    }
