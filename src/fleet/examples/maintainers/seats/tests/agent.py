"""Tests, Test Watcher: runs the project's test command on each new commit and says what fails and what is mended.

It reads project.conf and the checkout, runs the command in a copy under work/, and prints one result as JSON. What it
found is kept in work/runs.json, so that one commit in one environment is run once; a person's wake runs it again.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.join(os.environ.get("FLEET_ROOT", "../.."), "kit"))

from project import Head, Project, open_project
from suite import Run, order_of, print_of, run_suite
from turn import (
    Brief,
    Item,
    clean,
    count,
    first_items,
    named,
    now_of,
    remember,
    remembered,
    subject,
    take,
)

RUNS = Path("work/runs.json")
KEPT = 30  # runs that are remembered
SLOWEST = 5
Record = dict[str, Any]  # one run as it is remembered: plain JSON
FIELDS = {
    *("sha", "mark", "at", "fault", "lasting", "tests", "skipped", "failed", "flaky"),
    *("before", "new", "mended", "gone", "since"),
}


def turn(brief: Brief) -> dict[str, Any]:
    """Return the state of the newest commit."""
    now = now_of(brief)
    project = open_project()
    head = project.head()
    if project.settings["test_command"] == "none":
        return nothing_to_run(head, now)
    order = order_of(project, time_left(brief, now))
    mark = print_of(order)
    runs = earlier_runs()
    known = next((run for run in reversed(runs) if run["sha"] == head.sha and run["mark"] == mark), None)
    asked = any(str(why).startswith("woken by") for why in brief.get("woken_by") or [])
    if known is None or asked or not known["lasting"]:
        first, second = run_suite(project, head, order)
        known = record_of(head, mark, now, first, second, runs)
        runs = [*(run for run in runs if run["at"] != known["at"]), known][-KEPT:]
        remember(RUNS, {"runs": runs})
        log_slowest(first)
    return result_of(brief, project, head, known, now)


def time_left(brief: Brief, now: datetime) -> timedelta:
    """Return how long this turn may take."""
    try:
        return datetime.fromisoformat(str(brief["deadline"])) - now
    except (KeyError, ValueError, TypeError):
        return timedelta(minutes=30)


def nothing_to_run(head: Head, now: datetime) -> dict[str, Any]:
    """Say that the project has no test command; nothing is claimed and nothing is green."""
    return {
        "headline": f"No test command is set, so nothing is known of {head.where}",
        "as_of": now.isoformat(),
        "items": [item(head, "not-run", "project.conf says test_command = none", 0, 0)],
        "claims": [],
        "body": "project.conf says `test_command = none`. No test was run and none is called green.\n",
    }


# Remembering


def earlier_runs() -> list[Record]:
    """Return the runs that are remembered; what is of another form is no memory."""
    runs = remembered(RUNS).get("runs", [])
    return (
        [run for run in runs if isinstance(run, dict) and run.keys() >= FIELDS]
        if isinstance(runs, list)
        else []
    )


def record_of(
    head: Head, mark: str, now: datetime, first: Run, second: Run | None, runs: list[Record]
) -> Record:
    """Return what is kept of a run: what failed in all of its runs, what in some, and what that changes."""
    bad = dict(first.bad)
    flaky = {name for name in bad if second and not second.fault and name not in second.bad}
    if second and not second.fault:
        flaky |= set(second.bad) - set(bad)
        bad |= second.bad
    earlier = [run for run in runs if run["sha"] == head.sha and run["mark"] == mark and not run["fault"]]
    for run in earlier:  # what ended both ways on one commit in one environment is flaky
        flaky |= set(run["failed"]) - set(bad) if not first.fault else set()
        flaky |= {name for name in bad if name not in run["failed"]}
    failed = {name: test.why for name, test in bad.items()}
    before = next((run for run in reversed(runs) if run["sha"] != head.sha and not run["fault"]), None)
    return {
        "sha": head.sha,
        "mark": mark,
        "at": now.isoformat(),
        "fault": first.fault,
        "lasting": bool(first.tests) or "did not end" in first.fault,
        "tests": len(first.tests),
        "skipped": sum(test.outcome == "skipped" for test in first.tests.values()),
        "failed": failed,
        "flaky": sorted(flaky),
        "before": before["sha"] if before else "",
        "new": sorted(set(failed) - set(before["failed"])) if before else [],
        "mended": sorted(set(before["failed"]) - set(failed)) if before and not first.fault else [],
        "gone": sorted(set(before["failed"]) - set(first.tests)) if before and not first.fault else [],
        "since": since(failed, head, runs),
    }


def since(failed: dict[str, str], head: Head, runs: list[Record]) -> dict[str, str]:
    """Return for each failing test the commit since which it failed in every run that proves something."""
    first: dict[str, str] = {}
    for name in failed:
        first[name] = head.sha
        for run in reversed([run for run in runs if not run["fault"]]):
            if name not in run["failed"]:
                break
            first[name] = run["sha"]
    return first


def log_slowest(run: Run) -> None:
    """Write the slowest tests into the log: a state that names times would be another one at each run."""
    slowest = sorted(run.tests.items(), key=lambda pair: -pair[1].took_s)[:SLOWEST]
    for name, test in slowest:
        print(f"slow: {test.took_s:.2f} s {name}", file=sys.stderr)
    print(f"the command took {run.took_s:.1f} s", file=sys.stderr)


# Answering


def is_green(run: Record) -> bool:
    """Say whether the run proves that nothing fails."""
    return not run["fault"] and not run["failed"] and not run["flaky"]


def result_of(brief: Brief, project: Project, head: Head, run: Record, now: datetime) -> dict[str, Any]:
    """Return the state: what fails, and a claim on the branch while anything does."""
    green = is_green(run)
    kind = "green" if green else "not-proven" if run["fault"] else "failing"
    items = [item(head, kind, headline(head, run), run["tests"], len(run["failed"])), *tests_of(run)]
    items, over = first_items(items)
    result: dict[str, Any] = {
        "headline": headline(head, run),
        "as_of": now.isoformat(),
        "items": items,
        "claims": [] if green else [{"about": head.about, "because": headline(head, run)}],
        "messages": messages(brief, head, kind, run),
        "body": body(project, head, run, over),
    }
    if not run["fault"]:
        result["scorecard"] = {"tests_failing": len(set(run["failed"]) | set(run["flaky"]))}
        result["scorecard"] |= {"suite_green": 1} if green else {}
    return result


def headline(head: Head, run: Record) -> str:
    """Say in one line how the commit stands."""
    if run["fault"]:
        return f"Not known whether {head.where} holds: {run['fault']}"
    sure = sorted(set(run["failed"]) - set(run["flaky"]))
    if sure:
        of = f"{count(len(sure), 'test')} of {run['tests']} {'fails' if len(sure) == 1 else 'fail'}"
        return f"{of} on {head.where}: {named(sure)}"
    if run["flaky"]:
        return f"{count(len(run['flaky']), 'test')} fail now and then on {head.where}: {named(run['flaky'])}"
    passed = run["tests"] - run["skipped"]
    skipped = f", {run['skipped']} skipped" if run["skipped"] else ""
    return f"All {passed} tests pass on {head.where}{skipped}"


def item(head: Head, kind: str, because: str, tests: int, failed: int) -> Item:
    """Return the item on the commit itself: what others need to know is which commit was run."""
    facts = {"commit": head.sha, "branch": head.branch, "tests": tests, "failed": failed}
    return {"about": f"commit:{head.short}", "kind": kind, "because": because, "confidence": 1, "with": facts}


def tests_of(run: Record) -> list[Item]:
    """Return one item a test that fails, fails now and then, or is mended."""
    items: list[Item] = []
    for name in sorted(run["failed"]):
        kind = "flaky" if name in run["flaky"] else "newly-failing" if name in run["new"] else "failing"
        items.append(test_item(name, kind, run["failed"][name] or "it gave no reason", run["since"][name]))
    for name in sorted(set(run["flaky"]) - set(run["failed"])):
        items.append(test_item(name, "flaky", "it failed in an earlier run of the same commit", run["sha"]))
    for name in run["mended"]:
        why = "it is not run any more" if name in run["gone"] else "it passes again"
        items.append(test_item(name, "gone" if name in run["gone"] else "mended", why, run["sha"]))
    return items


def test_item(name: str, kind: str, because: str, commit: str) -> Item:
    """Return an item about one test; `since` is a commit."""
    about = subject("test", name)
    return {
        "about": about,
        "kind": kind,
        "because": because,
        "confidence": 0.5 if kind == "flaky" else 1,
        "with": {"test": name, "since": commit[:10]},
    }


def messages(brief: Brief, head: Head, kind: str, run: Record) -> list[dict[str, Any]]:
    """Tell chief and notes when the branch breaks, breaks further, or is mended: against the state published last."""
    before = last_state(brief)
    if before.get("commit") == head.sha and before.get("kind") == kind:
        return []
    if kind == "green":
        if before.get("kind") in (None, "green", "not-run"):
            return []
        subject_line, why = f"{head.branch or head.short} is mended", "every test passes"
    else:
        told = set(before.get("bad", ())) >= {subject("test", name) for name in run["failed"]}
        if told and before.get("kind") == kind:
            return []
        subject_line = (
            f"{head.branch or head.short} is broken" if run["failed"] else f"{head.where} is not proven"
        )
        why = run["fault"] or named(sorted(run["failed"]))
    return [
        {
            "to": to,
            "type": "INFORM",
            "about": head.about,
            "subject": clean(subject_line),
            "body": headline(head, run),
            "with": {
                "branch": head.about,
                "commit": head.sha,
                "failing": len(run["failed"]),
                "because": clean(why),
            },
        }
        for to in ("chief", "notes")
    ]


def last_state(brief: Brief) -> dict[str, Any]:
    """Return kind, commit and failing tests of the state that this seat published last."""
    state = ((brief.get("reads") or {}).get("tests") or {}).get("state") or {}
    items = [one for one in state.get("items") or [] if isinstance(one, dict)]
    commit = next((one for one in items if str(one.get("about")).startswith("commit:")), {})
    bad = [one.get("about") for one in items if one.get("kind") in ("failing", "newly-failing", "flaky")]
    return {"kind": commit.get("kind"), "commit": (commit.get("with") or {}).get("commit"), "bad": bad}


def body(project: Project, head: Head, run: Record, over: list[str]) -> str:
    """Return the page: the run, what fails and since when, what is mended, and what was not looked at."""
    lines = [
        f"`{project.settings['test_command']}` on {head.where}, run at {run['at']} in a copy of that commit.",
        f"{count(run['tests'], 'test')}, {run['skipped']} skipped, {len(run['failed'])} failed.",
        f"Interpreter: `{project.python()}`; what is installed there counts, except for the project itself.",
    ]
    lines += (
        [run["fault"][0].upper() + run["fault"][1:] + "; nothing is called green."] if run["fault"] else []
    )
    compared = (
        f"Compared with {run['before'][:10]}."
        if run["before"]
        else "There is no earlier run to compare with."
    )
    lines += [compared, *project.notes(head), *over, ""]
    for kind, title in (
        ("newly-failing", "Newly failing"),
        ("failing", "Still failing"),
        ("flaky", "Now and then"),
    ):
        lines += section(title, [one for one in tests_of(run) if one["kind"] == kind])
    lines += section("Mended or gone", [one for one in tests_of(run) if one["kind"] in ("mended", "gone")])
    return "\n".join(lines) + "\n"


def section(title: str, items: list[Item]) -> list[str]:
    """Return one part of the page, nothing if it is empty."""
    rows = [f"- {one['with']['test']}: {one['because']} (since {one['with']['since']})" for one in items[:50]]
    more = [f"- and {len(items) - 50} more"] if len(items) > 50 else []
    return [f"## {title}", "", *rows, *more, ""] if items else []


if __name__ == "__main__":
    sys.exit(take("tests", turn))
