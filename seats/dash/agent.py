"""Dash, Analytics: says which ad accounts left their usual range on the newest day, and which are missing.

It reads data/ads/daily.csv and data/calls/daily.csv and prints one result as JSON. It recommends nothing and does
nothing. A number that is not in the files is missing here too.
"""

import csv
import json
import os
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from judge import BASELINE_DAYS, Account, Day, Finding, findings_of, median, missing_of
from page import METRICS, because, body, headline, item_of, missing_item, percent, platform_item
from sums import MONDAY, pacing_item, total_items

HISTORY_DAYS = 120
SURE = 0.9  # from here on Radar is told at once
FEED_HOUR = 6  # yesterday's rows are due by six in the morning
FLAGGED_BY = time(9, 30)
SUNDAY = 6


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        brief = read_brief()
        print(json.dumps(turn(brief, zoned_now())))
    except Trouble as trouble:
        print(f"dash: {trouble}", file=sys.stderr)
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
    """Return the result for the newest day in the data."""
    root = Path(os.environ.get("FLEET_ROOT", "../.."))
    accounts, broken = read_ads(root / "data/ads/daily.csv", now.date())
    left_out = f"{len(broken)} rows of data/ads/daily.csv could not be read and were left out."
    notes = [left_out] if broken else []
    newest = max((max(account.days) for account in accounts), default=0)
    if not newest:
        raise Trouble("data/ads/daily.csv has no readable row before today")
    if newest < due_day(now).toordinal():
        return stale_result(newest, now)
    notes += call_lines(root / "data/calls/daily.csv", now)
    sums = total_items(accounts, newest, broken)
    if now.weekday() == MONDAY:
        sums.append(pacing_item(accounts, newest))
        notes.insert(0, f"Pacing: {sums[-1]['because']}.")
    return full_result(brief, accounts, newest, now, notes=notes, sums=sums)


def due_day(now: datetime) -> date:
    """Return the day whose rows must be there by now."""
    return now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)


def end_of(day: int, now: datetime) -> str:
    """Return the midnight that ends the day, in the fleet's zone."""
    return datetime.combine(date.fromordinal(day + 1), time(), now.tzinfo).isoformat()


# Reading


def read_ads(path: Path, today: date) -> tuple[list[Account], list[str]]:
    """Return the accounts with their recent days before today, and the days, as written, of rows that are broken."""
    accounts: dict[str, Account] = {}
    broken: list[str] = []
    first, last = today.toordinal() - HISTORY_DAYS, today.toordinal()
    for row in rows_of(path):
        try:
            day = date.fromisoformat(row["day"]).toordinal()
            values = Day(number(row["spend"]), int(number(row["leads"])))
            name, client, platform = named(row["account"]), named(row["client"]), named(row["platform"])
        except (KeyError, TypeError, ValueError):
            broken.append(str(row.get("day")).strip())
            continue
        if first <= day < last:
            account = accounts.setdefault(name, Account(name, client, platform, {}))
            account.days[day] = values
    return list(accounts.values()), broken


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as they are."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise Trouble(f"data/{path.parent.name}/{path.name} is not there") from None
    except (OSError, csv.Error) as error:
        raise Trouble(f"cannot read data/{path.parent.name}/{path.name}: {error}") from error


def number(text: str) -> float:
    """Return a plain amount; what no ad account can spend is garbage."""
    value = float(text)
    if not 0 <= value < 1e8:
        raise ValueError(text)
    return value


def named(text: str) -> str:
    """Return a name that is there."""
    if not text.strip():
        raise ValueError("empty name")
    return text.strip()


# Answering


def stale_result(newest: int, now: datetime) -> dict:
    """Say that the source stopped; the text is the same on every turn, so that it renews nothing."""
    day = date.fromordinal(newest)
    return {
        "headline": f"Ad data stopped: nothing after {day:%a %d %b}, so no numbers today",
        "as_of": end_of(newest, now),
        "items": [
            {
                "about": "source:ads",
                "kind": "stale-source",
                "because": f"data/ads/daily.csv ends on {day}; later days are missing, not zero",
                "confidence": 1,
                "with": {"last_day": day.isoformat()},
            }
        ],
        "body": f"data/ads/daily.csv ends on {day:%A %d %B %Y}. Nothing is judged and nothing is carried over "
        "until newer rows arrive.\n",
    }


