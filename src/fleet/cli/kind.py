"""Kind: who may act on one kind of subject, who goes first over it, and who claims what of it now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.flags import Flags
from fleet.cli.overview import shape_of
from fleet.cli.table import columns, wrapped
from fleet.cli.terminal import width
from fleet.cli.times import soon
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chart import Conflict
    from fleet.core.territory import Mandate, Territory
    from fleet.runtime.view import View


def show_kind(flags: Flags, view: View, kind: str, now: datetime) -> int:
    """Print who may act on a kind of subject; raises Typed for one that the chart does not know."""
    from fleet.core.cause import stands
    from fleet.core.territory import territory

    _check(view, kind, now)
    found = territory(view.chart, view.account, kind, now)
    standing = stands(view.chart, view.account, now)
    health = {
        one.seat: standing[one.seat].health if one.seat in standing else "gone" for one in found.mandates
    }
    if flags.json:
        revision = view.account.revision
        data = _as_json(found, health)
        print_json("chart", data, flags=flags, revision=revision.id if revision else None)
        return 0
    for line in _kind_lines(found, health, now):
        print(line)
    return 0


def _check(view: View, kind: str, now: datetime) -> None:
    from fleet.cli.meant import hint
    from fleet.core.territory import kinds

    known = kinds(view.chart, view.account, now)
    if kind in known:
        return
    action = view.chart.actions.get(kind)
    if action is not None and action.about:
        first = action.about[0]
        raise Typed(
            f"--kind {kind}: that is an action, about {_either(action.about)}. Try: fleet chart --kind {first}"
        )
    if ":" in kind:
        raise Typed(f"--kind {kind[:160]}: that is one subject. Try: fleet trace {kind[:160]}")
    what = "no action, conflict or claim is about such a kind of subject"
    raise Typed(f"--kind {kind[:60]}: {what}. {hint(kind, known)}")


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _kind_lines(found: Territory, health: dict[str, str], now: datetime) -> Iterator[str]:
    """Give who may act on a kind of subject as lines, who goes first at the top."""
    belongs = f", which belongs to {found.of} by {found.source}" if found.of else ""
    yield f"{found.kind}{belongs}: who may act on it, and who goes first"
    cells = [["RANK", "SEAT", "HEALTH", "MAY", "CLAIMS NOW"]]
    for one in found.mandates:
        rank = str(one.rank) if one.rank is not None else "last" if found.conflicts else "-"
        cells.append([rank, one.seat, shape_of(health[one.seat]), _may(one), _claims(one, now)])
    yield from (
        columns(cells, limit=width()) if found.mandates else ["nobody may, and nobody claims any of it"]
    )
    for conflict in found.conflicts:
        yield from wrapped("", _says(found.kind, conflict), width())
    if found.of:
        yield f"who goes first over its {found.of} goes first over it: fleet chart --kind {found.of}"
    elif not found.conflicts and len(found.mandates) > 1:
        yield "no conflict names an order: who acts first is first, and a claim of another holds nobody"
    if found.parts:
        yield f"who acts on {' or '.join(found.parts)} acts on the {found.kind} that it belongs to"


def _may(one: Mandate) -> str:
    asks: dict[str, list[str]] = {}
    for kind, person in one.ask:
        asks.setdefault(person, []).append(kind)
    said = [f"if {person} says yes {', '.join(kinds)}" for person, kinds in asks.items()]
    return "; ".join([*([", ".join(one.do)] if one.do else []), *said]) or "nothing"


def _claims(one: Mandate, now: datetime) -> str:
    said = []
    for claim in one.claims:
        until = f" until {soon(claim.until.astimezone(now.tzinfo), now)}" if claim.until else ""
        why = f" ({clean(claim.because)})" if claim.because else ""
        said.append(f"{claim.about.partition(':')[2]}{until}{why}")
    return "; ".join(said) or "-"


def _says(kind: str, conflict: Conflict) -> str:
    """Say what happens where a seat acts on what one above it claims or has touched."""
    then = f"ask {conflict.ask}" if conflict.then == "ask" else conflict.then
    within = f", or touched it within {_days(conflict)}" if conflict.within is not None else ""
    why = f" {clean(conflict.because)}" if conflict.because else ""
    where = conflict.place.short
    return f"where one above claims the same {kind}{within}: {then}.{why}  {where}"


def _days(conflict: Conflict) -> str:
    from fleet.core.span import say_span

    return say_span(conflict.within) if conflict.within is not None else ""


def _as_json(found: Territory, health: dict[str, str]) -> dict[str, Any]:
    conflicts = [
        {"rank": list(c.rank), "then": c.then, "ask": c.ask or None, "within": _days(c) or None}
        | {"because": c.because, "place": c.place.short}
        for c in found.conflicts
    ]
    seats = [
        {"seat": m.seat, "rank": m.rank, "health": health[m.seat], "do": list(m.do), "ask": dict(m.ask)}
        | {"claims": [{"about": c.about, "until": c.until, "because": c.because} for c in m.claims]}
        for m in found.mandates
    ]
    belongs = {"of": found.of or None, "from": found.source or None, "parts": list(found.parts)}
    return {"kind": found.kind, **belongs, "conflicts": conflicts, "seats": seats}
