"""Reads hand.txt: charts typed by hand, with their mistakes marked."""

from __future__ import annotations

import re
from pathlib import Path

from mistakes.mutate import Broken, Truth

MARK = re.compile(r"»(.*?)(?:\|([^«]*))?«")


def typed() -> list[tuple[str, Broken]]:
    """Each chart's text without its marks, and the truth about it."""
    parts = re.split(r"^=== (.+)\n", (Path(__file__).parent / "hand.txt").read_text(), flags=re.MULTILINE)
    return [
        (re.sub(MARK, r"\1", text), truth(name, text))
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    ]


def truth(name: str, text: str) -> Broken:
    truths = []
    for number, line in enumerate(text.splitlines(), 1):
        taken = 0
        for mark in MARK.finditer(line):
            start = mark.start() - taken + 1
            taken += len(mark[0]) - len(mark[1])
            spot = ("fleet.yaml", number, start, start + len(mark[1]))
            truths.append(Truth("typed by hand", [spot], [mark[2]] if mark[2] else []))
    return Broken(name, 0, [], truths)
