"""Walls: what an edit changes of a seat's sandbox, and of the user as whom its holder runs."""

from __future__ import annotations

from fleet.core.chart import Level, Path, Sandbox, Seat, Terms
from fleet.core.edit import plain
from fleet.core.edit.change import ACTS, GUARDS
from fleet.core.edit.told import Told, drop, put
from fleet.core.size import say_size

OFF = Sandbox()
RANK: dict[Level, int] = {"off": 0, "on": 1, "required": 2}


def compare_sandboxes(told: Told) -> Sandbox | None:
    """Compare that of `defaults`; gives the one in force."""
    was, now = told.old.terms.sandbox, told.new.terms.sandbox
    more = gains(was or OFF, now or OFF)
    path: Path = ("defaults", "sandbox")
    if more:
        does = f"let a seat that says nothing else: {more}"
        told.loosens("defaults", does, path, put(*path, value=plain.sandbox(was)), risk=GUARDS)
        return was
    told.differs("defaults", path, words(was or OFF), words(now or OFF), kind="tightens")
    return now


def compare_sandbox(told: Told, old: Seat, new: Seat, defaults: Terms) -> None:
    """Compare that of a seat, with what `defaults` says for it where it says nothing; and its user."""
    path: Path = ("seats", new.id, "sandbox")
    was = old.own.sandbox or told.old.terms.sandbox or OFF
    now = new.own.sandbox or defaults.sandbox or OFF
    if more := gains(was, now):
        told.loosens(new.id, more, path, put(*path, value=plain.sandbox(was)), risk=GUARDS)
    elif old.own.sandbox != new.own.sandbox:
        told.differs(new.id, path, words(was), words(now), kind="tightens")
    if old.user != new.user:
        path = ("seats", new.id, "user")
        does = f"runs as {_user(new.user)}, not as {_user(old.user)}"
        told.loosens(new.id, does, path, put(*path, value=old.user), risk=ACTS)


def add_sandbox(told: Told, new: Seat, defaults: Terms) -> None:
    """Let a new seat have no more room than the defaults in force give, and no user of its own."""
    path: Path = ("seats", new.id, "sandbox")
    more = gains(defaults.sandbox or OFF, new.own.sandbox or defaults.sandbox or OFF)
    if more:
        told.loosens(new.id, more, path, drop(*path), risk=GUARDS)
    if new.user:
        path = ("seats", new.id, "user")
        told.loosens(new.id, f"runs as {_user(new.user)}", path, drop(*path), risk=ACTS)


def gains(old: Sandbox, new: Sandbox) -> str:
    """Say what a sandbox allows that another does not; "" if it allows nothing more.

    >>> gains(Sandbox("on"), Sandbox("on", ports=(443,)))
    'may reach port 443'
    >>> gains(Sandbox("off"), Sandbox("on", ports=None))
    ''
    """
    if RANK[new.level] < RANK[old.level]:
        return f"has its sandbox {new.level}, not {old.level}"
    if old.level == "off":
        return ""
    found = [f"may read {one}" for one in new.read if one not in (*old.read, *old.write)]
    found += [f"may write in {one}" for one in new.write if one not in old.write]
    if old.ports is not None and new.ports is None:
        found.append("may reach any network")
    elif old.ports is not None:
        found += [f"may reach port {port}" for port in new.ports or () if port not in old.ports]
    if new.memory > old.memory:
        found.append(f"may have {say_size(new.memory)} of memory, not {say_size(old.memory)}")
    if new.processes > old.processes:
        found.append(f"may have {new.processes} processes, not {old.processes}")
    if new.files > old.files:
        found.append(f"may have {new.files} files open, not {old.files}")
    return " and ".join(found)


def words(value: Sandbox) -> str:
    """Say a sandbox: its level, and what in it is not as usual."""
    usual = Sandbox(value.level)
    said: list[str] = [value.level]
    if value.level == "off":
        return "off"
    said += [f"reads {' '.join(value.read)}"] if value.read else []
    said += [f"writes {' '.join(value.write)}"] if value.write else []
    if value.ports != usual.ports:
        said.append("any network" if value.ports is None else f"ports {' '.join(map(str, value.ports))}")
    said += [say_size(value.memory)] if value.memory != usual.memory else []
    said += [f"{value.processes} processes"] if value.processes != usual.processes else []
    said += [f"{value.files} files"] if value.files != usual.files else []
    return ", ".join(said)


def _user(name: str) -> str:
    return name or "the daemon's own user"
