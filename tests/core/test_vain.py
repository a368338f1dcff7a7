"""Rules that do nothing: each sort is found where it stands, and a rule that does something is not."""

# ruff: noqa: E501 - rules stand as a file has them

from __future__ import annotations

import pytest

from fleet.core.mistake import Mistake
from fleet.store.chart import read_text

HEAD = """\
fleet: acme
timezone: UTC
seats:
  ann: {title: Boss, person: Ann, reads: [dirk, nick]}
  dirk: {title: Sales, run: ./a, answers_to: ann, owns: [sales], good_for: 1d, never: [crm.gone], can: {do: [crm.write, crm.offer]}, scorecard: {met: at least 6}}
  nick: {title: Leads, run: ./a, answers_to: ann, owns: [leads], good_for: 1d, can: {do: [crm.write], ask: {mail.send: ann}}, scorecard: {led: at least 6}}
actions:
  crm.write: {run: ./write, about: account}
  crm.offer: {run: ./offer, about: account, outside: yes}
  crm.gone: {run: ./gone, about: account}
  mail.send: {run: ./mail, about: [account, person], outside: yes}
subjects: {person: {of: account, from: data/p.csv}}
conflicts: [{about: account, rank: [dirk, nick]}]
rules:
"""


def check(*rules: str) -> list[Mistake]:
    text = HEAD + "".join(f"  - {{{rule}}}\n" for rule in rules)
    chart, found = read_text({"fleet.yaml": text})
    assert chart is not None, [m.line() for m in found]
    return [m for m in found if m.code[:3] in ("F26", "F27")]


def told(*rules: str) -> list[tuple[str, str]]:
    """The codes, each with the text under its caret."""
    lines = (HEAD + "".join(f"  - {{{rule}}}\n" for rule in rules)).split("\n")
    return [
        (m.code, lines[m.place.line - 1][m.place.column - 1 : m.place.end_column - 1]) for m in check(*rules)
    ]


