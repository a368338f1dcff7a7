"""Spans: what is read, what is refused and why, how they are said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.core.span import read_span, round_span, say_span
from fleet.errors import Unreadable


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("51s", 51),  # each unit by its letter
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86_400),
        ("2w", 1_209_600),
        ("10 m", 600),  # a blank between
        ("30 days", 2_592_000),  # the words of a chart
        ("1 day", 86_400),
        ("2 hours", 7200),
        ("10 minutes", 600),
        ("3 weeks", 1_814_400),
        ("45 seconds", 45),
        ("36500d", 3_153_600_000),  # a hundred years, the most
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert read_span(text) == timedelta(seconds=seconds)


WHAT = "a span is a whole number and s, m, h, d or w"
ONE = "a span has one number and one unit"


@pytest.mark.parametrize(
    ("text", "why", "tries"),
    [
        ("", WHAT, ("10m", "2h", "1d")),  # nothing
        ("0s", "a span must be longer than 0", ("10m", "2h", "1d")),  # no time at all
        ("0 days", "a span must be longer than 0", ("10m", "2h", "1d")),
        ("90", "a number without a unit: s, m, h, d or w", ("90s", "90m", "90h")),  # which unit?
        ("1.5h", WHAT, ("90m",)),  # a part of a unit
        ("2h30m", ONE, ("150m",)),  # two units
        ("3d 2h", ONE, ("74h",)),  # with a blank between
        ("1 hour and 30 min", ONE, ("90m",)),  # in words
        ("1h, 15m", ONE, ("75m",)),  # a comma, in quotes
        ("1d12h30m", ONE, ("2190m",)),  # three
        ("24h 7200s", ONE, ("26h",)),  # said in the largest unit that divides it
        ("9999w 9999w", WHAT, ("10m", "2h", "1d")),  # longer than a hundred years
        ("2h 3x", WHAT, ("10m", "2h", "1d")),  # one of them is none
        ("10min", WHAT, ("10m",)),  # another abbreviation
        ("10M", WHAT, ("10m",)),  # a capital
        ("010m", WHAT, ("10m",)),  # a leading zero
        ("-5m", WHAT, ("10m", "2h", "1d")),  # backwards
        ("10m\n", WHAT, ("10m",)),  # a line's end is no part of a span
        ("10  m", WHAT, ("10m",)),  # two blanks
        ("٣m", WHAT, ("10m", "2h", "1d")),  # a digit, but not of ours
        ("3 months", WHAT, ("10m", "2h", "1d")),  # months differ in length
        ("36501d", "longer than a hundred years", ("36500d",)),  # a slip
    ],
)
def test_what_is_no_span_is_refused_with_a_reason(text: str, why: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_span(text)
    for tried in tries:
        read_span(tried)
    assert (refused.value.why, refused.value.suggestions) == (why, tries)
    assert (refused.value.start, refused.value.end) == (0, len(text))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=90), "90m"),  # no whole hours
        (timedelta(hours=24), "1d"),  # the largest unit that divides it
        (timedelta(days=30), "30d"),
        (timedelta(days=14), "2w"),
        (timedelta(seconds=61), "61s"),
        (timedelta(), "0s"),  # said, though never read
        (timedelta(minutes=-5), "-5m"),  # a clock that ran ahead
        (timedelta(milliseconds=1500), "1.5s"),  # measured, not written
    ],
)
def test_a_span_is_said_exactly_and_short(span: timedelta, said: str) -> None:
    assert say_span(span) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (51, "51s"),  # under a minute
        (59.6, "1m"),  # never 60s
        (128, "2m"),
        (52 * 60 + 52, "53m"),  # to the nearest
        (3599, "1h"),  # never 60m
        (4 * 3600 + 100, "4h"),
        (86_399, "1d"),  # never 24h
        (12 * 86_400 + 40_000, "12d"),
        (800 * 86_400, "800d"),  # days are the largest unit
        (0, "0s"),
        (-0.2, "0s"),  # no minus nothing
        (-300, "-5m"),
    ],
)
def test_a_rounded_span_has_one_number_and_its_nearest_unit(seconds: float, said: str) -> None:
    assert round_span(timedelta(seconds=seconds)) == said
