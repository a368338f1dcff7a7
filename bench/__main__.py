"""The command: `python -m bench [--quick] [--only a,c] [--markdown] [--no-peers] [--dir FOLDER]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    account,
    act,
    backtest,
    cold,
    dropped,
    due,
    flood,
    held,
    idle,
    install,
    many,
    morning,
    own,
    redact,
    rehearse,
    reload,
    rules,
    simulate,
    turns,
    verdict,
    walled,
)
from bench.facts import Busy, machine
from bench.fleets import HERE
from bench.peers import VENV, Peers
from bench.report import Part, markdown, merged, plain
from bench.sizes import FULL, QUICK, TINY, Size
from fleet.errors import FleetError

PAGE = HERE / "docs" / "bench.md"
ALL = "abcdefghijklmnopqrstu"
SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}


def main(words: Sequence[str]) -> int:
    """Measure what was asked for, print it, and write the page."""
    asked = _parser().parse_args(words)
    size = SIZES["quick" if asked.quick else asked.size]
    with tempfile.TemporaryDirectory(prefix="fleet-bench-", dir=asked.dir) as folder:
        busy, began = Busy(), time.monotonic()
        parts = measured(Path(folder).resolve(), size, asked.only, peers=not asked.no_peers)
        facts = [
            *machine(Path(folder)),
            f"the run took {(time.monotonic() - began) / 60:.0f} min; others used about "
            f"{100 * busy.others():.0f} % of all cores meanwhile",
        ]
    if asked.only != ALL:
        for part in parts:
            part.notes.append(f"Measured apart from the others, on {time.strftime('%Y-%m-%d')}: {facts[-1]}.")
    print(plain(parts, facts))
    if asked.json:
        Path(asked.json).write_text(json.dumps([_raw(part) for part in parts], indent=1) + "\n")
    if asked.markdown:
        command = " ".join(["python -m bench", *(["--quick"] if asked.quick else []), "--markdown"])
        page = markdown(parts, facts, command)
        PAGE.write_text(merged(PAGE.read_text(), page) if asked.only != ALL and PAGE.exists() else page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure fleet beside floors and peers."
    )
    parser.add_argument("--quick", action="store_true", help="a small run of two minutes")
    parser.add_argument("--size", choices=SIZES, default="full", help=argparse.SUPPRESS)
    parser.add_argument("--only", default=ALL, help="the parts to measure, such as a,c")
    parser.add_argument("--no-peers", action="store_true", help="floors only; installs nothing")
    parser.add_argument("--markdown", action="store_true", help="also write docs/bench.md")
    parser.add_argument("--json", metavar="FILE", help="also write every round's values")
    parser.add_argument(
        "--dir", help="where the throw-away fleets lie (a real disk, or a sync costs nothing)"
    )
    return parser


def measured(folder: Path, size: Size, only: str, *, peers: bool) -> list[Part]:
    """Measure the parts; one that cannot be measured says why and holds up none after it."""
    wanted = set(only.replace(",", "").replace(" ", ""))
    there = Peers(VENV) if peers and wanted & set("cgiu") else Peers.left_out()
    (folder / "c").mkdir()
    parts: dict[str, Callable[[], Part]] = {
        "a": lambda: turns.measure(folder / "a", size),
        "b": lambda: own.measure(folder / "b", size),
        "c": lambda: morning.measure(folder / "c", size, there),
        "d": lambda: dropped.measure(folder / "d", size),
        "e": lambda: idle.measure(folder / "e", size),
        "f": lambda: cold.measure(folder / "f", size),
        "g": lambda: install.measure(folder / "g", size, there),
        "h": lambda: account.measure(folder / "h", size),
        "i": lambda: verdict.measure(folder / "i", size, there),
        "j": lambda: act.measure(folder / "j", size),
        "k": lambda: held.measure(folder / "k", size),
        "l": lambda: simulate.measure(folder / "l", size),
        "m": lambda: rehearse.measure(folder / "m", size),
        "n": lambda: reload.measure(folder / "n", size),
        "o": lambda: many.measure(folder / "o", size),
        "p": lambda: due.measure(folder / "p", size),
        "q": lambda: flood.measure(folder / "q", size),
        "r": lambda: backtest.measure(folder / "r", size),
        "s": lambda: redact.measure(folder / "s", size),
        "t": lambda: walled.measure(folder / "t", size),
        "u": lambda: rules.measure(folder / "u", size, there),
    }
    return [_measure(key, part) for key, part in parts.items() if key in wanted]


def _measure(key: str, part: Callable[[], Part]) -> Part:
    print(f"{key} ...", file=sys.stderr, flush=True)
    try:
        return part()
    except (
        RuntimeError,
        OSError,
        FleetError,
        subprocess.SubprocessError,
    ) as exc:  # TimeoutError is an OSError
        said = str(exc).replace(str(HERE), "").replace(tempfile.gettempdir(), "")
        return Part(key, "Not measured", "", notes=[f"This part could not be measured: {said[:300]}"])


def _raw(part: Part) -> dict[str, object]:
    lines = [{"what": line.what, "unit": line.unit, "values": line.series.values} for line in part.lines]
    return {"key": part.key, "title": part.title, "lines": lines, "notes": part.notes}


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    raise SystemExit(main(sys.argv[1:]))
