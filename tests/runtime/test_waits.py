"""Live edits: what loosens waits for a yes while the rest is in force; half-written, many and vanished saves."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from fleet.edge import git
from fleet.errors import FleetError, GroundMoved, Refused, Typed
from fleet.runtime import applying
from fleet.runtime.recover import open_fleet
from fleet.testing import MONDAY, FakeClock, Rig, chart_text

ACTIONS = "actions:\n  note.append: {run: ./note}\n  crm.offer: {run: ./offer, outside: yes}"
ASKS = "when: [when asked]\ncan: {ask: {crm.offer: founder}}"
MAY = "when: [when asked]\ncan: {do: [crm.offer]}"


def chart(dash: str, **others: str) -> str:
    return chart_text({"dash": dash, **others}, tail=ACTIONS)


def dash(rig: Rig) -> Any:
    assert rig.daemon is not None
    return rig.daemon.fleet.chart.seats["dash"]


def waits(rig: Rig) -> list[str]:
    return [wait["says"] for wait in rig.ask("status")["waits"]]


@pytest.fixture
def asking(start: Any) -> Rig:
    """A fleet whose seat must ask before it offers."""
    rig: Rig = start({"dash": ASKS}, tail=ACTIONS)
    return rig


def test_what_loosens_waits_and_the_rest_is_in_force(asking: Rig) -> None:
    asking.edit(chart(f"{MAY}\nrun: sh agent.sh\ntitle: Freely"))
    assert (dash(asking).title, dash(asking).can.do) == ("Freely", ())
    assert asking.ask("status")["waits"] == [
        {
            "what": "seats.dash.can.do.crm.offer",
            "says": "dash may send crm.offer without asking founder",
            "place": "fleet.yaml:10",
        }
    ]
    (_, record) = asking.records("revision")
    assert record["data"]["changes"] == ["dash title: The dash -> Freely"]
    assert record["data"]["waits"][0]["at"] == "fleet.yaml@r-1:12"


def test_a_yes_brings_it_into_force_and_is_recorded_with_who_and_why(asking: Rig) -> None:
    asking.edit(chart(MAY))
    answer = asking.ask("apply", because="it has earned it")
    assert (answer["revision"], answer["who"]) == ("r-3", "founder")
    assert dash(asking).can.do == ("crm.offer",) and waits(asking) == []
    data = asking.records("revision")[-1]["data"]
    assert (data["who"], data["because"], data["applied"]) == ("founder", "it has earned it", True)
    assert data["changes"] == ["dash may send crm.offer without asking founder"]
    assert data["texts"] == {"fleet.yaml": asking.read("fleet.yaml")} and "waits" not in data


def test_what_waits_still_waits_after_a_restart_a_checkpoint_and_a_comment(asking: Rig) -> None:
    asking.edit(chart(MAY))
    asking.stop().start().advance(days=2)
    asking.stop().start()
    assert dash(asking).can.ask == {"crm.offer": "founder"}
    assert waits(asking) == ["dash may send crm.offer without asking founder"]
    asking.edit("# one more line\n" + chart(MAY))
    assert waits(asking) == ["dash may send crm.offer without asking founder"]
    assert asking.records("revision")[-1]["data"]["waits"][0]["at"] == "fleet.yaml@r-1:12"
    asking.edit(chart(ASKS))
    assert waits(asking) == []


def test_an_edit_made_while_the_fleet_is_down_waits_as_well(asking: Rig) -> None:
    asking.stop()
    asking.write("fleet.yaml", chart(f"{MAY}\nrun: sh agent.sh\ntitle: Freely"))
    asking.start()
    assert (dash(asking).title, dash(asking).can.do) == ("Freely", ())
    assert len(waits(asking)) == 1


def test_the_first_start_needs_no_yes(start: Any) -> None:
    rig = start({"dash": MAY}, tail=ACTIONS)
    assert dash(rig).can.do == ("crm.offer",) and waits(rig) == []
    assert rig.ask("apply") == {
        "revision": "r-1",
        "who": None,
        "changes": [],
        "back_to": None,
        "otherwise": [],
    }


def test_a_new_seat_wakes_and_publishes_before_the_yes(asking: Rig) -> None:
    more = {"tally": "reads: [dash]\ncan: {do: [note.append]}\nbudget: $9 a day\nlimit: 1h"}
    asking.edit(chart(ASKS, **more))
    assert asking.woken_by("tally") == [["first start"]]
    assert len(waits(asking)) == 2  # no budget is no limit, so one of $9 is no more power
    asking.ask("apply")
    assert asking.woken_by("tally") == [["first start"]]


def test_a_gone_seat_that_a_rank_names_is_woken_no_more(start: Any) -> None:
    seats = {"dash": "when: [every 1h, when mail arrives]", "nick": "when: [every 1h]"}
    rank = "conflicts:\n  - {about: account, rank: [dash, nick]}"
    rig = start(seats, tail=rank)
    rig.drop("dash", "old.txt", "Hello.")
    before = len(rig.records("turn_started", seat="dash"))
    rig.edit(chart_text({"nick": seats["nick"]}, tail=rank.replace("dash, ", "")))
    rig.advance(hours=3)
    assert len(rig.records("turn_started", seat="dash")) == before
    assert rig.status("dash")["health"] == "gone" and rig.status("nick")["health"] == "fine"
    assert rig.daemon is not None and "dash" in rig.daemon.fleet.chart.seats
    with pytest.raises(FleetError):
        rig.ask("wake", seat="dash")
    rig.stop().start().advance(hours=1)
    rig.edit(rig.read("fleet.yaml") + "# calm\n").advance(hours=1)
    assert len(rig.records("turn_started", seat="dash")) == before
    rig.ask("apply")
    assert "dash" not in rig.daemon.fleet.chart.seats
    rig.edit(chart_text(seats, tail=rank.replace("dash, ", ""))).advance(hours=1)
    assert len(rig.records("turn_started", seat="dash")) == before + 1


def test_an_invalid_file_cannot_be_applied(asking: Rig) -> None:
    asking.edit(chart("when: [evry 1h]"))
    with pytest.raises(FleetError, match=r"fleet.yaml:11:12: error\[F310\]"):
        asking.ask("apply")
    assert len(asking.records("revision")) == 1


def test_a_plan_holds_for_what_it_showed_and_for_nothing_else(asking: Rig) -> None:
    def plan() -> Any:
        fleet = asking.daemon.fleet  # type: ignore[union-attr]
        return applying.plan(fleet.chart, fleet.files, fleet.account.revision, lambda chart: ())

    asking.write("fleet.yaml", chart(MAY))
    shown = plan()
    assert [c["says"] for c in shown["changes"]] == ["dash may send crm.offer without asking founder"]
    asking.sweep().sweep()
    assert plan()["plan"] == shown["plan"]
    for other in ("when: [when asked]\ncan: {do: [crm.offer, note.append]}", f"{MAY}\ngood_for: 1h"):
        asking.write("fleet.yaml", chart(other))
        with pytest.raises(GroundMoved, match="it is not what plan"):
            asking.ask("apply", plan=shown["plan"])
    asking.write("fleet.yaml", f"# calm\n{chart(MAY)}")
    with pytest.raises(GroundMoved, match="it is not what plan"):
        asking.ask("apply", plan=shown["plan"])
    assert dash(asking).can.do == ()
    asking.write("fleet.yaml", chart(MAY))
    asking.ask("apply", plan=shown["plan"])
    assert dash(asking).can.do == ("crm.offer",)


def test_going_back_writes_the_texts_and_keeps_those_that_it_replaces(start: Any) -> None:
    rig = start({"dash": ASKS}, tail=ACTIONS)
    first = rig.read("fleet.yaml")
    rig.write("more/nick.yaml", "seats:\n  nick: {title: Later, answers_to: founder}\n")
    rig.edit(chart(MAY) + "include: more/*.yaml\n").ask("apply")
    second, third = rig.read("fleet.yaml"), chart("when: [every 2h]")
    rig.edit(third)
    answer = rig.ask("apply", revision="3")
    assert (answer["revision"], answer["back_to"]) == ("r-5", "r-3")
    assert rig.read("fleet.yaml") == second and dash(rig).can.do == ("crm.offer",)
    assert rig.records("revision")[-1]["data"]["replaced"] == {"fleet.yaml": third}
    rig.ask("apply", revision="r-1")
    assert rig.read("fleet.yaml") == first and rig.path("more/nick.yaml").exists()
    assert rig.status("nick")["health"] == "gone"
    rig.sweep().sweep().stop().start()
    assert len(rig.records("revision")) == 6 and waits(rig) == []
    with pytest.raises(Typed, match="r-99: the ledger has no such revision; the newest is r-6"):
        rig.ask("apply", revision="99")
    with pytest.raises(Typed, match="'x' is no revision"):
        rig.ask("apply", revision="x")


def test_a_file_that_a_revision_did_not_include_is_taken_out_of_its_include_and_kept(start: Any) -> None:
    rig = start({"dash": ASKS}, tail=f"{ACTIONS}\ninclude: more/*.yaml")
    nick = "seats:\n  nick: {title: Later, answers_to: founder}\n"
    rig.write("more/nick.yaml", nick)
    rig.sweep().sweep()
    assert rig.status("nick")["health"] == "planned"
    rig.ask("apply", revision="1")
    assert not rig.path("more/nick.yaml").exists()
    assert rig.records("revision")[-1]["data"]["replaced"] == {"more/nick.yaml": nick}
    assert rig.status("nick")["health"] == "gone"


def test_going_back_that_a_crash_cut_off_is_finished_and_a_later_save_is_not_written_over(build: Any) -> None:
    rig = build(
        {"dash": ASKS}, tail=ACTIONS, at=MONDAY.replace(year=2126)
    ).start()  # after any file was saved
    first, second = rig.read("fleet.yaml"), chart("when: [every 2h]")
    rig.edit(second).ask("apply", revision="1")
    rig.kill()
    rig.write("fleet.yaml", second)  # as if the ledger had been written and the file not
    rig.start()
    assert rig.read("fleet.yaml") == first and len(rig.records("revision")) == 3
    rig.kill()
    rig.write("fleet.yaml", "# saved meanwhile\n" + second)
    rig.start()
    assert rig.read("fleet.yaml") == "# saved meanwhile\n" + second


def test_who_saves_again_what_going_back_replaced_is_not_written_over(build: Any) -> None:
    rig = build(
        {"dash": ASKS}, tail=ACTIONS, at=MONDAY.replace(year=2021)
    ).start()  # before any file was saved
    second = chart("when: [every 2h]")
    rig.edit(second).ask("apply", revision="1")
    rig.kill()
    rig.write("fleet.yaml", second)
    rig.start()
    assert rig.read("fleet.yaml") == second and len(rig.records("revision")) == 4


def test_a_half_written_save_is_never_taken_up(asking: Rig) -> None:
    """Its first half is a chart of its own, without the second seat."""
    whole = chart_text(
        {"dash": ASKS.replace("can: {ask: {crm.offer: founder}}", ""), "nick": "when: [every 1h]"}
    )
    asking.edit(whole)
    half, rest = whole[: whole.index("  nick:")], whole[whole.index("  nick:") :]
    path, sweep = asking.path("fleet.yaml"), asking.daemon._swept  # type: ignore[union-attr]
    for _ in range(4):
        path.write_text(half)
        asking.settle()
        asking.clock.advance(_ms(300))
        sweep._swept_s = -1.0
        asking.settle()
        with path.open("a") as file:
            file.write(rest)
        asking.clock.advance(_ms(300))
        asking.settle()
    asking.sweep().sweep()
    assert asking.status("nick")["health"] == "fine"
    assert len(asking.records("revision")) == 2 and asking.records("trouble") == []


def test_a_hundred_saves_a_second_make_few_revisions_and_the_last_one_wins(asking: Rig) -> None:
    for number in range(1500):  # fifteen seconds of them, and no half second without one
        asking.path("fleet.yaml").write_text(chart(f"{ASKS}\nrun: sh agent.sh\ntitle: Number {number}"))
        if number % 10 == 0:
            asking.clock.advance(_ms(100))
            asking.settle()
    asking.sweep().sweep()
    assert dash(asking).title == "Number 1499"
    assert 3 <= len(asking.records("revision")) <= 6


def _ms(number: int) -> Any:
    from datetime import timedelta

    return timedelta(milliseconds=number)


def test_a_file_that_is_away_for_a_moment_is_no_news(asking: Rig) -> None:
    text = asking.read("fleet.yaml")
    asking.path("fleet.yaml").rename(asking.path("fleet.yaml~"))
    asking.sweep()
    asking.path("fleet.yaml~").rename(asking.path("fleet.yaml"))
    asking.sweep().sweep()
    assert asking.records("trouble") == [] and asking.ask("status")["problems"] == []
    asking.path("fleet.yaml").unlink()
    asking.sweep().sweep()
    assert "fleet.yaml:1" in asking.ask("status")["problems"][0]
    assert dash(asking).can.ask == {"crm.offer": "founder"}
    asking.path("fleet.yaml").write_text(text)
    asking.sweep().sweep()
    assert asking.ask("status")["problems"] == [] and len(asking.records("revision")) == 1


@pytest.mark.parametrize(
    "save",
    [
        # vim: the old file becomes the backup, a new one is written in its place
        lambda path, text: (path.rename(f"{path}~"), path.write_text(text), os.unlink(f"{path}~")),
        # sed -i and most editors: a new file is renamed over the old one
        lambda path, text: ((path.parent / "sedX").write_text(text), (path.parent / "sedX").rename(path)),
        # nano: written over in place
        lambda path, text: path.write_text(text),
    ],
)
def test_however_an_editor_saves_it_is_one_edit(asking: Rig, save: Any) -> None:
    save(asking.path("fleet.yaml"), chart(f"{ASKS}\nrun: sh agent.sh\ntitle: Saved"))
    asking.sweep().sweep()
    assert dash(asking).title == "Saved"
    assert len(asking.records("revision")) == 2 and asking.records("trouble") == []


def _git(rig: Rig, *words: str) -> None:
    who = ["-c", "user.name=Ann Lee", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *who, *words], cwd=rig.root, check=True, capture_output=True)


def test_the_author_is_whom_git_knows_else_the_owner_of_the_file(asking: Rig) -> None:
    asking.edit(chart("when: [every 2h]"))
    owner = asking.records("revision")[-1]["data"]["who"]
    assert owner.startswith("user ")
    _git(asking, "init", "-q")
    _git(asking, "add", "fleet.yaml")
    asking.edit(chart("when: [every 3h]"))
    assert asking.records("revision")[-1]["data"]["who"] == owner
    asking.write("fleet.yaml", chart("when: [every 4h]"))
    _git(asking, "commit", "-qam", "calmer")
    asking.sweep().sweep()
    assert asking.records("revision")[-1]["data"]["who"] == "Ann Lee <ann@example.com>"
    both = {"fleet.yaml": "what was never committed\n", "none.yaml": "gone, and git never knew it\n"}
    assert git.authors(str(asking.root), both) == {"fleet.yaml": ["Ann Lee <ann@example.com>"]}
    asking.path("fleet.yaml").write_text("changed\n")
    assert git.authors(str(asking.root), both) == {}


def test_an_edit_does_not_fail_where_git_does(asking: Rig) -> None:
    asking.write(".git", "gitdir: nowhere\n")
    asking.edit(chart("when: [every 2h]"))
    assert asking.records("revision")[-1]["data"]["who"].startswith("user ")


def test_a_yes_needs_a_person_who_is_not_inside_a_turn(asking: Rig) -> None:
    from fleet.edge.socket import Caller
    from fleet.runtime import command

    asking.edit(chart(MAY))
    asking.stop()
    fleet = open_fleet(str(asking.root), FakeClock(asking.clock.now()))
    with pytest.raises(Refused, match="refused from inside a turn"):
        command.run(fleet, "apply", {}, Caller(inside=True), fleet.clock.now())
    fleet.close()


def test_a_conflict_that_was_weakened_holds_until_the_yes_and_names_its_old_place(start: Any) -> None:
    tail = "actions:\n  note.append: {run: sh note.sh, about: account}\n"
    rank = "conflicts:\n  - {about: account, rank: [pulse, dash], then: hold}"
    seats = {
        "dash": "when: [when asked]\ncan: {do: [note.append]}",
        "pulse": "when: [when asked]\ngood_for: 9d",
    }
    rig = start(seats, tail=tail + rank)
    rig.write("note.sh", "cat >noted\n")
    rig.does("pulse", 'echo \'{"headline": "h", "claims": [{"about": "account:acme"}]}\'')
    rig.ask("wake", seat="pulse")
    rig.edit(chart_text(seats, tail=tail))
    rig.does(
        "dash", 'echo \'{"headline": "h", "actions": [{"kind": "note.append", "about": "account:acme"}]}\''
    )
    rig.ask("wake", seat="dash")
    (verdict,) = rig.records("verdict", seat="dash")
    assert (verdict["data"]["verdict"], verdict["data"]["place"]) == ("hold", "fleet.yaml@r-1:24")
    assert not rig.path("noted").exists()
    rig.ask("apply")
    rig.sweep().sweep()
    assert rig.records("verdict", seat="dash")[-1]["data"]["verdict"] == "allow"


def test_an_edit_that_waits_whole_stops_the_seats_that_left_and_changes_nothing_else(start: Any) -> None:
    seats = {"nick": "title: Later", "dash": "when: [every 1h]", "tally": "when: [every 1h]"}
    rig = start(seats, head="mission: Well")
    later = chart_text({"dash": seats["dash"], "zed": "title: New\nanswers_to: nick"}, head="mission: Better")
    later = later.replace("seats:\n", "seats:\n  nick: {title: Later, person: Nick}\n")
    rig.write(
        "fleet.yaml",
        rig.read("fleet.yaml").replace("    answers_to: founder\n    owns: [the work of nick]\n", "", 1),
    )
    rig.sweep().sweep().ask("apply")
    rig.edit(later)
    fleet = rig.daemon.fleet  # type: ignore[union-attr]
    assert fleet.account.revision is not None and fleet.account.revision.base is not None
    assert fleet.chart.mission == "Well" and "zed" not in fleet.chart.seats
    assert "zed New, answers to nick" in waits(rig)
    first = fleet.account.revision.base.id
    rig.edit(f"# calm\n{later}")
    assert fleet.account.revision.base.id == first and fleet.account.revision.id != first
    for _ in range(2):
        turns = len(rig.records("turn_started", seat="tally"))
        rig.advance(hours=2)
        assert len(rig.records("turn_started", seat="tally")) == turns
        assert rig.status("tally")["health"] == "gone" and rig.status("dash")["health"] == "fine"
        rig.stop().start()
    rig.ask("apply")
    fleet = rig.daemon.fleet  # type: ignore[union-attr]
    assert (
        fleet.chart.mission == "Better" and {"zed", "nick"} <= fleet.chart.seats.keys() and waits(rig) == []
    )
