"""A series over the fleet that acts: killed at one place after another; each time the witness is asked.

    python deeds.py KIND SHARD/SHARDS FOLDER

Prints one line of JSON: how many places were tried, what went wrong at which, and what the witness counted in all.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from crash import acting, series, shim
from crash.outcome import Ledger, differences, outcome
from crash.series import LOOP_MAX, Tail, kill, talk_of
from crash.trial import run_once
from witness import Witness

from fleet.core import gate
from fleet.core.card import waiting
from fleet.edge import tree
from fleet.edge.socket import Caller
from fleet.runtime import command
from fleet.runtime.daemon import Daemon

ALWAYS = ("states", "history", "log", "scorecard", "turns", "claims", "pending")
"""What no crash changes, even if it leaves another action unknown."""
LEDGER = r"/ledger/"
LOOK_S = 0.002
LOST = "the daemon ended while it ran"
OF_ACTIONS = re.compile(rb'"what":"(verdict|approval_asked|approval_answered|action_intent|action_outcome)"')


class Series(series.Series):
    """What is compared with, what was found so far, and the server, if actions are posted."""

    witness: Witness | None = None
    since = 0
    counted: Counter[str]

    @classmethod
    def of(cls, folder: Path, witness: Witness | None) -> Series:
        """Run the fleet undisturbed."""
        folder.mkdir(parents=True, exist_ok=True)
        found = cls(folder, {})
        found.witness, found.counted = witness, Counter()
        root = found.fresh("undisturbed")
        assert run_once(root) == 0, talk_of(root)
        found.wanted = outcome(root)
        assert acting.wrong(root, found.seen(root)) == [], talk_of(root)
        assert found.happened(root) == dict.fromkeys(("note", "mail", "offer", "cut"), 1) | {"safe": 2}
        found.tried = 0
        found.counted.clear()
        return found

    def fresh(self, name: str) -> Path:
        """Make a fleet for the next try."""
        self.tried += 1
        self.since = len(self.witness.arrived()) if self.witness else 0
        return acting.build(self.folder / name, self.witness)

    def seen(self, root: Path) -> dict[str, list[dict[str, Any]]]:
        """Give what the witness saw of a fleet, by kind."""
        if self.witness is None:
            return acting.arrived(root)
        return acting.posted(self.witness.arrived()[self.since :])

    def happened(self, root: Path) -> dict[str, int]:
        """Give how often each kind really happened."""
        counts = {kind: sum(line["done"] for line in lines) for kind, lines in self.seen(root).items()}
        return {kind: count for kind, count in counts.items() if count}

    def compare(self, root: Path) -> None:
        """Run to the end and note what does not hold; a folder that is right is removed.

        Every other time what the dead daemon had begun may end before; else the next one ends it.
        """
        while self.tried % 2 and tree.find_marked(str(root.resolve())):
            time.sleep(LOOK_S)
        ended = run_once(root)
        found = [f"ended with {ended}"] if ended else self.judged(root)
        if found or talk_of(root):
            self.wrong[root.name] = [*found, talk_of(root)]
        else:
            self.counted.update(self.happened(root))
            _clear(root)

    def judged(self, root: Path) -> list[str]:
        """Compare with the witness, and with the undisturbed run as far as no action was lost with its daemon."""
        found = acting.wrong(root, self.seen(root))
        ends = [r["data"] for r in Ledger.read(root).of("action_outcome")]
        lost = sum(end.get("why") == LOST for end in ends)
        self.counted["lost"] += lost
        self.counted["as undisturbed"] += not lost
        here, there = (_seen_once(one) for one in (outcome(root), self.wanted))
        if lost:
            here, there = ({key: one[key] for key in ALWAYS} for one in (here, there))
        return found + differences(here, there)


def _seen_once(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Count the kinds of effects, not how often: what was judged before a crash may be judged again after it."""
    return {**found, "effects": sorted(set(found["effects"]))}


def _clear(root: Path) -> None:
    """Remove a fleet; a program that outlived its daemon may still write there for a moment."""
    while root.exists():
        shutil.rmtree(root, ignore_errors=True)


def cut(found: Series, groups: Iterator[int]) -> None:
    """Kill right after a group of records with a word on actions was written, then cut it after each of its lines."""
    for group in groups:
        root = found.fresh(f"group-{group}")
        note = found.folder / f"group-{group}.size"
        if run_once(root, shim.recording(lambda number, _, at=group: number == at, note)) == 0:  # type: ignore[misc]
            found.tried -= 1
            return
        tail = Tail(root, note)
        found.tried -= 1
        for lines in range(tail.lines + 1) if any(map(OF_ACTIONS.search, tail.group)) else ():
            _cut_copy(found, root, note, lines, torn=bool((lines + group) % 2))
        _clear(root)


def _cut_copy(found: Series, root: Path, note: Path, lines: int, *, torn: bool) -> None:
    found.tried += 1
    copy = found.folder / f"{root.name}-cut-{lines}"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("sock"))
    acting.deeds(copy)
    Tail(copy, note).cut(lines, torn=torn)
    found.compare(copy)


def say_yes() -> None:
    """Have the boss approve whatever he is asked, at the next look; and nobody wait before a try that is safe."""
    vars(gate)["AGAIN_AFTER"] = (timedelta(0),)
    look = Daemon.look

    def looking(self: Daemon) -> None:
        now = self.fleet.clock.now()
        for action in waiting(self.fleet.account):
            given = {"id": action.id, "hash": action.seal}
            command.run(self.fleet, "approve", given, Caller(person="boss"), now)
        look(self)

    Daemon.look = looking  # type: ignore[method-assign]


def main(kind: str, shard: int, shards: int, folder: Path) -> None:
    """Run one part of a series and print what was found."""
    say_yes()
    places = itertools.islice(itertools.count(1), shard, LOOP_MAX, shards)
    if kind == "post":
        with Witness(folder / "outside") as witness:
            found = Series.of(folder, witness)
            kill(found, places, lambda at: shim.killing(at, only=LEDGER))
    else:
        found = Series.of(folder, None)
        if kind == "cut":
            cut(found, places)
        else:
            kill(found, places, shim.killing if kind == "kill" else lambda at: shim.tearing(at, only=LEDGER))
    print(json.dumps({"tried": found.tried, "wrong": found.wrong, "counted": found.counted}))


if __name__ == "__main__":
    _kind, _shard, _folder = sys.argv[1:]
    _one, _, _of = _shard.partition("/")
    main(_kind, int(_one), int(_of), Path(_folder))
