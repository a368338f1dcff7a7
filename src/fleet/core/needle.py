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
SMALLEST = 7
"""Folded letters of a part that counts where a larger part of the same secret stands."""
_WHOLE = 12  # folded letters below which a secret counts only as a whole
_PART = 10  # folded letters that a part has at least
_PEM_LINE = re.compile(rb"[A-Za-z0-9+/=_-]{24,}")
# Each way begins with a letter of its own, for that is what makes a search of text without any fast.
ESCAPE = re.compile(
    rb"%([0-9A-Fa-f]{2})|\\(?<!\\\\)\\{0,7}(?:x([0-9A-Fa-f]{2})|u\{?([0-9A-Fa-f]{4,6})\}?|([0-7]{3})|([nrt]))"
    rb"|&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));?"
)
BEGUN = re.compile(
    rb"(?:%[0-9A-Fa-f]?|\\+(?:[ux]\{?[0-9A-Fa-f]{0,6}|[0-7]{1,3})?|&(?:#x?[0-9A-Fa-f]{0,7})?)$"
)


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


Laid = tuple[list[int], Sequence[int]]
"""Where letters begin, and where they end; without ends each has one byte."""
Find = tuple[int, int, Needle]
"""From, to, in the folded text, and what stands there."""


@dataclass(slots=True)
class Blocks:
    """The blocks of `size` bytes that needles consist of, at every place; `kind` is how memory is cast to them."""

    size: int
    kind: Literal["I", "Q"]
    found: dict[int, list[tuple[Needle, int]]] = field(default_factory=dict)
    known: frozenset[int] = frozenset()

    def add(self, needle: Needle) -> None:
        for at in range(len(needle.fold) - self.size + 1):
            (block,) = memoryview(needle.fold[at : at + self.size]).cast(self.kind)
            there = self.found.setdefault(block, [])
            own = sum(one is needle for one, _ in there[-SAME:])
            if own < SAME and len(there) < SHARED:
                there.append((needle, at))

    def finds(self, fold: bytes) -> Iterator[tuple[int, Needle, int]]:
        """Yield where a block of a needle stands, the needle, and which place of it that is."""
        if not self.known:
            return
        blocks = memoryview(fold + bytes(-len(fold) % self.size)).cast(self.kind)
        if self.known.isdisjoint(blocks):
            return
        for index, block in enumerate(blocks):
            if block in self.known:
                for needle, at in self.found[block]:
                    yield index * self.size, needle, at


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
    yield _needle(name, b"".join(b"%d" % byte for byte in value), encoded=True)
    for ahead in range(3):
        told = b64encode(bytes(ahead) + value)
        core = told[-(-ahead * 8 // 6) : (ahead + len(value)) * 8 // 6]
        yield _needle(name, core, encoded=True)


def _needle(name: str, value: bytes, *, encoded: bool = False) -> Needle:
    fold = value.translate(LOWER, OTHER)
    mixed = not (fold.isalpha() or fold.isdigit())
    if len(fold) < 8 or (len(fold) < _WHOLE and not mixed):
        return Needle(fold, name, len(fold), whole=value)
    least = max(_PART if mixed else _WHOLE, (len(fold) + 1) // 2) if len(fold) >= _WHOLE else len(fold)
    inner = value.strip(OTHER)
    before, _, after = value.partition(inner)
    return Needle(fold, name, least, encoded=encoded, before=before, after=after)


def finds(fold: bytes, blocks: Blocks) -> list[Find]:
    found: list[Find] = []
    over: dict[bytes, int] = {}
    for at, needle, inner in blocks.finds(fold):
        if over.get(needle.fold, 0) >= at + blocks.size:
            continue
        start, end = _stretched(fold, needle.fold, at, inner, blocks.size)
        if end - start >= needle.least:
            found.append((start, end, needle))
            over[needle.fold] = end
    return found


def _stretched(fold: bytes, needle: bytes, at: int, inner: int, size: int) -> tuple[int, int]:
    """Give the longest part of a needle that stands around a block."""
    start, end = at, at + size
    left = min(at, inner)
    if fold[at - left : at] == needle[inner - left : inner]:
        start = at - left
    else:
        while start > at - left and fold[start - 1] == needle[inner - (at - start) - 1]:
            start -= 1
    right = min(len(fold) - end, len(needle) - inner - size)
    if fold[end : end + right] == needle[inner + size : inner + size + right]:
        return start, end + right
    most = end + right
    while end < most and fold[end] == needle[inner + (end - at)]:
        end += 1
    return start, end


def may_escape(raw: bytes) -> bool:
    """Say whether an escape stands in a text, or begins at its end."""
    if b"\\" not in raw and b"%" not in raw and b"&" not in raw:
        return False
    return ESCAPE.search(raw) is not None or BEGUN.search(raw, max(0, len(raw) - 12)) is not None


def meant(match: re.Match[bytes]) -> bytes:
    """Read one escape."""
    percent, byte, code, octal, blank, html, decimal = match.groups()
    if blank:
        return b"\n"
    if octal:
        return bytes([int(octal, 8) & 255])
    if percent or byte:
        return bytes([int(percent or byte, 16)])
    number = int(decimal) if decimal else int(code or html, 16)
    return chr(number).encode("utf-8", "replace") if number < 0x110000 else b" "


def places(raw: bytes) -> Laid:
    """Give where each folded letter stands."""
    return [*compress(range(len(raw)), raw.translate(_IS_ALNUM))], ()


def places_decoded(raw: bytes) -> Laid:
    """Give where each folded letter stands in a text whose escapes are read, and where it ends."""
    starts, ends = list[int](), list[int]()
    at = 0
    for match in ESCAPE.finditer(raw):
        plain = [i for i in range(at, match.start()) if _IS_ALNUM[raw[i]]]
        starts += plain
        ends += [i + 1 for i in plain]
        letters = sum(_IS_ALNUM[byte] for byte in meant(match))
        starts += [match.start()] * letters
        ends += [match.end()] * letters
        at = match.end()
    plain = [i for i in range(at, len(raw)) if _IS_ALNUM[raw[i]]]
    return [*starts, *plain], [*ends, *(i + 1 for i in plain)]
