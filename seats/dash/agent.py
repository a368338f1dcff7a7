"""Dash, Analytics: says which ad accounts left their usual range on the newest day, and which are missing.

It reads data/ads/daily.csv and data/calls/daily.csv and prints one result as JSON. It recommends nothing and does
nothing. A number that is not in the files is missing here too.
"""

import csv
import json
import os
import sys
from datetime import date, datetime, time, timedelta
from math import exp, log, sqrt
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

OVER = 0.20  # a change smaller than this share is never flagged
OUTSIDE = 4.5  # how many times the account's own noise a change must be
LEAST_NOISE = 0.03  # log units; below that a quiet account would cry at nothing
BASELINE_DAYS = 30
HISTORY_DAYS = 120
TOO_NEW_DAYS = 14  # an account with fewer days is not judged
SURE = 0.9  # from here on Radar is told at once
FEED_HOUR = 6  # yesterday's rows are due by six in the morning
FLAGGED_BY = time(9, 30)
SUNDAY = 6
METRICS = {"spend": "spend", "cost_per_lead": "cost per lead", "leads": "leads"}


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


class Day(NamedTuple):
    """One account's numbers of one day."""

    spend: float
    leads: int


class Account(NamedTuple):
    """An ad account and its days, by ordinal."""

    name: str
    client: str
    platform: str
    days: dict[int, Day]


class Finding(NamedTuple):
    """One metric of one account outside its usual range."""

    account: Account
    metric: str
    value: float
    usual: float
    change: float  # share against the 30-day weekday-aware median
    times_noise: float
    since: int  # first day of the run of days that point the same way

    @property
    def confidence(self) -> float:
        """Halve the doubt for each further step outside the noise."""
        return round(min(0.99, 1 - 0.5 ** (self.times_noise - 2)), 2)


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
    newest = max((max(account.days) for account in accounts), default=0)
    if not newest:
        raise Trouble("data/ads/daily.csv has no readable row before today")
    if newest < due_day(now).toordinal():
        return stale_result(newest, now)
    calls = call_lines(root / "data/calls/daily.csv", now)
    return full_result(brief, accounts, newest, now, notes=[*broken, *calls])


def due_day(now: datetime) -> date:
    """Return the day whose rows must be there by now."""
    return now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)


def end_of(day: int, now: datetime) -> str:
    """Return the midnight that ends the day, in the fleet's zone."""
    return datetime.combine(date.fromordinal(day + 1), time(), now.tzinfo).isoformat()


# Reading


def read_ads(path: Path, today: date) -> tuple[list[Account], list[str]]:
    """Return the accounts with their recent days before today, and a note where rows could not be read."""
    accounts: dict[str, Account] = {}
    broken, first, last = 0, today.toordinal() - HISTORY_DAYS, today.toordinal()
    for row in rows_of(path):
        try:
            day = date.fromisoformat(row["day"]).toordinal()
            values = Day(number(row["spend"]), int(number(row["leads"])))
            name, client, platform = named(row["account"]), named(row["client"]), named(row["platform"])
        except (KeyError, TypeError, ValueError):
            broken += 1
            continue
        if first <= day < last:
            account = accounts.setdefault(name, Account(name, client, platform, {}))
            account.days[day] = values
    note = [f"{broken} rows of data/ads/daily.csv could not be read and were left out."] if broken else []
    return list(accounts.values()), note


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


# Judging


