"""Mutant: a rule with one thing changed by rote. Where no example tells it from the rule, one is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from fleet.core.chart import Rule, Then
from fleet.core.clause import Token, joined, lists, lists_of, tokens
from fleet.core.frozen import dataclass
from fleet.core.span import read_span, say_span
from fleet.errors import Unreadable

_SIGNS = {
    "==": ("!=",), "!=": ("==",), "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
}  # fmt: skip
_WORDS = {"true": "false", "false": "true"}
_EACH = {"exists": "all", "all": "exists", "exists_one": "exists"}
_INSTEAD: dict[Then, Then] = {"allow": "hold", "hold": "refuse", "refuse": "hold", "ask": "hold"}
_DURATION = re.compile(r"([0-9]+)(h|m|s|ms)")
_TEXT = re.compile(r"([rRbB]*)(\"\"\"|'''|\"|')(.*)\2", re.DOTALL)
_MONTH = timedelta(days=30)
_LONGEST_PART = 60
TURNED = "the whole turned round"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed rule: what was changed, and the example that would tell it from the rule.

    `rule` is None where all of it was taken out.
    """

    says: str
    rule: Rule | None
    add: str
    turned: bool = False
    """It says the opposite of its rule, of each subject."""

    @property
    def reads(self) -> str:
        """Give its condition on one line."""
        return " ".join(self.rule.condition.split()) if self.rule is not None else ""


def mutants(rule: Rule) -> Iterator[Mutant]:
    """List a rule's mutants, each once, the coarsest first."""
    expects = f"an example that expects {f'ask {rule.ask}' if rule.then == 'ask' else rule.then}"
    yield Mutant("the rule taken out", None, expects)
    then = _INSTEAD[rule.then]
    yield Mutant(f"then: {then}", replace(rule, then=then, ask=""), expects)
    text = rule.condition
    seen = {text}
    whole = (("if: true", "true", "an example that passes"), ("if: false", "false", expects))
    end = "\n" if "//" in text else ""  # a comment goes to the end of its line
    for says, condition, add in (
        *whole,
        (TURNED, f"!({text}{end})", "an example that passes"),
        *_cut(text),
        *_shorter(text),
        *_changed(text),
    ):
        if condition not in seen:
            seen.add(condition)
            yield Mutant(says, replace(rule, condition=condition), add, says == TURNED)


Change = tuple[str, str, str]
"""What was changed, the whole condition then, and the example that would tell."""


def _cut(text: str) -> Iterator[Change]:
    """Leave out each part that `&&` or `||` joins."""
    for one in joined(text):
        for i, (start, end) in enumerate(one.parts):
            last = i + 1 == len(one.parts)
            begins, goes_on = (one.parts[i - 1][1], end) if last else (start, one.parts[i + 1][0])
            part = _short(text[start:end])
            tells = f"an example in which {part} alone makes the difference"
            yield f"without {part}", text[:begins] + text[goes_on:], tells


def _shorter(text: str) -> Iterator[Change]:
    """Leave out each entry of a list that is written in the condition."""
    for entries in lists(text):
        for i, (start, end) in enumerate(entries):
            last = i + 1 == len(entries)
            begins = entries[i - 1][1] if last and i else start
            goes_on = end if last else entries[i + 1][0]
            entry = _short(text[start:end])
            yield f"without {entry} in the list", text[:begins] + text[goes_on:], f"an example with {entry}"


def _changed(text: str) -> Iterator[Change]:
    """Change each sign, word and constant."""
    pieces = tokens(text)
    named = {_said(p) for i, p in enumerate(pieces) if _is_seat(pieces, i)}
    for i, piece in enumerate(pieces):
        for new, add in _instead(pieces, i, named):
            says = f"{piece.text} as {new}" if new else f"without {piece.text}"
            yield says, text[: piece.start] + new + text[piece.end :], add


