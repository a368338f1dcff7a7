"""Damages sound charts by bytes and by tokens: python -m mistakes.damage [--files N] [--first SEED] [--program N].

No damaged chart may hang the reader or make it fall over; the longest times are printed.
"""

from __future__ import annotations

import argparse
import re
import time
import traceback
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from mistakes.measure import through_program
from mistakes.mutate import SOUND

from fleet.core.mistake import Mistake
from fleet.store.chart import load

Files = dict[str, bytes]
TOKEN = re.compile(rb"[A-Za-z0-9_.$%/*-]+|[^\S\n]+|\n *|.", re.DOTALL)
SIGNS = [
    *"{}[],:-?#&*!|>'\"%@`~<=$\\",
    ": ",
    "- ",
    "? ",
    " #",
    "---\n",
    "...\n",
    "<<: *a",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
]
SIGNS += [
    "\t",
    "\x00",
    "\x07",
    "\ufeff",
    "\u2028",
    "\u00a0",
    "\u202e",
    "\r",
    "\r\n",
    "\u0301" * 50,
    "👩‍👩‍👧",
    "ß",
    "日本",
    "٣",
    "İ",
]


def sound() -> list[Files]:
    return [
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}
        for folder in sorted(SOUND.iterdir())
    ]


def damaged(files: Files, random: Random) -> Files:
    """The files with one to six damages in one of them."""
    name = random.choice(sorted(files))
    text = files[name]
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        text = random.choice(HOW)(text, random)
    return {**files, name: text}


def _span(text: bytes, random: Random, most: int = 400) -> tuple[int, int]:
    start = random.randrange(len(text) + 1)
    return start, min(len(text), start + random.randrange(most))


def some_bytes(text: bytes, random: Random) -> bytes:
    for _ in range(random.choice([1, 2, 8, 40])):
        start, end = _span(text, random, 3)
        text = text[:start] + random.randbytes(random.randrange(4)) + text[end:]
    return text


def one_sign(text: bytes, random: Random) -> bytes:
    for _ in range(random.choice([1, 1, 2, 5, 30])):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(SIGNS).encode() + text[at:]
    return text


def cut(text: bytes, random: Random) -> bytes:
    start, end = _span(text, random, random.choice([5, 50, 5000]))
    return text[:start] + text[end:]


def cut_off(text: bytes, random: Random) -> bytes:
    return text[: random.randrange(len(text) + 1)]


def again(text: bytes, random: Random) -> bytes:
    start, end = _span(text, random)
    return text[:start] + text[start:end] * random.choice([2, 3, 20, 300]) + text[end:]


def moved(text: bytes, random: Random) -> bytes:
    start, end = _span(text, random)
    piece, rest = text[start:end], text[:start] + text[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + piece + rest[at:]


def tokens(text: bytes, random: Random) -> bytes:
    parts = TOKEN.findall(text)
    for _ in range(random.choice([1, 2, 5, 50])):
        if not parts:
            break
        a, b = random.randrange(len(parts)), random.randrange(len(parts))
        how = random.randrange(4)
        if how == 0:
            parts[a], parts[b] = parts[b], parts[a]
        elif how == 1:
            parts[a] = parts[b]
        elif how == 2:
            parts.insert(a, parts[b])
        else:
            del parts[a]
    return b"".join(parts)


def lines(text: bytes, random: Random) -> bytes:
    parts = text.split(b"\n")
    for _ in range(random.choice([1, 3, 20])):
        a, b = random.randrange(len(parts)), random.randrange(len(parts))
        how = random.randrange(4)
        if how == 0:
            parts[a], parts[b] = parts[b], parts[a]
        elif how == 1:
            parts[a] = b" " * random.choice([1, 2, 3, 7]) + parts[a]
        elif how == 2:
            parts[a] = parts[a].lstrip()
        else:
            parts.insert(a, parts[b])
    return b"\n".join(parts)


def deep(text: bytes, random: Random) -> bytes:
    n = random.choice([10, 63, 64, 65, 500, 20_000])
    made = random.choice(
        [b"[" * n, b"{a: " * n, b"[" * n + b"]" * n, b"- " * n, b"? " * n, b"{" * n + b"}" * n]
    )
    if random.random() < 0.2:
        made = b"".join(b"\n" + b" " * i + b"a:" for i in range(min(n, 1500)))
    at = random.randrange(len(text) + 1)
    return text[:at] + made + text[at:]


def long(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text) + 1)
    n = random.choice([1_000, 100_000, 1_000_000])
    piece = random.choice(
        [
            b"x",
            b"9",
            b" ",
            b"a ",
            b"a, ",
            b"'",
            b'"',
            b"a-",
            b"*/",
            b"#",
            b"\n",
            b":",
            b"\xc3\xa9",
            b"every ",
            b"[a, ",
        ]
    )
    return text[:at] + piece * (n // len(piece)) + text[at:]


def number(text: bytes, random: Random) -> bytes:
    found = list(re.finditer(rb"[0-9]+", text))
    if not found:
        return text
    one = random.choice(found)
    new = random.choice(
        [
            b"9" * 20,
            b"9" * 5000,
            b"1" + b"0" * 100_000,
            b"-1",
            b"0x1f",
            b"1e999",
            b"0" * 1000 + b"1",
            b"NaN",
            b"1_000",
            b".5",
        ]
    )
    return text[: one.start()] + new + text[one.end() :]


def anchors(text: bytes, random: Random) -> bytes:
    n = random.choice([3, 30, 3000])
    laughs = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, min(n, 99))
    )
    made = random.choice(
        [b"".join(b"- &n%d x\n" % i for i in range(n)), laughs, b"- *n1\n" * n, b"&a " * n, b"!x " * n]
    )
    at = random.choice([0, len(text), random.randrange(len(text) + 1)])
    return text[:at] + made + text[at:]


