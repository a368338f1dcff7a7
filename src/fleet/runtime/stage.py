"""Stage: what a step of a rehearsal works on, and what is found there of what it expects."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.script.expect import NEAR_SHOWN, Fact, Finding, find
from fleet.core.script.facts import Told, facts, state_fact
from fleet.core.script.step import Expected, Script
from fleet.core.state import read_state
from fleet.edge import world
from fleet.errors import Typed, Unreadable
from fleet.runtime.drive import Drive
from fleet.runtime.fleet import Fleet
from fleet.store.yaml import read_plain, split_front

FILE_MAX = 4 * 1024 * 1024
"""Bytes of a file that an expectation looks at."""
WHOSE = {"message": ("from", "to"), "escalation": ("from", "to", "seat")}
"""Keys of an expectation that name a seat; of the others it is `seat`."""
NO_SEATS = ("operator", "fleet")
"""Who writes to seats and is none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """All that a step works on."""

    drive: Drive
    told: Told
    script: Script
    start: datetime
    seed: str

    @property
    def root(self) -> Path:
        """The copy."""
        return Path(self.drive.root)

    @property
    def env(self) -> dict[str, str]:
        """What a program of the world is told of where and when it is."""
        zone = self.start.tzinfo
        now = self.drive.clock.now().astimezone(zone).replace(microsecond=0)
        return {"FLEET_NOW": now.isoformat(), "FLEET_SEED": self.seed, "TZ": str(getattr(zone, "key", "UTC"))}

    def given(self, name: str) -> Path:
        """Find a file that a script names: beside the script, else in the copy."""
        beside = Path(os.path.dirname(self.script.file), name)
        if beside.is_file():
            return beside
        inside = self.root / name
        if inside.is_file():
            return inside
        raise Typed(f"there is no file {name}, neither beside the script nor in the fleet")


async def expect(stage: Stage, wanted: Expected) -> tuple[Finding, str]:
    """Look whether what is wanted is there; gives what was found, and in a word what is wrong."""
    finding = find(wanted, await _facts(stage, wanted))
    count = len(finding.matching)
    if finding.met:
        return finding, ""
    if wanted.count is None:
        return finding, f"there is no such {wanted.kind}"
    if count:  # too many, or too few: these are they
        finding = replace(finding, near=tuple((fact, ()) for fact in finding.matching[:NEAR_SHOWN]))
    return finding, f"there {'is' if count == 1 else 'are'} {count}, not {wanted.count}"


async def _facts(stage: Stage, wanted: Expected) -> Iterable[Fact]:
    drive = stage.drive
    if wanted.kind == "run":
        argv = texts(wanted.fields.get("program"))
        came = await drive.beside(world.run(str(stage.root), argv, stage.env))
        return [{"program": list(argv), "exit": came.exit, "text": came.says}]
    if wanted.kind == "file":
        return [_file(stage.root, str(wanted.fields.get("path", "")))]
    fleet = drive.fleet
    _check_seats(fleet, wanted)
    now = drive.clock.now()
    if wanted.kind == "state":
        names = [str(wanted.fields["seat"])] if "seat" in wanted.fields else list(fleet.chart.seats)
        return [state_fact(fleet.account, name, _state(stage.root, name), now) for name in names]
    told = stage.told.records
    if wanted.since is not None:
        told = [record for record in told if record.at >= wanted.since]
    return facts(wanted.kind, told, stage.told, fleet.chart, fleet.account, now)


def _check_seats(fleet: Fleet, wanted: Expected) -> None:
    """Refuse a seat that there never was, of which nothing is found, however little is wanted."""
    known = {*fleet.chart.seats, *fleet.chart.retired, *fleet.account.seats}
    for key in WHOSE.get(wanted.kind, ("seat",)):
        name = wanted.fields.get(key)
        if isinstance(name, str) and name not in known and name not in NO_SEATS:
            raise Typed(f"there is no seat {name!r}; there are: {', '.join(fleet.chart.seats)}")


def texts(value: Json) -> list[str]:
    """Give one text or a list of them as a list."""
    return [] if value is None else [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _file(root: Path, name: str) -> Fact:
    inside = os.path.realpath(root)
    found = sorted(path for path in root.glob(name) if path.is_file()) if name else []
    found = [path for path in found if Path(os.path.realpath(path)).is_relative_to(inside)]
    text = "".join(_head(path).decode("utf-8", "replace") for path in found)
    return {"path": name, "missing": not found, "lines": len(text.splitlines()), "text": text}


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_MAX)


def _state(root: Path, name: str) -> dict[str, Json] | None:
    try:
        text = (root / f"state/{name}.md").read_text("utf-8")
        return read_state(text, read_front=read_plain, split_front=split_front)
    except (OSError, UnicodeDecodeError, Unreadable):
        return None
