"""The account is a fold of records: the same records give the same account, also from a checkpoint on."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from core.history import NOW, History, chart_of, letter
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.account import Account, fold, from_checkpoint
from fleet.core.canonical import canonical, plain
from fleet.core.planner import event_wake, plan_seat
from fleet.core.post import post
from fleet.core.record import Draft, Record

SEATS = {
    "dash": "when: [every 1h, when mail arrives]\nretries: 1",
    "tally": "when: [every day at 08:00]",
    "radar": "when: [when asked]\nreads: [dash]",
}
MINUTE = timedelta(minutes=1)


def opened(account: Account) -> dict[str, Any]:
    """Give all that an account has open, as JSON, with the orders that matter."""
    whole: dict[str, Any] = json.loads(json.dumps(account.checkpoint()))
    waiting = {seat: [m.id for m in account.waiting(seat)] for seat in account.seats}
    return {
        **whole,
        "waiting": waiting,
        "order": [list(whole[k]) for k in ("origins", "mail")] + [list(account.docket.actions)],
    }


def live(history: History, steps: list[tuple[str, int, int]]) -> None:
    """Let things happen to a fleet, each a few minutes after the other."""
    at, turns = NOW, 0
    names = list(SEATS)
    for what, number, wait in steps:
        at += wait * MINUTE
        name = names[number % len(names)]
        past, account = history.account.past(name), history.account
        for seat in names:
            history.take_all(plan_seat(history.chart, account, seat, at).drafts, at)
        if what == "mail":
            sender = "founder" if number % 2 else names[(number + 1) % 3]
            asks = {"type": "REQUEST", "answer_by": at + wait * MINUTE} if number % 3 else {}
            reply = {"reply_to": f"m-{number}"} if number % 5 == 0 else {}
            message = letter(
                account.next_id("m"), sender, name, sent=at, about=("account:acme",), **asks, **reply
            )
            history.take_all(post(history.chart, account, message, at), at)
        elif what == "turn" and past.running is None:
            turns += 1
            mail = [m.id for m in account.waiting(name)]
            wakes = [w.id for w in past.pending]
            data = {"wakes": wakes, "mail": mail, "deadline": at.isoformat(), "attempt": past.failures}
            history.take(
                Draft("turn_started", name, f"t-{turns}", {**data, "stale": ["x"] * (number % 2)}), at
            )
        elif what in ("done", "failed", "deferred", "lost", "empty") and past.running is not None:
            ended: dict[str, Any] = {
                "outcome": what,
                "took_s": 0 if number % 2 else 1.5,
                "day": f"{at:%Y-%m-%d}",
            }
            if what == "done":
                ended |= {"state": {"sha256": str(number), "fingerprint": "f", "as_of": at.isoformat()}}
            if what in ("failed", "deferred"):
                ended |= {
                    "retry_at": (at + MINUTE).isoformat(),
                    "retry_cause": "retry",
                    "checkpoint": number % 3,
                }
            history.take(Draft("turn_ended", name, past.running.turn, ended), at)
        elif what == "claim":
            until = (at + number * MINUTE).isoformat() if number % 2 else None
            on = "given up" if number % 7 == 0 else "taken"
            history.take(
                Draft("claim", name, data={"about": f"a:{number % 4}", "until": until, "on": on}), at
            )
        elif what == "hold":
            act(history, name, at, number)
        elif what == "pause":
            kind = "pause" if number % 2 else "resume"
            history.take(Draft(kind, name if number % 3 else None, data={"by": "founder"}), at)
        elif what == "step":
            history.take(Draft("clock_step", data={"by_s": -90_000 if number % 4 == 0 else -600}), at)
            at -= 10 * MINUTE
        elif what == "trouble":
            history.take(Draft("trouble", name, data={"kind": "tampered", "says": "s"}), at)
        elif what == "edit":
            gone = {"gone": [name]} if number % 2 else {"recount": [name]}
            if past.running is None:
                history.take(Draft("revision", data={"id": account.next_id("r"), "texts": {}, **gone}), at)
                history.take(
                    Draft("revision", data={"id": account.next_id("r"), "texts": {}, "added": [name]}), at
                )


def act(history: History, name: str, at: datetime, number: int) -> None:
    """Offer an action, or take one that is open a step further."""
    actions = list(history.account.docket.actions.values())
    if not actions or number % 3 == 0:
        lapses = {"lapses_at": (at + 5 * MINUTE).isoformat(), "with": [None, {}, 0, {"n": 0}][number % 4]}
        offered = {"id": history.account.next_id("a"), "kind": "x", "sha256": str(number), "about": ["a:1"]}
        history.take(Draft("offer", name, data={**offered, **lapses}), at)
        return
    action = actions[number % len(actions)]
    what, more = [
        ("verdict", {"verdict": "hold", "reason": "r", "looked": ["chart"], "step": 8}),
        ("verdict", {"verdict": "refuse", "reason": "r", "correction": "no"}),
        ("approval_asked", {"person": "founder", "hash": action.seal}),
        ("approval_answered", {"answer": "yes", "by": "founder", "tells": "yes"}),
        ("action_intent", {"once": "ever", "subjects": ["a:1", "b:2"]}),
        ("action_outcome", {"outcome": "done"}),
        ("action_outcome", {"outcome": "unknown", "why": "cut"}),
    ][number % 7]
    history.take(Draft(what, action.seat, data={"id": action.id, **more}), at)


KINDS = [
    "mail",
    "mail",
    "turn",
    "turn",
    "done",
    "failed",
    "deferred",
    "lost",
    "empty",
    "claim",
    "hold",
    "pause",
]
STEPS = st.lists(
    st.tuples(st.sampled_from([*KINDS, "step", "trouble", "edit"]), st.integers(0, 30), st.integers(0, 90)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(steps=STEPS, cut=st.integers(0, 200))
def test_an_account_from_any_checkpoint_is_the_account_of_everything(
    steps: list[tuple[str, int, int]], cut: int
) -> None:
    history = History(chart_of(SEATS))
    live(history, steps)
    whole = history.records
    at = cut % len(whole)
    before = fold(whole[:at])
    checkpoint = Record(
        at, NOW, "checkpoint", None, None, json.loads(canonical(plain(before.checkpoint()))), "", "", ""
    )
    again = fold([checkpoint, *whole[at:]])
    assert opened(again) == opened(fold(whole)) == opened(history.account)
    assert again == fold([checkpoint, *whole[at:]])


def test_an_empty_account_comes_back_from_its_checkpoint() -> None:
    record = Record(1, NOW, "checkpoint", None, None, Account().checkpoint(), "", "", "")
    assert opened(from_checkpoint(record)) == opened(Account())


def test_ids_count_on_and_are_never_used_again() -> None:
    account = Account()
    assert (account.next_id("t"), account.next_id("t", 2)) == ("t-1", "t-3")
    account.count("t-7")
    account.count("t-3")
    account.count("operator")
    assert (account.next_id("t"), account.next_id("m")) == ("t-8", "m-1")


def test_a_wake_that_is_served_is_no_longer_pending() -> None:
    history = History(chart_of(SEATS))
    seat = history.chart.seats["dash"]
    for mark in ("a", "b", "c"):
        history.take(event_wake(seat, "person", mark, mark))
    history.take(Draft("wake_skipped", "dash", data={"wake": "dash@b", "reason": "x"}))
    history.take(
        Draft("turn_started", "dash", "t-1", {"wakes": ["dash@a"], "deadline": NOW.isoformat(), "attempt": 0})
    )
    past = history.account.past("dash")
    assert [w.id for w in past.pending] == ["dash@c"]
    assert past.running is not None
    assert [w.id for w in past.running.wakes] == ["dash@a"]


def test_failures_count_in_a_row_and_other_ends_do_not() -> None:
    history = History(chart_of(SEATS))
    counts = []
    for i, outcome in enumerate(
        ["failed", "timed out", "lost", "deferred", "failed", "empty", "failed", "done"]
    ):
        history.turn("dash", f"t-{i + 1}", outcome)
        counts.append(history.account.past("dash").failures)
    assert counts == [1, 2, 2, 2, 3, 0, 1, 0]


def test_mail_of_a_turn_that_is_not_done_goes_back_and_counts_its_failed_tries() -> None:
    history = History(chart_of(SEATS))
    history.take_all(post(history.chart, history.account, letter("m-1", "founder", "dash"), NOW))
    for i, (outcome, tries) in enumerate([("failed", 1), ("lost", 1), ("deferred", 1), ("timed out", 2)]):
        history.turn("dash", f"t-{i + 1}", outcome, mail=["m-1"])
        assert (history.account.mail["m-1"].box, history.account.mail["m-1"].tries) == ("new", tries)
    history.turn("dash", "t-9", "done", mail=["m-1"])
    assert history.account.mail == {}


def test_a_claim_keeps_its_beginning_when_it_is_renewed() -> None:
    history = History(chart_of(SEATS))
    for minutes in (0, 5):
        history.take(Draft("claim", "dash", data={"about": "a:b", "on": "taken"}), NOW + minutes * MINUTE)
    (claim,) = history.account.past("dash").claims
    assert claim.since == NOW


def test_kinds_of_records_that_nobody_knows_change_nothing() -> None:
    history = History(chart_of(SEATS))
    before = opened(history.account)
    history.take(Draft("stopped", data={"because": "fleet down"}))
    assert opened(history.account) == before


def test_mail_waits_in_the_order_it_came_also_after_a_checkpoint() -> None:
    history = History(chart_of(SEATS))
    for i in range(1, 13):
        history.take_all(post(history.chart, history.account, letter(f"m-{i}", "founder", "dash"), NOW))
    data = json.loads(canonical(plain(history.account.checkpoint())))
    account = from_checkpoint(Record(99, NOW, "checkpoint", None, None, data, "", "", ""))
    assert [m.id for m in account.waiting("dash")] == [f"m-{i}" for i in range(1, 13)]


def test_what_all_seats_spent_a_day_is_counted_once_also_after_a_checkpoint() -> None:
    history = History(chart_of({"dash": "", "pulse": ""}))
    for number, (name, day, usd) in enumerate(
        [("dash", "2026-11-23", "0.10"), ("pulse", "2026-11-23", "0.20"), ("dash", "2026-11-24", "1.50")]
    ):
        at = NOW + timedelta(days=number)
        history.turn(name, f"t-{number}", at=at, day=day, result={"cost": {"usd": usd}})
    history.turn("dash", "t-3", day="2026-11-24", result={"cost": {"usd": "0.25"}})
    data = json.loads(canonical(plain(history.account.checkpoint())))
    again = from_checkpoint(Record(99, NOW, "checkpoint", None, None, data, "", "", ""))
    for account in (history.account, again):
        assert {day: round(usd, 6) for day, usd in account.spent.items()} == {
            "2026-11-23": 0.3,
            "2026-11-24": 1.75,
        }
