"""Clause: a condition cut at its signs, as text: its parts joined by `||` and `&&`, at every depth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fleet.core.frozen import dataclass

_TOKEN = re.compile(
    r"(?P<blank>\s+|//[^\n]*)"
    r"|(?P<text>(?:[rRbB]{0,2})(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'))"
    r"|(?P<number>(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?u?|0x[0-9a-fA-F]+)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>&&|\|\||[<>=!]=|.)",
    re.DOTALL,
)
_OPENS, _CLOSES = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a condition: `kind` is text, number, word or sign."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts of a condition that one sign joins, `&&` or `||`, each from where to where it goes."""

    sign: str
    parts: tuple[tuple[int, int], ...]


def tokens(text: str) -> tuple[Token, ...]:
    """Cut a condition into its pieces; blanks and comments are left out."""
    found = (Token(m.lastgroup or "sign", m[0], m.start()) for m in _TOKEN.finditer(text))
    return tuple(one for one in found if one.kind != "blank")


def joined(text: str) -> tuple[Joined, ...]:
    """Find what `||` and `&&` join, the outermost first.

    >>> text = "a || b && (c || d)"
    >>> [[text[i:j] for i, j in one.parts] for one in joined(text)]
    [['a', 'b && (c || d)'], ['b', '(c || d)'], ['c', 'd']]
    """
    found = list[Joined]()
    for group in _groups(tokens(text)):
        terms = _split(group, "||")
        found += [_joined("||", terms)] if terms[1:] else []
        for term in terms:
            factors = _split(term, "&&")
            found += [_joined("&&", factors)] if factors[1:] else []
    return tuple(sorted(found, key=lambda one: (one.parts[0][0], -one.parts[-1][1])))


def factors(text: str) -> tuple[str, ...]:
    """Give the parts of a condition that its outermost `&&` or `||` joins; one that has neither is its only part."""
    whole = tokens(text)
    if not whole:
        return (text,)
    for one in joined(text):
        if (one.parts[0][0], one.parts[-1][1]) == (whole[0].start, whole[-1].end):
            return tuple(text[start:end] for start, end in one.parts)
    return (text.strip(),)


def lists(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Find the lists that are written in a condition: of each, from where to where its entries go.

    >>> text = "x in [0, f(6, 7)] || y[1] == z"
    >>> [[text[i:j] for i, j in one] for one in lists(text)]
    [['0', 'f(6, 7)']]
    """
    return lists_of(tokens(text))


def lists_of(pieces: tuple[Token, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Find the lists among pieces: a bracket behind a value looks into it, any other opens a list."""
    found = []
    for i, piece in enumerate(pieces):
        before = pieces[i - 1] if i else None
        looks = before is not None and (
            (before.kind in ("word", "text") and before.text != "in") or before.text in _CLOSES
        )
        if piece.text == "[" and piece.kind == "sign" and not looks:
            inner = _inside(pieces, i + 1)
            found.append(tuple((p[0].start, p[-1].end) for p in _split(inner, ",") if p))
    return tuple(one for one in found if one)


def _inside(pieces: tuple[Token, ...], i: int) -> list[Token]:
    """Give the pieces up to the bracket that closes the one before `i`."""
    depth = 0
    for j in range(i, len(pieces)):
        if pieces[j].kind == "sign":
            depth += (pieces[j].text in _OPENS) - (pieces[j].text in _CLOSES)
            if depth < 0:
                return list(pieces[i:j])
    return list(pieces[i:])


def _groups(pieces: tuple[Token, ...]) -> Iterator[list[Token]]:
    """Yield what stands between brackets, commas and the signs of `a ? b : c`, with what is bracketed inside."""
    stack: list[list[Token]] = [[]]
    for piece in pieces:
        if piece.kind == "sign" and piece.text in _OPENS:
            for group in stack:
                group.append(piece)
            stack.append([])
        elif piece.kind == "sign" and piece.text in _CLOSES and stack[1:]:
            yield stack.pop()
            for group in stack:
                group.append(piece)
        elif piece.kind == "sign" and piece.text in ",?:":
            yield stack[-1]
            stack[-1] = []
            for group in stack[:-1]:
                group.append(piece)
        else:
            for group in stack:
                group.append(piece)
    yield from stack


def _split(group: list[Token], sign: str) -> list[list[Token]]:
    """Cut a group at a sign that stands in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for piece in group:
        if piece.kind == "sign":
            depth += (piece.text in _OPENS) - (piece.text in _CLOSES)
            if piece.text == sign and depth == 0:
                parts.append([])
                continue
        parts[-1].append(piece)
    return parts


def _joined(sign: str, parts: list[list[Token]]) -> Joined:
    return Joined(sign, tuple((part[0].start, part[-1].end) for part in parts if part))
