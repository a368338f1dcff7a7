"""Patterns of paths: what one takes in, and whether two have a path in common."""

from __future__ import annotations

import itertools

import pytest

from fleet.core.pattern import beginning, is_covered, meet

SEGMENTS = ("a", "ab", "b", "*", "a*", "*b", "?", "a?", "**")
NAMES = ("a", "b", "ab", "aab", "ba")


@pytest.mark.parametrize("first", [*SEGMENTS, *(f"{one}/{two}" for one in SEGMENTS for two in SEGMENTS)])
def test_two_patterns_meet_if_and_only_if_some_path_is_taken_in_by_both(first: str) -> None:
    paths = ["/".join(names) for n in (1, 2, 3) for names in itertools.product(NAMES, repeat=n)]
    mine = {path for path in paths if is_covered(path, first)}
    for second in (*SEGMENTS, *(f"{one}/{two}" for one in SEGMENTS for two in SEGMENTS)):
        both = any(is_covered(path, second) for path in mine)
        if both:
            assert meet(first, second) and meet(second, first), (first, second)
            ours, theirs = beginning(first), beginning(second)
            assert ours.startswith(theirs) or theirs.startswith(ours), (first, second)
        elif "**" not in first + second:
            assert not meet(first, second), (first, second)
