"""The shell: what a page tells to type is typed, block by block, and what comes is held against what it shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PATIENCE_S = 20.0
MOST_SHOWN = 8_000

TIME = r"(?:(?:mon|tue|wed|thu|fri|sat|sun) |\d+ \w{3} )?\d\d:\d\d(?::\d\d)?"
HEAD = r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w{3} \d{4} TIME \w{3,4}\b"
MASKS = (
    (TIME, "TIME"),
    (HEAD, "NOW"),
    (r"\d+", "#"),
    (r"[+-]#:?#", "OFFSET"),
    (r"(?<=\s)-(?=\s)", "TIME"),  # what never was, or never will be
    (r"\s+", " "),
)
"""What differs from run to run, and the word that stands for it."""


def masked(line: str) -> str:
    """Put words in the place of what differs from run to run."""
    for pattern, word in MASKS:
        line = re.sub(pattern, word, line)
    return line.strip()


def pattern(line: str) -> re.Pattern[str]:
    """Make a line of README a pattern: masked, and `…` is anything."""
    return re.compile(".*".join(map(re.escape, masked(line).split("…"))))


def missing(expected: str, output: str) -> list[str]:
    """List the lines of README that do not come, in this order, in the output."""
    lines = iter([masked(line) for line in output.splitlines()])
    return [line for line in expected.splitlines() if not any(pattern(line).fullmatch(got) for got in lines)]


class Shell:
    """One `sh` for all blocks, so that what one sets the next one has."""

    def __init__(self, folder: Path) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        self._sh = subprocess.Popen(
            ["sh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env={**env, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        )

    def run(self, block: str) -> str:
        """Run a block; returns what it printed, on stdout and stderr."""
        assert self._sh.stdin and self._sh.stdout
        self._sh.stdin.write(f"{block}\necho end-of-block\n")
        self._sh.stdin.flush()
        lines: list[str] = []
        for line in self._sh.stdout:
            if line == "end-of-block\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in: {block}\n{''.join(lines)}")

    def close(self) -> None:
        """End it."""
        self._sh.kill()
        self._sh.wait()
        for pipe in (self._sh.stdin, self._sh.stdout):
            if pipe:
                pipe.close()


def play(shell: Shell, text: str) -> None:
    """Type each `sh` block of a text; the `text` block behind one must come of it, in the end.

    Until it has come, or patience is over, the last line of the block is typed again: much takes a moment.
    """
    parts = blocks(text)
    for i, (language, block) in enumerate(parts):
        if language != "sh":
            continue
        expected = parts[i + 1][1] if i + 1 < len(parts) and parts[i + 1][0] == "text" else ""
        output = shell.run(block)
        deadline = time.monotonic() + PATIENCE_S
        while missing(expected, output) and time.monotonic() < deadline:
            time.sleep(0.2)
            output += shell.run(block.rstrip("\n").splitlines()[-1])
        lacks = "\n".join(missing(expected, output))
        assert not lacks, f"in:\n{block}\ndid not come:\n{lacks}\ncame:\n{output[:MOST_SHOWN]}"


def slay(folder: Path) -> None:
    """End whatever still works in a folder."""
    for pid in _at_work_in(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _at_work_in(folder: Path) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and Path(os.readlink(f"/proc/{name}/cwd")).is_relative_to(folder):
                found.append(int(name))
    return found


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the text of each fenced block."""
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]