FOUND = [
    # a seat that cannot; a kind in `never`; a person, who offers no actions
    ("seat: nick, action: crm.offer, if: action.outside, then: hold", "F262", "nick"),
    ("seat: dirk, action: [crm.gone, mail.send], if: action.outside, then: hold", "F262", "dirk"),
    ("seat: ann, if: action.outside, then: hold", "F262", "ann"),
    # two values of one field, written in either order, or as lists
    ("if: 'action.with.a == \"x\" && \"y\" == action.with.a', then: hold", "F263", None),
    ("if: 'action.with.a in [1, 2] && action.with.a == 3', then: hold", "F263", None),
    # above and below; not above and above; another sort
    ("if: action.with.a > 5 && action.with.a < 3, then: hold", "F263", None),
    ("if: '!(action.with.a > 5) && action.with.a >= 6', then: hold", "F263", None),
    ("if: 'action.with.a > 5 && action.with.a == \"six\"', then: hold", "F263", None),
    # yes and no; a subject of two kinds; in each branch
    ("if: 'action.outside && !action.outside', then: hold", "F263", None),
    ("if: 'action.about.startsWith(\"account:\") && action.about == \"person:x\"', then: hold", "F263", None),
    ("if: '(action.tries > 3 || action.with.a == 1) && action.tries < 2 && action.with.a == 2', then: hold", "F263", None),
    # another kind or seat than it is for; one that has no permission for it
    ("action: crm.write, if: 'action.kind == \"mail.send\"', then: hold", "F263", None),
    ("seat: dirk, if: 'seat == \"nick\"', then: hold", "F263", None),
    ("action: mail.send, if: 'action.seat == \"dirk\"', then: hold", "F263", None),
    # a state is fresh, or the rule is not asked; an entry that nothing can be; never by itself
    ("if: '!state[\"nick\"].fresh', then: hold", "F263", None),
    ("if: 'state[\"nick\"].items.exists(i, i.kind == \"a\" && i.kind == \"b\")', then: hold", "F263", None),
    ("if: 'false', then: hold", "F263", None),
    # what nothing asks about
    ("action: crm.write, if: action.tries > 1, then: allow", "F264", "allow"),
    ("seat: nick, action: mail.send, if: action.outside, then: ask ann", "F265", "ask ann"),
    # spans and instants; between whole numbers; a state of another seat, and what another seat claims
    ("if: 'age(state[\"nick\"]) > span(\"2d\") && age(state[\"nick\"]) < span(\"1d\")', then: hold", "F263", None),
    ("if: 'now > timestamp(\"2027-01-01T00:00:00Z\") && now < timestamp(\"2026-01-01T00:00:00Z\")', then: hold", "F263", None),
    ("if: 'now - action.offered > span(\"26h\") && now - action.offered < span(\"1 day\")', then: hold", "F263", None),
    ("if: action.tries > 3 && action.tries < 4, then: hold", "F263", None),
    ("if: action.tries == 2.5, then: hold", "F263", None),
    ("if: 'state[\"nick\"].seat == \"dirk\"', then: hold", "F263", None),
    ("if: 'state[\"nick\"].claims.exists(c, c.seat == \"dirk\")', then: hold", "F263", None),
    # beyond what a field can be
    ("if: 'has(action.confidence) && action.confidence > 2', then: hold", "F263", None),
    ("if: 'has(action.confidence) && action.confidence < 0', then: hold", "F263", None),
    ("if: 'action.tries < 0', then: hold", "F263", None),
    # a hold that nothing ends, since it asks nothing
    ("name: all, seat: dirk, action: crm.write, then: hold", "F270", "hold"),
    # what need not be yes or no: alone, beside others, inside of a list, as a branch's question
    ("if: action.with.urgent, then: refuse", "F272", "action.with.urgent"),
    ("if: '!action.with[\"urgent\"] && action.tries > 1', then: refuse", "F272", 'action.with["urgent"]'),
    ("if: 'mail.size() > 1 || action.with.a.b', then: refuse", "F272", "action.with.a.b"),
    ("if: 'metric[\"dirk.met\"]', then: refuse", "F272", 'metric["dirk.met"]'),
    ("if: 'state[\"nick\"].items.exists(i, i.with.late)', then: hold", "F272", "i.with.late"),
    ("if: 'action.with.a ? action.tries > 1 : action.outside', then: refuse", "F272", "action.with.a"),
    # names that are not there
    ("if: 'action.kind == \"crm.ofer\" || action.tries > 1', then: hold", "F266", "crm.ofer"),
    ("if: 'seat == \"drik\" || action.tries > 1', then: hold", "F266", "drik"),
    ("action: crm.offer, if: 'action.about.startsWith(\"acount:\") || action.tries > 1', then: hold", "F266", "acount:"),
    ("action: crm.offer, if: 'action.about == \"person:bob\" || action.tries > 1', then: hold", "F266", "person:bob"),
    ("action: crm.offer, if: 'action.about == \"acme\" || action.tries > 1', then: hold", "F266", "acme"),
    ("action: crm.offer, if: 'action.about == \"account:Acme\" || action.tries > 1', then: hold", "F266", "account:Acme"),
    ("action: crm.offer, if: 'action.about.startsWith(\"per\") || action.tries > 1', then: hold", "F266", "per"),
    ("if: 'action.kind in [\"crm.write\", \"crm.ofer\"]', then: refuse", "F266", "crm.ofer"),
    ("if: 'claims.exists(c, c.seat == \"book\")', then: hold", "F266", "book"),
    ("if: 'touches(action.about, \"nic\", \"7d\")', then: hold", "F266", "nic"),
    ("if: 'touches(\"acme\", \"nick\", \"7d\")', then: hold", "F266", "acme"),
    ("if: 'mail.exists(m, m.from == \"drik\")', then: hold", "F266", "drik"),
    ("if: 'mail.exists(m, m.type == \"CHALENGE\")', then: hold", "F266", "CHALENGE"),
    ("if: 'mail.exists(m, m.about == \"acme\")', then: hold", "F266", "acme"),
    # no such hour; constants
    ("if: 'now.getHours() > 23', then: hold", "F263", None),
    ("if: 'now.getHours(\"Europe/Berlin\") == 24', then: hold", "F263", None),
    ("if: 'now.getDayOfWeek() == 7', then: hold", "F263", None),
    ("if: 'now.getHours() < 8 && now.getHours() >= 18', then: hold", "F263", None),
    ("if: 'mail.size() < 0', then: hold", "F263", None),
    ("if: '1 > 2 || \"a\" == \"b\"', then: hold", "F263", None),
    # what may be missing
    ("if: 'action.confidence < 0.5', then: refuse", "F269", "confidence"),
    ("if: 'has(action.with.confidence) && action.confidence < 0.5', then: refuse", "F269", "confidence"),
    ("if: 'state[\"nick\"].items.exists(i, i.confidence > 0.9)', then: hold", "F269", "confidence"),
    ("if: 'claims.exists(c, has(c.because) && c.until > now)', then: hold", "F269", "until"),
    ("if: 'state[\"nick\"].as_of < now - span(\"1d\")', then: hold", "F269", "as_of"),
    ("if: 'state[\"nick\"].good_until < now', then: hold", "F269", "good_until"),
    ("if: 'has(action.confidence) || action.confidence < 0.5', then: refuse", "F269", "confidence"),
    ("if: 'claims.exists(c, has(c.until)) && claims.exists(c, c.until > now)', then: hold", "F269", "until"),
    # holds that nothing ends
    ("if: action.outside, then: hold", "F270", "hold"),
    ("if: '!action.as_asked', then: hold", "F270", "hold"),
    ("if: 'action.because == \"\"', then: hold", "F270", "hold"),
    ("if: 'has(action.confidence) && action.confidence < 0.5', then: hold", "F270", "hold"),
    ("if: 'action.turn == \"t1\"', then: hold", "F270", "hold"),
    ("if: 'action.with.price > 3000', then: hold", "F270", "hold"),
    ("if: 'action.kind == \"crm.offer\"', then: hold", "F270", "hold"),
    ("if: 'seat == \"dirk\" && \"account:acme\" in action.subjects', then: hold", "F270", "hold"),
    ("if: 'action.about == \"account:acme\"', then: hold", "F270", "hold"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "at"), FOUND)
