"""Overview: every seat in one list, as `fleet status` shows it. It does without the parser, so it is quick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from fleet.cli.answer import clean, print_json, revision_number
from fleet.cli.ask import Look, check_seat, look, open_view, say_aside
from fleet.cli.flags import Flags
from fleet.cli.steps import MACHINE, is_trouble, next_steps, of_machine, unseen_pauses
from fleet.cli.table import columns, shown
from fleet.cli.terminal import colours, painted, width
from fleet.cli.times import ago, short, soon, span, when, zone_of

NOT_RUNNING = 3
SHAPES = {
    "fine": ("●", "green"),
    "late": ("▲", "yellow"),
    "stale": ("▲", "yellow"),
    "empty": ("▲", "yellow"),
    "failed": ("■", "red"),
    "held": ("◇", "yellow"),
    "waiting": ("◇", "yellow"),
    "paused": ("■", "yellow"),
    "planned": ("○", "dim"),
    "gone": ("■", "red"),
    "retired": ("○", "dim"),
}
"""A health's shape and its colour. The word always stands beside it."""
TROUBLES_SHOWN = 3
DUE_SHOWN = 3
AWAITED_SHOWN = 2
"""Turns and actions that a daemon on its way down waits for and that the header names."""


NOBODY = "No daemon serves this fleet; this is what its files say. Start it: fleet up -d"


def show_status(flags: Flags, seats: Sequence[str] = (), *, exit_code: bool = False) -> int:
    """Print every seat, or those named in full; gives the exit code.

    It is 3 if no daemon runs, and with `exit_code` 1 if there is trouble.
    """
    seen = look(flags)
    answer(flags, seen, seats)
    if not seen.running:
        say_aside(flags, NOBODY)
        return NOT_RUNNING
    return 1 if exit_code and is_trouble(seen.data, seats) else 0


def answer(flags: Flags, seen: Look, seats: Sequence[str]) -> None:
    """Print what is seen of every seat, or of those named in full."""
    names = [row["seat"] for row in seen.data["seats"]]
    for name in seats:
        check_seat(name, names)
    if flags.json:
        data = {**seen.data, "running": seen.running, "machine": of_machine(seen.data)}
        if seats:
            from fleet.cli.seat import details

            data["seats"] = [row for row in data["seats"] if row["seat"] in seats]
            now = flags.now().astimezone(zone_of(seen.data["timezone"], flags.utc))
            data["details"] = details(open_view(flags), seats, now)
        print_json("status", data, flags=flags, revision=seen.data.get("revision"))
    else:
        print("\n".join(screen(flags, seen, seats)))


def screen(flags: Flags, seen: Look, seats: Sequence[str]) -> list[str]:
    """Give every seat in a list, or those named in full, as lines; with -v the list, and all of them in full."""
    zone = zone_of(seen.data["timezone"], flags.utc)
    now = flags.now().astimezone(zone)
    rows = {row["seat"]: row for row in seen.data["seats"]}
    if seats:
        return _in_full(flags, [rows[name] for name in seats], now)
    lines = [header(seen, now), *_table(seen.data, now, zone, colour=colours(flags.color))]
    lines += _notes(seen.data, now, zone, running=seen.running)
    return [*lines, "", *_in_full(flags, list(rows.values()), now)] if flags.verbose else lines