def median(values: list[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def logs(account: Account, metric: str) -> dict[int, float]:
    """Return the metric's logarithm by day; half a lead stands for none, so that zero leads can be judged."""
    picked = {}
    for day, (spend, leads) in account.days.items():
        if metric == "leads":
            picked[day] = log(leads + 0.5)
        elif spend > 0:
            picked[day] = log(spend) if metric == "spend" else log(spend / (leads + 0.5))
    return picked


def weekday_free(series: dict[int, float], newest: int) -> dict[int, float]:
    """Take each weekday's own habit out of the series, as learned from the days before the newest."""
    habits: list[list[float]] = [[] for _ in range(7)]
    for day, value in series.items():
        around = [series[near] for near in range(day - 3, day + 4) if near in series and near < newest]
        if day < newest and len(around) == 7:
            habits[day % 7].append(value - median(around))
    habit = [median(values) if len(values) >= 4 else 0.0 for values in habits]
    return {day: value - habit[day % 7] for day, value in series.items()}


def judge(account: Account, metric: str, newest: int) -> Finding | None:
    """Return what is unusual in the newest day of one metric, if it is over 20 % and outside the noise."""
    series = weekday_free(logs(account, metric), newest)
    before = [series[day] for day in range(newest - BASELINE_DAYS, newest) if day in series]
    if newest not in series or len(before) < TOO_NEW_DAYS:
        return None
    usual = median(before)
    off = series[newest] - usual
    noise = noise_of(series, newest)
    if metric != "spend":
        noise = sqrt(noise**2 + counting_noise(account, newest))
    if abs(exp(off) - 1) <= OVER or abs(off) <= OUTSIDE * noise:
        return None
    value = exp(logs(account, metric)[newest])
    since = newest
    while (
        since - 1 in series
        and abs(series[since - 1] - usual) > abs(off) / 2
        and (series[since - 1] > usual) == (off > 0)
    ):
        since -= 1
    return Finding(account, metric, value, value / exp(off), exp(off) - 1, abs(off) / noise, since)


def noise_of(series: dict[int, float], newest: int) -> float:
    """Return the usual day-to-day spread: how far days stray from the median of the days around them."""
    strays = []
    for day in range(newest - 2 * BASELINE_DAYS, newest):
        near = [series[other] for other in range(day - 7, min(day + 8, newest)) if other in series]
        if day in series and len(near) >= 7:
            strays.append(abs(series[day] - median(near)))
    return max(LEAST_NOISE, 1.4826 * median(strays)) if strays else 1.0


def counting_noise(account: Account, newest: int) -> float:
    """Return the variance that few leads add on the newest day over a usual one."""
    usual = median([float(day.leads) for at, day in account.days.items() if at < newest]) + 0.5
    spend = median([day.spend for at, day in account.days.items() if at < newest])
    expected = usual * min(1.0, account.days[newest].spend / spend) if spend else usual
    return max(0.0, 1 / max(expected, 0.5) - 1 / usual)


def findings_of(accounts: list[Account], newest: int) -> list[Finding]:
    """Return one finding an account and cause: leads are named alone only where neither spend nor price explains them."""
    found = []
    for account in accounts:
        own = [
            finding for metric in ("spend", "cost_per_lead") if (finding := judge(account, metric, newest))
        ]
        leads = None if own else judge(account, "leads", newest)
        found.extend(own or ([leads] if leads else []))
    return sorted(found, key=lambda finding: -finding.times_noise)


def missing_of(accounts: list[Account], newest: int) -> tuple[list[Account], list[str]]:
    """Return accounts without a row on the newest day though they had them lately, and platforms wholly gone."""
    lately = [a for a in accounts if sum(newest - BASELINE_DAYS <= day < newest for day in a.days) >= 7]
    gone = [account for account in lately if newest not in account.days]
    platforms = []
    for platform in sorted({account.platform for account in gone}):
        peers = [account for account in lately if account.platform == platform]
        if len(peers) > 1 and all(newest not in account.days for account in peers):
            platforms.append(platform)
    return [account for account in gone if account.platform not in platforms], platforms


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
    brief: dict, accounts: list[Account], newest: int, now: datetime, *, notes: list[str]
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
        "items": items,
        "messages": messages(brief, found, newest),
        "body": body(accounts, found, items, newest, now, notes),
    }
    if now.time() <= FLAGGED_BY:
        result["scorecard"] = {"anomalies_by_0930": len(items)}
    return result


def percent(change: float) -> str:
    """Return a share as a signed per cent."""
    return f"{change * 100:+.0f}%"


def headline(found: list[Finding], missing: list[Account], platforms: list[str]) -> str:
    """Return the one line that others quote."""
    parts = [f"{f.account.name} {METRICS[f.metric]} {percent(f.change)}" for f in found[:2]]
    lead = f"{len(found)} anomal{'y' if len(found) == 1 else 'ies'}" + (
        f": {', '.join(parts)}" if parts else ""
    )
    gone = [f"all of {platform}" for platform in platforms] + [account.name for account in missing]
    return lead + (
        f"; missing: {', '.join(gone[:3])}" + (" and more" if len(gone) > 3 else "") if gone else ""
    )


def against(finding: Finding, newest: int) -> dict[str, str]:
    """Return the change against yesterday, seven days and thirty days; a baseline that is not there is left out."""
    series = logs(finding.account, finding.metric)
    shares = {"vs_30d": percent(finding.change)}
    if newest - 1 in series:
        shares["vs_yesterday"] = percent(exp(series[newest] - series[newest - 1]) - 1)
    week = [series[day] for day in range(newest - 7, newest) if day in series]
    if week:
        shares["vs_7d"] = percent(exp(series[newest] - median(week)) - 1)
    return shares


def because(finding: Finding, newest: int) -> str:
    """Say in a sentence what is unusual about it."""
    unit = "$" if finding.metric != "leads" else ""
    since = "" if finding.since == newest else f", since {date.fromordinal(finding.since):%a %d %b}"
    return (
        f"{finding.account.platform} {METRICS[finding.metric]} {unit}{finding.value:,.2f} where {unit}{finding.usual:,.2f} "
        f"is usual for a {date.fromordinal(newest):%A}; {finding.times_noise:.1f} times its noise{since}"
    )


def item_of(finding: Finding, newest: int) -> dict:
    """Return a finding as an item of the state."""
    known = {"metric": finding.metric, "change": percent(finding.change), "ad_account": finding.account.name}
    dates = {
        "day": date.fromordinal(newest).isoformat(),
        "since": date.fromordinal(finding.since).isoformat(),
    }
    return {
        "about": f"account:{finding.account.client}",
        "kind": "anomaly",
        "because": because(finding, newest),
        "confidence": finding.confidence,
        "with": {**known, **against(finding, newest), **dates},
    }


def missing_item(account: Account, newest: int) -> dict:
    """Return an account without rows as an item: missing, not zero."""
    last = date.fromordinal(max(day for day in account.days if day < newest))
    return {
        "about": f"account:{account.client}",
        "kind": "missing",
        "because": f"{account.name} has no row after {last}: missing, not zero",
        "confidence": 1,
        "with": {"metric": "rows", "ad_account": account.name, "last_day": last.isoformat()},
    }


def platform_item(platform: str, newest: int) -> dict:
    """Return a platform that sent nothing for any account as one item."""
    day = date.fromordinal(newest).isoformat()
    return {
        "about": f"source:{platform}",
        "kind": "missing",
        "because": f"no account has a {platform} row on {day}: the feed is missing, not the spend",
        "confidence": 1,
        "with": {"metric": "rows", "day": day},
    }


def body(
    accounts: list[Account],
    found: list[Finding],
    items: list[dict],
    newest: int,
    now: datetime,
    notes: list[str],
) -> str:
    """Return the page a person reads."""
    day = date.fromordinal(newest)
    lines = [f"{day:%A %d %B %Y}, {sum(newest in a.days for a in accounts)} ad accounts with numbers.", ""]
    lines += spend_lines(accounts, newest)
    if found:
        lines += [
            "",
            "| account | metric | value | usual | change | confidence | since |",
            "|---|---|--:|--:|--:|--:|---|",
        ]
    lines += [
        f"| {f.account.name} | {METRICS[f.metric]} | {f.value:,.2f} | {f.usual:,.2f} | {percent(f.change)} "
        f"| {f.confidence} | {date.fromordinal(f.since):%a %d %b} |"
        for f in found
    ]
    lines += ["", *(f"- Missing: {item['because']}." for item in items if item["kind"] == "missing")]
    lines += [f"- {note}" for note in notes]
    lines += [
        "",
        f"Checked {now:%a %d %b %H:%M}; nothing newer than {day:%a %d %b} can be there before the day is over.",
    ]
    return "\n".join(lines) + "\n"


def spend_lines(accounts: list[Account], newest: int) -> list[str]:
    """Return spend of the day, of the week against the week before, and of the month so far."""

    def total(first: int, last: int) -> float:
        return sum(a.days[day].spend for a in accounts for day in range(first, last + 1) if day in a.days)

    week, before = total(newest - 6, newest), total(newest - 13, newest - 7)
    change = f" ({percent(week / before - 1)} on the seven before)" if before else ""
    month = newest - date.fromordinal(newest).day + 1
    return [
        f"- Spend on the day ${total(newest, newest):,.0f}; seven days ${week:,.0f}{change}; "
        f"month so far ${total(month, newest):,.0f}. Missing rows are not in these sums."
    ]


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
