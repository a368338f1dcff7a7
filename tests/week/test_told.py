"""Of everything that a rehearsed day left in the ledger `why` and `trace` have an answer, and it is never empty."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fleet.cli.lines import line_of
from fleet.cli.why import why_lines
from fleet.core.record import Record
from fleet.edge.clock import clock_of
from fleet.runtime.trace import MOST, trace
from fleet.runtime.view import View
from fleet.runtime.why import why
from fleet.store.ledger import records

WEEK = Path(__file__).parent
ROOT = WEEK.parents[1]
FLEET = Path(sys.executable).with_name("fleet")
ID = re.compile(r"[a-z]-\d+|[a-z][a-z0-9-]*@.+")
PLACE = re.compile(r"fleet\.yaml(@r-\d+)?:\d+")
LINES_MOST = 120


@pytest.fixture(scope="module", params=["01-monday", "07-mail", "12-delete"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> View:
    """What a scene of the week left behind."""
    kept = tmp_path_factory.mktemp("week") / "kept"
    script = WEEK / f"{request.param}.yaml"
    command = [str(FLEET), "-C", str(ROOT), "rehearse", "--script", str(script), "--keep", str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return View.open(str(kept))


def _now(view: View) -> datetime:
    return clock_of(view.files.root).now().astimezone(view.chart.calendar.tz)


def _ids(found: list[Record]) -> list[str]:
    named: dict[str, None] = {}
    for record in found:
        keys = (record.turn, *(record.data.get(key) for key in ("id", "matter", "wake", "joins", "reply_to")))
        named.update((str(key), None) for key in keys if key and ID.fullmatch(str(key)))
    return list(named)


def _subjects(found: list[Record]) -> Iterator[str]:
    about = [record.data.get("about") or () for record in found]
    seen = {one for many in about for one in ([many] if isinstance(many, str) else many)}
    yield from sorted(seen)[:20]


def test_why_has_an_answer_for_every_id_and_seat(played: View) -> None:
    found, now = list(records(played.files)), _now(played)
    for name in (*_ids(found), *played.chart.seats, *played.chart.retired):
        answer = why(played, name, now)
        assert answer is not None and answer.stands and answer.says.strip(), name
        text = "\n".join(why_lines(answer, now))
        assert "None" not in text and "  why  " in text, text
        if answer.what == "action" and answer.stands in ("held", "refused"):
            assert PLACE.search(answer.place) or "not declared" in answer.says, text
            assert answer.rule or not answer.place, text
            assert answer.next, text


def test_trace_has_an_answer_for_every_id_and_is_bounded(played: View) -> None:
    found, now = list(records(played.files)), _now(played)
    for name in (*_ids(found)[::7], *_subjects(found)):
        traced = trace(found, name)
        assert traced is not None and traced.things, name
        assert max(len(traced.up), len(traced.down)) <= MOST + 50
        first = min(thing.records[0].n for thing in traced.things)
        assert all(thing.head.n >= first for thing in traced.down), name
        assert all(line_of(thing.head, now).what for thing in (*traced.up, *traced.down))


def test_the_program_gives_both_on_a_few_lines(played: View) -> None:
    for verb, name in (("why", "t-1"), ("trace", "t-1"), ("trace", "t-4"), ("why", "dirk")):
        words = [str(FLEET), "-C", played.files.root, verb, name]
        said = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert said.returncode == 0 and not said.stderr
        assert 1 < len(said.stdout.splitlines()) <= LINES_MOST
