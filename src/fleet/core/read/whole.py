"""The whole of fleet.yaml: its files joined, its sections read, one chart made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypedDict, TypeVar

from fleet.core.calendar import Calendar, read_workdays
from fleet.core.chart import Chart, Limits
from fleet.core.mistake import START, Mistake, Place
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.action import read_action, read_subject
from fleet.core.read.fields import Fields, entries, fields, wrong_shape
from fleet.core.read.found import Enough, Found, is_empty
from fleet.core.read.handing import read_handoff, read_ladder, read_retired
from fleet.core.read.places import Places, Roots
from fleet.core.read.rulings import read_conflicts, read_rule
from fleet.core.read.seat import NO_TERMS, read_seat, read_terms
from fleet.core.read.secret import read_secret
from fleet.errors import Unreadable

T = TypeVar("T")

Regions = Callable[[str], frozenset[date]]
"""Gives the holidays of a region, as US-NY; raises Unreadable."""

TURNS = 4  # at once, where `limits` says nothing
MOST_TURNS = 10_000  # turns at once; more processes than that no machine holds

_MAPS = ("seats", "actions", "subjects", "secrets", "handoffs", "escalation", "retired", "limits", "defaults")
_LISTS = ("conflicts", "rules", "holidays")
_WEEK = frozenset(range(5))  # Monday to Friday, where `workdays` says nothing


class _Bounds(TypedDict):
    turns_at_once: int
    limits: Limits


def _no_regions(region: str) -> frozenset[date]:
    """Refuse every region: core looks nothing up."""
    raise Unreadable(
        f"the holidays of {region!r} cannot be looked up here; list their dates", end=len(region)
    )


def read_draft(
    nodes: Roots, texts: Mapping[str, str], regions: Regions = _no_regions
) -> tuple[Chart, tuple[Mistake, ...]]:
    """Read as much as can be read; where there are mistakes, the chart lacks what they touch."""
    found = Found(texts)
    roots = tuple(nodes)
    empty = Chart("", Calendar("UTC", _WEEK, frozenset()), {}, places=Places(lambda: roots), texts=texts)
    try:
        return _chart(roots, empty, found, regions), tuple(found.mistakes)
    except Enough:
        return empty, tuple(found.mistakes)


def _chart(roots: Roots, empty: Chart, found: Found, regions: Regions) -> Chart:
    top = _joined(roots, found)
    for name in ("fleet", "seats"):
        if name not in top and all(_can_lack(root, name) for _, root in roots):
            found.say("F407", _start(roots[0][1].place) if roots else START, f"the fleet has no {name!r}")
    found.seats, found.kinds = _names(top.get("seats")), _names(top.get("actions"))
    found.persons = tuple(_persons(top.get("seats")))
    terms = (
        read_terms(fields(top["defaults"], keys.DEFAULTS, found), found) if "defaults" in top else NO_TERMS
    )
    return Chart(
        name=values.text(top.get("fleet"), found, "fleet"),
        calendar=_calendar(top, empty.calendar, found, regions),
        mission=values.text(top.get("mission"), found, "mission"),
        budget=values.money(top.get("budget"), found, "this budget"),
        **_limits(top.get("limits"), found),
        terms=terms,
        include=_include(top.get("include")),
        seats=_each(top.get("seats"), partial(read_seat, defaults=terms), found, "seats"),
        actions=_each(top.get("actions"), read_action, found, "actions"),
        subjects=_each(top.get("subjects"), read_subject, found, "subjects"),
        secrets=_each(top.get("secrets"), read_secret, found, "secrets"),
        conflicts=read_conflicts(top.get("conflicts"), found),
        rules=tuple(
            read_rule(n, i, found) for i, n in enumerate(values.items(top.get("rules"), found, "rules"), 1)
        ),
        handoffs=_each(top.get("handoffs"), read_handoff, found, "handoffs"),
        ladders=_each(top.get("escalation"), read_ladder, found, "escalation"),
        retired=_each(top.get("retired"), read_retired, found, "retired"),
        places=empty.places,
        texts=empty.texts,
    )


def _names(node: Node | None) -> tuple[str, ...]:
    return tuple(key.text for key, _ in node.entries) if isinstance(node, Entries) else ()


def _persons(node: Node | None) -> Iterator[tuple[str, str]]:
    """The seats that persons hold, with the persons' names."""
    for seat, value in node.entries if isinstance(node, Entries) else ():
        for key, name in value.entries if isinstance(value, Entries) else ():
            if key.text == "person" and isinstance(name, Scalar):
                yield seat.text, name.text


