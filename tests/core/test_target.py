"""Targets, money and counts: what is read, what is refused and what to try."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fleet.core.target import Money, read_count, read_money, read_target
from fleet.errors import Unreadable


@pytest.mark.parametrize(
    ("text", "value", "met"),
    [
        ("at least 6", "6", True),  # the bound itself is good
        ("at least 6", "5.99", False),
        ("at least 80%", "81", True),  # percent points
        ("at most 3 a week", "3", True),
        ("at most 3 a week", "4", False),
        ("at most 0.5%", "0.6", False),
        ("between 5 and 10", "5", True),  # both ends are good
        ("between 5 and 10", "10", True),
        ("between 5 and 10", "10.1", False),
        ("between 5 and 10", "4.9", False),
        ("between -5% and 5%", "-6", False),  # a change can be negative
        ("at most $5k", "5000", True),  # dollars, as plain numbers
        ("at most $5k", "5000.01", False),
        ("at least $40 a day", "39.5", False),
        ("between $5 and $10", "7.25", True),
        ("none", "0", True),
        ("none", "1", False),
        ("every workday", "5", None),  # the runtime knows how many days there were
        ("all", "5", None),
    ],
)
def test_a_target_is_met_or_not_or_counted_elsewhere(text: str, value: str, met: bool | None) -> None:
    assert read_target(text).met(Decimal(value)) is met


@pytest.mark.parametrize(
    ("text", "kind", "low", "high", "unit", "per"),
    [
        ("at least 6", "at least", 6, None, "", None),
        ("at least 80%", "at least", 80, None, "%", None),
        ("at most 3 a week", "at most", None, 3, "", "week"),
        ("at most 2% a month", "at most", None, 2, "%", "month"),
        ("at least 1 a day", "at least", 1, None, "", "day"),
        ("between 5% and 10%", "between", 5, 10, "%", None),
        ("at most $5k", "at most", None, 5000, "$", None),
        ("at least $40 a day", "at least", 40, None, "$", "day"),
        ("at most $1.5k a month", "at most", None, 1500, "$", "month"),
        ("between $900 and $1k", "between", 900, 1000, "$", None),
        ("every workday", "every workday", None, None, "", None),
        ("all", "all", None, None, "", None),
        ("none", "none", None, 0, "", None),
    ],
)
def test_a_target_says_its_bounds_unit_and_period(
    text: str, kind: str, low: int | None, high: int | None, unit: str, per: str | None
) -> None:
    target = read_target(text)
    read = (target.text, target.kind, target.low, target.high, target.percent, target.usd, target.per)
    assert read == (text, kind, low, high, unit == "%", unit == "$", per)


WHAT = "a target is: at least N, at most N, between A and B, every workday, all, none"


@pytest.mark.parametrize(
    ("text", "why", "tries"),
    [
        (">= 6", "a target is said in words, not with >=", ("at least 6",)),  # signs
        ("<5%", "a target is said in words, not with <", ("at most 5%",)),
        ("≥ 80 %", "a target is said in words, not with ≥", ("at least 80%",)),
        ("6", "a number alone does not say which side is good", ("at least 6", "at most 6")),
        ("at least 1,850", "no thousands comma", ("at least 1850",)),
        ("at least 3 per week", WHAT, ("at least 3 a week",)),  # other words for a period
        ("at least 3/week", WHAT, ("at least 3 a week",)),
        ("5-10", WHAT, ("between 5 and 10",)),  # a range as numbers
        ("between 10 and 5", "the lower end comes first", ("between 5 and 10",)),
        (
            "between 5% and 10",  # one unit or the other
            "one end is in percent and the other is not",
            ("between 5% and 10%", "between 5 and 10"),
        ),
        ("between 5 and 10 a week", WHAT, ("between 5 and 10",)),  # no period between
        (
            "between $5 and 10",
            "one end is in dollars and the other is not",
            ("between $5 and $10", "between 5 and 10"),
        ),
        ("between $10k and $5k", "the lower end comes first", ("between $5k and $10k",)),
        ("$5k", "a number alone does not say which side is good", ("at least $5k", "at most $5k")),
        ("<= $5,000 a week", "a target is said in words, not with <=", ("at most $5000 a week",)),
        ("$5-$10", WHAT, ("between $5 and $10",)),
        ("at most 5 dollars", WHAT, ("at most $5",)),
        ("at most €5", "money is in US dollars", ("at most $5",)),
        (
            "at most 5k",  # of what?
            "k is for money, as $5k; any other number is written out",
            ("at most 5000", "at most $5k"),
        ),
        (
            "at least -$5",  # `at least $5` would say the opposite
            "money in a target is never below $0",
            ("at least 1", "every workday", "all"),
        ),
        ("at least 06", WHAT, ("at least 6",)),  # a leading zero
        ("under 5 min", WHAT, ("at most 5",)),
        ("every day", WHAT, ("every workday",)),
        ("never", WHAT, ("none",)),
        ("At least 6", WHAT, ("at least 6",)),  # capitals
        ("at least 6\n", WHAT, ("at least 6",)),  # a line's end
        ("at least  6", WHAT, ("at least 6",)),  # two blanks
        ("good", WHAT, ("at least 1", "every workday", "all")),  # nothing to go by
    ],
)
def test_what_is_no_target_is_refused_with_what_to_try(text: str, why: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_target(text)
    assert (refused.value.why, refused.value.suggestions) == (why, tries)
    assert (refused.value.start, refused.value.end) == (0, len(text))
    for tried in tries:
        read_target(tried)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("$40", Money(Decimal(40))),
        ("$45 a day", Money(Decimal(45), "day")),
        ("$40k", Money(Decimal(40_000))),  # k is a thousand
        ("$1.5k a month", Money(Decimal(1500), "month")),
        ("$0.0025", Money(Decimal("0.0025"))),  # the price of some tokens
        ("$0 a week", Money(Decimal(0), "week")),  # nothing may be spent
    ],
)
def test_money_is_dollars_for_a_period_or_once(text: str, money: Money) -> None:
    assert read_money(text) == money


def test_thousands_of_dollars_are_said_without_a_point() -> None:
    assert str(read_money("$1.5k").usd) == "1500"


MONEY = "money is $ and a number, then k for thousands, then `a day`, `a week` or `a month`"


@pytest.mark.parametrize(
    ("text", "why", "tries"),
    [
        ("$1,850", "no thousands comma", ("$1850",)),
        ("$1,850 a month", "no thousands comma", ("$1850 a month",)),
        ("40", "money begins with $", ("$40",)),
        ("€40", "money is in US dollars", ("$40",)),
        ("$5/day", MONEY, ("$5 a day",)),
        ("$5 per week", MONEY, ("$5 a week",)),
        ("$-5", MONEY, ("$5",)),
        ("$05", MONEY, ("$5",)),  # a leading zero
        ("$40K", MONEY, ("$40k",)),
        ("$40\n", MONEY, ("$40",)),
        ("much", MONEY, ("$40", "$40 a day")),
    ],
)
def test_what_is_no_money_is_refused_with_what_to_try(text: str, why: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_money(text)
    assert (refused.value.why, refused.value.suggestions) == (why, tries)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", (3, None, False)),  # in all, ever
        ("3 a week", (3, "week", False)),
        ("1 a day each", (1, "day", True)),  # for each subject
        ("1 each", (1, None, True)),
        ("0 a day", (0, "day", False)),  # none at all
    ],
)
def test_a_count_has_a_period_and_may_hold_for_each_subject(
    text: str, count: tuple[int, str | None, bool]
) -> None:
    assert read_count(text) == count


@pytest.mark.parametrize(
    ("text", "tries"),
    [
        ("once a day", ("1 a day",)),  # a word for the number
        ("twice per week each", ("2 a week each",)),
        ("1 each a day", ("1 a day each",)),  # the other way round
        ("3 times a week", ("3 a week",)),
        ("2.5 a day", ("1 a day", "1 a day each")),  # no parts of an action
        ("1 a day\n", ("1 a day",)),
    ],
)
def test_what_is_no_count_is_refused_with_what_to_try(text: str, tries: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_count(text)
    why = "a count is a whole number, then `a day`, `a week` or `a month`, then `each`, both optional"
    assert (refused.value.why, refused.value.suggestions) == (why, tries)
