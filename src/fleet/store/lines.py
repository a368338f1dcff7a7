"""Lines of a big file, forwards and backwards, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.store.handle import Reading

_BLOCK = 1 << 20


def lines(reading: Reading, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines between two offsets, with their newlines; a torn last one lacks it."""
    rest = list[bytes]()  # of a line that goes over blocks, put together once: a checkpoint may have twenty
    while start < end and (block := reading.read_at(start, min(_BLOCK, end - start))):
        start += len(block)
        *whole, left = block.split(b"\n")
        if whole:
            yield b"".join((*rest, whole[0], b"\n"))
            rest.clear()
        for text in whole[1:]:
            yield text + b"\n"
        rest.append(left)
    if any(rest):
        yield b"".join(rest)


def pieces(reading: Reading, end: int) -> Iterator[bytes]:
    """Yield what stands before the offset `end`, a block at a time."""
    start = 0
    while start < end and (block := reading.read_at(start, min(_BLOCK, end - start))):
        start += len(block)
        yield block


def backwards(reading: Reading, end: int) -> Iterator[bytes]:
    """Yield the lines before the offset `end`, where one ends, the last one first."""
    rest = b""
    while end > 0:
        start = max(0, end - _BLOCK)
        text = reading.read_at(start, end - start) + rest
        end = start
        cut = text.find(b"\n") + 1 if start else 0  # the line up to there begins in an earlier block
        if start and not cut:
            rest = text
            continue
        rest = text[:cut]
        for line in reversed(text[cut:].split(b"\n")[:-1]):
            yield line + b"\n"


def whole_size(reading: Reading) -> int:
    """Return the size of a file up to its last newline."""
    return last(reading, b"\n", reading.size) + 1


def last(reading: Reading, what: bytes, end: int) -> int:
    """Return where `what` begins for the last time before `end`; -1 if it does not."""
    stop = end
    while end > 0:
        start = max(0, end - _BLOCK)
        at = reading.read_at(start, min(end + len(what) - 1, stop) - start).rfind(what)
        if at >= 0:
            return start + at
        end = start
    return -1
