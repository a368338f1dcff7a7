"""Subject: what a claim, message, item or action is about, as `kind:name`."""

from __future__ import annotations

import re
import unicodedata

from fleet.errors import Unreadable

_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,119}")
_BLANKS = re.compile(r"\s+")
_LONGEST = 1000  # characters looked at; the longest subject has 160


def fold_subject(text: str) -> str:
    """Fold a subject to its one spelling; raises Unreadable with a sentence.

    >>> fold_subject("account:Acme Corp")
    'account:acme-corp'
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"a subject of {len(text)} characters is too long", end=len(text))
    folded = _BLANKS.sub("-", unicodedata.normalize("NFKC", text.strip()).lower())
    folded = unicodedata.normalize("NFKC", folded)
    kind, colon, name = folded.partition(":")
    if not colon:
        raise Unreadable(f"{text!r} is not a subject: write kind:name, as in account:acme", end=len(text))
    if _KIND.fullmatch(kind) is None:
        raise Unreadable(
            f"{kind!r} is not a kind of subject: a small letter, then a-z, 0-9 or '-'", end=len(kind)
        )
    if _NAME.fullmatch(name) is None:
        raise Unreadable(
            f"{name!r} cannot name one of kind {kind}: a letter or digit, then up to 119 of a-z 0-9 . _ @ + -",
            start=min(len(kind) + 1, len(text)),
            end=len(text),
        )
    return folded
