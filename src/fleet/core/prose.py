"""Prose: telling plain text from a result that was wrapped in chatter, and reading the text of both.

A holder's answer has three forms: a JSON object, front matter with Markdown, or prose. A result that
a language model put into a fence or after a greeting is read as the result or refused; it is never
published as prose, since its actions would then be lost without a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NoReturn

from fleet.core.canonical import unique_keys
from fleet.core.frozen import dataclass
from fleet.errors import Unreadable

RESULT_KEYS = (
    *("headline", "as_of", "items", "claims", "scorecard", "messages", "actions"),
    *("keep", "withdraw", "escalate", "cost", "body"),
)
MAX_DEPTH = 64
VALUES_MAX = 200_000
"""Levels of lists and mappings in anything read from outside."""

ReadFront = Callable[[str], object]
"""Reads the YAML of a front matter into plain values; raises Unreadable."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([A-Za-z0-9_+.-]*)[^`\n]*$", re.MULTILINE)
DASHES = re.compile(r"^---[ \t]*$", re.MULTILINE)
"""A line that opens or closes front matter."""

_KEY_SET = frozenset(RESULT_KEYS)
_KEYS = "|".join(RESULT_KEYS)
_OURS = "headline|as_of|scorecard|withdraw"
"""Result keys that do not stand before a colon in ordinary text."""
_KEY_WORD = re.compile(_KEYS)
_KEY_LINE = re.compile(rf"^({_KEYS})[ \t]*:(?=\s|$)", re.MULTILINE)
_YAML_LINE = re.compile(
    rf"^(?:(?:{_OURS})[ \t]*:(?=\s|$)|(?:{_KEYS})[ \t]*:[ \t]*(?:[\[{{]|$))", re.MULTILINE
)
_INNER_LINE = re.compile(rf"^[ \t]+(?:{_OURS})[ \t]*:(?=\s|$)", re.MULTILINE)
_OBJECT = re.compile(r'\{(?=\s*["}])')
_QUOTED_LINE = re.compile(rf'^[ \t]*"(?:{_KEYS})"[ \t]*:', re.MULTILINE)
_BRACES = re.compile(rf"\{{\s*(?:{_OURS})\s*:|[{{}}]|[\"'“”](?:{_KEYS})[\"'“”]\s*:")

_YAML = ("", "yaml", "yml")
_READABLE = (*_YAML, "json", "jsonc", "json5", "text", "txt", "plain", "plaintext", "markdown", "md")
"""Fences whose content may be meant as a result; any other language is code."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, where it begins and ends, and where its content does."""

    language: str
    start: int
    end: int
    inner_start: int
    inner_end: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A result inside of chatter: where it stands, in which form, and where its text begins."""

    start: int
    end: int
    form: str
    text: str
    begins: int


def decode(raw: bytes, limit: int, what: str) -> str:
    """Read bytes as UTF-8 with `\\n` line ends and no byte order mark.

    Raises Unreadable for more bytes than `limit` and for the first offset that is not UTF-8.
    """
    if len(raw) > limit:
        raise Unreadable(f"{what} takes {say_bytes(limit)} and this has {len(raw):,} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        why = f"not UTF-8 text: byte {raw[exc.start]:#04x} at offset {exc.start}"
        raise Unreadable(why, start=exc.start, end=exc.end) from exc
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def say_bytes(limit: int) -> str:
    """Say a bound for people: `256 KB`, `4 MB`."""
    return f"{limit >> 20} MB" if limit >> 20 else f"{limit >> 10} KB"


def one_line(text: str) -> str:
    """Fold a text into one line without control characters.

    >>> one_line(" a\\n  b\\x1b[31m ")
    'a b [31m'
    """
    return " ".join(_CONTROL.sub(" ", text).split())


def first_line(body: str) -> str:
    """Return the first line that says something, without heading marks: what stands for a headline."""
    line = next((line for line in body.split("\n") if line.strip(" \t\r#")), "")
    return one_line(line.strip().lstrip("#"))


def nearest(word: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the known word that is most like this one, if any is."""
    import difflib  # here, since only a mistake needs it

    folded = {one.lower(): one for one in known}
    return tuple(folded[one] for one in difflib.get_close_matches(word.lower(), folded, 1, 0.6))


