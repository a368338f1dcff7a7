"""Played: what came of a rehearsal, as text and as JSON."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fleet.cli.answer import clean

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.runtime.rehearse import Plan, Report
    from fleet.runtime.steps import Played


def say_head(plan: Plan, chart: Chart) -> None:
    """Say what is rehearsed, and which days."""
    scene = f": {clean(plan.script.scene)}" if plan.script.scene else ""
    zone = chart.calendar.tz
    print(f"{clean(chart.name)}, rehearsed{scene}")
    print(
        f"{when(plan.start, zone)} to {when(plan.end, zone)} ({zone.key}), {len(chart.seats)} seats",
        flush=True,
    )


def when(at: datetime, zone: ZoneInfo) -> str:
    """Say an instant: `Mon 23 Nov 2026 10:00`."""
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b %Y %H:%M}"


def say_step(played: Played, zone: ZoneInfo) -> None:
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


def say_end(plan: Plan, report: Report, took_s: float, zone: ZoneInfo) -> None:
    """Say what happened in all, and what went wrong that no expectation speaks of."""
    turns = sum(sum(counts.values()) for counts in report.turns.values())
    outcomes = sum(report.turns.values(), start=type(report.verdicts)())
    said = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items(), key=lambda p: -p[1]))
    print(
        f"{turns} turns{f' ({said})' if said else ''}, {report.messages} messages; actions: {_verdicts(report)}"
    )
    _say_bad(report, zone)
    expected = [one for one in report.played if one.step.wanted is not None]
    met = sum(one.met for one in expected)
    ended = f"{met} of {len(expected)} expectations met" if expected else "nothing was expected"
    print(f"{ended}; {_days(report)} in {took_s:.1f} s.{_kept(plan)}")


def say_scene(path: str, plan: Plan, report: Report, took_s: float, zone: ZoneInfo) -> None:
    """Say in one line how a scene came out, and more where it did not."""
    expected = [one for one in report.played if one.step.wanted is not None]
    met = sum(one.met for one in expected)
    mark = "✗" if report.trouble else "✓"
    name = clean(plan.script.scene) or os.path.basename(path)
    print(f"{mark} {name}  {met} of {len(expected)}, {took_s:.1f} s")
    for one in report.unmet:
        say_step(one, zone)
    _say_bad(report, zone)
    sys.stdout.flush()


def _say_bad(report: Report, zone: ZoneInfo) -> None:
    for one in report.failed:
        how = f"turn {one['turn']} {one['outcome']}: {clean(str(one['why']))}"
        print(f"✗ {when(one['at'], zone)}  {one['seat']}: {how}")
    for one in report.missed:
        print(f"✗ {when(one['at'], zone)}  {one['seat']}: wake missed: {clean(str(one['why']))}")


def _verdicts(report: Report) -> str:
    words = {"allow": "ran", "hold": "held", "ask": "asked", "refuse": "refused", "lapsed": "lapsed"}
    counted = [f"{report.verdicts[key]} {word}" for key, word in words.items() if report.verdicts[key]]
    return ", ".join(counted) or "none"


def _days(report: Report) -> str:
    hours = (report.end - report.start).total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"


def _kept(plan: Plan) -> str:
    return f" The copy: fleet -C {os.path.relpath(plan.keep)} status" if plan.keep else ""


def as_json(plan: Plan, report: Report, took_s: float, zone: ZoneInfo) -> dict[str, Any]:
    """Give all of it as JSON."""

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
