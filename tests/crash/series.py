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


def kill_and_strip(series: Series, places: Iterator[int]) -> None:
    """Kill one run at each place, and delete the runtime's own folder before the next one."""
    for at in places:
        root = series.fresh(f"at-{at}")
        if run_once(root, shim.killing(at)) == 0:
            return
        shutil.rmtree(root / ".fleet", ignore_errors=True)
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


def cut(series: Series, groups: Iterator[int]) -> None:
    """Kill right after a group of records was written, then cut that group after each of its lines."""
    for group in groups:
        root = series.fresh(f"group-{group}")
        note = series.folder / f"group-{group}.size"
        if run_once(root, shim.recording(lambda number, _, at=group: number == at, note)) == 0:  # type: ignore[misc]
            return
        for lines in range(Tail(root, note).lines + 1):
            for torn in (False, True):
                _cut_copy(series, root, note, lines, torn=torn)
        shutil.rmtree(root)


def _cut_copy(series: Series, root: Path, note: Path, lines: int, *, torn: bool) -> None:
    """Cut a copy; the odd ones are cut a second time, in what the next start added."""
    series.tried += 1
    copy = series.folder / f"{root.name}-cut-{lines}{'-torn' if torn else ''}"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("sock"))
    Tail(copy, note).cut(lines, torn=torn)
    if lines % 2:
        again = note.with_name(f"{copy.name}.size")
        shim_ = shim.recording(lambda number, _: number == 1, again)
        if run_once(copy, shim_, only_opening=True) == KILLED:
            Tail(copy, again).cut(1, torn=torn)
    series.compare(copy)


@dataclass
class Tail:
    """The lines that a ledger got last: those behind the size that stands in a note."""

    root: Path
    note: Path

    def __post_init__(self) -> None:
        self.path = max((self.root / "ledger").glob("*.jsonl"))
        self.size = int(self.note.read_text())
        self.group = self.path.read_bytes()[self.size :].splitlines(keepends=True)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self.group)

    def cut(self, lines: int, *, torn: bool = False) -> None:
        """Leave only the first lines, and half of the next one if it is to be torn."""
        half = self.group[lines][: len(self.group[lines]) // 2] if torn and lines < self.lines else b""
        whole = self.path.read_bytes()[: self.size]
        self.path.write_bytes(whole + b"".join(self.group[:lines]) + half)


def main(kind: str, shard: int, shards: int, folder: Path) -> None:
    """Run one part of a series and print what was found."""
    series = Series.begin(folder)
    places = itertools.islice(itertools.count(1), shard, LOOP_MAX, shards)
    if kind == "kill":
        kill(series, places, shim.killing)
    elif kind == "tear":
        kill(series, places, shim.tearing)
    elif kind == "bare":
        kill_and_strip(series, places)
    elif kind == "again":
        kill_again(series, places)
    else:
        cut(series, places)
    print(json.dumps({"tried": series.tried, "wrong": series.wrong}))


if __name__ == "__main__":
    _kind, _shard, _folder = sys.argv[1:]
    _one, _, _of = _shard.partition("/")
    main(_kind, int(_one), int(_of), Path(_folder))
