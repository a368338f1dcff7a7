"""Source: the chart that is checked, from a file or stdin; what was read of it, and how it is mended."""

from __future__ import annotations

import os
import stat as modes
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from fleet.cli.flags import Flags
from fleet.core.folder import CHART, FILE_MAX
from fleet.core.frozen import dataclass
from fleet.errors import Broken, Typed, Unreadable

if TYPE_CHECKING:
    from fleet.core.chart import Chart, Seat
    from fleet.core.mistake import Mistake, Place
    from fleet.core.read.mend import Mended
    from fleet.store.files import Files

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading found: the chart, all that is wrong, and the bytes of each file by its shown name.

    `asked` are the files that were looked for, found or not, and `patterns` what else would be taken in.
    """

    chart: Chart | None
    mistakes: tuple[Mistake, ...]
    raws: Mapping[str, bytes]
    asked: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    _lines: dict[str, list[str]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Filled when first asked for: each mistake asks for a line or two."""

    def lines(self, name: str) -> Sequence[str]:
        """Give the lines of a file, as places count them."""
        if name not in self._lines:
            text = self.raws.get(name, b"").decode("utf-8", "replace").removeprefix("\ufeff")
            self._lines[name] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[name]


class Source:
    """A chart that was named on the command line: a file, a folder with a fleet.yaml, or `-` for stdin.

    Files are shown as they were typed; what one includes lies beside it.
    """

    def __init__(self, flags: Flags, file: str = "") -> None:
        self._flags = flags
        self._stdin: bytes | None = None
        if file == "-":
            self.folder, self._name, self.shown = flags.start, STDIN, STDIN
            self._stdin = sys.stdin.buffer.read(FILE_MAX + 1)
            return
        path = os.path.join(flags.start, file) if file else os.path.join(flags.root(), CHART)
        if os.path.isdir(path):
            path, file = os.path.join(path, CHART), os.path.join(file, CHART)
        self.shown = file or CHART
        self.folder, self._name = os.path.split(os.path.abspath(path))
        if not os.path.lexists(path):
            raise Typed(f"{self.shown if file else path}: there is no such file")

    def path(self, shown: str) -> str:
        """Give the absolute path of a file that is shown by this name."""
        return os.path.join(self.folder, self._inner(shown))

    def in_repository(self, shown: str) -> str:
        """Give a file's path below the repository it lies in, as a forge knows it; with `/` between names."""
        if shown == STDIN:
            return CHART
        path = self.path(shown)
        top = os.environ.get("GITHUB_WORKSPACE", "")
        if not top or not path.startswith(os.path.realpath(top) + os.sep):
            top = os.path.dirname(path)
            while not os.path.lexists(os.path.join(top, ".git")) and top != os.path.dirname(top):
                top = os.path.dirname(top)
            here = os.path.realpath(".")
            begins = here if path.startswith(here + os.sep) else self.folder
            top = top if os.path.lexists(os.path.join(top, ".git")) else begins
        return os.path.relpath(path, os.path.realpath(top)).replace(os.sep, "/")

    def look(self, instead: Mapping[str, bytes] | None = None) -> Seen:
        """Read and check; `instead` has bytes to be taken for those of a file, by shown names."""
        from fleet.store.chart import load
        from fleet.store.files import Files

        raws: dict[str, bytes] = {}
        asked: list[str] = []
        patterns: list[str] = []
        files = Files(self.folder)

        def glob(pattern: str) -> list[str]:
            patterns.append(pattern)
            return files.glob(pattern)

        def names(folder: str) -> list[str]:
            try:
                return files.names(folder)
            except (Broken, Unreadable):
                return []  # nothing is told of what cannot be seen

        def read(file: str) -> bytes:
            name = self._name if file == CHART else file
            shown = self.shown if file == CHART else self._outer(file)
            asked.append(shown)
            raws[shown] = instead[shown] if instead and shown in instead else self._read(files, name)
            return raws[shown]

        try:
            chart, mistakes = load(read, glob, names, now=self._flags.now(), unheld=_unheld)
        finally:
            files.close()
        if chart is not None and chart.names_secrets:
            from fleet.cli.ask import written_down  # most charts name none

            is_own = self._stdin is None and self._name == CHART and not instead
            found = written_down(self._flags, self.folder, chart, served=is_own)
            mistakes = (*(_covered(m, found, chart.texts) for m in mistakes), *found)
        same = self.shown == CHART  # as it mostly is
        renamed = mistakes if same else tuple(self._renamed(m) for m in mistakes)
        return Seen(chart, renamed, raws, tuple(asked), tuple(patterns))

    def mend(self) -> tuple[Seen, tuple[Mended, ...]]:
        """Write down what is certain, and read again what is there then."""
        from fleet.core.read.mend import mend
        from fleet.store.files import Files

        first = self.look()
        texts = {name: text for name, raw in first.raws.items() if (text := _text(raw)) is not None}

        def check(given: Mapping[str, str]) -> Sequence[Mistake]:
            same = all(given[name] == text for name, text in texts.items())
            return first.mistakes if same else self.look(_raws(given)).mistakes

        new, done, _ = mend(texts, check)
        files = Files(self.folder)
        try:
            for name, text in new.items():
                if text != texts[name]:
                    files.rewrite(self._inner(name), text.encode(), was=first.raws[name])
        finally:
            files.close()
        return self.look() if done else first, done

    def signs(self, seen: Seen | None) -> tuple[object, ...]:
        """Give what changes when a file of the chart is saved, removed, or comes to an include."""
        from fleet.store.files import Files

        names = [self.path(name) for name in seen.asked] if seen else []
        more: list[str] = []
        if seen is not None and seen.patterns:
            files = Files(self.folder)
            try:
                more = [name for pattern in seen.patterns for name in files.glob(pattern)]
            finally:
                files.close()
        return (*(_stat(path) for path in dict.fromkeys([self.path(self.shown), *names])), tuple(more))

    def is_missing(self) -> bool:
        """Say whether nothing lies where the chart was."""
        return not os.path.lexists(self.path(self.shown))

    def _read(self, files: Files, name: str) -> bytes:
        if self._stdin is not None and name == STDIN:
            if len(self._stdin) > FILE_MAX:
                raise Unreadable(f"{STDIN}: more bytes than the limit of {FILE_MAX}; it was not read")
            return self._stdin
        if name == self._name:
            _refuse_odd(self.shown, self.path(self.shown))
        try:
            return files.read(name, limit=FILE_MAX)
        except Unreadable as exc:
            said = str(exc)
            raise Unreadable(said.replace(name, self.shown, 1) if name == self._name else said) from exc

    def _inner(self, shown: str) -> str:
        """The path below the folder of a file that is shown by this name."""
        if shown == self.shown:
            return self._name
        beside = os.path.dirname(self.shown)
        return os.path.relpath(shown, beside) if beside else shown

    def _outer(self, name: str) -> str:
        return os.path.join(os.path.dirname(self.shown), name)

    def _renamed(self, mistake: Mistake) -> Mistake:
        def moved(place: Place) -> Place:
            return replace(place, file=self.shown if place.file == CHART else self._outer(place.file))

        second = moved(mistake.second) if mistake.second else None
        mend = replace(mistake.mend, place=moved(mistake.mend.place)) if mistake.mend else None
        return replace(mistake, place=moved(mistake.place), second=second, mend=mend)


