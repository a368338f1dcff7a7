"""Conflicts: a chart with any number of conflict entries, of which few match, and questions put to it.

The same table is put to casbin, so what is asked here is only what both can answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.core.account import Account
from fleet.core.action import Action, Deed, offer_hash
from fleet.core.case import Case, Sight
from fleet.core.chart import Chart
from fleet.core.law import Law
from fleet.core.past import Claim, Letter, Past, Published
from fleet.store.chart import read_text

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SEATS = 50
SUBJECTS = 400
OFFER, NOTE = "crm.offer", "note.append"
MATCHING = (("s0", "s1"), ("s3", "s1"), ("s4", "s5"))
"""The entries about accounts, the kind of subject that is asked about; all others are about other kinds."""
ENTRIES_A_KIND = 3
TOUCHES = 2000
LETTERS = 20
"""Unread messages of each seat that do not concern the action: they are looked through for every verdict."""


@dataclass(frozen=True, slots=True)
class Question:
    """May a seat do a kind of action on a subject?"""

    seat: str
    kind: str
    subject: str


def entries(count: int) -> list[tuple[str, tuple[str, str]]]:
    """Give conflict entries, each a kind of subject and two seats, the higher first."""
    found = [("account", rank) for rank in MATCHING]
    for i in range(count - len(found)):
        high, low = i % SEATS, (7 * i + 3) % SEATS
        low = low if low != high else (low + 1) % SEATS
        found.append((f"kind{i // ENTRIES_A_KIND}", (f"s{high}", f"s{low}")))
    return found


def may(seat: int) -> tuple[str, ...]:
    """Give what a seat may do: three in four may offer, all may write notes."""
    return (OFFER, NOTE) if seat % 4 < 3 else (NOTE,)


def text(count: int, *, alike: bool = False) -> str:
    """Write the chart; with `alike` every entry is about accounts, so that all of them match."""
    out = [
        "fleet: bench",
        "timezone: UTC",
        "budget: $500 a day",
        "seats:",
        "  boss: {title: Boss, person: Ann}",
    ]
    out += [_seat(i) for i in range(SEATS)]
    out += ["actions:", *(f"  {kind}: {{run: 'true', about: [account, person]}}" for kind in (OFFER, NOTE))]
    out += ["subjects: {person: {of: account, from: people.csv}}", "conflicts:"]
    for about, rank in entries(count):
        out.append(f"  - {{about: {'account' if alike else about}, rank: [{', '.join(rank)}]}}")
    return "\n".join(out) + "\n"


def _seat(number: int) -> str:
    return (
        f"  s{number}: {{title: Seat, run: 'true', answers_to: boss, owns: [w{number}], when: [when asked], "
        f"good_for: 26h, budget: $5 a day, can: {{do: [{', '.join(may(number))}]}}, "
        "scorecard: {made: at least 5 a week}}"
    )


def chart(count: int, *, alike: bool = False) -> Chart:
    """Read the chart, as `fleet up` does."""
    found, mistakes = read_text({"fleet.yaml": text(count, alike=alike)})
    if found is None:
        raise RuntimeError(next(m.line() for m in mistakes if m.level == "error"))
    return found


def claims() -> list[tuple[str, str]]:
    """Give who claims what: of every account a few seats, in the first half of them one of the ranked ones."""
    found = []
    for i in range(SUBJECTS):
        found += [(f"account:a{i}", f"s{10 + (i + j) % 30}") for j in range(4)]
        if i % 2:
            found.append((f"account:a{i}", ("s0", "s3", "s4", "s1", "s5")[i // 2 % 5]))
    return found


def questions(count: int) -> list[Question]:
    """Give questions: some may not do it at all, some are outranked, some are free."""
    kinds = (OFFER, OFFER, OFFER, NOTE)
    return [
        Question(f"s{7 * i % SEATS}", kinds[i % 4], f"account:a{11 * i % SUBJECTS}") for i in range(count)
    ]


def account(chart: Chart) -> Account:
    """Make the account of a fleet in the middle of its day: fresh states, claims, touches, unread mail."""
    made, early, late = Account(n=1, at=NOW), NOW - timedelta(hours=3), NOW + timedelta(hours=6)
    state = Published("t-1", 1, "ab" * 32, early, "cd" * 32, good_until=late, headline="all is well")
    for name in chart.seats:
        spent = {f"{NOW - timedelta(days=day):%Y-%m-%d}": 0.25 for day in reversed(range(31))}
        made.seats[name] = Past(early, early, early, state=state, spent=spent)
        for day, usd in spent.items():
            made.spend(day, usd)
    for subject, seat in claims():
        claim = Claim(subject, early, "t-1", NOW + timedelta(days=3), "watched")
        made.set_claims(seat, (*made.seats[seat].claims, claim), subject)
    for i in range(TOUCHES):
        about, seat = (f"account:a{i % SUBJECTS}",), f"s{i % SEATS}"
        deed = Deed(f"a-{i + 1}", seat, NOTE, f"{i:064x}", early, about=about, subjects=about)
        made.docket.done(deed, once="no")
    for name in chart.seats:
        for j in range(LETTERS):
            number = f"m-{len(made.mail) + 1}"
            letter = Letter(number, name, f"s{20 + j}", "FYI", f"{number}.md", 1, early, number)
            made.open_letter(replace(letter, about=("account:elsewhere",)))
    made.stirred.clear()
    return made


def action(number: int, question: Question) -> Action:
    """Make the offer of which a question asks."""
    about, payload = (question.subject,), {"text": f"expansion play {number}", "usd": 4000 + number}
    return Action(
        id=f"a-{10_000 + number}",
        seat=question.seat,
        turn="t-2",
        kind=question.kind,
        sha256=offer_hash(question.seat, question.kind, about, payload),
        offered_at=NOW,
        lapses_at=NOW + timedelta(hours=24),
        about=about,
        payload=payload,
    )


def cases(count: int, asked: list[Question], *, alike: bool = False) -> list[Case]:
    """Make the case of each question, over one chart and one account."""
    read = chart(count, alike=alike)
    law, told = Law(read), account(read)
    return [Case(law, told, action(i, question), Sight(), NOW) for i, question in enumerate(asked)]


def write_table(path: Path, count: int, asked: list[Question]) -> Path:
    """Write the table and the questions as JSON, for a program that imports nothing of ours."""
    table = {
        "entries": entries(count),
        "claims": claims(),
        "may": [(f"s{i}", kind) for i in range(SEATS) for kind in may(i)],
        "questions": [(one.seat, one.kind, one.subject) for one in asked],
    }
    path.write_text(json.dumps(table))
    return path
