"""`fleet check --watch`: checks again at every save, however the editor saves; ends by Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from .test_fix import CHART

SOUND = "acme: 2 seats, no errors, no warnings.\n"


class Watching:
    """A running `fleet check --watch`, and all that it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], out: int, until: Callable[..., object]) -> None:
        self.process = process
        self._until = until
        self._said = b""
        self._reader = Thread(target=self._read, args=(out,), daemon=True)
        self._reader.start()

    def _read(self, out: int) -> None:
        try:
            while block := os.read(out, 65536):
                self._said += block
        except OSError:  # a terminal whose other end was closed
            pass

    @property
    def said(self) -> str:
        return self._said.decode().replace("\r\n", "\n")

    def until(self, text: str, times: int = 1) -> None:
        """Wait until a text was printed so often."""
        self._until(lambda: self.said.count(text) >= times, f"{text!r} {times} times in {self.said!r}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join(30)
        return code


@contextmanager
def watching(place, *words: str, terminal: bool = False) -> Iterator[Watching]:
    ours, theirs = pty.openpty() if terminal else os.pipe()
    env = place.env(TERM="xterm", CI="", PYTHONUNBUFFERED="1")
    process = subprocess.Popen(
        [sys.executable, "-m", "fleet", "check", *words, "--watch"],
        cwd=place.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    try:
        yield Watching(process, ours, place.until)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


def _by_rename(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.swp")
    new.write_text(text)
    new.rename(file)


def _by_deleting(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


def test_each_save_is_one_report_below_a_line_with_the_time(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    with watching(nowhere) as seen:
        seen.until(SOUND)
        file.write_text(CHART.replace("10m", "soon"))
        seen.until("error[F301]")
        _by_rename(file, CHART)
        seen.until(SOUND, 2)
        _by_deleting(file, CHART.replace("06:00", "dawn"))
        seen.until("error[F310]")
        assert seen.interrupt() == 130
    assert len(re.findall(r"\n\n--- \d\d:\d\d:\d\d ---\n", seen.said)) == 3
    assert "Traceback" not in seen.said


def test_a_file_that_is_gone_is_told_and_one_that_comes_back_is_checked(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    with watching(nowhere, "fleet.yaml") as seen:
        seen.until(SOUND)
        file.unlink()
        seen.until("fleet: fleet.yaml: cannot be opened: nothing is there\n")
        file.write_text(CHART)
        seen.until(SOUND, 2)
        assert seen.interrupt() == 130


def test_included_files_are_watched_and_those_that_come_to_a_pattern(nowhere):
    head, seats = CHART.split("seats:\n")
    nowhere.write("fleet.yaml", head + "include: ['seats/*.yaml']\n")
    seat = nowhere.write("seats/all.yaml", "seats:\n" + seats)
    with watching(nowhere) as seen:
        seen.until(SOUND)
        nowhere.write("seats/new.yaml", "rules:\n  - {name: x, then: perhaps}\n")
        seen.until("error[F314]")
        (nowhere.folder / "seats/new.yaml").unlink()
        seen.until(SOUND, 2)
        seat.write_text("seats:\n" + seats.replace("10m", "soon"))
        seen.until("--> seats/all.yaml:9:12")
        assert seen.interrupt() == 130


def test_json_is_one_object_a_save(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    with watching(nowhere, "--json") as seen:
        seen.until('"errors": 0')
        file.write_text(CHART.replace("10m", "soon"))
        seen.until('"errors": 1')
        assert seen.interrupt() == 130
    assert [line[:11] for line in seen.said.splitlines()] == ['{"schema": '] * 2


def test_on_a_terminal_the_report_is_drawn_over_the_last_one(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    with watching(nowhere, terminal=True) as seen:
        seen.until("again at every save, until Ctrl-C")
        file.write_text(CHART.replace("10m", "soon"))
        seen.until("error[F301]")
        seen.until("until Ctrl-C", 2)
        assert seen.interrupt() == 130
    assert "\x1b[2A\r" in seen.said  # up over the two lines of the first report
    assert "---" not in seen.said