def test_a_rule_that_does_nothing_is_told_where_it_stands(rule: str, code: str, at: str | None) -> None:
    ((found, place),) = told(rule)
    condition = rule.partition("if: ")[2].partition(", then")[0]
    assert (found, place) == (code, condition if at is None else at)


SILENT = [
    "if: action.with.a > 3 && action.with.a < 5, then: refuse",
    "if: 'action.with.a == 1 || action.with.a == 2', then: refuse",
    "if: 'action.with.a >= 3 && action.with.a <= 3', then: refuse",
    "if: 'action.with.a == 1 && action.with.b == 2', then: refuse",
    "if: 'action.with.a != 1 && action.with.a != \"1\"', then: refuse",
    "if: 'mail.exists(m, m.type == \"CHALLENGE\") && !mail.exists(m, m.type == \"INFORM\")', then: hold",
    "if: 'state[\"nick\"].fresh && action.tries > 1', then: hold",
    "seat: dirk, if: 'action.kind == \"crm.offer\"', then: refuse",
    "action: mail.send, if: 'action.about.startsWith(\"person:\")', then: refuse",
    "action: mail.send, if: 'action.about.startsWith(\"account:\") || action.about == \"person:bob\"', then: refuse",
    "action: message, if: 'action.about.startsWith(\"brand:\") && action.kind == \"message\"', then: refuse",
    "action: [crm.write, crm.offer], if: action.tries > 1, then: allow",
    "seat: nick, if: action.tries > 1, then: ask ann",
    "seat: nick, action: mail.send, if: action.tries > 1, then: ask ann, because: So it is.",
    "then: refuse",
    "if: action.with.urgent == true, then: refuse",
    "if: 'has(action.with.urgent) && \"a\" in action.subjects', then: refuse",
    "if: 'has(action.confidence) && action.confidence >= 0.5 && action.confidence <= 1', then: refuse",
    "then: refuse",
    "if: 'claims.exists(c, c.seat == \"nick\" || c.about == \"brand:acme\")', then: hold",
    "if: 'mail.exists(m, m.from == \"operator\" || m.from == \"fleet\" || m.from == \"ann\")', then: hold",
    "if: 'mail.exists(m, m.type == \"INFORM\") && touches(\"account:acme\", \"nick\", \"7d\")', then: hold",
    "if: 'action.about != \"\" && action.about.startsWith(\"acc\")', then: refuse",
    "if: 'now.getHours() >= 18 || now.getHours() < 8', then: hold",
    "if: 'now.getHours() == 23 || now.getMinutes() == 59 || now.getDayOfWeek() == 6', then: hold",
    "if: 'now.getHours(\"Europe/Berlin\") < 8 && now.getHours() >= 18', then: hold",
    "if: '2 > 1', then: refuse",
    "if: 'has(action.confidence) && action.confidence < 0.5', then: refuse",
    "if: '!has(action.confidence) || action.confidence < 0.5', then: refuse",
    "if: 'state[\"nick\"].items.exists(i, has(i.confidence) && i.confidence > 0.9)', then: hold",
    "if: 'has(state.nick.as_of) && state[\"nick\"].as_of < now - span(\"1d\")', then: hold",
    "if: 'action.with.price > 3000 && state[\"nick\"].items.size() > 0', then: hold",
    "if: 'action.with.price > 3000 && metric[\"nick.led\"] < 5', then: hold",
    "if: 'action.with.price > 3000 && now.getHours() < 8', then: hold",
    "if: 'action.with.price > 3000 && touches(action.about, \"nick\", \"7d\")', then: hold",
    "if: 'action.with.price > 3000 && action.tries > 1', then: hold",
    "if: 'action.with.price > 3000', then: ask ann",
    # asks once more when it comes to be met, after the yes to `can.ask`
    "seat: nick, action: mail.send, if: action.tries > 1, then: ask ann",
    "if: action.tries > 3 && action.tries < 5, then: refuse",
    "if: action.with.tries > 3 && action.with.tries < 4, then: refuse",
    "if: 'age(state[\"nick\"]) > span(\"1d\") && age(state[\"nick\"]) < span(\"2d\")', then: hold",
    "if: 'state[\"nick\"].seat == \"nick\" && state[\"nick\"].claims.exists(c, c.seat == \"nick\")', then: hold",
    "if: 'claims.exists(c, has(c.until) && c.until > now)', then: hold",
    "if: 'claims.filter(c, has(c.until)).exists(d, d.until > now)', then: hold",
    "if: 'claims.map(c, has(c.until), c.until).exists(at, at > now)', then: hold",
    "if: 'has(action.confidence) && claims.exists(c, action.confidence < 0.5)', then: hold",
    "if: 'has(action.confidence) ? action.confidence < 0.5 : action.tries > 1', then: refuse",
    "if: 'claims.all(c, !has(c.until) || c.until > now)', then: hold",
]  # fmt: skip


