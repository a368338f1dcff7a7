"""What to try instead of a cadence that was not read: texts near it, likely to be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

LONGEST = 200  # characters; past it nobody is helped by a mended phrase, and searching costs
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SPREAD = {  # times a day, over a working day
    1: "09:00",
    2: "09:00 and 15:00",
    3: "09:00, 12:00 and 15:00",
    4: "10:00, 12:00, 14:00 and 16:00",
}
KNOWN = {  # what people write, and what they mean
    "daily": "every day at 07:00",
    "every day": "every day at 07:00",
    "@daily": "every day at 00:00",
    "@midnight": "every day at 00:00",
    "@hourly": "every 1h",
    "@weekly": "sundays at 00:00",
    "@monthly": "the 1st of the month at 00:00",
    "nightly": "every day at 02:00",
    "weekly": "mondays at 09:00",
    "monthly": "the 1st of the month at 09:00",
    "weekdays": "weekdays at 09:00",
    "weekends": "weekends at 09:00",
    "when a message arrives": "when mail arrives",
    "on mail": "when mail arrives",
    "when mail comes": "when mail arrives",
    "on escalation": "when an escalation arrives",
    "on demand": "when asked",
    "manual": "when asked",
    "never": "when asked",
    "on request": "when asked",
}
TEMPLATES = (
    *KNOWN.values(),
    "weekdays at 07:15",
    "mondays and thursdays at 10:00",
    "the last workday of the month at 16:00",
    "every 5m",
    "every 2h from 08:00 to 18:00 on weekdays",
)
WEEKDAY = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?|wed|thu|sat"
TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"

CRON_DAYS = {"*": "every day", "1-5": "weekdays", "mon-fri": "weekdays", "0,6": "weekends", "6,0": "weekends"}
CRON_DAYS |= {"6,7": "weekends", "sat,sun": "weekends", "0": "sundays", "7": "sundays"}
CRON_DAYS |= {
    field: f"{day}s"
    for number, day in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1
    )
    for field in (str(number), day[:3])
}
_MAIL = re.compile(
    r"(?:on|upon|when|whenever|after|for|if)? ?(?:there is |it gets |it has )?(?:an? |any |new |the )*"
    r"(?:e-?mails?|mails?|messages?|inbox)(?: (?:is |are |has |in )?(?:arriv|receiv|com|land|new|waiting)\w*(?: in)?)?"
)
_ESCALATION = re.compile(
    r"(?:on|upon|when|whenever|after) (?:an? |any |new )*escalations?(?: (?:is |are )?(?:arriv|rais|com|receiv)\w*)?"
)
_CHANGE = re.compile(
    r"(?:when|whenever|if|once|after) (\S+) (?:is |was |has |gets |has been )?"
    r"(?:changed?|changes|updated?|updates|modified|written|new)"
)
_CHANGE_OF = re.compile(r"(?:on|upon|when|after)(?: an?y?)? (?:changes?|updates?) (?:of|to|in|at) (\S+)")
_AFTER = re.compile(
    r"after ([a-z][a-z0-9-]*)|(?:after|when|once|on|upon|whenever) (?!mail|email)([a-z][a-z0-9-]*)(?:'s)?"
    r" (?:is |has |was )?(?:done|finish|end|ready|ran|run|complete|report|publication)\w*(?: turn)?"
)

Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]


def near(text: str) -> Iterator[str]:
    """Yield phrases that say what `text` seems to mean, nearest first; some may not be readable either."""
    if len(text) > LONGEST:
        return
    plain = re.sub(r"[\s\x00-\x1f]+", " ", text).strip()
    yield plain
    lower = plain.lower().rstrip(".")
    yield lower
    yield KNOWN.get(lower, "")
    yield from _times_a_day(lower)
    yield from events(plain)
    if len(plain.split(" ")) == 5:
        yield _cron_in_words(plain)
        yield f"cron: {plain}"
    mended = _rewrite(lower, REWRITES)
    yield mended
    yield KNOWN.get(mended, "")
    yield f"the {mended}"
    yield from _reordered(mended)
    yield from _reordered(f"the {mended}")


def _cron_in_words(fields: str) -> str:
    """What a simple cron line says in words, or ""; which days are workdays is the fleet's to say."""
    minute, hour, *date, day = fields.split(" ")
    days = CRON_DAYS.get(day.lower(), "")
    if date != ["*", "*"] or not days:
        return ""
    on = "" if days == "every day" else f" on {days}"
    if step := re.fullmatch(r"\*(?:/([0-9]+))?", minute):
        return f"every {step[1] or 1}m{on}" if hour == "*" else ""
    if step := re.fullmatch(r"\*(?:/([0-9]+))?", hour):
        return f"every {step[1] or 1}h{on}" if minute in ("0", "00") else ""
    if not minute.isdecimal() or not all(one.isdecimal() for one in hour.split(",")):
        return ""
    return f"{days} at " + " and ".join(f"{int(one):02}:{int(minute):02}" for one in hour.split(","))


