"""Place: in which revision a line of fleet.yaml stands that decided something, once the text has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.store.ledger import records

if TYPE_CHECKING:
    from fleet.core.story import Step
    from fleet.runtime.view import View


class Places:
    """Says of a line that a record names in which revision it stands, where that is not the newest.

    The ledger is read back only as far as the oldest record that is asked about.
    """

    def __init__(self, view: View) -> None:
        self._newest = view.account.revision
        self._records = records(view.files, newest_first=True)
        self._seen: list[tuple[int, str]] = []

    def of(self, place: str, n: int) -> str:
        """Give a place that record `n` names: `fleet.yaml@r-1:43` where another revision is the newest now."""
        if not place or "@" in place or self._newest is None or n > self._newest.n:
            return place
        identity, (file, _, line) = self._at(n), place.rpartition(":")
        return f"{file}@{identity}:{line}" if file and identity else place

    def step(self, step: Step) -> Step:
        """Give a step whose place says in which revision it stands."""
        place = self.of(step.place, step.n)
        return step if place == step.place else replace(step, place=place)

    def _at(self, n: int) -> str:
        """Name the revision that was the newest when record `n` was written."""
        while not self._seen or self._seen[-1][0] > n:
            record = next((one for one in self._records if one.what == "revision"), None)
            if record is None:
                return ""
            self._seen.append((record.n, str(record.data["id"])))
        return next((identity for at, identity in self._seen if at <= n), "")