@pytest.mark.parametrize("rule", SILENT)
def test_a_rule_that_does_something_is_not_told(rule: str) -> None:
    assert told(rule) == []


def test_what_was_meant_is_suggested() -> None:
    (kind,) = check("if: 'action.kind == \"crm.ofer\" || action.tries > 1', then: hold")
    (about,) = check(
        "action: crm.offer, if: 'action.about.startsWith(\"acount:\") || action.tries > 1', then: hold"
    )
    assert (kind.tries, about.tries) == (("crm.offer",), ("account:",))
    assert about.why == "what it is for is about account"
    (bare,) = check("action: crm.offer, if: 'action.about == \"acme\" || action.tries > 1', then: hold")
    (kind,) = check("if: 'mail.exists(m, m.type == \"CHALENGE\")', then: hold")
    (seat,) = check("if: 'claims.exists(c, c.seat == \"nik\")', then: hold")
    (missing,) = check("if: 'state[\"nick\"].as_of < now', then: hold")
    (held,) = check("if: 'action.with.price > 3000', then: hold")
    assert (bare.tries, kind.tries, seat.tries) == (("account:acme",), ("CHALLENGE",), ("nick",))
    assert missing.tries == ('has(state["nick"].as_of) && ..',)
    assert held.tries == ("then: refuse", "then: ask ann")


