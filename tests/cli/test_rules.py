"""`fleet rules`, `rules show` and `rules test`: the list, one rule, and what came of examples."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli.conftest import DESK, Place, begin_desk

DISPUTE = """\
rules:
  - name: no-expansion-in-dispute
    seat: dirk
    action: crm.offer
    if: state["pulse"].items.exists(i, i.kind == "billing-dispute" && i.about == action.about)
    then: %s
    because: Nobody sells to a client in dispute.
    examples:
      - {about: account:acme, state: {pulse: {items: [{kind: billing-dispute, about: account:acme}]}}, expect: %s}
      - {about: account:volt, state: {pulse: {items: []}}, expect: passes}
"""
CAREFUL = """\
      - {about: account:acme, state: {pulse: {items: [{kind: watch, about: account:acme}]}}, expect: passes}
      - {about: account:acme, state: {pulse: {items: [{kind: billing-dispute, about: account:volt}]}}, expect: passes}
"""
FREE = DESK.replace("ask: {crm.offer: founder, ", "ask: {").replace("do: [", "do: [crm.offer, ")
"""The desk, on which dirk may offer without asking."""


def test_examples_that_come_as_expected_end_with_0_and_the_changes_that_none_tells_are_named(nowhere: Place):
    nowhere.write("fleet.yaml", DESK + DISPUTE % ("hold", "hold"))
    said = nowhere("rules", "test")
    assert said.code == 0
    assert said.out.splitlines() == [
        "ok        no-expansion-in-dispute  fleet.yaml:33  2 examples; 2 of 11 changes to it are not noticed",
        '  survived  without i.kind == "billing-dispute"',
        '            if: state["pulse"].items.exists(i, i.about == action.about)',
        '            add an example in which i.kind == "billing-dispute" alone makes the difference',
        "  survived  without i.about == action.about",
        '            if: state["pulse"].items.exists(i, i.kind == "billing-dispute")',
        "            add an example in which i.about == action.about alone makes the difference",
        "1 rule, 2 examples: all as expected.",
    ]


def test_the_examples_that_were_asked_for_leave_no_change_unnoticed(nowhere: Place):
    nowhere.write("fleet.yaml", DESK + DISPUTE % ("hold", "hold") + CAREFUL)
    said = nowhere("rules", "test", "--strict")
    assert (said.code, said.out) == (
        0,
        "ok        no-expansion-in-dispute  fleet.yaml:33  4 examples\n1 rule, 4 examples: all as expected.\n",
    )


def test_an_example_that_comes_otherwise_is_told_with_its_place_and_what_the_condition_saw(nowhere: Place):
    chart = DESK + DISPUTE % ("hold", "hold")
    nowhere.write("fleet.yaml", chart.replace("items: [{kind: billing-dispute", "items: [{kind: dispute"))
    said = nowhere("rules", "test")
    assert said.code == 1
    assert said.out.splitlines() == [
        "FAILED    no-expansion-in-dispute  fleet.yaml:33  1 of 2 examples failed",
        "  fleet.yaml:40  expected hold, came passes",
        '    saw  state["pulse"].items = [{"about": "account:acme", "kind": "dispute", "because": "", "with": {}}]',
        '    saw  action.about = "account:acme"',
        "1 rule, 2 examples: 1 failed.",
    ]


def test_an_error_is_told_as_the_gate_would_tell_it_and_cannot_be_expected(nowhere: Place):
    rule = "rules: [{name: big, action: crm.offer, if: action.with.price > 10, then: hold, examples: %s}]\n"
    nowhere.write("fleet.yaml", DESK + rule % "[{expect: hold}]")
    said = nowhere("rules", "test")
    assert said.code == 1
    assert "expected hold, came refuse, for it cannot be judged" in said.out
    assert "what cannot be judged is refused: there is no price" in said.out
    assert "saw  action.with.price = not there" in said.out
    nowhere.write("fleet.yaml", DESK + rule % "[{expect: error}]")
    wrong = nowhere("rules", "test")
    assert wrong.code == 1 and "F314" in wrong.out


def test_a_key_that_the_example_spells_otherwise_is_asked_after_and_the_error_told_once(nowhere: Place):
    rule = "rules: [{name: big, action: crm.offer, if: %s, then: hold, examples: %s}]\n"
    example = "[{with: {amount: 9}, expect: hold}]"
    nowhere.write("fleet.yaml", DESK + rule % ("action.with.ammount > 10", example))
    said = nowhere("rules", "test").out
    assert "there is no ammount. Did you mean amount?" in said and said.count("there is no") == 1, said
    nowhere.write("fleet.yaml", DESK + rule % ('"action.with.ammount > 10 || action.outside"', example))
    said = nowhere("rules", "test").out
    assert said.count("there is no") == 1 and "    err  action.with.ammount > 10\n" in said, said
    nowhere.write("fleet.yaml", DESK + rule % ("action.with.price > 10", example))
    assert "Did you mean" not in nowhere("rules", "test").out


def test_an_edit_after_which_examples_come_otherwise_says_so_and_is_not_stopped(desk):
    chart = (desk.folder / "fleet.yaml").read_text()
    rule = (
        "rules: [{name: big, action: crm.offer, if: action.with.amount > %s, then: hold, "
        "examples: [{with: {amount: 9}, expect: hold}, {with: {amount: 99}, expect: hold}]}]\n"
    )
    says = "2 examples of the rule big come out otherwise: fleet rules test big"
    desk.write("fleet.yaml", chart + rule % 5)
    desk.until(lambda: desk("status", "--json").json["revision"] == 2, "the sound rule is in force")
    assert says not in desk("status").out
    desk.write("fleet.yaml", chart.replace("good_for: 24h", "good_for: 48h") + rule % 500)
    assert says in desk("plan").out and desk("plan", "--json").data["otherwise"] == [says]
    assert says in desk("apply").out
    assert f"rule: {says}" in desk("status").out
    desk.write("fleet.yaml", chart.replace("good_for: 24h", "good_for: 36h") + "# moved\n" + rule % 500)
    assert desk("plan", "--json").data["otherwise"] == [], "of a rule that stays as it was nothing is said"


def test_a_state_that_the_rule_needs_and_the_example_lacks_is_told(nowhere: Place):
    nowhere.write(
        "fleet.yaml", DESK + (DISPUTE % ("hold", "hold")).replace("state: {pulse: {items: []}}, ", "")
    )
    said = nowhere("rules", "test")
    assert said.code == 1
    assert "expected passes, came held before the rule was asked" in said.out
    assert "why  pulse has published no state, so it is not known whether the rule" in said.out
    assert "this example gives no state of pulse" in said.out
    assert "F260" in nowhere("check").out


@pytest.mark.parametrize(
    ("example", "tells"),
    [
        # what the rule does not look at
        (
            "{about: account:acme, metric: {pulse.work: 3}, expect: passes}",
            "gives pulse.work; the rule does not",
        ),
        (
            "{about: account:acme, mail: [{from: pulse}], expect: passes}",
            "gives mail; the rule does not look",
        ),
        (
            "{about: account:acme, state: {pulse: {}}, expect: passes}",
            "gives the state of pulse; the rule does",
        ),
        # what it never says
        ("{about: account:acme, expect: refuse}", "expects refuse; the rule says hold, or nothing: passes"),
        ("{about: account:acme, expect: ask founder}", "expects ask founder; the rule says hold"),
        # of what it does not speak
        ("{seat: pulse, expect: hold}", "is about pulse, of which the rule does not speak; so it passes"),
        ("{kind: mail.send, expect: hold}", "is about mail.send, of which the rule does not speak"),
    ],
)
def test_an_example_that_can_show_nothing_is_told_and_only_warned_of(
    nowhere: Place, example: str, tells: str
):
    rule = (
        "rules: [{name: x, seat: dirk, action: crm.offer, if: action.outside, then: hold, examples: [%s]}]\n"
    )
    nowhere.write("fleet.yaml", DESK + rule % example)
    assert tells in nowhere("rules", "test").out
    checked = nowhere("check")
    assert checked.code == 0 and "warning[F260]" in checked.out


@pytest.mark.parametrize(
    ("example", "code", "tries"),
    [
        ("{about: account:acme, expct: hold}", "F401", "expect"),
        ("{about: acme, expect: hold}", "F406", ""),
        ("{about: account:acme}", "F407", ""),
        ("{expect: held}", "F314", "hold"),
        ("{expect: nothing}", "F314", "passes"),
        ("{expect: ask}", "F314", "ask PERSON"),
        ("{expect: hold, seat: dork}", "F208", "dirk"),
        ("{expect: hold, kind: crm.ofer}", "F212", "crm.offer"),
        ("{expect: hold, state: {puls: {}}}", "F208", "pulse"),
        ("{expect: hold, state: {pulse: {fresh: no}}}", "F401", ""),
        ("{expect: hold, state: {pulse: {age: soon}}}", "F301", ""),
        ("{expect: hold, metric: {pulse.wrok: 3}}", "F220", "pulse.work"),
        ("{expect: hold, metric: {work: 3}}", "F406", ""),
        ("{expect: hold, confidence: 90%}", "F409", ""),
        ("{expect: hold, now: monday}", "F322", "2026-11-23T10:00"),
        ("{expect: hold, mail: [{type: INFORM}]}", "F407", ""),
        ("{expect: hold, mail: [{from: pulse, type: NOTE}]}", "F405", ""),
        ("{expect: hold, touched: [{seat: pulse, ago: 3 moons}]}", "F301", ""),
        ("{expect: hold, claims: [{about: account:acme}]}", "F407", ""),
    ],
)
def test_what_an_example_cannot_say_is_a_mistake_with_its_place(
    nowhere: Place, example: str, code: str, tries: str
):
    rule = f"rules: [{{name: x, action: crm.offer, then: hold, examples: [{example}]}}]\n"
    nowhere.write("fleet.yaml", DESK + rule)
    found = json.loads(nowhere("check", "--json").out)["data"]["mistakes"]
    mistake = next(one for one in found if one["code"] == code)
    assert mistake["level"] == "error" and mistake["line"] == DESK.count("\n") + 1
    assert tries in " ".join(mistake["tries"])


def test_a_rule_that_no_example_would_miss_is_named_and_fails_under_strict(nowhere: Place):
    idle = DISPUTE.replace("expect: %s}", "expect: passes}", 1).replace(
        "{kind: billing-dispute, about: account:acme}", ""
    )
    nowhere.write("fleet.yaml", DESK + idle % "hold")
    said = nowhere("rules", "test")
    assert said.code == 0
    assert "2 examples; no example would miss the rule" in said.out
    assert "  survived  the rule taken out\n            add an example that expects hold\n" in said.out
    assert nowhere("rules", "test", "--strict").code == 1
    assert json.loads(nowhere("rules", "test", "--json").out)["data"]["idle"] == ["no-expansion-in-dispute"]


def test_a_rule_without_examples_is_named_and_fails_only_under_strict(nowhere: Place):
    nowhere.write("fleet.yaml", DESK + "rules: [{name: bare, action: crm.offer, then: hold}]\n")
    said = nowhere("rules", "test")
    assert (said.code, nowhere("rules", "test", "--strict").code) == (0, 1)
    assert said.out == (
        "untested  bare  fleet.yaml:32  it has no examples\n1 rule, 0 examples: none to try; 1 without examples.\n"
    )


def test_a_file_or_stdin_is_tried_and_one_rule_of_it(nowhere: Place):
    nowhere.write("fleet.yaml", DESK)
    nowhere.write("other/new.yaml", DESK + DISPUTE % ("hold", "refuse"))
    said = nowhere("rules", "test", "other/new.yaml", "no-expansion-in-dispute")
    assert said.code == 1 and "other/new.yaml:40  expected refuse, came hold" in said.out
    piped = nowhere("rules", "test", "-", text=DESK + DISPUTE % ("hold", "hold"))
    assert piped.code == 0 and "<stdin>:33" in piped.out
    near = nowhere("rules", "test", "other/new.yaml", "no-expansion-in-disput")
    assert near.code == 2 and "Did you mean no-expansion-in-dispute?" in near.err


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A fleet whose rule asked founder of three offers: he said yes to all of them; another rule never spoke."""
    place = Place(tmp_path_factory.mktemp("ruled"))
    more = (
        "  - {name: quiet, seat: pulse, then: refuse}\n  - {name: odd, if: action.with.x > 1, then: hold}\n"
    )
    begin_desk(place, FREE + DISPUTE % ("ask founder", "ask founder") + more)
    items = [{"kind": "billing-dispute", "about": "account:acme"}]
    place.write("seats/pulse/work/next", json.dumps({"headline": "one dispute", "items": items}))
    place("wake", "pulse")
    place("up", "--once", "-q")
    offers = [{"kind": "crm.offer", "about": "account:acme", "with": {"x": 0, "n": n}} for n in (1, 2, 3)]
    errs = {"kind": "crm.offer", "about": "account:volt"}
    place.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": [*offers, errs]}))
    place("wake", "dirk")
    place("up", "--once", "-q")
    for identity in ("a-1", "a-2", "a-3"):
        assert place("approve", identity, "--as", "founder").code == 0
    place("up", "--once", "-q")
    return place