def _covered(mistake: Mistake, found: Sequence[Mistake], texts: Mapping[str, str]) -> Mistake:
    """Give a mistake without the values that were found: its words may hold what stands in the chart."""
    for place in (one.place for one in found if one.code == "F225" and one.place.line == one.place.end_line):
        value = texts[place.file].split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]
        hidden = "*" * len(value)
        tries = tuple(text.replace(value, hidden) for text in mistake.tries)
        what, why = mistake.what.replace(value, hidden), mistake.why.replace(value, hidden)
        mistake = replace(mistake, what=what, why=why, tries=tries)
    return mistake


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _raws(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _refuse_odd(shown: str, path: str) -> None:
    """Refuse what is no file of its own, or too long a one, and say what to do instead."""
    try:
        found = os.lstat(path)
    except OSError:
        return  # whoever reads it says why it cannot
    if modes.S_ISLNK(found.st_mode):
        target = os.path.realpath(path)
        if os.path.isfile(target):
            instead = os.path.relpath(target)
            raise Unreadable(f"{shown}: it is a link, and links are not followed. Try: fleet check {instead}")
        if not os.path.exists(target) and not path.startswith(("/dev/", "/proc/")):
            raise Unreadable(f"{shown}: it is a link that leads nowhere")
    if not modes.S_ISREG(found.st_mode):
        raise Unreadable(f"{shown}: it is no file but a link, pipe or device. Try: fleet check - < {shown}")
    if found.st_size > FILE_MAX:
        raise Unreadable(
            f"{shown}: {found.st_size} bytes, more than the limit of {FILE_MAX}; it was not read"
        )


def _stat(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _unheld(seat: Seat) -> str:
    from fleet.runtime.walls import unheld  # only where a chart speaks of walls or users

    return unheld(seat)
