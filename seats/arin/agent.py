"""Arin, Call Center: which reps need coaching, and a draft for each that a person reads before it is sent.

It reads data/calls/daily.csv and prints one result as JSON. Numbers that are missing or old are not judged.
"""

import csv
import json
import os
import re
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from judge import (
    DAYS,
    FLOOR,
    Book,
    Day,
    Rep,
    Span,
    always_of,
    confidence_of,
    minutes,
    reasons_of,
    rep_of,
    team_of,
)
from memory import checkpoint, remember, remembered

SOURCE = "data/calls/daily.csv"
AT_MOST = 2  # reps a day: coaching takes somebody's time
AGAIN_DAYS = 7
FEED_HOUR = 6  # yesterday's rows are due by six in the morning
SUNDAY = 6
NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,59}")


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), zoned_now())))
    except Trouble as trouble:
        print(f"arin: {trouble}", file=sys.stderr)
        return 1
    return 0


def read_brief() -> dict:
    """Return the brief of this turn."""
    try:
        brief = json.loads(Path(os.environ["FLEET_BRIEF"]).read_text(encoding="utf-8"))
    except KeyError:
        raise Trouble("FLEET_BRIEF is not set; this program is started by fleet") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"cannot read the brief: {error}") from error
    if not isinstance(brief, dict):
        raise Trouble("the brief is not a JSON object")
    return brief


def zoned_now() -> datetime:
    """Return FLEET_NOW in the fleet's zone; there is no other clock."""
    try:
        now = datetime.fromisoformat(os.environ["FLEET_NOW"])
        return now.astimezone(ZoneInfo(os.environ["TZ"]) if os.environ.get("TZ") else now.tzinfo)
    except (KeyError, ValueError, OSError) as error:
        raise Trouble(f"cannot tell the time from FLEET_NOW and TZ: {error!r}") from error


def turn(brief: dict, now: datetime) -> dict:
    """Return who needs coaching as of the newest day, or that this cannot be said."""
    letters = [
        f"Read {m.get('id')} from {m.get('from')}: {m.get('subject')}." for m in brief.get("mail") or []
    ]
    try:
        book, broken = read_calls(Path(os.environ.get("FLEET_ROOT", "../..")) / SOURCE, now.date())
    except OSError as error:
        how = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise Trouble(f"{SOURCE} {how}; nobody was judged") from error
    newest = max((day for days in book.values() for day in days), default=0)
    if not newest:
        raise Trouble(f"{SOURCE} has no readable row before today; nobody was judged")
    if newest < due_day(now).toordinal():
        return no_numbers(f"{SOURCE} ends on {date.fromordinal(newest)}", newest, now, letters)
    notes = (
        [f"{broken} rows of {SOURCE} could not be read and were left out.", *letters] if broken else letters
    )
    return judged(brief, book, newest, now, notes)


def due_day(now: datetime) -> date:
    """Return the day whose rows must be there by now; nobody calls on Sundays."""
    due = now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)
    return due - timedelta(days=due.weekday() == SUNDAY)


def end_of(day: int, now: datetime) -> str:
    """Return the midnight that ends the day, in the fleet's zone."""
    return datetime.combine(date.fromordinal(day + 1), time(), now.tzinfo).isoformat()


def read_calls(path: Path, today: date) -> tuple[Book, int]:
    """Return each rep's days before today, and how many rows could not be read."""
    book: Book = {}
    broken = 0
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(line.replace("\0", "\ufffd") for line in file)
        try:
            for row in rows:
                try:
                    name, day, numbers = row_of(row)
                except (KeyError, TypeError, ValueError, AttributeError):
                    broken += 1
                    continue
                if day < today:
                    book.setdefault(name, {})[day.toordinal()] = numbers
        except csv.Error:
            broken += 1
    return book, broken


def row_of(row: dict[str, str]) -> tuple[str, date, Day]:
    """Return one row; what cannot be is garbage: more appointments than talks, or a call before the lead."""
    name, speed = row["rep"].strip().lower(), float(row["speed_to_lead_s"])
    talks, booked = int(row["conversations"]), int(row["appointments"])
    if not NAME.fullmatch(name) or not 0 <= booked <= talks <= 10_000 or not 0 < speed < 1e6:
        raise ValueError(row)
    return name, date.fromisoformat(row["day"]), Day(talks, booked, speed)


# Answering


def no_numbers(why: str, newest: int, now: datetime, letters: list[str]) -> dict:
    """Say that the source is old: no draft, no number, and the time of the last data."""
    item = {
        "about": "source:calls",
        "kind": "stale-source",
        "because": f"{why}; days that are missing are not zero, and nobody is judged on them",
        "confidence": 1,
    }
    return {
        "headline": f"No coaching and no numbers: {why}",
        "as_of": end_of(newest, now),
        "items": [item],
        "body": "\n".join([f"{why}. Nobody is judged until newer rows arrive.", *letters]) + "\n",
    }


