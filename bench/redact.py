"""Redact: how fast a holder's log is looked through for secrets, beside what finds plain values and beside the disk."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.measure import interleave
from bench.report import Part
from bench.sizes import Size
from fleet.core.redact import Redactor, Stream

HOW = (
    "Log text in writes of 64 KB, as a pipe gives them, through the stream that every holder's stderr goes through, "
    "with 0, 10 and 100 secrets of 32 characters, each looked for in eight forms (as it is, backwards, hex, decimal, "
    "padded or not, base64 at three offsets), with separators and in part. No secret stands in the text, as is usual. "
    "*replace* is `bytes.replace` for each value, *re* one expression of all values: both find plain values only, "
    "and none that two writes have cut. *Written* is the same text appended to a file in the same writes, "
    "without a sync."
)
COUNTS = (0, 10, 100)
BLOCK = 65536
LINE = "2026-11-23T08:{:02d}:{:02d} INFO fetched {} rows from the ads api, account act_{}, spend {:.2f}, 100% done\n"


def measure(folder: Path, size: Size) -> Part:
    """Measure the stream with few and many secrets beside its floors."""
    part = Part("s", "A log looked through for secrets", HOW)
    folder.mkdir()
    blocks = _blocks(size.records * 20)
    runs: dict[str, Callable[[], dict[str, float]]] = {"written": partial(_written, folder / "log", blocks)}
    for count in COUNTS:
        values = _values(count)
        redactor = Redactor((f"S{at}", value) for at, value in enumerate(values))
        runs[f"ours {count}"] = partial(_streamed, redactor, blocks)
        if count:
            runs[f"replace {count}"] = partial(_replaced, values, blocks)
            runs[f"re {count}"] = partial(_matched, values, blocks)
    found = interleave(size.rounds, runs)
    written = part.add("floor: written to a file", "MB/s", found["written"]["mb_s"])
    for count in COUNTS:
        if count:
            part.add(f"floor: replace, {count} secrets", "MB/s", found[f"replace {count}"]["mb_s"])
            part.add(f"floor: re, {count} secrets", "MB/s", found[f"re {count}"]["mb_s"])
        part.add(f"fleet, {count} secrets", "MB/s", found[f"ours {count}"]["mb_s"], beside=written)
    return part


def _values(count: int) -> list[str]:
    chance = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    return ["".join(chance.choices(letters, k=32)) for _ in range(count)]


def _blocks(size: int) -> list[bytes]:
    chance = random.Random(3)
    lines, length = list[str](), 0
    while length < size:
        lines.append(
            LINE.format(
                length // 60 % 60,
                length % 60,
                chance.randrange(5000),
                chance.randrange(9999),
                chance.random(),
            )
        )
        length += len(lines[-1])
    raw = "".join(lines).encode()
    return [raw[at : at + BLOCK] for at in range(0, len(raw), BLOCK)]


def _rate(blocks: list[bytes], each: Callable[[bytes], object]) -> dict[str, float]:
    began = time.process_time()
    for block in blocks:
        each(block)
    return {"mb_s": sum(map(len, blocks)) / max(time.process_time() - began, 1e-9) / 1e6}


def _streamed(redactor: Redactor, blocks: list[bytes]) -> dict[str, float]:
    return _rate(blocks, Stream(lambda: redactor).feed)


def _replaced(values: list[str], blocks: list[bytes]) -> dict[str, float]:
    raw = [value.encode() for value in values]

    def replaced(block: bytes) -> bytes:
        for value in raw:
            block = block.replace(value, b"[secret]")
        return block

    return _rate(blocks, replaced)


def _matched(values: list[str], blocks: list[bytes]) -> dict[str, float]:
    found = re.compile(b"|".join(re.escape(value.encode()) for value in values))
    return _rate(blocks, lambda block: found.sub(b"[secret]", block))


def _written(path: Path, blocks: list[bytes]) -> dict[str, float]:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        return _rate(blocks, partial(os.write, fd))
    finally:
        os.close(fd)
