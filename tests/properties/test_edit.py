"""Random edits of a chart: what loosens waits, what plan said is what apply does, and nothing is smuggled."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from properties.edits import base, edits, loosened, text_of

from fleet.core.chart import Chart, Permission
from fleet.core.edit.compare import compare, loosening
from fleet.core.mistake import Place
from fleet.core.past import Revision
from fleet.edge.socket import Caller
from fleet.runtime import applying, command
from fleet.runtime.recover import open_fleet
from fleet.runtime.revise import examine_here, revise
from fleet.runtime.weigh import plan_id, weigh
from fleet.store.chart import read_text
from fleet.testing import FakeClock

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
BOSS = Caller(person=None, login="ann")
QUICK = settings(
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def chart_of(text: str) -> Chart | None:
    return read_text({"fleet.yaml": text})[0]


def meaning(chart: Chart) -> Chart:
    """A chart without where it is written, and in which order a seat's permissions and paths stand."""
    nowhere = Place("", 0, 0, 0, 0)

    def moved(values: Any) -> Any:
        if isinstance(values, tuple):
            return tuple(replace(v, place=nowhere) for v in values)
        return {name: replace(value, place=nowhere) for name, value in values.items()}

    placed = ("seats", "actions", "subjects", "conflicts", "rules", "handoffs", "ladders", "retired")
    plain = replace(chart, places={}, texts={}, **{key: moved(getattr(chart, key)) for key in placed})
    seats = {
        name: replace(seat, can=_permitted(seat.can), paths=tuple(sorted(seat.paths, key=repr)))
        for name, seat in plain.seats.items()
    }
    return replace(plain, seats=seats)


def _permitted(can: Permission) -> Permission:
    do = tuple(sorted(kind for kind in can.do if kind not in can.ask))  # in both: it asks
    return Permission(do, can.ask, tuple(sorted(can.use)))


def sayings(changes: Any) -> set[str]:
    """What changes say; a rule without a name is called by its number, which moves."""
    return {re.sub(r"rule-[0-9]+", "rule-N", change.says) for change in changes}


@settings(QUICK, max_examples=250)
@given(st.data())
def test_what_comes_into_force_is_never_looser_and_the_rest_is_what_waits(data: st.DataObject) -> None:
    start = data.draw(edits(base(), most=6))
    old = chart_of(text_of(start))
    new = chart_of(text_of(data.draw(edits(start, most=8))))
    assume(old is not None and new is not None)
    assert old is not None and new is not None
    before = Revision("r-1", 1, "x", datetime(2026, 1, 1, tzinfo=UTC), texts=dict(old.texts))
    weighed = weigh(old, new, before)
    assert loosened(old, weighed.chart) == []
    if loosened(old, new):
        assert weighed.waits
    else:  # a rule may have been weakened while another one says the same
        assert all(change.whose.startswith("rule ") for change in weighed.waiting)
    left = compare(weighed.chart, new)
    if weighed.base is None:
        assert sayings(loosening(left)) == sayings(weighed.waiting)
        stay = {name for name in old.seats if name not in new.seats}  # kept only to be named
        there = [c for c in compare(old, weighed.chart) if c.whose not in stay]
        assert sayings(there) <= sayings(weighed.at_once)
    assert plan_id(new, left) == plan_id(new, compare(old, new))
    assert (compare(old, new) == ()) == (meaning(old) == meaning(new))
    assert compare(new, new) == ()


class Life:
    """A fleet without turns: files on disk, the ledger, and a person at the command line."""

    def __init__(self, root: str, text: str) -> None:
        self.root = Path(root)
        self.clock = FakeClock()
        self.save(text)
        self.fleet = open_fleet(root, self.clock)

    def save(self, text: str) -> None:
        """Save fleet.yaml."""
        (self.root / "fleet.yaml").write_text(text)

    def look(self) -> None:
        """Take up what was saved, as the daemon does."""
        self.clock.advance(timedelta(seconds=1))
        revise(self.fleet, examine_here(self.fleet), self.clock.now())
        self.fleet.settle()

    def plan(self) -> dict[str, Any]:
        """What `fleet plan` shows."""
        return applying.plan(
            self.fleet.chart, self.fleet.files, self.fleet.account.revision, lambda chart: ()
        )

    def apply(self, **args: Any) -> dict[str, Any]:
        """What `fleet apply` does."""
        self.clock.advance(timedelta(seconds=1))
        answer = command.run(self.fleet, "apply", args, BOSS, self.clock.now())
        self.fleet.settle()
        return answer

    def restart(self) -> None:
        """Stop and start."""
        self.fleet.close()
        self.clock.advance(timedelta(hours=9))
        self.fleet = open_fleet(str(self.root), self.clock)


@settings(QUICK, max_examples=25)
@given(st.data())
def test_what_plan_said_is_what_apply_did(data: st.DataObject) -> None:
    model = base()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        life = Life(folder, text_of(model))
        for _ in range(10):
            edited = data.draw(edits(model))
            chart = chart_of(text_of(edited))
            before = life.fleet.chart
            life.save(text_of(edited))
            if chart is None:
                life.look()
                assert life.fleet.chart is before and life.fleet.problems
                continue
            model = edited
            _edit(life, before, chart, data)
        life.fleet.close()


def _edit(life: Life, before: Chart, chart: Chart, data: st.DataObject) -> None:
    """Take up one valid edit, or say yes to it at once; now and then with a restart between."""
    if data.draw(st.booleans()):
        life.look()
        assert loosened(before, life.fleet.chart) == []
    if data.draw(st.integers(0, 3)) == 0:
        known = meaning(life.fleet.chart)
        life.restart()
        assert known == meaning(life.fleet.chart) or loosened(before, life.fleet.chart) == []
        life.restart()
    if data.draw(st.booleans()):
        planned = life.plan()
        answer = life.apply(plan=planned["plan"])
        assert [c["says"] for c in answer["changes"]] == [c["says"] for c in planned["changes"]]
        assert meaning(life.fleet.chart) == meaning(chart)
        assert life.fleet.account.revision is not None and life.fleet.account.revision.waits == ()
        assert life.plan()["changes"] == [] and life.apply()["who"] is None
    else:
        life.look()
        assert loosened(before, life.fleet.chart) == []
    known, places = meaning(life.fleet.chart), [c.place for c in life.fleet.chart.conflicts]
    life.restart()
    assert meaning(life.fleet.chart) == known
    assert [c.place for c in life.fleet.chart.conflicts] == places