def many(text: bytes, random: Random) -> bytes:
    """A thousand mistakes that each ask for the nearest word."""
    n = random.choice([50, 1500])
    seat = random.choice(
        [
            b"  s%d: {titel: X, answers_to: nobdy%d, reads: [radr, puls%d], when: daily at 9}\n",
            b"  s%d: {run: x, when: 9am, owns: x%d, limit: %d min}\n",
        ]
    )
    return text + b"\nseats:\n" * random.randrange(2) + b"".join(seat % (i, i, i) for i in range(n))


HOW: list[Callable[[bytes, Random], bytes]] = [
    some_bytes,
    some_bytes,
    one_sign,
    one_sign,
    one_sign,
    cut,
    cut_off,
    again,
    moved,
]
HOW += [tokens, tokens, tokens, lines, lines, deep, long, number, anchors, many]


def check(files: Files) -> tuple[Mistake, ...]:
    """Read the files as `fleet check` does, without a disk."""
    return load(lambda name: files[name], lambda pattern: [one for one in files if fnmatch(one, pattern)])[1]


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--files", type=int, default=10_000)
    ask.add_argument("--first", type=int, default=0)
    ask.add_argument("--program", type=int, default=100)
    said = ask.parse_args()
    charts, times, fell = sound(), [], 0
    for seed in range(said.first, said.first + said.files):
        files = damaged(charts[seed % len(charts)], Random(seed))
        began = time.process_time()
        try:
            check(files)
        except Exception:  # noqa: BLE001  what falls over is what is looked for
            fell += 1
            print(f"FELL seed {seed}: {traceback.format_exc()[-1500:]}")
        times.append((time.process_time() - began, seed))
        if times[-1][0] > 1:
            print(
                f"SLOW seed {seed}: {times[-1][0]:.2f} s, {max(map(len, files.values()))} bytes", flush=True
            )
    times.sort(reverse=True)
    print(f"{len(times)} files, {fell} fell over, longest {times[0][0]:.2f} s (seed {times[0][1]})")
    print(
        f"median {times[len(times) // 2][0] * 1000:.0f} ms, 99 of 100 within {times[len(times) // 100][0]:.2f} s"
    )
    odd = 0
    for seed in range(said.first, said.first + said.program):
        with TemporaryDirectory() as top:
            for name, text in damaged(charts[seed % len(charts)], Random(seed)).items():
                path = Path(top, name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(text)
            told = through_program(Path(top, "fleet.yaml"))
            odd += isinstance(told, str)
            if isinstance(told, str):
                print(f"PROGRAM seed {seed}: {told[-500:]}")
    print(f"{said.program} through the program, {odd} of them ended oddly")


if __name__ == "__main__":
    main()
