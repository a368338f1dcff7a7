"""What a condition is answered with: yes, no, or an error, in bounded time, and with no way out of it."""

# ruff: noqa: E501 - conditions stand as a file has them

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.core import cel
from fleet.core.cel import Conditions, Unjudged, moment
from fleet.core.effort import PATTERN_MAX, WORK_MAX, Effort, Size, pattern_steps, size_of, together
from fleet.core.testimony import telling
from fleet.core.typed import tree
from fleet.errors import Unreadable

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LONG = "a" * 4_000_000


def told(with_: Any = None, **values: Any) -> cel.Testimony:
    """What a condition is told, with what a test says otherwise."""
    action = {"kind": "crm.offer", "seat": "dirk", "turn": "t-1", "about": "account:acme", "subjects": ["account:acme"],
              "with": with_ or {}, "because": "", "outside": False, "offered": moment(NOW), "tries": 0}  # fmt: skip
    usual = {
        "action": action,
        "seat": "dirk",
        "now": NOW,
        "state": {},
        "mail": [],
        "claims": [],
        "metric": {},
    }
    return telling({**usual, **values}, lambda *_: False, NOW)


def letters(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"m-{n}", "about": "account:acme", "from": "x", "hop": 1, "sent": moment(NOW)}
        for n in range(count)
    ]


def asked(condition: str, of: cel.Testimony) -> bool | str:
    """The answer to a condition, or the error."""
    tree(condition)
    try:
        return Conditions().holds(condition, of)
    except Unjudged as exc:
        return str(exc)


@pytest.mark.parametrize(
    "value",
    [1, 1.0, "true", "yes", [True], {"a": True}, None, [], float("nan"), moment(NOW)],
    ids=str,
)
def test_only_true_itself_is_yes(value: object) -> None:
    assert asked("action.with.x", told({"x": value})) not in (True, False)


def test_an_error_beside_what_decides_anyway_does_not_count() -> None:
    # CEL's own: what one side of || or && settles, the other cannot spoil.
    assert asked("1/0 > 1 || true", told()) is True
    assert asked("1/0 > 1 && false", told()) is False
    assert asked("1/0 > 1 || false", told()) == "divide by zero"


WORST = (
    # what it does; the condition; the payload; letters in the mail
    ("a pattern that fits no automaton", 'action.with.t.matches("(a|b)*a(a|b){15}c")', {"t": "ab" * 2_000_000}, 0),
    ("a search that begins anew at each sign", "action.with.t.contains(action.with.u)", {"t": LONG, "u": LONG[1:] + "b"}, 0),
    ("a long text counted for each of a list", "mail.exists(m, action.with.t.size() == 3)", {"t": LONG}, 9_900),
    ("lists inside lists", 'mail.exists(a, mail.exists(b, mail.exists(c, a.id == "x")))', {}, 9_900),
    ("a list looked through for each of a list", "mail.exists(m, m.id in action.with.l)", {"l": [f"x{n}" for n in range(100_000)]}, 9_000),
    ("a map compared for each of a list", "mail.exists(m, action.with != action.with)", {"l": [{"a": n} for n in range(9_000)]}, 9_000),
    ("a list built for each of a list", f"mail.map(x, [{','.join(['x.id'] * 200)}]).size() == 0", {}, 9_900),
    ("a text read as a number for each of a list", "mail.exists(m, int(action.with.t) == 1)", {"t": "1" * 4_000_000}, 50),
    ("a text read as a span for each of a list", "mail.exists(m, span(action.with.t) == span('1h'))", {"t": LONG}, 50),
    ("a list copied for each entry that is kept", 'action.with.l.filter(x, x != "").size() == 0', {"l": ["a"] * 9_900}, 0),
    ("a list copied for each entry that is made", "action.with.l.map(x, x).size() == 0", {"l": ["a"] * 9_900}, 0),
    ("a state brought back for each of a list", 'mail.exists(m, age(state["big"]) < span("1s"))', {}, 9_900),
    ("many small steps", f"mail.exists(m, {'||'.join(['m.hop == 7'] * 150)})", {}, 9_900),
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "payload", "mail"), [one[1:] for one in WORST], ids=[one[0] for one in WORST]
)
def test_what_could_stop_the_loop_is_an_error_before_it_begins(
    condition: str, payload: Any, mail: int
) -> None:
    big = {"written": moment(NOW), "items": [{"about": "a", "with": {}} for _ in range(1000)]}
    said = asked(condition, told(payload, mail=letters(mail), state={"big": big}))
    assert isinstance(said, str)
    assert said.startswith("it could take too long: ") or said == "it looks at over 10,000 entries"


