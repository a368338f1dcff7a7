"""Keep: the chart in force, written down whole in .fleet/, so that reading verbs need not read its text again.

It is written by who holds the lock, and read by those who change nothing. One that is missing, old,
damaged or of another version of fleet is passed over: what is in force is what the ledger says.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.core.chart import Chart
from fleet.core.kept import key_of, read, written
from fleet.core.past import Revision
from fleet.errors import FleetError
from fleet.store.files import Files
from fleet.store.places import TextPlaces

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

PATH = ".fleet/chart"
LIMIT = 64 * 1024 * 1024
SMALL = 200
"""Seats of a chart that is written down at once, in 10 ms; a bigger one is by a thread, for others wait."""


def keep(fleet: Fleet) -> None:
    """Write down the chart in force, if it is not yet."""
    revision = fleet.account.revision
    if revision is None:
        return
    if len(fleet.chart.seats) <= SMALL:
        _write(fleet.files, fleet.chart, revision)
        return
    from threading import Thread

    Thread(target=_write, args=(fleet.files, fleet.chart, revision), daemon=True).start()


def kept(files: Files, revision: Revision | None) -> Chart | None:
    """Give the chart that a revision brought into force, if it is written down."""
    if revision is None:
        return None
    try:
        found = read(files.read(PATH, limit=LIMIT), key_of(revision))
    except FleetError:
        return None
    base = revision.base
    places = (
        TextPlaces(base.texts, base.waits, base.id) if base else TextPlaces(revision.texts, revision.waits)
    )
    return replace(found, texts=revision.texts, places=places) if found is not None else None


def _write(files: Files, chart: Chart, revision: Revision) -> None:
    with contextlib.suppress(FleetError, OSError):  # then the text is read, as it is without it
        data = written(chart, key_of(revision))
        if files.stat(PATH) is None or files.read(PATH, limit=LIMIT) != data:
            files.publish(PATH, data, mode=0o600)
