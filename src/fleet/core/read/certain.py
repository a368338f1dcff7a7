"""Certain: whether what is wrong can mean one thing only, so that a program may write it down.

What decides who may do what is never certain here: a person reads it again and says it himself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from fleet.core.cadence_tries import REWRITES, WEEKDAY
from fleet.core.read.keys import Keys
from fleet.core.read.near import SLIPPED

GRANTING = frozenset(
    ("can", "do", "ask", "use", "rank", "then", "person", "login", "if")
    + ("seat", "action", "private", "outside")
)
"""Keys that give or order power: a near miss of one is told, and left."""

SAME: Mapping[str, str] = {
    **dict.fromkeys(("manager", "reports_to", "report_to", "managed_by", "answersto", "boss"), "answers_to"),
    **dict.fromkeys(("supervisor",), "answers_to"),
    **dict.fromkeys(("responsibilities", "functions", "responsible_for", "accountable_for"), "owns"),
    **dict.fromkeys(("schedule", "cadence", "trigger", "triggers", "frequency", "wakes"), "when"),
    **dict.fromkeys(("inputs", "depends_on", "sources", "dependencies", "deps"), "reads"),
    **dict.fromkeys(("kpi", "kpis", "metrics", "targets"), "scorecard"),
    **dict.fromkeys(("cmd", "command", "exec"), "run"),
    **dict.fromkeys(("timeout", "max_time", "max_duration"), "limit"),
    **dict.fromkeys(("retry", "max_retries"), "retries"),
    **dict.fromkeys(("ttl", "valid_for", "fresh_for"), "good_for"),
    **dict.fromkeys(("max_age",), "fresh_within"),
    **dict.fromkeys(("misfire", "on_missed", "catch_up", "catchup", "if_missed"), "missed"),
    **dict.fromkeys(("tz", "zone", "time_zone"), "timezone"),
    **dict.fromkeys(("agents", "roles", "members"), "seats"),
    **dict.fromkeys(("holiday",), "holidays"),
    **dict.fromkeys(("includes", "imports"), "include"),
    **dict.fromkeys(("reason", "why"), "because"),
    **dict.fromkeys(("deadline", "sla"), "within"),
    **dict.fromkeys(("fields", "payload", "carries"), "with"),
    **dict.fromkeys(("role", "position", "job"), "title"),
    **dict.fromkeys(("url", "endpoint", "webhook"), "http"),
    **dict.fromkeys(("header", "http_headers"), "headers"),
    **dict.fromkeys(("range",), "plausible"),
    **dict.fromkeys(("handoff",), "handoffs"),
    **dict.fromkeys(("rule",), "rules"),
    **dict.fromkeys(("conflict",), "conflicts"),
    **dict.fromkeys(("action",), "actions"),
}
"""Other people's keys whose values have the very grammar of ours, where a map's table leads to that one."""

_LONG = 7  # letters: in a word so long two slips are still one word
_LONGEST = 200  # characters of a phrase worth mending
_FILLERS = frozenset(("at", "on", "the", "and", ",", "of"))
# What the rewriting of cadences gives a guess for, or cuts off.
_GUESSED = re.compile(
    r"\bsec|\bs\b|[0-9]s\b|morning|evening|night|noon|midday|24:|business|working|week days?\b"
    r"|[0-9]:[0-9]{2}:[0-9]|\bat [0-9]{1,2}(?![0-9:.h])(?! ?[ap]\.?m)|every (?:[0-9]+|one) ?d"
    r"|[0-9] ?(?:to|-|–|until|till|and) ?[0-9]{1,2}(?![0-9:.h])"  # 9 to 5 can be at night
)
_AT_LEAST = re.compile(r"^(?:≥|>=|=>|min(?:imum)?\b|not less than\b):? ?")
_AT_MOST = re.compile(r"^(?:≤|<=|=<|max(?:imum)?\b|not more than\b|up to\b):? ?")
_PERIOD = re.compile(r" ?(?:/|\bper\b|\bevery\b|\beach\b|\ban?\b) ?(day|week|month)\b")
_MONEY = re.compile(r"(?:us ?\$|\$|usd) ?([0-9.]+k?)\b|([0-9.]+k?) ?(?:\$|usd\b|dollars?\b)")
_SPAN = re.compile(r"([1-9][0-9]*) ?(s|m|h|d|w|sec|min|hr|second|minute|hour|day|week|wk)s?")
_PART_OF_SPAN = re.compile(rf"\b{_SPAN.pattern}\b")
_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")


def certain_key(name: str, keys: Keys, taken: Collection[str]) -> str:
    """Find the one key that a wrong one can mean, and that its map does not have yet; else ""."""
    word = re.sub("[- ]", "_", name.strip().lower())
    if word in keys.names:
        meant = {word}
    elif SAME.get(word, "") == keys.meanings.get(word):
        meant = {SAME[word]}
    elif word in keys.meanings:
        return ""
    else:
        same = [
            other
            for other, ours in keys.meanings.items()
            if SAME.get(other) == ours and len(other) >= SLIPPED
        ]
        near = nearest(word, (*keys.names, *keys.meanings))
        meant = {keys.meanings.get(other, other) for other in near if other in keys.names or other in same}
        meant |= {"" for other in near if other not in keys.names and other not in same}
    found = meant.pop() if len(meant) == 1 else ""
    return "" if found in taken or found in GRANTING else found


def certain_seat(name: str, seats: Iterable[str]) -> str:
    """Find the one seat that is one slip of the hand away; numbers are told apart, so never one of them."""
    near = [seat for seat in seats if slips(name, seat, 1) == 1] if len(name) > 2 else []
    odd = Counter(near[0]) if len(near) == 1 else Counter()
    odd.subtract(name if odd else "")
    return near[0] if odd and not any(c.isdigit() for c, n in odd.items() if n) else ""


def certain_phrase(code: str, text: str, tries: Sequence[str]) -> str:
    """Find the one phrase of a grammar that says what a text means, word for word; else ""."""
    if len(text) > _LONGEST or not (tries or code == "F306"):
        return ""
    means, plain = _MEANINGS.get(code), " ".join(text.split())
    said = means(plain, tries) if means else ""
    if said in tries or (said and code == "F306"):
        return said
    near = [one for one in tries if _is_slip(plain, one)] if means and code != "F306" else []
    return near[0] if len(near) == 1 else ""


def _is_slip(text: str, other: str) -> bool:
    """Whether two phrases have the same words and numbers, but for one letter in a word of letters alone."""
    words, others = text.split(" "), other.split(" ")
    odd = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if len(words) != len(others) or len(odd) != 1:
        return False
    word, meant = odd[0]
    return word.isalpha() and meant.isalpha() and len(meant) > 2 and slips(word, meant, 1) == 1


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """List the known words that are the fewest slips away: one, or two where the word is long."""
    if len(word) < 3:
        return []
    known = sorted(set(known))
    one = [other for other in known if slips(word, other, 1) == 1]
    return one or [other for other in known if len(word) >= _LONG and slips(word, other, 2) == 2]


def slips(word: str, other: str, most: int) -> int:
    """Count letters left out, added, changed, or changed with their neighbour; more than `most` is most + 1.

    >>> slips("titel", "title", 2), slips("manger", "manager", 2), slips("run", "when", 1)
    (1, 1, 2)
    """
    if abs(len(word) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and word[i - 2] == b:
                least = min(least, two_before[j - 2] + 1)
            row.append(least)
    return min(row[-1], most + 1)


def _cadence(text: str, tries: Sequence[str]) -> str:
    """A cadence with one try that has the same words, times and numbers."""
    lower = text.lower().rstrip(".")
    if f"cron: {text}" in tries and re.fullmatch(r"[0-9*/,-]+(?: [0-9a-z*/,#-]+){4}", lower):
        return f"cron: {text}"
    if len(tries) != 1:
        return ""
    if lower.startswith("when "):
        return tries[0] if slips(lower, tries[0].lower(), 2) <= 2 else ""
    if _GUESSED.search(re.sub(r"every day", "daily", lower)):
        return ""
    for pattern, instead in REWRITES:
        lower = re.sub(pattern, instead, lower, flags=re.ASCII)
    return tries[0] if _counted(lower) == _counted(tries[0]) else ""


def _counted(phrase: str) -> Counter[str]:
    words = re.findall(r"[^ ,]+", re.sub(rf"\b({WEEKDAY})s?\b", lambda m: m[1][:3], phrase))
    return Counter(word for word in words if word not in _FILLERS)


def _target(text: str, tries: Sequence[str]) -> str:
    said = _AT_MOST.sub("at most ", _AT_LEAST.sub("at least ", text.lower()))
    said = re.sub(r"(?<=[0-9])(?: %| ?percent\b)", "%", said)
    said = re.sub(r"^(?:each|every) work ?day$", "every workday", said)
    said = re.sub(r"^between (\S+) (?:to|-) (\S+)$", r"between \1 and \2", said)
    return said if said == "every workday" else _a_period(said)


def _a_period(text: str) -> str:
    said = _PERIOD.sub(r" a \1", text)
    for word, period in (("daily", "day"), ("weekly", "week"), ("monthly", "month")):
        said = re.sub(rf" {word}\b", f" a {period}", said)
    return said


def _money(text: str, tries: Sequence[str]) -> str:
    said = _MONEY.sub(lambda m: f"${m[1] or m[2]}", text.lower(), count=1)
    return _a_period(said)


def _count(text: str, tries: Sequence[str]) -> str:
    return re.sub(r"^(?:once|one)\b", "1", _a_period(text.lower()))


def _span(text: str, tries: Sequence[str]) -> str:
    if both := re.fullmatch(r"([1-9][0-9]*)h ?([1-9][0-9]*)m", text.lower()):
        return f"{int(both[1]) * 60 + int(both[2])}m"
    return _PART_OF_SPAN.sub(lambda m: f"{m[1]}{m[2][0]}", text.lower())


def _date(text: str, tries: Sequence[str]) -> str:
    found = _DATE.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


_MEANINGS: Mapping[str, Callable[[str, Sequence[str]], str]] = {
    "F301": _span,
    "F302": _money,
    "F303": _target,
    "F304": _span,
    "F306": _date,
    "F310": _cadence,
    "F312": _count,
    "F313": _span,
}
"""How a phrase that was refused, with a code, is said in our words."""
