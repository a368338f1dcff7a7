"""Dirk's marks in the CRM: about a brand while it is a prospect, about an account once it is a client, once a week."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import Desk

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