def _each(
    node: Node | None, read: Callable[[Scalar, Node, Found], T | None], found: Found, what: str
) -> dict[str, T]:
    """Read each entry of a section, by its key."""
    out: dict[str, T] = {}
    for key, value in entries(node, found, what) if node is not None else ():
        if (one := read(key, value, found)) is not None:
            out[key.text] = one
    return out


def _joined(roots: Roots, found: Found) -> Fields:
    """The sections of all files: maps and lists joined, anything else from the one file that says it."""
    parts: dict[str, list[tuple[Scalar, Node]]] = {}
    for index, (_, root) in enumerate(roots):
        if not isinstance(root, Entries):
            found.say("F109", _start(root.place), "the file holds no map of keys and values")
            continue
        keyed = {id(value): key for key, value in root.entries}
        given = fields(root, keys.FLEET, found)
        if index and (more := given.pop("include", None)) is not None:
            found.say("F111", more.place, "only fleet.yaml includes other files")
        for name, value in given.items():
            parts.setdefault(name, []).append((keyed[id(value)], value))
    return {name: _join(name, given, found) for name, given in parts.items()}


def _start(place: Place) -> Place:
    return Place(place.file, place.line, place.column, place.line, place.column + 1)


def _join(name: str, given: Sequence[tuple[Scalar, Node]], found: Found) -> Node:
    first = given[0][1]
    if len(given) == 1:
        return first
    nodes = [node for _, node in given]
    if name in _MAPS:
        for node in nodes:
            if not isinstance(node, Entries):
                wrong_shape(node, found, f"{name} wants a map of keys and values")
        return Entries(tuple(e for n in nodes if isinstance(n, Entries) for e in n.entries), first.place)
    if name in _LISTS:
        return Items(tuple(i for n in nodes for i in values.items(n, found, name)), first.place)
    for key, _ in given[1:]:
        found.say(
            "F108", key.place, f"{name!r} stands in two files", second=(given[0][0].place, "first here")
        )
    return first


def _can_lack(root: Node, name: str) -> bool:
    """Whether a file could have said something and did not: nothing refused stands in its place."""
    return isinstance(root, Entries) and all(key.text != name for key, _ in root.entries)


def _include(node: Node | None) -> tuple[str, ...]:
    """The paths under `include` as written; what is wrong with them is told where they are followed."""
    items = node.items if isinstance(node, Items) else (node,)
    return tuple(item.text.removeprefix("./") for item in items if isinstance(item, Scalar))


def _limits(node: Node | None, found: Found) -> _Bounds:
    given = fields(node, keys.LIMITS, found) if node is not None else {}
    read = {
        key: values.whole(given.get(key), found, key, low=1, high=MOST_TURNS)
        for key in ("turns_at_once", "messages_an_hour", "fan_out", "wakes_an_hour")
    }
    said = {key: value for key, value in read.items() if value is not None}
    return {"turns_at_once": said.pop("turns_at_once", TURNS), "limits": Limits(**said)}


def _calendar(top: Fields, usual: Calendar, found: Found, regions: Regions) -> Calendar:
    workdays = values.phrase(_one_text(top.get("workdays")), read_workdays, found, "F305", "workdays")
    holidays: set[date] = set()
    for item in values.scalars(top.get("holidays"), found, "holidays"):
        if item.text[:1].isalpha():
            holidays |= found.phrase(item, regions, "F316", "these holidays") or set()
        elif day := found.phrase(item, phrases.read_date, "F306", "this date"):
            holidays.add(day)
    days = workdays or usual.workdays
    zone = values.phrase(top.get("timezone"), _zone, found, "F307", "this timezone")
    return Calendar(zone or usual.zone, days, frozenset(holidays))


def _zone(text: str) -> str:
    return Calendar(text, _WEEK, frozenset()).zone


def _one_text(node: Node | None) -> Node | None:
    """A list of days as the one phrase that says the same."""
    if isinstance(node, Items) and all(isinstance(i, Scalar) and not is_empty(i) for i in node.items):
        return Scalar(", ".join(i.text for i in node.items if isinstance(i, Scalar)), node.place)
    return node
