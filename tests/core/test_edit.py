"""What an edit changes, in sentences, and what of it waits: every entry of the list in docs/files.md, "A saved edit"."""

# ruff: noqa: E501 - each edit is told on a line of its own

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.core.chart import AtMost, Chart
from fleet.core.edit.compare import compare, loosening
from fleet.core.edit.looser import looser_count, looser_money
from fleet.core.past import Revision
from fleet.core.target import read_count, read_money
from fleet.runtime.weigh import Weighed, weigh
from fleet.store.chart import read_text

BEFORE = """\
fleet: test
timezone: UTC
mission: Well
budget: $40 a day
limits: {turns_at_once: 4}
defaults: {budget: $4 a day, limit: 5m, retries: 1}
seats:
  ann: {title: Boss, person: Ann, login: ann, reach: [{run: ./notify}]}
  bob: {title: Chief, person: Bob, answers_to: ann}
  dirk:
    title: Sales
    run: sh agent.sh
    answers_to: ann
    owns: [sales]
    when: [every 2h, when data/x.csv changes]
    never: [crm.delete, "account:acme"]
    reads: [dash, {path: data/*.csv, private: yes, outside: yes, fresh_within: 2h}]
    can: {do: [crm.write], ask: {crm.offer: ann}, use: [ONE]}
    good_for: 1d
    late_after: 10m
    scorecard: {sold: at least 1 a week}
  dash: {title: Numbers, run: sh agent.sh, answers_to: bob, owns: [numbers], scorecard: {done: all}}
  nick: {title: Later, answers_to: ann, owns: [x], scorecard: {a: all}}
actions:
  crm.write: {run: ./write, about: account, use: [TWO], limit: 1m}
  crm.offer: {http: "http://x/y", headers: {A: b}, about: [account], outside: yes, at_most: 1 a day each}
  mail.send: {run: ./mail, outside: yes}
subjects:
  person: {of: account, from: data/people.csv}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold, within: 2d}
rules:
  - {name: calm, seat: dirk, action: crm.offer, if: action.tries == 1, then: hold}
  - {name: free, seat: dash, if: action.tries == 2, then: allow}
escalation:
  usual: [answers_to, wait 2h, ann]
"""


def chart_of(text: str, **more: str) -> Chart:
    chart, mistakes = read_text({"fleet.yaml": text, **{f"more/{k}.yaml": v for k, v in more.items()}})
    assert chart is not None, mistakes
    return chart


def edited(old: str, new: str) -> str:
    assert BEFORE.count(old) == 1, old
    return BEFORE.replace(old, new)


def weighed(text: str, before: str = BEFORE, **more: str) -> Weighed:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    revision = Revision("r-4", 1, "ann", at, texts={"fleet.yaml": before})
    return weigh(chart_of(before), chart_of(text, **more), revision)


