"""Targets, money and counts: what is good, and how much is allowed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from fleet.core.frozen import dataclass
from fleet.errors import Unreadable

Period = Literal["day", "week", "month"]
TargetKind = Literal[
    "at least",  # `low` or more
    "at most",  # `high` or less
    "between",  # `low` to `high`, both included
    "every workday",  # an occasion each workday, which the runtime counts
    "all",  # every occasion there was, which the runtime counts
    "none",  # 0
]

NUMBER = r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?"  # twelve digits: more is a slip, not a metric
PER = r"(?: a (day|week|month))?"
USD = r"\$(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?k?"
AMOUNT = rf"(?:{USD}|{NUMBER}%?)"
_BOUND = re.compile(rf"(at least|at most) ({AMOUNT}){PER}")
_BETWEEN = re.compile(rf"between ({AMOUNT}) and ({AMOUNT})")
_MONEY = re.compile(rf"({USD}){PER}")
_COUNT = re.compile(rf"(0|[1-9][0-9]{{0,8}}){PER}( each)?")
_TARGET = re.compile(rf"{_BOUND.pattern}|{_BETWEEN.pattern}|every workday|all|none")
_USUAL = {
    _TARGET: ("at least 1", "every workday", "all"),
    _MONEY: ("$40", "$40 a day"),
    _COUNT: ("1 a day", "1 a day each"),
}
_FOREIGN = re.compile(r"[€£¥]|\b(?:euros?|eur|gbp|chf)\b")
_BELOW_0 = re.compile(r"(?<![0-9k])(?<![0-9k] )-\s?\$|\$\s?-")
_LONGEST = 100  # characters of a phrase worth mending


@dataclass(frozen=True, slots=True)
class Target:
    """What is good for one metric: `low` and `high` in percent points, in US dollars, or plain numbers."""

    text: str
    kind: TargetKind
    low: Decimal | None = None
    high: Decimal | None = None
    percent: bool = False
    usd: bool = False
    per: Period | None = None

    def met(self, value: Decimal) -> bool | None:
        """Say whether a value is good; None where the runtime must count occasions instead."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of US dollars, once or for each period."""

    usd: Decimal
    per: Period | None = None


def read_target(text: str) -> Target:
    """Read `at least|at most N[%] [a day|week|month]`, `between A and B`, `every workday`, `all`, `none`.

    N is a number, a percentage, or money as `$40` and `$5k`. Raises Unreadable.
    """
    match text:
        case "every workday" | "all":
            return Target(text, text)
        case "none":
            return Target(text, "none", high=Decimal(0))
    if found := _BOUND.fullmatch(text):
        number, unit, per = _number(found[2]), _unit(found[2]), _period(found[3])
        percent, usd = unit == "%", unit == "$"
        if found[1] == "at least":
            return Target(text, "at least", low=number, percent=percent, usd=usd, per=per)
        return Target(text, "at most", high=number, percent=percent, usd=usd, per=per)
    if found := _BETWEEN.fullmatch(text):
        return _between(text, found[1], found[2])
    raise _unreadable(text, _target_why(text), _TARGET, _target_tries(text))


def read_money(text: str) -> Money:
    """Read `$40`, `$0.50`, `$40k`, `$45 a day`: US dollars, no thousands comma. Raises Unreadable."""
    if found := _MONEY.fullmatch(text):
        return Money(_number(found[1]), _period(found[2]))
    raise _unreadable(text, _money_why(text), _MONEY, _money_tries(text))


def read_count(text: str) -> tuple[int, Period | None, bool]:
    """Read `3`, `1 a day`, `1 a day each`: a number, its period, and whether it holds for each subject.

    Raises Unreadable.
    """
    if found := _COUNT.fullmatch(text):
        return int(found[1]), _period(found[2]), bool(found[3])
    near = _per_words(_plain(text))
    near = re.sub(r"\b(?:once|one)\b", "1", near).replace("twice", "2").replace(" times", "")
    near = re.sub(
        r" (?:for |per |to |of )?(?:each|every|per|a) (?:subject|one|account|person|kind)\b", " each", near
    )
    tries = [near, re.sub(r"(.+) each( a \w+)", r"\1\2 each", near)]
    why = "a count is a whole number, then `a day`, `a week` or `a month`, then `each`, both optional"
    raise _unreadable(text, why, _COUNT, tries)


