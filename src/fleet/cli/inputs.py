"""Inputs: what a seat reads and how old that is, who reads it, when it is woken next, what today cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.planner import next_promised

if TYPE_CHECKING:
    from fleet.core.chart import Seat
    from fleet.core.past import Past
    from fleet.runtime.view import View

WAKES_SHOWN = 3
LOG_TAIL = 4096
"""Bytes in which the last line of a turn's log is looked for."""


def inputs_of(view: View, name: str, now: datetime) -> dict[str, Any]:
    """Give a seat's inputs with their ages, its readers, its next wakes and what it waits for, as JSON."""
    seat, past = view.chart.seats.get(name), view.account.seats.get(name)
    return {
        "reads": list(_reads(view, seat, now)) if seat is not None else [],
        "read_by": [other.id for other in view.chart.seats.values() if name in other.reads],
        "next": [at.isoformat(timespec="seconds") for at in _wakes(view, seat, past, now)],
        "waits": _waits(view, name, past),
        "budget": _budget(view, seat, past, now),
        "log": _last_words(view, name, past),
    }


def _reads(view: View, seat: Seat, now: datetime) -> Iterator[dict[str, Any]]:
    for name in seat.reads:
        past = view.account.seats.get(name)
        state = past.state if past is not None else None
        if state is None:
            yield _read(seat=name, note="nothing published yet")
            continue
        edited = past is not None and past.tampered
        age_s = (now - (state.as_of or state.written)).total_seconds()
        note = "changed outside the fleet, so it is not given" if edited else state.headline
        yield {**_read(seat=name, note=note), "fresh": state.fresh(now) and not edited, "age_s": round(age_s)}
    for path in seat.paths:
        found = view.desk.path(path, now)
        age = round(found.age_s) if found.age_s is not None else None
        note = "" if found.found else "no file of that name"
        yield {**_read(path=path.path, note=note), "fresh": found.fresh, "age_s": age}


def _read(*, seat: str | None = None, path: str | None = None, note: str) -> dict[str, Any]:
    return {"seat": seat, "path": path, "fresh": False, "age_s": None, "note": note}


def _wakes(view: View, seat: Seat | None, past: Past | None, now: datetime) -> Iterator[datetime]:
    if seat is None or past is None or past.gone or not seat.holder.is_agent:
        return
    found = [past.retry_at] if past.retry_at is not None else []
    at: datetime | None = now
    while at is not None and len(found) < WAKES_SHOWN:
        at = next_promised(view.chart, seat, at)
        found += [at] if at is not None else []
    yield from (one.astimezone(now.tzinfo) for one in sorted(found))


def _waits(view: View, name: str, past: Past | None) -> str:
    """Say what a wake that is due waits for."""
    if past is None or not past.pending:
        return ""
    from fleet.runtime.whose import held_up

    return f"{'; '.join(wake.reason for wake in past.pending)}: {held_up(view, name)}"


def _budget(view: View, seat: Seat | None, past: Past | None, now: datetime) -> str:
    """Say what a seat has spent today, of what it may."""
    if seat is None or past is None or not seat.holder.is_agent:
        return ""
    today = past.spent_day == f"{now.astimezone(view.chart.calendar.tz):%Y-%m-%d}"
    spent, unmetered = (past.spent_usd, past.unmetered) if today else (0.0, 0)
    per = f" a {seat.budget.per}" if seat.budget is not None and seat.budget.per else ""
    of = f" of ${seat.budget.usd}{per}" if seat.budget is not None else ""
    more = f" + ? ({unmetered} unmetered)" if unmetered else ""
    return f"${spent:.2f}{more}{of}" if of or spent or unmetered else ""


def _last_words(view: View, name: str, past: Past | None) -> dict[str, str] | None:
    """Give the last line that the holder wrote to stderr in its last turn, if it wrote any."""
    from fleet.store.trouble import FileTrouble

    turn = past.last.turn if past is not None and past.last is not None else ""
    try:
        reading = view.files.reading(f"state/turns/{name}/{turn}.log")
    except FileTrouble:
        return None
    try:
        raw = reading.read_at(max(0, reading.size - LOG_TAIL), LOG_TAIL)
    finally:
        reading.close()
    lines = [line for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    return {"turn": turn, "line": lines[-1].strip()} if lines else None
