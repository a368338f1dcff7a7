"""Moment: how an instant is said to people, near to now."""

from __future__ import annotations

from datetime import datetime, timedelta


def near(at: datetime | None, now: datetime) -> str:
    """Say an instant near now: `07:15` today, `tue 07:15` within a week, else `12 Mar 07:15`; `-` for none.

    Both are in the zone in which it is said.
    """
    if at is None:
        return "-"
    if at.date() == now.date():
        return f"{at:%H:%M}"
    if abs(at - now) < timedelta(days=6):
        return f"{at:%a %H:%M}".lower()
    return f"{at.day} {at:%b %H:%M}"


def soon(at: datetime | None, now: datetime) -> str:
    """Say an instant to come: as `near`, and `tomorrow 07:31`."""
    if at is not None and at.date() == (now + timedelta(days=1)).date():
        return f"tomorrow {at:%H:%M}"
    return near(at, now)


def at_soon(at: datetime | None, now: datetime) -> str:
    """Say an instant to come inside a sentence: `at 07:31` today, else as `soon`."""
    said = soon(at, now)
    return f"at {said}" if at is not None and at.date() == now.date() else said


def read_near(text: str | None, now: datetime) -> str:
    """Say an instant out of a record near now, in the zone of `now`; `-` for none."""
    return near(datetime.fromisoformat(text).astimezone(now.tzinfo), now) if text else "-"
