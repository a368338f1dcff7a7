"""`fleet rehearse`: the real holders in a scratch copy, on a virtual clock, with the world and the people scripted."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fleet.cli.answer import print_json
from fleet.cli.ask import check_seat
from fleet.cli.flags import Flags
from fleet.cli.played import as_json, end, head, say, scene, step_lines, when
from fleet.cli.progress import Progress
from fleet.cli.takes import option
from fleet.cli.times import zone_of
from fleet.core.folder import CHART
from fleet.errors import ChartError, Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.mistake import Mistake
    from fleet.core.script.step import Script
    from fleet.runtime.rehearse import Plan, Report
    from fleet.runtime.steps import Played

SPAN = timedelta(days=1)
"""How long a rehearsal is that nobody said the length of, if no step comes later."""
SCRIPT_MAX = 8 * 1024 * 1024
"""Bytes of a script, as of a chart."""


def rehearse(
    flags: Flags,
    *,
    span: Annotated[str, option("--for", metavar="SPAN", help="How long: 1d, 7d.")] = "",
    start: Annotated[str, option("--from", metavar="DATE", help="When it begins; else now.")] = "",
    seat: Annotated[
        list[str] | None, option("--seat", metavar="SEAT", help="Only these seats get turns.")
    ] = None,
    script: Annotated[
        str,
        option("--script", metavar="FILE", help="What happens when, and must come of it; a folder of such."),
    ] = "",
    replay: Annotated[bool, option("--replay", help="Recorded results instead of holders.")] = False,
    act: Annotated[bool, option("--act", help="Carry actions out, inside the copy.")] = False,
    fresh: Annotated[bool, option("--fresh", help="Leave ledger, states and mail out.")] = False,
    strict: Annotated[bool, option("--strict", help="Exit 1 on trouble.")] = False,
    keep: Annotated[str, option("--keep", metavar="DIR", help="Keep the copy there.")] = "",
    seed: Annotated[str, option("--seed", metavar="N", help="FLEET_SEED of the script's programs.")] = "",
) -> int:
    """Run the real holders in a copy on a virtual clock; nothing leaves it, and this fleet is not touched."""
    from fleet.runtime.rehearse import Plan

    root = flags.root()
    chart = _chart(root)
    zone = chart.calendar.tz
    only = tuple(check_seat(name, list(chart.seats)) for name in seat or ())

    def plan_of(path: str) -> Plan:
        played, begins, ends = _read(flags, path, start, span, zone)
        name = Path(path).stem if path != script else ""
        return Plan(
            root=root,
            start=begins,
            end=ends,
            script=played,
            only=only,
            replay=replay,
            act=act,
            fresh=fresh,
            keep=os.path.normpath(os.path.join(os.getcwd(), keep, name)) if keep else "",
            seed=seed,
        )

    try:
        if script and os.path.isdir(script):
            trouble = _scenes(flags, script, plan_of, chart)
        else:
            trouble = _one(flags, plan_of(script), chart)
    except WrongScript as exc:
        return _show_wrong(flags, exc)
    return 1 if strict and trouble else 0


def _one(flags: Flags, plan: Plan, chart: Chart) -> bool:
    """Play one script, or none, and say each step as it is played; says whether there was trouble."""
    began, zone = time.monotonic(), zone_of(chart.calendar.zone, flags.utc)
    first = [] if flags.json or flags.quiet else head(plan, chart, zone)
    told: set[tuple[datetime, str]] = set()

    def show(one: Played) -> None:
        lines = step_lines(one, plan, zone, every=flags.verbose)
        noted = one.at, one.step.note
        said = one.met and noted in told and bool(one.step.note)  # a note is for all that stands beside it
        told.add(noted)
        if lines and not said and not flags.json and (not flags.quiet or not one.met):
            say(lines)

    report = _run(flags, plan, zone, show, head=first)
    took_s = time.monotonic() - began
    if flags.json:
        print_json("rehearse", as_json(plan, report, took_s, zone), flags=flags)
    else:
        say(end(plan, report, took_s, zone))
    return report.trouble


def _run(
    flags: Flags, plan: Plan, zone: tzinfo, show: Callable[[Played], None], *, head: Sequence[str] = ()
) -> Report:
    """Rehearse, and say on a terminal which instant is played; without a thread, since programs are started.

    `head` is said once it has begun: not before what cannot be rehearsed is refused.
    """
    from fleet.runtime.rehearse import rehearse as run

    progress = Progress(flags, f"rehearsing {os.path.basename(plan.script.file)}".rstrip())
    unsaid = list(head)

    def told(one: Played) -> None:
        progress.clear()
        show(one)

    def passed(at: datetime) -> None:
        if unsaid:
            say(unsaid)
            unsaid.clear()
        progress.far(when(at, zone))
        progress.draw()

    try:
        return run(plan, told, passed=passed)
    finally:
        progress.clear()


def _scenes(flags: Flags, folder: str, plan_of: Callable[[str], Plan], chart: Chart) -> bool:
    """Play every script of a folder, each in a copy of its own, and say of each how it came out."""
    paths = sorted(str(path) for path in Path(folder).iterdir() if path.suffix in (".yaml", ".yml"))
    if not paths:
        raise Typed(f"--script {folder}: there is no .yaml file in this folder; nothing was rehearsed")
    plans = [(path, plan_of(path)) for path in paths]  # all are read before the first is played
    told: list[dict[str, Any]] = []
    wrong, zone = 0, zone_of(chart.calendar.zone, flags.utc)
    for path, plan in plans:
        began = time.monotonic()
        report = _run(flags, plan, zone, lambda one: None)
        took_s = time.monotonic() - began
        wrong += report.trouble
        if flags.json:
            told.append({"script": path, **as_json(plan, report, took_s, zone)})
        else:
            say(scene(path, plan, report, took_s, zone))
    if flags.json:
        print_json("rehearse", {"scenes": told, "trouble": bool(wrong)}, flags=flags)
    else:
        print(f"{len(plans) - wrong} of {len(plans)} scenes came out as they should.")
    return bool(wrong)


def _chart(root: str) -> Chart:
    """Read the chart that lies there; raises ChartError with every mistake."""
    from fleet.runtime.revise import usable_chart
    from fleet.store.files import Files

    files = Files(root)
    try:
        if files.stat(CHART) is None:
            raise Typed(f"{root}: there is no {CHART} here. Begin with: fleet init")
        return usable_chart(files)
    finally:
        files.close()


def _read(
    flags: Flags, path: str, start: str, span: str, zone: ZoneInfo
) -> tuple[Script, datetime, datetime]:
    """Read the script, and say from when to when it is played; raises ChartError with every mistake in it."""
    from dataclasses import replace

    from fleet.cli.window import window
    from fleet.core.read.found import Enough, Found
    from fleet.core.script.read import read_header, read_steps
    from fleet.core.script.step import Script
    from fleet.store.yaml import read_nodes

    now = _next_minute(flags.now())
    if not path:
        begins, ends = window(start, span, zone=zone, now=now, default_span=SPAN)
        return Script(), begins, ends
    raw = _bytes(path)
    root, mistakes = read_nodes(raw, path)
    found = Found({path: raw.decode("utf-8", "replace")})
    found.mistakes += mistakes
    if root is None and not mistakes:
        raise Typed(f"--script {path}: there is nothing in it; nothing was rehearsed")
    if root is None:
        raise WrongScript(found.mistakes, raw)
    header = Script()
    try:
        header = read_header(root, found)
        begins, ends = window(
            start or header.start, span, zone=zone, now=now, default_span=header.span or SPAN
        )
        steps = read_steps(root, header, found, start=begins, zone=zone)
    except Enough:
        raise WrongScript(found.mistakes, raw) from None
    if any(m.level == "error" for m in found.mistakes):
        raise WrongScript(found.mistakes, raw)
    last = steps.steps[-1].at if steps.steps else begins
    if span and last >= ends:
        raise Typed(f"--for {span}: the last step of {path} is at {when(last, zone)}; nothing was rehearsed")
    if steps.steps and not span:
        ends = max(ends if header.span else last, last + timedelta(minutes=1))
    return replace(steps, file=os.path.abspath(path)), begins, ends


class WrongScript(ChartError):
    """A script cannot be used; `raw` is its text."""

    def __init__(self, mistakes: Sequence[Mistake], raw: bytes) -> None:
        super().__init__(mistakes)
        self.raw = raw


def _bytes(path: str) -> bytes:
    """Read a script, no more of it than a script may have and one byte."""
    try:
        with Path(path).open("rb") as file:
            return file.read(SCRIPT_MAX + 1)
    except OSError as exc:
        raise Typed(f"--script {path}: {exc.strerror}; nothing was rehearsed") from exc


def _next_minute(now: datetime) -> datetime:
    """Give the next whole minute: what is in the ledger by now was before it."""
    whole = now.replace(second=0, microsecond=0)
    return now if whole == now else whole + timedelta(minutes=1)


def _show_wrong(flags: Flags, exc: WrongScript) -> int:
    """Show what is wrong with a script as `check` shows it of a chart."""
    from fleet.cli.mistakes import show_mistakes

    lines = exc.raw.decode("utf-8", "replace").splitlines()
    show_mistakes(exc.mistakes, lines=lambda name: lines, file=sys.stderr, color=flags.color)
    return Typed.exit_code