def _unreadable(text: str, why: str, readable: re.Pattern[str], tries: list[str]) -> Unreadable:
    kept = [t for t in dict.fromkeys(tries) if readable.fullmatch(t)][:3]
    return Unreadable(why, end=len(text), suggestions=kept or _USUAL[readable])


def _between(text: str, first: str, last: str) -> Target:
    low, high, unit = _number(first), _number(last), _unit(first)
    if unit != _unit(last):
        bare = [end.strip("$%") for end in (first, last)]
        units = [u for u in (unit, _unit(last)) if u] + [""]
        both = [f"between {_with_unit(bare[0], u)} and {_with_unit(bare[1], u)}" for u in units]
        names = {"%": "in percent", "$": "in dollars", "": "a plain number"}
        why = f"one end is {names[units[0]]} and the other is not"
        raise _unreadable(text, why, _TARGET, both)
    if low > high:
        swapped = f"between {last} and {first}"
        raise Unreadable("the lower end comes first", end=len(text), suggestions=(swapped,))
    return Target(text, "between", low, high, percent=unit == "%", usd=unit == "$")


def _number(amount: str) -> Decimal:
    """The value of `6`, `80%` (percent points), `$40` or `$5k` (dollars)."""
    number = Decimal(amount.strip("$%k")) * (1000 if amount.endswith("k") else 1)
    whole = number.to_integral_value()
    return whole if whole == number else number


def _unit(amount: str) -> str:
    return "$" if amount.startswith("$") else "%" if amount.endswith("%") else ""


def _with_unit(bare: str, unit: str) -> str:
    return f"${bare}" if unit == "$" else f"{bare}{unit}"


def _period(word: str | None) -> Period | None:
    match word:
        case "day" | "week" | "month":
            return word
        case _:
            return None


def _plain(text: str) -> str:
    """Small letters, single blanks, no thousands commas, no zeros ahead; empty if too long to be mended."""
    if len(text) > _LONGEST:
        return ""
    text = re.sub(r"\s+", " ", text).strip().lower()
    text = re.sub(r"(?<![0-9.,])0+(?=[0-9])", "", text)
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)


def _per_words(text: str) -> str:
    """Periods as the grammar says them: `a day` for daily, per day, /day."""
    text = re.sub(r" ?(?:/|per|every|each|an?) ?(day|week|month)s?\b", r" a \1", text)
    for word, period in (("daily", "day"), ("weekly", "week"), ("monthly", "month")):
        text = re.sub(rf" ?\b{word}\b", f" a {period}", text)
    return text


def _target_why(text: str) -> str:
    if sign := re.search(r"[<>≤≥]=?|=", text):
        return f"a target is said in words, not with {sign.group()}"
    if re.search(r"[0-9],[0-9]{3}", text):
        return "no thousands comma"
    if _FOREIGN.search(text.lower()):
        return "money is in US dollars"
    if _BELOW_0.search(text):
        return "money in a target is never below $0"
    if re.fullmatch(AMOUNT, text):
        return "a number alone does not say which side is good"
    if re.search(r"(?<![$0-9.])[0-9.]+[kK]\b", text):
        return "k is for money, as $5k; any other number is written out"
    return "a target is: at least N, at most N, between A and B, every workday, all, none"


