"""`fleet init`: writes a small fleet that runs with no key and no network. It never overwrites."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Annotated

import fleet
from fleet.cli.answer import print_json
from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.core.folder import CHART
from fleet.errors import Broken, Refused, Typed

EXAMPLES = Path(__file__).parent.parent / "examples"
CHECKOUT = Path(fleet.__file__).parent.parent.parent
"""Where the whole repository lies if this is an editable install of it."""
PARTS = {
    "minimal": (CHART, "seats", "gitignore"),
    "sneeze-it": (CHART, "seats", "actions", "sneeze", "retired"),
    "maintainers": (CHART, "seats", "actions", "kit", "project.conf", "gitignore"),
}
"""The examples, and what belongs to each: anything else in a checkout is not the example's."""
WORLD = "python -m sneeze.feed --root ."
"""What makes the data of sneeze-it, and answers as its CRM."""
SCHEMA = "fleet.schema.json"
"""What the first line of each example's fleet.yaml points an editor to."""
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "work")


def init(
    flags: Flags,
    *,
    folder: Annotated[str, argument(metavar="DIR", help="Where; here if left out.", show_default=False)] = "",
    source: Annotated[str, option("--from", metavar="|".join(PARTS), help="Which example.")] = "minimal",
) -> int:
    """Write a small fleet, explained, that runs with no key and no network; it asks nothing."""
    if source not in PARTS:
        raise Typed(f"--from {source[:60]}: it is one of {', '.join(PARTS)}")
    target = Path(flags.start, folder)
    if os.path.lexists(target / CHART):
        raise Refused(f"{target / CHART} is there already; nothing was written")
    example = _example(source)
    try:
        written = [part for part in PARTS[source] if _copy(example / part, target)]
        written += [SCHEMA] if _write_schema(target / SCHEMA) else []
    except OSError as exc:
        raise Broken(f"{exc.filename}: it cannot be written: {exc.strerror}") from exc
    if source != "sneeze-it":  # the agency lives in New York, and its tests with it
        _name(target)
    return _report(flags, target, written)


def _example(source: str) -> Path:
    for place in (EXAMPLES / source, CHECKOUT):
        chart = place / CHART
        if chart.is_file() and (place != CHECKOUT or f"fleet: {source}\n" in chart.read_text("utf-8")):
            return place
    raise Broken(f"the example {source} is not part of this installation; nothing was written")


def _copy(source: Path, target: Path) -> bool:
    """Copy a file or a folder of the example; says whether it wrote anything."""
    name = ".gitignore" if source.name == "gitignore" else source.name
    if source.is_dir():
        written = [_copy_file(file, target / name / file.relative_to(source)) for file in _files(source)]
        return any(written)
    return source.is_file() and _copy_file(source, target / name)


def _files(folder: Path) -> list[Path]:
    found = []
    for above, folders, names in os.walk(folder):
        left_out = LEFT_OUT(above, [*folders, *names])
        folders[:] = sorted(name for name in folders if name not in left_out)
        found += [Path(above, name) for name in sorted(names) if name not in left_out]
    return found


def _copy_file(source: Path, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as out:
            out.write(source.read_bytes())
    except FileExistsError:
        return False
    target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    return True


def _write_schema(target: Path) -> bool:
    """Write what editors check fleet.yaml by, as this version reads it; says whether it wrote anything."""
    from fleet.core.schema import schema_text
    from fleet.store.yaml import read_plain

    try:
        with target.open("x", encoding="utf-8") as out:
            out.write(schema_text(read_plain))
    except FileExistsError:
        return False
    return True


def _name(target: Path) -> None:
    """Put the folder's name and the machine's zone into the new fleet.yaml."""
    from fleet.core.names import slug

    chart = target / CHART
    text = chart.read_text("utf-8")
    name = slug(target.resolve().name)
    text = re.sub(r"^fleet: hello$", f"fleet: {name}", text, flags=re.MULTILINE)
    text = re.sub(r"^timezone: UTC$", f"timezone: {_zone()}", text, flags=re.MULTILINE)
    chart.write_text(text, "utf-8")


def _zone() -> str:
    """Say in which zone this machine lives; UTC where it does not say."""
    from zoneinfo import available_timezones

    link = os.path.realpath("/etc/localtime")
    name = os.environ.get("TZ", "").lstrip(":") or link.partition("zoneinfo/")[2]
    return name if name in available_timezones() and not name.startswith("Etc/") else "UTC"


def _report(flags: Flags, target: Path, written: list[str]) -> int:
    from dataclasses import replace

    from fleet.cli.check import read_chart

    chart, mistakes, _ = read_chart(replace(flags, directory=str(target)))
    seats = len(chart.seats) if chart else 0
    names = [".gitignore" if part == "gitignore" else part for part in written]
    if flags.json:
        data = {"folder": str(target), "wrote": names, "seats": seats, "errors": len(mistakes)}
        print_json("init", data, flags=replace(flags, directory=str(target)))
        return 0
    where = "" if target == Path(flags.start) else f" in {target}"
    go = "" if target == Path(flags.start) else f" -C {target}"
    checked = "no errors" if chart else "with errors: fleet check"
    print(f"Wrote  {'  '.join(names)}{where}")
    print(f"       {seats} seats. Checked: {checked}")
    if "sneeze" in written:
        there = f"cd {target}; " if go else ""
        print(f"First  {there}{WORLD}    makes its data, and answers as its CRM: leave it running")
    steps = {
        "up": "run it: no key, no network needed; Ctrl-C ends it",
        "status": "see how it is, from another terminal",
        "simulate --for 1d": "see a day without running anything",
    }
    width = max(map(len, steps))
    for i, (verb, what) in enumerate(steps.items()):
        print(f"{'' if i else 'Next':<6} fleet{go} {verb:<{width}}   {what}")
    return 0
