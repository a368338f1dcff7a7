"""Looking things up in a chart: places, the states a condition names, whether a pattern covers a path."""

from __future__ import annotations

import re

from fleet.core.chart import Chart, Path
from fleet.core.mistake import Place

_STATE = re.compile(r"""\bstate\s*\[\s*["']([^"']*)["']\s*\]|\bstate\.([a-z][a-z0-9_]*)""")
_WILD = re.compile(r"(\*\*/|\*+|\?|\[[^\]/]*\])")


def place_of(chart: Chart, path: Path, otherwise: Place) -> Place:
    """The place of a path, else of the nearest thing above it that has one."""
    while path:
        if path in chart.places:
            return chart.places[path]
        path = path[:-1]
    return otherwise


def states_named(condition: str) -> tuple[str, ...]:
    """The seats whose state a CEL condition looks at.

    >>> states_named('state["pulse"].fresh && state["dash"].items.size() > 0')
    ('pulse', 'dash')
    """
    return tuple(dict.fromkeys(m[1] or m[2] or "" for m in _STATE.finditer(condition)))


def is_covered(path: str, pattern: str) -> bool:
    """Say whether a pattern of `reads` takes in a path or a narrower pattern.

    >>> is_covered("data/crm/clients.csv", "data/crm/*.csv"), is_covered("data/a/b.csv", "data/*.csv")
    (True, False)
    """
    path = path.removeprefix("./")
    if path == pattern:
        return True
    parts = _WILD.split(pattern)
    regex = "".join(_regex(part) if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return ".." not in path.split("/") and re.fullmatch(regex, path) is not None


def _regex(wild: str) -> str:
    if wild == "**/":
        return "(?:[^/]+/)*"
    if wild.startswith("**"):
        return ".*"
    return "[^/]*" if wild == "*" else "[^/]"  # a set of characters counts as any one of them
