"""The scorecard's values: what a result reports becomes a row, unless it cannot be true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from fleet.core.chart import Chart, Metric, Seat
from fleet.core.record import Draft
from fleet.core.result import Result

COLUMNS = ("week", "seat", "metric", "value", "target", "met", "source", "turn", "as_of", "written")


def value_records(chart: Chart, seat: Seat, turn: str, result: Result, now: datetime) -> Iterator[Draft]:
    """Draft a record for each value of a result. One outside its plausible range, or not on the
    seat's scorecard, is recorded as held and makes no row."""
    metrics = {m.name: m for m in seat.scorecard}
    local = now.astimezone(chart.calendar.tz)
    year, week, _ = local.isocalendar()
    for name, given in result.scorecard.items():
        metric = metrics.get(name)
        data = {
            "week": f"{year}-W{week:02d}",
            "metric": name,
            "value": str(given.value),
            "target": metric.target.text if metric and metric.target else "",
            "met": _met(metric, given.value),
            "as_of": (given.as_of or result.as_of or "") and (given.as_of or result.as_of).isoformat(),  # type: ignore[union-attr]
            "evidence": given.evidence,
            "source": seat.id,
            "written": local.isoformat(timespec="seconds"),
        }
        held = _why_held(metric, seat, name, given.value)
        if held:
            data |= {"held": held, "correction": f"scorecard.{name}: {given.value} was not written: {held}."}
        yield Draft("value", seat=seat.id, turn=turn, data=data)


def _met(metric: Metric | None, value: Decimal) -> str:
    met = metric.target.met(value) if metric and metric.target else None
    return "" if met is None else "yes" if met else "no"


def _why_held(metric: Metric | None, seat: Seat, name: str, value: Decimal) -> str:
    if metric is None:
        known = ", ".join(m.name for m in seat.scorecard) or "none"
        return f"{name} is not on the scorecard of {seat.id} (it has: {known})"
    if metric.by == "ledger":
        return "fleet measures it from the ledger, so that nobody grades himself"
    if metric.plausible is not None and metric.plausible.met(value) is False:
        return f"{value} is outside its plausible range, {metric.plausible.text}"
    return ""
