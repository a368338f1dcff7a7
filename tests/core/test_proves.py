"""What check proves between seats: each proof found, letter by letter, and silent on the sound case."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from fleet.core import consequence
from fleet.core.mistake import Mistake
from fleet.core.read.rungs import LAPSE
from fleet.store.chart import read_text

from .test_chart_mistakes import marked

HEAD = """\
fleet: acme
timezone: America/New_York
"""
TAIL = """\
  ann: {title: Founder, person: Ann, reads: [dash, dirk, nick]}
  bob: {title: COO, person: Bob, answers_to: ann, good_for: 1d}
"""
SEATS = {
    "dash": "title: Ads, run: ./a, answers_to: bob, owns: [ads], good_for: 8d, scorecard: {found: at least 5 a week}",
    "dirk": "title: Sales, run: ./a, answers_to: ann, owns: [pipeline], good_for: 8d, scorecard: {met: at least 6}",
    "nick": "title: Cold, run: ./a, answers_to: ann, owns: [leads], good_for: 8d, scorecard: {drafts: at least 9}",
}
ACTIONS = """\
actions:
  mail.send: {run: ./send, about: person, outside: yes}
  crm.offer: {run: ./offer, about: account, outside: yes}
  crm.note: {run: ./note, about: account, repeat: safe}
subjects:
  person: {of: account, from: data/contacts.csv}
