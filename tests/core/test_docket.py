"""What is open, and what was done: found by hash, subject and kind, and the same from a checkpoint."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from core.history import NOW

from fleet.core.action import Action, Deed, Touch, offer_hash, seal_hash
from fleet.core.docket import KEPT_FOR, Docket, from_checkpoint

ACME, VOLT, BOB = "account:acme", "account:volt", "person:bob"
HOUR = timedelta(hours=1)


def action(number: int, **keys: object) -> Action:
    given = {"seat": "dirk", "turn": "t-1", "kind": "act", "sha256": f"h{number}", "about": (ACME,), **keys}
    return Action(id=f"a-{number}", offered_at=NOW, lapses_at=NOW, **given)  # type: ignore[arg-type]


def deed(number: int, at: timedelta = timedelta(0), **keys: object) -> Deed:
    given = {"seat": "dirk", "kind": "act", "sha256": f"h{number}", "about": (ACME,), **keys}
    return Deed(id=f"a-{number}", at=NOW + at, **given)  # type: ignore[arg-type]


def again(docket: Docket) -> Docket:
    """Read a docket back from its checkpoint as the ledger keeps it: with keys sorted as text."""
    return from_checkpoint(json.loads(json.dumps(docket.checkpoint(), sort_keys=True)))


def test_a_docket_comes_back_from_its_checkpoint() -> None:
    docket = Docket()
    for number in range(1, 13):
        docket.open(action(number, status="running" if number % 3 == 0 else "held"))
    docket.change("a-12", subjects=(ACME, VOLT))
    docket.shut("a-2")
    for number, span in ((20, 3 * HOUR), (21, HOUR), (22, 2 * HOUR)):  # as they end, not as they began
        docket.done(deed(number, span), once="ever" if number == 21 else "no")
    back = again(docket)
    assert list(back.actions) == list(docket.actions)
    assert list(back.deeds) == ["a-20", "a-21", "a-22"]
    assert [d.id for d in back.deeds_with("act")] == [d.id for d in docket.deeds_with("act")]
    assert back == docket


def test_an_equal_action_is_found_while_it_is_open() -> None:
    docket = Docket()
    docket.open(action(1))
    assert docket.equal("h1") == action(1)
    assert docket.equal("h2") is None
    docket.shut("a-1")
    assert docket.equal("h1") is None
    assert docket.shut("a-1") is None


@pytest.mark.parametrize("ended", ["a-1", "a-2"])
def test_two_that_a_person_made_equal_are_both_known(ended: str) -> None:
    docket = Docket()
    docket.open(action(1))
    docket.open(action(2))
    docket.change("a-2", sha256="h1")
    assert docket.equal("h2") is None
    assert docket.equal("h1") == docket.actions["a-1"] == again(docket).equal("h1")
    docket.shut(ended)
    assert docket.equal("h1") is not None


@pytest.mark.parametrize(
    ("status", "found"), [("offered", 0), ("held", 0), ("asked", 0), ("running", 1), ("unknown", 1)]
)
def test_what_runs_or_is_unknown_may_be_happening(status: str, found: int) -> None:
    docket = Docket()
    docket.open(action(1))
    docket.change("a-1", status=status, subjects=(ACME, VOLT))
    for subject in (ACME, VOLT):
        assert len(list(docket.busy_on(subject))) == found
    assert len(list(docket.busy_with("act"))) == found
    assert not [*docket.busy_on(BOB), *docket.busy_with("other")]


def test_one_whose_subject_changes_hands_leaves_nothing_behind() -> None:
    docket = Docket()
    docket.open(action(1, about=(BOB,)))
    for subjects in ((BOB, ACME), (BOB, VOLT)):
        docket.change("a-1", status="running", subjects=subjects)
    docket.shut("a-1")
    assert not [one for subject in (BOB, ACME, VOLT) for one in docket.busy_on(subject)]


def test_a_touch_is_the_newest_whatever_ends_last() -> None:
    docket = Docket()
    docket.done(deed(2, 2 * HOUR), once="no")
    docket.done(deed(1, HOUR), once="no")  # it took longer
    assert docket.touches[ACME]["dirk"] == Touch("a-2", "act", NOW + 2 * HOUR)
    docket.done(deed(3, 2 * HOUR), once="no")
    assert docket.touches[ACME]["dirk"].id == "a-3"


def test_touches_are_by_seat_on_all_subjects() -> None:
    docket = Docket()
    docket.done(deed(1, about=(BOB,), subjects=(BOB, ACME)), once="no")
    docket.done(deed(2, seat="nick"), once="no")
    assert {subject: sorted(by) for subject, by in docket.touches.items()} == {
        BOB: ["dirk"], ACME: ["dirk", "nick"]
    }  # fmt: skip


def test_old_deeds_are_forgotten_but_counts_touches_and_what_is_once_for_ever_are_not() -> None:
    docket = Docket()
    docket.done(deed(1), once="ever")
    docket.done(deed(2, KEPT_FOR), once="no")
    assert list(docket.deeds) == ["a-1", "a-2"]
    docket.done(deed(3, KEPT_FOR + timedelta(seconds=1), about=(VOLT,)), once="no")
    assert list(docket.deeds) == ["a-2", "a-3"]
    assert [d.id for d in docket.deeds_with("act")] == ["a-3", "a-2"]
    assert list(docket.deeds_with("h1")) == []
    assert docket.ever == {"h1": "a-1"}
    assert docket.totals == {"act": 3, f"act {ACME}": 2, f"act {VOLT}": 1}


def test_what_makes_offers_equal() -> None:
    first = offer_hash("dirk", "act", (ACME, VOLT), {"n": 1, "m": [1]})
    assert first == offer_hash("dirk", "act", (VOLT, ACME), {"m": [1.0], "n": 1.0})
    others = [
        offer_hash("nick", "act", (ACME, VOLT), {"n": 1, "m": [1]}),
        offer_hash("dirk", "acts", (ACME, VOLT), {"n": 1, "m": [1]}),
        offer_hash("dirk", "act", (ACME,), {"n": 1, "m": [1]}),
        offer_hash("dirk", "act", (ACME, VOLT), {"n": 1, "m": [1, 1]}),
        offer_hash("dirk", "act", (ACME, VOLT), None),
    ]
    assert len({first, *others}) == 6


def test_a_seal_is_of_the_offer_and_its_files() -> None:
    assert seal_hash("ab", {}) == "ab"
    sealed = [("ab", {"x": "1"}), ("ab", {"x": "2"}), ("ab", {"y": "1"}), ("ac", {"x": "1"}), ("ab", {})]
    assert len({seal_hash(*one) for one in sealed}) == 5
