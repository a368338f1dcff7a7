"""Fired: the records that tell what rules said and what people answered, picked out of the ledger by their bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.core.names import ledger_path
from fleet.store.days import days
from fleet.store.files import Files
from fleet.store.handle import Reading
from fleet.store.lines import whole_size

_BLOCK = 1 << 22
_VERDICT, _ANSWER = b'"what":"verdict"}', b'"what":"approval_answered"}'
_OF_RULES = (b'"step":9', b'"rule ')
"""What the verdict of a rule has: its step; or, of one that asks, the question that begins so."""


def fired(files: Files) -> Iterator[Mapping[str, Any]]:
    """Yield the verdicts in which rules had a say, and all answers of people, oldest first.

    More may come than is of a rule; a line that cannot be read is passed over, as `fleet audit verify` finds it.
    """
    for day in days(files):
        reading = files.reading(ledger_path(day))
        try:
            yield from filter(None, map(_read, _picked(reading)))
        finally:
            reading.close()


def _picked(reading: Reading) -> Iterator[bytes]:
    start, rest, size = 0, b"", whole_size(reading)
    first, second = _OF_RULES
    while start < size and (block := reading.read_at(start, min(_BLOCK, size - start))):
        start += len(block)
        *whole, rest = (rest + block).split(b"\n")
        for raw in whole:
            if raw.endswith(_ANSWER) or (raw.endswith(_VERDICT) and (first in raw or second in raw)):
                yield raw


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
