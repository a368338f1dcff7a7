"""A series: the reference run, killed at one place after another; each time what came of it is compared.

    python series.py KIND SHARD/SHARDS FOLDER

Prints one line of JSON: how many places were tried, and what went wrong at which.
"""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from crash import shim
from crash.outcome import Ledger, contradictions, differences, outcome
from crash.reference import build
from crash.trial import run_once

KILLED = -signal.SIGKILL
LOOP_MAX = 2000
"""Far more calls than the reference run makes: a series that does not end is a mistake of ours."""


@dataclass
class Series:
    """What is compared with, and what was found so far."""

    folder: Path
    wanted: dict[str, list[str]]
    tried: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path) -> Series:
        """Run the reference fleet undisturbed."""
        folder.mkdir(parents=True, exist_ok=True)
        root = build(folder / "undisturbed")
        assert run_once(root) == 0, talk_of(root)
        assert contradictions(root) == []
        return cls(folder, outcome(root))

    def fresh(self, name: str) -> Path:
        """Make a fleet for the next try."""
        self.tried += 1
        return build(self.folder / name)

    def compare(self, root: Path) -> None:
        """Run to the end and note what differs; a folder that is right is removed."""
        ended = run_once(root)
        wrong = [f"ended with {ended}"] if ended else _judged(root, self.wanted)
        talk = talk_of(root)
        if wrong or talk:
            self.wrong[root.name] = [*wrong, *([talk] if talk else [])]
        else:
            shutil.rmtree(root)


def talk_of(root: Path) -> str:
    """Give what the runs in a folder said on stderr."""
    path = root.parent / f"{root.name}.err"
    return path.read_text() if path.exists() else ""


def _judged(root: Path, wanted: dict[str, list[str]]) -> list[str]:
    if Ledger.read(root).gave_up:
        return [*contradictions(root), "a turn was lost twice, though only opening was killed"]
    return [*contradictions(root), *differences(outcome(root), wanted)]


def kill(series: Series, places: Iterator[int], make: Callable[[int], shim.Shim]) -> None:
    """Kill one run at each place, and let the next one go to the end."""
    for at in places:
        root = series.fresh(f"at-{at}")
        ended = run_once(root, make(at))
        if ended == 0:
            return
        assert ended == KILLED, talk_of(root)
        series.compare(root)


def kill_again(series: Series, places: Iterator[int]) -> None:
    """Kill the run, then every start after it one call later than the last one, until one gets through."""
    for at in places:
        root = series.fresh(f"at-{at}")
        if run_once(root, shim.killing(at)) == 0:
            return
        for call in range(1, LOOP_MAX):
            if run_once(root, shim.killing(call), only_opening=True) != KILLED:
                break
        series.compare(root)


def main(kind: str, shard: int, shards: int, folder: Path) -> None:
    """Run one part of a series and print what was found."""
    series = Series.begin(folder)
    places = itertools.islice(itertools.count(1), shard, LOOP_MAX, shards)
    if kind == "kill":
        kill(series, places, shim.killing)
    elif kind == "tear":
        kill(series, places, shim.tearing)
    else:
        kill_again(series, places)
    print(json.dumps({"tried": series.tried, "wrong": series.wrong}))


if __name__ == "__main__":
    _kind, _shard, _folder = sys.argv[1:]
    _one, _, _of = _shard.partition("/")
    main(_kind, int(_one), int(_of), Path(_folder))
