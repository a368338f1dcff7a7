"""Pattern: whether a path with `*` takes in a path, or a narrower pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_TOKENS = re.compile(r"\[[^\]]+\]|.", re.DOTALL)


def is_covered(path: str, pattern: str) -> bool:
    """Say whether a pattern of `reads` takes in a path or a narrower pattern.

    >>> is_covered("data/crm/clients.csv", "data/crm/*.csv"), is_covered("data/a/b.csv", "data/*.csv")
    (True, False)
    """
    path = path.removeprefix("./")
    if path == pattern:
        return True
    parts = path.split("/")
    return ".." not in parts and _matches(parts, pattern.split("/"), "**", name_matches)


def name_matches(name: str, pattern: str) -> bool:
    """Say whether a pattern takes in one name; a set of characters counts as any one of them.

    >>> name_matches("mail.mbox", "*.mbox"), name_matches(".fleet", "*"), name_matches("a1", "a[0-9]")
    (True, False, True)
    """
    if name.startswith(".") and pattern[:1] in ("*", "?", "["):
        return False
    return _matches(name, _TOKENS.findall(pattern), "*", lambda c, token: token in (c, "?") or len(token) > 1)


def _matches(
    given: Sequence[str], pattern: Sequence[str], star: str, same: Callable[[str, str], bool]
) -> bool:
    """Match with a star for any number, by going back to the last star only: never worse than n times m."""
    i = j = 0
    after_star, taken = -1, 0
    while i < len(given):
        if j < len(pattern) and pattern[j] == star:
            after_star, taken = j + 1, i
            j += 1
        elif j < len(pattern) and same(given[i], pattern[j]):
            i, j = i + 1, j + 1
        elif after_star >= 0:
            taken += 1
            i, j = taken, after_star
        else:
            return False
    return all(token == star for token in pattern[j:])
