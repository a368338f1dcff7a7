"""Verdict: what one judgement costs, however many conflict entries there are, beside casbin with an equal table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path

from bench import conflicts
from bench.conflicts import SEATS, SUBJECTS, Question
from bench.inside import Watches, one_turn
from bench.measure import Series, interleave
from bench.peers import CASBIN, Peers
from bench.report import Bar, Part
from bench.sizes import Size
from fleet.core.action import Action
from fleet.core.case import Case
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.edge.clock import SystemClock
from fleet.runtime.fleet import Fleet
from fleet.runtime.recover import open_fleet
from fleet.runtime.sight import see

HOW = (
    "A chart of 50 seats and 10, 1,000 or 10,000 conflict entries, three for each kind of subject; 1,800 claims, 2,000 "
    "touches, fresh states, 20 unread messages a seat that do not concern the action. 400 questions (may this seat do "
    "this kind of action on this account?): half may, in four of ten a seat that goes first claims it, and the rest "
    "lack the permission. *Judge* is the pure verdict with its reason, rule, line and evidence. *Seen and judged* is "
    "what the daemon does at the moment an action would run, over a fleet on disk: it looks up in a CSV to which "
    "account a person belongs, looks whether the state files of the seats that go first are those that were "
    "published, and judges. casbin has the same table: two rows an entry (who is not first loses to the first, who is "
    "neither to the second), claims and permissions as a relation, deny overrides; *by index* is its FastEnforcer "
    "with the kind of subject as its key. Before anything is timed, its answers are compared with ours. Times are CPU "
    "time; nothing here waits. A round has ten batches of all questions, of which the fastest counts; casbin without "
    "an index has one, of as many as fit in two seconds."
)
COUNTS = (10, 1000, 10_000)
ALIKE = 1000
BATCHES = 10
"""A round has that many, of which the fastest counts: what others do on the machine only adds."""
ITEMS = 12
"""Items in each published state: it is read, or looked at, for every seat that goes first."""
PLAIN_ANSWERS = {10: 400, 1000: 100, 10_000: 10}
"""How many answers of casbin's plain enforcer are compared: it looks through all rows for each."""


def measure(folder: Path, size: Size, peers: Peers) -> Part:
    """Measure the pure judge, the judge with its eyes, and casbin."""
    part = Part("i", "A verdict, beside casbin", HOW)
    folder.mkdir()
    asked = conflicts.questions(400)
    with ExitStack() as stack:
        runs: dict[str, Callable[[], dict[str, float]]] = {
            f"alike {ALIKE}": partial(
                pure, conflicts.cases(ALIKE, asked, alike=True), size.verdicts // 10 or 1
            )
        }
        for count in COUNTS:
            cases = conflicts.cases(count, asked)
            fleet = stack.enter_context(published(folder / f"fleet{count}", count))
            runs[f"judge {count}"] = partial(pure, cases, size.verdicts)
            runs[f"seen {count}"] = partial(seen, fleet, size.verdicts)
            if not peers.why:
                table = conflicts.write_table(folder / f"table{count}.json", count, asked)
                for sort in ("plain", "fast"):
                    agree(cases, peers, table, sort, PLAIN_ANSWERS[count] if sort == "plain" else 0)
                    runs[f"{sort} {count}"] = partial(_casbin, peers, table, sort, size.window_s)
        found = interleave(size.rounds, runs)
    _tell(part, {key: series["us"] for key, series in found.items()})
    part.notes += notes(peers)
    return part


def pure(cases: list[Case], times: int) -> dict[str, float]:
    """Judge cases one after the other, each made anew as the gate makes it; microseconds of CPU a verdict."""
    source = cycle(cases)

    def one() -> None:
        case = next(source)
        judge(Case(case.law, case.account, case.action, case.sight, case.now))

    return least(one, times)


def seen(fleet: Fleet, times: int) -> dict[str, float]:
    """Look at what lies on disk and judge, as the gate does; microseconds of CPU a verdict."""
    law, source, now = Law(fleet.chart), cycle(offers()), fleet.clock.now()

    def one() -> None:
        verdict = judge(see(fleet, law, next(source), now))
        if verdict.step not in (3, 8, 11):
            raise RuntimeError(f"judged at the wrong step: {verdict.reason}")

    return least(one, times)


