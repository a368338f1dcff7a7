"""fleet.yaml edited while the fleet runs: what changes is only what the edit says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fleet.testing import Rig, chart_text


def slots(rig: Rig, seat: str, *whats: str) -> list[str]:
    whats = whats or ("wake_due", "wake_skipped", "wake_missed")
    return [r["data"]["slot"][11:16] for r in rig.records(*whats, seat=seat) if "slot" in r["data"]]


def told(rig: Rig, seat: str) -> list[str]:
    """Say of each promised wake that was due how it ended."""
    due = [r["data"]["wake"] for r in rig.records("wake_due", seat=seat) if "slot" in r["data"]]
    ran = {w for r in rig.records("turn_started", seat=seat) for w in r["data"]["wakes"]}
    over = {r["data"]["wake"]: r["data"]["reason"] for r in rig.records("wake_skipped", "wake_missed")}
    return ["ran" if wake in ran else over.get(wake, "nothing") for wake in due]


def test_a_seat_that_is_added_makes_its_first_start(start: Any) -> None:
    rig = start({"dash": ""})
    rig.edit(chart_text({"dash": "", "tally": "reads: [dash]\nwhen: [every 1h]"}))
    assert rig.woken_by("tally") == [["first start"]]
    assert rig.woken_by("dash") == [["first start"]]
    assert [r["data"]["id"] for r in rig.records("revision")] == ["r-1", "r-2"]
    rig.drop("tally", "hello.txt", "Hello.")
    assert len(rig.mail("tally")) == 1


def test_a_seat_that_vanishes_is_gone_and_wakes_no_more(start: Any) -> None:
    both = {"dash": "when: [every 1h]", "tally": "when: [every 1h, when mail arrives]"}
    rig = start(both)
    rig.advance(minutes=90)
    rig.edit(chart_text({"dash": "when: [every 1h]"}))
    rig.advance(hours=3)
    assert len(rig.outcomes("tally")) == 2
    assert len(rig.outcomes("dash")) == 5
    assert rig.status("tally")["health"] == "gone"
    assert rig.status("tally")["next_at"] is None
    rig.edit(chart_text(both))
    assert rig.status("tally")["health"] == "stale"
    rig.advance(hours=1)
    assert slots(rig, "tally") == ["12:00", "16:00"]
    assert rig.woken_by("tally").count(["first start"]) == 1


def test_a_running_turn_ends_under_the_chart_it_began_with(start: Any) -> None:
    rig = start({"dash": "", "tally": ""})
    rig.hold("dash").ask("wake", seat="dash")
    rig.does("dash", "echo last words")
    rig.edit(chart_text({"tally": ""}))
    rig.release("dash")
    assert rig.outcomes("dash") == ["done", "done"]
    assert rig.state("dash")["headline"] == "last words"


def test_wakes_that_wait_when_their_seat_vanishes_are_skipped_with_a_reason(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]", "tally": ""})
    rig.hold("dash").advance(hours=1)
    rig.advance(hours=1)
    rig.edit(chart_text({"tally": ""}))
    rig.release("dash")
    assert told(rig, "dash") == ["ran", "its seat left fleet.yaml"]


def test_what_was_promised_before_an_edit_is_accounted_for(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]", "tally": "when: [every 1h]"})
    rig.stop()
    rig.clock.advance(timedelta(hours=2.5))
    rig.write("fleet.yaml", chart_text({"dash": "when: [every day at 20:00]"}))
    rig.start()
    assert slots(rig, "dash") == ["12:00", "13:00"]
    assert told(rig, "dash") == ["ran"]
    assert slots(rig, "tally", "wake_skipped") == ["12:00", "13:00"]
    assert {r["data"]["reason"] for r in rig.records("wake_skipped")} == {"its seat left fleet.yaml"}


def test_an_invalid_edit_changes_nothing_and_names_the_line(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]"})
    rig.edit(chart_text({"dash": "when: [evry 1h]"}))
    assert len(rig.records("revision")) == 1
    (problem,) = rig.ask("status")["problems"]
    assert problem.startswith("fleet.yaml:11:12: error")
    assert "every 1h" in problem
    rig.advance(hours=1)
    assert slots(rig, "dash") == ["12:00"]
    rig.stop().start()
    assert rig.ask("status")["problems"] == [problem]
    rig.advance(hours=1)
    assert slots(rig, "dash") == ["12:00", "13:00"]
    rig.edit(chart_text({"dash": "when: [every 2h]"}))
    assert rig.ask("status")["problems"] == []
    assert len(rig.records("revision")) == 2


def test_an_invalid_edit_is_told_once_and_again_when_it_is_wrong_otherwise(start: Any) -> None:
    rig = start({"dash": ""})
    rig.edit(chart_text({"dash": "when: [evry 1h]"})).sweep().sweep()
    assert len(rig.records("trouble")) == 1
    rig.edit(chart_text({"dash": "wen: [every 1h]"})).sweep()
    assert len(rig.records("trouble")) == 2


def test_a_changed_cadence_counts_from_the_edit(start: Any) -> None:
    rig = start({"dash": "when: [every day at 07:00]", "tally": "when: [every 1h]"})
    rig.advance(hours=4)
    rig.edit(chart_text({"dash": "when: [every 1h, every day at 07:30]", "tally": "when: [every 1h]"}))
    assert slots(rig, "dash") == ["12:00"]
    rig.advance(hours=1)
    assert slots(rig, "dash") == ["12:00", "16:00"]
    assert slots(rig, "tally") == ["12:00", "13:00", "14:00", "15:00", "16:00"]


def test_another_time_zone_counts_from_the_edit(start: Any) -> None:
    rig = start({"dash": "when: [every day at 07:15]"})
    rig.advance(hours=6)  # 12:00 in New York, 09:00 in Los Angeles
    rig.edit(chart_text({"dash": "when: [every day at 07:15]"}, head="timezone: America/Los_Angeles"))
    assert slots(rig, "dash") == ["12:15"]
    rig.advance(hours=24)
    assert slots(rig, "dash") == ["12:15", "15:15"]


def test_a_seat_that_loses_its_holder_and_gets_one_again_owes_nothing_for_the_time_between(
    start: Any,
) -> None:
    rig = start({"dash": "when: [every 1h]"})
    rig.edit(chart_text({"dash": "title: Nobody yet\nwhen: [every 1h]"}))
    rig.advance(hours=3)
    assert rig.status("dash")["health"] == "planned"
    rig.edit(chart_text({"dash": "when: [every 1h]"}))
    assert rig.status("dash")["health"] == "planned"
    rig.ask("apply")
    assert slots(rig, "dash") == []
    rig.advance(hours=1)
    assert slots(rig, "dash") == ["15:00"]


def test_a_comment_or_another_order_wakes_nobody(start: Any) -> None:
    rig = start({"dash": "when: [every 1h]", "tally": "when: [every 1h]"})
    rig.edit("# a comment\n" + chart_text({"tally": "when: [every 1h]", "dash": "when: [every 1h]"}))
    (_, revision) = rig.records("revision")
    assert [revision["data"][key] for key in ("added", "changed", "gone", "recount")] == [[], [], [], []]
    assert len(rig.records("turn_started")) == 2


def test_the_holder_may_be_swapped_and_everything_stays(start: Any) -> None:
    rig = start({"dash": ""})
    rig.does("dash", "exit 1")
    rig.drop("dash", "note.txt", "A note.")
    before = rig.read("state/dash.md")
    rig.edit(chart_text({"dash": "run: echo another voice"})).ask("apply")
    assert rig.read("state/dash.md") == before
    rig.ask("wake", seat="dash")
    assert rig.state("dash")["headline"] == "another voice"
    assert len(rig.log("dash")) == 2
    assert rig.box("dash", "new") == []
