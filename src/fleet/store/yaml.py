"""YAML, read as text with places and written as front matter: the only module that imports pyyaml.

The node tree is built from the parser's event stream itself, never by pyyaml's composer: the composer
recurses in C and kills the process on 100,000 nested brackets. So the guards stand in the same pass.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import yaml

from fleet.core.folder import FILE_MAX
from fleet.core.frozen import dataclass
from fleet.core.mistake import Mend, Mistake, Place
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read.codes import mistake
from fleet.core.read.found import MOST
from fleet.core.read.front import DEEPEST, Plain, plain_word, write_plain
from fleet.core.read.sayings import bare, in_comment, odd_start, say
from fleet.errors import Unreadable
from fleet.store.tabs import REPORTED, indenting_tabs, stray_tabs, tab

__all__ = ["Plain", "read_nodes", "read_plain", "split_front", "write_plain"]

MOST_EVENTS = 1_500_000  # of the parser; 10,000 seats make 500,000, and each costs 3 to 7 µs and 200 bytes

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Controls, lone surrogates, what YAML 1.1 takes for line breaks and editors do not, and marks of byte order.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
MARK = "a byte order mark before the text"
_HIDES = re.compile(r"(?:(?<=[\s\[{,])|^)#.*")
_FRONT = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


_QUOTED, _BLOCKS = ("'", '"'), ("|", ">")
_new = object.__new__
_set_file, _set_line, _set_column, _set_end_line, _set_end_column = (
    vars(Place)[name].__set__ for name in ("file", "line", "column", "end_line", "end_column")
)
_set_text, _set_place, _set_quoted, _set_block = (
    vars(Scalar)[name].__set__ for name in ("text", "place", "quoted", "block")
)


class _Stop(Exception):
    """Reading ends here: a bound is passed or a second document begins. Carries the mistake, and the first."""

    def __init__(self, found: Mistake, root: Node | None = None) -> None:
        super().__init__(found.what)
        self.found, self.root = found, root


def read_nodes(text: str | bytes, file: str) -> tuple[Node | None, list[Mistake]]:
    """Read one YAML document into nodes, every scalar as text, and list all that is wrong with it.

    Refused with a place: more than 8 MB or 64 levels, bytes that are not UTF-8, controls, byte order
    marks, tabs outside quotes and comments, tags, anchors, aliases, a second document, keys that are
    no text. The node is None where nothing could be read, and for an empty file.
    """
    found: list[Mistake] = []
    decoded = read_text(text, file, found)
    if decoded is None:
        return None, found
    piece = read_piece(decoded, file)
    return piece.root, [*found, *piece.mistakes]


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read of a text; not `whole` where its syntax, or a bound, kept some of it from being read."""

    root: Node | None
    mistakes: list[Mistake]
    whole: bool