def read_time(text: str, now: datetime) -> datetime:
    """Read an RFC 3339 time; raises Unreadable, with a suggestion where an offset is missing."""
    if not _TIME.fullmatch(text):
        raise Unreadable(f"{text[:60]!r} is not a time like {now.replace(microsecond=0).isoformat()}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise Unreadable(f"{text[:60]!r} is not a time: {exc}") from exc
    if not 1970 <= at.year <= 9000:
        raise Unreadable(f"{text[:60]!r} is not a time between the years 1970 and 9000")
    if at.tzinfo is None:
        whole = at.replace(tzinfo=now.tzinfo).isoformat()
        raise Unreadable(f"{text[:60]!r} has no offset; try {whole}", suggestions=(whole,))
    return at


def read_object(text: str) -> dict[str, object]:
    """Read one strict JSON object and nothing after it; raises Unreadable."""
    value = _read_json(text)
    if not isinstance(value, dict):
        raise Unreadable(f"a JSON object is wanted, not {say_kind(value)}")
    return value


def _read_json(text: str) -> object:
    """Read strict JSON: no key twice, NaN, half characters, depth over 64 or integer over 64 bit."""
    try:
        value: object = _strict.decode(text)
    except json.JSONDecodeError as exc:
        if exc.msg == "Extra data":
            more = f"line {exc.lineno}: there is more after the end of the JSON; give one object alone"
            raise Unreadable(more, start=exc.pos, end=len(text)) from exc
        place = f"line {exc.lineno}, column {exc.colno}"
        raise Unreadable(f"not JSON at {place}: {exc.msg}", start=exc.pos) from exc
    except RecursionError as exc:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels") from exc
    if text.count("{") + text.count("[") > MAX_DEPTH or text.count(",") > VALUES_MAX:
        check_depth(value)
    if "\\u" in text:
        check_characters(value)
    return value


def check_depth(value: object) -> None:
    """Raise Unreadable for lists and mappings more than 64 levels deep, or with over 200,000 values in all."""
    level, count = [value], 0
    for _ in range(MAX_DEPTH + 1):
        count += len(level)
        if count > VALUES_MAX:
            raise Unreadable(f"over {VALUES_MAX:,} values")
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inside(one)]
        if not level:
            return
    raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")


def _inside(value: dict[str, object] | list[object]) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value


def check_characters(value: object) -> None:
    """Raise Unreadable where an escape makes half a character, which no file can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise Unreadable(f"half a character, U+{ord(exc.object[exc.start]):04X}, is not text") from exc


def say_kind(value: object) -> str:
    """Name what a plain value is: a list, the number 5, 'such'."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number {str(value)[:40]}"
    if isinstance(value, str):
        return repr(value[:60])
    return {dict: "a mapping", list: "a list", type(None): "nothing"}.get(type(value), type(value).__name__)


def _integer(text: str) -> int:
    if len(text) <= 21 and -(2**63) <= (number := int(text)) < 2**64:
        return number
    raise Unreadable(f"{text[:24]} is a whole number over 64 bit; write it as text")


