"""Sandbox: the walls of a seat, `off`, `on`, `required`, or a map with what more it may have inside of them."""

from __future__ import annotations

import re

from fleet.core.chart import Level, Sandbox
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import keys, values
from fleet.core.read.fields import fields, wrong_shape
from fleet.core.read.found import Found
from fleet.core.read.near import choose
from fleet.core.size import read_size

LEVELS: tuple[Level, ...] = ("off", "on", "required")
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
OPEN_PLACE = re.compile(r"(?:/|~/)[^*]+")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
PORT_MAX = 65535
PORTS = {
    "http": ("80", "[80, 443, 53]"),
    "https": ("443", "[443, 53]"),
    "web": ("443", "[443, 53]"),
    "dns": ("53",),
}
"""What of ports a name means: in a list, and for itself, with what finds the names of hosts."""
PROCESSES_MAX, FILES_MIN, FILES_MAX = 100_000, 16, 1_000_000


def read_sandbox(node: Node | None, found: Found) -> Sandbox | None:
    """Read a seat's sandbox; None where nothing is said of it."""
    if node is None:
        return None
    if not isinstance(node, Entries):
        level = values.word(node, LEVELS, found, "sandbox")
        return Sandbox(level) if level is not None else None
    given = fields(node, keys.SANDBOX, found)
    usual = Sandbox("on")
    files = values.whole(given.get("files"), found, "files", low=FILES_MIN, high=FILES_MAX)
    processes = values.whole(given.get("processes"), found, "processes", low=1, high=PROCESSES_MAX)
    memory = values.phrase(given.get("memory"), read_size, found, "F321", "this size")
    ports = _network(given["network"], found) if "network" in given else usual.ports
    return Sandbox(
        level=values.word(given.get("level"), LEVELS, found, "level") or usual.level,
        read=_places(given.get("read"), found, "read"),
        write=_places(given.get("write"), found, "write"),
        ports=ports,
        memory=memory if memory is not None else usual.memory,
        processes=processes if processes is not None else usual.processes,
        files=files if files is not None else usual.files,
    )


def read_user(node: Node | None, found: Found) -> str:
    """Read the user of the machine as whom a seat's holder runs."""
    user = values.scalar(node, found, "user")
    if user is None:
        return ""
    if USER.fullmatch(user.text) is None:
        found.say("F406", user.place, f"{user.text[:60]!r} is not the name of a user")
        return ""
    return user.text


def _places(node: Node | None, found: Found, what: str) -> tuple[str, ...]:
    kept: dict[str, Scalar] = {}
    for item in values.scalars(node, found, what):
        text = item.text.rstrip("/")
        if OPEN_PLACE.fullmatch(text) is None or ".." in text.split("/"):
            why = "a file of the fleet is read by `reads`" if what == "read" else "it writes in work/ anyway"
            says = f"{item.text[:60]!r} is no place outside the fleet: a path that begins with / or ~/, without *"
            found.say("F408", item.place, says, why=why)
        elif text in kept:
            first = (kept[text].place, "first here")
            found.say("F412", item.place, f"{text!r} stands twice in {what}", second=first)
        else:
            kept[text] = item
    return tuple(kept)


def _network(node: Node, found: Found) -> tuple[int, ...] | None:
    """Read `none`, `any`, or the ports; None is any."""
    items = values.scalars(node, found, "network")
    words = [item.text for item in items]
    if words == ["any"]:
        return None
    if words in (["none"], []):
        return ()
    ports = []
    for item in items:
        if item.text in ("any", "none"):
            wrong_shape(node, found, f"network is {item.text}, or a list of ports")
        elif _PORT.fullmatch(item.text) is None or int(item.text) > PORT_MAX:
            found.say(
                "F409",
                item.place,
                f"{item.text[:60]!r} is no port: a number from 1 to {PORT_MAX}, any or none",
                tries=_ports_meant(item.text, node),
            )
        else:
            ports.append(int(item.text))
    return tuple(sorted(set(ports)))


def _ports_meant(word: str, node: Node) -> tuple[str, ...]:
    """Say what a word stands for that is no port: one in a list, or all that is needed."""
    ports = PORTS.get(word.lower(), ())
    if ports:
        return (ports[-1] if isinstance(node, Scalar) else ports[0],)
    return choose(word, ("any", "none")) if isinstance(node, Scalar) else ()
