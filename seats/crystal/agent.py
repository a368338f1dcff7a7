"""Crystal, Project Management: projects that stand still or run over, and where hours, projects and invoices disagree.

It reads the exports of projects and invoices, the timesheets, and Janine's word on disputes. Where an export is old it
gives no numbers; where only a part is old, nothing is said that rests on that part. It asks a person to look by a note
on the account, each matter once: the notes that are there say what was asked before.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import books
from books import Gone, Project, Table
from judge import Disputes, Finding, of_disputes, of_hours, of_invoices, of_projects

FEED_HOUR = 6  # yesterday's export is due by six in the morning
AT_MOST_NOTES = 3  # a turn: each one costs a person a look
NOTE_HOLDS = "14d"  # so long a note waits while another seat claims the account; an equal one joins it
FRIDAY = 4
NOTES_READ = 1_000_000  # bytes of an account's notes, from its end
URGENT = ["dispute", "never-invoiced", "invoice-mismatch", "hours-off-plan", "over-budget", "stale-project"]
SUBJECT = re.compile(r"account:([a-z0-9][a-z0-9._+-]*)")


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief())))
    except (Trouble, Gone) as trouble:
        print(f"crystal: {trouble}", file=sys.stderr)
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
    if not isinstance(brief, dict):
        raise Trouble("the brief is not a JSON object")
    return brief


def turn(brief: dict) -> dict:
    """Return the books as they stood in the newest export."""
    try:
        now = datetime.fromisoformat(str(brief.get("now")))
    except ValueError:
        raise Trouble("the brief does not say what time it is") from None
    data = Path(os.environ.get("FLEET_ROOT", "../..")) / "data"
    projects = books.projects(data / "projects/projects.csv", now.date())
    if projects.last is None:
        raise Trouble("data/projects/projects.csv has no readable export before today")
    day = projects.last
    if day < due_day(now):
        return stale_result(day, now)
    hours, no_hours = part(books.timesheets, data / "projects/timesheets.csv", day, last_workday(day))
    bills, no_bills = part(books.invoices, data / "invoices.csv", now.date(), day)
    disputes = word_of_janine(brief)
    found = [*of_projects(projects.rows, day)]
    if hours:
        found += of_hours(projects.rows, hours.rows, day, all_known=not projects.broken)
    if bills:
        whole = {"all_known": not projects.broken, "all_billed": not bills.broken}
        found += of_invoices(projects.rows, bills.rows, day, **whole)
        found += of_disputes(bills.rows, disputes, all_billed=not bills.broken)
    missing = [*no_hours, *no_bills]
    tables = [table for table in (projects, hours, bills) if table]
    broken = sum(table.broken for table in tables)
    words = [disputes.word, *([f"{broken} rows could not be read and were left out."] if broken else [])]
    answers, read = mail(brief, projects.rows)
    return {
        "headline": headline(projects.rows, found, missing),
        "as_of": end_of(day, now),
        "items": [item_of(one) for one in sorted(found, key=urgency)] + missing,
        "scorecard": on_time(projects.rows, found),
        "messages": answers,
        "actions": notes(sorted(found, key=urgency), data / "notes"),
        "body": body(projects.rows, sorted(found, key=urgency), missing, [*words, *read], day, now),
    }


# Reading


def due_day(now: datetime) -> date:
    """Return the day whose export must be there by now."""
    return now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)


def last_workday(day: date) -> date:
    """Return the day, or the Friday before it: nobody logs hours at a weekend."""
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def end_of(day: date, now: datetime) -> str:
    """Return the midnight that ends the day, in the fleet's zone."""
    return datetime.combine(day + timedelta(days=1), time(), now.tzinfo).isoformat()


def part(
    read: Callable[[Path, date], Table], path: Path, upto: date, due: date
) -> tuple[Table | None, list[dict]]:
    """Return a file that goes as far as it must, else an item that says what is missing."""
    try:
        table = read(path, upto)
    except Gone as gone:
        return None, [missing_item(path, str(gone))]
    if table.last is None or table.last < due:
        return None, [missing_item(path, f"{books.place(path)} ends on {table.last or 'no day'}")]
    return table, []


def missing_item(path: Path, why: str) -> dict:
    """Return a part of the books that is missing as an item."""
    because = f"{why}: nothing that rests on it is said"
    return {"about": f"source:{path.stem}", "kind": "missing", "because": because, "confidence": 1}


def word_of_janine(brief: dict) -> Disputes:
    """Return which invoices Janine's state names as disputed, if it can be relied on."""
    read = (brief.get("reads") or {}).get("janine")
    read = read if isinstance(read, dict) else {}
    state = read.get("state")
    if not isinstance(state, dict):
        return Disputes(None, "Janine: MISSING, no state to read; disputes are not compared.")
    if read.get("fresh") is not True:
        at = read.get("as_of") or "unknown time"
        return Disputes(None, f"Janine: STALE, data of {at}; disputes are not compared.")
    named = {}
    items = state.get("items")
    for item in items if isinstance(items, list) else []:
        known = item.get("with") if isinstance(item, dict) and item.get("kind") == "billing-dispute" else None
        client = SUBJECT.fullmatch(str(item.get("about"))) if isinstance(known, dict) else None
        if client and books.NAME.fullmatch(str(known.get("invoice"))):
            named[known["invoice"]] = client[1]
    return Disputes(
        named, f"Janine (data of {read.get('as_of') or 'unknown time'}) names {len(named)} disputes."
    )