def judged(brief: dict, book: Book, newest: int, now: datetime, notes: list[str]) -> dict:
    """Return the state of the newest day, and at most two drafts."""
    team = team_of(book, newest)
    reps = [rep for name in sorted(book) if (rep := rep_of(name, book[name], newest))]
    found = sorted((rep for rep in reps if reasons_of(rep, team)), key=lambda rep: -confidence_of(rep, team))
    missing = [name for name in sorted(book) if newest not in book[name] and newest - max(book[name]) <= DAYS]
    chosen = drafted(brief, [rep.name for rep in found], now.date())
    items = [item_of(rep, team) for rep in found]
    items += [always_item(rep) for rep in reps if rep not in found and always_of(rep)]
    items += [missing_item(name, book[name], newest) for name in missing]
    result = {
        "headline": headline(team, found, chosen, missing),
        "as_of": end_of(newest, now),
        "items": items,
        "actions": [coaching(rep, team, newest) for rep in found if rep.name in chosen],
        "body": body(team, reps, found, chosen, missing, newest, notes),
    }
    if team.talks:
        rate, speed = f"{100 * team.booked / team.talks:.0f}%", round(team.speed_s / 60, 1)
        result["scorecard"] = {"appointment_rate": rate, "speed_to_lead_min": speed}
    return result


def drafted(brief: dict, wanted: list[str], today: date) -> list[str]:
    """Choose whom to coach today and remember it: at most two a day, nobody twice within a week."""
    before = remembered(brief)
    last = {str(name): str(day) for name, day in before.items() if "" < str(day) <= today.isoformat()}
    free = [
        name for name in wanted
        if name not in last or last[name] <= (today - timedelta(days=AGAIN_DAYS)).isoformat()
    ]  # fmt: skip
    chosen = free[: max(0, AT_MOST - list(last.values()).count(today.isoformat()))]
    try:
        checkpoint(brief)
    except (OSError, KeyError) as error:
        raise Trouble(f"cannot save a checkpoint: {error!r}") from error
    remember(brief, before, {**last, **dict.fromkeys(chosen, today.isoformat())})
    return chosen


def item_of(rep: Rep, team: Span) -> dict:
    """Return a rep who needs coaching as an item of the state."""
    return {
        "about": f"rep:{rep.name}",
        "kind": "coaching",
        "because": "; ".join(reasons_of(rep, team)),
        "confidence": confidence_of(rep, team),
        "with": {
            "conversations": rep.last.talks,
            "appointments": rep.last.booked,
            "speed_to_lead_min": round(rep.last.speed_s / 60, 1),
            "days": rep.last.days,
        },
    }


def always_item(rep: Rep) -> dict:
    """Return a rep who is out of range as always: that is no news to coach on, but a person should know."""
    because = f"as usual, not as news: {'; '.join(always_of(rep))}"
    return {"about": f"rep:{rep.name}", "kind": "out-of-range", "because": because, "confidence": 0.9}


def missing_item(name: str, days: dict[int, Day], newest: int) -> dict:
    """Return a rep without a row on the newest day: missing, not zero."""
    last = date.fromordinal(max(days))
    because = f"{name} has no row after {last}: missing on {date.fromordinal(newest)}, not zero"
    return {"about": f"rep:{name}", "kind": "missing", "because": because, "confidence": 1}


def coaching(rep: Rep, team: Span, newest: int) -> dict:
    """Return a draft for one rep, made of the numbers alone; bogdan says yes or no to it."""
    reasons = reasons_of(rep, team)
    lines = [
        f"{rep.name.capitalize()}, your last {rep.last.days} days to {date.fromordinal(newest):%A %d %B}:",
        "",
    ]
    lines += [f"- {reason}" for reason in reasons]
    lines += ["", "Let us listen to three of your calls together this week and agree on one thing to try."]
    if any(reason.startswith("median speed") for reason in reasons):
        lines += ["What kept you from calling back within five minutes?"]
    return {
        "kind": "coaching.send",
        "about": f"rep:{rep.name}",
        "with": {"subject": "Your last days on the phone", "text": "\n".join(lines)},
        "because": "; ".join(reasons),
        "confidence": confidence_of(rep, team),
    }


def headline(team: Span, found: list[Rep], chosen: list[str], missing: list[str]) -> str:
    """Return the one line that others quote."""
    rate = f"{team.booked / team.talks:.0%} appointments" if team.talks else "nobody was reached"
    names = f"{len(found)} to coach" + (f": {', '.join(rep.name for rep in found[:3])}" if found else "")
    gone = f"; missing: {', '.join(missing[:3])}" if missing else ""
    return f"{rate}, speed to lead {minutes(team.speed_s)}; {names}; {len(chosen)} drafted{gone}"


def body(
    team: Span,
    reps: list[Rep],
    found: list[Rep],
    chosen: list[str],
    missing: list[str],
    newest: int,
    notes: list[str],
) -> str:
    """Return the page a person reads."""
    lines = [
        f"The last {DAYS} days with calls, to {date.fromordinal(newest):%A %d %B %Y}; wanted are at least "
        f"{FLOOR:.0%} appointments and under 5 min.",
        "",
        "| rep | conversations | appointments | rate | speed to lead | coach |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for rep in reps:
        rate = "-" if rep.last.rate is None else f"{rep.last.rate:.0%}"
        coach = "" if rep not in found else "drafted today" if rep.name in chosen else "not again yet"
        lines.append(
            f"| {rep.name} | {rep.last.talks} | {rep.last.booked} | {rate} | {minutes(rep.last.speed_s)} | {coach} |"
        )
    lines += ["", *(f"- Missing on the newest day: {name}; not zero." for name in missing)]
    lines += [f"- {rep.name}: {'; '.join(reasons_of(rep, team))}." for rep in found]
    lines += [f"- {rep.name} for weeks: {'; '.join(always_of(rep))}." for rep in reps if always_of(rep)]
    lines += [f"- {note}" for note in notes]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
