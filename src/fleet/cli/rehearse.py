"""`fleet rehearse`: the real holders in a scratch copy, on a virtual clock, with the world and the people scripted."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fleet.cli.answer import clean, print_json
from fleet.cli.flags import CHART, Flags
from fleet.errors import ChartError, Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.script.step import Script
    from fleet.runtime.rehearse import Plan, Report
    from fleet.runtime.steps import Played

SPAN = timedelta(days=1)
"""How long a rehearsal is that nobody said the length of, if no step comes later."""


def rehearse(
    flags: Flags,
    *,
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="How long: 1d, 7d.")] = "",
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="When it begins; else now.")] = "",
    seat: Annotated[
        list[str] | None, typer.Option("--seat", metavar="SEAT", help="Only these seats get turns.")
    ] = None,
    script: Annotated[
        str, typer.Option("--script", metavar="FILE", help="What happens when, and must come of it.")
    ] = "",
    replay: Annotated[bool, typer.Option("--replay", help="Recorded results instead of holders.")] = False,
    act: Annotated[bool, typer.Option("--act", help="Carry actions out, inside the copy.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Leave ledger, states and mail out.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on trouble.")] = False,
    keep: Annotated[str, typer.Option("--keep", metavar="DIR", help="Keep the copy there.")] = "",
    seed: Annotated[
        str, typer.Option("--seed", metavar="N", help="FLEET_SEED of the script's programs.")
    ] = "",
) -> int:
    """Run the real holders in a copy on a virtual clock; nothing leaves it, and this fleet is not touched."""
    from fleet.runtime.rehearse import Plan
    from fleet.runtime.rehearse import rehearse as run

    root = flags.root()
    chart = _chart(root)
    zone = chart.calendar.tz
    played, begins, ends = _read(flags, script, start, span, zone)
    plan = Plan(
        root=root,
        start=begins,
        end=ends,
        script=played,
        only=tuple(seat or ()),
        replay=replay,
        act=act,
        fresh=fresh,
        keep=os.path.join(os.getcwd(), keep) if keep else "",
        seed=seed,
    )
    began = time.monotonic()
    if not flags.json:
        _say_head(plan, chart)
    report = run(plan, lambda one: None if flags.json else _say_step(one, zone))
    took_s = time.monotonic() - began
    if flags.json:
        print_json("rehearse", _as_json(plan, report, took_s, zone))
    else:
        _say_end(plan, report, took_s, zone)
    return 1 if strict and report.trouble else 0


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
    from fleet.edge.clock import SystemClock
    from fleet.store.yaml import read_nodes

    now = SystemClock().now()
    if not path:
        begins, ends = window(start, span, zone=zone, now=now, default_span=SPAN)
        return Script(), begins, ends
    try:
        raw = Path(path).read_bytes()
    except OSError as exc:
        raise Typed(f"--script {path}: {exc.strerror}; nothing was rehearsed") from exc
    root, mistakes = read_nodes(raw, path)
    found = Found({path: raw.decode("utf-8", "replace")})
    found.mistakes += mistakes
    if root is None:
        raise _wrong(found.mistakes, path, empty=not mistakes)
    header = Script()
    try:
        header = read_header(root, found)
        begins, ends = window(
            start or header.start, span, zone=zone, now=now, default_span=header.span or SPAN
        )
        steps = read_steps(root, header, found, start=begins, zone=zone)
    except Enough:
        raise _wrong(found.mistakes, path) from None
    if any(m.level == "error" for m in found.mistakes):
        raise _wrong(found.mistakes, path)
    last = steps.steps[-1].at if steps.steps else begins
    if span and last >= ends:
        raise Typed(f"--for {span}: the last step of {path} is at {_when(last, zone)}; nothing was rehearsed")
    if steps.steps and not span:
        ends = max(ends if header.span else last, last + timedelta(minutes=1))
    return replace(steps, file=os.path.abspath(path)), begins, ends


def _wrong(mistakes: Any, path: str, *, empty: bool = False) -> Exception:
    if empty:
        return Typed(f"--script {path}: there is nothing in it; nothing was rehearsed")
    return ChartError(mistakes)


# What is said.


def _say_head(plan: Plan, chart: Chart) -> None:
    scene = f": {clean(plan.script.scene)}" if plan.script.scene else ""
    zone = chart.calendar.tz
    print(f"{clean(chart.name)}, rehearsed{scene}")
    print(
        f"{_when(plan.start, zone)} to {_when(plan.end, zone)} ({zone.key}), {len(chart.seats)} seats",
        flush=True,
    )


def _when(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b %Y %H:%M}"


def _say_step(played: Played, zone: ZoneInfo) -> None:
    """Print a step in one line, and more where it did not come out as the script says."""
    step = played.step
    mark = " " if step.wanted is None and played.met else "✓" if played.met else "✗"
    at = f"{played.at.astimezone(zone):%a %H:%M}".lower()
    what = _what(played)
    print(f"{mark} {at}  {what}")
    if not played.met:
        _say_unmet(played)
    sys.stdout.flush()


def _what(played: Played) -> str:
    step = played.step
    if step.note:
        return clean(step.note)
    if step.wanted is not None:
        return f"expect {step.wanted.kind} {_fields(step.wanted.fields)}".rstrip()
    said = f" -> {clean(played.says)}" if played.says and played.met else ""
    return f"{step.verb} {_fields(step.given)}{said}"[:200].rstrip()


def _fields(given: Any) -> str:
    words = []
    for key, value in given.items():
        text = " ".join(value) if key == "program" and isinstance(value, list) else _short(value)
        words.append(text if key in ("program", "text") else f"{key} {text}")
    return clean(", ".join(words))


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items())
    return str(value) if len(str(value)) <= 80 else f"{str(value)[:77]}..."


def _say_unmet(played: Played) -> None:
    step = played.step
    print(f"    {step.place.short}: {clean(played.says)}")
    if step.wanted is None:
        return
    print(f"    wanted    {step.wanted.kind} {_fields(step.wanted.fields)}")
    if step.wanted.has:
        print(f"    with      {clean(', '.join(map(repr, step.wanted.has)))}")
    for fact, differs in played.near:
        print(f"    there is  {_near(fact, differs, step.wanted)}")


def _near(fact: Any, differs: Any, wanted: Any) -> str:
    """Tell a fact that is not as wanted: what it is, and in what it differs."""
    from fleet.core.script.expect import said

    keys = dict.fromkeys((*wanted.fields, "reason", "place", "why", "headline", "says"))
    shown = [f"{key} {_short(said(fact.get(key)) if not isinstance(fact.get(key), list) else fact[key])}"
             for key in keys if fact.get(key) not in (None, "", [])]  # fmt: skip
    not_so = ", ".join(dict.fromkeys(differs))
    return clean(f"{', '.join(shown)}  (differs: {not_so})")


def _say_end(plan: Plan, report: Report, took_s: float, zone: ZoneInfo) -> None:
    turns = sum(sum(counts.values()) for counts in report.turns.values())
    outcomes = sum(report.turns.values(), start=type(report.verdicts)())
    said = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items(), key=lambda p: -p[1]))
    print(
        f"{turns} turns{f' ({said})' if said else ''}, {report.messages} messages; actions: {_verdicts(report)}"
    )
    for one in report.failed:
        print(
            f"✗ {_when(one['at'], zone)}  {one['seat']}: turn {one['turn']} {one['outcome']}: {clean(str(one['why']))}"
        )
    for one in report.missed:
        print(f"✗ {_when(one['at'], zone)}  {one['seat']}: wake missed: {clean(str(one['why']))}")
    expected = [one for one in report.played if one.step.wanted is not None]
    met = sum(one.met for one in expected)
    ended = f"{met} of {len(expected)} expectations met" if expected else "nothing was expected"
    print(f"{ended}; {_days(report)} in {took_s:.1f} s.{_kept(plan)}")


def _verdicts(report: Report) -> str:
    words = {"allow": "ran", "hold": "held", "ask": "asked", "refuse": "refused", "lapsed": "lapsed"}
    counted = [f"{report.verdicts[key]} {word}" for key, word in words.items() if report.verdicts[key]]
    return ", ".join(counted) or "none"


def _days(report: Report) -> str:
    hours = (report.end - report.start).total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"


def _kept(plan: Plan) -> str:
    return f" The copy: fleet -C {os.path.relpath(plan.keep)} status" if plan.keep else ""


def _as_json(plan: Plan, report: Report, took_s: float, zone: ZoneInfo) -> dict[str, Any]:
    def local(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    def told(found: list[Any]) -> list[dict[str, Any]]:
        return [{**one, "at": local(one["at"])} for one in found]

    return {
        "scene": plan.script.scene,
        "from": local(plan.start),
        "to": local(plan.end),
        "kept": plan.keep or None,
        "trouble": report.trouble,
        "steps": [_step_json(one, local) for one in report.played],
        "turns": {seat: dict(counts) for seat, counts in report.turns.items()},
        "failed": told(report.failed),
        "missed": told(report.missed),
        "verdicts": dict(report.verdicts),
        "messages": report.messages,
        "troubles": dict(report.troubles),
        "records": report.records,
        "last_hash": report.last_hash,
        "took_s": round(took_s, 3),
    }


def _step_json(played: Played, local: Any) -> dict[str, Any]:
    step = played.step
    given = step.given if step.wanted is None else {step.wanted.kind: dict(step.wanted.fields)}
    told = {
        "at": local(played.at),
        "do": step.verb,
        "given": given,
        "place": step.place.short,
        "note": step.note,
        "met": played.met,
        "says": played.says,
    }
    if step.wanted is not None:
        near = [{"fact": dict(fact), "differs": list(dict.fromkeys(d))} for fact, d in played.near]
        told |= {"matching": played.matching, "near": [] if played.met else near}
    return told
