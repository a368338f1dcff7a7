"""Chief, Chief of Staff: the morning report, out of the states and the mail in the brief and nothing else.

What fails comes first. A part that is stale or missing says so with its age, and none of its numbers is shown as
current.
"""

from __future__ import annotations

import os
import sys
from typing import Any

sys.path.insert(0, os.path.join(os.environ.get("FLEET_ROOT", "../.."), "kit"))

from turn import Brief, Item, clean, count, named, now_of, take

FAILING = ("failing", "newly-failing", "flaky", "not-proven", "vulnerable", "missing", "conflict")
BROKEN = ("dead-link", "dead-file", "dead-page", "dead-label", "dead-web")
URGENT = (*FAILING, *BROKEN)
QUIET = ("green", "twice")  # what a morning report needs no line for
SHOWN = 12  # lines of a part where something fails
CALM = 4  # lines of any other
MORNING = (5, 8)  # a report between these hours counts as the morning's
FRESH, STALE, MISSING = "FRESH", "STALE", "MISSING"


def turn(brief: Brief) -> dict[str, Any]:
    """Return the report."""
    now = now_of(brief)
    reads: dict[str, Any] = brief.get("reads") or {}
    marks = {seat: mark_of(read) for seat, read in reads.items()}
    order = sorted(reads, key=lambda seat: (weight(reads[seat], marks[seat]), list(reads).index(seat)))
    failing = [seat for seat in order if marks[seat] == FRESH and urgent(reads[seat])]
    blind = [seat for seat in order if marks[seat] != FRESH]
    body = [*escalations(brief), *waiting(reads)]
    for seat in order:
        body += part(seat, reads[seat], marks[seat])
    body += letters(brief)
    result: dict[str, Any] = {
        "headline": headline(brief, reads, failing, blind),
        "as_of": now.isoformat(),
        "items": [*(blind_item(seat, reads[seat], marks[seat]) for seat in blind), *carried(reads, failing)],
        "body": "\n".join(body),
    }
    if MORNING[0] <= now.hour < MORNING[1]:
        result["scorecard"] = {"report_by_0800": 1}
    return result


# What a part is worth


def mark_of(read: dict[str, Any]) -> str:
    """Say whether a state is there and fresh."""
    if not read.get("state"):
        return MISSING
    return FRESH if read.get("fresh") else STALE


def entries(read: dict[str, Any]) -> list[Item]:
    """Return the items of a state."""
    return [one for one in (read.get("state") or {}).get("items") or [] if isinstance(one, dict)]


def urgent(read: dict[str, Any]) -> list[Item]:
    """Return what fails or is broken."""
    return [one for one in entries(read) if one.get("kind") in URGENT]


def weight(read: dict[str, Any], mark: str) -> int:
    """Return where a part stands: what fails, what is broken, what nobody knows, then the rest."""
    if mark != FRESH:
        return 2
    kinds = {one.get("kind") for one in urgent(read)}
    return 0 if kinds & set(FAILING) else 1 if kinds else 3


def age(read: dict[str, Any]) -> str:
    """Return the age of a state in words."""
    seconds = read.get("age_s")
    if not isinstance(seconds, int | float):
        return "of unknown age"
    if seconds < 5400:
        return f"{round(seconds / 60)} min old"
    return f"{round(seconds / 3600)} h old" if seconds < 172800 else f"{round(seconds / 86400)} days old"


# Answering


def headline(brief: Brief, reads: dict[str, Any], failing: list[str], blind: list[str]) -> str:
    """Say in one line what needs a person."""
    told = [clean(str(reads[seat]["state"].get("headline") or seat), 120) for seat in failing[:2]]
    parts = []
    if number := sum(one.get("type") == "ESCALATION" for one in brief.get("mail") or []):
        parts.append(f"{count(number, 'escalation')} first")
    parts += told
    if len(failing) > 2:
        parts.append(f"{count(len(failing) - 2, 'more part')} in trouble")
    if blind:
        parts.append(f"{count(len(blind), 'part')} stale or missing: {named(blind, 6)}")
    rows = [row for read in reads.values() for row in read.get("waits") or []]
    asked, held = ([row for row in rows if row.get("status") == status] for status in ("asked", "held"))
    parts += [f"{len(asked)} waiting for a yes"] if asked else []
    parts += [f"{len(held)} held"] if held else []
    others = [read for seat, read in reads.items() if seat not in [*failing, *blind]]
    unknown = [place(one) for read in others for one in entries(read) if one.get("kind") == "not-known"]
    parts = parts or [f"All {len(reads)} parts are fresh and nothing fails"]
    parts += [f"not known: {named(name.partition(':')[2] for name in unknown)}"] if unknown else []
    return "; ".join(parts)


