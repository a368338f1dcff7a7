"""Values: the plain kinds that many keys share, each read from its node or noted as a mistake.

Every reader here gives None, or nothing, for what it had to refuse: the mistake is noted by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from fleet.core.names import check_seat_id, is_seat_id
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read.fields import wrong_shape
from fleet.core.read.found import Found, is_empty, rewritten
from fleet.core.read.near import choose
from fleet.core.span import read_span
from fleet.core.target import Money, read_money

T = TypeVar("T")
W = TypeVar("W", bound=str)

ACTION_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}(?:\.[a-z0-9][a-z0-9_-]{0,39}){0,4}")
SUBJECT_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
METRIC = re.compile(r"[a-z][a-z0-9_-]{0,79}")
SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
LIKE_ACTION = "an action kind, as mail.send: small letters and digits, dots between"
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MOST_KINDS = 10
"""That a try lists in place of a `*`."""
_WHOLE = re.compile(r"[0-9]{1,9}")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_MEANT = {"on": "yes", "y": "yes", "1": "yes", "off": "no", "n": "no", "0": "no"}


def scalar(node: Node | None, found: Found, what: str) -> Scalar | None:
    """A node that must be one text."""
    if node is None or isinstance(node, Scalar):
        return node
    wrong_shape(node, found, f"{what} wants one text")
    return None


def text(node: Node | None, found: Found, what: str) -> str:
    """One text, without blanks around it; "" where there is none."""
    read = scalar(node, found, what)
    if read is None:
        return ""
    if not read.text.strip():
        found.say("F403", read.place, f"{what} is an empty text")
    return read.text.strip()


def scalars(node: Node | None, found: Found, what: str) -> tuple[Scalar, ...]:
    """One text, or a list of texts; a text that a comma has cut is a mistake."""
    out = []
    for index, item in enumerate(items(node, found, what)):
        if not isinstance(item, Scalar):
            wrong_shape(item, found, f"an item of {what} is a text")
        elif index and not item.quoted and item.text.startswith(("and ", "or ")):
            why = "a list needs no such word; a text with a comma needs quotes"
            tries = (item.text.partition(" ")[2],)
            found.say(
                "F308", item.place, f"an item begins with {item.text.split()[0]!r}", why=why, tries=tries
            )
        else:
            out.append(item)
    return tuple(out)


def items(node: Node | None, found: Found, what: str) -> tuple[Node, ...]:
    """The items of a list, none of them empty; what is no list counts as its only item."""
    if node is None:
        return ()
    if not isinstance(node, Items):
        return (node,)
    kept = []
    for item in node.items:
        if is_empty(item):
            why = "everything after # is a comment; a text that begins with # needs quotes"
            is_comment = found.line_after(item.place).lstrip(": ").startswith("#")
            found.say(
                "F403",
                item.place,
                f"an item of {what} has no value",
                why=why if is_comment else "take it out",
            )
        else:
            kept.append(item)
    return tuple(kept)


def names(node: Node | None, grammar: re.Pattern[str], found: Found, what: str, like: str) -> tuple[str, ...]:
    """One name or a list of names, each once."""
    kept: dict[str, Scalar] = {}
    for item in scalars(node, found, what):
        if grammar.fullmatch(item.text) is None:
            tries = _kinds_meant(item.text, found) if grammar is ACTION_KIND else ()
            found.say("F406", item.place, f"{item.text!r} is not {like}", tries=tries)
        else:
            once(item, kept, found, what)
    return tuple(kept)


def _kinds_meant(text: str, found: Found) -> tuple[str, ...]:
    """Find the action kinds that a `*` stands for, as a list, or the one that is spelled nearly so."""
    pattern = re.compile(re.escape(text).replace(r"\*", ".*"))
    all_of = [kind for kind in found.kinds if "*" in text and pattern.fullmatch(kind)]
    return (f"[{', '.join(all_of[:MOST_KINDS])}]",) if all_of else found.close(text, found.kinds)


def seat_ids(node: Node | None, found: Found, what: str) -> tuple[str, ...]:
    """One seat id or a list of them, each once."""
    kept: dict[str, Scalar] = {}
    for item in scalars(node, found, what):
        if seat_id(item, found) is not None:
            once(item, kept, found, what)
    return tuple(kept)


def seat_id(node: Node | None, found: Found, what: str = "this") -> str | None:
    """One seat id."""
    if isinstance(node, Items):
        named = [item.text for item in node.items if isinstance(item, Scalar)]
        wrong_shape(node, found, f"{what} wants one seat", [name for name in named if is_seat_id(name)][:1])
        return None
    read = scalar(node, found, what)
    if read is None:
        return None
    if held := found.holder(read.text):
        seat, person = held
        found.say(
            "F406", read.place, f"{read.text!r} is no seat", why=f"{person} holds {seat}", tries=(seat,)
        )
        return None
    return found.phrase(read, check_seat_id, "F406", "a seat id", known=found.seats)


def once(item: Scalar, kept: dict[str, Scalar], found: Found, what: str) -> None:
    """Keep an item, or note that it stands twice."""
    if item.text in kept:
        first = (kept[item.text].place, "first here")
        found.say("F412", item.place, f"{item.text!r} stands twice in {what}", second=first)
    else:
        kept[item.text] = item


def phrase(node: Node | None, read: Callable[[str], T], found: Found, code: str, what: str) -> T | None:
    """A text of one of our grammars."""
    given = scalar(node, found, what)
    return None if given is None else found.phrase(given, read, code, what)


def span(node: Node | None, found: Found, what: str) -> timedelta | None:
    """A span of time."""
    return phrase(node, read_span, found, "F301", what)


def money(node: Node | None, found: Found, what: str) -> Money | None:
    """An amount of money."""
    return phrase(node, read_money, found, "F302", what)


def word(node: Node | None, words: Sequence[W], found: Found, what: str) -> W | None:
    """One of a few words."""
    read = scalar(node, found, what)
    if read is None:
        return None
    for ours in words:
        if read.text == ours:
            return ours
    found.say(
        "F405", read.place, f"{what} is {_either(words)}, not {read.text!r}", tries=choose(read.text, words)
    )
    return None


def yes_no(node: Node | None, found: Found, what: str) -> bool | None:
    """`yes` or `no`."""
    read = scalar(node, found, what)
    if read is None or read.text in _YES_NO:
        return None if read is None else _YES_NO[read.text]
    lower = read.text.lower()
    tries = (lower,) if lower in _YES_NO else (_MEANT[lower],) if lower in _MEANT else ("yes", "no")
    mend = rewritten(read, tries[0]) if len(tries) == 1 else None
    found.say("F405", read.place, f"{what} is yes or no, not {read.text!r}", tries=tries, mend=mend)
    return None


def whole(node: Node | None, found: Found, what: str, *, low: int, high: int) -> int | None:
    """A whole number in a range."""
    read = scalar(node, found, what)
    if read is None:
        return None
    if _WHOLE.fullmatch(read.text) and low <= int(read.text) <= high:
        return int(read.text)
    tries = [number for number in (_meant_number(read.text),) if number and low <= int(number) <= high]
    told = f"{what} is a whole number from {low} to {high}, not {read.text!r}"
    found.say("F409", read.place, told, tries=tries)
    return None


def _meant_number(text: str) -> str:
    """The number that `two`, `2x`, `2 times` or `2.0` says; "" where it is none."""
    plain = text.strip().lower()
    word = NUMBERS.index(plain) if plain in NUMBERS else None
    said = re.fullmatch(r"0*([0-9]{1,6})(?:\.0+| ?x| ?times| turns| retries| tries)?", plain, re.ASCII)
    return said[1] if said else "" if word is None else str(word)


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def say_empty_list(node: Node, found: Found, what: str) -> None:
    """Note a list or map that holds nothing where it must."""
    if isinstance(node, Items) and not node.items or isinstance(node, Entries) and not node.entries:
        found.say("F403", node.place, f"{what} holds nothing")


def say_missing(node: Node, found: Found, key: str, where: str, tries: Sequence[str] = ()) -> None:
    """Note that a map lacks a key it must have, unless the key is there and was refused."""
    if not isinstance(node, Entries) or all(k.text != key for k, _ in node.entries):
        found.say("F407", node.place, f"{where} has no {key!r}", tries=tries)
