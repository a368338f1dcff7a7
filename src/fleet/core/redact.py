"""Redact: finds the values of secrets in text, also encoded, spelled out or in part, and puts their names there.

A text is folded first: letters and digits only, in lower case. So blanks, newlines, quotes and other
separators hide nothing. In what is left every eighth (or fourth) block is looked up among the blocks of
all needles, which costs the same for one secret as for a hundred; only where one is found is more done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from fleet.core.codec import Json
from fleet.core.needle import (
    BEGUN,
    ESCAPE,
    ESCAPED,
    LOWER,
    OTHER,
    SIGNED,
    SMALLEST,
    Blocks,
    Find,
    Laid,
    Span,
    finds,
    laid,
    may_escape,
    meant,
    needles,
    needs_signs,
    placed,
    places,
    places_decoded,
)
from fleet.core.pieces import literals, pieces, rebuilt, rows

LONGEST = 65536
"""Bytes a secret has at most."""
APART = b"\nzqzqxjxjzqzqxjxj\n"
"""Letters between texts of which none goes on in the next."""
SKIPPED = 8192
"""Bytes that are kept of what is passed over."""
HELD_BACK = 65536
"""Bytes of a stream that wait at most for the rest of what may be a secret."""
CUT = ESCAPED
"""Letters at most that an escape which was cut in two passes for."""
MARK = re.compile(r"\[secret [A-Za-z_][A-Za-z0-9_]*\]")
"""What stands where a value stood."""
MARKS = re.compile(MARK.pattern.encode())


class Redactor:
    """Finds one set of secrets; made once for it. Without any, everything is given back as it is."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        self._long, self._short = Blocks(8, "Q"), Blocks(4, "I")
        self._raw: dict[bytes, dict[bytes, str]] = {}
        folds: dict[bytes, None] = {}
        self._escape = ESCAPE
        for name, value in secrets:
            raw = value.encode("utf-8", "replace")
            forms = [*needles(name, raw)]
            if needs_signs(raw, forms):
                self._escape = SIGNED
            for needle in forms:
                if len(needle.fold) < 7:
                    alike = self._raw.setdefault(needle.alike, {})
                    alike.setdefault(needle.whole.translate(needle.alike), name)
                    continue
                (self._long if needle.least >= 15 else self._short).add(needle)
                folds[needle.fold] = None
        for blocks in (self._long, self._short):
            blocks.close()
        self._folds = b"\0".join(folds)
        self._longest = max(map(len, folds), default=0)

    def __bool__(self) -> bool:
        return bool(self._folds or self._raw)

    def spans(self, raw: bytes) -> list[Span]:
        """Say where secrets stand in a text: what overlaps is one, and they are in order."""
        if not self:
            return []
        found = self._found(raw)
        if may_escape(raw, self._escape) and (decoded := self._escape.sub(meant, raw)) != raw:
            there = self._found(decoded)
            starts, ends = laid(raw, self._escape) if there else ((), ())
            found += [(starts[start], ends[end - 1], name) for start, end, name in there]
        return _joined(found) if found else found

    def names(self, raw: bytes) -> tuple[str, ...]:
        """Name the secrets that stand in a text."""
        return tuple(dict.fromkeys(name for _, _, name in self.spans(raw)))

    def hide(self, raw: bytes) -> bytes:
        """Give a text with names where secrets stood."""
        spans = self.spans(raw)
        return _hidden(raw, spans) if spans else raw

    def text(self, text: str) -> str:
        """Give a text with names where secrets stood."""
        if not self or not text:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        spans = self.spans(raw)
        return _hidden(raw, spans).decode("utf-8", "replace") if spans else text

    def json(self, value: Json, leave: Sequence[str] = ()) -> Json:
        """Give a JSON value with names where secrets stood, also one that is spread over several fields.

        What stands under the keys `leave`, of the value itself, is left as it is.
        """
        if not self:
            return value
        kept = {key: value[key] for key in leave if key in value} if isinstance(value, dict) else {}
        seen = {key: one for key, one in value.items() if key not in kept} if kept else value
        found = pieces(seen)
        raws = [text.encode("utf-8", "surrogatepass") for _, text in found]
        hidden = self._hide_pieces([key for key, _ in found], raws)
        if hidden == raws:
            return value
        texts = (
            text if new == raw else new.decode("utf-8", "replace")
            for (_, text), raw, new in zip(found, raws, hidden, strict=True)
        )
        told = rebuilt(seen, texts)
        return {**told, **kept} if kept else told

    def jsonl(self, raw: bytes) -> bytes:
        """Give lines of JSON, or any text with JSON in it, with names where secrets stood.

        Also where one is spread over several strings or numbers, as `json` finds it: in the order of all of
        them, without keys, or of one key. What is no JSON is left and looked through as any text is.
        """
        if not self or not raw:
            return raw
        keys, spans = literals(raw)
        texts = [raw[start:end] for start, end in spans]
        out: list[bytes] = []
        at = 0
        for (start, end), text, new in zip(spans, texts, self._hide_pieces(keys, texts), strict=True):
            if new != text:
                bare = raw[start - 1 : start] != b'"'
                out += [raw[at:start], b'"%b"' % new if bare else new]
                at = end
        return self.hide(b"".join([*out, raw[at:]]))

    def stream(self) -> Stream:
        """Begin a text that comes in pieces."""
        return Stream(lambda: self)

    def safe(self, raw: bytes) -> int:
        """Say up to where a text can be judged without what comes after it."""
        fold = raw.translate(LOWER, OTHER)
        cut = len(raw) - self._tail(raw, fold, places)
        if may_escape(raw, self._escape):
            begun = BEGUN.search(raw, max(0, len(raw) - ESCAPED))
            whole = raw[: begun.start()] if begun else raw
            decoded = self._escape.sub(meant, whole)
            fold = decoded.translate(LOWER, OTHER)
            cut = min(cut, len(whole) - self._tail(whole, fold, partial(places_decoded, escape=self._escape)))
            cut = min(cut, len(whole) - _back(whole, self._part(decoded), partial(laid, escape=self._escape)))
        return min(cut, len(raw) - self._part(raw))

    def _part(self, raw: bytes) -> int:
        """Give how many bytes at the end may be the beginning of a value that is looked for as it is."""
        most = 0
        for alike, values in self._raw.items():
            end = raw[-max(map(len, values)) :].translate(alike)
            for value in values:
                sizes = range(min(len(value) - 1, len(end)), most, -1)
                most = next((size for size in sizes if end.endswith(value[:size])), most)
        return most

    def _tail(self, raw: bytes, fold: bytes, places: Callable[[bytes], Laid]) -> int:
        """Give how many bytes at the end may be the beginning, or the middle, of a secret."""
        low, high = 0, min(self._longest, len(fold))
        while low < high:  # if the last n letters stand in some needle, so do the last n - 1
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fold[-middle:] in self._folds else (low, middle - 1)
        return _back(raw, low, places)

    def _found(self, raw: bytes) -> list[Span]:
        """Find secrets in a text, without a look at its escapes."""
        found = placed(raw, self._folded(raw.translate(LOWER, OTHER)))
        for alike, values in self._raw.items():
            text = raw.translate(alike)
            found += [
                (at, at + len(value), name) for value, name in values.items() for at in _all(text, value)
            ]
        return found

    def _folded(self, fold: bytes) -> list[Find]:
        """Find needles in a folded text. Where there is one, smaller parts of it count too."""
        found = [find for blocks in (self._long, self._short) for find in finds(fold, blocks)]
        parts = {find[2].fold: find[2] for find in found if len(find[2].fold) > SMALLEST}
        if not parts:
            return found
        small = Blocks(4, "I")
        for needle in parts.values():
            small.add(replace(needle, least=SMALLEST) if not needle.whole else needle)
        small.close()
        return found + finds(fold, small)

    def _hide_pieces(self, keys: Sequence[str | None], raws: list[bytes]) -> list[bytes]:
        """Give pieces, each under its key, with names where secrets stood, also one that is spread over them."""
        orders = [*rows(keys)]
        # All of them at once, and apart: mostly nothing is found, and that is known after one look.
        if not self.spans(APART.join(b"\n".join([raws[index] for index in row]) for row in orders)):
            return raws
        raws = [*raws]
        for row in orders:
            self._hide_row(raws, row)
        return raws

    def _hide_row(self, raws: list[bytes], row: Sequence[int]) -> None:
        """Hide what stands in several texts, one after the other."""
        spans = self.spans(b"\n".join([raws[index] for index in row]))
        at = first = 0
        for index in row if spans else ():
            raw = raws[index]
            end = at + len(raw)
            while first < len(spans) and spans[first][1] <= at:
                first += 1
            until = first
            while until < len(spans) and spans[until][0] < end:
                until += 1
            here = [(max(a - at, 0), min(b - at, len(raw)), name) for a, b, name in spans[first:until]]
            if here:
                raws[index] = _hidden(raw, here)
            at = end + 1