PAIRS = [
    # the same, a larger and a smaller one, of any names and order, in one condition and in several
    ("name: a, if: action.tries > 1, then: hold", "name: b, if: action.tries > 1, then: hold", "F268"),
    ("name: a, if: action.tries > 1, then: refuse", "name: b, if: action.tries > 3, then: refuse", "F268"),
    ("name: a, if: action.tries > 3, then: hold", "name: b, if: action.tries > 1, then: refuse", "F268"),
    ("name: a, then: refuse", "name: b, seat: dirk, if: action.tries > 1, then: hold", "F268"),
    ("name: a, if: 'action.with.a in [1, 2, 3]', then: refuse", "name: b, if: 'action.with.a == 2 && action.outside', then: refuse", "F268"),
    ("name: a, if: 'action.about.startsWith(\"account:\")', then: refuse", "name: b, if: 'action.about == \"account:x\"', then: refuse", "F268"),
    ("name: a, if: 'mail.exists(m, m.hop > 2)', then: hold", "name: b, if: 'mail.exists(m, m.hop > 2) && action.outside', then: hold", "F268"),
    ("name: a, if: 'mail.exists(m, m.hop > 2)', then: hold", "name: b, if: 'mail.exists(one, one.hop > 2)', then: hold", "F268"),
    ("name: a, if: 'action.with.a > 1', then: refuse", "name: b, if: 'action.with.a > 3', then: refuse", "F268"),
    ("name: a, if: 'metric[\"nick.led\"] > 3', then: refuse", "name: b, if: 'metric[\"nick.led\"] > 5', then: hold", "F268"),
    ("name: a, if: action.outside, then: refuse", "name: b, if: 'action.outside && action.with.a > 1', then: ask ann", "F268"),
    ("name: a, if: action.with.a == 1, then: ask ann", "name: b, if: 'action.with.a == 1 && action.outside', then: ask ann", "F268"),
    ("name: a, if: 'action.with.a > 1', then: refuse", "name: b, if: 'action.with.a > 1', then: allow", "F267"),
    # met by the same, and another ruling
    ("name: a, if: action.tries > 1, then: hold", "name: b, if: 1 < action.tries, then: refuse", "F267"),
    ("name: a, seat: dirk, if: '!(action.tries <= 1)', then: ask ann", "name: b, seat: dirk, if: action.tries > 1, then: refuse", "F267"),
    # one name
    ("name: a, if: action.tries > 1, then: hold", "name: a, if: action.outside, then: refuse", "F261"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "code"), PAIRS)
def test_a_rule_that_another_one_outdoes_is_told(first: str, second: str, code: str) -> None:
    assert [m.code for m in check(first, second)] == [code]


