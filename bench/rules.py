"""Rules: what one judgement costs with rules in the chart, beside casbin and Cedar with an equal table."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import conflicts, ruled
from bench.fleets import HERE
from bench.measure import Series, interleave
from bench.peers import RULES, Peers
from bench.report import Bar, Part
from bench.sizes import Size
from bench.verdict import pure
from fleet.core.case import Case
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.verdict import Step

HOW = (
    "A chart of 50 seats and 0, 100, 1,000 or 10,000 rules, two for the offers of each seat and all others for other "
    'kinds of action; each is met by one subject above a sum (`action.about == "account:a7" && action.with.usd > '
    "4000`) and refuses. The account is that of *i*: claims, touches, fresh states, unread mail. 400 questions (may "
    "this seat offer this to this account, for so much?): a quarter of them lack the permission, and a part of the "
    "others meets a rule. *Judge* is the gate's own verdict, with reason, rule, line and evidence. casbin has a row "
    "for each rule and each permission, deny overrides; *by index* is its FastEnforcer with kind and seat as its key. "
    "Cedar has a `forbid` for each rule and a `permit` for each permission, parsed once (`PolicySet`). Before anything "
    "is timed, their answers are compared with ours. Times are CPU time, the fastest of some batches in each round. "
    "*The first verdict* compiles the conditions of the rules that speak of it, as after a reload of an edited chart; "
    "*checked* is `fleet check` of the whole chart, in a process of its own; *memory* is what 1,000 compiled "
    "conditions add to it."
)
COUNTS = (0, 100, 1000, 10_000)
ALIKE = 1000
PLAIN_ANSWERS = {0: 400, 100: 400, 1000: 100, 10_000: 10}
MEMORY = """\
import sys
sys.path.insert(0, sys.argv[1])
from bench import conflicts, ruled
from fleet.core.cel import Conditions
from fleet.core.judge import judge
from fleet.core.testimony import testify
def kept():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
case = ruled.cases(1000, conflicts.questions(4), alike=True)[0]
told, made = testify(case, ()), Conditions()
made.holds("true", told)
before = kept()
for rule in case.chart.rules:
    made.holds(rule.condition, told)
print((kept() - before) / 1e6)
"""


def measure(folder: Path, size: Size, peers: Peers) -> Part:
    """Measure the judge, casbin and Cedar over the same tables."""
    part = Part("u", "A verdict by rules, beside casbin and Cedar", HOW)
    folder.mkdir()
    asked = conflicts.questions(400)
    once = [one for one in asked if one.seat == "s0" and one.kind == conflicts.OFFER]
    runs: dict[str, Callable[[], dict[str, float]]] = {
        f"alike {ALIKE}": partial(pure, ruled.cases(ALIKE, once, alike=True), size.verdicts // 10 or 1)
    }
    for count in COUNTS:
        cases = ruled.cases(count, asked)
        runs[f"judge {count}"] = partial(pure, cases, size.verdicts)
        runs[f"first {count}"] = partial(first, cases)
        (folder / f"{count}").mkdir()
        (folder / f"{count}" / "fleet.yaml").write_text(ruled.text(count))
        runs[f"check {count}"] = partial(checked, folder / f"{count}")
        for sort in () if peers.why else ("cedar", "fast", "casbin"):
            table = ruled.write_table(folder / f"table{count}.json", count, asked)
            agree(cases, peers, table, sort, PLAIN_ANSWERS[count] if sort == "casbin" else 0)
            runs[f"{sort} {count}"] = partial(_peer, peers, table, sort, size.window_s)
    runs["memory"] = memory
    _tell(part, interleave(size.rounds, runs))
    part.notes += notes(peers)
    return part


def first(cases: list[Case]) -> dict[str, float]:
    """Judge one case by a law that was just made: its rules are compiled for it."""
    case = next((one for one in cases if judge(one).step > Step.READ), cases[0])
    law = Law(case.chart)
    began = time.process_time()
    judge(Case(law, case.account, case.action, case.sight, case.now))
    return {"us": 1e6 * (time.process_time() - began)}


def checked(folder: Path) -> dict[str, float]:
    """Check a chart as `fleet check` does; milliseconds of CPU of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "fleet", "check"], cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"us": 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)}


def memory() -> dict[str, float]:
    """Say how many megabytes 1,000 compiled conditions take, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", MEMORY, str(HERE)], capture_output=True, check=True)
    return {"us": float(done.stdout)}


def agree(cases: list[Case], peers: Peers, table: Path, sort: str, count: int) -> None:
    """Compare a peer's answers with ours; raises RuntimeError if one differs."""
    answers = peers.run(RULES, str(table), sort, "0", str(count))["answers"]
    ours = [judge(case).ruling == "allow" for case in cases[: len(answers)]]
    if answers != ours or len(set(ours)) == 1:
        raise RuntimeError(f"{sort} and fleet do not answer alike over {table.stem}")


def _peer(peers: Peers, table: Path, sort: str, seconds: float) -> dict[str, float]:
    return {"us": peers.run(RULES, str(table), sort, str(seconds), "1")["us"]}


def _tell(part: Part, found: dict[str, dict[str, Series]]) -> None:
    us = {key: series["us"] for key, series in found.items()}
    none = part.add("judge, 0 rules", "µs", us["judge 0"])
    few = part.add("judge, 100 rules", "µs", us["judge 100"], beside=none)
    for count in COUNTS[2:]:
        bar = Bar(2, ratio=True)
        part.add(f"judge, {count:,} rules", "µs", us[f"judge {count}"], bar, beside=few)
    part.add(f"judge, {ALIKE:,} rules for the seat's own offers", "µs", us[f"alike {ALIKE}"], beside=none)
    for sort, what in (("cedar", "Cedar"), ("fast", "casbin by index"), ("casbin", "casbin")):
        for count in COUNTS:
            if f"{sort} {count}" in us:
                below = next(line for line in part.lines if line.what == f"judge, {count:,} rules")
                part.add(f"{what}, {count:,} rules", "µs", us[f"{sort} {count}"], beside=below)
    for count in COUNTS[1:]:
        part.add(f"the first verdict, {count:,} rules", "µs", us[f"first {count}"])
    for count in COUNTS:
        bars = [Bar(1000)] if count == 1000 else []
        part.add(f"checked, {count:,} rules", "ms", us[f"check {count}"], *bars)
    part.add("memory of 1,000 compiled conditions", "MB", us["memory"])


def notes(peers: Peers) -> list[str]:
    """Say what the three do besides."""
    if peers.why:
        return [f"casbin and Cedar: {peers.why}."]
    return [
        f"Peers: casbin {peers.versions['casbin']}, cedarpy {peers.versions['cedarpy']}. All of their answers that "
        "were compared are ours.",
        "casbin and Cedar answer yes or no, Cedar with the ids of the policies that decided. A verdict here has also "
        "passed pauses, permission, money and time, repeats, the freshness of what rules look at, unread mail and "
        "conflicts, and says why in words, with its line and evidence.",
        "Beside no rules at all, a hundred cost what it takes to ask the two that speak of the offer: to gather what "
        "they are told, to measure it so that none can stop the loop, and to ask CEL.",
    ]
