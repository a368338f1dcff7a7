"""The chart as files: fleet.yaml and what it includes, read and checked in one pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from fleet.core.chart import Chart, Seat
from fleet.core.edit.patch import kept_names, patched
from fleet.core.edit.wait import Wait
from fleet.core.folder import CHART, FILE_MAX
from fleet.core.mistake import Mistake, Place
from fleet.core.node import Node, Scalar
from fleet.core.past import Revision
from fleet.core.prove import prove
from fleet.core.read.codes import mistake
from fleet.core.read.found import Enough, Found
from fleet.core.read.include import read_include
from fleet.core.read.unread import Unread, all_of
from fleet.core.read.whole import read_draft
from fleet.errors import Broken, Unreadable
from fleet.store.pieces import read_pieces
from fleet.store.places import TextPlaces

YEARS = range(2020, 2061)  # whose holidays are looked up: a calendar is a fixed set of dates

Names = Callable[[str], Sequence[str]]
Unheld = Callable[[Seat], str]
Checked = tuple[Chart | None, tuple[Mistake, ...]]

_REGION = re.compile(r"([A-Z]{2,3})(?:-([A-Z0-9]{1,6}))?")


def load(
    read: Callable[[str], bytes],
    glob: Callable[[str], list[str]],
    names: Names | None = None,
    *,
    now: datetime | None = None,
    unheld: Unheld | None = None,
) -> Checked:
    """Read fleet.yaml and its includes through the given functions, and check everything.

    With `names`, which lists a folder, also whether the programs lie there that are to be run; with `now`, also
    whose day of review is past; with `unheld`, also whose turns would not start on this machine. Paths are
    relative to the fleet folder. The chart is None if there is any error; mistakes are sorted by place, those
    of fleet.yaml first. Raises what `read` raises for fleet.yaml itself.
    """
    main = read(CHART)
    root, told, unread = read_pieces(main, CHART)
    files = {CHART: main}
    found = Found({CHART: main.decode("utf-8", "replace")})
    try:
        for pattern, item in read_include(root, found):
            unread += _include(pattern, item, files, found, read, glob)
    except Enough:
        return None, _sorted([*told, *found.mistakes])
    nodes = [(CHART, root)]
    for name in list(files)[1:]:
        node, more, lost = read_pieces(files[name], name)
        nodes.append((name, node))
        told += more
        unread += lost
    texts = {name: data.decode("utf-8", "replace") for name, data in files.items()}
    chart, mistakes = _check(nodes, texts, [*told, *found.mistakes], unread)
    if chart is None:
        return None, mistakes
    return chart, _sorted([*mistakes, *_noted(chart, texts, names, now, unheld)])


def _noted(
    chart: Chart, texts: Mapping[str, str], names: Names | None, now: datetime | None, unheld: Unheld | None
) -> list[Mistake]:
    """Warn of what a chart alone does not tell; who checks by hand wants that, and nobody else loads it."""
    found = Found(texts)
    if names is not None:
        from fleet.core.read.programs import note_missing

        note_missing(chart, found, names)
    if unheld is not None:
        from fleet.core.read.unheld import note_unheld

        note_unheld(chart, found, unheld)
    if now is not None:
        from fleet.core.read.due import note_due

        note_due(chart, found, now.astimezone(chart.calendar.tz).date())
    return found.mistakes


def read_text(texts: Mapping[str, str], waits: Sequence[Wait] = (), *, revision: str = "") -> Checked:
    """Read and check a chart from the texts of its files, as a revision records them.

    What waits for a yes is left out of it, and what it would replace is put back. `revision` goes into the
    names of places, where the texts are not those that lie there.
    """
    names = sorted(texts, key=lambda name: name != CHART)
    told: list[Mistake] = []
    nodes = []
    unread = Unread()
    for name in names:
        node, more, lost = read_pieces(texts[name], f"{name}@{revision}" if revision else name)
        nodes.append((name, node))
        told += more
        unread += lost
    return _check(nodes, {name: texts[name] for name in names}, told, unread, waits, revision)


def read_revision(revision: Revision) -> Checked:
    """Read the chart that a revision brought into force."""
    base = revision.base
    if base is None:
        return read_text(revision.texts, revision.waits)
    chart, mistakes = read_text(base.texts, base.waits, revision=base.id)
    return (replace(chart, texts=revision.texts) if chart is not None else None), mistakes


def _check(
    nodes: Sequence[tuple[str, Node | None]],
    texts: Mapping[str, str],
    told: list[Mistake],
    unread: Unread,
    waits: Sequence[Wait] = (),
    revision: str = "",
) -> Checked:
    read = [(name, node) for name, node in nodes if node is not None]
    for name, node in nodes:
        if node is None and not any(m.place.file == name for m in told):
            told.append(mistake("F109", Place(name, 1, 1, 1, 1), "the file is empty"))
            unread += all_of(name)
    if not read:
        return None, _sorted(told)
    chart, more = read_draft(patched(read, waits) if waits else read, texts, regions)
    more = (*more, *prove(chart, kept_names(waits)))
    mistakes = _sorted([*told, *_apart(told, unread.told(more))])
    if any(m.level == "error" for m in mistakes):
        return None, mistakes
    return replace(chart, places=TextPlaces(texts, waits, revision)), mistakes


def _apart(told: Sequence[Mistake], more: Sequence[Mistake]) -> list[Mistake]:
    """Mistakes that do not merely follow from one already told of the same node."""
    spots = {(m.place.file, m.place.line, m.place.column) for m in told}

    def follows(m: Mistake) -> bool:
        first, last = (m.place.line, m.place.column), (m.place.end_line, m.place.end_column)
        if m.code == "F404":
            return any(
                file == m.place.file and first <= (line, column) < last for file, line, column in spots
            )
        return (m.place.file, *first) in spots

    return [m for m in more if not spots or not follows(m)]


def _sorted(mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    def place(m: Mistake) -> tuple[bool, str, int, int, str]:
        return m.place.file != CHART, m.place.file, m.place.line, m.place.column, m.code

    return tuple(sorted(mistakes, key=place))


def _include(
    pattern: str,
    item: Scalar,
    files: dict[str, bytes],
    found: Found,
    read: Callable[[str], bytes],
    glob: Callable[[str], list[str]],
) -> Unread:
    """Add the files of one include, in the order of their names; what of them cannot be read is unread."""
    unread = Unread()
    names = sorted(glob(pattern)) if any(c in pattern for c in "*?[") else [pattern]
    if not names:
        found.say("F112", item.place, f"no file matches {pattern}", level="warning")
    for name in names:
        if name in files:
            continue
        try:
            files[name] = read(name)
        except (Unreadable, Broken) as exc:
            why = str(exc).removeprefix(f"{name}: ").removeprefix("cannot be opened: ")
            found.say("F111", item.place, f"cannot include {name}: {why}")
            unread += all_of(name)
        if sum(map(len, files.values())) > FILE_MAX:
            found.say("F103", item.place, f"with {name} the fleet's files have more than {FILE_MAX} bytes")
            return unread + all_of(name)
    return unread


def regions(region: str) -> frozenset[date]:
    """Look up the holidays of a region, as US-NY, in the years 2020 to 2060; raises Unreadable."""
    match = _REGION.fullmatch(region)
    if match is None:
        near = (region.upper(),) if _REGION.fullmatch(region.upper()) else ("US-NY",)
        raise Unreadable(
            "a region is a country and a part of it, as US-NY", end=len(region), suggestions=near
        )
    try:
        import holidays  # an extra, and heavy: only a fleet that names a region needs it
    except ImportError as exc:
        why = "the holidays of a region need an extra: pip install 'fleet[holidays]'; or list the dates"
        raise Unreadable(why, end=len(region)) from exc
    try:
        return frozenset(holidays.country_holidays(match[1], subdiv=match[2], years=YEARS))
    except NotImplementedError as exc:
        raise Unreadable(f"nobody knows the holidays of {region}", end=len(region)) from exc
