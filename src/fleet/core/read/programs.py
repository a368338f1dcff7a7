"""Programs: whether what a seat or an action runs lies in the folder, where that can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from posixpath import basename, dirname, join, normpath

from fleet.core.chart import Chart, Path
from fleet.core.mistake import Place
from fleet.core.names import seat_folder
from fleet.core.read.found import Found
from fleet.core.read.look import place_of

Names = Callable[[str], Sequence[str]]
"""Lists what lies in a folder of the fleet; nothing for one that is not there."""

_READERS = ("python", "python3", "sh", "bash", "node", "perl", "ruby")
"""Programs whose first word that is no flag is a file of ours."""
_FLAGS = frozenset(("-u", "-B", "-E", "-I", "-P", "-s", "-S", "-O", "-e", "-x", "-eu", "-ex"))
"""Flags of theirs that take no word. Behind any other one we do not know what a word is."""


def note_missing(chart: Chart, found: Found, names: Names) -> None:
    """Warn of each program that is not in its folder; of a folder that is empty nothing is said yet."""
    listed: dict[str, Sequence[str]] = {}
    for who, path, root, argv in _commands(chart):
        word = _ours(argv)
        file = normpath(join(root, word))
        folder = dirname(file)
        if not word or not folder or file.startswith(("/", "..")):
            continue
        if folder not in listed:
            listed[folder] = names(folder)
        if not listed[folder] or basename(file) in listed[folder]:
            continue
        near = found.close(basename(file), listed[folder])
        tries = tuple(word[: len(word) - len(basename(word))] + name for name in near)
        place = _within(place_of(chart, path, chart.places[path[:-1]]), argv, word)
        what = f"the program of {who} is not there: {file}"
        why = "each turn would fail" if root else "each action of this kind would fail"
        found.say("F254", place, what, why=why, tries=tries, level="warning")


def _commands(chart: Chart) -> Iterator[tuple[str, Path, str, Sequence[str]]]:
    for seat in chart.seats.values():
        if seat.holder.kind == "run" and seat.holder.argv:
            yield seat.id, ("seats", seat.id, "run"), seat_folder(seat.id), seat.holder.argv
    for kind in chart.actions.values():
        if kind.run:
            yield kind.name, ("actions", kind.name, "run"), "", kind.run


def _ours(argv: Sequence[str]) -> str:
    """The word of a command that names a file of the fleet, or "" where none surely does."""
    if "/" in argv[0]:
        return argv[0]
    if argv[0] not in _READERS:
        return ""
    word = next((word for word in argv[1:] if word not in _FLAGS), "")
    return "" if word.startswith("-") or not word.isprintable() else word


def _within(place: Place, argv: Sequence[str], word: str) -> Place:
    """The place of a word of a command that is written plainly, else that of the whole command."""
    line = " ".join(argv)
    if place.line != place.end_line or place.end_column - place.column != len(line):
        return place
    column = place.column + line.index(word)
    return Place(place.file, place.line, column, place.line, column + len(word))