def _in_full(flags: Flags, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[str]:
    from fleet.cli.seat import seat_lines

    view = open_view(flags)
    found = [seat_lines(view, row, now) for row in rows]
    return [line for i, lines in enumerate(found) for line in (["", *lines] if i else lines)]


def header(seen: Look, now: datetime) -> str:
    """Say in one line which fleet this is, since when it is up, what today cost."""
    data = seen.data
    parts = [
        clean(data["fleet"]),
        f"rev {revision_number(data['revision']) or '-'}",
        f"{now:%a} {now.day} {now:%b %Y %H:%M %Z}",
        _up(data, seen.running, now),
        "paused" if data.get("paused") else "",
        _money(data),
    ]
    return dotted(part for part in parts if part)


def dotted(parts: Iterable[str]) -> str:
    """Set texts side by side."""
    return " · ".join(parts)


def _up(data: Mapping[str, Any], running: bool, now: datetime) -> str:
    if not running:
        return "not running"
    if data.get("stopping") is not None:
        first, more = data["stopping"][:AWAITED_SHOWN], len(data["stopping"]) - AWAITED_SHOWN
        others = f" and {more} more" if more > 0 else ""
        return f"stopping, waits for {clean(', '.join(first))}{others}" if first else "stopping"
    started = when(data.get("started_at"), now.tzinfo) if now.tzinfo else None
    return f"up {span((now - started).total_seconds())}" if started else "running"


def _money(data: Mapping[str, Any]) -> str:
    if not data.get("budget") and not data.get("spent_usd") and not data.get("unmetered"):
        return ""
    unmetered = "+?" if data.get("unmetered") else ""
    budget = f" of {data['budget'].removesuffix(' a day')}" if data.get("budget") else ""
    return f"${data.get('spent_usd') or 0:.2f}{unmetered}{budget} today"


def _table(data: Mapping[str, Any], now: datetime, zone: tzinfo, *, colour: bool) -> list[str]:
    rows = data["seats"]
    cells = [["SEAT", "HEALTH", "LAST", "NEXT", "IN", "TODAY"]]
    cells += [_row(row, data.get("you"), now, zone) for row in rows]
    lines = columns(cells, right=(4,), limit=width())
    if not colour:
        return lines
    shapes = {_shape(row["health"]): SHAPES.get(row["health"], ("", ""))[1] for row in rows}
    return [_painted(line, shapes) for line in lines]


def _painted(line: str, shapes: Mapping[str, str]) -> str:
    """Colour a line's shape: its second word."""
    seat, _, rest = line.partition("  ")
    shape = rest.lstrip().partition(" ")[0]
    colour = shapes.get(shape, "")
    head = line[: len(line) - len(rest.lstrip())]
    return head + painted(shape, colour) + rest.lstrip()[len(shape) :] if colour and seat else line


def _row(row: Mapping[str, Any], you: str | None, now: datetime, zone: tzinfo) -> list[str]:
    last = when(row["last_at"], zone)
    took = span(row.get("took_s")) if last else ""
    return [
        row["seat"],
        f"{_shape(row['health'])} {word_of(row, you)}",
        "runs now" if row.get("running") else f"{short(last, now)} {took}".rstrip(),
        short(when(row["next_at"], zone), now),
        str(row["inbox"]),
        _today(row, now, zone),
    ]


def word_of(row: Mapping[str, Any], you: str | None) -> str:
    """Say a seat's health; of one that waits, for whom, and of a person, how much he has to decide."""
    first = row.get("first")
    if row["health"] == "waiting" and not first and row.get("owes") and row["why"].startswith(row["owes"][0]):
        return "owes an answer"
    if row["health"] != "waiting" or not first:
        return str(row["health"])
    if first["seat"] != row["seat"]:
        return f"{len(row['to_decide'])} to decide"
    return "waits for you" if you in (None, first["person"]) else f"waits for {first['person']}"


def _today(row: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    first = row.get("first")
    if row["health"] != "waiting" or not first:
        return row.get("why") or ""
    more = f"; {len(row['to_decide']) - 1} more" if len(row["to_decide"]) > 1 else ""
    wants = f"{first['id']} {first['kind']}"
    unknown = " may have happened or not" if first["status"] == "unknown" else ""
    if first["seat"] != row["seat"]:
        return f"{wants} of {first['seat']}{unknown}, {ago(when(first['since'], zone), now)}{more}"
    about = f" to {', '.join(first['about'])}" if first["about"] else ""
    return f"{wants}{about}{unknown}{more}"


def shape_of(health: str) -> str:
    """Give a health as shape and word."""
    return f"{_shape(health)} {health}"


def _shape(health: str) -> str:
    return shown(SHAPES.get(health, ("?", ""))[0])


def _notes(data: Mapping[str, Any], now: datetime, zone: tzinfo, *, running: bool) -> list[str]:
    """Say below the list what is wrong with the fleet itself, and what to do next."""
    lines = [clean(problem) for problem in data.get("problems", ())]
    if data.get("problems"):
        lines.append(f"The fleet stays on revision {revision_number(data['revision'])}.")
    waits = data.get("waits", ())
    if waits:
        told = "1 change waits" if len(waits) == 1 else f"{len(waits)} changes wait"
        lines.append(f"{told}: ! {clean(waits[0]['says'])} -> fleet apply")
    due = [f"{row['seat']} since {row['review']}" for row in data["seats"] if row.get("review_due")]
    if due:
        more = f" and {len(due) - DUE_SHOWN} more" if len(due) > DUE_SHOWN else ""
        lines.append(
            f"due for review: {', '.join(due[:DUE_SHOWN])}{more} -> fleet audit --by SEAT, then a later `review:`"
        )
    lines += [_paused(one, now, zone) for one in unseen_pauses(data)]
    lines += [f"{MACHINE}: {clean(said)}" for said in of_machine(data)]
    for trouble in data.get("troubles", ())[-TROUBLES_SHOWN:]:
        at = when(trouble["at"], zone)
        says = f"{clean(trouble.get('says', ''))}{_again(trouble, now, zone)}"
        lines.append(f"{short(at, now)} {trouble.get('kind', 'trouble')}: {says}")
    if data.get("unmetered"):
        turns = "1 turn" if data["unmetered"] == 1 else f"{data['unmetered']} turns"
        lines.append(f"?: {turns} told no cost (unmetered)")
    lines.append(f"isolation: {data.get('isolation', 'none')}")
    steps = next_steps({**data, "running": running})
    return [*lines, f"Next: {dotted(steps)}"] if steps else lines


def _again(trouble: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    """Say how often the same trouble came, and that it is over."""
    first, over = when(trouble.get("first"), zone), when(trouble.get("over"), zone)
    said = [f"{trouble['count']} times since {short(first, now)}"] if first else []
    said += [f"over since {short(over, now)}"] if over and trouble.get("kind") != "storm" else []
    return f" ({', '.join(said)})" if said else ""


def _paused(one: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    until = f" until {soon(when(one['until'], zone), now)}" if one["until"] else ", until it is lifted"
    why = f": {clean(one['because'])}" if one["because"] else ""
    return f"paused: {one['what']} by {one['by']} since {short(when(one['at'], zone), now)}{until}{why}"
