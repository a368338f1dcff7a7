"""Examples of rules as cases of the gate: all that the lexicon knows can be said in one."""

from __future__ import annotations

import pytest

from fleet.core.chart import Chart, Rule
from fleet.core.exhibit import exhibits
from fleet.core.kept import read, written
from fleet.core.law import Law
from fleet.core.lexicon import SORTS, VARIABLES
from fleet.core.read import situation
from fleet.core.trial import Tried, case_of, try_examples
from fleet.store.chart import load

CHART = """\
fleet: acme
timezone: America/New_York
seats:
  founder: {title: Founder, person: David, reads: [janine, dirk]}
  janine: {title: Accounting, person: Janine, answers_to: founder, good_for: 8d, scorecard: {overdue_usd: at most 5000}}
  dirk:
    title: Sales
    run: sh agent.sh
    answers_to: founder
    owns: [pipeline]
    when: every 2h
    scorecard: {meetings: at least 6 a week}
    can: {do: [crm.offer, note.append]}
actions:
  crm.offer: {run: ./offer, about: [account, person]}
  note.append: {run: ./note, about: account}
"""


def rule_of(condition: str, *examples: str, more: str = "", then: str = "hold") -> tuple[Law, Rule]:
    """Read a rule with examples, beside the chart."""
    lines = "".join(f"      - {one}\n" for one in examples)
    text = f"{CHART}rules:\n  - name: x\n    if: |-\n      {condition}\n    then: {then}\n{more}    examples:\n{lines}"
    chart, mistakes = load(lambda name: text.encode(), lambda pattern: [])
    assert chart is not None, [one.line() for one in mistakes]
    return Law(chart), chart.rules[0]


def came(condition: str, *examples: str, more: str = "", then: str = "hold") -> list[str]:
    """Say what came of each example of a rule."""
    return [one.says for _, one in try_examples(*rule_of(condition, *examples, more=more, then=then)).came]


MAIL = (
    "mail: [{from: janine, id: m-7, type: CHALLENGE, about: account:acme, subject: No, sent: 2h,"
    " outside: yes, hop: 3}]"
)
CLAIMS = "claims: [{seat: janine, about: account:acme, since: 2h, until: 1h, because: at risk}]"
STATE = (
    "state: {janine: {headline: One dispute, turn: t-7, written: 2h, as_of: 2026-11-23T07:00, good_until: 4h,"
    " outside: yes, stale: [dash], items: [{about: account:acme, kind: billing-dispute, because: late,"
    " confidence: 0.7, with: {days: 12}}], claims: [{about: account:acme, because: mine}],"
    " scorecard: {overdue_usd: 1200}}}"
)


