"""Pieces: a YAML file whose syntax is broken somewhere, read section by section and entry by entry.

YAML gives up at the first thing it cannot read. Here the text is cut where keys begin, each piece is
read alone at its own lines, and one that cannot be read is cut again; so only the smallest piece
around what is broken is lost, and `Unread` says which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fleet.core.mistake import Mend, Mistake, Place
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read.codes import mistake
from fleet.core.read.front import DEEPEST
from fleet.core.read.keys import walk
from fleet.core.read.unread import Lines, Unread, Way, all_of
from fleet.core.target import read_target
from fleet.errors import Unreadable
from fleet.store.tabs import indenting_tabs, split
from fleet.store.yaml import MARK, Piece, read_around, read_piece

MOST_MASKED = 20  # texts of one file that begin with a sign of YAML's own; each costs a reading
LARGEST_MASKED = 500_000  # characters that are read again for them, in all
LARGEST_CUT = 1_000_000  # characters of a file that is cut; 2,500 seats have as many
MOST_READ = 2_000_000  # characters that are read again, in all: 2 s at the worst
MOST_LOST = 100  # pieces of one file; past it the rest is not looked at
_AHEAD = 8  # pieces that are taken together where a quote or bracket may go on over them
_HEAD = re.compile(
    r"""( *)([A-Za-z0-9_$][\w.$-]*(?: [\w.$-]+)*|"[^"\\]*"|'[^']*') *:(?=[ \r]|$)(.*)""", re.DOTALL
)
_BARE = re.compile(r" *([A-Za-z][\w.-]*)\s*")
_ITEM = re.compile(r"( *)-( +)(?=\S)")
_KEY_ENDS = re.compile(r":(?:\s|$)")
_SPLIT = re.compile(r"\s*[\w.$-]*\s*:(?:\s|$)")  # the rest of a key that a ': ' was put into
_NO_COLON = re.compile(r" *([a-z][a-z0-9_]*) +(?=[^\s:#])")
_CRAMPED = re.compile(r" *([a-z][a-z0-9_]*):(?!//)([^\s:/].*)")
_AT_LEAST = re.compile(r">= ?(\$?[0-9][0-9.]*[%k]?(?: a (?:day|week|month))?)(?=\s*(?:$|[,}\]]|\s#))")


def read_pieces(text: str | bytes, file: str) -> tuple[Node | None, list[Mistake], Unread]:
    """Read a file as read_nodes does, and behind a broken syntax whatever else can be read."""
    found: list[Mistake] = []
    decoded = read_around(text, file, found)
    odd = Unread(tuple(_odd_line(m, decoded or "") for m in found if m.code == "F104" and m.what != MARK))
    everything = all_of(file)
    if decoded is None:
        return None, found, everything
    decoded, whole, starts = _masked(decoded, file)
    odd += Unread(tuple(_odd_line(m, decoded) for m in starts))
    found += starts
    if whole.whole:
        return whole.root, [*found, *whole.mistakes], odd
    told = whole.mistakes[-1]
    if whole.root is not None and told.code == "F107":
        return whole.root, [*found, *whole.mistakes], odd + all_of(file, told.place.line)
    cut = _Cut(file, split(decoded) if len(decoded) <= LARGEST_CUT else [])
    root = cut.read() if told.code in ("F101", "F102") else None
    if root is None or not cut.lost or not any(m.code in ("F101", "F102") for m in cut.told):
        return None, [*found, *whole.mistakes], everything
    unread = odd + Unread(tuple(cut.lost), tuple(cut.around))
    return root, [*found, *_with_tabs(cut.told, decoded, file)], unread


