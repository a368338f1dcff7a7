"""Published: the states and charts of then, made again from the records that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fleet.core.canonical import sha256_hex
from fleet.core.folds import revision_of
from fleet.core.law import Law
from fleet.core.past import Published, Revision
from fleet.core.record import Record
from fleet.errors import Unreadable
from fleet.store.chart import read_revision
from fleet.store.files import Files
from fleet.store.reel import seek

if TYPE_CHECKING:
    from fleet.core.testimony import StateTold


class Laws:
    """Gives the law of a revision; the last one is kept, for records follow each other."""

    def __init__(self) -> None:
        self._n = -1
        self._law: Law | None = None
        self._zones: dict[int, ZoneInfo | None] = {}

    def __call__(self, revision: Revision) -> Law | None:
        """Read a revision's chart; None if this version cannot."""
        if revision.n != self._n:
            chart, _ = read_revision(revision)
            self._n, self._law = revision.n, Law(chart) if chart is not None else None
            self._zones[revision.n] = chart.calendar.tz if chart is not None else None
        return self._law

    def zone(self, revision: Revision) -> ZoneInfo | None:
        """Give the zone of a revision's chart; the law that is kept stays."""
        if revision.n not in self._zones:
            chart, _ = read_revision(revision)
            self._zones[revision.n] = chart.calendar.tz if chart is not None else None
        return self._zones[revision.n]


class States:
    """Makes the states that seats had published from the records of the turns that did.

    What is made is the text that lay in the file, to the byte, or nothing: its hash stands in the account. It is
    read as the gate reads the file.
    """

    def __init__(self, files: Files, laws: Laws) -> None:
        self._files = files
        self._laws = laws
        self._records: dict[str, tuple[Record, Revision]] = {}
        self._told: dict[str, tuple[str, StateTold | None]] = {}

    def note(self, record: Record, revision: Revision | None) -> None:
        """Keep the record of a published state while it is the newest of its seat; `revision` is that of its time."""
        published = record.what == "turn_ended" and record.data.get("outcome") == "done"
        if published and revision is not None:
            self._records[record.seat or ""] = record, revision

    def told(self, seat: str, state: Published) -> StateTold | None:
        """Give a seat's state as rules are told of it; None if it cannot be made any more."""
        known = self._told.get(seat)
        if known is None or known[0] != state.sha256:
            known = self._told[seat] = state.sha256, self._made(seat, state)
        return known[1]

    def _made(self, seat: str, state: Published) -> StateTold | None:
        from fleet.core.state import read_state
        from fleet.core.testimony import state_told  # a chart without rules needs none of it
        from fleet.runtime.render import state_text
        from fleet.store.yaml import read_plain, split_front

        for record, revision in self._found(seat, state):
            zone = self._laws.zone(revision) if revision is not None and record.data else None
            text = state_text(record, zone) if zone is not None else ""
            if sha256_hex(text.encode()) == state.sha256:
                try:
                    return state_told(read_state(text, read_front=read_plain, split_front=split_front))
                except Unreadable:
                    return None
        return None

    def _found(self, seat: str, state: Published) -> Iterator[tuple[Record, Revision | None]]:
        """Yield the record of a state with the revision of its time: of the newest that was passed, else as sought.

        What is sought is the same wherever the reading began.
        """
        record, revision = self._records.get(seat, (None, None))
        if record is not None and record.n == state.n:
            yield record, revision
        for record, chart in seek(self._files, state.n, state.written):
            yield record, revision_of(chart)
