"""Condition: what the `if` of a rule looks at, read from its text."""

from __future__ import annotations

import re

_STATE = re.compile(r"""\bstate\s*\[\s*["']([^"']*)["']\s*\]|\bstate\.([a-z][a-z0-9_]*)""")


def states_named(condition: str) -> tuple[str, ...]:
    """The seats whose state a CEL condition looks at.

    >>> states_named('state["pulse"].fresh && state["dash"].items.size() > 0')
    ('pulse', 'dash')
    """
    return tuple(dict.fromkeys(m[1] or m[2] or "" for m in _STATE.finditer(condition)))
