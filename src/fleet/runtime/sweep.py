"""The sweep: looks at the fleet's folders once a second, because file events can be lost."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core.cadence import OnChange
from fleet.core.mistake import Mistake, Place
from fleet.core.names import inbox_path, state_path
from fleet.core.planner import plan_seat
from fleet.errors import Unreadable
from fleet.runtime.intake import Intake
from fleet.runtime.revise import revise
from fleet.runtime.saves import Saves
from fleet.store.stat import Stat
from fleet.store.trouble import FileTrouble

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

SWEEP_S = 1.0
TIDIED_A_SWEEP = 5
STATES_A_SWEEP = 500
"""How many state files are compared in one sweep: a thousand seats are through in two seconds."""


class Sweep:
    """What is looked at, and what was seen at the last look."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.intake = Intake(fleet)
        self._swept_s = -SWEEP_S
        self._saves = Saves()
        self._states: dict[str, Stat | None] = {}
        self._tables: dict[str, Stat | None] = {}
        self._turn = 0
        self._troubles: dict[str | None, str] = {}
        self._made: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Whether something has not stood unchanged long enough to be read, so that a look must follow soon."""
        return self.intake.unsettled or self._saves.unsettled

    def look(self, now: datetime, renamed: frozenset[str]) -> None:
        """Look at everything once a second, and in between only where a file was renamed to."""
        elapsed = self._fleet.clock.elapsed()
        full = elapsed - self._swept_s >= SWEEP_S or self.unsettled
        seats = self._fleet.chart.seats
        for name in seats if full else {path.split("/")[1] for path in renamed} & seats.keys():
            self._inbox(name, now, renamed)
        if not full:
            return
        for name, says in self._fleet.blocked.items():
            self._once(name, says, now)
        self._swept_s = elapsed
        self._ground(now)
        self._fleet.tidy(TIDIED_A_SWEEP)
        self.intake.strangers(now)
        self.reload(now)
        self._watched_paths(now)
        self._changed_tables()
        self._tampered(now)

    def near(self, seat: str, now: datetime) -> bool:
        """Look at a seat's mail just before an action of it is judged.

        Says whether its mail or fleet.yaml is still being written: either may speak against it.
        """
        if self._saves.unsettled:
            return True
        if seat not in self._fleet.chart.seats:
            return False
        self._inbox(seat, now, frozenset())
        return self.intake.writing(seat)

    def reload(self, now: datetime) -> None:
        """Take the chart that lies there, if it is another."""
        files = self._fleet.files
        paths = ("fleet.yaml", *self._fleet.chart.texts)
        folders = {os.path.dirname(path) for path in paths} - {""}
        included = [name for pattern in self._fleet.chart.include for name in files.glob(pattern)]
        seen = (included, *(files.stat(path) for path in (*paths, *included, *sorted(folders))))
        if not self._saves.ready(seen, self._fleet.clock.elapsed()):
            return
        before = self._fleet.problems
        try:
            revise(self._fleet, now)
        except Unreadable as exc:
            self._fleet.problems = (Mistake("F100", Place("fleet.yaml", 1, 1, 1, 1), str(exc)),)
        if self._fleet.problems and self._fleet.problems != before:
            self._fleet.trouble(
                "chart", f"{self._fleet.problems[0].line()}; the fleet stays on its revision", now
            )
        self.make_folders(now)

    def make_folders(self, now: datetime) -> None:
        """Make the boxes of every seat, so that mail can be dropped before the first message."""
        for name in self._fleet.chart.seats.keys() - self._made:
            self._made.add(name)
            try:
                for box in ("new", "cur", "done", "dead"):
                    self._fleet.files.make(inbox_path(name, box))
            except FileTrouble as exc:
                self._fleet.trouble(
                    "files", f"{exc}; mail of {name} waits for it to be moved away", now, seat=name
                )

    def _ground(self, now: datetime) -> None:
        """Tell that the lock and socket were removed: nobody can ask this daemon any more, and no other can start."""
        if not self._fleet.lock.is_linked():
            says = (
                f".fleet/ was removed while the daemon ran, so it cannot be asked; end it with `kill {os.getpid()}` "
                "and start it again"
            )
            self._once(None, says, now)

    def _inbox(self, name: str, now: datetime, renamed: frozenset[str]) -> None:
        try:
            if self.intake.changed(name) or renamed:
                self.intake.look(name, now, renamed=renamed)
            self._troubles.pop(name, None)
        except FileTrouble as exc:
            self._once(name, f"{exc}; its mail waits", now)

    def _once(self, name: str | None, says: str, now: datetime) -> None:
        """Tell a trouble with a seat's files, or the fleet's, when it begins, not at every look."""
        if self._troubles.get(name) != says:
            self._troubles[name] = says
            self._fleet.trouble("files", says, now, seat=name)

    def _watched_paths(self, now: datetime) -> None:
        fleet = self._fleet
        for name, seat in fleet.chart.seats.items():
            if any(isinstance(c, OnChange) for c in seat.when) and name in fleet.account.seats:
                plan = plan_seat(fleet.chart, fleet.account, name, now, looked=fleet.looked(name))
                fleet.book.stage_all(plan.drafts, now)

    def _changed_tables(self) -> None:
        """Have what was judged by a table of subjects judged again when its file is another."""
        for path in {kind.source for kind in self._fleet.chart.subjects.values()}:
            stat = self._fleet.files.stat(path)
            if self._tables.get(path, stat) != stat:
                self._fleet.account.stir(f"table {path}")
            self._tables[path] = stat

    def _tampered(self, now: datetime) -> None:
        """Compare state files with what was published, a part of them at every sweep."""
        names = [n for n, past in self._fleet.account.seats.items() if past.state is not None]
        for name in names[self._turn : self._turn + STATES_A_SWEEP]:
            if name in self._fleet.blocked:
                continue  # what is published is not written yet
            stat = self._fleet.files.stat(state_path(name))
            changed = name not in self._states or self._states[name] != stat
            if changed or self._fleet.account.past(name).tampered:
                self._states[name] = stat
                self._compare(name, now)
        self._turn = self._turn + STATES_A_SWEEP if self._turn + STATES_A_SWEEP < len(names) else 0

    def _compare(self, name: str, now: datetime) -> None:
        wrong = self._fleet.desk.tampered(name)
        tampered = self._fleet.account.past(name).tampered
        if wrong is not None and not tampered:
            self._fleet.distrust(name, wrong, now)
        elif wrong is None and tampered:
            says = f"{state_path(name)} is again as it was published"
            self._fleet.trouble("restored", says, now, seat=name)
