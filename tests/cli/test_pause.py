"""`fleet pause` and `fleet resume`: of a seat, a subject, a kind of action or all; for a span, or until lifted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import Refused, Typed
from fleet.testing import Rig, chart_text

SEATS = {
    "dash": "when: every 30m\ngood_for: 24h",
    "dirk": "when: when asked\ngood_for: 24h\ncan: {do: [crm.offer, note.append]}",
}
TAIL = """
actions:
  crm.offer: {run: cat, about: account}
  note.append: {run: cat, about: account}
"""
OFFERS = """echo '{"headline": "plans", "actions": [{"kind": "crm.offer", "about": "account:acme"},
{"kind": "note.append", "about": "account:volt"}]}'"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, chart_text(SEATS, tail=TAIL)) as rig:
        yield rig.start()


def _lifted(rig: Rig) -> list[dict[str, Any]]:
    """The pauses that fleet lifted by itself."""
    return [record for record in rig.records("resume") if record["data"]["by"] == "fleet"]


def _statuses(rig: Rig) -> dict[str, str]:
    """How each open action stands."""
    assert rig.daemon is not None
    return {action.id: action.status for action in rig.daemon.fleet.account.docket.actions.values()}


def _skipped(rig: Rig) -> list[str]:
    return [r["data"]["slot"][11:16] for r in rig.records("wake_skipped", seat="dash")]


def test_a_pause_for_a_span_is_lifted_by_itself_at_that_instant(rig: Rig) -> None:
    answer = rig.ask("pause", what="dash", because="audit", **{"for": "2h"})
    assert answer["until"] == "2026-11-23T08:00:00-05:00"
    rig.advance(hours=1, minutes=59)
    assert rig.status("dash")["why"] == "by founder: audit, until 08:00"
    assert _lifted(rig) == []
    rig.advance(minutes=1)
    (lifted,) = _lifted(rig)
    assert lifted["seat"] == "dash"
    assert lifted["at"].startswith("2026-11-23T13:00:00.000000")
    assert lifted["data"] == {"by": "fleet", "because": "its time is over"}
    assert rig.status("dash")["health"] == "fine"
    rig.advance(minutes=30)
    assert rig.woken_by("dash")[-1] == ["every 30m"]


def test_nothing_else_need_be_due_for_a_pause_to_be_lifted_in_time(rig: Rig) -> None:
    rig.ask("pause", what="dirk", **{"for": "97m"})
    rig.advance(hours=1, minutes=40)
    assert _lifted(rig)[0]["at"].startswith("2026-11-23T12:37:00.000000")


def test_the_wakes_that_fell_into_a_pause_are_skipped_and_not_missed(rig: Rig) -> None:
    rig.ask("pause", what="dash", **{"for": "1h"})
    rig.advance(hours=2)
    assert _skipped(rig)[:2] == ["11:30", "12:00"]
    assert rig.records("wake_missed") == []


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_pause_that_ends_while_no_daemon_runs_is_lifted_at_the_start(rig: Rig, end: str) -> None:
    rig.ask("pause", **{"for": "1h"})
    getattr(rig, end)()
    rig.clock.advance(timedelta(minutes=70))
    rig.start()
    assert len(_lifted(rig)) == 1
    assert _skipped(rig) == ["11:30", "12:00"]
    assert rig.records("wake_missed") == []
    assert rig.status("dash")["health"] == "fine"
    rig.stop()
    rig.start()
    assert len(_lifted(rig)) == 1


def test_a_pause_outlives_restarts_until_its_end(rig: Rig) -> None:
    rig.ask("pause", what="dash", **{"for": "2h"})
    rig.advance(minutes=30).kill()
    rig.start()
    assert rig.status("dash")["health"] == "paused"
    rig.advance(hours=2)
    assert len(_lifted(rig)) == 1


def test_what_is_resumed_before_its_end_is_not_lifted_again(rig: Rig) -> None:
    rig.ask("pause", what="dash", **{"for": "2h"})
    rig.ask("resume", what="dash", because="done early")
    rig.advance(hours=3)
    assert _lifted(rig) == []
    assert rig.records("resume")[0]["data"]["because"] == "done early"


@pytest.mark.parametrize(
    ("what", "held", "named"),
    [
        ("account:Acme", ["a-1"], "account:acme"),  # a subject, however it is spelled
        ("crm.offer", ["a-1"], "crm.offer"),  # a kind of action
        ("dirk", ["a-1", "a-2"], "dirk"),  # its seat
        (None, ["a-1", "a-2"], "the whole fleet"),
    ],
)
def test_what_is_paused_is_held_and_goes_on_when_it_is_lifted(
    rig: Rig, what: str | None, held: list[str], named: str
) -> None:
    rig.hold("dirk").does("dirk", OFFERS)
    rig.ask("wake", seat="dirk")
    rig.ask("pause", what=what, because="audit", **{"for": "30m"})
    rig.release("dirk")
    assert _statuses(rig) == dict.fromkeys(held, "held")
    told = rig.ask("status")["pauses"]
    assert [(one["what"], one["by"], one["because"]) for one in told] == [
        (named, told[0]["by"], "audit"),
    ]
    reasons = {r["data"]["reason"] for r in rig.records("verdict") if r["data"]["verdict"] == "hold"}
    assert reasons == {f"{named} is paused by {told[0]['by']}: audit"}
    rig.advance(minutes=30)
    assert _statuses(rig) == {}
    assert rig.ask("status")["pauses"] == []
    wanted = {} if what in (None, "dirk") else {"what": named}
    assert _lifted(rig)[0]["data"] == {"by": "fleet", "because": "its time is over", **wanted}


