"""State: what a seat publishes, as the text of its file and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.message import SplitFront, WriteFront, say_time
from fleet.core.past import Claim
from fleet.core.prose import ReadFront
from fleet.errors import Unreadable

if TYPE_CHECKING:
    from fleet.core.result import Result


@dataclass(frozen=True, slots=True)
class Header:
    """What the runtime says of a state: whose it is, from which turn, how long it holds.

    `stale` names the inputs that were stale or missing; `outside` is the stamp of strangers' text.
    """

    seat: str
    turn: str
    written: datetime
    as_of: datetime | None = None
    good_until: datetime | None = None
    stale: tuple[str, ...] = ()
    outside: bool = False


def render_state(
    header: Header, result: Result, claims: Sequence[Claim], *, write_front: WriteFront, zone: ZoneInfo
) -> str:
    """Write the file of a state. `claims` are all that stand, also those from before."""
    from fleet.core.result import items_json, scorecard_json  # here, since reading needs no pydantic

    front: dict[str, Json] = {
        "seat": header.seat,
        "turn": header.turn,
        "written": say_time(header.written, zone),
        "as_of": say_time(header.as_of, zone),
        "good_until": say_time(header.good_until, zone),
        "outside": "yes" if header.outside else None,
        "stale": list(header.stale) or None,
        "headline": result.headline,
        "claims": [_claim(claim, zone) for claim in claims],
        "scorecard": scorecard_json(result.scorecard),
        "items": items_json(result.items),
    }
    kept = {key: value for key, value in front.items() if value is not None}
    return f"---\n{write_front(kept)}---\n{result.body}\n"


def _claim(claim: Claim, zone: ZoneInfo) -> dict[str, Json]:
    said = {"about": claim.about, "until": say_time(claim.until, zone), "because": claim.because or None}
    return {key: value for key, value in said.items() if value is not None}


def read_state(text: str, *, read_front: ReadFront, split_front: SplitFront) -> dict[str, Json]:
    """Read a state's file as JSON: the keys of its front matter, and `body`; raises Unreadable."""
    parts = split_front(text)
    if parts is None:
        raise Unreadable("this is not a state: it does not begin with front matter between two lines `---`")
    found = read_front(parts[0])
    if not isinstance(found, dict):
        raise Unreadable("this is not a state: its front matter has no keys")
    for key in ("seat", "turn", "written"):
        if not isinstance(found.get(key), str):
            raise Unreadable(f"this is not a state: {key} is missing")
    for key in ("claims", "items"):
        if not isinstance(found.setdefault(key, []), list):
            raise Unreadable(f"this is not a state: {key} is not a list")
    if not isinstance(found.setdefault("scorecard", {}), dict):
        raise Unreadable("this is not a state: scorecard is not a mapping")
    return {**found, "body": parts[1].removesuffix("\n")}