def least(one: Callable[[], None], times: int) -> dict[str, float]:
    """Do something so often; microseconds of CPU each, in the fastest of some batches."""
    found, each = [], max(1, times // BATCHES)
    for _ in range(BATCHES):
        began = time.process_time()
        for _ in range(each):
            one()
        found.append(1e6 * (time.process_time() - began) / each)
    return {"us": min(found)}


def offers() -> list[Action]:
    """Give offers about persons: to which account one belongs stands in a table."""
    now = SystemClock().now()
    made = []
    for number, asked in enumerate(conflicts.questions(400)):
        person = Question(asked.seat, asked.kind, asked.subject.replace("account:a", "person:p"))
        made.append(replace(conflicts.action(number, person), lapses_at=now.replace(year=now.year + 1)))
    return made


@contextmanager
def published(root: Path, count: int) -> Iterator[Fleet]:
    """Open a fleet in which every seat has published a state, with its claims."""
    root.mkdir()
    (root / "fleet.yaml").write_text(conflicts.text(count))
    lines = ["person,account", *(f"p{i},a{i}" for i in range(SUBJECTS))]
    (root / "people.csv").write_text("\n".join(lines) + "\n")
    fleet = open_fleet(str(root), SystemClock())
    try:
        for number in range(SEATS):
            one_turn(fleet, f"s{number}", number, Watches(), said=_result(f"s{number}"))
        yield fleet
    finally:
        fleet.close()


def _result(seat: str) -> bytes:
    claims = [{"about": subject, "because": "watched"} for subject, who in conflicts.claims() if who == seat]
    items = [
        {
            "about": f"account:a{i}",
            "kind": "health",
            "because": "leads down 21 % week on week",
            "with": {"n": i},
        }
        for i in range(ITEMS)
    ]
    return json.dumps({"headline": f"{seat} looked", "items": items, "claims": claims}).encode()


def agree(cases: list[Case], peers: Peers, table: Path, sort: str, count: int) -> None:
    """Compare casbin's answers with ours; raises RuntimeError if one differs."""
    answers = peers.run(CASBIN, str(table), sort, "0", str(count))["answers"]
    ours = [judge(case).ruling == "allow" for case in cases[: len(answers)]]
    if answers != ours or len(set(ours)) == 1:
        raise RuntimeError(f"casbin ({sort}) and fleet do not answer alike over {table.stem}")


def _casbin(peers: Peers, table: Path, sort: str, seconds: float) -> dict[str, float]:
    return {"us": peers.run(CASBIN, str(table), sort, str(seconds), "1")["us"]}


def _tell(part: Part, found: dict[str, Series]) -> None:
    for key, what in (("judge", "judge"), ("seen", "seen and judged")):
        first = None
        for count in COUNTS:
            bars = [Bar(200)] if count == 1000 else []
            bars += [Bar(2, ratio=True)] if first is not None else []
            name = f"{what}, {count:,} entries"
            line = part.add(name, "µs", found[f"{key} {count}"], *bars, beside=first)
            first = first or line
    ours = next(line for line in part.lines if line.what.startswith("judge, 1,000"))
    part.add(f"judge, {ALIKE:,} entries that all match", "µs", found[f"alike {ALIKE}"], beside=ours)
    for sort, what in (("fast", "casbin by index"), ("plain", "casbin")):
        for count in COUNTS:
            if f"{sort} {count}" in found:
                below = next(line for line in part.lines if line.what == f"judge, {count:,} entries")
                part.add(f"{what}, {count:,} entries", "µs", found[f"{sort} {count}"], beside=below)


def notes(peers: Peers) -> list[str]:
    """Say what the two do besides."""
    if peers.why:
        return [f"casbin: {peers.why}."]
    return [
        f"Peers: casbin {peers.versions['casbin']}. All of its answers that were compared are ours.",
        "casbin answers yes or no. It does not know whether what it was told of claims is fresh, nor whether mail that "
        "waits could change the answer; it has no hold that is judged again, no question to a person, no evidence, no "
        "ledger, no belonging by a table, no limits over time. Claims must be written into its policy by somebody "
        "before each question. Here it was given them for nothing.",
        "casbin by index reads one line of each section of its model, so claims and permissions are one relation.",
    ]
