"""`fleet check`: every mistake of fleet.yaml in one pass, or whether a result would be accepted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fleet.cli.answer import dumps, print_json
from fleet.cli.flags import CHART, Flags
from fleet.cli.progress import Progress
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.mistake import Mistake, Place

CHART_MAX = 8 * 1024 * 1024
FORMATS = ("text", "json", "github")


def check(
    flags: Flags,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", show_default=False)] = "",
    format: Annotated[str, typer.Option("--format", metavar="text|json|github")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    result: Annotated[
        str, typer.Option("--result", metavar="FILE|-", help="Check what a holder printed instead.")
    ] = "",
) -> int:
    """Find every mistake in fleet.yaml; exits 1 if there are errors."""
    if format not in FORMATS:
        raise Typed(f"--format {format}: it is one of {', '.join(FORMATS)}")
    if flags.json:
        format = "json"
    if result:
        return _check_result(flags, result, format)
    with Progress(flags, f"checking {file or CHART}"):
        chart, mistakes, lines = read_chart(flags, file)
    _print(chart, mistakes, lines, format, flags)
    failed = any(m.level == "error" or strict for m in mistakes)
    return 1 if failed else 0


def read_chart(
    flags: Flags, file: str = ""
) -> tuple[Chart | None, tuple[Mistake, ...], dict[str, Sequence[str]]]:
    """Read a chart and all its mistakes, and the lines of its files; places name files as they were typed."""
    from fleet.store.chart import FLEET_FILE, load
    from fleet.store.files import Files

    path = os.path.join(flags.start, file) if file else os.path.join(flags.root(), CHART)
    if os.path.isdir(path):
        path = os.path.join(path, CHART)
        file = os.path.join(file, CHART)
    if not os.path.lexists(path):
        raise Typed(f"{file or path}: there is no such file")
    folder, name = os.path.split(os.path.abspath(path))
    files = Files(folder)
    lines: dict[str, Sequence[str]] = {}
    shown = file or CHART

    def read(asked: str) -> bytes:
        raw = files.read(name if asked == FLEET_FILE else asked, limit=CHART_MAX + 1)
        lines[shown if asked == FLEET_FILE else asked] = raw.decode("utf-8", "replace").splitlines()
        return raw

    chart, mistakes = load(read, files.glob)
    files.close()
    return chart, tuple(_renamed(m, FLEET_FILE, shown) for m in mistakes), lines


def _renamed(mistake: Mistake, name: str, shown: str) -> Mistake:
    def moved(place: Place) -> Place:
        return replace(place, file=shown) if place.file == name else place

    second = moved(mistake.second) if mistake.second else None
    return replace(mistake, place=moved(mistake.place), second=second)


def _print(
    chart: Chart | None,
    mistakes: Sequence[Mistake],
    lines: dict[str, Sequence[str]],
    format: str,
    flags: Flags,
) -> None:
    from fleet.cli.mistakes import as_github, as_json, show_mistakes

    if format == "json":
        errors = sum(m.level == "error" for m in mistakes)
        counts = {"errors": errors, "warnings": len(mistakes) - errors}
        print_json("check", {**counts, "mistakes": [as_json(m) for m in mistakes]}, flags=flags)
    elif format == "github":
        for mistake in mistakes:
            print(as_github(mistake))
    elif mistakes:
        show_mistakes(mistakes, lines=lambda name: lines.get(name, ()), color=flags.color)
    elif not flags.quiet and chart is not None:
        print(f"{chart.name}: {len(chart.seats)} seats, no errors, no warnings.")


def _check_result(flags: Flags, source: str, format: str) -> int:
    from fleet.core.result import read_result, to_json
    from fleet.errors import Unreadable
    from fleet.store.yaml import read_plain

    why, found = "", None
    try:
        found = read_result(read_input(source), now=flags.now(), read_front=read_plain)
    except Unreadable as exc:
        why = exc.why
    if found is None:
        why = why or "nothing was written: an empty turn, which publishes nothing"
    said = to_json(found) if found is not None else None
    if format == "json":
        print_json("check", {"accepted": found is not None, "why": why, "result": said}, flags=flags)
    elif found is not None:
        print(f"accepted: {dumps(said)}")
    else:
        print(f"not accepted: {why}")
    return 0 if found is not None else 1


def read_input(source: str) -> bytes:
    """Read a file that was named on the command line, or stdin for `-`."""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as exc:
        raise Typed(f"{source}: it cannot be read: {exc.strerror}") from exc
