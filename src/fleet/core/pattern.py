"""Pattern: whether a path with `*` takes in a path, or a narrower pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_SIGN = re.compile(r"[*?\[]")
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


def meet(one: str, other: str) -> bool:
    """Say whether some path is taken in by both of two patterns of `reads`.

    >>> meet("data/*.csv", "data/leads.*"), meet("data/*.csv", "data/*/x.csv"), meet("data/**", "data/a/b")
    (True, False, True)
    """
    one, other = one.removeprefix("./"), other.removeprefix("./")
    if one == other:
        return True
    if beginning(one) == one and beginning(other) == other:
        return False
    return _meet(one.split("/"), other.split("/"), "**", _names_meet)


def beginning(path: str) -> str:
    """Give what all paths begin with that a pattern takes in; the whole of one that has no signs.

    >>> beginning("data/crm/*.csv"), beginning("data/x.csv")
    ('data/crm/', 'data/x.csv')
    """
    path = path.removeprefix("./")
    match = _SIGN.search(path)
    return path[: match.start()] if match else path


def _names_meet(one: str, other: str) -> bool:
    def same(a: str, b: str) -> bool:
        return (
            a == b or "?" in (a, b) or len(a) > 1 or len(b) > 1
        )  # a set of characters counts as any of them

    return one == other or _meet(_TOKENS.findall(one), _TOKENS.findall(other), "*", same)


def _meet(one: Sequence[str], other: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Say whether two patterns have a text in common; row by row from their ends, n times m at worst."""
    row = [False] * (len(other) + 1)
    for i in range(len(one), -1, -1):
        below, row = row, [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            if i == len(one) and j == len(other):
                row[j] = True
            elif i < len(one) and one[i] == star:
                row[j] = below[j] or (j < len(other) and row[j + 1])
            elif j < len(other) and other[j] == star:
                row[j] = row[j + 1] or (i < len(one) and below[j])
            elif i < len(one) and j < len(other):
                row[j] = same(one[i], other[j]) and below[j + 1]
    return row[0]


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
