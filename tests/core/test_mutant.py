"""Mutants of conditions, and the parts at which they are cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.core.chart import Rule
from fleet.core.clause import factors, joined, tokens
from fleet.core.mistake import START
from fleet.core.mutant import Mutant, mutants
from fleet.core.typed import tree

CONDITIONS = (
    "true",
    "action.outside",
    'action.kind == "crm.offer"',
    'state["janine"].items.exists(i, i.kind == "billing-dispute" && i.about == action.about)',
    'action.with.amount > 3000 && !(action.confidence > 0.8) || touches(action.about, "pulse", "3d")',
    'age(state["dash"]) > span("26h") && age(state["pulse"]) <= duration("90m")',
    'now >= timestamp("2026-01-01T00:00:00Z") ? mail.size() > 0 : claims.all(c, c.seat != "dirk" || c.because == "")',
    'metric["pulse.clients_green"] < 80 || action.kind in ["crm.offer", "mail.send"]',
    'action.because.matches("^[a-z]+$") && r"\\d" != action.turn && !state["dash"].outside',
    'touches(action.about, "pulse", span("30 days")) || touches("account:acme", "dirk", "2w")',
    'state["dash"].items.exists(i, i.with.change == -38 && (i.confidence >= 0.9 || has(i.with.sure)))  // as told',
    "action.with.note == 'it''s' || 'a || b && c' == action.because",
)
RULE = Rule(name="x", condition="true", then="hold", place=START)


def made(condition: str) -> dict[str, Mutant]:
    return {one.says: one for one in mutants(replace(RULE, condition=condition))}


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if "it''s" not in c])
def test_every_mutant_of_a_sound_condition_is_sound_and_another_one(condition: str) -> None:
    found = [
        one.rule.condition for one in mutants(replace(RULE, condition=condition)) if one.rule is not None
    ]
    changed = [one for one in found[1:] if one]  # the first has another `then`
    assert condition not in changed and len(set(changed)) == len(changed)
    for one in changed:
        assert tree(one)


def test_the_rule_itself_and_its_ruling_are_changed_first() -> None:
    first, second, *_ = mutants(replace(RULE, condition="action.outside", then="ask", ask="founder"))
    assert (first.says, first.rule, first.add) == (
        "the rule taken out",
        None,
        "an example that expects ask founder",
    )
    assert second.rule is not None and (second.rule.then, second.rule.ask) == ("hold", "")


def test_each_part_that_a_sign_joins_is_left_out() -> None:
    found = made("action.outside && (seat == 'dirk' || seat == 'nick')")
    reads = {says: one.reads for says, one in found.items() if says.startswith("without")}
    assert reads == {
        "without action.outside": "(seat == 'dirk' || seat == 'nick')",
        "without (seat == 'dirk' || seat == 'nick')": "action.outside",
        "without seat == 'dirk'": "action.outside && (seat == 'nick')",
        "without seat == 'nick'": "action.outside && (seat == 'dirk')",
    }


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        # a sign turned round, and the boundary
        ("action.tries > 3", {"> as >=", "> as <="}),
        # a number ten times as large, and a tenth
        ("action.tries == 30", {"30 as 300", "30 as 3"}),
        ("action.confidence < 0.5", {"0.5 as 5.0", "0.5 as 0.05"}),
        # a text, another one; those in other quotes stay in theirs
        ('seat == "dirk"', {'"dirk" as "dirkx"'}),
        ("action.turn == r'a'", {"r'a' as r'ax'"}),
        # a span, ten times as long and a tenth
        ('touches("account:acme", "pulse", "30 days")', {'"30 days" as "300d"', '"30 days" as "3d"'}),
        ('age(state["dash"]) > duration("90m")', {'"90m" as "900m"', '"90m" as "9m"'}),
        # one seat in place of another that the condition names
        ('state["dash"].outside || state["pulse"].outside', {'"dash" as "pulse"', '"pulse" as "dash"'}),
        # some entries, all entries
        ("mail.exists(m, m.outside)", {"exists as all"}),
        # what a ! turns round
        ("!action.outside", {"without !"}),
        # an instant a month earlier and later
        (
            'now > timestamp("2026-03-31T00:00:00Z")',
            {
                '"2026-03-31T00:00:00Z" as "2026-03-01T00:00:00Z"',
                '"2026-03-31T00:00:00Z" as "2026-04-30T00:00:00Z"',
            },
        ),
    ],
)
def test_what_is_changed_by_rote(condition: str, says: set[str]) -> None:
    assert says <= set(made(condition))


def test_a_name_of_a_state_or_metric_that_stands_alone_is_not_changed_into_nothing() -> None:
    assert not [
        says for says in made('state["dash"].outside && metric["dash.calls"] > 3') if says.startswith('"dash')
    ]


def test_a_text_with_signs_in_it_is_one_piece() -> None:
    text = 'action.because == \'a && b || (c\' && "x\\"y" != action.turn'
    assert [one.text for one in tokens(text) if one.kind == "text"] == ["'a && b || (c'", '"x\\"y"']
    assert factors(text) == ("action.because == 'a && b || (c'", '"x\\"y" != action.turn')
    assert len(joined(text)) == 1


def test_each_entry_of_a_list_is_left_out_and_one_with_it_is_asked_for() -> None:
    found = made('action.with.day in [0, 6] && action.kind in ["a.b"] && mail[2].type != "x"')
    reads = {says: (one.reads, one.add) for says, one in found.items() if says.endswith("in the list")}
    rest = '&& action.kind in ["a.b"] && mail[2].type != "x"'
    assert reads == {
        "without 0 in the list": (f"action.with.day in [6] {rest}", "an example with 0"),
        "without 6 in the list": (f"action.with.day in [0] {rest}", "an example with 6"),
        'without "a.b" in the list': (
            'action.with.day in [0, 6] && action.kind in [] && mail[2].type != "x"',
            'an example with "a.b"',
        ),
    }
    assert found["0 as 1"].add == "an example with 0", "what is in a list is no bound"
    assert made("action.with.day > 6")["6 as 60"].add == "an example between 6 and 60"
