"""What people type instead of the right words: one slip of a finger, another tool's word, a phrase nearly right.

Each maker gives the wrong text and the suggestions that count as right; no suggestion means that there is a mistake
to be found, and nothing that could be guessed.
"""

from __future__ import annotations

import re
from random import Random

Near = tuple[str, tuple[str, ...]]

KEYS = {
    "top": "fleet timezone workdays holidays mission budget limits defaults seats actions subjects conflicts rules "
    "handoffs escalation retired include",
    "seat": "title person login answers_to reach run python llm coding_agent a2a owns never when reads can good_for "
    "limit budget late_after missed retries skip_if scorecard stand_in input",
    "can": "do ask use",
    "path": "path fresh_within private outside",
    "metric": "target plausible by",
    "defaults": "budget limit skip_if late_after missed retries",
    "limits": "turns_at_once",
    "action": "run http about outside limit at_most repeat use headers once",
    "subject": "of from",
    "conflict": "about rank within then because",
    "rule": "name seat action if then because",
    "handoff": "from to within with",
    "retired": "title date record because gave",
}
BY_MEANING = {
    "top": "agents:seats roles:seats members:seats team:seats name:fleet tz:timezone time_zone:timezone tools:actions "
    "effects:actions policies:rules guardrails:rules workflows:handoffs escalations:escalation description:mission "
    "purpose:mission working_days:workdays default:defaults cost:budget goal:mission imports:include",
    "seat": "schedule:when cron:when trigger:when cadence:when manager:answers_to reports_to:answers_to "
    "boss:answers_to supervisor:answers_to tools:can permissions:can "
    "timeout:limit max_time:limit time_limit:limit command:run cmd:run "
    "exec:run role:title name:title job:title responsibilities:owns inputs:reads sources:reads depends_on:reads "
    "metrics:scorecard kpis:scorecard forbidden:never deny:never retry:retries max_retries:retries human:person "
    "username:login ttl:good_for valid_for:good_for max_cost:budget contact:reach grace:late_after model:llm",
    "can": "allow:do approve:ask confirm:ask secrets:use env:use",
    "path": "file:path max_age:fresh_within untrusted:outside secret:private",
    "metric": "goal:target range:plausible",
    "defaults": "timeout:limit cost:budget retry:retries max_retries:retries grace:late_after",
    "limits": "concurrency:turns_at_once max_parallel:turns_at_once",
    "action": "command:run cmd:run url:http subject:about timeout:limit idempotent:repeat rate_limit:at_most "
    "external:outside secrets:use env:use",
    "subject": "belongs_to:of parent:of source:from file:from",
    "conflict": "order:rank priority:rank subject:about reason:because window:within",
    "rule": "condition:if reason:because verdict:then effect:then agent:seat",
    "handoff": "source:from target:to deadline:within sla:within fields:with payload:with",
    "retired": "reason:because heirs:gave on:date",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slip(word: str, random: Random) -> str:
    """One edit: a letter dropped, doubled, swapped with the next, hit wrongly, or in the other case."""
    for _ in range(50):
        at = random.randrange(len(word))
        how = random.choice(["drop", "double", "swap", "replace", "case"])
        if how == "drop" and len(word) > 3:
            new = word[:at] + word[at + 1 :]
        elif how == "double":
            new = word[:at] + word[at] + word[at:]
        elif how == "swap" and at + 1 < len(word):
            new = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif how == "replace":
            new = word[:at] + random.choice(LETTERS) + word[at + 1 :]
        elif how == "case":
            new = random.choice([word.capitalize(), word.upper()])
        else:
            continue
        if new != word and re.fullmatch(r"[A-Za-z][\w.-]*", new):
            return new
    return word + "x"


def edits(a: str, b: str) -> int:
    """How many edits lie between two words, a swap of neighbours being one."""
    rows = [[max(i, j) if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(
                rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def mistyped(word: str, known: list[str], random: Random) -> Near | None:
    """The word with one slip, if no other known word is as near to what stands then."""
    new = slip(word, random)
    others = [one for one in known if one != word]
    if new in known or any(edits(new.lower(), one) <= edits(new.lower(), word) for one in others):
        return None
    return new, (word,)


def other_word(key: str, place: str, random: Random) -> Near | None:
    pairs = [pair.split(":") for pair in BY_MEANING.get(place, "").split()]
    found = [theirs for theirs, ours in pairs if ours == key]
    return (random.choice(found), (key,)) if found else None


def twelve(clock: str) -> str:
    hour, minute = (int(one) for one in clock.split(":"))
    tail = "" if minute == 0 else f":{minute:02}"
    return f"{(hour - 1) % 12 + 1}{tail}{'am' if hour < 12 else 'pm'}"


def cadence(text: str, random: Random) -> Near | None:
    if found := re.fullmatch(r"(.+) at (\d\d:\d\d)", text):
        return day_phrase(found[1], found[2], text, random)
    if found := re.fullmatch(r"(.+) at (\d\d:\d\d) and (\d\d:\d\d)", text):
        days, one, two = found.groups()
        choices = [f"{days} at {one} & {two}", f"{days} at {one} and at {two}", f"{days} {one} and {two}"]
        return random.choice(choices), (text,)
    if found := re.fullmatch(r"every (\d+)([mh])(.*)", text):
        return interval(found[1], found[2], found[3], text, random)
    if text == "when mail arrives":
        choices = [
            "when mail arives",
            "when email arrives",
            "on mail",
            "when a message arrives",
            "when mail comes",
            "new mail",
        ]
        return random.choice(choices), (text,)
    if found := re.fullmatch(r"when (\S+) publishes", text):
        choices = [
            f"when {found[1]} publish",
            f"after {found[1]}",
            f"when {found[1]} is done",
            f"when {found[1]} publihes",
        ]
        return random.choice(choices), (text,)
    if found := re.fullmatch(r"when (\S+) changes", text):
        choices = [f"when {found[1]} change", f"when {found[1]} is changed", f"on change of {found[1]}"]
        return random.choice(choices), (text,)
    return None


def day_phrase(days: str, clock: str, text: str, random: Random) -> Near:
    short = clock.lstrip("0") if not clock.startswith("00") else clock[1:]
    forms = [
        f"{days} {clock}",
        f"{days} at {twelve(clock)}",
        f"{days} at {clock.replace(':', '.')}",
        f"{days} at {clock} o'clock",
    ]
    if short != clock:
        forms.append(f"{days} at {short}")
    hour, minute = (int(one) for one in clock.split(":"))
    if days == "weekdays":
        cron = f"{minute} {hour} * * 1-5"
        forms += [
            f"weekday at {short}",
            f"Mon-Fri {clock}",
            f"mon-fri at {clock}",
            f"every weekday at {clock}",
            cron,
        ]
        if random.random() < 0.2:
            return cron, (text, f'cron: "{cron}"')
    elif days == "every day":
        forms += [
            f"daily at {twelve(clock)}",
            f"daily at {clock}",
            f"everyday at {clock}",
            f"each day at {clock}",
        ]
        forms += [f"{minute} {hour} * * *"]
    elif re.fullmatch(r"\w+days", days):
        forms += [f"{days[:-1]} at {clock}", f"every {days[:-1]} at {clock}", f"{days[:3]} at {clock}"]
    elif days == "weekends":
        forms += [f"weekend at {clock}", f"on weekends at {clock}"]
    elif " and " in days:
        first, second = days.split(" and ")
        forms += [f"{first[:-1]} and {second[:-1]} at {clock}", f"{first[:3]} and {second[:3]} at {clock}"]
    elif "the " in days:
        forms += [text.removeprefix("the "), text.replace("of the month", "of every month")]
    return random.choice(forms), (text,)


def interval(number: str, unit: str, rest: str, text: str, random: Random) -> Near:
    long = {"m": "minutes", "h": "hours"}[unit]
    forms = [
        f"every {number} {long}{rest}",
        f"every {number}{unit}{'in' if unit == 'm' else 'r'}{rest}",
        f"each {number}{unit}{rest}",
    ]
    if number == "1":
        forms += [f"hourly{rest}", f"every hour{rest}"]
    if ":00 to " in rest and rest.count(":00") == 2:
        forms += [f"every {number}{unit}{rest.replace(':00', '').replace(' 0', ' ')}"] * 2
        forms += [f"every {number}{unit}{rest.replace(' to ', '-').replace('from ', '')}"]
        forms += [f"every {number}{unit}{rest.replace('from', 'between').replace(' to ', ' and ', 1)}"]
    if rest.endswith(" on weekdays"):
        forms += [
            f"every {number}{unit}{rest.removesuffix(' on weekdays')} weekdays",
            text.replace("weekdays", "weekday"),
        ]
    return random.choice(forms), (text,)


def span(text: str, random: Random) -> Near | None:
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    if not found:
        return None
    number, unit = found.groups()
    name = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}[unit]
    short = {"s": "sec", "m": "min", "h": "hr", "d": "dy", "w": "wk"}[unit]  # `30 days` is right
    forms: list[Near] = [
        (new, (text,))
        for new in (f"{number}{name}s", f"{number} {short}", f"{number}{short}", f"{number}  {name}s")
    ]
    forms += [(number, ()), (f"-{text}", ()), (f"about {text}", (text,))]
    if unit == "h" and int(number) > 1:
        forms.append((f"{int(number) - 1}h30m", (f"{int(number) * 60 - 30}m",)))
    if unit == "m" and int(number) % 60 == 30:
        forms.append((f"{int(number) / 60:.1f}h", (text,)))
    if unit == "m":
        forms.append((f"PT{number}M", (text,)))
    return random.choice(forms)


def money(text: str, random: Random) -> Near | None:
    found = re.fullmatch(r"\$(\d+) a day", text)
    if not found:
        return None
    amount = found[1]
    forms = [
        f"{amount}$ a day",
        f"${amount}/day",
        f"{amount}$/day",
        f"${amount} per day",
        f"${amount} daily",
        f"{amount} a day",
    ]
    forms += [
        f"{amount} dollars a day",
        f"USD {amount} a day",
        f"${amount} each day",
        f"$ {amount} a day",
        f"{amount} USD a day",
    ]
    odd: list[Near] = [
        ("$1,000 a day", ("$1000 a day", "$1k a day")),
        (f"€{amount} a day", ()),
        ("cheap", ()),
    ]
    return random.choice(odd) if random.random() < 0.25 else (random.choice(forms), (text,))


def target(text: str, random: Random) -> Near | None:
    if found := re.fullmatch(r"(at least|at most) (\d+%?)( a (day|week|month))?", text):
        return bound(found[1], found[2], found[4] or "", text, random)
    if found := re.fullmatch(r"between (\S+) and (\S+)", text):
        low, high = found.groups()
        forms = [
            f"{low} - {high}",
            f"{low}-{high}",
            f"{low}..{high}",
            f"from {low} to {high}",
            f"{low} to {high}",
        ]
        return random.choice([*forms, f"between {low} to {high}", f"between {low}-{high}"]), (text,)
    table = {
        "every workday": ["each workday", "every work day", "every worday", "all workdays", "every workdays"]
    }
    table |= {"all": ["al", "everything", "100 percent of them"], "none": ["noen", "zero", "nothing"]}
    if text not in table:
        return None
    new = random.choice(table[text])
    return new, (() if " of " in new else (text,))


def bound(which: str, number: str, per: str, text: str, random: Random) -> Near:
    tail = f" a {per}" if per else ""
    if which == "at least":
        forms = [
            f'">= {number}{tail}"',
            f"{number}+{tail}",
            f"min {number}{tail}",
            f"minimum {number}{tail}",
            f"{number} or more{tail}",
        ]
        forms += [
            f"atleast {number}{tail}",
            f"at lest {number}{tail}",
            f"at-least {number}{tail}",
            f"no less than {number}{tail}",
        ]
    else:
        forms = [
            f'"<= {number}{tail}"',
            f"max {number}{tail}",
            f"under {number}{tail}",
            f"up to {number}{tail}",
        ]
        forms += [
            f"no more than {number}{tail}",
            f"atmost {number}{tail}",
            f"at mots {number}{tail}",
            f"{number} or less{tail}",
        ]
    if per:
        forms += [f"{which} {number} per {per}", f"{which} {number}/{per}", f"{which} {number} each {per}"]
        forms += [f"{which} {number} {'daily' if per == 'day' else per + 'ly'}"]
    if number.endswith("%"):
        forms += [f"{which} {number[:-1]} percent{tail}", f"{which} {number[:-1]} %{tail}"]
    return random.choice(forms), (text,)


def missed(text: str, random: Random) -> Near | None:
    table = {
        "skip": ["skipp", "ignore", "Skip", "drop"],
        "run all": ["runall", "run_all", "run everything", "all", "run al"],
    }
    if text in table:
        return random.choice(table[text]), (text,)
    if found := re.fullmatch(r"run once if under (\d+)h late", text):
        n = found[1]
        forms = [
            f"run once if less than {n}h late",
            f"run once if under {n} hrs late",
            f"run one if under {n}h late",
        ]
        forms += [
            f"run once if under {n}h",
            f"run once if < {n}h late",
            f"once if under {n}h late",
            f"run_once if under {n}h late",
        ]
        return random.choice(forms), (text,)
    return None


def choice(text: str, random: Random) -> Near | None:
    """Words of small closed choices, by what they stand for."""
    table: dict[str, list[str]] = {
        "nothing new": ["nothing-new", "nothing neww", "no news", "noting new", "nothing_new"],
        "never": ["nevr", "no", "nver"],
        "safe": ["saef", "Safe", "safe"],
        "yes": ["yse", "yess", "y", "Yes"],
        "no": ["nope", "No"],
        "ever": ["evr", "Ever", "forever"],
        "a day": ["daily", "per day", "aday"],
        "hold": ["hodl", "Hold", "wait", "park"],
        "refuse": ["refues", "deny", "reject", "block", "forbid"],
        "allow": ["alow", "permit"],
        "text": ["string", "txet", "str"],
        "number": ["numbr", "int", "float"],
        "subject": ["subjet", "entity"],
        "time": ["tiem", "datetime", "timestamp"],
        "mon-fri": ["monday-friday", "mon to fri", "mon-fry", "Mon-Fri", "mon - fri"],
        "mon-sat": ["monday-saturday", "mon to sat", "mon-sta", "Mon-Sat"],
    }
    return (random.choice(table[text]), (text,)) if text in table else None


def at_most(text: str, random: Random) -> Near | None:
    found = re.fullmatch(r"(\d+) a day each", text)
    if not found:
        return None
    n = found[1]
    return random.choice(
        [
            f"{n}/day each",
            f"{n} per day each",
            f"{n} a day per subject",
            f"{n} times a day each",
            f"{n} a dya each",
        ]
    ), (text,)


def zone(text: str, random: Random) -> Near | None:
    if "/" not in text:
        return random.choice(["Universal/Time", "Mars/Olympus"]), ()
    area, city = text.split("/")
    forms = [
        f"{area}/{slip(city, random)}",
        f"{area}-{city}",
        text.lower(),
        city,
        f"{slip(area, random)}/{city}",
    ]
    if "_" in city:
        forms += [text.replace("_", " "), text.replace("_", "")]
    return random.choice(forms), (text,)


def date(text: str, random: Random) -> Near | None:
    year, month, day = text.split("-")
    near = [
        f"{day}.{month}.{year}",
        f"{year}/{month}/{day}",
        f"{year}-{int(month)}-{int(day)}",
        f"{year}{month}{day}",
    ]
    near = [one for one in near if one != text]
    return (
        (random.choice([f"{year}-13-{day}", f"{year}-02-30", "last spring"]), ())
        if random.random() < 0.3
        else (random.choice(near), (text,))
    )


def count(text: str, random: Random) -> Near | None:
    names = ["zero", "one", "two", "three", "four", "five", "six"]
    if not text.isdigit() or int(text) >= len(names):
        return None
    return random.choice(
        [
            (names[int(text)], (text,)),
            (f"{text}x", (text,)),
            (f"-{int(text) + 1}", ()),
            (f"{text}.5", ()),
            ("many", ()),
        ]
    )
