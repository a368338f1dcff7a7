"""Seeds one to nine mistakes into a sound chart and says of each where it stands and which suggestions are right.

Made from the pages on the formats and the command line alone, not from the program's reader. Mistakes do not hide
each other: every one locks what it rests on, and what stands behind a syntax error is marked as `behind`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from mistakes import kinds
from mistakes.chart import Chart, load
from mistakes.kinds import Seed, Spot

SOUND = Path(__file__).parent / "sound"
TRIES = 400


@dataclass(frozen=True)
class Truth:
    """One seeded mistake: any of `spots` is (file, line, column, end column), from 1, the end not in it."""

    kind: str
    spots: list[tuple[str, int, int, int]]
    accept: list[str]
    syntax: bool = False
    behind: bool = False


@dataclass
class Broken:
    """A chart with its mistakes: the edits that make it out of the sound one, and the truth about each."""

    chart: str
    seed: int
    edits: list[tuple[str, int, int, str]]
    truths: list[Truth] = field(default_factory=list)

    def files(self, sound: dict[str, str]) -> dict[str, str]:
        texts = dict(sound)
        for file, start, end, new in sorted(self.edits, key=lambda one: (one[0], one[1]), reverse=True):
            texts[file] = texts[file][:start] + new + texts[file][end:]
        return texts

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def charts() -> dict[str, Chart]:
    return {one.name: load(one) for one in sorted(SOUND.iterdir())}


def mutate(chart: Chart, seed: int, wanted: int | None = None) -> Broken:
    random = Random(f"{chart.name}:{seed}")
    wanted = wanted or random.randint(1, 9)
    syntax = random.random() < 0.3
    chosen: list[Seed] = []
    for seeded in drawn(chart, random, syntax=syntax):
        if len(chosen) == wanted or (chosen and chosen[0].alone):
            break
        if fits(seeded, chosen):
            chosen.append(seeded)
    return settle(chart, seed, chosen)


def drawn(chart: Chart, random: Random, *, syntax: bool) -> Iterator[Seed]:
    """Mistakes by chance: each kind as likely as any other, however many places it has in this chart."""
    if syntax and (made := attempt(random.choice(kinds.SYNTAX), chart, random)):
        yield made
    for _ in range(TRIES):
        if made := attempt(random.choice(kinds.PLAIN), chart, random):
            yield made


def attempt(kind: kinds.Kind, chart: Chart, random: Random) -> Seed | None:
    """One mistake of a kind, or None: IndexError and StopIteration say that the chart has no place for it."""
    try:
        return kind(chart, random)
    except (IndexError, StopIteration):
        return None


def fits(new: Seed, chosen: list[Seed]) -> bool:
    if new.alone and chosen:
        return False
    if any(one.name and one.name == new.name for one in chosen):
        return False
    broken = any(one.syntax for one in chosen)
    if broken and new.whole:
        return False
    return not any(clash(a, b) for one in chosen for a in one.held() for b in new.held())


def clash(a: tuple[str, int, int], b: tuple[str, int, int]) -> bool:
    return a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2]


def settle(chart: Chart, seed: int, chosen: list[Seed]) -> Broken:
    edits = [one for seeded in chosen for one in seeded.edits]
    broken = Broken(chart.name, seed, sorted(edits))
    texts = broken.files(chart.files)
    stop = [(e[0], e[1]) for seeded in chosen if seeded.syntax for e in seeded.edits[:1]]
    for seeded in chosen:
        first = seeded.edits[0]
        behind = not seeded.syntax and any(file == first[0] and at < first[1] for file, at in stop)
        spots = [settled(one, edits, texts) for one in seeded.spots]
        broken.truths.append(Truth(seeded.kind, spots, list(seeded.accept), seeded.syntax, behind))
    return broken


def settled(
    spot: Spot, edits: list[tuple[str, int, int, str]], texts: dict[str, str]
) -> tuple[str, int, int, int]:
    """Where a spot stands after all edits: line and columns."""
    if spot.edit is not None:
        file, at, length = spot.edit[0], spot.edit[1] + spot.start, spot.end - spot.start
        before = [
            one
            for one in edits
            if one[0] == file and one is not spot.edit and (one[1], one[2]) <= (spot.edit[1], spot.edit[2])
        ]
    else:
        file, at, length = spot.file, spot.start, spot.end - spot.start
        before = [one for one in edits if one[0] == file and one[2] <= spot.start]
    at += sum(len(new) - (end - start) for _, start, end, new in before)
    text = texts[file]
    begin = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    length = min(length, (len(text) if stop < 0 else stop) - at)
    return file, text.count("\n", 0, at) + 1, at - begin + 1, at - begin + 1 + max(length, 1)
