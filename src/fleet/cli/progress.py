"""Progress: one line on a terminal of what takes long, drawn in place and gone at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from fleet.cli.flags import Flags
from fleet.cli.terminal import moves, width

if TYPE_CHECKING:
    import threading

AFTER_S = 0.3
"""What is over by then is not spoken of."""
EVERY_S = 0.2
"""How often the line is drawn again."""
ERASE = "\r\x1b[K"


class Progress:
    """Says on stderr what goes on, how far it is, and for how long, from 300 ms on.

    It says nothing where stderr is no terminal, in CI, under TERM=dumb, and with -q. `with` draws by
    itself; who starts processes meanwhile calls `tick` instead, since it then has no thread.
    """

    def __init__(
        self,
        flags: Flags,
        what: str,
        *,
        stream: TextIO | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream or sys.stderr
        self._shows = moves(self._stream) and not flags.quiet
        self._what, self._far = what, ""
        self._elapsed, self._began = elapsed, elapsed()
        self._drawn: float | None = None
        self._line = ""
        self._over: threading.Event | None = None
        self._thread: threading.Thread | None = None

    def far(self, text: str) -> None:
        """Say how far it is: `41%`, `2 of 7 days`."""
        self._far = text

    def draw(self) -> None:
        """Draw the line, if it is time to."""
        now = self._elapsed()
        last = self._began + AFTER_S - EVERY_S if self._drawn is None else self._drawn
        if not self._shows or now - last < EVERY_S:
            return
        self._drawn = now
        text = ", ".join(part for part in (self._what, self._far) if part)
        line = self._short(f"{text}  {int(now - self._began)}s")
        if line != self._line:
            self._line = line
            self._write(ERASE + line)

    def _short(self, text: str) -> str:
        room = (width(self._stream) or 80) - 1
        return text if len(text) <= room else f"{text[: room - 3]}..."

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._line:
            self._line = ""
            self._write(ERASE)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal may be gone; what takes long goes on
            self._shows = False

    def __enter__(self) -> Progress:
        if self._shows:
            import threading

            self._over = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._over,), daemon=True)
            self._thread.start()
        return self

    def _run(self, over: threading.Event) -> None:
        while not over.wait(EVERY_S / 2):
            self.draw()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._over is not None and self._thread is not None:
            self._over.set()
            self._thread.join()
        self.clear()
