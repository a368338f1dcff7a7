"""Crystal: what stands still, what runs over, and where hours, projects and invoices disagree."""

import json
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import REPOSITORY, Desk, read

from sneeze import invoices, projects
from sneeze.books import span
from sneeze.generate import books_for

LAST = date(2026, 11, 20)  # a Friday
TODAY = "2026-11-20"
SEEDS = range(1000, 1020)
NOW = (8, 30)


class Shelf(Desk):
    """A desk with Crystal alone and nothing but the three files it reads, as rows of text."""

    def __init__(self, root: Path, last: date = LAST) -> None:
        self.root, self.last = root, last
        where = root / "seats/crystal"
        shutil.copytree(REPOSITORY / "seats/crystal", where, ignore=shutil.ignore_patterns("__pycache__"))

    def put(self, name: str, columns: list[str], rows: list[list[str]]) -> None:
        path = self.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(",".join(row) + "\n" for row in [columns, *rows]))

    def crystal(self, *, days: int = 1, **given: Any) -> dict[str, Any]:
        return self.result("crystal", now=self.now(*NOW, days=days), **given)


def project(number: str = "p-1", **other: str) -> list[str]:
    row = {
        "exported": TODAY, "project": number, "client": "acme", "name": "Brand guide", "owner": "Kristen",
        "status": "active", "started": "2026-10-01", "last_update": "2026-11-19", "milestone": "first draft",
        "milestone_due": "2026-12-01", "milestone_done": "", "budget_hours": "100",
    }  # fmt: skip
    return list({**row, **other}.values())


def hours(number: str = "p-1", day: str = "2026-11-20", many: str = "4.00") -> list[str]:
    return [day, "Kristen", number, many]