def _float(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise Unreadable(f"{text[:24]} is too large a number; write it as text")
    return number


def _no_constant(word: str) -> NoReturn:
    raise Unreadable(f"{word} is not a JSON number; leave out what is not known")


_strict = json.JSONDecoder(
    object_pairs_hook=unique_keys, parse_int=_integer, parse_float=_float, parse_constant=_no_constant
)


def find_result(text: str) -> Found | None:
    """Find the one result inside of prose; None where there is none, nor anything like it.

    Raises Unreadable for more than one, and for what looks like a result and cannot be read as one.
    """
    if "\\u" not in text and not _KEY_WORD.search(text):
        return None
    fences = list(_fences(text))
    found = [block for fence in fences if (block := _in_fence(text, fence))]
    rest = _blanked(text, found)
    objects, harmless = _objects(rest)
    _check_rest(_blanked(rest, [*objects, *harmless]), fences)
    found += objects
    if len(found) > 1:
        lines = [str(line_of(text, start)) for start in sorted(one.start for one in found)[:5]]
        raise Unreadable(f"{len(found)} results in one answer (lines {', '.join(lines)}); give one alone")
    for one in found:
        _check_language(text, one, fences)
    return found[0] if found else None


def line_of(text: str, at: int) -> int:
    """Return the line, from 1, on which an offset stands."""
    return text.count("\n", 0, at) + 1


def _fences(text: str) -> Iterator[Fence]:
    opening: re.Match[str] | None = None
    for mark in _FENCE.finditer(text):
        if opening is None:
            opening = mark
        elif not mark[2] and mark[1].startswith(opening[1]):
            yield _fence(text, opening, mark)
            opening = None
    if opening is not None:
        yield _fence(text, opening, None)


def _fence(text: str, opening: re.Match[str], closing: re.Match[str] | None) -> Fence:
    inner_end, end = (closing.start(), closing.end()) if closing else (len(text), len(text))
    inner_start = min(opening.end() + 1, inner_end)
    return Fence(opening[2].lower(), opening.start(), end, inner_start, inner_end, closing is not None)


def _in_fence(text: str, fence: Fence) -> Found | None:
    """Find YAML or front matter with result keys in one block; JSON is looked for in the whole text."""
    import textwrap  # here, since few answers have blocks

    if fence.language not in _READABLE:
        return None
    whole = text[fence.inner_start : fence.inner_end]
    begins = fence.inner_end - len(whole.lstrip())
    inner = textwrap.dedent(whole).lstrip()
    if DASHES.match(inner) and _KEY_LINE.search(inner):
        form = "front" if len(DASHES.findall(inner)) > 1 else "yaml"
    elif fence.language in _YAML and _KEY_LINE.search(inner):
        form = "yaml"
    else:
        return None
    if not fence.closed:
        raise _like_a_result(text, fence.start, "its block is not closed")
    inner = inner.removeprefix("---") if form == "yaml" else inner
    return Found(fence.start, fence.end, form, inner, begins)


def _blanked(text: str, found: Sequence[Found | Fence]) -> str:
    """Put blanks where something was found, so that every offset stays."""
    parts, at = list[str](), 0
    for one in sorted(found, key=lambda one: one.start):
        parts += (text[at : one.start], " " * (one.end - one.start))
        at = one.end
    return "".join((*parts, text[at:]))


class _Uncounted(str):
    """A text whose lines nobody counts: a JSON error counts them, which made this search quadratic."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        return 0

    def rfind(self, *_: object) -> int:
        return 0


def _objects(text: str) -> tuple[list[Found], list[Found]]:
    """Find the JSON objects in a text: those with a result key, and those without any.

    Raises Unreadable for one with result keys inside of another, and for text made to be slow to read.
    """
    scan = json.JSONDecoder(strict=False, parse_int=str, parse_float=str).raw_decode
    whole, found, harmless = _Uncounted(text), list[Found](), list[Found]()
    left, mark = 4 * len(text) + 1_000_000, _OBJECT.search(text)
    while mark:
        at = mark.start()
        try:
            value, end = scan(whole, at)
        except json.JSONDecodeError as exc:
            left, end = left - max(exc.pos - at, 0), at + 1
        except RecursionError as exc:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels") from exc
        else:
            keyed = not _KEY_SET.isdisjoint(value)
            if not keyed and _holds_result(value):
                raise _like_a_result(text, at, "it stands inside of another object")
            (found if keyed else harmless).append(Found(at, end, "json", text[at:end], at))
        left -= 64  # about as many characters as one object costs to look at
        if left < 0:
            raise Unreadable("too many objects to tell whether there is a result among them")
        mark = _OBJECT.search(text, end)
    return found, harmless


def _holds_result(value: object) -> bool:
    level = [value]
    while level:
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inside(one)]
        if any(isinstance(one, dict) and not _KEY_SET.isdisjoint(one) for one in level):
            return True
    return False


def _check_language(text: str, found: Found, fences: list[Fence]) -> None:
    for fence in fences:
        if fence.inner_start <= found.start < fence.inner_end and fence.language not in _READABLE:
            raise _like_a_result(text, found.start, f"it stands in a block of {fence.language}")


def _check_rest(rest: str, fences: list[Fence]) -> None:
    """Raise Unreadable if what is left of the prose looks like a broken result."""
    rest = _blanked(rest, [fence for fence in fences if fence.language not in _READABLE])
    at = _open_key(rest)
    if at is not None:
        raise _like_a_result(rest, at, "its JSON is broken or cut off")
    if quoted := _QUOTED_LINE.search(rest):
        raise _like_a_result(rest, quoted.start(), "its JSON is broken or cut off")
    for fence in fences:
        inner = rest[fence.inner_start : fence.inner_end]
        if fence.language in _YAML and (line := _INNER_LINE.search(inner)):
            raise _like_a_result(rest, fence.inner_start + line.start(), "its keys stand too deep")
    _check_bare_keys(_blanked(rest, fences))


def _open_key(rest: str) -> int | None:
    """Where a result key stands inside of a brace that is no JSON object; None if nowhere."""
    depth = 0
    for mark in _BRACES.finditer(rest):
        if mark[0] == "}":
            depth = max(depth - 1, 0)
        elif mark[0] == "{":
            depth += 1
        elif depth or mark[0][0] == "{":
            return mark.start()
    return None


def _check_bare_keys(rest: str) -> None:
    """Raise Unreadable for YAML keys outside of any block: front matter after chatter, or without dashes."""
    for dashes in DASHES.finditer(rest):
        after = DASHES.search(rest, dashes.end())
        section = rest[dashes.end() : after.start() if after else len(rest)]
        if _KEY_LINE.match(section.lstrip()) and (after or _YAML_LINE.search(section)):
            raise _like_a_result(rest, dashes.start(), "front matter must be the very beginning")
    line = _YAML_LINE.search(rest)
    if line and (not rest[: line.start()].strip() or len(set(_KEY_LINE.findall(rest))) > 1):
        raise _like_a_result(rest, line.start(), "keys must stand between two lines `---`")


def _like_a_result(text: str, at: int, why: str) -> Unreadable:
    return Unreadable(
        f"line {line_of(text, at)}: this looks like a result and cannot be read as one: {why}; "
        "give one JSON object alone, or front matter from the first line on",
        start=at,
    )
