"""Unread: what of fleet.yaml a broken syntax hid, and which mistakes may merely follow from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.core.frozen import dataclass
from fleet.core.mistake import Mistake, Place

Way = tuple[str | None, ...]
"""Keys down to what was not read; None stands for a key, or an item, that is not known."""

_ALONE = frozenset(("F201", "F206", "F209", "F211", "F214", "F218"))
"""Mistakes between seats that are proved by what was read: more text takes none of them away."""
_OWN = frozenset(("F202", "F203", "F204", "F205", "F213", "F216", "F217", "F219", "F233", "F236", "F252"))
"""Mistakes of one seat or action, which only what is unread of it could take away."""
_NAMED: Mapping[str, tuple[str, ...]] = {
    "F208": ("seats", "retired"),
    "F212": ("actions",),
    "F251": ("actions", "subjects", "conflicts"),
}
"""Names that are nowhere: in which sections they could stand. Any other mistake between seats needs all."""


_LAST = 1_000_000_000  # a line that no file has


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of a file, both ends included, and the way to what stands on them."""

    file: str
    first: int
    last: int
    way: Way = ()

    def holds(self, place: Place) -> bool:
        """Whether a place begins on them."""
        return place.file == self.file and self.first <= place.line <= self.last

    def touches(self, place: Place) -> bool:
        """Whether a place has one of them."""
        return place.file == self.file and place.line <= self.last and self.first <= place.end_line


@dataclass(frozen=True, slots=True)
class Unread:
    """The lines that were not read, and those of the seats, actions and other entries they belong to."""

    broken: tuple[Lines, ...] = ()
    around: tuple[Lines, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.broken)

    def __add__(self, other: Unread) -> Unread:
        return Unread(self.broken + other.broken, self.around + other.around)

    def told(self, mistakes: Iterable[Mistake]) -> list[Mistake]:
        """Leave out the mistakes that what is unread could take away."""
        return [m for m in mistakes if not self._may_follow(m)] if self.broken else list(mistakes)

    def _may_follow(self, m: Mistake) -> bool:
        places = [m.place] if m.second is None else [m.place, m.second]
        if any(lines.holds(place) for lines in self.broken for place in places):
            return True
        if m.code in ("F403", "F404", "F407") and any(lines.touches(m.place) for lines in self.broken):
            return True
        if m.code == "F407":
            return self._hides_section() or self._beside(places)
        if m.code == "F313":
            return any(lines.way[:1] == ("escalation",) for lines in self.broken)
        if not m.code.startswith("F2") or m.code in _ALONE:
            return False
        if m.code in _OWN:
            return self._beside(places)
        if m.code in _NAMED:
            return self._hides_section() or any(self._hides_name(name) for name in _NAMED[m.code])
        return True

    def _beside(self, places: Iterable[Place]) -> bool:
        return any(lines.holds(place) for lines in self.around for place in places)

    def _hides_section(self) -> bool:
        return any(lines.way[:1] in ((), (None,), ("include",)) for lines in self.broken)

    def _hides_name(self, section: str) -> bool:
        return any(lines.way in ((section,), (section, None)) for lines in self.broken)


def all_of(file: str, first: int = 1) -> Unread:
    """Say that a file was not read, from a line on."""
    return Unread((Lines(file, first, _LAST),))