LOOSENS = [
    # can: a kind more, freely and after a yes; asked no more; another person; a secret
    ("do: [crm.write]", "do: [crm.write, mail.send]", "dirk may send mail.send without asking"),
    ("ask: {crm.offer: ann}", "ask: {crm.offer: ann, mail.send: bob}", "dirk may send mail.send when bob says yes"),
    ("do: [crm.write], ask: {crm.offer: ann}", "do: [crm.write, crm.offer]", "dirk may send crm.offer without asking ann"),
    ("{crm.offer: ann}", "{crm.offer: bob}", "dirk may send crm.offer when bob says yes, not when ann does"),
    ("use: [ONE]", "use: [ONE, THREE]", "dirk is given the secret THREE"),
    # path reads
    ("reads: [dash,", "reads: [dash, {path: mail/x}, ", "dirk may read mail/x"),
    (", private: yes", "", "dirk may read data/*.csv as if it were not private"),
    (", outside: yes, fresh", ", fresh", "dirk may read data/*.csv as if no stranger could write it"),
    ("fresh_within: 2h", "fresh_within: 3h", "dirk may read data/*.csv when it is 3h old"),
    (", fresh_within: 2h", "", "dirk may read data/*.csv however old it is"),
    # money and time: of the fleet, of all seats, of one seat
    ("budget: $40 a day", "budget: $41 a day", "fleet may spend $41 a day, not $40 a day"),
    ("budget: $40 a day\n", "", "fleet may spend without limit, not $40 a day"),
    ("budget: $40 a day", "budget: $40", None),
    ("turns_at_once: 4", "turns_at_once: 5", "fleet may run 5 turns at once, not 4"),
    ("turns_at_once: 4", "messages_an_hour: 201", "fleet lets one seat send 201 messages an hour, not 200"),
    ("turns_at_once: 4", "fan_out: 51", "fleet lets one turn write to 51 seats, not 50"),
    ("turns_at_once: 4", "wakes_an_hour: 61", "fleet lets events wake one seat 61 times an hour, not 60"),
    ("{budget: $4 a day,", "{budget: $5 a day,", "defaults give every seat $5 a day, not $4 a day"),
    ("limit: 5m, retries", "limit: 6m, retries", "defaults let a seat that says nothing else: may take 6m a turn, not 5m"),
    ("limit: 5m, retries", "retries", "defaults let a seat that says nothing else: may take 10m a turn, not 5m"),
    ("    good_for: 1d\n", "    good_for: 1d\n    budget: $9 a day\n", "dirk may spend $9 a day, not $4 a day"),
    ("    good_for: 1d\n", "    good_for: 1d\n    limit: 2h\n", "dirk may take 2h a turn, not 5m"),
    ("good_for: 1d", "good_for: 2d", "dirk has a state that is good for 2d, not 1d"),
    ("    good_for: 1d\n", "", "dirk has a state that is good for no set time, not 1d"),
    ("late_after: 10m", "late_after: 11m", "dirk may be 11m late, not 10m"),
    ("    late_after: 10m\n", "", "dirk may be 15m late, not 10m"),
    # never
    ("[crm.delete, ", "[", "dirk is no longer forbidden to do crm.delete"),
    (', "account:acme"]', "]", "dirk is no longer forbidden to touch account:acme"),
    # who
    ("    run: sh agent.sh\n", "    run: sh other.sh\n", "dirk is held by run: sh other.sh, not by run: sh agent.sh"),
    ("    run: sh agent.sh\n", "", "dirk is held by nobody, not by run: sh agent.sh"),
    ("Numbers, run: sh agent.sh", "Numbers, python: x.y", "dash is held by python: x.y, not by run: sh agent.sh"),
    ("Later, answers", "Later, run: sh agent.sh, answers", "nick is held by run: sh agent.sh, not by nobody"),
    ("person: Bob", "person: Carl", "bob is held by Carl, not by Bob"),
    ("login: ann, ", "login: mallory, ", "ann is whoever logs in as mallory, not ann"),
    ("login: ann, ", "", "ann has no login, not ann"),
    ("run: ./notify", "run: ./other", "ann is reached by ./other, not by ./notify"),
    ("answers_to: bob", "answers_to: ann", "dash answers to ann, not to bob"),
    ("usual: [answers_to, wait 2h, ann]", "usual: [bob]", "escalation usual goes bob, not answers_to, wait 2h, ann"),
    ("wait 2h", "wait 3h", "escalation usual goes answers_to, wait 3h, ann, not answers_to, wait 2h, ann"),
    ("  usual:", "  unanswered: [ann]\n  usual:", "escalation unanswered goes ann, not nowhere"),
    # actions
    ("run: ./write", "run: ./evil", "crm.write runs ./evil, not ./write"),
    ("run: ./mail", "http: http://x/z", "mail.send runs http://x/z, not ./mail"),
    ("headers: {A: b}", "headers: {A: c}", "crm.offer sends other headers"),
    ("use: [TWO]", "use: [TWO, SIX]", "crm.write is given the secret SIX"),
    ("about: [account], outside", "outside", "crm.offer is about nothing, not account"),
    ("./mail, outside: yes", "./mail, outside: no, once: ever", "mail.send does not count as acting outside any more"),
    ("at_most: 1 a day each", "at_most: 2 a day each", "crm.offer may be done 2 a day each, not 1 a day each"),
    (", at_most: 1 a day each", "", "crm.offer may be done without limit, not 1 a day each"),
    ("run: ./write,", "run: ./write, repeat: safe,", "crm.write is repeated by itself when nobody knows whether it happened"),
    ("./mail, outside: yes", "./mail, outside: yes, once: a day", "mail.send may be done again: once a day, not once ever"),
    ("limit: 1m", "limit: 2m", "crm.write may take 2m, not 1m"),
    # subjects
    ("from: data/people.csv", "from: data/none.csv", "subject person belongs to account, by data/none.csv, not to account, by data/people.csv"),
    ("subjects:\n  person: {of: account, from: data/people.csv}\n", "", "subject person belongs to no account any more"),
    # conflicts
    ("rank: [dash, dirk]", "rank: [dirk, dash]", "conflict account lets dirk go before dash now (was: dash before dirk)"),
    ("within: 2d", "within: 1d", "conflict account becomes dash before dirk within 1d, else hold (was: dash before dirk within 2d, else hold)"),
    ("dirk], then: hold", "dirk], then: ask ann", "conflict account becomes dash before dirk within 2d, else ask ann (was: dash before dirk within 2d, else hold)"),
    ("conflicts:\n  - {about: account, rank: [dash, dirk], then: hold, within: 2d}\n", "", "conflict account is gone: dash before dirk within 2d, else hold"),
    # rules
    ("action.tries == 1, then: hold", "action.tries == 1, then: ask ann", None),
    ("if: action.tries == 1", "if: action.tries == 3", "rule calm says other than it did: hold for dirk crm.offer if action.tries == 3, not hold for dirk crm.offer if action.tries == 1"),
    ("  - {name: calm, seat: dirk, action: crm.offer, if: action.tries == 1, then: hold}\n", "", "rule calm is gone: hold for dirk crm.offer if action.tries == 1"),
    ("  - {name: free", "  - {name: new, then: allow}\n  - {name: free", "rule new is new: allow for every seat"),
    ("seat: dash, if: action.tries == 2", "if: action.tries == 2", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), LOOSENS, ids=range(len(LOOSENS)))