def general(text: str) -> list[str]:
    """List phrases of the grammar that look like `text`, or else some that show what there is."""
    mended = _rewrite(text[:LONGEST].lower(), REWRITES)
    if times := re.findall(TIME, mended):
        days = "weekdays" if "week" in mended or "work" in mended else "every day"
        return [f"{days} at {' and '.join(dict.fromkeys(times[:4]))}"]
    alike: list[str] = get_close_matches(mended, TEMPLATES, n=1, cutoff=0.6)
    return alike or ["weekdays at 07:15", "every 2h", "when mail arrives"]


def events(plain: str) -> Iterator[str]:
    """What happens, as others say it: `on mail`, `after dash`, `when data/x.csv is updated`."""
    lower = plain.lower().rstrip(".")
    if seats := re.fullmatch(r"when (.+) publish(?:es|ed)?", lower):
        yield from (f"when {one} publishes" for one in re.split(r",? and |, *", seats[1]))
    elif _MAIL.fullmatch(lower):
        yield "when mail arrives"
    elif _ESCALATION.fullmatch(lower):
        yield "when an escalation arrives"
    elif path := _CHANGE.fullmatch(plain) or _CHANGE_OF.fullmatch(plain):
        is_path = re.search("[./*]", path[1])
        yield f"when {path[1]} changes" if is_path else f"when {path[1].lower()} publishes"
    elif seat := _AFTER.fullmatch(lower):
        yield f"when {seat[1] or seat[2]} publishes"
    elif verb := re.fullmatch(r"when (\S+) ([a-z]+)", plain):
        for meant in get_close_matches(verb[2], ("publishes", "changes", "arrives"), n=1, cutoff=0.7):
            yield f"when {verb[1]} {meant}"


def _times_a_day(text: str) -> Iterator[str]:
    words = {**{w: i for i, w in enumerate(NUMBERS)}, "once": 1, "twice": 2, "thrice": 3}
    found = re.search(r"\b(once|twice|thrice|[a-z]+ times|[0-9]{1,2} times|[0-9]{1,2}x)\b", text)
    if not found:
        return
    word = re.sub(" times|x$", "", found[1])
    number = words.get(word, int(word) if word.isdecimal() and word.isascii() else 0)
    if number in SPREAD:
        yield f"weekdays at {SPREAD[number]}"
    if number and 24 % number == 0:
        yield f"every {24 // number}h"


def _rewrite(text: str, rewrites: tuple[Rewrite, ...]) -> str:
    for pattern, instead in rewrites:
        text = re.sub(pattern, instead, text, flags=re.ASCII)
    return text


def _reordered(text: str) -> Iterator[str]:
    """The same parts in the order of the grammar."""
    times = rf"{TIME}(?:(?: and |, ?){TIME})*"
    if found := re.fullmatch(rf"(?:at )?({times})(?:,? (?:on )?(.+))?", text):
        yield f"{found[2] or 'every day'} at {found[1]}"
    if found := re.fullmatch(rf"on (.+ at {times})", text):
        yield found[1]
    if found := re.fullmatch(r"(.+?)(?: on)? the (.+) of (?:the|every|each) month", text):
        yield f"the {found[2]} of the month {found[1]}"
    if found := re.fullmatch(rf"(.+ of the month|.+s|every day),? ({times})", text):
        yield f"{found[1]} at {found[2]}"
    if found := re.search(r"every ([1-9][0-9]*[mh])\b", text):
        window = re.search(rf"from ({TIME})(?: to ({TIME}))?", text)
        days = re.search(rf"\b(weekdays|weekends|(?:(?:{WEEKDAY})s(?:,| and)? ?)+)", text)
        hours = f" from {window[1]} to {window[2] or '18:00'}" if window else ""
        if window and window[1] == window[2]:
            hours = ""
        yield f"every {found[1]}{hours}" + (f" on {days[1].strip()}" if days else "")


def _whole_hours(found: re.Match[str]) -> str:
    """`from 8 to 18`; an end before its start that is no night is of the afternoon: `from 9 to 5`."""
    opens, closes = int(found[2]), int(found[3])
    closes += 12 if closes < opens <= 12 and closes < 12 else 0
    return f"{found[1]} from {opens:02}:00 to {closes % 24:02}:00"


