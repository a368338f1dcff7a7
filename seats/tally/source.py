"""A source: what the state of another seat says of one metric, as it stands there, or why nothing can be taken."""

import re
from datetime import datetime
from typing import NamedTuple

PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?%?")
MOST = 1e15  # the scorecard takes no more digits
FIRST_YEAR = 2000  # what is older is no time of a value
LONGEST = 160  # characters of what others wrote that are quoted


class Row(NamedTuple):
    """One row of sources.csv: which metric is moved from where, and what says when it was true.

    `time` is `as_of`, or `written` for a person: a person's word that names no time is true when it is given. An
    agent's never is: it may say the same old thing every hour.
    """

    metric: str
    seat: str
    key: str
    time: str


class Found(NamedTuple):
    """A value as its source gives it, and where and when it was true."""

    value: int | float | str
    as_of: datetime
    evidence: str


class Nothing(Exception):
    """Why a source gives no value, in words for a person."""


def found_of(reads: dict, row: Row, now: datetime) -> Found:
    """Return the value of a metric; raises Nothing."""
    if row.seat not in reads:
        raise Nothing("the chart does not let tally read it")
    read = reads[row.seat] if isinstance(reads[row.seat], dict) else {}
    state = relied_on(read)
    value, as_of, evidence = taken(state, row.key)
    turn = state.get("turn")
    if not isinstance(turn, str) or not turn:
        raise Nothing("its state does not say which turn wrote it")
    where = f"{row.seat} {turn}" + (f": {short(evidence)}" if evidence else "")
    said = (
        as_of or read.get("as_of") or state.get("as_of") or (row.time == "written" and state.get("written"))
    )
    return Found(number(value, row.key), moment(said, now), where)


def relied_on(read: dict) -> dict:
    """Return a state that is there, fresh, and does not rest on a source that stopped; raises Nothing."""
    state, note = read.get("state"), f": {short(read['note'])}" if read.get("note") else ""
    if state is None:
        raise Nothing(f"there is no state to read{note}")
    if not isinstance(state, dict):
        raise Nothing("its state has another form than a state has")
    if read.get("fresh") is not True:
        raise Nothing(f"its state is too old{note}")
    for item in entries(state):
        if item.get("kind") == "stale-source":
            raise Nothing(f"it says that its own source stopped: {short(item.get('because') or '')}")
    return state


def entries(state: dict) -> list[dict]:
    """Return the items of a state that have the form of an item."""
    items = state.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def taken(state: dict, key: str) -> tuple[object, object, object]:
    """Return value, own time and own evidence of `scorecard.KEY`, or of `KIND.KEY` of the one item of that kind."""
    place, _, name = key.partition(".")
    if place == "scorecard":
        holders = [state["scorecard"]] if isinstance(state.get("scorecard"), dict) else []
    else:
        items = [item for item in entries(state) if item.get("kind") == place]
        holders = [item["with"] for item in items if isinstance(item.get("with"), dict)]
    values = [holder[name] for holder in holders if holder.get(name) is not None]
    if len(values) != 1:
        raise Nothing(f"its state gives {'two values' if values else 'no value'} for {name}")
    value = values[0]
    if isinstance(value, dict):
        return value.get("value"), value.get("as_of"), value.get("evidence")
    return value, None, None


def number(value: object, key: str) -> int | float | str:
    """Return a value that is a number, untouched; raises Nothing."""
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST:
        return value
    raise Nothing(f"what its state gives for {key.partition('.')[2]} is no number")


def moment(given: object, now: datetime) -> datetime:
    """Return when a value was true; raises Nothing where that is not said, or has not come yet."""
    try:
        at = datetime.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        raise Nothing("its state does not say when its value was true") from None
    if at.tzinfo is None or at.year < FIRST_YEAR:
        raise Nothing("its state does not say when its value was true")
    if at > now:
        raise Nothing(f"its state says that it was true at {at.isoformat()}, and that has not come yet")
    return at


def short(text: object) -> str:
    """Return what others wrote on one line, cut where it is long."""
    line = " ".join(str(text).replace("|", "/").split())
    return line if len(line) <= LONGEST else line[:LONGEST].rstrip() + " ..."
