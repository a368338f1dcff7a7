"""Needles: the forms in which a secret is looked for, in text that is folded to letters and digits."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import compress
from typing import Literal

from fleet.core.frozen import dataclass

_ALNUM = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
OTHER = bytes(set(range(256)) - set(_ALNUM))
LOWER = bytes(range(256)).lower()
_IS_ALNUM = bytes(byte in _ALNUM for byte in range(256))
SAME, SHARED = 4, 32
"""Places of one needle, and of all, at which one block is looked for: beside a frequent one stand rarer ones."""
FEW, REACH = 2, 32
"""Places of a block of which each is looked at, and letters beside it that are asked for where there are more."""
LINES = 61
"""Parts of one needle that were too short and stay known."""
SMALLEST = 7
"""Folded letters of a part that counts where a larger part of the same secret stands."""
_WHOLE = 12  # folded letters below which a secret counts only as a whole
_PART = 10  # folded letters that a part has at least
_PEM_LINE = re.compile(rb"[A-Za-z0-9+/=_-]{24,}")
# Each way begins with a letter of its own, for that is what makes a search of text without any fast.
_LETTERS = rb"""
    %(?P<percent>[0-9A-Fa-f]{2})
    | \\(?<!\\\\)\\{0,7}(?:
        x(?P<byte>[0-9A-Fa-f]{2}) | u(?P<code>[0-9A-Fa-f]{4}) | U(?P<long>[0-9A-Fa-f]{8})
        | [ux]\{(?P<braced>[0-9A-Fa-f]{1,8})\}
        | (?P<octal>0[1-3][0-7]{2}|00[4-7][0-7]|[0-3]?[0-7]{1,2})
        | (?P<blank>[abefnrtv]) BACKSLASH)
    | &(?:amp;){0,4}(?:
        \#(?:[xX]0{0,32}(?P<hex>[0-9A-Fa-f]{1,6}) | 0{0,32}(?P<decimal>[0-9]{1,7}));? AMPERSAND)
    | 0(?<![0-9A-Za-z]0)[xX](?P<listed>[0-9A-Fa-f]{2})(?![0-9A-Za-z])
"""
_SIGNS = rb"""| (?P<quote>["'/]) | (?<=\\\\)""", rb"""| (?P<named>lt|gt|quot|apos); | (?<=;)"""
ESCAPE = re.compile(_LETTERS.replace(b"BACKSLASH", b"").replace(b"AMPERSAND", b""), re.VERBOSE)
"""Escapes of letters, and what stands for a blank: all that counts where signs do not."""
SIGNED = re.compile(_LETTERS.replace(b"BACKSLASH", _SIGNS[0]).replace(b"AMPERSAND", _SIGNS[1]), re.VERBOSE)
"""Escapes of signs as well, of which a text of JSON or HTML is full."""
ESCAPED = 64
"""Bytes that an escape has at most."""
BEGUN = re.compile(
    rb"(?:%[0-9A-Fa-f]?|\\+(?:[uUx]\{?[0-9A-Fa-f]{0,8}|[0-7]{1,4})?"
    rb"|&(?:amp;){0,4}(?:#[xX]?[0-9A-Fa-f]{0,40}|[a-z]{1,4})?|0(?<![0-9A-Za-z]0)(?:[xX][0-9A-Fa-f]{0,2})?)$"
)
_NAMED = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_ANY_CASE = LOWER.replace(b"+", b" ")  # a query has + for a blank
_BASE64 = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of a secret, folded: `least` letters of it in a row count, or it must stand there `whole`, as it is."""

    fold: bytes
    name: str
    least: int
    whole: bytes = b""
    encoded: bool = False
    before: bytes = b""
    after: bytes = b""

    @property
    def alike(self) -> bytes:
        """Give what a text is translated by before the whole value is looked for in it: letter by letter."""
        return _BASE64 if self.encoded else _ANY_CASE


Laid = tuple[list[int], Sequence[int]]
"""Where letters begin, and where they end; without ends each has one byte."""
Find = tuple[int, int, Needle]
"""From, to, in the folded text, and what stands there."""
Span = tuple[int, int, str]
"""From, to, and the name of the secret that stands there."""
Short = tuple[int, int, int]
"""From, to, of a part that is too short to count, and where its whole needle would begin in the text."""


@dataclass(slots=True)
class Sieve:
    """Which places of a frequent block are worth a look, by the `reach` letters on either side of it.

    A part that counts holds so many letters beside the block that these stand there, before it or after it.
    """

    reach: int
    before: dict[bytes, list[int]]
    after: dict[bytes, list[int]]

    def passed(self, fold: bytes, at: int, end: int) -> list[int]:
        """Give which places, in their order, a block of a text may be."""
        before = self.before.get(fold[max(0, at - self.reach) : at], [])
        after = self.after.get(fold[end : end + self.reach], [])
        return sorted({*before, *after}) if before and after else before or after


@dataclass(slots=True)
class Blocks:
    """The blocks of `size` bytes that needles consist of, at every place; `kind` is how memory is cast to them."""

    size: int
    kind: Literal["I", "Q"]
    found: dict[int, list[tuple[Needle, int]]] = field(default_factory=dict)
    sieves: dict[int, Sieve] = field(default_factory=dict)
    known: frozenset[int] = frozenset()

    def add(self, needle: Needle) -> None:
        for at in range(len(needle.fold) - self.size + 1):
            (block,) = memoryview(needle.fold[at : at + self.size]).cast(self.kind)
            there = self.found.setdefault(block, [])
            own = sum(one is needle for one, _ in there[-SAME:])
            if own < SAME and len(there) < SHARED:
                there.append((needle, at))

    def close(self) -> None:
        """Say that every needle is added."""
        self.known = frozenset(self.found)
        self.sieves = {block: self._sieve(there) for block, there in self.found.items() if len(there) > FEW}

    def finds(self, fold: bytes) -> Iterator[tuple[int, Needle, int]]:
        """Yield where a block of a needle stands, the needle, and which place of it that is."""
        if not self.known:
            return
        blocks = memoryview(fold + bytes(-len(fold) % self.size)).cast(self.kind)
        if self.known.isdisjoint(blocks):
            return
        for index, block in enumerate(blocks):
            if block not in self.known:
                continue
            at, there = index * self.size, self.found[block]
            if len(there) > FEW:
                there = [there[one] for one in self.sieves[block].passed(fold, at, at + self.size)]
            for needle, inner in there:
                yield at, needle, inner

    def _sieve(self, there: Sequence[tuple[Needle, int]]) -> Sieve:
        reach = min(REACH, *((needle.least - self.size + 1) // 2 for needle, _ in there))
        sieve = Sieve(reach, {}, {})
        for place, (needle, at) in enumerate(there):
            if at >= reach:
                sieve.before.setdefault(needle.fold[at - reach : at], []).append(place)
            after = needle.fold[at + self.size : at + self.size + reach]
            if len(after) == reach:
                sieve.after.setdefault(after, []).append(place)
        return sieve


def needles(name: str, value: bytes) -> Iterator[Needle]:
    """Give the forms in which a value is looked for."""
    lines = value.split(b"\n")
    if len(lines) > 2:  # as a key in PEM: each line of it, but not the ones that say what it is
        for line in lines:
            if _PEM_LINE.fullmatch(line.strip()):
                yield _needle(name, line.strip())
    yield _needle(name, value)
    if value[::-1] != value:
        yield _needle(name, value[::-1])
    yield _needle(name, value.hex().encode(), encoded=True)
    for form in (b"%d", b"%03d"):
        yield _needle(name, b"".join(form % byte for byte in value), encoded=True)
    for ahead in range(3):
        told = b64encode(bytes(ahead) + value)
        core = told[-(-ahead * 8 // 6) : (ahead + len(value)) * 8 // 6]
        yield _needle(name, core, encoded=True)


def _needle(name: str, value: bytes, *, encoded: bool = False) -> Needle:
    fold = value.translate(LOWER, OTHER)
    mixed = not (fold.isalpha() or fold.isdigit())
    if len(fold) < 8 or (len(fold) < _WHOLE and not mixed):
        return Needle(fold, name, len(fold), whole=value, encoded=encoded)
    least = max(_PART if mixed else _WHOLE, (len(fold) + 1) // 2) if len(fold) >= _WHOLE else len(fold)
    inner = value.strip(OTHER)
    before, _, after = value.partition(inner)
    return Needle(fold, name, least, encoded=encoded, before=before, after=after)


def finds(fold: bytes, blocks: Blocks) -> list[Find]:
    """Find needles in a folded text, in steps that do not grow with the length of the needles.

    What was too short stays known, for a while: the letters around it that were others tell of most other
    places of the same needle, and of the next block at once, that they are too short as well.
    """
    found: list[Find] = []
    over: dict[bytes, int] = {}
    short: dict[tuple[bytes, int], Short] = {}
    for at, needle, inner in blocks.finds(fold):
        if over.get(needle.fold, 0) >= at + blocks.size:
            continue
        line = at - inner
        known = short.get((needle.fold, line % LINES))
        if known and (
            (known[2] == line and known[0] <= at < known[1]) or _too_short(fold, needle, line, at, known)
        ):
            continue
        start, end = _stretched(fold, needle.fold, at, inner, blocks.size)
        if end - start >= needle.least:
            found.append((start, end, needle))
            over[needle.fold] = end
        else:
            short[needle.fold, line % LINES] = start, end, line
    return found


def _too_short(fold: bytes, needle: Needle, line: int, at: int, known: Short) -> bool:
    """Say whether the letters around another part, of the text or of the needle, leave too little room here."""
    start, end, other = known
    low, high = max(0, line), min(len(fold), line + len(needle.fold))
    away = line - other
    for place in (start - 1, end, start - 1 + away, end + away):
        if low <= place < high and fold[place] != needle.fold[place - line]:
            if place < at:
                low = place + 1
            else:
                high = place
    return high - low < needle.least


def _stretched(fold: bytes, needle: bytes, at: int, inner: int, size: int) -> tuple[int, int]:
    """Give the longest part of a needle that stands around a block."""
    end, after = at + size, inner + size
    return at - _alike_before(fold, at, needle, inner), end + _alike_after(fold, end, needle, after)


def _alike_before(one: bytes, at: int, other: bytes, inner: int) -> int:
    """Count the letters before two places that are the same; in ever longer pieces, each compared at once."""
    alike, size, most = 0, 32, min(at, inner)
    while alike < most:
        size = min(2 * size, most - alike)
        a, b = one[at - alike - size : at - alike], other[inner - alike - size : inner - alike]
        if a != b:
            odd = int.from_bytes(a, "little") ^ int.from_bytes(b, "little")
            return alike + size - (odd.bit_length() + 7) // 8
        alike += size
    return most


def _alike_after(one: bytes, at: int, other: bytes, inner: int) -> int:
    """Count the letters from two places on that are the same."""
    alike, size, most = 0, 32, min(len(one) - at, len(other) - inner)
    while alike < most:
        size = min(2 * size, most - alike)
        a, b = one[at + alike : at + alike + size], other[inner + alike : inner + alike + size]
        if a != b:
            odd = int.from_bytes(a, "little") ^ int.from_bytes(b, "little")
            return alike + ((odd & -odd).bit_length() - 1) // 8
        alike += size
    return most


def needs_signs(value: bytes, forms: Sequence[Needle]) -> bool:
    """Say whether escapes of signs count for a value: it is looked for as it is, or HTML puts words in it."""
    return any(form.whole for form in forms) or any(sign in value for sign in b"&<>\"'")


def may_escape(raw: bytes, escape: re.Pattern[bytes]) -> bool:
    """Say whether an escape stands in a text, or begins at its end."""
    if not any(sign in raw for sign in (b"\\", b"%", b"&", b"0x", b"0X")) and not raw.endswith(b"0"):
        return False
    return escape.search(raw) is not None or BEGUN.search(raw, max(0, len(raw) - ESCAPED)) is not None


def meant(match: re.Match[bytes]) -> bytes:
    """Read one escape."""
    kind = match.lastgroup
    if kind == "blank":
        return b"\n"
    if kind is None:  # a run of backslashes, or an & that is written out
        return match[0][:1]
    told = match[kind]
    if kind == "quote":
        return told
    if kind == "named":
        return _NAMED[told]
    if kind in {"percent", "byte", "listed"}:
        return bytes([int(told, 16)])
    if kind == "octal":
        return bytes([int(told, 8) & 255])
    number = int(told, 10 if kind == "decimal" else 16)
    return chr(number).encode("utf-8", "replace") if number < 0x110000 else b" "


def places(raw: bytes) -> Laid:
    """Give where each folded letter stands."""
    return [*compress(range(len(raw)), raw.translate(_IS_ALNUM))], ()


def laid(raw: bytes, escape: re.Pattern[bytes]) -> Laid:
    """Give where each byte of a text whose escapes are read begins and ends in the text as it came."""
    starts, ends = list[int](), list[int]()
    at = 0
    for match in escape.finditer(raw):
        start, end = match.span()
        size = len(meant(match))
        starts += range(at, start)
        ends += range(at + 1, start + 1)
        starts += [start] * size
        ends += [end] * size
        at = end
    return [*starts, *range(at, len(raw))], [*ends, *range(at + 1, len(raw) + 1)]


def places_decoded(raw: bytes, escape: re.Pattern[bytes]) -> Laid:
    """Give where each folded letter stands in a text whose escapes are read; without ends."""
    starts = list[int]()
    at = 0
    for match in escape.finditer(raw):
        start, end = match.span()
        starts += compress(range(at, start), raw[at:start].translate(_IS_ALNUM))
        starts += [start] * sum(meant(match).translate(_IS_ALNUM))
        at = end
    return [*starts, *compress(range(at, len(raw)), raw[at:].translate(_IS_ALNUM))], ()


def placed(raw: bytes, found: Sequence[Find]) -> list[Span]:
    """Say where in a text that stands which was found in its letters."""
    if not found:
        return []
    starts, _ = places(raw)
    spans = [(starts[start], starts[end - 1] + 1, needle) for start, end, needle in found]
    return [
        (*_widened(raw, start, end, needle), needle.name)
        for start, end, needle in spans
        if not needle.whole or _stands(raw, start, end, needle)
    ]


def _stands(raw: bytes, start: int, end: int, needle: Needle) -> bool:
    """Say whether a value stands there as it is, and not only its letters."""
    value = needle.whole
    near = raw[max(0, start - len(value)) : end + len(value)]
    return value.translate(needle.alike) in near.translate(needle.alike)


def _widened(raw: bytes, start: int, end: int, needle: Needle) -> tuple[int, int]:
    """Take in what belongs to a value and is no letter, or the letters of base64 that it is only half of."""
    before, after = needle.before, needle.after
    if needle.whole:
        inner = needle.whole.strip(OTHER) or needle.whole
        before, _, after = needle.whole.partition(inner)
    if before and raw.endswith(before, 0, start):
        start -= len(before)
    if after and raw.startswith(after, end):
        end += len(after)
    if needle.encoded:
        start -= start > 0 and raw[start - 1 : start].isalnum()
        end += raw[end : end + 1].isalnum()
        while raw[end : end + 1] == b"=":
            end += 1
    return start, end
