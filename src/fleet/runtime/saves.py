"""Saves: whether fleet.yaml has stood still since it was saved, so that no half of it is ever taken up."""

from __future__ import annotations

STOOD_S = 0.5
"""How long files must be unchanged, as mail that is dropped by hand."""
CHANGING_S = 5.0
"""After so long of saving without a pause the files are looked at anyway."""


class Saves:
    """What the files of a chart looked like, and since when."""

    def __init__(self) -> None:
        self._taken: object = None
        self._seen: object = None
        self._since_s = 0.0
        self._began_s = 0.0
        self.unsettled = False
        """Whether something was saved that has not stood long enough."""

    def ready(self, seen: object, elapsed: float) -> bool:
        """Say whether what is seen is new and may be read now; what is seen first may."""
        if self._taken is None:
            self._taken = seen
            return True
        if seen == self._taken:
            self.unsettled = False
            return False
        if not self.unsettled:
            self._began_s = elapsed
        if not self.unsettled or seen != self._seen:
            self._seen, self._since_s = seen, elapsed
        stood = elapsed - self._since_s >= STOOD_S or elapsed - self._began_s >= CHANGING_S
        self.unsettled = not stood
        if stood:
            self._taken = seen
        return stood
