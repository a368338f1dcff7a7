"""Steps 6 to 8 of the gate: what other seats and people have to say on an action's subjects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from core.world import DAY, HOUR, World, of

from fleet.core.law import Law
from fleet.core.testimony import state_told

ACME, VOLT, BOB, ZEST = "account:acme", "account:volt", "person:bob", "brand:zest"
SECOND = timedelta(seconds=1)
BOBS = of(BOB, ACME)
RANK = "- {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention outranks expansion.}"
BRANDS = "- {about: brand, rank: [dirk, nick], within: 30 days, then: refuse}"


def world(seats: dict[str, str] | None = None, **parts: Any) -> World:
    """A world in which all that is needed is known."""
    return World(seats, **parts).publish("pulse", 60 * DAY).publish("dirk", 60 * DAY)


# Step 6: what it needs to know.


@pytest.mark.parametrize(
    ("done", "sight", "says"),
    [
        # never published
        ("", {}, "pulse has published no state"),
        # published and too old by a second; times are the fleet's own
        ("old", {}, "the state of pulse held until 2026-11-22 07:00 and was not renewed"),
        # its file is gone, or another, at this moment
        ("new", {"faults": {"pulse": "is missing"}}, "the state of pulse is missing"),
        ("new", {"faults": {"pulse": "was edited outside"}}, "the state of pulse was edited outside"),
        # it was another, and nobody has published since
        ("tampered", {}, "the state of pulse was changed outside the fleet"),
    ],
)  # fmt: skip
def test_what_is_not_known_holds_and_alerts(done: str, sight: dict[str, Any], says: str) -> None:
    w = World()
    if done == "old":
        w.at -= 2 * DAY
        w.publish("pulse", DAY).later(2 * DAY)
    elif done:
        w.publish("pulse")
    if done == "tampered":
        w.now("trouble", "pulse", kind="tampered", says="x")
    action = w.offer("dirk", "crm.write", ACME)
    verdict = w.hear(action, **sight)
    assert (verdict.ruling, verdict.step) == ("hold", 6)
    assert verdict.reason == f"{says}, so it is not known whether account:acme is free"
    assert (verdict.rule, w.line(verdict.place)) == ("account: pulse before dirk before nick", RANK)
    assert verdict.blind == ("pulse",)
    assert "state pulse" in verdict.looked
    (alert,) = w.matters("blind")
    assert alert.seat == "pulse"
    assert "bogdan" in alert.told.values()
    w.hear(w.offer("dirk", "crm.write", VOLT), **sight)
    assert len(w.matters("blind")) == 1
    w.publish("pulse")
    assert w.matters("blind") == []
    assert w.judge(action).ruling == "allow"


def test_a_state_is_fresh_to_the_very_end() -> None:
    w = World().publish("pulse", DAY)
    action = w.offer("dirk", "crm.write", ACME, lapses=3 * DAY)
    assert w.later(DAY).judge(action).ruling == "allow"
    assert w.later(SECOND).judge(action).step == 6


def test_a_state_without_an_end_holds() -> None:
    w = World().publish("pulse", None)
    assert w.later(50 * DAY).judge(w.offer("dirk", "crm.write", ACME)).step == 11


@pytest.mark.parametrize(
    ("seat", "kind", "about", "blind"),
    [
        # all above, named or not
        ("nick", "crm.write", ACME, ("pulse", "dirk")),
        ("pepper", "crm.write", ACME, ("pulse", "dirk", "nick")),
        # nobody above the first, and nobody over what has no rank
        ("dirk", "note.append", "", ()),
        ("nick", "draft.write", ZEST, ("dirk",)),
    ],
)
def test_the_states_of_all_above_are_needed(seat: str, kind: str, about: str, blind: tuple[str, ...]) -> None:
    w = World()
    verdict = w.judge(w.offer(seat, kind, *([about] if about else [])))
    assert verdict.blind == blind
    if len(blind) == 2:
        assert verdict.reason.startswith("pulse has published no state and dirk has published no state, so")


PLAIN = """
actions:
  act: {run: ./x, about: account}
subjects:
  person: {of: account, from: data/contacts.csv}
