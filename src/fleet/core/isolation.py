"""Isolation: what keeps a holder from what is not its own on a given machine, and what its entry asks in vain."""

from __future__ import annotations

from typing import Literal

from fleet.core.chart import Chart, Sandbox, Seat
from fleet.core.frozen import dataclass

Way = Literal["none", "landlock", "bubblewrap", "user"]

CUTS, PORTS = 3, 4
"""The versions of Landlock that see a file being cut short, and TCP."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine has to keep programs apart. `kind` is its processor, as `uname -m` says."""

    landlock: int = 0
    """The version; 0 for none."""
    filters: bool = False
    """Whether fleet knows the calls of this processor (seccomp)."""
    bubblewrap: bool = False
    switches: bool = False
    """Whether the daemon may start programs as another user."""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Isolation:
    """How a seat's holder is kept apart; `lacks` is what its entry wants and this machine does not give."""

    way: Way
    says: str
    lacks: str = ""


def isolation(seat: Seat, machine: Machine) -> Isolation:
    """Say how a seat's holder is kept apart on a machine."""
    wants = seat.sandbox
    person = f"user {seat.user}" if seat.user else ""
    if wants.level == "off":
        return Isolation("user", person) if person else Isolation("none", "none")
    if machine.landlock:
        says = f"landlock v{machine.landlock}{' + seccomp' if machine.filters else ''}"
        return Isolation("landlock", _joined(says, person), _landlock_lacks(wants, machine))
    if machine.bubblewrap:
        lacks = "bubblewrap cannot let a program reach some ports only" if wants.ports else ""
        return Isolation("bubblewrap", _joined("bubblewrap", person), lacks)
    lacks = "this kernel has no Landlock, and bwrap is not installed"
    return Isolation("user", person, lacks) if person else Isolation("none", "none", lacks)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _landlock_lacks(wants: Sandbox, machine: Machine) -> str:
    if not machine.filters:
        return f"fleet has no filter of calls for {machine.kind}"
    if machine.landlock < CUTS:
        return f"Landlock v{machine.landlock} does not keep files from being cut short"
    if wants.ports and machine.landlock < PORTS:
        return f"Landlock v{machine.landlock} does not know ports"
    return ""


def refusal(seat: Seat, machine: Machine) -> str:
    """Say why a seat's turn is not started on a machine, or "" if it may be."""
    if seat.user and not machine.switches:
        return f"its `user: {seat.user}` needs a daemon that may switch users (root); no process was started"
    held = isolation(seat, machine)
    if seat.sandbox.level == "required" and held.lacks:
        return f"its sandbox is required and cannot be had here: {held.lacks}; no process was started"
    return ""


def told(chart: Chart, machine: Machine) -> dict[str, str]:
    """Say of each seat that a program holds how it is kept apart."""
    return {seat.id: isolation(seat, machine).says for seat in chart.seats.values() if seat.holder.is_agent}


def summary(says: dict[str, str]) -> str:
    """Say of all seats together how they are kept apart; it begins with `none` where one is not."""
    groups: dict[str, list[str]] = {}
    for seat, one in says.items():
        groups.setdefault(one, []).append(seat)
    if len(groups) < 2:
        return next(iter(groups), "none")
    parts = sorted(groups.items(), key=lambda group: group[0] != "none")
    return "; ".join(f"{one} ({_counted(seats)})" for one, seats in parts)


def _counted(seats: list[str]) -> str:
    return seats[0] if len(seats) == 1 else f"{len(seats)} seats"
