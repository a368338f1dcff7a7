"""Nick and arin against the hidden truth, over twenty seeds that nothing was tuned on."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from seat_modules import modules
from sneeze_desk import ZONE, Desk, read

from sneeze import ads, crm, leads
from sneeze.generate import books_for

SEEDS = range(1000, 1020)
LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=119)
SETTLED_DAYS = 4  # of five, so that the median is of the slow days
AFTER_DAYS = 6  # a slow week is seen as long after its end
BACK = range(0, 91, 4)  # how far back the days lie that arin is asked about, of each seed
DIRK = read({"headline": "fine", "as_of": "2026-11-20T00:00:00-05:00", "items": []})


@cache
def books(seed: int) -> Any:
    return books_for(seed, LAST)


def test_nick_finds_the_duplicates_and_no_others() -> None:
    [clean] = modules("nick", "leads")
    hit = wrong = missed = 0
    for seed in SEEDS:
        found = books(seed).leads(FIRST, LAST)
        again = {str(pair["lead"]): str(pair["of"]) for pair in leads.truth(found)}
        rows = [clean.lead_of(dict(zip(leads.LEAD_COLUMNS, lead.row, strict=True))) for lead in found]
        said = {row.number: one.rows[0].number for one in clean.companies(rows) for row in one.rows[1:]}
        hit += len(said.items() & again.items())
        wrong += len(said.items() - again.items())
        missed += len(again.items() - said.items())
    print(f"nick: duplicates precision {hit}/{hit + wrong}, recall {hit}/{hit + missed}")
    assert hit / (hit + wrong) >= 0.97
    assert hit / (hit + missed) >= 0.97


@pytest.mark.parametrize("seed", [1000, 1007, 1019])
def test_nick_drafts_to_nobody_twice_and_to_nobody_who_was_touched_lately(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path, seed, LAST - timedelta(days=8), mail_days=1)
    company = {lead.row[1]: lead.company for lead in books(seed).leads(FIRST, LAST)}
    drafted: list[str] = []
    for back in range(7, 0, -1):
        now = datetime(LAST.year, LAST.month, LAST.day, 9, 30, tzinfo=ZONE) - timedelta(days=back - 1)
        if now.weekday() >= 5:
            continue
        desk.bring(now)
        since = now.date() - timedelta(days=30)
        rows = crm.touches(*known(seed), since, now.date() - timedelta(days=1))
        text = "\n".join([",".join(crm.TOUCH_COLUMNS), *(",".join(row) for row in rows)])
        (desk.root / "data/crm/touches.csv").write_text(text + "\n")
        result = desk.result("nick", now=now, reads={"dirk": DIRK}, also={"turn": f"t-{100 - back}"})
        of_today = [company[action["with"]["lead"]] for action in result.get("actions", [])]
        assert not {row[1] for row in rows} & set(of_today)
        drafted += of_today
    print(f"nick: seed {seed}, {len(drafted)} drafts to {len(set(drafted))} companies")
    assert len(drafted) == len(set(drafted)) >= 9


def test_no_lead_that_nick_may_write_to_was_touched_within_thirty_days() -> None:
    """All that are ready, and not only the best: a wrong one lower down would be drafted on another day."""
    agent_leads, agent = modules("nick", "leads", "agent")
    ready = touched_ones = 0
    for seed in SEEDS:
        found = books(seed).leads(FIRST, LAST)
        company = {lead.row[1]: lead.company for lead in found}
        rows = [agent_leads.lead_of(dict(zip(leads.LEAD_COLUMNS, lead.row, strict=True))) for lead in found]
        names = {row[1] for row in crm.touches(*known(seed), LAST - timedelta(days=29), LAST)}
        keys = {agent_leads.key_of(name) for name in names}
        free = [one for one in agent_leads.companies(rows) if not one.is_one_of(keys)]
        ready += len(free)
        touched_ones += sum(company[one.rows[0].number] in names for one in free)
    assert agent.TOUCHED_DAYS == 30
    print(f"nick: of {ready} companies that may be written to, {touched_ones} were touched within 30 days")
    assert touched_ones == 0


def known(seed: int) -> tuple[Any, Any]:
    return books(seed).world, books(seed).schedule


def test_arin_names_the_reps_that_were_made_slow_and_few_others() -> None:
    count = Counter[str]()
    for seed in SEEDS:
        for back in BACK:
            day = LAST - timedelta(days=back)
            for name, named, slow in reps_on(seed, day):
                count[f"{'named' if named else 'left'} {slow}"] += 1
                assert name
    slow, true = count["named must"] + count["left must"], count["named must"] + count["named may"]
    print(
        f"arin: {count['named must']}/{slow} of the slow are named, {true}/{true + count['named no']} named are slow"
    )
    assert count["named must"] / slow >= 0.90
    assert true / (true + count["named no"]) >= 0.85


def reps_on(seed: int, day: date) -> list[tuple[str, bool, str]]:
    """Return each rep, whether arin names it on a day, and whether it must, may or must not be named."""
    [judge] = modules("arin", "judge")
    book = {
        name: {at: numbers for at, numbers in days.items() if at <= day.toordinal()}
        for name, days in calls(seed).items()
    }
    team = judge.team_of(book, day.toordinal())
    events = books(seed).schedule.all("slow")
    found = []
    for name, days in book.items():
        rep = judge.rep_of(name, days, day.toordinal())
        if rep is None:
            continue
        own = [event for event in events if event.name == name]
        must = any(event.first + timedelta(days=SETTLED_DAYS) <= day <= event.last for event in own)
        may = any(event.first <= day <= event.last + timedelta(days=AFTER_DAYS) for event in own)
        found.append((name, bool(judge.reasons_of(rep, team)), "must" if must else "may" if may else "no"))
    return found


@cache
def calls(seed: int) -> dict[str, dict[int, Any]]:
    """Return each rep's days as arin reads them."""
    [judge] = modules("arin", "judge")
    book: dict[str, dict[int, Any]] = {}
    for back in range(160):
        day = LAST - timedelta(days=back)
        for row in ads.calls(*known(seed), day):
            book.setdefault(row[1].lower(), {})[day.toordinal()] = judge.Day(
                int(row[3]), int(row[4]), float(row[5])
            )
    return book


@pytest.mark.parametrize("seed", [1000, 1013])
def test_the_program_of_arin_says_what_its_judge_says(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path, seed, LAST, mail_days=1)
    result = desk.result("arin", now=desk.now(9, 0))
    said = {item["about"][4:] for item in result["items"] if item["kind"] == "coaching"}
    assert said == {name for name, named, _ in reps_on(seed, LAST) if named}


def test_a_rep_made_slow_by_hand_is_coached(tmp_path: Path) -> None:
    rep = books(1004).world.reps[0].lower()
    desk = Desk(tmp_path, 1004, LAST, inject=(f"slow:{rep}@2026-11-13+8",), calm=True, mail_days=1)
    assert [action["about"] for action in desk.result("arin", now=desk.now(9, 0))["actions"]] == [
        f"rep:{rep}"
    ]
