"""The scripted week, judged again out of its ledger: by its own chart nothing differs, by another one what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WEEK = Path(__file__).parent
FLEET = str(Path(sys.executable).with_name("fleet"))
RULE = """\
  - name: watched
    seat: dirk
    if: state["pulse"].items.exists(i, i.kind == "client at risk" && i.about == action.about)
    then: hold
  - name: morning
    action: draft.write
    if: claims.size() == 0 && now.getHours("America/New_York") < 12
    then: ask bogdan
"""


def call(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([FLEET, *words], input=text, capture_output=True, text=True, timeout=170)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kept copy of the week, of the example with two rules more, which stand last."""
    folder = tmp_path_factory.mktemp("again")
    assert call("init", "--from", "sneeze-it", str(folder / "agency")).returncode == 0
    chart = folder / "agency/fleet.yaml"
    text = chart.read_text()
    own = re.search(r"^rules:.*\n(?:(?:  .*)?\n)*", text, re.MULTILINE)
    assert own
    chart.write_text(f"{text.replace(own[0], '')}\n{own[0].rstrip()}\n{RULE}")
    played = call(
        "-C",
        str(folder / "agency"),
        "rehearse",
        "--script",
        str(WEEK / "00-week.yaml"),
        "--keep",
        str(folder / "kept"),
    )
    assert "The copy:" in played.stdout, played.stdout + played.stderr
    return folder / "kept"


def again(week: Path, *words: str, text: str = "") -> dict[str, Any]:
    said = call("-C", str(week), "rules", "backtest", *words, "--json", text=text)
    assert said.returncode == 0, said.stdout + said.stderr
    data: dict[str, Any] = json.loads(said.stdout)["data"]
    return data


def test_by_its_own_chart_every_verdict_of_the_week_is_the_recorded_one(week: Path) -> None:
    found = again(week, "--unchanged")
    assert found["judged"] == found["exact"] > 45
    whole = again(week)
    assert (whole["judged"], whole["changed"], whole["by_rule"], whole["unjudged"]) == (
        found["judged"],
        0,
        0,
        {},
    )


def test_a_rule_that_is_removed_changed_or_added_changes_what_it_speaks_of(week: Path) -> None:
    text = (week / "fleet.yaml").read_text()
    none = again(week, "-", text=text.replace(RULE, ""))
    assert "morning" in {one["then"]["rule"] for one in none["verdicts"]} <= {"morning", "watched"}
    assert "allowed instead of asked" in none["instead"]
    assert none["approvals"]["bogdan"]["now"] < none["approvals"]["bogdan"]["then"]
    later = again(week, "-", text=text.replace("< 12", "< 24"))
    assert "asked instead of allowed" in later["instead"] or later["changed"] == 0
    wider = again(
        week,
        "-",
        text=text.replace('exists(i, i.kind == "client at risk" && i.about == action.about)', "size() > 0"),
    )
    assert {one["now"]["rule"] for one in wider["verdicts"]} == {"watched"}
    assert {one["seat"] for one in wider["verdicts"]} == {"dirk"}
    refused = again(week, "-", text=text.replace("then: ask bogdan", "then: refuse"))
    assert set(refused["instead"]) == {
        "refused instead of asked",
        "refused instead of allowed",
    }  # once he said yes
    more = f"{text}  - {{name: quiet, seat: dirk, if: 'state[\"dash\"].fresh', then: hold}}\n"
    added = again(week, "-", "--seat", "dirk", text=more)
    assert {one["now"]["rule"] for one in added["verdicts"]} == {"quiet"}
    assert added["changed"] > 10


def test_a_conflict_turned_over_frees_and_holds_others(week: Path) -> None:
    text = (week / "fleet.yaml").read_text()
    found = again(week, "-", text=text.replace("rank: [pulse, dirk, nick]", "rank: [nick, pulse, dirk]"))
    assert all(one["now"]["place"] for one in found["verdicts"])
    never = again(week, "-", text=text.replace("never: [crm.delete]", "never: [crm.delete, crm.offer]"))
    assert {one["kind"] for one in never["verdicts"]} == {"crm.offer"}
    assert set(never["instead"]) <= {
        "refused instead of asked",
        "refused instead of allowed",
        "refused instead of held",
    }