def _masked(text: str, file: str) -> tuple[str, Piece, list[Mistake]]:
    """The text with letters in the place of texts that begin with a sign of YAML's own, read, and what they are.

    In a list or map over many lines nothing can be cut out; with letters there the rest of it is read.
    """
    found: list[Mistake] = []
    piece = read_piece(text, file)
    for _ in range(min(MOST_MASKED, LARGEST_MASKED // (len(text) + 1))):
        told = piece.mistakes[-1] if piece.mistakes and not piece.whole else None
        if told is None or not told.what.startswith(("no text can begin with", "a text that begins with")):
            break
        lines, place = split(text), told.place
        line = lines[place.line - 1]
        found.append(_with_mend(told, line))
        masked = "x" * (place.end_column - place.column)
        lines[place.line - 1] = line[: place.column - 1] + masked + line[place.end_column - 1 :]
        text = "\n".join(lines)
        piece = read_piece(text, file)
    return text, piece, found


def _odd_line(told: Mistake, text: str) -> Lines:
    """The line of a character that is no text: in a key it may hide a name, in a value it hides only that."""
    line, place = split(text)[told.place.line - 1 : told.place.line], told.place
    in_key = not line or ":" not in line[0][: place.column - 1]
    return Lines(place.file, place.line, place.line, (None,) if in_key else ("-",))


def _with_tabs(told: Sequence[Mistake], text: str, file: str) -> list[Mistake]:
    """The mistakes, those of tabs with what the lines around them say of their indentation."""
    known = {m.place: m for m in indenting_tabs(text, file)}
    return [known.get(m.place, m) if m.code == "F102" else m for m in told]


@dataclass
class _Cut:
    """The lines of one file, read piece by piece; lines count from 0 here, and from 1 in places."""

    file: str
    lines: list[str]
    told: list[Mistake] = field(default_factory=list)
    lost: list[Lines] = field(default_factory=list)
    around: list[Lines] = field(default_factory=list)
    left: int = MOST_READ

    def read(self) -> Node | None:
        """Read the whole file; None if it is no map of keys, as far as that can be seen."""
        starts = [i for i, line in enumerate(self.lines) if _content(line)]
        if starts and self.lines[starts[0]].split(" #")[0].rstrip() == "---":
            starts = starts[1:]
        ends = [i for i in starts if self.lines[i][:3] in ("---", "...")]
        if not starts or starts[0] in ends or any(self.lines[i].startswith("%") for i in starts[:1]):
            return None
        last = ends[0] if ends else len(self.lines)
        root = self._block(starts[0], last, ())
        self.lost += [Lines(self.file, last + 1, len(self.lines), (None,))] if ends and self.lost else []
        return root if isinstance(root, Entries) else None

    def _block(self, first: int, last: int, way: Way) -> Node | None:
        """The map or list that these lines are, without what of it could not be read."""
        indent = _indent(self.lines[first])
        is_list = bool(way) and _is_item(self.lines[first])
        cuts = [i for i in range(first, last) if i == first or self._begins(i, indent, is_list=is_list)]
        self.left -= last - first
        nodes: list[Node] = []
        index, edges = 0, [*cuts, last]
        while index < len(cuts) and len(self.lost) < MOST_LOST and self.left >= 0:
            some = edges[index : index + _AHEAD + 1]
            taken, node = self._entry(some, way, Items if is_list else Entries)
            index += taken
            nodes += [node] if node is not None else []
        if index < len(cuts):
            self.lost.append(Lines(self.file, cuts[index] + 1, last, (*way, None)))
        place = Place(self.file, first + 1, indent + 1, last, len(self.lines[last - 1]) + 1)
        if is_list:
            return Items(tuple(item for n in nodes if isinstance(n, Items) for item in n.items), place)
        return Entries(tuple(e for n in nodes if isinstance(n, Entries) for e in n.entries), place)

    def _begins(self, index: int, indent: int, *, is_list: bool) -> bool:
        """Whether an entry of a block begins on this line."""
        line = self.lines[index]
        if not _content(line) or _indent(line) != indent or line[indent : indent + 1] == "\t":
            return False
        return _is_item(line) == is_list and not line[indent:].startswith(("]", "}"))

    def _entry(
        self, cuts: Sequence[int], way: Way, kind: type[Items] | type[Entries]
    ) -> tuple[int, Node | None]:
        """One entry of a block of a kind, and how many pieces it took; what was lost of it is noted."""
        first, last = cuts[0], cuts[1]
        piece = self._piece(first, last)
        if piece.whole and isinstance(piece.root, kind):
            self.told += piece.mistakes
            return 1, piece.root
        end = (last, len(self.lines[last - 1]) + 1)
        for ahead in range(2, min(_AHEAD, len(cuts))) if _goes_on(piece, end) else ():
            more = self._piece(first, cuts[ahead])
            if more.whole and isinstance(more.root, kind):
                self.told += more.mistakes
                return ahead, more.root
        lost = len(self.lost)
        node = self._cut_again(first, last, way)
        if len(self.lost) == lost:
            node = self._lose(piece, first, last, way)
        if len(way) == 1:
            self.around.append(Lines(self.file, first + 1, last, way))
        return 1, node

    def _cut_again(self, first: int, last: int, way: Way) -> Node | None:
        """An entry that is a key, or a '-', with a block below it: that block, read piece by piece."""
        if len(way) == DEEPEST:
            return None
        line, below = self.lines[first], self._below(first, last)
        if item := _ITEM.match(line):
            if _HEAD.fullmatch(line, item.end()) is None:
                return None
            self.lines[first] = line[: item.end(1)] + " " + line[item.end(1) + 1 :]
            node = self._block(first, last, (*way, None))
            self.lines[first] = line
            return Items((node,), node.place) if node is not None else None
        head = _HEAD.fullmatch(line)
        if head is None or below is None or head[3].split(" #")[0].strip(" \r"):
            return None
        key = self._key(first, head)
        if below and _indent(self.lines[below]) + _is_item(self.lines[below]) > _indent(line):
            value = self._block(below, last, (*way, key.text))
            return Entries(((key, value),), key.place) if value is not None else None
        return None

    def _below(self, first: int, last: int) -> int | None:
        return next((i for i in range(first + 1, last) if _content(self.lines[i])), None)

    def _lose(self, piece: Piece, first: int, last: int, way: Way) -> Node | None:
        """Note an entry that cannot be read; its key stays, if that much is clear."""
        head = _HEAD.fullmatch(self.lines[first])
        cramped = _CRAMPED.fullmatch(self.lines[first])
        name = head[2].strip("\"'") if head else cramped[1] if cramped else None
        self.told += self._why(piece, first, last)
        self.lost.append(Lines(self.file, first + 1, last, (*way, name)))
        self._doubt(first, last, way)
        if head is None:
            return None
        if _SPLIT.match(head[3]):
            self.lost.append(Lines(self.file, first + 1, last, (*way, None)))
        key = self._key(first, head)
        return Entries(((key, Scalar("", key.place, quoted=True)),), key.place)

    def _doubt(self, first: int, last: int, way: Way) -> None:
        """Note that a key which is indented wrongly could stand among lost lines, of whatever map.

        What follows could be its, as far as it is indented like it; and no name is known to be missing.
        """
        others = self.lines[first + 1 : last]
        odd = [
            line
            for line in others
            if _KEY_ENDS.search(line.partition("#")[0]) or line.lstrip(" ").startswith("\t")
        ]
        if odd:
            least = max(
                1, min(map(_indent, (self.lines[first], *(o for o in odd if o.strip(" ")[0] != "\t"))))
            )
            after = (i for i in range(last, len(self.lines)) if _content(self.lines[i]))
            end = next((i for i in after if _indent(self.lines[i]) < least), len(self.lines))
            self.lost += [Lines(self.file, first + 1, end, (*way[:n], None)) for n in range(len(way) + 1)]

    def _why(self, piece: Piece, first: int, last: int) -> list[Mistake]:
        if bare := self._bare_key(first, last):
            return [bare]
        if not piece.whole:
            return [self._mended(self._inside(m, last)) for m in piece.mistakes]
        line = self.lines[first]
        start, end = len(line) - len(line.lstrip()) + 1, len(line.split(" #")[0].rstrip()) + 1
        place = Place(self.file, first + 1, start, first + 1, max(end, start + 1))
        if cramped := _CRAMPED.fullmatch(line):
            colon = Place(self.file, first + 1, cramped.end(1) + 1, first + 1, cramped.end(1) + 2)
            what = f"no blank after the ':' of {cramped[1]!r}"
            return [
                mistake(
                    "F101",
                    colon,
                    what,
                    tries=(f"{cramped[1]}: {cramped[2].split(' #')[0].rstrip()}",),
                    mend=Mend(colon, ": "),
                )
            ]
        if _is_item(line):
            return [mistake("F101", place, "a '- ' stands where a key belongs")]
        if (found := _NO_COLON.match(line)) and any(found[1] == key.name for _, key in walk()):
            spot = Place(self.file, first + 1, found.end(1) + 1, first + 1, found.end(1) + 1)
            tries = (f"{found[1]}: {line[found.end() :].split(' #')[0].strip()}",)
            what = f"{found[1]!r} has no ':' after it"
            return [mistake("F101", place, what, tries=tries, mend=Mend(spot, ":"))]
        why = "a line is `key: value`, or `- item` in a list"
        return [mistake("F101", place, "this key has no ':'", why=why)]

    def _bare_key(self, first: int, last: int) -> Mistake | None:
        """A word alone on its line, with a block below it, is a key whose ':' was left out."""
        found, below = _BARE.fullmatch(self.lines[first]), self._below(first, last)
        if found is None or below is None or _indent(self.lines[below]) <= _indent(self.lines[first]):
            return None
        place = Place(self.file, first + 1, found.start(1) + 1, first + 1, found.end(1) + 1)
        spot = replace(place, column=place.end_column)
        tries = (f"{found[1]}:",)
        return mistake("F101", place, f"{found[1]!r} has no ':' after it", tries=tries, mend=Mend(spot, ":"))

    def _inside(self, told: Mistake, last: int) -> Mistake:
        """A mistake at the end of a piece, told at the end of its last line and not on the one after."""
        while not _content(self.lines[last - 1]):
            last -= 1
        end = len(self.lines[last - 1].rstrip())
        spot = Place(self.file, last, max(end, 1), last, max(end, 1) + 1)
        here = told.second is not None and told.second.line <= last
        told = told if here else replace(told, second=None, second_what="")
        if "end of the document" in told.what:  # of the piece it is, and not of the file
            why = "indent it as its neighbours, with spaces"
            told = replace(told, what="this line is indented like none around it", why=why)
        return replace(told, place=spot) if told.place.line > last else told

    def _mended(self, told: Mistake) -> Mistake:
        return _with_mend(told, self.lines[told.place.line - 1])

    def _key(self, index: int, head: re.Match[str]) -> Scalar:
        place = Place(self.file, index + 1, head.start(2) + 1, index + 1, head.end(2) + 1)
        return Scalar(head[2].strip("\"'"), place, quoted=head[2][0] in "\"'")

    def _piece(self, first: int, last: int) -> Piece:
        text = "\n".join(self.lines[first:last])
        self.left -= len(text) + 100  # also a short one costs its parser
        return read_piece(text, self.file, first + 1) if self.left >= 0 else Piece(None, [], whole=False)


def _with_mend(told: Mistake, line: str) -> Mistake:
    """A mistake of the syntax with what mends it, where that is sure: a target in signs."""
    place = told.place
    found = _AT_LEAST.match(line, place.column - 1)
    if told.code != "F101" or found is None:
        return told
    said = f"at least {found[1]}"
    try:
        read_target(said)
    except Unreadable:
        return told
    spot = Place(place.file, place.line, place.column, place.line, found.end() + 1)
    return mistake("F101", place, told.what, why=told.why, tries=(said,), mend=Mend(spot, said))


def _content(line: str) -> bool:
    """Whether a line has more than blanks and a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_item(line: str) -> bool:
    return line.lstrip(" ").startswith("- ") or line.strip() == "-"


def _goes_on(piece: Piece, end: tuple[int, int]) -> bool:
    """Whether what is missing could follow the piece: a quote or a bracket was still open at its end."""
    told = piece.mistakes[-1] if piece.mistakes else None
    places = [place for place in (told.place, told.second) if place] if told else []
    at_end = any((place.line, place.column) >= end for place in places)
    return at_end or (told is not None and "never closed" in told.what)
