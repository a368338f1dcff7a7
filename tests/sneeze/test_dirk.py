"""Dirk's marks in the CRM: about a brand while it is a prospect, about an account once it is a client, once a week."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import Desk, read

from sneeze.server import COLUMNS, OLD_COLUMNS

LAST = date(2026, 11, 20)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A pipeline with stalled deals of prospects and of clients."""
    return Desk(tmp_path, 11, LAST, calm=True)


def marks(desk: Desk) -> list[dict[str, Any]]:
    return [action for action in desk.result("dirk")["actions"] if action["kind"] == "crm.write"]


def test_a_mark_is_about_a_brand_only_while_it_is_a_prospect(desk: Desk) -> None:
    with (desk.root / "data/crm/deals.csv").open(newline="") as file:
        deals = {row["deal"]: row for row in csv.DictReader(file)}
    found = marks(desk)
    for mark in found:
        deal = deals[mark["with"]["deal"]]
        kind = "brand" if deal["kind"] == "new" else "account"
        assert mark["about"] == f"{kind}:{deal['client']}"
    assert {mark["about"].partition(":")[0] for mark in found} == {"brand", "account"}


@pytest.mark.parametrize("columns", [COLUMNS, OLD_COLUMNS])
def test_what_the_log_of_the_crm_has_is_not_marked_again_within_a_week(
    desk: Desk, columns: list[str]
) -> None:
    wanted = marks(desk)
    assert len(wanted) >= 3
    log = desk.root / "data/crm/writes.csv"
    for day, left in (("2026-11-20", []), ("2026-11-10", wanted[:2])):
        lines = [",".join(columns)]
        for number, mark in enumerate(wanted):
            when = day if number < 2 else "2026-11-19"
            name = mark["about"] if columns == COLUMNS else mark["about"].partition(":")[2]
            lines.append(f"a-{number},{when},{name},{mark['with']['deal']},{mark['with']['field']},x,dirk")
        log.write_text("\n".join(lines) + "\n")
        assert marks(desk) == left


def offers(desk: Desk, *, days: int = 1, says: str = "") -> list[str]:
    """Return to whom a turn offers something, after fleet told it something."""
    notes = [{"at": desk.now(8, 30).isoformat(), "id": "a-1", "says": says}] if says else []
    reads = {"pulse": read({"headline": "fine", "as_of": desk.now(6).isoformat(), "claims": []})}
    actions = desk.result("dirk", now=desk.now(10, days=days), reads=reads, also={"corrections": notes})[
        "actions"
    ]
    return [action["about"] for action in actions if action["kind"] == "crm.offer"]


def test_who_got_a_no_is_offered_nothing_for_thirty_days(desk: Desk) -> None:
    [first, *rest] = offers(desk)
    no = f"founder said no to your crm.offer about {first} (a-1): not now."
    assert first not in offers(desk, says=no)
    assert set(rest) <= set(offers(desk)), "the no is told once, and kept"
    assert first not in offers(desk)
    kept = desk.root / "seats/dirk/work/denied.json"
    assert json.loads(kept.read_text()) == {first: "2026-11-21"}
    kept.write_text(json.dumps({first: "2026-10-22"}))
    assert first not in offers(desk)
    kept.write_text(json.dumps({first: "2026-10-21"}))
    assert first in offers(desk)


@pytest.mark.parametrize(
    "says",
    [
        "founder said yes to your crm.offer about {} (a-1).",
        "Your crm.offer about {} (a-1) was held: founder said no to your crm.offer about {} (a-0).",
        "founder said no to your crm.write about {} (a-1): wrong field.",
    ],
)
def test_what_is_no_denial_of_an_offer_stops_no_other_one(desk: Desk, says: str) -> None:
    before = offers(desk)
    assert offers(desk, says=says.format(before[0], before[0])) == before
    assert not (desk.root / "seats/dirk/work").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"account:acme": 7}', "[" * 100_000])
def test_a_memory_that_cannot_be_read_is_begun_anew(desk: Desk, text: str) -> None:
    before = offers(desk)
    kept = desk.root / "seats/dirk/work/denied.json"
    kept.parent.mkdir()
    kept.write_text(text)
    assert offers(desk) == before