"""
ALL_CAN = "can: {do: [crm.offer, mail.send, crm.note]}"


def fleet(rest: str = "", *, head: str = "", **more: str) -> str:
    """A chart of three agents, each with more keys; a seat of another name is given whole."""
    seats = {name: ", ".join(filter(None, (keys, more.pop(name, "")))) for name, keys in SEATS.items()}
    lines = [f"  {name}: {{{keys}}}\n" for name, keys in {**seats, **more}.items()]
    return f"{HEAD}{head}seats:\n{''.join(lines)}{TAIL}{rest}"


def check(text: str) -> tuple[Mistake, ...]:
    return read_text({"fleet.yaml": text})[1]


class Said(NamedTuple):
    """A mistake as a person reads it; `at` and `second` are the texts that the carets show."""

    code: str
    at: str
    what: str
    why: str
    tries: tuple[str, ...]
    second: str
    second_what: str


def said(text: str) -> list[Said]:
    found = []
    for m in check(text):
        spots = [
            text.split("\n")[p.line - 1][p.column - 1 : p.end_column - 1] if p else ""
            for p in (m.place, m.second)
        ]
        found.append(Said(m.code, spots[0], m.what, m.why, m.tries, spots[1], m.second_what))
    return found


def codes(text: str) -> list[str]:
    return [m.code for m in check(text)]


QUESTIONS = (
    "four questions settle it: who goes first (rank), on what (about), for how long after it has acted (within), "
    "and what then becomes of the other's action (then: hold, refuse or ask PERSON)? Say why (because)"
)


def test_the_frame_itself_is_sound() -> None:
    assert codes(fleet()) == []


@pytest.mark.parametrize("name", ["fleet.yaml", "src/fleet/examples/minimal/fleet.yaml",
                                  "src/fleet/examples/maintainers/fleet.yaml"])  # fmt: skip
def test_nothing_is_told_of_the_charts_that_fleet_comes_with(name: str) -> None:
    text = (Path(__file__).parents[2] / name).read_text("utf-8")
    assert [m.line() for m in check(text)] == []


# One owner, chains to people, phrases that a comma cuts.


@pytest.mark.parametrize("again", ["[ad pacing]", "[AD  Pacing]", "['ad pacing ']"])
def test_a_function_with_two_owners_is_told_at_both_however_it_is_spelled(again: str) -> None:
    text = fleet().replace("owns: [ads]", "owns: [ad pacing]")
    text = text.replace("owns: [leads]", f"owns: {again}")
    (one,) = said(text)
    assert (one.code, one.why) == ("F201", "one seat, one owner: nick claims it too")
    assert (one.second, one.second_what) == ("ad pacing", "dash owns it here")
    assert codes(fleet().replace("owns: [ads]", "owns: [ad pacing]")) == []


def test_a_loop_of_answers_to_is_named_whole() -> None:
    text = fleet().replace("bob, owns: [ads]", "dirk, owns: [ads]")
    text = text.replace("ann, owns: [pipeline]", "nick, owns: [pipeline]")
    loop = text.replace("ann, owns: [leads]", "dash, owns: [leads]")
    assert [s.what for s in said(loop)] == ["answers_to goes round in a loop: dash -> dirk -> nick -> dash"]
    assert codes(text) == []


def test_a_chain_that_ends_at_a_seat_without_a_person_is_told_with_that_seat() -> None:
    text = fleet(top="title: Top, owns: [all]").replace("bob, owns: [ads]", "top, owns: [ads]")
    (one,) = [s for s in said(text) if s.code == "F207"]
    assert one == ("F207", "top", "the chain above dash ends at top, which no person holds", "", (), "top",
                   "it answers to nobody")  # fmt: skip
    assert "F207" not in codes(text.replace("title: Top,", "title: Top, answers_to: ann,"))


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("when: [weekdays at 10:00, 12:00]", 'when: ["weekdays at 10:00, 12:00"]'),
        ("when: weekdays at 10:00, 12:00", 'when: "weekdays at 10:00, 12:00"'),
        ("never: [crm.offer], when: [mondays, thursdays at 10:00]", "when: [mondays and thursdays at 10:00]"),
    ],
)
def test_a_phrase_cut_by_a_comma_is_told_and_a_quoted_one_is_read(cut: str, whole: str) -> None:
    assert "F308" in codes(fleet(dash=cut)), said(fleet(dash=cut))
    assert codes(fleet(dash=whole)) == []


# What nobody publishes.


def test_a_state_that_nobody_can_publish_yet_is_told_to_who_reads_it() -> None:
    planned = "title: Content, answers_to: ann, owns: [posts]"
    (one,) = said(fleet(quill=planned, dirk="reads: [dash, quill]"))
    assert one == ("F240", "quill", "dirk reads quill, whose state is never there",
                   "a planned seat publishes nothing until somebody holds it", (), "quill",
                   "nobody holds it yet")  # fmt: skip
    assert (
        codes(fleet(quill=planned).replace("[dash, dirk, nick]", "[dash, dirk, nick, quill]")) == []
    )  # ann sees
    held = planned + ", run: ./a, scorecard: {posts: at least 1 a week}"
    assert codes(fleet(quill=held, dirk="reads: [dash, quill]")) == []


def test_a_person_who_publishes_by_hand_may_be_read() -> None:
    assert codes(fleet(dirk="reads: [ann, bob]")) == []


def test_a_rule_that_looks_at_a_planned_seat_holds_for_ever_and_is_told() -> None:
    rules = ACTIONS + "rules:\n  - {name: posts, seat: dirk, if: 'state[\"quill\"].fresh', then: hold}\n"
    text = fleet(rules, quill="title: Content, answers_to: ann, owns: [posts]", dirk=ALL_CAN)
    (one,) = said(text)
    assert (one.code, one.what) == (
        "F240",
        "the rule posts looks at the state of quill, which is never there",
    )
    assert one.why == "what cannot be known holds every action that the rule is for"
    assert codes(text.replace('"quill"', '"bob"')) == []


# Escalations.


def ladders(*lines: str) -> str:
    return "escalation:\n" + "".join(f"  {line}\n" for line in lines)


def test_an_escalation_that_ends_at_somebody_whom_nothing_tells_is_told_where_others_are() -> None:
    text = fleet(ladders("usual: [bob, wait 2h, ann]"))
    assert codes(text) == []  # nobody has more than an inbox
    (one,) = said(text.replace("person: Bob,", "person: Bob, reach: [{run: ./tell}],"))
    assert one == ("F250", "ann", "the escalation usual ends at ann, who has neither `reach` nor `login`",
                   "others here are told; this inbox waits until somebody looks into it",
                   ("reach: [{run: COMMAND}]",), "ann", "ann has neither here")  # fmt: skip
    for more in ("reach: [{run: ./tell}]", "login: ann"):
        both = text.replace("person: Bob,", "person: Bob, reach: [{run: ./tell}],")
        assert codes(both.replace("person: Ann,", f"person: Ann, {more},")) == []


def test_a_rung_that_comes_after_an_action_has_lapsed_is_told() -> None:
    (one,) = said(fleet(ladders("usual: [answers_to, wait 4h, bob, wait 20h, ann]")))
    assert one == ("F250", "ann", "ann is told after 1d, and an action that waits lapses after 24h",
                   "there is nothing left to decide then; what lapses comes back to its seat",
                   ("waits of less than 24h in all",), "", "")  # fmt: skip
    assert codes(fleet(ladders("usual: [answers_to, wait 4h, bob, wait 19h, ann]"))) == []
    assert codes(fleet(ladders("unanswered: [answers_to, wait 24h, ann]"))) == []  # mail does not lapse


def test_the_hours_after_which_an_action_lapses_are_those_of_the_gate() -> None:
    assert LAPSE == consequence.LAPSES_AFTER


def test_an_escalation_ends_at_a_person_also_by_answers_to() -> None:
    text = fleet(ladders("usual: [ann, wait 2h, answers_to]"))
    assert codes(text) == []
    (one,) = said(text.replace("bob, owns: [ads]", "dirk, owns: [ads]"))
    assert (one.code, one.what) == ("F215", "the escalation usual ends at dirk, which no person holds")


# Budgets.


def test_a_seat_that_may_spend_more_than_the_whole_fleet_is_told_at_both_budgets() -> None:
    text = fleet(head="budget: $45 a day\n", dash="budget: $60 a day")
    (one,) = said(text)
    assert one == ("F235", "$60 a day", "the budget of dash ($60.00 a day) is larger than the fleet's ($45.00 a day)",
                   "the fleet's holds, so the rest is never spent", (), "$45 a day",
                   "the fleet's stands here")  # fmt: skip
    assert codes(text.replace("$60", "$45")) == []


@pytest.mark.parametrize(
    ("whole", "seat", "told"),
    [
        ("$45 a day", "$300 a week", False),  # 42.86 a day
        ("$45 a day", "$330 a week", True),
        ("$100 a month", "$4 a day", True),
        ("$100", "$120", True),  # spent once
        ("$100", "$4 a day", False),  # lasts some weeks
    ],
)
def test_budgets_of_different_periods_are_compared_by_the_day(whole: str, seat: str, told: bool) -> None:
    assert codes(fleet(head=f"budget: {whole}\n", dash=f"budget: {seat}")) == (["F235"] if told else [])


def test_budgets_that_only_together_exceed_the_fleets_are_told_at_the_fleets() -> None:
    text = fleet(head="budget: $10 a day\ndefaults: {budget: $4 a day}\n")
    (one,) = said(text)
    assert (one.at, one.what) == (
        "$10 a day", "the budgets of the seats come to $12.00 a day, the fleet's to $10.00"
    )  # fmt: skip
    assert codes(text.replace("$4 a day", "$3 a day")) == []
    (one,) = said(text.replace("$4 a day", "$11 a day"))
    assert (one.at, one.second) == ("$11 a day", "$10 a day")


# Territory.


def ranked(*conflicts: str, **seats: str) -> str:
    lines = "".join(f"  - {{{one}}}\n" for one in conflicts)
    return fleet(ACTIONS + (f"conflicts:\n{lines}" if lines else ""), **seats)


def test_two_seats_on_one_territory_get_the_four_questions_and_a_block_to_paste() -> None:
    text = ranked(
        dash=ALL_CAN.replace(", mail.send", ""), dirk="can: {ask: {crm.offer: ann, mail.send: ann}}"
    )
    (one,) = said(text)
    block = "{about: account, rank: [dash, dirk], within: 7 days, then: hold, because: WHY dash GOES FIRST}"
    assert one == ("F232", "crm.offer", "dash and dirk act on one account, and no conflict says who goes first",
                   QUESTIONS, (f"conflicts: [{block}]",), "crm.offer", "dash may act on it here")  # fmt: skip
    assert codes(text + one.tries[0] + "\n") == []


def test_where_there_are_conflicts_the_block_is_one_more_item() -> None:
    text = ranked("about: brand, rank: [nick]", dash=ALL_CAN, dirk=ALL_CAN)
    text = text.replace("about: account, repeat", "about: [account, brand], repeat")
    (one,) = [s for s in said(text) if s.code == "F232"]
    assert codes(f"{text}  {one.tries[0]}\n") == []


def test_territory_is_shared_also_through_what_a_subject_belongs_to() -> None:
    text = ranked(dash="can: {do: [mail.send]}", dirk="can: {do: [crm.offer, crm.note]}")
    (one,) = said(text)
    assert one.what == (
        "dash and dirk act on one account, and no conflict says who goes first "
        "(dash through person, which belongs to account)"
    )
    assert codes(text + "conflicts: [{about: account, rank: [dirk]}]\n") == []


def test_a_rank_over_the_owner_settles_what_belongs_to_it() -> None:
    both = ranked("about: account, rank: [dash]", dash="can: {do: [mail.send]}", dirk=ALL_CAN)
    assert codes(both) == []


def test_what_stays_inside_and_may_be_repeated_is_no_territory() -> None:
    text = ranked(dash="can: {do: [crm.note]}", dirk="can: {do: [crm.note, crm.offer, mail.send]}")
    assert codes(text) == []


def test_two_ranks_that_contradict_each_other_are_told_at_both() -> None:
    first, second = "about: account, rank: [dash, dirk]", "about: account, rank: [dirk, dash], within: 2d"
    (one,) = said(ranked(first, second, dash=ALL_CAN, dirk=ALL_CAN))
    assert one == ("F245", "[dirk, dash]",
                   "over one account dirk goes before dash by this rank, and dash before dirk by another",
                   "where both want to act, each would hold the other",
                   ("one conflict about account with rank: [dash, dirk]",), "[dash, dirk]",
                   "dash goes first")  # fmt: skip
    same = second.replace("[dirk, dash]", "[dash, dirk]")
    assert codes(ranked(first, same, dash=ALL_CAN, dirk=ALL_CAN)) == []


def test_seats_ranked_only_in_different_entries_each_go_last_in_the_others() -> None:
    first, second = "about: account, rank: [dash]", "about: account, rank: [dirk]"
    (one,) = said(ranked(first, second, dash=ALL_CAN, dirk=ALL_CAN))
    assert (one.code, one.why) == ("F245", "who is not named in a rank goes last in it, as dash does here")
    assert codes(ranked(first, "about: brand, rank: [nick]", dash=ALL_CAN, dirk=ALL_CAN)) == ["F246"]


def test_a_seat_at_the_end_of_a_rank_that_cannot_act_is_told() -> None:
    (one,) = said(ranked("about: account, rank: [dirk, nick]", dirk=ALL_CAN))
    assert one == ("F246", "nick", "nick stands last over one account and cannot act on it, so its place stops nobody",
                   "a seat that only claims goes before those that act", ("rank: [nick, dirk]",), "", "")  # fmt: skip
    assert codes(ranked("about: account, rank: [nick, dirk]", dirk=ALL_CAN)) == []  # it claims
    assert (
        codes(ranked("about: account, rank: [dirk, nick]", dirk=ALL_CAN, dash="can: {do: [crm.note]}")) == []
    )


def test_a_rank_over_what_nobody_acts_on_is_told() -> None:
    (one,) = said(ranked("about: brand, rank: [dirk, nick]", dirk=ALL_CAN))
    assert (one.code, one.at) == ("F246", "brand")
    assert one.what == "no seat may act on one brand, so this rank stops nobody"


def test_a_retired_seat_in_a_rank_is_told_with_the_rank_that_is_left() -> None:
    gone = "retired:\n  jeff: {title: Data, date: 2026-04-13, because: done, gave: {pacing: dash}}\n"
    text = ranked("about: account, rank: [jeff, dash, dirk]", dirk=ALL_CAN) + gone
    (one,) = said(text)
    assert one == ("F246", "jeff", "jeff is retired, so this rank passes over it", "", ("rank: [dash, dirk]",),
                   "jeff", "it retired here")  # fmt: skip
    assert codes(text.replace("[jeff, dash, dirk]", "[dash, dirk]")) == []


# Kinds and secrets.


def test_a_kind_that_no_seat_can_do_is_told_unless_a_seat_never_does_it() -> None:
    (one,) = said(ranked(dirk="can: {do: [crm.offer, mail.send]}"))
    assert one == (
        "F247",
        "crm.note",
        "no seat can do crm.note",
        "",
        ("can: {ask: {crm.note: PERSON}}",),
        "",
        "",
    )
    assert codes(ranked(dirk="can: {do: [crm.offer, mail.send]}, never: [crm.note]")) == []
    planned = ranked(dirk="can: {do: [crm.offer]}", quill="title: Content, answers_to: ann, owns: [posts]")
    assert codes(planned) == []


def test_a_misspelled_kind_does_not_make_another_one_unused() -> None:
    assert codes(ranked(dirk="can: {do: [crm.offer, mail.send, crm.nite]}")) == ["F212"]


def test_a_kind_without_a_subject_escapes_every_conflict_and_is_told() -> None:
    text = ranked("about: account, rank: [dash, dirk]", dirk=ALL_CAN)
    bare = text.replace("{run: ./offer, about: account, outside: yes}", "{run: ./offer, outside: yes}")
    (one,) = said(bare)
    assert one == ("F248", "crm.offer", "crm.offer names no subject, so no conflict ever stops it",
                   "a conflict is looked for by what an action is about", ("about: account",), "", "")  # fmt: skip
    assert codes(text.replace("{run: ./note, about: account, repeat", "{run: ./note, repeat")) == []
    assert codes(bare.replace("conflicts:\n  - {about: account, rank: [dash, dirk]}\n", "")) == []


def test_a_secret_in_a_header_must_stand_in_use() -> None:
    http = 'http: "http://127.0.0.1/x", headers: {Authorization: Bearer $CRM_TOKEN}'
    text = ranked(dirk=ALL_CAN).replace("crm.note: {run: ./note,", f"crm.note: {{{http},")
    (one,) = said(text)
    assert one == ("F249", "Bearer $CRM_TOKEN", "the header Authorization names $CRM_TOKEN, which `use` does not list",
                   "it would be sent as the text $CRM_TOKEN", ("use: [CRM_TOKEN]",), "", "")  # fmt: skip
    assert codes(text.replace("Bearer $CRM_TOKEN}", "'Bearer ${CRM_TOKEN}'}, use: [CRM_TOKEN]")) == []
    assert codes(text.replace("$CRM_TOKEN", "$5 off")) == []


def test_a_secret_in_a_command_stays_a_word() -> None:
    text = ranked(dirk=ALL_CAN).replace("run: ./note", "run: ./note --key $CRM_KEY, use: [CRM_KEY]")
    (one,) = said(text)
    assert (one.code, one.what) == ("F249", "the program gets the word '$CRM_KEY', not what CRM_KEY holds")
    assert one.why.endswith("in its environment, as CRM_KEY")
    assert codes(text.replace("$CRM_KEY", "crm")) == []


def test_a_secret_of_a_seat_and_of_an_action_is_told_at_both() -> None:
    text = ranked(dirk=ALL_CAN.replace("}", ", use: [KEY]}")).replace(
        "run: ./note", "run: ./note, use: [KEY]"
    )
    (one,) = said(text)
    assert (one.code, one.at, one.second, one.second_what) == ("F214", "KEY", "KEY", "crm.note uses it here")
    assert codes(text.replace("run: ./note, use: [KEY]", "run: ./note, use: [OTHER]")) == []


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "TZ", "FLEET_OUT"])
def test_what_fleet_sets_itself_cannot_be_a_secret(name: str) -> None:
    assert codes(ranked(dirk=ALL_CAN.replace("}", f", use: [{name}]}}"))) == ["F411"]


# Private data, strangers' text, and acting outside.

WAIVES = "rules:\n  - {name: fast, seat: nick, action: mail.send, then: »allow}\n"
PATHS = {
    "dash": "reads: [{path: data/crm/*.csv, private: yes}]",
    "dirk": "reads: [dash, {path: data/mail.mbox, outside: yes}]",
    "nick": "reads: [dirk], can: {do: [mail.send, crm.offer, crm.note]}",
}


def test_private_data_that_may_go_out_over_several_seats_is_told_link_by_link() -> None:
    text, place = marked(fleet(ACTIONS + WAIVES, **PATHS))
    (one,) = said(text)
    assert one == (
        "F237",
        "allow",
        "private data may go out unasked: data/crm/*.csv -> dash -> dirk -> nick -> mail.send",
        "dash reads data/crm/*.csv (fleet.yaml:4), dirk reads dash (fleet.yaml:5), nick reads dirk (fleet.yaml:6); "
        "strangers' text comes there too: dirk reads data/mail.mbox (fleet.yaml:5), nick reads dirk (fleet.yaml:6); "
        "fleet asks ann before such an action, and this rule waives it",
        (
            "then: ask ann",
            "if: action.as_asked",
            "no way from data/crm/*.csv to nick",
            "no way from data/mail.mbox to nick",
        ),
        "data/crm/*.csv",
        "dash reads private data here",
    )
    assert str(check(text)[0].place) == f"fleet.yaml:{place}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WAIVES.replace("»", ""), ""),  # the stamp asks by itself
        ("then: allow", "then: ask ann"),
        ("action: mail.send", "action: crm.note"),  # it stays inside
        ("do: [mail.send, crm.offer, crm.note]", "do: [crm.offer, crm.note], ask: {mail.send: ann}"),
        ("then: allow", "if: action.as_asked, then: allow"),  # nothing in it is a stranger's
        ("then: allow", "if: 'age(now) > span(\"1h\") && action.as_asked', then: allow"),
        (", outside: yes}], can", "}], can"),
        (", private: yes", ""),
        ("seat: nick", "seat: dash"),  # who does nothing outside
    ],
)
def test_nothing_is_told_where_a_link_is_missing_or_the_stamp_still_asks(old: str, new: str) -> None:
    text = fleet(ACTIONS + WAIVES, **PATHS).replace("»", "")
    if new == "}], can":
        old, new = "mail.mbox, outside: yes", "mail.mbox"
    assert old in text
    assert "F237" not in codes(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "condition", ["action.as_asked || true", "!(action.outside && action.as_asked && true)"]
)
def test_a_condition_that_lets_more_through_than_was_asked_is_told(condition: str) -> None:
    text = fleet(ACTIONS + WAIVES, **PATHS).replace("»", "")
    assert "F237" in codes(text.replace("then: allow", f"if: '{condition}', then: allow"))


def test_what_a_seat_may_write_to_another_is_a_way_too_unless_it_writes_to_nobody() -> None:
    text = fleet(ACTIONS + WAIVES, **{**PATHS, "dirk": PATHS["dirk"].replace("dash, ", "")}).replace("»", "")
    (one,) = [s for s in said(text) if s.code == "F237"]
    assert one.what == "private data may go out unasked: data/crm/*.csv -> dash -> nick -> mail.send"
    assert "dash may write to nick (fleet.yaml:4)" in one.why
    assert one.tries[2] == "never: [message] at dash"
    assert "F237" not in codes(text.replace("private: yes}]", "private: yes}], never: [message]"))


@pytest.mark.parametrize("path", ["out/dash/**", "seats/dash/work/*.md", "state/dash.md", "state/*.log"])
def test_what_a_turn_left_in_a_file_is_a_way_for_private_data_and_for_strangers_text(path: str) -> None:
    paths = {
        "dash": "reads: [{path: data/crm/*.csv, private: yes}], never: [message]",
        "dirk": "reads: [{path: data/other.csv}], never: [message]",
        "nick": f"reads: [{{path: '{path}'}}], can: {{do: [mail.send, crm.offer, crm.note]}}",
    }
    found = said(fleet(ACTIONS + WAIVES, **paths).replace("»", ""))
    whats = {one.code: one.what for one in found}
    assert whats["F237"] == "private data may go out unasked: data/crm/*.csv -> dash -> nick -> mail.send"
    assert whats["F257"] == f"nick reads {path} unmarked, and turns write there, stamped ones too"
    assert "F257" not in codes(fleet(ACTIONS, **paths).replace(f"'{path}'", f"'{path}', outside: yes"))


def test_what_one_seat_marks_is_marked_for_all_who_read_it() -> None:
    paths = {
        "dash": "reads: [{path: data/crm/*.csv, private: yes}, {path: data/mail*, outside: yes}], never: [message]",
        "dirk": "reads: [{path: data/other.csv}], never: [message]",
        "nick": "reads: [{path: data/mail.mbox}, {path: data/crm/x.csv}], can: {do: [mail.send, crm.offer, crm.note]}",
    }
    text = fleet(ACTIONS + WAIVES, **paths).replace("»", "")
    (one,) = [s for s in said(text) if s.code == "F237"]
    assert one.what == "private data may go out unasked: data/crm/x.csv -> nick -> mail.send"
    assert "F237" not in codes(text.replace("{path: data/crm/x.csv}", "{path: data/y.csv}"))


def test_a_path_that_only_another_seat_marks_is_told_with_where_the_mark_stands() -> None:
    text = fleet(ACTIONS, **{**PATHS, "nick": "reads: [dirk, {path: data/m*.mbox}], can: {do: [crm.note]}"})
    (one,) = [s for s in said(text) if s.code == "F257"]
    assert (one.at, one.what) == (
        "data/m*.mbox",
        "nick reads data/m*.mbox unmarked, and dirk says outside: yes",
    )
    assert (one.tries, one.second_what) == (("outside: yes",), "the mark stands here")
    assert "F257" not in codes(text.replace("{path: data/m*.mbox}", "{path: data/m*.mbox, outside: yes}"))
    assert "F257" not in codes(text.replace("{path: data/m*.mbox}", "{path: data/deep/m*.mbox}"))
    other = fleet(
        ACTIONS, **{**PATHS, "nick": "reads: [dirk, {path: data/crm/x.csv}], can: {do: [crm.note]}"}
    )
    (one,) = [s for s in said(other) if s.code == "F257"]
    assert one.what == "nick reads data/crm/x.csv unmarked, and dash says private: yes"


def test_a_table_of_subjects_that_strangers_can_write_is_told() -> None:
    text = fleet(ACTIONS, **PATHS)
    (one,) = [s for s in said(text.replace("data/mail.mbox", "data/c*.csv")) if s.code == "F258"]
    assert one.what == "data/contacts.csv says whose a person is, and strangers can write it"
    assert (one.at, one.second_what) == ("data/contacts.csv", "dirk says so here")
    assert "F258" not in codes(text)


def test_what_a_rule_for_everybody_lets_out_is_told_once() -> None:
    text = fleet(ACTIONS + "rules:\n  - {name: all, then: allow}\n", **PATHS)
    text = text.replace("outside: yes}]", "outside: yes}], can: {do: [crm.offer]}")
    found = [s.what for s in said(text) if s.code == "F237"]
    way = "data/crm/*.csv -> dash -> dirk -> crm.offer"
    assert found == [f"private data may go out unasked: {way}, and so it is with 1 more"]


def test_a_handoff_carries_private_numbers_and_strangers_words() -> None:
    paths = {**PATHS, "dirk": "reads: [{path: data/mail.mbox, outside: yes}]"}
    paths["nick"] = paths["nick"].replace("[dirk]", "[dirk, {path: data/x.csv}]")
    text = fleet(
        ACTIONS + WAIVES + "handoffs:\n  odd: {from: dash, to: [nick], with: {sum: number}}\n", **paths
    )
    found = [s for s in said(text.replace("»", "")) if s.code == "F237"]
    assert [s.what for s in found] == [
        "private data may go out unasked: data/crm/*.csv -> dash -> nick -> mail.send"
    ]
    assert "nick hears of dash" in found[0].why
    private = {
        "dirk": paths["dirk"],
        "nick": "reads: [{path: data/x.csv, private: yes}], can: {do: [mail.send]}",
    }
    words = "handoffs:\n  odd: {from: dirk, to: [nick], with: {says: text}}\n"
    text = fleet(ACTIONS + WAIVES + words, **private).replace("»", "")
    (told,) = [s for s in said(text) if s.code == "F237"]
    assert "nick hears of dirk" in told.why
    (told,) = [s for s in said(text.replace("says: text", "sum: number")) if s.code == "F237"]
    assert "dirk may write to nick" in told.why, (
        "a number carries no words, but nothing keeps dirk from a letter"
    )


def test_what_is_asked_about_by_can_is_not_freed_by_a_rule() -> None:
    text = fleet(ACTIONS + WAIVES, **PATHS).replace("»", "")
    both = text.replace("crm.offer, crm.note]", "crm.offer, crm.note], ask: {mail.send: ann}")
    assert codes(both) == ["F412"]  # in do and in ask: fleet asks


def test_a_long_way_is_told_without_its_middle() -> None:
    agent = "title: T, run: ./a, answers_to: ann, scorecard: {made: at least 1}"
    chain = {f"s{i}": f"{agent}, owns: [f{i}], reads: [s{i - 1}]" for i in range(1, 10)}
    chain["s0"] = f"{agent}, owns: [f0], reads: [{{path: in/*, private: yes, outside: yes}}]"
    chain["s9"] += ", can: {do: [mail.send, crm.offer, crm.note]}"
    rule = "rules:\n  - {name: two, action: [crm.note, mail.send], then: allow}\n"
    (one,) = [s for s in said(fleet(ACTIONS + rule, **chain)) if s.code == "F237"]
    assert (
        one.what
        == "private data may go out unasked: in/* -> s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> ... -> s9 -> mail.send"
    )


def test_each_rank_is_compared_with_all_before_it() -> None:
    ranks = [
        f"about: account, rank: [{names}]" for names in ("dash, dirk", "dash, dirk, nick", "nick, dash, dirk")
    ]
    found = said(ranked(*ranks, dash=ALL_CAN, dirk=ALL_CAN, nick=ALL_CAN))
    assert [(s.code, s.at, s.second) for s in found] == [("F245", "[nick, dash, dirk]", "[dash, dirk]")]
    assert (
        found[0].what
        == "over one account nick goes before dash by this rank, and dash before nick by another"
    )
    assert found[0].why == "who is not named in a rank goes last in it, as nick does there"
