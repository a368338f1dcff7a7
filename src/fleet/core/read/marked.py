"""Marked: paths that one seat marks as outside or private and another does not, and tables that strangers write."""

from __future__ import annotations

from fleet.core.chart import Chart, Path, PathRead, Seat
from fleet.core.mistake import Place
from fleet.core.outside import Marks, marks_of
from fleet.core.pattern import meet
from fleet.core.read.found import Found
from fleet.core.read.look import place_of


def marked(chart: Chart, found: Found) -> None:
    """Note where a mark is missing, and what the gate itself would take from strangers."""
    marks = marks_of(chart)
    for seat in chart.seats.values():
        for path in seat.paths:
            _path(chart, seat, path, marks, found)
    for kind in chart.subjects.values():
        if marks.is_outside(kind.source):
            who, second = _marks_it(chart, kind.source, "outside", "{} says so here")
            writes = "strangers can write it" if who else "turns write there"
            what = f"{kind.source} says whose a {kind.kind} is, and {writes}"
            place = place_of(chart, ("subjects", kind.kind, "from"), kind.place)
            found.say("F258", place, what, second=second, level="warning")


def _path(chart: Chart, seat: Seat, path: PathRead, marks: Marks, found: Found) -> None:
    missing = {
        "outside": not path.outside and marks.is_outside(path.path),
        "private": not path.private and marks.is_private(path.path),
    }
    for mark in (word for word, is_missing in missing.items() if is_missing):
        who, second = _marks_it(chart, path.path, mark, "the mark stands here")
        says = f"{who} says {mark}: yes" if who else "turns write there, stamped ones too"
        what = f"{seat.id} reads {path.path} unmarked, and {says}"
        why = f"fleet takes it for {mark} here too"
        place = place_of(chart, _written(chart, seat, path.path), seat.place)
        found.say("F257", place, what, why=why, tries=(f"{mark}: yes",), second=second, level="warning")


def _marks_it(chart: Chart, path: str, mark: str, says: str) -> tuple[str, tuple[Place, str] | None]:
    """Name the first seat that marks what a path meets, and where that stands; nobody where turns write it."""
    seats = ((seat, p) for seat in chart.seats.values() for p in seat.paths if getattr(p, mark))
    found = next(((s, p) for s, p in seats if meet(p.path, path)), None)
    if found is None:
        return "", None
    seat, marking = found
    at = (*_written(chart, seat, marking.path)[:-1], mark)
    return seat.id, (place_of(chart, at, seat.place), says.format(seat.id))


def _written(chart: Chart, seat: Seat, path: str) -> Path:
    """Where a seat's path stands: which of its `reads` that is, seats and paths counted alike."""
    reads: Path = ("seats", seat.id, "reads")
    number = next(n for n, one in enumerate(seat.paths) if one.path == path)
    items = [reads, *((*reads, n) for n in range(len(seat.paths) + len(seat.reads)))]
    maps = [item for item in items if (*item, "path") in chart.places]
    return (*maps[min(number, len(maps) - 1)], "path") if maps else reads
