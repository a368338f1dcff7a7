"""Renders records as the texts of files; the same record gives the same bytes, live and after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fleet.core.codec import when
from fleet.core.message import from_json as message_from_json
from fleet.core.message import render_message
from fleet.core.past import Claim
from fleet.core.record import Record
from fleet.core.result import from_json as result_from_json
from fleet.core.span import round_span
from fleet.core.state import Header, render_state
from fleet.store.yaml import write_plain


def state_text(record: Record, zone: ZoneInfo) -> str:
    """Render the state that a done turn published, from its record alone."""
    data = record.data
    state = data["state"]
    header = Header(
        seat=record.seat or "",
        turn=record.turn or "",
        written=record.at.astimezone(zone).replace(microsecond=0),
        as_of=when(state.get("as_of")),
        good_until=when(state.get("good_until")),
        stale=tuple(state.get("stale", ())),
        outside=bool(state.get("outside", False)),
    )
    claims = [
        Claim(c["about"], record.at, record.turn or "", when(c.get("until")), c.get("because", ""))
        for c in state.get("claims", ())
    ]
    result = result_from_json(data["result"], now=record.at)
    return render_state(header, result, claims, write_front=write_plain, zone=zone)


def message_bytes(data: Mapping[str, Any], zone: ZoneInfo) -> bytes:
    """Render a message's file from its record's data."""
    return render_message(message_from_json(dict(data)), write_front=write_plain, zone=zone).encode()


def log_line(record: Record, zone: ZoneInfo) -> str:
    """Write the one line that a turn leaves in its seat's log."""
    data = record.data
    took = round_span(timedelta(seconds=data.get("took_s", 0)))
    says = data.get("headline") if data["outcome"] == "done" else data.get("why")
    at = record.at.astimezone(zone).isoformat(timespec="seconds")
    return " ".join(f"{at} {record.turn} {data['outcome']} {took} {says or ''}".split()) + "\n"
