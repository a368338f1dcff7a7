"""The present and the past of a seat on disk, what readers get of it, and what a change from outside does."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from fleet.testing import Rig, chart_text

HOURLY = {"dash": "when: [every 1h]", "radar": "reads: [dash]\nwhen: [when asked]"}


def wake(rig: Rig, seat: str, *results: Any) -> None:
    """Run a turn for each result."""
    for result in results:
        rig.does(seat, f"cat <<'END'\n{result if isinstance(result, str) else json.dumps(result)}\nEND")
        rig.ask("wake", seat=seat)


def claims(rig: Rig, seat: str) -> list[str]:
    """Give the claims that stand, as the seat's own next brief tells them."""
    rig.ask("wake", seat=seat)
    return [claim["about"] for claim in rig.brief(seat)["claims"]]


def test_a_state_says_who_when_and_how_long_it_holds(start: Any) -> None:
    rig = start(HOURLY)
    wake(
        rig,
        "dash",
        {
            "headline": "2 anomalies",
            "as_of": "2026-11-23T05:00:00-05:00",
            "items": [{"about": "account:Acme", "kind": "anomaly", "because": "two ad sets ended"}],
            "scorecard": {"work": 2},
            "body": "Acme fell.",
        },
    )
    state = rig.state("dash")
    assert state.pop("items")[0]["about"] == "account:acme"
    assert state == {
        "seat": "dash",
        "turn": "t-3",
        "written": "2026-11-23T06:00:00-05:00",
        "as_of": "2026-11-23T05:00:00-05:00",
        "good_until": "2026-11-23T07:15:00-05:00",
        "headline": "2 anomalies",
        "claims": [],
        "scorecard": {"work": 2},
        "body": "Acme fell.\n",
    }


