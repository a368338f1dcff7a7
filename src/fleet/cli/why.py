"""`fleet why`: why a thing did or did not run, wait, get refused, in a manager's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import open_view
from fleet.cli.card import escaped
from fleet.cli.flags import Flags
from fleet.cli.table import wrapped
from fleet.cli.takes import argument
from fleet.cli.terminal import width
from fleet.cli.times import exact, zone_of
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.story import Step
    from fleet.runtime.view import View
    from fleet.runtime.why import Why

LABEL = 10
WIDE = 160
"""Columns of a line where no terminal says how many it has."""
LABELS = {"seat": "open", "turn": "woken by", "wake": "merged", "revision": "waited"}
"""What stands before the reasons of a thing, if that is not what a verdict has seen."""


def why(
    flags: Flags,
    *,
    what: Annotated[str, argument(metavar="SEAT|ID", help="What is asked about.", show_default=False)],
) -> int:
    """Say why a seat, turn, action, message, wake, matter or revision stands as it does, newest first."""
    from fleet.runtime.why import why as answer

    view = open_view(flags)
    now = flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))
    found = answer(view, what, now)
    if found is None:
        raise _unknown(view, what)
    if flags.json:
        revision = view.account.revision.id if view.account.revision else None
        print_json("why", as_json(found), flags=flags, revision=revision)
        return 0
    for line in why_lines(found, now):
        print(line)
    return 0


def _unknown(view: View, what: str) -> Typed:
    if ":" in what and "@" not in what.partition(":")[0]:
        return Typed(f"{what[:160]!r} is a subject: fleet trace {what[:160]} shows all about it")
    from fleet.cli.meant import nothing_of

    return nothing_of(view, what)


def as_json(found: Why) -> dict[str, Any]:
    """Give an answer as JSON."""
    head = {"id": found.id, "what": found.what, "title": found.title, "stands": found.stands}
    said = {"says": found.says, "rule": found.rule or None, "place": found.place or None}
    return {
        **head,
        **said,
        "with": found.payload,
        "because": list(found.because),
        "next": list(found.next),
        "chain": [_step(one) for one in found.chain],
    }


def _step(one: Step) -> dict[str, Any]:
    head = {"n": one.n, "at": one.at, "what": one.what, "who": one.who, "says": one.says}
    return {**head, "place": one.place or None, "rule": one.rule or None, "evidence": list(one.evidence)}


def why_lines(found: Why, now: datetime) -> Iterator[str]:
    """Give an answer as lines: what it is, why it stands so, on what, what comes next, and how it came to it."""
    yield f"{found.id}  {clean(found.title)}  {found.stands}"
    place = f"  {found.place}" if found.place else ""
    yield from _paragraphs("why", [found.says if found.rule else f"{found.says}{place}"])
    yield from _paragraphs("rule", [f"{found.rule}{place}"] if found.rule else [])
    yield from _given(found.payload)
    yield from _paragraphs(LABELS.get(found.what, "seen"), found.because)
    yield from _paragraphs("next", found.next)
    rows = [(exact(one.at.astimezone(now.tzinfo), now), one) for one in found.chain]
    stamp = max((len(at) for at, _ in rows), default=0)
    who = max((len(one.who) for _, one in rows), default=0)
    if rows:
        yield "so far, newest first"
    for at, one in rows:
        lead = f"  {at:<{stamp}}  {one.who:<{who}}  "
        yield from wrapped(lead, clean(one.says) + (f"  {one.place}" if one.place else ""), width())


def _given(payload: Any) -> Iterator[str]:
    """Give what an action was to be done with on one line, as an example of a rule takes it; cut if it is long."""
    if payload:
        text, room = escaped(json.dumps(payload, ensure_ascii=False)), (width() or WIDE) - LABEL - 2
        more = ".. (whole: --json)"
        yield f"  {'with':<{LABEL}}{text if len(text) <= room else text[: room - len(more)] + more}"


def _paragraphs(label: str, texts: tuple[str, ...] | list[str]) -> Iterator[str]:
    for i, text in enumerate(texts):
        yield from wrapped(f"  {label if i == 0 else '':<{LABEL}}", clean(text), width())
