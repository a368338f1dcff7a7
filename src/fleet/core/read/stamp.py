"""Stamp: private data and strangers' text that meet, over however many seats, where one acts outside unasked.

A turn that rests on outside text is stamped, and what a stamped turn does outside asks first
(docs/files.md, "The gate"). That alone protects, so only where a rule waives it is there anything to tell. A rule
that waives it for what is `action.as_asked`, and for nothing else, lets no word of a stranger through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from fleet.core.chain import person_above
from fleet.core.chart import Chart, Handoff, Path, Rule
from fleet.core.frozen import dataclass
from fleet.core.outside import leaves, marks_of
from fleet.core.read.found import Found
from fleet.core.read.look import place_of

Way = tuple[str, ...]
"""Seats, from the one that reads a path to the one that acts."""


MESSAGE = "message"
"""What stands in `never` of a seat that writes to nobody."""
LINKS = 8
"""Links of a way that are named; of a longer one the middle is left out."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """How text, or data, comes to seats: who reads a marked path itself, who is told by whom, and so from whom."""

    begins: Mapping[str, int]
    told: Mapping[str, list[str]]
    givers: Mapping[str, str]

    def way(self, name: str) -> Way:
        """The shortest way to a seat."""
        way = [name]
        while self.givers[way[-1]] != way[-1]:
            way.append(self.givers[way[-1]])
        return tuple(reversed(way))

    def is_told(self, giver: str, taker: str) -> bool:
        """Say whether the chart has one tell the other; where not, it may only write."""
        return taker in self.told.get(giver, ())


def stamp(chart: Chart, found: Found) -> None:
    """Note the rules that let private data out: by which path they and outside text come to the seat that acts."""
    frees = [
        (number, rule)
        for number, rule in enumerate(chart.rules)
        if rule.then == "allow" and not is_as_asked(rule.condition)
    ]
    if not frees:
        return
    text, data = _told(chart)
    marks = marks_of(chart)
    stamped, private = _flow(chart, marks.is_outside, text), _flow(chart, marks.is_private, data)
    both = (n for n in chart.seats if n in stamped.givers and n in private.givers)
    acts = {n: kinds for n in both if (kinds := _acts(chart, n))}
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
            _say(chart, (number, name, kind, more), private, stamped, found)


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


def is_as_asked(condition: str) -> bool:
    """Say whether a condition is met only by what a seat asked for word for word: one of its parts says so.

    >>> is_as_asked("action.as_asked && now.getHours() < 9"), is_as_asked("!(true && action.as_asked && true)")
    (True, False)
    """
    parts = condition.split("&&")
    odd = any(sign in condition for sign in ("||", "?", "//")) or not all(map(_is_closed, parts))
    return not odd and any(part.strip() == "action.as_asked" for part in parts)


def _is_closed(part: str) -> bool:
    """Say whether a part of a condition stands by itself: what it opens, it closes."""
    return all(part.count(a) == part.count(b) for a, b in ("()", "[]", "{}")) and not any(
        part.count(quote) % 2 for quote in "\"'"
    )


def _begins(chart: Chart, marked: Callable[[str], bool]) -> Mapping[str, int]:
    """The seats that read a marked path themselves, each with the first such path's number.

    A file is what it is: what one seat marks is marked for all who read it.
    """
    found = {}
    known: dict[str, bool] = {}
    for seat in chart.seats.values():
        for number, path in enumerate(seat.paths):
            if path.path not in known:
                known[path.path] = marked(path.path)
            if known[path.path]:
                found[seat.id] = number
                break
    return found


def _told(chart: Chart) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Who reads whose state or files, or gets its handoffs: as outside text flows, and as private data does.

    Of a handoff only fields of text carry a stranger's words; numbers may be private all the same.
    """
    text: dict[str, list[str]] = {}
    for seat in chart.seats.values():
        for name in seat.reads:
            if name != seat.id:
                text.setdefault(name, []).append(seat.id)
    for giver, reader in leaves(chart):
        text.setdefault(giver, []).append(reader)
    data = {name: list(readers) for name, readers in text.items()}
    for handoff in chart.handoffs.values():
        if not _writes(chart, handoff.source):
            continue
        data.setdefault(handoff.source, []).extend(handoff.to)
        if _carries_text(handoff):
            text.setdefault(handoff.source, []).extend(handoff.to)
    return text, data


