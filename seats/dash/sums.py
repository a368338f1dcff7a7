"""Sums over all ad accounts: the newest day's total, and the month against the plan. No gap is summed over unsaid."""

from calendar import monthrange
from datetime import date

from judge import BASELINE_DAYS, Account

PLAN_USD_A_MONTH = 185_000
MONDAY = 0


def total_items(accounts: list[Account], newest: int, broken: list[str]) -> list[dict]:
    """Return the newest day over all accounts; nothing where one of them, or a row of that day, is missing."""
    day = date.fromordinal(newest)
    lately = lately_seen(accounts, newest)
    if day.isoformat() in broken or any(newest not in account.days for account in lately):
        return []
    spend = round(sum(account.days[newest].spend for account in lately), 2)
    leads = sum(account.days[newest].leads for account in lately)
    return [
        {
            "about": "source:ads",
            "kind": "total",
            "because": f"all {len(lately)} ad accounts on {day:%a %d %b}: ${spend:,.2f}, {leads} leads",
            "confidence": 1,
            "with": {"ad_spend_usd": spend, "leads": leads, "day": day.isoformat()},
        }
    ]


def lately_seen(accounts: list[Account], newest: int) -> list[Account]:
    """Return the accounts that had a row in the last 30 days."""
    return [a for a in accounts if any(newest - BASELINE_DAYS <= day <= newest for day in a.days)]


def pacing_item(accounts: list[Account], newest: int) -> dict:
    """Return the month's spend against the plan pro rata; where rows are missing it is at least so much."""
    day = date.fromordinal(newest)
    length = monthrange(day.year, day.month)[1]
    first = newest - day.day + 1
    spent = round(sum(a.days[at].spend for a in accounts for at in range(first, newest + 1) if at in a.days))
    plan = round(PLAN_USD_A_MONTH * day.day / length)
    missing = missing_days(accounts, first, newest)
    known = {"plan_to_date_usd": plan, "plan_usd": PLAN_USD_A_MONTH, "day": day.isoformat()}
    if missing:
        said = f"at least ${spent:,} of ${plan:,} by {day:%a %d %b}; {missing} account days are missing, so no variance"
        known |= {"spent_at_least_usd": spent, "missing_account_days": missing}
    else:
        variance = f"{(spent / plan - 1) * 100:+.1f}%"
        said = f"${spent:,} of ${plan:,} by {day:%a %d %b}, {variance} on the plan of ${PLAN_USD_A_MONTH:,} a month"
        known |= {"spent_usd": spent, "variance": variance}
    return {"about": "source:ads", "kind": "pacing", "because": said, "confidence": 1, "with": known}


def missing_days(accounts: list[Account], first: int, newest: int) -> int:
    """Count the days of accounts that have no row, from an account's own first day on."""
    return sum(
        day not in account.days
        for account in lately_seen(accounts, newest)
        for day in range(max(first, min(account.days)), newest + 1)
    )
