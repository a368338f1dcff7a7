"""Values survive the way into a checkpoint and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from fleet.core.action import Action, Deed, Touch, Yes
from fleet.core.codec import from_plain, to_plain, when
from fleet.core.past import (
    Claim,
    Ended,
    Letter,
    Matter,
    Origin,
    Past,
    Paused,
    Published,
    Revision,
    Running,
    Thread,
    Wake,
)

AT = datetime(2026, 11, 23, 12, 15, 0, 123456, tzinfo=UTC)
WAKE = Wake("dash@2026-11-23T12:15Z", AT, "clock", "weekdays at 07:15", slot=AT, alone=True)


@pytest.mark.parametrize(
    "value",
    [
        # nothing but what must be given, and that as little as can be: zeros and empty texts
        Running("t-1", AT, AT, 0),
        Ended("t-1", "done", AT, 0.0),
        Action("a-1", "dirk", "t-1", "crm.write", "", AT, AT),
        Letter("m-1", "dash", "", "INFORM", "", 0, AT, ""),
        Matter("i-1", "raised", "dash", "", AT),
        Past(AT, AT, AT),
        Wake("", AT, "", ""),
        Published("t-1", 0, "", AT, ""),
        Origin("", ""),
        Thread(),
        Paused("", AT),
        Revision("r-1", 1, "", AT),
        # everything given
        Running("t-1", AT, AT, 2, (WAKE,), ("m-1", "m-2"), "ab", ("tally",), True, 3),
        Ended("t-1", "failed", AT, 0.25, "exit 1", "words"),
        Action(
            *(
                "a-1",
                "dirk",
                "t-1",
                "crm.write",
                "ab",
                AT,
                AT,
                ("account:acme",),
                ("account:acme",),
                {"n": 0},
            ),
            *("because", True, {"out/x": "ab"}, {"m-1": "pulse"}, "asked", 10, "rule", "fleet.yaml:9", "why"),
            *(("chart",), AT, 7, "founder", AT, (Yes("founder", "bogdan", AT, "ab"),), 2, "ever", AT),
        ),
        Touch("a-1", "crm.write", AT),
        Deed("a-1", "dirk", "crm.write", "ab", AT, ("a:b",), ("a:b",), {"m-1": "pulse"}, False),
        Letter("m-1", "d", "p", "REQUEST", "n", 4, AT, "m-1", "cur", 2, ("a:b",), "s", True, "ab"),
        Matter(
            "m-1", "unanswered", "dash", "usual", AT, "p", ("a:b",), "s", "b", 2, {"m-3": "p", "m-4": "q"}
        ),
        Published("t-1", 7, "ab", AT, "cd", AT, AT, "h", ("dash",), True),
        Past(
            *(AT, AT, AT, (WAKE,), Running("t-1", AT, AT, 0), Ended("t-1", "done", AT, 1.0), AT),
            *(Published("t-1", 7, "ab", AT, "cd"), (Claim("a:b", AT, "t-1", AT, "c"),), "ab"),
            *({"data/x.csv": "ab"}, 1, 2, AT, "retry", {"step": 3}, Paused("bo", AT, "c"), 5, AT),
            *(({"says": "no"},), ({"says": "done"},), {"2026-11-23": 0.5}, "2026-11-23", 0.5, 1, True, True),
        ),
        # what a holder gave stays as it is, also where it is empty or like a default
        Past(AT, AT, AT, resume=0),
        Past(AT, AT, AT, resume=False),
        Past(AT, AT, AT, resume={}),
        Past(AT, AT, AT, resume=""),
        Past(AT, AT, AT, resume=[]),
        Action("a-1", "dirk", "t-1", "crm.write", "", AT, AT, payload={}),
    ],
)
def test_a_value_comes_back_from_a_checkpoint_as_it_was(value: object) -> None:
    back = from_plain(type(value), json.loads(json.dumps(to_plain(value))))
    assert back == value
    assert repr(back) == repr(value)


def test_what_stands_at_its_default_takes_no_room() -> None:
    at = AT.isoformat()
    assert to_plain(Past(AT, AT, AT)) == {"since": at, "fixed_until": at, "interval_until": at}


def test_times_keep_their_microseconds_and_their_offset() -> None:
    assert when(to_plain(AT)) == AT
    assert when(None) is None
    assert to_plain(timedelta(minutes=1.5)) == 90.0


@pytest.mark.parametrize(
    "value",
    [
        # a key that no field has
        {"id": "i-1", "kind": "raised", "seat": "dash", "ladder": "", "base_at": AT.isoformat(), "new": 1},
        # a field that must be given
        {"id": "i-1"},
        # no time
        {"id": "i-1", "kind": "raised", "seat": "dash", "ladder": "", "base_at": "soon"},
    ],
)
def test_what_is_no_such_value_is_refused(value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_plain(Matter, value)
