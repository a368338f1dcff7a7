"""What is published: findings as items of the state, as a headline, and as the page a person reads."""

from datetime import date, datetime
from math import exp

from judge import Account, Finding, logs, median

METRICS = {"spend": "spend", "cost_per_lead": "cost per lead", "leads": "leads"}


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
    value, usual = f"{unit}{finding.value:,.2f}", f"{unit}{finding.usual:,.2f}"
    since = "" if finding.since == newest else f", since {date.fromordinal(finding.since):%a %d %b}"
    return (
        f"{finding.account.platform} {METRICS[finding.metric]} {value} where {usual} is usual "
        f"for a {date.fromordinal(newest):%A}; {finding.times_noise:.1f} times its noise{since}"
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