def blind_item(seat: str, read: dict[str, Any], mark: str) -> Item:
    """Return the item on a part that cannot be shown."""
    return {"about": f"seat:{seat}", "kind": mark.lower(), "because": blind_why(read, mark), "confidence": 1}


def blind_why(read: dict[str, Any], mark: str) -> str:
    """Say since when a part cannot be shown."""
    note = f"; {clean(str(read['note']))}" if read.get("note") else ""
    if mark == MISSING:
        return f"no state can be read{note}"
    return f"no fresh state since {read.get('as_of') or 'an unknown time'}, {age(read)}{note}"


def carried(reads: dict[str, Any], failing: list[str]) -> list[Item]:
    """Return what fails as the report's own items, in the words of the seat that found it."""
    keys = ("about", "kind", "because", "confidence", "with")
    return [
        {key: one[key] for key in keys if key in one}
        for seat in failing
        for one in urgent(reads[seat])[:SHOWN]
    ]


def escalations(brief: Brief) -> list[str]:
    """Return what went up the ladder to this seat."""
    return letters_of(brief, "Escalations", urgent_ones=True)


def letters(brief: Brief) -> list[str]:
    """Return the other mail."""
    return letters_of(brief, "Mail", urgent_ones=False)


def letters_of(brief: Brief, title: str, *, urgent_ones: bool) -> list[str]:
    """Return one part of the mail as lines."""
    mail = [one for one in brief.get("mail") or [] if (one.get("type") == "ESCALATION") == urgent_ones]
    rows = [f"- {one.get('from')}, {one.get('type')}: {clean(str(one.get('subject') or ''))}" for one in mail]
    return [f"## {title}", "", *rows, ""] if rows else []


def waiting(reads: dict[str, Any]) -> list[str]:
    """Return the actions that are held or wait for a person, with the gate's own reason."""
    rows = []
    for seat, read in reads.items():
        for one in read.get("waits") or []:
            if one.get("status") in ("offered", "running"):
                continue
            where = (
                f"waits for the yes of {one.get('person')}"
                if one.get("status") == "asked"
                else one.get("status")
            )
            rows.append(
                f"- {one.get('id')} of {seat}, {one.get('kind')} about {one.get('about')}, {where}: {one.get('reason')}"
            )
    return ["## Waiting", "", *rows, ""] if rows else []


def part(seat: str, read: dict[str, Any], mark: str) -> list[str]:
    """Return one part of the report."""
    if mark != FRESH:
        return [
            f"## {seat}: {mark}",
            "",
            f"**{mark}**: {blind_why(read, mark)}. Nothing of it is shown as current.",
            "",
        ]
    found = sorted(
        (one for one in entries(read) if one.get("kind") not in QUIET),
        key=lambda one: one.get("kind") not in URGENT,
    )
    most = SHOWN if urgent(read) else CALM
    rows = [
        f"- {place(one)}, {one.get('kind')}: {clean(str(one.get('because') or ''))}" for one in found[:most]
    ]
    rows += [f"- and {len(found) - most} more in its own state"] if len(found) > most else []
    lines = [
        f"## {seat}: {FRESH}",
        "",
        clean(str(read["state"].get("headline") or "it has no headline"), 300),
        "",
        *rows,
    ]
    return [
        *lines,
        *([""] if rows else []),
        f"_data of {read.get('as_of') or 'an unknown time'}, {age(read)}_",
        "",
    ]


def place(one: Item) -> str:
    """Return what an item is about, as a person looks for it."""
    given = one.get("with") or {}
    if given.get("file"):
        return f"{clean(str(given['file']))}:{given.get('line')}"
    return clean(str(given.get("test") or given.get("branch") or one.get("about")))


if __name__ == "__main__":
    sys.exit(take("chief", turn))