def test_a_condition_of_honest_size_is_asked() -> None:
    items = [{"about": f"account:a{n}", "kind": "watch", "because": "spend fell " * 20} for n in range(1000)]
    of = told({"text": "x" * 200_000}, state={"pulse": {"items": items}}, mail=letters(200))
    for condition in (
        'state["pulse"].items.exists(i, i.kind == "at-risk" && i.about == action.about)',
        'state["pulse"].items.exists(i, i.about in action.subjects)',
        'state["pulse"].items.exists(i, i.because.contains("renewal") || i.because.matches("invoice [0-9]+"))',
        'action.with.text.contains("discount")',
        'action.with.text.matches("[0-9]+ ?%")',
        'mail.exists(m, mail.filter(n, n.about == m.about).size() < 1)'.replace("mail.exists", 'mail.filter(x, x.id == "m-7").exists'),
    ):  # fmt: skip
        assert asked(condition, of) is False, condition


def test_a_pattern_has_bounds_and_stands_in_the_rule() -> None:
    with pytest.raises(Unreadable, match="a pattern stands in the rule itself"):
        tree("action.because.matches(action.about)")
    with pytest.raises(Unreadable, match=f"and {PATTERN_MAX:,} is the limit"):
        tree('action.because.matches("(((a|b){9}c){9}d){9}")')
    assert pattern_steps("x" * 50) == 50


def test_joins_are_refused_and_what_macros_join_is_not() -> None:
    with pytest.raises(Unreadable, match="lists are not joined"):
        tree("(action.subjects + action.subjects).size() > 3")
    with pytest.raises(Unreadable, match="texts are not joined"):
        tree('action.about + "x" == "y"')
    assert asked("mail.filter(m, m.hop == 1).map(m, m.id).size() == 3", told(mail=letters(3))) is True


@pytest.mark.parametrize(
    "condition",
    [
        "action.__class__ == null",
        "action.with.__class__.__mro__ == null",
        "seat.__len__() == 1",
        'open("/etc/passwd") == ""',
        '__import__("os") == null',
        "told == null",
        "type(action.with).name == ''",
        "action.with.keys() == []",
        "Conditions() == null",
        "cel.expr == null",
        'google.protobuf.Struct{} == action.with && google.protobuf.Any{}.type_url == ""',
    ],
)
def test_nothing_beyond_the_words_of_the_lexicon_is_reached(condition: str) -> None:
    try:
        said = asked(condition, told({"a": 1}))
    except Unreadable:
        return
    assert said is not True


def test_what_is_no_value_of_ours_is_an_error() -> None:
    for value in (object(), {1, 2}, (1, 2), 1 << 70, lambda: True, datetime, NOW, timedelta(1)):
        assert asked("true && action.with.a == 1", told({"a": 1, "x": value})) not in (True, False)


def test_what_is_not_checked_is_not_asked() -> None:
    for condition in (
        'action.because.matches("(((a|b){9}c){9}d){9}")',
        "acton.about == ''",
        "action.about",
        "",
    ):
        with pytest.raises(Unjudged):
            Conditions().holds(condition, told())


def test_a_bound_counts_the_whole_of_what_is_looked_at_in_every_round() -> None:
    sizes = {"mail": Size(100, 100, 100 * 200.0), "action.with": Size(1_000_000, 0, 1_000_016.0)}
    once, often = (
        Effort(tree(one)).bound(sizes, together(sizes.values()))
        for one in ("action.with.t.size() == 3", "mail.exists(m, action.with.t.size() == 3)")
    )
    assert once < WORK_MAX < often
    assert size_of({"é": ["ab", 3]}) == Size(4, 2, 5 * 16 + 6)


def bounded(condition: str, sizes: dict[str, Size]) -> float:
    return Effort(tree(condition)).bound(sizes, together(sizes.values()))


@pytest.mark.parametrize(
    "asks", ['span("2h") < age(now)', 'touches(c.about, "a", "2d")', "age(c.since) > span('2h')"]
)
def test_what_fleet_itself_is_asked_counts_as_often_as_it_may_be(asks: str) -> None:
    sizes = {"claims": Size(40, 3400, 3400 * 140.0), "action": Size(640, 16, 6000)}
    usual = f"claims.exists(c, c.seat != seat && {asks})"
    assert bounded(usual, sizes) < WORK_MAX < bounded(f"claims.exists(c, {' || '.join([asks] * 30)})", sizes)


def test_each_touch_counts_the_actions_that_may_be_happening() -> None:
    few, many = ({"mail": Size(40, 500, 8e4), "touches": Size(weight=16.0 * busy)} for busy in (3, 3000))
    one, each = ("touches(action.about, 'a', '2d')", "mail.exists(m, touches(m.about, 'a', '2d'))")
    assert bounded(each, few) < WORK_MAX < bounded(each, many)
    assert bounded(one, many) < WORK_MAX


def test_a_text_that_may_be_no_span_counts_for_more() -> None:
    sizes = {"mail": Size(40, 4000, 6e5), "action.with": Size(40, 2, 100.0)}
    often = (
        " || ".join(f"mail.exists(m, touches(m.about, 'a', {said}))" for _ in range(4))
        for said in ("'2d'", "m.subject")
    )
    sure, unsure = (bounded(condition, sizes) for condition in often)
    assert sure < WORK_MAX < unsure
