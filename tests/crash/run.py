"""Runs a part of a series in a process of its own, which may fork without care."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SERIES = Path(__file__).with_name("series.py")
LIMIT_S = 110


def found(kind: str, shard: int, shards: int, folder: Path, *, series: Path = SERIES) -> dict[str, list[str]]:
    """Run a part of a series; gives what went wrong, by place."""
    command = [sys.executable, str(series), kind, f"{shard}/{shards}", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["tried"] > 1
    print(f"{kind} {shard}/{shards}: {answer['tried']} places of death; {answer.get('counted', '')}")
    wrong: dict[str, list[str]] = answer["wrong"]
    return wrong