def test_a_pause_is_made_longer_and_never_shorter(rig: Rig) -> None:
    assert rig.ask("pause", what="dash", **{"for": "2h"})["changed"] is True
    shorter = rig.ask("pause", what="dash", **{"for": "1h"})
    assert (shorter["changed"], shorter["until"]) == (False, "2026-11-23T08:00:00-05:00")
    longer = rig.ask("pause", what="dash", **{"for": "3h"})
    assert (longer["changed"], longer["until"]) == (True, "2026-11-23T09:00:00-05:00")
    assert rig.ask("pause", what="dash")["until"] is None
    assert rig.ask("pause", what="dash", **{"for": "9h"})["changed"] is False
    rig.advance(hours=10)
    assert _lifted(rig) == []


def test_two_ends_at_once_are_both_lifted_and_the_later_waits(rig: Rig) -> None:
    for what, span in (("dash", "1h"), ("dirk", "1h"), ("crm.offer", "90m")):
        rig.ask("pause", what=what, **{"for": span})
    rig.advance(hours=1)
    assert [record["seat"] for record in _lifted(rig)] == ["dash", "dirk"]
    rig.advance(minutes=30)
    assert _lifted(rig)[-1]["data"]["what"] == "crm.offer"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"what": "dash", "for": "soon"}, "--for soon"),
        ({"what": "dash", "for": "-2h"}, "--for -2h"),
        ({"what": "dash", "for": "0m"}, "--for 0m"),
        ({"what": "dash", "for": "99999999d"}, "--for 99999999d"),
        ({"what": "account:"}, "cannot name one of kind account"),
        ({"what": "founder"}, "founder has no agent"),
        ({"what": "nothing"}, "there is no seat and no kind of action 'nothing'"),
    ],
)
def test_what_cannot_be_paused_changes_nothing(rig: Rig, args: dict[str, Any], told: str) -> None:
    with pytest.raises(Typed, match=re.escape(told)):
        rig.ask("pause", **args)
    assert rig.records("pause") == []


def test_a_kind_that_left_the_chart_can_still_be_resumed(rig: Rig) -> None:
    rig.ask("pause", what="crm.offer")
    rig.edit(
        rig.read("fleet.yaml")
        .replace("  crm.offer: {run: cat, about: account}\n", "")
        .replace("crm.offer, ", "")
    )
    assert rig.ask("resume", what="crm.offer")["changed"] is True
    with pytest.raises(Typed):
        rig.ask("resume", what="crm.offer")


def test_a_seat_that_is_gone_is_refused(rig: Rig) -> None:
    rig.edit(chart_text({"dirk": SEATS["dirk"]}, tail=TAIL))
    with pytest.raises(Refused, match="dash is gone from fleet"):
        rig.ask("pause", what="dash")


def test_the_program_pauses_shows_and_resumes(desk) -> None:
    said = desk("pause", "account:Acme", "--for", "2h", "--because", "audit")
    assert (said.code, re.sub(r"(tomorrow )?\d\d:\d\d", "HH:MM", said.out)) == (
        0,
        "account:acme: paused until HH:MM\n",
    )
    shown = re.sub(r"(tomorrow )?\d\d:\d\d", "HH:MM", desk("status").out)
    assert "\npaused: account:acme by operator since HH:MM until HH:MM: audit\n" in shown
    assert "fleet resume account:acme" in shown.partition("\nNext: ")[2]
    assert desk("pause", "mail.send", "--as", "founder").out == "mail.send: paused\n"
    assert "\npaused: mail.send by founder since " in desk("status").out
    again = desk("pause", "mail.send")
    assert again.out == "mail.send: was paused already; nothing changed\n"
    assert desk("resume", "account:ACME").out == "account:acme: resumed\n"
    assert desk("resume", "account:acme").out == "account:acme: was not paused; nothing changed\n"
    assert desk("pause", "--all", "--json").data == {
        "changed": True,
        "seat": None,
        "until": None,
        "what": None,
    }
    assert "\npaused: the whole fleet by operator since " in desk("status").out
    lines = desk("tail", "-n", "3").out
    assert "operator  resumes account:acme" in lines


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pause", "dirc"), "there is no seat 'dirc'. Did you mean dirk?"),
        (("pause", "crm.ofer"), "Did you mean crm.offer?"),
        (("pause", "account:"), "cannot name one of kind account"),
        (("pause", "acount:acme"), "nothing was changed. Did you mean account:acme? There are: account"),
        (("pause", "planet:mars"), "is about a subject of kind 'planet', so nothing would be held"),
        (("pause", "dirk", "--for", "soon"), "--for soon: "),
        (("pause", "dirk", "--until", "2h"), "Did you mean: fleet pause dirk --for 2h"),
        (("pause", "dirk", "--all"), "name what, or --all, not both"),
        (("resume", "nick"), "there is no seat 'nick'"),
    ],
)
def test_a_pause_that_cannot_be_used_exits_2(nowhere, words, told) -> None:
    from cli.conftest import DESK

    nowhere.write("fleet.yaml", DESK)
    said = nowhere(*words)
    assert said.code == 2, said
    assert told in said.err


def test_a_kind_that_is_new_can_be_paused_where_an_action_may_be_about_anything(nowhere) -> None:
    from cli.conftest import DESK

    nowhere.write("fleet.yaml", DESK.replace(", about: account", "", 1))
    said = nowhere("pause", "planet:mars")
    assert said.code == 0 and "So far nothing is about a subject of kind planet" in said.err
    assert "So far" not in nowhere("pause", "account:acme").err
    assert "Did you mean account:acme?" in nowhere("pause", "acount:acme").err