def test_the_list_says_how_often_each_rule_fired_and_what_people_answered(ruled: Place):
    rules = {one["name"]: one for one in json.loads(ruled("rules", "--json").out)["data"]["rules"]}
    asked = rules["no-expansion-in-dispute"]
    assert [asked[key]["ever"] for key in ("fired", "approved", "denied", "errors")] == [3, 3, 0, 0]
    assert asked["always_approved"] is True
    assert (rules["quiet"]["fired"]["ever"], rules["quiet"]["last_at"]) == (0, None)
    assert (rules["odd"]["fired"]["ever"], rules["odd"]["errors"]["ever"]) == (0, 1)
    head, first, quiet, odd = ruled("rules").out.splitlines()
    assert head.split() == ["rule", "place", "of", "then", "30d", "ever", "yes", "no", "last"]
    assert first.startswith("no-expansion-in-dispute  fleet.yaml:33  dirk: crm.offer") and first.endswith(
        "always approved"
    )
    assert quiet.endswith("never fired") and odd.endswith("1 error")


def test_what_was_before_the_span_counts_only_as_ever(ruled: Place):
    found = json.loads(ruled("rules", "--since", "2036-01-01T00:00:00+00:00", "--json").out)["data"]["rules"][
        0
    ]
    assert found["fired"] == {"since": 0, "ever": 3}


