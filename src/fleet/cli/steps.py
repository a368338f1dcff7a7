"""Steps: the next commands to type, in the order in which they help: the cause before what follows from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
MACHINE, WHOLE = "machine", "the whole fleet"
MOST = 3
BROKEN = ("failed", "empty", "stale", "gone", "late")
"""Health that somebody has to mend, the worst first."""

SILENT = re.compile(r": exit [0-9]+(?:;|$)(?! last words)")
"""How the reason of a failed turn ends that wrote nothing to stderr."""
PAUSED = re.compile(f": ({WHOLE}|[^ ]+) is paused by ")
"""How the reason of an action begins that a pause holds, with what is paused."""


def next_steps(data: Mapping[str, Any]) -> list[str]:
    """Suggest up to three commands: the file, what waits for a yes, the machine, then causes, worst first."""
    steps = ["fleet check"] if data.get("problems") else []
    mine = _mine(data)
    if mine:
        steps.append(f"fleet approve {mine[0]}" if len(mine) == 1 else "fleet approve")
    if data.get("running") is False and any(row.get("cause") == MACHINE for row in data["seats"]):
        steps.append("fleet up -d")
    if data.get("waits"):
        steps.append("fleet plan")
    if data.get("paused"):
        steps.append("fleet resume")
    steps += [one["next"] for one in data.get("troubles", ()) if one.get("next")]
    steps += [step for row, _ in causes(data["seats"]) for step in _step(row, data)]
    steps += [f"fleet resume {one['what']}" for one in unseen_pauses(data) if one["what"] != WHOLE]
    return list(dict.fromkeys(steps))[:MOST]


def is_trouble(data: Mapping[str, Any], seats: Sequence[str] = ()) -> bool:
    """Say whether somebody has to mend something: of these seats, of all and the fleet itself if none are named."""
    rows = [row for row in data["seats"] if not seats or row["seat"] in seats]
    whole = not seats and (data.get("problems") or of_machine(data))
    return bool(whole) or any(row["health"] in BROKEN for row in rows)


def causes(rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """Pick the seats whose trouble is their own, each with how many follow from it; most of them first."""
    follow = Counter(row.get("cause") for row in rows if row["health"] in BROKEN)
    own = [row for row in rows if not (row["health"] in BROKEN and row.get("cause"))]
    own.sort(key=lambda row: (-follow[row["seat"]], row["health"] not in BROKEN))
    return [(row, follow[row["seat"]]) for row in own]


def _step(row: Row, data: Mapping[str, Any]) -> Iterator[str]:
    name, word = row["seat"], row["health"]
    if word == "failed" and SILENT.search(row.get("why", "")):  # its log is empty
        yield f"fleet why {name}"
    elif word in ("failed", "empty"):
        yield f"fleet tail {name} --kind log"
    elif word == "paused" and not data.get("paused"):
        yield f"fleet resume {name}"
    elif word == "waiting" and not row.get("to_decide"):
        yield f"fleet inbox {name}"
    elif word == "held" and (stopped := PAUSED.search(row.get("why", ""))):
        yield "fleet resume" if stopped[1] == WHOLE else f"fleet resume {stopped[1]}"
    elif word in ("held", "stale", "gone"):
        yield f"fleet why {name}"


def step_of(row: Row) -> str:
    """Suggest the one command that helps with a seat: towards the cause, if that is another's."""
    cause = row.get("cause")
    if row["health"] in BROKEN and cause:
        return "fleet status" if cause == MACHINE else f"fleet why {cause}"
    if row.get("to_decide"):
        return f"fleet approve {row['to_decide'][0]}"
    return next(_step(row, {}), "")


def unseen_pauses(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Pick the pauses that no seat's row shows."""
    seats = {row["seat"] for row in data["seats"]}
    return [one for one in data.get("pauses", ()) if one["what"] not in seats]


def of_machine(data: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the fleet itself, and with no seat."""
    said = []
    if data.get("stuck"):
        said.append(f"nothing can be recorded, so nothing is started: {data['stuck']}")
    if data.get("watch") is False:
        said.append("file events do not arrive; folders are looked at every second")
    return said


def _mine(data: Mapping[str, Any]) -> list[str]:
    """List what the person who looks has to decide; anybody's, where it is always the one concerned."""
    you = data.get("you")
    people = [row for row in data["seats"] if row.get("first") and row["first"]["seat"] != row["seat"]]
    ids = [i for row in people if you in (None, row["seat"]) for i in row["to_decide"]]
    return list(dict.fromkeys(ids))
