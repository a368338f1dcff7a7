"""The sweep: looks at the fleet's folders once a second, because file events can be lost."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core.cadence import OnChange
from fleet.core.chart import Chart
from fleet.core.folder import CHART
from fleet.core.names import inbox_path, state_path
from fleet.core.planner import plan_seat
from fleet.runtime.intake import WORK, Intake
from fleet.runtime.revise import EVER, revise
from fleet.runtime.saves import Saves
from fleet.store.stat import Mark, Stat
from fleet.store.trouble import FileTrouble

if TYPE_CHECKING:
    from fleet.runtime.aside import AtOnce
    from fleet.runtime.fleet import Fleet

SWEEP_S = 1.0
TIDIED_A_SWEEP = 5
BOXES_A_SWEEP = 2000
"""How many inboxes are looked at in one sweep while file events are heard: ten thousand are through in five seconds."""
DEAF_S = 30.0
BURST = 1000
"""So many events between two sweeps may have been more: the kernel's queue holds 16,384 and drops the rest."""
STATES_A_SWEEP = 500
"""How many state files are compared in one sweep: a thousand seats are through in two seconds."""


class Sweep:
    """What is looked at, and what was seen at the last look.

    `heard` says whether file events are told of every inbox by now; where they are not, a sweep looks at all.
    """

    def __init__(self, fleet: Fleet, reader: AtOnce, heard: Callable[[], bool]) -> None:
        self._fleet = fleet
        self._heard = heard
        self._was_heard = False
        self._deaf_until_s = 0.0
        self._events = 0
        self._burst = False
        self._boxes: deque[str] = deque()
        self.intake = Intake(fleet)
        self._swept_s = -SWEEP_S
        self._saves = Saves()
        self._reader = reader
        self._same_at = EVER
        """When the files of the chart were last seen as they had been taken up."""
        self._wanted: object = None
        """What was seen of the files that are to be taken up, until they are."""
        self._states: dict[str, Mark | None] = {}
        self._published: deque[str] = deque()
        self._watching: tuple[Chart | None, list[str]] = (None, [])
        self._tables: dict[str, Stat | None] = {}
        self._troubles: dict[str | None, str] = {}
        self._made: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Whether something has not stood unchanged long enough to be read, so that a look must follow soon."""
        return self.intake.unsettled or self._saves.unsettled

    @property
    def reading(self) -> bool:
        """Whether fleet.yaml is being read, so that another chart may come into force soon."""
        return self._wanted is not None

    @property
    def restless(self) -> bool:
        """Whether mail was left over that another look is to take."""
        return bool(self.intake.due)

    def hear(self, path: str, moved: bool) -> None:
        """Hear of a file event; `moved` says that a file was renamed to that path, so that it is whole."""
        self._events += 1
        if moved:
            self.intake.hear(path)

    def look(self, now: datetime) -> None:
        """Look at everything once a second, and in between only at what was heard of or is still being written."""
        elapsed = self._fleet.clock.elapsed()
        full = elapsed - self._swept_s >= SWEEP_S
        if full:
            self.intake.notice(self._boxes_now())
        elif self.intake.unsettled:
            self.intake.again()
        self._mail(now)
        if not full:
            if self._saves.unsettled or self._reader.over:
                self.reload(now)
            return
        for name, says in self._fleet.blocked.items():
            if name not in self._fleet.placeless:  # of these it was told
                self._once(name, says, now)
        for name in list(self._fleet.placeless):
            self._fleet.has_places(name, now)
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

        Says whether its mail or fleet.yaml is still being written or read: either may speak against it.
        """
        if self._saves.unsettled or self.reading or seat in self._fleet.blocked:
            return True
        if seat not in self._fleet.chart.seats:
            return False
        self._inbox(seat, now, WORK)
        return self.intake.writing(seat)

    def _boxes_now(self) -> Sequence[str]:
        """Name the seats whose inboxes are looked at in this sweep: all of them, unless events are told of each."""
        burst, self._burst, self._events = self._burst, self._events >= BURST, 0
        seats = self._fleet.chart.seats
        was, self._was_heard = self._was_heard, len(seats) > BOXES_A_SWEEP and self._hears()
        if burst or self._burst or not (was and self._was_heard):
            self._boxes.clear()
            return tuple(seats)
        if not self._boxes:
            self._boxes.extend(seats)
        some = [self._boxes.popleft() for _ in range(min(BOXES_A_SWEEP, len(self._boxes)))]
        return [name for name in some if name in seats]

    def _hears(self) -> bool:
        """Say whether events are heard; where not, ask again only after a while, for that may watch all anew."""
        elapsed = self._fleet.clock.elapsed()
        if elapsed < self._deaf_until_s:
            return False
        heard = self._heard()
        self._deaf_until_s = elapsed if heard else elapsed + DEAF_S
        return heard

    def _mail(self, now: datetime) -> None:
        """Take what was dropped, box by box, until that is enough for one look."""
        work = WORK
        for name in self.intake.due:
            if work <= 0:
                return
            work = self._inbox(name, now, work)

    def reload(self, now: datetime) -> None:
        """Take the chart that lies there, if it is another and has been read."""
        seen, size = self._lies_there()
        if self._saves.ready(seen, self._fleet.clock.elapsed()):
            self._wanted = seen
        if self._wanted is None:
            if not self._saves.unsettled:
                self._same_at = now
            return
        if self._wanted != seen:
            self._reader.drop()  # it was saved again, and is read once that has stood still
            return
        examined = self._reader.examined(seen, size)
        if examined is not None and examined.against != self._fleet.revision_id:
            self._reader.drop()  # a person said yes meanwhile: it is weighed against that
            examined = self._reader.examined(seen, size)
        if examined is None:
            return
        self._wanted = None
        before = self._fleet.problems
        revise(self._fleet, examined, now, since=self._same_at)
        if not self._fleet.problems:
            self._same_at = now
        elif self._fleet.problems != before:
            self._fleet.trouble(
                "chart", f"{self._fleet.problems[0].line()}; the fleet stays on its revision", now
            )
        self.make_folders(now)

    def _lies_there(self) -> tuple[object, int]:
        """Give what the files of the chart look like, and their size together."""
        files = self._fleet.files
        paths = {CHART: None, **dict.fromkeys(self._fleet.chart.texts)}
        folders = sorted({os.path.dirname(path) for path in paths} - {""})
        included = [name for pattern in self._fleet.chart.include for name in files.glob(pattern)]
        texts = [*paths, *(name for name in included if name not in paths)]
        marks = files.glance([*texts, *folders])
        size = sum(mark.size for mark in marks[: len(texts)] if mark is not None)
        return (included, texts, marks), size

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

    def _inbox(self, name: str, now: datetime, work: int) -> int:
        if name in self._fleet.blocked:  # a letter that is still to be moved would be taken for another one
            self.intake.put_off(name)
            return work
        try:
            left = self.intake.look(name, now, work)
            self._troubles.pop(name, None)
        except FileTrouble as exc:
            self._once(name, f"{exc}; its mail waits", now)
            return work
        return left

    def _once(self, name: str | None, says: str, now: datetime) -> None:
        """Tell a trouble with a seat's files, or the fleet's, when it begins, not at every look."""
        if self._troubles.get(name) != says:
            self._troubles[name] = says
            self._fleet.trouble("files", says, now, seat=name)

    def _watched_paths(self, now: datetime) -> None:
        fleet = self._fleet
        if self._watching[0] is not fleet.chart:
            changes = [
                n for n, s in fleet.chart.seats.items() if any(isinstance(c, OnChange) for c in s.when)
            ]
            self._watching = fleet.chart, changes
        for name in self._watching[1]:
            if name in fleet.account.seats:
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
        if not self._published:
            past = self._fleet.account.seats
            self._published.extend(name for name in past if past[name].state is not None)
        some = [self._published.popleft() for _ in range(min(STATES_A_SWEEP, len(self._published)))]
        names = [name for name in some if name not in self._fleet.blocked]  # else it is not written yet
        marks = self._fleet.files.glance([state_path(name) for name in names])
        for name, mark in zip(names, marks, strict=True):
            changed = name not in self._states or self._states[name] != mark
            if changed or self._fleet.account.past(name).tampered:
                self._states[name] = mark
                self._compare(name, now)

    def _compare(self, name: str, now: datetime) -> None:
        wrong = self._fleet.desk.tampered(name)
        tampered = self._fleet.account.past(name).tampered
        if wrong is not None and not tampered:
            self._fleet.distrust(name, wrong, now)
        elif wrong is None and tampered:
            says = f"{state_path(name)} is again as it was published"
            self._fleet.trouble("restored", says, now, seat=name)
