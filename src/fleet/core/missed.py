"""What becomes of a missed wake: skip, run once, run all."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from fleet.core.frozen import dataclass
from fleet.core.span import read_span
from fleet.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Missed:
    """The policy; `under` bounds how late the one catch-up may be, None is however late."""

    kind: Literal["skip", "once", "all"]
    under: timedelta | None = None


PHRASES = {"skip": Missed("skip"), "run once": Missed("once"), "run all": Missed("all")}


def read_missed(text: str) -> Missed:
    """Read `skip`, `run once [if under D late]` or `run all`. Raises Unreadable."""
    if text in PHRASES:
        return PHRASES[text]
    found = re.fullmatch(r"run once if under ([^\n]+) late", text)
    if not found:
        why = "a missed wake is one of: skip, run once [if under D late], run all"
        raise Unreadable(why, end=len(text), suggestions=_tries(text))
    try:
        return Missed("once", read_span(found[1]))
    except Unreadable as exc:
        mended = [f"run once if under {s} late" for s in exc.suggestions]
        raise Unreadable(exc.why, start=found.start(1), end=found.end(1), suggestions=mended) from None


def _tries(text: str) -> tuple[str, ...]:
    lower = text[:80].lower()
    if late := re.search(r"([1-9][0-9]{0,3}) ?([smhdw])", lower):
        return (f"run once if under {late[1]}{late[2]} late",)
    for word, phrase in (("all", "run all"), ("once", "run once"), ("never", "skip"), ("skip", "skip")):
        if word in lower:
            return (phrase,)
    return ("run once if under 2h late", "run once", "skip", "run all")
