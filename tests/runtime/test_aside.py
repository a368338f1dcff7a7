"""A saved chart may be read aside while the loop goes on; what it said before is never what an action is judged by."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from fleet.core.chart import Chart
from fleet.runtime import aside
from fleet.runtime.aside import Aside, AtOnce, main
from fleet.runtime.revise import Examined, examine_here
from fleet.testing import Rig

SEATS = {"dirk": "when: [when asked]\ncan: {do: [note.append]}"}
ACTIONS = "actions:\n  note.append: {run: ./note}"
OFFER = """echo '{"headline": "h", "actions": [{"kind": "note.append"}]}'"""
MAY, MAY_NOT = "do: [note.append]", "do: []"


class Slow(AtOnce):
    """Reads what lies there when it is asked, and has it ready only when a test says so."""

    ready = True

    def __init__(self, fleet: Any, ring: Any) -> None:
        super().__init__(fleet, ring)
        self.kept: tuple[object, Examined | None] | None = None
        self.dropped = 0

    @property
    def over(self) -> bool:
        return self.kept is not None and self.ready

    def examined(self, seen: object, size: int) -> Examined | None:
        if self.kept is None or self.kept[0] != seen:
            self.kept = seen, super().examined(seen, size)
        if not self.ready:
            return None
        (_, found), self.kept = self.kept, None
        return found

    def drop(self) -> None:
        self.dropped += 1
        self.kept = None


def reader(rig: Rig) -> Slow:
    """Give the reader of a rig's daemon, which is busy from now on."""
    found = rig.daemon._reader  # type: ignore[union-attr]
    assert isinstance(found, Slow)
    found.ready = False
    return found


def save(rig: Rig, old: str, new: str) -> None:
    """Save an edit and let it stand until it is read."""
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace(old, new))
    rig.sweep().sweep()


def changes(rig: Rig) -> list[list[str]]:
    """Give what each revision after the first one changed."""
    return [record["data"]["changes"] for record in rig.records("revision")[1:]]


def test_turns_go_on_while_a_chart_is_read(start: Any) -> None:
    rig = start(SEATS, tail=ACTIONS, reader=Slow)
    slow = reader(rig)
    save(rig, "The dirk", "Sales")
    rig.ask("wake", seat="dirk")
    assert rig.outcomes("dirk") == ["done", "done"]
    assert changes(rig) == []
    slow.ready = True
    rig.settle()
    assert len(changes(rig)) == 1
    assert rig.records("turn_started")[-1]["n"] < rig.records("revision")[-1]["n"]


def test_an_action_waits_for_a_chart_that_is_being_read_and_is_judged_under_it(start: Any) -> None:
    rig = start(SEATS, tail=ACTIONS, reader=Slow)
    rig.write("note", "#!/bin/sh\ntouch noted\n").chmod(0o755)
    slow = reader(rig)
    save(rig, MAY, MAY_NOT)
    rig.does("dirk", OFFER)
    rig.ask("wake", seat="dirk")
    assert [r["data"]["id"] for r in rig.records("offer")] == ["a-1"]
    assert not rig.records("verdict")
    slow.ready = True
    rig.settle()
    (verdict,) = rig.records("verdict")
    assert (verdict["data"]["verdict"], verdict["data"]["rule"]) == ("refuse", "seats.dirk.can")
    assert not rig.path("noted").exists()


def test_what_was_read_before_a_second_save_is_never_taken_up(start: Any) -> None:
    rig = start(SEATS, tail=ACTIONS, reader=Slow)
    slow = reader(rig)
    save(rig, "The dirk", "Sales")
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("Sales", "Sales and offers"))
    slow.ready = True  # the first one has been read by now
    rig.settle()
    assert changes(rig) == [] and slow.dropped
    rig.sweep().sweep()
    (only,) = changes(rig)
    assert "Sales and offers" in only[0]


def test_a_broken_save_that_was_read_aside_changes_nothing_and_is_told(start: Any) -> None:
    rig = start(SEATS, tail=ACTIONS, reader=Slow)
    slow = reader(rig)
    save(rig, "when: [when asked]", "when: [at times]")
    slow.ready = True
    rig.settle()
    assert changes(rig) == []
    (told,) = rig.records("trouble")
    assert told["data"]["says"].endswith("the fleet stays on its revision")
    save(rig, "when: [at times]", "when: [when asked]")
    assert rig.ask("status")["problems"] == []


def test_a_fleet_that_runs_once_ends_only_after_what_is_being_read(start: Any) -> None:
    rig = start(SEATS, tail=ACTIONS, reader=Slow)
    reader(rig)
    rig.daemon._once = True
    assert rig.daemon._over()
    save(rig, "The dirk", "Sales")
    assert not rig.daemon._over()


def test_a_revision_by_a_person_while_a_chart_is_read_is_what_it_is_weighed_against(start: Any) -> None:
    rig = start({"dirk": "when: [when asked]\nlimit: 5m"}, reader=Slow)
    save(rig, "limit: 5m", "limit: 6m")
    assert rig.status("dirk") and rig.ask("status")["waits"]
    slow = reader(rig)
    save(rig, "The dirk", "Sales")
    rig.ask("apply")
    slow.ready = True
    rig.settle().sweep()
    assert rig.ask("status")["waits"] == []


# The child itself.

