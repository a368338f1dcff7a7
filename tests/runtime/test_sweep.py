"""What one sweep looks at: every inbox where no file events are heard, a part of them where they are."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.runtime import intake, sweep
from fleet.testing import Rig

SEATS = {f"s{i}": f"title: The s{i}" for i in range(6)}


class Ears:
    """Stands where the watch of file events does."""

    def __init__(self) -> None:
        self.hears = True

    def alive(self) -> bool:
        """Say what the test wants."""
        return self.hears


@pytest.fixture
def rig(start: Any, monkeypatch: Any) -> Rig:
    """Six seats, whose inboxes are looked at two a sweep while events are heard."""
    monkeypatch.setattr(sweep, "BOXES_A_SWEEP", 2)
    rig: Rig = start(SEATS)
    rig.daemon.watch = Ears()  # type: ignore[assignment, union-attr]
    return rig.advance(seconds=sweep.DEAF_S + 1).sweep()


def lose_one_each(rig: Rig) -> None:
    """Rename a file into every inbox, and let the event of it be lost; it was written long before."""
    for number, name in enumerate(["founder", *SEATS]):
        staged = rig.write(f"drop/{number}", f"For {name}.")
        staged.rename(rig.path(f"inbox/{name}/new/{number}.md"))
        rig.daemon.fleet.files.stat(f"inbox/{name}/new")  # type: ignore[union-attr]


def told(rig: Rig) -> int:
    return len(rig.records("message"))


def quick(rig: Rig, monkeypatch: Any) -> None:
    """Let a file count as whole as soon as it is seen."""
    monkeypatch.setattr(intake, "UNCHANGED_S", 0.0)


def test_a_part_of_the_inboxes_is_looked_at_while_events_are_heard(rig: Rig, monkeypatch: Any) -> None:
    quick(rig, monkeypatch)
    lose_one_each(rig)
    found = [told(rig.sweep()) for _ in range(5)]
    assert found[0] < 4 and found[-1] == 7
    assert sorted(found) == found and max(b - a for a, b in zip(found, found[1:], strict=False)) <= 2


def test_every_inbox_is_looked_at_when_events_are_not_heard(rig: Rig, monkeypatch: Any) -> None:
    quick(rig, monkeypatch)
    rig.daemon.watch.hears = False  # type: ignore[union-attr]
    lose_one_each(rig)
    assert told(rig.sweep()) == 7


def test_the_first_sweep_after_events_are_heard_again_looks_at_every_inbox(
    rig: Rig, monkeypatch: Any
) -> None:
    quick(rig, monkeypatch)
    rig.daemon.watch.hears = False  # type: ignore[union-attr]
    rig.sweep()
    rig.daemon.watch.hears = True  # type: ignore[union-attr]
    lose_one_each(rig)
    assert told(rig.advance(seconds=sweep.DEAF_S + 1)) == 7


def test_a_burst_of_events_may_have_lost_some_so_every_inbox_is_looked_at(rig: Rig, monkeypatch: Any) -> None:
    quick(rig, monkeypatch)
    lose_one_each(rig)
    for _ in range(sweep.BURST):
        rig.daemon.hear("inbox/s0/done", False)  # type: ignore[union-attr]
    assert told(rig.sweep()) == 7


def test_mail_that_is_heard_of_is_taken_at_once(rig: Rig) -> None:
    rig.write("drop/x", "Hello.").rename(rig.path("inbox/s5/new/x.md"))
    rig.daemon.hear("inbox/s5/new/x.md", True)  # type: ignore[union-attr]
    assert told(rig.settle()) == 1


def test_a_flood_is_taken_a_part_at_each_look_and_others_are_served_in_between(
    rig: Rig, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sweep, "WORK", 10 * intake.RECEIVED)
    for name in SEATS:
        for number in range(30):
            rig.write(f"drop/{number}", f"{number}").rename(rig.path(f"inbox/{name}/new/{number}.md"))
            rig.daemon.hear(f"inbox/{name}/new/{number}.md", True)  # type: ignore[union-attr]
    looks = []
    while not looks or rig.daemon.restless:  # type: ignore[union-attr]
        rig.daemon.look()  # type: ignore[union-attr]
        looks.append(told(rig))
    taken = [b - a for a, b in zip([0, *looks], looks, strict=False)]
    assert looks[-1] == 180 and max(taken) <= 11 and min(taken[:-1]) >= 10
    for name in SEATS:
        assert [m["body"].strip() for m in rig.mail(name)] == sorted(
            m["body"].strip() for m in rig.mail(name)
        )
        assert len({m["id"] for m in rig.mail(name)}) == 30


def test_an_inbox_with_a_flood_does_not_keep_others_waiting(rig: Rig, monkeypatch: Any) -> None:
    monkeypatch.setattr(sweep, "WORK", 10 * intake.RECEIVED)
    for name, count in (("s0", 100), ("s1", 1)):
        for number in range(count):
            rig.write(f"drop/{number}", f"{number}").rename(rig.path(f"inbox/{name}/new/{number}.md"))
            rig.daemon.hear(f"inbox/{name}/new/{number}.md", True)  # type: ignore[union-attr]
    rig.daemon.look()  # type: ignore[union-attr]
    rig.daemon.look()  # type: ignore[union-attr]
    assert rig.mail("s1")
