"""Pulse, Client Retention: the health of each client, and the watch list as claims.

It goes through the ad data day by day, so that the watch list follows from the files alone and a lost turn loses
nothing. A client comes on when leads fall 20 % or cost per lead rises 20 % week on week; it stays on until a whole
week was good again.
"""

import csv
import json
import os
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from health import FALL, LEAST_LEADS, RISE, Series, Watch, Week, watch_of, week_of

HISTORY_DAYS = 120
CLAIM_DAYS = 4  # a claim outlasts a weekend without Pulse; each turn renews it
QUIET_DAYS = 14  # no touch for so long is amber
FEED_HOUR = 6  # yesterday's rows are due by six in the morning
RANK = {"red": 0, "amber": 1, "unknown": 2, "green": 3}  # what is read first
NAMES = {"leads": "leads", "cost_per_lead": "cost per lead"}


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), zoned_now())))
    except Trouble as trouble:
        print(f"pulse: {trouble}", file=sys.stderr)
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
    """Return health and watch list as of the newest day in the data."""
    data = Path(os.environ.get("FLEET_ROOT", "../..")) / "data"
    names = {row.get("client") or "": row.get("name") or "" for row in rows_of(data / "crm/clients.csv")}
    clients = read_ads(data / "ads/daily.csv", now.date())
    newest = max((day for series in clients.values() for days in series.values() for day in days), default=0)
    if not newest:
        raise Trouble("data/ads/daily.csv has no readable row before today")
    if newest < due_day(now).toordinal():
        return stale_result(newest, now)
    watched = {client: watch for client in clients if (watch := watch_of(clients[client], newest))}
    touched = last_touches(data / "crm/touches.csv", now.date())
    items = [
        item_of(client, clients.get(client, {}), watched.get(client), touched, newest)
        for client in sorted(names)
    ]
    return result_of(brief, items, watched, newest, now)


def due_day(now: datetime) -> date:
    """Return the day whose rows must be there by now."""
    return now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)


def end_of(day: int, now: datetime) -> datetime:
    """Return the midnight that ends the day, in the fleet's zone."""
    return datetime.combine(date.fromordinal(day + 1), time(), now.tzinfo)


# Reading


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as they are."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise Trouble(f"data/{path.parent.name}/{path.name} is not there") from None
    except (OSError, csv.Error) as error:
        raise Trouble(f"cannot read data/{path.parent.name}/{path.name}: {error}") from error


def read_ads(path: Path, today: date) -> dict[str, Series]:
    """Return each client's accounts with their days before today; rows that cannot be read are missing."""
    clients: dict[str, Series] = {}
    first, last = today.toordinal() - HISTORY_DAYS, today.toordinal()
    for row in rows_of(path):
        try:
            day, spend, leads = (
                date.fromisoformat(row["day"]).toordinal(),
                float(row["spend"]),
                int(row["leads"]),
            )
            if not (0 <= spend < 1e8 and 0 <= leads < 1e8 and row["client"] and row["account"]):
                continue
        except (KeyError, TypeError, ValueError):
            continue
        if first <= day < last:
            clients.setdefault(row["client"], {}).setdefault(row["account"], {})[day] = (spend, leads)
    return clients


def last_touches(path: Path, today: date) -> dict[str, str]:
    """Return the last day somebody spoke with each client."""
    touched: dict[str, str] = {}
    for row in rows_of(path):
        client, day = row.get("client") or "", row.get("day") or ""
        if day <= today.isoformat():
            touched[client] = max(day, touched.get(client, ""))
    return touched


# Answering


def stale_result(newest: int, now: datetime) -> dict:
    """Say that the source stopped; claims are not mentioned, so they stand as they are."""
    day = date.fromordinal(newest)
    return {
        "headline": f"Ad data stopped after {day:%a %d %b}: health not judged, the watch list stands",
        "as_of": end_of(newest, now).isoformat(),
        "items": [
            {
                "about": "source:ads",
                "kind": "stale-source",
                "because": f"data/ads/daily.csv ends on {day}; without a week of numbers nobody is put on or cleared",
                "confidence": 1,
                "with": {"last_day": day.isoformat()},
            }
        ],
        "body": f"data/ads/daily.csv ends on {day:%A %d %B %Y}. No health is given; every claim stays.\n",
    }


def percent(change: float) -> str:
    """Return a share as a signed per cent."""
    return f"{change * 100:+.0f}%"


def item_of(client: str, series: Series, watch: Watch | None, touched: dict[str, str], newest: int) -> dict:
    """Return one client's health as an item: red on the list, amber near it or unheard of, green, or not known."""
    week = week_of(series, newest, watch.good_until if watch else None)
    known = {"leads_change": "missing", "cost_per_lead_change": "missing"}
    if week:
        known = {
            "leads_change": percent(week.leads - 1),
            "cost_per_lead_change": percent(week.cost_per_lead - 1),
        }
    health, reason = health_of(week, watch, quiet_days(touched.get(client), newest))
    return {
        "about": f"account:{client}",
        "kind": "health",
        "because": reason,
        "confidence": 0.9 if week else 0.5,
        "with": {"health": health, **known, "last_touch": touched.get(client) or "missing"},
    }