def test_what_loosens_waits_and_nothing_else_of_it(old: str, new: str, says: str | None) -> None:
    found = weighed(edited(old, new))
    if says is None:  # "$40" once is less than "$40 a day"; the others are told in other words
        says = found.waiting[0].says if found.waiting else "tightens"
    assert [c.says for c in found.waiting] == ([] if says == "tightens" else [says])
    if found.waiting:
        assert compare(chart_of(BEFORE), found.chart) == ()
        assert found.base is None


RULES = [
    # what an `allow` says where it errs or is told nothing is a no
    ("if: action.with.usd < 3000, then: allow", None),
    ("if: 'metric[\"dash.done\"] > 5', then: allow", None),
    ("if: 'mail.exists(m, m.hop > 3)', then: allow", None),
    ("if: action.with.usd < 3000, then: allow", "if: 'false', then: hold"),
    # a rule for every kind is none for letters
    ("action: [message, crm.write], if: action.tries == 1, then: refuse", "if: action.tries == 1, then: refuse"),
    ("action: message, if: action.tries == 1, then: refuse", "action: [crm.write, crm.offer], if: action.tries == 1, then: refuse"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now"), RULES, ids=range(len(RULES)))
def test_what_a_rule_stops_by_an_error_or_of_letters_is_not_given_up_at_once(
    was: str, now: str | None
) -> None:
    rule = "rules:\n  - {{name: x, seat: dirk, {0}}}\n"
    before = BEFORE.replace("rules:\n", rule.format(was))
    after = BEFORE.replace("rules:\n", "rules:\n" if now is None else rule.format(now))
    found = weighed(after, before)
    assert [one.says for one in found.waiting if one.says.startswith("rule x")]
    assert compare(chart_of(before), found.chart) == ()


OWED = "handoffs:\n  odd: {from: dirk, to: [dash], within: 1h, with: {n: number}}\nescalation:\n"
BELIEVED = "scorecard: {sold: {target: at least 1 a week, plausible: between 0 and 9}}"


@pytest.mark.parametrize(
    ("was", "now", "waits"),
    [
        ("escalation:\n", OWED, "handoff odd is new: dirk to dash within 1h with n: number"),
        (OWED, OWED.replace("[dash]", "[dash, bob]"), "handoff odd becomes dirk to dash, bob"),
        (OWED, OWED.replace("number}", "number, m: time}"), "handoff odd becomes"),
        (OWED, OWED.replace("1h", "2h"), ""),
        (OWED, "escalation:\n", ""),
        (BELIEVED, BELIEVED.replace(", plausible: between 0 and 9", ""), "dirk may report anything for sold, not between 0 and 9 alone"),
        (BELIEVED, BELIEVED.replace("between 0 and 9", "between 0 and 99"), "dirk may report between 0 and 99 for sold, not between 0 and 9 alone"),
        (BELIEVED, BELIEVED.replace("least 1", "least 2"), ""),
        ("scorecard: {sold: at least 1 a week}", BELIEVED, ""),
    ],
)  # fmt: skip
def test_what_would_be_believed_or_pass_unstamped_and_was_not_waits(was: str, now: str, waits: str) -> None:
    plain = "escalation:\n" if "escalation" in was else "scorecard: {sold: at least 1 a week}"
    before, after = BEFORE.replace(plain, was), BEFORE.replace(plain, now)
    found = weighed(after, before)
    assert [one.says[: len(waits)] for one in found.waiting] == ([waits] if waits else [])
    if waits:
        assert compare(chart_of(before), found.chart) == ()


AT_ONCE = [
    ("Well", "Better", [("changes", "fleet mission: Well -> Better")]),
    ("every 2h,", "every 3h,", [("changes", "dirk when: every 2h, when data/x.csv changes -> every 3h, when data/x.csv changes")]),
    ("do: [crm.write], ", "", [("tightens", "dirk may not do crm.write any more")]),
    ("{do: [crm.write], ask: {crm.offer: ann}", "{ask: {crm.offer: ann, crm.write: bob}", [("tightens", "dirk must ask bob before crm.write")]),
    ("crm.delete, ", "crm.delete, mail.send, ", [("tightens", "dirk may never do mail.send")]),
    ("$40 a day", "$30 a day", [("tightens", "fleet budget: $40 a day -> $30 a day")]),
    ("turns_at_once: 4", "turns_at_once: 4, fan_out: 9", [("tightens", "fleet fan_out: 50 -> 9")]),
    ("limit: 5m", "limit: 4m", [("tightens", "defaults limit: 5m -> 4m")]),
    ("fresh_within: 2h", "fresh_within: 1h", [("tightens", "dirk reads data/*.csv with more care")]),
    ("then: hold, within: 2d", "then: refuse, within: 3d", [("tightens", "conflict account then: dash before dirk within 2d, else hold -> dash before dirk within 3d, else refuse")]),
    ("action.tries == 1, then: hold", "action.tries == 1, then: refuse", [("tightens", "rule calm then: hold for dirk crm.offer if action.tries == 1 -> refuse for dirk crm.offer if action.tries == 1")]),
    ("seat: dirk, action", "seat: [dirk, dash], action", [("tightens", "rule calm then: hold for dirk crm.offer if action.tries == 1 -> hold for dirk, dash crm.offer if action.tries == 1")]),
    ("rules:\n", "rules:\n  - {name: a, seat: dirk, action: crm.offer, if: action.tries == 1, then: refuse}\n", [("adds", "rule a refuse for dirk crm.offer if action.tries == 1")]),
    ("  - {name: free, seat: dash, if: action.tries == 2, then: allow}\n", "", [("tightens", "rule free is gone, which allowed")]),
    ("  - {name: free", "  - {name: more, then: refuse}\n  - {name: free", [("adds", "rule more refuse for every seat")]),
    ("conflicts:\n", "conflicts:\n  - {about: deal, rank: [dirk]}\n", [("adds", "conflict deal dirk, else hold")]),
    ("subjects:\n", "subjects:\n  deal: {of: account, from: d.csv}\n", [("adds", "subject deal belongs to account, by d.csv")]),
    ("  mail.send: {run: ./mail, outside: yes}\n", "", [("tightens", "mail.send can no longer be done")]),
    ("actions:\n", "actions:\n  fax.send: {run: ./fax}\n", [("adds", "fax.send a kind of action: ./fax")]),
    ("  dash: {title: Numbers, run: sh agent.sh,", "  dash: {title: Figures, run: sh agent.sh,", [("changes", "dash title: Numbers -> Figures")]),
    ("  nick: {title: Later, answers_to: ann, owns: [x], scorecard: {a: all}}\n", "", [("gone", "nick gone from the file")]),
    # moved, spelled otherwise, or said twice: nothing changes
    ("$40 a day", "$40.00 a day", []),
    ("limit: 5m, retries: 1", "retries: 1, limit: 300s", []),
    ("use: [ONE]", "use: ONE", []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), AT_ONCE, ids=range(len(AT_ONCE)))
def test_all_else_is_in_force_at_once(old: str, new: str, told: list[tuple[str, str]]) -> None:
    found = weighed(edited(old, new))
    assert found.waiting == ()
    assert [(c.kind, c.says) for c in found.at_once] == told
    assert compare(found.chart, chart_of(edited(old, new))) == ()


QUILL = """\
  quill:
    title: Content
    run: sh agent.sh
    answers_to: bob
    owns: [content]
    when: [mondays at 08:00, when data/y.csv changes]
    reads: [dash, {path: data/y.csv}]
    can: {do: [mail.send], ask: {crm.offer: ann}, use: [FOUR]}
    budget: $5 a day
    limit: 6m
    good_for: 9d
    scorecard: {a: all}
actions:
"""


def test_a_new_seat_is_added_without_power() -> None:
    found = weighed(edited("actions:\n", QUILL))
    assert [(c.kind, c.says) for c in found.at_once] == [
        ("adds", "quill Content, answers to bob, mondays at 08:00, when data/y.csv changes")
    ]
    assert [c.says for c in found.waiting] == [
        "quill may send mail.send without asking",
        "quill may send crm.offer when ann says yes",
        "quill is given the secret FOUR",
        "quill may read data/y.csv",
        "quill may spend $5 a day, not $4 a day",
        "quill may take 6m a turn, not 5m",
    ]
    quill = found.chart.seats["quill"]
    assert (quill.can.do, quill.can.ask, quill.can.use, quill.paths) == ((), {}, (), ())
    assert (quill.reads, [c.text for c in quill.when]) == (("dash",), ["mondays at 08:00"])
    assert quill.budget == found.chart.seats["dash"].budget and quill.limit == found.chart.seats["dash"].limit
    left = loosening(compare(found.chart, chart_of(edited("actions:\n", QUILL))))
    assert [c.says for c in left] == [c.says for c in found.waiting]


def test_a_new_person_has_no_login_yet() -> None:
    found = weighed(edited("actions:\n", "  eve: {title: New, person: Eve, login: eve}\nactions:\n"))
    assert [c.says for c in found.waiting] == ["eve is whoever logs in as eve"]
    assert found.chart.seats["eve"].holder.login == ""


def test_the_tightening_half_of_an_edit_is_in_force_while_the_other_half_waits() -> None:
    text = edited("do: [crm.write], ask: {crm.offer: ann}, use: [ONE]", "do: [mail.send, crm.offer]")
    dirk = weighed(text).chart.seats["dirk"]
    assert (dirk.can.do, dirk.can.ask, dirk.can.use) == ((), {"crm.offer": "ann"}, ())


def test_a_default_cannot_smuggle_what_a_seat_said_itself() -> None:
    text = edited("    late_after: 10m\n", "").replace("retries: 1}", "retries: 1, late_after: 2h}")
    found = weighed(text)
    assert found.chart.seats["dirk"].late_after == chart_of(BEFORE).seats["dirk"].late_after
    assert found.chart.seats["dash"].late_after == chart_of(BEFORE).seats["dash"].late_after
    assert len(found.waiting) == 2


def test_two_saves_smuggle_no_more_than_one() -> None:
    """A raised default waits, so the seat that comes next is measured by the one in force."""
    raised = edited("{budget: $4 a day", "{budget: $99 a day")
    first = weighed(raised)
    revision = Revision(
        "r-5", 2, "ann", datetime(2026, 1, 2, tzinfo=UTC), {"fleet.yaml": raised}, first.waits
    )
    quill = QUILL.replace("$5 a day", "$98 a day")
    second = weigh(first.chart, chart_of(raised.replace("actions:\n", quill)), revision)
    assert second.chart.seats["quill"].budget == chart_of(BEFORE).seats["dash"].budget
    assert "quill may spend $98 a day, not $4 a day" in {c.says for c in second.waiting}


def test_a_planned_seat_is_bound_as_if_it_were_held() -> None:
    """Else its budget could be raised at once, and only the holder that comes later would be asked for."""
    before = edited("title: Later,", "title: Later, limit: 2m,")
    found = weighed(edited("title: Later,", "title: Later, limit: 2h, budget: $9 a day,"), before=before)
    assert [c.says for c in found.waiting] == [
        "nick may spend $9 a day, not $4 a day",
        "nick may take 2h a turn, not 2m",
    ]
    new = "  zed: {title: New, answers_to: ann, limit: 2h}\nactions:\n"
    assert [c.says for c in weighed(edited("actions:\n", new)).waiting] == ["zed may take 2h a turn, not 5m"]


def test_a_limit_that_a_person_was_given_binds_the_agent_who_follows_only_after_a_yes() -> None:
    first = edited("person: Bob, ", "person: Bob, limit: 2h, ")
    assert weighed(first).waiting == ()
    held = first.replace("person: Bob,", "run: sh agent.sh, owns: [y], scorecard: {a: all},")
    assert [c.says for c in weighed(held, before=first).waiting] == [
        "bob is held by run: sh agent.sh, not by Bob",
        "bob may take 2h a turn, not 5m",
    ]


def test_undoing_a_tightening_is_a_loosening() -> None:
    tight = edited("$40 a day", "$30 a day")
    found = weighed(BEFORE, before=tight)
    assert [c.says for c in found.waiting] == ["fleet may spend $40 a day, not $30 a day"]


def test_an_include_moves_what_is_there_and_adds_nothing_without_a_yes() -> None:
    at = BEFORE.index("  nick:")
    moved = f"seats:\n{BEFORE[at : BEFORE.index('actions:')]}"
    text = BEFORE.replace(moved.removeprefix("seats:\n"), "") + "include: more/*.yaml\n"
    found = weighed(text, nick=moved)
    assert [c.says for c in found.waiting] == ["fleet includes more/*.yaml"]
    assert "nick" in found.chart.seats and found.chart.include == () and found.base is None
    added = f"{moved}  zed: {{title: New, answers_to: ann}}\nactions:\n  fax.send: {{run: ./fax}}\n"
    found = weighed(text, nick=added)
    assert [c.says for c in found.waiting] == [
        "zed is new, from the new include more/nick.yaml: New, answers to ann",
        "fax.send is new, from the new include more/nick.yaml: a kind of action: ./fax",
        "fleet includes more/*.yaml",
    ]
    assert "zed" not in found.chart.seats and "fax.send" not in found.chart.actions and found.base is None
    known = weighed(text, before=BEFORE + "include: more/*.yaml\n", nick=added)
    assert known.waiting == () and "zed" in known.chart.seats


def test_a_seat_that_left_the_file_keeps_its_rank_until_a_yes() -> None:
    """Else to take a seat and its rank out would free those below it."""
    at = BEFORE.index("  dash: ")
    gone = BEFORE[:at] + BEFORE[BEFORE.index("  nick:") :]
    gone = (
        gone.replace("[dash, dirk]", "[dirk]").replace("[dash, {path", "[{path").replace("seat: dash, ", "")
    )
    found = weighed(gone.replace("  - {name: free, if: action.tries == 2, then: allow}\n", ""))
    assert [c.says for c in found.waiting] == [
        "conflict account becomes dirk within 2d, else hold (was: dash before dirk within 2d, else hold)"
    ]
    dash = found.chart.seats["dash"]
    assert (dash.when, dash.can.do, dash.reads, dash.holder.is_agent) == ((), (), (), True)
    assert found.chart.conflicts[0].place.short == "fleet.yaml@r-4:31"
    assert ("gone", "dash gone from the file") in {(c.kind, c.says) for c in found.at_once}


def test_a_seat_that_is_kept_keeps_those_above_it_who_left_too() -> None:
    lines = BEFORE.splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("  dash: ", "  bob: ", "  - {name: free")))
    found = weighed(text.replace("[dash, dirk]", "[dirk]").replace("[dash, {path", "[{path"))
    assert found.base is None and len(found.waiting) == 1
    assert (found.chart.seats["dash"].answers_to, found.chart.seats["bob"].answers_to) == ("bob", "ann")


