"""Fields: the entries of one map, checked once against the keys that may stand there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from fleet.core.mistake import Mend, Place
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read.found import Found, is_empty
from fleet.core.read.keys import LATER, Keys, meaning
from fleet.errors import Unreadable

Fields = dict[str, Node]
"""Values by key, only of keys that are known, given once, and not empty."""

ADOPTED = frozenset(
    ("title", "run", "answers_to", "owns", "scorecard", "about", "rank", "from", "to", "then", "path")
    + ("fleet", "seats", "person", "http", "with", "of")
)
"""Keys that must be there: what stands under another's word is read as theirs, not told as missing too. Under a key
that is only misspelled it always is, so that what is wrong in it is told in the same pass."""

_THOUSANDS = re.compile(r"[0-9]{3}(?![0-9])")
_SHAPES = {Scalar: "a text", Entries: "a map"}


def entries(node: Node, found: Found, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a map, each key once and with a value; anything else is a mistake."""
    if not isinstance(node, Entries):
        wrong_shape(node, found, f"{what} wants a map of keys and values")
        return ()
    seen: dict[str, Scalar] = {}
    kept = []
    for key, value in node.entries:
        if key.text in seen:
            twice(key, seen[key.text], found)
        elif is_empty(value):
            _say_empty(key, value, found)
        else:
            kept.append((key, value))
        seen.setdefault(key.text, key)
    return tuple(kept)


def fields(node: Node, keys: Keys, found: Found) -> Fields:
    """The values of a map by key; what fleet does not know is a mistake with the nearest key."""
    if not isinstance(node, Entries):
        wrong_shape(node, found, f"{keys.where} wants a map of keys and values")
        return {}
    out: Fields = {}
    names = keys.names
    for index, (key, value) in enumerate(node.entries):
        name = key.text
        if name in names and name not in out and not is_empty(value):
            out[name] = value
        else:
            meant = _refuse(node, index, keys, found)
            if meant and all(k.text != meant for k, _ in node.entries):
                out.setdefault(meant, value)
    return out


def wrong_shape(node: Node, found: Found, what: str, tries: Sequence[str] = ()) -> None:
    """Note that a text, list or map stands where another of them belongs."""
    found.say("F404", node.place, f"{what}, not {_SHAPES.get(type(node), 'a list')}", tries=tries)


def twice(key: Scalar, first: Scalar, found: Found) -> None:
    """Note a key that stands twice."""
    found.say("F108", key.place, f"the key {key.text!r} stands twice", second=(first.place, "first here"))


def _refuse(node: Entries, index: int, keys: Keys, found: Found) -> str:
    """Note what is wrong with an entry; for an unknown key, give the one that was meant, or ""."""
    key, value = node.entries[index]
    if key.text in keys.names:
        first = next(k for k, _ in node.entries if k.text == key.text)
        if first is not key:
            twice(key, first, found)
        else:
            _say_empty(key, value, found)
    elif key.text in LATER:
        what = f"{key.text!r} belongs to a later version of fleet"
        found.say("F402", key.place, what, why="take it out for now")
    elif _is_cut(key, value):
        _say_cut(node, index, found)
    else:
        return _say_unknown(node, index, keys, found)
    return ""


def _say_unknown(node: Entries, index: int, keys: Keys, found: Found) -> str:
    """Note a key that fleet does not know; give the one as which its value is read, or ""."""
    from fleet.core.read.foreign import hint  # only a mistake needs these two
    from fleet.core.read.near import called

    key, value = node.entries[index]
    what = f"no key {key.text!r} in {keys.where}"
    if known := hint(key.text, value, keys):
        found.say("F401", key.place, what, why=known.why, tries=known.tries)
        return ""
    tries = _meant(key.text, value, keys) or found.close(key.text, keys.names)
    spelled = bool(tries) and key.text not in keys.meanings
    tries = tries or called(key.text, keys.meanings)
    mend = _mend_key(key, keys, [k.text for k, _ in node.entries]) if found.suggests else None
    tries = (mend.text,) if mend else tries
    why = "" if tries else "its keys are " + ", ".join(sorted(keys.names))
    found.say("F401", key.place, what, why=why, tries=tries, mend=mend)
    adopted = not is_empty(value) and tries and (spelled or tries[0] in ADOPTED)
    return tries[0] if adopted else ""


