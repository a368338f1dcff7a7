"""`fleet check`: every mistake of fleet.yaml in one pass, or whether a result would be accepted."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fleet.cli.answer import dumps, print_json
from fleet.cli.flags import Flags
from fleet.cli.progress import Progress
from fleet.cli.source import STDIN, Seen, Source
from fleet.cli.takes import argument, option
from fleet.core.folder import CHART
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.mistake import Mistake
    from fleet.core.read.mend import Mended

FORMATS = ("text", "json", "github", "sarif")


def check(
    flags: Flags,
    *,
    file: Annotated[
        str, argument(metavar="FILE|-", help="Which; fleet.yaml if left out.", show_default=False)
    ] = "",
    fix: Annotated[bool, option("--fix", help="Write down what is certain; tell the rest.")] = False,
    watch: Annotated[bool, option("--watch", help="Check again at every save, until Ctrl-C.")] = False,
    format: Annotated[
        str, option("--format", metavar="text|json|github|sarif", help="How mistakes are told.")
    ] = "text",
    strict: Annotated[bool, option("--strict", help="Warnings fail too.")] = False,
    result: Annotated[
        str, option("--result", metavar="FILE|-", help="Check what a holder printed instead.")
    ] = "",
) -> int:
    """Find every mistake in fleet.yaml; exits 1 if there are errors."""
    if format not in FORMATS:
        raise Typed(f"--format {format}: it is one of {', '.join(FORMATS)}")
    if flags.json:
        format = "json"
    _refuse_pairs(file, format, result, fix=fix, watch=watch)
    if result:
        return _check_result(flags, result, format)
    if watch:
        from fleet.cli.recheck import recheck

        return recheck(flags, Source(flags, file), format)
    with Progress(flags, f"checking {file or CHART}"):
        source = Source(flags, file)
        seen, mended = source.mend() if fix else (source.look(), ())
    report(flags, source, seen, mended=mended if fix else None, format=format)
    return 1 if any(m.level == "error" or strict for m in seen.mistakes) else 0


def _refuse_pairs(file: str, format: str, result: str, *, fix: bool, watch: bool) -> None:
    typed = " and ".join(name for name, given in (("--fix", fix), ("--watch", watch)) if given)
    if fix and watch:
        raise Typed("--fix and --watch: an editor would not see what was mended under it; give one of them")
    if typed and result:
        raise Typed(f"{typed} and --result: a result is only read; leave {typed} out")
    if typed and file == "-":
        raise Typed(f"{typed} and -: what comes on stdin is read once, and only read; name a file")
    if watch and format in ("github", "sarif"):
        raise Typed(f"--watch and --format {format}: it never ends; take text or json")


def read_chart(
    flags: Flags, file: str = ""
) -> tuple[Chart | None, tuple[Mistake, ...], dict[str, Sequence[str]]]:
    """Read a chart and all its mistakes, and the lines of its files; places name files as they were typed."""
    seen = Source(flags, file).look()
    return seen.chart, seen.mistakes, {name: seen.lines(name) for name in seen.raws}


def report(
    flags: Flags, source: Source, seen: Seen, *, mended: Sequence[Mended] | None = None, format: str = "text"
) -> None:
    """Print what was found, after what was mended; `mended` is None where nothing was to be."""
    from fleet.cli.mistakes import as_github, as_json, mended_json, mended_line, show_mistakes

    if format == "json":
        errors = sum(m.level == "error" for m in seen.mistakes)
        data: dict[str, object] = {"errors": errors, "warnings": len(seen.mistakes) - errors}
        data["mistakes"] = [as_json(m) for m in seen.mistakes]
        if mended is not None:
            data["mended"] = [mended_json(one) for one in mended]
        print_json("check", data, flags=flags)
        return
    for one in sorted(mended or (), key=lambda one: astuple(one.mend.place)):
        print(mended_line(one), file=sys.stdout if format == "text" else sys.stderr)
    if format == "sarif":
        from fleet.cli.sarif import sarif

        print(dumps(sarif(seen, source.in_repository)))
    elif format == "github":
        for mistake in seen.mistakes:
            print(as_github(mistake, source.in_repository))
    elif seen.mistakes:
        show_mistakes(seen.mistakes, lines=seen.lines, color=flags.color)
        certain = sum(m.mend is not None for m in seen.mistakes)
        if certain and mended is None and source.shown != STDIN:
            where = ["-C", flags.directory] if flags.directory else []
            file = [source.shown] if source.shown != CHART else []
            print(f"{shlex.join(['fleet', *where, 'check', *file, '--fix'])} can mend {certain}.")
    elif not flags.quiet and seen.chart is not None:
        print(f"{seen.chart.name}: {len(seen.chart.seats)} seats, no errors, no warnings.")


def _check_result(flags: Flags, source: str, format: str) -> int:
    from fleet.core.result import read_result, says_nothing, to_json
    from fleet.errors import Unreadable
    from fleet.store.yaml import read_plain

    why, nothing, found = "", "nothing was written: an empty turn, which publishes nothing", None
    try:
        found = read_result(read_input(source), now=_here(flags), read_front=read_plain)
        if found is not None and says_nothing(found):
            found, nothing = None, "it says nothing: an empty turn, which publishes nothing"
    except Unreadable as exc:
        why = exc.why
    if found is None:
        why = why or nothing
    said = to_json(found) if found is not None else None
    if format == "json":
        print_json("check", {"accepted": found is not None, "why": why, "result": said}, flags=flags)
    elif found is not None:
        print(f"accepted: {dumps(said)}")
    else:
        print(f"not accepted: {why}")
    return 0 if found is not None else 1


def _here(flags: Flags) -> datetime:
    """Tell the time, in the zone of the fleet if one is here and can be read."""
    chart = Source(flags, "").look().chart if flags.find() is not None else None
    return flags.now().astimezone(chart.calendar.tz) if chart is not None else flags.now()


def read_input(source: str) -> bytes:
    """Read a file that was named on the command line, or stdin for `-`."""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as exc:
        raise Typed(f"{source}: it cannot be read: {exc.strerror}") from exc
