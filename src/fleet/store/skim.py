"""Skim: names in a fleet.yaml, found by its lines, without it being read whole or checked.

It is for lists that are only looked at, of a file that may be in the middle of an edit: what is written in
another way than on lines of its own is found by the full reader, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any

from fleet.core.folder import CHART, FILE_MAX
from fleet.core.frozen import dataclass
from fleet.errors import FleetError
from fleet.store.files import Files

_NAME = re.compile(r"([ ]+)([A-Za-z][A-Za-z0-9._-]*):(?=\s|$)")
_METRIC = re.compile(r"(?:^|[{,]\s*)([a-z][a-z0-9_-]*):")
_RULES = re.compile(r"^rules:.*(?:\n(?:[ \t-].*|#.*|))*", re.MULTILINE)
_RULE = re.compile(
    r"(?:^[ \t]*(?:-[ \t]+)?|[\[{][ \t]*)(?:\{[ \t]*)?name:[ \t]+([^\s,{}\[\]'\"#]+)", re.MULTILINE
)
_INNER = re.compile(r"\{[^{}]*\}")


@dataclass(slots=True)
class Names:
    """Names of a chart: seats, those that a person holds, kinds of actions, rules, and each seat's metrics."""

    seats: dict[str, None] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)
    actions: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)
    metrics: dict[str, tuple[str, ...]] = field(default_factory=dict)


def names(files: Files) -> Names:
    """Find the names in fleet.yaml and what it includes; none in a file that cannot be read."""
    found = Names()
    text = _text(files, CHART)
    _gather(found, text)
    for pattern in _includes(text):
        with suppress(FleetError):
            for name in files.glob(pattern):
                _gather(found, _text(files, name))
    return found


def _text(files: Files, name: str) -> str:
    try:
        return files.read(name, limit=FILE_MAX).decode("utf-8", "replace")
    except FleetError:
        return ""


def _includes(text: str) -> list[str]:
    match = re.search(r"^include:(.*(?:\n[ ]+-.*|\n-.*)*)", text, re.MULTILINE)
    return re.findall(r"[^\s,\[\]'\"]*[/.][^\s,\[\]'\"]*", match[1]) if match else []


def _gather(found: Names, text: str) -> None:
    for name, lines in _entries(text, "seats"):
        found.seats[name] = None
        for key, value in _keys(lines):
            if key == "person":
                found.people[name] = None
            else:
                found.metrics[name] = value
    for name, _ in _entries(text, "actions"):
        found.actions[name] = None
    if section := _RULES.search(text):
        found.rules.update(dict.fromkeys(_RULE.findall(section[0])))
    if not found.seats and re.search(r"\A\s*\{|^seats:", text, re.MULTILINE):
        _whole(found, text)


def _entries(text: str, section: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the entries of a section with their lines."""
    begins = re.search(rf"^{section}:[ \t]*(?:#.*)?$", text, re.MULTILINE)
    if begins is None:
        return
    indent, name, lines = "", "", list[str]()
    for line in text[begins.end() :].split("\n")[1:]:
        if line and line[0] not in " #\t\r":
            break
        match = _NAME.match(line)
        if match is not None and (not indent or match[1] == indent):
            if name:
                yield name, lines
            indent, name, lines = match[1], match[2], [line[match.end() :]]
        elif name:
            lines.append(line)
    if name:
        yield name, lines


def _keys(lines: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield who holds a seat and what it measures, where they stand on lines of their own or in braces."""
    for at, line in enumerate(lines):
        for match in re.finditer(r"(?:^|[{,\s])(scorecard|person):[ ]*", line):
            value = line[match.end() :]
            if match[1] == "scorecard" and not value.split("#")[0].strip():
                value = "{" + ",".join(_deeper(lines[at + 1 :], line)) + "}"
            elif match[1] == "scorecard":
                value = _braces("\n".join([value, *lines[at + 1 :]]))
            yield match[1], tuple(_METRIC.findall(_flat(value)))


def _deeper(lines: list[str], key: str) -> Iterator[str]:
    """Yield the first level of what stands under a key."""
    above = len(key) - len(key.lstrip())
    indent = 0
    for line in lines:
        deep = len(line) - len(line.lstrip())
        if line.strip() and deep <= above:
            return
        indent = indent or deep
        if line.strip() and deep == indent:
            yield line.strip()


def _braces(text: str) -> str:
    """Cut a text behind the brace that closes its first one."""
    depth = 0
    for at, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return text[: at + 1]
    return text


def _flat(value: str) -> str:
    inner = value.strip()[1:-1]
    while (flat := _INNER.sub("", inner)) != inner:
        inner = flat
    return inner


def _whole(found: Names, text: str) -> None:
    """Find names that stand in braces; it takes the full reader."""
    from fleet.store.yaml import read_plain

    try:
        chart: Any = read_plain(text)
    except FleetError:
        return
    seats = chart.get("seats") if isinstance(chart, Mapping) else None
    for name, seat in seats.items() if isinstance(seats, Mapping) else ():
        found.seats[str(name)] = None
        if isinstance(seat, Mapping) and "person" in seat:
            found.people[str(name)] = None
        if isinstance(seat, Mapping) and isinstance(seat.get("scorecard"), Mapping):
            found.metrics[str(name)] = tuple(map(str, seat["scorecard"]))
    actions = chart.get("actions") if isinstance(chart, Mapping) else None
    for name in actions if isinstance(actions, Mapping) else ():
        found.actions[str(name)] = None
