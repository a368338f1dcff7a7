"""Tally, Scorecard: moves values from the states of other seats to the scorecard, each with its own time and place.

It computes nothing and fills no gap. What it has moved and whom it has alerted it knows from its own last state: that
holds what took effect, and nothing else, whatever became of a turn that was killed.
"""

import csv
import hashlib
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from source import Found, Nothing, Row, entries, found_of

COLUMNS = ["metric", "seat", "key", "time"]
TIMES = ("as_of", "written")


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


class Line(NamedTuple):
    """One row of the scorecard in this turn: what was found or why nothing was, and what is remembered of it."""

    row: Row
    found: Found | None
    why: str  # why there is no value, or why the runtime holds it
    moved: str  # fingerprint of the value moved last
    news: bool
    told: str  # the day on which its source was last escalated

    @property
    def kind(self) -> str:
        """Return what the row is: a value, held, or empty."""
        return "empty" if self.found is None else "held" if self.why else "value"


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), read_sources(Path("sources.csv")))))
    except Trouble as trouble:
        print(f"tally: {trouble}", file=sys.stderr)
        return 1
    return 0


def read_brief() -> dict:
    """Return the brief of this turn."""
    try:
        brief = json.loads(Path(os.environ["FLEET_BRIEF"]).read_text(encoding="utf-8"))
    except KeyError:
        raise Trouble("FLEET_BRIEF is not set; this program is started by fleet") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Trouble(f"cannot read the brief: {error}") from error
    if not isinstance(brief, dict) or not isinstance(brief.get("reads"), dict):
        raise Trouble("the brief is not a JSON object with what is read")
    return brief


