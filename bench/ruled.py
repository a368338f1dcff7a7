"""Ruled: a chart with any number of rules, of which few speak of an action, and questions put to it.

The same table is put to casbin and to Cedar, so what is asked here is only what all three can answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench import conflicts
from bench.conflicts import NOTE, NOW, OFFER, SEATS, SUBJECTS, Question
from fleet.core.case import Case, Sight
from fleet.core.chart import Chart
from fleet.core.law import Law
from fleet.store.chart import read_text

SPEAKING = 2
"""Rules for each seat's offers; all others are for other kinds of action."""
RULES_A_KIND = 100
LIMIT = 4000


def rules(count: int, *, alike: bool = False) -> list[tuple[str, str, str, int]]:
    """Give rules: a seat, a kind, a subject and the sum above which it refuses; `alike`, all of one seat's offers."""
    asked = [one for one in conflicts.questions(400) if one.kind == OFFER]
    if alike:
        return [("s0", OFFER, f"account:a{i % SUBJECTS}", LIMIT + i // SUBJECTS) for i in range(count)]
    found = []
    for seat in range(SEATS):
        mine = list(dict.fromkeys(one.subject for one in asked if one.seat == f"s{seat}"))
        mine += [f"account:a{i}" for i in range(SPEAKING)]
        found += [(f"s{seat}", OFFER, subject, LIMIT) for subject in mine[:SPEAKING]]
    for i in range(count - len(found)):
        found.append((f"s{i % SEATS}", f"kind{i // RULES_A_KIND}", f"account:a{i % SUBJECTS}", LIMIT))
    return found[:count]


def text(count: int, *, alike: bool = False) -> str:
    """Write the chart."""
    table = rules(count, alike=alike)
    head = conflicts.text(len(conflicts.MATCHING)).partition("actions:")[0]
    kinds = dict.fromkeys((OFFER, NOTE, *(kind for _, kind, _, _ in table)))
    out = [
        head.rstrip(),
        "actions:",
        *(f"  {kind}: {{run: 'true', about: [account, person]}}" for kind in kinds),
    ]
    out += ["rules:"] if table else []
    for number, (seat, kind, about, limit) in enumerate(table):
        condition = f'action.about == "{about}" && action.with.usd > {limit}'
        out.append(f"  - {{name: r{number}, seat: {seat}, action: {kind}, if: '{condition}', then: refuse}}")
    return "\n".join(out) + "\n"


def chart(count: int, *, alike: bool = False) -> Chart:
    """Read the chart, as `fleet up` does."""
    found, mistakes = read_text({"fleet.yaml": text(count, alike=alike)})
    if found is None:
        raise RuntimeError(next(m.line() for m in mistakes if m.level == "error"))
    return found


def cases(count: int, asked: list[Question], *, alike: bool = False) -> list[Case]:
    """Make the case of each question, over one chart and one account."""
    read = chart(count, alike=alike)
    law, told = Law(read), conflicts.account(read)
    return [Case(law, told, conflicts.action(i, one), Sight(), NOW) for i, one in enumerate(asked)]


def write_table(path: Path, count: int, asked: list[Question]) -> Path:
    """Write the table and the questions as JSON, for a program that imports nothing of ours."""
    table = {
        "rules": rules(count),
        "may": [(f"s{i}", kind) for i in range(SEATS) for kind in conflicts.may(i)],
        "questions": [(one.seat, one.kind, one.subject, 4000 + i) for i, one in enumerate(asked)],
    }
    path.write_text(json.dumps(table))
    return path
