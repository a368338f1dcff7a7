"""Trouble in projects, invoices and calls: what a knob puts in is in the data and in the truth, and nothing else."""

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sneeze_desk import REPOSITORY

from sneeze.books import Books
from sneeze.generate import books_for, truth
from sneeze.knobs import RATES, Unfit

LAST = date(2026, 11, 20)
DAY = timedelta(days=1)
SEEDS = range(6)
KINDS = ("duplicate_leads", "projects_stale", "milestones_missed", "disputes", "reps_slow")

Row = dict[str, str]


@cache
def books(seed: int, *inject: str, calm: bool = False) -> Books:
    return books_for(seed, LAST, inject=inject, calm=calm)


def told(made: Books, last: date = LAST) -> dict[str, Any]:
    return truth(made, last - timedelta(days=89), last, mail_from=last)


def table(made: Books, name: str, last: date = LAST, *, days: int = 60) -> list[Row]:
    tables = {**made.growing(last - timedelta(days=days - 1), last), **made.standing(last)}
    header, rows = tables[name]
    return [dict(zip(header, row, strict=True)) for row in rows]


def project(made: Books, number: str, last: date = LAST) -> Row:
    return next(row for row in table(made, "projects/projects.csv", last) if row["project"] == number)


def active(made: Books) -> str:
    """Return a project that is active for weeks before and after the last day but ten."""
    day = LAST - 10 * DAY
    return next(
        one.number
        for one in made.projects
        if one.started < day - 20 * DAY and one.ends > day + 20 * DAY and not one.held
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_calm_world_has_no_trouble(seed: int) -> None:
    found = told(books(seed, calm=True))
    assert {kind: found[kind] for kind in KINDS} == {kind: [] for kind in KINDS}
    assert found["events"] == []


def test_a_stale_project_is_not_updated_and_has_no_hours() -> None:
    number = active(books(3, calm=True))
    made = books(3, f"stale:{number}@2026-11-04", calm=True)
    row = project(made, number)
    assert row["status"] == "active"
    assert "2026-10-27" <= row["last_update"] < "2026-11-04"
    logged = {hours["day"] for hours in table(made, "projects/timesheets.csv") if hours["project"] == number}
    assert max(logged) < "2026-11-04"
    before = table(books(3, calm=True), "projects/timesheets.csv")
    assert max(hours["day"] for hours in before if hours["project"] == number) > "2026-11-10"
    (stale,) = told(made)["projects_stale"]
    assert (stale["project"], stale["first"], stale["last"]) == (number, "2026-11-04", "2026-11-28")
    others = [hours for hours in before if hours["project"] != number]
    assert others == [hours for hours in table(made, "projects/timesheets.csv") if hours["project"] != number]


def test_a_missed_milestone_was_due_the_day_before_and_is_not_done() -> None:
    number = active(books(3, calm=True))
    made = books(3, f"miss:{number}@2026-11-18+5", calm=True)
    for day in (date(2026, 11, 18), LAST):
        row = project(made, number, day)
        assert (row["status"], row["milestone_due"], row["milestone_done"]) == ("active", "2026-11-17", "")
        assert [one["project"] for one in told(made, day)["milestones_missed"]] == [number]
    assert told(made, date(2026, 11, 16))["milestones_missed"] == []


def test_a_milestone_that_was_missed_is_done_in_the_end() -> None:
    number = active(books(3, calm=True))
    made = books(3, f"miss:{number}@2026-11-10+3", calm=True)
    assert project(made, number, date(2026, 11, 12))["milestone_due"] == "2026-11-09"
    assert told(made, date(2026, 11, 12))["milestones_missed"]
    assert project(made, number)["milestone_due"] >= LAST.isoformat()
    assert told(made)["milestones_missed"] == []


def test_a_disputed_invoice_is_the_newest_unpaid_one_and_is_paid_in_the_end() -> None:
    made = books(3, "dispute:acme@2026-11-05+10", calm=True)
    first, last = date(2026, 11, 5), date(2026, 11, 14)
    for day, wanted in ((first - DAY, 0), (first, 1), (last, 1), (last + DAY, 0)):
        rows = [row for row in table(made, "invoices.csv", day) if row["status"] == "disputed"]
        assert len(rows) == wanted, day
        assert [row["invoice"] for row in rows] == [one["invoice"] for one in told(made, day)["disputes"]]
        assert all(row["client"] == "acme" and row["note"].startswith("client says") for row in rows)
        assert all(row["paid_on"] == "" and row["issued"] < first.isoformat() for row in rows)
    (number,) = [one["invoice"] for one in told(made, last)["disputes"]]
    before = table(books(3, calm=True), "invoices.csv", first - DAY)
    unpaid = [row["invoice"] for row in before if (row["client"], row["status"]) == ("acme", "open")]
    assert number == unpaid[-1]
    paid = next(row for row in table(made, "invoices.csv") if row["invoice"] == number)
    assert (paid["status"], paid["note"]) == ("paid", "")
    assert paid["paid_on"] > last.isoformat()


def test_a_slow_rep_calls_back_late_and_makes_few_appointments() -> None:
    plain = books(3, calm=True)
    rep = plain.world.reps[0]
    made = books(3, f"slow:{rep.lower()}@2026-11-09+10*3", calm=True)
    span = [row for row in table(made, "calls/daily.csv") if row["rep"] == rep]
    usual = [row for row in table(plain, "calls/daily.csv") if row["rep"] == rep]
    bad = [
        (row, old) for row, old in zip(span, usual, strict=True) if "2026-11-09" <= row["day"] <= "2026-11-18"
    ]
    assert median(int(row["speed_to_lead_s"]) for row, _ in bad) > 2.5 * median(
        int(old["speed_to_lead_s"]) for _, old in bad
    )
    assert sum(int(row["appointments"]) for row, _ in bad) < 0.7 * sum(
        int(old["appointments"]) for _, old in bad
    )
    assert [row for row in span if row["day"] > "2026-11-18"] == [
        row for row in usual if row["day"] > "2026-11-18"
    ]
    assert told(made, date(2026, 11, 18))["reps_slow"] == [
        {"rep": rep.lower(), "first": "2026-11-09", "last": "2026-11-18"}
    ]
    assert told(made)["reps_slow"] == []


@pytest.mark.parametrize("source", ["projects", "invoices"])
def test_a_dead_source_leaves_the_export_of_an_earlier_day(source: str) -> None:
    made = books(3, f"dead:{source}@2026-11-19+2", calm=True)
    name = {"projects": "projects/projects.csv", "invoices": "invoices.csv"}[source]
    assert {row["exported"] for row in table(made, name)} == {"2026-11-18"}
    assert table(made, name) == table(books(3, calm=True), name, date(2026, 11, 18))
    hours = {row["day"] for row in table(made, "projects/timesheets.csv")}
    assert (max(hours) == "2026-11-18") == (source == "projects")


@pytest.mark.parametrize(
    "knob",
    ["stale:p-9999@2026-11-04", "miss:acme@2026-11-04", "dispute:nobody@2026-11-04", "slow:zoe@2026-11-04",
     "dead:everything@2026-11-04"],
)  # fmt: skip
def test_trouble_for_what_is_not_there_is_refused_with_names_that_are(knob: str) -> None:
    with pytest.raises(Unfit, match=f"{knob.partition('@')[0]}: there is no such name, but "):
        books_for(3, LAST, inject=(knob,))


@pytest.mark.parametrize("knob", ["stale:p-9999@2026-11-04", "storm:acme@2026-11-04"])
def test_the_feed_says_so_too_and_writes_nothing(tmp_path: Path, knob: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sneeze.feed", "--root", str(tmp_path), "--once", "--inject", knob],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "sneeze.feed: error: " in ended.stderr and "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_chance_puts_in_about_as_much_as_the_rates_say() -> None:
    count = Counter[str]()
    for seed in range(24):
        made = books(seed)
        recent = [one for one in made.projects if one.started > date(2025, 6, 1)]
        count["projects"] += len(recent)
        count["stale"] += sum(bool(one.quiet) for one in recent)
        bills = [bill for bill in made.bills if bill.issued > date(2025, 6, 1)]
        count["bills"] += len(bills)
        count["dispute"] += sum(bool(bill.dispute) for bill in bills)
        count["rep days"] += len(made.world.reps) * (LAST - date(2024, 1, 1)).days
        count["slow"] += len(made.schedule.all("slow"))
        count["steps"] += sum(len(one.milestones) for one in recent)
        count["miss"] += sum(
            step.done > step.due for one in recent if not one.quiet for step in one.milestones
        )
    assert count["stale"] / count["projects"] == pytest.approx(RATES["stale"], rel=0.2)
    assert count["dispute"] / count["bills"] == pytest.approx(RATES["dispute"], rel=0.25)
    assert count["slow"] / count["rep days"] == pytest.approx(RATES["slow"], rel=0.25)
    assert count["miss"] / count["steps"] == pytest.approx(RATES["miss"], rel=0.25)


@pytest.mark.parametrize("seed", SEEDS)
def test_projects_are_of_one_piece(seed: int) -> None:
    made = books(seed)
    rows = table(made, "projects/projects.csv")
    assert 12 <= sum(row["status"] == "active" for row in rows) <= 45
    assert len({row["project"] for row in rows}) == len(rows)
    quiet = {one["project"] for one in told(made)["projects_stale"]}
    clients = {client.slug for client in made.world.clients}
    for row in rows:
        assert row["client"] in clients
        assert row["started"] <= row["last_update"] <= row["exported"] == LAST.isoformat()
        if row["status"] == "active" and row["project"] not in quiet:
            assert LAST - date.fromisoformat(row["last_update"]) <= 30 * DAY
        if row["status"] == "done":
            assert row["milestone_done"]
        assert row["milestone_done"] <= row["exported"]


@pytest.mark.parametrize("seed", SEEDS)
def test_only_a_quiet_project_is_not_updated_for_two_weeks(seed: int) -> None:
    made = books(seed)
    quiet = {one["project"] for one in told(made)["projects_stale"]}
    just_over = {
        one.number for one in made.projects if any(LAST - 14 * DAY <= span[1] < LAST for span in one.quiet)
    }
    still = {
        row["project"]
        for row in table(made, "projects/projects.csv")
        if row["status"] == "active" and (LAST - date.fromisoformat(row["last_update"])).days > 14
    }
    assert still <= quiet | just_over


@pytest.mark.parametrize("seed", SEEDS)
def test_hours_are_logged_by_the_team_on_what_is_active(seed: int) -> None:
    made = books(seed)
    known = {one.number: one for one in made.projects}
    spent: dict[str, float] = defaultdict(float)
    for row in table(made, "projects/timesheets.csv", days=120):
        one = known[row["project"]]
        assert row["person"] in one.team
        assert one.status(date.fromisoformat(row["day"])) == "active"
        assert 0 < float(row["hours"]) <= 8
        spent[row["project"]] += float(row["hours"])
    whole = [one for one in made.projects if one.started >= LAST - 118 * DAY and one.ends <= LAST]
    shares = [spent[one.number] / one.budget for one in whole]
    assert not shares or 0.3 < median(shares) < 1.2


@pytest.mark.parametrize("seed", SEEDS)
def test_an_invoice_is_the_same_invoice_on_every_day(seed: int) -> None:
    made, sums = books(seed), []
    seen: dict[str, tuple[str, ...]] = {}
    for back in range(0, 60, 12):
        day = LAST - back * DAY
        rows = table(books_for(seed, day), "invoices.csv", day, days=1)
        for row in rows:
            same = tuple(row[key] for key in ("client", "project", "issued", "due", "amount"))
            assert seen.setdefault(row["invoice"], same) == same
            assert (row["paid_on"] != "") == (row["status"] == "paid")
            assert row["issued"] <= row["exported"] and row["paid_on"] <= row["exported"]
        sums.append(sum(int(r["amount"]) for r in rows if r["status"] == "open" and r["due"] < r["exported"]))
    assert 0 <= median(sums) < 15_000
    assert len({bill.number for bill in made.bills}) == len(made.bills)


def test_what_is_overdue_is_around_the_target() -> None:
    sums = []
    for seed in range(24):
        for back in (0, 10, 20):
            rows = table(books(seed), "invoices.csv", LAST - back * DAY, days=1)
            sums.append(
                sum(int(r["amount"]) for r in rows if r["status"] == "open" and r["due"] < r["exported"])
            )
    assert 2_000 < median(sums) < 8_000


def test_every_table_is_good_csv() -> None:
    made = books(3)
    for name, (header, rows) in {**made.growing(LAST - 20 * DAY, LAST), **made.standing(LAST)}.items():
        assert all(len(row) == len(header) for row in rows), name
        assert list(csv.reader([",".join(header)])) == [header]