# Answering


def stale_result(last: date, now: datetime) -> dict:
    """Say that the export stopped; the text is the same on every turn, so that it renews nothing."""
    return {
        "headline": f"Project export stopped after {last:%a %d %b}: nothing judged",
        "as_of": end_of(last, now),
        "items": [
            {
                "about": "source:projects",
                "kind": "stale-source",
                "because": f"data/projects/projects.csv was exported on {last}; nothing is judged from it",
                "confidence": 1,
                "with": {"last_day": last.isoformat()},
            }
        ],
        "body": f"data/projects/projects.csv was exported on {last:%A %d %B %Y}. Nothing is judged or noted until a "
        "newer one comes.\n",
    }


def urgency(one: Finding) -> tuple[int, int, str, str]:
    """Order findings: what a person must look at first, by kind, then by the words."""
    place = URGENT.index(one.kind) if one.kind in URGENT else len(URGENT)
    return (0 if one.note else 1, place, one.about, one.because)


def item_of(one: Finding) -> dict:
    """Return a finding as an item of the state."""
    return {"about": one.about, "kind": one.kind, "because": one.because, "confidence": 1, "with": one.known}


def on_time(projects: list[Project], found: list[Finding]) -> dict[str, float]:
    """Return how many per cent of the active projects have missed no milestone; nothing where none is active."""
    active = sum(one.status == "active" for one in projects)
    late = sum(one.kind == "missed-milestone" for one in found)
    return {"projects_on_time": round(100 * (active - late) / active, 1)} if active else {}


def notes(found: list[Finding], folder: Path) -> list[dict]:
    """Return notes on the accounts where a person must look: few a turn, and none that is there already."""
    wanted = []
    for one in found:
        if one.note and one.client and one.note not in noted(folder / f"account-{one.client}.md"):
            wanted.append(
                {
                    "kind": "note.append",
                    "about": f"account:{one.client}",
                    "with": {"text": one.note},
                    "because": one.because,
                    "lapses": NOTE_HOLDS,
                }
            )
    return wanted[:AT_MOST_NOTES]


def noted(path: Path) -> str:
    """Return what is noted on an account; nothing where nobody noted anything."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - NOTES_READ))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def mail(brief: dict, projects: list[Project]) -> tuple[list[dict], list[str]]:
    """Return an answer to each REQUEST about an account, and a line for each message."""
    answers, lines = [], []
    for one in (letter for letter in brief.get("mail") or [] if isinstance(letter, dict)):
        lines.append(f"Read {one.get('id')} from {one.get('from')}: {books.plain(str(one.get('subject')))}.")
        about = one.get("about") if isinstance(one.get("about"), list) else [one.get("about")]
        clients = [match[1] for subject in about if (match := SUBJECT.fullmatch(str(subject)))]
        if one.get("type") == "REQUEST" and one.get("from") not in ("operator", "fleet"):
            answers.append(answer(one, clients, projects))
    return answers, lines


def answer(asked: dict, clients: list[str], projects: list[Project]) -> dict:
    """Return what the export says of a client's projects, as a RESPONSE."""
    own = [one for one in projects if one.client in clients]
    lines = [
        f"{one.number} {one.name}: {one.status}; {one.milestone}, due {one.due or 'on no day'}, "
        f"{f'done {one.done}' if one.done else 'not done'}; owner {one.owner}."
        for one in own
    ]
    return {
        "to": asked.get("from"),
        "type": "RESPONSE",
        "reply_to": asked.get("id"),
        "about": [f"account:{client}" for client in clients],
        "subject": f"{len(own)} projects of {', '.join(clients) or 'no account that the message names'}",
        "body": "\n".join(lines) or "The export has no project of it.",
    }


def headline(projects: list[Project], found: list[Finding], missing: list[dict]) -> str:
    """Return the one line that others quote."""
    kinds = [one.kind for one in found]
    apart = sum(one.kind == "dispute" and bool(one.note) for one in found)
    parts = [
        f"{sum(one.status == 'active' for one in projects)} active projects",
        f"{kinds.count('missed-milestone')} late",
        *(
            [f"{kinds.count('stale-project')} stale"]
            if not any("timesheets" in m["about"] for m in missing)
            else []
        ),
        *([f"{kinds.count('over-budget')} over their hours"] if "over-budget" in kinds else []),
        *([f"disputes: {kinds.count('dispute')}"] if "dispute" in kinds else []),
        *([f"{apart} not as Janine says"] if apart else []),
        *(f"missing: {item['about'].partition(':')[2]}" for item in missing),
    ]
    return ", ".join(parts)


def body(
    projects: list[Project],
    found: list[Finding],
    missing: list[dict],
    words: list[str],
    day: date,
    now: datetime,
) -> str:
    """Return the page a person reads."""
    states = [one.status for one in projects]
    counts = ", ".join(f"{states.count(status)} {status}" for status in books.STATUSES)
    lines = [f"{len(projects)} projects in the export of {day:%A %d %B %Y}: {counts}.", ""]
    if found:
        lines += ["| about | what | why |", "|---|---|---|"]
    lines += [f"| {one.about} | {one.kind} | {one.because} |" for one in found]
    lines += ["", *(f"- Missing: {item['because']}." for item in missing), *(f"- {word}" for word in words)]
    lines += ["", f"Checked {now:%a %d %b %H:%M} against the export of {day:%a %d %b}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
