"""A second implementation of CEL judges the same cases, written by hand and made up, and says the same."""

# ruff: noqa: E501 - conditions stand as a file has them

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties.second import ERROR, ours, theirs, world

from fleet.core.lexicon import CALLS, SORTS, VARIABLES
from fleet.core.typed import tree
from fleet.errors import Unreadable

BY_HAND = (Path(__file__).parent / "conditions.txt").read_text().splitlines()
DIFFER = {
    # CEL counts a text's characters; the other one counts its bytes.
    "action.with.note.size() == 7": (True, False),
    "size(action.with.note) == 7": (True, False),
    # Written as CEL's own library says; the other one writes 1m30s.
    'string(duration("90s")) == "90s"': (True, False),
    # What stands in CEL's definition and the other one does not have: there it errs, and an error would refuse.
    'string(true) == "true"': (True, ERROR),
    'bool("true")': (True, ERROR),
    "timestamp(0) < now": (True, ERROR),
    "int(now) == 1795428000": (True, ERROR),
    'now.getHours("America/New_York") == 5': (True, ERROR),
    'now.getHours("+02:00") == 12': (True, ERROR),
    # One entry that settles `exists` does so although another errs, as with `||`; the other one stops at the error.
    "[1,2,3].exists(x, x / (x - 2) > 0)": (True, ERROR),
    "[1,2,3].exists(x, x == 3 || 1 / (x - 1) > 5)": (True, ERROR),
}
"""Where the two differ: what ours says, and what the other one does. Ours is CEL's own definition in each."""


@pytest.mark.parametrize("condition", BY_HAND)
def test_both_say_the_same_of_what_was_written_by_hand(condition: str) -> None:
    tree(condition)
    said = ours(condition, world()), theirs(condition, world())
    assert said == DIFFER.get(condition, (said[0], said[0]))


def test_every_word_and_function_of_the_lexicon_is_among_them() -> None:
    text = "\n".join(BY_HAND)
    words = {word.name for word in VARIABLES} | {call.name for call in CALLS}
    words |= {word.name for word in SORTS["action"]}
    assert [word for word in sorted(words) if word not in text] == []
    assert set(DIFFER) <= set(BY_HAND)
    assert {ours(one, world()) for one in BY_HAND} == {True, False, ERROR}


TEXTS = st.sampled_from([
    "action.kind", "action.about", "seat", "action.with.t", "action.with.u", '"account:acme"', '"crm.offer"', '""',
    'state["dash"].headline', "action.with.x", "action.because", "action.with.none", "string(action.with.n)",
])  # fmt: skip
NUMBERS = st.sampled_from([
    "action.with.n", "action.with.m", "action.with.r", "action.confidence", "action.with.x", "action.tries",
    'metric["dash.anomalies"]', 'metric["dash.rate"]', "action.with.list[1]", "action.with.map.a.b", "action.with.none",
    "action.with.s", "action.with.gone",
])  # fmt: skip
WHOLE = st.integers(-3, 3).map(str) | st.just("9223372036854775807")
REAL = st.sampled_from(["0.5", "-1.5", "2.0", "0.0", "1e18"])
TIMES = st.sampled_from(
    ["now", "action.offered", 'state["dash"].as_of', 'state["pulse"].as_of', "claims[0].until"]
)
SPANS = st.sampled_from(
    ['duration("1h")', 'span("2h")', "now - action.offered", 'age(state["dash"])', "age(action.offered)"]
)
LISTS = st.sampled_from(
    ["action.subjects", "action.with.list", 'state["dash"].stale', '["a", "account:acme"]']
)
ORDER = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def atoms() -> st.SearchStrategy[str]:
    compared = [
        st.tuples(TEXTS, ORDER, TEXTS), st.tuples(NUMBERS, ORDER, NUMBERS), st.tuples(NUMBERS, ORDER, WHOLE | REAL),
        st.tuples(TIMES, ORDER, TIMES), st.tuples(SPANS, ORDER, SPANS), st.tuples(TEXTS, st.just("in"), LISTS),
        st.tuples(NUMBERS, st.sampled_from(["+ 1 <", "- 1 >", "* 2 ==", "/ 2 <", "% 2 =="]), WHOLE),
    ]  # fmt: skip
    called = [
        st.builds("{}.{}({})".format, TEXTS, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXTS),
        st.builds('{}.matches("{}")'.format, TEXTS, st.sampled_from(["^a", "c{2}", "[a-z.:]+$", "^$", "(?i)ACME", "o.f"])),
        st.builds("has({})".format, st.sampled_from(["action.with.n", "action.with.gone", "action.confidence", 'state["pulse"].as_of', "action.with.gone.x"])),
        st.sampled_from(["action.outside", "action.with.yes", "action.with.x", 'state["dash"].fresh', "true", "false"]),
        st.builds('touches({}, "pulse", "{}")'.format, TEXTS, st.sampled_from(["1h", "30 days"])),
        st.builds("size({}) {} {}".format, LISTS, ORDER, WHOLE),
    ]  # fmt: skip
    return st.one_of(*(one.map(" ".join) for one in compared), *called)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds(
            'state["dash"].items.{}(i, i.kind == "watch" || {})'.format,
            st.sampled_from(["all", "exists", "exists_one"]),
            inner,
        ),
        st.builds("action.subjects.filter(s, s != action.about && {}).size() == 1".format, inner),
    )


CONDITIONS = st.recursive(atoms(), grown, max_leaves=6)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-3, 3) | st.sampled_from([2**53, -(2**53)]),
        "m": st.integers(-2, 2),
        "r": st.sampled_from([0.5, -1.5, 2.0, 0.0, 1e18]),
        "x": st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "account:acme", "a", 0.5]),
        "t": st.sampled_from(["", "account:acme", "a", "acc", "crm.offer"]),
        "u": st.sampled_from(["", "me", "a"]),
        "s": st.sampled_from(["1", "x"]),
        "yes": st.booleans(),
        "list": st.lists(st.sampled_from([1, 2.0, "a", "account:acme", None]), max_size=3),
    },
)


@settings(max_examples=700, derandomize=True, deadline=None, database=None)
@given(CONDITIONS, VALUES)
def test_both_say_the_same_of_what_was_made_up(condition: str, values: dict[str, object]) -> None:
    try:
        tree(condition)
    except Unreadable:
        return  # the checker refuses it, so that it is never asked
    told = world(**values)
    mine, other = ours(condition, told), theirs(condition, told)
    absorbed = other == ERROR and (".exists" in condition or ".all" in condition)  # as in DIFFER
    assert mine == other or absorbed, (mine, other)
