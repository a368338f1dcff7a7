"""What is unusual: each metric of an ad account's newest day against its own 30 days and its own noise."""

from math import exp, log, sqrt
from typing import NamedTuple

OVER = 0.20  # a change smaller than this share is never flagged
OUTSIDE = 4.5  # how many times the account's own noise a change must be
LEAST_NOISE = 0.03  # log units; below that a quiet account would cry at nothing
BASELINE_DAYS = 30
TOO_NEW_DAYS = 14  # an account with fewer days is not judged


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
    """Return what is unusual; leads are named only where neither spend nor their price explains them."""
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
