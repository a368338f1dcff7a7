"""States of then: made again from the ledger wherever a reading begins, in the zone of their own time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.conftest import Place

from fleet.runtime.backtest import Wanted, backtest
from fleet.store.files import Files

CHART = """fleet: moved
timezone: UTC
seats:
  ann: {title: Owner, person: Ann, reads: [a, b]}
  b: {title: B, run: sh agent.sh, answers_to: ann, owns: [y], when: every day at 07:00, good_for: 30d,
      scorecard: {n: at least 1 a week}}
  a: {title: A, run: sh agent.sh, answers_to: ann, owns: [x], when: every day at 08:00,
      scorecard: {n: at least 1 a week}, can: {do: [offer]}}
actions:
  offer: {run: 'true', about: account}
rules:
  - {name: full, action: offer, if: 'state["b"].items.size() > 5', then: refuse}
"""
ONCE = """[ "$FLEET_TURN" = t-1 ] || exit 1
echo '{"headline": "b", "items": [{"kind": "k", "about": "account:x"}]}'
"""
OFFERS = """cat <<END
{"headline": "a", "actions": [{"kind": "offer", "about": "account:$FLEET_TURN"}]}
END
"""
SCRIPT = """scene: moved
from: 2026-11-02
for: 6d
steps:
  - {at: 2026-11-03 12:00, edit: {file: fleet.yaml, replace: 'timezone: UTC', with: 'timezone: Asia/Tokyo'}}
"""
Counts = tuple[int, int, dict[str, int]]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A week in which one state stood from the first day on, and the fleet moved to another zone on the second."""
    folder = Path(tmp_path_factory.mktemp("moved")).resolve()
    (folder / "fleet").mkdir()
    fleet = Place(folder / "fleet")
    fleet.write("fleet.yaml", CHART)
    fleet.write("seats/b/agent.sh", ONCE)
    fleet.write("seats/a/agent.sh", OFFERS)
    (folder / "script.yaml").write_text(SCRIPT)
    said = Place(folder)("-C", "fleet", "rehearse", "--script", "script.yaml", "--keep", "kept")
    assert said.code == 0, said.out + said.err
    return Place(folder / "kept")


def counted(place: Place, since: datetime, processes: int) -> Counts:
    files = Files(str(place.folder))
    try:
        tally = backtest(files, Wanted(None, since), processes=processes).tally
    finally:
        files.close()
    return tally.judged, tally.exact, dict(tally.unjudged)


@pytest.mark.parametrize("processes", [1, 2, 5, 28])
def test_a_state_from_before_the_fleet_moved_is_made_in_the_zone_of_its_time(moved, processes):
    assert counted(moved, datetime(2026, 11, 1, tzinfo=UTC), processes) == (8, 8, {})
    assert counted(moved, datetime(2026, 11, 5, tzinfo=UTC), processes) == (3, 3, {})


@pytest.mark.parametrize("erased", [{"2026-11-04", "2026-11-05"}, {"revision"}])
def test_what_was_erased_is_missed_alike_wherever_a_reading_begins(moved, tmp_path, erased):
    place = Place(tmp_path / "kept")
    place.folder.mkdir()
    copy = moved.folder / "ledger"
    place.write("fleet.yaml", (moved.folder / "fleet.yaml").read_text())
    for day in copy.iterdir():
        place.write(f"ledger/{day.name}", day.read_text())
    first: list[int] = []
    for day in sorted(copy.iterdir()):
        lines = [json.loads(line) for line in day.read_text().splitlines()]
        first += [lines[0]["n"]] if day.stem in erased else []
        first += [r["n"] for r in lines if r["what"] in erased and r["data"]["id"] == "r-1"]
    assert place("audit", "erase", *map(str, first), "--because", "asked to").code == 0
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    alone = counted(place, begin, 1)
    assert alone[0] == alone[1] > 0
    assert [counted(place, begin, processes) for processes in (2, 5, 28)] == [alone] * 3
    late = counted(place, datetime(2026, 11, 5, tzinfo=UTC), 1)
    assert late == (3, 3, {})