def read_sources(path: Path) -> list[Row]:
    """Return the rows of sources.csv; a row that cannot be read stops the turn, for it would be a gap unseen."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise Trouble(f"cannot read {path}: {error}") from error
    if not lines or lines[0] != COLUMNS:
        raise Trouble(f"{path}: the first line must be {','.join(COLUMNS)}")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(COLUMNS) or not all(line) or "." not in line[2] or line[3] not in TIMES:
            raise Trouble(
                f"{path}: line {number} is not a metric, a seat, a key like scorecard.METRIC, and a time"
            )
        rows.append(Row(*line))
    return rows


def turn(brief: dict, rows: list[Row]) -> dict:
    """Return what is moved now, what is empty, and whom to alert."""
    try:
        now = datetime.fromisoformat(str(brief.get("now")))
    except ValueError:
        raise Trouble("the brief does not say what time it is") from None
    held = held_by(brief)
    memory = memory_of(brief)
    lines = [line_of(brief["reads"], row, memory.get(row.metric, {}), held, now) for row in rows]
    raised, told = escalations(lines, now.date().isoformat())
    lines = [line._replace(told=told.get(line.row.seat, "")) for line in lines]
    result = {
        "headline": headline(lines),
        "items": [item_of(line) for line in lines],
        "scorecard": {line.row.metric: value_of(line.found) for line in lines if line.news and line.found},
        "escalate": raised,
        "body": body(lines, sorted(held.values()), now),
    }
    times = [line.found.as_of for line in lines if line.found]
    return {**result, **({"as_of": max(times).isoformat()} if times else {})}


# What is remembered


def memory_of(brief: dict) -> dict[str, dict]:
    """Return what the last state that took effect says of each metric; without one nothing is known."""
    own = brief["reads"].get("tally")
    state = own.get("state") if isinstance(own, dict) else None
    kept = {}
    for item in entries(state) if isinstance(state, dict) else []:
        known = item.get("with")
        if isinstance(known, dict):
            kept[str(item.get("about")).partition(":")[2]] = {**known, "kind": item.get("kind")}
    return kept


def held_by(brief: dict) -> dict[str, str]:
    """Return the values that were not written because they cannot be true, as the corrections say it."""
    notes = brief.get("corrections")
    listed = notes if isinstance(notes, list) else []
    said = [str(note.get("says")) for note in listed if isinstance(note, dict)]
    return {text.partition(":")[0][10:]: text for text in said if text.startswith("scorecard.")}


def mark_of(found: Found) -> str:
    """Return a fingerprint of a value and its time, so that no old number has to be kept."""
    return hashlib.sha256(f"{found.value} {found.as_of.timestamp()}".encode()).hexdigest()[:16]


def line_of(reads: dict, row: Row, known: dict, held: dict[str, str], now: datetime) -> Line:
    """Return one row: a value that was moved before at the same time of truth is no news."""
    moved, told = str(known.get("moved") or ""), str(known.get("told") or "")
    try:
        found = found_of(reads, row, now)
    except Nothing as why:
        return Line(row, None, str(why), moved, False, told)
    mark = mark_of(found)
    why = ""
    if mark == moved:
        why = held.get(row.metric) or (str(known.get("held") or "") if known.get("kind") == "held" else "")
    return Line(row, found, why, mark, mark != moved, told)


# Answering


def escalations(lines: list[Line], today: str) -> tuple[list[dict], dict[str, str]]:
    """Return what to escalate, once a day and source and all in one if over half fail, and who was told of today."""
    told = {line.row.seat: line.told for line in lines if line.told == today}
    failing: dict[str, list[Line]] = {}
    for line in lines:
        if line.found is None:
            failing.setdefault(line.row.seat, []).append(line)
    sources = {line.row.seat for line in lines}
    fresh = [seat for seat in failing if seat not in told]
    told |= dict.fromkeys(fresh, today)
    if not fresh:
        return [], told
    if len(failing) * 2 <= len(sources):
        return [{"about": f"seat:{seat}", "because": because(seat, failing[seat])} for seat in fresh], told
    said = "; ".join(because(seat, failing[seat]) for seat in failing)
    text = f"HIGH PRIORITY: {len(failing)} of {len(sources)} sources of the scorecard fail at once. {said}"
    return [{"about": [f"seat:{seat}" for seat in failing], "because": text}], told


def because(seat: str, lines: list[Line]) -> str:
    """Say which rows a source leaves empty and why."""
    reasons = "; ".join(dict.fromkeys(line.why for line in lines))
    return f"{seat} leaves {' and '.join(line.row.metric for line in lines)} empty: {reasons}"


def value_of(found: Found) -> dict:
    """Return a value as the scorecard takes it; its time is that of its source, never of this turn."""
    return {"value": found.value, "as_of": found.as_of.isoformat(), "evidence": found.evidence}


def item_of(line: Line) -> dict:
    """Return a row as an item: the value with its time and place, or why it is empty or held."""
    known = {"seat": line.row.seat, "moved": line.moved, "told": line.told}
    if line.found:
        known |= {"as_of": line.found.as_of.isoformat(), "evidence": line.found.evidence}
    if line.kind == "value" and line.found:
        known["value"] = line.found.value
    if line.kind == "held":
        known["held"] = line.why
    said = {"empty": f"{line.row.seat}: {line.why}", "held": line.why, "value": f"moved from {line.row.seat}"}
    return {
        "about": f"metric:{line.row.metric}",
        "kind": line.kind,
        "because": said[line.kind],
        "confidence": 1,
        "with": {key: value for key, value in known.items() if value != ""},
    }


def headline(lines: list[Line]) -> str:
    """Return the one line that others quote."""
    filled = sum(line.kind == "value" for line in lines)
    parts = [f"{filled} of {len(lines)} rows filled, {sum(line.news for line in lines)} of them new"]
    for kind in ("empty", "held"):
        names = [line.row.metric for line in lines if line.kind == kind]
        parts += [f"{kind}: {', '.join(names)}"] if names else []
    return "; ".join(parts)


def body(lines: list[Line], held: list[str], now: datetime) -> str:
    """Return the page a person reads: every row, the empty ones too."""
    page = ["| metric | value | true at | from | |", "|---|--:|---|---|---|"]
    for line in lines:
        name, found = line.row.metric, line.found
        if found and not line.why:
            at = f"{found.as_of.astimezone(now.tzinfo):%a %d %b %H:%M}"
            said = "new" if line.news else "moved before"
            page.append(f"| {name} | {found.value} | {at} | {found.evidence} | {said} |")
        else:
            page.append(f"| {name} | - | | {line.row.seat} | {line.kind}: {line.why} |")
    page += ["", *(f"- Not written: {text}" for text in held)]
    page += [f"Checked {now:%a %d %b %H:%M}. A row without a value stays empty; nothing is carried over.", ""]
    return "\n".join(page)


if __name__ == "__main__":
    sys.exit(main())
