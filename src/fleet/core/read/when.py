"""When: the cadences of a seat, and the phrases that a comma has cut in two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from itertools import islice

from fleet.core.cadence import At, Cadence, Cron, read_cadence, read_cron
from fleet.core.mistake import Place
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import values
from fleet.core.read.fields import fields, wrong_shape
from fleet.core.read.found import Found
from fleet.core.read.keys import CRON
from fleet.core.slots import EVERY_DAY

MOST = 100  # cadences of one seat; each is planned and looked at on every wake
UNREAD = At(EVERY_DAY, (time(),))
"""What stands for a cadence that was refused, so that its seat does not also seem to have none."""

# What no phrase begins with, and what is left of one after a comma: `12:00`, `and 14:00`, `on weekdays`.
_PIECE = re.compile(r"(?:and|or|to|from|at|on|until)\b.*|[0-9]{1,2}(?::[0-9]{2})?(?: ?[ap]m)?(?: and .*)?")


def cadences(node: Node | None, found: Found) -> tuple[Cadence, ...]:
    """The cadences of `when`: one phrase or a list; a map `cron: "..."` is a cron expression."""
    out: list[Cadence] = []
    nodes = values.items(node, found, "when")
    if len(nodes) > MOST:
        found.say("F409", nodes[MOST].place, f"a seat has at most {MOST} cadences, not {len(nodes)}")
        return (UNREAD,)
    index = 0
    while index < len(nodes):
        pieces = _pieces(nodes, index, found)
        if len(pieces) > 1:
            _say_cut(pieces, found)
        out.append((_cadence(nodes[index], found) if len(pieces) == 1 else None) or UNREAD)
        index += len(pieces)
    return tuple(out)


def _cadence(node: Node, found: Found) -> Cadence | None:
    if isinstance(node, Entries):
        return _cron(node, found)
    if not isinstance(node, Scalar):
        wrong_shape(node, found, "a cadence is a phrase")
        return None
    if not node.quoted and _PIECE.fullmatch(node.text) and not _says_when(node.text, found):
        why = "put a phrase with a comma in quotes, or write `and`"
        what = f"{node.text!r} is only a piece of a cadence"
        found.say("F308", node.place, what, why=why, tries=(f"weekdays at {_time(node.text)}",))
        return None
    return found.phrase(node, read_cadence, "F310", "this cadence")


def _says_when(text: str, found: Found) -> bool:
    """Whether it is a cadence, or one of an event in other words: `on mail`, `on change of data/x.csv`."""
    from fleet.core.cadence_tries import events  # only what looks like a piece needs it

    return found.reads(text, read_cadence) or any(found.reads(said, read_cadence) for said in events(text))


def _time(text: str) -> str:
    clock = re.search(r"[0-9]{1,2}:[0-9]{2}", text)
    return clock[0].zfill(5) if clock else "10:00"


def _cron(node: Entries, found: Found) -> Cadence | None:
    given = fields(node, CRON, found).get("cron")
    return values.phrase(given, _read_cron_item, found, "F311", "this cron expression")


def _read_cron_item(text: str) -> Cron:
    """Read five cron fields; the cadence's text is the phrase that says the same."""
    return Cron(read_cron(text).expression, f'cron: "{text}"')


def _pieces(nodes: Sequence[Node], index: int, found: Found) -> Sequence[Node]:
    """The item at `index`, with those after it that a comma has cut from its phrase."""
    first = nodes[index]
    if not isinstance(first, Scalar) or first.quoted:
        return nodes[index : index + 1]
    count, phrase, is_whole = 1, first.text, found.reads(first.text, read_cadence)
    for item in islice(nodes, index + 1, None):
        if not isinstance(item, Scalar) or item.quoted or (is_whole and found.reads(item.text, read_cadence)):
            break
        phrase, is_whole = f"{phrase}, {item.text}", True
        if not found.reads(phrase, read_cadence):
            break
        count += 1
    return nodes[index : index + count]


def _say_cut(pieces: Sequence[Node], found: Found) -> None:
    words = [piece.text for piece in pieces if isinstance(piece, Scalar)]
    first, last = pieces[1].place, pieces[-1].place
    place = Place(first.file, first.line, first.column, last.end_line, last.end_column)
    tries = [t for t in (" and ".join(words),) if found.reads(t, read_cadence)] + [f'"{", ".join(words)}"']
    what = f"a comma ends the cadence before {words[1]!r}"
    second = (pieces[0].place, "it begins here")
    why, mend = "a phrase with a comma needs quotes", found.quoted(pieces)
    found.say("F308", place, what, why=why, tries=tries, second=second, mend=mend)
