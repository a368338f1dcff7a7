"""Places: where each thing in the texts of a chart stands, read from them when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from fleet.core.edit.wait import Wait
from fleet.core.node import Node
from fleet.core.read.places import Places


class TextPlaces(Places):
    """Places in texts that are read again when the first one is asked for: most charts never are."""

    def __init__(self, texts: Mapping[str, str], waits: Sequence[Wait] = (), revision: str = "") -> None:
        self._texts, self._waits, self._revision = texts, waits, revision
        super().__init__(lambda: self._read)

    def __reduce__(self) -> tuple[type[TextPlaces], tuple[Mapping[str, str], Sequence[Wait], str]]:
        return TextPlaces, (self._texts, self._waits, self._revision)

    @cached_property
    def _read(self) -> list[tuple[str, Node]]:
        from fleet.core.edit.patch import patched
        from fleet.store.yaml import read_nodes

        at = f"@{self._revision}" if self._revision else ""
        nodes = ((name, read_nodes(text, name + at)[0]) for name, text in self._texts.items())
        return patched([(name, node) for name, node in nodes if node is not None], self._waits)