def test_of_two_new_rules_that_allow_neither_is_in_force() -> None:
    more = "  - {name: one, then: allow}\n  - {name: free"
    text = edited("  - {name: free", more)
    text = text.replace(
        "  - {name: calm", "  - {name: two, if: action.outside, then: allow}\n  - {name: calm"
    )
    found = weighed(text)
    assert [rule.name for rule in found.chart.rules] == ["calm", "free"] and found.base is None


def test_what_would_come_into_force_is_compared_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were what is in force not put back rightly, the whole edit would wait."""
    text = edited("do: [crm.write]", "do: [crm.write, mail.send]")
    monkeypatch.setattr("fleet.runtime.weigh.read_text", lambda texts, waits: read_text(texts))
    found = weighed(text)
    assert found.base is not None and found.chart.seats["dirk"].can.do == ("crm.write",)


PERIODS = [
    # as much in a longer period is never more, if the longer one is made of the shorter
    ("$9 a day", "$9 a week", False),
    ("$9 a day", "$9 a month", False),
    ("$9 a week", "$9", False),
    # a week lies in two months, and a period that begins anew is more than for ever
    ("$9 a week", "$9 a month", True),
    ("$9 a month", "$9 a week", True),
    ("$9", "$9 a month", True),
    ("$9 a week", "$8 a day", True),
]


@pytest.mark.parametrize(("old", "new", "is_more"), PERIODS)
def test_money_is_more_if_any_day_may_cost_more(old: str, new: str, is_more: bool) -> None:
    assert looser_money(read_money(old), read_money(new)) is is_more
    count = {"day": "1 a day", "week": "1 a week", "month": "1 a month", None: "1"}
    was, now = (AtMost(*read_count(count[read_money(text).per])) for text in (old, new))
    assert looser_count(was, now) is is_more


def test_a_retirement_of_a_seat_with_a_rank_waits() -> None:
    at = BEFORE.index("  dash: ")
    text = BEFORE[:at] + BEFORE[BEFORE.index("  nick:") :]
    text = text.replace("[dash, {path", "[{path").replace(
        "  - {name: free, seat: dash, if: action.tries == 2, then: allow}\n", ""
    )
    text += (
        "retired:\n  dash: {title: N, date: 2026-01-01, record: r.md, because: over, gave: {numbers: dirk}}\n"
    )
    found = weighed(text)
    assert [c.says for c in found.waiting] == [
        "dash is retired, so that its rank in a conflict binds nobody any more"
    ]
    assert "dash" in found.chart.seats and "dash" not in found.chart.retired


def test_an_edit_that_makes_no_chart_without_what_waits_waits_whole() -> None:
    """Nobody holds zed's superior before the yes, and a chain must end at a person."""
    before = BEFORE.replace("title: Later, answers_to: ann,", "title: Later,")
    text = before.replace("title: Later", "title: Later, person: Nick").replace(
        "actions:\n", "  zed: {title: New, answers_to: nick}\nactions:\n"
    )
    text = text.replace("mission: Well", "mission: Better")
    found = weighed(text, before=before)
    assert found.base is not None and found.base.id == "r-4"
    assert found.chart.mission == "Well" and "zed" not in found.chart.seats
    assert {c.says for c in found.waiting} == {
        "nick is held by Nick, not by nobody",
        "fleet mission: Well -> Better",
        "zed New, answers to nick",
    }