MANY = {f"s{i}": f"title: The s{i}" for i in range(3 * aside.PIECE // 2)}
EDITS = {
    "nothing": ("", ""),
    "one seat": ("title: The s7\n", "title: Another\n"),
    "all seats move": ("seats:\n", "# a line more\nseats:\n"),
    "what loosens": ("  s9:\n", "  s9:\n    limit: 20m\n"),
    "a seat less": ("answers_to: founder\n", "answers_to: founder\n", "s3"),
    "a mistake": ("title: The s7\n", "title: [x\n"),
}


def through_the_child(rig: Rig) -> Examined:
    """Have the files of a rig examined as a child does, in our own process."""
    fleet = rig.daemon.fleet  # type: ignore[union-attr]
    given, out = io.BytesIO(), io.BytesIO()
    for frame in aside.frames_of(fleet):
        given.write(frame)
    given.seek(0)
    assert main(given, out) == 0
    out.seek(0)
    return asyncio.run(aside.received(out, fleet.chart))


def charts(found: Examined) -> list[Chart]:
    """Give the chart that the files make, and what of it comes into force."""
    return [] if found.chart is None or found.weighed is None else [found.chart, found.weighed.chart]


@pytest.mark.parametrize("edit", EDITS)
def test_a_child_finds_what_is_found_at_once(build: Any, edit: str) -> None:
    rig = build(MANY).start()
    old, new, *gone = EDITS[edit]
    text = rig.read("fleet.yaml").replace(old, new, 1)
    if gone:
        before, _, rest = text.partition("  s3:\n")
        text = before + rest[rest.index("  s4:") :]
    rig.write("fleet.yaml", text)
    found, here = through_the_child(rig), examine_here(rig.daemon.fleet)
    assert found == here
    for one, other in zip(charts(found), charts(here), strict=True):
        assert [(s, s.where, s.own) for s in one.seats.values()] == [
            (s, s.where, s.own) for s in other.seats.values()
        ]
        assert dict(one.places) == dict(other.places)


def test_a_seat_that_stays_as_it_is_is_not_sent_again(build: Any) -> None:
    rig = build(MANY).start()
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("title: The s7\n", "title: Another\n"))
    found, chart = through_the_child(rig), rig.daemon.fleet.chart
    assert [n for n, seat in found.chart.seats.items() if seat is not chart.seats[n]] == ["s7"]


def by_a_child(rig: Rig) -> Examined:
    """Have a real child examine the files of a rig, however small they are."""
    rung = asyncio.Event()

    async def read() -> Examined:
        reader = Aside(rig.daemon.fleet, rung.set)  # type: ignore[union-attr]
        assert reader.examined("seen", aside.SMALL + 1) is None
        await rung.wait()
        assert reader.over
        found = reader.examined("seen", aside.SMALL + 1)
        assert found is not None
        return found

    found: Examined = rig._in_loop(read())
    return found


def test_a_big_chart_is_read_by_a_child_that_rings_when_it_is_done(build: Any) -> None:
    rig = build(MANY).start()
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("title: The s7\n", "title: Another\n"))
    assert by_a_child(rig) == examine_here(rig.daemon.fleet)


def test_a_child_that_is_killed_leaves_the_fleet_on_its_revision_and_says_so(
    build: Any, monkeypatch: Any
) -> None:
    rig = build({"dash": ""}).start()
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("The dash", "Another"))
    monkeypatch.setattr(aside, "COMMAND", ("/bin/sh", "-c", "kill -9 $$"))
    (told,) = by_a_child(rig).mistakes
    assert told.line() == (
        "fleet.yaml:1:1: error[F100]: what reads it was ended by signal 9; save it again to have it read again"
    )


@pytest.mark.parametrize(
    "argv",
    [
        # none can be started
        ("/no/such/program",),
        # it finds that it cannot
        ("/bin/sh", "-c", "exit 1"),
        # it answers as another version would
        ("/bin/echo", "what is that"),
    ],
)
def test_where_a_child_cannot_read_it_the_chart_is_read_at_once(
    build: Any, monkeypatch: Any, argv: tuple[str, ...]
) -> None:
    rig = build({"dash": ""}).start()
    monkeypatch.setattr(aside, "COMMAND", argv)
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("The dash", "Another"))
    found = by_a_child(rig)
    assert found.chart is not None and found.chart.seats["dash"].title == "Another"


def test_a_small_chart_is_read_at_once(build: Any) -> None:
    rig = build({"dash": ""}).start()
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("The dash", "Another"))
    found = Aside(rig.daemon.fleet, list).examined("seen", aside.SMALL)
    assert found is not None and found.chart is not None


def test_a_big_chart_that_was_only_touched_starts_no_child(build: Any, monkeypatch: Any) -> None:
    rig = build({"dash": ""}).start()
    monkeypatch.setattr(aside, "COMMAND", ("/no/such/program",))
    rig.path("fleet.yaml").touch()
    assert Aside(rig.daemon.fleet, list).examined("seen", aside.SMALL + 1) == Examined(against="r-1")


def test_a_chart_that_is_saved_again_and_again_while_it_is_read_is_at_last_read_at_once(build: Any) -> None:
    rig = build({"dash": ""}).start()
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("The dash", "Another"))

    async def ask() -> list[bool]:
        reader = Aside(rig.daemon.fleet, list)
        return [reader.examined(f"save {i}", aside.SMALL + 1) is not None for i in range(aside.DROPS + 3)]

    assert rig._in_loop(ask()) == [False, False, False, False, True, False]