def test_every_earlier_state_stays_in_the_history_and_the_log_has_a_line_a_turn(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    states = [rig.read("state/dash.md")]
    for outcome in ("echo two", "exit 1", "echo three", "true"):
        rig.does("dash", outcome)
        rig.advance(hours=1)
        if rig.read("state/dash.md") != states[-1]:
            states.append(rig.read("state/dash.md"))
    history = sorted(rig.path("state/history/dash").iterdir())
    assert [path.read_text() for path in history] == states[:-1]
    assert history[0].name == "20261123T060000.000000-0500.md"
    lines = rig.log("dash")
    assert [line.split()[1:3] for line in lines] == [
        *(["t-1", "done"], ["t-2", "done"], ["t-3", "failed"], ["t-4", "done"], ["t-5", "empty"]),
    ]
    assert re.fullmatch(r"2026-11-23T08:00:00-05:00 t-3 failed \S+ exit 1", lines[2])


def test_a_state_holds_for_good_for_if_its_seat_says_so(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]\ngood_for: 26h", "tally": "when: [every 1h]\nlate_after: 5m"})
    assert rig.state("dash")["good_until"] == "2026-11-24T08:00:00-05:00"
    assert rig.state("tally")["good_until"] == "2026-11-23T07:05:00-05:00"


def test_a_state_without_a_cadence_of_the_clock_has_no_end(start: Any) -> None:
    rig = start({"dash": "when: [when asked]"})
    assert "good_until" not in rig.state("dash")


def test_a_stale_state_is_passed_on_as_stale_with_its_age(start: Any) -> None:
    rig = start(
        {"dash": "when: [every 1h]", "radar": "reads: [dash, tally]\nwhen: [when asked]", "tally": ""}
    )
    rig.always("dash", "exit 1")
    rig.advance(minutes=70)
    wake(rig, "radar", "one")
    assert rig.brief("radar")["reads"]["dash"]["fresh"] is True
    rig.advance(minutes=10)
    wake(rig, "radar", "two")
    dash = rig.brief("radar")["reads"]["dash"]
    assert (dash["fresh"], dash["age_s"], dash["state"]["turn"]) == (False, 4800, "t-1")
    assert rig.state("radar")["stale"] == ["dash"]
    reads = {r["data"]["of"]: r["data"] for r in rig.records("read", seat="radar")[-2:]}
    assert reads["dash"]["fresh"] is False
    assert reads["tally"] == {**reads["tally"], "fresh": True, "turn": "t-2"}


def test_lateness_is_told_at_the_deadline_itself_and_once(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    rig.always("dash", "exit 1")
    rig.advance(hours=6)
    (late,) = (r for r in rig.records("trouble") if r["data"]["kind"] == "late")
    assert late["at"].startswith("2026-11-23T12:15:00")


def test_what_strangers_wrote_is_stamped_and_the_stamp_travels(start: Any) -> None:
    chart = {
        "dash": "reads: [{path: data/*.mbox, outside: yes}]\nwhen: [when asked]",
        "radar": "reads: [dash]\nwhen: [when asked, when mail arrives]",
        "tally": "reads: [radar]\nwhen: [when asked]",
        "nick": "when: [when asked]",
    }
    rig = start(chart)
    wake(rig, "dash", "nothing there yet, and it may come while the turn runs")
    assert rig.state("dash")["outside"] == "yes"
    rig.write("data/in.mbox", "From a stranger\n")
    wake(rig, "dash", {"headline": "mail", "messages": [{"to": "radar", "type": "INFORM", "body": "See."}]})
    assert rig.state("dash")["outside"] == "yes"
    assert rig.mail("radar", "done")[0]["outside"] == "yes"
    wake(rig, "tally", "I read radar")
    assert rig.state("tally")["outside"] == "yes"
    wake(rig, "nick", "I read nobody")
    assert "outside" not in rig.state("nick")


def test_a_state_edited_from_outside_is_not_passed_on_and_told_once(start: Any) -> None:
    rig = start(HOURLY)
    rig.sweep()
    rig.write("state/dash.md", rig.read("state/dash.md").replace("turn t-1", "turn t-0"))
    forged = rig.read("state/dash.md")
    rig.sweep().advance(minutes=5)
    wake(rig, "radar", "briefing")
    dash = rig.brief("radar")["reads"]["dash"]
    assert (dash["fresh"], dash["state"]) == (False, None)
    (told,) = rig.records("trouble")
    assert (told["seat"], told["data"]["kind"]) == ("dash", "tampered")
    assert "state/dash.md was edited outside the fleet" in told["data"]["says"]
    assert rig.status("dash")["health"] == "stale"
    rig.stop().start().sweep()
    assert len(rig.records("trouble")) == 1
    assert rig.read("state/dash.md") == forged
    rig.advance(hours=1)
    assert rig.status("dash")["health"] == "fine"
    assert forged not in [path.read_text() for path in rig.path("state/history").rglob("*.md")]


def test_a_state_edited_while_the_fleet_was_down_is_not_trusted_either(start: Any) -> None:
    rig = start(HOURLY)
    rig.stop()
    rig.write("state/dash.md", "---\nheadline: all is well\n---\nNothing to see.\n")
    rig.start()
    wake(rig, "radar", "briefing")
    assert rig.brief("radar")["reads"]["dash"]["state"] is None
    assert len(rig.records("trouble")) == 1
    assert rig.status("dash")["health"] == "stale"


def test_an_older_state_put_in_place_of_the_present_one_is_found(start: Any) -> None:
    rig = start(HOURLY)
    old = rig.read("state/dash.md")
    rig.advance(hours=1)
    rig.write("state/dash.md", old)
    rig.sweep()
    assert rig.status("dash")["health"] == "stale"
    wake(rig, "radar", "briefing")
    assert rig.brief("radar")["reads"]["dash"]["state"] is None


def test_a_state_put_back_as_it_was_is_passed_on_again(start: Any) -> None:
    rig = start(HOURLY)
    good = rig.read("state/dash.md")
    rig.write("state/dash.md", "gone wrong")
    rig.sweep()
    rig.write("state/dash.md", good)
    rig.sweep()
    wake(rig, "radar", "briefing")
    assert rig.brief("radar")["reads"]["dash"]["fresh"] is True


def test_a_state_that_was_deleted_is_missing_and_comes_back_with_a_start(start: Any) -> None:
    rig = start(HOURLY)
    text = rig.read("state/dash.md")
    rig.path("state/dash.md").unlink()
    rig.sweep()
    wake(rig, "radar", "briefing")
    assert rig.brief("radar")["reads"]["dash"]["state"] is None
    rig.stop().start()
    assert rig.read("state/dash.md") == text


# Claims.

ACME = {"about": "account:acme", "until": "2026-11-23T12:00:00-05:00", "because": "leads fell"}
VOLT = {"about": "account:volt"}


def test_claims_stand_until_a_result_leaves_them_out(start: Any) -> None:
    rig = start({"pulse": "when: [when asked]"})
    wake(rig, "pulse", {"headline": "1", "claims": [ACME, VOLT]})
    assert claims(rig, "pulse") == ["account:acme", "account:volt"]  # a result without the key: no change
    wake(rig, "pulse", {"headline": "2", "claims": [VOLT]})
    assert claims(rig, "pulse") == ["account:volt"]
    wake(rig, "pulse", {"headline": "3", "claims": []})
    assert claims(rig, "pulse") == []
    said = [(r["data"]["about"], r["data"]["on"]) for r in rig.records("claim")]
    assert said == [
        *(("account:acme", "taken"), ("account:volt", "taken")),
        *(("account:acme", "given up"), ("account:volt", "given up")),
    ]


def test_a_claim_ends_at_its_time_and_a_failed_turn_changes_none(start: Any) -> None:
    rig = start({"pulse": "when: [when asked]\nretries: 0"})
    wake(rig, "pulse", {"headline": "1", "claims": [ACME]})
    wake(rig, "pulse", '{"headline": "2", "claims": [], "wrong": 1}')
    rig.advance(hours=5)
    assert claims(rig, "pulse") == ["account:acme"]
    rig.advance(hours=1)
    assert claims(rig, "pulse") == []


def test_a_state_shows_the_claims_that_stand_and_a_stale_one_keeps_them(start: Any) -> None:
    rig = start({"pulse": "when: [every 1h]"})
    wake(rig, "pulse", {"headline": "1", "claims": [VOLT]})
    wake(rig, "pulse", "a turn that says nothing of claims")
    assert [claim["about"] for claim in rig.state("pulse")["claims"]] == ["account:volt"]
    rig.always("pulse", "exit 1")
    rig.advance(hours=5)
    assert rig.status("pulse")["health"] == "failed"
    rig.stop().start()
    rig.always("pulse", "echo back")
    assert claims(rig, "pulse") == ["account:volt"]


# A person's state.


def test_a_person_publishes_until_a_time(start: Any) -> None:
    rig = start({"radar": "reads: [founder]\nwhen: [when asked]"})
    rig.ask("publish", seat="founder", text="Acme first.", until="2026-11-23T08:00:00-05:00")
    state = rig.state("founder")
    assert (state["seat"], state["headline"]) == ("founder", "Acme first.")
    assert state["good_until"] == "2026-11-23T08:00:00-05:00"
    wake(rig, "radar", "one")
    assert rig.brief("radar")["reads"]["founder"]["fresh"] is True
    rig.advance(hours=2, seconds=1)
    assert rig.status("founder")["health"] == "stale"
    wake(rig, "radar", "two")
    assert rig.brief("radar")["reads"]["founder"]["fresh"] is False


def test_a_persons_state_survives_a_checkpoint(start: Any) -> None:
    rig = start({"dash": ""})
    rig.ask("publish", seat="founder", text="Acme first.")
    rig.advance(days=2)
    rig.edit(chart_text({"dash": "when: [every day at 07:00]"}))
    rig.stop().start()
    assert rig.status("founder")["headline"] == "Acme first."


def test_nothing_new_is_skipped_by_the_letter_of_the_contract(start: Any) -> None:
    quiet = "when: [every 1h]\nreads: [dash]\nskip_if: nothing new\ngood_for: 3h"
    rig = start({"dash": "when: [when asked]", "radar": quiet})

    def ran(then: timedelta = timedelta(hours=1)) -> bool:
        before = len(rig.outcomes("radar"))
        rig.advance(then)
        return len(rig.outcomes("radar")) > before

    assert not ran()  # nothing new, and its state holds past the next wake
    skipped = rig.records("wake_skipped")[-1]["data"]
    assert skipped["reason"] == "nothing new"
    assert ran()  # its state would run out before the wake after this one
    wake(rig, "dash", "news")
    assert ran()  # an input changed
    rig.ask("send", to="radar", body="Look.")
    assert ran()  # mail
    assert not ran()
    rig.ask("wake", seat="radar")
    assert rig.woken_by("radar")[-1] == ["woken by founder"]  # a person is never skipped


def test_a_seat_that_declares_no_inputs_is_never_skipped(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]\nskip_if: nothing new\ngood_for: 3d"})
    rig.advance(hours=3)
    assert len(rig.outcomes("dash")) == 4
