"""Stamp: private data and strangers' text that meet, over however many seats, where one acts outside unasked.

A turn that rests on outside text is stamped, and what a stamped turn does outside asks first
(docs/files.md, "The gate"). That alone protects, so only where a rule waives it is there anything to tell.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from fleet.core.chain import person_above
from fleet.core.chart import Chart, Handoff, Path, PathRead, Rule
from fleet.core.read.found import Found
from fleet.core.read.look import place_of

Way = tuple[str, ...]
"""Seats, from the one that reads a path to the one that acts."""


LINKS = 8
"""Links of a way that are named; of a longer one the middle is left out."""


def stamp(chart: Chart, found: Found) -> None:
    """Note the rules that let private data out: by which path they and outside text come to the seat that acts."""
    frees = [(number, rule) for number, rule in enumerate(chart.rules) if rule.then == "allow"]
    if not frees:
        return
    text, data = _flows(chart)
    stamped, private = _reached(chart, text, _is_outside), _reached(chart, data, _is_private)
    acts = {n: kinds for n in chart.seats if n in stamped and n in private and (kinds := _acts(chart, n))}
    by_kind: dict[str, dict[str, str]] = {}
    for name, kinds in acts.items():
        for kind in kinds:
            by_kind.setdefault(kind, {}).setdefault(name, kind)
        by_kind.setdefault("", {})[name] = kinds[0]
    for number, rule in frees:
        freed = _freed(rule, acts, by_kind)
        if freed:
            name, kind = next(iter(freed.items()))
            more = f", and so it is with {len(freed) - 1} more" if len(freed) > 1 else ""
            _say(chart, (number, kind, more), (_way(private, name), _way(stamped, name)), found)


def _acts(chart: Chart, name: str) -> list[str]:
    """The outside actions of a seat for which nobody is asked but by the stamp."""
    seat = chart.seats[name]
    free = (kind for kind in seat.can.do if kind not in seat.can.ask and kind not in seat.never)
    return [kind for kind in free if kind in chart.actions and chart.actions[kind].outside]


def _freed(
    rule: Rule, acts: Mapping[str, list[str]], by_kind: Mapping[str, Mapping[str, str]]
) -> Mapping[str, str]:
    """The seats that a rule frees of the stamp's ask, each with an action that it then does unasked."""
    if rule.seats:
        kinds = {
            name: [k for k in acts.get(name, ()) if not rule.actions or k in rule.actions]
            for name in rule.seats
        }
        return {name: own[0] for name, own in kinds.items() if own}
    if len(rule.actions) < 2:
        return by_kind.get(rule.actions[0] if rule.actions else "", {})
    return {name: kind for kind in reversed(rule.actions) for name in by_kind.get(kind, ())}


def _is_outside(path: PathRead) -> bool:
    return path.outside


def _is_private(path: PathRead) -> bool:
    return path.private


def _flows(chart: Chart) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Who reads whose state or gets its handoffs: as outside text flows, and as private data does.

    Of a handoff only fields of text carry a stranger's words; numbers may be private all the same.
    """
    text: dict[str, list[str]] = {}
    for seat in chart.seats.values():
        for name in seat.reads:
            if name != seat.id:
                text.setdefault(name, []).append(seat.id)
    data = {name: list(readers) for name, readers in text.items()}
    for handoff in chart.handoffs.values():
        data.setdefault(handoff.source, []).extend(handoff.to)
        if _carries_text(handoff):
            text.setdefault(handoff.source, []).extend(handoff.to)
    return text, data


def _carries_text(handoff: Handoff) -> bool:
    return not handoff.fields or "text" in handoff.fields.values()


def _reached(
    chart: Chart, flows: Mapping[str, list[str]], begins: Callable[[PathRead], bool]
) -> dict[str, str]:
    """Every seat to which such a path comes, with the one that it has it from; itself, where it reads it."""
    found = {seat.id: seat.id for seat in chart.seats.values() if any(map(begins, seat.paths))}
    todo = deque(found)
    while todo:
        name = todo.popleft()
        for reader in flows.get(name, ()):
            if reader not in found and reader in chart.seats and chart.seats[reader].holder.is_agent:
                found[reader] = name
                todo.append(reader)
    return found


def _way(givers: Mapping[str, str], name: str) -> Way:
    """The shortest way to a seat."""
    way = [name]
    while givers[way[-1]] != way[-1]:
        way.append(givers[way[-1]])
    return tuple(reversed(way))


def _say(chart: Chart, freed: tuple[int, str, str], ways: tuple[Way, Way], found: Found) -> None:
    (number, kind, more), (private, stamped) = freed, ways
    rule, name = chart.rules[number], private[-1]
    secret, open_ = _source(chart, private[0], _is_private), _source(chart, stamped[0], _is_outside)
    what = f"private data may go out unasked: {' -> '.join((secret[0], *_cut(private), kind))}{more}"
    whom = person_above(chart, name) or "PERSON"
    why = (
        f"{_links(chart, secret, private)}; strangers' text comes there too: {_links(chart, open_, stamped)}; "
        f"fleet asks {whom} before such an action, and this rule waives it"
    )
    tries = (f"then: ask {whom}", f"no way from {secret[0]} to {name}", f"no way from {open_[0]} to {name}")
    place = place_of(chart, ("rules", number, "then"), rule.place)
    second = (
        place_of(chart, secret[1], chart.seats[private[0]].place),
        f"{private[0]} reads private data here",
    )
    found.say("F237", place, what, why=why, tries=tries, second=second, level="warning")


def _cut(names: Sequence[str]) -> list[str]:
    """Leave out the middle of what is too long to be read."""
    return [*names] if len(names) <= LINKS else [*names[: LINKS - 2], "...", names[-1]]


def _links(chart: Chart, source: tuple[str, Path], way: Way) -> str:
    """Name each link of a way with the place where it is made."""
    first = place_of(chart, source[1], chart.seats[way[0]].place)
    links = [f"{way[0]} reads {source[0]} ({first.short})"]
    for giver, taker in pairwise(way):
        reads = giver in chart.seats[taker].reads
        handoff = next((h for h in chart.handoffs.values() if h.source == giver and taker in h.to), None)
        place = place_of(chart, ("seats", taker, "reads", giver), chart.seats[taker].place)
        if not reads and handoff is not None:
            place = handoff.place
        links.append(f"{taker} {'reads' if reads else 'hears of'} {giver} ({place.short})")
    return ", ".join(_cut(links))


def _source(chart: Chart, name: str, begins: Callable[[PathRead], bool]) -> tuple[str, Path]:
    """A path that a seat reads itself and that is private or outside: its text, and where it stands."""
    seat = chart.seats[name]
    number, path = next((n, p) for n, p in enumerate(seat.paths) if begins(p))
    reads: Path = ("seats", name, "reads")
    items = ((*reads, n) for n in range(len(seat.paths) + len(seat.reads)))
    maps = [item for item in items if (*item, "path") in chart.places] or [reads]
    return path.path, (*maps[min(number, len(maps) - 1)], "path")
