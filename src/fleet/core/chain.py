"""Chain: who answers to whom, as a tree of people and agents alike; and who reads whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleet.core.chart import Chart
from fleet.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """One seat of the tree: how deep it stands, and of each level above whether more follows there."""

    seat: str
    above: str | None = None
    depth: int = 0
    more: tuple[bool, ...] = ()


def superiors(chart: Chart, name: str) -> Iterator[str]:
    """List whom a seat answers to, nearest first; a loop in the chart ends the list."""
    seen = {name}
    seat = chart.seats.get(name)
    while seat is not None and seat.answers_to and seat.answers_to not in seen:
        seen.add(seat.answers_to)
        yield seat.answers_to
        seat = chart.seats.get(seat.answers_to)


def person_above(chart: Chart, name: str) -> str:
    """Name the nearest person a seat answers to; empty where there is none."""
    seats = chart.seats
    return next((n for n in superiors(chart, name) if n in seats and seats[n].holder.is_person), "")


def tree(chart: Chart) -> list[Branch]:
    """Lay out the seats so that each stands below the one it answers to, in the order of the file.

    A seat that answers to nobody on the chart is a root, and so is the first seat of a circle.
    """
    below = _below(chart)
    found: dict[str, Branch] = {}
    roots = [name for name, seat in chart.seats.items() if seat.answers_to not in chart.seats]
    for name in (*roots, *chart.seats):
        _grow(name, below, found)
    return list(found.values())


def _below(chart: Chart) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for seat in chart.seats.values():
        below.setdefault(seat.answers_to or "", []).append(seat.id)
    return below


def _grow(root: str, below: Mapping[str, list[str]], found: dict[str, Branch]) -> None:
    """Add a seat and all below it, without recursion: a chain may be long."""
    todo = [Branch(root)]
    while todo:
        branch = todo.pop()
        if branch.seat in found:
            continue
        found[branch.seat] = branch
        children = [name for name in below.get(branch.seat, ()) if name not in found]
        for i, name in reversed(list(enumerate(children))):
            more = (*branch.more, i + 1 < len(children))
            todo.append(Branch(name, branch.seat, branch.depth + 1, more))


def readers(chart: Chart) -> dict[str, list[str]]:
    """Name for each seat those that read its state."""
    found: dict[str, list[str]] = {name: [] for name in chart.seats}
    for seat in chart.seats.values():
        for other in unique(seat.reads):
            found.setdefault(other, []).append(seat.id)
    return found


def unique(names: Iterable[str]) -> list[str]:
    """Give each name once, in the order in which they first stand."""
    return list(dict.fromkeys(names))