def test_one_rule_is_shown_with_its_condition_needs_examples_and_last_verdicts(ruled: Place):
    said = ruled("rules", "show", "no-expansion-in-dispute").out
    lines = said.splitlines()
    assert lines[0] == "no-expansion-in-dispute  fleet.yaml:33  always approved"
    assert '  if       state["pulse"].items.exists(i, i.kind == "billing-dispute"' in lines
    assert "             && i.about == action.about)" in lines
    assert any(line.startswith("  needs    the state of pulse: fresh, ") for line in lines)
    assert "  fired    3 actions, 3 of them in 30d; 3 approved" in lines
    assert any(
        line.endswith("approved by founder: crm.offer of dirk about account:acme  fleet why a-3")
        for line in lines
    )
    (example,) = (line for line in lines if line.startswith("  example  fleet.yaml:40  "))
    assert example.startswith('  example  fleet.yaml:40  ask founder about account:acme, state pulse [{"'), (
        example
    )
    assert lines[-1] == "  next     founder always said yes: then: allow would spare him that"


def test_a_denial_ends_being_always_approved(nowhere: Place):
    begin_desk(nowhere, FREE + "rules: [{name: asks, action: crm.offer, then: ask founder}]\n")
    offers = [{"kind": "crm.offer", "about": "account:acme", "with": {"n": n}} for n in range(4)]
    nowhere.write("seats/dirk/work/next", json.dumps({"headline": "plans", "actions": offers}))
    nowhere("publish", "pulse", "-", text="---\nheadline: x\n---\n")
    nowhere("wake", "dirk")
    nowhere("up", "--once", "-q")
    for number, verb in enumerate(("approve", "approve", "approve", "deny"), 1):
        why = ("--because", "no") if verb == "deny" else ()
        assert nowhere(verb, f"a-{number}", *why, "--as", "founder").code == 0
    (rule,) = json.loads(nowhere("rules", "--json").out)["data"]["rules"]
    assert [rule[key]["ever"] for key in ("fired", "approved", "denied")] == [4, 3, 1]
    assert rule["always_approved"] is False


