"""The chart in force is kept whole for reading verbs; whatever is odd about it, the text is read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet.core import kept as whole
from fleet.core.past import Revision
from fleet.runtime import keep
from fleet.runtime.view import View
from fleet.store.chart import load, read_revision
from fleet.store.files import Files
from fleet.testing import Rig, chart_text

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
EXAMPLES = [ROOT, *(path.parent for path in (ROOT / "src/fleet/examples").glob("*/fleet.yaml"))]
ALL = """\
fleet: all
timezone: America/New_York
workdays: sun-thu
holidays: [2026-12-25]
budget: $45.50 a day
limits: {turns_at_once: 3, messages_an_hour: 7, fan_out: 8, wakes_an_hour: 9}
defaults: {budget: $4 a day, limit: 90s, missed: run all, retries: 2, late_after: 5m}
seats:
  boss: {title: Boss, person: Ann, login: ann, reach: [{run: ./tell "it all"}], reads: [one]}
  one:
    title: One
    run: ./agent
    answers_to: boss
    owns: [all of it]
    when: [every 4h from 06:00 to 18:00 on weekdays, the 1st of the month at 09:00, {cron: "0 7 * * 1"},
           when mail arrives, when an escalation arrives, when data/a.csv changes, when two publishes]
    reads: [two, {path: data/*.csv, fresh_within: 26h, private: yes}]
    scorecard:
      made: at least 5 a week
      right: {target: at least 80%, plausible: between 0% and 100%}
      cost: "at most $4 a day"
    can: {do: [note.append], ask: {crm.offer: boss}}
    good_for: 24h
  two: {title: Two, run: ./agent, answers_to: one, owns: [rest], when: weekdays at 07:15, scorecard: {x: every workday}}
actions:
  note.append: {run: ./note, at_most: 3 a day each}
  crm.offer: {http: "https://crm.example/offers", about: account, outside: yes}
conflicts: [{about: account, rank: [two, one], within: 2d, then: hold}]
handoffs: {work: {from: two, to: one, within: 4h, with: {size: number}}}
escalation: {late: [answers_to, wait 1h, boss]}
retired: {old: {title: Old, date: 2026-01-02, record: retired/old/record.md, gave: {"its work": one}}}
"""


def _revision(root: Path, **more) -> Revision:
    files = Files(str(root))
    made, told = load(lambda path: files.read(path, limit=1 << 23), files.glob)
    assert made is not None, [m.line() for m in told if m.level == "error"]
    return Revision("r-1", 1, "ann", AT, dict(made.texts), **more)


def _same(first, second) -> bool:
    """Equal in all, also in what a comparison of charts leaves out, but for the examples of rules."""
    bare = [
        replace(one, rules=tuple(replace(rule, examples=()) for rule in one.rules)) for one in (first, second)
    ]
    alike = [repr(replace(chart, places={})) for chart in bare]
    return first == second and alike[0] == alike[1] and dict(first.places) == dict(second.places)


@pytest.mark.parametrize("root", EXAMPLES, ids=lambda root: root.name)
def test_a_chart_that_was_written_down_is_the_one_that_its_text_makes(root, tmp_path):
    revision = _revision(root)
    made, _ = read_revision(revision)
    files = Files(str(tmp_path))
    files.make(".fleet", 0o700)
    keep._write(files, made, revision)
    assert _same(keep.kept(files, revision), made)


def test_so_is_one_that_says_everything_a_chart_can(tmp_path):
    (tmp_path / "fleet.yaml").write_text(ALL)
    revision = _revision(tmp_path)
    made, _ = read_revision(revision)
    files = Files(str(tmp_path))
    files.make(".fleet", 0o700)
    keep._write(files, made, revision)
    assert _same(keep.kept(files, revision), made)


def test_it_is_for_its_own_revision_alone(tmp_path):
    (tmp_path / "fleet.yaml").write_text(ALL)
    revision = _revision(tmp_path)
    made, _ = read_revision(revision)
    data = whole.written(made, whole.key_of(revision))
    other = replace(revision, texts={"fleet.yaml": ALL + "\n"})
    assert whole.read(data, whole.key_of(revision)) is not None
    assert whole.read(data, whole.key_of(other)) is None


def _sealed(body: bytes):
    return lambda key, data: whole._head(key, body) + body


@pytest.mark.parametrize(
    "damage",
    [
        lambda key, data: b"",
        lambda key, data: data[:-1],
        lambda key, data: data.replace(b'"boss"', b'"ross"', 1),
        lambda key, data: b"\xff" + data,
        # what somebody else has sealed
        *map(
            _sealed,
            (b"", b"[]", b"[99]", b'[1,"few"]', b'["exec","1"]', b"[" * 100_000 + b"]" * 100_000, b"\xff"),
        ),
    ],
)
def test_one_that_is_damaged_is_passed_over(tmp_path, damage):
    (tmp_path / "fleet.yaml").write_text(ALL)
    revision = _revision(tmp_path)
    made, _ = read_revision(revision)
    key = whole.key_of(revision)
    assert whole.read(damage(key, whole.written(made, key)), key) is None


TWO = {"a": "when: when asked", "b": "when: when asked"}


@pytest.fixture
def rig(tmp_path):
    with Rig(tmp_path, chart_text(TWO)) as made:
        yield made


def _kept(rig) -> list:
    return json.loads(rig.path(keep.PATH).read_text().partition("\n")[2])


def test_the_chart_is_kept_at_a_start_and_when_a_new_one_comes_into_force(rig):
    rig.start()
    assert {*_kept(rig)[3]} >= {"a", "b"}
    rig.edit(chart_text({**TWO, "c": "when: when asked"})).settle()
    assert "c" in _kept(rig)[3]


def test_a_reading_verb_gets_the_same_chart_with_and_without_it(rig):
    rig.start().stop()
    with_it = View.open(str(rig.root)).chart
    rig.path(keep.PATH).unlink()
    without = View.open(str(rig.root)).chart
    assert _same(with_it, without)