def invoice(number: str = "inv-1", **other: str) -> list[str]:
    row = {
        "exported": TODAY, "invoice": number, "client": "acme", "project": "p-1", "issued": "2026-11-10",
        "due": "2026-11-24", "amount": "900", "status": "open", "paid_on": "", "note": "",
    }  # fmt: skip
    return list({**row, **other}.values())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Two projects in order, with hours and an invoice."""
    return stocked(Shelf(tmp_path))


def stocked(
    shelf: Shelf,
    projects_: list[list[str]] | None = None,
    hours_: list[list[str]] | None = None,
    invoices_: list[list[str]] | None = None,
) -> Shelf:
    """Put rows beside those that are in order."""
    shelf.put("projects/projects.csv", projects.PROJECT_COLUMNS, [project(), *(projects_ or [])])
    shelf.put("projects/timesheets.csv", projects.TIMESHEET_COLUMNS, [hours(), *(hours_ or [])])
    shelf.put("invoices.csv", invoices.INVOICE_COLUMNS, [invoice(), *(invoices_ or [])])
    return shelf


def found(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["kind"], item["about"]) for item in result["items"]]


def texts(result: dict[str, Any]) -> list[str]:
    return [action["with"]["text"] for action in result["actions"]]


def janine(*named: tuple[str, str], **more: Any) -> dict[str, Any]:
    items = [
        {"about": f"account:{client}", "kind": "billing-dispute", "with": {"invoice": number}}
        for client, number in named
    ]
    state = {"headline": "books", "as_of": "2026-11-16T09:00:00-05:00", "items": items}
    return {"janine": {**read(state), **more}}


def test_books_in_order_give_no_finding(shelf: Shelf) -> None:
    result = shelf.crystal(reads=janine())
    assert (found(result), result["actions"]) == ([], [])
    assert result["scorecard"] == {"projects_on_time": 100.0}
    assert result["headline"] == "1 active projects, 0 late, 0 stale"
    assert result["as_of"] == "2026-11-21T00:00:00-05:00"


@pytest.mark.parametrize(
    ("updated", "logged", "status", "stale"),
    [
        ("2026-11-06", "2026-11-06", "active", True),  # fourteen days without either
        ("2026-11-07", "2026-11-02", "active", False),  # updated thirteen days ago
        ("2026-11-02", "2026-11-07", "active", False),  # hours thirteen days ago
        ("2026-10-02", "2026-10-02", "on hold", False),  # nobody is to care
        ("2026-10-02", "2026-10-02", "done", False),
    ],
)
def test_an_active_project_is_stale_after_14_days_without_update_and_hours(
    shelf: Shelf, updated: str, logged: str, status: str, stale: bool
) -> None:
    stocked(
        shelf,
        [project("p-2", last_update=updated, status=status)],
        [hours("p-2", logged)],
        [invoice(project="p-2")],
    )
    result = shelf.crystal()
    assert (("stale-project", "project:p-2") in found(result)) is stale
    assert texts(result) == (
        ["p-2 (Brand guide, acme) has had no update and no hours since 2026-11-06; is it still active?"]
        if stale
        else []
    )


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        ({"milestone_due": "2026-11-19"}, True),
        ({"milestone_due": "2026-11-20"}, False),  # its day was not over before the export
        ({"milestone_due": "2026-11-19", "milestone_done": "2026-11-20"}, False),
        ({"milestone_due": "2026-11-19", "status": "on hold"}, False),
        ({"milestone_due": ""}, False),
    ],
)
def test_a_milestone_is_missed_when_its_day_is_over_and_it_is_not_done(
    shelf: Shelf, row: dict[str, str], missed: bool
) -> None:
    result = stocked(shelf, [project("p-2", **row)]).crystal()
    assert (("missed-milestone", "project:p-2") in found(result)) is missed
    active = row.get("status") != "on hold"
    assert result["scorecard"] == {"projects_on_time": 50.0 if missed else 100.0}
    assert result["headline"].startswith(f"{1 + active} active projects, {int(missed)} late")


def test_no_active_project_gives_no_value(shelf: Shelf) -> None:
    shelf.put("projects/projects.csv", projects.PROJECT_COLUMNS, [project(status="on hold")])
    assert shelf.crystal()["scorecard"] == {}


def test_a_project_over_its_hours_is_named_and_one_that_is_done_or_has_no_budget_is_not(shelf: Shelf) -> None:
    many = [hours("p-2", many="8.00"), hours("p-2", "2026-11-19", "3.00"), hours("p-3", many="20.00")]
    many.append(hours("p-4", "2026-11-18", "20.00"))
    over = project("p-4", budget_hours="10", status="done")  # that is for the invoice to tell
    stocked(shelf, [project("p-2", budget_hours="10"), project("p-3", budget_hours=""), over], many)
    result = shelf.crystal()
    assert found(result) == [("over-budget", "project:p-2")]
    assert result["items"][0]["because"] == "p-2 (Brand guide, acme) has at least 11 hours of 10 budgeted"
    assert texts(result) == ["p-2 (Brand guide, acme) went over its 10 budgeted hours."]


@pytest.mark.parametrize(
    ("row", "day", "wrong"),
    [
        (project("p-2", status="done", last_update="2026-11-18"), "2026-11-19", True),
        (project("p-2", status="done", last_update="2026-11-18"), "2026-11-18", False),
        (project("p-2", status="on hold", last_update="2026-11-09"), "2026-11-17", True),
        (
            project("p-2", status="on hold", last_update="2026-11-10"),
            "2026-11-17",
            False,
        ),  # its hold may be later
        (project("p-9"), "2026-11-07", True),  # p-2 is in no export
        (project("p-9"), "2026-11-06", False),  # it may have been in an older one
    ],
)
def test_hours_are_reconciled_with_the_projects(shelf: Shelf, row: list[str], day: str, wrong: bool) -> None:
    result = stocked(shelf, [row], [hours("p-2", day)]).crystal()
    assert (("hours-off-plan", "project:p-2") in found(result)) is wrong


@pytest.mark.parametrize(
    ("done", "bill", "wrong"),
    [
        ("2026-11-12", invoice("inv-2", project="p-3"), True),
        ("2026-11-12", invoice("inv-2", project="p-2"), False),
        ("2026-11-13", invoice("inv-2", project=""), False),  # a week is given
    ],
)
def test_a_done_project_that_no_invoice_names_is_noted(
    shelf: Shelf, done: str, bill: list[str], wrong: bool
) -> None:
    over = [project("p-2", status="done", last_update=done), project("p-3")]
    result = stocked(shelf, over, None, [bill]).crystal()
    assert (("never-invoiced", "project:p-2") in found(result)) is wrong
    assert texts(result) == (
        [f"p-2 (Brand guide, acme) was done on {done} and no invoice names it."] if wrong else []
    )


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"project": "p-7"}, True),
        ({"project": "p-7", "issued": "2026-11-06"}, False),  # the export drops what ended long ago
        ({"client": "volt"}, True),
        ({"project": ""}, False),
    ],
)
def test_invoices_are_reconciled_with_the_projects(shelf: Shelf, row: dict[str, str], wrong: bool) -> None:
    result = stocked(shelf, None, None, [invoice("inv-2", **row)]).crystal()
    assert ("invoice-mismatch" in [kind for kind, _ in found(result)]) is wrong
    assert len(texts(result)) == wrong


DISPUTED = [
    invoice("inv-2", status="disputed", note="client says | too many hours"),
    invoice("inv-3", status="disputed"),
]


def test_disputes_are_held_against_what_janine_names_both_ways(shelf: Shelf) -> None:
    stocked(shelf, None, None, DISPUTED)
    result = shelf.crystal(reads=janine(("acme", "inv-2"), ("volt", "inv-9")))
    said = {item["with"]["invoice"]: item["because"] for item in result["items"]}
    assert said == {
        "inv-2": "inv-2 over $900 is disputed (client says / too many hours); Janine names it",
        "inv-3": "inv-3 over $900 is disputed; Janine does not name it",
        "inv-9": "Janine names inv-9 as disputed, and the books do not",
    }
    assert sorted(action["about"] for action in result["actions"]) == ["account:acme", "account:volt"]
    assert "disputes: 3, 2 not as Janine says" in result["headline"]


@pytest.mark.parametrize(
    ("reads", "word"),
    [
        ({}, "Janine: MISSING"),
        ({"janine": read(None, fresh=False)}, "Janine: MISSING"),
        (janine(("acme", "inv-9"), fresh=False), "Janine: STALE, data of 2026-11-16T09:00:00-05:00"),
        ({"janine": "x"}, "Janine: MISSING"),
        ({"janine": {"fresh": True, "state": [1]}}, "Janine: MISSING"),
    ],
)
def test_without_a_fresh_word_from_janine_disputes_are_listed_and_not_compared(
    shelf: Shelf, reads: dict[str, Any], word: str
) -> None:
    result = stocked(shelf, None, None, DISPUTED).crystal(reads=reads)
    assert [item["with"]["janine"] for item in result["items"]] == ["not known", "not known"]
    assert result["actions"] == []
    assert f"{word}" in result["body"]
    assert "disputes are not compared" in result["body"]


def test_odd_words_of_janine_are_no_disputes(shelf: Shelf) -> None:
    reads = janine(("acme corp & co", "inv-8"), ("acme", "inv 9"))
    reads["janine"]["state"]["items"] += [
        7,
        {"kind": "billing-dispute", "with": 7},
        {"kind": "billing-dispute"},
    ]
    result = shelf.crystal(reads=reads)
    assert found(result) == []


def test_what_was_noted_is_not_noted_again_and_at_most_three_are(shelf: Shelf) -> None:
    stale = [project(f"p-{n}", last_update="2026-10-20", client=f"c{n}") for n in range(2, 7)]
    stocked(shelf, stale)
    first = shelf.crystal()
    assert len(first["actions"]) == 3
    shutil.copytree(REPOSITORY / "actions", shelf.root / "actions")
    for number, action in enumerate(first["actions"]):
        given = json.dumps({**action, "id": f"a-{number}", "seat": "crystal"})
        subprocess.run(["./actions/append_note"], cwd=shelf.root, input=given, text=True, check=True)
    second = shelf.crystal()
    assert len(second["actions"]) == 2
    assert not set(texts(first)) & set(texts(second))
    assert len(found(second)) == 5, "what was noted is still said"


def test_an_old_export_gives_no_numbers_and_no_new_time(shelf: Shelf) -> None:
    first, again = shelf.crystal(days=3), shelf.crystal(days=4)
    assert first == again, "what says nothing new must be the same text, so that it renews nothing"
    assert first["as_of"] == "2026-11-21T00:00:00-05:00"
    assert found(first) == [("stale-source", "source:projects")]
    assert not {"scorecard", "actions", "messages"} & set(first)


@pytest.mark.parametrize("how", ["missing", "old", "empty", "garbage"])
@pytest.mark.parametrize("name", ["projects/timesheets.csv", "invoices.csv"])
def test_a_part_that_is_missing_or_old_is_said_and_nothing_that_rests_on_it(
    shelf: Shelf, name: str, how: str
) -> None:
    stocked(shelf, [project("p-2", last_update="2026-10-20", milestone_due="2026-11-02")], None, DISPUTED)
    path = shelf.root / "data" / name
    header = path.read_text().splitlines()[0]
    if how == "missing":
        path.unlink()
    else:
        old = path.read_text().replace(TODAY, "2026-11-19")
        path.write_text({"old": old, "empty": "", "garbage": f"{header}\nx,y\n"}[how])
    result = shelf.crystal(reads=janine())
    kinds = {kind for kind, _ in found(result)}
    rests = {"projects/timesheets.csv": {"dispute"}, "invoices.csv": {"stale-project"}}[name]
    assert kinds == {"missing", "missed-milestone", *rests}
    assert ("missing", f"source:{path.stem}") in found(result)
    assert f"missing: {path.stem}" in result["headline"]
    assert result["scorecard"] == {"projects_on_time": 50.0}


def test_rows_after_the_day_of_the_export_are_not_known_yet(shelf: Shelf) -> None:
    early = project("p-3", exported="2026-11-21", milestone_due="2026-11-02")
    stocked(shelf, [project("p-2", last_update="2026-11-02"), early], [hours("p-2", "2026-11-21")])
    result = shelf.crystal()
    assert found(result) == [("stale-project", "project:p-2")]
    assert result["as_of"] == "2026-11-21T00:00:00-05:00"


def test_hours_need_not_be_logged_at_a_weekend(shelf: Shelf) -> None:
    sunday = Shelf(shelf.root / "sunday", LAST + timedelta(days=2))
    stocked(sunday)
    for name in ("projects/projects.csv", "invoices.csv"):
        path = sunday.root / "data" / name
        path.write_text(path.read_text().replace(TODAY, "2026-11-22"))
    assert found(sunday.crystal()) == []


@pytest.mark.parametrize(
    ("file", "said"),
    [(None, "data/projects/projects.csv is not there"), ("", "has no readable export before today"),
     ("a,b\n1,2\n", "has no readable export before today")],
)  # fmt: skip
def test_without_any_project_the_turn_fails_by_name(shelf: Shelf, file: str | None, said: str) -> None:
    path = shelf.root / "data/projects/projects.csv"
    path.unlink()
    if file is not None:
        path.write_text(file)
    ended = shelf.start("crystal")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


BROKEN_PROJECTS = [
    project("p 2"), project("P-2"), project(""), project("p-2", client="Acme & Co"), project("p-2", status="lost"),
    project("p-2", last_update="2026-11-2"), project("p-2", last_update="2026-12-01"),
    project("p-2", budget_hours="nan"), project("p-2", budget_hours="-4"), project("p-2", milestone_due="soon"),
    ["2026-11-20", "p-2"], project(), project(name='"Brand'), [*project("p-2"), "more"], ["\0"], ["x" * 200_000],
]  # fmt: skip
BROKEN_HOURS = [
    hours(many="nan"), hours(many="-1"), hours(many="25"), hours(many="true"), hours(day="2026-11-2"), ["x"],
    hours("../x"),
]  # fmt: skip
BROKEN_INVOICES = [
    invoice("inv-2", amount="inf"), invoice("inv-2", amount="0"), invoice("inv-2", status="DISPUTED"),
    invoice("inv-2", issued="2027-01-01"), invoice("inv-2", client=""), invoice("inv 2"), invoice(), ["2026-11-20"],
]  # fmt: skip


def test_broken_rows_are_counted_and_left_out(shelf: Shelf) -> None:
    stocked(shelf, BROKEN_PROJECTS, BROKEN_HOURS, BROKEN_INVOICES)
    result = shelf.crystal(reads=janine())
    assert found(result) == []
    count = len(BROKEN_PROJECTS) + len(BROKEN_HOURS) + len(BROKEN_INVOICES)
    assert f"- {count} rows could not be read and were left out." in result["body"]
    assert result["headline"] == "1 active projects, 0 late, 0 stale"


def test_nothing_is_called_unknown_while_rows_could_not_be_read(shelf: Shelf) -> None:
    done = project("p-3", status="done", last_update="2026-11-02")
    wild = [hours("p-2")], [invoice("inv-2", project="p-2"), invoice("inv 3")]
    assert found(stocked(shelf, [done, project("p 2")], *wild).crystal(reads=janine(("acme", "inv-9")))) == []
    all_read = stocked(shelf, [done], wild[0], wild[1][:1]).crystal(reads=janine(("acme", "inv-9")))
    assert {kind for kind, _ in found(all_read)} == {
        "hours-off-plan",
        "invoice-mismatch",
        "never-invoiced",
        "dispute",
    }


def test_a_huge_file_is_read_to_its_end(shelf: Shelf) -> None:
    path = shelf.root / "data/projects/timesheets.csv"
    with path.open("a") as file:
        file.writelines(f"2026-{month:02}-01,Ada,p-1,0.25\n" * 20_000 for month in range(1, 11))
    (over,) = shelf.crystal()["items"]
    assert over["with"]["hours"] == 50_004


def test_a_request_is_answered_from_the_export_and_other_mail_is_named(shelf: Shelf) -> None:
    stocked(shelf, [project("p-2", client="volt")])
    mail = [
        {"id": "m-1", "type": "REQUEST", "from": "pepper", "about": "account:volt", "subject": "When | is it\ndone?"},
        {"id": "m-2", "type": "INFORM", "from": "bogdan", "about": "account:acme", "subject": "hello"},
        {"id": "m-3", "type": "REQUEST", "from": "fleet", "subject": "x"},
        "x",
    ]  # fmt: skip
    result = shelf.crystal(mail=mail)
    (sent,) = result["messages"]
    assert (sent["to"], sent["type"], sent["reply_to"], sent["about"]) == (
        "pepper",
        "RESPONSE",
        "m-1",
        ["account:volt"],
    )
    assert sent["body"] == "p-2 Brand guide: active; first draft, due 2026-12-01, not done; owner Kristen."
    assert "- Read m-1 from pepper: When / is it done?." in result["body"]
    assert "- Read m-2 from bogdan: hello." in result["body"]


# Against the hidden truth.


def judged(root: Path, seed: int, last: date) -> tuple[Counter[str], list[str]]:
    """Count what is found, missed and false on one day of a seed."""
    shelf, books = Shelf(root, last), books_for(seed, last)
    known = (books.world, books.schedule, books.projects)
    logged = [
        row for day in span(last - timedelta(days=59), last) for row in projects.timesheets(*known, day)
    ]
    shelf.put("projects/projects.csv", projects.PROJECT_COLUMNS, projects.export(*known, last))
    shelf.put("projects/timesheets.csv", projects.TIMESHEET_COLUMNS, logged)
    shelf.put("invoices.csv", invoices.INVOICE_COLUMNS, invoices.export(books.schedule, books.bills, last))
    result = shelf.crystal()
    truth = {
        **projects.truth(books.world, books.projects, last),
        "disputes": invoices.truth(books.bills, last),
    }
    stale = [one for one in truth["projects_stale"] if days_since(str(one["last_update"]), last) >= 14]
    wanted = {
        "stale-project": (
            {one["project"] for one in stale},
            {one["project"] for one in truth["projects_stale"]},
        ),
        "missed-milestone": ({one["project"] for one in truth["milestones_missed"]},) * 2,
        "dispute": ({one["invoice"] for one in truth["disputes"]},) * 2,
    }
    dead = {name for name in ("projects", "invoices") if books.schedule.dead(name, last)}
    counts = Counter[str]()
    for kind, (must, may) in wanted.items():
        if dead & ({"invoices", "projects"} if kind == "dispute" else {"projects"}):
            continue
        items = [item for item in result["items"] if item["kind"] == kind]
        named = {item["with"].get("invoice") or item["about"].partition(":")[2] for item in items}
        counts += Counter({f"{kind} found": len(named & may), f"{kind} false": len(named - may)})
        counts += Counter({f"{kind} missed": len(must - named)})
    return counts, [item["kind"] for item in result["items"]]


def days_since(day: str, last: date) -> int:
    return (last - date.fromisoformat(day)).days


def test_crystal_finds_what_was_put_in_and_little_else(tmp_path: Path) -> None:
    days = [(seed, LAST - timedelta(days=back)) for seed in SEEDS for back in (0, 24)]
    with ThreadPoolExecutor(2) as pool:
        each = list(pool.map(lambda one: judged(tmp_path / f"{one[0]}-{one[1]}", *one), days))
    sums = sum((counts for counts, _ in each), Counter[str]())
    for kind, precise, recall in (
        ("stale-project", 0.90, 0.95), ("missed-milestone", 0.98, 0.98), ("dispute", 0.98, 0.98)
    ):  # fmt: skip
        true, false, missed = (sums[f"{kind} {what}"] for what in ("found", "false", "missed"))
        print(f"crystal: {kind} precision {true}/{true + false}, missed {missed}")
        assert true / (true + false) >= precise
        assert true / (true + missed) >= recall
    others = Counter(kind for _, kinds in each for kind in kinds)
    assert not {"never-invoiced", "hours-off-plan", "invoice-mismatch"} & set(others), "nobody put these in"


def test_a_dead_source_is_said_on_its_day(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, 3, LAST, inject=("dead:projects@2026-11-19+2", "dead:invoices@2026-11-20"), calm=True
    )
    result = desk.result("crystal", now=desk.now(*NOW))
    assert found(result) == [("stale-source", "source:projects")]
    assert result["headline"] == "Project export stopped after Wed 18 Nov: nothing judged"
