"""What a YAML text says before our grammar reads it: every scalar is text, every node has a place."""

from __future__ import annotations

from fleet.core.frozen import dataclass
from fleet.core.mistake import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """One piece of text. `quoted` tells `""` (a given empty text) from a value that was left out."""

    text: str
    place: Place
    quoted: bool = False
    block: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entries:
    """A map, in the order of the file; keys are scalars and may still repeat."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Scalar | Items | Entries