def _half_day(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3].startswith("p") else 0)
    return f"{hour:02}:{found[2] or '00'}"


def _plural_day(found: re.Match[str]) -> str:
    begin = found[1][:3]
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next(f"{d}s" for d in full if d.startswith(begin))


def _ordinal(found: re.Match[str]) -> str:
    number = int(found[1])
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _whole_interval(found: re.Match[str]) -> str:
    minutes = int(found[1]) * 60 + int(found[2])
    return f"every {minutes}m"


def _minutes(found: re.Match[str]) -> str:
    return f"every {max(1, int(found[1]) // 60)}m"


# In this order: times first, then days, intervals, the frame.
REWRITES: tuple[Rewrite, ...] = (
    (r"(?<![0-9:.])([0-9]{1,2})(?:[:.h]([0-9]{2}))? ?([ap])\.?m\b\.?", _half_day),
    (r"(?<![0-9:])([0-9]):([0-9]{2})\b", r"0\1:\2"),
    (r"(?<![0-9:])([0-9]{2}:[0-9]{2}):[0-9]{2}\b", r"\1"),
    (r"(?<![0-9:])([01][0-9]|2[0-3])[.h]([0-5][0-9])\b", r"\1:\2"),
    (r"\bat (0?[0-9]|1[0-9]|2[0-3])(?=$| and|,)", lambda m: f"at {int(m[1]):02}:00"),
    (r"\b24:00\b|\bmidnight\b", "00:00"),
    (r"\b(?:noon|midday)\b", "12:00"),
    (r"[&;]", " and "),
    (r"\b(?:each|per)\b", "every"),
    (r"\b(?:workdays?|(?:business|working|week) days?|weekdays?)\b(?! of)", "weekdays"),
    (r"\bworkdays? of\b", "workday of"),
    (r"\bweekends?\b", "weekends"),
    (r"\bmon(?:days?)? ?(?:-|–|to|through|till|until) ?fri(?:days?)?\b", "weekdays"),
    (r"\bsat(?:urdays?)? ?(?:-|–|to|and|&) ?sun(?:days?)?\b", "weekends"),
    (r"^(?:daily|every (?:morning|evening|night|day))\b", "every day"),
    (rf"\b({WEEKDAY})s?\b", _plural_day),
    (r"\b(?:every|on) (?=weekdays|weekends|[a-z]+days (?:at|and))", ""),
    (r"\b0*([1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)\b", _ordinal),
    (r"\bof (?:every|a) month\b", "of the month"),
    (r"\bfirst (?=day|of)(?:day )?", "1st "),
    (r"\bhourly\b|\bevery hour\b", "every 1h"),
    (r"\bevery (?:minute)\b", "every 1m"),
    (r"\bevery half(?: an)? hour\b", "every 30m"),
    (r"\bevery quarter(?: of an)? hour\b", "every 15m"),
    (r"\bevery other hour\b", "every 2h"),
    (rf"\b({'|'.join(NUMBERS[1:])}) (?=minutes?|hours?)", lambda m: f"{NUMBERS.index(m[1])} "),
    (r"\bevery 0*([0-9]{1,2}) ?h(?:ours?)? ?(?:and )?([0-9]{1,2}) ?m(?:in(?:ute)?s?)?\b", _whole_interval),
    (r"\bevery 0*([0-9]{1,4}) ?(?:m|mins?|minutes?)\b", r"every \1m"),
    (r"\bevery 0*([0-9]{1,3}) ?(?:h|hrs?|hours?)\b", r"every \1h"),
    (r"\bevery 0*([0-9]{1,5}) ?(?:s|secs?|seconds?)\b", _minutes),
    (r"\bevery (?:1|one) ?d(?:ays?)?\b(?! at)", "every 24h"),
    (r"\bbetween (\S+) and (\S+)", r"from \1 to \2"),
    (rf"({TIME}) ?(?:-|–|until|till|through) ?({TIME})", r"\1 to \2"),
    (rf"(every [0-9]+[mh]) (?=({TIME}) to)", r"\1 from "),
    (
        r"(every [0-9]+[mh]) (?:from )?([0-9]{1,2}) ?(?:-|–|to|until|till) ?([0-9]{1,2})(?![0-9:])",
        _whole_hours,
    ),
    (r"@ ?(?=[0-9])", "at "),
    (r" +", " "),
    (r"\b([a-z]+days|[0-9]{2}:[0-9]{2})(?:(?:,| and) \1\b)+", r"\1"),
)
