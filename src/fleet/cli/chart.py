"""`fleet chart`: who answers to whom, people and agents alike, with live health; who may act on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json, revision_number
from fleet.cli.ask import open_view
from fleet.cli.flags import Flags
from fleet.cli.overview import dotted, shape_of, word_of
from fleet.cli.table import columns
from fleet.cli.takes import option
from fleet.cli.terminal import width
from fleet.cli.times import zone_of
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chain import Branch
    from fleet.core.chart import Retired
    from fleet.core.past import Claim
    from fleet.runtime.view import View

Row = Mapping[str, Any]
DEEPEST = 8
"""Levels that are drawn with their branches; of deeper ones the number is shown."""


def chart(
    flags: Flags,
    *,
    kind: Annotated[str, option("--kind", metavar="KIND", help="Who may act on it, and first.")] = "",
    reads: Annotated[bool, option("--reads", help="Who reads whom.")] = False,
    dot: Annotated[bool, option("--dot", help="For Graphviz.")] = False,
    svg: Annotated[bool, option("--svg", help="As a picture.")] = False,
) -> int:
    """Show who answers to whom, who holds each seat and how it stands; with and without a daemon."""
    if flags.json + dot + svg > 1 or (kind and (dot or svg or reads)) or (svg and reads):
        raise Typed(
            "chart: these do not go together. Try: fleet chart [--kind KIND | --reads] [--json], "
            "fleet chart --dot [--reads], or fleet chart --svg"
        )
    view = open_view(flags)
    now = flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))
    if kind:
        from fleet.cli.kind import show_kind

        return show_kind(flags, view, kind, now)
    seats = seats_of(view, now)
    if flags.json:
        revision = view.account.revision
        data = {"fleet": view.chart.name, "seats": seats, "kinds": _kinds(view, now)}
        print_json("chart", data, flags=flags, revision=revision.id if revision else None)
        return 0
    if dot:
        from fleet.cli.dot import dot_lines

        lines = dot_lines(view.chart.name, seats, with_reads=reads)
    elif svg:
        from fleet.cli.drawing import svg_lines

        lines = svg_lines(
            view.chart.name, f"{_head(view, seats)} · {now:%a} {now.day} {now:%b %Y %H:%M %Z}", seats
        )
    else:
        lines = _reads(seats) if reads else _tree(view, seats, now, full=flags.verbose)
    for line in lines:
        print(line)
    return 0


def seats_of(view: View, now: datetime) -> list[dict[str, Any]]:
    """Give every seat as JSON in the order of the tree; behind them those that are gone, and the retired."""
    from fleet.core.chain import Branch, readers, tree
    from fleet.core.overview import overview

    rows = {row["seat"]: row for row in overview(view.chart, view.account, now)["seats"]}
    branches = tree(view.chart)
    drawn = {branch.seat for branch in branches}
    branches += [Branch(name) for name in rows if name not in drawn]
    read_by = readers(view.chart)
    return [_seat(view, branch, rows[branch.seat], read_by) for branch in branches]


def _seat(view: View, branch: Branch, row: Row, read_by: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    name = branch.seat
    seat, retired = view.chart.seats.get(name), view.chart.retired.get(name)
    past = view.account.seats.get(name)
    kind = seat.holder.kind if seat is not None else row["health"]
    person = seat.holder.person if seat is not None else ""
    ranks = {c.about: c.rank.index(name) + 1 for c in reversed(view.chart.conflicts) if name in c.rank}
    return {
        "seat": name,
        "title": row["title"],
        "answers_to": seat.answers_to if seat is not None else None,
        "above": branch.above,
        "depth": branch.depth,
        "more": list(branch.more),
        "holder": kind,
        "person": person or None,
        "held_by": person or _heirs(retired) or {"gone": "nobody"}.get(kind, kind),
        "owns": list(seat.owns) if seat is not None else [],
        "gave": dict(retired.gave) if retired is not None else {},
        "reads": list(seat.reads) if seat is not None else [],
        "paths": [path.path for path in seat.paths] if seat is not None else [],
        "read_by": list(read_by.get(name, ())),
        "health": row["health"],
        "word": word_of(row, ""),
        "why": row["why"],
        "cause": row["cause"],
        "claims": [_claim(claim) for claim in past.claims] if past is not None else [],
        "ranks": ranks,
    }


def _heirs(retired: Retired | None) -> str:
    """Say who has the work of a seat that is retired."""
    if retired is None:
        return ""
    return f"heirs: {', '.join(dict.fromkeys(retired.gave.values())) or 'none'}"


def _claim(claim: Claim) -> dict[str, Any]:
    return {"about": claim.about, "until": claim.until, "because": claim.because}


def _kinds(view: View, now: datetime) -> list[str]:
    from fleet.core.territory import kinds

    return kinds(view.chart, view.account, now)


def _head(view: View, seats: Sequence[Row]) -> str:
    """Say in one line how many of which there are."""
    counts = Counter(_sort(seat) for seat in seats)
    said = [
        f"{counts[one]} {one if counts[one] == 1 else many}" for one, many in SORTS.items() if counts[one]
    ]
    revision = view.account.revision
    number = revision_number(revision.id) if revision else None
    return dotted([f"rev {number or '-'}", ", ".join(said)])


SORTS = {"person": "people", "agent": "agents", "planned": "planned", "gone": "gone", "retired": "retired"}


def _sort(seat: Row) -> str:
    if seat["health"] in ("planned", "gone", "retired"):
        return str(seat["health"])
    return "person" if seat["person"] else "agent"


def _tree(view: View, seats: Sequence[Row], now: datetime, *, full: bool) -> Iterator[str]:
    yield dotted([view.chart.name, _head(view, seats)])
    cells = [["SEAT", "TITLE", "HELD BY", "HEALTH", "OWNS"]]
    for seat in seats:
        shape = shape_of(seat["health"]).partition(" ")[0]
        name, owns = f"{_branch(seat)}{seat['seat']}", _owns(seat, full=full)
        held = "-" if seat["health"] in ("gone", "retired") else seat["held_by"]
        cells.append([name, seat["title"], held, f"{shape} {seat['word']}", owns])
    yield from columns(cells, limit=width())
    if view.chart.mission and full:
        yield f"mission: {view.chart.mission}"
    found = _kinds(view, now)
    if found:
        yield f"Who goes first over {', '.join(found[:6])}: fleet chart --kind {found[0]}"


def _branch(seat: Row) -> str:
    """Draw how a seat hangs in the tree."""
    more = seat["more"]
    if len(more) > DEEPEST:
        return f"{'│ ' * DEEPEST}({len(more)}) "
    return (
        "".join("│ " if further else "  " for further in more[:-1]) + ("├ " if more[-1] else "└ ")
        if more
        else ""
    )


def _owns(seat: Row, *, full: bool) -> str:
    """Say what a seat owns, in short; of one that is retired, who has it now."""
    found = [f"{work} now {heir}'s" for work, heir in seat["gave"].items()] or seat["owns"]
    if full or len(found) < 2:
        return ", ".join(found)
    return f"{found[0]} +{len(found) - 1}"


def _reads(seats: Sequence[Row]) -> Iterator[str]:
    cells = [["SEAT", "READS", "READ BY"]]
    for seat in seats:
        if seat["health"] not in ("gone", "retired"):
            cells.append(
                [seat["seat"], ", ".join([*seat["reads"], *seat["paths"]]) or "-", _or_dash(seat["read_by"])]
            )
    yield from columns(cells, limit=width())


def _or_dash(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"
