"""The open fleet: one folder, its lock, its chart, its book, and what was read of its files."""

from __future__ import annotations

import contextlib
import os
from dataclasses import field
from datetime import datetime

from fleet.core.account import Account
from fleet.core.chart import Chart
from fleet.core.frozen import dataclass
from fleet.core.law import Law
from fleet.core.mistake import Mistake
from fleet.core.names import inbox_path, seat_folder, state_path, turns_folder
from fleet.core.planner import Looked
from fleet.core.queue import FirstTurns, first_turns
from fleet.core.record import Draft, Record
from fleet.edge.clock import Clock
from fleet.runtime.apply import apply
from fleet.runtime.book import Book
from fleet.runtime.desk import Desk
from fleet.runtime.hands import Hands
from fleet.runtime.secrets import Secrets
from fleet.runtime.tables import Tables
from fleet.store.files import Files
from fleet.store.lock import Lock
from fleet.store.trouble import FileTrouble


@dataclass(slots=True)
class Works:
    """What seats' work/ hashed to: when their stamped turn began, and before one changed it.

    `held`: in which revision it was seen to that nothing in it leads out of their walls.
    """

    begun: dict[str, str] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)


class Fleet:
    """A fleet opened for writing. There is at most one for a folder at a time (`lock`)."""

    def __init__(
        self, files: Files, clock: Clock, lock: Lock, book: Book, chart: Chart, hands: Hands
    ) -> None:
        self.files = files
        self.clock = clock
        self.lock = lock
        self.secrets = Secrets(files.root, os.environ)
        book.secrets = self.secrets
        self.hands = hands
        """Starts other people's programs; those of a rehearsal are its own."""
        self.book = book
        self.problems: tuple[Mistake, ...] = ()
        """What is wrong with the fleet.yaml that lies there, if it is not the one in force."""
        self.owing: list[Record] = []
        """Records whose files could not be written yet."""
        self.blocked: dict[str, str] = {}
        """Seats that must wait until their files can be written, and why."""
        self.placeless: dict[str, str] = {}
        """Those of them whose turns have no folder."""
        self.left: list[str] = []
        """Folders of ended turns: those with nothing in them are removed when there is time."""
        self.rendered: dict[str, bytes] = {}
        """States rendered for their hash and not published yet."""
        self._law: Law | None = None
        self.works = Works()
        """What seats had in their work/, as far as this daemon has seen it."""
        self.fresh: list[Record] = []
        """Records that have come true and that the daemon has not looked at yet."""
        self.use(chart)

    @property
    def account(self) -> Account:
        """All that is open."""
        return self.book.account

    @property
    def law(self) -> Law:
        """The chart in force, indexed for the gate."""
        if self._law is None or self._law.chart is not self.chart:
            self._law = self._law.after(self.chart) if self._law is not None else Law(self.chart)
        return self._law

    @property
    def revision_id(self) -> str:
        """The id of the revision in force; "" before the first one."""
        return self.account.revision.id if self.account.revision is not None else ""

    def use(self, chart: Chart) -> None:
        """Take a chart as the one in force."""
        self.chart = chart
        self.secrets.use(chart)
        self.first_turns: FirstTurns = first_turns(chart)
        self.rank = {name: place for place, name in enumerate(chart.seats)}
        self.book.zone = chart.calendar.tz
        self.desk = Desk(self.files, chart, self.account)
        self.tables = Tables(self.files, chart)

    def stage(self, draft: Draft, now: datetime) -> Record:
        """Stage one record."""
        return self.book.stage(draft, now)

    def looked(self, seat: str) -> Looked:
        """Look at a seat's inputs as they are on disk."""
        return self.desk.look(seat)

    def settle(self) -> None:
        """Write what is staged to the ledger, then to the files.

        Raises Broken if the ledger cannot be written (all stays staged) or a file cannot (the record
        stands, and its files are owed).
        """
        records = self.book.settle()
        self.hands.hear(records)
        self.owing += records
        self.fresh += records
        self.pay()

    def pay(self) -> None:
        """Write the files that are owed, in order; raises Broken if the disk refuses.

        A seat whose own files are in the way (a file where its box should be) waits, and holds up no other.
        """
        self.blocked = dict(self.placeless)
        left: list[Record] = []
        try:
            while self.owing:
                if not self._paid(self.owing[0]):
                    left.append(self.owing[0])
                self.owing.pop(0)
        finally:
            self.owing = left + self.owing

    def _paid(self, record: Record) -> bool:
        whose = str(record.data.get("to") or record.seat)
        if whose in self.blocked:
            return False
        try:
            apply(self, record)
        except FileTrouble as exc:
            self.blocked[whose] = _waits(whose, exc)
            return False
        return True

    def has_places(self, seat: str, now: datetime) -> bool:
        """See to it that the folders of a seat's turns are there; if a file is in the way of one, the seat waits."""
        try:
            for folder in (inbox_path(seat, "cur"), turns_folder(seat), seat_folder(seat)):
                self.files.make(folder)
        except FileTrouble as exc:
            says = _waits(seat, exc)
            if self.placeless.get(seat) != says:
                self.trouble("files", says, now, seat=seat)
            self.placeless[seat] = self.blocked[seat] = says
            return False
        self.placeless.pop(seat, None)
        return True

    def tidy(self, most: int | None = None) -> None:
        """Remove folders that ended turns left empty. It takes the disk milliseconds each, so never in a turn's way."""
        now, self.left = self.left[:most], self.left[len(self.left[:most]) :]
        for path in now:
            with contextlib.suppress(
                FileTrouble
            ):  # what a holder made of its own folder is no trouble of others
                self.files.rmdir_if_empty(path)

    def trouble(
        self, kind: str, what: str, now: datetime, *, seat: str | None = None, **more: object
    ) -> None:
        """Stage a record of something the operator should see."""
        known = seat if seat in self.account.seats else None
        self.stage(Draft("trouble", seat=known, data={"kind": kind, "says": what, **more}), now)

    def distrust(self, seat: str, wrong: str, now: datetime) -> None:
        """Stage that a seat's state file is not what it published."""
        says = f"{state_path(seat)} {wrong}; it is not trusted until it is put back or {seat} publishes again"
        self.trouble("tampered", says, now, seat=seat)

    def close(self) -> None:
        """Give the folder back."""
        self.book.ledger.close()
        self.lock.close()
        self.files.close()


def _waits(seat: str, exc: FileTrouble) -> str:
    return f"{exc}; it is tried again, and {seat} gets no turn meanwhile"
