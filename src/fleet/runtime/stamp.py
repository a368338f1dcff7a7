"""Stamp: where strangers' text comes into a turn and stays with its seat, and what it may have had rewritten."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from fleet.core.brief import Brief
from fleet.core.chart import Seat
from fleet.core.handoff import handoff_of, subjects_in
from fleet.core.names import seat_folder
from fleet.core.outside import origins, stamped_while
from fleet.core.past import Letter, Past, Running
from fleet.errors import Broken
from fleet.runtime.desk import TOO_MUCH, Prints
from fleet.runtime.sight import knowing
from fleet.store.trouble import FileTrouble

if TYPE_CHECKING:
    from fleet.core.result import Result
    from fleet.runtime.fleet import Fleet

ORIGINS_NAMED = 5
"""Of what stamped a turn, so many are named; one is enough."""
MEDDLED = "its charter or program was changed"
"""With what the fault of a turn begins that a holder who believed a stranger may have rewritten."""


def stamp(fleet: Fleet, past: Past, brief: Brief, letters: Iterable[Letter]) -> dict[str, Any]:
    """Say whether the turn is given text that strangers can have written, and where that comes from.

    What a stamped turn left in its work/ is such text too, until work/ is empty or as it was before; how it was
    no record says, for a holder may write there what no two runs write alike: a daemon that has not seen it
    takes it for changed. What was there before a seat's first turn may be what another seat left: its folder was
    copied, or renamed.
    """
    found = list(islice(origins(past, brief, letters, knowing(fleet, brief)), ORIGINS_NAMED))
    found += _shared(fleet, brief.seat)[: ORIGINS_NAMED - len(found)]
    had = had_before(fleet, brief.seat)
    work = fleet.desk.work(brief.seat) if found or past.remembers or had else ""
    clean = fleet.works.clean.get(brief.seat)
    remembers = had or (past.remembers and bool(work) and (work != clean or work == TOO_MUCH))
    since = ", which it had before its first turn" if had else ""
    found += [f"what it keeps in {seat_folder(brief.seat)}/work{since}"] if remembers else []
    if not found:
        return {"outside": False}
    fleet.works.begun[brief.seat] = work
    return {"outside": True, "origins": found, **({"remembers": True} if remembers else {})}


def had_before(fleet: Fleet, name: str) -> bool:
    """Say whether a seat that has had no turn yet has something in its work/, of which no record tells whose it was.

    What lay there when the fleet began is as its person laid it out: no turn had been before.
    """
    past = fleet.account.past(name)
    if past.turns or not fleet.desk.work(name):
        return False
    return past.since > min(other.since for other in fleet.account.seats.values())


def _shared(fleet: Fleet, name: str) -> list[str]:
    """Name what a seat's sandbox shows it and that of another lets that one write."""
    seat = fleet.chart.seats[name]
    if not (seat.sandbox.read or seat.sandbox.write):
        return []
    from fleet.runtime.walls import shared  # most fleets never need it

    return list(shared(fleet, seat))


def remembered(fleet: Fleet, name: str, running: Running | None) -> dict[str, Any]:
    """Say of a stamped turn, however it ended, that it left something in its seat's work/."""
    if running is None or not running.outside:
        return {}
    _plain(fleet, f"{seat_folder(name)}/work")
    work, begun = fleet.desk.work(name), fleet.works.begun.pop(name, None)
    if not work or (work == begun and work != TOO_MUCH):
        return {}
    if begun is not None and not fleet.account.past(name).remembers:
        fleet.works.clean[name] = begun
    return {"remembers": True}


def _plain(fleet: Fleet, work: str) -> None:
    """Leave nothing in what is not compared: an empty work/tmp, and the times and attributes of work/ itself."""
    with suppress(FileTrouble, Broken):
        fleet.files.rmdir_if_empty(f"{work}/tmp")
    path = os.path.join(fleet.files.root, work)
    with suppress(OSError):
        os.utime(path, follow_symlinks=False)
        if sys.platform == "linux":
            for name in os.listxattr(path, follow_symlinks=False):
                if name.startswith("user."):
                    os.removexattr(path, name, follow_symlinks=False)


def known(
    fleet: Fleet, seat: Seat, brief: Brief | None, result: Result, running: Running | None
) -> dict[str, Any]:
    """Name the subjects in a stamped turn's handoffs that are known other than by a stranger's word."""
    if brief is None or running is None or not running.outside:
        return {}
    is_known = knowing(fleet, brief)
    pairs = ((handoff_of(fleet.chart, seat.id, given), given) for given in result.messages)
    named = {one for handoff, given in pairs if handoff is not None for one in subjects_in(handoff, given)}
    known = sorted(one for one in named if is_known(one))
    return {"known": known} if known else {}


def could_save(fleet: Fleet, name: str) -> bool:
    """Say whether a seat's holder could write files of the fleet: not, if walls keep it to its own."""
    from fleet.core.isolation import isolation  # most fleets never need it
    from fleet.edge.sandbox import machine

    seat = fleet.chart.seats.get(name)
    if seat is None or seat.sandbox.level == "off" or seat.sandbox.write:
        return True
    held = isolation(seat, machine())
    return bool(held.lacks) or held.way not in ("landlock", "bubblewrap")


def meddled(fleet: Fleet, seat: Seat, prints: Prints) -> str:
    """Say that a seat's charter or program was changed while a stamped turn ran, whose holder may have done that."""
    past = fleet.account.past(seat.id)
    if past.code in ("", prints.code):
        return ""
    able = partial(could_save, fleet)
    turn = stamped_while(fleet.account, past.code_at, fleet.desk.changed_at(seat), able)
    return f"{MEDDLED} while {turn} ran, which had read text that strangers can write" if turn else ""
