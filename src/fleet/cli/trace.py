"""`fleet trace`: what caused a thing and what it caused, across seats, from the ledger alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json
from fleet.cli.ask import open_view
from fleet.cli.flags import Flags
from fleet.cli.lines import Line, line_of, set_lines
from fleet.cli.table import shown
from fleet.cli.takes import argument, option
from fleet.cli.terminal import width
from fleet.cli.times import ago, zone_of
from fleet.core.frozen import dataclass
from fleet.errors import Typed, Unreadable
from fleet.runtime.trace import Traced

if TYPE_CHECKING:
    from fleet.runtime.trace import Thing
    from fleet.runtime.view import View


def trace(
    flags: Flags,
    *,
    what: Annotated[str, argument(metavar="ID|SUBJECT", help="What is followed.", show_default=False)],
    up: Annotated[bool, option("--up", help="Only what caused it.")] = False,
    down: Annotated[bool, option("--down", help="Only what it caused.")] = False,
) -> int:
    """Show what caused a turn, message, action, matter, revision, wake or subject, and what it caused."""
    from fleet.runtime.trace import trace as follow
    from fleet.store.ledger import records

    view = open_view(flags)
    found = follow(records(view.files), _folded(what))
    if found is None:
        from fleet.cli.meant import nothing_of, subjects_of

        raise nothing_of(view, what, subjects_of(view))
    both = up == down
    now = flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))
    if flags.json:
        revision = view.account.revision.id if view.account.revision else None
        print_json(
            "trace", _as_json(what, found, now, up or both, down or both), flags=flags, revision=revision
        )
        return 0
    asked = replace(found, up=found.up if up or both else (), down=found.down if down or both else ())
    part = _cut(asked, flags.verbose)
    if len(found.things) == 1 and found.things[0].offered:
        _print_action(view, part, now)
    else:
        _print(part, now)
    return 0


@dataclass(frozen=True, slots=True)
class Part:
    """What of a trace is shown, and how many things of each list are not."""

    found: Traced
    things: int = 0
    up: int = 0
    down: int = 0


def _cut(found: Traced, whole: bool) -> Part:
    """Keep of each list what is nearest to the thing: causes that came last, effects that came first."""
    if whole:
        return Part(found)
    left = [max(0, len(things) - SHOWN) for things in (found.things, found.up, found.down)]
    kept = Traced(found.things[left[0] :], found.up[left[1] :], found.down[: len(found.down) - left[2]])
    return Part(kept, *left)


def _folded(text: str) -> str:
    """Fold a subject to its one spelling; an id stays as it is."""
    from fleet.core.subject import fold_subject

    if ":" not in text or "@" in text.partition(":")[0]:
        return text
    try:
        return fold_subject(text)
    except Unreadable as exc:
        raise Typed(str(exc)) from exc


def _as_json(what: str, found: Traced, now: datetime, up: bool, down: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"id": what, "things": [_thing(t, now) for t in found.things]}
    if up:
        data["up"] = [_thing(t, now) for t in found.up]
    if down:
        data["down"] = [_thing(t, now) for t in found.down]
    return data


def _thing(thing: Thing, now: datetime) -> dict[str, Any]:
    head, line = thing.head, line_of(thing.head, now)
    named = {"id": thing.id, "n": head.n, "at": head.at, "what": head.what, "seat": head.seat}
    said = {"turn": head.turn, "says": _said(line)}
    links = {"causes": list(thing.causes), "effects": list(thing.effects)}
    if not thing.offered:
        return {**named, **said, **links}
    steps = [(record, line_of(record, now)) for record in thing.records]
    own = [{"n": r.n, "at": r.at, "what": r.what, "says": _said(line)} for r, line in steps]
    return {**named, **said, **links, "steps": own}


def _said(line: Line) -> str:
    return " ".join(f"{line.what} {line.word} {line.says}".split())


def _print_action(view: View, part: Part, now: datetime) -> None:
    """Print one action as a tree in the order of time: what led to it, its own way, and what it led to."""
    found = part.found
    thing = found.things[0]
    offer = thing.offered
    assert offer is not None
    about = ", ".join(offer.data.get("about", ()))
    wants = f"{offer.seat} wants {offer.data['kind']}{f' about {about}' if about else ''}"
    print(f"{thing.id}  {wants}  {_stands(view, thing, now)}")
    own = [r for r in thing.records if r.what in OWN]
    records = [*(other.head for other in (*found.up, *found.down)), *own]
    lines = [line_of(record, now) for record in sorted(records, key=lambda r: r.n)]
    texts = set_lines(lines, [8, 0, 0, 0], _room())
    for text in _branches([*_more(part.up, "before"), *texts, *_more(part.down, "after")]):
        print(text)


OWN = ("verdict", "approval_answered", "action_intent", "action_outcome")
"""The records of an action that are its own way; what else is of it, messages tell better."""

SHOWN = 24
"""Things of each direction that are shown if all of them were not asked for."""
BRANCH = 3
"""Columns that a branch takes at most: in ASCII it has one more."""


def _stands(view: View, thing: Thing, now: datetime) -> str:
    """Say how an action stands, and for how long."""
    from fleet.runtime.why import end_of

    action = view.account.docket.actions.get(thing.id)
    own = [record for record in thing.records if record.what in OWN]
    if action is None:
        return end_of(own[-1]) if own else "over"
    since = own[-1].at if own else thing.records[0].at
    return f"{action.status} {ago(since, now)}"


def _more(count: int, where: str) -> list[str]:
    """Say how many are not shown."""
    return [f"and {count} more {where}: -v shows them"] if count else []


def _print(part: Part, now: datetime) -> None:
    found = part.found
    heads, before, after = (_lines(things, now) for things in (found.things, found.up, found.down))
    texts = set_lines([*heads, *before, *after], [8, 0, 0, 0], _room())
    for text in [*_more(part.things, "before"), *texts[: len(heads)]]:
        print(text)
    causes, effects = texts[len(heads) : len(heads) + len(before)], texts[len(heads) + len(before) :]
    rows = [("because of", [*_more(part.up, "before"), *causes])]
    rows.append(("and then", [*effects, *_more(part.down, "after")]))
    for title, lines in rows:
        if lines:
            print(title)
            for text in _branches(lines):
                print(text)


def _lines(things: Sequence[Thing], now: datetime) -> list[Line]:
    return [line_of(thing.head, now) for thing in things]


def _room() -> int | None:
    """Give the columns of the terminal that a branch leaves."""
    columns = width()
    return columns - BRANCH if columns is not None else None


def _branches(lines: Sequence[str]) -> list[str]:
    """Hang texts onto a trunk; one that goes on below leaves the trunk whole."""
    forks = [shown(fork) for fork in ("├ ", "│ ", "└ ", "  ")]
    wide = max(map(len, forks))
    texts = []
    for i, line in enumerate(lines):
        fork, trunk = forks[:2] if i + 1 < len(lines) else forks[2:]
        texts.append(fork.ljust(wide) + line.replace("\n", "\n" + trunk.ljust(wide)))
    return texts
