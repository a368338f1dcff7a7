"""Measures `fleet check` on seeded mistakes: python -m mistakes.measure [--fresh FIRST_SEED] [--files N] [--show].

Without --fresh the frozen cases are measured. Every file goes through the real program.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mistakes.chart import Chart
from mistakes.mutate import SOUND, Broken, Truth, charts, mutate

CASES = Path(__file__).parent / "cases.json"
Report = dict[str, Any]
Look = Callable[[Path], list[Report] | str]
"""Gives the mistakes that a file's check reports, or the text of its end where it fell over."""


@dataclass
class Judged:
    """How one broken chart was told."""

    broken: Broken
    lost: list[Truth] = field(default_factory=list)
    beside: list[tuple[Truth, Report]] = field(
        default_factory=list
    )  # found on the line, the caret is elsewhere
    inexact: list[tuple[Truth, Report]] = field(default_factory=list)
    wrong: list[tuple[Truth, list[str]]] = field(default_factory=list)  # no right suggestion
    later: int = 0  # right, but not the first suggestion
    extra: list[Report] = field(default_factory=list)
    twice: list[Report] = field(default_factory=list)
    fell: str = ""


def frozen() -> list[Broken]:
    return [thawed(one) for one in json.loads(CASES.read_text())]


def thawed(plain: dict[str, Any]) -> Broken:
    edits = [(one[0], one[1], one[2], one[3]) for one in plain["edits"]]
    truths = [Truth(**{**one, "spots": [tuple(spot) for spot in one["spots"]]}) for one in plain["truths"]]
    return Broken(plain["chart"], plain["seed"], edits, truths)


def drawn(first: int, files: int) -> list[Broken]:
    """So many charts from seeds not used before: each chart in turn, one to nine mistakes in turn."""
    sound = charts()
    names = [one for one in sorted(sound) if one != "minimal"] + ["sneeze", "minimal"]
    return [mutate(sound[names[n % len(names)]], first + n, n % 9 + 1) for n in range(files)]


