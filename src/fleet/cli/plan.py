"""`fleet plan` and `fleet apply`: what an edit would change, and a person's yes to what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fleet.cli.answer import clean, print_json, revision_number
from fleet.cli.ask import carry_out, open_view, say_aside, written_down
from fleet.cli.check import read_chart
from fleet.cli.flags import Flags
from fleet.cli.paint import change
from fleet.cli.table import measure, shown, wrapped
from fleet.cli.takes import option
from fleet.cli.terminal import colours, width
from fleet.cli.times import when, zone_of
from fleet.errors import ChartError

CHANGED = 5
MARKS = {"loosens": "!", "gone": "-", "tightens": "~", "changes": "~", "adds": "+"}
NOTES = {"loosens": "loosens", "tightens": "tightens"}
WIDEST = 60
"""Columns of a sentence before its note; a longer one pushes the note out."""


def plan(
    flags: Flags,
    *,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 5 if there are changes.")] = False,
) -> int:
    """Show what fleet.yaml would change of the running revision, riskiest first; changes nothing."""
    from fleet.runtime.applying import plan as make

    view = open_view(flags)
    try:
        more = partial(written_down, flags, view.files.root)
        data = make(view.chart, view.files, view.account.revision, more)
    except ChartError as exc:
        return _unusable(flags, exc)
    if flags.json:
        print_json("plan", data, flags=flags, revision=data["against"])
    else:
        _show(flags, data, view.chart.calendar.zone)
    return CHANGED if exit_code and data["changes"] else 0


def apply(
    flags: Flags,
    *,
    plan: Annotated[
        str, option("--plan", metavar="ID", help="Only if nothing was saved since that plan.")
    ] = "",
    revision: Annotated[
        str, option("--revision", metavar="N", help="Go back to an earlier revision, whole.")
    ] = "",
    because: Annotated[str, option("--because", metavar="TEXT", help="Why; it is recorded.")] = "",
) -> int:
    """Say yes to what waits in fleet.yaml, or go back to a revision. It is recorded with who said so."""
    answer = carry_out(flags, "apply", {"plan": plan, "revision": revision, "because": because})
    if flags.json:
        print_json("apply", answer, flags=flags, revision=answer["revision"])
        return 0
    number = revision_number(answer["revision"])
    if answer["who"] is None:
        print(f"nothing waits for a yes: revision {number} is in force whole")
        return 0
    back = f", which is revision {revision_number(answer['back_to'])} again" if answer["back_to"] else ""
    print(f"revision {number} is in force{back}; {clean(answer['who'])} said so")
    for line in (*told(answer["changes"], flags.color), *answer["otherwise"]):
        print(line)
    return 0


def told(changes: Sequence[Mapping[str, Any]], color: str = "") -> list[str]:
    """Give a line for each change: its mark, whose it is, what it does, and what becomes of it."""
    rows = [(MARKS[c["kind"]], clean(c["whose"]), _does(c), _note(c)) for c in changes]
    names = max((len(row[1]) for row in rows), default=0)
    texts = max((len(row[2]) for row in rows if len(row[2]) <= WIDEST), default=0)
    lines = []
    for mark, whose, does, note in rows:
        lines += _set(f"  {mark} {whose:<{names}}  ", f"{does:<{texts}}  ", note)
    return [change(line) for line in lines] if colours(color) else lines


def _set(head: str, does: str, note: str) -> list[str]:
    """Set a change; on a terminal its note comes nearer where it would not fit, and then goes below."""
    limit = width()
    for text in (f"{does}{note}".rstrip(), f"{does.rstrip()}  {note}".rstrip()):
        if limit is None or measure(shown(head + text)) <= limit:
            return [head + text]
    noted = wrapped(" " * (len(head) + 2), note, limit) if note else []
    return [*wrapped(head, does.rstrip(), limit), *noted]


def _does(change: Mapping[str, Any]) -> str:
    if not change["was"] and not change["now"]:
        return clean(change["does"])
    return clean(f"{change['does']:<9} {change['was']} -> {change['now']}")


def _note(change: Mapping[str, Any]) -> str:
    if change["kind"] == "gone":
        return "stopped, not retired" if change["does"].startswith("gone") else "stopped"
    waits = "waits for apply" if change["waits"] else ""
    loosens = NOTES.get(change["kind"], "")
    return f"{loosens}: {waits}" if loosens and waits else loosens or waits


def _show(flags: Flags, data: Mapping[str, Any], zone: str) -> None:
    if data["against"] is None:
        print("fleet.yaml is in force from the first `fleet up` on; that needs no yes")
        return
    number = revision_number(data["against"])
    since = when(data["since"], zone_of(zone, flags.utc))
    told_since = f" (running since {since.day} {since:%b})" if since else ""
    if not data["changes"]:
        print(f"fleet.yaml against revision {number}{told_since}: no changes")
        return
    print(f"fleet.yaml against revision {number}{told_since}")
    for line in (*told(data["changes"], flags.color), *data["otherwise"]):
        print(line)
    if data["whole"]:
        print("  Without what loosens, the rest would make no chart: so all of it waits.")
    if any(c["waits"] for c in data["changes"]):
        print(f"plan {data['plan']}   Say yes with: fleet apply --plan {data['plan']}")


def _unusable(flags: Flags, exc: ChartError) -> int:
    from fleet.cli.mistakes import as_json, show_mistakes

    if flags.json:
        print_json(
            "plan", {"plan": None, "changes": [], "mistakes": [as_json(m) for m in exc.mistakes]}, flags=flags
        )
    else:
        lines = read_chart(flags)[2]
        show_mistakes(exc.mistakes, lines=lambda name: lines.get(name, ()), color=flags.color)
    say_aside(flags, "fleet.yaml cannot be used as it is; the fleet stays on its revision. See: fleet check")
    return exc.exit_code
