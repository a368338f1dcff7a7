"""What a rehearsal keeps of its records: what its script still asks for, and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.core.record import KINDS, Record
from fleet.core.script.facts import Told, told_by
from fleet.core.script.keys import FACTS
from fleet.core.script.step import Expected

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STANDS = ("state", "claim", "approval", "file", "run")
"""What is looked up when it is asked for."""


def record(what: str, **data: Any) -> Record:
    return Record(1, NOW, what, "dash", "t-1", data, "", "", "")


@pytest.mark.parametrize("kind", FACTS)
def test_each_kind_of_fact_names_the_records_that_tell_it(kind: str) -> None:
    kept = told_by([Expected(kind, {})])
    assert [what for what in KINDS if what in kept] if kind not in STANDS else not kept


def test_nothing_is_kept_that_nobody_asks_for() -> None:
    told = Told(told_by([Expected("state", {})]))
    for n in range(100):
        told.add(record("message", id=f"m-{n}", to="dash"))
        told.add(record("message_done", id=f"m-{n}", box="done"))
        told.add(record("offer", id=f"a-{n}", kind="note.append"))
        told.add(record("action_outcome", id=f"a-{n}", outcome="done"))
        told.add(record("checkpoint"))
    assert (told.records, told.actions, told.messages) == ([], {}, {})
    assert told.newest == {"dash": "m-99"}


def test_a_record_that_is_named_is_kept_alone() -> None:
    told = Told(told_by([Expected("record", {"what": "clock_step"})]))
    for what in ("clock_step", "turn_ended", "started"):
        told.add(record(what))
    assert [one.what for one in told.records] == ["clock_step"]


def test_what_became_of_actions_is_kept_where_it_is_asked_for() -> None:
    told = Told(told_by([Expected("action", {"status": "done"})]))
    told.add(record("offer", id="a-1", kind="note.append"))
    told.add(record("action_outcome", id="a-1", outcome="done"))
    assert told.actions["a-1"]["status"] == "done"
