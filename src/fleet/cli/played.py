"""Played: what came of a rehearsal, as text and as JSON."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean
from fleet.cli.table import wrapped
from fleet.cli.terminal import width
from fleet.core.script.expect import all_text, said

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.script.expect import Fact
    from fleet.core.script.step import Expected
    from fleet.runtime.rehearse import Plan, Report
    from fleet.runtime.steps import Played

WIDE = 80
"""Columns of the report on a terminal; what is longer goes on below."""
WORLD = ("run", "drop")
"""Steps that only move the world: they are told of where they fail, or have a note."""
LABEL = " " * 4
LONGEST = 200
"""Characters of a value that are shown."""
WHOSE = ("action", "id", "turn", "wake")
"""Keys by which `fleet why` knows a thing."""
SOUGHT = {"has": "with", "not": "anything but", "one_of": "one of"}
"""What a map may ask of a value, in words."""
REASONS = ("reason", "why", "says", "headline")


def say(lines: Iterable[str]) -> None:
    """Print lines, at once: who rehearses a week wants to see it go by."""
    print("\n".join(lines), flush=True)


def _set(label: str, text: str) -> list[str]:
    """Set a text behind its label, in 80 columns on a terminal; what is piped is never cut."""
    return wrapped(label, text, None if width() is None else WIDE)


def head(plan: Plan, chart: Chart, zone: tzinfo) -> list[str]:
    """Say what is rehearsed, and which days."""
    scene = f": {clean(plan.script.scene)}" if plan.script.scene else ""
    days = f"{when(plan.start, zone)} to {when(plan.end, zone)} ({_zone(zone)}), {_many(len(chart.seats), 'seat')}"
    return [*_set("", f"{clean(chart.name)}, rehearsed{scene}"), *_set("", days)]


def when(at: datetime, zone: tzinfo) -> str:
    """Say an instant: `Mon 23 Nov 2026 10:00`."""
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b %Y %H:%M}"


def _zone(zone: tzinfo) -> str:
    return str(getattr(zone, "key", "UTC"))


def step_lines(played: Played, plan: Plan, zone: tzinfo, *, every: bool = False) -> list[str]:
    """Tell of a step in a line, and more where it did not come out as the script says; the world is quiet."""
    one = played.step
    if played.met and one.verb in WORLD and not one.note and not every:
        return []
    mark = " " if one.wanted is None and played.met else _mark(played.met)
    lines = _set(f"{mark} {played.at.astimezone(zone):%a %H:%M}  ".lower(), _what(played))
    return lines if played.met else [*lines, *_unmet(played, plan)]


def _mark(good: bool) -> str:
    return "✓" if good else "✗"


def _what(played: Played) -> str:
    one = played.step
    if one.note:
        return clean(one.note)
    if one.wanted is not None:
        return f"expect {_wanted(one.wanted)}"
    came = f" -> {clean(played.says)}" if played.says and played.met else ""
    whose = [_short(one.given[key]) for key in ("seat", "what") if isinstance(one.given.get(key), str)]
    rest = _fields({key: value for key, value in one.given.items() if key not in ("seat", "what")})
    return f"{' '.join([one.verb, *whose])} {rest}{came}"[:LONGEST].rstrip()


def _wanted(wanted: Expected) -> str:
    count = "" if wanted.count is None else f" {wanted.count} times," if wanted.count != 1 else " once,"
    return f"{wanted.kind}{count} {_fields(wanted.fields)}".rstrip(" ,")


def _fields(given: Mapping[str, Any]) -> str:
    words = []
    for key, value in given.items():
        text = shlex.join(value) if key == "program" and isinstance(value, list) else _short(value)
        words.append(text if key in ("program", "text") else f"{key} {text}")
    return clean(", ".join(words))


def _short(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return str(len(value))
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value)
    if isinstance(value, dict):
        words = SOUGHT if value.keys() <= SOUGHT.keys() else {}
        return ", ".join(f"{words.get(key, key)} {_short(one)}" for key, one in value.items())
    text = said(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


# What is unmet.


def _unmet(played: Played, plan: Plan) -> Iterator[str]:
    """Say what was wanted, what there is instead, in what it differs, and what tells more of it."""
    one = played.step
    yield from _set(f"{LABEL}{one.place.short}: ", clean(played.says))
    if one.wanted is None:
        return
    yield from _set(f"{LABEL}wanted    ", _wanted(one.wanted))
    if one.wanted.has:
        yield from _set(f"{LABEL}with      ", clean(", ".join(map(repr, one.wanted.has))))
    for number, (fact, differs) in enumerate(played.near):
        yield from _near(fact, differs, one.wanted, None if number else plan)


def _near(fact: Fact, differs: Sequence[str], wanted: Expected, plan: Plan | None) -> Iterator[str]:
    label = f"{LABEL}there is  "
    below = " " * len(label)
    whose = next((key for key in WHOSE if _shows(fact.get(key))), "")
    agrees = {key: fact[key] for key in wanted.fields if key not in differs and _shows(fact.get(key))}
    named = f"{_short(fact[whose])}: " if whose and whose not in agrees else ""
    yield from _set(label, clean(f"{named}{wanted.kind} {_fields(agrees)}"))
    for key in dict.fromkeys(differs):
        if key == "has":
            text = all_text(dict(fact)).casefold()
            missing = [repr(part) for part in wanted.has if part.casefold() not in text]
            yield from _set(f"{below}it does not say ", clean(", ".join(missing)))
        else:
            is_so = _short(fact[key]) if _shows(fact.get(key)) else "nothing"
            yield from _set(f"{below}{key} is ", clean(f"{is_so}, not {_short(wanted.fields[key])}"))
    for key in REASONS:
        if _shows(fact.get(key)) and key not in differs and key not in agrees:
            yield from _set(f"{below}{key}: ", clean(_short(fact[key])))
    if more := _more(fact, whose, plan):
        yield from _set(below, more)


def _shows(value: Any) -> bool:
    return value not in (None, "", [], {})


def _more(fact: Fact, whose: str, plan: Plan | None) -> str:
    """Name the place that decided, and the command that explains it; the latter once, where a plan is given."""
    parts = [f"at {fact['place']}"] if _shows(fact.get("place")) else []
    if whose and plan is not None and plan.keep:
        parts.append(f"more: fleet -C {shlex.quote(os.path.relpath(plan.keep))} why {_short(fact[whose])}")
    elif whose and plan is not None:
        parts.append(f"more: add --keep DIR, then fleet -C DIR why {_short(fact[whose])}")
    return "; ".join(parts)


# How it ended.


def end(plan: Plan, report: Report, took_s: float, zone: tzinfo) -> Iterator[str]:
    """Say what happened in all, and what went wrong that no expectation speaks of."""
    turns = sum(sum(counts.values()) for counts in report.turns.values())
    outcomes = sum(report.turns.values(), start=type(report.verdicts)())
    came = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items(), key=lambda p: -p[1]))
    told = f"{_many(turns, 'turn')}{f' ({came})' if came else ''}, {_many(report.messages, 'message')}"
    yield from _set("", f"{told}; actions: {_verdicts(report)}")
    yield from _bad(report, zone)
    undone = sum(one.step.wanted is None for one in report.unmet)
    ended = f"{_met(report)}; {_many(undone, 'step')} could not be played" if undone else _met(report)
    yield from _set("", f"{ended}; {_days(report)} in {took_s:.1f} s.")
    if plan.keep:
        yield f"The copy: fleet -C {shlex.quote(os.path.relpath(plan.keep))} status"


def scene(path: str, plan: Plan, report: Report, took_s: float, zone: tzinfo) -> Iterator[str]:
    """Say in one line how a scene came out, and more where it did not."""
    expected = [one for one in report.played if one.step.wanted is not None]
    met = sum(one.met for one in expected)
    name = clean(plan.script.scene) or os.path.basename(path)
    yield from _set(f"{_mark(not report.trouble)} ", f"{name}  {met} of {len(expected)}, {took_s:.1f} s")
    for one in report.unmet:
        yield from step_lines(one, plan, zone)
    yield from _bad(report, zone)


def _met(report: Report) -> str:
    expected = [one for one in report.played if one.step.wanted is not None]
    met = sum(one.met for one in expected)
    return f"{met} of {_many(len(expected), 'expectation')} met" if expected else "nothing was expected"


def _bad(report: Report, zone: tzinfo) -> Iterator[str]:
    for one in report.failed:
        says = f"turn {one['turn']} {one['outcome']}: {one['why']}"
        yield from _set(f"{_mark(False)} ", clean(f"{when(one['at'], zone)}  {one['seat']}: {says}"))
    for one in report.missed:
        says = f"{when(one['at'], zone)}  {one['seat']}: wake missed: {one['why']}"
        yield from _set(f"{_mark(False)} ", clean(says))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _verdicts(report: Report) -> str:
    words = {"allow": "ran", "hold": "held", "ask": "asked", "refuse": "refused", "lapsed": "lapsed"}
    counted = [f"{report.verdicts[key]} {word}" for key, word in words.items() if report.verdicts[key]]
    return ", ".join(counted) or "none"


def _days(report: Report) -> str:
    hours = (report.end.timestamp() - report.start.timestamp()) / 3600  # a day may have 23 of them, or 25
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"


def as_json(plan: Plan, report: Report, took_s: float, zone: tzinfo) -> dict[str, Any]:
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


def _step_json(played: Played, local: Callable[[datetime], str]) -> dict[str, Any]:
    step = played.step
    given = step.given if step.wanted is None else {step.wanted.kind: dict(step.wanted.fields)}
    told: dict[str, Any] = {
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
