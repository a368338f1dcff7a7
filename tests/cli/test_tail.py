"""`fleet tail`: kinds in one or many, since when, by whom, and the date when a day begins meanwhile."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from fleet.cli.flags import Flags
from fleet.cli.tail import KINDS, Screen
from fleet.cli.times import typed_time
from fleet.core.record import Record
from fleet.errors import Typed

LATE = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
EST = timezone(timedelta(hours=-5))


def _record(at: datetime, n: int, what: str = "trouble", **data: str) -> Record:
    return Record(n, at, what, "dash", None, data or {"says": f"no {n}"}, "", "", "")


def _clock(folder: Path, at: datetime) -> None:
    (folder / ".fleet").mkdir(exist_ok=True)
    (folder / ".fleet" / "clock").write_text(at.isoformat())


def test_the_date_is_said_when_a_day_begins_and_only_then(tmp_path):
    (tmp_path / "fleet.yaml").write_text("fleet: x\n")
    out = io.StringIO()
    _clock(tmp_path, LATE)
    screen = Screen(Flags(directory=str(tmp_path)), UTC, out)
    screen.show([_record(LATE - timedelta(days=1), 1), _record(LATE, 2)])
    _clock(tmp_path, LATE + timedelta(seconds=3))
    screen.show([_record(LATE + timedelta(seconds=n), n) for n in (2, 3)])
    screen.show([_record(LATE + timedelta(seconds=4), 4)])
    assert [line.partition("  ")[0].rstrip() for line in out.getvalue().splitlines()] == [
        "Sun 23:59:59",
        "23:59:59",
        "Tue 24 Nov 2026",
        "00:00:01",
        "00:00:02",
        "00:00:03",
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2h", "2026-11-23T06:24"),
        ("07:30", "2026-11-23T07:30"),
        ("08:30", "2026-11-22T08:30"),  # that of today is still to come
        ("mon", "2026-11-23T00:00"),
        ("sat 12:00", "2026-11-21T12:00"),
        ("2026-11-20", "2026-11-20T00:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20T05:00"),
    ],
)
def test_since_is_read_as_people_say_it(typed, meant):
    from zoneinfo import ZoneInfo

    now = datetime(2026, 11, 23, 8, 24, tzinfo=ZoneInfo("America/New_York"))
    at = typed_time(typed, "--since", now, past=True)
    assert at.astimezone(now.tzinfo).isoformat()[:16] == meant


def test_until_means_the_next_such_time():
    now = datetime(2026, 11, 23, 8, 24, tzinfo=UTC)
    assert typed_time("07:30", "--until", now).isoformat() == "2026-11-24T07:30:00+00:00"
    with pytest.raises(
        Typed, match="--until 'soon': neither a time like .*, 07:30 or mon nor a span like 4h"
    ):
        typed_time("soon", "--until", now)


def test_each_kind_is_taken_in_one_and_in_many(hello):
    assert hello("up", "--once", "-q").code == 0
    for kind in KINDS:
        many = f"{kind}s" if kind not in ("mail", "all") else kind
        assert hello("tail", "--kind", kind).out == hello("tail", "--kind", many).out
    assert "turn t-1 done" in hello("tail", "--kind", "turn").out
    said = hello("tail", "--kind", "verdits")
    assert (said.code, said.err) == (2, "fleet: --kind verdits: no such kind. Did you mean verdict?\n")


def test_since_shows_all_there_is_and_a_number_the_last_of_them(hello):
    assert hello("up", "--once", "-q").code == 0
    whole = hello("tail", "--kind", "all", "--since", "1h").out.splitlines()
    assert len(whole) > 5
    two = hello("tail", "--kind", "all", "--since", "1h", "-n", "2").out.splitlines()
    assert [line.split() for line in two] == [line.split() for line in whole[-2:]]
    assert hello("tail", "--kind", "all", "-n", "0", "--since", "1h").out == ""


def test_what_a_person_did_stands_under_the_name_and_is_found_by_it(desk):
    assert desk("pause", "dirk", "--because", "audit", "--as", "bogdan").code == 0
    assert desk("resume", "dirk", "--as", "founder").code == 0
    lines = [line.split(maxsplit=1)[1] for line in desk("tail", "-n", "2").out.splitlines()]
    assert [" ".join(line.split()) for line in lines] == ["bogdan pauses dirk audit", "founder resumes dirk"]
    assert "pauses dirk" in desk("tail", "bogdan").out
    assert "pauses dirk" not in desk("tail", "founder").out
