"""Complaint: what CEL's checker says of a condition, said so that it helps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

from fleet.core.lexicon import CALLS, SORTS, VARIABLES
from fleet.core.read import key
from fleet.core.span import read_span
from fleet.errors import Unreadable

_SAYS = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(\d+):(\d+): (.*)", re.MULTILINE)
_SAID = {
    "string": "text", "int": "a whole number", "uint": "a whole number", "double": "a number", "bool": "yes or no",
    "google.protobuf.timestamp": "an instant", "google.protobuf.duration": "a span", "timestamp": "an instant",
    "duration": "a span", "dyn": "anything", "null": "null", "bytes": "bytes", "list": "a list", "map": "a map",
    "fleet.action": "the action", "fleet.state": "a state", "fleet.items": "an item", "fleet.claims": "a claim",
    "fleet.letters": "a message", "google.protobuf.struct": "a map",
}  # fmt: skip
_INSTEAD = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "=": "==",
    "&": "&&",
    "|": "||",
    "<>": "!=",
    "is": "==",
    "none": "null",
    "true": "true",
}
_QUOTE = "[\u201c\u201d\u201e\u201f\u2018\u2019\u00ab\u00bb]"
_SLIPS = (  # what is written so, how a condition says it, and why
    (re.compile(rf"{_QUOTE}([^\n]*?){_QUOTE}"), '"{}"', 'a text stands in straight quotes, as "this"'),
    (re.compile(r"\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\w,])"), "{}", "a number has no commas and no $"),
    (re.compile(r"\$(\d+(?:\.\d+)?)"), "{}", "a number has no commas and no $"),
    (re.compile(r"(\d+ ?[a-zA-Z]+)"), 'span("{}")', "a span of time stands in span(..)"),
    (re.compile(r"([a-z][a-z0-9-]*:[a-z0-9][\w.@+-]*)"), '"{}"', "a text stands in quotes"),
)
_TOKEN = re.compile(r"[A-Za-z_]\w*|\"[^\"\n]*\"|'[^'\n]*'|[<>=!&|]+|\S|$")

_CLOCK = {
    "year": "getFullYear", "month": "getMonth", "day": "getDate", "date": "getDate", "dayofmonth": "getDayOfMonth",
    "weekday": "getDayOfWeek", "dayofweek": "getDayOfWeek", "dow": "getDayOfWeek", "dayofyear": "getDayOfYear",
    "hour": "getHours", "minute": "getMinutes", "second": "getSeconds", "millisecond": "getMilliseconds",
}  # fmt: skip
_METHODS = {
    "size": "size()", "contains": 'contains("late")', "startsWith": 'startsWith("account:")',
    "endsWith": 'endsWith("-eu")', "matches": 'matches("^[A-Z]")',
    **{name: f"{name}(one, ..)" for name in ("exists", "all", "exists_one", "filter", "map")},
    **{name: f'{name}("Europe/Berlin")' for name in _CLOCK.values()},
}  # fmt: skip
"""What is called with a dot before it, and how it looks there."""
_DOTTED = (
    "size, contains, startsWith, endsWith, matches, exists, all, filter, map, of an instant getHours and such"
)
_ELSEWHERE = {
    **_CLOCK, "length": "size", "len": "size", "count": "size", "includes": "contains", "include": "contains",
    "has": "contains", "any": "exists", "some": "exists", "every": "all", "match": "matches", "regex": "matches",
}  # fmt: skip
"""What others call them."""
_TAKES = {
    "touches": "a subject, a seat and a span", "age": "an instant or a state", "span": "one text", "size": "nothing",
    **dict.fromkeys(_CLOCK.values(), "a zone, or nothing"),
    **dict.fromkeys(("contains", "startsWith", "endsWith", "matches"), "one text"),
}  # fmt: skip

_NEAR = 0.75
"""How alike two words are, of 1, where one is taken for a slip in the other rather than for a field of the payload."""


def refuse(text: str, says: str) -> NoReturn:
    """Raise Unreadable for a condition with all that the checker says of it, each at its place."""
    if "recursion limit" in says:
        raise Unreadable("it is nested too deep: 32 is the limit")
    found = list(_SAYS.finditer(says))
    if not found:
        raise Unreadable(says.partition(" [")[0].partition(": ")[2].lower() or says)
    first = next((one for one in found if "Syntax error" in one[3]), None)  # the others follow from it
    raise Unreadable.of([_told(text, one) for one in ([first] if first else found)])


def _told(text: str, match: re.Match[str]) -> Unreadable:
    lines = text.split("\n")
    line, column = int(match[1]), int(match[2])
    start = min(sum(len(one) + 1 for one in lines[: line - 1]) + column - 1, len(text))
    why, start, tries = _worded(text, match[3].partition(" [")[0], start)
    slip, token = re.match(r"'(.+)' cannot stand here: ", why), _TOKEN.match(text, start)
    end = max(token.end() if token else start, min(start + 1, len(text)))
    if slip is not None and text.startswith(slip[1], start):
        end = start + len(slip[1])
    return Unreadable(why, start=start, end=end, suggestions=tries)


def _worded(text: str, says: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    if match := re.match(r"undefined field '(.+)' not found in struct '(?:fleet\.)?(.+)'", says):
        words = [word.name for word in SORTS[match[2]]]
        what = _SAID[f"fleet.{match[2]}"]
        at = text.find(match[1], start)
        return (
            f"{what} has no {match[1]}; it has {', '.join(words)}",
            at,
            _instead_of(match[1], match[2], words),
        )
    if match := re.match(r"undeclared reference to '(.+?)'", says):
        return _undeclared(text, match[1].partition(".")[0], start)
    if match := re.match(r"found no matching overload for '(.+)' applied to '(.*)'", says):
        return _mismatched(text, match[1], match[2], start)
    if match := re.match(r"expression of type '(.+)' cannot be the operand of a select", says):
        return _selected(text, match[1], start)
    return _misplaced(text, says, start)


def _instead_of(name: str, sort: str, words: Sequence[str]) -> tuple[str, ...]:
    """Say what an unknown field may be: one that is spelled nearly so, else one of the payload."""
    from difflib import SequenceMatcher  # only a mistake needs it

    near = key.close(name, words)
    if "with" not in words or (near and SequenceMatcher(None, name, near[0]).ratio() >= _NEAR):
        return near
    return (f"action.with.{name}" if sort == "action" else f"with.{name}",)


def _selected(text: str, sort: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    """Word a field of what has none, as `size` without its ()."""
    name = re.match(r"\.?\s*(\w+)", text[start:])
    asked = name[1] if name else ""
    at = start + (name.start(1) if name else 0)
    if asked == "size":
        return "size is asked with () behind it", at, ("size()",)
    tries = (f"exists(one, one.{asked} == ..)",) if sort.startswith("list(fleet.") else ()
    return f"{say_type(sort)} has no {asked}", at, tries


def _misplaced(text: str, says: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    """Word what is no sentence of CEL at all."""
    if "mismatched input '<EOF>'" in says or "extraneous input '<EOF>'" in says:
        return "it is not finished", len(text.rstrip()), ()
    missing = re.search(r"missing '(.)' at '(.*)'", says)
    if missing is not None and missing[2] == "<EOF>":
        return f"it is not finished: a {missing[1]!r} is missing", len(text.rstrip()), ()
    if (slip := _slip(text, start)) is not None:
        return slip
    token = _TOKEN.match(text, start)
    said = token[0] if token is not None else ""
    if missing is not None and said:
        return f"{said!r} cannot stand here: a {missing[1]!r} is missing before it", start, ()
    before = re.search(r"\bnot\s+$", text[:start], re.IGNORECASE)
    if before is not None:
        start, said = before.start(), before[0].strip()
    known = _INSTEAD.get(said.lower())
    return f"{said or 'this'!r} cannot stand here", start, (known,) if known else ()


def _slip(text: str, start: int) -> tuple[str, int, tuple[str, ...]] | None:
    """Find what is written as elsewhere: amounts, spans, subjects and texts in the quotes of a word processor."""
    for pattern, shape, why in _SLIPS:
        for found in pattern.finditer(text):
            if not found.start() <= start < found.end() or ("span" in shape and not _is_span(found[1])):
                continue
            return (
                f"{found[0]!r} cannot stand here: {why}",
                found.start(),
                (shape.format(found[1].replace(",", "")),),
            )
    return None


def _is_span(text: str) -> bool:
    try:
        read_span(text)
    except Unreadable:
        return False
    return True


def _undeclared(text: str, name: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    at = start if text.startswith(name, start) else text.rfind(name, 0, start + 1)
    at = at if at >= 0 else start
    called = text[at + len(name) :].lstrip().startswith("(")
    dotted = called and text[:at].rstrip().endswith(".")
    if called and (dotted or _shape(name, dotted=False) or _method(name)):
        return _miscalled(name, at, dotted=dotted)
    known = [call.name for call in CALLS] if called else [word.name for word in VARIABLES]
    instead = _INSTEAD.get(name.lower())
    what = "function" if called else "word"
    return (
        f"{name!r} is no {what} of a condition; there {'are' if called else 'is'} {', '.join(known)}",
        at,
        (instead,) if instead else _meant(text, name, at, known, called=called),
    )


def _shape(name: str, *, dotted: bool) -> str:
    """Say how a function that there is looks; "" if there is none of that name."""
    return _METHODS.get(name, "") if dotted else next((call.shape for call in CALLS if call.name == name), "")


def _method(name: str) -> str:
    """Find what is called with a dot before it by its name, or by what others call it; else ""."""
    plain = name.lower().replace("_", "")
    shorter = plain.removeprefix("get").removesuffix("s")
    return name if name in _METHODS else _ELSEWHERE.get(plain) or _ELSEWHERE.get(shorter, "")


def _miscalled(name: str, at: int, *, dotted: bool) -> tuple[str, int, tuple[str, ...]]:
    """Word a call of what there is, but not so, or of what has a dot before it and is not there."""
    if shape := _shape(name, dotted=dotted):
        takes = _TAKES.get(name, "a name for one entry, and what is asked of it")
        return f"{name} takes {takes}", at, (shape,)
    if elsewhere := next((call.shape for call in CALLS if call.name == name), ""):
        return f"{name} stands before what it is asked of", at, (elsewhere,)
    meant = _method(name)
    tries = tuple(_METHODS[one] for one in ((meant,) if meant else key.close(name, _METHODS)))
    if not dotted:
        return f"{meant} stands behind what it is asked of, with a dot before it", at, (f"X.{tries[0]}",)
    there = "" if tries else f"; behind a '.' there are {_DOTTED}"
    return f"{name!r} is no function of a condition{there}", at, tries


def _meant(text: str, name: str, at: int, known: Sequence[str], *, called: bool) -> tuple[str, ...]:
    """Say what an unknown word may be: a text without quotes, a field of the action or of its payload."""
    whole = re.match(r"[\w.-]+", text[at:])
    dotted = whole[0] if whole else name
    if re.search(r"\b(?:state|metric)\[\s*$", text[:at]):
        return (f'"{dotted}"',)
    if called:
        return key.close(name, known)
    if name in {word.name for word in SORTS["action"]}:
        return (f"action.{dotted}",)
    near = key.close(name, known)
    if near or dotted != name:
        return near
    return (f'"{name}"',) if re.search(r"[!=]=\s*$", text[:at]) else (f"action.with.{name}",)


def _mismatched(text: str, function: str, types: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    sign = function.strip("_@").replace("_", "") or function
    said = [say_type(one) for one in _split(types)]
    if function == "_+_" and "text" in said:
        return "texts are not joined in a condition", start, ()
    at = start
    if re.match(r"\w", sign) and not text.startswith(sign, start):
        at = max(text.rfind(sign, 0, start), 0)
    if sign in ("&&", "||", "!"):
        return f"{sign} wants yes or no, not {' and '.join(said)}", at, ()
    if len(said) == 2 and not re.match(r"\w", sign):
        if quoted := _quoted_time(text, said, at, len(sign)):
            return quoted
        hint = ("write 1.0, not 1",) if {"a number", "a whole number"} == set(said) else ()
        return f"{sign} cannot put {said[0]} beside {said[1]}", at, hint
    shapes = tuple(call.shape for call in CALLS if call.name == sign)
    return f"{sign} does not take {', '.join(said) or 'nothing'}", at, shapes


def _quoted_time(
    text: str, said: Sequence[str], at: int, width: int
) -> tuple[str, int, tuple[str, ...]] | None:
    """Word a span or an instant that stands in quotes, and so is a text, beside one that does not."""
    if "text" not in said or not {"a span", "an instant"} & set(said):
        return None
    before, after = (
        re.search(r"([\"'])([^\"']*)\1\s*$", text[:at]),
        re.match(r"\s*([\"'])([^\"']*)\1", text[at + width :]),
    )
    found = before if said[0] == "text" else after
    if found is None:
        return None
    start = found.start(1) + (0 if found is before else at + width)
    if "an instant" in said:
        return (
            f"{found[1]}{found[2]}{found[1]} is a text; an instant stands in timestamp(..)",
            start,
            (f'timestamp("{found[2]}")',),
        )
    tries = (f'span("{found[2]}")',) if _is_span(found[2]) else ('span("6h")',)
    return f"{found[1]}{found[2]}{found[1]} is a text; a span of time stands in span(..)", start, tries


def _split(types: str) -> Iterator[str]:
    depth, one = 0, ""
    for sign in types.removeprefix("(").removesuffix(")") + ",":
        depth += (sign in "(<") - (sign in ")>")
        if sign == "," and depth <= 0:
            if one.strip():
                yield one.strip()
            one = ""
        else:
            one += sign


def say_type(name: str) -> str:
    """Name a type of CEL as it is spoken of."""
    name = name.removeprefix("wrapper(").removesuffix(")") if name.startswith("wrapper(") else name
    inner = re.match(r"(list|map)\((.*)\)$", name)
    if inner and inner[1] == "list":
        return f"a list of {say_type(inner[2]).removeprefix('a ').removeprefix('an ')}s"
    return "a map" if inner else _SAID.get(name.lower(), name)