def write(broken: Broken, chart: Chart, folder: Path) -> Path:
    for name, text in broken.files(chart.files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return folder / "fleet.yaml"


def through_program(path: Path) -> list[Report] | str:
    line = [sys.executable, "-m", "fleet", "check", "fleet.yaml", "--format", "json"]
    done = subprocess.run(line, cwd=path.parent, capture_output=True, text=True, timeout=60)
    if "Traceback" in done.stderr or done.returncode not in (0, 1) or not done.stdout:
        return done.stderr or f"exit {done.returncode}"
    return list(json.loads(done.stdout)["data"]["mistakes"])


def judge(broken: Broken, reports: list[Report] | str) -> Judged:
    judged = Judged(broken)
    if isinstance(reports, str):
        judged.fell, judged.lost = reports, list(broken.truths)
        return judged
    used: set[int] = set()
    unmatched = []
    for truth in sorted(
        broken.truths, key=widest
    ):  # what may stand anywhere on a line leaves the rest to others
        mine = [
            n
            for n, one in enumerate(reports)
            if n not in used and any(overlaps(one, spot) for spot in truth.spots)
        ]
        mine.sort(
            key=lambda n: (reports[n]["level"] != "error", not set(reports[n]["tries"]) & set(truth.accept))
        )
        if mine:
            used.update(mine)
            judged.twice += [reports[n] for n in mine[1:] if reports[n]["level"] == "error"]
            weigh(truth, [reports[n] for n in mine], judged)
        else:
            unmatched.append(truth)
    for truth in unmatched:
        near = [
            n
            for n, one in enumerate(reports)
            if n not in used and any(on_line(one, spot) for spot in truth.spots)
        ]
        if near:
            used.add(near[0])
            judged.beside.append((truth, reports[near[0]]))
        else:
            judged.lost.append(truth)
    judged.extra = [one for n, one in enumerate(reports) if n not in used]
    return judged


def widest(truth: Truth) -> int:
    return max(end - start for _, _, start, end in truth.spots)


def weigh(truth: Truth, mine: list[Report], judged: Judged) -> None:
    carets = [(one, spot) for one in mine for spot in truth.spots if begins_in(one, spot)]
    if not carets:
        judged.beside.append((truth, mine[0]))
    elif not any(one["column"] == spot[2] and one["end_column"] == spot[3] for one, spot in carets):
        judged.inexact.append((truth, carets[0][0]))
    if truth.accept:
        tries = [one.strip() for report in mine for one in report["tries"]]
        if not set(tries) & set(truth.accept):
            judged.wrong.append((truth, tries))
        elif mine[0]["tries"][:1] and mine[0]["tries"][0] not in truth.accept:
            judged.later += 1


def overlaps(report: Report, spot: tuple[str, int, int, int]) -> bool:
    if report["file"] != spot[0]:
        return False
    if report["end_line"] > report["line"]:
        return bool(report["line"] == spot[1] and report["column"] < spot[3])
    return bool(
        report["line"] == spot[1]
        and report["column"] < spot[3]
        and spot[2] < max(report["end_column"], report["column"] + 1)
    )


def on_line(report: Report, spot: tuple[str, int, int, int]) -> bool:
    return bool(report["file"] == spot[0] and report["line"] == spot[1])


def begins_in(report: Report, spot: tuple[str, int, int, int]) -> bool:
    return overlaps(report, spot) and bool(spot[2] <= report["column"] < spot[3])


def measured(cases: Iterable[Broken], look: Look) -> list[Judged]:
    """What is said of a sound chart, too, is no report of a mistake."""
    sound = charts()
    found = []
    with tempfile.TemporaryDirectory() as top:
        before = {name: said(look(SOUND / name / "fleet.yaml")) for name in sound}
        for n, broken in enumerate(cases):
            reports = look(write(broken, sound[broken.chart], Path(top) / str(n)))
            if not isinstance(reports, str):
                known = before[broken.chart]
                reports = [one for one in reports if one["level"] == "error" or brief(one) not in known]
            found.append(judge(broken, reports))
    return found


def said(reports: list[Report] | str) -> set[str]:
    return set() if isinstance(reports, str) else {brief(one) for one in reports}


def figures(all_: list[Judged]) -> dict[str, Any]:
    truths = [truth for one in all_ for truth in one.broken.truths]
    lost = [truth for one in all_ for truth in one.lost]
    beside = [truth for one in all_ for truth, _ in one.beside]
    words = [truth for truth in truths if truth.accept]
    wrong = {id(truth) for one in all_ for truth, _ in one.wrong} | {id(truth) for truth in [*lost, *beside]}
    found = max(1, len(truths) - len(lost))
    on_token = len(truths) - len(lost) - len(beside)
    errors = [sum(report["level"] == "error" for report in one.extra) for one in all_]
    return {
        "files": len(all_),
        "mistakes": len(truths),
        "lost": len(lost),
        "lost behind a syntax error": sum(truth.behind for truth in lost),
        "found": f"{(len(truths) - len(lost)) / len(truths):.1%}",
        "caret beside the token": len(beside),
        "caret on the token": f"{on_token / found:.1%}",
        "caret covers exactly the token": f"{(on_token - sum(len(one.inexact) for one in all_)) / found:.1%}",
        "near-miss words": len(words),
        "right suggestion": f"{sum(id(truth) not in wrong for truth in words) / max(1, len(words)):.1%}",
        "right but not first": sum(one.later for one in all_),
        "errors more than seeded": sum(errors),
        "files with errors more than seeded": sum(bool(one) for one in errors),
        "warnings more than seeded": sum(report["level"] != "error" for one in all_ for report in one.extra),
        "told twice": sum(len(one.twice) for one in all_),
        "fell over": sum(bool(one.fell) for one in all_),
    }


def show(all_: list[Judged]) -> None:
    sound = charts()
    for one in all_:
        texts = one.broken.files(sound[one.broken.chart].files)
        name = f"{one.broken.chart}:{one.broken.seed}"
        for truth in one.lost:
            print(f"LOST   {name} {told(truth, texts)}")
        for truth, report in one.beside:
            print(f"BESIDE {name} {told(truth, texts)} | {report['column']} {brief(report)}")
        for truth, tries in one.wrong:
            print(f"WORD   {name} wants {truth.accept} got {tries}: {told(truth, texts)}")
        for report in [*one.extra, *one.twice]:
            line = source(texts, report["file"], report["line"])
            print(f"EXTRA  {name} {report['level']} {brief(report)}: {line}")
        if one.fell:
            print(f"FELL   {name} {one.fell[-600:]}")


def told(truth: Truth, texts: dict[str, str]) -> str:
    file, line, column, _ = truth.spots[0]
    return f"{truth.kind}{' (behind)' * truth.behind} {file}:{line}:{column}: {source(texts, file, line)}"


def source(texts: dict[str, str], file: str, line: int) -> str:
    lines = texts.get(file, "").split("\n")
    return lines[line - 1].strip()[:150] if line <= len(lines) else ""


def brief(report: Report) -> str:
    return f"{report['code']} {report['what']} {report['tries']}"


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--fresh", type=int)
    ask.add_argument("--files", type=int, default=80)
    ask.add_argument("--freeze", action="store_true")
    ask.add_argument("--show", action="store_true")
    said = ask.parse_args()
    if said.freeze:
        CASES.write_text(
            "[\n"
            + ",\n".join(json.dumps(one.plain(), ensure_ascii=True) for one in drawn(1, said.files))
            + "\n]\n"
        )
        return
    cases = frozen() if said.fresh is None else drawn(said.fresh, said.files)
    all_ = measured(cases, through_program)
    if said.show:
        show(all_)
    for name, value in figures(all_).items():
        print(f"{name:38} {value}")
    print(Counter(truth.kind for one in all_ for truth in one.lost))


if __name__ == "__main__":
    main()
