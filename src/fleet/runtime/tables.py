"""Tables: whom a subject belongs to, looked up in the CSV files that `subjects` names."""

from __future__ import annotations

from fleet.core.canonical import sha256_hex
from fleet.core.case import Owned
from fleet.core.chart import Chart, SubjectKind
from fleet.core.frozen import dataclass
from fleet.core.outside import marks_of
from fleet.core.subject import fold_subject
from fleet.core.table import Table, read_table
from fleet.errors import Broken, Unreadable
from fleet.store.files import Files
from fleet.store.stat import Stat
from fleet.store.trouble import FileTrouble, Missing, shown

TABLE_MAX = 64 * 1024 * 1024
CHAIN_MAX = 100
"""Subjects that one chain holds at most; who belongs to more is looked at by a person."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read: the table in it, or what is wrong with it."""

    stat: Stat
    sha256: str
    table: Table | None
    fault: str = ""
    named: frozenset[str] = frozenset()
    """Every subject in it."""


class Tables:
    """Looks up for one chart. A table is kept, and read again when its file's stat is another."""

    def __init__(self, files: Files, chart: Chart) -> None:
        self._files = files
        self._subjects = chart.subjects
        self._marks = marks_of(chart)
        self._kept: dict[str, _Kept] = {}

    def owner(self, subject: str) -> Owned:
        """Look up whom one subject belongs to; what is no subject is not known."""
        try:
            folded = fold_subject(subject)
        except Unreadable as exc:
            return Owned(subject, why=f"whom it belongs to is not known: {exc}")
        kind = self._subjects.get(folded.partition(":")[0])
        return Owned(folded) if kind is None else self._look(folded, kind)

    def chain(self, subject: str) -> tuple[Owned, ...]:
        """Follow the tables: the subject first, then all it belongs to, each once, nearest first."""
        found: dict[str, Owned] = {}
        waiting = [subject]
        for one in waiting:
            owned = self.owner(one)
            if owned.subject in found:
                continue
            if len(found) == CHAIN_MAX:
                more = f"{shown(subject)} belongs to over {CHAIN_MAX - 1} others, too many to be looked at"
                return (*found.values(), Owned(owned.subject, why=more, path=owned.path))
            found[owned.subject] = owned
            waiting.extend(owned.owner)
        return tuple(found.values())

    def lists(self, subject: str) -> bool:
        """Say whether a table that strangers cannot write names a subject, on either side."""
        kinds = (kind for kind in self._subjects.values() if not self._marks.is_outside(kind.source))
        return any(subject in kept.named for kind in kinds if (kept := self._readable(kind)) is not None)

    def _readable(self, kind: SubjectKind) -> _Kept | None:
        try:
            return self._read(kind)
        except (FileTrouble, Broken):
            return None

    def _look(self, subject: str, kind: SubjectKind) -> Owned:
        unknown = f"which {kind.of} {subject} belongs to is not known"
        try:
            kept = self._read(kind)
        except (FileTrouble, Broken) as exc:
            return Owned(subject, why=f"{unknown}: {exc}", path=kind.source)
        if kept.table is None:
            return Owned(subject, (), f"{unknown}: {kept.fault}", kind.source, kept.sha256)
        owner, why = kept.table.owners(subject)
        if why and owner:
            why = f"not every {kind.of} that {subject} belongs to is known: {kind.source}: {why}"
        elif why and subject in kept.table.rows:
            why = f"{unknown}: {kind.source}: {why}"
        elif why:
            why = f"{subject} is not in {kind.source}"
        return Owned(subject, owner, why, kind.source, kept.sha256)

    def _read(self, kind: SubjectKind) -> _Kept:
        stat = self._files.stat(kind.source)
        if stat is None:
            raise Missing(kind.source, "is missing")
        kept = self._kept.get(kind.kind)
        if kept is None or kept.stat != stat:
            raw = self._files.read(kind.source, limit=TABLE_MAX)
            kept = self._kept[kind.kind] = _parsed(kind, raw, stat)
        return kept


def _parsed(kind: SubjectKind, raw: bytes, stat: Stat) -> _Kept:
    sha256 = sha256_hex(raw)
    try:
        table = read_table(raw.decode("utf-8"), kind.kind, kind.of)
    except UnicodeDecodeError as exc:
        return _Kept(stat, sha256, None, f"{kind.source}: not UTF-8 at byte {exc.start}")
    except Unreadable as exc:
        return _Kept(stat, sha256, None, f"{kind.source}: {exc}")
    named = {*table.rows, *(owner for subject in table.rows for owner in table.owners(subject)[0])}
    return _Kept(stat, sha256, table, named=frozenset(named))
