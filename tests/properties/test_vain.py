"""What check says of conditions is sure: no action meets one that is never met, or one and not what it implies."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from properties.second import NOW, world

from fleet.core import cel
from fleet.core.testimony import telling
from fleet.core.truth import Clauses, Unclear, clauses, implies, possible
from fleet.core.typed import tree
from fleet.core.unsure import unsure
from fleet.errors import Unreadable

MISSING = object()
HELD = (1, 2, 2.0, 2.5, 3, -1, "a", "ab", "abc", "b", "", True, False, None, MISSING)
"""What a field may hold: every sort, values that the conditions name, and ones between and beyond them."""

FIELDS = st.sampled_from(["action.with.x", "action.with.x", "action.with.y", 'action.with["x"]'])
VALUES = st.sampled_from(["1", "2", "2.0", "3", "-1", '"a"', '"ab"', '"b"', '""', "true", "false", "null"])
NUMBERS = st.sampled_from(["1", "2", "2.5", "3", '"a"', '"b"'])
ATOMS = st.one_of(
    st.builds("{} {} {}".format, FIELDS, st.sampled_from(["==", "!="]), VALUES),
    st.builds("{} {} {}".format, VALUES, st.sampled_from(["==", "!="]), FIELDS),
    st.builds("{} {} {}".format, FIELDS, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS),
    st.builds("{} {} {}".format, NUMBERS, st.sampled_from(["<", "<=", ">", ">="]), FIELDS),
    st.builds("{} in [{}, {}]".format, FIELDS, VALUES, VALUES),
    st.builds("{}.startsWith({})".format, FIELDS, st.sampled_from(['"a"', '"ab"', '""', '"b"'])),
    st.builds("has({})".format, st.sampled_from(["action.with.x", "action.with.y"])),
    st.builds(
        "size({}) {} {}".format, FIELDS, st.sampled_from(["==", "<", ">"]), st.sampled_from(["1", "2"])
    ),
    st.builds("[1, 2, 3].exists(i, i == {} && i > {})".format, FIELDS, st.sampled_from(["1", "2", "3"])),
    st.builds("action.with.x {} action.with.y".format, st.sampled_from(["==", "<", "!="])),
    FIELDS,
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)


@cache
def every_case() -> tuple[cel.Testimony, ...]:
    found = []
    for x, y in product(HELD, (1, 3, "ab", True, MISSING)):
        values: dict[str, Any] = {"x": x, "y": y}
        said = {key: value for key, value in values.items() if value is not MISSING}
        told = {**world(), "action": {"with": said, "about": ""}, "state": {}, "mail": [], "claims": []}
        found.append(telling(told, lambda *_: False, NOW))
    return tuple(found)


@cache
def conditions() -> cel.Conditions:
    return cel.Conditions()


def meets(condition: str, told: cel.Testimony) -> bool:
    try:
        return conditions().holds(condition, told)
    except cel.Unjudged:
        return False


def cut(condition: str) -> Clauses | None:
    try:
        return clauses(tree(condition))
    except (Unclear, Unreadable):
        return None


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(CONDITIONS, CONDITIONS)
def test_no_action_refutes_what_is_said_of_conditions(one: str, other: str) -> None:
    mine, theirs = cut(one), cut(other)
    if mine is None or theirs is None:
        return
    never, sure = not possible(mine), implies(mine, theirs)
    if never or sure:
        for told in every_case():
            met = meets(one, told)
            assert not (met and never), told.values["action"]
            assert not (met and sure and not meets(other, told)), told.values["action"]


def errs(condition: str, told: cel.Testimony) -> bool:
    try:
        conditions().holds(condition, told)
    except cel.Unjudged:
        return True
    return False


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(CONDITIONS, CONDITIONS)
def test_what_is_said_of_when_conditions_err_is_sure(one: str, other: str) -> None:
    try:
        mine, theirs = unsure(tree(one)), unsure(tree(other))
        refused = implies(mine, (*theirs, *clauses(tree(other))))
    except (Unclear, Unreadable):
        return
    never, sure = not possible(mine), implies(mine, theirs)
    for told in every_case() if never or sure or refused else ():
        if errs(one, told):
            assert not never, told.values["action"]
            assert errs(other, told) or not sure, told.values["action"]
            assert errs(other, told) or meets(other, told) or not refused, told.values["action"]


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(CONDITIONS)
def test_the_clauses_of_a_condition_and_of_its_opposite_are_exact(condition: str) -> None:
    if (mine := cut(condition)) is None or (not_mine := cut(f"!({condition})")) is None:
        return
    assert implies(mine, mine)
    for told in every_case():
        if meets(condition, told):
            assert possible(mine), told.values["action"]
        if meets(f"!({condition})", told):
            assert possible(not_mine), told.values["action"]


def test_much_is_said() -> None:
    sure = [
        ("action.with.x == 2", "action.with.x > 1 && action.with.x < 3"),
        ('action.with.x == "ab"', 'action.with.x.startsWith("a") && !action.with.x.startsWith("b")'),
        ("action.with.x in [1, 2]", "action.with.x != 3"),
        ("!(action.with.x > 2) && action.with.y", "action.with.x <= 2.5"),
    ]
    for one, other in sure:
        assert implies(clauses(tree(one)), clauses(tree(other))), (one, other)


def every_part() -> list[str]:
    """Every part that compares one field, and its opposite."""
    x, values = "action.with.x", ("1", "2", "2.5", '"a"', '"ab"', '"b"', '""', "true", "false", "null")
    parts = [f"{x} {sign} {value}" for sign in ("==", "!=") for value in values]
    parts += [f"{x} {sign} {value}" for sign in ("<", "<=", ">", ">=") for value in values[:6]]
    parts += [f"{x}.startsWith({value})" for value in values[3:7]] + [x, f"has({x})", f"{x} in [1, 2]"]
    return [*parts, *(f"!({part})" for part in parts)]


def test_what_one_part_means_for_another_is_so_for_every_value() -> None:
    cuts = {part: clauses(tree(part)) for part in every_part()}
    met = {part: tuple(meets(part, told) for told in every_case()) for part in cuts}
    said = 0
    for one, other in product(cuts, cuts):
        both = tuple(a and b for a, b in zip(met[one], met[other], strict=True))
        if implies(cuts[one], cuts[other]):
            said += 1
            assert both == met[one], (one, other)
        if not possible(clauses(tree(f"({one}) && ({other})"))):
            said += 1
            assert not any(both), (one, other)
    assert said > len(cuts) ** 2 // 3
