"""Cron expressions: five fields, read and refused with a reason."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from fleet.core.slots import Cron
from fleet.errors import Unreadable

LONGEST_EXPRESSION = 200  # characters; cronsim has no bound of its own
CRON_FIELD = re.compile(r"[0-9A-Za-z*,/#-]+")
CRON_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")


def read_cron(expression: str) -> Cron:
    """Read five cron fields, Monday = 1, as cronsim knows them (names, ranges, steps, L, LW, #).

    Raises Unreadable with the place of the field that is wrong.
    """
    fields = list(re.finditer(r"[^ ]+", expression))
    whole = len(expression)
    if whole > LONGEST_EXPRESSION:
        raise Unreadable(
            f"longer than {LONGEST_EXPRESSION} characters", end=whole, suggestions=("15 7 * * 1-5",)
        )
    if expression.startswith("@"):
        raise Unreadable("nicknames like @daily are not read", end=whole, suggestions=("0 0 * * *",))
    if len(fields) != 5:
        # Six fields are mostly seconds first, sometimes a year last.
        shorter = [" ".join(f.group() for f in part) for part in (fields[-5:], fields[:5])]
        why = f"cron takes five fields ({', '.join(CRON_FIELDS)}), here are {len(fields)}"
        tries = [t for t in shorter if _is_cron(t)] or ["15 7 * * 1-5"]
        raise Unreadable(why, end=whole, suggestions=tries)
    if expression != expression.strip(" "):
        raise Unreadable("a blank before or after it", end=whole, suggestions=_cron_tries(fields, None))
    for at, field in enumerate(fields):
        alone = ["*"] * at + [field.group()] + ["*"] * (4 - at)
        if not _is_cron(" ".join(alone)):
            why = f"cron knows no {CRON_FIELDS[at]} {field.group()}"
            raise Unreadable(why, start=field.start(), end=field.end(), suggestions=_cron_tries(fields, at))
    if not _is_cron(expression):
        why = "no month of these has such a day"
        raise Unreadable(
            why, start=fields[2].start(), end=fields[3].end(), suggestions=_cron_tries(fields, 2)
        )
    return Cron(expression, f"cron: {expression}")


def say_cron(expression: str) -> str:
    """Say in words when an expression is met, as `at 07:15 on Monday through Friday`."""
    said = CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)).explain()
    said = re.sub(r"\b([0-9]+)th\b", lambda found: _ordinal(int(found[1])), said)  # it says 31th
    return said[:1].lower() + said[1:]


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _is_cron(expression: str) -> bool:
    fields = expression.split(" ")
    if not all(CRON_FIELD.fullmatch(f) for f in fields if f) or len(expression) > LONGEST_EXPRESSION:
        return False
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return sum(map(bool, fields)) == 5


def _cron_tries(fields: list[re.Match[str]], wrong: int | None) -> tuple[str, ...]:
    mended = [f.group() for f in fields]
    if wrong is not None:
        mended[wrong] = ("0", "7", "1", "*", "1-5")[wrong]
    return tuple(t for t in (" ".join(mended), "15 7 * * 1-5") if _is_cron(t))[:1]