APART = [
    # less strict; another seat or kind; a wider condition after a narrow one, which gives the reason of its own
    ("name: a, if: action.tries > 1, then: hold", "name: b, if: action.tries > 3, then: refuse"),
    ("name: a, seat: nick, then: refuse", "name: b, seat: dirk, if: action.tries > 3, then: hold"),
    ("name: a, action: crm.offer, then: refuse", "name: b, if: action.tries > 3, then: hold"),
    ("name: a, if: action.tries > 3, then: hold", "name: b, if: action.tries > 1, then: hold"),
    # who is asked is another; an allow that waives what another's ask does not
    ("name: a, then: ask ann, because: x", "name: b, if: action.outside, then: allow"),
    # it holds while what it looks at is missing
    (
        "name: a, if: action.tries > 1, then: hold",
        "name: b, if: 'action.tries > 1 && metric[\"nick.led\"] > 5', then: hold",
    ),
    (
        "name: a, if: action.tries > 1, then: refuse",
        "name: b, if: 'action.tries > 2 && state[\"nick\"].items.size() > 1', then: hold",
    ),
    # it refuses where it errs, and the other one does not: a field that is missing, another sort, a branch of its own
    (
        "name: a, if: action.tries > 1, then: hold",
        "name: b, if: 'action.tries > 1 && action.with.a > 1', then: hold",
    ),
    (
        "name: a, if: 'action.with.a != 2 && action.tries > 1', then: hold",
        "name: b, if: 'action.with.a > 5 && action.tries > 1', then: hold",
    ),
    (
        "name: a, if: action.tries > 1, then: refuse",
        "name: b, if: 'action.tries > 1 && action.outside || action.tries > 2 && action.with.a == 1 || action.with.b == 1 && action.tries > 1 && action.with.c == 2 || action.tries > 1 && 1 / action.tries == 1 || action.with.x == 1 && action.tries == 2', then: refuse",
    ),
    # who said yes to one is asked by the other when that is met, too; and told its reason
    ("name: a, if: action.tries > 1, then: ask ann", "name: b, if: action.tries > 3, then: ask ann"),
    (
        "name: a, if: action.with.a == 1, then: ask ann",
        "name: b, if: 'action.with.a == 1 && action.outside', then: ask ann, because: x",
    ),
    # messages are no business of a rule for every action
    ("name: a, then: refuse", "name: b, action: message, if: action.tries > 3, then: hold"),
    # other sorts, and what may err on its own
    ("name: a, if: action.with.a > 3, then: refuse", "name: b, if: action.with.b > 3, then: refuse"),
    (
        "name: a, if: 'action.with[\"a.b\"] == 3', then: refuse",
        "name: b, if: action.with.a.b == 3, then: refuse",
    ),
]


@pytest.mark.parametrize(("first", "second"), APART)
def test_rules_that_each_decide_something_are_not_told(first: str, second: str) -> None:
    assert check(first, second) == []