@pytest.mark.parametrize(
    ("condition", "given"),
    [
        # the action
        ('action.kind == "note.append"', "kind: note.append"),
        ('action.seat == "dirk" && seat == "dirk"', "seat: dirk"),
        ('action.turn == "t-8810"', "turn: t-8810"),
        ('action.about == "account:acme"', "about: account:Acme"),
        ('action.subjects.exists(s, s == "account:acme")', "about: person:jo, subjects: account:acme"),
        ('action.with.amount > 2999 && action.with.currency == "usd"', "with: {amount: 3000, currency: usd}"),
        ('action.with.list[1] == 2 && action.with.sure == true', 'with: {list: [1, 2], sure: true}'),
        ('action.with.zip == "012"', "with: {zip: 012}"),
        ('action.with.count == "3"', 'with: {count: "3"}'),
        ('action.because == "they asked"', "because: they asked"),
        ("has(action.confidence) && action.confidence > 0.8", "confidence: 0.9"),
        ("action.outside", "outside: yes"),
        ("action.as_asked", "as_asked: yes"),
        ('now - action.offered == duration("2h")', "offered: 2h"),
        ("action.tries == 2", "tries: 2"),
        # its state, field by field
        ('state["janine"].seat == "janine" && state["janine"].turn == "t-7" && state["janine"].fresh', STATE),
        ('state["janine"].headline == "One dispute" && state["janine"].outside', STATE),
        ('now - state["janine"].written == duration("2h")', STATE),
        ('state["janine"].as_of == timestamp("2026-11-23T12:00:00Z")', STATE),
        ('state["janine"].good_until - now == duration("4h")', STATE),
        ('state["janine"].stale == ["dash"]', STATE),
        ('state["janine"].items.exists(i, i.about == "account:acme" && i.kind == "billing-dispute")', STATE),
        ('state["janine"].items[0].because == "late" && state["janine"].items[0].confidence == 0.7', STATE),
        ('state["janine"].items[0].with.days == 12', STATE),
        ('state["janine"].claims[0].about == "account:acme" && state["janine"].claims[0].because == "mine"', STATE),
        ('state["janine"].scorecard.overdue_usd == 1200', STATE),
        ('age(state["janine"]) == span("3h")', "state: {janine: {age: 3h}}"),
        # mail, claims, metrics, touches
        ('mail.exists(m, m.from == "janine" && m.id == "m-7" && m.type == "CHALLENGE")', MAIL),
        ('mail.exists(m, m.about == "account:acme" && m.subject == "No" && m.outside && m.hop == 3)', MAIL),
        ('mail.exists(m, now - m.sent == duration("2h"))', MAIL),
        ('claims.exists(c, c.seat == "janine" && c.because == "at risk")', f"about: account:acme, {CLAIMS}"),
        ('claims[0].until - claims[0].since == duration("3h")', f"about: account:acme, {CLAIMS}"),
        ('metric["janine.overdue_usd"] > 1000', "metric: {janine.overdue_usd: 1200}"),
        (
            'touches(action.about, "janine", "3d") && !touches(action.about, "janine", "1d")',
            "about: account:acme, touched: [{seat: janine, ago: 2d}]",
        ),
        # the time, in the fleet's zone, and in another
        ('now == timestamp("2026-11-23T15:00:00Z")', "now: 2026-11-23T10:00"),
        ('now == timestamp("2026-11-23T10:00:00Z")', "now: 2026-11-23T10:00Z"),
        ('now.getDayOfWeek("America/New_York") == 1 && now.getHours("America/New_York") == 10', ""),
    ],
)  # fmt: skip
def test_all_that_a_condition_can_ask_for_an_example_can_say(condition: str, given: str) -> None:
    example = f"{{{given}{', ' if given else ''}expect: hold}}"
    assert came(condition, example) == ["hold"]


def test_the_keys_of_an_example_are_the_words_of_the_lexicon() -> None:
    def keys(of: str) -> set[str]:
        tables = {"action": situation.EXAMPLE, "state": situation.STATE, "items": situation.STATE_ITEM,
                  "claims": situation.CLAIM, "letters": situation.MAIL}  # fmt: skip
        return {row.name for row in tables[of].table}

    own = {
        "fresh",
        "seat",
        "turn",
    }  # of a state: its own name, fleet's turn, and fresh it is or it is not asked
    for sort, words in SORTS.items():
        assert {word.name for word in words} - keys(sort) <= (own if sort == "state" else set()), sort
    assert {word.name for word in VARIABLES} - keys("action") == {"action"}


def test_a_rule_that_does_not_speak_of_the_seat_or_the_kind_passes() -> None:
    more = "    seat: janine\n    action: crm.offer\n"
    assert came("true", "{expect: hold}", "{seat: dirk, expect: passes}", more=more) == ["hold", "passes"]
    assert came("true", "{kind: note.append, expect: passes}", more=more) == ["passes"]


def test_what_the_gate_holds_before_it_asks_the_rule_is_held_in_an_example_too() -> None:
    rule = 'state["janine"].items.size() > 0'
    tried = try_examples(
        *rule_of(rule, "{expect: hold}", "{state: {janine: {good_until: 2026-01-01}}, expect: hold}")
    )
    assert [one.says for _, one in tried.came] == ["held", "held"]
    assert tried.came[0][1].why.startswith(
        "janine has published no state, so it is not known whether the rule x"
    )
    assert "held until 2026-01-01 00:00 and was not renewed" in tried.came[1][1].why


