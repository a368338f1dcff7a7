"""What a condition is refused with: where, why, and what to write instead."""

from __future__ import annotations

import pytest

from fleet.core.typed import tree
from fleet.errors import Unreadable

# the condition, with a mark before what is pointed at; a part of the reason; what to write instead
TOLD = [
    # numbers in quotes, and numbers where yes or no is wanted
    ('action.tries > »"3"', "a number stands without quotes", "3"),
    ('action.tries == »"3"', "a number stands without quotes", "3"),
    ('»"3,000" < action.with.amount', "a number stands without quotes", "3000"),
    ('metric["dash.meetings"] >= »"0.5"', "a number stands without quotes", "0.5"),
    ('mail.exists(m, m.hop > »"3")', "a number stands without quotes", "3"),
    ('mail.exists(m, m.hop == »"many")', 'hop is a number, and "many" is none', None),
    ("action.tries == »true", "tries is a number, and true is none", None),
    ("action.»tries", "tries is a number, and a condition says yes or no", "tries > 0"),
    ("action.outside && !action.»confidence", "a condition says yes or no", "confidence > 0"),
    # a constant zone that does not exist
    ('now.getHours("»Berlin") > 17', "'Berlin' is not a time zone", '"Europe/Berlin"'),
    (
        "now.»getHours(action.with.zone) < 8",
        "a time zone stands in the rule itself, in quotes",
        '"Europe/Berlin"',
    ),
    (
        "[now].exists(n, n.»getHours(action.because) < 8)",
        "a time zone stands in the rule itself",
        '"Europe/Berlin"',
    ),
    ('now.getHours(»"/dev/ptmx") < 8', "'/dev/ptmx' is not a time zone", '"Europe/Berlin"'),
    ('now.getHours(»"../../dev/ptmx") < 8', "is not a time zone", '"Europe/Berlin"'),
    ('now.getHours(»"file:/dev/ptmx") < 8', "is not a time zone", '"Europe/Berlin"'),
    ('now.getHours(»"+99:99") < 8', "is not a time zone", '"Europe/Berlin"'),
    ('action.offered.getDayOfWeek("»UTC+25") == 0', "is not a time zone", '"Europe/Berlin"'),
    # fields of the payload
    ("action.»amount > 3000", "the action has no amount", "action.with.amount"),
    ('action.»abuot == "account:acme"', "the action has no abuot", "about"),
    ("»amount > 3000", "'amount' is no word", "action.with.amount"),
    ("»with.amount > 3000", "'with' is no word", "action.with.amount"),
    ('»kind == "crm.offer"', "'kind' is no word", "action.kind"),
    ('state["x"].items.exists(i, i.»price > 3)', "an item has no price", "with.price"),
    # texts without quotes, or in others
    ("action.about == »account:acme", "a text stands in quotes", '"account:acme"'),
    ("state[»books].fresh", "'books' is no word", '"books"'),
    ("metric[»dash.meetings] > 3", "'dash' is no word", '"dash.meetings"'),
    ("seat == »dirk", "'dirk' is no word", '"dirk"'),
    ("action.kind == »“crm.offer”", "straight quotes", '"crm.offer"'),
    ("action.kind == »‘crm.offer’", "straight quotes", '"crm.offer"'),
    # amounts and spans
    ("action.with.amount > »3,000", "no commas", "3000"),
    ("action.with.amount > »$3,000", "no commas and no $", "3000"),
    ("action.with.amount > »$30.5", "no $", "30.5"),
    ('age(state["dash"]) > »6h', "a span of time stands in span(..)", 'span("6h")'),
    ('age(state["dash"]) > »30 days', "a span of time stands in span(..)", 'span("30 days")'),
    ('age(state["dash"]) > »"6h"', "a span of time stands in span(..)", 'span("6h")'),
    ('»"30 days" < age(now)', "a span of time stands in span(..)", 'span("30 days")'),
    (
        'action.offered > »"2026-01-01T00:00:00Z"',
        "stands in timestamp(..)",
        'timestamp("2026-01-01T00:00:00Z")',
    ),
    # calls with too little, or of what is called otherwise
    (
        '»touches("pulse", "30 days")',
        "takes a subject, a seat and a span",
        'touches(action.about, "pulse", "30 days")',
    ),
    ("»age() > span('1h')", "age takes an instant or a state", 'age(state["dash"])'),
    ('now.»getHours("UTC", 3) > 3', "getHours takes a zone, or nothing", 'getHours("Europe/Berlin")'),
    ("now.»hour() > 3", "'hour' is no function", 'getHours("Europe/Berlin")'),
    ("»hour(now) > 3", "getHours stands behind what", 'X.getHours("Europe/Berlin")'),
    ("mail.»length() > 2", "'length' is no function", "size()"),
    ('action.about.»contain("x")', "'contain' is no function", 'contains("late")'),
    ('state["x"].»age() > span("1h")', "age stands before what", 'age(state["dash"])'),
    ("action.about.»fold()", "behind a '.' there are size, contains", None),
    # other languages' signs
    ("action.outside »& action.outside", "'&' cannot stand here", "&&"),
    ("action.outside »| action.outside", "'|' cannot stand here", "||"),
    ("»NOT action.outside", "'NOT' cannot stand here", "!"),
    ("»not action.outside", "'not' cannot stand here", "!"),
    ("action.outside »AND action.outside", "'AND' cannot stand here", "&&"),
    # sizes, and what is not closed
    ("action.subjects.»size > 3", "size is asked with ()", "size()"),
    ('mail.»type == "INFORM"', "a list of messages has no type", "exists(one, one.type == ..)"),
    ("(action.outside && action.tries > 1»", "it is not finished: a ')' is missing", None),
    ('state["books".fresh»', "it is not finished: a ']' is missing", None),
]