def read_piece(text: str, file: str, first_line: int = 1) -> Piece:
    """Read a text that is one of its own, or part of a file from one of its lines on."""
    found: list[Mistake] = []
    builder = _Builder(file, found, first_line)
    try:
        with _uncollected():
            root = builder.build(_LOADER(text))
    except _Stop as stop:
        return Piece(stop.root, [*found, stop.found], whole=False)
    except yaml.YAMLError as exc:
        return Piece(None, [*found, *_broken(exc, text, file, first_line)], whole=False)
    if root is not None and "\t" in text:
        found.extend(stray_tabs(root, text, file, first_line))
    return Piece(root, found, whole=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: nodes make no cycles, and looking for some takes as long as the reading."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_plain(text: str, *, first_line: int = 1) -> Plain:
    """Read front matter: `true`, `false`, `null`, plain canonical numbers, and everything else as text.

    `first_line` is the line of the file on which the text begins. Raises Unreadable with the line.

    >>> read_plain("{n: 12, day: 2026-11-23, at: 10:00, on: no, zip: 012}")
    {'n': 12, 'day': '2026-11-23', 'at': '10:00', 'on': 'no', 'zip': '012'}
    """
    root, found = read_nodes(text, "")
    if found:
        first = found[0]
        raise Unreadable(f"line {first.place.line + first_line - 1}: {first.what}")
    return None if root is None else _plain(root, first_line)


def split_front(text: str) -> tuple[str, str] | None:
    """Split a text into front matter and body; None if it does not begin with `---` or that never ends."""
    match = _FRONT.match(text)
    return (match[1], text[match.end() :]) if match else None


class _Builder:
    """Turns one event stream into nodes."""

    def __init__(self, file: str, found: list[Mistake], first_line: int) -> None:
        self._file = file
        self._first = first_line
        self._found = found
        self._open: list[tuple[Any, list[Node]]] = []
        self._documents = 0

    def build(self, parser: Any) -> Node | None:
        """Return the root; raises _Stop and what the parser raises."""
        next_event, scalar, node, top = parser.get_event, yaml.ScalarEvent, self._scalar, list[Node]()
        roots = top
        for _ in range(MOST_EVENTS):
            event = next_event()
            if event is None:
                break
            kind = type(event)
            if kind is scalar:
                top.append(node(event))
                if event.anchor or event.tag:
                    self._refuse_properties(event)
                    top[-1] = _untagged(event, top[-1])
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                top = self._enter(event, top)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                top = self._leave(event, top)
            elif kind is yaml.AliasEvent:
                self._refuse_properties(event)
                top.append(Scalar("", self._place(event), quoted=True))
            elif kind is yaml.DocumentStartEvent:
                self._start_document(event, roots)
        else:
            raise _Stop(mistake("F103", self._place(event), f"more than {MOST_EVENTS} texts, maps and lists"))
        empty = not roots or (isinstance(roots[0], Scalar) and not roots[0].text and not roots[0].quoted)
        return None if empty else roots[0]

    def _scalar(self, event: Any) -> Scalar:
        """A scalar of the event; four nodes of five are one, so it is made without frozen's checks."""
        start, end, style = event.start_mark, event.end_mark, event.style
        place, first = _new(Place), self._first
        _set_file(place, self._file)
        _set_line(place, start.line + first)
        _set_column(place, start.column + 1)
        _set_end_line(place, end.line + first)
        _set_end_column(place, end.column + 1)
        scalar = _new(Scalar)
        _set_text(scalar, event.value)
        _set_place(scalar, place)
        _set_quoted(scalar, style in _QUOTED)
        _set_block(scalar, style in _BLOCKS)
        return scalar

    def _enter(self, event: Any, above: list[Node]) -> list[Node]:
        if len(self._open) == DEEPEST:
            what = f"more than {DEEPEST} maps and lists inside each other"
            raise _Stop(mistake("F103", self._place(event), what))
        if event.anchor or event.tag:
            self._refuse_properties(event)
        self._open.append((event, above))
        return []

    def _leave(self, event: Any, nodes: list[Node]) -> list[Node]:
        start, above = self._open.pop()
        first = start.start_mark
        # The end mark of a block is the start of whatever follows it, lines below.
        last = nodes[-1].place if nodes and not start.flow_style else None
        line, column = (last.end_line, last.end_column) if last else self._ends(event)
        place = Place(self._file, first.line + self._first, first.column + 1, line, column)
        if type(event) is yaml.SequenceEndEvent:
            above.append(Items(tuple(nodes), place))
        else:
            above.append(Entries(self._pairs(nodes), place))
        return above

    def _pairs(self, nodes: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        pairs = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if type(key) is Scalar:
                pairs.append((key, value))
            else:
                why = "a text that begins with '{' or '[' needs quotes"
                self._say(mistake("F110", key.place, "a map or list cannot be a key", why=why))
        return tuple(pairs)

    def _start_document(self, event: Any, roots: Sequence[Node]) -> None:
        self._documents += 1
        if self._documents > 1:
            what, first = "a second document begins here", roots[0] if roots else None
            raise _Stop(mistake("F107", self._place(event), what, why="one file holds one document"), first)
        if event.tags:
            self._say(mistake("F105", self._place(event), "a %TAG directive; fleet knows no tags"))

    def _refuse_properties(self, event: Any) -> None:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            what, why = (
                f"an alias, *{event.anchor}",
                "write the value out; a text that begins with '*' needs quotes",
            )
            self._say(mistake("F106", place, what, why=why))
            return
        if event.anchor:
            why = "say it where it is meant; a text that begins with '&' needs quotes"
            self._say(mistake("F106", place, f"an anchor, &{event.anchor}", why=why))
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            why = "every value is text; a text that begins with '!' needs quotes"
            meant = _meant(event)
            tries = (f"'{meant}'",) if meant and "'" not in meant else ()
            self._say(mistake("F105", place, f"a tag, {tag}", why=why, tries=tries))

    def _say(self, told: Mistake) -> None:
        self._found.append(told)
        if len(self._found) >= MOST:
            raise _Stop(mistake("F103", told.place, f"more than {MOST} mistakes; fleet stopped reading here"))

    def _place(self, event: Any) -> Place:
        first = event.start_mark
        return Place(self._file, first.line + self._first, first.column + 1, *self._ends(event))

    def _ends(self, event: Any) -> tuple[int, int]:
        return event.end_mark.line + self._first, event.end_mark.column + 1


def _meant(event: Any) -> str:
    """The text that YAML took for a tag and a value, as `!action.outside`; "" where it may well be a tag."""
    plain = (
        isinstance(event, yaml.ScalarEvent) and event.style not in (*_QUOTED, *_BLOCKS) and not event.anchor
    )
    tag = str(event.tag or "")
    return f"{tag} {event.value}".strip() if plain and tag.startswith("!") else ""


def _untagged(event: Any, node: Node) -> Node:
    """The scalar with that text, so that it is read as it was meant and not as one without a value."""
    meant = _meant(event)
    return Scalar(meant, node.place) if meant else node


def read_text(text: str | bytes, file: str, found: list[Mistake]) -> str | None:
    """The text, if it is not too long and holds nothing but text; a byte order mark is told and dropped."""
    told = len(found)
    readable = read_around(text, file, found)
    return None if any(m.what != MARK for m in found[told:]) else readable


def read_around(text: str | bytes, file: str, found: list[Mistake]) -> str | None:
    """The text with U+FFFD for each character that is none, all of them told; None where there is no end of them."""
    size = len(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    if size > FILE_MAX:
        what = f"{size} bytes are more than the {FILE_MAX} a file may have"
        found.append(mistake("F103", Place(file, 1, 1, 1, 1), what))
        return None
    # What is not UTF-8 becomes half characters, which are no text either.
    text = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    if text.startswith("\ufeff"):
        why = "save the file as UTF-8 without it"
        mend = Mend(Place(file, 1, 0, 1, 1), "")  # columns do not count the mark
        found.append(mistake("F104", Place(file, 1, 1, 1, 2), MARK, why=why, mend=mend))
        text = text[1:]
    strange = list(islice(_NO_TEXT.finditer(text), REPORTED))
    for match in strange:
        code, why = ord(match[0]), "take it out"
        what = f"the character U+{code:04X}, which is not text"
        if 0xDC80 <= code <= 0xDCFF:
            what, why = f"byte 0x{code - 0xDC00:02x} is not UTF-8", "save the file as UTF-8"
        found.append(mistake("F104", _spot(text, match.start(), file), what, why=why))
        if what.startswith("byte"):
            break  # one such byte is seldom alone, and one way of saving the file mends them all
    if len(strange) == REPORTED:
        return None
    return _NO_TEXT.sub("\ufffd", text) if strange else text


def _spot(text: str, offset: int, file: str) -> Place:
    """The place of one character; lines end as YAML ends them, at \\r\\n, \\n and a lone \\r."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Place(file, line, column, line, column + 1)


def _broken(exc: yaml.YAMLError, text: str, file: str, first_line: int) -> Sequence[Mistake]:
    """What the parser stumbled over, in our words."""
    mark, context = getattr(exc, "problem_mark", None), getattr(exc, "context_mark", None)
    problem = str(getattr(exc, "problem", None) or "the parser stopped")
    if mark is None:
        return [mistake("F101", Place(file, first_line, 1, first_line, 2), f"not YAML: {problem}")]
    here = _one(mark, file, first_line)
    if text[mark.index : mark.index + 1] == "\t" or "tab character" in problem:
        return indenting_tabs(text, file, first_line) or [tab(here)]
    if (condition := _condition(text, mark, context, file, first_line)) is not None:
        return [condition]
    at_end = mark.index >= len(text.rstrip()) and "node content" in problem
    if at_end or "',' or" in problem:
        first = 0 if at_end or context is None else context.line
        if (hidden := _hidden(text, first, mark.line, file, first_line)) is not None:
            return [hidden]
    if text[mark.index : mark.index + 1] in ("]", "}") and "',' or" not in problem:
        return [
            mistake("F101", here, f"this {text[mark.index]} closes nothing", why="or put the text in quotes")
        ]
    if "cannot start any token" in problem:
        return [odd_start(text, mark.index, here)]
    ours = say("unexpected end of list" if at_end else problem)
    if context is None or not ours.at_start:
        return [mistake("F101", here, ours.what, why=ours.why)]
    opened = _one(context, file, first_line)
    second = (here, "reading stopped here") if here.line != opened.line else None
    return [mistake("F101", opened, ours.what, why=ours.why, second=second)]


def _condition(text: str, mark: Any, start: Any, file: str, first_line: int) -> Mistake | None:
    """The condition of a rule over which the parser stumbled: it is full of signs that YAML has, too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines += ["", ""]  # at the end of the text the parser stands behind its last line
    cut = in_comment(lines[start.line]) if start is not None else None
    number = mark.line if cut is None else start.line
    found = bare(lines[number], mark.column if cut is None else cut)
    if found is None:
        return None
    line = number + first_line
    place = Place(file, line, found.start + 1, line, found.end + 1)
    what = "a condition that YAML cannot read stands in single quotes as a whole"
    return mistake("F101", place, what, why=found.why, tries=(f"if: {found.instead}",))


def _hidden(text: str, first: int, last: int, file: str, first_line: int) -> Mistake | None:
    """The # that hides the end of a list or map, on the last of some lines that has one."""
    lines = text.split("\n")
    for number in range(min(last, len(lines) - 1), first - 1, -1):
        for found in _HIDES.finditer(lines[number]):
            before, said = lines[number][: found.start()], found[0].rstrip()
            opens, closes = said.count("[") + said.count("{"), said.count("]") + said.count("}")
            if closes > opens and before.count('"') % 2 == before.count("'") % 2 == 0:
                line, column = number + first_line, found.start() + 1
                place = Place(file, line, column, line, column + len(said))
                what = "everything after # is a comment, so this list or map never ends"
                tries = (f'"{re.split("[]},]", said, maxsplit=1)[0].strip()}"',)
                return mistake("F101", place, what, why="a text that begins with # needs quotes", tries=tries)
    return None


def _one(mark: Any, file: str, first_line: int) -> Place:
    line, column = mark.line + first_line, mark.column + 1
    return Place(file, line, column, line, column + 1)


def _plain(node: Node, first_line: int) -> Plain:
    if isinstance(node, Scalar):
        return node.text if node.quoted or node.block else plain_word(node.text)
    if isinstance(node, Items):
        return [_plain(item, first_line) for item in node.items]
    out: dict[str, Plain] = {}
    for key, value in node.entries:
        if key.text in out:
            raise Unreadable(f"line {key.place.line + first_line - 1}: the key {key.text!r} stands twice")
        out[key.text] = _plain(value, first_line)
    return out
