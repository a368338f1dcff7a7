"""Persons: as whom a caller acts, how that is known, and whom a matter concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fleet.core.chain import person_above
from fleet.core.chart import Chart, Seat
from fleet.edge.socket import Caller
from fleet.errors import Refused, Typed

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


def acting(fleet: Fleet, caller: Caller, whom: str | None = None) -> str:
    """Say as which person a caller acts: `--as`, else by login, else, where nobody has one, the person concerned.

    Raises Typed for an `--as` that names no person, Refused for one whom this user may not speak for.
    """
    people = _people(fleet.chart)
    if caller.person is not None and caller.person not in people:
        raise Typed(
            f"--as {caller.person}: not a person on this chart; there are: {', '.join(people) or 'none'}"
        )
    if caller.person is not None and caller.stranger and caller.person not in _by_login(fleet.chart, caller):
        login = people[caller.person].holder.login
        whose = f"{caller.person} is the user {login}" if login else f"{caller.person} has no `login:`"
        raise Refused(
            f"--as {caller.person}: {whose}, and you are the user {caller.login}; nothing was changed"
        )
    by = you(fleet.chart, caller)
    if by is None:
        return whom if whom in people else "operator"
    if whom is not None and caller.person is None and whom in _by_login(fleet.chart, caller):
        return whom  # where one user is several people
    return by or "operator"


def known(fleet: Fleet, caller: Caller, by: str) -> dict[str, Any]:
    """Give what a record keeps of who decided: as whom, how that is known, and which user of the machine asked."""
    if caller.anyone:
        how = "script"
    elif caller.person is not None:
        how = "--as"
    elif by in _by_login(fleet.chart, caller):
        how = "login"
    else:
        how = "concerned" if by in _people(fleet.chart) else "nobody"
    user = {"user": caller.login} if caller.login else {}
    number = {"uid": caller.uid} if caller.uid is not None else {}
    return {"by": by, "caller": {"how": how, **user, **number}}


def you(chart: Chart, caller: Caller) -> str | None:
    """Say which person a caller is; empty for none of them, None where it is always the one concerned."""
    people = _people(chart)
    if caller.person is not None:
        return caller.person if caller.person in people else ""
    if caller.anyone:
        return None
    by_login = _by_login(chart, caller)
    if by_login:
        return by_login[0]
    return "" if any(s.holder.login for s in people.values()) else None


def _by_login(chart: Chart, caller: Caller) -> list[str]:
    return [n for n, s in _people(chart).items() if s.holder.login and s.holder.login == caller.login]


def _people(chart: Chart) -> dict[str, Seat]:
    return {name: seat for name, seat in chart.seats.items() if seat.holder.is_person}


def concerned(fleet: Fleet, name: str | None) -> str | None:
    """Name the person a seat's matters concern: the nearest one it answers to."""
    return (person_above(fleet.chart, name) or None) if name is not None else None