def _instead(pieces: tuple[Token, ...], i: int, named: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what one piece is changed into, and the example that would tell."""
    piece = pieces[i]
    word = piece.text
    if piece.kind == "sign":
        for new in _SIGNS.get(word, ()):
            yield new, _of_sides(word, new)
        if word == "!":
            yield "", "an example in which what stands behind the ! alone makes the difference"
    elif piece.kind == "word" and word in _WORDS:
        yield _WORDS[word], f"an example in which it is {_WORDS[word]}"
    elif piece.kind == "word" and word in _EACH and pieces[i - 1].text == ".":
        yield _EACH[word], "an example in which some entries of the list meet it and others do not"
    elif piece.kind == "number":
        for number in _numbers(word):
            listed = _is_listed(pieces, i)
            between = f"between {' and '.join(sorted((word, number), key=float))}"
            yield number, f"an example with {word}" if listed else f"an example {between}"
    elif piece.kind == "text" and _is_seat(pieces, i):
        for other in sorted(named - {_said(piece)}):
            yield f'"{other}"', f"an example in which {_said(piece)} and {other} differ"
    elif piece.kind == "text" and not _is_named(pieces, i, "metric"):
        yield from _texts(pieces, i)


def _of_sides(sign: str, new: str) -> str:
    if {sign, new} in ({"<", "<="}, {">", ">="}):
        return f"an example in which both sides of {sign} are equal"
    return f"an example in which the sides of {sign} stand otherwise"


def _numbers(text: str) -> tuple[str, ...]:
    """Ten times as much, and a tenth."""
    if text.isdecimal():
        whole = int(text)
        return (str(whole * 10), str(whole // 10)) if whole else ("1",)
    try:
        real = float(text)
    except ValueError:  # 0x1f, 12u
        return ()
    return (repr(real * 10), repr(real / 10)) if real else ("1.0",)


def _texts(pieces: tuple[Token, ...], i: int) -> Iterator[tuple[str, str]]:
    """A span ten times as long and a tenth as long, an instant a month away; of any other text another one."""
    said = _said(pieces[i])
    called = pieces[i - 2].text if i > 1 and pieces[i - 1].text == "(" else ""
    if called == "timestamp":
        for at in _instants(said):
            yield f'"{at}"', f"an example between {said} and {at}"
        return
    spans = _spans(said, called) if called in ("span", "duration") or _within(pieces, i) else ()
    for span in spans:
        yield f'"{span}"', f"an example between {said} and {span}"
    if not spans:
        quoted = _TEXT.fullmatch(pieces[i].text)
        assert quoted is not None
        prefix, quote, inner = quoted.groups()
        yield f"{prefix}{quote}{inner}x{quote}", f"an example with another text in place of {pieces[i].text}"


def _spans(said: str, called: str) -> tuple[str, ...]:
    if called == "duration":
        found = _DURATION.fullmatch(said)
        return (f"{int(found[1]) * 10}{found[2]}", f"{int(found[1]) / 10:g}{found[2]}") if found else ()
    try:
        span = read_span(said)
    except Unreadable:
        return ()
    tenth = timedelta(seconds=max(1, int(span.total_seconds() // 10)))
    return say_span(span * 10), say_span(tenth)


def _instants(said: str) -> Iterator[str]:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return
    for other in (at - _MONTH, at + _MONTH):
        yield other.isoformat().replace("+00:00", "Z")


def _is_seat(pieces: tuple[Token, ...], i: int) -> bool:
    """Say whether a text names a seat: in `state["x"]`, or behind the first comma of `touches(..)`."""
    if pieces[i].kind != "text":
        return False
    return _is_named(pieces, i, "state") or _argument(pieces, i) == 1


def _is_named(pieces: tuple[Token, ...], i: int, of: str) -> bool:
    return i > 1 and pieces[i - 1].text == "[" and pieces[i - 2].text == of


def _within(pieces: tuple[Token, ...], i: int) -> bool:
    return _argument(pieces, i) == 2


def _is_listed(pieces: tuple[Token, ...], i: int) -> bool:
    """Say whether a piece is an entry of a list by itself."""
    before, after = pieces[i - 1].text if i else "", pieces[i + 1].text if i + 1 < len(pieces) else ""
    if before not in ("[", ",") or after not in ("]", ","):
        return False
    return any(start <= pieces[i].start < end for entries in lists_of(pieces) for start, end in entries)


def _argument(pieces: tuple[Token, ...], i: int) -> int:
    """Say which argument of `touches(..)` a piece is; -1 if it is none."""
    depth = commas = 0
    for j in range(i - 1, 0, -1):
        text = pieces[j].text
        depth += (text in ")]}") - (text in "([{") if pieces[j].kind == "sign" else 0
        if depth < 0:
            return commas if pieces[j - 1].text == "touches" else -1
        commas += text == "," and depth == 0
    return -1


def _said(piece: Token) -> str:
    found = _TEXT.fullmatch(piece.text)
    return found[3] if found else piece.text


def _short(part: str) -> str:
    plain = " ".join(part.split())
    return plain if len(plain) <= _LONGEST_PART else f"{plain[: _LONGEST_PART - 2]}.."
