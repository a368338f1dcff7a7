"""Kinds: action kinds that nobody can do or that no conflict reaches, and secrets that are named in vain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from fleet.core.chart import ActionKind, Chart, Path
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of
from fleet.core.read.rank import can_harm

_MEANT = ("tools", "permissions", "allow", "allowed", "actions", "do", "ask")
"""Other people's words for `can`."""
_SECRET = re.compile(r"\$(?:\{([A-Z][A-Z0-9_]*)\}|([A-Z][A-Z0-9_]*))")
"""A secret as it is named in a text; runtime.act puts it in where a header names one."""


def kinds(chart: Chart, found: Found) -> None:
    """Note what is odd about the action kinds of a chart."""
    able = {kind for seat in chart.seats.values() for kind in (*seat.can.do, *seat.can.ask)}
    if able <= chart.actions.keys():  # else one of them is misspelled, and that is told
        _unused(chart, able, found)
    abouts = tuple(dict.fromkeys(conflict.about for conflict in chart.conflicts))
    for kind in chart.actions.values():
        if abouts and kind.name in able and not kind.about and can_harm(kind):
            what = f"{kind.name} names no subject, so no conflict ever stops it"
            why = "a conflict is looked for by what an action is about"
            tries = [f"about: {about}" for about in abouts[:3]]
            found.say("F248", kind.place, what, why=why, tries=tries, level="warning")
        _headers(chart, kind, found)
        _words(chart, kind.run, ("actions", kind.name, "run"), kind.place, found)
    for seat in chart.seats.values():
        if seat.holder.kind == "run":
            _words(chart, seat.holder.argv, ("seats", seat.id, "run"), seat.place, found)


def _unused(chart: Chart, able: Set[str], found: Found) -> None:
    """Kinds that no seat can do; not if some seat says that it never does, or a planned one may get it later."""
    if any(seat.holder.is_planned for seat in chart.seats.values()):
        return
    refused = {kind for seat in chart.seats.values() for kind in seat.never}
    for kind in chart.actions.values():
        if kind.name not in able and kind.name not in refused and not _is_written(chart, kind.name):
            tries = (f"can: {{ask: {{{kind.name}: PERSON}}}}",)
            found.say("F247", kind.place, f"no seat can do {kind.name}", tries=tries, level="warning")


def _is_written(chart: Chart, kind: str) -> bool:
    """Whether some seat names it, or may do so, in what could not be read and was told of already."""
    ways = (("can",), ("can", "do"), ("can", "ask"), *((word,) for word in _MEANT))
    return any(
        (not (seat.can.do or seat.can.ask or seat.can.use) and ("seats", name, "can") in chart.places)
        or any(("seats", name, *way, kind) in chart.places for way in ways)
        for name, seat in chart.seats.items()
    )


def _headers(chart: Chart, kind: ActionKind, found: Found) -> None:
    for header, text in kind.headers.items():
        for secret in _named(text):
            if secret not in kind.use:
                place = place_of(chart, ("actions", kind.name, "headers", header), kind.place)
                what = f"the header {header} names ${secret}, which `use` does not list"
                why = f"it would be sent as the text ${secret}"
                tries = (f"use: [{', '.join([*kind.use, secret])}]",)
                found.say("F249", place, what, why=why, tries=tries, level="warning")


def _words(chart: Chart, words: Iterable[str], path: Path, otherwise: Place, found: Found) -> None:
    """A command is started without a shell, which alone would put a secret in."""
    for word in words:
        for secret in _named(word) if "$" in word else ():
            what = f"the program gets the word {word!r}, not what {secret} holds"
            why = f"no shell fills it in; a program finds the secrets of its `use` in its environment, as {secret}"
            found.say("F249", place_of(chart, path, otherwise), what, why=why, level="warning")
            return


def _named(text: str) -> list[str]:
    return [match[1] or match[2] for match in _SECRET.finditer(text)]