def test_the_riskiest_comes_first() -> None:
    text = edited("do: [crm.write]", "do: [crm.write, mail.send]").replace("$40 a day", "$99 a day")
    text = text.replace("Well", "Better").replace(
        "  nick: {title: Later, answers_to: ann, owns: [x], scorecard: {a: all}}\n", ""
    )
    text = text.replace("within: 2d", "within: 1d").replace(
        "actions:\n", "actions:\n  fax.send: {run: ./fax}\n"
    )
    found = compare(chart_of(BEFORE), chart_of(text))
    assert [c.whose for c in found] == ["dirk", "conflict account", "fleet", "nick", "fleet", "fax.send"]
    assert [c.kind for c in found] == ["loosens", "loosens", "loosens", "gone", "changes", "adds"]


OTHER = "answers_to: bob, owns: [numbers]", "answers_to: bob, owns: [numbers], reads: [{path: data/in.csv}]"
MARKED = "    reads: [dash, {path: data/*.csv, private: yes, outside: yes, fresh_within: 2h}]\n"


def test_a_path_that_is_read_no_more_waits_where_others_read_what_only_its_mark_stamps() -> None:
    before = edited(*OTHER).replace("every 2h, when data/x.csv changes", "every 2h")
    after = before.replace(MARKED, "    reads: [dash]\n")
    found = weighed(after, before)
    says = "dirk does not read data/*.csv any more, and others read what only that marks"
    assert [wait.says for wait in found.waits] == [says]
    assert found.chart.seats["dirk"].paths == chart_of(before).seats["dirk"].paths
    marked = before.replace("{path: data/in.csv}", "{path: data/in.csv, private: yes, outside: yes}")
    assert not weighed(marked.replace(MARKED, "    reads: [dash]\n"), marked).waits
