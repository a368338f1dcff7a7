"""A sound chart as text with the places of its keys and values, found by PyYAML and not by the program's reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

Where = tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A key or a scalar value: where it stands in the text, and under which keys."""

    file: str
    start: int
    end: int
    text: str
    path: Where
    flow: bool
    style: str = ""


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a map; `next` is where the entry behind it begins, or None."""

    key: Token
    value: yaml.Node
    next: int | None
    previous: int | None
    flow: bool

    @property
    def path(self) -> Where:
        return self.key.path


@dataclass
class Chart:
    """A sound chart of one or more files."""

    name: str
    files: dict[str, str]
    entries: list[Entry] = field(default_factory=list)
    scalars: list[Token] = field(default_factory=list)
    maps: list[tuple[Where, str, yaml.MappingNode]] = field(default_factory=list)
    lists: list[tuple[Where, str, yaml.SequenceNode]] = field(default_factory=list)

    def value(self, *path: str) -> str | None:
        return next((one.text for one in self.scalars if one.path == path), None)

    def under(self, *pattern: str) -> Iterator[Token]:
        return (one for one in self.scalars if matches(one.path, pattern))

    def keyed(self, *pattern: str) -> Iterator[Entry]:
        return (one for one in self.entries if matches(one.path, pattern))

    def seats(self) -> list[str]:
        return [one.key.text for one in self.keyed("seats", "*")]

    def people(self) -> set[str]:
        return {one.path[1] for one in self.keyed("seats", "*", "person")}


def matches(path: Where, pattern: Where) -> bool:
    return len(path) == len(pattern) and all(
        want in ("*", have) for have, want in zip(path, pattern, strict=True)
    )


def load(folder: Path) -> Chart:
    files = {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*.yaml"))}
    chart = Chart(folder.name, files)
    for file, text in files.items():
        walk(chart, file, yaml.compose(text, Loader=yaml.BaseLoader), ())
    return chart


def walk(chart: Chart, file: str, node: yaml.Node | None, path: Where, *, flow: bool = False) -> None:
    if isinstance(node, yaml.MappingNode):
        chart.maps.append((path, file, node))
        pairs = node.value
        for index, (key, value) in enumerate(pairs):
            below = (*path, key.value)
            token = Token(
                file, key.start_mark.index, key.end_mark.index, key.value, below, bool(node.flow_style)
            )
            after = pairs[index + 1][0].start_mark.index if index + 1 < len(pairs) else None
            before = pairs[index - 1][1].end_mark.index if index else None
            chart.entries.append(Entry(token, value, after, before, bool(node.flow_style)))
            walk(chart, file, value, below, flow=bool(node.flow_style))
    elif isinstance(node, yaml.SequenceNode):
        chart.lists.append((path, file, node))
        for index, item in enumerate(node.value):
            walk(chart, file, item, (*path, str(index)), flow=bool(node.flow_style))
    elif isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        chart.scalars.append(Token(file, start, end, node.value, path, flow, node.style or ""))
