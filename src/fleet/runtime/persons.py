"""Persons: as whom a caller acts, and whom a matter concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.core.chain import person_above
from fleet.core.chart import Chart, Seat
from fleet.edge.socket import Caller
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


def acting(fleet: Fleet, caller: Caller, whom: str | None = None) -> str:
    """Say as which person a caller acts: `--as`, else by login, else, where nobody has one, the person concerned."""
    people = _people(fleet.chart)
    if caller.person is not None and caller.person not in people:
        raise Typed(
            f"--as {caller.person}: not a person on this chart; there are: {', '.join(people) or 'none'}"
        )
    by = you(fleet.chart, caller)
    if by is None:
        return whom if whom in people else "operator"
    return by or "operator"


def you(chart: Chart, caller: Caller) -> str | None:
    """Say which person a caller is; empty for none of them, None where it is always the one concerned."""
    people = _people(chart)
    if caller.person is not None:
        return caller.person if caller.person in people else ""
    if caller.anyone:
        return None
    by_login = [name for name, s in people.items() if s.holder.login and s.holder.login == caller.login]
    if by_login:
        return by_login[0]
    return "" if any(s.holder.login for s in people.values()) else None


def _people(chart: Chart) -> dict[str, Seat]:
    return {name: seat for name, seat in chart.seats.items() if seat.holder.is_person}


def concerned(fleet: Fleet, name: str | None) -> str | None:
    """Name the person a seat's matters concern: the nearest one it answers to."""
    return (person_above(fleet.chart, name) or None) if name is not None else None