def full_result(
    brief: dict, accounts: list[Account], newest: int, now: datetime, *, notes: list[str], sums: list[dict]
) -> dict:
    """Return the state of the newest day, and messages for what Radar has not heard yet."""
    found = findings_of(accounts, newest)
    missing, platforms = missing_of(accounts, newest)
    items = [item_of(finding, newest) for finding in found]
    items += [missing_item(account, newest) for account in missing]
    items += [platform_item(platform, newest) for platform in platforms]
    result = {
        "headline": headline(found, missing, platforms),
        "as_of": end_of(newest, now),
        "items": items + sums,
        "messages": messages(brief, found, newest),
        "body": body(accounts, found, items, newest, now, notes),
    }
    if now.time() <= FLAGGED_BY:
        result["scorecard"] = {"anomalies_by_0930": len(items)}
    return result


def call_lines(path: Path, now: datetime) -> list[str]:
    """Return the call-centre's newest day, or that it is missing."""
    due = due_day(now)
    due -= timedelta(days=due.weekday() == SUNDAY)  # nobody calls on Sundays
    try:
        rows = [row for row in rows_of(path) if str(row.get("day")) < now.date().isoformat()]
    except Trouble as trouble:
        return [f"Call centre: MISSING, {trouble}."]
    newest = max((str(row.get("day")) for row in rows), default="")
    if newest < due.isoformat():
        return [f"Call centre: MISSING, data/calls/daily.csv ends on {newest or 'no day'}."]
    try:
        day = [row for row in rows if row["day"] == newest]
        talked, booked = (sum(number(row[key]) for row in day) for key in ("conversations", "appointments"))
        speed = median([number(row["speed_to_lead_s"]) for row in day])
    except (KeyError, TypeError, ValueError):
        return [f"Call centre: MISSING, a row of {newest} cannot be read."]
    rate = f"{booked / talked:.0%} appointments" if talked else "nobody was reached"
    return [
        f"Call centre on {newest}: {talked:.0f} conversations, {rate}, median speed to lead {speed / 60:.1f} min."
    ]


# Remembering what Radar has heard


def messages(brief: dict, found: list[Finding], newest: int) -> list[dict]:
    """Return an INFORM to Radar for each sure anomaly that it was not told of the day before or earlier today."""
    path = Path("work/told.json")
    told = remembered(path, retried=any("retry" in str(why) for why in brief.get("woken_by") or []))
    sent, keep = [], {key: day for key, day in told.items() if day >= newest - BASELINE_DAYS}
    for finding in found:
        key = f"{finding.account.name} {finding.metric} {'up' if finding.change > 0 else 'down'}"
        known = told.get(key, 0) >= newest - 1
        if known or finding.confidence >= SURE:
            keep[key] = newest
        if not known and finding.confidence >= SURE:
            sent.append(message(finding, newest))
    remember(path, told, keep)
    return sent


def remembered(path: Path, *, retried: bool) -> dict[str, int]:
    """Return the day each anomaly was last known to Radar; a turn that is retried sent nothing, so it is taken back."""
    try:
        memory = json.loads(path.read_text(encoding="utf-8"))
        told = memory["before" if retried else "now"]
        return {str(key): int(day) for key, day in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def remember(path: Path, before: dict[str, int], now: dict[str, int]) -> None:
    """Write both memories whole; without a place to write, Radar hears twice, which is the lesser evil."""
    try:
        path.parent.mkdir(exist_ok=True)
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps({"before": before, "now": now}), encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        print(f"dash: cannot remember what was told: {error}", file=sys.stderr)


def message(finding: Finding, newest: int) -> dict:
    """Return one anomaly as a message that needs no second look at the source."""
    return {
        "to": "radar",
        "type": "INFORM",
        "about": f"account:{finding.account.client}",
        "subject": f"{finding.account.name} {METRICS[finding.metric]} {percent(finding.change)}",
        "body": because(finding, newest) + ".",
        "with": {
            "client": f"account:{finding.account.client}",
            "metric": finding.metric,
            "change": round(finding.change * 100),
            "because": because(finding, newest),
            "confidence": finding.confidence,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