def _carries_text(handoff: Handoff) -> bool:
    return not handoff.fields or "text" in handoff.fields.values()


def _writes(chart: Chart, name: str) -> bool:
    """Say whether a seat may write to others: any agent may, unless its `never` names messages."""
    seat = chart.seats.get(name)
    return seat is not None and seat.holder.is_agent and MESSAGE not in seat.never


def _flow(chart: Chart, marked: Callable[[str], bool], told: Mapping[str, list[str]]) -> _Flow:
    """Follow such paths to every seat to which they come, with the one that it has them from; itself, if it reads them.

    What is said to come comes first; then what may: any seat may write to any.
    """
    begins = _begins(chart, marked)
    found = {name: name for name in begins}
    todo = deque(found)
    while todo:
        name = todo.popleft()
        for reader in told.get(name, ()):
            if reader not in found and reader in chart.seats and chart.seats[reader].holder.is_agent:
                found[reader] = name
                todo.append(reader)
    writer = next((name for name in found if _writes(chart, name)), None)
    if writer is not None:
        agents = (seat.id for seat in chart.seats.values() if seat.holder.is_agent)
        found |= {name: writer for name in agents if name not in found}
    return _Flow(begins, told, found)


def _say(
    chart: Chart, freed: tuple[int, str, str, str], private: _Flow, stamped: _Flow, found: Found
) -> None:
    number, name, kind, more = freed
    rule, way = chart.rules[number], private.way(name)
    path, at = _source(chart, way[0], private.begins[way[0]])
    what = f"private data may go out unasked: {' -> '.join((path, *_cut(way), kind))}{more}"
    whom = person_above(chart, name) or "PERSON"
    why = (
        f"{_links(chart, private, name)}; strangers' text comes there too: {_links(chart, stamped, name)}; "
        f"fleet asks {whom} before such an action, and this rule waives it"
    )
    breaks = (_break(chart, flow, name) for flow in (private, stamped))
    tries = (f"then: ask {whom}", "if: action.as_asked", *breaks)
    place = place_of(chart, ("rules", number, "then"), rule.place)
    second = place_of(chart, at, chart.seats[way[0]].place), f"{way[0]} reads private data here"
    found.say("F237", place, what, why=why, tries=tries, second=second, level="warning")


def _cut(names: Sequence[str]) -> list[str]:
    """Leave out the middle of what is too long to be read."""
    return [*names] if len(names) <= LINKS else [*names[: LINKS - 2], "...", names[-1]]


def _links(chart: Chart, flow: _Flow, name: str) -> str:
    """Name each link of a way with the place where it is made."""
    way = flow.way(name)
    path, at = _source(chart, way[0], flow.begins[way[0]])
    links = [f"{way[0]} reads {path} ({place_of(chart, at, chart.seats[way[0]].place).short})"]
    for giver, taker in pairwise(way):
        handoff = next((h for h in chart.handoffs.values() if h.source == giver and taker in h.to), None)
        if giver in chart.seats[taker].reads:
            place = place_of(chart, ("seats", taker, "reads", giver), chart.seats[taker].place)
            says = f"{taker} reads {giver}"
        elif handoff is not None and flow.is_told(giver, taker):
            says, place = f"{taker} hears of {giver}", handoff.place
        else:
            says, place = f"{giver} may write to {taker}", chart.seats[giver].place
        links.append(f"{says} ({place.short})")
    return ", ".join(_cut(links))


def _break(chart: Chart, flow: _Flow, name: str) -> str:
    """Say what would break a way: that a seat writes to nobody, where that is all there is."""
    way = flow.way(name)
    writes = next((giver for giver, taker in pairwise(way) if not flow.is_told(giver, taker)), "")
    path, _ = _source(chart, way[0], flow.begins[way[0]])
    return f"never: [message] at {writes}" if writes else f"no way from {path} to {name}"


def _source(chart: Chart, name: str, number: int) -> tuple[str, Path]:
    """A path that a seat reads itself and that is private or outside: its text, and where it stands."""
    seat = chart.seats[name]
    path = seat.paths[number]
    reads: Path = ("seats", name, "reads")
    items = ((*reads, n) for n in range(len(seat.paths) + len(seat.reads)))
    maps = [item for item in items if (*item, "path") in chart.places] or [reads]
    return path.path, (*maps[min(number, len(maps) - 1)], "path")