@pytest.mark.parametrize(("marked", "why", "instead"), TOLD)
def test_what_cannot_be_read_is_told_with_its_place_and_what_to_write(
    marked: str, why: str, instead: str | None
) -> None:
    with pytest.raises(Unreadable) as told:
        tree(marked.replace("»", ""))
    assert why in told.value.why
    assert told.value.start == marked.index("»")
    assert told.value.suggestions == (() if instead is None else (instead,))


def test_all_that_is_wrong_with_a_condition_is_told_at_once_each_at_its_place() -> None:
    condition = 'action.abuot == "x" && state["dash"].itms.size() > 0 && bogus > 1 && now.hour() > 3'
    assert [text for text, _ in wrong(condition)] == ["abuot", "itms", "bogus", "hour"]


def test_all_that_no_type_says_is_told_at_once_too() -> None:
    condition = 'action.tries == "3" && now.getHours("Berlin") > 4 && action.tries'
    assert [text for text, _ in wrong(condition)] == ['"3"', "Berlin", "tries"]


def test_of_what_is_no_sentence_only_the_first_slip_is_told() -> None:
    assert wrong("action.abuot = 1 && (bogus && = 2") == [("=", "'=' cannot stand here")]


def wrong(condition: str) -> list[tuple[str, str]]:
    """All that is told of a condition, with the text it points at."""
    with pytest.raises(Unreadable) as told:
        tree(condition)
    return [(condition[one.start : one.end], one.why) for one in (told.value, *told.value.also)]


@pytest.mark.parametrize("said", ["account:acme", "$3,000", "30 days", "“crm.offer”"])
def test_all_of_what_is_written_otherwise_is_pointed_at(said: str) -> None:
    condition = f"action.outside || action.with.x == {said} || action.outside"
    with pytest.raises(Unreadable) as told:
        tree(condition)
    assert condition[told.value.start : told.value.end] == said


@pytest.mark.parametrize(
    "condition",
    [
        "action.tries > 3",
        "action.tries > 3.0",
        "3 <= action.tries",
        'action.with.day > "2026-01-01"',
        'action.with.amount == "3000"',
        'action.with.tries == "x"',
        'now.getHours("Europe/Berlin") == 3 && now.getHours("+02:00") == 3',
        "has(action.confidence) && action.confidence > 0.5",
    ],
)
def test_what_can_be_asked_is_not_refused(condition: str) -> None:
    tree(condition)