def test_a_rule_that_is_gone_is_still_told_of(ruled: Place):
    chart = (ruled.folder / "fleet.yaml").read_text()
    assert "no-expansion" in chart and json.loads(ruled("rules", "--json").out)["data"]["gone"] == []


ERRS = """\
rules:
  - {name: big, action: crm.offer, if: action.with.price > 10, then: ask founder}
"""


@pytest.fixture
def erring(nowhere: Place) -> Iterator[Place]:
    """The desk with a rule that asks for a price, served."""
    begin_desk(nowhere, FREE + ERRS)
    assert nowhere("up", "-d").code == 0
    nowhere("publish", "pulse", "-", text="---\nheadline: x\n---\n")
    yield nowhere
    nowhere.kill()


def test_a_rule_that_errs_is_told_by_status_and_each_refusal_by_why_with_what_it_saw(erring: Place):
    for given in ({"amount": 9000}, {"price": "dear"}):
        erring.offers("dirk", {"kind": "crm.offer", "about": "account:acme", "with": given})
    status = " ".join(erring("status").out.split())
    assert "rule: big refuses what it cannot judge: there is no price; see fleet rules show big" in status
    assert "Next: fleet rules show big" in status
    lacks, compares = (" ".join(erring("why", one).out.split()) for one in ("a-1", "a-2"))
    assert "action.with.price = not there" in lacks
    assert "has(..)" in lacks
    assert 'action.with.price = "dear"' in compares
    assert "has(..)" not in compares
    assert "big compares what does not go together" in compares
    place = json.loads(erring("rules", "--json").out)["data"]["rules"][0]["place"]
    assert f"changes it at {place}" in compares


def test_what_a_rule_decided_and_who_answered_is_found_by_its_name(erring: Place):
    for amount in (11, 12):
        erring.offers("dirk", {"kind": "crm.offer", "about": "account:acme", "with": {"price": amount}})
    erring.offers("dirk", {"kind": "mail.send", "about": "account:acme"})
    assert "action.with.price = 12" in erring("why", "a-2").out
    assert erring("approve", "a-1", "--because", "go").code == 0
    for wanted, count in ((("--rule", "big"), 3), (("--rule", "big", "--overrides"), 1)):
        found = erring("audit", *wanted, "--json").data["entries"]
        assert len(found) == count
        assert (found[-1]["by"], found[-1]["because"]) == (["founder"], "go")
        assert found[-1]["override"]["rule"] == "big"
    assert [one["did"][:24] for one in erring("audit", "--rule", "big", "--json").data["entries"]][:2] == [
        "a-1 crm.offer of dirk: p",
        "a-2 crm.offer of dirk: p",
    ]
    wrong = erring("audit", "--rule", "bigg")
    assert (wrong.code, "Did you mean big?" in wrong.err) == (2, True)
    asked = erring("why", "big")
    assert (asked.code, "big is a rule. See: fleet rules show big" in asked.err) == (2, True)
