"""Nick, Cold Prospecting: cleans the lead list and drafts first mails to the best leads; drafts only.

It works in two steps, with a checkpoint between them: who may be written to, then the drafts. A turn that is ended
between the two goes on from the checkpoint when it is tried again.
"""

import csv
import json
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from drafts import counted, draft_of, forget_refused, week_of
from leads import Company, Lead, companies, key_of, read_leads, worth
from memory import checkpoint, remember, remembered
from page import result_of, stale_result

LEADS, TOUCHES = "data/leads/leads.csv", "data/crm/touches.csv"
DRAFTS_A_DAY = 3
TOUCHED_DAYS = 30
OLD_DAYS = 60  # an older lead is no lead
READY_AT_MOST = 40  # of the best, kept in the checkpoint
QUIET_DAYS = 5  # somebody is spoken with on every day of work
SILENT_DAYS = 4  # without a new lead the list is dead


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), zoned_now())))
    except Trouble as trouble:
        print(f"nick: {trouble}", file=sys.stderr)
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
    """Return the drafts of this turn and what was cleaned; in two steps."""
    checked = resumed(brief, now) or validated(brief, now)
    if checked["why"]:
        return stale_result(brief, checked["why"], checked["newest"])
    try:
        checkpoint(brief, validated=checked)
    except (OSError, KeyError) as error:
        raise Trouble(f"cannot save a checkpoint: {error!r}") from error
    return drafted(brief, checked, now)


# The first step: who may be written to


def resumed(brief: dict, now: datetime) -> dict | None:
    """Return what an attempt before this one has checked, if that was today."""
    resume = brief.get("resume")
    checked = resume.get("validated") if isinstance(resume, dict) else None
    today = now.date().isoformat()
    return checked if isinstance(checked, dict) and checked.get("day") == today else None


def validated(brief: dict, now: datetime) -> dict:
    """Return the companies that may be written to, the best first, and what was left out."""
    root, today = Path(os.environ.get("FLEET_ROOT", "../..")), now.date()
    try:
        rows, broken = read_leads(root / LEADS, now)
    except OSError as error:
        raise gone(LEADS, error) from error
    if not rows:
        raise Trouble(f"{LEADS} has no readable row up to now; nothing was cleaned or drafted")
    newest = max(lead.at for lead in rows)
    touched, blind = touched_lately(root / TOUCHES, today)
    named, unsure = named_by_dirk(brief)
    dead = newest < now - timedelta(days=SILENT_DAYS)
    why = f"{LEADS} ends on {newest.astimezone(now.tzinfo):%Y-%m-%d}" if dead else ""
    merged = companies(rows)
    recent = [one for one in merged if (today - one.newest.at.astimezone(now.tzinfo).date()).days <= OLD_DAYS]
    free = [one for one in recent if not one.is_one_of(touched | named)]
    reachable = [one for one in free if any(lead.email for lead in one.rows)]
    best = sorted(reachable, key=lambda one: (-worth(one, today), one.key))
    halted = blind or unsure
    return {
        "day": today.isoformat(),
        "newest": newest.isoformat(),
        "why": why,
        "halted": halted,
        "ready": [] if halted or why else [ready(one, today) for one in best[:READY_AT_MOST]],
        "duplicates": [(o.number, one.rows[0].number, one.key) for one in merged for o in one.rows[1:]],
        "counts": {
            "rows": len(rows),
            "broken": broken,
            "companies": len(merged),
            "touched or with dirk": len(recent) - len(free),
            "without an address": len(free) - len(reachable),
            "ready": 0 if halted else len(reachable),
        },
    }


def ready(company: Company, today: date) -> dict:
    """Return all that drafting needs to know of a company, so that nothing is read twice."""
    lead = next(lead for lead in reversed(company.rows) if lead.email)
    return {
        "key": company.key,
        "worth": worth(company, today),
        "lead": lead._replace(at=lead.at.isoformat())._asdict(),  # type: ignore[arg-type]
        "rows": [one.number for one in company.rows],
    }


def gone(path: str, error: OSError) -> Trouble:
    """Return a source that is not there as the end of the turn."""
    how = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    return Trouble(f"{path} {how}; nothing was cleaned or drafted")


def touched_lately(path: Path, today: date) -> tuple[set[str], str]:
    """Return who was spoken with within 30 days, or why that is not known."""
    since, touched, newest = (today - timedelta(days=TOUCHED_DAYS)).isoformat(), set(), ""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.DictReader(line.replace("\0", "\ufffd") for line in file):
                day = row.get("day") or ""
                if since <= day <= today.isoformat():
                    touched.add(key_of(row.get("client") or ""))
                    newest = max(newest, day)
    except OSError as error:
        raise gone(TOUCHES, error) from error
    except csv.Error:
        return set(), f"{TOUCHES} cannot be read, so nobody knows who was spoken with"
    if newest < (today - timedelta(days=QUIET_DAYS)).isoformat():
        return set(), f"{TOUCHES} tells of nobody since {newest or since}, so it cannot be relied on"
    return touched, ""


def named_by_dirk(brief: dict) -> tuple[set[str], str]:
    """Return the companies in Dirk's state, or why it cannot be relied on."""
    read = (brief.get("reads") or {}).get("dirk") or {}
    state = read.get("state")
    if not isinstance(state, dict):
        return set(), "Dirk's state is missing"
    if not read.get("fresh"):
        return set(), f"Dirk's state is stale, of {read.get('as_of') or 'unknown time'}"
    items = [item for item in state.get("items") or [] if isinstance(item, dict)]
    if any(item.get("kind") == "stale-source" for item in items):
        return set(), f"Dirk's own source is old, of {read.get('as_of')}"
    entries = [*items, *(one for one in state.get("claims") or [] if isinstance(one, dict))]
    waits = [one for one in read.get("waits") or [] if isinstance(one, dict)]
    about = [one.get("about") for one in [*entries, *waits]]
    flat = [str(each) for one in about for each in (one if isinstance(one, list) else [one])]
    return {key_of(one.partition(":")[2]) for one in flat} - {""}, ""


# The second step: the drafts


def drafted(brief: dict, checked: dict, now: datetime) -> dict:
    """Return the result with at most three drafts a day, none to a company that was drafted to before."""
    before = remembered(brief)
    known = forget_refused(before, brief)
    today = now.date().isoformat()
    done = [key for key, one in known.items() if one["day"] <= today]
    left = max(0, DRAFTS_A_DAY - sum(known[key]["day"] == today for key in done))
    free = [one for one in checked["ready"] if one["key"] not in done]
    chosen = free[:left]
    after = {**{key: known[key] for key in done}, **{one["key"]: {"day": today} for one in chosen}}
    remember(brief, before, after)
    leads = [Lead(**one["lead"]) for one in chosen]
    drafts = [draft_of(one["key"], lead, one["rows"]) for one, lead in zip(chosen, leads, strict=True)]
    return result_of(brief, checked, drafts, counted(after, week_of(now.date())), now)


if __name__ == "__main__":
    sys.exit(main())
