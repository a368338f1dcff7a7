"""Mending under random slips: it only writes where it says, goes on to its end, and never touches what is sound."""

# ruff: noqa: E501 - slips stand side by side

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.mistake import Mend, Mistake, Place
from fleet.core.read.mend import Mended, mend, written
from fleet.store.chart import read_text

from .test_chart import SOUND

SLIPS = [
    ("answers_to:", "manger:"), ("when:", "schedule:"), ("title:", "titel:"), ("10:00", "9:30"), ("title: ", "title:\t"),
    ("at least 5", "min 5"), ("every 2h", "every 2 hours"), ("private: yes", "private: on"), ("reads: [dash", "reads: [dahs"),
    ("budget: $4 a day", "budget: 4 usd/day"), ("within: 1h", "within: 1 hr"), ("limits:", "limit:"), ("seats:\n", "seats\n"),
    ("title: Sales", "title:Sales"), ("owns: [ads", "owns: [ads]["), ("wait 2h", "wait 2 hrs"), ("then: hold", "then: hald"),
    ("timezone:", "tz:"), ("2026-12-25", "2026/12/25"), ("    title: Sales", "\ttitle: Sales"), ("\n", "\r\n"), ("fleet:", "\ufefffleet:"),
    ("weekdays at 10:00,", "weekdays at 10:00, 12:00,"), ("answers_to: ann", "answers_to: anm"), ("#", "'"), ("retries: 2", "retries: 2, retry: 3"),
]  # fmt: skip


def check(texts: dict[str, str]) -> tuple[Mistake, ...]:
    return read_text(texts)[1]


def mended(text: str) -> tuple[str, tuple[Mended, ...], tuple[Mistake, ...]]:
    texts, done, left = mend({"fleet.yaml": text}, lambda given: check(dict(given)))
    return texts["fleet.yaml"], done, left


def slipped(seed: int) -> str:
    dice = random.Random(seed)
    text = SOUND
    for old, new in dice.sample(SLIPS, dice.randrange(1, 6)):
        at = [i for i in range(len(text)) if text.startswith(old, i)]
        if at:
            i = dice.choice(at)
            text = text[:i] + new + text[i + len(old) :]
    return text


def errors(mistakes: tuple[Mistake, ...]) -> int:
    return sum(m.level == "error" for m in mistakes)


def test_a_sound_chart_is_never_touched() -> None:
    assert mended(SOUND) == (SOUND, (), check({"fleet.yaml": SOUND}))


@settings(derandomize=True, deadline=None, max_examples=250)
@given(st.integers(0, 2**32))
def test_mending_takes_mistakes_away_and_nothing_else(seed: int) -> None:
    text = slipped(seed)
    new, done, left = mended(text)
    assert left == check({"fleet.yaml": new})
    assert (new == text) == (not done)
    if done and not any(one.mistake.code.startswith("F1") for one in done):
        assert errors(left) <= errors(check({"fleet.yaml": text})) - 1
    assert mended(new)[:2] == (new, ()), "a second time there is nothing to do"
    expected = Counter(text)
    for one in done:
        expected.subtract(one.old)
        expected.update(one.mend.text)
    assert +expected == Counter(new), "no letter came or went but in what was told"


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.text("ab\n\r\ufeff", max_size=30),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(0, 4))),
)
def test_bytes_outside_the_mends_are_unchanged(text: str, spots: list[tuple[int, int, int]]) -> None:
    mends = [Mend(Place("f", line, col, line, col + width), "<>") for line, col, width in spots]
    new = written(text, mends)
    assert len(new.replace("<>", "")) <= len(text)
    left = iter(text)
    assert all(char in left for char in new.replace("<>", "")), "a part of the text, in its order"
    assert written(text, []) == text