REMAINS = [
    ("if: '!state[\"nick\"].fresh', then: hold", "F263", "it only holds while the state of nick is missing or stale"),
    ("if: 'metric[\"nick.led\"] > 5 && metric[\"nick.led\"] < 3', then: hold", "F263", "it only holds while nick.led has no value of this week or the last and refuses where it cannot be answered, as where a field is missing"),
    ("if: 'action.with.a > 5 && action.with.a < 3', then: hold", "F263", "it only refuses where it cannot be answered, as where a field is missing"),
    ("if: 'action.tries < 0', then: hold", "F263", ""),
    ("if: '!has(action.with.a) && has(action.with.a) && action.with.a == 3', then: hold", "F263", ""),
    ("action: crm.write, if: 'state[\"nick\"].outside', then: allow", "F264", "it only holds while the state of nick is missing or stale"),
    ("action: crm.write, if: action.outside, then: allow", "F264", ""),
    ("seat: nick, action: mail.send, if: action.with.a == 1, then: ask ann", "F265", "it only refuses where it cannot be answered, as where a field is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "remains"), REMAINS)
def test_what_a_rule_that_decides_nothing_still_holds_or_refuses_is_told(
    rule: str, code: str, remains: str
) -> None:
    (found,) = check(rule)
    assert (found.code, found.why.partition("; it only")[1:]) == (
        code,
        ("; it only", remains.removeprefix("it only")) if remains else ("", ""),
    )


def test_a_number_in_quotes_beside_a_metric_is_told() -> None:
    for said, tries in (("5", ("5",)), ("-2.50", ("-2.50",)), ("5%", ()), ("green", ())):
        rule = f'  - {{if: \'metric["nick.led"] == "{said}"\', then: refuse}}\n'
        found = [m for m in read_text({"fleet.yaml": HEAD + rule})[1] if m.level == "error"]
        assert [(m.code, m.tries) for m in found] == ([("F317", tries)] if tries else [])


def test_a_seat_that_left_may_have_acted_and_written_and_acts_no_more() -> None:
    rules = (
        '  - {if: \'touches(action.about, "jeff", "7d") || mail.exists(m, m.from == "jeff")\', then: hold}\n'
        "  - {if: 'seat == \"jeff\" || action.tries > 1', then: hold}\n"
    )
    text = HEAD.replace("rules:", "retired: {jeff: {gave: {leads: nick}}}\nrules:") + rules
    found = read_text({"fleet.yaml": text})[1]
    assert [(m.code, m.place.line) for m in found] == [("F266", text.count("\n"))]


@pytest.mark.parametrize(
    "broken",
    [
        "name: a, if: action.tries > 1",  # no then
        "name: a, if: action.tries > 1, then: perhaps",
        "name: a, if: 'action.tires > 1', then: refuse",
        "name: a, if: action.tries > 1, then: refuse, ask: ann",
        "name: a, seat: nobody, if: action.tries > 1, then: refuse",
        "name: a, if: action.tries > 1, then: ask dirk",
    ],
)
def test_a_rule_with_an_error_says_nothing_of_others(broken: str) -> None:
    sound = "name: a, if: action.tries > 3, then: hold"
    text = HEAD + "".join(f"  - {{{rule}}}\n" for rule in (broken, sound))
    chart, found = read_text({"fleet.yaml": text})
    assert chart is None
    assert [m.code for m in found if m.level == "warning"] == []
    assert {m.place.line for m in found} == {HEAD.count("\n") + 1}


def test_names_in_a_condition_that_cannot_be_read_are_told_in_the_same_pass() -> None:
    rule = '  - {if: \'state["nik"].itms.size() > 0 && metric["dirk.mets"] > 5 && action.abuot == "x"\', then: hold}'
    found = read_text({"fleet.yaml": f"{HEAD}{rule}\n"})[1]
    at = [rule[m.place.column - 1 : m.place.end_column - 1] for m in found if m.level == "error"]
    assert sorted(at) == ["abuot", "dirk.mets", "itms", "nik"]


def test_where_no_metric_is_near_those_that_there_are_are_listed() -> None:
    rule = "  - {if: 'metric[\"acme.pipeline_usd\"] > 5', then: refuse}\n"
    (far,) = read_text({"fleet.yaml": HEAD + rule})[1]
    (near,) = read_text({"fleet.yaml": HEAD + rule.replace("acme.pipeline_usd", "dirk.mets")})[1]
    assert (far.code, far.why, far.tries) == ("F220", "metrics are: dirk.met, nick.led", ())
    assert (near.code, near.why, near.tries) == ("F220", "", ('metric["dirk.met"]',))


def test_a_state_without_an_end_is_said_to_count_as_fresh_however_old_it_is() -> None:
    rule = "  - {if: 'state[\"nick\"].items.size() > 0', then: hold}\n"
    text = HEAD.replace("owns: [leads], good_for: 1d", "owns: [leads]").partition("conflicts:")[0]
    found = read_text({"fleet.yaml": f"{text}rules:\n{rule}"})[1]
    (why,) = [m.why for m in found if m.code == "F234"]
    assert why == "such a state never runs out, so an old one counts as fresh"


def test_a_thousand_rules_are_compared_by_what_few_of_them_ask() -> None:
    rules = [
        f"name: r{n}, seat: dirk, if: 'action.about == \"account:a{n}\" && action.tries > 1', then: hold"
        for n in range(300)
    ]
    again = "name: again, seat: dirk, if: 'action.tries > 5 && action.about == \"account:a7\"', then: hold"
    (found,) = check(*rules, again)
    assert found.code == "F268" and found.second is not None and "r7" in found.second_what


CUT = [
    # a rule of one line: brackets, commas, quotes; the condition under the caret, and how it is written
    ("{if: »mail.exists(i, i.id in ['x'])«, then: hold}", "if: 'mail.exists(i, i.id in [''x''])'"),
    (
        '{if: »state["nick"].items.exists(i, i.kind == "x")«, then: hold}',
        """if: 'state["nick"].items.exists(i, i.kind == "x")'""",
    ),
    (
        '{if: »touches(action.about, "dirk", "7d")«, then: hold}',
        """if: 'touches(action.about, "dirk", "7d")'""",
    ),
    ('{if: »action.because == "x #1"«, then: hold}', """if: 'action.because == "x #1"'"""),
    # what begins with a quote, as a text or around the whole
    ('{if: »"a:b" == action.about«, then: hold}', """if: '"a:b" == action.about'"""),
    ('if: »"a:b" == action.about«\n    then: hold', """if: '"a:b" == action.about'"""),
    ('if: »"state["nick"].fresh"«\n    then: hold', """if: 'state["nick"].fresh'"""),
    # YAML's own signs
    ('if: »action.because == "a: b"«\n    then: hold', """if: 'action.because == "a: b"'"""),
    ('if: »!state["nick"].outside«\n    then: hold', """if: '!state["nick"].outside'"""),
]


@pytest.mark.parametrize(("marked", "instead"), CUT)
def test_a_condition_that_yaml_cuts_is_told_with_its_quotes(marked: str, instead: str) -> None:
    plain = marked.replace("»", "").replace("«", "")
    (told,) = read_text({"fleet.yaml": f"{HEAD}  - {plain}\n"})[1]
    line = plain.split("\n")[0]
    assert (told.code, told.tries) == ("F101", (instead,))
    assert (
        line[told.place.column - 5 : told.place.end_column - 5]
        == marked[marked.index("»") + 1 : marked.index("«")]
    )
    block = f"- {instead}\n    then: refuse\n"
    assert [m for m in read_text({"fleet.yaml": f"{HEAD}  {block}"})[1] if m.level == "error"] == []


@pytest.mark.parametrize("rule", ["{if: action.outside, then: hold", "{if: 'action.outside' then: hold}"])
def test_a_map_that_does_not_end_is_not_laid_to_its_condition(rule: str) -> None:
    (told,) = [m for m in read_text({"fleet.yaml": f"{HEAD}  - {rule}\n"})[1] if m.level == "error"]
    assert (told.code, told.what) == ("F101", "this map does not end")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('action.because == "x" # c && action.tries > 1', [("F271", "# c && action.tries > 1")]),
        ('action.because == "x" # or action.about == "y"', [("F271", '# or action.about == "y"')]),
        ('action.because == "x #1"', [("F317", '#1"')]),
        ('action.because == "x" # only what dirk says', []),
        ('action.because == "x"  # see account:acme, and https://a.example/?a=b', []),
        ("'action.because == \"x # && y\"'", []),
    ],
)
def test_a_comment_that_cuts_a_condition_is_told(condition: str, expected: list[tuple[str, str]]) -> None:
    line = f"  - if: {condition}"
    found = read_text({"fleet.yaml": f"{HEAD}{line}\n    then: refuse\n"})[1]
    assert [(m.code, line[m.place.column - 1 : m.place.end_column - 1]) for m in found] == expected


