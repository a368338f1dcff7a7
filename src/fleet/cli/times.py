"""Times: how instants are shown to people, and how those that people type are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from fleet.core.moment import near as short
from fleet.core.moment import soon
from fleet.errors import Typed, Unreadable

__all__ = ["ago", "exact", "short", "soon", "span", "typed_time", "when", "zone_of"]


def zone_of(name: str, utc: bool) -> tzinfo:
    """Give the zone in which times are shown."""
    return UTC if utc else ZoneInfo(name)


def when(text: str | datetime | None, zone: tzinfo) -> datetime | None:
    """Read a time of ours and put it in a zone."""
    if not text:
        return None
    return (text if isinstance(text, datetime) else datetime.fromisoformat(text)).astimezone(zone)


def exact(at: datetime, now: datetime) -> str:
    """Say an instant to the second, with its day where that is not today."""
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    if abs(at - now) < timedelta(days=6):
        return f"{at:%a %H:%M:%S}"
    return f"{at:%Y-%m-%d %H:%M:%S}"


def span(seconds: float | None) -> str:
    """Say seconds for people: `51s`, `2m`."""
    from fleet.core.span import round_span

    return round_span(timedelta(seconds=seconds)) if seconds is not None else ""


def typed_time(text: str, option: str, now: datetime, *, past: bool = False) -> datetime:
    """Read a time that was typed: RFC 3339, the same without offset, `07:30`, `mon`, or a span (`4h`) from now.

    With `past` a span counts backwards. `now` is in the zone that a time without offset is meant in.
    """
    from fleet.core.span import read_span

    try:
        if text[:1].isdigit() and text[4:5] == "-":
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
        if ":" in text or text[:1].isalpha():
            return _near(text, now, past=past)
        return now - read_span(text) if past else now + read_span(text)
    except (ValueError, OverflowError, Unreadable) as exc:
        example = now.replace(microsecond=0, second=0).isoformat()
        raise Typed(
            f"{option} {text[:60]!r}: neither a time like {example}, 07:30 or mon nor a span like 4h"
        ) from exc


def _near(text: str, now: datetime, *, past: bool) -> datetime:
    """Read a clock time, or a day of the week: the next one, or with `past` the last one."""
    from fleet.core.instant import read_instant

    zone = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    if not past:
        return read_instant(text, after=now, zone=zone)
    found = [read_instant(text, after=now - timedelta(days=days), zone=zone) for days in (1, 7)]
    return next((at for at in found if at <= now), found[0])


def ago(at: datetime | None, now: datetime) -> str:
    """Say how long ago an instant was: `53m`; `-` for none."""
    return span(max((now - at).total_seconds(), 0.0)) if at is not None else "-"