def _target_tries(text: str) -> list[str]:
    from difflib import get_close_matches  # 4 ms to import, and only a mistake needs it

    if _BELOW_0.search(text):
        return []
    plain = _in_dollars(_per_words(re.sub(r"(?<=[0-9]) %| percent", "%", _plain(text))))
    plain = re.sub(r"\b(?:not?|never) (?:less|fewer|under|below)(?: than)?\b", ">=", plain)
    plain = re.sub(r"\b(?:not?|never) (?:more|over|above)(?: than)?\b", "<=", plain)
    plain = re.sub(rf"({AMOUNT}) ?(?:\+|or (?:more|over|above|higher|better))", r">= \1", plain)
    plain = re.sub(rf"({AMOUNT}) ?or (?:less|fewer|under|below|lower)", r"<= \1", plain)
    for sign, words in (
        (r"≥|>=|=>|>|^min(?:imum)?\b|\bmore than\b|\bover\b|\babove\b|\bnot less than\b", "at least "),
        (r"≤|<=|=<|<|^max(?:imum)?\b|\bless than\b|\bunder\b|\bbelow\b|\bup to\b", "at most "),
    ):
        plain = re.sub(rf" ?(?:{sign}):? ?", words, plain)
    out = re.sub(r"(?<![$0-9.])([0-9]+(?:\.[0-9]{1,3})?)k\b", lambda m: f"{_number(m[0]):f}", plain)
    both = (out, re.sub(r"(?<![$0-9.])([0-9]+(?:\.[0-9]+)?k)\b", r"$\1", plain))
    tries = [plain, *(both if out != plain else ())]
    plain = out
    if not re.search("[0-9]", plain):
        tries += get_close_matches(plain, ("none", "all", "every workday"), n=1, cutoff=0.7)
    if re.search(r"\bevery\b.*day|daily|workday", text[:_LONGEST].lower()):
        tries.append("every workday")
    if re.fullmatch(r"\$?0%?|zero|nothing|never", plain):
        tries.append("none")
    if ends := re.search(rf"({AMOUNT}) ?(?:-|–|to|and|\.\.) ?({AMOUNT})", plain):
        tries.append(_range(ends[1], ends[2]))
    elif number := re.search(rf"(?<![0-9.$])({AMOUNT})(?![0-9.])({PER})", plain):
        bound = number[1] + number[2]
        sides = [w for w in ("at least", "at most") if w in plain] or ["at least", "at most"]
        tries += [f"{side} {bound}" for side in sides]
    return tries


def _range(first: str, last: str) -> str:
    """Two ends in their order and of one unit."""
    unit = _unit(first) or _unit(last)
    low, high = sorted((first.strip("$%"), last.strip("$%")), key=_number)
    return f"between {_with_unit(low, unit)} and {_with_unit(high, unit)}"


def _in_dollars(text: str) -> str:
    """Amounts as the grammar says them: `$5` for 5 dollars, 5 USD, $ 5, €5."""
    text = re.sub(r"(?:\$|€|£|¥|\b(?:us ?)?\$|\b(?:usd|eur|gbp|chf)) ?(?=[0-9])", "$", text)
    return re.sub(
        r"(?<![0-9.$])([0-9]+(?:\.[0-9]+)?k?) ?(?:\$|€|£|¥|(?:dollars?|euros?|usd|eur|gbp|chf)\b)",
        r"$\1",
        text,
    )


def _money_why(text: str) -> str:
    if "," in text:
        return "no thousands comma"
    if _FOREIGN.search(text.lower()):
        return "money is in US dollars"
    if re.match("[0-9]", text):
        return "money begins with $"
    return "money is $ and a number, then k for thousands, then `a day`, `a week` or `a month`"


def _money_tries(text: str) -> list[str]:
    plain = _per_words(_plain(text))
    number = re.search(r"([0-9]+(?:\.[0-9]+)?) ?(k\b)?", plain)
    if not number:
        return []
    per = re.search(r" a (?:day|week|month)\b", plain)
    amount = number[1].lstrip("0") or "0"
    amount = f"0{amount}" if amount.startswith(".") else amount
    return [f"${amount}{number[2] or ''}{per.group() if per else ''}"]
