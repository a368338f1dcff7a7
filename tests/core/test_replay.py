"""Recorded verdicts given again: by the chart of then nothing differs, by another one what it changes, and no guess."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from core.world import ACTIONS, DAY, HOUR, SEATS, World, chart_of, of

from fleet.core.chart import Chart
from fleet.core.difference import Tally, said, sort_of
from fleet.core.gate import unmoved
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.record import Draft, Record
from fleet.core.replay import ERASED, NO_OFFER, NO_STATE, TOO_OLD, Again, Replay, is_judged
from fleet.core.saw import KEY, kept, noted, seen
from fleet.core.testimony import state_told

RED = state_told({"seat": "pulse", "turn": "t-1", "items": [{"about": "account:acme", "kind": "red"}]})
RULE = "- {name: red, action: crm.write, if: 'state[\"pulse\"].items.exists(i, i.about == action.about)', then: hold}"


def edited(*pairs: tuple[str, str], rules: str = "", seats: dict[str, str] | None = None) -> Chart:
    """Give the usual chart with pieces of its text replaced, and with rules."""
    tail = ACTIONS
    for old, new in pairs:
        assert tail.count(old) == 1, old
        tail = tail.replace(old, new)
    return chart_of({**SEATS, **(seats or {})}, tail=f"{tail}rules:\n{rules}" if rules else tail)


def again(records: Iterable[Record], chart: Chart | None = None, *, was: Chart | None = None) -> list[Again]:
    """Give recorded verdicts again, by a chart or by that of then; pulse is always red."""
    then = was or chart_of(SEATS, tail=ACTIONS)
    states = {"pulse": RED}
    replay = Replay(
        lambda revision: Law(then),
        lambda seat, state: states.get(seat),
        Law(chart) if chart is not None else None,
    )
    found = (replay.take(record) for record in records)
    return [one for one in found if one is not None]


def only(found: list[Again]) -> Again:
    """Give the last of them, which must have been judged."""
    assert found[-1].now is not None, found[-1].why
    return found[-1]


def changes(found: list[Again]) -> list[str]:
    """Say what differs, in words."""
    whole = ("ruling", "person")
    return [
        said(one.record.data, one.now)
        for one in found
        if one.now and sort_of(one.record.data, one.now) in whole
    ]


@pytest.fixture
def busy() -> World:
    """A day on which every step of the gate had something to say."""
    w = World()
    for seat in ("pulse", "dirk", "nick"):
        w.publish(seat)
    w.hear(w.offer("dirk", "note.append"))
    w.hear(w.offer("dirk", "crm.delete", "account:acme"))
    w.now("pause", by="founder", because="checking", what="crm.write")
    held = w.offer("dirk", "crm.write", "account:acme")
    w.hear(held)
    w.later(HOUR).now("resume", by="founder", what="crm.write")
    w.begin(held).end(held)
    sent = w.offer("nick", "mail.send", "person:bob")
    w.begin(sent, owned=[of("person:bob", "account:volt")]).end(sent)
    w.hear(w.offer("pepper", "mail.send", "person:bob"), owned=[of("person:bob", "account:volt")])
    w.hear(
        w.offer("pepper", "mail.send", "person:eve"), owned=[of("person:eve", why="person:eve is not in it")]
    )
    w.claim("pulse", "account:acme", because="spend fell")
    w.hear(w.offer("dirk", "crm.offer", "account:acme"))
    asked = w.offer("dirk", "crm.offer", "account:volt")
    w.hear(asked)
    w.answer(asked, "yes")
    w.begin(asked).end(asked)
    w.mail("founder", "dirk", "account:sunhill")
    w.hear(w.offer("dirk", "crm.write", "account:sunhill"))
    w.hear(w.offer("nick", "draft.write", "brand:acme"))
    w.later(2 * DAY).hear(w.offer("dirk", "crm.write", "account:late"))
    return w


def test_by_the_chart_of_then_every_verdict_is_the_recorded_one_to_the_last_word(busy):
    found = again(busy.records)
    rulings = [one.record.data["verdict"] for one in found]
    assert {"allow", "ask", "hold", "refuse"} == set(rulings)
    assert {one.record.data["step"] for one in found} == {2, 3, 5, 6, 7, 8, 10, 11}
    assert [one.now and one.now.reason for one in found if not one.exact] == []


def test_a_verdict_that_was_changed_by_hand_does_not_come_out_as_it_was(busy):
    at = next(n for n, one in enumerate(busy.records) if is_judged(one))
    data = {**busy.records[at].data, "reason": "because"}
    records = [*busy.records[:at], replace(busy.records[at], data=data), *busy.records[at + 1 :]]
    assert [one.exact for one in again(records)].count(False) == 1


@pytest.mark.parametrize(
    ("chart", "wanted"),
    [
        # The same text: nothing.
        (edited(), []),
        # The order is turned: Pulse's claim holds Dirk no more, and he is asked for as ever.
        (
            edited(("[pulse, dirk, nick], then: hold", "[dirk, pulse, nick], then: hold")),
            ["asked instead of held"],
        ),
        # A conflict that refuses where it held.
        (edited(("nick], then: hold", "nick], then: refuse")), ["refused instead of held"]),
        # A permission that is gone: what it allowed is refused, what was held by a pause or for mail stays so.
        (
            edited(
                seats={"dirk": "never: [crm.delete]\ncan: {do: [note.append], ask: {crm.offer: founder}}"}
            ),
            ["refused instead of allowed", "refused instead of held", "refused instead of held"],
        ),
        # A kind that may never be done.
        (
            edited(seats={"dirk": f"{SEATS['dirk'].replace('never: [', 'never: [note.append, ')}"}),
            ["refused instead of allowed"],
        ),
        # Another person to ask, and one to ask at all.
        (
            edited(seats={"dirk": SEATS["dirk"].replace("crm.offer: founder", "crm.offer: bogdan")}),
            ["bogdan asked instead of founder", "asked instead of allowed"],
        ),
        # More of a kind.
        (edited(("at_most: 1 a day each", "at_most: 2 a day each")), ["allowed instead of refused"]),
        # Once, where it was as often as one liked: the same note was not written before.
        (edited(("note.append: {run: ./note}", "note.append: {run: ./note, once: ever}")), []),
    ],
    ids=["same", "rank", "then", "can", "never", "person", "at_most", "once"],
)
def test_an_edit_changes_the_verdicts_that_it_speaks_of_and_no_other(busy, chart, wanted):
    assert changes(again(busy.records, chart)) == wanted


def test_a_rule_that_is_added_changed_or_removed_is_asked_with_the_states_and_claims_of_then():
    first, other = edited(rules=RULE), edited(rules=RULE.replace("then: hold", "then: refuse"))
    w = World(chart=first)
    w.publish("pulse")
    w.hear(w.offer("dirk", "crm.write", "account:acme"), states={"pulse": RED})
    w.hear(w.offer("dirk", "crm.write", "account:volt"), states={"pulse": RED})
    assert [one.exact for one in again(w.records, was=first)] == [True, True]
    assert changes(again(w.records, other, was=first)) == ["refused instead of held"]
    assert changes(again(w.records, edited(), was=first)) == ["allowed instead of held"]
    claims = edited(
        rules="- {name: mine, seat: dirk, if: 'claims.exists(c, c.seat == \"nick\")', then: refuse}"
    )
    w.claim("nick", "account:volt")
    w.hear(w.offer("dirk", "crm.write", "account:volt", with_={"n": 2}), states={"pulse": RED})
    found = again(w.records, claims, was=first)
    assert changes(found) == ["allowed instead of held", "refused instead of allowed"]
    assert found[-1].now.evidence[0]["rule"] == "mine"


def test_a_state_that_cannot_be_made_any_more_is_told_and_not_guessed():
    w = World()
    w.publish("pulse")
    w.hear(w.offer("dirk", "crm.write", "account:acme"))
    replay = Replay(lambda revision: w.law, lambda seat, state: None, Law(edited(rules=RULE)))
    found = [one for one in map(replay.take, w.records) if one is not None]
    assert (found[0].now, found[0].why) == (None, NO_STATE.format(seat="pulse", turn="t-1"))


def test_what_a_table_said_then_counts_and_what_it_did_not_is_unknown():
    w = World()
    w.publish("pulse").claim("pulse", "account:acme")
    w.hear(w.offer("nick", "mail.send", "person:bob"), owned=[of("person:bob", "account:acme")])
    assert only(again(w.records)).now.ruling == "hold"
    none = edited(("subjects:\n  person: {of: account, from: data/contacts.csv}\n", ""))
    assert changes(again(w.records, none)) == ["allowed instead of held"]
    moved = edited(("data/contacts.csv", "data/people.csv"))
    found = only(again(w.records, moved))
    assert (found.now.ruling, found.unknown) == ("hold", ("person:bob",))
    assert "is not in the ledger" in found.now.reason


def test_a_table_that_is_new_is_looked_up_where_an_earlier_verdict_tells_of_it():
    plain = edited(("subjects:\n  person: {of: account, from: data/contacts.csv}\n", ""))
    w = World(chart=plain)
    w.publish("pulse").claim("pulse", "account:acme")
    w.hear(w.offer("nick", "mail.send", "person:bob"))
    found = only(again(w.records, edited(), was=plain))
    assert (found.now.ruling, found.unknown) == ("hold", ("person:bob",))
    told = noted(Draft("verdict", data={}), replace(w.case(w.offer("nick", "mail.send", "person:bob"))))
    assert told.data[KEY] == {}


def test_faults_of_state_files_and_changed_files_count_as_they_were_seen():
    w = World()
    w.publish("pulse")
    w.hear(w.offer("dirk", "crm.write", "account:acme"), faults={"pulse": "was edited outside the fleet"})
    w.hear(w.offer("nick", "draft.write", "brand:x", files={"out/x": "aa"}), files={"out/x": "bb"})
    w.hear(
        w.offer("nick", "draft.write", "brand:y", files={"out/y": "aa", "out/z": "cc"}), files={"out/y": "aa"}
    )
    assert [one.exact for one in again(w.records)] == [True, True, True]
    kept_of = [one.data[KEY] for one in w.records if is_judged(one)]
    assert kept_of == [
        {"faults": {"pulse": "was edited outside the fleet"}},
        {"files": {"out/x": "bb"}},
        {"files": {"out/z": None}},
    ]


def test_what_a_record_keeps_of_a_sight_gives_that_sight_back():
    w = World()
    identity = w.offer("nick", "mail.send", "person:bob", files={"out/a": "aa", "out/b": "bb"})
    case = w.case(
        identity, owned=[of("person:bob", "account:acme"), of("person:eve", why="x")], files={"out/a": "aa"}
    )
    data = {KEY: kept(case.sight, case.action)}
    assert seen(data, case.action) == case.sight
    assert seen({}, case.action) is None


def test_an_action_that_may_have_happened_is_judged_again_as_it_stood():
    w = World()
    w.publish("pulse")
    identity = w.started("dirk", "crm.write", "account:acme")
    w.end(identity, "unknown", why="cut off")
    w.claim("pulse", "account:acme")
    case = w.case(identity)
    w.take(noted(unmoved(w.chart, w.action(identity), judge(case)), case), w.at)
    assert only(again(w.records)).exact


def test_a_seat_that_had_left_the_chart_is_there_for_a_chart_that_has_it():
    w = World()
    identity = w.offer("dirk", "note.append")
    w.now("revision", id="r-2", texts={}, gone=["dirk"])
    w.chart = chart_of({k: v for k, v in SEATS.items() if k != "dirk"}, tail=ACTIONS.replace("dirk, ", ""))
    w.law = Law(w.chart)
    w.hear(identity)
    found = only(again(w.records, edited(), was=w.chart))
    assert (found.record.data["verdict"], found.now.ruling) == ("refuse", "allow")


def test_a_verdict_of_an_older_version_is_told_and_not_guessed(busy):
    records = [replace(one, data={k: v for k, v in one.data.items() if k != KEY}) for one in busy.records]
    assert {(one.now, one.why) for one in again(records)} == {(None, TOO_OLD)}


def test_behind_an_erased_record_nothing_is_judged_before_the_next_checkpoint(busy):
    claim = next(n for n, one in enumerate(busy.records) if one.what == "claim")
    erased = replace(busy.records[claim], data={}, data_sha256="ab" * 32)
    whole, cut = again(busy.records), again([*busy.records[:claim], erased, *busy.records[claim + 1 :]])
    lost = [one for one in cut if one.now is None]
    assert 0 < len(lost) < len(whole)
    assert {one.why for one in lost} == {ERASED.format(n=erased.n)}
    half = World()
    half.publish("pulse")
    middle = half.take(Draft("checkpoint", data=half.account.checkpoint()), half.at)
    half.hear(half.offer("dirk", "crm.write", "account:acme"))
    gone = replace(half.records[0], data={}, data_sha256="ab" * 32)
    assert middle in half.records
    assert only(again([gone, *half.records[1:]])).exact


def test_a_verdict_whose_offer_is_gone_is_told(busy):
    offers = {one.n for one in busy.records if one.what == "offer"}
    found = again([one for one in busy.records if one.n not in offers and one.what not in ("action_intent",)])
    assert {one.why for one in found} == {NO_OFFER}


def test_what_differs_is_counted_with_the_approvals_of_each_person(busy):
    tally = Tally()
    for one in again(busy.records, edited(seats={"dirk": SEATS["dirk"].replace(": founder", ": bogdan")})):
        tally.add(one)
    tally.settle()
    assert (tally.judged, tally.changes, tally.actions) == (13, 2, 11)
    assert tally.asked == {"founder": [1, 0], "bogdan": [0, 1]}


def test_a_verdict_that_did_not_come_out_as_it_was_is_not_said_to_be_changed(busy):
    other = edited(("nick], then: hold", "nick], then: refuse"))
    found = again(busy.records, edited(), was=other)
    why = {one.why for one in found if one.now is None}
    assert changes(found) == [] and why == set()
    wrong: list[Any] = again(busy.records, other, was=other)
    assert [one.why.partition(" the ledger")[0] for one in wrong if one.now is None] == [
        "by the chart of then"
    ]
