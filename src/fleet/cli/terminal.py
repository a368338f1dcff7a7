"""Terminal: what stdout and stderr are, and what may be printed there: how wide, which letters, in colour or not."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO, cast

from fleet.cli.glyphs import in_ascii

CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}
STREAMS = ("stdin", "stdout", "stderr")
HANDLER = "fleet.ascii"
"""The name under which Python finds what is written in place of letters that a stream does not take."""


def prepare(words: Sequence[str]) -> bool:
    """Make the streams fit to be printed to, whatever they are, before the first word; False without a stdout.

    Nothing printed later can raise for its letters, and on a terminal no line is longer than it is wide.
    """
    has_stdout = sys.stdout is not None
    _occupy()
    typed = words[: words.index("--")] if "--" in words else words
    codecs.register_error(HANDLER, _in_place)
    if not is_utf8(sys.stdin) and isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    for name in STREAMS[1:]:
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            _take(stream, ascii="--ascii" in typed)
        if not isinstance(stream, Paper):
            setattr(sys, name, cast(TextIO, Paper(stream, name)))
    return has_stdout


def as_typed(words: Sequence[str]) -> list[str]:
    """Give words as they were typed, in UTF-8, also where Python took the locale for less than that."""
    return [os.fsencode(word).decode("utf-8", "surrogateescape") for word in words]


def _occupy() -> None:
    """Give each closed stream's number to nothing, so that no file of the fleet gets it and is printed into."""
    for number, name in enumerate(STREAMS):
        if getattr(sys, name) is None:
            found = os.open(os.devnull, os.O_RDWR)
            if found != number:
                os.dup2(found, number)
                os.close(found)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: PTH123, SIM115


def _take(stream: Any, *, ascii: bool) -> None:
    if ascii:
        stream.reconfigure(encoding="ascii", errors=HANDLER)
    else:
        stream.reconfigure(errors="replace" if is_utf8(stream) else HANDLER)


def _in_place(exc: UnicodeError) -> tuple[str, int]:
    if not isinstance(exc, UnicodeEncodeError):
        raise exc
    return in_ascii(exc.object[exc.start : exc.end]), exc.end


def is_utf8(stream: TextIO | None = None) -> bool:
    """Say whether a stream, stdout if none is named, takes more than ASCII."""
    encoding = getattr(stream or sys.stdout, "encoding", "") or ""
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"


def _is_terminal(stream: TextIO | None) -> bool:
    """Say whether a stream is a terminal; one that is closed is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def width(stream: TextIO | None = None) -> int | None:
    """Give the columns of a terminal, stdout if no other is named; None for what is no terminal."""
    if not _is_terminal(stream or sys.stdout):
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def colours(choice: str = "", stream: TextIO | None = None) -> bool:
    """Say whether to use colour on a stream, stdout if none is named.

    What was typed counts first, then NO_COLOR, then FORCE_COLOR; else there is colour on a terminal
    that is not dumb and not CI's.
    """
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return moves(stream or sys.stdout)


def moves(stream: TextIO | None) -> bool:
    """Say whether lines of a stream can be drawn again in place: on a terminal, but for a dumb one and in CI."""
    plain = os.environ.get("TERM") == "dumb" or os.environ.get("CI", "").lower() not in ("", "0", "false")
    return _is_terminal(stream) and not plain


def painted(text: str, colour: str) -> str:
    """Put a text in a colour."""
    return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if colour in CODES and text else text


class Unprinted(OSError):
    """A stream did not take what was to be printed, for another reason than that its reader has gone."""


class Paper:
    """A stream to print on: what it does not take is told apart from what files do not.

    Where it is a terminal, a line goes on below that is longer than the terminal is wide.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._begun = ""

    def write(self, text: str) -> int:
        if not _is_terminal(self._stream):
            return self._put(text)
        *whole, self._begun = (self._begun + text).split("\n")
        for line in whole:
            self._put("\n".join(self._fit(line)) + "\n")
        return len(text)

    def _put(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise Unprinted(exc.errno, exc.strerror, self._name) from exc

    def _fit(self, line: str) -> list[str]:
        limit = width(self._stream)
        if limit is None or len(line) * 2 <= limit:
            return [line]
        from fleet.cli.table import hung

        return hung(line, limit)

    def flush(self) -> None:
        begun, self._begun = self._begun, ""
        try:
            if begun:
                self._stream.write(begun)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise Unprinted(exc.errno, exc.strerror, self._name) from exc

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