SHAPES = [
    # what is told, once, and what to write
    ("{if: action.outside, do: hold}", [("F401", ("then",))]),
    ("{if: action.outside}", [("F407", ("then: refuse", "then: hold", "then: ask PERSON"))]),
    ("{action: crm.*, if: action.outside, then: hold}", [("F406", ("[crm.write, crm.offer, crm.gone]",))]),
    ("{if: !action.outside, then: hold}", [("F105", ("'!action.outside'",))]),
    ("{if: [a, b], then: hold}", [("F404", ())]),
    ("{if: mail.exists(i, i.outside), then: hold}", [("F308", ('if: "mail.exists(i, i.outside)"',))]),
    ('{if: mail.exists(i, i.id == "x"), then: hold}', [("F308", ("if: 'mail.exists(i, i.id == \"x\")'",))]),
    (
        "{if: action.outside, then: hold, examples: [{amount: 4000, expect: passes}]}",
        [("F401", ("with: {amount: 4000}",))],
    ),
    (
        "{if: action.outside, then: hold, examples: [{abuot: account:a, expect: passes}]}",
        [("F401", ("about",))],
    ),
    (
        "{if: action.outside, then: hold, examples: [{about: acme, expect: passes}]}",
        [("F406", ("KIND:acme",))],
    ),
    (
        "name: a\n    if: action.outside\n    then: hold\n    name: b\n    if: action.outside\n    then: hold",
        [("F108", ())],
    ),
]


@pytest.mark.parametrize(("rule", "expected"), SHAPES)
def test_what_is_wrong_with_a_rules_shape_is_told_once(
    rule: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    found = read_text({"fleet.yaml": f"{HEAD}  - {rule}\n"})[1]
    assert [(m.code, m.tries) for m in found if m.level == "error"] == expected
