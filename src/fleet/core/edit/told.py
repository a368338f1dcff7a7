"""Told: the differences of one comparison, gathered section by section."""

from __future__ import annotations

from fleet.core.chart import Chart, Path
from fleet.core.edit.change import GUARDS, PEOPLE, Change, Kind
from fleet.core.edit.wait import Edit, Plain
from fleet.core.folder import CHART
from fleet.core.mistake import Place
from fleet.core.pattern import is_covered


class Told:
    """Two charts, the one in force and a new one, and what was found between them so far."""

    def __init__(self, old: Chart, new: Chart) -> None:
        self.old = old
        self.new = new
        self.changes: list[Change] = []

    def loosens(
        self,
        whose: str,
        does: str,
        path: Path,
        *edits: Edit,
        risk: int = GUARDS,
        names: tuple[str, ...] = (),
        place: Place | None = None,
    ) -> None:
        """Note what gives power or takes a guard away, and what keeps it from taking effect."""
        self.changes.append(Change("loosens", whose, does, path, risk, edits=edits, names=names, place=place))

    def at_once(self, kind: Kind, whose: str, does: str, path: Path, was: str = "", now: str = "") -> None:
        """Note what waits for nobody."""
        self.changes.append(Change(kind, whose, does, path, was=was, now=now))

    def differs(self, whose: str, path: Path, was: str, now: str, kind: Kind = "changes") -> None:
        """Note that a key, the last step of the path, says something else now."""
        if was != now:
            self.at_once(kind, whose, str(path[-1]), path, was or "nothing", now or "nothing")

    def adds(self, whose: str, does: str, path: Path, place: Place) -> bool:
        """Note something new; from a file that no include in force takes in, it waits. Says whether it did not."""
        file = place.file.partition("@")[0]
        if file == CHART or any(is_covered(file, pattern) for pattern in self.old.include):
            self.at_once("adds", whose, does, path)
            return True
        self.loosens(whose, f"is new, from the new include {file}: {does}", path, drop(*path), risk=PEOPLE)
        return False


def put(*path: str | int, value: Plain) -> Edit:
    """Set a key or an item; a value that is nothing takes it out."""
    return Edit(path, "put", value) if value not in (None, "", [], {}) else Edit(path, "drop")


def drop(*path: str | int) -> Edit:
    """Take a key or an item out."""
    return Edit(path, "drop")
