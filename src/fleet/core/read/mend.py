"""Mend: what is certain is written into the texts, until nothing certain is left.

Nothing counts that was not read again: a mending stays only if its mistake is gone and no other came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from fleet.core.frozen import dataclass
from fleet.core.mistake import Mend, Mistake, Place

Texts = Mapping[str, str]
"""Texts by the names of their files."""
Check = Callable[[Texts], Sequence[Mistake]]
"""Gives all mistakes of a fleet whose files have these texts."""

MOST_CHECKS = 60  # of one mending; each takes as long as reading the fleet does
_BREAK = re.compile("\r\n|\r|\n")
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that was mended: with which mistake, what stood there and what stands there now."""

    mistake: Mistake
    mend: Mend
    old: str


def mend(texts: Texts, check: Check) -> tuple[dict[str, str], tuple[Mended, ...], tuple[Mistake, ...]]:
    """Mend what is certain: the new texts, what was done in the order it was done, and what is left."""
    return _Mending(dict(texts), check).all()


def written(text: str, mends: Iterable[Mend]) -> str:
    """Write mends into a text, from its end to its beginning; of two that overlap the first one counts."""
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    mark = len(_MARK) if text.startswith(_MARK) else 0
    out, last = text, len(text) + 1
    spans = [(*_span(one.place, starts, mark), one.text) for one in mends]
    kept: list[tuple[int, int, str]] = []
    for start, end, new in sorted(spans, key=lambda span: span[:2]):
        if start <= end < last and (not kept or kept[-1][1] <= start):
            kept.append((start, end, new))
    for start, end, new in reversed(kept):
        out = out[:start] + new + out[end:]
    return out


def _span(place: Place, starts: Sequence[int], mark: int) -> tuple[int, int]:
    """Where a place begins and ends in the text of its file; nowhere, if the file has no such line."""
    if not 0 < place.line <= place.end_line <= len(starts):
        return 1, 0
    first = starts[place.line - 1] + place.column - 1 + (mark if place.line == 1 else 0)
    return first, starts[place.end_line - 1] + place.end_column - 1 + (mark if place.end_line == 1 else 0)


class _Mending:
    """One mending: the texts as they are by now, what is wrong with them, and what was done."""

    def __init__(self, texts: dict[str, str], check: Check) -> None:
        self._texts, self._check = texts, check
        self._left = MOST_CHECKS
        self._mistakes = tuple(check(texts))
        self._done: list[Mended] = []

    def all(self) -> tuple[dict[str, str], tuple[Mended, ...], tuple[Mistake, ...]]:
        """Go on until nothing certain is left, or nothing of it may stay."""
        while wanted := [m for m in self._mistakes if m.mend and m.mend.place.file in self._texts]:
            syntax = [m for m in wanted if m.code.startswith("F1")]
            if not (syntax and self._step(syntax)) and not self._step([m for m in wanted if m not in syntax]):
                break
        return self._texts, tuple(self._done), self._mistakes

    def _step(self, wanted: Sequence[Mistake]) -> bool:
        """Take the largest group that may stay: all, else a half, and so on; says whether one was taken."""
        size = len(wanted)
        while size:
            for first in range(0, len(wanted), size):
                if self._left > 0 and self._try(wanted[first : first + size]):
                    return True
            size //= 2
        return False

    def _try(self, group: Sequence[Mistake]) -> bool:
        before, done, texts = self._mistakes, list[Mended](), self._texts
        after: Sequence[Mistake] = before
        while group and self._left > 0:
            done += [Mended(m, m.mend, _old(texts, m.mend.place)) for m in group if m.mend]
            texts = _all_written(texts, [m.mend for m in group if m.mend])
            after = self._check(texts)
            self._left -= 1
            new = _new(before, after, syntax=done[0].mistake.code.startswith("F1"))
            # What comes to light by a mending may be as certain itself: a key, and then its value.
            group = new if all(m.mend for m in new) else []
        if new or not _gone(before, after, [one.mistake for one in done]):
            return False
        self._texts, self._mistakes = dict(texts), tuple(after)
        self._done += done
        return True


def _old(texts: Texts, place: Place) -> str:
    text = texts[place.file]
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    start, end = _span(place, starts, len(_MARK) if text.startswith(_MARK) else 0)
    return text[start:end]


def _all_written(texts: Texts, mends: Sequence[Mend]) -> dict[str, str]:
    by_file: dict[str, list[Mend]] = {}
    for one in mends:
        by_file.setdefault(one.place.file, []).append(one)
    return {name: written(text, by_file.get(name, ())) for name, text in texts.items()}


def _same(mistake: Mistake) -> tuple[str, str, str]:
    return mistake.code, mistake.place.file, mistake.what


def _new(before: Sequence[Mistake], after: Sequence[Mistake], *, syntax: bool) -> list[Mistake]:
    """The mistakes that were not there before.

    Warnings between seats do not count, for an error may have hidden them; and behind a syntax error
    that is gone everything may come to light but another one.
    """
    known = Counter(map(_same, before))
    out = []
    for mistake in after:
        known[_same(mistake)] -= 1
        counts = mistake.code.startswith("F1") if syntax else mistake.code[:2] != "F2" or _is_error(mistake)
        if known[_same(mistake)] < 0 and counts:
            out.append(mistake)
    return out


def _is_error(mistake: Mistake) -> bool:
    return mistake.level == "error"


def _gone(before: Sequence[Mistake], after: Sequence[Mistake], mended: Sequence[Mistake]) -> bool:
    left, were = Counter(map(_same, after)), Counter(map(_same, before))
    wanted = Counter(map(_same, mended))
    return all(left[same] <= max(0, were[same] - count) for same, count in wanted.items())
