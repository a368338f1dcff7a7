"""Stray: kinds that are named in one place only, and nearly as others are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from fleet.core.chart import Chart, Seat
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of

MOST_COMPARED = 20_000  # names with names, at 15 µs each; past it a slip is not looked for


def stray(chart: Chart, found: Found) -> None:
    """Note action kinds under `never`, and kinds of subject, that a slip of the hand has made."""
    for seat, kind in islice(_never(chart), MOST_COMPARED // (len(chart.actions) + 1)):
        if near_kind(kind, chart.actions, found):
            place = place_of(chart, ("seats", seat.id, "never", kind), seat.place)
            what = f"{seat.id} never does {kind}, and there is no such action kind"
            _say(found, place, kind, chart.actions, what)
    named: dict[str, list[Place]] = {}
    for kind, place in _subject_kinds(chart):
        named.setdefault(kind, []).append(place)
    if len(named) ** 2 > MOST_COMPARED:
        return
    for number, conflict in enumerate(chart.conflicts):
        if conflict.about and conflict.about not in named:
            place = place_of(chart, ("conflicts", number, "about"), conflict.place)
            what = f"the kind of subject {conflict.about} is named only here"
            _say(found, place, conflict.about, tuple(named), what)
    ranked = {conflict.about for conflict in chart.conflicts}
    before: list[str] = []
    for kind, places in named.items():
        if len(places) == 1 and kind not in ranked:
            others = (*before, *(other for other in named if len(named[other]) > 1 or other in ranked))
            _say(found, places[0], kind, others, f"the kind of subject {kind} is named only here")
        before.append(kind)


def near_kind(kind: str, others: Iterable[str], found: Found) -> list[str]:
    """List the other kinds that are a slip of the hand away; none once so much is wrong that nobody reads it."""
    from fleet.core.read.certain import nearest  # only a name of which there is no other needs it

    return nearest(kind, others) if found.suggests else []


def _never(chart: Chart) -> Iterator[tuple[Seat, str]]:
    """The kinds that seats never do and that are not declared."""
    for seat in chart.seats.values():
        for kind in dict.fromkeys(seat.never):
            if ":" not in kind and kind not in chart.actions:
                yield seat, kind


def _subject_kinds(chart: Chart) -> Iterator[tuple[str, Place]]:
    """Each kind that actions and subjects name."""
    for action in chart.actions.values():
        for kind in action.about:
            yield kind, place_of(chart, ("actions", action.name, "about", kind), action.place)
    for subject in chart.subjects.values():
        yield subject.kind, subject.place
        yield subject.of, place_of(chart, ("subjects", subject.kind, "of"), subject.place)


def _say(found: Found, place: Place, kind: str, others: Iterable[str], what: str) -> None:
    if near := near_kind(kind, others, found):
        why = "what is named nowhere else protects and forbids nothing"
        found.say("F251", place, what, why=why, tries=near, level="warning")