"""


def ranked(rank: str, seats: dict[str, str] | None = None, **more: str) -> World:
    """A world with one conflict, in which dirk and nick may act; nothing is published."""
    may = {"dirk": "can: {do: [act]}", "nick": "can: {do: [act]}", "pulse": "owns: [health]"}
    keys = ", ".join(f"{key}: {value}" for key, value in more.items() if key != "tail")
    tail = f"{PLAIN}conflicts:\n  - {{about: account, rank: [{rank}]{', ' if keys else ''}{keys}}}\n"
    return World({**may, **(seats or {})}, tail=f"{tail}{more.get('tail', '')}")


@pytest.mark.parametrize(
    ("seats", "tail"),
    [
        # designed and not yet held
        ({"crystal": "title: Projects"}, ""),
        # retired
        ({}, "retired:\n  crystal: {title: P, date: 2026-04-13, record: r.md, because: x}\n"),
    ],
)
def test_planned_and_retired_seats_are_passed_over(seats: dict[str, str], tail: str) -> None:
    w = ranked("crystal, dirk", seats, tail=tail)
    assert w.judge(w.offer("dirk", "act", ACME)).step == 11


def test_one_that_only_vanished_keeps_its_rank() -> None:
    w = ranked("pulse, dirk").publish("pulse").claim("pulse", ACME)
    w.now("revision", id="r-2", texts={}, gone=["pulse"])
    assert w.judge(w.offer("dirk", "act", ACME)).reason.startswith("account:acme is claimed by pulse")


def test_so_does_one_that_the_chart_does_not_know() -> None:
    w = ranked("pulse, dirk").publish("pulse").claim("pulse", ACME)
    seats = {name: seat for name, seat in w.chart.seats.items() if name != "pulse"}
    w.law = Law(replace(w.chart, seats=seats))
    assert w.judge(w.offer("dirk", "act", ACME)).step == 8


def test_a_person_can_stand_above() -> None:
    w = ranked("founder, dirk")
    action = w.offer("dirk", "act", ACME)
    assert w.judge(action).reason.startswith("founder has published no state")
    w.publish("founder").claim("founder", ACME)
    assert w.judge(action).step == 8


EMPTY = {"janine": state_told({"seat": "janine"})}


@pytest.mark.parametrize(
    ("condition", "published", "step"),
    [
        # a rule that looks at a state needs it
        ('state["janine"].items.size() > 0', False, 6),
        ('state["janine"].items.size() > 0', True, 11),
        # one that looks at none does not
        ("1 > 2", False, 11),
    ],
)
def test_the_states_that_a_rule_looks_at_are_needed(condition: str, published: bool, step: int) -> None:
    rules = f"rules:\n  - {{name: no-dispute, seat: dirk, action: act, if: '{condition}', then: hold}}\n"
    w = World({"dirk": "can: {do: [act]}", "janine": "owns: [books]"}, tail=f"{PLAIN}{rules}")
    if published:
        w.publish("janine")
    action = w.offer("dirk", "act", ACME)
    verdict = w.judge(action, states=EMPTY)
    assert (verdict.ruling, verdict.step) == ("hold" if step == 6 else "allow", step)
    if step == 6:
        said = "janine has published no state, so it is not known whether the rule no-dispute applies"
        assert (verdict.reason, verdict.blind) == (said, ("janine",))
        assert "state janine" in verdict.looked
        assert w.line(verdict.place).startswith("- {name: no-dispute")


@pytest.mark.parametrize(
    "why",
    ["person:bob is not in data/contacts.csv", "which account person:bob belongs to is not known: gone"],
)
def test_whose_a_subject_is_must_be_known(why: str) -> None:
    w = world()
    action = w.offer("dirk", "mail.send", BOB)
    verdict = w.hear(action, owned=[of(BOB, why=why)])
    assert (verdict.ruling, verdict.step, verdict.rule) == ("hold", 6, "subjects.person")
    assert verdict.reason == f"{why}, so it is not known whose business it is"
    assert w.line(verdict.place) == "person: {of: account, from: data/contacts.csv}"
    assert "table data/contacts.csv" in verdict.looked
    (alert,) = w.matters("blind")
    assert (alert.seat, alert.subject) == ("dirk", "data/contacts.csv")
    told = w.account.waiting("founder")
    assert [m.subject for m in told] == ["data/contacts.csv does not say whose a subject is"]


def test_a_part_that_is_known_is_not_the_whole() -> None:
    w = world()
    action = w.offer("dirk", "mail.send", BOB)
    assert w.judge(action, owned=[of(BOB, ACME, why="not every account is known")]).step == 6


# Step 7: what its seat has not read.


@pytest.mark.parametrize(
    ("seat", "sender", "about", "why"),
    [
        # whoever it answers to, a person, the operator: whatever it is about
        ("dirk", "founder", VOLT, "founder, to whom dirk answers"),
        ("dirk", "bogdan", "", "bogdan, a person"),
        ("dirk", "operator", "", "operator, written by hand"),
        ("scout", "dirk", VOLT, "dirk, to whom scout answers"),
        # who goes first, on this
        ("dirk", "pulse", ACME, "pulse, which goes before dirk, on account:acme"),
        ("nick", "dirk", ACME, "dirk, which goes before nick, on account:acme"),
        ("pepper", "nick", ACME, "nick, which goes before pepper, on account:acme"),
        # also through what belongs to it
        ("dirk", "pulse", BOB, "pulse, which goes before dirk, on account:acme"),
        # and where that is not known
        ("dirk", "pulse", "person:lost", "pulse, which goes before dirk, on person:lost"),
        # not on anything else, nor from who goes later, from fleet, or from who stands nowhere
        ("dirk", "pulse", VOLT, ""),
        ("dirk", "pulse", "", ""),
        ("dirk", "pulse", "brand:lost", ""),
        ("dirk", "nick", ACME, ""),
        ("dirk", "pepper", ACME, ""),
        ("dirk", "fleet", ACME, ""),
    ],
)
def test_unread_mail(seat: str, sender: str, about: str, why: str) -> None:
    w = world({"scout": "answers_to: dirk\ncan: {do: [crm.write]}"}).publish("nick", 60 * DAY)
    identity = w.mail(sender, seat, *([about] if about else []))
    action = w.offer(seat, "crm.write", ACME)
    owned = [BOBS, of("person:lost", why="person:lost is not in data/contacts.csv")]
    verdict = w.judge(action, owned=owned)
    if not why:
        assert verdict.step > 7
        return
    assert (verdict.ruling, verdict.step, verdict.rule) == ("hold", 7, "unread mail")
    assert verdict.reason == f"{seat} has not read {identity} from {why}"
    assert verdict.evidence[0]["message"] == identity
    assert f"mail {seat}" in verdict.looked
    w.read(identity)
    assert w.judge(action, owned=owned).step > 7


def test_mail_is_unread_until_a_turn_that_read_it_is_done() -> None:
    w = world()
    first, second = w.mail("founder", "dirk"), w.mail("bogdan", "dirk")
    action = w.offer("dirk", "crm.write", ACME)
    assert (
        w.judge(action).reason == f"dirk has not read {first} from founder, to whom dirk answers, and 1 more"
    )
    started = {"wakes": [], "deadline": w.at.isoformat(), "attempt": 0, "mail": [first]}
    w.now("turn_started", "dirk", "t-90", **started)
    assert w.judge(action).reason.startswith(f"dirk is just reading {first} from founder")
    w.now("turn_ended", "dirk", "t-90", outcome="failed", took_s=1)
    assert w.judge(action).reason.startswith(f"dirk has not read {first} from founder")
    w.turn("dirk", "t-91", at=w.at, mail=[first, second])
    assert w.judge(action).step == 11


def test_who_goes_first_over_one_kind_of_subject_does_not_over_another() -> None:
    w = world()
    w.mail("pulse", "dirk", ZEST)
    assert w.judge(w.offer("dirk", "note.append", ACME, ZEST)).step == 11


def test_other_seats_mail_does_not_matter() -> None:
    w = world()
    w.mail("founder", "nick", ACME)
    assert w.judge(w.offer("dirk", "crm.write", ACME)).step == 11


def test_it_is_told_in_the_order_of_the_mail() -> None:
    w = world()
    for _ in range(11):
        w.mail("founder", "dirk")
    verdict = w.judge(w.offer("dirk", "crm.write", ACME))
    assert "m-1 from founder" in verdict.reason and verdict.reason.endswith("and 10 more")
    assert [one.get("message") for one in verdict.evidence[:5]] == [f"m-{n}" for n in range(1, 6)]


def test_two_hundred_letters_that_do_not_matter_do_not_matter() -> None:
    w = world()
    for _ in range(250):
        w.mail("nick", "dirk", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    assert w.judge(action).step == 11
    w.mail("founder", "dirk")
    assert w.judge(action).step == 7


@pytest.mark.parametrize(
    ("sender", "to", "about", "holds"),
    [
        # whoever asks and whoever is asked
        ("pulse", "dirk", ACME, True),
        ("nick", "dirk", ACME, True),
        ("nick", "pulse", ACME, True),
        ("founder", "nick", ACME, True),
        # on what belongs to it, or may
        ("nick", "pulse", BOB, True),
        ("nick", "pulse", "person:lost", True),
        # on something else
        ("pulse", "dirk", VOLT, False),
        ("pulse", "dirk", "brand:lost", False),
    ],
)
def test_an_unanswered_challenge_holds(sender: str, to: str, about: str, holds: bool) -> None:
    w = world()
    identity = w.challenge(sender, to, about)
    action = w.offer("dirk", "crm.write", ACME)
    owned = [BOBS, of("person:lost", why="person:lost is not in data/contacts.csv")]
    verdict = w.judge(action, owned=owned)
    if not holds:
        assert verdict.step == 11
        return
    assert (verdict.ruling, verdict.step, verdict.rule) == ("hold", 7, "challenge")
    on = about if about == "person:lost" else ACME
    assert verdict.reason == f"{to} has not answered {identity}, in which {sender} challenges {on}"
    assert verdict.challenged == (identity,)
    w.account.stirred.clear()
    w.mail(to, sender, reply_to=identity, type="RESPONSE")
    assert set(verdict.looked) & set(w.account.stirred)
    assert w.judge(action, owned=owned).step == 11


def test_a_request_that_is_unanswered_is_no_challenge() -> None:
    w = world()
    w.read(w.mail("pulse", "dirk", ACME, type="REQUEST", answer_by=w.at + HOUR))
    assert w.judge(w.offer("dirk", "crm.write", ACME)).step == 11


def test_only_who_was_challenged_answers() -> None:
    w = world()
    identity = w.challenge("pulse", "nick", ACME)
    w.mail("pulse", "nick", reply_to=identity, type="RESPONSE")
    w.mail("dirk", "pulse", reply_to=identity, type="RESPONSE")
    assert w.judge(w.offer("dirk", "crm.write", ACME)).rule == "challenge"


def test_silence_does_not_answer_a_challenge() -> None:
    from fleet.core.ladder import after_step, climb

    w = world()
    identity = w.challenge("pulse", "nick", ACME)
    for _ in range(10):
        w.later(DAY)
        matter = w.account.matters[identity]
        step = climb(w.chart, w.account, matter, w.at)
        if step is not None:
            record = w.take(step, w.at)
            w.take_all(after_step(w.chart, w.account, record.data, w.at), w.at)
    w.publish("pulse")
    action = w.offer("dirk", "crm.write", ACME)
    assert w.judge(action).rule == "challenge"
    told = next(m for m, who in w.account.matters[identity].told.items() if who == "founder")
    w.mail("founder", "nick", reply_to=told, type="RESPONSE")
    assert w.judge(action).step == 11


# Step 8: who goes first.


@pytest.mark.parametrize(
    ("seat", "claims", "claimed_by"),
    [
        # one above
        ("dirk", ["pulse"], "pulse"),
        ("nick", ["dirk"], "dirk"),
        # the highest is named
        ("nick", ["dirk", "pulse"], "pulse"),
        # who is not named ranks below all that are
        ("pepper", ["nick"], "nick"),
        # who is below does not count, nor the seat itself, nor who is not named
        ("dirk", ["nick", "dirk", "pepper"], ""),
        ("pepper", ["founder", "pepper"], ""),
    ],
)
def test_a_claim_of_a_seat_above_holds(seat: str, claims: list[str], claimed_by: str) -> None:
    w = world().publish("nick", 60 * DAY)
    for name in claims:
        w.claim(name, ACME)
    action = w.offer(seat, "crm.write", ACME)
    verdict = w.judge(action)
    if not claimed_by:
        assert verdict.step == 11
        return
    assert (verdict.ruling, verdict.step, verdict.rule) == (
        "hold",
        8,
        "account: pulse before dirk before nick",
    )
    assert verdict.reason == (
        f"account:acme is claimed by {claimed_by}, and {claimed_by} goes before {seat}. Retention outranks expansion."
    )
    assert (w.line(verdict.place), verdict.person) == (RANK, "")
    assert verdict.evidence[0] == {
        "claim": ACME, "by": claimed_by, "turn": "t-1", "since": "2026-11-23T12:00:00+00:00"
    }  # fmt: skip
    assert f"claims {ACME}" in verdict.looked
    for name in claims:
        w.release(name, ACME)
    assert w.judge(action).step == 11


def test_a_claim_on_something_else_does_not_hold() -> None:
    w = world().claim("pulse", VOLT)
    assert w.judge(w.offer("dirk", "crm.write", ACME)).step == 11
    assert w.judge(w.offer("dirk", "crm.write", ACME, VOLT)).step == 8


def test_the_reason_names_what_it_belongs_to_why_and_who_asked() -> None:
    w = world().publish("nick", 60 * DAY).claim("pulse", ACME, because="spend -38%.")
    action = w.offer("pepper", "mail.send", BOB, asked_for={"m-7": "dirk"})
    assert w.judge(action, owned=[BOBS]).reason == (
        "account:acme, to which person:bob belongs, is claimed by pulse (spend -38%), and pulse goes before pepper; "
        "dirk (m-7) asked for it. Retention outranks expansion."
    )


def test_a_subject_of_several_is_held_by_each() -> None:
    w = world().claim("pulse", VOLT)
    action = w.offer("dirk", "mail.send", BOB)
    assert w.judge(action, owned=[of(BOB, ACME, VOLT)]).step == 8
    assert w.judge(action, owned=[BOBS]).step == 11


def test_what_belongs_further_counts() -> None:
    w = world().claim("pulse", "account:parent")
    action = w.offer("dirk", "mail.send", BOB)
    assert w.judge(action, owned=[BOBS, of(ACME, "account:parent")]).step == 8


def test_a_claim_ends_when_it_says() -> None:
    w = world()
    w.claim("pulse", ACME, until=w.at + HOUR)
    action = w.offer("dirk", "crm.write", ACME)
    verdict = w.judge(action)
    assert verdict.again_at == w.at + HOUR
    assert verdict.evidence[0]["until"] == "2026-11-23T13:00:00+00:00"
    assert w.later(HOUR - SECOND).judge(action).step == 8
    assert w.later(SECOND).judge(action).step == 11


def test_a_stale_state_keeps_its_claims() -> None:
    w = World().publish("pulse", HOUR).claim("pulse", ACME)
    action = w.offer("dirk", "crm.write", ACME)
    assert w.later(2 * HOUR).judge(action).step == 6
    assert w.publish("pulse").judge(action).step == 8


@pytest.mark.parametrize(
    ("span", "ruling"),
    [(timedelta(0), "refuse"), (30 * DAY - SECOND, "refuse"), (30 * DAY, "allow")],
)
def test_within(span: timedelta, ruling: str) -> None:
    w = world()
    w.did("dirk", "draft.write", ZEST)
    w.later(span)
    verdict = w.judge(w.offer("nick", "draft.write", ZEST))
    assert verdict.ruling == ruling
    if ruling == "refuse":
        assert verdict.reason == (
            "dirk touched brand:zest on 2026-11-23 (a-1, draft.write), which is within 30 days, "
            "and dirk goes before nick"
        )
        assert w.line(verdict.place) == BRANDS
        touch = {"action": "a-1", "seat": "dirk", "on": ZEST, "at": "2026-11-23T12:00:00+00:00"}
        assert verdict.evidence[0] == touch
        assert f"touch {ZEST}" in verdict.looked


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (None, "dirk is acting on brand:zest just now (a-1, draft.write)"),
        ("unknown", "dirk may have touched brand:zest on 2026-11-23 (a-1, draft.write)"),
        ("done", "dirk touched brand:zest on 2026-11-23 (a-1, draft.write)"),
        # what failed touched nothing
        ("failed", ""),
    ],
)
def test_what_is_a_touch(outcome: str | None, says: str) -> None:
    w = world()
    first = w.started("dirk", "draft.write", ZEST)
    if outcome:
        w.end(first, outcome, why="cut")
    verdict = w.judge(w.offer("nick", "draft.write", ZEST))
    if not says:
        assert verdict.step == 11
        return
    assert verdict.reason == f"{says}, which is within 30 days, and dirk goes before nick"


def test_what_still_runs_touches_for_as_long_as_it_runs() -> None:
    w = world()
    w.started("dirk", "draft.write", ZEST)
    verdict = w.later(31 * DAY).publish("dirk", 60 * DAY).judge(w.offer("nick", "draft.write", ZEST))
    assert (verdict.ruling, verdict.again_at) == ("refuse", None)


def test_it_waits_for_what_runs_and_not_for_a_time() -> None:
    w = ranked("dirk, nick", within="1 day").publish("dirk", 60 * DAY)
    w.started("dirk", "act", ACME)
    verdict = w.judge(w.offer("nick", "act", ACME))
    assert (verdict.ruling, verdict.again_at) == ("hold", None)


def test_what_was_done_to_a_part_touches_the_whole() -> None:
    w = ranked("dirk, nick", within="1 day").publish("dirk", 60 * DAY)
    w.did("dirk", "act", BOB, subjects=(BOB, ACME))
    action = w.offer("nick", "act", ACME)
    verdict = w.judge(action)
    assert (verdict.step, verdict.again_at) == (8, w.at + DAY)
    assert "which is within 1 day," in verdict.reason


def test_a_touch_of_oneself_or_of_who_is_below_does_not_count() -> None:
    w = world()
    w.did("nick", "draft.write", ZEST)
    w.did("pepper", "draft.write", ZEST)
    assert w.judge(w.offer("nick", "draft.write", ZEST)).step == 11


def test_a_claim_counts_where_touches_count() -> None:
    w = world().claim("dirk", ZEST)
    verdict = w.judge(w.offer("nick", "draft.write", ZEST))
    assert (verdict.ruling, verdict.reason) == (
        "refuse", "brand:zest is claimed by dirk, and dirk goes before nick"
    )  # fmt: skip


def test_where_no_touch_counts_none_is_looked_at() -> None:
    w = world()
    w.did("pulse", "crm.write", ACME)
    verdict = w.judge(w.offer("dirk", "crm.write", ACME))
    assert verdict.step == 11
    assert f"touch {ACME}" not in verdict.looked


@pytest.mark.parametrize(
    ("then", "ruling", "person"),
    [
        ("hold", "hold", ""),
        ("refuse", "refuse", ""),
        ("ask founder", "ask", "founder"),
        ("allow", "allow", ""),
    ],
)
def test_then_says_what_comes_of_it(then: str, ruling: str, person: str) -> None:
    w = ranked("pulse, dirk", then=then).publish("pulse").claim("pulse", ACME)
    verdict = w.judge(w.offer("dirk", "act", ACME))
    assert (verdict.ruling, verdict.person) == (ruling, person)


def test_where_a_conflict_allows_nothing_need_be_known_but_mail_must_be_read() -> None:
    w = ranked("pulse, dirk", then="allow").claim("pulse", ACME)
    action = w.offer("dirk", "act", ACME)
    said = "dirk may do act; pulse claims account:acme and goes first, and that does not stop it"
    assert w.judge(action).reason == said
    w.mail("pulse", "dirk", ACME)
    assert w.judge(action).step == 7


@pytest.mark.parametrize(
    ("first", "second", "ruling", "line"),
    [
        # the stricter wins, wherever it stands
        ("hold", "refuse", "refuse", 1),
        ("refuse", "hold", "refuse", 0),
        ("ask founder", "hold", "hold", 1),
        ("allow", "ask founder", "ask", 1),
        # of equals, the first in the file
        ("hold", "hold", "hold", 0),
    ],
)
def test_the_strictest_of_several_conflicts_wins(first: str, second: str, ruling: str, line: int) -> None:
    entries = "".join(
        f"  - {{about: account, rank: [pulse, dirk], then: {then}}}\n" for then in (first, second)
    )
    w = World({"dirk": "can: {do: [act]}", "pulse": ""}, tail=f"{PLAIN}conflicts:\n{entries}")
    w.publish("pulse").claim("pulse", ACME)
    verdict = w.judge(w.offer("dirk", "act", ACME))
    assert verdict.ruling == ruling
    lines = w.chart.texts["fleet.yaml"].splitlines()
    assert int(verdict.place.rpartition(":")[2]) == lines.index(entries.splitlines()[0]) + 1 + line


def test_a_held_action_looks_at_what_could_refuse_it() -> None:
    entries = "".join(f"  - {{about: {about}}}\n" for about in (
        "account, rank: [pulse, dirk], then: hold", "account, rank: [radar, dirk], then: refuse, within: 1 day"
    ))  # fmt: skip
    seats = {"dirk": "can: {do: [act]}", "pulse": "", "radar": ""}
    w = (
        World(seats, tail=f"{PLAIN}conflicts:\n{entries}")
        .publish("pulse")
        .publish("radar")
        .claim("pulse", ACME)
    )
    verdict = w.judge(w.offer("dirk", "act", ACME, VOLT))
    assert verdict.ruling == "hold"
    assert {f"claims {ACME}", f"claims {VOLT}", f"touch {ACME}", f"touch {VOLT}"} <= set(verdict.looked)


def test_it_is_judged_again_when_the_first_of_several_holds_may_end() -> None:
    w = world()
    w.claim("pulse", ACME, until=w.at + 2 * HOUR).claim("pulse", VOLT, until=w.at + HOUR)
    assert w.judge(w.offer("dirk", "crm.write", ACME, VOLT)).again_at == w.at + HOUR
