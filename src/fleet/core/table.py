"""The table: which subject of one kind belongs to which of another, by the lines of a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fleet.core.frozen import dataclass
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

_PLAIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,119}")  # the name of a subject
_CELL_MAX = 60  # characters of a cell in a sentence


class Row(NamedTuple):
    """One line that names a subject: where it stands, and its cell for whom that belongs to."""

    line: int
    owner: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of each subject of kind `own`, by its folded name."""

    own: str
    of: str
    rows: Mapping[str, tuple[Row, ...]]

    def owners(self, subject: str) -> tuple[tuple[str, ...], str]:
        """Give whom a folded subject belongs to, each once in the order of the file, and what is not known.

        What is not known is "" or a sentence without its subject: `is not there`.
        """
        if subject not in self.rows:
            return (), "is not there"
        found: dict[str, None] = {}
        why = ""
        for row in self.rows[subject]:
            try:
                found[_owner(row.owner, self.of)] = None
            except Unreadable as exc:
                why = why or f"line {row.line}: {exc}"
        return tuple(found), why


def read_table(text: str, own: str, of: str) -> Table:
    """Read which subjects of kind `own` belong to which of kind `of`; raises Unreadable with a sentence.

    The first line names the columns. Those named like the two kinds count; where they are not, the
    first two do, `own` first. A row whose own cell names no subject is nobody's and is passed over.

    >>> read_table("person,account\\nBob Lee,Acme Corp\\n", "person", "account").owners("person:bob-lee")
    (('account:acme-corp',), '')
    """
    lines = _lines(text)
    head = next((cells for _, cells in lines if any(cells)), None)
    if head is None:
        raise Unreadable("has no line that names its columns")
    first, second = _columns([" ".join(cell.split()).lower() for cell in head], own, of)
    rows: dict[str, tuple[Row, ...]] = {}
    for line, cells in lines:
        subject = _own(cells[first], own) if len(cells) > first else None
        if subject is not None:
            row = Row(line, cells[second] if len(cells) > second else "")
            rows[subject] = (*rows[subject], row) if subject in rows else (row,)
    return Table(own, of, rows)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    # By \n alone: str.splitlines would also end a line at characters that may stand in a name.
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader((f"{line}\n" for line in plain.split("\n")), strict=True, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as exc:
        raise Unreadable(f"line {line}: is not CSV: {exc}") from exc


def _columns(head: list[str], own: str, of: str) -> tuple[int, int]:
    for kind in (own, of):
        if head.count(kind) > 1:
            raise Unreadable(f"has two columns {kind!r}")
    if own in head and of in head:
        return head.index(own), head.index(of)
    misplaced = own in head[1:] or of in head[:1] + head[2:]
    if len(head) < 2 or misplaced:
        raise Unreadable(f"has no two columns {own!r} and {of!r}")
    return 0, 1


def _own(cell: str, kind: str) -> str | None:
    short = "-".join(cell.lower().split())
    if cell.isascii() and _PLAIN.fullmatch(short):  # as fold_subject does, in a fourth of the time
        return f"{kind}:{short}"
    try:
        subject = _subject(cell, kind)
    except Unreadable:
        return None
    return subject if subject.startswith(f"{kind}:") else None


def _owner(cell: str, kind: str) -> str:
    if not cell.strip():
        raise Unreadable(f"names no {kind}")
    short = repr(cell if len(cell) <= _CELL_MAX else cell[:_CELL_MAX] + "...")
    try:
        subject = _subject(cell, kind)
    except Unreadable as exc:
        raise Unreadable(f"{short} cannot name one of kind {kind}") from exc
    if not subject.startswith(f"{kind}:"):
        raise Unreadable(f"{short} is not of kind {kind}")
    return subject


def _subject(cell: str, kind: str) -> str:
    """Fold a cell: a bare name is one of that kind, one with a colon says its own."""
    return fold_subject(cell if ":" in cell else f"{kind}:{cell.strip()}")