def names_along(redactor: Redactor, pieces: Iterable[bytes]) -> tuple[str, ...]:
    """Name the secrets that stand in a text which comes in pieces; none of it is kept."""
    found: dict[str, None] = {}
    before = b""
    for piece in pieces:
        text = before + piece
        found.update(dict.fromkeys(redactor.names(text)))
        before = text[-HELD_BACK:]
    return tuple(found)


def begun(text: bytes, most: int) -> bytes:
    """Give the first bytes of a text in which secrets are hidden, and no mark in part."""
    cut = next((m.start() for m in MARKS.finditer(text) if m.start() < most < m.end()), most)
    return text[:cut]


def ending(text: bytes, most: int) -> bytes:
    """Give the last bytes of a text in which secrets are hidden, and no mark in part."""
    at = max(0, len(text) - most)
    return text[next((m.end() for m in MARKS.finditer(text) if m.start() < at < m.end()), at) :]


class Stream:
    """A text that comes in pieces: what may be the beginning of a secret waits for the next piece.

    What is looked for may become more while it comes, so it is asked for anew with each piece.
    """

    def __init__(self, current: Callable[[], Redactor | None]) -> None:
        self._current = current
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next piece; gives what can be told."""
        raw, redactor = self._held + data, self._current()
        if not redactor:
            self._held = b""
            return raw
        cut = max(redactor.safe(raw), len(raw) - HELD_BACK)
        spans = redactor.spans(raw)
        cut = min([cut, *(start for start, end, _ in spans if start < cut < end)])
        self._held = raw[cut:]
        return _hidden(raw[:cut], [span for span in spans if span[1] <= cut])

    def skip(self, data: bytes) -> None:
        """Take a piece of which only the end may be asked for."""
        self._held = (self._held + data)[-SKIPPED:]

    def end(self) -> bytes:
        """Give the rest."""
        rest, redactor, self._held = self._held, self._current(), b""
        return redactor.hide(rest) if redactor else rest


def _back(raw: bytes, count: int, places: Callable[[bytes], Laid]) -> int:
    """Give how many bytes at the end of a text hold so many of what `places` lays out; only the end is."""
    if not count:
        return 0
    size = 2 * count + 64
    while True:
        starts, _ = places(raw[-size:])
        if len(starts) > count + CUT or size >= len(raw):
            return min(size, len(raw)) - starts[-count] if len(starts) >= count else len(raw)
        size *= 4


def _all(raw: bytes, value: bytes) -> Iterator[int]:
    at = raw.find(value)
    while at >= 0:
        yield at
        at = raw.find(value, at + len(value))


def _joined(found: list[Span]) -> list[Span]:
    """Make one of what overlaps, under the name of the longest."""
    spans: list[Span] = []
    longest = 0
    for start, end, name in sorted(found):
        if spans and start < spans[-1][1]:
            before, until, known = spans[-1]
            spans[-1] = (before, max(end, until), name if end - start > longest else known)
            longest = max(longest, end - start)
        else:
            spans.append((start, end, name))
            longest = end - start
    return spans


def _hidden(raw: bytes, spans: Sequence[Span]) -> bytes:
    out: list[bytes] = []
    at = 0
    for start, end, name in spans:
        out += [raw[at:start], f"[secret {name}]".encode()]
        at = end
    return b"".join([*out, raw[at:]])
