"""Rules in the daemon: they are told what was published, and asked again when that changes."""

from __future__ import annotations

import json
from collections.abc import Callable

from runtime.acting import SEAT, offer, said, verdicts

from fleet.testing import Rig

Build = Callable[..., Rig]

TAIL = """
actions:
  act: {run: sh act.sh, about: account}
rules:
  - name: dispute
    seat: dirk
    action: act
    if: CONDITION
    then: hold
    because: Nobody sells to a client in dispute.
"""
SEATS = {"janine": f"{SEAT}\nscorecard: {{overdue: at most 5}}", "dirk": SEAT, "nick": SEAT}
DISPUTE = 'state["janine"].items.exists(i, i.kind == "dispute" && i.about == action.about)'
ACME, VOLT = "account:acme", "account:volt"


def ready(build: Build, condition: str = DISPUTE) -> Rig:
    rig = build(SEATS, tail=TAIL.replace("CONDITION", condition))
    rig.write("act.sh", 'echo "$FLEET_ACTION_ID" >>ran\n')
    return rig


def publishes(rig: Rig, *kinds: str, **more: object) -> None:
    """Have janine publish items on the account, and wake her if the fleet runs."""
    items = [{"kind": kind, "about": ACME} for kind in kinds]
    headline = f"{len(items)} items after {len(rig.records('turn_started'))}"
    rig.does("janine", f"cat <<'R'\n{json.dumps({'headline': headline, 'items': items, **more})}\nR")
    if rig.daemon is not None:
        rig.ask("wake", seat="janine")


def ran(rig: Rig) -> list[str]:
    return rig.read("ran").split() if rig.path("ran").exists() else []


def test_a_rule_holds_by_what_a_peer_published_and_lets_go_when_that_changes(build: Build) -> None:
    rig = ready(build)
    publishes(rig, "dispute")
    offer(rig, {"about": ACME}, {"about": VOLT})
    assert (verdicts(rig), verdicts(rig, "a-2"), ran(rig)) == (["hold"], ["allow"], ["a-2"])
    publishes(rig, "dispute", "note")
    assert verdicts(rig) == ["hold"]  # the same again is no news
    publishes(rig, "note")
    assert (verdicts(rig), ran(rig)) == (["hold", "allow"], ["a-2", "a-1"])


def test_a_state_that_was_edited_by_hand_is_not_asked(build: Build) -> None:
    rig = ready(build)
    publishes(rig, "dispute")
    rig.start()
    state = rig.path("state/janine.md")
    state.write_text(state.read_text().replace("dispute", "nothing"))
    offer(rig, {"about": ACME})
    last = said(rig, "a-1", "verdict")[-1]
    assert (last["verdict"], last["step"], ran(rig)) == ("hold", 6, [])
    assert last["reason"].startswith("the state of janine was edited outside the fleet")


def test_a_rule_that_asks_for_the_time_lets_go_when_it_has_passed_and_fills_no_ledger_meanwhile(
    build: Build,
) -> None:
    rig = ready(build, "now < action.offered + duration('3h')")
    offer(rig, {"about": ACME})
    begun = len(rig.records("verdict"))
    rig.advance(hours=2, minutes=58)
    assert (len(rig.records("verdict")), ran(rig)) == (begun, [])
    rig.advance(minutes=3)
    assert (verdicts(rig), ran(rig)) == (["hold", "allow"], ["a-1"])


def test_a_rule_that_looks_at_a_metric_is_asked_again_when_it_is_reported(build: Build) -> None:
    rig = ready(build, 'metric["janine.overdue"] > 5')
    publishes(rig)
    offer(rig, {"about": ACME})
    assert said(rig, "a-1", "verdict")[-1]["step"] == 6
    publishes(rig, scorecard={"overdue": 7})
    assert said(rig, "a-1", "verdict")[-1]["step"] == 9
    publishes(rig, scorecard={"overdue": 3})
    assert (verdicts(rig), ran(rig)) == (["hold", "hold", "allow"], ["a-1"])


def test_an_edited_rule_governs_the_next_verdict(build: Build) -> None:
    rig = ready(build, "action.with.amount > 10")
    offer(rig, {"about": ACME, "with": {"amount": 5}})
    assert ran(rig) == ["a-1"]
    rig.edit(rig.read("fleet.yaml").replace("then: hold", "then: refuse"))
    offer(rig, {"about": VOLT, "with": {"amount": 50}})
    assert verdicts(rig, "a-2") == ["refuse"]


def test_a_rule_s_verdict_is_the_same_after_a_crash(build: Build) -> None:
    rig = ready(build)
    publishes(rig, "dispute", scorecard={"overdue": 7})
    offer(rig, {"about": ACME})
    values = rig.daemon.fleet.account.values  # type: ignore[union-attr]
    rig.kill()
    rig.start()
    assert rig.daemon.fleet.account.values == values  # type: ignore[union-attr]
    assert verdicts(rig) == ["hold"]
    publishes(rig)
    assert ran(rig) == ["a-1"]