def test_an_allow_must_hold_of_each_subject_and_anything_else_of_one() -> None:
    example = "{about: [account:acme, account:volt], expect: %s}"
    assert came('action.about == "account:acme"', example % "hold") == ["hold"]
    assert came('action.about == "account:acme"', example % "passes", then="allow") == ["passes"]
    assert came('action.about != "account:x"', example % "allow", then="allow") == ["allow"]


def test_who_is_asked_stands_in_what_came() -> None:
    assert came("true", "{expect: hold}", then="ask founder") == ["ask founder"]


def survivors(tried: Tried) -> list[str]:
    return [one.says for one in tried.survived]


def test_no_mutant_is_made_while_an_example_comes_otherwise() -> None:
    assert try_examples(*rule_of("action.outside", "{expect: hold}")).mutants == ()
    assert try_examples(*rule_of("action.outside", "{expect: passes}")).mutants != ()


def test_a_mutant_that_every_example_takes_for_the_rule_survives() -> None:
    rule = "action.tries > 3 && action.outside"
    few = try_examples(*rule_of(rule, "{tries: 40, outside: yes, expect: hold}", "{expect: passes}"))
    assert survivors(few) == [
        "without action.tries > 3", "without action.outside", "> as >=", "3 as 30", "3 as 0",
    ]  # fmt: skip
    more = ("{tries: 4, outside: yes, expect: hold}", "{tries: 3, outside: yes, expect: passes}",
            "{tries: 4, expect: passes}")  # fmt: skip
    assert survivors(try_examples(*rule_of(rule, *more))) == []


def test_a_rule_that_no_example_would_miss_has_itself_among_the_survivors() -> None:
    assert survivors(try_examples(*rule_of("action.outside", "{expect: passes}")))[0] == "the rule taken out"


def test_what_was_seen_is_told_part_by_part_and_value_by_value() -> None:
    rule = 'action.with.amount > 3000 && touches(action.about, "janine", "3d") || age(state["janine"]) > span("9h")'
    law, one = rule_of(
        rule, "{about: account:acme, with: {amount: 9}, state: {janine: {age: 3h}}, expect: hold}"
    )
    (seen,) = exhibits(law, one, case_of(law, one, one.examples[0]))
    assert seen.subject == "account:acme"
    assert seen.parts == (
        ("action.with.amount > 3000", "no"),
        ('touches(action.about, "janine", "3d")', "no"),
        ('age(state["janine"]) > span("9h")', "no"),
    )
    assert seen.values == (
        ("action.with.amount", "9"),
        ('touches(action.about, "janine", "3d")', "no"),
        ('age(state["janine"])', "3h"),
    )


def test_a_value_that_is_not_there_is_told_so_and_an_instant_in_the_fleets_zone() -> None:
    law, one = rule_of(
        "action.with.amount > 3 || action.offered < now", "{now: 2026-11-23T10:00, expect: hold}"
    )
    (seen,) = exhibits(law, one, case_of(law, one, one.examples[0]))
    assert seen.parts[0] == ("action.with.amount > 3", "there is no amount")
    assert dict(seen.values)["action.with.amount"] == "not there"
    assert dict(seen.values)["now"] == "2026-11-23T10:00:00-05:00"


def test_a_span_of_a_payload_that_is_none_is_an_error_of_the_example_and_told_with_what_was_seen() -> None:
    law, one = rule_of(
        'touches(action.about, "janine", action.with.within)',
        "{kind: crm.offer, about: account:acme, with: {within: soon}, expect: passes}",
    )
    assert [what.says for _, what in try_examples(law, one).came] == ["error"]
    (seen,) = exhibits(law, one, case_of(law, one, one.examples[0]))
    name = 'touches(action.about, "janine", action.with.within)'
    why = "a span is a whole number and s, m, h, d or w"
    assert (seen.parts, seen.values) == (((name, why),), ((name, f'"soon": {why}'),))


def test_a_chart_that_is_kept_has_no_examples_and_is_the_same_chart() -> None:
    law, rule = rule_of("true", "{expect: hold}")
    back = read(written(law.chart, "key"), "key")
    assert isinstance(back, Chart) and back.rules == law.chart.rules
    assert rule.examples and not back.rules[0].examples