def _meant(name: str, value: Node, keys: Keys) -> tuple[str, ...]:
    """Find the key that says what somebody else's says; of a rule, `do: hold` says `then` and no action kind."""
    from fleet.core.read.phrases import read_then

    meant = meaning(name, keys)
    if meant != ("action",) or "then" not in keys.names or not isinstance(value, Scalar):
        return meant
    try:
        read_then(value.text)
    except Unreadable:
        return meant
    return ("then",)


def _mend_key(key: Scalar, keys: Keys, taken: Collection[str]) -> Mend | None:
    from fleet.core.read.certain import certain_key  # only a mistake needs it

    meant = certain_key(key.text, keys, taken)
    return Mend(key.place, meant) if meant and key.place.line == key.place.end_line else None


def _is_cut(key: Scalar, value: Node) -> bool:
    """Whether an entry is what follows a comma inside `{...}`: a text with no ':' after it."""
    place = value.place
    return is_empty(value) and (place.line, place.column) == (key.place.end_line, key.place.end_column)


def _say_cut(node: Entries, index: int, found: Found) -> None:
    key = node.entries[index][0]
    name, colon, rest = key.text.partition(":")
    if colon and not name.isdecimal():  # `12:00` is no key: a comma has cut it from a cadence
        what = f"no blank after the ':' in {key.text!r}"
        mend = None if key.quoted else Mend(key.place, f"{name}: {rest}")
        found.say("F401", key.place, what, tries=(f"{name}: {rest}",), mend=mend)
        return
    tries: tuple[str, ...] = ()
    mend = None
    if index:
        before, text = node.entries[index - 1]
        if isinstance(text, Scalar) and _THOUSANDS.match(key.text) and text.text[-1:].isdecimal():
            _say_thousands(before, text, key, found)
            return
        tries = (f"{before.text}: {_whole(text, key)}",) if isinstance(text, Scalar) else ()
        mend = found.quoted([text, key])
    what = f"{key.text!r} has no value; a comma ends the text before it"
    found.say("F308", key.place, what, why="put a text with a comma in quotes", tries=tries, mend=mend)


def _whole(text: Scalar, rest: Scalar) -> str:
    said = f"{text.text}, {rest.text}"
    return "'" + said.replace("'", "''") + "'" if '"' in said else f'"{said}"'


def _say_thousands(before: Scalar, text: Scalar, rest: Scalar, found: Found) -> None:
    """Note a thousands comma, which has cut a number in two."""
    whole, first, last = text.text + rest.text, text.place, rest.place
    place = Place(first.file, first.line, first.column, last.end_line, last.end_column)
    mend = Mend(place, whole) if first.line == last.end_line else None
    what = f"a comma ends the number before {rest.text!r}"
    tries = (f"{before.text}: {whole}",)
    found.say("F308", last, what, why="no thousands comma", tries=tries, mend=mend)


def _say_empty(key: Scalar, value: Node, found: Found) -> None:
    if isinstance(value, Scalar) and value.text:
        found.say(
            "F403", value.place, f"{key.text!r} has the value {value.text}, which is none", why="leave it out"
        )
        return
    after = found.line_after(key.place).lstrip(": ")
    why = (
        "everything after # is a comment; a text that begins with # needs quotes"
        if after[:1] == "#" and after[1:2].strip()
        else ""
    )
    found.say(
        "F403", key.place, f"{key.text!r} has no value", why=why or "leave the key out, or say something"
    )