def quiet_days(touched: str | None, newest: int) -> int | None:
    """Return how many days nobody spoke with the client, or None where that is not known."""
    try:
        return newest - date.fromisoformat(touched or "").toordinal()
    except ValueError:
        return None


def health_of(week: Week | None, watch: Watch | None, quiet: int | None) -> tuple[str, str]:
    """Return the colour and why."""
    if watch:
        return "red", f"on the watch list since {date.fromordinal(watch.since)}: {reason_of(watch)}"
    if week is None:
        return "unknown", "no two weeks of numbers to compare"
    leads, price = week.leads - 1, week.cost_per_lead - 1
    if week.usual_leads >= LEAST_LEADS and (leads <= FALL - 1 or price >= RISE - 1):
        return (
            "amber",
            f"leads {percent(leads)}, cost per lead {percent(price)}: not lasting, or within chance",
        )
    if quiet is not None and quiet > QUIET_DAYS:
        return "amber", f"nobody spoke with them for {quiet} days"
    return "green", f"leads {percent(leads)}, cost per lead {percent(price)} week on week"


def reason_of(watch: Watch) -> str:
    """Return in words what put the client on the list."""
    return f"{NAMES[watch.metric]} {percent(watch.change)} week on week"


def result_of(brief: dict, items: list[dict], watched: dict[str, Watch], newest: int, now: datetime) -> dict:
    """Return the whole result; `claims` is always given, so that a cleared client is free at once."""
    colours = [item["with"]["health"] for item in items]
    until = (end_of(newest, now) + timedelta(days=CLAIM_DAYS)).isoformat()
    counts = ", ".join(f"{colours.count(colour)} {colour}" for colour in ("red", "amber", "green"))
    judged = len(colours) - colours.count("unknown")
    listed = ", ".join(sorted(watched)) or "nobody"
    items = sorted(items, key=lambda item: (RANK[item["with"]["health"]], item["about"]))
    result = {
        "headline": f"Watch list: {listed}; {counts}",
        "as_of": end_of(newest, now).isoformat(),
        "claims": [
            {"about": f"account:{client}", "until": until, "because": reason_of(watch)}
            for client, watch in sorted(watched.items())
        ],
        "items": items,
        "messages": messages(brief, watched),
        "body": body(brief, items, newest, now),
    }
    if judged:
        result["scorecard"] = {"clients_green": f"{100 * colours.count('green') / judged:.0f}%"}
    return result


def body(brief: dict, items: list[dict], newest: int, now: datetime) -> str:
    """Return the page a person reads: red first."""
    lines = ["| client | health | leads | cost per lead | why |", "|---|---|--:|--:|---|"]
    for item in items:
        own = item["with"]
        shares = f"{own['leads_change']} | {own['cost_per_lead_change']}"
        lines.append(f"| {item['about'][8:]} | {own['health']} | {shares} | {item['because']} |")
    lines += ["", dash_line(brief)]
    lines += [f"Checked {now:%a %d %b %H:%M} against ad data to {date.fromordinal(newest):%a %d %b}."]
    return "\n".join(lines) + "\n"


def dash_line(brief: dict) -> str:
    """Say what Dash reports on the accounts, and how old that is; it changes no health by itself."""
    read = (brief.get("reads") or {}).get("dash") or {}
    state = read.get("state")
    if not state:
        return "Dash: MISSING, no state to read."
    if not read.get("fresh"):
        return f"Dash: STALE, data of {read.get('as_of') or 'unknown time'}; not used."
    items = [item for item in state.get("items") or [] if item.get("kind") not in ("total", "pacing")]
    about = [str(item.get("about", "")).partition(":")[2] for item in items]
    return f"Dash (data of {read.get('as_of')}) names: {', '.join(dict.fromkeys(about)) or 'nobody'}."


# Remembering what Dirk has heard


def messages(brief: dict, watched: dict[str, Watch]) -> list[dict]:
    """Return an INFORM to Dirk for each client that is new on the list since the last turn."""
    path = Path("work/told.json")
    retried = any("retry" in str(why) for why in brief.get("woken_by") or [])
    told = remembered(path, "before" if retried else "now")
    remember(path, {"before": told, "now": {client: watch.since for client, watch in watched.items()}})
    return [message(client, watch) for client, watch in sorted(watched.items()) if client not in told]


def remembered(path: Path, which: str) -> dict[str, int]:
    """Return the clients Dirk knows of; a turn that is retried sent nothing, so the memory before it is taken."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))[which])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def remember(path: Path, memory: dict[str, dict[str, int]]) -> None:
    """Write the memory whole; without a place to write, Dirk hears twice, which is the lesser evil."""
    try:
        path.parent.mkdir(exist_ok=True)
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(memory), encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        print(f"pulse: cannot remember what was told: {error}", file=sys.stderr)


def message(client: str, watch: Watch) -> dict:
    """Return the news that a client is on the list."""
    return {
        "to": "dirk",
        "type": "INFORM",
        "about": f"account:{client}",
        "subject": f"{client} is on the watch list",
        "body": f"{reason_of(watch)}. No expansion until I clear it.",
        "with": {"client": f"account:{client}", "because": reason_of(watch)},
    }


if __name__ == "__main__":
    sys.exit(main())
