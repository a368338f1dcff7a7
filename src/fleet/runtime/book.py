"""The book: the ledger and the account of it, kept in step.

A record is staged first: numbered and folded into the account, but on no disk. `settle` writes and
syncs all that is staged in one go; only then may anything that it speaks of become visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from fleet.core.account import Account, fold
from fleet.core.canonical import plain, sha256_hex
from fleet.core.record import Draft, Record
from fleet.runtime.render import message_bytes
from fleet.runtime.secrets import Secrets
from fleet.store.ledger import Ledger

UNHIDDEN = {"revision": ("texts", "replaced", "base"), "checkpoint": ("revision",)}
"""Keys of records under which the fleet's own files stand, from which the chart is read again. None holds a
value: what stands in fleet.yaml is taken for no secret."""
Follow = Callable[[Account, Record], Iterable[Draft]]
"""Gives what follows from a record; each draft is applied before the next is asked for."""


class Book:
    """A ledger, its account, and the records staged between the two."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.recent = ledger.recent()
        self.account = fold(self.recent)
        self.zone = ZoneInfo("UTC")
        self.rendered: dict[str, bytes] = {}
        """Messages rendered for their hash and not delivered yet."""
        self.secrets: Secrets | None = None
        """Those whose values no record may hold."""
        self._staged: list[Draft] = []
        self._records: list[Record] = []
        self._now: datetime | None = None

    @property
    def staged(self) -> int:
        """How many records wait for `settle`."""
        return len(self._records)

    def stage(self, draft: Draft, now: datetime) -> Record:
        """Number a record and fold it into the account. All of one group carry the same time."""
        if self._now is None:
            self._now = now
            if self.ledger.opens_day(now):
                self._add(Draft("checkpoint", data=self.account.checkpoint()))
        return self._add(draft)

    def stage_all(self, drafts: Iterable[Draft], now: datetime) -> None:
        """Stage drafts one after the other, each before the next is asked for."""
        for draft in drafts:
            self.stage(draft, now)

    def follow(self, draft: Draft, now: datetime, follow: Follow) -> Record:
        """Stage a record and what follows from it; the record says how many those are.

        After a crash in the middle of writing them, recovery finds the number and adds the rest.
        """
        root = self.stage(Draft(draft.what, draft.seat, draft.turn, dict(draft.data)), now)
        before = len(self._records)
        self.stage_all(follow(self.account, root), now)
        followers = len(self._records) - before
        if followers:
            self._staged[before - 1].data["then"] = followers  # type: ignore[index]
        return root

    def settle(self) -> list[Record]:
        """Write and sync what is staged; gives those records. Raises Broken, with all still staged."""
        if self._now is None:
            return []
        self.ledger.commit(self._staged, now=self._now, checkpoint=self.account.checkpoint)
        records, self._staged, self._records, self._now = self._records, [], [], None
        return records

    def _add(self, draft: Draft) -> Record:
        data = plain(draft.data)
        if self.secrets is not None:  # the last line of defence: what comes here was looked at before
            data = self.secrets.json(data, leave=UNHIDDEN.get(draft.what, ()))
        if draft.what == "message":
            text = message_bytes(data, self.zone)  # type: ignore[arg-type]
            data = {**data, "sha256": (sha256 := sha256_hex(text))}  # type: ignore[dict-item]
            self.rendered[sha256] = text
        draft = Draft(draft.what, draft.seat, draft.turn, data)  # type: ignore[arg-type]
        assert self._now is not None
        record = Record(
            n=self.ledger.next_n + len(self._records),
            at=self._now,
            what=draft.what,
            seat=draft.seat,
            turn=draft.turn,
            data=draft.data,
            data_sha256="",
            prev="",
            hash="",
        )
        self._staged.append(draft)
        self._records.append(record)
        self.account.apply(record)
        return record
